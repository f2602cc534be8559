/** What everyone may see and do of his own account, also while it waits for approval. */
import { Type } from "@sinclair/typebox";
import { Badge } from "@views/badge.tsx";
import { Button, ButtonLink, PostButton } from "@views/button.tsx";
import { Form, type FormState, RadioGroup, TextArea, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page, PlainPage } from "@views/page.tsx";
import { Facts, Panel } from "@views/panel.tsx";
import { DataTable } from "@views/table.tsx";
import { Time } from "@views/time.tsx";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { type IdentityLine, IdentityTable, identityLines, takeOff } from "../admin/person-identities.tsx";
import { Until } from "../admin/until.tsx";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import type { OwnRoute } from "../kernel.ts";
import { askedLetter } from "../mail/letters.ts";
import { Redirect, signedIn } from "../module.ts";
import { Problem } from "../problem.ts";
import { type Preferences, persons, sessions } from "../tenancy/tables.ts";
import type { Arrival, Tenant } from "./door.ts";
import { leave, methods } from "./entering.ts";
import type { ListedProvider } from "./federation/door.ts";
import { addressOf } from "./link-letters.ts";
import { preparePassword } from "./new-password.ts";
import { lengthInWords, type PasswordRules } from "./password-policy.ts";
import { allowsWay } from "./policies.ts";
import { mySecond } from "./second-enrolment.tsx";

const FORM_LIMIT = 16_384;
const densities = { compact: "Compact: more on a screen", normal: "Normal", roomy: "Roomy: larger rows" } as const;
const themes = { auto: "As the device is set", light: "Light", dark: "Dark" } as const;
const oneOf = <K extends string>(words: Readonly<Record<K, string>>, title: string) =>
  Type.Union(
    (Object.keys(words) as K[]).map((word) => Type.Literal(word)),
    { title },
  );

export const accountRoutes: OwnRoute[] = [
  ownGet("/account", { needs: signedIn, run: async (_, ctx) => accountPage(ctx) }),

  ownGet("/account/status", {
    needs: signedIn,
    run: async (_, ctx) => {
      const { person } = arrivalOf(ctx);
      return person.status === "active" ? new Redirect("/") : statusPage(ctx);
    },
  }),

  ownPost("/account/status", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ reason: Type.String({ title: "What you need", minLength: 3, maxLength: 1_000 }) }),
    refused: async (typed, problems, ctx) => statusPage(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const { person } = arrivalOf(ctx);
      if (person.status !== "verified") return new Redirect("/account/status");
      const administrators = await ctx.lease.rows("select name, email from core.ask_for_access($1)", [body.reason]);
      ctx.trail.changes("core.persons", person.id);
      ctx.audit("core.access_asked", { person: person.name });
      const url = `${addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname)}/admin/registrations`;
      for (const [name, email] of administrators as [string, string][]) {
        await ctx.mail({ to: email, ...askedLetter({ name, person: person.name, institution: ctx.tenant.name, url }) });
      }
      return new Redirect("/account/status", "The administrators were told.");
    },
  }),

  ownGet("/account/password", {
    needs: signedIn,
    query: Type.Object({ to: Type.Optional(Type.String({ maxLength: 4_000 })) }),
    run: async (_, ctx) =>
      arrivalOf(ctx).session.owes === "password" ? duePage(ctx.visit.tenant) : new Redirect("/account"),
  }),

  ownPost("/account/password", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    before: (_, knock) => preparePassword(knock),
    refused: async (_, problems, ctx) => {
      const form = { errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])) };
      return arrivalOf(ctx).session.owes === "password" ? duePage(ctx.visit.tenant, form) : accountPage(ctx, form);
    },
    run: async ({ prepared }, ctx) => {
      await ctx.lease.rows("select core.set_my_password($1)", [prepared.hash]);
      const ended = await endSessions(ctx, arrivalOf(ctx).session.ref, "password changed");
      ctx.audit("core.password_set", {});
      const others = ended === 1 ? "One other session was" : `${ended} other sessions were`;
      return new Redirect("/account", `Your password is set.${ended > 0 ? ` ${others} ended.` : ""}`);
    },
  }),

  ownPost("/account/preferences", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    body: Type.Object({ density: oneOf(densities, "How close rows stand"), theme: oneOf(themes, "Colours") }),
    refused: (typed, problems, ctx) =>
      accountPage(ctx, {
        values: typed,
        errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])),
      }),
    run: async ({ body }, ctx) => {
      const preferences: Preferences = { density: body.density, theme: body.theme };
      await ctx.db.one(setPreferences, { id: arrivalOf(ctx).person.id, preferences: JSON.stringify(preferences) });
      ctx.audit("core.preferences_changed", {});
      return new Redirect("/account", "Saved.");
    },
  }),

  ownPost("/account/identities/:id/off", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    params: Type.Object({ id: Type.String({ format: "uuid" }) }),
    run: async ({ params }, ctx) => {
      const { person } = arrivalOf(ctx);
      const lines = await identityLines(ctx, person.id);
      const [row] = await ctx.lease.rows("select core.has_password()");
      const hasOther = lines.length > 1 || (row?.[0] === true && allowsWay(ctx.visit.tenant.policies, "password"));
      if (!hasOther) throw Problem.refused("This is your only way in. Set a password or link another service first.");
      await takeOff(ctx, params.id, person);
      return new Redirect("/account", "Taken off.");
    },
  }),

  ownPost("/account/stay", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    // Arriving was the act: the session was seen. The script reads the status; this page is for those without one.
    run: async () => (
      <Page title="You are still signed in">
        <p>Your session goes on.</p>
      </Page>
    ),
  }),

  ownPost("/account/sessions/:ref/end", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    params: Type.Object({ ref: Type.String({ pattern: "^[0-9a-f]{12}$" }) }),
    run: async ({ params }, ctx) => {
      const [row] = await ctx.lease.rows("select core.end_my_session($1)", [params.ref]);
      if (row?.[0] !== true) throw Problem.notFound("That session is over already.");
      ctx.trail.changes("core.sessions", params.ref);
      ctx.audit("core.session_ended", { person: ctx.actor.name });
      return params.ref === arrivalOf(ctx).session.ref
        ? leave("/sign-in", "You are signed out.")
        : new Redirect("/account", "The session was ended.");
    },
  }),

  ownPost("/account/sessions/end-all", {
    needs: signedIn,
    bodyLimit: FORM_LIMIT,
    run: async (_, ctx) => {
      const count = await endSessions(ctx, null, "signed out everywhere");
      ctx.audit("core.signed_out_everywhere", { person: ctx.actor.name, count });
      return leave("/sign-in", "You are signed out everywhere.");
    },
  }),
];

