/**
 * The cookie of a device on which someone has signed in before. A stranger's guesses count against strange devices, so
 * they cannot lock the owner out of his own (security.md, R16). It opens nothing: without the password it is nothing.
 *
 * `<name>.<mark>.<mark>…`: a mark for each of the people who last signed in here, since wards share computers. A mark is
 * bound to the person and the name, and says who he is to nobody. The name's second half proves that it was given here,
 * before anybody is looked for.
 */
import { derive, equalInConstantTime, randomToken } from "../vault/primitives.ts";

const PEOPLE = 8;
const MARK = 22;
const OWN = 22;
const PROOF = 21;

export interface DeviceOwner {
  readonly tenantId: string;
  readonly personId: string;
}

/** What tells this device from others, of those on which somebody signed in here; null for any other. */
export function nameOfDevice(secretKey: string, cookie: string | null): string | null {
  return parse(secretKey, cookie).name;
}

export function isKnownDevice(secretKey: string, cookie: string | null, owner: DeviceOwner): boolean {
  const { name, marks } = parse(secretKey, cookie);
  if (!name) return false;
  const own = markOf(secretKey, name, owner);
  return marks.map((mark) => equalInConstantTime(mark, own)).includes(true);
}

/** The cookie's value once this person has signed in here; what it knew before is kept. */
export function rememberDevice(secretKey: string, cookie: string | null, owner: DeviceOwner): string {
  const { name, marks } = parse(secretKey, cookie);
  const token = name ?? newName(secretKey);
  const own = markOf(secretKey, token, owner);
  return [token, own, ...marks.filter((mark) => mark !== own)].slice(0, PEOPLE + 1).join(".");
}

function parse(secretKey: string, cookie: string | null): { name: string | null; marks: readonly string[] } {
  const nobody = { name: null, marks: [] };
  if (!cookie || cookie.length > 300 || !/^[\w-]{43}(\.[\w-]{22})+$/.test(cookie)) return nobody;
  const [name = "", ...marks] = cookie.split(".");
  const own = name.slice(0, OWN);
  return equalInConstantTime(name.slice(OWN), proofOf(secretKey, own))
    ? { name, marks: marks.slice(0, PEOPLE) }
    : nobody;
}

function newName(secretKey: string): string {
  const own = randomToken(16);
  return own + proofOf(secretKey, own);
}

const proofOf = (secretKey: string, own: string): string => signed(secretKey, own).slice(0, PROOF);

const markOf = (secretKey: string, name: string, { tenantId, personId }: DeviceOwner): string =>
  signed(secretKey, `${name}|${tenantId}|${personId}`).slice(0, MARK);

const signed = (secretKey: string, text: string): string =>
  derive(derive(secretKey, "device"), text).toString("base64url");
