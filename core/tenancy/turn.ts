/** One after the other: what must not happen twice at once in a workspace, such as giving the next number. */
import { eq, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { workspaces } from "./tables.ts";

/** Waits for whoever has this turn, and keeps it until the end of the transaction. */
export async function takeTurn(ctx: Pick<Context, "db" | "workspace">, name: string): Promise<void> {
  await ctx.db.all(turn, { workspace: ctx.workspace.id, name });
}

const turn = query<{ workspace: string; name: string }>()((db, $) =>
  db
    .select({
      id: workspaces.id,
      turn: sql`pg_advisory_xact_lock(hashtextextended(${workspaces.id}::text || ${$.name}::text, 0))::text`,
    })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);
