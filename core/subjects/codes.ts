/** Codes with a running number: "01-S0042". A number is never given twice, also not when its holder has left. */
import { and, desc, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { Context } from "../module.ts";
import { subjects } from "../tenancy/tables.ts";
import { takeTurn } from "../tenancy/turn.ts";

/**
 * The next code behind this stem, of those that the asker sees. Four digits, and more once they are used up. Who asks at
 * the same moment waits until this transaction is over, so that two never get the same.
 */
export async function nextCode(ctx: Pick<Context, "db" | "workspace">, stem: string): Promise<string> {
  await takeTurn(ctx, `code ${stem}`);
  const last = await ctx.db.first(lastBehind, { stem });
  const number = Number(last?.code.slice(stem.length) ?? 0) + 1;
  return stem + String(number).padStart(4, "0");
}

const lastBehind = query<{ stem: string }>()((db, $) =>
  db
    .select({ id: subjects.id, code: subjects.code })
    .from(subjects)
    .where(
      and(
        sql`starts_with(${subjects.code}, ${$.stem}::text)`,
        sql`substr(${subjects.code}, length(${$.stem}::text) + 1) ~ '^[0-9]{4,9}$'`,
      ),
    )
    .orderBy(desc(sql`length(${subjects.code})`), desc(subjects.code))
    .limit(1),
);
