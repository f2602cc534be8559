/**
 * What would become of a form if it were saved as it was typed: which answers change, which somebody else has changed
 * meanwhile, what is refused, what needs a reason, and what the formulas give. Nothing is written here.
 */
import { checkExpression } from "../expression/checker.ts";
import { isRange } from "../model/build.ts";
import type { PlacedEntry, Plan } from "../model/plan.ts";
import { scopeAt } from "../model/scope.ts";
import { computedAnswers, type Finding, findingsOf, hiddenIn, type Surroundings } from "../values/findings.ts";
import { type Answer, leftEmpty, readAnswer } from "../values/reading.ts";
import { isKept } from "./attachment.ts";
import {
  type FieldPlace,
  fieldIdOf,
  instanceOf,
  isSameAnswer,
  keysIn,
  rowsOf,
  type StoredAnswer,
  type TypedSheet,
  typedAnswer,
} from "./fields.ts";

export interface Current extends StoredAnswer {
  readonly id: string;
  readonly version: number;
  readonly changedBy: string | null;
  /** Encrypted, and not opened for this person: known to be there, and nothing more. */
  readonly isClosed?: boolean;
}

export interface AnswerChange {
  readonly field: FieldPlace;
  readonly current: Current | null;
  readonly next: Answer;
  readonly problem: string | null;
  readonly source: "entry" | "calculation";
  /** Why the program itself changed it. */
  readonly because: string | null;
}

export interface Conflict {
  readonly field: FieldPlace;
  readonly mine: Answer;
  readonly theirs: Current;
}

export interface Doubt {
  readonly field: string;
  /** The same check under the same answers, and only that. */
  readonly fingerprint: string;
  readonly check: string;
  readonly sentence: string;
}

export interface Judgement {
  readonly changes: readonly AnswerChange[];
  /** What a formula gives where a lock stands over the answer: it stays as it is, and somebody is asked. */
  readonly drift: readonly AnswerChange[];
  readonly conflicts: readonly Conflict[];
  /** By field: not accepted. */
  readonly errors: Readonly<Record<string, string>>;
  /** Accepted with a reason. */
  readonly doubts: readonly Doubt[];
  /** Everything that fires after the save: queries of other checks are resolved. */
  readonly firing: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  readonly hidden: ReadonlySet<string>;
  /** As it would be stored. */
  readonly answers: ReadonlyMap<string, StoredAnswer>;
}

export interface Circumstances extends Surroundings {
  /** Who saves: his own newer version is no conflict. */
  readonly actor: string | null;
  /** `fingerprint` of checks that were accepted, or are being asked about. */
  readonly settled: ReadonlySet<string>;
  /** Fields of this form with a lock of their own. */
  readonly locked?: ReadonlyMap<string, "frozen" | "locked">;
}

export const firingKey = (finding: Pick<Finding, "section" | "key" | "item" | "check" | "kind">): string =>
  JSON.stringify([finding.section, finding.key ?? "", finding.item, checkName(finding)]);

/** A check's own name, or what kind of contradiction it is. */
export const checkName = ({ check, kind }: Pick<Finding, "check" | "kind">): string => check ?? `:${kind}`;