function arrivalOf(ctx: OwnContext): Arrival {
  const { arrival } = ctx.visit;
  if (!arrival) throw new Problem("sign-in");
  return arrival;
}

/** In the request's own transaction, like the sentence that records it. How many were ended. */
async function endSessions({ lease }: OwnContext, kept: string | null, why: string): Promise<number> {
  const [row] = await lease.rows("select core.end_my_sessions($1, $2)", [kept, why]);
  return Number(row?.[0] ?? 0);
}

const setPreferences = query<{ id: string; preferences: string }>()((db, $) =>
  db
    .update(persons)
    .set({ preferences: sql`${$.preferences}::jsonb` })
    .where(eq(persons.id, $.id))
    .returning({ id: persons.id }),
);

/** Those that live: ended ones, and ones that nobody will find alive, are left out. */
const livingSessions = query<{ personId: string; idleSeconds: number }>()((db, $) =>
  db
    .select({
      ref: sessions.ref,
      method: sessions.method,
      madeAt: sessions.madeAt,
      lastSeen: sessions.lastSeen,
      ip: sessions.ip,
    })
    .from(sessions)
    .where(
      and(
        eq(sessions.personId, $.personId),
        isNull(sessions.endedAt),
        sql`${sessions.untilAt} > clock_timestamp()`,
        sql`${sessions.lastSeen} > clock_timestamp() - make_interval(secs => ${$.idleSeconds})`,
      ),
    )
    .orderBy(desc(sessions.lastSeen)),
);

interface Access {
  readonly role: string;
  readonly place: string | null;
  readonly slug: string | null;
  readonly site: string | null;
  readonly toAt: string | null;
}

async function accessOf({ lease }: OwnContext): Promise<Access[]> {
  const rows = await lease.rows("select role, place, slug, site, to_at::text from core.my_access()");
  return rows.map(([role, place, slug, site, toAt]) => ({ role, place, slug, site, toAt }) as Access);
}

