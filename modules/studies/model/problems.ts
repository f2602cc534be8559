/** Everything that keeps a build from being published, each with its place and a sentence. */
import { runCases } from "../expression/cases.ts";
import { checkExpression } from "../expression/checker.ts";
import { cyclesIn } from "../expression/cycles.ts";
import { compareDecimals, readDecimal } from "../expression/decimal.ts";
import type { Kind } from "../expression/kinds.ts";
import type { Place } from "../expression/syntax.ts";
import { readAnswer } from "../values/reading.ts";
import { canConvert } from "../values/units.ts";
import { type Build, type CodeList, type Formula, type Item, isRange, type Range, type StudyEvent } from "./build.ts";
import { isDuration } from "./durations.ts";
import { identifierProblem } from "./identifiers.ts";
import { type PlacedEntry, type Plan, planOf, sectionsOf, sharedIds } from "./plan.ts";
import { kindOf, placeOf, scopeAt } from "./scope.ts";
import { textIn, type Words } from "./words.ts";

export interface BuildProblem {
  /** forms/demographics/sections/main/weight/shownWhen */
  readonly path: string;
  /** error: cannot be published. warning: can. */
  readonly level: "error" | "warning";
  readonly sentence: string;
  /** Where in the formula. */
  readonly at: Place | null;
}

type Say = (path: string, sentence: string, level?: BuildProblem["level"], at?: Place | null) => void;

export function problemsOf(build: Build): BuildProblem[] {
  const problems: BuildProblem[] = [];
  const say: Say = (path, sentence, level = "error", at = null) => problems.push({ path, level, sentence, at });
  const plan = planOf(build);
  names(build, say);
  languages(build, say);
  for (const event of build.events) eventProblems(plan, event, say);
  anchorCycles(build, say);
  for (const list of build.codeLists) codeListProblems(list, say);
  for (const item of build.items) itemProblems(plan, item, say);
  for (const form of build.forms) formProblems(plan, form.id, say);
  unused(plan, say);
  return problems;
}

function names(build: Build, say: Say): void {
  const kinds = {
    arms: build.arms,
    events: build.events,
    forms: build.forms,
    items: build.items,
    codeLists: build.codeLists,
    units: build.units,
  };
  for (const [kind, things] of Object.entries(kinds)) {
    const seen = new Set<string>();
    for (const { id } of things) {
      const path = `${kind}/${id}`;
      if (id.trim() === "" || id.length > 200) say(path, "An id has 1 to 200 characters.");
      if (/[[\]\p{Cc}]/u.test(id))
        say(path, "An id has no brackets and no control characters, or no rule could name it.");
      if (seen.has(id)) say(path, `The id “${id}” is there twice.`);
      seen.add(id);
    }
  }
  for (const id of sharedIds(build))
    say(id, `“${id}” is the id of two different things; ODM needs ids that differ across a whole study.`);
}

/** Every text in the first language is a must; a missing translation is a warning. */
function languages(build: Build, say: Say): void {
  const [first, ...others] = build.languages;
  if (first === undefined) return;
  // true: a must. null: worth a warning, because the code alone would be shown. false: may be without any text.
  const look = (path: string, words: Words, isNeeded: boolean | null) => {
    const isEmpty = Object.keys(words).length === 0;
    if (isEmpty && isNeeded === false) return;
    if (!textIn(words, first)?.trim()) say(path, `The text in “${first}” is missing.`, isNeeded ? "error" : "warning");
    const missing = others.filter((language) => !textIn(words, language)?.trim());
    if (missing.length > 0 && !isEmpty) say(path, `The translation is missing in ${missing.join(", ")}.`, "warning");
  };
  for (const item of build.items) look(`items/${item.id}/question`, item.question, item.type.is === "label");
  for (const list of build.codeLists) {
    for (const option of list.options) look(`codeLists/${list.id}/${option.code}`, option.label, null);
  }
}

function eventProblems(plan: Plan, event: StudyEvent, say: Say): void {
  const path = `events/${event.id}`;
  for (const arm of event.arms) {
    if (!plan.build.arms.some(({ id }) => id === arm)) say(`${path}/arms`, `There is no arm “${arm}”.`);
  }
  for (const { form } of event.forms) if (!plan.forms.has(form)) say(`${path}/forms`, `There is no form “${form}”.`);
  const twice = event.forms.find(({ form }, i) => event.forms.findIndex((other) => other.form === form) !== i);
  if (twice) say(`${path}/forms`, `Form “${twice.form}” is there twice; let it repeat instead.`);
  if (!event.window) return;
  const { anchor, target, before, after } = event.window;
  if (anchor !== null && !plan.events.has(anchor))
    say(`${path}/window`, `There is no event “${anchor}” to count from.`);
  if (anchor !== null && plan.events.get(anchor)?.repeating) {
    say(`${path}/window`, `“${anchor}” repeats, so it has more than one day to count from.`);
  }
  for (const [name, duration] of Object.entries({ target, before, after })) {
    if (!isDuration(duration))
      say(`${path}/window/${name}`, `“${duration}” is not a duration. Write P7D, P2W, P3M or P1Y.`);
    else if (name !== "target" && duration.startsWith("-"))
      say(`${path}/window/${name}`, "How early and how late are counted without a sign.");
  }
  if (event.type !== "scheduled") say(`${path}/window`, "Only a scheduled event has a window.", "warning");
}

