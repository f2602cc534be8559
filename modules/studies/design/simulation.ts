/** A new version tried on live data: what happens to which answers, and why. Nothing is changed by looking. */
import { type Effect, effectsBetween, FORMULA_CHANGED } from "../model/effects.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { LiveRow } from "../store/amendments.ts";

export interface SimulatedLine {
  readonly form: string;
  readonly item: string;
  readonly title: string;
  readonly effect: Effect;
  readonly reasons: readonly string[];
  readonly values: number;
  readonly participants: number;
  readonly verified: number;
  /** Answers under a signature that would no longer stand. */
  readonly unsigned: number;
  readonly asked: number;
}

export interface Simulation {
  readonly lines: readonly SimulatedLine[];
  /** Answers that nothing happens to. */
  readonly untouched: number;
  /** Forms that can be moved as they are: nothing in them is lost or has to be decided. */
  readonly movable: readonly string[];
  readonly held: readonly string[];
  /** Of those, forms held by changed formulas alone: whoever moves them has their results computed again. */
  readonly recomputed: readonly { readonly form: string; readonly fields: readonly string[] }[];
  /** "form/item" */
  readonly breaking: readonly string[];
}

export function simulate(before: Plan, after: Plan, live: readonly LiveRow[]): Simulation {
  const effects = effectsBetween(before, after);
  const language = before.build.languages[0] ?? "";
  const countOf = (form: string, item: string) =>
    live
      .filter((row) => row.form === form && row.item === item)
      .reduce(
        (sum, row) => ({
          values: sum.values + row.values,
          participants: Math.max(sum.participants, row.participants),
          verified: sum.verified + row.verified,
          signed: sum.signed + row.signed,
          asked: sum.asked + row.asked,
        }),
        { values: 0, participants: 0, verified: 0, signed: 0, asked: 0 },
      );
  const lines = effects.map((one): SimulatedLine => {
    const counts = countOf(one.form, one.item);
    const item = before.items.get(one.item);
    return {
      form: one.form,
      item: one.item,
      title: `${before.forms.get(one.form)?.name ?? one.form} · ${(item && anyText(item.question, language)) || one.item}`,
      effect: one.effect,
      reasons: one.reasons,
      values: counts.values,
      participants: counts.participants,
      verified: counts.verified,
      unsigned: one.breaksSignature ? counts.signed : 0,
      asked: counts.asked,
    };
  });
  const affected = new Set(lines.map(({ form, item }) => `${form}/${item}`));
  const forms = [...new Set(live.map((row) => row.form))];
  const held = forms.filter(
    (form) =>
      !after.forms.has(form) ||
      lines.some((line) => line.form === form && line.effect !== "compatible" && line.values > 0),
  );
  const recomputed = held.flatMap((form) => {
    const own = lines.filter((line) => line.form === form && line.effect !== "compatible" && line.values > 0);
    const isFormula = (line: SimulatedLine) => line.reasons.length === 1 && line.reasons[0] === FORMULA_CHANGED;
    return after.forms.has(form) && own.every(isFormula)
      ? [{ form, fields: own.map(({ item }) => `${form}/${item}`) }]
      : [];
  });
  const weight: Readonly<Record<Effect, number>> = { loses: 0, migrate: 1, compatible: 2 };
  return {
    lines: lines.toSorted((a, b) => weight[a.effect] - weight[b.effect] || b.values - a.values),
    untouched: live.filter((row) => !affected.has(`${row.form}/${row.item}`)).reduce((sum, row) => sum + row.values, 0),
    movable: [...before.forms.keys()].filter((form) => after.forms.has(form) && !held.includes(form)),
    held,
    recomputed,
    breaking: effects.filter((one) => one.breaksSignature).map((one) => `${one.form}/${one.item}`),
  };
}
