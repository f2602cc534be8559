/** How far the test cases of a build reach into its rules. Shown before publishing and kept with the version. */
import { type Coverage as RuleCoverage, runCases } from "../expression/cases.ts";
import { checkExpression } from "../expression/checker.ts";
import { type Build, type Formula, isRange } from "../model/build.ts";
import { type PlacedEntry, type Plan, planOf } from "../model/plan.ts";
import { placeOf, scopeAt } from "../model/scope.ts";
import { readAnswer } from "../values/reading.ts";

/** What the test cases of a version's rules reached when it was published. */
export interface Coverage {
  readonly rules: number;
  readonly withCases: number;
  readonly cases: number;
  readonly partsTried: number;
  readonly parts: number;
}

export interface RuleLine {
  readonly where: string;
  readonly text: string;
  readonly cases: number;
  readonly failed: readonly string[];
  readonly coverage: RuleCoverage;
}

/** Every rule in the language of the module, in the order of the forms. */
export function rulesIn(build: Build): RuleLine[] {
  const plan = planOf(build);
  return build.forms.flatMap((form) =>
    (plan.entries.get(form.id) ?? []).flatMap((place) =>
      formulasAt(place).flatMap(({ what, formula }) => {
        const line = lineOf(plan, place, formula, `${form.name} · ${place.item.name} · ${what}`);
        return line ? [line] : [];
      }),
    ),
  );
}

function formulasAt({ entry, item }: PlacedEntry): { readonly what: string; readonly formula: Formula }[] {
  return [
    ...(entry.shownWhen ? [{ what: "shown when", formula: entry.shownWhen }] : []),
    ...(entry.calculation ? [{ what: "calculation", formula: entry.calculation }] : []),
    ...item.checks.flatMap(({ condition }) => (isRange(condition) ? [] : [{ what: "check", formula: condition }])),
  ];
}

function lineOf(plan: Plan, place: PlacedEntry, formula: Formula, where: string): RuleLine | null {
  if (formula.text === null) return null;
  const { checked } = checkExpression(formula.text, scopeAt(plan, place.form, place));
  if (!checked) return null;
  const { results, coverage } = runCases(checked, formula.cases, (name, raw) => {
    const source = placeOf(plan, place.form, name);
    return source ? (readAnswer(plan, source.item, raw).value ?? null) : null;
  });
  return {
    where,
    text: formula.text,
    cases: formula.cases.length,
    failed: results.flatMap(({ sentence }) => sentence ?? []),
    coverage,
  };
}

export function coverageOf(lines: readonly RuleLine[]): Coverage {
  return {
    rules: lines.length,
    withCases: lines.filter(({ cases }) => cases > 0).length,
    cases: lines.reduce((sum, { cases }) => sum + cases, 0),
    partsTried: lines.reduce((sum, { coverage }) => sum + coverage.seen, 0),
    parts: lines.reduce((sum, { coverage }) => sum + coverage.possible, 0),
  };
}
