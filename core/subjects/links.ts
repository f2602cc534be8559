/** Links of subjects without an account, after they were made: how long they live, and their end. */
import { and, eq, isNull } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { clock, portalLinks } from "../tenancy/tables.ts";

/** Bites on the next request by this link. */
export async function endLink(ctx: Context, id: string): Promise<void> {
  await ctx.db.all(end, { id });
}

/** A link that is in use lives on; one that has ended stays ended. */
export async function prolongLink(ctx: Context, id: string, until: Date): Promise<void> {
  await ctx.db.all(prolong, { id, until });
}

const live = isNull(portalLinks.revokedAt);
const returned = { id: portalLinks.id, subjectId: portalLinks.subjectId };
const end = query<{ id: string }>()((db, $) =>
  db
    .update(portalLinks)
    .set({ revokedAt: clock() })
    .where(and(eq(portalLinks.id, $.id), live))
    .returning(returned),
);
const prolong = query<{ id: string; until: Date }>()((db, $) =>
  db
    .update(portalLinks)
    .set({ untilAt: $.until as never })
    .where(and(eq(portalLinks.id, $.id), live))
    .returning(returned),
);
