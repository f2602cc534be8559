/** Adverse events: the clock from awareness, follow-ups as versions, reports with a signature, and the forms held against them. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { takeTurn } from "@core/tenancy/turn.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { formAgain, type Studies } from "../module-words.ts";
import { dayOf } from "../rules/days.ts";
import {
  authorityBy,
  clockInWords,
  clockOf,
  followUpAware,
  isSerious,
  isUnexpectedReaction,
  type Outcome,
  outcomes,
  type Relation,
  reconcile,
  relations,
  reportBy,
  type SafetyLine,
  type Seriousness,
  type Severity,
  seriousness,
  seriousnessNames,
  seriousReport,
  severities,
} from "../rules/safety.ts";
import { eventVersions } from "../safety-tables.ts";
import { signedReport } from "../signed.ts";
import { openSites, siteLabel } from "../store/people.ts";
import {
  addEvent,
  addReport,
  addVersion,
  allReports,
  answersOn,
  lastEventNumber,
  newestVersions,
  participantsHere,
  type ReportRow,
  type VersionRow,
  versionsOf,
} from "../store/safety.ts";
import { tellRules } from "../task-making.ts";
import { EventFormPage, EventPage, EventsPage, ReconciliationPage } from "../views/safety.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const oneOf = <N extends string>(names: readonly N[], title: string) =>
  t.Union(
    names.map((name) => t.Literal(name)),
    { title },
  );
const keysOf = <N extends string>(record: Readonly<Record<N, string>>) => Object.keys(record) as N[];

const factsBody = {
  term: t.String({ title: "What happened", minLength: 2, maxLength: 200 }),
  onsetOn: t.String({ title: "Onset", format: "date" }),
  endedOn: t.Optional(t.String({ title: "End", format: "date" })),
  severity: oneOf(keysOf(severities), "Severity"),
  criteria: t.Array(oneOf(seriousnessNames, "Serious because"), { title: "Serious because", maxItems: 6 }),
  related: oneOf(keysOf(relations), "Relation"),
  expected: oneOf(["yes", "no"] as const, "Expected"),
  outcome: oneOf(keysOf(outcomes), "Outcome"),
  narrative: t.Optional(t.String({ title: "In words", maxLength: 10_000 })),
};
const awareBody = {
  awareOn: t.String({ title: "Day of awareness", format: "date" }),
  awareTime: t.String({ title: "Time of awareness", pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" }),
};
const factsOnly = t.Object(factsBody);
/** When the team learnt that it is serious is asked where it was not until now. */
const followUpBody = t.Object({
  ...factsBody,
  awareOn: t.Optional(awareBody.awareOn),
  awareTime: t.Optional(awareBody.awareTime),
});

const factsOf = (row: VersionRow, reports: readonly ReportRow[]) => ({
  ...row,
  reportedAt: seriousReport(row, reports),
});

async function listPage(ctx: Context<Studies>) {
  const rows = await ctx.db.all(newestVersions, {});
  const reports = await ctx.db.all(allReports, {});
  const place = new Map((await ctx.db.all(openSites, {})).map((site) => [site.id, siteLabel(site)]));
  const lines = rows.map((row) => {
    const facts = factsOf(row, reports);
    const state = clockOf(facts, ctx.now);
    return {
      href: ctx.url(`/safety/${row.eventId}`),
      number: row.number,
      code: row.code,
      site: place.get(row.siteId ?? "") ?? "",
      term: row.term,
      onsetOn: row.onsetOn,
      serious: isSerious(row),
      unexpected: isUnexpectedReaction(facts),
      state,
      clock: state === "running" || state === "late" ? clockInWords(reportBy(row), ctx.now) : "",
      outcome: outcomes[row.outcome],
    };
  });
  const urgency = ({ state }: (typeof lines)[number]) => (state === "late" ? 0 : state === "running" ? 1 : 2);
  return {
    add: ctx.may("studies.safety.write") ? ctx.url("/safety/new") : null,
    reconcile: ctx.settings.safetyForm ? ctx.url("/safety/reconciliation") : null,
    csv: ctx.url("/safety.csv"),
    lines: lines.sort((one, other) => urgency(one) - urgency(other) || other.number - one.number),
  };
}

