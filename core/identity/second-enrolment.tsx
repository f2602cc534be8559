/** Setting up an authenticator app, its recovery codes, and taking it off again. */
import { Type } from "@sinclair/typebox";
import { Button, PostButton, PrintButton } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page, PlainPage } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { QrCode } from "@views/qr.tsx";
import { Time } from "@views/time.tsx";
import { encode } from "uqr";
import type { Knock, OwnContext } from "../context.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { OwnRoute } from "../kernel.ts";
import { Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { openLocally, sealLocally } from "../vault/local-seal.ts";
import { base32, newRecoveryCode, newSeed, plainRecoveryCode, STEP_SECONDS, stepOf } from "../vault/one-time-code.ts";
import type { Arrival } from "./door.ts";
import { pageOf } from "./owing.ts";
import { returnPath } from "./return-path.ts";
import { hashOfRecovery, requireSecond, seedPlace } from "./second-check.ts";
import { textOf } from "./sign-in.tsx";

const FORM_LIMIT = 16_384;
const CODES = 10;
const to = Type.Optional(Type.String({ maxLength: 4_000 }));
const code = Type.Optional(Type.String({ title: "The code", maxLength: 100 }));

export const enrolmentRoutes: OwnRoute[] = [
  ownGet("/account/second", {
    needs: signedIn,
    query: Type.Object({ to }),
    run: async ({ query }, ctx) => {
      const { since, codes } = await mySecond(ctx);
      return since === null
        ? setUpPage(ctx, { seed: newSeed(), to: returnPath(query.to) })
        : standingPage({ since, codes });
    },
  }),

  ownPost("/account/second", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ seed: Type.String({ title: "The key", maxLength: 200 }), code, to }),
    before: async ({ body }, knock) => prepareSeed(knock, body.seed, body.code ?? ""),
    refused: async (typed, problems, ctx) => {
      const { since, codes } = await mySecond(ctx);
      if (since !== null) return standingPage({ since, codes });
      const { tenant, arrival } = ctx.visit;
      const seed = openSeed(ctx.house.config.secretKey, tenant.id, personOf(arrival).id, textOf(typed, "seed"));
      const form = { errors: refusedForm(typed, problems).errors ?? {} };
      return setUpPage(ctx, { seed: seed ?? newSeed(), to: returnPath(textOf(typed, "to")), form });
    },
    run: async ({ body, prepared }, ctx) => {
      const { since } = await mySecond(ctx);
      if (since !== null) throw Problem.refused("An authenticator app is set up already. Take it off first.");
      const { codes, hashes } = newCodes();
      const [row] = await ctx.lease.rows("select core.set_my_totp($1, $2::bigint, $3::text[])", [
        prepared.sealed,
        prepared.step,
        hashes,
      ]);
      ctx.audit("core.second_set", { count: Number(row?.[0] ?? 0) });
      return codesPage(codes, pageOf(personOf(ctx.visit.arrival), returnPath(body.to)));
    },
  }),

  ownPost("/account/second/codes", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ code }),
    before: async ({ body }, knock) => requireSecond(knock, body.code ?? ""),
    refused: async (typed, problems, ctx) => standingPage(await mySecond(ctx), refusedForm(typed, problems)),
    run: async (_, ctx) => {
      const { codes, hashes } = newCodes();
      await ctx.lease.rows("select core.set_my_codes($1::text[])", [hashes]);
      ctx.audit("core.recovery_codes_made", {});
      return codesPage(codes, "/account/second");
    },
  }),

  ownPost("/account/second/off", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ code }),
    before: async ({ body }, knock) => requireSecond(knock, body.code ?? ""),
    refused: async (typed, problems, ctx) => standingPage(await mySecond(ctx), refusedForm(typed, problems)),
    run: async (_, ctx) => {
      await ctx.lease.rows("select core.end_my_second()");
      ctx.audit("core.second_removed", { person: ctx.actor.name, reason: "by the owner, with a code" });
      return new Redirect("/account", "The second factor is off. Your other sessions were ended.");
    },
  }),
];

export interface Standing {
  /** Null: none is set up. */
  readonly since: Date | null;
  /** Recovery codes that are left. */
  readonly codes: number;
}

export async function mySecond({ lease }: OwnContext): Promise<Standing> {
  const [row] = await lease.rows("select since, codes from core.my_second()");
  const since = row?.[0] as string | Date | null | undefined;
  return { since: since ? new Date(since) : null, codes: Number(row?.[1] ?? 0) };
}

function personOf(arrival: Arrival | null): Arrival["person"] {
  if (!arrival) throw new Problem("sign-in");
  return arrival.person;
}

/** The seed that the page put into its own form, sealed for this person. Null: it is not one of ours. */
function openSeed(secretKey: string, tenantId: string, personId: string, sealed: string): Uint8Array | null {
  try {
    return openLocally(secretKey, seedPlace("totp enrolment", tenantId, personId), sealed);
  } catch {
    return null;
  }
}

