/**
 * Signing in by a link in a mail, where the institution is a pilot. The link leads to a page with a button, and only the
 * button uses it up: programs that look at links in mails before people do take nothing away.
 */
import { Type } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { answeredBefore, ownGet, ownPost } from "../http/own-route.ts";
import type { OwnRoute } from "../kernel.ts";
import { signInLetter } from "../mail/letters.ts";
import { anyone, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { sha256 } from "../vault/primitives.ts";
import type { Tenant } from "./door.ts";
import { enter } from "./entering.ts";
import { sendLink } from "./link-letters.ts";
import { requireTurn } from "./pace.ts";
import { allowsWay } from "./policies.ts";
import { textOf } from "./sign-in.tsx";

const LINK_MINUTES = 10;

const linkParams = Type.Object({ token: Type.String({ maxLength: 200 }) });

export const linkRoutes: OwnRoute[] = [
  ownGet("/sign-in/link", {
    needs: anyone,
    query: Type.Object({ sent: Type.Optional(Type.String()) }),
    run: async ({ query }, ctx) => {
      requirePilot(ctx.visit.tenant);
      return query.sent === undefined ? askPage() : sentPage();
    },
  }),

  ownPost("/sign-in/link", {
    needs: anyone,
    bodyLimit: 16_384,
    body: Type.Object({ email: Type.String({ title: "Your e-mail", format: "email" }) }),
    before: async ({ body }, knock) => {
      requirePilot(knock.visit.tenant);
      await requireTurn(knock, "link");
      const sent = await sendLink(knock, body.email, {
        purpose: "sign-in",
        minutes: LINK_MINUTES,
        words: signInLetter,
      });
      if (sent) await knock.record({ event: "core.link_sent", person: sent });
      else await knock.record({ event: "core.link_asked", person: null });
      return new Redirect("/sign-in/link?sent=1");
    },
    refused: async (typed, problems) =>
      askPage({
        values: { email: textOf(typed, "email") },
        errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])),
      }),
    run: answeredBefore,
  }),

  ownGet("/sign-in/link/:token", {
    needs: anyone,
    params: linkParams,
    run: async ({ params }, ctx) => {
      requirePilot(ctx.visit.tenant);
      return (
        <PlainPage title="Sign in">
          <Form action={`/sign-in/link/${encodeURIComponent(params.token)}`} guard={false}>
            <p>The link from your mail leads in here. It works once.</p>
            <Button tone="primary">Sign in</Button>
          </Form>
        </PlainPage>
      );
    },
  }),

  ownPost("/sign-in/link/:token", {
    needs: anyone,
    bodyLimit: 16_384,
    params: linkParams,
    before: async ({ params }, knock) => {
      const { house, visit } = knock;
      requirePilot(visit.tenant);
      await requireTurn(knock, "link");
      const used = await house.door.useLink(visit.tenant.id, sha256(params.token), "sign-in");
      if (!used) throw new Problem("gone");
      return enter(knock, { id: used.personId, name: used.name }, "link", "/");
    },
    run: answeredBefore,
  }),
];

/** Elsewhere a mailbox alone opens nothing, and there is no such door. */
function requirePilot({ profile, policies }: Tenant): void {
  if (profile !== "pilot" || !allowsWay(policies, "link")) throw Problem.notFound();
}

const askPage = (form?: FormState): Html => (
  <PlainPage title="A link by mail" form={form}>
    <Form action="/sign-in/link" guard={false}>
      <TextField
        name="email"
        type="email"
        label="Work e-mail"
        hint="We send a link that signs you in, once, within ten minutes."
        autocomplete="username"
        width="full"
        spellcheck={false}
        form={form}
      />
      <Button tone="primary">Send me a link</Button>
    </Form>
    <p>
      <a href="/sign-in">Sign in with a password</a>
    </p>
  </PlainPage>
);

const sentPage = (): Html => (
  <PlainPage title="Look into your mail">
    <p>If there is an account for that address, a link is on its way. It works once, within ten minutes.</p>
    <p>
      Nothing came? Look among unwanted mail, or <a href="/sign-in/link">ask again</a>. Three links in a quarter of an
      hour are sent at most.
    </p>
  </PlainPage>
);
