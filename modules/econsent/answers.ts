/** What the module answers to the others: may it be done for this subject now? */
import { type Context, consentScopes, type Questions } from "@core/module.ts";
import type { Econsent } from "./names.ts";
import { isScope, standingFor } from "./standing.ts";
import {
  allDues,
  allParticipants,
  allStandings,
  duesAmong,
  duesOf,
  participantsAmong,
  standingsAmong,
  standingsOf,
} from "./store/consents.ts";
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

/** Everybody whom the asker can see, also those who were never asked; of a few who are named nobody else is read. */
export async function consentStandings(
  { scope = "participation", subjects }: Questions["consent.standings"]["ask"],
  ctx: Context<Econsent>,
): Promise<Questions["consent.standings"]["reply"]> {
  const ids = subjects && JSON.stringify(subjects);
  const { db } = ctx;
  const stand = ids ? await db.all(standingsAmong, { ids }) : await db.all(allStandings, {});
  const waiting = ids ? await db.all(duesAmong, { ids }) : await db.all(allDues, {});
  const people = ids ? await db.all(participantsAmong, { ids }) : await db.all(allParticipants, {});
  const rows = Map.groupBy(stand, ({ subjectId }) => subjectId);
  const dues = Map.groupBy(waiting, ({ subjectId }) => subjectId);
  const today = dayOf(ctx.now);
  return new Map(
    people.map(({ id }) => [
      id,
      isScope(scope, consentScopes) ? standingFor(scope, rows.get(id) ?? [], dues.get(id) ?? [], today) : "pending",
    ]),
  );
}
