/** Passkeys: signing in by one, giving one as the second factor, and keeping one's own. */
import type { Knock, OwnContext } from "@core/context.ts";
import { answeredBefore, ownGet, ownPost } from "@core/http/own-route.ts";
import { refusedForm } from "@core/http/refused-form.ts";
import type { OwnRoute } from "@core/kernel.ts";
import { wayAddedLetter } from "@core/mail/letters.ts";
import { anyone, Redirect, signedIn } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type } from "@sinclair/typebox";
import { Button, PostButton } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Child, Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { enter } from "../entering.ts";
import { addressOf } from "../link-letters.ts";
import { requireCurrent } from "../new-password.ts";
import { firstPage, pageOf } from "../owing.ts";
import { requireTurn } from "../pace.ts";
import { allowsWay } from "../policies.ts";
import { returnPath } from "../return-path.ts";
import { codesPage, mySecond, newCodes } from "../second-enrolment.tsx";
import { askForNewPasskey, askForPasskey, readNewPasskey, requirePasskey } from "./ceremony.ts";

const FORM_LIMIT = 40_000;
/** So soon after signing in, who sits there is who signed in. */
const FRESH_SECONDS = 600;
const to = Type.Optional(Type.String({ maxLength: 4_000 }));
const answer = Type.String({ title: "The passkey's answer", minLength: 2, maxLength: 20_000 });
const OWN = "/account/second/passkeys";

