/** The safety rules: read, proposed and signed; numbers, duty, ready answers. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { isTelephone } from "@core/sms/text-message.ts";
import { Type as t } from "@sinclair/typebox";
import { duties } from "../incident.ts";
import type { Coaching } from "../names.ts";
import { rungInWords } from "../pipeline/page.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { defaultRuleSet, type RuleSet, ruleSetHash, whyLessCautious } from "../rule-set.ts";
import { endShift, plannedShifts, planShift } from "../store/incidents.ts";
import { addNumber, colleagues, endNumber, peopleHere, standingNumbers } from "../store/members.ts";
import { allMacros, endMacro, keepMacro } from "../store/notes.ts";
import { newestRunOf } from "../store/releases.ts";
import { addRuleSet, allRuleSets, allSignatures, newestSignature, ruleSetById, sign } from "../store/rules.ts";
import { shifts } from "../tables.ts";
import { textsHash } from "../templates.ts";
import type { Tier } from "../tier.ts";
import { DutyPage, MacrosPage, NumbersPage } from "../views/desk.tsx";
import { RuleSetPage, RulesPage } from "../views/rules.tsx";
import { telephone } from "./members.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Coaching>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const mgdl = (title: string) => t.Number({ title, minimum: 20, maximum: 600 });
const someMinutes = (title: string) => t.Integer({ title, minimum: 1, maximum: 1440 });

export const ruleRoutes = [
  get("/rules", { needs: "coaching.rules.read", run: async (_, ctx) => RulesPage(await rulesPage(ctx)) }),

  post("/rules", {
    needs: "coaching.rules.write",
    body: t.Object({
      version: t.String({ title: "Version", pattern: "^[A-Za-z0-9.+-]{1,40}$" }),
      reason: t.String({ title: "What changed and why", minLength: 3, maxLength: 500 }),
      lowBelow: mgdl("Low below"),
      veryLowBelow: mgdl("Very low below"),
      highAbove: mgdl("High above"),
      highAtRiskFrom: mgdl("High with a risk from"),
      veryHighFrom: mgdl("Very high from"),
      emergencyMinutes: someMinutes("Minutes to answer an emergency"),
      crisisMinutes: someMinutes("Minutes to answer a crisis"),
      veryLowMinutes: someMinutes("Minutes to answer a very low value"),
      veryHighMinutes: someMinutes("Minutes to answer a very high value"),
      phrases: t.Optional(t.String({ title: "More words of danger", maxLength: 4000 })),
    }),
    refused: async (typed, problems, ctx) => RulesPage({ ...(await rulesPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const base = (await rulesInForce(ctx)).ruleSet;
      const sooner = (tier: Tier, minutes: number) => ({ ...base.handling[tier], acknowledgeMinutes: minutes });
      const more = (body.phrases ?? "")
        .split("\n")
        .map((line) => line.trim().toLowerCase())
        .filter(Boolean);
      const candidate: RuleSet = {
        ...base,
        version: body.version,
        glucose: {
          ...base.glucose,
          lowBelow: body.lowBelow,
          veryLowBelow: body.veryLowBelow,
          highAbove: body.highAbove,
          highAtRiskFrom: body.highAtRiskFrom,
          veryHighFrom: body.veryHighFrom,
        },
        handling: {
          ...base.handling,
          E1: sooner("E1", body.emergencyMinutes),
          C: sooner("C", body.crisisMinutes),
          H2: sooner("H2", body.veryLowMinutes),
          Y3: sooner("Y3", body.veryHighMinutes),
        },
        phrases:
          more.length === 0
            ? base.phrases
            : [
                ...base.phrases.filter(({ id }) => id !== ownRule),
                {
                  id: ownRule,
                  stage: "emergency",
                  tier: "E1",
                  says: [...(base.phrases.find(({ id }) => id === ownRule)?.says ?? []), ...more],
                },
              ],
      };
      // Never less cautious than the house's own, nor than what a clinician has signed here.
      const why = [...new Set([...whyLessCautious(candidate, defaultRuleSet), ...whyLessCautious(candidate, base)])];
      if (why.length > 0) throw Problem.refused(why.slice(0, 6).join(" "));
      await ctx.db.one(addRuleSet, {
        version: body.version,
        content: candidate,
        sha256: ruleSetHash(candidate),
        reason: body.reason,
      });
      ctx.audit("coaching.rules_proposed", { version: body.version });
      return new Redirect(ctx.url("/rules"), "Proposed. It is in force once a clinician has signed it.");
    },
  }),

  post("/rules/adopt", {
    needs: "coaching.rules.write",
    async run(_, ctx) {
      const known = await ctx.db.all(allRuleSets, {});
      const sha256 = ruleSetHash(defaultRuleSet);
      if (known.some((row) => row.sha256 === sha256)) throw Problem.refused("These rules are on the list already.");
      await ctx.db.one(addRuleSet, {
        version: known.some((row) => row.version === defaultRuleSet.version)
          ? `${defaultRuleSet.version}-${sha256.slice(0, 6)}`
          : defaultRuleSet.version,
        content: defaultRuleSet,
        sha256,
        reason: "The rules as Cairn brings them.",
      });
      ctx.audit("coaching.rules_proposed", { version: defaultRuleSet.version });
      return new Redirect(ctx.url("/rules"), "Proposed. It is in force once a clinician has signed it.");
    },
  }),

  get("/rules/:id", {
    needs: "coaching.rules.read",
    params: byId,
    run: async ({ params }, ctx) => RuleSetPage(await ruleSetPage(ctx, params.id)),
  }),

  post("/rules/:id/sign", {
    needs: "coaching.rules.sign",
    signs: "coaching.rules_signed",
    params: byId,
    body: t.Object({ credentials: t.String({ title: "Credentials", minLength: 2, maxLength: 80 }) }),
    refused: async (typed, problems, ctx, params) =>
      RuleSetPage({ ...(await ruleSetPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const set = await ctx.db.one(ruleSetById, params);
      if (ruleSetHash(set.content) !== set.sha256)
        throw Problem.refused("These rules are not what they were when they were proposed. Propose them again.");
      const why = whyLessCautious(set.content, defaultRuleSet);
      if (why.length > 0) throw Problem.refused(why.slice(0, 4).join(" "));
      const run = await ctx.db.first(newestRunOf, { candidateSha256: set.sha256 });
      const signed = await ctx.db.first(newestSignature, {});
      if (run?.passed && run.base !== (signed?.sha256 ?? ""))
        throw Problem.refused(
          "Another version was signed since this one was tried, so it was not measured by what is in force. Try it again at the release gate.",
        );
      if (!run?.passed)
        throw Problem.refused(
          run
            ? "The release gate did not pass this version: it answers a message less urgently. It cannot be signed."
            : "Try this version at the release gate first. Nothing goes into force that was not tried.",
        );
      await ctx.db.one(sign, {
        ruleSetId: set.id,
        sha256: set.sha256,
        textsSha256: textsHash(),
        name: ctx.actor.name,
        credentials: body.credentials,
      });
      await ctx.sign({
        record: "coaching.rule_sets",
        row: set.id,
        content: { version: set.version, rules: set.sha256, texts: textsHash(), credentials: body.credentials },
      });
      ctx.audit("coaching.rules_signed", { version: set.version, credentials: body.credentials });
      return new Redirect(ctx.url("/rules"), `Version ${set.version} is in force now.`);
    },
  }),

  get("/duty", { needs: "coaching.rules.read", run: async (_, ctx) => DutyPage(await dutyPage(ctx)) }),
  post("/duty", {
    needs: "coaching.duty",
    body: t.Object({
      personId: t.String({ title: "Who", format: "uuid" }),
      rung: t.Union(
        duties.map((duty) => t.Literal(duty)),
        { title: "As" },
      ),
      from: t.String({ title: "From", pattern: "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$" }),
      hours: t.Integer({ title: "Hours", minimum: 1, maximum: 24 * 31 }),
      phone: t.Optional(t.String({ title: "Mobile number for pages", maxLength: 24 })),
    }),
    refused: async (typed, problems, ctx) => DutyPage({ ...(await dutyPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const name = (await ctx.people([body.personId])).get(body.personId);
      if (!name) throw Problem.invalid({ personId: "Choose somebody who works here." });
      const from = new Date(`${body.from.replace(" ", "T")}:00Z`);
      if (Number.isNaN(from.getTime())) throw Problem.invalid({ from: "Write it as 2026-11-02 08:00." });
      const phone = body.phone ? telephone(body.phone) : null;
      if (phone && !isTelephone(phone))
        throw Problem.invalid({ phone: "Write the number with its country, for example +1 555 010 0199." });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(planShift, {
        id,
        personId: body.personId,
        rung: body.rung,
        fromAt: from,
        toAt: new Date(from.getTime() + body.hours * 3_600_000),
        phone: phone ? await ctx.seal(shifts.phone, phone, { row: id }) : null,
      });
      ctx.audit("coaching.shift_planned", { person: name, rung: rungInWords[body.rung] });
      return new Redirect(ctx.url("/duty"), `${name} is on duty.`);
    },
  }),
  post("/duty/:id/end", {
    needs: "coaching.duty",
    params: byId,
    async run({ params }, ctx) {
      const ended = await ctx.db.one(endShift, params);
      const name = (await ctx.people([ended.personId])).get(ended.personId) ?? "somebody";
      ctx.audit("coaching.shift_ended", { person: name, rung: rungInWords[ended.rung] });
      return new Redirect(ctx.url("/duty"), "Ended.");
    },
  }),

  get("/numbers", { needs: "coaching.members.manage", run: async (_, ctx) => NumbersPage(await numbersPage(ctx)) }),
  post("/numbers", {
    needs: "coaching.members.manage",
    body: t.Object({
      phone: t.String({ title: "Number", maxLength: 24 }),
      kind: t.Union([t.Literal("toll-free"), t.Literal("local"), t.Literal("short")], { title: "Kind" }),
      registeredAs: t.Optional(t.String({ title: "Registration", maxLength: 200 })),
    }),
    refused: async (typed, problems, ctx) =>
      NumbersPage({ ...(await numbersPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const phone = telephone(body.phone);
      if (!isTelephone(phone))
        throw Problem.invalid({ phone: "Write the number with its country, for example +1 555 010 0100." });
      await ctx.db.one(addNumber, { phone, kind: body.kind, registeredAs: body.registeredAs ?? null });
      ctx.audit("coaching.number_changed", { what: "added", phone });
      return new Redirect(ctx.url("/numbers"), "Added.");
    },
  }),
  post("/numbers/:id/end", {
    needs: "coaching.members.manage",
    params: byId,
    async run({ params }, ctx) {
      const ended = await ctx.db.one(endNumber, params);
      ctx.audit("coaching.number_changed", { what: "ended", phone: ended.phone });
      return new Redirect(ctx.url("/numbers"), "Ended.");
    },
  }),

  get("/macros", { needs: "coaching.supervise", run: async (_, ctx) => MacrosPage(await macrosPage(ctx)) }),
  post("/macros", {
    needs: "coaching.supervise",
    body: t.Object({
      title: t.String({ title: "Title", minLength: 2, maxLength: 60 }),
      en: t.String({ title: "English", minLength: 2, maxLength: 320 }),
      es: t.String({ title: "Spanish", minLength: 2, maxLength: 320 }),
    }),
    refused: async (typed, problems, ctx) =>
      MacrosPage({ ...(await macrosPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      await ctx.db.one(keepMacro, body);
      ctx.audit("coaching.macro_kept", { title: body.title });
      return new Redirect(ctx.url("/macros"), "Kept.");
    },
  }),
  post("/macros/:id/end", {
    needs: "coaching.supervise",
    params: byId,
    async run({ params }, ctx) {
      await ctx.db.one(endMacro, params);
      return new Redirect(ctx.url("/macros"), "Taken off the list.");
    },
  }),
];

/** The service's own words of danger, added to the house's. */
const ownRule = "emergency.own-words";