function anchorCycles(build: Build, say: Say): void {
  const anchors = new Map(build.events.map(({ id, window }) => [id, window?.anchor ? [window.anchor] : []]));
  for (const cycle of cyclesIn(anchors)) {
    say(`events/${cycle[0]}/window`, `These events wait for each other: ${[...cycle, cycle[0]].join(" → ")}.`);
  }
}

function codeListProblems(list: CodeList, say: Say): void {
  const path = `codeLists/${list.id}`;
  if (list.options.length === 0) say(path, "The list has no options.");
  else if (list.options.every(({ retired }) => retired)) say(path, "Every option of the list is retired.", "warning");
  const seen = new Set<string>();
  for (const { code } of list.options) {
    if (code.trim() === "") say(`${path}/${code}`, "An option has no code.");
    if (seen.has(code)) say(`${path}/${code}`, `The code “${code}” is there twice.`);
    if (/[|=+]/.test(code)) say(`${path}/${code}`, `A code has none of the signs | = +; “${code}” has one.`);
    if (list.codes !== "text" && readDecimal(code) === null)
      say(`${path}/${code}`, `“${code}” is not a number, and this list says its codes are.`);
    seen.add(code);
  }
}

function itemProblems(plan: Plan, item: Item, say: Say): void {
  const path = `items/${item.id}`;
  const { type } = item;
  const lists =
    type.is === "choice" || type.is === "choices"
      ? [type.codeList]
      : type.is === "grid"
        ? [type.rows, type.columns]
        : [];
  for (const list of lists) if (!plan.codeLists.has(list)) say(`${path}/type`, `There is no code list “${list}”.`);
  for (const unit of item.units) if (!plan.units.has(unit)) say(`${path}/units`, `There is no unit “${unit}”.`);
  if (item.units.length > 0 && type.is !== "integer" && type.is !== "decimal")
    say(`${path}/units`, "Only numbers have units.");
  for (const other of item.units.slice(1)) {
    const [first, second] = [item.units[0] as string, other].map((id) => plan.units.get(id)?.name ?? id) as [
      string,
      string,
    ];
    if (!canConvert(first, second)) {
      say(
        `${path}/units`,
        `Nobody knows how ${second} becomes ${first}, so its checks cannot run in ${second}.`,
        "warning",
      );
    }
  }
  const identifier = identifierProblem(item, plan.build.languages[0] ?? "");
  if (identifier) say(`${path}/fieldClass`, identifier);
  const ids = new Set<string>();
  for (const check of item.checks) {
    if (ids.has(check.id)) say(`${path}/checks/${check.id}`, `The check “${check.id}” is there twice.`);
    ids.add(check.id);
    if (isRange(check.condition)) rangeProblems(plan, item, check.condition, `${path}/checks/${check.id}`, say);
  }
  if (type.is === "label" && item.checks.length > 0)
    say(`${path}/checks`, "A label takes no answer, so nothing can be checked.");
  const [low, high] = [boundOf(item, ["GE", "GT"]), boundOf(item, ["LE", "LT"])];
  if (low && high && compareDecimals(low, high) > 0)
    say(`${path}/checks`, "No value can pass: the lowest that is allowed is above the highest.");
}

function rangeProblems(plan: Plan, item: Item, range: Range, path: string, say: Say): void {
  const many = range.comparator === "IN" || range.comparator === "NOTIN";
  if (range.values.length === 0 || (!many && range.values.length > 1)) {
    say(
      path,
      many ? "Name at least one value." : `${range.comparator} takes one value; this has ${range.values.length}.`,
    );
  }
  for (const value of range.values) {
    // The limit of a range may be finer than what is measured: above 1 for a value with two decimals, at least 0.5 for whole ones.
    const isLimit =
      item.type.is === "integer" || item.type.is === "decimal"
        ? readDecimal(value.trim()) !== null
        : readAnswer(plan, item, value).problem === undefined;
    if (!isLimit) say(path, `“${value}” is no value that this field could have.`);
  }
  if (range.unit !== null && !plan.units.has(range.unit)) say(path, `There is no unit “${range.unit}”.`);
}