export const passkeyRoutes: OwnRoute[] = [
  ownGet("/sign-in/passkey", {
    needs: anyone,
    query: Type.Object({ to }),
    before: async (_, knock) => {
      requireOpen(knock);
      await requireTurn(knock, "sign-in");
      return askForPasskey(knock, "sign-in", null);
    },
    run: async ({ query, prepared }) => signInPage(prepared, returnPath(query.to)),
  }),
  ownPost("/sign-in/passkey", {
    needs: anyone,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ answer, to }),
    before: async ({ body }, knock) => {
      requireOpen(knock);
      await requireTurn(knock, "sign-in");
      const person = await requirePasskey(knock, body.answer, "sign-in", null);
      return enter(knock, person, "passkey", returnPath(body.to));
    },
    refused: async (typed, problems) => againPage("/sign-in/passkey", typed.to, problems),
    run: answeredBefore,
  }),

  ownGet("/sign-in/second/passkey", {
    needs: signedIn,
    query: Type.Object({ to }),
    before: async (_, knock) => askForPasskey(knock, "second", personOf(knock).id),
    run: async ({ query, prepared }, ctx) =>
      ctx.visit.arrival?.session.owes === "second"
        ? secondPage(prepared, returnPath(query.to))
        : new Redirect(returnPath(query.to)),
  }),
  ownPost("/sign-in/second/passkey", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ answer, to }),
    before: async ({ body }, knock) => {
      const { house, visit, incoming } = knock;
      const { arrival, token, tenant } = visit;
      if (!arrival || !token) throw new Problem("sign-in");
      if (arrival.session.owes !== "second") return undefined;
      await requirePasskey(knock, body.answer, "second", arrival.person.id);
      const next = await house.sessions.passSecond(tenant.id, token);
      const arrived = next && (await house.sessions.arrive(tenant.id, next, null, true, incoming.peer));
      if (!next || !arrived) throw new Problem("sign-in");
      await knock.record({ event: "core.second_given", names: { what: "a passkey" }, person: arrival.person });
      const way = new Redirect(firstPage(arrived, returnPath(body.to)));
      way.cookies.push({ name: "sid", value: await house.tokens.sign(next, tenant.id) });
      return way;
    },
    refused: async (typed, problems) => againPage("/sign-in/second/passkey", typed.to, problems),
    run: async ({ body }) => new Redirect(returnPath(body.to)),
  }),

  ownGet(OWN, {
    needs: signedIn,
    query: Type.Object({ to }),
    before: async (_, knock) => askForNewPasskey(knock),
    run: async ({ query, prepared }, ctx) => ownPage(ctx, prepared, returnPath(query.to)),
  }),
  ownPost(OWN, {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({
      answer,
      label: Type.String({ title: "A name for it", minLength: 1, maxLength: 80 }),
      current: Type.Optional(Type.String({ writeOnly: true })),
      to,
    }),
    before: async ({ body }, knock) => {
      const { house, visit } = knock;
      // A session that was left open must not become a key to the account.
      const { current } = visit.typed;
      const person = personOf(knock);
      if (!(await requireCurrent(house, visit.tenant.id, person, typeof current === "string" ? current : ""))) {
        const standing = await house.door.signingOf(visit.tenant.id, person.id, visit.arrival?.session.ref ?? "");
        if ((standing?.sessionSeconds ?? Number.POSITIVE_INFINITY) >= FRESH_SECONDS)
          throw Problem.refused(
            "You signed in a while ago, and a passkey signs records in your name. Sign out, sign in again and set it up within ten minutes.",
          );
      }
      return { made: await readNewPasskey(knock, body.answer) };
    },
    // What the authenticator answered is used up: the page asks it anew, and keeps the name that was typed.
    refused: async (typed, problems, ctx) => {
      const back = returnPath(typeof typed.to === "string" ? typed.to : "/");
      return ownPage(ctx, await askForNewPasskey(ctx), back, refusedForm({ ...typed, current: "" }, problems));
    },
    run: async ({ body, prepared }, ctx) => {
      const { made } = prepared;
      const { codes: left } = await mySecond(ctx);
      const [row] = await ctx.lease.rows("select core.add_my_passkey($1, $2, $3::bigint, $4)", [
        made.credentialId,
        made.publicKey,
        made.counter,
        body.label,
      ]);
      ctx.audit("core.passkey_added", { label: body.label, count: Number(row?.[0] ?? 0) });
      const { tenant, arrival } = ctx.visit;
      const url = `${addressOf(ctx.house.config.baseUrl, tenant, ctx.incoming.url.hostname)}${OWN}`;
      const letter = { name: ctx.actor.name, institution: tenant.name, provider: `the passkey “${body.label}”`, url };
      await ctx.mail({ to: arrival?.person.email ?? "", ...wayAddedLetter(letter) });
      const wanted = returnPath(body.to) === "/" ? OWN : returnPath(body.to);
      const after = arrival ? pageOf(arrival.person, wanted) : wanted;
      if (left > 0) return new Redirect(after, "The passkey is set up.");
      const { codes, hashes } = newCodes();
      await ctx.lease.rows("select core.set_my_codes($1::text[])", [hashes]);
      ctx.audit("core.recovery_codes_made", {});
      return codesPage(codes, after);
    },
  }),
  ownPost(`${OWN}/:id/off`, {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    params: Type.Object({ id: Type.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => {
      const [row] = await ctx.lease.rows("select core.end_my_passkey($1::uuid)", [params.id]);
      if (row?.[0] !== true) throw Problem.notFound("That passkey is off already.");
      ctx.trail.changes("core.credentials", params.id);
      ctx.audit("core.passkey_removed", {});
      return new Redirect(OWN, "Taken off. Remove it on the device, too: here it opens nothing any more.");
    },
  }),
];

function requireOpen({ visit }: Knock): void {
  if (!allowsWay(visit.tenant.policies, "passkey")) throw Problem.notFound();
}

function personOf({ visit }: Knock): { readonly id: string; readonly email: string } {
  if (!visit.arrival) throw new Problem("sign-in");
  return visit.arrival.person;
}

/** A form that a button fills in with an authenticator's answer (passkey.js); without JavaScript there is no way to ask one. */
const PasskeyForm = ({
  action,
  ceremony,
  options,
  hidden,
  button,
  children,
}: {
  action: string;
  ceremony: "create" | "get";
  options: string;
  hidden: Readonly<Record<string, string>>;
  button: string;
  children?: Child;
}): Html => (
  <div data-passkey={ceremony} data-options={options}>
    <Form action={action} guard={false} hidden={{ ...hidden, answer: "" }}>
      {children}
      <p class="error" role="alert" data-passkey-error hidden></p>
      <div class="needs-script">
        <Button tone="primary">{button}</Button>
      </div>
      <p class="without-script">A passkey needs JavaScript, which is off in this browser. Use another way.</p>
    </Form>
  </div>
);

const kept = (back: string): Record<string, string> => (back === "/" ? {} : { to: back });

const signInPage = (options: string, back: string): Html => (
  <PlainPage title="Sign in by passkey" scripts={["passkey.js"]}>
    <PasskeyForm action="/sign-in/passkey" ceremony="get" options={options} hidden={kept(back)} button="Use my passkey">
      <p>Your device asks for your finger, your face or its PIN. Nothing of that leaves it.</p>
    </PasskeyForm>
    <p>
      <a href="/sign-in">Sign in another way</a>
    </p>
  </PlainPage>
);

const secondPage = (options: string, back: string): Html => (
  <PlainPage title="Second step" scripts={["passkey.js"]}>
    <PasskeyForm
      action="/sign-in/second/passkey"
      ceremony="get"
      options={options}
      hidden={kept(back)}
      button="Use my passkey"
    >
      <p>Your device asks for your finger, your face or its PIN.</p>
    </PasskeyForm>
    <p>
      <a href={`/sign-in/second?${new URLSearchParams(kept(back))}`}>Use a code instead</a>
    </p>
    <PostButton action="/sign-out">Sign out</PostButton>
  </PlainPage>
);

const againPage = (
  path: string,
  typedTo: string | readonly string[] | undefined,
  problems: readonly { readonly sentence: string }[],
): Html => {
  const back = returnPath(typeof typedTo === "string" ? typedTo : "/");
  return (
    <PlainPage title="That did not work">
      <Note tone="bad">
        {problems.map(({ sentence }) => (
          <p>{sentence}</p>
        ))}
      </Note>
      <p>
        <a class="button button-primary" href={`${path}?${new URLSearchParams(kept(back))}`}>
          Try again
        </a>
      </p>
    </PlainPage>
  );
};

async function ownPage(ctx: OwnContext, options: string, back: string, form?: FormState): Promise<Html> {
  const rows = await ctx.lease.rows("select id, label, made_at, last_used_at from core.my_passkeys()");
  const [has] = await ctx.lease.rows("select core.has_password()");
  const isOwed = ctx.visit.arrival?.session.owes === "enrolment";
  const passkeys = rows.map(([id, label, madeAt, usedAt]) => ({
    id: id as string,
    label: label as string,
    madeAt: new Date(madeAt as string),
    usedAt: usedAt === null ? null : new Date(usedAt as string),
  }));
  return (
    <PlainPage title="Your passkeys" scripts={["passkey.js"]} form={form}>
      {isOwed && (
        <Note tone="warn">{`${ctx.tenant.name} asks for a second factor. A passkey is one, and nothing else opens before you have one.`}</Note>
      )}
      {!isOwed && (
        <DataTable
          caption={passkeys.length === 1 ? "1 passkey" : `${passkeys.length} passkeys`}
          rows={passkeys}
          scroll={false}
          empty={
            <Empty title="None yet">
              A passkey is kept by your phone, computer or security key. It replaces the password and the code, and
              cannot be given away on a false page.
            </Empty>
          }
          columns={[
            { key: "label", head: "Name", cell: ({ label }) => label },
            { key: "made", head: "Set up", cell: ({ madeAt }) => <Time at={madeAt} show="day" /> },
            { key: "used", head: "Last used", cell: ({ usedAt }) => (usedAt ? <Time at={usedAt} /> : "Never") },
            {
              key: "off",
              head: "Act",
              quiet: true,
              align: "end",
              cell: ({ id, label }) => (
                <PostButton action={`${OWN}/${id}/off`} about={label}>
                  Take off
                </PostButton>
              ),
            },
          ]}
        />
      )}
      <PasskeyForm action={OWN} ceremony="create" options={options} hidden={kept(back)} button="Set up a passkey">
        <TextField
          name="label"
          label="A name for it"
          hint="So that you know it again: my phone, the key on my badge."
          maxlength={80}
          autocomplete="off"
          form={form}
        />
        {has?.[0] === true && (
          <TextField name="current" type="password" label="Your password" autocomplete="current-password" form={form} />
        )}
      </PasskeyForm>
      {isOwed ? (
        <>
          <p>
            <a href={`/account/second?${new URLSearchParams(kept(back))}`}>Set up an authenticator app instead</a>
          </p>
          <PostButton action="/sign-out">Sign out</PostButton>
        </>
      ) : (
        <Panel>
          <p>
            <a href="/account">Back to your account</a>
          </p>
        </Panel>
      )}
    </PlainPage>
  );
}
