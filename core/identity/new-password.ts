/** A new password, checked and hashed before any transaction begins: that takes a core for tens of milliseconds. */
import type { Knock } from "../context.ts";
import type { Typed } from "../module.ts";
import { Problem } from "../problem.ts";
import { hashPassword, verifyPassword } from "../vault/password.ts";
import type { Tenant } from "./door.ts";
import { type PasswordOwner, passwordProblem } from "./password-policy.ts";

/**
 * Reads `current` (when there is a password already), `password` and `again` as they were typed.
 * Throws Problem "invalid" with a sentence for each field, "too-many" when the account is locked.
 */
export async function preparePassword({ house, visit }: Knock): Promise<{ readonly hash: string }> {
  const { tenant, arrival, typed } = visit;
  if (!arrival) throw new Problem("sign-in");
  const { person, session } = arrival;
  const password = readNewPassword(typed, ownerOf(tenant, person));
  const current = textAsTyped(typed.current);
  if (session.owes === "password" && password.normalize("NFKC") === current.normalize("NFKC"))
    throw Problem.invalid({ password: "That is the one you have. Choose another." });
  await requireCurrent(house, tenant.id, person, current);
  return { hash: await hashPassword(password) };
}

/** Whose password it is to be, with what his institution asks of it. */
export const ownerOf = (
  { name: institution, policies }: Tenant,
  { email, name }: { readonly email: string; readonly name: string },
): PasswordOwner => ({ email, name, institution, rules: policies.passwords });

/** `password` and `again` as they were typed. Throws Problem "invalid" with a sentence for the field that is wrong. */
export function readNewPassword(typed: Typed, owner: PasswordOwner): string {
  const password = textAsTyped(typed.password);
  const again = textAsTyped(typed.again);
  if (password === "") throw Problem.invalid({ password: "Enter a new password." });
  const wrong = passwordProblem(password, owner);
  if (wrong) throw Problem.invalid({ password: wrong });
  if (password.normalize("NFKC") !== again.normalize("NFKC"))
    throw Problem.invalid({ again: "The two differ. Type the new password twice." });
  return password;
}

const MAX_TYPED = 1_000;
const textAsTyped = (value: unknown): string => (typeof value === "string" ? value.slice(0, MAX_TYPED) : "");

/** Counts as an attempt at the account, as a signature's password does. False: there is no password to ask for. */
export async function requireCurrent(
  house: Knock["house"],
  tenantId: string,
  person: { readonly id: string; readonly email: string },
  current: string,
): Promise<boolean> {
  const found = await house.door.findPassword(tenantId, person.email);
  if (!found?.secret) return false;
  if (current === "") throw Problem.invalid({ current: "Enter your current password." });
  const bucket = `${person.id}:known`;
  if (!(await house.door.beginAttempt(tenantId, bucket))) {
    throw new Problem("too-many", "Too many wrong passwords. Wait a quarter of an hour, then try again.");
  }
  if (!(await verifyPassword(current, found.secret))) {
    throw Problem.invalid({ current: "That is not your current password, so nothing was changed." });
  }
  await house.door.clearAttempts(tenantId, bucket);
  return true;
}
