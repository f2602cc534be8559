/** Recruitment: the log by code, the funnel, targets with their forecast, and pages on which people ask to be contacted. */
import { type Context, Locked, Redirect, routesFor, type SignedRecord } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { begin, beginCasebook, move, nameByCode, takeIn } from "../enrolment.ts";
import { countFunnel, takeInquiry } from "../inquiry.ts";
import { formAgain, type Studies, versionInForce } from "../module-words.ts";
import { requireConsent, requireRecruiting, whyNot } from "../recruiting.ts";
import { addMonths, dayOf } from "../rules/days.ts";
import {
  dropNames,
  dropReasons,
  forecast,
  funnelOf,
  includedIn,
  nextStage,
  type Stage,
  stageNames,
  stages,
} from "../rules/funnel.ts";
import { requireDelegation } from "../standing.ts";
import { casebookOf } from "../store/casebooks.ts";
import { openSites, siteLabel, sitesReached } from "../store/people.ts";
import {
  addPlan,
  addSignupPage,
  allSignupPages,
  endSignupPage,
  funnelCounts,
  logPart,
  logSize,
  MOST_COUNTED,
  notInLog,
  plansNow,
  type ScreeningRow,
  screeningById,
  stepsOf,
  subjectOfCode,
} from "../store/recruitment.ts";
import {
  FunnelPage,
  NewScreeningPage,
  PlanPage,
  ScreeningLogPage,
  ScreeningPage,
  SignupAddressPage,
  SignupPage,
  ThanksPage,
} from "../views/recruitment.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const day = (title: string) => t.String({ title, format: "date" });
const oneOf = <N extends string>(names: readonly N[], title: string) =>
  t.Union(
    names.map((name) => t.Literal(name)),
    { title },
  );
const PAGE = 50;

async function funnelPage(ctx: Context<Studies>, siteId: string | undefined) {
  const sees = ctx.may("studies.recruitment.read");
  const all = sees ? await ctx.db.all(funnelCounts, {}) : await ctx.errand(countFunnel, {});
  const sites = await ctx.db.all(openSites, {});
  const today = dayOf(ctx.now);
  const counts = siteId ? all.filter((row) => row.siteId === siteId) : all;
  const logHref = (query: Record<string, string>) =>
    sees ? ctx.url(`/screening?${new URLSearchParams({ ...(siteId ? { siteId } : {}), ...query })}`) : null;
  return {
    add: ctx.may("studies.recruitment.write") ? ctx.url("/screening/new") : null,
    log: sees ? ctx.url("/screening") : null,
    at: ctx.url("/recruitment"),
    site: siteId ?? "",
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    steps: funnelOf(counts).map((step) => ({
      ...step,
      title: stages[step.stage],
      waitingHref: logHref({ stage: step.stage, dropped: "none" }),
      reasons: step.reasons.map(([reason, count]) => ({
        title: dropReasons[reason as keyof typeof dropReasons] ?? reason,
        count,
        href: logHref({ stage: step.stage, dropped: reason }),
      })),
    })),
    plans: (await ctx.db.all(plansNow, {})).map((plan) => {
      const site = sites.find(({ id }) => id === plan.siteId);
      const rows = plan.siteId ? all.filter((row) => row.siteId === plan.siteId) : all;
      return {
        place: plan.siteId ? (site ? siteLabel(site) : "Another site") : "The whole study",
        target: plan.target,
        endsOn: plan.endsOn,
        forecast: forecast(plan, includedIn(rows), today),
      };
    }),
    plan: ctx.may("studies.recruitment.plan") ? ctx.url("/recruitment/plan") : null,
    signup: ctx.may("studies.recruitment.invite")
      ? {
          action: ctx.url("/recruitment/pages"),
          until: addMonths(today, 6),
          pages: (await ctx.db.all(allSignupPages, {})).map((page) => ({
            title: page.title,
            untilOn: page.untilOn,
            endAction: page.endId || page.untilOn < today ? null : ctx.url(`/recruitment/pages/${page.id}/end`),
          })),
        }
      : null,
  };
}

async function newPage(ctx: Context<Studies>) {
  const sites = await ctx.db.all(sitesReached, { may: "studies.recruitment.write" });
  const known = await ctx.db.all(notInLog, {});
  return {
    action: ctx.url("/screening"),
    knownAction: ctx.url("/screening/known"),
    crumbs: [{ label: "Screening log", href: ctx.url("/screening") }],
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    known: known.map(({ id, code }) => ({ value: id, label: code })),
  };
}

