/**
 * Before a file leaves: how many of them, and for one that holds a whole group, the pass that its taker was given when he
 * said why and signed (core/admin/export-passes.tsx). A pass is good for one file as it was asked for, in the session that
 * asked, once, within 24 hours.
 */
import type { Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import type { Actor } from "../module.ts";
import { Problem } from "../problem.ts";
import type { Lease } from "../tenancy/lease.ts";

/** In the address of the file. */
export const PASS = "download-pass";

/** One after the other a person may take thirty, then one every two seconds: nobody's day needs more. */
const PACE = { everySeconds: 2, burst: 30 };
/** Of one process at a time: the other leases are for those who only look at a page. */
const MOST_AT_ONCE = 6;
const underWay = new WeakMap<House, number>();

export async function requirePace(house: House, tenantId: string, actor: Actor): Promise<void> {
  if (actor.id === null) return;
  if (!(await house.door.takeTurn(tenantId, `export:${actor.id}`, PACE)))
    throw new Problem("too-many", "You took out very many files just now. Wait a minute, then go on.");
}

/** While it runs a place is taken; there are so many and no queue behind them. */
export async function inTurn<T>(house: House, work: () => Promise<T>): Promise<T> {
  const count = underWay.get(house) ?? 0;
  if (count >= MOST_AT_ONCE)
    throw new Problem("busy", "Several files are being made just now. Try again in a few seconds.");
  underWay.set(house, count + 1);
  try {
    return await work();
  } finally {
    underWay.set(house, (underWay.get(house) ?? 1) - 1);
  }
}

export interface Asked {
  /** The file's address, with all that was chosen, without the pass. */
  readonly path: string;
  readonly pass: string | null;
}

/** Answers the reason that was given. Throws: the way to the question, or 410 for a pass that is spent, old or another's. */
export async function requirePass(
  lease: Lease,
  trail: Trail,
  { path, pass }: Asked,
  name: string,
  ask: string,
): Promise<string> {
  if (pass === null) {
    const problem = new Problem("asked");
    problem.way = `${ask}?${new URLSearchParams({ name, for: path })}`;
    throw problem;
  }
  const [found] = await lease.rows(
    `select reason from core.export_passes where id = $1::uuid and name = $2 and path = $3
       and session_ref = (core.context())[7] and used_at is null and until_at > clock_timestamp()`,
    [pass, name, path],
  );
  if (!found) throw new Problem("gone", SPENT);
  trail.alongside(async (closing) => {
    const spent = await closing.rows(
      "update core.export_passes set used_at = clock_timestamp() where id = $1::uuid returning id",
      [pass],
    );
    if (spent.length !== 1) throw new Problem("gone", SPENT);
  });
  return String(found[0]);
}

const SPENT =
  "This file was fetched already, or its 24 hours are over, or it was asked for in another session. Ask for it again.";

/** After the file is made and before it is handed out. */
export async function requireSession(lease: Lease): Promise<void> {
  const [row] = await lease.rows("select core.session_lives()");
  if (row?.[0] !== true)
    throw new Problem("sign-in", "Your session ended while the file was being made, so it was not handed out.");
}
