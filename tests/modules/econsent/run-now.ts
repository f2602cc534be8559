/** Begins a module's job in every study now, as the clock would, and waits until it is done here. */
import { until } from "../../core/jobs/until.ts";
import { strike } from "../../support/clock.ts";
import type { Study } from "./study.ts";

export async function runNow(house: Study, job: string): Promise<void> {
  const done = async () =>
    (
      await house.rows(
        "select from core.audit_events where actor_name = $1 and workspace_id = $2 and outcome = 'done'",
        [`system:${job}`, house.workspace.id],
      )
    ).length;
  const before = await done();
  await strike(house.world, job);
  await until(job, async () => (await done()) > before).catch(async (error) => {
    const [last] = (await house.world.trail()).filter(({ actor_name }) => actor_name === `system:${job}`);
    throw new Error(`${error.message}: ${last?.sentence ?? "it was never begun"}`);
  });
}
