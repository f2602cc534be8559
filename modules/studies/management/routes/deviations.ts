/** Deviations from the protocol: recorded in versions, reported in time, reviewed with the investigator's signature, taken out as a file. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { takeTurn } from "@core/tenancy/turn.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { deviationVersions } from "../deviation-tables.ts";
import { formAgain, type Studies } from "../module-words.ts";
import { dayOf } from "../rules/days.ts";
import {
  categories,
  categoryNames,
  type DeviationState,
  deviationFacts,
  deviationSeverities,
  deviationState,
  deviationStates,
  type Receiver,
  receivers,
  tellBy,
} from "../rules/deviations.ts";
import { signedReview } from "../signed.ts";
import {
  addDeviation,
  addDeviationMark,
  addDeviationVersion,
  allDeviationMarks,
  deviationVersionsOf,
  lastDeviationNumber,
  newestDeviations,
} from "../store/deviations.ts";
import { openSites, reachesAll, siteLabel, sitesReached } from "../store/people.ts";
import { participantsHere } from "../store/safety.ts";
import { tellRules } from "../task-making.ts";
import { DeviationFormPage, DeviationPage, DeviationsPage } from "../views/deviations.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const oneOf = <N extends string>(names: readonly N[], title: string) =>
  t.Union(
    names.map((name) => t.Literal(name)),
    { title },
  );
const keysOf = <N extends string>(record: Readonly<Record<N, unknown>>) => Object.keys(record) as N[];
const PAGE = 50;

const factsBody = {
  title: t.String({ title: "What happened, in a line", minLength: 2, maxLength: 200 }),
  category: oneOf(categoryNames, "Category"),
  severity: oneOf(keysOf(deviationSeverities), "Severity"),
  happenedOn: t.String({ title: "Happened on", format: "date" }),
  discoveredOn: t.String({ title: "Found out on", format: "date" }),
  words: t.Optional(t.String({ title: "In words", maxLength: 10_000 })),
  action: t.Optional(t.String({ title: "What is done about it", maxLength: 10_000 })),
};
const factsOnly = t.Object(factsBody);
const logQuery = t.Object({
  category: t.Optional(oneOf(categoryNames, "Category")),
  severity: t.Optional(oneOf(keysOf(deviationSeverities), "Severity")),
  state: t.Optional(oneOf(keysOf(deviationStates), "State")),
  siteId: t.Optional(uuid),
  from: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
});

const termsOf = (ctx: Context<Studies>) => ({ ethicsDays: ctx.settings.deviationEthicsDays });

const urgency: Readonly<Record<DeviationState, number>> = { late: 0, owed: 1, "to review": 2, settled: 3 };

/** All that fit, what is owed first. */
async function logLines(ctx: Context<Studies>, filter: Omit<Static<typeof logQuery>, "from">) {
  const today = dayOf(ctx.now);
  const marks = await ctx.db.all(allDeviationMarks, {});
  const place = new Map((await ctx.db.all(openSites, {})).map((site) => [site.id, siteLabel(site)]));
  return (await ctx.db.all(newestDeviations, {}))
    .map((row) => {
      const facts = deviationFacts(row, marks);
      const open = tellBy(facts, termsOf(ctx)).filter(({ to }) => !facts.told.includes(to));
      return {
        row,
        href: ctx.url(`/deviations/${row.deviationId}`),
        number: row.number,
        title: row.title,
        category: row.category,
        severity: row.severity,
        about: row.code ?? "–",
        site: row.siteId ? (place.get(row.siteId) ?? "Another site") : "The whole study",
        discoveredOn: row.discoveredOn,
        state: deviationState(facts, termsOf(ctx), today),
        owed: open.map(({ to, by }) => `${to} by ${by}`).join(", "),
      };
    })
    .filter(
      ({ row, state }) =>
        (!filter.category || row.category === filter.category) &&
        (!filter.severity || row.severity === filter.severity) &&
        (!filter.siteId || row.siteId === filter.siteId) &&
        (!filter.state || state === filter.state),
    )
    .sort((one, other) => urgency[one.state] - urgency[other.state] || other.number - one.number);
}

