/** What is compared with its source: all of it, what is critical, or a sample that a seed decides for good. */
import type { Item } from "../model/build.ts";
import { critical } from "../model/marks.ts";

export interface VerificationPlan {
  readonly siteId: string | null;
  /** "": every form that has no plan of its own. */
  readonly form: string;
  readonly rule: "all" | "critical" | "sample" | "none";
  readonly percent: number;
  readonly seed: string;
}

/**
 * A plan of the form goes before one of all forms, then one of the site before one of all sites, then the newest. `plans`:
 * the newest first. Nothing is asked for without one.
 */
export function planFor<Plan extends VerificationPlan>(
  plans: readonly Plan[],
  siteId: string | null,
  form: string,
): Plan | null {
  const here = plans.filter((plan) => plan.siteId === null || plan.siteId === siteId);
  const own = here.filter((plan) => plan.form === form);
  const near = own.length > 0 ? own : here.filter((plan) => plan.form === "");
  return near.find((plan) => plan.siteId !== null) ?? near[0] ?? null;
}

/** The same answer in the same place is in the sample or out of it, whoever asks and whenever. */
export function isRequired(plan: VerificationPlan | null, item: Item | undefined, place: string): boolean {
  if (!plan || !item || plan.rule === "none") return false;
  if (plan.rule === "all" || critical.on(item)) return true;
  return plan.rule === "sample" && share(`${plan.seed}|${place}`) < plan.percent;
}

/** 0 to 99, evenly. */
function share(text: string): number {
  const digest = new Bun.CryptoHasher("sha256").update(text).digest();
  return Math.floor(
    (((digest[0] as number) * 16_777_216 +
      (digest[1] as number) * 65_536 +
      (digest[2] as number) * 256 +
      (digest[3] as number)) /
      4_294_967_296) *
      100,
  );
}

export type VerificationState = "not required" | "required" | "verified" | "again";

/** `seen`: the newest version that somebody compared; null: none. */
export const verificationOf = (isNeeded: boolean, version: number, seen: number | null): VerificationState =>
  seen === null ? (isNeeded ? "required" : "not required") : seen === version ? "verified" : "again";
