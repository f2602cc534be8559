/**
 * The cookie of a device on which someone has signed in before. A stranger's guesses count against strange devices, so
 * they cannot lock the owner out of his own (security.md, R16). It opens nothing: without the password it is nothing.
 *
 * `<random>.<mark>.<mark>…`: a mark for each of the people who last signed in here, since wards share computers. A mark
 * is bound to the person and the random part, and says who he is to nobody.
 */
import { derive, equalInConstantTime, randomToken } from "../vault/primitives.ts";

const PEOPLE = 8;
const MARK = 22;

export interface DeviceOwner {
  readonly tenantId: string;
  readonly personId: string;
}

export function isKnownDevice(secretKey: string, cookie: string | null, owner: DeviceOwner): boolean {
  const { random, marks } = parse(cookie);
  if (!random) return false;
  const own = markOf(secretKey, random, owner);
  return marks.map((mark) => equalInConstantTime(mark, own)).includes(true);
}

/** The cookie's value once this person has signed in here; what it knew before is kept. */
export function rememberDevice(secretKey: string, cookie: string | null, owner: DeviceOwner): string {
  const { random, marks } = parse(cookie);
  const token = random ?? randomToken(32);
  const own = markOf(secretKey, token, owner);
  return [token, own, ...marks.filter((mark) => mark !== own)].slice(0, PEOPLE + 1).join(".");
}

function parse(cookie: string | null): { random: string | null; marks: readonly string[] } {
  if (!cookie || cookie.length > 300 || !/^[\w-]{43}(\.[\w-]{22})+$/.test(cookie)) return { random: null, marks: [] };
  const [random = null, ...marks] = cookie.split(".");
  return { random, marks: marks.slice(0, PEOPLE) };
}

function markOf(secretKey: string, random: string, { tenantId, personId }: DeviceOwner): string {
  return derive(derive(secretKey, "device"), `${random}|${tenantId}|${personId}`).toString("base64url").slice(0, MARK);
}
