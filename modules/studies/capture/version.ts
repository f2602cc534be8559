/** Published versions, read once: they never change, and their rules are compiled once for many saves. */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { dayOf, inForceAt } from "../design/in-force.ts";
import { checkExpression } from "../expression/checker.ts";
import { isRange } from "../model/build.ts";
import { type PlacedEntry, type Plan, planOf } from "../model/plan.ts";
import { scopeAt } from "../model/scope.ts";
import type { Studies } from "../names.ts";
import { allPlacements, versionById } from "../store/design.ts";

const plans = new Map<string, Plan>();
const KEPT = 60;

/** `id` from a row of this study: which rows one meets is the database's decision. */
export async function planOfVersion(ctx: Context<Studies>, id: string): Promise<Plan> {
  // Institutions that were moved here with their rows may share ids, so a plan is kept for its study and no other.
  const key = `${ctx.tenant.id} ${ctx.workspace.id} ${id}`;
  const found = plans.get(key);
  if (found) return found;
  const plan = planOf((await ctx.db.one(versionById, { id })).build);
  if (plans.size >= KEPT) plans.delete(plans.keys().next().value as string);
  plans.set(key, plan);
  return plan;
}

/** What a site works with today. */
export async function versionInForce(ctx: Context<Studies>, siteId: string | null): Promise<string | null> {
  return inForceAt(await ctx.db.all(allPlacements, {}), siteId, dayOf(ctx.now))?.versionId ?? null;
}

export async function planInForce(
  ctx: Context<Studies>,
  siteId: string | null,
): Promise<{ readonly id: string; readonly plan: Plan }> {
  const id = await versionInForce(ctx, siteId);
  if (!id)
    throw Problem.refused(
      "No version is in force at this site today. Publish one, and say from when the site works with it.",
    );
  return { id, plan: await planOfVersion(ctx, id) };
}

const read = new WeakMap<Plan, Map<string, readonly string[]>>();

/** Names of answers on other forms that the rules of this one look at. */
export function namesRead(plan: Plan, form: string): readonly string[] {
  const known = read.get(plan) ?? new Map<string, readonly string[]>();
  read.set(plan, known);
  const found = known.get(form);
  if (found) return found;
  const names = (plan.entries.get(form) ?? []).flatMap((place) =>
    formulasAt(place).flatMap((formula) => {
      if (!formula?.text?.includes("/")) return [];
      const { checked } = checkExpression(formula.text, scopeAt(plan, place.form, place));
      return (checked?.names ?? []).filter((name) => name.includes("/"));
    }),
  );
  const own = [...new Set(names)];
  known.set(form, own);
  return own;
}

const formulasAt = ({ entry, item }: PlacedEntry) => [
  entry.shownWhen,
  entry.calculation,
  ...item.checks.map(({ condition }) => (isRange(condition) ? null : condition)),
];

/** Do rules of this form look at other forms? Only then the participant's other answers are read. */
export const looksElsewhere = (plan: Plan, form: string): boolean => namesRead(plan, form).length > 0;