async function rulesPage(ctx: Context<Coaching>) {
  const inForce = await rulesInForce(ctx);
  const signatures = Map.groupBy(await ctx.db.all(allSignatures, {}), (row) => row.ruleSetId);
  const sets = await ctx.db.all(allRuleSets, {});
  const own = ruleSetHash(defaultRuleSet);
  return {
    inForce,
    action: ctx.url("/rules"),
    adoptHref:
      ctx.may("coaching.rules.write") && !sets.some((row) => row.sha256 === own) ? ctx.url("/rules/adopt") : null,
    mayWrite: ctx.may("coaching.rules.write"),
    gateHref: ctx.may("coaching.rules.write") ? ctx.url("/gate") : null,
    sets: sets.map((row) => ({
      href: ctx.url(`/rules/${row.id}`),
      version: row.version,
      reason: row.reason,
      madeAt: row.madeAt,
      signatures: (signatures.get(row.id) ?? []).map(({ name, credentials, madeAt, textsSha256 }) => ({
        name,
        credentials,
        at: madeAt,
        isCurrent: textsSha256 === textsHash(),
      })),
    })),
  };
}
export type RulesView = Awaited<ReturnType<typeof rulesPage>>;

async function ruleSetPage(ctx: Context<Coaching>, id: string) {
  const set = await ctx.db.one(ruleSetById, { id });
  const signatures = (await ctx.db.all(allSignatures, {})).filter((row) => row.ruleSetId === id);
  return {
    set,
    signatures,
    gate: (await ctx.db.first(newestRunOf, { candidateSha256: set.sha256 }))?.passed ?? null,
    gateHref: ctx.url("/gate"),
    textsSha256: textsHash(),
    crumbs: [{ label: "Safety rules", href: ctx.url("/rules") }],
    action: ctx.url(`/rules/${id}/sign`),
    maySign: ctx.may("coaching.rules.sign"),
    signing: ctx.may("coaching.rules.sign") ? await ctx.signing("coaching.rules_signed") : null,
  };
}
export type RuleSetView = Awaited<ReturnType<typeof ruleSetPage>>;

