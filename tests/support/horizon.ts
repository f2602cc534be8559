import { until } from "../core/jobs/until.ts";

const OVER = "select coalesce(max(xid) < pg_snapshot_xmin(pg_current_snapshot()), true) as over from core.audit_events";

/**
 * Until all that the record holds can be sealed: a transaction of another test's database holds the whole cluster's horizon,
 * and what is younger waits for its end.
 */
export const canBeSealed = (
  ask: (text: string) => PromiseLike<readonly { readonly over?: unknown }[]>,
): Promise<boolean> =>
  until("the end of other tests' transactions", async () => (await ask(OVER))[0]?.over === true, 30_000);