async function findDeviation(ctx: Context<Studies>, deviationId: string) {
  const versions = await ctx.db.all(deviationVersionsOf, { deviationId });
  const [newest] = versions;
  if (!newest) throw Problem.notFound();
  const marks = (await ctx.db.all(allDeviationMarks, {})).filter((mark) => mark.deviationId === deviationId);
  return { newest, versions, marks };
}

async function onePage(ctx: Context<Studies>, id: string) {
  const { newest, versions, marks } = await findDeviation(ctx, id);
  const facts = deviationFacts(newest, marks);
  const today = dayOf(ctx.now);
  const told: { readonly row: string; readonly value: Sealed<string> }[] = versions.flatMap(
    ({ id: row, words, action }) => [words, action].flatMap((value) => (value ? [{ row, value }] : [])),
  );
  const opened = await ctx.openMany(
    told.map(({ row, value }) => ({ value, at: { row } })),
    "to read a deviation",
  );
  const textOf = (value: Sealed<string> | null): string => {
    const at = told.findIndex((one) => one.value === value);
    const text = opened[at];
    return text instanceof Locked ? text.sentence : (text ?? "");
  };
  const people = await ctx.people([...versions, ...marks].map(({ madeBy }) => madeBy));
  const name = (person: string | null) => people.get(person ?? "") ?? "A former colleague";
  const site = (await ctx.db.all(openSites, {})).find((one) => one.id === newest.siteId);
  const state = deviationState(facts, termsOf(ctx), today);
  const writes = ctx.may("studies.deviations.write");
  return {
    crumbs: [{ label: "Deviations", href: ctx.url("/deviations") }],
    id,
    row: newest,
    site: newest.siteId ? (site ? siteLabel(site) : "Another site") : "The whole study",
    state,
    owed: tellBy(facts, termsOf(ctx)).map(({ to, by }) => ({
      to,
      by,
      on: marks.find(({ mark }) => mark === to)?.onDay ?? null,
      isLate: !facts.told.includes(to) && by < today,
    })),
    words: textOf(newest.words),
    action: textOf(newest.action),
    happened: [
      ...versions.map((row) => ({
        at: row.madeAt,
        what: `${name(row.madeBy)} wrote version ${row.version}: ${row.title} (${categories[row.category].toLowerCase()}, ${deviationSeverities[row.severity].toLowerCase()})`,
        reason: row.id === newest.id ? null : [textOf(row.words), textOf(row.action)].filter(Boolean).join(" / "),
      })),
      ...marks.map((row) => ({
        at: row.madeAt,
        what:
          row.mark === "reviewed"
            ? `${name(row.madeBy)} reviewed version ${row.version}`
            : `${name(row.madeBy)} noted: version ${row.version} reported to the ${row.mark} on ${row.onDay}`,
        reason: row.note || null,
      })),
    ].sort((one, other) => other.at.getTime() - one.at.getTime()),
    signatures: [
      ...(await ctx.signatures(marks.filter(({ mark }) => mark === "reviewed").map(signedReview))).values(),
    ].flat(),
    pdf: ctx.url(`/deviations/${id}/report.pdf`),
    edit: writes ? ctx.url(`/deviations/${id}/version`) : null,
    tell: writes
      ? {
          action: ctx.url(`/deviations/${id}/told`),
          today,
          left: receivers.filter((to) => !marks.some((row) => row.version === newest.version && row.mark === to)),
        }
      : null,
    review:
      ctx.may("studies.deviations.review") && !facts.isReviewed
        ? { action: ctx.url(`/deviations/${id}/review`), signing: await ctx.signing("studies.deviation_reviewed") }
        : null,
  };
}

