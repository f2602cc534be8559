/** "Sealed in checkpoint 12 at …": for the page of one event. */
import { and, eq, sql } from "drizzle-orm";
import { bigint, pgSchema, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";

const core = pgSchema("core");

const leaves = core.table(
  "audit_leaves",
  {
    tenantId: uuid("tenant_id").notNull(),
    seq: bigint("seq", { mode: "number" }).notNull(),
    eventId: bigint("event_id", { mode: "number" }).notNull(),
    checkpoint: bigint("checkpoint", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.seq] })],
);
const checkpoints = core.table("audit_checkpoints", {
  id: bigint("id", { mode: "number" }).primaryKey(),
  at: timestamp("at", { withTimezone: true }).notNull(),
  note: text("note").notNull(),
});

export interface Seal {
  /** The event's leaf in the institution's tree, counted from 0. */
  readonly leaf: number;
  readonly checkpoint: number;
  readonly at: Date;
}

const byEvent = query<{ eventId: string }>()((db, $) =>
  db
    .select({ leaf: leaves.seq, checkpoint: checkpoints.id, at: checkpoints.at })
    .from(leaves)
    .innerJoin(checkpoints, eq(checkpoints.id, leaves.checkpoint))
    .where(and(eq(leaves.tenantId, sql`core.tenant()`), eq(leaves.eventId, sql`${$.eventId}::bigint`))),
);

/** Null while the event waits for the next round, and for someone who may not read the record. */
export async function sealOf(ctx: Pick<Context, "db">, eventId: string): Promise<Seal | null> {
  return ctx.db.first(byEvent, { eventId });
}
