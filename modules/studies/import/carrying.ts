/**
 * Carrying values into the database, a batch of participants at a time: staged against what is there, written as it
 * was decided, and asked about where it contradicts the rules. The same steps look first and write later, so the
 * preview and the act cannot differ.
 */
import type { Context } from "@core/module.ts";
import { isKept } from "../capture/attachment.ts";
import { fieldIdOf, type StoredAnswer } from "../capture/fields.ts";
import { followedBy, followImport } from "../capture/following.ts";
import { checkName, fingerprintOf } from "../capture/judgement.ts";
import { dayOf } from "../design/in-force.ts";
import { blinded } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import type { StoredValue } from "../odm/writer.ts";
import {
  addSubjectsNamed,
  beginSheets,
  completeSheets,
  enrolMany,
  importChanges,
  importQueries,
  importValues,
  messagesInThreads,
  participantsByCode,
  settledQueries,
  sheetsOfSubjects,
  valuesOfSheets,
} from "../store/bulk.ts";
import { addValues, changeSealed, type NewValue } from "../store/sheets.ts";
import { fieldValues } from "../tables.ts";
import { type Contradiction, contradictionsOf } from "./contradictions.ts";
import { type DataFormat, readIncoming } from "./incoming.ts";
import { type Decision, type Difference, placeKey, type Staged, stage } from "./staging.ts";
import type { Mapping } from "./table.ts";

export interface ImportWish {
  /** By `placeKey`; "*" decides what nobody decided singly, `PENDING` about those whose consent is not recorded here. */
  readonly decisions: Readonly<Record<string, Decision>>;
  /** Of participants who are not there yet. */
  readonly siteId: string | null;
  readonly complete: boolean;
  readonly reason: string;
  /** In whose name a job carries it over; null: the person who asks does it himself. */
  readonly by: string | null;
}

export interface ImportFile {
  readonly bytes: Uint8Array;
  readonly format: DataFormat;
  readonly mapping: Mapping | null;
}

/** Values that were written, each with its version: what taking the import back goes by. */
export type Written = readonly (readonly [id: string, version: number])[];

export interface ImportReport {
  values: number;
  subjects: number;
  newSubjects: number;
  differences: Record<Difference, number>;
  unreadable: number;
  undecided: number;
  written: number;
  locked: number;
  /** Values of people who did not agree to new data. */
  withoutConsent: number;
  queries: number;
  /** Results on other forms that were computed again. */
  followed: number;
  lost: number;
  readonly lostSentences: Record<string, number>;
  readonly notes: Record<string, number>;
  /** Values by participant: consent to new data is withdrawn, or is not recorded here (any more). */
  readonly withdrawn: Record<string, number>;
  readonly pending: Record<string, number>;
  /** Files and signatures by field: they are not carried. */
  readonly files: Record<string, number>;
  /** The first of those that somebody has to decide. */
  readonly open: Staged[];
  readonly contradictions: Record<string, number>;
  /** Forms that something comes into. */
  readonly forms: Record<string, number>;
}

/** The part of a report that quotes the file: it is kept sealed. */
export type Quotes = Pick<ImportReport, "open" | "lostSentences" | "notes">;

/** Looked at and written by one round of statements: few enough that others get their turn in between. */
export const BATCH = 2_000;
/** Kept together once a large file was read. */
export const BUCKET = 5_000;
/** Never a place: those are arrays. */
export const PENDING = "pending consent";
const SHOWN = 200;
export const SENTENCES = 500;

export const emptyReport = (): ImportReport => ({
  values: 0,
  subjects: 0,
  newSubjects: 0,
  differences: { new: 0, same: 0, changed: 0, emptied: 0, twice: 0 },
  unreadable: 0,
  undecided: 0,
  written: 0,
  locked: 0,
  withoutConsent: 0,
  queries: 0,
  followed: 0,
  lost: 0,
  lostSentences: {},
  notes: {},
  withdrawn: {},
  pending: {},
  files: {},
  open: [],
  contradictions: {},
  forms: {},
});

function tell(told: Record<string, number>, sentence: string): void {
  if (Object.hasOwn(told, sentence) || Object.keys(told).length < SENTENCES) told[sentence] = (told[sentence] ?? 0) + 1;
}

