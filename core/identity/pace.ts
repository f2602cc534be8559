/**
 * How often the doors may be tried, whatever is tried there (core.take_turn): from one network, and from all networks
 * together at one institution. Both go by the institution's class. Accounts lock on their own (core.begin_attempt).
 */
import type { Knock } from "../context.ts";
import { Problem } from "../problem.ts";
import { sha256 } from "../vault/primitives.ts";
import type { Pace, Tenant } from "./door.ts";

export type PacedDoor = "sign-in" | "link" | "register" | "portal";
type Paces = Readonly<Record<PacedDoor, { readonly network: Pace; readonly institution: Pace }>>;

export const paces: Readonly<Record<Tenant["profile"], Paces>> & { readonly device: Pace; readonly mail: Pace } = {
  // A hospital stands behind one address: a whole shift may sign in at once, and one a second after that.
  standard: {
    "sign-in": { network: { everySeconds: 1, burst: 120 }, institution: { everySeconds: 0.2, burst: 1_200 } },
    link: { network: { everySeconds: 10, burst: 30 }, institution: { everySeconds: 1, burst: 300 } },
    register: { network: { everySeconds: 60, burst: 20 }, institution: { everySeconds: 10, burst: 200 } },
    portal: { network: { everySeconds: 2, burst: 60 }, institution: { everySeconds: 0.2, burst: 1_200 } },
  },
  // A few dozen people try the product out.
  pilot: {
    "sign-in": { network: { everySeconds: 2, burst: 90 }, institution: { everySeconds: 0.5, burst: 400 } },
    link: { network: { everySeconds: 10, burst: 30 }, institution: { everySeconds: 5, burst: 100 } },
    register: { network: { everySeconds: 120, burst: 10 }, institution: { everySeconds: 30, burst: 50 } },
    portal: { network: { everySeconds: 2, burst: 60 }, institution: { everySeconds: 0.5, burst: 400 } },
  },
  // On one device where somebody signed in before: a ward's, where the shifts change.
  device: { everySeconds: 5, burst: 60 },
  // To one mailbox: nobody's is filled.
  mail: { everySeconds: 300, burst: 3 },
};

type Where = {
  readonly house: Pick<Knock["house"], "turns">;
  readonly incoming: { readonly peer: string | null };
  readonly visit: { readonly tenant: Pick<Tenant, "id" | "profile" | "name"> };
};

/** Throws Problem "too-many" when this network has tried too often. */
export async function requireTurn({ house, incoming, visit }: Where, door: PacedDoor): Promise<void> {
  const bucket = `${door}:${networkOf(incoming.peer)}`;
  const { network } = paces[visit.tenant.profile][door];
  if (!(await house.turns.take(visit.tenant.id, bucket, network)))
    throw new Problem("too-many", "Too many people tried this from your network just now. Wait a minute.");
}

/**
 * Throws when the institution's door was tried too often by strangers, from wherever. It is not asked for a device on
 * which somebody signed in before, nor for a sign-in service or a passkey: a flood keeps nobody out who belongs there.
 */
export async function requireTurnOfAll({ house, visit }: Omit<Where, "incoming">, door: PacedDoor): Promise<void> {
  const { id, name, profile } = visit.tenant;
  if (!(await house.turns.take(id, `${door}:everywhere`, paces[profile][door].institution)))
    throw new Problem(
      "too-many",
      `Very many people are trying this at ${name} just now. Wait a minute, or use a device on which you signed in before.`,
    );
}

/** Is it this device's turn? Who has none left is not sent away: he stands with the strangers. */
export const hasTurnOfDevice = ({ house, visit }: Omit<Where, "incoming">, device: string): Promise<boolean> =>
  house.turns.take(visit.tenant.id, `sign-in:device:${sha256(device).toString("hex").slice(0, 32)}`, paces.device);

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
