/** What the module answers to the others: may it be done for this subject now? */
import { type Context, consentScopes, type Questions } from "@core/module.ts";
import type { Econsent } from "./names.ts";
import { isScope, standingFor } from "./standing.ts";
import { duesOf, standingsOf } from "./store/consents.ts";
import { dayOf } from "./versions.ts";

type Asked = Questions["consent.standing"];

/** A scope that nobody knows is never given. Whoever may not see the subject is told "pending". */
export async function consentStanding(
  { subjectId, scope = "participation" }: Asked["ask"],
  ctx: Context<Econsent>,
): Promise<Asked["reply"]> {
  if (!isScope(scope, consentScopes)) return "pending";
  const rows = await ctx.db.all(standingsOf, { subjectId });
  return standingFor(scope, rows, await ctx.db.all(duesOf, { subjectId }), dayOf(ctx.now));
}