async function findVersions(ctx: Context<Studies>, eventId: string) {
  const versions = await ctx.db.all(versionsOf, { eventId });
  const [newest] = versions;
  if (!newest) throw Problem.notFound();
  return { newest, versions };
}

async function onePage(ctx: Context<Studies>, id: string) {
  const { newest, versions } = await findVersions(ctx, id);
  const reports = (await ctx.db.all(allReports, {})).filter(({ eventId }) => eventId === id);
  const facts = factsOf(newest, reports);
  const told = versions.flatMap((row) => (row.narrative ? [{ row, narrative: row.narrative }] : []));
  const opened = await ctx.openMany(
    told.map(({ row, narrative }) => ({ value: narrative, at: { row: row.id, subject: row.subjectId } })),
    "to read an adverse event",
  );
  const words = new Map(
    told.map(({ row }, at) => {
      const text = opened[at];
      return [row.id, text instanceof Locked ? text.sentence : (text ?? "")] as const;
    }),
  );
  const people = await ctx.people([...versions.map(({ madeBy }) => madeBy), ...reports.map(({ madeBy }) => madeBy)]);
  const name = (person: string | null) => people.get(person ?? "") ?? "A former colleague";
  const place = new Map((await ctx.db.all(openSites, {})).map((site) => [site.id, siteLabel(site)]));
  const authority = authorityBy(facts);
  const state = clockOf(facts, ctx.now);
  const writes = ctx.may("studies.safety.write");
  return {
    crumbs: [{ label: "Adverse events", href: ctx.url("/safety") }],
    id,
    row: newest,
    site: place.get(newest.siteId ?? "") ?? "No site",
    state,
    serious: isSerious(newest),
    clock:
      state === "no clock"
        ? null
        : { by: reportBy(newest), words: facts.reportedAt ? state : clockInWords(reportBy(newest), ctx.now) },
    authority: authority && {
      by: authority,
      words: reports.some(({ toldTo }) => toldTo === "authority") ? "told" : clockInWords(authority, ctx.now),
    },
    criteria: newest.criteria.map((one) => seriousness[one as Seriousness] ?? one),
    narrative: words.get(newest.id) ?? "",
    happened: [
      ...versions.map((row) => ({
        at: row.madeAt,
        what: `${name(row.madeBy)} wrote version ${row.version}: ${row.term}, ${outcomes[row.outcome].toLowerCase()}`,
        reason: row.id === newest.id ? null : (words.get(row.id) ?? null),
      })),
      ...reports.map((row) => ({
        at: row.madeAt,
        what: `${name(row.madeBy)} reported version ${row.version} to the ${row.toldTo}`,
        reason: null as string | null,
      })),
    ].sort((one, other) => other.at.getTime() - one.at.getTime()),
    signatures: [...(await ctx.signatures(reports.map(signedReport))).values()].flat(),
    pdf: ctx.url(`/safety/${id}/report.pdf`),
    followUp: writes ? ctx.url(`/safety/${id}/follow-up`) : null,
    report: writes
      ? {
          action: ctx.url(`/safety/${id}/report`),
          signing: await ctx.signing("studies.event_reported"),
          left: (["sponsor", "ethics committee", "authority"] as const).filter(
            (to) => !reports.some((row) => row.version === newest.version && row.toldTo === to),
          ),
        }
      : null,
  };
}

const momentNow = ({ now }: Pick<Context<Studies>, "now">) => ({
  day: dayOf(now),
  time: now.toISOString().slice(11, 16),
});