/** Every value of the file; what has no place, and what is to be known, goes into the report. */
export async function* valuesIn(file: ImportFile, plan: Plan, report: ImportReport): AsyncGenerator<StoredValue> {
  for await (const one of readIncoming(file.bytes, plan, file.format, file.mapping)) {
    if (one.is === "note") tell(report.notes, one.sentence);
    else if (one.is === "lost") {
      report.lost += 1;
      tell(report.lostSentences, one.sentence);
    } else {
      report.values += 1;
      yield one.value;
    }
  }
}

/** A whole file at once; larger ones go step by step (steps.ts). */
export async function carry(
  ctx: Context<Studies>,
  version: { readonly id: string; readonly plan: Plan },
  file: ImportFile,
  wish: ImportWish,
  write: boolean,
): Promise<{ readonly report: ImportReport; readonly written: Written }> {
  const report = emptyReport();
  const values = await Array.fromAsync(valuesIn(file, version.plan, report));
  const written: (readonly [string, number])[] = [];
  const own = [...Map.groupBy(values, ({ subject }) => subject).values()];
  report.subjects = own.length;
  let batch: StoredValue[] = [];
  for (const [at, one] of own.entries()) {
    // Everything of one participant is looked at together.
    batch.push(...one);
    if (batch.length < BATCH && at + 1 < own.length) continue;
    written.push(...(await carryBatch(ctx, version, wish, batch, report, write)));
    batch = [];
  }
  return { report, written };
}

interface Place {
  readonly subjectId: string;
  readonly siteId: string | null;
}

const sheetKey = (
  subjectId: string,
  one: { event: string; eventKey: string | null; form: string; formKey: string | null },
) => JSON.stringify([subjectId, one.event, one.eventKey ?? "", one.form, one.formKey ?? ""]);

/** All that the file has of some participants. */
export async function carryBatch(
  ctx: Context<Studies>,
  version: { readonly id: string; readonly plan: Plan },
  wish: ImportWish,
  whole: readonly StoredValue[],
  report: ImportReport,
  write: boolean,
): Promise<Written> {
  const { plan } = version;
  const known = await ctx.db.all(participantsByCode, { codes: JSON.stringify(codesIn(whole)) });
  const batch = await agreedIn(ctx, known, whole, wish, report);
  const places = await placesOf(ctx, codesIn(batch), known, wish, report, write);
  const ids = JSON.stringify([...places.values()].map(({ subjectId }) => subjectId));
  const there = await ctx.db.all(sheetsOfSubjects, { ids });
  const sheets = new Map(there.map((sheet) => [sheetKey(sheet.subjectId, sheet), sheet]));
  const stored =
    there.length > 0 ? await ctx.db.all(valuesOfSheets, { ids: JSON.stringify(there.map(({ id }) => id)) }) : [];
  const codeOf = new Map([...places].map(([code, { subjectId }]) => [subjectId, code]));
  const sheetById = new Map(there.map((sheet) => [sheet.id, sheet]));
  const asStored = (row: (typeof stored)[number]): StoredValue => {
    const sheet = sheetById.get(row.sheetId) as (typeof there)[number];
    return {
      subject: codeOf.get(row.subjectId) ?? "",
      event: sheet.event,
      eventKey: sheet.eventKey || null,
      form: sheet.form,
      formKey: sheet.formKey || null,
      section: row.section,
      sectionKey: row.sectionKey || null,
      item: row.item,
      raw: row.isSealed ? "encrypted" : row.raw,
      nullFlavour: row.nullFlavour,
      unit: row.unit,
    };
  };
  const current = new Map(stored.map((row) => [placeKey(asStored(row)), { row, value: asStored(row) }]));
  const staged = stage(plan, batch, (key) => {
    const found = current.get(key)?.value ?? null;
    // An answer that was emptied is a place without an answer: what comes in is new there.
    return found && found.raw === null && found.nullFlavour === null ? null : found;
  });

  const takes: Staged[] = [];
  for (const one of staged) {
    const item = plan.items.get(one.value.item);
    if (item && isKept(item) && one.value.raw !== null && one.difference !== "same") {
      tell(report.files, item.id);
      continue;
    }
    report.differences[one.difference] += 1;
    if (one.problem) report.unreadable += 1;
    const decision = one.decision ?? wish.decisions[one.key] ?? wish.decisions["*"] ?? null;
    if (decision === null) {
      report.undecided += 1;
      if (report.open.length < SHOWN) report.open.push(one);
      continue;
    }
    if (one.difference === "same" || decision === "keep") continue;
    const place = places.get(one.value.subject);
    if (place && sheets.get(sheetKey(place.subjectId, one.value))?.lock) {
      report.locked += 1;
      continue;
    }
    takes.push(one);
  }

  const after = new Map([...current].map(([key, { value }]) => [key, value]));
  for (const one of takes) after.set(one.key, one.value);
  const found = contradictionsIn(plan, [...after.values()], new Set(takes.map(({ value }) => formKeyOf(value))));
  for (const one of found) {
    tell(report.contradictions, `${one.finding.kind} ${one.finding.item}`);
  }
  for (const { value } of takes) report.forms[value.form] = (report.forms[value.form] ?? 0) + 1;
  report.written += takes.length;
  if (!write) {
    report.queries += found.length;
    return [];
  }
  const sheetIds = await sheetsFor(ctx, version.id, takes, places, sheets, wish);
  const written = await writeValues(ctx, plan, takes, places, sheetIds, current, wish);
  report.queries += await askAbout(ctx, plan, found, after, places, sheetIds);
  if (wish.complete) {
    const begun = takes.flatMap(({ value }) => {
      const sheet = sheets.get(sheetKey((places.get(value.subject) as Place).subjectId, value));
      return sheet && sheet.state === "in progress" ? [sheet.id] : [];
    });
    const ids = JSON.stringify([...new Set(begun)]);
    if (begun.length > 0) await ctx.db.all(completeSheets, { ids, actor: ctx.actor.id ?? wish.by });
  }
  const hadForms = new Set(there.map(({ subjectId }) => subjectId));
  const answers = takes.flatMap(({ value: { subject, form, item } }) => {
    const { subjectId } = places.get(subject) as Place;
    // Who had no form before has no other form that could follow.
    return hadForms.has(subjectId) ? [{ subjectId, form, item }] : [];
  });
  const brought = new Set([...sheetIds.values()].filter((id) => !sheetById.has(id)));
  report.followed += await followOthers(ctx, plan, answers, brought, written);
  return written;
}

