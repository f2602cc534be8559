/** Double entry: a second person enters a form blind, the two are compared, and somebody decides where they differ. */
import { type Context, type Errand, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { nothingTyped, type StoredAnswer, type TypedSheet } from "../capture/fields.ts";
import { judgementOf, type OpenSheet } from "../capture/opening.ts";
import { save, without } from "../capture/saving.ts";
import {
  type Decision,
  type Difference,
  differencesOf,
  hadHandIn,
  isCompared,
  mayDecide,
  secondStateOf,
} from "../capture/second-entry.ts";
import { planOfVersion } from "../capture/version.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  addSecond,
  changeSecond,
  countDifferences,
  decideSecond,
  type SecondRow,
  secondOf,
  type TwiceRow,
  twiceEntered,
  withdrawSecond,
} from "../store/second-entries.ts";
import { sheetById, valuesOf } from "../store/sheets.ts";
import { allSites } from "../store/sites.ts";
import type { Answer } from "../values/reading.ts";
import type { WorkPart } from "../views/cleaning.tsx";
import { DecisionPage, DoubleEntryPage, type DoubleLine } from "../views/second-entry.tsx";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";
import {
  type Address,
  address,
  answerInWords,
  mayEnter,
  opened,
  placeFor,
  type Showing,
  sheetBody,
  sheetPage,
  sheetPath,
  typedAgain,
  typedOf,
} from "./sheets.ts";

const { get, post } = routesFor<Studies>();

/** The second person learns how many answers differ, and not which: both entries are read with the house's rights. */
export const compareEntries: Errand<{ readonly sheetId: string }, number> = {
  name: "studies.compare_entries",
  title: "Compare the two entries of a form",
  permissions: ["studies.data.read", "studies.second.adjudicate"],
  run: async ({ sheetId }, ctx) => {
    const sheet = await ctx.db.one(sheetById, { id: sheetId });
    const second = await ctx.db.one(secondOf, { sheetId });
    const plan = await planOfVersion(ctx as Context<Studies>, sheet.versionId);
    const { length } = differencesOf(plan, sheet.form, await ctx.db.all(valuesOf, { sheetId }), second.answers);
    await ctx.db.one(countDifferences, { id: second.id, differences: length });
    if (length === 0) await ctx.db.one(decideSecond, { id: second.id, actor: null, decisions: "[]" });
    return length;
  },
};

