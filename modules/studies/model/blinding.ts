/**
 * Would somebody blinded learn the allocation? Every way in which something that he may see depends on a blinded item is
 * found and told as a path. The rows themselves are behind the database's walls (`blinded` in field_values); this finds
 * what leaks through the rules: a field that appears, a result, a check that fires, a visit that one arm alone has.
 */
import { checkExpression } from "../expression/checker.ts";
import { type Build, type Formula, isRange } from "./build.ts";
import { blinded, survey } from "./marks.ts";
import { type PlacedEntry, type Plan, planOf } from "./plan.ts";
import { placeOf, scopeAt } from "./scope.ts";

export interface Leak {
  /** From what is blinded to what everybody sees. */
  readonly path: readonly string[];
  readonly sentence: string;
}

/** `isRandomisedBlind`: a blinded scheme is written or in force, so that an arm alone is the allocation. */
export function leaksOf(build: Build, isRandomisedBlind = false): Leak[] {
  const plan = planOf(build);
  const secret = new Set(build.items.filter((item) => blinded.on(item)).map(({ id }) => id));
  if (secret.size === 0 && !isRandomisedBlind) return [];
  const leaks: Leak[] = [];
  for (const form of build.forms) {
    for (const place of plan.entries.get(form.id) ?? []) {
      for (const { what, formula, shows } of rulesAt(place)) {
        // A blinded field may depend on another: nobody who sees it is blinded.
        if (secret.has(place.item.id)) continue;
        for (const source of readsOf(plan, place, formula)) {
          if (!secret.has(source.item.id)) continue;
          leaks.push({
            path: [`${source.form.id}/${source.item.id}`, `${what} of ${form.id}/${place.item.id}`, "blinded roles"],
            sentence: `“${place.item.name}” on “${form.name}” ${shows} by “${source.item.name}”, which is blinded: ${formula.text}`,
          });
        }
      }
      if (survey.on(form) && secret.has(place.item.id)) {
        leaks.push({
          path: [`${form.id}/${place.item.id}`, "survey link", "participant"],
          sentence: `“${place.item.name}” is blinded and stands on “${form.name}”, which the participant fills in.`,
        });
      }
    }
  }
  for (const event of build.events) {
    if (event.arms.length === 0) continue;
    leaks.push({
      path: [
        ...(isRandomisedBlind ? ["randomisation"] : []),
        `arm ${event.arms.join(", ")}`,
        `visit ${event.id}`,
        "blinded roles",
      ],
      sentence: `The visit “${event.name}” is planned in some arms only: whoever sees a participant's visits sees the arm.`,
    });
  }
  return leaks;
}

function rulesAt({ entry, item }: PlacedEntry): { what: string; shows: string; formula: Formula }[] {
  return [
    ...(entry.shownWhen ? [{ what: "condition", shows: "is shown or hidden", formula: entry.shownWhen }] : []),
    ...(entry.calculation ? [{ what: "calculation", shows: "is computed", formula: entry.calculation }] : []),
    ...item.checks.flatMap(({ condition }) =>
      isRange(condition) ? [] : [{ what: "check", shows: "is checked", formula: condition }],
    ),
  ];
}

function readsOf(plan: Plan, place: PlacedEntry, formula: Formula): PlacedEntry[] {
  if (formula.text === null) return [];
  const { checked } = checkExpression(formula.text, scopeAt(plan, place.form, place));
  return (checked?.names ?? []).flatMap((name) => placeOf(plan, place.form, name) ?? []);
}
