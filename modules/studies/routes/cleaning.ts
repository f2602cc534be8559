/** Comparing with the source, review, signatures, and the list of all that waits. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion } from "../capture/version.ts";
import { contentDigest } from "../cleaning/content.ts";
import { demandsOf } from "../cleaning/demands.ts";
import { ageInDays } from "../cleaning/query-state.ts";
import { isRequired, planFor, verificationOf } from "../cleaning/verification.ts";
import { hexOf } from "../design/canonical.ts";
import { anyText } from "../model/words.ts";
import { events, type Studies } from "../names.ts";
import {
  addSignatures,
  addVerifications,
  inProgress,
  setVerificationPlan,
  signaturesOf,
  toSign,
  verificationPlansNow,
  verificationsOf,
} from "../store/cleaning.ts";
import { allVersions } from "../store/design.ts";
import { participantOf } from "../store/participants.ts";
import { openBySheet, queriesPage } from "../store/queries.ts";
import { secondEntriesOf } from "../store/second-entries.ts";
import { historyOf, type SheetRow, sheetsOf, valuesOf } from "../store/sheets.ts";
import { allSites } from "../store/sites.ts";
import { toReview, toReviewAgain, verificationBySheet, verificationBySite } from "../store/verification.ts";
import { ComparePage, SignPage, VerificationPage, WorkPage, type WorkPart } from "../views/cleaning.tsx";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";
import { doubleEntryWork } from "./second-entry.ts";
import { type Address, address, answerInWords, opened, sheetPath } from "./sheets.ts";

const { get, post } = routesFor<Studies>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
type Axis = "source" | "review";
const ticked = t.Object({
  selected: t.Array(t.String({ format: "uuid" }), { maxItems: 5000 }),
  all: t.Optional(t.Literal("required")),
});

export const cleaningRoutes = [
  get(`${sheetPath}/compare`, {
    needs: "studies.verify",
    params: address,
    run: async ({ params }, ctx) => comparePage(ctx, params, "source"),
  }),
  post(`${sheetPath}/compare`, {
    needs: "studies.verify",
    params: address,
    body: ticked,
    run: async ({ params, body }, ctx) => seen(ctx, params, "source", body),
  }),
  get(`${sheetPath}/review`, {
    needs: "studies.review",
    params: address,
    run: async ({ params }, ctx) => comparePage(ctx, params, "review"),
  }),
  post(`${sheetPath}/review`, {
    needs: "studies.review",
    params: address,
    body: ticked,
    run: async ({ params, body }, ctx) => seen(ctx, params, "review", body),
  }),

  get("/verification", {
    needs: "studies.data.read",
    run: async (_, ctx) => verificationPage(ctx),
  }),
  post("/verification", {
    needs: "studies.verification.plan",
    body: t.Object({
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      rule: t.Union([t.Literal("all"), t.Literal("critical"), t.Literal("sample"), t.Literal("none")], {
        title: "What is compared",
      }),
      percent: t.Integer({ title: "Size of the sample", minimum: 0, maximum: 100, default: 20 }),
      seed: t.Optional(t.String({ title: "Seed", maxLength: 100 })),
      form: t.Optional(t.String({ title: "Form", maxLength: 200 })),
      reason: t.String({ title: "Why", minLength: 3, maxLength: 1000 }),
    }),
    refused: async (typed, problems, ctx) => verificationPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const site = body.siteId ? (await ctx.db.all(allSites, {})).find(({ id }) => id === body.siteId) : null;
      if (body.siteId && !site) throw Problem.invalid({ siteId: "Choose a site of this study." });
      if (body.form && !(await formsToCompare(ctx)).some(({ value }) => value === body.form))
        throw Problem.invalid({ form: "Choose a form of this study." });
      await ctx.db.all(setVerificationPlan, {
        siteId: body.siteId ?? null,
        rule: body.rule,
        percent: body.percent,
        seed: body.seed ?? "",
        form: body.form ?? "",
        reason: body.reason,
      });
      const place = [site?.name ?? "all sites", ...(body.form ? [body.form] : [])].join(", ");
      ctx.audit("studies.verification_planned", { rule: body.rule, site: place });
      return new Redirect(ctx.url("/verification"), "The plan is set.");
    },
  }),

  get("/participants/:subject/sign", {
    needs: "studies.sign",
    params: bySubject,
    run: async ({ params }, ctx) => signPage(ctx, params.subject),
  }),
  post("/participants/:subject/sign", {
    needs: "studies.sign",
    signs: "studies.sheets_signed",
    params: bySubject,
    body: t.Object({ sheets: t.Array(t.String({ format: "uuid" }), { maxItems: 500 }) }),
    refused: async (typed, problems, ctx, params) => signPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      const waiting = await unsigned(ctx, params.subject);
      const chosen = waiting.filter(({ sheet, waits }) => !waits && body.sheets.includes(sheet.id));
      if (chosen.length === 0) throw Problem.invalid({ sheets: "Tick the forms that you sign." });
      if (ctx.actor.id) {
        const delegation = await ctx.ask("delegation.stands", {
          personId: ctx.actor.id,
          task: "sign-casebook",
          ...(participant.siteId ? { siteId: participant.siteId } : {}),
        });
        if (delegation && !delegation.stands) throw Problem.refused(`You may not sign now: ${delegation.reason}`);
      }
      const rows = [];
      for (const { sheet } of chosen) {
        const values = await ctx.db.all(valuesOf, { sheetId: sheet.id });
        const sha256 = contentDigest(sheet, values);
        await ctx.sign({
          record: "studies.sheets",
          row: sheet.id,
          subjectId: params.subject,
          content: { sha256: hexOf(sha256) },
        });
        rows.push({
          subjectId: params.subject,
          sheetId: sheet.id,
          revision: sheet.revision,
          versionId: sheet.versionId,
          sha256,
          meaning: events["studies.sheets_signed"].signature.meaning,
          printedName: ctx.actor.name,
        });
      }
      await ctx.db.all(addSignatures(rows), {});
      ctx.audit("studies.sheets_signed", {
        subjectId: params.subject,
        participant: participant.code,
        count: rows.length,
      });
      return new Redirect(
        ctx.url(`/participants/${params.subject}`),
        rows.length === 1 ? "The form is signed." : `${rows.length} forms are signed.`,
      );
    },
  }),

  get("/work", { needs: "studies.data.read", run: async (_, ctx) => WorkPage({ parts: await workOf(ctx, true) }) }),
];

async function stateOfAnswers(ctx: Context<Studies>, params: Address, axis: Axis) {
  const open = await opened(ctx, params);
  if (!open.sheet) throw Problem.notFound("Nothing was entered on this form yet.");
  const seenRows = (await ctx.db.all(verificationsOf, { sheetId: open.sheet.id })).filter((row) => row.axis === axis);
  const newest = new Map(seenRows.map((row) => [row.valueId, row]));
  const plan =
    axis === "source" ? planFor(await ctx.db.all(verificationPlansNow, {}), open.place.siteId, open.place.form) : null;
  const lines = open.values
    .filter((value) => value.raw !== null || value.nullFlavour !== null || value.isClosed || newest.has(value.id))
    .map((value) => {
      const last = newest.get(value.id) ?? null;
      const needed =
        axis === "review" ||
        isRequired(
          plan,
          open.plan.items.get(value.item),
          `${open.place.code}|${open.place.event}|${open.place.eventKey}|${open.place.form}|${open.place.formKey}|${value.section}|${value.sectionKey}|${value.item}`,
        );
      return { value, last, state: verificationOf(needed, value.version, last?.version ?? null) };
    });
  return { open, sheet: open.sheet, lines };
}

async function comparePage(ctx: Context<Studies>, params: Address, axis: Axis) {
  const { open, sheet, lines } = await stateOfAnswers(ctx, params, axis);
  const language = open.plan.build.languages[0] ?? "";
  const earlier = await ctx.db.all(historyOf, { sheetId: sheet.id });
  const people = await ctx.people(lines.map(({ last }) => last?.madeBy ?? null));
  const order = new Map((open.plan.entries.get(open.place.form) ?? []).map((place, n) => [place.item.id, n]));
  const where = formUrl(ctx, params.subject, open.place);
  return ComparePage({
    title: axis === "source" ? "Compare with the source" : "Review",
    lead:
      axis === "source"
        ? "Tick what agrees with the source. What changes afterwards comes back here, with what it was."
        : "Tick what you have looked at. What changes afterwards comes back here.",
    crumbs: [
      { label: open.place.code, href: ctx.url(`/participants/${params.subject}`) },
      { label: open.plan.forms.get(open.place.form)?.name ?? open.place.form, href: where },
    ],
    verb: axis === "source" ? "Verify" : "Mark as reviewed:",
    action: `${where}/${axis === "source" ? "compare" : "review"}`,
    lines: lines
      .toSorted(
        (a, b) =>
          (order.get(a.value.item) ?? 0) - (order.get(b.value.item) ?? 0) ||
          (a.value.sectionKey < b.value.sectionKey ? -1 : 1),
      )
      .map(({ value, last, state }) => {
        const item = open.plan.items.get(value.item);
        const before = last && earlier.find((row) => row.valueId === value.id && row.version === last.version);
        return {
          value: value.id,
          label: `${(item && anyText(item.question, language)) || value.item}${value.sectionKey ? ` (row ${value.sectionKey})` : ""}`,
          answer: value.isClosed ? "encrypted" : answerInWords(open.plan, item, value),
          state,
          before: before ? (before.isSealed ? "encrypted" : answerInWords(open.plan, item, before)) : null,
          reason: value.reason,
          seenBy: people.get(last?.madeBy ?? "") ?? null,
        };
      }),
  });
}

async function seen(ctx: Context<Studies>, params: Address, axis: Axis, body: typeof ticked.static) {
  const { open, sheet, lines } = await stateOfAnswers(ctx, params, axis);
  const chosen = lines.filter(
    ({ value, state }) =>
      state !== "verified" &&
      (body.selected.includes(value.id) || (body.all === "required" && (state === "required" || state === "again"))),
  );
  if (chosen.length > 0) {
    await ctx.db.all(
      addVerifications(
        chosen.map(({ value }) => ({
          subjectId: open.place.subjectId,
          sheetId: sheet.id,
          valueId: value.id,
          axis,
          version: value.version,
        })),
      ),
      {},
    );
    ctx.audit(axis === "source" ? "studies.verified" : "studies.reviewed", {
      subjectId: open.place.subjectId,
      participant: open.place.code,
      form: open.place.form,
      count: chosen.length,
    });
  }
  const where = formUrl(ctx, params.subject, open.place);
  return new Redirect(
    `${where}/${axis === "source" ? "compare" : "review"}`,
    chosen.length === 0
      ? "Nothing was ticked."
      : `${chosen.length === 1 ? "One answer" : `${chosen.length} answers`} marked.`,
  );
}

/** A form's name and place, for lists. */
export async function titleOf(
  ctx: Context<Studies>,
  row: Pick<SheetRow, "event" | "eventKey" | "form" | "formKey"> & { readonly versionId?: string },
): Promise<string> {
  const plan = row.versionId ? await planOfVersion(ctx, row.versionId) : null;
  const language = plan?.build.languages[0] ?? "";
  const form = plan?.forms.get(row.form);
  const event = plan?.events.get(row.event);
  return [
    `${(event && anyText(event.label, language)) || row.event}${row.eventKey ? ` ${row.eventKey}` : ""}`,
    `${(form && anyText(form.label, language)) || row.form}${row.formKey ? ` ${row.formKey}` : ""}`,
  ].join(" · ");
}

