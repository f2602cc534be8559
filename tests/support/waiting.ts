/** For races: who waits for a lock of the database, told by the database itself, so that no test has to guess when. */
import type { World } from "./world.ts";

/** Until so many connections of this database wait for a lock. */
export async function waitFor(world: Pick<World, "sql">, connections: number): Promise<void> {
  for (;;) {
    const [row] = await world.sql<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if ((row?.count ?? 0) >= connections) return;
    await Bun.sleep(20);
  }
}

/** True once this act waits, with `connections` in all; false when it is over without having waited. */
export const waits = (world: Pick<World, "sql">, act: Promise<unknown>, connections = 1): Promise<boolean> =>
  Promise.race([
    act.then(
      () => false,
      () => false,
    ),
    waitFor(world, connections).then(() => true),
  ]);
