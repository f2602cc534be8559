/** Saving a form: the one way from answers to rows, whoever sends them (a page, a survey link, a program). */
import type { Context, Errand } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { dayOf } from "../design/in-force.ts";
import { readMoment } from "../expression/moment.ts";
import { blinded, twice } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { addMessages, addQueries, type QueryRow, queriesOfSheet, resolveQueries } from "../store/queries.ts";
import {
  addValues,
  answersOf,
  beginSheet,
  changeSealed,
  changeValues,
  type SheetRow,
  setState,
  sheetAt,
  type ValueRow,
  valuesOf,
} from "../store/sheets.ts";
import { fieldValues } from "../tables.ts";
import type { Elsewhere } from "../values/findings.ts";
import type { Answer } from "../values/reading.ts";
import type { TypedSheet } from "./fields.ts";
import { type AnswerChange, type Current, firingKey, type Judgement, judge } from "./judgement.ts";
import { looksElsewhere } from "./version.ts";

export interface SheetPlace {
  readonly subjectId: string;
  readonly code: string;
  readonly siteId: string | null;
  readonly event: string;
  readonly eventKey: string;
  readonly form: string;
  readonly formKey: string;
}

/** A form as it stands: its answers opened as far as this person may open them. */
export interface OpenSheet {
  readonly place: SheetPlace;
  readonly versionId: string;
  readonly plan: Plan;
  readonly sheet: SheetRow | null;
  readonly values: readonly (Current & Pick<ValueRow, "problem" | "source" | "reason" | "changedAt">)[];
  readonly queries: readonly QueryRow[];
  readonly elsewhere: Elsewhere;
  /** Of who fills it in, for the sentences of checks; the study's first unless said. */
  readonly language?: string;
}

export async function openSheet(
  ctx: Context<Studies>,
  place: SheetPlace,
  sheet: SheetRow | null,
  version: { readonly id: string; readonly plan: Plan },
): Promise<OpenSheet> {
  const rows = sheet ? await ctx.db.all(valuesOf, { sheetId: sheet.id }) : [];
  const mayAsk = ctx.may("studies.queries.read");
  const queries = sheet && mayAsk ? await ctx.db.all(queriesOfSheet, { sheetId: sheet.id }) : [];
  return {
    place,
    versionId: version.id,
    plan: version.plan,
    sheet,
    values: await opened(ctx, rows),
    queries,
    elsewhere: await elsewhereOf(ctx, place, version.plan),
  };
}

async function opened(ctx: Context<Studies>, rows: readonly ValueRow[]): Promise<OpenSheet["values"]> {
  const sealed = rows.filter((row) => row.sealed !== null);
  const mayOpen = sealed.length > 0 && ctx.may("studies.encrypted.read");
  const texts = mayOpen
    ? await ctx.openMany(
        sealed.map((row) => ({
          value: row.sealed as NonNullable<typeof row.sealed>,
          at: { row: row.id, subject: row.subjectId },
        })),
        "to fill in or read a form",
      )
    : [];
  const byId = new Map(sealed.map((row, i) => [row.id, texts[i]]));
  return rows.map((row) => {
    const text = byId.get(row.id);
    const isClosed = row.sealed !== null && typeof text !== "string";
    return { ...row, raw: row.sealed === null ? row.raw : typeof text === "string" ? text : null, isClosed };
  });
}

/**
 * What rules of one form need of others is read with the house's rights and never shown: whoever may not read another form
 * (closed to him, entered blind, a participant's own link) would otherwise empty what is computed from it. Blinded answers
 * stay out, for a rule must not tell the allocation.
 */
export const readOperands: Errand<{ readonly subjectId: string }, readonly (readonly [string, Answer])[]> = {
  name: "studies.read_operands",
  title: "Read answers on other forms, for the rules of one",
  permissions: ["studies.data.read"],
  run: async ({ subjectId }, ctx) =>
    (await ctx.db.all(answersOf, { subjectId })).map(({ event, form, item, raw, nullFlavour, unit }) => [
      `${event}/${form}/${item}`,
      { raw, nullFlavour, unit },
    ]),
};

/** Answers on other forms of the same participant; `form/item` means the same visit. */
export async function elsewhereOf(ctx: Context<Studies>, place: SheetPlace, plan: Plan): Promise<Elsewhere> {
  if (!looksElsewhere(plan, place.form)) return () => null;
  const answers = new Map(await ctx.errand(readOperands, { subjectId: place.subjectId }));
  // Who sees blinded answers works with rules that use them.
  if (ctx.may("studies.allocation.read"))
    for (const row of await ctx.db.all(answersOf, { subjectId: place.subjectId }))
      answers.set(`${row.event}/${row.form}/${row.item}`, row);
  return (name) => answers.get(name) ?? answers.get(`${place.event}/${name}`) ?? null;
}

export interface SaveOptions {
  readonly complete: boolean;
  /** Why a completed form is changed. */
  readonly reason: string;
  /** "<check> <fingerprint>" → why the answer is right all the same. */
  readonly accepted: Readonly<Record<string, string>>;
  readonly source: "entry" | "survey" | "api" | "second entry";
  /** Saves what can be saved and leaves the rest: as one goes. */
  readonly quick?: boolean;
}

