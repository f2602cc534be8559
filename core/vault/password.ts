/**
 * Passwords under argon2id, 46 MiB and one pass (OWASP's first choice). Each takes a core for tens of milliseconds, so
 * at most cores − 1 run at a time, 50 wait, and the next is told that it is busy: sign-ins never starve the pages.
 */
import { availableParallelism } from "node:os";
import { TooBusy } from "./errors.ts";
import { randomToken } from "./primitives.ts";

const ARGON2ID = { algorithm: "argon2id", memoryCost: 47_104, timeCost: 1 } as const;
const WAITING = 50;

export interface BoundedQueue {
  <T>(act: () => Promise<T>): Promise<T>;
  /** How many wait. */
  readonly waiting: number;
}

/**
 * Runs at most `inFlight` at once, keeps at most `waiting` in line, refuses the rest with TooBusy. While `isCrowded`, each
 * place rests as long as it worked: what comes in such numbers gets half of what it could.
 */
export function boundedQueue(inFlight: number, waiting: number, isCrowded = () => false): BoundedQueue {
  let running = 0;
  const line: (() => void)[] = [];
  const handOver = () => {
    // The place is handed over rather than freed, so that a newcomer cannot slip in before the one who waited.
    const next = line.shift();
    if (next) next();
    else running--;
  };
  const run = async <T>(act: () => Promise<T>): Promise<T> => {
    if (running >= inFlight) {
      if (line.length >= waiting) throw new TooBusy();
      await new Promise<void>((go) => line.push(go));
    } else {
      running++;
    }
    const since = performance.now();
    try {
      return await act();
    } finally {
      if (isCrowded()) setTimeout(handOver, performance.now() - since);
      else handOver();
    }
  };
  return Object.defineProperty(run, "waiting", { get: () => line.length }) as unknown as BoundedQueue;
}

const queue = boundedQueue(Math.max(1, availableParallelism() - 1), WAITING);
let nobody: Promise<string> | undefined;

export function hashPassword(password: string): Promise<string> {
  return queue(() => Bun.password.hash(prepared(password), ARGON2ID));
}

/**
 * Whether the password is the one behind `hash`. Without an account (null) a made-up hash is checked all the same, so
 * that the time taken does not tell whether the account exists; the answer is then always false.
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  nobody ??= hashPassword(randomToken(32)).catch((error) => {
    nobody = undefined;
    throw error;
  });
  const dummy = await nobody;
  const matches = await queue(() => Bun.password.verify(prepared(password), hash ?? dummy).catch(() => false));
  return matches && hash !== null;
}

/** True when the hash was made with other costs than today's: hash again at the next successful sign-in. */
export function isOutdatedHash(hash: string): boolean {
  return !hash.startsWith(`$argon2id$v=19$m=${ARGON2ID.memoryCost},t=${ARGON2ID.timeCost},`);
}

/** The same password typed on two keyboards is the same bytes. Empty ones are for the caller's form to refuse. */
function prepared(password: string): string {
  return password.normalize("NFKC");
}
