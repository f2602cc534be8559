/** A form of a participant as it stands for whoever opens it, and what would become of it if it were saved. */
import type { Context, Errand } from "@core/module.ts";
import { dayOf } from "../design/in-force.ts";
import { readMoment } from "../expression/moment.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { itemLocksOf } from "../store/cleaning.ts";
import { type QueryRow, queriesOfSheet } from "../store/queries.ts";
import { answersOf, type SheetRow, type ValueRow, valuesOf } from "../store/sheets.ts";
import type { Elsewhere } from "../values/findings.ts";
import type { Answer } from "../values/reading.ts";
import type { TypedSheet } from "./fields.ts";
import { type Current, type Judgement, judge } from "./judgement.ts";
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
  /** Fields with a lock of their own. */
  readonly locked?: ReadonlyMap<string, "frozen" | "locked">;
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
    locked: sheet ? await lockedItems(ctx, sheet.id) : new Map(),
  };
}

async function lockedItems(ctx: Context<Studies>, sheetId: string): Promise<Map<string, "frozen" | "locked">> {
  const locked = new Map<string, "frozen" | "locked">();
  for (const { item, kind } of await ctx.db.all(itemLocksOf, { sheetId }))
    if (item && locked.get(item) !== "locked") locked.set(item, kind);
  return locked;
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
    (await ctx.db.all(answersOf, { subjectId })).map(({ event, eventKey, form, item, raw, nullFlavour, unit }) => [
      `${event} ${eventKey}/${form}/${item}`,
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
      answers.set(`${row.event} ${row.eventKey}/${row.form}/${row.item}`, row);
  return (name) => {
    const [first = "", ...rest] = name.split("/");
    // Two parts: the same visit, and of a visit that repeats the very same one.
    if (rest.length === 1) return answers.get(`${place.event} ${place.eventKey}/${name}`) ?? null;
    const key = first === place.event ? place.eventKey : "";
    return answers.get(`${first} ${key}/${rest.join("/")}`) ?? null;
  };
}

export const judgementOf = (ctx: Context<Studies>, open: OpenSheet, typed: TypedSheet, complete: boolean): Judgement =>
  judge(open.plan, open.place.form, open.values, typed, {
    actor: ctx.actor.id,
    complete,
    elsewhere: open.elsewhere,
    ...(open.locked ? { locked: open.locked } : {}),
    ...(open.language ? { language: open.language } : {}),
    today: readMoment(dayOf(ctx.now), "date"),
    settled: new Set(
      open.queries
        .filter(({ kind, state }) => kind !== "manual" && state !== "cancelled" && state !== "resolved")
        .map(({ checkId, fingerprint }) => `${checkId} ${fingerprint}`),
    ),
  });
