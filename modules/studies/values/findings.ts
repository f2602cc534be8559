/** What is wrong with a filled form. Findings never change a value; whoever reads them asks, refuses or overrides. */
import { writeValue } from "../expression/cases.ts";
import { compareDecimals, roundDecimal } from "../expression/decimal.ts";
import type { Given } from "../expression/evaluation.ts";
import { isDecimal, type Value } from "../expression/kinds.ts";
import type { Moment } from "../expression/moment.ts";
import { isRepeated, type PlacedEntry, type Plan } from "../model/plan.ts";
import { placeOf } from "../model/scope.ts";
import { anyText, textIn } from "../model/words.ts";
import { isInside, rangeInWords } from "./ranges.ts";
import { type Answer, type Reading, readAnswer } from "./reading.ts";
import { type EntryRules, rulesOf } from "./rules.ts";

/** The answers of one section; `key` tells the rows of a repeating one apart ("2", or "1/2" inside a repeating section). */
export interface Row {
  readonly section: string;
  readonly key: string | null;
  readonly answers: ReadonlyMap<string, Answer>;
}

export interface FormInstance {
  readonly form: string;
  readonly rows: readonly Row[];
}

/** Answers on other forms, by the name that a rule uses (demographics/sex). */
export type Elsewhere = (name: string) => Answer | null;

export type FindingKind =
  | "unreadable"
  | "range"
  | "check"
  | "required"
  /** There is an answer although the field was not to be asked: its condition is not met. */
  | "hidden"
  /** There is an answer although nobody can tell whether to ask: an operand of the condition is missing. */
  | "unasked"
  /** A stored result differs from its formula. */
  | "differs"
  /** A stored result although its formula has none, because an operand is missing. */
  | "incomplete"
  | "retired"
  | "unplanned";

export interface Finding {
  readonly kind: FindingKind;
  readonly severity: "hard" | "soft";
  readonly section: string;
  readonly key: string | null;
  readonly item: string;
  /** Which check fired. */
  readonly check: string | null;
  /** What the formula gives. */
  readonly computed: string | null;
  readonly sentence: string;
}

export interface Surroundings {
  readonly elsewhere?: Elsewhere;
  readonly today?: Moment | null;
  /** For labels inside sentences. */
  readonly language?: string;
  /** Is the form said to be complete? Only then required fields are asked for. */
  readonly complete?: boolean;
}

/** Every finding of a form, in the order of the form. */
export function findingsOf(plan: Plan, instance: FormInstance, around: Surroundings = {}): Finding[] {
  const table = new AnswerTable(plan, instance, around);
  const findings: Finding[] = [];
  for (const rules of rulesOf(plan, instance.form).entries) {
    for (const row of table.rowsOf(rules.place)) findings.push(...findingsAt(plan, table, rules, row, around));
  }
  return [...findings, ...unplanned(plan, instance)];
}

function findingsAt(plan: Plan, table: AnswerTable, rules: EntryRules, row: Row, around: Surroundings): Finding[] {
  const { item, entry } = rules.place;
  const language = around.language ?? plan.build.languages[0] ?? "";
  const label = anyText(item.question, language) || item.name;
  const found: Finding[] = [];
  const say = (kind: FindingKind, severity: "hard" | "soft", sentence: string, more: Partial<Finding> = {}) =>
    found.push({
      kind,
      severity,
      section: row.section,
      key: row.key,
      item: item.id,
      check: null,
      computed: null,
      sentence,
      ...more,
    });

  const answer = row.answers.get(item.id) ?? null;
  const given = table.givenFor(row);
  const shown = rules.shown ? (rules.shown(given) as boolean | null) : true;
  if (shown === false) {
    if (answer?.raw)
      say("hidden", "soft", `“${label}” has an answer although its condition (${entry.shownWhen?.text}) is not met.`);
    // A hidden field is not judged further, but a stored result still has to agree with its formula.
    if (!rules.calculation) return found;
  }
  if (shown === null && answer?.raw) {
    say(
      "unasked",
      "soft",
      `“${label}” has an answer, and whether it was to be asked (${entry.shownWhen?.text}) depends on something that is missing.`,
    );
  }
  if (!answer || answer.raw === null) {
    const isExcused = answer?.nullFlavour !== null && answer?.nullFlavour !== undefined;
    if (entry.required && shown === true && around.complete && !isExcused && !rules.calculation) {
      say("required", "hard", `“${label}” needs an answer, or a reason why there is none.`);
    }
    return found;
  }
  const reading = table.reading(row, item.id) as Reading;
  if (reading.problem !== undefined) {
    say("unreadable", "hard", reading.problem);
    return found;
  }
  if (reading.warning) say("retired", "soft", reading.warning);
  if (rules.calculation) {
    const computed = rules.calculation.run(given);
    const stored = writeValue(reading.value);
    if (computed === null) {
      say("incomplete", "soft", `“${label}” holds ${stored}, and its formula has no result: an operand is missing.`);
    } else if (!agree(reading.value, computed)) {
      const result = writeValue(computed);
      say(
        "differs",
        "soft",
        `“${label}” holds ${stored}, and its formula (${rules.calculation.text}) gives ${result}.`,
        { computed: result },
      );
    }
  }
  for (const { check, range, run } of rules.checks) {
    const message = textIn(check.message, language) ?? Object.values(check.message)[0]?.text;
    if (range && inside(plan, rules.place, answer, reading.value, range) === false) {
      say("range", check.severity, message ?? `“${label}” must be ${rangeInWords(range)}.`, { check: check.id });
    }
    if (run && run(given) === false) {
      say("check", check.severity, message ?? `“${label}” does not fit its check ${check.id}.`, { check: check.id });
    }
  }
  return found;
}