/** Every form that the newest version asks, for a plan of its own. */
async function formsToCompare(ctx: Context<Studies>): Promise<{ readonly value: string; readonly label: string }[]> {
  const [newest] = await ctx.db.all(allVersions, {});
  if (!newest) return [];
  const { build } = await planOfVersion(ctx, newest.id);
  return build.forms.map((one) => ({ value: one.id, label: anyText(one.label, build.languages[0] ?? "") || one.name }));
}

const SHOWN = 200;

async function verificationPage(ctx: Context<Studies>, form?: FormState) {
  const { plans, demands } = await demandsOf(ctx);
  const sites = await ctx.db.all(allSites, {});
  const forms = await formsToCompare(ctx);
  const people = await ctx.people(plans.map((row) => row.madeBy));
  const inForce = new Set(
    [null, ...sites.map(({ id }) => id)].flatMap((site) =>
      ["", ...forms.map(({ value }) => value)].map((one) => planFor(plans, site, one)?.id),
    ),
  );
  const linesOf = async (what: "waiting" | "again") => {
    const lines = [];
    for (const row of await ctx.db.all(verificationBySheet(demands, {}, what, SHOWN, 0), {}))
      lines.push({
        href: `${formUrl(ctx, row.subjectId, row)}/compare`,
        title: `${row.code} · ${await titleOf(ctx, row)}`,
        count: row[what],
      });
    return lines;
  };
  const first = await linesOf("waiting");
  const again = await linesOf("again");
  const progress = await ctx.db.all(verificationBySite(demands), {});
  const mayVerify = ctx.may("studies.verify");
  const plain = (href: string) => (mayVerify ? href : href.replace(/\/compare$/, ""));
  return VerificationPage({
    plans: plans.map((row) => ({
      site: row.siteId === null ? "All sites" : (sites.find(({ id }) => id === row.siteId)?.name ?? "A site"),
      form: row.form === "" ? "All forms" : (forms.find(({ value }) => value === row.form)?.label ?? row.form),
      rule:
        row.rule === "all"
          ? "Every answer"
          : row.rule === "critical"
            ? "Critical fields"
            : row.rule === "sample"
              ? `Critical fields and ${row.percent} % of the others, seed “${row.seed}”`
              : "Nothing",
      reason: row.reason,
      by: people.get(row.madeBy ?? "") ?? "Someone who has left",
      at: row.madeAt,
      isNow: inForce.has(row.id),
    })),
    set: ctx.may("studies.verification.plan")
      ? {
          action: ctx.url("/verification"),
          sites: sites.map((site) => ({ value: site.id, label: site.name })),
          forms,
          seed: Bun.randomUUIDv7().slice(-8),
        }
      : null,
    progress: progress.map((row) => ({
      site: sites.find(({ id }) => id === row.siteId)?.name ?? "Without a site",
      needed: row.needed,
      verified: row.verified,
      waiting: row.waiting,
      again: row.again,
    })),
    shown: SHOWN,
    first: first.map((line) => ({ ...line, href: plain(line.href) })),
    again: again.map((line) => ({ ...line, href: plain(line.href) })),
    mayVerify,
    form,
  });
}