async function prepareSeed(
  { house, visit }: Knock,
  sealed: string,
  typed: string,
): Promise<{ readonly sealed: string; readonly step: number }> {
  const { tenant, arrival } = visit;
  const { id } = personOf(arrival);
  const { secretKey } = house.config;
  const seed = openSeed(secretKey, tenant.id, id, sealed);
  if (!seed) throw Problem.invalid({ code: "This page was too old. Scan the new code below, then enter the digits." });
  const step = stepOf(seed, typed.replace(/\s/g, ""), new Date());
  if (step === null)
    throw Problem.invalid({
      code: `That code does not fit. Enter the six digits that the app shows now; they change every ${STEP_SECONDS} seconds.`,
    });
  return { sealed: sealLocally(secretKey, seedPlace("totp", tenant.id, id), seed), step };
}

export function newCodes(): { codes: readonly string[]; hashes: readonly string[] } {
  const codes = Array.from({ length: CODES }, newRecoveryCode);
  return { codes, hashes: codes.map((one) => hashOfRecovery(plainRecoveryCode(one) ?? "")) };
}

interface SetUpProps {
  readonly seed: Uint8Array;
  readonly to: string;
  readonly form?: FormState;
}

/** https://github.com/google/google-authenticator/wiki/Key-Uri-Format; apps show the label as it is. */
function keyUri(seed: Uint8Array, institution: string, email: string): string {
  const label = `${encodeURIComponent(institution)}:${encodeURIComponent(email)}`;
  return `otpauth://totp/${label}?secret=${base32(seed)}&issuer=${encodeURIComponent(institution)}`;
}

function setUpPage(ctx: OwnContext, { seed, to: back, form }: SetUpProps): Html {
  const { tenant, arrival } = ctx.visit;
  const { id, email } = personOf(arrival);
  const isOwed = arrival?.session.owes === "enrolment";
  const sealed = sealLocally(ctx.house.config.secretKey, seedPlace("totp enrolment", tenant.id, id), seed);
  const { data } = encode(keyUri(seed, tenant.name, email), { ecc: "M", border: 4 });
  const hidden = { seed: sealed, ...(back === "/" ? {} : { to: back }) };
  return (
    <PlainPage title="Set up an authenticator app" form={form}>
      {isOwed && (
        <Note tone="warn">{`${tenant.name} asks for a second factor. Nothing else opens before you have one.`}</Note>
      )}
      <Form action="/account/second" guard={false} hidden={hidden}>
        <p>
          Scan this with an authenticator app on your phone. Any that makes six-digit codes will do; nothing about you
          is sent anywhere.
        </p>
        <QrCode modules={data} label="The key for your authenticator app. It stands below in letters, too." />
        <details>
          <summary>No camera? Type the key</summary>
          <p class="mono">{base32(seed).replace(/(.{4})(?=.)/g, "$1 ")}</p>
        </details>
        <TextField
          name="code"
          label="Code"
          hint="The six digits that the app shows now."
          autocomplete="one-time-code"
          inputmode="numeric"
          width="s"
          form={form}
        />
        <Button tone="primary">Set up</Button>
      </Form>
      <p>
        <a href={`/account/second/passkeys${back === "/" ? "" : `?to=${encodeURIComponent(back)}`}`}>
          Set up a passkey instead
        </a>
      </p>
      {isOwed ? (
        <PostButton action="/sign-out">Sign out</PostButton>
      ) : (
        <p>
          <a href="/account">Back to your account</a>
        </p>
      )}
    </PlainPage>
  );
}

export const codesPage = (codes: readonly string[], next: string): Html => (
  <PlainPage title="Keep these recovery codes">
    <Panel>
      <p>
        Each gets you in once when the phone is not at hand. They are shown now and never again: print them, or copy
        them to a safe place that is not the phone.
      </p>
      <ul class="recovery-codes mono">
        {codes.map((one) => (
          <li>{one}</li>
        ))}
      </ul>
      <div class="row">
        <a class="button button-primary" href={next}>
          I have kept them
        </a>
        <PrintButton />
      </div>
    </Panel>
  </PlainPage>
);

const standingPage = ({ since, codes }: Standing, form?: FormState): Html => (
  <Page title="Your second factor" crumbs={[{ label: "Your account", href: "/account" }]} form={form}>
    <div class="stack">
      <Panel title="Authenticator app">
        <Facts
          facts={[
            { term: "Set up", value: since ? <Time at={since} show="day" /> : "Not set up" },
            { term: "Recovery codes left", value: `${codes} of ${CODES}` },
          ]}
        />
      </Panel>
      <Panel title="Change it">
        <p>
          A new phone? Take the app off, then set it up again. Where your institution asks for a second factor, that is
          the next page.
        </p>
        <Form action="/account/second/codes" guard={false} panel={false}>
          <TextField
            name="code"
            label="Code"
            hint="The six digits that the app shows now, or a recovery code. It shows that it is you."
            autocomplete="one-time-code"
            form={form}
          />
          <div class="row">
            <Button>Make new recovery codes</Button>
            <Button tone="danger" action="/account/second/off">
              Take the app off
            </Button>
          </div>
        </Form>
      </Panel>
    </div>
  </Page>
);
