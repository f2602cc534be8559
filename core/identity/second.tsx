/** The second step of signing in. Until it is taken the session reaches this page and the way out, and nothing else. */
import { Type } from "@sinclair/typebox";
import { Button, PostButton } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import type { Knock } from "../context.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { OwnRoute } from "../kernel.ts";
import { Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { firstPage } from "./owing.ts";
import { returnPath } from "./return-path.ts";
import { requireSecond } from "./second-check.ts";
import { mySecond } from "./second-enrolment.tsx";
import { textOf } from "./sign-in.tsx";

const FEW = 3;
const to = Type.Optional(Type.String({ maxLength: 4_000 }));

export const secondRoutes: OwnRoute[] = [
  ownGet("/sign-in/second", {
    needs: signedIn,
    query: Type.Object({ to, by: Type.Optional(Type.String({ maxLength: 20 })) }),
    run: async ({ query }, ctx) => {
      const back = returnPath(query.to);
      if (ctx.visit.arrival?.session.owes !== "second") return new Redirect(back);
      const [passkey] = await ctx.lease.rows("select id from core.my_passkeys() limit 1");
      // Whoever has passkeys alone is asked for one; recovery codes stay a step away.
      const { since } = await mySecond(ctx);
      return secondPage({
        to: back,
        isRecovery: query.by === "recovery" || (passkey !== undefined && since === null),
        hasPasskey: passkey !== undefined,
        hasApp: since !== null,
      });
    },
  }),

  ownPost("/sign-in/second", {
    needs: signedIn,
    bodyLimit: 16_384,
    body: Type.Object({ code: Type.Optional(Type.String({ title: "The code", maxLength: 100 })), to, by: to }),
    before: async ({ body }, knock) =>
      knock.visit.arrival?.session.owes === "second" ? goOn(knock, body.code ?? "", returnPath(body.to)) : undefined,
    refused: async (typed, problems) =>
      secondPage({
        to: returnPath(textOf(typed, "to")),
        isRecovery: textOf(typed, "by") === "recovery",
        hasPasskey: true,
        hasApp: true,
        form: { errors: refusedForm(typed, problems).errors ?? {} },
      }),
    // Sent twice: the factor was given a moment ago.
    run: async ({ body }) => new Redirect(returnPath(body.to)),
  }),
];

async function goOn(knock: Knock, code: string, back: string): Promise<Redirect> {
  const { house, visit, incoming } = knock;
  const { tenant, arrival, token } = visit;
  if (!arrival || !token) throw new Problem("sign-in");
  const { what, left } = await requireSecond(knock, code);
  const next = await house.sessions.passSecond(tenant.id, token);
  const arrived = next && (await house.sessions.arrive(tenant.id, next, null, true, incoming.peer));
  if (!next || !arrived) throw new Problem("sign-in");
  await knock.record({ event: "core.second_given", names: { what }, person: arrival.person });
  const isFew = left !== null && left < FEW;
  const way = new Redirect(
    firstPage(arrived, back),
    isFew ? `You have ${left} recovery codes left. Make new ones under Your account.` : undefined,
  );
  way.cookies.push({ name: "sid", value: await house.tokens.sign(next, tenant.id) });
  return way;
}

interface SecondPageProps {
  readonly to: string;
  readonly isRecovery: boolean;
  readonly hasPasskey: boolean;
  readonly hasApp: boolean;
  readonly form?: FormState;
}

function secondPage({ to: back, isRecovery, hasPasskey, hasApp, form }: SecondPageProps): Html {
  const hidden = { ...(back === "/" ? {} : { to: back }), ...(isRecovery ? { by: "recovery" } : {}) };
  const other = new URLSearchParams({
    ...(isRecovery ? {} : { by: "recovery" }),
    ...(back === "/" ? {} : { to: back }),
  });
  return (
    <PlainPage title="Second step" form={form}>
      {hasPasskey && (
        <p>
          <a
            class="button button-primary"
            href={`/sign-in/second/passkey${back === "/" ? "" : `?to=${encodeURIComponent(back)}`}`}
          >
            Use a passkey
          </a>
        </p>
      )}
      <Form action="/sign-in/second" guard={false} hidden={hidden}>
        {isRecovery ? (
          <TextField
            name="code"
            label="Recovery code"
            hint="One of the ten that you kept. Each works once."
            autocomplete="off"
            spellcheck={false}
            width="full"
            form={form}
          />
        ) : (
          <TextField
            name="code"
            label="Code"
            hint="The six digits that your authenticator app shows now."
            autocomplete="one-time-code"
            inputmode="numeric"
            width="s"
            autofocus
            form={form}
          />
        )}
        <Button tone="primary">Go on</Button>
      </Form>
      {hasApp && (
        <p>
          <a href={`/sign-in/second?${other}`}>{isRecovery ? "Use the app" : "Use a recovery code"}</a>
        </p>
      )}
      <p class="muted">
        Neither at hand? An administrator of your institution can take the second factor off, once sure that it is you.
      </p>
      <PostButton action="/sign-out">Sign out</PostButton>
    </PlainPage>
  );
}