export const secondEntryRoutes = [
  get("/double-entry", {
    needs: "studies.second.read",
    query: t.Object({
      state: t.Optional(t.Union([t.Literal("waiting"), t.Literal("entered"), t.Literal("decided")])),
      site: t.Optional(t.String({ format: "uuid" })),
    }),
    async run({ query }, ctx) {
      const sites = await ctx.db.all(allSites, {});
      const all = (await ctx.db.all(twiceEntered, {})).filter((row) => !query.site || row.siteId === query.site);
      const wanted = all.filter((row) => !query.state || stateOf(row) === query.state);
      const counts = Map.groupBy(all, stateOf);
      return DoubleEntryPage({
        lines: await Promise.all(wanted.slice(0, 500).map((row) => lineOf(ctx, row))),
        total: wanted.length,
        figures: [
          { label: "Wait for a second person", value: counts.get("waiting")?.length ?? 0 },
          { label: "Wait for a decision", value: counts.get("entered")?.length ?? 0 },
          { label: "Compared and decided", value: counts.get("decided")?.length ?? 0 },
        ],
        sites: sites.map(({ id, name }) => ({ value: id, label: name })),
        filter: { state: query.state ?? "", site: query.site ?? "" },
        action: ctx.url("/double-entry"),
      });
    },
  }),

  get(`${sheetPath}/second`, {
    needs: "studies.second.enter",
    params: address,
    run: async ({ params }, ctx) => secondPage(ctx, params, {}),
  }),

  post(`${sheetPath}/second`, {
    needs: "studies.second.enter",
    params: address,
    body: sheetBody,
    refused: async (typed, problems, ctx, params) =>
      secondPage(ctx, params, {
        form: formAgain(typed, problems),
        typed: typedAgain(typed),
        complete: typed.act === "complete",
        refused: true,
      }),
    async run({ params, body }, ctx) {
      await mayEnter(ctx, params.subject, true);
      const at = await openSecond(ctx, params);
      const complete = body.act === "complete";
      await keep(ctx, at, typedOf(body), { complete, quick: false });
      if (!complete) return new Redirect(at.where, "Saved.");
      const { subjectId, code, form, event } = at.open.place;
      ctx.audit("studies.second_entered", { subjectId, participant: code, form, event });
      const differ = await ctx.errand(compareEntries, { sheetId: at.sheetId });
      return new Redirect(
        ctx.url("/double-entry"),
        differ === 0
          ? "Entered a second time: the two agree."
          : `Entered a second time: ${differ === 1 ? "one answer differs" : `${differ} answers differ`}. Somebody else decides.`,
      );
    },
  }),

  post(`${sheetPath}/second/quick`, {
    needs: "studies.second.enter",
    params: address,
    body: sheetBody,
    async run({ params, body }, ctx) {
      await mayEnter(ctx, params.subject, true);
      const typed = typedOf(body);
      await keep(ctx, await openSecond(ctx, params), typed, { complete: false, quick: true });
      return secondPage(ctx, params, { saved: `Saved at ${ctx.now.toISOString().slice(11, 16)} UTC.`, typed });
    },
  }),

  get(`${sheetPath}/decide`, {
    needs: "studies.data.read",
    params: address,
    run: async ({ params }, ctx) => decisionPage(ctx, params),
  }),

  post(`${sheetPath}/decide`, {
    needs: "studies.second.adjudicate",
    params: address,
    body: t.Object({
      choose: t.Record(t.String(), t.Union([t.Literal("first"), t.Literal("second"), t.Literal("other")])),
      other: t.Record(t.String(), t.String({ maxLength: 20_000 })),
      reason: t.Record(t.String(), t.String({ maxLength: 800 })),
    }),
    refused: async (typed, problems, ctx, params) => decisionPage(ctx, params, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const { open, second, differences } = await bothOf(ctx, params);
      if (second.decidedAt) throw new Problem("conflict", "Somebody has decided between the two entries meanwhile.");
      if (!second.enteredAt) throw Problem.refused("The second entry is not finished yet.");
      const refusal = mayDecide(ctx.actor.id ?? "", handsOf(open), second.madeBy, ctx.settings.secondDecision);
      if (refusal) throw Problem.refused(refusal);
      requireChoices(differences, body);
      const decisions = differences.map((one): Decision => {
        const chosen = body.choose[one.field] ?? "first";
        const [first, again] = [
          answerInWords(open.plan, one.place.item, one.first),
          answerInWords(open.plan, one.place.item, one.second),
        ];
        return { field: one.field, first, second: again, chosen, reason: body.reason[one.field] ?? "" };
      });
      await writeDecision(ctx, open, differences, body);
      await ctx.db.one(decideSecond, {
        id: second.id,
        actor: ctx.actor.id,
        decisions: JSON.stringify(decisions),
      });
      const { subjectId, code, form, event } = open.place;
      ctx.audit("studies.second_decided", { subjectId, participant: code, form, event, count: decisions.length });
      return new Redirect(ctx.url("/double-entry?state=entered"), "Decided. Both entries are kept.");
    },
  }),

  post(`${sheetPath}/second/give-up`, {
    needs: "studies.second.adjudicate",
    params: address,
    body: t.Object({ giveUpReason: t.String({ title: "A reason", minLength: 3, maxLength: 1000 }) }),
    refused: async (typed, problems, ctx, params) => decisionPage(ctx, params, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const { open, second } = await bothOf(ctx, params);
      await ctx.db.one(withdrawSecond, { id: second.id, reason: body.giveUpReason });
      const { subjectId, code, form, event } = open.place;
      ctx.audit("studies.second_given_up", { subjectId, participant: code, form, event });
      return new Redirect(ctx.url("/double-entry?state=waiting"), "Given up. Another person can enter the form now.");
    },
  }),
];

