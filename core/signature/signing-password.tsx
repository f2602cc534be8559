/**
 * A signing password: what people sign records with who sign in elsewhere, or who want the two apart (21 CFR 11.300). It is
 * set by its owner alone: with the one that stands, or within minutes of having signed in. No administrator can set it.
 */
import { Button } from "@views/button.tsx";
import { Form, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note, Panel } from "@views/panel.tsx";
import { Time } from "@views/time.tsx";
import { desc, eq } from "drizzle-orm";
import type { Knock, OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { ownerOf, readNewPassword } from "../identity/new-password.ts";
import { lengthInWords } from "../identity/password-policy.ts";
import type { OwnRoute } from "../kernel.ts";
import { signingPasswordLetter } from "../mail/letters.ts";
import { Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { signingDeclarations } from "../tenancy/tables.ts";
import { hashPassword, verifyPassword } from "../vault/password.ts";
import { DECLARATION } from "./declaration.ts";

const FORM_LIMIT = 16_384;
/** So soon after signing in, who sits there is who signed in. */
const FRESH_SECONDS = 600;

export const signingPasswordRoutes: OwnRoute[] = [
  ownGet("/account/signing", { needs: signedIn, run: async (_, ctx) => page(ctx) }),
  ownPost("/account/signing", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    before: (_, knock) => prepare(knock),
    refused: async (_, problems, ctx) =>
      page(ctx, { errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])) }),
    run: async ({ prepared }, ctx) => {
      const { arrival } = ctx.visit;
      if (!arrival) throw new Problem("sign-in");
      await ctx.lease.rows("select core.set_my_signing_password($1)", [prepared.hash]);
      ctx.trail.changes("core.credentials", arrival.person.id);
      ctx.audit("core.signing_password_set", {});
      await ctx.mail({
        to: arrival.person.email,
        ...signingPasswordLetter({ name: arrival.person.name, institution: ctx.tenant.name }),
      });
      return new Redirect("/account", "Your signing password is set. From now on you sign with it.");
    },
  }),
];

const myDeclaration = query<{ personId: string }>()((db, $) =>
  db
    .select({ id: signingDeclarations.id, declared: signingDeclarations.declared, at: signingDeclarations.madeAt })
    .from(signingDeclarations)
    .where(eq(signingDeclarations.personId, $.personId))
    .orderBy(desc(signingDeclarations.wording))
    .limit(1),
);

async function prepare({ house, visit }: Knock): Promise<{ readonly hash: string }> {
  const { tenant, arrival, typed } = visit;
  if (!arrival) throw new Problem("sign-in");
  const { person, session } = arrival;
  const password = readNewPassword(typed, ownerOf(tenant, person));
  const standing = await house.door.signingOf(tenant.id, person.id, session.ref);
  const current = typeof typed.current === "string" ? typed.current.slice(0, 1_000) : "";
  const isFresh = standing?.sessionSeconds !== null && (standing?.sessionSeconds ?? Infinity) < FRESH_SECONDS;
  if (current !== "" && standing?.kind === "signing" && standing.secret) {
    const bucket = `${person.id}:signing`;
    if (!(await house.door.beginAttempt(tenant.id, bucket)))
      throw new Problem("too-many", "Too many wrong passwords. Wait a quarter of an hour, then try again.");
    if (!(await verifyPassword(current, standing.secret)))
      throw Problem.invalid({ current: "That is not your signing password, so nothing was changed." });
    await house.door.clearAttempts(tenant.id, bucket);
  } else if (!isFresh) {
    throw Problem.refused(
      standing?.kind === "signing"
        ? "Enter the signing password you have, or sign out, sign in again and set a new one within ten minutes."
        : "You signed in a while ago. Sign out, sign in again and set it within ten minutes: so it is certain that it is you.",
    );
  }
  if (standing?.kind === "password" && standing.secret && (await verifyPassword(password, standing.secret)))
    throw Problem.invalid({ password: "That is the password you sign in with. Choose another for signing." });
  return { hash: await hashPassword(password) };
}

async function page(ctx: OwnContext, form?: FormState): Promise<Html> {
  const [row] = await ctx.lease.rows("select kind, session_seconds from core.my_signing()");
  const hasOne = row?.[0] === "signing";
  const isFresh = row?.[1] !== null && row?.[1] !== undefined && Number(row[1]) < FRESH_SECONDS;
  const declared = await ctx.db.first(myDeclaration, { personId: ctx.actor.id ?? "" });
  return (
    <Page
      title="Signing password"
      crumbs={[{ label: "Your account", href: "/account" }]}
      lead="What you type to sign a record. It signs in nowhere, and nobody can set it for you."
      form={form}
    >
      {!isFresh && (
        <Note tone="warn">
          {hasOne
            ? "You signed in more than ten minutes ago: the signing password you have is asked for."
            : "You signed in more than ten minutes ago. Sign out, sign in again, and set it then."}
        </Note>
      )}
      <div class="stack">
        <Form action="/account/signing" guard={false}>
          {hasOne && (
            <TextField
              name="current"
              type="password"
              label="The signing password you have"
              hint={isFresh ? "Forgotten? You have just signed in, so you may leave this empty." : undefined}
              optional={isFresh}
              autocomplete="current-password"
              form={form}
            />
          )}
          <TextField
            name="password"
            type="password"
            label="New signing password"
            hint={`${lengthInWords(ctx.visit.tenant.policies.passwords)}. Not the one you sign in with.`}
            autocomplete="new-password"
            form={form}
          />
          <TextField name="again" type="password" label="The same again" autocomplete="new-password" form={form} />
          <Button tone="primary">{hasOne ? "Change signing password" : "Set signing password"}</Button>
        </Form>
        <Panel title="What your signature means">
          <p>
            <q>{declared?.declared ?? DECLARATION.text}</q>
          </p>
          <p class="muted">
            {declared ? (
              <>
                You declared this on <Time at={declared.at} />, with your first signature.
              </>
            ) : (
              "You have not signed yet. Your first signature declares this, once."
            )}
          </p>
        </Panel>
      </div>
    </Page>
  );
}
