/**
 * So many sign-ins by password are under way at once, so many wait, and the next is told so (TooBusy). Devices on which
 * somebody signed in before have a lane of their own: who belongs here is not behind those who try from everywhere.
 */
import { boundedQueue } from "../vault/password.ts";

type Run = <T>(act: () => Promise<T>) => Promise<T>;

export interface Lane {
  readonly whole: Run;
  /** The check of the password alone. */
  readonly check: Run;
}
export interface SignInLanes {
  readonly known: Lane;
  readonly strange: Lane;
}

/** Four under way keep a check of a password always going while the others speak with the database. */
const UNDER_WAY = 4;
/** More strangers in line than a few people at new computers are: from here on they leave the cores to those inside. */
const CROWD = 16;
export function openSignInLanes(): SignInLanes {
  const strangers = boundedQueue(UNDER_WAY, 50);
  return {
    known: { whole: boundedQueue(UNDER_WAY, 200), check: (act) => act() },
    strange: { whole: strangers, check: boundedQueue(1, UNDER_WAY, () => strangers.waiting > CROWD) },
  };
}