/** For the list of what waits. */
export async function doubleEntryWork(ctx: Context<Studies>): Promise<WorkPart[]> {
  const rows = await ctx.db.all(twiceEntered, {});
  const part = async (
    title: string,
    empty: string,
    wanted: readonly TwiceRow[],
    filter: string,
  ): Promise<WorkPart> => ({
    title,
    empty,
    all: ctx.url(`/double-entry?state=${filter}`),
    lines: (await Promise.all(wanted.slice(0, 200).map((row) => lineOf(ctx, row)))).flatMap(
      ({ href, code, form, visit, differences }) =>
        href
          ? [
              {
                title: `${code} · ${form}`,
                href,
                detail:
                  differences === null ? visit : `${visit}, ${differences} ${differences === 1 ? "differs" : "differ"}`,
              },
            ]
          : [],
    ),
  });
  const me = ctx.actor.id ?? "";
  return [
    ...(ctx.may("studies.second.enter")
      ? [
          await part(
            "To enter a second time",
            "No form waits for a second person",
            rows.filter(
              (row) =>
                !hadHandIn(me, row) &&
                (stateOf(row) === "waiting" || (stateOf(row) === "being entered" && row.secondBy === me)),
            ),
            "waiting",
          ),
        ]
      : []),
    ...(ctx.may("studies.second.adjudicate")
      ? [
          await part(
            "Two entries to decide between",
            "No two entries wait for a decision",
            rows.filter((row) => stateOf(row) === "entered"),
            "entered",
          ),
        ]
      : []),
  ];
}

const stateOf = (row: TwiceRow) => secondStateOf(row, row.secondId ? row : null);

async function lineOf(ctx: Context<Studies>, row: TwiceRow): Promise<DoubleLine> {
  const plan = await planOfVersion(ctx, row.versionId);
  const language = plan.build.languages[0] ?? "";
  const form = plan.forms.get(row.form);
  const event = plan.events.get(row.event);
  const state = stateOf(row);
  const where = formUrl(ctx, row.subjectId, row);
  const isMine = hadHandIn(ctx.actor.id ?? "", row);
  const mayEnterSecond =
    ctx.may("studies.second.enter") &&
    !isMine &&
    (state === "waiting" || (state === "being entered" && row.secondBy === ctx.actor.id));
  return {
    code: row.code,
    form: (form && anyText(form.label, language)) || row.form,
    visit: `${(event && anyText(event.label, language)) || row.event}${row.eventKey === "" ? "" : ` ${row.eventKey}`}`,
    state,
    differences: row.enteredAt ? row.differences : null,
    href: mayEnterSecond
      ? `${where}/second`
      : row.secondId && (ctx.may("studies.second.adjudicate") || row.decidedAt)
        ? `${where}/decide`
        : isMine || !ctx.may("studies.second.enter")
          ? where
          : null,
    act: mayEnterSecond
      ? "Enter"
      : state === "entered" && ctx.may("studies.second.adjudicate")
        ? "Decide"
        : isMine && state === "waiting"
          ? "You entered it first"
          : "Open",
  };
}

interface Second {
  readonly open: OpenSheet;
  readonly sheetId: string;
  readonly entry: SecondRow | null;
  readonly where: string;
}

/** The form as its second person sees it: the questions of the first entry, and only his own answers. */
async function openSecond(ctx: Context<Studies>, params: Address): Promise<Second> {
  const { sheet, version, ...place } = await placeFor(ctx, params);
  if (!sheet?.twice) throw Problem.notFound("This form is not entered twice.");
  if (sheet.state !== "complete") throw Problem.refused("The first entry of this form is not finished yet.");
  if (sheet.lock) throw Problem.refused(`This form is ${sheet.lock}: nothing on it is entered.`);
  if (hadHandIn(ctx.actor.id ?? "", sheet))
    throw Problem.refused("You had a hand in the first entry of this form: another person enters it a second time.");
  const entry = await ctx.db.first(secondOf, { sheetId: sheet.id });
  if (entry && (entry.madeBy !== ctx.actor.id || entry.enteredAt))
    throw Problem.refused("This form has been entered a second time.");
  return {
    open: {
      place,
      versionId: version.id,
      plan: version.plan,
      sheet: null,
      values: (entry?.answers ?? []).map((answer) => ({
        ...answer,
        id: "",
        version: 1,
        changedBy: ctx.actor.id,
        problem: null,
        source: "second entry" as const,
        reason: "",
        changedAt: ctx.now,
      })),
      queries: [],
      elsewhere: () => null,
    },
    sheetId: sheet.id,
    entry,
    where: `${formUrl(ctx, params.subject, place)}/second`,
  };
}