async function accountPage(ctx: OwnContext, form?: FormState): Promise<Html> {
  const { person, session } = arrivalOf(ctx);
  const access = await accessOf(ctx);
  const living = await ctx.db.all(livingSessions, { personId: person.id, idleSeconds: session.idleSeconds });
  const [row] = await ctx.lease.rows("select core.has_password()");
  const hasPassword = row?.[0] === true;
  const second = await mySecond(ctx);
  const passkeys = (await ctx.lease.rows("select id from core.my_passkeys()")).length;
  const lines = await identityLines(ctx, person.id);
  const services = (await ctx.house.federation.list(ctx.tenant.id)).filter(({ kind }) =>
    allowsWay(ctx.visit.tenant.policies, kind),
  );
  const [signs] = await ctx.lease.rows("select kind, has_passkey from core.my_signing()");
  const signing = signs?.[0] ?? null;
  return (
    <Page
      title="Your account"
      actions={<ButtonLink href="/account/hours">Access for some hours</ButtonLink>}
      lead={`Something wrong with your name or address? An administrator of ${ctx.tenant.name} can change it.`}
      form={form}
    >
      <div class="stack">
        <Panel title="You">
          <Facts
            facts={[
              { term: "Name", value: person.name },
              { term: "E-mail", value: person.email },
              { term: "Institution", value: ctx.tenant.name },
            ]}
          />
        </Panel>
        <DataTable
          caption="What you were given"
          scroll={false}
          rows={access}
          columns={[
            {
              key: "place",
              head: "Where",
              wrap: true,
              cell: ({ place, slug }) =>
                place && slug ? <a href={`/w/${slug}`}>{place}</a> : <span>All of {ctx.tenant.name}</span>,
            },
            { key: "role", head: "As", cell: ({ role }) => role },
            { key: "site", head: "Site", cell: ({ site }) => site ?? "Every site" },
            { key: "until", head: "Until", cell: ({ toAt }) => <Until at={toAt === null ? null : new Date(toAt)} /> },
          ]}
          empty={<p>Nothing yet. Ask the person who manages access where you work.</p>}
        />
        <DataTable
          caption="Where you are signed in"
          scroll={false}
          rows={living}
          columns={[
            {
              key: "seen",
              head: "Last seen",
              cell: ({ ref, lastSeen }) => (
                <span>
                  <Time at={lastSeen} /> {ref === session.ref && <Badge tone="info">this one</Badge>}
                </span>
              ),
            },
            { key: "made", head: "Signed in", cell: ({ madeAt }) => <Time at={madeAt} /> },
            { key: "by", head: "By", cell: ({ method }) => methods[method] ?? method },
            { key: "ip", head: "From", cell: ({ ip }) => ip ?? "unknown" },
            {
              key: "end",
              head: "End",
              quiet: true,
              align: "end",
              cell: ({ ref, ip }) => (
                <PostButton
                  action={`/account/sessions/${ref}/end`}
                  about={`the session from ${ip ?? "an unknown address"}`}
                >
                  End
                </PostButton>
              ),
            },
          ]}
        />
        <div class="row">
          <PostButton action="/account/sessions/end-all" tone="danger">
            Sign out everywhere
          </PostButton>
        </div>
        <WaysIn services={services} lines={lines} />
        <Panel title="Second factor">
          <p>
            {second.since ? (
              <>
                An authenticator app, since <Time at={second.since} show="day" />. {second.codes} recovery codes are
                left.
              </>
            ) : (
              passkeys === 0 && "None yet. With one, a stolen password alone opens nothing."
            )}
            {passkeys > 0 && (passkeys === 1 ? "You have a passkey." : `You have ${passkeys} passkeys.`)}
          </p>
          <p>
            <a href="/account/second">
              {second.since ? "Change the authenticator app" : "Set up an authenticator app"}
            </a>
          </p>
          <p>
            <a href="/account/second/passkeys">Your passkeys</a>
          </p>
        </Panel>
        <Panel title="Signing records">
          <p>
            {signing === "signing"
              ? "You sign with a signing password of its own."
              : signing === "password"
                ? "You sign with the password of your account."
                : signs?.[1] === true
                  ? "You sign with your passkey."
                  : "You have nothing to sign with yet."}
            {signing !== null && signs?.[1] === true && " Your passkey signs as well."}
          </p>
          <p>
            <a href="/account/signing">{signing === "signing" ? "Change it" : "Set a signing password"}</a>
          </p>
        </Panel>
        <Panel title={hasPassword ? "Change your password" : "Set a password"}>
          <Form action="/account/password" guard={false} panel={false}>
            {!hasPassword && <p>You have none yet. You need one to sign in without a link, and to sign records.</p>}
            <PasswordFields hasPassword={hasPassword} rules={ctx.visit.tenant.policies.passwords} form={form} />
            <Button tone="primary">{hasPassword ? "Change password" : "Set password"}</Button>
          </Form>
        </Panel>
        <Panel title="How pages look">
          <Form action="/account/preferences" guard={false} panel={false}>
            <RadioGroup
              name="density"
              label="Rows"
              options={Object.entries(densities).map(([value, label]) => ({ value, label }))}
              value={person.preferences.density ?? "normal"}
              form={form}
            />
            <RadioGroup
              name="theme"
              label="Colours"
              options={Object.entries(themes).map(([value, label]) => ({ value, label }))}
              value={person.preferences.theme ?? "auto"}
              form={form}
            />
            <Button>Save</Button>
          </Form>
        </Panel>
      </div>
    </Page>
  );
}

