/** Jobs enter the queue inside the transaction of the act that needs them: what is rolled back was never asked for. */
import type { Enqueue } from "../house.ts";

/** core.enqueue stamps the institution and the workspace from the signed context; nobody can queue for another. */
export const enqueue: Enqueue = async (lease, job, payload, at, asks = false) => {
  await lease.rows(`select ${asks ? "core.enqueue_asking" : "core.enqueue"}($1, $2::jsonb, $3::timestamptz)`, [
    job,
    JSON.stringify(payload),
    at?.toISOString() ?? null,
  ]);
};
