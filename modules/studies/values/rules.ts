/** The rules of a plan, checked and compiled once: the same ones run at entry, on import and through the API. */
import { type Checked, checkExpression } from "../expression/checker.ts";
import { inOrder } from "../expression/cycles.ts";
import { compile, type Run } from "../expression/evaluation.ts";
import type { Kind } from "../expression/kinds.ts";
import { type Check, type Formula, isRange, type Range } from "../model/build.ts";
import type { PlacedEntry, Plan } from "../model/plan.ts";
import { scopeAt } from "../model/scope.ts";

export interface CompiledCheck {
  readonly check: Check;
  readonly range: Range | null;
  readonly run: Run | null;
}

export interface EntryRules {
  readonly place: PlacedEntry;
  readonly shown: Run | null;
  readonly calculation: { readonly run: Run; readonly text: string } | null;
  readonly checks: readonly CompiledCheck[];
}

export interface FormRules {
  readonly entries: readonly EntryRules[];
  /** The calculated items, each after those it is computed from. */
  readonly calculations: readonly EntryRules[];
}

const compiled = new WeakMap<Plan, Map<string, FormRules>>();

/** A rule that does not check is left out: `problemsOf` has told its author, and no version with it is published. */
export function rulesOf(plan: Plan, form: string): FormRules {
  const forms = compiled.get(plan) ?? new Map<string, FormRules>();
  compiled.set(plan, forms);
  const found = forms.get(form);
  if (found) return found;
  const sources = new Map<string, readonly string[]>();
  const entries = (plan.entries.get(form) ?? []).map((place): EntryRules => {
    const calculation = checkedFormula(plan, place, place.entry.calculation);
    if (calculation) sources.set(place.item.id, calculation.names);
    const shown = checkedFormula(plan, place, place.entry.shownWhen, "boolean");
    return {
      place,
      shown: shown && compile(shown),
      calculation: calculation && { run: compile(calculation), text: place.entry.calculation?.text ?? "" },
      checks: place.item.checks.map((check) => compiledCheck(plan, place, check)),
    };
  });
  const byItem = new Map(entries.map((rules) => [rules.place.item.id, rules]));
  const calculations = inOrder(sources).flatMap((item) => byItem.get(item) ?? []);
  const rules = { entries, calculations };
  forms.set(form, rules);
  return rules;
}

function compiledCheck(plan: Plan, place: PlacedEntry, check: Check): CompiledCheck {
  if (isRange(check.condition)) return { check, range: check.condition, run: null };
  const checked = checkedFormula(plan, place, check.condition, "boolean");
  return { check, range: null, run: checked && compile(checked) };
}

function checkedFormula(plan: Plan, place: PlacedEntry, formula: Formula | null, wanted?: Kind["is"]): Checked | null {
  if (!formula || formula.text === null) return null;
  return checkExpression(formula.text, scopeAt(plan, place.form, place), wanted).checked ?? null;
}
