/** What comes before anything else: a session that owes something reaches the one page where it can give it, and the way out. */
import { Problem, type ProblemCode } from "../problem.ts";
import type { Arrival, Owed } from "./door.ts";

/** Where each debt is paid. */
const ways = {
  second: "/sign-in/second",
  enrolment: "/account/second",
  password: "/account/password",
} as const satisfies Readonly<Record<Owed, string>>;

/** Somebody who waits for approval reads his own status, and nothing else. */
export const STATUS = "/account/status";

/** Throws Problem "from-outside", "second", "enrolment", "password" or "forbidden"; core.arrive has emptied `may` already. */
export function requireNothingOwed({ session, person }: Arrival, pattern: string): void {
  if (session.outside) throw new Problem("from-outside");
  const { owes } = session;
  if (owes && !isUnder(pattern, ways[owes])) throw new Problem(owes);
  if (!owes && person.status !== "active" && !isUnder(pattern, STATUS)) throw new Problem("forbidden");
}

/** The page that has to come first; null for every other kind of problem. */
export function wayFirst(code: ProblemCode): string | null {
  return Object.hasOwn(ways, code) ? ways[code as Owed] : null;
}

/** Where a session that was just opened goes. */
export function firstPage({ session, person }: Arrival, to: string): string {
  const back = to === "/" ? "" : `?to=${encodeURIComponent(to)}`;
  if (session.owes) return `${ways[session.owes]}${back}`;
  return pageOf(person, to);
}

/** Once nothing is owed. */
export const pageOf = ({ status }: Pick<Arrival["person"], "status">, to: string): string =>
  status === "active" ? to : STATUS;

const isUnder = (pattern: string, way: string) => pattern === way || pattern.startsWith(`${way}/`);