async function newPage(ctx: Context<Studies>) {
  const sites = await ctx.db.all(sitesReached, { may: "studies.deviations.write" });
  const everywhere = await reachesAll(ctx, "studies.deviations.write");
  const seesCodes = ctx.may("core.subjects.read");
  return {
    title: "Record a deviation",
    action: ctx.url("/deviations"),
    crumbs: [{ label: "Deviations", href: ctx.url("/deviations") }],
    place: {
      sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
      everywhere,
      subjects: seesCodes
        ? (await ctx.db.all(participantsHere, {})).map(({ id, code }) => ({ value: id, label: code }))
        : [],
    },
    today: dayOf(ctx.now),
    values: null,
  };
}
async function versionPage(ctx: Context<Studies>, id: string) {
  const page = await onePage(ctx, id);
  const { row } = page;
  return {
    title: `Deviation ${row.number}: write version ${row.version + 1}`,
    action: ctx.url(`/deviations/${id}/version`),
    crumbs: [...page.crumbs, { label: `Deviation ${row.number}`, href: ctx.url(`/deviations/${id}`) }],
    place: null,
    today: dayOf(ctx.now),
    values: {
      title: row.title,
      category: row.category,
      severity: row.severity,
      happenedOn: row.happenedOn,
      discoveredOn: row.discoveredOn,
      words: page.words,
      action: page.action,
    },
  };
}

function requireOrder(ctx: Context<Studies>, { happenedOn, discoveredOn }: Static<typeof factsOnly>): void {
  if (discoveredOn > dayOf(ctx.now)) throw Problem.invalid({ discoveredOn: "That day has not come yet." });
  if (discoveredOn < happenedOn)
    throw Problem.invalid({ discoveredOn: "It cannot have been found out before it happened." });
}

async function writeVersion(
  ctx: Context<Studies>,
  of: {
    readonly deviationId: string;
    readonly subjectId: string | null;
    readonly siteId: string | null;
    readonly version: number;
  },
  { words, action, ...facts }: Static<typeof factsOnly>,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addDeviationVersion, {
    ...of,
    ...facts,
    id,
    words: words ? await ctx.seal(deviationVersions.words, words, { row: id }) : null,
    action: action ? await ctx.seal(deviationVersions.action, action, { row: id }) : null,
  });
}

const inWords = ({ category, severity }: Pick<Static<typeof factsOnly>, "category" | "severity">) => ({
  category: categories[category].toLowerCase(),
  severity: deviationSeverities[severity].toLowerCase(),
});

