/** Taking consent back: recorded once, holding at once, and told to everything that acts on it in the same transaction. */
import type { ConsentScope, Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { inWords } from "./completing.ts";
import type { Econsent } from "./names.ts";
import { standingFor } from "./standing.ts";
import {
  addStandings,
  addWithdrawal,
  entriesOf,
  invitationsOf,
  participantById,
  standingsOf,
} from "./store/consents.ts";
import { withdrawals } from "./tables.ts";
import { dayOf } from "./versions.ts";
import { newlyWithdrawn, scopesOf } from "./withdrawal.ts";

export interface TakingBack {
  readonly subjectId: string;
  readonly chosen: readonly ConsentScope[];
  readonly reason: string | null;
  readonly told: "portal" | "in_person" | "telephone" | "letter";
  /** The link by which it is done now: it shows the answer. */
  readonly keepLink?: string;
}

export async function takeBack(ctx: Context<Econsent>, { subjectId, chosen, reason, told, keepLink }: TakingBack) {
  const rows = await ctx.db.all(standingsOf, { subjectId });
  const wanted = scopesOf(chosen);
  const standing = new Set(wanted.filter((scope) => standingFor(scope, rows, [], dayOf(ctx.now)) === "given"));
  const scopes = newlyWithdrawn(wanted, standing);
  if (scopes.length === 0)
    throw Problem.refused("Nothing of this stands: it was not given, or was taken back already.");
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addWithdrawal, {
    id,
    subjectId,
    scopes,
    reason: reason ? await ctx.seal(withdrawals.reason, reason, { row: id, subject: subjectId }) : null,
    told,
  });
  await ctx.db.all(
    addStandings(scopes.map((scope) => ({ subjectId, scope, state: "withdrawn" as const, completionId: null }))),
    {},
  );
  if (scopes.includes("participation")) await shutWays(ctx, subjectId, keepLink);
  const { code } = await ctx.db.one(participantById, { id: subjectId });
  ctx.audit("econsent.withdrawn", { subjectId, subject: code, scopes: inWords(scopes) });
  await ctx.happen("consent.withdrawn", { subjectId, scopes });
  return scopes;
}

/** Ways to sign are shut; the way to one's own page stays, with the copies in it. */
async function shutWays(ctx: Context<Econsent>, subjectId: string, keep?: string): Promise<void> {
  for (const { linkId, signerId } of await ctx.db.all(invitationsOf, { subjectId }))
    if (signerId && linkId !== keep) await endLink(ctx, linkId);
  for (const { linkId, signerId } of await ctx.db.all(entriesOf, { subjectId }))
    if (signerId && linkId !== keep) await endLink(ctx, linkId);
}