function boundOf(item: Item, comparators: readonly string[]) {
  const check = item.checks.find(({ condition }) => isRange(condition) && comparators.includes(condition.comparator));
  return check && isRange(check.condition) ? readDecimal(check.condition.values[0]?.trim() ?? "") : null;
}

function formProblems(plan: Plan, formId: string, say: Say): void {
  const form = plan.forms.get(formId);
  if (!form) return;
  const path = `forms/${form.id}`;
  const asked = new Set<string>();
  const sections = new Set<string>();
  for (const { section } of sectionsOf(form)) {
    const place = `${path}/${section.id}`;
    if (sections.has(section.id)) say(place, `Section “${section.id}” is there twice.`);
    sections.add(section.id);
    for (const { item } of section.entries) {
      if (!plan.items.has(item)) say(`${place}/${item}`, `There is no item “${item}”.`);
      if (asked.has(item))
        say(`${place}/${item}`, `“${item}” is asked twice on this form, so rules could not tell its answers apart.`);
      asked.add(item);
    }
  }
  const calculated = new Map<string, readonly string[]>();
  const shown = new Map<string, readonly string[]>();
  for (const placed of plan.entries.get(form.id) ?? []) {
    const at = `${path}/${placed.section.id}/${placed.item.id}`;
    const { entry, item } = placed;
    if (entry.shownWhen)
      shown.set(item.id, formulaProblems(plan, placed, entry.shownWhen, `${at}/shownWhen`, say, "boolean"));
    if (entry.calculation)
      calculated.set(
        item.id,
        formulaProblems(plan, placed, entry.calculation, `${at}/calculation`, say, resultKind(plan, item)),
      );
    if (entry.calculation && entry.required) say(at, "A calculated field cannot be required of anybody.", "warning");
    for (const check of item.checks) {
      if (!isRange(check.condition))
        formulaProblems(plan, placed, check.condition, `items/${item.id}/checks/${check.id}`, say, "boolean");
    }
  }
  for (const [edges, what] of [
    [calculated, "are computed from each other"],
    [shown, "are shown depending on each other"],
  ] as const) {
    for (const cycle of cyclesIn(edges)) {
      const kind = edges === calculated ? "calculation" : "shownWhen";
      const placed = plan.entries.get(form.id)?.find(({ item }) => item.id === cycle[0]);
      const text = placed?.entry[kind]?.text ?? "";
      const start = Math.max(0, text.indexOf(cycle[1] ?? cycle[0] ?? ""));
      const at = { start, end: start + (cycle[1] ?? cycle[0] ?? "").length };
      say(
        `${path}/${placed?.section.id}/${cycle[0]}/${kind}`,
        `These fields ${what}: ${[...cycle, cycle[0]].join(" → ")}.`,
        "error",
        at,
      );
    }
  }
}

function resultKind(plan: Plan, item: Item): Kind["is"] | undefined {
  const kind = kindOf(plan, item);
  return kind?.is === "choice" || kind?.is === "set" ? undefined : kind?.is;
}

/** The names that the formula reads. */
function formulaProblems(
  plan: Plan,
  placed: PlacedEntry,
  formula: Formula,
  path: string,
  say: Say,
  wanted?: Kind["is"],
): readonly string[] {
  if (formula.text === null) {
    const written = Object.keys(formula.foreign).join(", ") || "nothing";
    say(
      path,
      `This rule exists only as ${written} wrote it and does not run here. Write it again, or take it out.`,
      "warning",
    );
    return [];
  }
  const { checked, complaints } = checkExpression(formula.text, scopeAt(plan, placed.form, placed), wanted);
  for (const complaint of complaints ?? [])
    say(path, complaint.sentence, "error", { start: complaint.start, end: complaint.end });
  if (!checked) return [];
  if (checked.usesToday && path.endsWith("calculation")) {
    say(
      path,
      "A stored result must not depend on the day on which it is computed: use a date of the form instead of today().",
    );
  }
  const read = (name: string, raw: string) => {
    const source = placeOf(plan, placed.form, name);
    return source ? (readAnswer(plan, source.item, raw).value ?? null) : null;
  };
  for (const { passed, sentence } of runCases(checked, formula.cases, read).results) {
    if (!passed && sentence) say(`${path}/cases`, sentence);
  }
  return checked.names;
}

function unused(plan: Plan, say: Say): void {
  const asked = new Set([...plan.entries.values()].flatMap((places) => places.map(({ item }) => item.id)));
  for (const { id } of plan.build.items) if (!asked.has(id)) say(`items/${id}`, "No form asks this item.", "warning");
  const placed = new Set(plan.build.events.flatMap(({ forms }) => forms.map(({ form }) => form)));
  for (const { id } of plan.build.forms) if (!placed.has(id)) say(`forms/${id}`, "No event has this form.", "warning");
}