async function onePage(ctx: Context<Studies>, id: string) {
  const row = await ctx.db.one(screeningById, { id });
  const steps = await ctx.db.all(stepsOf, { screeningId: id });
  const mayWrite = ctx.may("studies.recruitment.write");
  const noted = mayWrite ? steps.flatMap((step) => (step.note ? [{ id: step.id, note: step.note }] : [])) : [];
  const opened = await ctx.openMany(
    noted.map(({ id: step, note }) => ({ value: note, at: { row: step, subject: row.subjectId } })),
    "to read the screening log",
  );
  const notes = new Map(
    noted.map(({ id: step }, at) => {
      const text = opened[at];
      return [step, text instanceof Locked ? text.sentence : (text ?? "")] as const;
    }),
  );
  const people = await ctx.people(steps.map(({ madeBy }) => madeBy));
  const names = await ctx.names([row.subjectId]);
  const consent =
    row.stage === "prescreened" || row.stage === "consented"
      ? await ctx.ask("consent.standing", { subjectId: row.subjectId })
      : undefined;
  const next = row.dropped ? null : nextStage(row.stage, true);
  const sites = await ctx.db.all(openSites, {});
  const site = sites.find((one) => one.id === row.siteId);
  return {
    code: row.code,
    name: names.get(row.subjectId) ?? row.code,
    crumbs: [{ label: "Screening log", href: ctx.url("/screening") }],
    stage: stages[row.stage],
    dropped: row.dropped ? (dropReasons[row.dropped as keyof typeof dropReasons] ?? row.dropped) : null,
    site: site ? siteLabel(site) : "No site",
    source: row.source,
    contactConsent: row.contactConsent,
    consent:
      consent === undefined
        ? null
        : consent === null
          ? "No module here keeps consents: it is noted by hand."
          : `Consent: ${consent}.`,
    happened: steps
      .map((step) => ({
        at: step.madeAt,
        what: step.dropped
          ? `Went no further: ${dropReasons[step.dropped as keyof typeof dropReasons] ?? step.dropped}`
          : `${stages[step.stage as Stage]}, ${step.onDay} (${people.get(step.madeBy ?? "") ?? "by the person"})`,
        reason: notes.get(step.id) ?? null,
      }))
      .reverse(),
    stops: next === "consented" || next === "randomised" ? await whyNot(ctx, row.siteId, takesInBy(next)) : [],
    next:
      mayWrite && next && next !== "randomised" && next !== "eligible"
        ? { action: ctx.url(`/screening/${id}/next`), title: stages[next] }
        : null,
    confirm:
      next === "eligible" && ctx.may("studies.eligibility.confirm")
        ? {
            action: ctx.url(`/screening/${id}/eligible`),
            signing: await ctx.signing("studies.eligibility_confirmed"),
          }
        : null,
    signatures: (
      await ctx.signatures(
        steps.filter(({ stage, dropped }) => stage === "eligible" && !dropped).map((step) => eligibleStep(row, step)),
      )
    )
      .values()
      .toArray()
      .flat(),
    casebook: await casebookLink(ctx, row),
    randomise:
      mayWrite && row.stage === "eligible" && !row.dropped && ctx.may("studies.randomise")
        ? ctx.url(`/randomisation/new?subject=${row.subjectId}`)
        : null,
    finish: mayWrite && row.stage === "eligible" && !row.dropped ? ctx.url(`/screening/${id}/finish`) : null,
    drop: mayWrite && !row.dropped && row.stage !== "completed" ? ctx.url(`/screening/${id}/drop`) : null,
    back: mayWrite && row.dropped ? ctx.url(`/screening/${id}/back`) : null,
    today: dayOf(ctx.now),
  };
}

const takesInBy = (stage: Stage) => (stage === "randomised" ? "randomise" : "take in");

/** What somebody who confirms eligibility signs: this person, on this day. */
const eligibleStep = (
  { subjectId, code }: Pick<ScreeningRow, "subjectId" | "code">,
  { id, onDay }: { readonly id: string; readonly onDay: string },
): SignedRecord => ({
  record: "studies.screening_steps",
  row: id,
  subjectId,
  content: { code, onDay, stage: "eligible" },
});