/** Forms that the import did not bring follow what it changed, as after a save. How many results were computed again. */
export async function followOthers(
  ctx: Context<Studies>,
  plan: Plan,
  answers: Parameters<typeof followedBy>[2],
  sheetIds: ReadonlySet<string>,
  written: Written,
): Promise<number> {
  if (answers.length === 0) return 0;
  const people = await followedBy(ctx, plan, answers);
  if (people.length === 0) return 0;
  return ctx.errand(followImport, { people, received: { sheetIds, valueIds: new Set(written.map(([id]) => id)) } });
}

const codesIn = (values: readonly StoredValue[]): string[] => [...new Set(values.map(({ subject }) => subject))];

type Known = readonly Awaited<ReturnType<typeof participantsByCode.map>>[];

/**
 * Where consents are kept here they are asked as on a form: whoever withdrew gets no new data, and whose consent is not
 * recorded here gets it only when somebody decides so, because it was given elsewhere.
 */
async function agreedIn(
  ctx: Context<Studies>,
  known: Known,
  batch: readonly StoredValue[],
  wish: ImportWish,
  report: ImportReport,
): Promise<readonly StoredValue[]> {
  const subjects = known.map(({ subjectId }) => subjectId);
  const standings = await ctx.ask("consent.standings", { scope: "new-data", subjects });
  if (!standings) return batch;
  const standingOf = new Map(known.map(({ code, subjectId }) => [code, standings.get(subjectId)]));
  const decision = wish.decisions[PENDING];
  return batch.filter(({ subject }) => {
    const standing = standingOf.get(subject) ?? "pending";
    if (standing === "given" || standing === "not-required") return true;
    tell(report[standing], subject);
    if (standing === "pending" && decision === "take") return true;
    report.withoutConsent += 1;
    if (standing === "pending" && !decision) report.undecided += 1;
    return false;
  });
}

