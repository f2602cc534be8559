/**
 * After a restore into another cluster transaction numbers begin anew, and "older than every running transaction" means
 * nothing for the old rows. Rebasing verifies what is sealed, seals the rest while nobody can write, and begins a new era
 * with a signed checkpoint that says so.
 */
import type { Connection } from "../db/connection.ts";
import { quoteName, type Roles } from "../db/roles.ts";
import { Refusal } from "../refusal.ts";
import { LeasePool } from "../tenancy/lease.ts";
import { signingKey } from "../vault/signing.ts";
import { originOf, readState, sealRows, takeUnsealed } from "./sealer.ts";
import { verifyRecord } from "./verifier.ts";

export interface Rebased {
  readonly era: number;
  readonly verified: number;
  readonly sealed: number;
  readonly checkpoint: number;
}

/** With the owner's rights. Throws a Refusal when nothing has moved, or when the sealed part does not verify. */
export async function rebaseRecord(
  owner: Connection,
  roles: Roles,
  { secretKey, baseUrl }: { readonly secretKey: string; readonly baseUrl: string },
): Promise<Rebased> {
  const key = signingKey(secretKey, "audit");
  const pool = new LeasePool(owner, 1);
  try {
    return await pool.transact({ after: `set local role ${quoteName(roles.owner)}` }, async (lease) => {
      await lease.rows("select pg_advisory_xact_lock(hashtextextended('cairn.seal', 0))");
      await lease.rows("lock table core.audit_events in share row exclusive mode");
      const state = await readState(lease);
      if (state.systemId === null || (state.systemId === state.currentSystemId && state.watermark <= state.horizon)) {
        throw new Refusal("The record is where it was sealed: there is nothing to rebase.");
      }
      const verdict = await verifyRecord(lease, key.publicKey);
      const [first] = verdict.findings.filter(({ leaf, eventId }) => leaf !== null || eventId === null);
      if (first) throw new Refusal(`The restored record does not verify, so nothing was changed. ${first.sentence}`);

      const era = state.era + 1;
      const rows = [...(await takeUnsealed(lease))];
      // The change itself is an event, so that there is something to seal and something to read.
      await lease.rows(
        `insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_id, actor_name, request_id, act, event, sentence, outcome, status, detail)
         select t.tenant_id, null, 'system', null, 'Cairn', gen_random_uuid(), 'cairn audit rebase', 'core.record_rebased',
           'The record was verified and sealed anew after it came to another database server', 'done', 200, $1::jsonb
         from core.tenants t`,
        [JSON.stringify({ era, from: state.systemId, to: state.currentSystemId })],
      );
      const all = await takeUnsealed(lease);
      if (all.length === 0) throw new Refusal("There is no institution yet, and no record to rebase.");
      const checkpoint = await sealRows(lease, key, state, all, {
        origin: originOf(baseUrl),
        complete: true,
        rebased: `from ${state.systemId} to ${state.currentSystemId}, ${rows.length} events sealed under lock`,
        era,
      });
      await lease.rows(`alter table core.audit_events alter column era set default ${era}`);
      await lease.rows(
        "update core.audit_state set era = $1::int, system_id = $2, watermark = pg_snapshot_xmin(pg_current_snapshot())",
        [era, state.currentSystemId],
      );
      return { era, verified: verdict.events, sealed: rows.length, checkpoint };
    });
  } finally {
    await pool.end();
  }
}
