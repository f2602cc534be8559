/**
 * Letting go of the oldest part of the record. What may go is decided by the database (core.guard_record): nothing under
 * seven years, nothing under a legal hold, nothing without two people. Before it goes, it is verified and archived.
 */
import type { Connection } from "../db/connection.ts";
import { quoteName, type Roles } from "../db/roles.ts";
import { Refusal } from "../refusal.ts";
import { type Lease, LeasePool } from "../tenancy/lease.ts";

export interface Retirement {
  readonly tenantId: string;
  readonly before: Date;
  /** E-mail addresses of two people of the institution. */
  readonly approvers: readonly [string, string];
  readonly archiveSha256: Uint8Array;
  readonly reason: string;
}

/** How many leaves from the first on a retirement before this moment would cover. */
export async function retirableLeaves(lease: Lease, tenantId: string, before: Date): Promise<number> {
  const [row] = await lease.rows("select core.retirable($1::uuid, $2::text::timestamptz)::text", [
    tenantId,
    before.toISOString(),
  ]);
  return Number(row?.[0]);
}

/** Returns how many events went. Throws a Refusal with the database's own sentence when they may not. */
export async function retireRecord(owner: Connection, roles: Roles, retirement: Retirement): Promise<number> {
  const { tenantId, before, approvers, archiveSha256, reason } = retirement;
  const pool = new LeasePool(owner, 1);
  try {
    return await pool.transact({ after: `set local role ${quoteName(roles.owner)}` }, async (lease) => {
      const people: string[] = [];
      for (const email of approvers) {
        const [row] = await lease.rows(
          "select id::text from core.persons where tenant_id = $1::uuid and email = lower($2) and status = 'active'",
          [tenantId, email],
        );
        if (!row) throw new Refusal(`${email} has no active account in this institution. Name two people who have.`);
        people.push(String(row[0]));
      }
      const [gone] = await lease.rows(
        "select core.retire_record($1::uuid, $2::text::timestamptz, $3::uuid, $4::uuid, decode($5, 'hex'), $6)::text",
        [tenantId, before.toISOString(), people[0], people[1], Buffer.from(archiveSha256).toString("hex"), reason],
      );
      return Number(gone?.[0]);
    });
  } catch (error) {
    // 42501 with our own words: they speak of dates and people, never of what an event says.
    if (error instanceof Error && "code" in error && error.code === "42501") {
      throw new Refusal(`Nothing was retired: ${error.message}.`);
    }
    throw error;
  } finally {
    await pool.end();
  }
}