/** Nothing where the institution has no sign-in service. */
const WaysIn = ({
  services,
  lines,
}: {
  services: readonly ListedProvider[];
  lines: readonly IdentityLine[];
}): Html | null =>
  services.length === 0 && lines.length === 0 ? null : (
    <Panel title="Sign-in services">
      <div class="stack">
        {lines.length > 0 && <IdentityTable lines={lines} offHref={(id) => `/account/identities/${id}/off`} />}
        {services.length > 0 && (
          <div class="row">
            {services.map(({ id, title }) => (
              <PostButton action={`/account/links/${id}`}>{`Link ${title}`}</PostButton>
            ))}
          </div>
        )}
      </div>
    </Panel>
  );

interface PasswordFieldsProps {
  readonly hasPassword: boolean;
  readonly rules: PasswordRules | undefined;
  readonly form: FormState | undefined;
}

const PasswordFields = ({ hasPassword, rules, form }: PasswordFieldsProps): Html => (
  <>
    {hasPassword && (
      <TextField name="current" type="password" label="Current password" autocomplete="current-password" form={form} />
    )}
    <TextField
      name="password"
      type="password"
      label="New password"
      hint={`${lengthInWords(rules)}, whichever you like. Four or five unrelated words are easy to keep. All your other sessions end.`}
      autocomplete="new-password"
      form={form}
    />
    <TextField name="again" type="password" label="The same again" autocomplete="new-password" form={form} />
  </>
);

const duePage = ({ name, policies }: Tenant, form?: FormState): Html => (
  <PlainPage title="Choose a new password" form={form}>
    <Form action="/account/password" guard={false}>
      <p>{`Yours is older than ${name} allows. Nothing else opens before you have a new one.`}</p>
      <PasswordFields hasPassword rules={policies.passwords} form={form} />
      <Button tone="primary">Change password</Button>
    </Form>
    <PostButton action="/sign-out">Sign out</PostButton>
  </PlainPage>
);

const waits: Readonly<Record<string, string>> = {
  registered: "Your address has not been confirmed yet. Follow the link in the mail that was sent to you.",
  pending: "An administrator decides about your access. You get a mail when that is done; there is nothing else to do.",
};

async function statusPage(ctx: OwnContext, form?: FormState): Promise<Html> {
  const { status } = arrivalOf(ctx).person;
  const [row] = status === "refused" ? await ctx.lease.rows("select core.my_answer()") : [];
  const isRefused = status === "refused";
  return (
    <Page title={isRefused ? "Your request was refused" : "Your account waits for approval"} form={form}>
      <div class="stack">
        <Panel>
          {isRefused && (
            <>
              <p>{`Why: ${typeof row?.[0] === "string" ? row[0] : "no reason was given"}`}</p>
              <p>If you think otherwise, ask an administrator of your institution.</p>
            </>
          )}
          {status === "verified" && (
            <Form action="/account/status" guard={false} panel={false}>
              <p>Your address is confirmed. Say what you need, and an administrator decides.</p>
              <TextArea
                name="reason"
                label="What you need access to, and why"
                hint="Where you work and as what. No patients, please."
                rows={4}
                maxlength={1_000}
                form={form}
              />
              <Button tone="primary">Ask for access</Button>
            </Form>
          )}
          {!isRefused && status !== "verified" && (
            <p>{waits[status] ?? "This account cannot be used now. Ask an administrator of your institution."}</p>
          )}
        </Panel>
        <div class="row">
          <PostButton action="/sign-out">Sign out</PostButton>
        </div>
      </div>
    </Page>
  );
}
