/**
 * What a participant agreed to, asked before anything is done to him. Where no module of this study keeps consents the
 * answer is null: consent is then kept outside of this program, which the pages say.
 */
import { type ConsentScope, type Context, consentScopes } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Studies } from "./names.ts";

type Asking = Pick<Context<Studies>, "ask">;

/** `what`: "nobody is randomised". An answer that is not plainly yes is a no. */
export async function requireConsent(ctx: Asking, subjectId: string, scope: ConsentScope, what: string): Promise<void> {
  const standing = await ctx.ask("consent.standing", { subjectId, scope });
  if (standing === null || standing === "given" || standing === "not-required") return;
  throw Problem.refused(
    standing === "withdrawn"
      ? `Consent to this was withdrawn or never given: ${what} without it.`
      : `The consent is pending, or has to be renewed first: ${what} without one that holds.`,
  );
}

/** New data. A form that was begun under a consent goes on while that is renewed, and never after it was withdrawn. */
export async function requireConsentToData(ctx: Asking, subjectId: string, isBegun: boolean): Promise<void> {
  if (isBegun && (await ctx.ask("consent.standing", { subjectId, scope: "new-data" })) === "pending") return;
  await requireConsent(ctx, subjectId, "new-data", "nothing new may be entered");
}

/** Who may be in a file; null: nobody here keeps consents, so nobody is left out. */
export async function agreedTo(
  ctx: Asking,
  use: "study" | "others",
): Promise<{ readonly subjects: readonly string[]; readonly leftOut: number } | null> {
  const all = await ctx.ask("consent.standings", { scope: use === "others" ? "sharing" : "participation" });
  if (!all) return null;
  // What was collected until somebody left stays part of the study itself; it is given to nobody else.
  const good = use === "others" ? ["given", "not-required"] : ["given", "not-required", "withdrawn"];
  const subjects = [...all].filter(([, standing]) => good.includes(standing)).map(([id]) => id);
  return { subjects, leftOut: all.size - subjects.length };
}

/** What this participant did not agree to, in words for the page; null when nobody here keeps consents. */
export async function refusedOf(ctx: Asking, subjectId: string): Promise<ConsentScope[] | null> {
  const refused: ConsentScope[] = [];
  for (const scope of consentScopes) {
    const standing = await ctx.ask("consent.standing", { subjectId, scope });
    if (standing === null) return null;
    if (standing === "withdrawn") refused.push(scope);
  }
  return refused;
}