async function secondPage(ctx: Context<Studies>, params: Address, showing: Showing) {
  const { open, entry, where } = await openSecond(ctx, params);
  return sheetPage(ctx, open, { ...showing, second: { action: where, state: entry ? "in progress" : "empty" } });
}

/** Hard checks hold for both entries; soft ones were answered for by whoever entered first. */
async function keep(
  ctx: Context<Studies>,
  { open, sheetId, entry }: Second,
  typed: TypedSheet,
  { complete, quick }: { readonly complete: boolean; readonly quick: boolean },
): Promise<void> {
  const whole = judgementOf(ctx, open, typed, complete);
  const refused = Object.entries(whole.errors).filter(([field]) => isAsked(open, field));
  if (refused.length > 0 && !quick)
    throw Problem.invalid(Object.fromEntries(refused.map(([field, sentence]) => [`v.${field}`, sentence])));
  const judgement =
    refused.length > 0
      ? judgementOf(
          ctx,
          open,
          without(
            typed,
            refused.map(([field]) => field),
          ),
          false,
        )
      : whole;
  const answers = JSON.stringify(
    [...judgement.answers.values()].flatMap(({ section, sectionKey, item, raw, nullFlavour, unit }): StoredAnswer[] =>
      (raw !== null || nullFlavour !== null) && isAsked(open, `${section}~${sectionKey}~${item}`)
        ? [{ section, sectionKey, item, raw, nullFlavour, unit }]
        : [],
    ),
  );
  const id = entry?.id ?? Bun.randomUUIDv7();
  if (!entry) await ctx.db.one(addSecond, { id, subjectId: open.place.subjectId, sheetId, answers });
  if (entry || complete) await ctx.db.one(changeSecond, { id, answers, entered: complete });
}

function isAsked({ plan, place }: OpenSheet, field: string): boolean {
  const [section, , item] = field.split("~");
  const entry = (plan.entries.get(place.form) ?? []).find((one) => one.section.id === section && one.item.id === item);
  return entry !== undefined && isCompared(entry);
}

const handsOf = ({ sheet }: OpenSheet) => ({ madeBy: sheet?.madeBy ?? null, hands: sheet?.hands ?? [] });

async function bothOf(ctx: Context<Studies>, params: Address) {
  const open = await opened(ctx, params);
  const second = open.sheet && (await ctx.db.first(secondOf, { sheetId: open.sheet.id }));
  if (!second) throw Problem.notFound("This form has no second entry that you may see.");
  return { open, second, differences: differencesOf(open.plan, open.place.form, open.values, second.answers) };
}

function requireChoices(
  differences: readonly Difference[],
  {
    choose,
    other,
    reason,
  }: { choose: Record<string, string>; other: Record<string, string>; reason: Record<string, string> },
): void {
  const problems: Record<string, string> = {};
  for (const { field } of differences) {
    if (!choose[field]) problems[`choose.${field}`] = "Choose which answer stays.";
    if (choose[field] === "other" && !other[field])
      problems[`other.${field}`] = "Enter the answer that the source gives.";
    if (choose[field] === "other" && !reason[field])
      problems[`reason.${field}`] = "Say why neither of the two is right.";
  }
  if (Object.keys(problems).length > 0) throw Problem.invalid(problems);
}

