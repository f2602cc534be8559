/** The queue's own schema. pg-boss knows its tables; that they are made, by whom and when, is the migration runner's. */
import { quoteName, type Roles } from "@core/db/roles.ts";
import meta from "pg-boss/package.json" with { type: "json" };
import type { Sql } from "postgres";

/** What pg-boss expects in `pgboss.version`. */
export const queueVersion: number = meta.pgboss.schema;

/**
 * Makes the schema `pgboss`, or brings it to this pg-boss's version, as the owner of the schemas and in one transaction.
 * Who may use it is said by migrations/core (jobs).
 */
export async function installQueue(sql: Sql, roles: Roles): Promise<void> {
  const found = await foundVersion(sql);
  if (found === queueVersion) return;
  // Loaded only now: a tenth of a second that every other start would pay for nothing.
  const { getConstructionPlans, getMigrationPlans } = await import("pg-boss");
  const text = found === null ? getConstructionPlans("pgboss") : getMigrationPlans("pgboss", found);
  await sql.unsafe(`set role ${quoteName(roles.owner)}`);
  try {
    // The text begins and commits its own transaction; when it fails, what it began is taken back.
    await sql.unsafe(text).simple();
  } catch (error) {
    await sql.unsafe("rollback");
    throw error;
  } finally {
    await sql.unsafe("reset role");
  }
}

async function foundVersion(sql: Sql): Promise<number | null> {
  const [table] = await sql`select to_regclass('pgboss.version') as name`;
  if (table?.name === null) return null;
  const [row] = await sql<{ version: number }[]>`select version from pgboss.version`;
  return row?.version ?? null;
}