/** Complete forms without a signature of what they say now; `waits`: two people enter it, and they are not compared yet. */
async function unsigned(ctx: Context<Studies>, subjectId: string) {
  const signatures = await ctx.db.all(signaturesOf, { subjectId });
  const decided = new Set(
    (await ctx.db.all(secondEntriesOf, { subjectId })).filter((row) => row.decidedAt).map((row) => row.sheetId),
  );
  return (await ctx.db.all(sheetsOf, { subjectId }))
    .filter((sheet) => sheet.state === "complete" && sheet.lock !== "locked")
    .map((sheet) => ({
      sheet,
      signature: signatures.find((one) => one.sheetId === sheet.id) ?? null,
      waits: sheet.twice && !decided.has(sheet.id),
    }))
    .filter(({ sheet, signature }) => signature === null || signature.revision !== sheet.revision);
}

async function signPage(ctx: Context<Studies>, subjectId: string, form?: FormState) {
  const participant = await ctx.db.one(participantOf, { subjectId });
  const asked = ctx.may("studies.queries.read") ? await ctx.db.all(openBySheet, { subjectId }) : [];
  const sheets = [];
  const waiting = await unsigned(ctx, subjectId);
  for (const { sheet, signature } of waiting.filter(({ waits }) => !waits)) {
    sheets.push({
      id: sheet.id,
      title: await titleOf(ctx, sheet),
      href: formUrl(ctx, subjectId, sheet),
      queries: asked.find((row) => row.sheetId === sheet.id)?.count ?? 0,
      broken: signature !== null,
    });
  }
  return SignPage({
    participant: participant.code,
    crumbs: [
      { label: "Participants", href: ctx.url("/participants") },
      { label: participant.code, href: ctx.url(`/participants/${subjectId}`) },
    ],
    sheets,
    held: await Promise.all(waiting.filter(({ waits }) => waits).map(({ sheet }) => titleOf(ctx, sheet))),
    signature: SignatureField({ signing: await ctx.signing("studies.sheets_signed"), form }),
    action: ctx.url(`/participants/${subjectId}/sign`),
    form,
  });
}