export const deviationRoutes = [
  get("/deviations", {
    needs: "studies.deviations.read",
    query: logQuery,
    async run({ query }, ctx) {
      const { from = 0, ...filter } = query;
      const lines = await logLines(ctx, filter);
      const sites = await ctx.db.all(openSites, {});
      const chosen = Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1]));
      const href = (start: number) =>
        ctx.url(`/deviations?${new URLSearchParams([...chosen, ["from", String(start)]])}`);
      return DeviationsPage({
        at: ctx.url("/deviations"),
        add: ctx.may("studies.deviations.write") ? ctx.url("/deviations/new") : null,
        csv: ctx.url(`/deviations.csv?${new URLSearchParams(chosen)}`),
        filter,
        sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
        total: lines.length,
        from,
        lines: lines.slice(from, from + PAGE),
        previous: from > 0 ? href(Math.max(0, from - PAGE)) : null,
        next: from + PAGE < lines.length ? href(from + PAGE) : null,
      });
    },
  }),
  get("/deviations.csv", {
    needs: "studies.deviations.read",
    query: logQuery,
    async run({ query: { from: _from, ...filter } }, ctx) {
      const lines = await logLines(ctx, filter);
      const marks = await ctx.db.all(allDeviationMarks, {});
      const toldOn = (deviationId: string, to: Receiver) =>
        marks.find((row) => row.deviationId === deviationId && row.mark === to)?.onDay ?? "";
      return await ctx.csv(
        "studies.deviation_log",
        "deviations",
        {
          columns: [
            "Number",
            "Participant",
            "Site",
            "Category",
            "Severity",
            "What happened",
            "Happened on",
            "Found out on",
            "State",
            "Sponsor told",
            "Ethics committee told",
            "Authority told",
          ].map((title) => ({ title, kind: "text" as const })),
          rows: lines.map(({ row, ...line }) => [
            String(row.number),
            row.code ?? "",
            line.site,
            categories[row.category],
            deviationSeverities[row.severity],
            row.title,
            row.happenedOn,
            row.discoveredOn,
            deviationStates[line.state],
            toldOn(row.deviationId, "sponsor"),
            toldOn(row.deviationId, "ethics committee"),
            toldOn(row.deviationId, "authority"),
          ]),
        },
        lines.map(({ row }) => row.id),
      );
    },
  }),
  get("/deviations/new", {
    needs: "studies.deviations.write",
    run: async (_, ctx) => DeviationFormPage(await newPage(ctx)),
  }),
  post("/deviations", {
    needs: "studies.deviations.write",
    body: t.Object({
      subjectId: t.Optional(t.String({ title: "Participant", format: "uuid" })),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      ...factsBody,
    }),
    refused: async (typed, problems, ctx) =>
      DeviationFormPage({ ...(await newPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const { subjectId, siteId, ...facts } = body;
      requireOrder(ctx, facts);
      const subject = subjectId ? (await ctx.db.all(participantsHere, {})).find(({ id }) => id === subjectId) : null;
      if (subjectId && !subject) throw Problem.invalid({ subjectId: "Choose a participant." });
      const site = subject ? subject.siteId : (siteId ?? null);
      if (subject && siteId && siteId !== subject.siteId)
        throw Problem.invalid({ siteId: "The participant belongs to another site: leave this empty, or correct it." });
      const sites = await ctx.db.all(sitesReached, { may: "studies.deviations.write" });
      if (site ? !sites.some(({ id }) => id === site) : !(await reachesAll(ctx, "studies.deviations.write")))
        throw Problem.invalid({ siteId: "Choose a site of yours." });
      const number = await ctx.errand(countDeviations, {});
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addDeviation, { id, subjectId: subject?.id ?? null, siteId: site, number });
      await writeVersion(ctx, { deviationId: id, subjectId: subject?.id ?? null, siteId: site, version: 1 }, facts);
      if (facts.severity !== "minor") await tellRules(ctx, { event: "important-deviation", causeId: id });
      ctx.audit("studies.deviation_recorded", {
        ...(subject ? { subjectId: subject.id } : {}),
        number,
        ...inWords(facts),
      });
      return new Redirect(ctx.url(`/deviations/${id}`), `Recorded as deviation ${number}.`);
    },
  }),
  get("/deviations/:id", {
    needs: "studies.deviations.read",
    params: byId,
    run: async ({ params }, ctx) => DeviationPage(await onePage(ctx, params.id)),
  }),
  get("/deviations/:id/version", {
    needs: "studies.deviations.write",
    params: byId,
    run: async ({ params }, ctx) => DeviationFormPage(await versionPage(ctx, params.id)),
  }),
  post("/deviations/:id/version", {
    needs: "studies.deviations.write",
    params: byId,
    body: factsOnly,
    refused: async (typed, problems, ctx, params) =>
      DeviationFormPage({ ...(await versionPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      requireOrder(ctx, body);
      const { newest, versions } = await findDeviation(ctx, params.id);
      const first = versions.map(({ discoveredOn }) => discoveredOn).sort()[0] ?? "";
      if (body.discoveredOn > first)
        throw Problem.invalid({ discoveredOn: `It was found out on ${first}: the days to report run from then.` });
      const { subjectId, siteId, number } = newest;
      const version = newest.version + 1;
      await writeVersion(ctx, { deviationId: params.id, subjectId, siteId, version }, body);
      ctx.audit("studies.deviation_changed", {
        ...(subjectId ? { subjectId } : {}),
        version,
        number,
        ...inWords(body),
      });
      return new Redirect(ctx.url(`/deviations/${params.id}`), `Version ${version} is written.`);
    },
  }),
  post("/deviations/:id/told", {
    needs: "studies.deviations.write",
    params: byId,
    body: t.Object({
      to: oneOf(receivers, "To whom"),
      onDay: t.String({ title: "On", format: "date" }),
      note: t.Optional(t.String({ title: "Reference", maxLength: 500 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      DeviationPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { newest, marks } = await findDeviation(ctx, params.id);
      const { subjectId, siteId, number, version, discoveredOn } = newest;
      if (marks.some((row) => row.version === version && row.mark === body.to))
        throw Problem.refused("This version was reported there already.");
      if (body.onDay > dayOf(ctx.now)) throw Problem.invalid({ onDay: "That day has not come yet." });
      if (body.onDay < discoveredOn) throw Problem.invalid({ onDay: "That was before it was found out." });
      const { to: mark, onDay, note = "" } = body;
      await ctx.db.one(addDeviationMark, { deviationId: params.id, subjectId, siteId, version, mark, onDay, note });
      ctx.audit("studies.deviation_told", {
        ...(subjectId ? { subjectId } : {}),
        number,
        version,
        to: mark,
        on: onDay,
      });
      return new Redirect(ctx.url(`/deviations/${params.id}`), `Noted as reported to the ${mark}.`);
    },
  }),
  post("/deviations/:id/review", {
    needs: "studies.deviations.review",
    signs: "studies.deviation_reviewed",
    params: byId,
    body: t.Object({ note: t.Optional(t.String({ title: "Remark", maxLength: 500 })) }),
    refused: async (typed, problems, ctx, params) =>
      DeviationPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { newest, marks } = await findDeviation(ctx, params.id);
      const { subjectId, siteId, number, version } = newest;
      if (marks.some((row) => row.version === version && row.mark === "reviewed"))
        throw Problem.refused("This version was reviewed already.");
      const mark = { deviationId: params.id, version, mark: "reviewed", onDay: dayOf(ctx.now) } as const;
      const note = body.note ?? "";
      const { id } = await ctx.db.one(addDeviationMark, { ...mark, subjectId, siteId, note });
      await ctx.sign(signedReview({ ...mark, id, subjectId, note }));
      ctx.audit("studies.deviation_reviewed", { ...(subjectId ? { subjectId } : {}), number, version });
      return new Redirect(ctx.url(`/deviations/${params.id}`), "Reviewed and signed.");
    },
  }),
  get("/deviations/:id/report.pdf", {
    needs: "studies.deviations.read",
    params: byId,
    async run({ params }, ctx) {
      const page = await onePage(ctx, params.id);
      const { row } = page;
      const title = `Report of deviation ${row.number}`;
      return await ctx.pdf(
        "studies.deviation_report",
        `deviation-${row.number}-v${row.version}`,
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
                { term: "Participant", detail: row.code ?? "none" },
                { term: "Version", detail: String(row.version) },
                { term: "What happened", detail: row.title },
                { term: "Category", detail: categories[row.category] },
                { term: "Severity", detail: deviationSeverities[row.severity] },
                { term: "Happened on", detail: row.happenedOn },
                { term: "Found out on", detail: row.discoveredOn },
                ...page.owed.map(({ to, by, on }) => ({
                  term: `To the ${to}`,
                  detail: on ? `reported on ${on}, due ${by}` : `due ${by}, not reported`,
                })),
              ],
            },
            { kind: "heading", level: 2, text: "In words" },
            { kind: "paragraph", text: page.words || "Nothing was written." },
            { kind: "heading", level: 2, text: "What is done about it" },
            { kind: "paragraph", text: page.action || "Nothing was written." },
            { kind: "heading", level: 2, text: "History" },
            {
              kind: "table",
              caption: "Versions, reports and reviews",
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

/** The next number of the whole study: nobody at a site sees how many deviations others have. */
export const countDeviations = {
  name: "studies.count_deviations",
  title: "Give a deviation the study's next number",
  permissions: ["studies.deviations.read"],
  run: async (_payload: object, ctx: Context): Promise<number> => {
    await takeTurn(ctx, "deviations");
    return ((await ctx.db.first(lastDeviationNumber, {}))?.last ?? 0) + 1;
  },
};