/** The way to the casebook, or to opening one: from consent on, where the site has forms. */
async function casebookLink(ctx: Context<Studies>, row: ScreeningRow) {
  if (!ctx.may("studies.progress.read")) return null;
  if (await ctx.db.first(casebookOf, { subjectId: row.subjectId }))
    return { href: ctx.url(`/participants/${row.subjectId}`), action: null };
  const isIn = stageNames.indexOf(row.stage) >= stageNames.indexOf("consented") && !row.dropped;
  if (!isIn || !ctx.may("studies.participants.add") || !(await versionInForce(ctx, row.siteId))) return null;
  return { href: null, action: ctx.url(`/screening/${row.id}/casebook`) };
}

async function goOn(
  ctx: Context<Studies>,
  row: ScreeningRow,
  stage: Stage,
  note: string,
  onDay: string,
): Promise<Redirect> {
  if (row.dropped) throw Problem.refused("This person goes no further. Take the person up again first.");
  if (onDay > dayOf(ctx.now)) throw Problem.invalid({ onDay: "That day has not come yet." });
  if (stage === "consented") await takeIn(ctx, row, onDay, note);
  else await move(ctx, row, { stage, dropped: null, note, onDay });
  return new Redirect(ctx.url(`/screening/${row.id}`), `${row.code}: ${stages[stage].toLowerCase()}.`);
}

const stepBody = t.Object({ onDay: day("Day"), note: t.Optional(t.String({ title: "Note", maxLength: 2000 })) });
const identityBody = {
  name: t.String({ title: "Name", minLength: 2, maxLength: 200 }),
  birthDate: t.Optional(day("Birth date")),
  phone: t.Optional(t.String({ title: "Phone", maxLength: 40 })),
  email: t.Optional(t.String({ title: "E-mail", format: "email", maxLength: 254 })),
};
const logQuery = t.Object({
  stage: t.Optional(oneOf(stageNames, "Stage")),
  siteId: t.Optional(uuid),
  dropped: t.Optional(t.String({ maxLength: 40 })),
  code: t.Optional(t.String({ maxLength: 40 })),
  /** The row that the part begins behind, or ends before; and how many stand before it. */
  after: t.Optional(uuid),
  before: t.Optional(uuid),
  from: t.Optional(t.Integer({ minimum: 0, maximum: 10_000_000 })),
});