async function newPage(ctx: Context<Studies>) {
  const subjects = await ctx.db.all(participantsHere, {});
  return {
    title: "Record an adverse event",
    action: ctx.url("/safety"),
    crumbs: [{ label: "Adverse events", href: ctx.url("/safety") }],
    subjects: subjects.map(({ id, code }) => ({ value: id, label: code })),
    now: momentNow(ctx),
    values: null,
  };
}
async function followUpPage(ctx: Context<Studies>, id: string) {
  const page = await onePage(ctx, id);
  const { row } = page;
  return {
    title: `Follow up event ${row.number} of ${row.code}`,
    action: ctx.url(`/safety/${id}/follow-up`),
    crumbs: [...page.crumbs, { label: `Event ${row.number}`, href: ctx.url(`/safety/${id}`) }],
    subjects: null,
    now: row.seriousFrom === null ? momentNow(ctx) : null,
    values: {
      term: row.term,
      onsetOn: row.onsetOn,
      endedOn: row.endedOn ?? "",
      severity: row.severity,
      criteria: row.criteria,
      related: row.related,
      expected: row.expected ? "yes" : "no",
      outcome: row.outcome,
      narrative: page.narrative,
    },
  };
}

function requireOrder(ctx: Context<Studies>, body: Static<typeof factsOnly>, awareAt: Date): void {
  if (body.onsetOn > ctx.now.toISOString().slice(0, 10))
    throw Problem.invalid({ onsetOn: "That day has not come yet." });
  if (body.endedOn && body.endedOn < body.onsetOn)
    throw Problem.invalid({ endedOn: "It cannot have ended before it began." });
  if (awareAt > ctx.now) throw Problem.invalid({ awareTime: "That moment has not come yet." });
  if (body.criteria.includes("death") !== (body.outcome === "fatal"))
    throw Problem.invalid({ outcome: "Death and a fatal outcome go together: correct one of the two." });
}

async function writeVersion(
  ctx: Context<Studies>,
  of: {
    readonly eventId: string;
    readonly subjectId: string;
    readonly siteId: string | null;
    readonly version: number;
    readonly awareAt: Date;
  },
  body: Static<typeof factsOnly>,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  const { expected, narrative, endedOn, ...facts } = body;
  await ctx.db.one(addVersion, {
    ...of,
    ...facts,
    id,
    criteria: [...new Set(body.criteria)],
    endedOn: endedOn ?? null,
    expected: expected === "yes",
    narrative: narrative
      ? await ctx.seal(eventVersions.narrative, narrative, { row: id, subject: of.subjectId })
      : null,
  });
}

/** One line a row of the captured form: its answers by their question. */
async function captured(ctx: Context<Studies>): Promise<SafetyLine[]> {
  const { safetyForm, safetyTerm, safetyOnset, safetySerious } = ctx.settings;
  const rows = Map.groupBy(
    await ctx.db.all(answersOn, { form: safetyForm }),
    (row) => `${row.sheetId}|${row.sectionKey}`,
  );
  return [...rows.values()].flatMap((answers) => {
    const said = (item: string) => answers.find((one) => one.item === item)?.raw ?? "";
    const term = said(safetyTerm);
    const [first] = answers;
    if (!first || term === "") return [];
    return [
      {
        subjectId: first.subjectId,
        term,
        onsetOn: said(safetyOnset),
        serious: /^(1|y|yes|true|j|ja)$/i.test(said(safetySerious)),
      },
    ];
  });
}

