/** Is this the person's second factor? A code of the authenticator app, or one of the recovery codes. */
import type { Knock } from "../context.ts";
import type { House } from "../house.ts";
import { Problem } from "../problem.ts";
import { openLocally } from "../vault/local-seal.ts";
import { plainRecoveryCode, stepOf } from "../vault/one-time-code.ts";
import { sha256 } from "../vault/primitives.ts";

/** "totp" names the seed as it is stored, "totp enrolment" one that is still on its way through a form. */
export const seedPlace = (purpose: "totp" | "totp enrolment", tenantId: string, personId: string) =>
  [purpose, tenantId, personId] as const;

export interface SecondGiven {
  /** As the record says it. */
  readonly what: string;
  /** Recovery codes that are left, when one was used. */
  readonly left: number | null;
}

/**
 * Counted before it is looked at, ten at most: a password that was guessed or stolen gives no hundred thousand tries at the
 * code. Throws Problem "too-many", or "invalid" with a sentence for the field `code`.
 */
export async function requireSecond({ house, visit }: Knock, typed: string): Promise<SecondGiven> {
  const { tenant, arrival } = visit;
  if (!arrival) throw new Problem("sign-in");
  const { id } = arrival.person;
  const code = typed.replace(/\s/g, "");
  if (code === "") throw Problem.invalid({ code: "Enter the six digits that the app shows now." });
  const bucket = `${id}:second`;
  if (!(await house.door.beginAttempt(tenant.id, bucket)))
    throw new Problem("too-many", "Too many wrong codes. Wait a quarter of an hour, then try again.");
  const given = /^\d{6}$/.test(code)
    ? await fromApp(house, tenant.id, id, code)
    : await fromPaper(house, tenant.id, id, code);
  await house.door.clearAttempts(tenant.id, bucket);
  return given;
}

async function fromApp(house: House, tenantId: string, personId: string, code: string): Promise<SecondGiven> {
  const found = await house.door.findTotp(tenantId, personId);
  const seed = found && openLocally(house.config.secretKey, seedPlace("totp", tenantId, personId), found.secret);
  const step = seed && stepOf(seed, code, new Date());
  if (!found || step === null)
    throw Problem.invalid({
      code: "That code does not fit. Take the one the app shows now; if it never fits, set the device's clock.",
    });
  if (!(await house.door.takeStep(tenantId, found.id, step)))
    throw Problem.invalid({ code: "That code was used already. Wait for the app to show the next one." });
  return { what: "a code from the authenticator app", left: null };
}

async function fromPaper(house: House, tenantId: string, personId: string, code: string): Promise<SecondGiven> {
  const plain = plainRecoveryCode(code);
  const left = plain === null ? null : await house.door.takeRecovery(tenantId, personId, hashOfRecovery(plain));
  if (left === null)
    throw Problem.invalid({
      code: "That is neither six digits from the app nor a recovery code that is left. Each recovery code works once.",
    });
  return { what: `a recovery code; ${left} are left`, left };
}

/** 120 random bits: a plain hash gives nothing away. */
export const hashOfRecovery = (plain: string): string => sha256(`recovery:${plain}`).toString("hex");