export const recruitmentRoutes = [
  get("/recruitment", {
    needs: "studies.recruitment.numbers",
    query: t.Object({ site: t.Optional(uuid) }),
    run: async ({ query }, ctx) => FunnelPage(await funnelPage(ctx, query.site)),
  }),
  get("/recruitment/plan", {
    needs: "studies.recruitment.plan",
    run: async (_, ctx) => PlanPage(await planPage(ctx)),
  }),
  post("/recruitment/plan", {
    needs: "studies.recruitment.plan",
    body: t.Object({
      siteId: t.Optional(uuid),
      target: t.Integer({ title: "Target", minimum: 1, maximum: 1_000_000 }),
      startsOn: day("First day"),
      endsOn: day("Last day"),
    }),
    refused: async (typed, problems, ctx) => PlanPage({ ...(await planPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      if (body.endsOn <= body.startsOn) throw Problem.invalid({ endsOn: "Choose a day after the first." });
      const sites = await ctx.db.all(sitesReached, { may: "studies.recruitment.plan" });
      const site = sites.find(({ id }) => id === body.siteId);
      if (body.siteId && !site) throw Problem.invalid({ siteId: "Choose a site of yours." });
      await ctx.db.one(addPlan, { ...body, siteId: body.siteId ?? null });
      const place = site ? siteLabel(site) : "the whole study";
      ctx.audit("studies.plan_set", { place, target: body.target, from: body.startsOn, until: body.endsOn });
      return new Redirect(ctx.url("/recruitment"), "Set.");
    },
  }),
  post("/recruitment/pages", {
    needs: "studies.recruitment.invite",
    body: t.Object({
      title: t.String({ title: "Title", minLength: 2, maxLength: 200 }),
      about: t.String({ title: "About", minLength: 2, maxLength: 4000 }),
      contactText: t.String({ title: "What people agree to", minLength: 2, maxLength: 2000 }),
      untilOn: day("Open until"),
    }),
    refused: async (typed, problems, ctx) =>
      FunnelPage({ ...(await funnelPage(ctx, undefined)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      if (body.untilOn <= dayOf(ctx.now)) throw Problem.invalid({ untilOn: "Choose a day to come." });
      const { id, path } = await ctx.openLink(new Date(`${body.untilOn}T23:59:59Z`));
      await ctx.db.one(addSignupPage, { ...body, linkId: id });
      ctx.audit("studies.signup_opened", { title: body.title });
      return SignupAddressPage({ title: body.title, address: ctx.address(path), back: ctx.url("/recruitment") });
    },
  }),
  post("/recruitment/pages/:id/end", {
    needs: "studies.recruitment.invite",
    params: byId,
    async run({ params }, ctx) {
      const page = (await ctx.db.all(allSignupPages, {})).find(({ id }) => id === params.id);
      if (!page) throw Problem.notFound();
      if (page.endId) throw Problem.refused("It is closed already.");
      await ctx.endOpenLink(page.linkId);
      await ctx.db.one(endSignupPage, { pageId: page.id });
      ctx.audit("studies.signup_closed", { title: page.title });
      return new Redirect(ctx.url("/recruitment"), "Closed: the address leads nowhere from now on.");
    },
  }),

  get("/screening", {
    needs: "studies.recruitment.read",
    query: logQuery,
    async run({ query }, ctx) {
      const { from = 0, after, before, ...filter } = query;
      const known = filter.code ? await ctx.db.first(subjectOfCode, { code: filter.code }) : null;
      const wanted = known ? { ...filter, code: undefined, subjectId: known.id } : filter;
      // One more than a page holds says whether there is a next one.
      const found = await logPart(ctx.db, wanted, { after, before }, PAGE + 1);
      const rows = before ? found.slice(-PAGE) : found.slice(0, PAGE);
      const [size] = await ctx.db.all(logSize(wanted), {});
      const sites = await ctx.db.all(openSites, {});
      const place = new Map(sites.map((site) => [site.id, siteLabel(site)]));
      const href = (to: Record<string, string>) =>
        ctx.url(
          `/screening?${new URLSearchParams(
            Object.entries({ ...filter, ...to }).filter((entry): entry is [string, string] => Boolean(entry[1])),
          )}`,
        );
      const counted = size?.total ?? 0;
      const hasNext = before ? true : found.length > PAGE;
      const [first, last] = [rows[0], rows.at(-1)];
      return ScreeningLogPage({
        at: ctx.url("/screening"),
        add: ctx.may("studies.recruitment.write") ? ctx.url("/screening/new") : null,
        csv: ctx.url("/screening.csv"),
        filter,
        sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
        total: Math.min(counted, MOST_COUNTED),
        more: counted > MOST_COUNTED,
        from,
        previous: from > 0 && first ? href({ before: first.id, from: String(Math.max(0, from - PAGE)) }) : null,
        next: hasNext && last ? href({ after: last.id, from: String(from + rows.length) }) : null,
        lines: rows.map((row) => ({
          href: ctx.url(`/screening/${row.id}`),
          code: row.code,
          site: place.get(row.siteId ?? "") ?? "",
          source: row.source,
          stage: row.stage,
          dropped: row.dropped ? (dropReasons[row.dropped as keyof typeof dropReasons] ?? row.dropped) : null,
          changedAt: row.changedAt,
        })),
      });
    },
  }),
  get("/screening.csv", {
    needs: "studies.recruitment.read",
    async run(_, ctx) {
      const rows = await logPart(ctx.db, {}, {}, 100_000);
      const place = new Map((await ctx.db.all(openSites, {})).map((site) => [site.id, siteLabel(site)]));
      return await ctx.csv(
        "studies.screening_log",
        "screening-log",
        {
          columns: ["Code", "Site", "Source", "Stage", "Dropped", "Changed"].map((title) => ({
            title,
            kind: "text" as const,
          })),
          rows: rows.map((row) => [
            row.code,
            place.get(row.siteId ?? "") ?? "",
            row.source,
            stages[row.stage],
            row.dropped ?? "",
            row.changedAt.toISOString(),
          ]),
        },
        rows.map(({ id }) => id),
      );
    },
  }),
  get("/screening/new", {
    needs: "studies.recruitment.write",
    run: async (_, ctx) => NewScreeningPage(await newPage(ctx)),
  }),
  post("/screening", {
    needs: "studies.recruitment.write",
    body: t.Object({
      ...identityBody,
      recordNumber: t.Optional(t.String({ title: "Record number", maxLength: 40 })),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      source: oneOf(["clinic", "referral", "record search", "other"] as const, "Where from"),
    }),
    refused: async (typed, problems, ctx) =>
      NewScreeningPage({ ...(await newPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const { siteId, source, ...identity } = body;
      const sites = await ctx.db.all(sitesReached, { may: "studies.recruitment.write" });
      const site = sites.find(({ id }) => id === siteId) ?? null;
      if (sites.length > 0 && !site) throw Problem.invalid({ siteId: "Choose a site of yours." });
      const { subjectId, code } = await ctx.errand(nameByCode, { site, identity });
      const id = await begin(ctx, subjectId, site?.id ?? null, source, null);
      ctx.audit("studies.screening_entered", { subjectId, code, source });
      return new Redirect(
        ctx.url(`/screening/${id}`),
        `Entered as ${code}. The name lies in the vault; everywhere else there is the code.`,
      );
    },
  }),
  post("/screening/known", {
    needs: "studies.recruitment.write",
    body: t.Object({ subjectId: t.String({ title: "Participant", format: "uuid" }) }),
    refused: async (typed, problems, ctx) =>
      NewScreeningPage({ ...(await newPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const known = (await ctx.db.all(notInLog, {})).find(({ id }) => id === body.subjectId);
      if (!known) throw Problem.invalid({ subjectId: "Choose a participant who is not in the log yet." });
      const id = await begin(ctx, known.id, known.siteId, "other", null);
      ctx.audit("studies.screening_entered", { subjectId: known.id, code: known.code, source: "enrolled already" });
      return new Redirect(ctx.url(`/screening/${id}`), "Entered.");
    },
  }),
  get("/screening/:id", {
    needs: "studies.recruitment.read",
    params: byId,
    run: async ({ params }, ctx) => ScreeningPage(await onePage(ctx, params.id)),
  }),
  post("/screening/:id/next", {
    needs: "studies.recruitment.write",
    params: byId,
    body: stepBody,
    refused: async (typed, problems, ctx, params) =>
      ScreeningPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      const stage = nextStage(row.stage, true);
      if (!stage) throw Problem.refused("That was the last stage.");
      if (stage === "randomised")
        throw Problem.refused("Randomise, or finish without; nobody is called randomised by hand.");
      if (stage === "eligible") throw Problem.refused("Eligibility is confirmed with a signature.");
      return await goOn(ctx, row, stage, body.note ?? "", body.onDay);
    },
  }),
  post("/screening/:id/eligible", {
    needs: "studies.eligibility.confirm",
    signs: "studies.eligibility_confirmed",
    params: byId,
    body: stepBody,
    refused: async (typed, problems, ctx, params) =>
      ScreeningPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      if (row.stage !== "consented" || row.dropped)
        throw Problem.refused("Eligibility is confirmed of somebody who consented and is on the way.");
      const { onDay } = body;
      if (onDay > dayOf(ctx.now)) throw Problem.invalid({ onDay: "That day has not come yet." });
      await requireDelegation(ctx, "assess-eligibility", row.siteId);
      await requireConsent(ctx, row.subjectId);
      const step = await move(ctx, row, { stage: "eligible", dropped: null, note: body.note ?? "", onDay });
      await ctx.sign(eligibleStep(row, { id: step, onDay }));
      ctx.audit("studies.eligibility_confirmed", { subjectId: row.subjectId, code: row.code });
      return new Redirect(ctx.url(`/screening/${row.id}`), `${row.code}: eligible.`);
    },
  }),
  post("/screening/:id/casebook", {
    needs: "studies.participants.add",
    params: byId,
    async run({ params }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      if (stageNames.indexOf(row.stage) < stageNames.indexOf("consented") || row.dropped)
        throw Problem.refused("A casebook is opened for somebody who consented and is on the way.");
      if (!(await versionInForce(ctx, row.siteId)))
        throw Problem.refused("No version of the forms is in force at this site. Publish one first.");
      await requireRecruiting(ctx, row.siteId, "take in");
      await requireConsent(ctx, row.subjectId);
      await beginCasebook(ctx, row, dayOf(ctx.now));
      return new Redirect(ctx.url(`/participants/${row.subjectId}`), `The casebook of ${row.code} is open.`);
    },
  }),
  post("/screening/:id/finish", {
    needs: "studies.recruitment.write",
    params: byId,
    body: stepBody,
    refused: async (typed, problems, ctx, params) =>
      ScreeningPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      if (row.stage !== "eligible") throw Problem.refused("Only who is eligible and not randomised finishes this way.");
      return await goOn(ctx, row, "completed", body.note ?? "", body.onDay);
    },
  }),
  post("/screening/:id/drop", {
    needs: "studies.recruitment.write",
    params: byId,
    body: t.Object({
      dropped: oneOf(dropNames, "Reason"),
      dropNote: t.Optional(t.String({ title: "Note", maxLength: 2000 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      ScreeningPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      if (row.dropped) throw Problem.refused("That is noted already.");
      if (body.dropped === "other" && !body.dropNote) throw Problem.invalid({ dropNote: "Say which reason." });
      await move(ctx, row, {
        stage: row.stage,
        dropped: body.dropped,
        ...(body.dropNote ? { note: body.dropNote } : {}),
      });
      return new Redirect(ctx.url(`/screening/${row.id}`), "Noted.");
    },
  }),
  post("/screening/:id/back", {
    needs: "studies.recruitment.write",
    params: byId,
    body: t.Object({ backNote: t.String({ title: "Reason", minLength: 1, maxLength: 2000 }) }),
    refused: async (typed, problems, ctx, params) =>
      ScreeningPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(screeningById, params);
      if (!row.dropped) throw Problem.refused("This person is on the way.");
      await move(ctx, row, { stage: row.stage, dropped: null, note: body.backNote });
      return new Redirect(ctx.url(`/screening/${row.id}`), "Taken up again.");
    },
  }),
];

async function planPage(ctx: Context<Studies>) {
  const sites = await ctx.db.all(sitesReached, { may: "studies.recruitment.plan" });
  const today = dayOf(ctx.now);
  return {
    action: ctx.url("/recruitment/plan"),
    crumbs: [{ label: "Recruitment", href: ctx.url("/recruitment") }],
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    from: today,
    until: addMonths(today, 12),
  };
}

/** Under /p/<token>/studies: for anybody who was given the address. */
const pageOfLink = async (ctx: Context<Studies>) => {
  const today = dayOf(ctx.now);
  const page = (await ctx.db.all(allSignupPages, {})).find(({ linkId }) => linkId === ctx.actor.link);
  if (!page || page.endId || page.untilOn < today) throw new Problem("gone");
  const sites = await ctx.db.all(openSites, {});
  return {
    institution: ctx.tenant.name,
    title: page.title,
    about: page.about,
    contactText: page.contactText,
    action: ctx.url("/"),
    sites: sites.map(({ id, name }) => ({ value: id, label: name })),
  };
};
export const signupRoutes = [
  get("/", { needs: "studies.signup", run: async (_, ctx) => SignupPage(await pageOfLink(ctx)) }),
  post("/", {
    needs: "studies.signup",
    body: t.Object({
      ...identityBody,
      siteId: t.Optional(t.String({ title: "Place", format: "uuid" })),
      agrees: t.Optional(t.String({ title: "Your agreement", maxLength: 10 })),
      /** Hidden from people; what fills in everything fills this in too. */
      website: t.Optional(t.String({ maxLength: 200 })),
    }),
    refused: async (typed, problems, ctx) =>
      SignupPage({ ...(await pageOfLink(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const page = await pageOfLink(ctx);
      if (!body.email && !body.phone)
        throw Problem.invalid({ phone: "Give a phone number or an e-mail, so that we can reach you." });
      if (!body.agrees) throw Problem.invalid({ agrees: "Without your agreement we may not contact you." });
      const { name, birthDate, phone, email } = body;
      const site = (await ctx.db.all(openSites, {})).find(({ id }) => id === body.siteId);
      if (page.sites.length > 0 && !site) throw Problem.invalid({ siteId: "Choose the place nearest to you." });
      if (!body.website)
        await ctx.errand(takeInquiry, {
          site: site ? { id: site.id, code: site.code } : null,
          identity: {
            name,
            ...(birthDate ? { birthDate } : {}),
            ...(phone ? { phone } : {}),
            ...(email ? { email } : {}),
          },
          contactConsent: page.contactText,
        });
      return ThanksPage({ title: page.title });
    },
  }),
];
