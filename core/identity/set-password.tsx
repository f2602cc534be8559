/**
 * A new password by a link in a mail: for whoever forgot his, and for a first one after an invitation. Looking at the page
 * uses nothing up; sending the form does, once. It signs nobody in, so it leads past no second factor.
 */
import { Type } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import { answeredBefore, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { OwnRoute } from "../kernel.ts";
import { setPasswordLetter } from "../mail/letters.ts";
import { anyone, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { hashPassword } from "../vault/password.ts";
import { sha256 } from "../vault/primitives.ts";
import type { Tenant } from "./door.ts";
import { sendLink } from "./link-letters.ts";
import { ownerOf, readNewPassword } from "./new-password.ts";
import { requireTurn } from "./pace.ts";
import { lengthInWords } from "./password-policy.ts";
import { allowsWay } from "./policies.ts";
import { textOf } from "./sign-in.tsx";

const RESET_MINUTES = 60;
const FORM_LIMIT = 16_384;

const linkParams = Type.Object({ token: Type.String({ maxLength: 200 }) });

export const setPasswordRoutes: OwnRoute[] = [
  ownGet("/sign-in/password", {
    needs: anyone,
    query: Type.Object({ sent: Type.Optional(Type.String()) }),
    run: async ({ query }, ctx) => {
      requirePasswords(ctx.visit.tenant);
      return query.sent === undefined ? askPage() : sentPage();
    },
  }),

  ownPost("/sign-in/password", {
    needs: anyone,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ email: Type.String({ title: "Your e-mail", format: "email" }) }),
    before: async ({ body }, knock) => {
      requirePasswords(knock.visit.tenant);
      await requireTurn(knock, "link");
      const sent = await sendLink(knock, body.email, {
        purpose: "set-password",
        minutes: RESET_MINUTES,
        words: setPasswordLetter,
      });
      if (sent) await knock.record({ event: "core.password_link_sent", person: sent });
      else await knock.record({ event: "core.password_link_asked", person: null });
      return new Redirect("/sign-in/password?sent=1");
    },
    refused: async (typed, problems) => {
      const { errors } = refusedForm(typed, problems);
      return askPage({ values: { email: textOf(typed, "email") }, ...(errors && { errors }) });
    },
    run: answeredBefore,
  }),

  ownGet("/sign-in/password/:token", {
    needs: anyone,
    params: linkParams,
    run: async ({ params }, ctx) => {
      const { tenant } = ctx.visit;
      requirePasswords(tenant);
      const person = await ctx.house.door.lookAtLink(tenant.id, sha256(params.token), "set-password");
      if (!person) throw new Problem("gone", GONE);
      return setPage(tenant, params.token, person.name);
    },
  }),

  ownPost("/sign-in/password/:token", {
    needs: anyone,
    bodyLimit: FORM_LIMIT,
    params: linkParams,
    before: async ({ params }, knock) => {
      const { house, visit } = knock;
      const { tenant } = visit;
      requirePasswords(tenant);
      await requireTurn(knock, "link");
      const hash = sha256(params.token);
      const owner = await house.door.lookAtLink(tenant.id, hash, "set-password");
      if (!owner) throw new Problem("gone", GONE);
      const password = readNewPassword(visit.typed, ownerOf(tenant, owner));
      const person = await house.door.setPasswordByLink(tenant.id, hash, await hashPassword(password));
      if (!person) throw new Problem("gone", GONE);
      await knock.record({ event: "core.password_set_by_link", person });
      return new Redirect("/sign-in", "Your password is set. Sign in with it.");
    },
    refused: async (typed, problems, ctx, params) => {
      const person = await ctx.house.door.lookAtLink(ctx.visit.tenant.id, sha256(params.token), "set-password");
      if (!person) throw new Problem("gone", GONE);
      return setPage(ctx.visit.tenant, params.token, person.name, refusedForm(typed, problems));
    },
    run: answeredBefore,
  }),
];

const GONE =
  "This link has been used or has expired. Ask for a new one: choose Forgot your password on the sign-in page.";

/** Where an institution has closed this way in, a password would open nothing. */
function requirePasswords({ policies }: Tenant): void {
  if (!allowsWay(policies, "password")) throw Problem.notFound();
}

const askPage = (form?: FormState): Html => (
  <PlainPage title="Forgot your password?" form={form}>
    <Form action="/sign-in/password" guard={false}>
      <TextField
        name="email"
        type="email"
        label="Work e-mail"
        hint="We send a link to a page where you choose a new one. It works once, within an hour."
        autocomplete="username"
        width="full"
        spellcheck={false}
        form={form}
      />
      <Button tone="primary">Send me a link</Button>
    </Form>
    <p>
      <a href="/sign-in">Back to sign in</a>
    </p>
  </PlainPage>
);

const sentPage = (): Html => (
  <PlainPage title="Look into your mail">
    <p>If there is an account for that address, a link is on its way. It works once, within an hour.</p>
    <p>
      Nothing came? Look among unwanted mail, or <a href="/sign-in/password">ask again</a>. Three links in a quarter of
      an hour are sent at most.
    </p>
  </PlainPage>
);

const setPage = ({ policies }: Tenant, token: string, name: string, form?: FormState): Html => (
  <PlainPage title="Choose your password" form={form}>
    <Form action={`/sign-in/password/${encodeURIComponent(token)}`} guard={false}>
      <p>For the account of {name}. Wherever it is signed in now, it is signed out.</p>
      <TextField
        name="password"
        type="password"
        label="New password"
        hint={`${lengthInWords(policies.passwords)}, whichever you like. Four or five unrelated words are easy to keep.`}
        autocomplete="new-password"
        width="full"
        form={form}
      />
      <TextField
        name="again"
        type="password"
        label="The same again"
        autocomplete="new-password"
        width="full"
        form={form}
      />
      <Button tone="primary">Set password</Button>
    </Form>
  </PlainPage>
);