/** New participants are made when something is written; before that they only count. */
async function placesOf(
  ctx: Context<Studies>,
  codes: readonly string[],
  known: Known,
  wish: ImportWish,
  report: ImportReport,
  write: boolean,
): Promise<Map<string, Place>> {
  const wanted = new Set(codes);
  const rows = known.filter(({ code }) => wanted.has(code));
  const places = new Map<string, Place>(
    rows.map((row) => [row.code, { subjectId: row.subjectId, siteId: row.siteId }]),
  );
  const missing = codes.filter((code) => !places.has(code));
  report.newSubjects += missing.length;
  if (!write) return places;
  const made = missing.map((code) => ({ id: Bun.randomUUIDv7(), code, siteId: wish.siteId }));
  const enrolledOn = dayOf(ctx.now);
  if (made.length > 0) await ctx.db.all(addSubjectsNamed(made), {});
  const toEnrol = [
    ...made.map((one) => ({ subjectId: one.id, siteId: one.siteId, enrolledOn })),
    ...rows
      .filter((row) => row.participant === null)
      .map((row) => ({ subjectId: row.subjectId, siteId: row.siteId, enrolledOn })),
  ];
  if (toEnrol.length > 0) await ctx.db.all(enrolMany(toEnrol), {});
  for (const one of made) {
    places.set(one.code, { subjectId: one.id, siteId: one.siteId });
    await ctx.happen("subject.added", { subjectId: one.id });
  }
  return places;
}

type SheetMap = ReadonlyMap<string, { readonly id: string }>;

async function sheetsFor(
  ctx: Context<Studies>,
  versionId: string,
  takes: readonly Staged[],
  places: ReadonlyMap<string, Place>,
  sheets: SheetMap,
  wish: ImportWish,
): Promise<Map<string, string>> {
  const ids = new Map([...sheets].map(([key, { id }]) => [key, id]));
  const fresh = [];
  for (const { value } of takes) {
    const place = places.get(value.subject) as Place;
    const key = sheetKey(place.subjectId, value);
    if (ids.has(key)) continue;
    const id = Bun.randomUUIDv7();
    ids.set(key, id);
    fresh.push({
      id,
      subject_id: place.subjectId,
      site_id: place.siteId,
      event: value.event,
      event_key: value.eventKey ?? "",
      form: value.form,
      form_key: value.formKey ?? "",
    });
  }
  const by = ctx.actor.id ?? wish.by;
  if (fresh.length > 0)
    await ctx.db.all(beginSheets, { given: JSON.stringify(fresh), versionId, complete: wish.complete, by });
  return ids;
}

async function writeValues(
  ctx: Context<Studies>,
  plan: Plan,
  takes: readonly Staged[],
  places: ReadonlyMap<string, Place>,
  sheetIds: ReadonlyMap<string, string>,
  current: ReadonlyMap<string, { readonly row: { readonly id: string; readonly version: number } }>,
  wish: ImportWish,
): Promise<Written> {
  const { reason, by } = wish;
  const fresh: { readonly id: string }[] = [];
  const changed: object[] = [];
  const sealed: NewValue[] = [];
  const written: [string, number][] = [];
  for (const { key, value, problem } of takes) {
    const item = plan.items.get(value.item);
    const place = places.get(value.subject) as Place;
    const sheetId = sheetIds.get(sheetKey(place.subjectId, value)) as string;
    const before = current.get(key)?.row;
    const nullFlavour = value.raw === null ? value.nullFlavour : null;
    const id = before?.id ?? Bun.randomUUIDv7();
    const isSealed = item?.fieldClass === "encrypted" && value.raw !== null;
    if (isSealed) {
      const text = (await ctx.seal(fieldValues.sealed, value.raw, { row: id, subject: place.subjectId })) as never;
      if (before) {
        const { version } = before;
        await ctx.db.one(changeSealed, { id, version, sealed: text, nullFlavour: null, source: "import", reason });
        written.push([id, version + 1]);
        continue;
      }
      sealed.push({
        id,
        subjectId: place.subjectId,
        siteId: place.siteId,
        sheetId,
        form: value.form,
        section: value.section,
        sectionKey: value.sectionKey ?? "",
        item: value.item,
        raw: null,
        nullFlavour: null,
        unit: null,
        sealed: text,
        blinded: blinded.on(item),
        problem: null,
        source: "import",
        reason,
      });
    } else if (before) {
      changed.push({
        id,
        version: before.version,
        raw: value.raw,
        null_flavour: nullFlavour,
        unit: value.unit,
        problem,
      });
    } else {
      fresh.push({
        id,
        subject_id: place.subjectId,
        site_id: place.siteId,
        sheet_id: sheetId,
        form: value.form,
        section: value.section,
        section_key: value.sectionKey ?? "",
        item: value.item,
        raw: value.raw,
        null_flavour: nullFlavour,
        unit: value.unit,
        blinded: item ? blinded.on(item) : false,
        problem,
      } as { readonly id: string });
    }
  }
  if (fresh.length > 0) await ctx.db.all(importValues, { given: JSON.stringify(fresh), reason, by });
  if (changed.length > 0) {
    const rows = await ctx.db.all(importChanges, { given: JSON.stringify(changed), reason, by });
    written.push(...rows.map(({ id, version }): [string, number] => [id, version]));
  }
  if (sealed.length > 0) await ctx.db.all(addValues(sealed), {});
  return [...written, ...[...fresh, ...sealed].map(({ id }): [string, number] => [id, 1])];
}