export interface Saved {
  readonly sheetId: string | null;
  readonly judgement: Judgement;
  readonly changed: number;
}

export const judgementOf = (ctx: Context<Studies>, open: OpenSheet, typed: TypedSheet, complete: boolean): Judgement =>
  judge(open.plan, open.place.form, open.values, typed, {
    actor: ctx.actor.id,
    complete,
    elsewhere: open.elsewhere,
    ...(open.language ? { language: open.language } : {}),
    today: readMoment(dayOf(ctx.now), "date"),
    settled: new Set(
      open.queries
        .filter(({ kind, state }) => kind !== "manual" && state !== "cancelled" && state !== "resolved")
        .map(({ checkId, fingerprint }) => `${checkId} ${fingerprint}`),
    ),
  });

/** Throws Problem: invalid (with a sentence for each field), conflict, refused when frozen or locked. */
export async function save(
  ctx: Context<Studies>,
  open: OpenSheet,
  typed: TypedSheet,
  options: SaveOptions,
): Promise<Saved> {
  const { sheet, place } = open;
  if (sheet?.lock)
    throw Problem.refused(
      `This form is ${sheet.lock}: nothing on it is changed. Answer its queries, or ask a data manager to open it.`,
    );
  const whole = judgementOf(ctx, open, typed, options.complete);
  const doubts = whole.doubts.filter(({ check, fingerprint }) => !options.accepted[`${check} ${fingerprint}`]);
  if (!options.quick) refuse(open, whole, doubts, options);
  // As one goes: what is not accepted yet is left out, and nothing is computed from it.
  const judgement = options.quick
    ? judgementOf(ctx, open, without(typed, [...Object.keys(whole.errors), ...doubts.map(({ field }) => field)]), false)
    : whole;
  const { changes } = judgement;
  const willComplete = options.complete && sheet?.state !== "complete";
  if (changes.length === 0 && !willComplete) return { sheetId: sheet?.id ?? null, judgement, changed: 0 };
  if (options.quick && sheet?.state === "complete") return { sheetId: sheet.id, judgement, changed: 0 };

  const sheetId = sheet?.id ?? (await begun(ctx, open, options.source));
  await write(ctx, open, sheetId, changes, options);
  if (!options.quick) await settleQueries(ctx, open, sheetId, judgement, options);
  if (willComplete) await ctx.db.one(setState, { id: sheetId, state: "complete", reason: "", actor: ctx.actor.id });
  ctx.audit(willComplete ? "studies.sheet_completed" : "studies.sheet_saved", {
    subjectId: place.subjectId,
    participant: place.code,
    form: place.form,
    event: place.event,
    count: changes.length,
  });
  return { sheetId, judgement, changed: changes.length };
}

export function without(typed: TypedSheet, fields: readonly string[]): TypedSheet {
  const held = new Set(fields);
  return { ...typed, bases: Object.fromEntries(Object.entries(typed.bases).filter(([field]) => !held.has(field))) };
}

function refuse(open: OpenSheet, judgement: Judgement, doubts: Judgement["doubts"], options: SaveOptions): void {
  if (judgement.conflicts.length > 0)
    throw new Problem(
      "conflict",
      "Someone else changed the same fields while you were working on them. Choose for each which answer stays.",
    );
  const problems: Record<string, string> = {};
  for (const [field, sentence] of Object.entries(judgement.errors)) problems[`v.${field}`] = sentence;
  for (const { field, check, fingerprint } of doubts)
    problems[`ok.${field}~~${check} ${fingerprint}`] = "Change the answer, or say why it is right.";
  if (
    open.sheet?.state === "complete" &&
    options.reason === "" &&
    judgement.changes.some(({ source }) => source === "entry")
  )
    problems.reason = "This form was completed. Say why it is changed.";
  if (Object.keys(problems).length > 0) throw Problem.invalid(problems);
}

const isTwice = (plan: Plan, form: string): boolean => {
  const definition = plan.forms.get(form);
  return definition !== undefined && twice.on(definition);
};

async function begun(ctx: Context<Studies>, open: OpenSheet, source: SaveOptions["source"]): Promise<string> {
  const { place, plan, versionId } = open;
  const id = Bun.randomUUIDv7();
  const { subjectId, siteId, event, eventKey, form, formKey } = place;
  const made = await ctx.db.first(beginSheet, {
    id,
    subjectId,
    siteId,
    event,
    eventKey,
    form,
    formKey,
    versionId,
    twice: source === "entry" && isTwice(plan, form),
  });
  if (made) return id;
  // Somebody else began it at the same moment.
  return (await ctx.db.one(sheetAt, { subjectId, event, eventKey, form, formKey })).id;
}

