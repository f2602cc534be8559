/** Asking for an account, where the institution is open to that. Whoever asks gets a letter; what it says depends on whether there is an account already, and only its reader learns that. */
import { Type } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { PlainPage } from "@views/page.tsx";
import type { Knock } from "../context.ts";
import { answeredBefore, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { OwnRoute } from "../kernel.ts";
import { registrationLetter, secondRegistrationLetter } from "../mail/letters.ts";
import { anyone, Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import type { Tenant } from "./door.ts";
import { FLOOR_MS, sendLink } from "./link-letters.ts";
import { requireTurn, requireTurnOfAll } from "./pace.ts";
import { allowsWay } from "./policies.ts";

const LINK_MINUTES = 1_440 * 2;

export const registerRoutes: OwnRoute[] = [
  ownGet("/register", {
    needs: anyone,
    query: Type.Object({ sent: Type.Optional(Type.String()) }),
    run: async ({ query }, ctx) => {
      requireOpen(ctx.visit.tenant);
      return query.sent === undefined ? askPage() : sentPage();
    },
  }),

  ownPost("/register", {
    needs: anyone,
    bodyLimit: 16_384,
    body: Type.Object({
      name: Type.String({ title: "Your name", minLength: 2, maxLength: 200 }),
      email: Type.String({ title: "Your e-mail", format: "email", maxLength: 254 }),
    }),
    before: async ({ body }, knock) => {
      requireOpen(knock.visit.tenant);
      await requireTurn(knock, "register");
      await requireTurnOfAll(knock, "register");
      const [name] = await Promise.all([register(knock, body), Bun.sleep(2 * FLOOR_MS)]);
      await knock.record({ event: "core.registered", names: { person: name }, person: null });
      return new Redirect("/register?sent=1");
    },
    refused: async (typed, problems) => askPage(refusedForm(typed, problems)),
    run: answeredBefore,
  }),
];

export const isOpen = ({ policies }: Tenant): boolean =>
  policies.registration === "open" && allowsWay(policies, "password");

function requireOpen(tenant: Tenant): void {
  if (!isOpen(tenant)) throw Problem.notFound();
}

/** The name for the record: of the account that was made, or nobody's. */
async function register(knock: Knock, { name, email }: { name: string; email: string }): Promise<string> {
  const { house, visit } = knock;
  const made = await house.door.register(visit.tenant.id, name.trim(), email);
  await sendLink(knock, email, {
    purpose: "set-password",
    minutes: LINK_MINUTES,
    words: made ? registrationLetter : secondRegistrationLetter,
  });
  return made ? name.trim() : "somebody who has one";
}

const askPage = (form?: FormState): Html => (
  <PlainPage title="Ask for an account" form={form}>
    <Form action="/register" guard={false}>
      <TextField name="name" label="Your name" autocomplete="name" width="full" maxlength={200} form={form} />
      <TextField
        name="email"
        type="email"
        label="Work e-mail"
        hint="We send a link to it. Then you say what you need, and an administrator decides."
        autocomplete="username"
        width="full"
        spellcheck={false}
        form={form}
      />
      <Button tone="primary">Ask</Button>
    </Form>
    <p>
      <a href="/sign-in">Back to sign in</a>
    </p>
  </PlainPage>
);

const sentPage = (): Html => (
  <PlainPage title="Look into your mail">
    <p>A letter is on its way to that address, with a link that works for two days.</p>
    <p>
      Nothing came? Look among unwanted mail, or <a href="/register">ask again</a>.
    </p>
  </PlainPage>
);