export function judge(
  plan: Plan,
  form: string,
  stored: readonly Current[],
  typed: TypedSheet,
  around: Circumstances,
): Judgement {
  const byId = new Map(stored.map((one) => [fieldIdOf(one.section, one.sectionKey, one.item), one]));
  const answers = new Map<string, StoredAnswer>(byId);
  const fields = rowsOf(plan, form, keysIn(stored)).flatMap((row) => row.fields);
  const changes: AnswerChange[] = [];
  const conflicts: Conflict[] = [];
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const { item, entry } = field.place;
    if (entry.calculation?.text || item.type.is === "label") continue;
    const current = byId.get(field.id) ?? null;
    const next = typedAnswer(field, typed) ?? withoutReason(field, current, typed);
    if (next === null) continue;
    // An encrypted answer that is not opened stays unless something was typed over it.
    if (current?.isClosed && next.raw === null && next.nullFlavour === null) continue;
    if (isSameAnswer(next, current) && !current?.isClosed) continue;
    const lock = around.locked?.get(item.id);
    if (lock) {
      errors[field.id] = `This answer is ${lock}: it stays as it is.`;
      continue;
    }
    const base = Number(typed.bases[field.id] ?? 0);
    if (current && current.version !== base && current.changedBy !== around.actor) {
      conflicts.push({ field, mine: next, theirs: current });
      continue;
    }
    const problem = next.raw === null ? null : (readAnswer(plan, item, next.raw).problem ?? null);
    changes.push({ field, current, next, problem, source: "entry", because: null });
    answers.set(field.id, { ...next, section: field.place.section.id, sectionKey: field.key, item: item.id });
  }

  const closed = new Set(stored.filter(({ isClosed }) => isClosed).map(({ item }) => item));
  settleFormulas(plan, form, byId, answers, around, changes, closed);
  const hidden = hiddenFields(plan, form, fields, answers, around);
  blankHidden(plan, form, hidden, byId, answers, changes, closed);
  const drift = changes.filter(
    ({ field, source }) => source === "calculation" && around.locked?.has(field.place.item.id),
  );
  for (const { field, current } of drift) {
    changes.splice(
      changes.findIndex((one) => one.field.id === field.id),
      1,
    );
    if (current) answers.set(field.id, current);
    else answers.delete(field.id);
  }

  const findings = findingsOf(plan, instanceOf(form, answers.values()), around);
  const changed = new Set(changes.map(({ field }) => field.id));
  const doubts: Doubt[] = [];
  for (const finding of findings) {
    const field = fieldIdOf(finding.section, finding.key ?? "", finding.item);
    if (finding.kind === "unplanned" || finding.kind === "differs" || finding.kind === "incomplete") continue;
    const isNew = changed.has(field) || (around.complete ?? false);
    if (finding.severity === "hard") {
      // What came in by import and cannot be read stays until somebody changes it; a query asks about it.
      if (finding.kind === "required" || changed.has(field) || finding.kind === "check")
        errors[field] ??= finding.sentence;
      continue;
    }
    const place = fields.find(({ id }) => id === field)?.place;
    const fingerprint = fingerprintOf(plan, place ?? null, finding, answers, around.elsewhere);
    if (around.settled.has(`${checkName(finding)} ${fingerprint}`)) continue;
    if (finding.kind === "retired" && !changed.has(field)) continue;
    if (finding.kind === "hidden" && place?.entry.whenHidden === "keep") continue;
    if (isNew || finding.kind === "check" || finding.kind === "hidden" || finding.kind === "unasked")
      doubts.push({ field, check: checkName(finding), fingerprint, sentence: finding.sentence });
  }
  return {
    changes,
    drift,
    conflicts,
    errors,
    doubts,
    firing: new Set(findings.map(firingKey)),
    findings,
    hidden,
    answers,
  };
}

/** The page had a field for a file, and no reason any more why it has none. */
function withoutReason({ id, place: { item } }: FieldPlace, current: Current | null, typed: TypedSheet): Answer | null {
  return isKept(item) && typed.bases[id] !== undefined && current?.nullFlavour ? leftEmpty(null) : null;
}

/** Also in the row that is offered for the next one, which has no answers yet. */
function hiddenFields(
  plan: Plan,
  form: string,
  fields: readonly FieldPlace[],
  answers: ReadonlyMap<string, StoredAnswer>,
  around: Surroundings,
): ReadonlySet<string> {
  const instance = instanceOf(form, answers.values());
  const there = new Set(instance.rows.map(({ section, key }) => `${section}~${key ?? ""}`));
  const blank = new Map(
    fields
      .filter(({ place, key }) => !there.has(`${place.section.id}~${key}`))
      .map(({ place, key }) => [
        `${place.section.id}~${key}`,
        { section: place.section.id, key: key === "" ? null : key, answers: new Map() },
      ]),
  );
  const whole = { form, rows: [...instance.rows, ...blank.values()] };
  return new Set(hiddenIn(plan, whole, around).map(({ section, key, item }) => fieldIdOf(section, key ?? "", item)));
}

/** Results of the formulas follow what was typed; they are written beside it, as the program's own doing. */
function settleFormulas(
  plan: Plan,
  form: string,
  byId: ReadonlyMap<string, Current>,
  answers: Map<string, StoredAnswer>,
  around: Surroundings,
  changes: AnswerChange[],
  closed: ReadonlySet<string>,
): void {
  const places = plan.entries.get(form) ?? [];
  for (const { section, key, item, raw } of computedAnswers(plan, instanceOf(form, answers.values()), around)) {
    const id = fieldIdOf(section, key ?? "", item);
    const place = places.find((one) => one.section.id === section && one.item.id === item);
    if (!place) continue;
    const next: Answer = { raw: raw === null ? null : rounded(place, raw), nullFlavour: null, unit: null };
    const current = byId.get(id) ?? null;
    if (isSameAnswer(next, current)) continue;
    if (next.raw === null && (current === null || readsClosed(plan, place, place.entry.calculation, closed))) continue;
    changes.push({
      field: { id, place, key: key ?? "" },
      current,
      next,
      problem: null,
      source: "calculation",
      because: "Computed by the formula of the form",
    });
    answers.set(id, { ...next, section, sectionKey: key ?? "", item });
  }
}

