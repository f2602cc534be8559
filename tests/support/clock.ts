/** For jobs that the clock begins. */
import type { World } from "./world.ts";

/**
 * As the worker does when it comes to a tick, at once: it looks for ticks every five seconds only. That it does is seen in
 * tests/core/jobs/worker.test.ts.
 */
export const strike = (world: Pick<World, "sql">, job: string): Promise<unknown> =>
  world.sql("select core.fan_out(gen_random_uuid(), $1, $2)", [job, job.split(".")[0]]);