const formKeyOf = (value: Pick<StoredValue, "subject" | "event" | "eventKey" | "form" | "formKey">): string =>
  JSON.stringify([value.subject, value.event, value.eventKey, value.form, value.formKey]);

/** Only in forms that something came into. */
function contradictionsIn(plan: Plan, values: readonly StoredValue[], touched: ReadonlySet<string>): Contradiction[] {
  return [...Map.groupBy(values, ({ subject }) => subject).values()].flatMap((own) =>
    contradictionsOf(plan, own).filter((one) => touched.has(formKeyOf(one))),
  );
}

async function askAbout(
  ctx: Context<Studies>,
  plan: Plan,
  found: readonly Contradiction[],
  after: ReadonlyMap<string, StoredValue>,
  places: ReadonlyMap<string, Place>,
  sheetIds: ReadonlyMap<string, string>,
): Promise<number> {
  if (found.length === 0) return 0;
  const byForm = Map.groupBy(after.values(), formKeyOf);
  const asked = found.map((one) => {
    const place = places.get(one.subject) as Place;
    const sheetId = sheetIds.get(sheetKey(place.subjectId, one)) as string;
    const { section, key, item, sentence } = one.finding;
    const answers = new Map<string, StoredAnswer>(
      (byForm.get(formKeyOf(one)) ?? []).map((value) => [
        fieldIdOf(value.section, value.sectionKey ?? "", value.item),
        {
          section: value.section,
          sectionKey: value.sectionKey ?? "",
          item: value.item,
          raw: value.raw,
          nullFlavour: value.nullFlavour,
          unit: value.unit,
        },
      ]),
    );
    const at =
      (plan.entries.get(one.form) ?? []).find((entry) => entry.section.id === section && entry.item.id === item) ??
      null;
    const definition = plan.items.get(item);
    return {
      id: Bun.randomUUIDv7(),
      subject_id: place.subjectId,
      site_id: place.siteId,
      sheet_id: sheetId,
      form: one.form,
      section,
      section_key: key ?? "",
      item,
      check_id: checkName(one.finding),
      fingerprint: fingerprintOf(plan, at, one.finding, answers),
      blinded: definition ? blinded.on(definition) : false,
      sentence,
    };
  });
  const settled = await ctx.db.all(settledQueries, {
    ids: JSON.stringify([...new Set(asked.map((one) => one.sheet_id))]),
  });
  const has = new Set(
    settled.map((one) =>
      JSON.stringify([one.sheetId, one.section, one.sectionKey, one.item, one.checkId, one.fingerprint]),
    ),
  );
  const fresh = asked.filter(
    (one) =>
      !has.has(JSON.stringify([one.sheet_id, one.section, one.section_key, one.item, one.check_id, one.fingerprint])),
  );
  if (fresh.length === 0) return 0;
  await ctx.db.all(importQueries, { given: JSON.stringify(fresh) });
  await ctx.db.all(messagesInThreads, {
    state: "open",
    given: JSON.stringify(
      fresh.map((one) => ({ query_id: one.id, subject_id: one.subject_id, text: one.sentence, blinded: one.blinded })),
    ),
  });
  return fresh.length;
}