async function dutyPage(ctx: Context<Coaching>) {
  const rows = await ctx.db.all(plannedShifts, {});
  const people = ctx.may("core.grants.read") ? await ctx.db.all(colleagues, {}) : await ctx.db.all(peopleHere, {});
  return {
    action: ctx.url("/duty"),
    mayPlan: ctx.may("coaching.duty"),
    now: ctx.now,
    people: [...new Map(people.map(({ id, name }) => [id, name]))].map(([value, label]) => ({ value, label })),
    shifts: rows.map((row) => ({
      name: row.name,
      rung: row.rung,
      fromAt: row.fromAt,
      toAt: row.toAt,
      isNow: row.fromAt <= ctx.now,
      endHref: ctx.url(`/duty/${row.id}/end`),
    })),
  };
}
export type DutyView = Awaited<ReturnType<typeof dutyPage>>;

async function numbersPage(ctx: Context<Coaching>) {
  return {
    action: ctx.url("/numbers"),
    crumbs: [{ label: "Members", href: ctx.url("/members") }],
    hooks: { twilio: `/hooks/${ctx.workspace.slug}/coaching/twilio`, aws: `/hooks/${ctx.workspace.slug}/coaching/aws` },
    numbers: (await ctx.db.all(standingNumbers, {})).map((row) => ({
      ...row,
      endHref: ctx.url(`/numbers/${row.id}/end`),
    })),
  };
}
export type NumbersView = Awaited<ReturnType<typeof numbersPage>>;

async function macrosPage(ctx: Context<Coaching>) {
  return {
    action: ctx.url("/macros"),
    crumbs: [{ label: "Team", href: ctx.url("/team") }],
    macros: (await ctx.db.all(allMacros, {})).map((row) => ({ ...row, endHref: ctx.url(`/macros/${row.id}/end`) })),
  };
}
export type MacrosView = Awaited<ReturnType<typeof macrosPage>>;