/** `isWhole`: also what waits without anybody having asked, which is counted over every answer; not in lists over all studies. */
export async function workOf(ctx: Context<Studies>, isWhole: boolean): Promise<WorkPart[]> {
  const parts: WorkPart[] = [];
  const asked = async (states: readonly string[], title: string, empty: string) => {
    const rows = await ctx.db.all(queriesPage({ states }, 200, 0), {});
    parts.push({
      title,
      empty,
      all: `${ctx.url("/queries")}?state=${states[0]}`,
      lines: rows.map((row) => ({
        title: (row.said ?? "A question").slice(0, 120),
        href: ctx.url(`/queries/${row.id}`),
        detail: `${row.code}, ${ageInDays(row.madeAt, ctx.now)} days old${row.dueOn ? `, due ${row.dueOn}` : ""}`,
      })),
    });
  };
  if (ctx.may("studies.queries.answer")) await asked(["open"], "Queries to answer", "No query waits for an answer");
  if (ctx.may("studies.queries.open"))
    await asked(["answered"], "Answers to look at", "No answer waits to be looked at");
  if (ctx.may("studies.sign")) {
    parts.push({
      title: "To sign",
      empty: "Nothing waits for your signature",
      all: null,
      lines: (await ctx.db.all(toSign, {})).map((row) => ({
        title: row.code,
        href: ctx.url(`/participants/${row.subjectId}/sign`),
        detail: row.count === 1 ? "one form" : `${row.count} forms`,
      })),
    });
  }
  if (ctx.may("studies.verify")) {
    const { demands } = await demandsOf(ctx);
    for (const [what, title, empty, one, many] of [
      ["again", "To compare again", "Nothing has changed since it was compared", "answer changed", "answers changed"],
      ["waiting", "To compare", "Nothing that the plan asks for waits", "answer waits", "answers wait"],
    ] as const) {
      if (what === "waiting" && !isWhole) continue;
      const rows = await ctx.db.all(verificationBySheet(demands, {}, what, SHOWN, 0), {});
      const lines = [];
      for (const row of rows)
        lines.push({
          title: `${row.code} · ${await titleOf(ctx, row)}`,
          href: `${formUrl(ctx, row.subjectId, row)}/compare`,
          detail: row[what] === 1 ? `one ${one}` : `${row[what]} ${many}`,
        });
      parts.push({ title, empty, all: ctx.url("/verification"), lines });
    }
  }
  if (ctx.may("studies.review") && isWhole) {
    const lines = [];
    const again = await ctx.db.all(toReviewAgain, { most: SHOWN });
    const isAgain = new Set(again.map(({ id }) => id));
    const waiting = await ctx.db.all(toReview, { most: SHOWN });
    for (const row of [...again, ...waiting.filter(({ id }) => !isAgain.has(id))].slice(0, SHOWN))
      lines.push({
        title: `${row.code} · ${await titleOf(ctx, row)}`,
        href: `${formUrl(ctx, row.subjectId, row)}/review`,
        detail: isAgain.has(row.id) ? `${row.count} changed since they were reviewed` : `${row.count} to look at`,
      });
    parts.push({ title: "To review", empty: "Every complete form was reviewed as it is", all: null, lines });
  }
  if (ctx.may("studies.second.enter") || ctx.may("studies.second.adjudicate"))
    parts.push(...(await doubleEntryWork(ctx)));
  if (ctx.may("studies.data.enter")) {
    const begun = [];
    for (const row of await ctx.db.all(inProgress, {})) {
      begun.push({
        title: `${row.code} · ${await titleOf(ctx, row)}`,
        href: formUrl(ctx, row.subjectId, row),
        detail: `begun ${ageInDays(row.madeAt, ctx.now)} days ago`,
      });
    }
    parts.push({ title: "Forms to finish", empty: "Every form that was begun is complete", all: null, lines: begun });
  }
  return parts;
}
