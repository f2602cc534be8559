/** May anybody be taken in here today? Asked before consent is noted, a casebook opened, somebody randomised; the database refuses besides. */
import type { ConsentScope, Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Studies } from "./module-words.ts";
import { type Lack, sentenceOf, stopsTakingIn } from "./rules/recruiting.ts";
import { statusOf } from "./store/dossier.ts";
import { lacksToRecruit } from "./store/recruitment.ts";

type Purpose = "take in" | "randomise";

async function lacksAt(ctx: Context<Studies>, siteId: string | null, purpose: Purpose): Promise<readonly Lack[]> {
  const { lacks } = await ctx.db.one(lacksToRecruit, { workspace: ctx.workspace.id, siteId });
  return purpose === "randomise" ? lacks : stopsTakingIn(lacks);
}

/** A sentence for each thing that is lacking at this site; empty: people may be taken in. */
export async function whyNot(ctx: Context<Studies>, siteId: string | null, purpose: Purpose): Promise<string[]> {
  const lacks = await lacksAt(ctx, siteId, purpose);
  if (lacks.length === 0) return [];
  const status = await statusOf(ctx);
  return lacks.map((lack) => sentenceOf(lack, status));
}

export async function requireRecruiting(ctx: Context<Studies>, siteId: string | null, purpose: Purpose): Promise<void> {
  const reasons = await whyNot(ctx, siteId, purpose);
  if (reasons.length > 0) throw Problem.refused(reasons.join(" "));
}

/** What the keeper of consents answers; throws, with the way out, unless it holds. A new treatment waits for one to be renewed. */
export async function requireConsent(
  ctx: Context<Studies>,
  subjectId: string,
  scope: ConsentScope = "participation",
): Promise<ConsentHeld> {
  const standing = await ctx.ask("consent.standing", { subjectId, scope });
  if (standing === null) return "kept elsewhere";
  if (standing === "given" || standing === "not-required") return standing;
  throw Problem.refused(
    standing === "withdrawn"
      ? "The consent was withdrawn: this person goes no further. Note that in the screening log."
      : "The consent is not there yet, or has to be renewed. Obtain it under Consent, then go on here.",
  );
}
export type ConsentHeld = "given" | "not-required" | "kept elsewhere";