export const safetyRoutes = [
  get("/safety", { needs: "studies.safety.read", run: async (_, ctx) => EventsPage(await listPage(ctx)) }),
  get("/safety.csv", {
    needs: "studies.safety.read",
    async run(_, ctx) {
      const rows = await ctx.db.all(newestVersions, {});
      const { lines } = await listPage(ctx);
      return await ctx.csv(
        "studies.event_list",
        "adverse-events",
        {
          columns: ["Number", "Code", "Site", "Event", "Onset", "Serious", "Report", "Outcome"].map((title) => ({
            title,
            kind: "text" as const,
          })),
          rows: lines.map((line) => [
            String(line.number),
            line.code,
            line.site,
            line.term,
            line.onsetOn,
            line.serious ? "yes" : "no",
            line.state,
            line.outcome,
          ]),
        },
        rows.map(({ id }) => id),
      );
    },
  }),
  get("/safety/new", { needs: "studies.safety.write", run: async (_, ctx) => EventFormPage(await newPage(ctx)) }),
  get("/safety/reconciliation", {
    needs: "studies.safety.read",
    async run(_, ctx) {
      const rows = await ctx.db.all(newestVersions, {});
      const forms = ctx.settings.safetyForm && ctx.may("studies.data.read") ? await captured(ctx) : [];
      const reported = rows.map((row) => ({
        subjectId: row.subjectId,
        term: row.term,
        onsetOn: row.onsetOn,
        serious: isSerious(row),
      }));
      const codes = new Map((await ctx.db.all(participantsHere, {})).map(({ id, code }) => [id, code]));
      return ReconciliationPage({
        crumbs: [{ label: "Adverse events", href: ctx.url("/safety") }],
        form: ctx.settings.safetyForm,
        reported: reported.length,
        captured: forms.length,
        lines: reconcile(reported, forms).map((one) => ({ ...one, code: codes.get(one.subjectId) ?? "A participant" })),
      });
    },
  }),
  post("/safety", {
    needs: "studies.safety.write",
    body: t.Object({ subjectId: t.String({ title: "Participant", format: "uuid" }), ...awareBody, ...factsBody }),
    refused: async (typed, problems, ctx) =>
      EventFormPage({ ...(await newPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const { subjectId, awareOn, awareTime, ...facts } = body;
      const subject = (await ctx.db.all(participantsHere, {})).find(({ id }) => id === subjectId);
      if (!subject) throw Problem.invalid({ subjectId: "Choose a participant." });
      const awareAt = new Date(`${awareOn}T${awareTime}:00Z`);
      requireOrder(ctx, facts, awareAt);
      const number = await ctx.errand(countEvents, {});
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addEvent, { id, subjectId, siteId: subject.siteId, number });
      await writeVersion(ctx, { eventId: id, subjectId, siteId: subject.siteId, version: 1, awareAt }, facts);
      const serious = facts.criteria.length > 0;
      if (serious) await tellRules(ctx, { event: "serious-event", causeId: id });
      ctx.audit("studies.event_recorded", {
        subjectId,
        code: subject.code,
        number,
        serious: serious ? ", serious" : "",
      });
      return new Redirect(
        ctx.url(`/safety/${id}`),
        serious ? "Recorded. It is serious: report it to the sponsor within 24 hours of awareness." : "Recorded.",
      );
    },
  }),
  get("/safety/:id", {
    needs: "studies.safety.read",
    params: byId,
    run: async ({ params }, ctx) => EventPage(await onePage(ctx, params.id)),
  }),
  get("/safety/:id/follow-up", {
    needs: "studies.safety.write",
    params: byId,
    run: async ({ params }, ctx) => EventFormPage(await followUpPage(ctx, params.id)),
  }),
  post("/safety/:id/follow-up", {
    needs: "studies.safety.write",
    params: byId,
    body: followUpBody,
    refused: async (typed, problems, ctx, params) =>
      EventFormPage({ ...(await followUpPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { newest } = await findVersions(ctx, params.id);
      const { awareOn, awareTime, ...facts } = body;
      const learnt = awareOn && awareTime ? new Date(`${awareOn}T${awareTime}:00Z`) : null;
      const awareAt = followUpAware(newest, facts.criteria.length > 0, learnt);
      if (!awareAt) throw Problem.invalid({ awareOn: "Say when the team learnt that it is serious." });
      requireOrder(ctx, facts, awareAt);
      const { subjectId, siteId, code, number } = newest;
      const version = newest.version + 1;
      await writeVersion(ctx, { eventId: params.id, subjectId, siteId, version, awareAt }, facts);
      if (newest.seriousFrom === null && facts.criteria.length > 0)
        await tellRules(ctx, { event: "serious-event", causeId: params.id });
      ctx.audit("studies.event_followed_up", { subjectId, code, number, version });
      return new Redirect(ctx.url(`/safety/${params.id}`), `Version ${version} is written.`);
    },
  }),
  post("/safety/:id/report", {
    needs: "studies.safety.write",
    signs: "studies.event_reported",
    params: byId,
    body: t.Object({ toldTo: oneOf(["sponsor", "ethics committee", "authority"] as const, "To whom") }),
    refused: async (typed, problems, ctx, params) =>
      EventPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { newest } = await findVersions(ctx, params.id);
      const { subjectId, siteId, code, number, version } = newest;
      const known = (await ctx.db.all(allReports, {})).some(
        (row) => row.eventId === params.id && row.version === version && row.toldTo === body.toldTo,
      );
      if (known) throw Problem.refused("This version was reported there already.");
      const report = { eventId: params.id, subjectId, siteId, version, toldTo: body.toldTo };
      const { id } = await ctx.db.one(addReport, report);
      await ctx.sign(signedReport({ id, ...report }));
      ctx.audit("studies.event_reported", { subjectId, code, number, version, to: body.toldTo });
      return new Redirect(
        ctx.url(`/safety/${params.id}`),
        `Noted as reported to the ${body.toldTo}. Send the printed report.`,
      );
    },
  }),
  get("/safety/:id/report.pdf", {
    needs: "studies.safety.read",
    params: byId,
    async run({ params }, ctx) {
      const page = await onePage(ctx, params.id);
      const { row } = page;
      const title = `Report of adverse event ${row.number}, ${row.code}`;
      return await ctx.pdf(
        "studies.event_report",
        `adverse-event-${row.number}-v${row.version}`,
        {
          title,
          lang: "en",
          blocks: [
            { kind: "heading", level: 1, text: title },
            {
              kind: "facts",
              facts: [
                { term: "Study", detail: ctx.workspace.title },
                { term: "Site", detail: page.site },
                { term: "Participant", detail: row.code },
                { term: "Version", detail: `${row.version}${row.version === 1 ? " (initial)" : " (follow-up)"}` },
                { term: "Event", detail: row.term },
                { term: "Onset", detail: row.onsetOn },
                { term: "End", detail: row.endedOn ?? "continuing" },
                { term: "Team aware", detail: `${row.awareAt.toISOString().slice(0, 16).replace("T", " ")} UTC` },
                { term: "Serious", detail: page.serious ? page.criteria.join("; ") : "no" },
                { term: "Severity", detail: severities[row.severity as Severity] },
                { term: "Relation to what is studied", detail: relations[row.related as Relation] },
                { term: "Expected", detail: row.expected ? "yes" : "no" },
                { term: "Outcome", detail: outcomes[row.outcome as Outcome] },
              ],
            },
            { kind: "heading", level: 2, text: "What happened" },
            { kind: "paragraph", text: page.narrative || "Nothing was written." },
            { kind: "heading", level: 2, text: "History" },
            {
              kind: "table",
              caption: "Versions and reports",
              columns: [{ title: "When (UTC)" }, { title: "What", share: 4 }],
              rows: page.happened.map(({ at, what }) => [at.toISOString().slice(0, 16).replace("T", " "), what]),
            },
            ...page.signatures.map((signature) => ({ kind: "signature" as const, ...signature })),
          ],
        },
        [row.id],
      );
    },
  }),
];

/** The next number of the whole study: nobody at a site sees how many events others have. */
export const countEvents = {
  name: "studies.count_events",
  title: "Give an adverse event the study's next number",
  permissions: ["studies.safety.read"],
  run: async (_payload: object, ctx: Context): Promise<number> => {
    await takeTurn(ctx, "adverse events");
    return ((await ctx.db.first(lastEventNumber, {}))?.last ?? 0) + 1;
  },
};
