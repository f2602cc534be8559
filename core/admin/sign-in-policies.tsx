/**
 * /admin/policies/sign-in and its like for one workspace: a required second factor, ways in, idle limits, the age of
 * passwords, networks. core.arrive holds every session to them at its next request; nothing here may loosen the house's own.
 */
import { Type as t } from "@sinclair/typebox";
import { Button } from "@views/button.tsx";
import {
  Checkbox,
  CheckboxGroup,
  Fieldset,
  Form,
  FormFoot,
  type FormState,
  NumberField,
  TextArea,
} from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { Note } from "@views/panel.tsx";
import { eq, sql } from "drizzle-orm";
import type { OwnContext } from "../context.ts";
import { query } from "../db/query.ts";
import { ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { forgetTenants } from "../http/tenant.ts";
import { methods as methodWords } from "../identity/entering.ts";
import { comparableWord, MIN_LENGTH, type PasswordRules, SHORTEST_WORD } from "../identity/password-policy.ts";
import { type IdleKind, idleKinds, type Policies, readPolicies, type WayIn, waysIn } from "../identity/policies.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { tenants, workspaces } from "../tenancy/tables.ts";
import { placeIn, readNetworks } from "./networks.ts";
import { workspaceById } from "./workspaces.ts";

/** Whatever else lies in the column is left as it is. */
const OURS = sql.raw("'{second,registration,methods,idle,rotation,passwords,networks,emergency,confirmDays}'");

export const policiesOfTenant = query<{ id: string }>()((db, $) =>
  db.select({ policies: tenants.policies, profile: tenants.profile }).from(tenants).where(eq(tenants.tenantId, $.id)),
);
const savePoliciesOfTenant = query<{ id: string; policies: string }>()((db, $) =>
  db
    .update(tenants)
    .set({ policies: sql`(${tenants.policies} - ${OURS}::text[]) || ${$.policies}::jsonb` })
    .where(eq(tenants.tenantId, $.id))
    .returning({ id: tenants.tenantId }),
);
const policiesOfWorkspace = query<{ id: string }>()((db, $) =>
  db.select({ policies: workspaces.policies }).from(workspaces).where(eq(workspaces.id, $.id)),
);
const savePoliciesOfWorkspace = query<{ id: string; policies: string }>()((db, $) =>
  db
    .update(workspaces)
    .set({ policies: sql`(${workspaces.policies} - ${OURS}::text[]) || ${$.policies}::jsonb` })
    .where(eq(workspaces.id, $.id))
    .returning({ id: workspaces.id }),
);

const kinds = Object.keys(idleKinds) as IdleKind[];
const minutesOf = (kind: IdleKind) =>
  t.Optional(
    t.Integer({
      title: `The idle limit of ${idleKinds[kind].label.toLowerCase()}`,
      minimum: 1,
      maximum: idleKinds[kind].minutes,
    }),
  );
const ways = Object.keys(waysIn) as WayIn[];
const LONGEST_LEAST = 64;
const MOST_WORDS = 100;
const YOUNGEST = 30;
const OLDEST = 1_095;
const ticked = (title: string) => t.Optional(t.Literal("on", { title }));
const networks = t.Optional(t.String({ title: "Networks", maxLength: 20_000 }));
const oneOf = t.Object({ id: t.String({ format: "uuid" }) });

export const signInPolicyRoutes = [
  ownGet("/admin/policies/sign-in", {
    needs: "core.tenant.manage",
    run: async (_input, ctx) => institutionPage(ctx),
  }),
  ownPost("/admin/policies/sign-in", {
    needs: "core.tenant.manage",
    body: t.Object({
      registration: ticked("Registration"),
      second: ticked("Second factor"),
      methods: t.Array(t.Union(ways.map((way) => t.Literal(way))), { title: "Ways in", maxItems: ways.length }),
      "idle-program": minutesOf("program"),
      "idle-service": minutesOf("service"),
      "idle-study": minutesOf("study"),
      "idle-management": minutesOf("management"),
      length: t.Optional(t.Integer({ title: "The length of a password", minimum: MIN_LENGTH, maximum: LONGEST_LEAST })),
      words: t.Optional(t.String({ title: "The words", maxLength: 5_000 })),
      renew: ticked("New passwords"),
      days: t.Optional(t.Integer({ title: "The age of a password", minimum: YOUNGEST, maximum: OLDEST })),
      why: t.Optional(t.String({ title: "The reason", maxLength: 500 })),
      networks,
      sure: ticked("Sure"),
    }),
    refused: async (typed, problems, ctx) => institutionPage(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const stored = await ctx.db.one(policiesOfTenant, { id: ctx.tenant.id });
      const before = readPolicies(stored.policies);
      const methods = ways.filter((way) => body.methods.includes(way));
      await requireAWayIn(ctx, methods, stored.profile === "pilot");
      const idle = Object.fromEntries(
        kinds.flatMap((kind) => {
          const minutes = body[`idle-${kind}`];
          return minutes === undefined ? [] : [[kind, minutes]];
        }),
      );
      const isNewAge = body.days !== undefined && body.days !== before.rotation?.days;
      const why = body.why?.trim() ?? "";
      if (isNewAge && why.length < 10)
        throw Problem.invalid({
          why: "Say why passwords have to be changed: which rule, contract or inspector asks for it.",
        });
      const ranges = await requireNetworks(ctx, body.networks ?? "", before, body.sure === "on");
      const since = body.renew === "on" ? ctx.now.toISOString() : before.passwords?.since;
      const passwords = readPasswordRules(body.length, body.words ?? "", since);
      const next: Policies = {
        ...(body.second === "on" ? { second: "required" as const } : {}),
        ...(passwords && { passwords }),
        ...(body.registration === "on" ? { registration: "open" as const } : {}),
        ...(methods.length === ways.length ? {} : { methods }),
        ...(Object.keys(idle).length === 0 ? {} : { idle }),
        ...(body.days === undefined ? {} : { rotation: { days: body.days } }),
        ...(ranges.length === 0 ? {} : { networks: ranges }),
      };
      const what = changes(before, next);
      if (what.length === 0) return new Redirect(HERE, "Nothing was changed.");
      await ctx.db.one(savePoliciesOfTenant, { id: ctx.tenant.id, policies: JSON.stringify(next) });
      forgetTenants(ctx.house);
      ctx.audit("core.policies_changed", {
        place: ctx.tenant.name,
        what: [...what, isNewAge && `because: ${why}`].filter(Boolean).join("; "),
      });
      return new Redirect(HERE, "Saved. It holds from everyone's next page on.");
    },
  }),
  ownGet("/admin/workspaces/:id/sign-in", {
    needs: "core.workspaces.manage",
    params: oneOf,
    run: async ({ params }, ctx) => workspacePolicyPage(ctx, params.id),
  }),
  ownPost("/admin/workspaces/:id/sign-in", {
    needs: "core.workspaces.manage",
    params: oneOf,
    body: t.Object({
      second: ticked("Second factor"),
      emergency: ticked("Emergencies"),
      confirmDays: t.Optional(t.Integer({ title: "How often access is confirmed", minimum: 7, maximum: 730 })),
      networks,
      sure: ticked("Sure"),
    }),
    refused: async (typed, problems, ctx, params) => workspacePolicyPage(ctx, params.id, refusedForm(typed, problems)),
    run: async ({ params, body }, ctx) => {
      const workspace = await ctx.db.one(workspaceById, { id: params.id });
      const stored = await ctx.db.one(policiesOfWorkspace, { id: params.id });
      const before = readPolicies(stored.policies);
      const ranges = await requireNetworks(ctx, body.networks ?? "", before, body.sure === "on");
      const next: Policies = {
        ...(body.second === "on" ? { second: "required" as const } : {}),
        ...(body.emergency === "on" ? { emergency: "allowed" as const } : {}),
        ...(body.confirmDays === undefined ? {} : { confirmDays: body.confirmDays }),
        ...(ranges.length === 0 ? {} : { networks: ranges }),
      };
      const what = changes(before, next);
      const back = `/admin/workspaces/${params.id}/sign-in`;
      if (what.length === 0) return new Redirect(back, "Nothing was changed.");
      await ctx.db.one(savePoliciesOfWorkspace, { id: params.id, policies: JSON.stringify(next) });
      ctx.audit("core.policies_changed", { place: workspace.title, what: what.join("; ") });
      return new Redirect(back, "Saved. It holds from everyone's next page on.");
    },
  }),
];

const HERE = "/admin/policies/sign-in";

/** Null: nothing beyond what the house asks for. Throws Problem "invalid". */
function readPasswordRules(length: number | undefined, text: string, since: string | undefined): PasswordRules | null {
  const words = [...new Set(text.split(/[\n,;]/).map((word) => word.trim()))].filter((word) => word !== "");
  const short = words.find((word) => comparableWord(word) === null);
  if (short !== undefined)
    throw Problem.invalid({
      words: `"${short.slice(0, 40)}" is too short to be kept out of passwords: a word has at least ${SHORTEST_WORD} letters.`,
    });
  if (words.length > MOST_WORDS)
    throw Problem.invalid({ words: `There may be ${MOST_WORDS} words at most; these are ${words.length}.` });
  const isLonger = length !== undefined && length > MIN_LENGTH;
  if (!isLonger && words.length === 0 && since === undefined) return null;
  return {
    ...(isLonger && { length }),
    ...(words.length > 0 && { words }),
    ...(since !== undefined && { since }),
  };
}

/** Some way has to be left, and the one that whoever saves this came in by. */
async function requireAWayIn(ctx: OwnContext, methods: readonly WayIn[], isPilot: boolean): Promise<void> {
  const services = await ctx.house.federation.list(ctx.tenant.id);
  const leadsIn = (way: WayIn) =>
    way === "link" ? isPilot : way === "saml" || way === "oidc" ? services.some(({ kind }) => kind === way) : true;
  if (methods.length > 0 && !methods.some(leadsIn) && !methods.every((way) => way === "link"))
    throw Problem.invalid({
      methods:
        "No sign-in service of that kind is switched on, so nobody could sign in. Set one up first, or leave another way.",
    });
  if (!methods.some(leadsIn))
    throw Problem.invalid({
      methods: isPilot
        ? "Leave one way in at least."
        : "A link by mail is for pilot institutions, so nobody could sign in. Leave another way, too.",
    });
  const own = ctx.visit.arrival?.session.method ?? "";
  if (Object.hasOwn(waysIn, own) && !methods.includes(own as WayIn))
    throw Problem.invalid({
      methods: `You signed in by ${methodWords[own] ?? own} yourself and would be out at once. Sign in another way first.`,
    });
}

/** Throws Problem "invalid" for what is no range, and asks once more when the range shuts its author out. */
async function requireNetworks(
  ctx: OwnContext,
  text: string,
  before: Policies,
  isSure: boolean,
): Promise<readonly string[]> {
  const read = readNetworks(text);
  if ("wrong" in read) throw Problem.invalid({ networks: read.wrong });
  const { networks: ranges, holdsMe } = await placeIn(ctx, read.ranges);
  const isSame = JSON.stringify(ranges) === JSON.stringify(before.networks ?? []);
  if (!holdsMe && !isSure && !isSame)
    throw Problem.invalid({
      sure: `You are at ${ctx.incoming.peer ?? "an unknown address"} now, in none of these. Saving shuts you out of it at once; tick this if you mean it.`,
    });
  return ranges;
}

/** What the record says. */
function changes(before: Policies, next: Policies): string[] {
  const words = (policies: Policies): Record<string, string> => ({
    "second factor": policies.second ?? "not required",
    registration: policies.registration ?? "closed",
    "ways in": policies.methods?.map((way) => methodWords[way] ?? way).join(", ") ?? "all",
    ...Object.fromEntries(
      kinds.map((kind) => [
        `idle limit of ${idleKinds[kind].label.toLowerCase()}`,
        `${policies.idle?.[kind] ?? idleKinds[kind].minutes} minutes`,
      ]),
    ),
    "length of passwords": `at least ${policies.passwords?.length ?? MIN_LENGTH}`,
    "words kept out of passwords": policies.passwords?.words?.join(", ") ?? "none",
    "passwords chosen anew": policies.passwords?.since?.slice(0, 16).replace("T", " ") ?? "never",
    "age of passwords": policies.rotation ? `${policies.rotation.days} days` : "any",
    emergencies: policies.emergency ?? "not allowed",
    "confirming access": policies.confirmDays ? `every ${policies.confirmDays} days` : "never",
    networks: policies.networks?.join(", ") ?? "all",
  });
  const [was, is] = [words(before), words(next)];
  return Object.keys(is).flatMap((name) =>
    was[name] === is[name] ? [] : [`${name} from ${was[name]} to ${is[name]}`],
  );
}

const SecondField = ({ policies, form }: { policies: Policies; form: FormState | undefined }): Html => (
  <Checkbox
    name="second"
    label="Everyone needs a second factor"
    hint="Whoever has none sets up an authenticator app before the next page opens. That includes you."
    checked={policies.second === "required"}
    form={form}
  />
);

const NetworkFields = ({
  policies,
  peer,
  form,
}: {
  policies: Policies;
  peer: string | null;
  form: FormState | undefined;
}): Html => (
  <>
    <TextArea
      name="networks"
      label="Networks"
      optional
      hint={`One range on a line, such as 192.0.2.0/24. Empty: from everywhere. Checked at every page; you are at ${peer ?? "an unknown address"} now.`}
      value={policies.networks ?? []}
      rows={4}
      maxlength={20_000}
      form={form}
    />
    {form?.errors?.sure && <Checkbox name="sure" label="Save it although it shuts me out" form={form} />}
  </>
);

const PasswordSection = ({ policies, form }: { policies: Policies; form: FormState | undefined }): Html => (
  <Fieldset
    legend="Passwords"
    hint="Whatever is asked here: names, addresses and passwords that are tried first are refused, and no signs or digits are demanded."
  >
    <NumberField
      name="length"
      label="A password has at least"
      optional
      unit="characters"
      hint={`${MIN_LENGTH} to ${LONGEST_LEAST}. Empty: ${MIN_LENGTH}. Holds for every password that is chosen from now on.`}
      value={policies.passwords?.length ?? null}
      form={form}
    />
    <TextArea
      name="words"
      label="Words that may not be in one"
      optional
      hint="One on a line: what people call the hospital, a ward, a program. At least four letters."
      value={policies.passwords?.words ?? []}
      rows={3}
      maxlength={5_000}
      form={form}
    />
    <Checkbox
      name="renew"
      label="Everyone who has a password chooses a new one now"
      hint="Before the next page opens, also in sessions that are open. That includes you. For when more is asked than before, or a list of passwords has leaked."
      form={form}
    />
    <Note tone="warn">
      <p>
        Making people change their passwords at intervals makes passwords worse: NIST SP 800-63B and OWASP ASVS 6.2.10
        advise against it. Leave it off unless a rule you are bound by asks for it.
      </p>
    </Note>
    <NumberField
      name="days"
      label="Passwords are changed after"
      optional
      unit="days"
      hint={`${YOUNGEST} to ${OLDEST}. Empty: never. Whose password is older chooses a new one before the next page opens.`}
      value={policies.rotation?.days ?? null}
      form={form}
    />
    <TextArea
      name="why"
      label="Reason"
      optional
      hint="Needed to switch this on or change it. It stands in the record."
      rows={2}
      maxlength={500}
      form={form}
    />
  </Fieldset>
);

async function institutionPage(ctx: OwnContext, form?: FormState): Promise<Html> {
  const stored = await ctx.db.one(policiesOfTenant, { id: ctx.tenant.id });
  const policies = readPolicies(stored.policies);
  return (
    <Page
      title="How people sign in"
      crumbs={[{ label: "Policies", href: "/admin/policies" }]}
      lead="For the whole institution. A workspace may ask for more, never for less."
      form={form}
    >
      <Form action={HERE}>
        <Fieldset legend="Who gets in">
          <SecondField policies={policies} form={form} />
          <Checkbox
            name="registration"
            label="People may ask for an account themselves"
            hint="They confirm their address and say why. Nobody gets in before an administrator decides."
            checked={policies.registration === "open"}
            form={form}
          />
          <CheckboxGroup
            name="methods"
            label="Ways in"
            hint="Sessions that were opened another way end at their next page."
            options={ways.map((way) => ({ value: way, label: waysIn[way] }))}
            value={policies.methods ?? ways}
            form={form}
          />
        </Fieldset>
        <Fieldset
          legend="When a session ends by itself"
          hint="After so long without a page. It can be sooner than the house's own limit, never later."
        >
          {kinds.map((kind) => (
            <NumberField
              name={`idle-${kind}`}
              label={idleKinds[kind].label}
              optional
              unit="minutes"
              hint={`1 to ${idleKinds[kind].minutes}. Empty: ${idleKinds[kind].minutes}.`}
              value={policies.idle?.[kind] ?? null}
              form={form}
            />
          ))}
        </Fieldset>
        <PasswordSection policies={policies} form={form} />
        <Fieldset legend="From where">
          <NetworkFields policies={policies} peer={ctx.incoming.peer} form={form} />
        </Fieldset>
        <FormFoot>
          <Button tone="primary">Save</Button>
        </FormFoot>
      </Form>
    </Page>
  );
}

async function workspacePolicyPage(ctx: OwnContext, id: string, form?: FormState): Promise<Html> {
  const workspace = await ctx.db.one(workspaceById, { id });
  const stored = await ctx.db.one(policiesOfWorkspace, { id });
  const policies = readPolicies(stored.policies);
  return (
    <Page
      title={`How people come into ${workspace.title}`}
      crumbs={[
        { label: "Workspaces", href: "/admin/workspaces" },
        { label: workspace.title, href: `/admin/workspaces/${id}` },
      ]}
      lead="In addition to what holds for the whole institution. Participants with a link of their own are not held to it."
      form={form}
    >
      <Form action={`/admin/workspaces/${id}/sign-in`}>
        <SecondField policies={policies} form={form} />
        <NetworkFields policies={policies} peer={ctx.incoming.peer} form={form} />
        <Checkbox
          name="emergency"
          label="In an emergency staff may open one person who is not assigned to them"
          hint="For four hours and with a reason. Those who manage access here are told at once, and have a day to look at it."
          checked={policies.emergency === "allowed"}
          form={form}
        />
        <NumberField
          name="confirmDays"
          label="Access is confirmed again after"
          optional
          unit="days"
          hint="7 to 730. Whoever manages access here goes through the list of who may do what. Empty: nobody is asked."
          value={policies.confirmDays ?? null}
          form={form}
        />
        <FormFoot>
          <Button tone="primary">Save</Button>
        </FormFoot>
      </Form>
    </Page>
  );
}
