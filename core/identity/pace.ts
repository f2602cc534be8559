/** How often the doors may be tried from one place, whatever is tried there (core.take_turn). Accounts lock on their own. */
import type { Knock } from "../context.ts";
import { Problem } from "../problem.ts";
import type { Pace } from "./door.ts";

export const paces = {
  // A hospital stands behind one address: a whole shift may sign in at once, and one a second after that.
  "sign-in": { everySeconds: 1, burst: 120 },
  link: { everySeconds: 10, burst: 30 },
  // To one mailbox: nobody's is filled.
  mail: { everySeconds: 300, burst: 3 },
  // Links of people without an account that lead nowhere: a mail opened late, or somebody who guesses.
  "dead-link": { everySeconds: 2, burst: 300 },
} as const satisfies Readonly<Record<string, Pace>>;

/** Throws Problem "too-many" when this address has tried too often. */
export async function requireTurn({ house, incoming, visit }: Knock, door: "sign-in" | "link"): Promise<void> {
  const bucket = `${door}:${networkOf(incoming.peer)}`;
  if (!(await house.door.takeTurn(visit.tenant.id, bucket, paces[door]))) {
    throw new Problem("too-many", "Too many people tried to sign in from your network just now. Wait a minute.");
  }
}

/** The address, or for IPv6 the /64 it is in: there one subscriber has as many addresses as he likes. */
export function networkOf(address: string | null): string {
  if (!address) return "unknown";
  if (!address.includes(":")) return address;
  if (!URL.canParse(`http://[${address}]`)) return "unknown";
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const left = head.split(":").filter(Boolean);
  const right = (tail ?? "").split(":").filter(Boolean);
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return `${[...left, ...middle, ...right].slice(0, 4).join(":")}::/64`;
}