async function write(
  ctx: Context<Studies>,
  { place, plan }: OpenSheet,
  sheetId: string,
  changes: readonly AnswerChange[],
  options: SaveOptions,
): Promise<void> {
  const reasonOf = ({ because }: AnswerChange) => because ?? options.reason;
  const sourceOf = ({ source }: AnswerChange) => (source === "calculation" ? "calculation" : options.source);
  const isSealed = ({ field }: AnswerChange) => field.place.item.fieldClass === "encrypted";
  const fresh = changes.filter(
    ({ current, next }) => current === null && (next.raw !== null || next.nullFlavour !== null),
  );
  if (fresh.length > 0) {
    const rows = await Promise.all(
      fresh.map(async (change) => {
        const { field, next, problem } = change;
        const id = Bun.randomUUIDv7();
        const sealed =
          isSealed(change) && next.raw !== null
            ? await ctx.seal(fieldValues.sealed, next.raw, { row: id, subject: place.subjectId })
            : null;
        return {
          id,
          subjectId: place.subjectId,
          siteId: place.siteId,
          sheetId,
          form: place.form,
          section: field.place.section.id,
          sectionKey: field.key,
          item: field.place.item.id,
          raw: sealed ? null : next.raw,
          nullFlavour: next.nullFlavour,
          unit: next.unit,
          sealed: sealed as never,
          blinded: blinded.on(plan.items.get(field.place.item.id) ?? field.place.item),
          problem: problem && sealed ? "It cannot be read as what this field holds." : problem,
          source: sourceOf(change),
          reason: reasonOf(change),
        };
      }),
    );
    const written = await ctx.db.all(addValues(rows), {});
    if (written.length < rows.length) throw someoneElse();
  }
  const kept = changes.filter(({ current }) => current !== null);
  const plain = kept.filter((change) => !isSealed(change));
  if (plain.length > 0) {
    const given = plain.map((change) => ({
      id: change.current?.id,
      version: change.current?.version,
      raw: change.next.raw,
      null_flavour: change.next.nullFlavour,
      unit: change.next.unit,
      problem: change.problem,
      source: sourceOf(change),
      reason: reasonOf(change),
    }));
    const written = await ctx.db.all(changeValues, { given: JSON.stringify(given) });
    if (written.length < plain.length) throw someoneElse();
  }
  for (const change of kept.filter(isSealed)) {
    const current = change.current as Current;
    const { raw, nullFlavour } = change.next;
    const sealed =
      raw === null ? null : await ctx.seal(fieldValues.sealed, raw, { row: current.id, subject: place.subjectId });
    const written = await ctx.db.first(changeSealed, {
      id: current.id,
      version: current.version,
      sealed: sealed as never,
      nullFlavour,
      source: sourceOf(change),
      reason: reasonOf(change),
    });
    if (!written) throw someoneElse();
  }
}

const someoneElse = () =>
  new Problem("conflict", "Someone else saved this form at the same moment. Look at what changed, and save again.");

/** A check that was answered for becomes a query with its answer; one that no longer fires is resolved. */
async function settleQueries(
  ctx: Context<Studies>,
  open: OpenSheet,
  sheetId: string,
  judgement: Judgement,
  options: SaveOptions,
): Promise<void> {
  const { place, plan } = open;
  const isBlinded = (item: string) => {
    const definition = plan.items.get(item);
    return definition ? blinded.on(definition) : false;
  };
  const answered = judgement.doubts.flatMap((doubt) => {
    const reason = options.accepted[`${doubt.check} ${doubt.fingerprint}`];
    const [section = "", sectionKey = "", item = ""] = doubt.field.split("~");
    return reason ? [{ id: Bun.randomUUIDv7(), doubt, reason, section, sectionKey, item }] : [];
  });
  if (answered.length > 0) {
    await ctx.db.all(
      addQueries(
        answered.map(({ id, doubt, section, sectionKey, item }) => ({
          id,
          subjectId: place.subjectId,
          siteId: place.siteId,
          sheetId,
          form: place.form,
          section,
          sectionKey,
          item,
          kind: "check",
          checkId: doubt.check,
          fingerprint: doubt.fingerprint,
          state: "answered",
          blinded: isBlinded(item),
          assignedTo: null,
          dueOn: null,
        })),
      ),
      {},
    );
    await ctx.db.all(
      addMessages(
        answered.flatMap(({ id, doubt, reason, item }) => [
          { queryId: id, subjectId: place.subjectId, state: "open", text: doubt.sentence, blinded: isBlinded(item) },
          { queryId: id, subjectId: place.subjectId, state: "answered", text: reason, blinded: isBlinded(item) },
        ]),
      ),
      {},
    );
  }
  const passed = open.queries.filter(
    (one) =>
      one.kind !== "manual" &&
      (one.state === "open" || one.state === "answered") &&
      !judgement.firing.has(
        firingKey({
          section: one.section,
          key: one.sectionKey === "" ? null : one.sectionKey,
          item: one.item,
          check: one.checkId.startsWith(":") ? null : one.checkId,
          kind: one.checkId.slice(1) as never,
        }),
      ),
  );
  if (passed.length === 0) return;
  await ctx.db.all(resolveQueries(passed.map(({ id }) => id)), {});
  await ctx.db.all(
    addMessages(
      passed.map(({ id, item }) => ({
        queryId: id,
        subjectId: place.subjectId,
        state: "resolved",
        text: "The check passes now.",
        blinded: isBlinded(item),
      })),
    ),
    {},
  );
}
