/** What the module answers to the others: may it be done for this subject now? */
import { type Context, consentScopes, type Questions } from "@core/module.ts";
import type { Econsent } from "./names.ts";
import { isScope, standingFor } from "./standing.ts";
import { allDues, allParticipants, allStandings, duesOf, standingsOf } from "./store/consents.ts";
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

/** Everybody whom the asker can see, also those who were never asked. */
export async function consentStandings(
  { scope = "participation" }: Questions["consent.standings"]["ask"],
  ctx: Context<Econsent>,
): Promise<Questions["consent.standings"]["reply"]> {
  const rows = Map.groupBy(await ctx.db.all(allStandings, {}), ({ subjectId }) => subjectId);
  const dues = Map.groupBy(await ctx.db.all(allDues, {}), ({ subjectId }) => subjectId);
  const today = dayOf(ctx.now);
  return new Map(
    (await ctx.db.all(allParticipants, {})).map(({ id }) => [
      id,
      isScope(scope, consentScopes) ? standingFor(scope, rows.get(id) ?? [], dues.get(id) ?? [], today) : "pending",
    ]),
  );
}