async function writeDecision(
  ctx: Context<Studies>,
  open: OpenSheet,
  differences: readonly Difference[],
  {
    choose,
    other,
    reason,
  }: { choose: Record<string, string>; other: Record<string, string>; reason: Record<string, string> },
): Promise<void> {
  const changed = differences.filter(({ field }) => choose[field] !== "first");
  const version = (one: Difference) =>
    open.values.find(
      ({ section, sectionKey, item }) =>
        section === one.place.section.id && sectionKey === one.key && item === one.place.item.id,
    )?.version ?? 0;
  for (const one of changed) {
    const typed = typedFrom(
      one,
      choose[one.field] === "other"
        ? { raw: other[one.field] ?? null, nullFlavour: null, unit: one.first.unit }
        : one.second,
      version(one),
    );
    const because = ["Decided between two entries", reason[one.field]].filter(Boolean).join(": ");
    const { doubts, errors } = judgementOf(ctx, open, typed, false);
    const wrong = errors[one.field];
    if (wrong) throw Problem.invalid({ [`choose.${one.field}`]: wrong });
    await save(ctx, open, typed, {
      complete: false,
      reason: because,
      accepted: Object.fromEntries(doubts.map(({ check, fingerprint }) => [`${check} ${fingerprint}`, because])),
      source: "second entry",
    });
  }
}

/** As if it had been typed into the page. */
function typedFrom({ field, place }: Difference, answer: Answer, version: number): TypedSheet {
  const { raw, nullFlavour, unit } = answer;
  const isGrid = place.item.type.is === "grid";
  return {
    ...nothingTyped,
    bases: { [field]: String(version) },
    values: isGrid || raw === null ? {} : { [field]: place.item.type.is === "choices" ? raw.split("|") : raw },
    grids:
      isGrid && raw !== null
        ? Object.fromEntries(
            raw.split("|").map((cell) => {
              const [row = "", codes = ""] = cell.split("=");
              return [`${field}~${row}`, codes.split("+")];
            }),
          )
        : {},
    nulls: nullFlavour ? { [field]: nullFlavour } : {},
    units: { [field]: unit ?? place.item.units[0] ?? "" },
  };
}

async function decisionPage(ctx: Context<Studies>, params: Address, form?: FormState) {
  const { open, second, differences } = await bothOf(ctx, params);
  const { plan, place, sheet } = open;
  const language = plan.build.languages[0] ?? "";
  const where = formUrl(ctx, params.subject, place);
  const people = await ctx.people([second.madeBy, second.decidedBy, ...(sheet?.hands ?? [])]);
  const name = (id: string | null) => people.get(id ?? "") ?? "someone";
  const words = (one: Difference, answer: Answer) => answerInWords(plan, one.place.item, answer);
  const label = (one: Difference) =>
    `${anyText(one.place.item.question, language) || one.place.item.name}${one.key ? ` (row ${one.key})` : ""}`;
  const refusal = mayDecide(ctx.actor.id ?? "", handsOf(open), second.madeBy, ctx.settings.secondDecision);
  const places = plan.entries.get(place.form) ?? [];
  return DecisionPage({
    title: "Two entries",
    crumbs: [
      { label: "Double entry", href: ctx.url("/double-entry") },
      { label: plan.forms.get(place.form)?.name ?? place.form, href: where },
    ],
    lead: `${place.code} · ${plan.forms.get(place.form)?.name ?? place.form}`,
    firstBy: (sheet?.hands ?? []).map(name).join(", ") || "someone",
    secondBy: name(second.madeBy),
    enteredAt: second.enteredAt,
    decided: second.decidedAt ? { at: second.decidedAt, by: second.decidedBy ? name(second.decidedBy) : null } : null,
    lines: second.decidedAt
      ? second.decisions.map((one) => {
          const [section, key, item] = one.field.split("~");
          const entry = places.find((at) => at.section.id === section && at.item.id === item);
          return {
            ...one,
            label: `${(entry && anyText(entry.item.question, language)) || item}${key ? ` (row ${key})` : ""}`,
          };
        })
      : differences.map((one) => ({
          field: one.field,
          label: label(one),
          first: words(one, one.first),
          second: words(one, one.second),
          chosen: null,
          reason: "",
        })),
    action:
      ctx.may("studies.second.adjudicate") && second.enteredAt && !second.decidedAt && !refusal
        ? `${where}/decide`
        : null,
    giveUp: ctx.may("studies.second.adjudicate") && !second.decidedAt ? `${where}/second/give-up` : null,
    note: !second.enteredAt
      ? "The second entry is not finished yet."
      : !second.decidedAt && ctx.may("studies.second.adjudicate")
        ? refusal
        : null,
    form,
  });
}