function inside(
  plan: Plan,
  { item }: PlacedEntry,
  answer: Answer,
  value: Value,
  range: Parameters<typeof isInside>[1],
): boolean | null {
  const nameOf = (id: string | null | undefined) => (id ? (plan.units.get(id)?.name ?? id) : null);
  return isInside(value, range, nameOf(answer.unit ?? item.units[0]), nameOf(range.unit ?? item.units[0]));
}

/** A stored number agrees when the result, rounded to the decimals that were stored, is the same. */
function agree(stored: Value, computed: Value): boolean {
  if (isDecimal(stored) && isDecimal(computed)) {
    return compareDecimals(roundDecimal(computed, Math.max(0, stored.scale)), stored) === 0;
  }
  return writeValue(stored) === writeValue(computed);
}

function unplanned(plan: Plan, { form, rows }: FormInstance): Finding[] {
  const places = plan.entries.get(form) ?? [];
  const isPlanned = (section: string, item: string) =>
    places.some((place) => place.section.id === section && place.item.id === item);
  return rows.flatMap(({ section, key, answers }) =>
    [...answers.keys()]
      .filter((item) => !isPlanned(section, item))
      .map(
        (item): Finding => ({
          kind: "unplanned",
          severity: "hard",
          section,
          key,
          item,
          check: null,
          computed: null,
          sentence: `Form ${form} does not ask ${item} in section ${section}.`,
        }),
      ),
  );
}

/** Results of the calculated items, in order and from each other, as texts to store. Null: no result. Nothing is stored here. */
export function computedAnswers(
  plan: Plan,
  instance: FormInstance,
  around: Surroundings = {},
): { readonly section: string; readonly key: string | null; readonly item: string; readonly raw: string | null }[] {
  const table = new AnswerTable(plan, instance, around);
  return rulesOf(plan, instance.form).calculations.flatMap((rules) =>
    table.rowsOf(rules.place).map((row) => {
      const value = rules.calculation?.run(table.givenFor(row)) ?? null;
      table.override(row, rules.place.item.id, value);
      return {
        section: row.section,
        key: row.key,
        item: rules.place.item.id,
        raw: value === null ? null : writeValue(value),
      };
    }),
  );
}

/** Fields that are not asked: their condition is not met, or nobody can tell yet. */
export function hiddenIn(
  plan: Plan,
  instance: FormInstance,
  around: Surroundings = {},
): { readonly section: string; readonly key: string | null; readonly item: string }[] {
  const table = new AnswerTable(plan, instance, around);
  return rulesOf(plan, instance.form).entries.flatMap((rules) => {
    const { shown, place } = rules;
    if (!shown) return [];
    return table
      .rowsOf(place)
      .filter((row) => shown(table.givenFor(row)) !== true)
      .map((row) => ({ section: row.section, key: row.key, item: place.item.id }));
  });
}

/** The rows of a form with their values read, each at most once. */
class AnswerTable {
  private readonly rows: ReadonlyMap<string, readonly Row[]>;
  private readonly readings = new Map<Row, Map<string, Reading>>();
  private readonly overrides = new Map<Row, Map<string, Value>>();

  constructor(
    private readonly plan: Plan,
    private readonly instance: FormInstance,
    private readonly around: Surroundings,
  ) {
    this.rows = Map.groupBy(instance.rows, ({ section }) => section);
  }

  /** A section that does not repeat has a row even when nothing was answered there. */
  rowsOf(place: PlacedEntry): readonly Row[] {
    const rows = this.rows.get(place.section.id);
    if (rows) return rows;
    return isRepeated(place) ? [] : [{ section: place.section.id, key: null, answers: new Map() }];
  }

  reading(row: Row, item: string): Reading | null {
    let readings = this.readings.get(row);
    if (!readings) {
      readings = new Map();
      this.readings.set(row, readings);
    }
    const found = readings.get(item);
    if (found) return found;
    const raw = row.answers.get(item)?.raw ?? null;
    const definition = this.plan.items.get(item);
    if (raw === null || !definition) return null;
    const reading = readAnswer(this.plan, definition, raw);
    readings.set(item, reading);
    return reading;
  }

  override(row: Row, item: string, value: Value): void {
    const values = this.overrides.get(row) ?? new Map<string, Value>();
    this.overrides.set(row, values.set(item, value));
  }

  givenFor(row: Row): Given {
    return { value: (name) => this.valueFor(row, name), today: this.around.today ?? null };
  }

  private valueFor(row: Row, name: string): Value {
    const place = placeOf(this.plan, this.plan.forms.get(this.instance.form) as PlacedEntry["form"], name);
    if (!place) return null;
    if (place.form.id !== this.instance.form || name !== place.item.id) {
      const raw = this.around.elsewhere?.(name)?.raw ?? null;
      return raw === null ? null : (readAnswer(this.plan, place.item, raw).value ?? null);
    }
    const source = place.section.id === row.section ? row : this.rowAbove(row, place);
    if (!source) return null;
    const overridden = this.overrides.get(source);
    if (overridden?.has(place.item.id)) return overridden.get(place.item.id) as Value;
    return this.reading(source, place.item.id)?.value ?? null;
  }

  /** From a row inside a repeating section to the row around it: its key begins with that one's. */
  private rowAbove(row: Row, place: PlacedEntry): Row | null {
    const rows = this.rows.get(place.section.id) ?? [];
    if (!isRepeated(place)) return rows[0] ?? null;
    return rows.find(({ key }) => key !== null && row.key?.startsWith(`${key}/`)) ?? null;
  }
}