/** An operand that is there and not opened for this person is no missing one: what was computed from it stays. */
const readsClosed = (
  plan: Plan,
  place: PlacedEntry,
  formula: PlacedEntry["entry"]["calculation"],
  closed: ReadonlySet<string>,
): boolean =>
  closed.size > 0 &&
  formula?.text != null &&
  (checkExpression(formula.text, scopeAt(plan, place.form, place)).checked?.names ?? []).some((name) =>
    closed.has(name),
  );

/** A field with decimals of its own stores so many: the formula may have more. */
function rounded({ item }: PlacedEntry, raw: string): string {
  if (item.type.is !== "decimal" || item.type.decimals === null || !/^-?\d+\.\d+$/.test(raw)) return raw;
  const at = raw.indexOf(".");
  if (raw.length - at - 1 <= item.type.decimals) return raw;
  const scale = 10n ** BigInt(raw.length - at - 1 - item.type.decimals);
  const digits = BigInt(raw.replace(".", ""));
  const half = scale / 2n;
  const whole = (digits < 0n ? digits - half : digits + half) / scale;
  const text = String(whole < 0n ? -whole : whole).padStart(item.type.decimals + 1, "0");
  const sign = whole < 0n ? "-" : "";
  return item.type.decimals === 0
    ? `${sign}${text}`
    : `${sign}${text.slice(0, -item.type.decimals)}.${text.slice(-item.type.decimals)}`;
}

function blankHidden(
  plan: Plan,
  form: string,
  hidden: ReadonlySet<string>,
  byId: ReadonlyMap<string, Current>,
  answers: Map<string, StoredAnswer>,
  changes: AnswerChange[],
  closed: ReadonlySet<string>,
): void {
  for (const place of plan.entries.get(form) ?? []) {
    if (place.entry.whenHidden !== "blank" || !place.entry.shownWhen) continue;
    if (readsClosed(plan, place, place.entry.shownWhen, closed)) continue;
    for (const [id, answer] of answers) {
      if (answer.item !== place.item.id || answer.section !== place.section.id || !hidden.has(id)) continue;
      if (answer.raw === null && answer.nullFlavour === null) continue;
      const at = changes.findIndex(({ field }) => field.id === id);
      if (at >= 0) changes.splice(at, 1);
      const next = leftEmpty(null);
      answers.set(id, { ...next, section: answer.section, sectionKey: answer.sectionKey, item: answer.item });
      const current = byId.get(id) ?? null;
      if (current === null) continue;
      changes.push({
        field: { id, place, key: answer.sectionKey },
        current,
        next,
        problem: null,
        source: "calculation",
        because: "Emptied, because the field is not asked any more",
      });
    }
  }
}

/** The answers under which a check fires, also those on other forms: accepted once, it is silent for these and only these. */
export function fingerprintOf(
  plan: Plan,
  place: PlacedEntry | null,
  finding: Finding,
  answers: ReadonlyMap<string, StoredAnswer>,
  elsewhere?: Surroundings["elsewhere"],
): string {
  const own = answers.get(fieldIdOf(finding.section, finding.key ?? "", finding.item));
  const operands = place && finding.check ? namesOf(plan, place, finding.check) : [];
  const others = [...answers.values()].filter(
    ({ item, sectionKey }) => operands.includes(item) && (sectionKey === "" || sectionKey === (finding.key ?? "")),
  );
  const afar = elsewhere ? operands.filter((name) => name.includes("/")) : [];
  const text = JSON.stringify([
    own?.raw ?? null,
    own?.unit ?? null,
    ...others.map(({ item, raw }) => [item, raw]),
    ...afar.map((name) => [name, elsewhere?.(name)?.raw ?? null]),
  ]);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 24);
}

function namesOf(plan: Plan, place: PlacedEntry, id: string): readonly string[] {
  const check = place.item.checks.find((one) => one.id === id);
  if (!check || isRange(check.condition) || check.condition.text === null) return [];
  return checkExpression(check.condition.text, scopeAt(plan, place.form, place), "boolean").checked?.names ?? [];
}
