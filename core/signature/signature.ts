/**
 * Electronic signatures (21 CFR 11.50–11.200). A route that signs asks for the credential again in its own form: the
 * password in the field `signature`. What is bound is a digest of what was sent, so that it can be shown later whether
 * the content is still the one that was signed.
 */
import type { Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import type { Arrival, Tenant } from "../identity/door.ts";
import type { Typed } from "../module.ts";
import { Problem } from "../problem.ts";
import type { Lease } from "../tenancy/lease.ts";
import { verifyPassword } from "../vault/password.ts";
import { sha256 } from "../vault/primitives.ts";

/** The form field that carries the credential; never stored, never recorded. */
export const SIGNATURE_FIELD = "signature";

export interface PendingSignature {
  /** In the signing request's own transaction, after the act: without the act there is no signature, and the other way round. */
  bind(lease: Lease, trail: Trail, now: Date): Promise<void>;
}

/** Counts as an attempt at the account's password: ten wrong ones lock it for a while. */
export async function checkSignature(
  house: House,
  tenant: Tenant,
  arrival: Arrival | null,
  event: string,
  typed: Typed,
  requestId: string,
): Promise<PendingSignature> {
  if (!arrival) throw new Problem("sign-in");
  const meaning = house.kernel.events.get(event)?.signature?.meaning;
  if (!meaning) throw new Error(`${event} has no meaning to sign`);
  const given = typed[SIGNATURE_FIELD];
  if (typeof given !== "string" || given === "")
    throw Problem.invalid({ [SIGNATURE_FIELD]: "Enter your password to sign." });
  const bucket = `${arrival.person.id}:known`;
  if (!(await house.door.beginAttempt(tenant.id, bucket))) throw new Problem("too-many");
  const found = await house.door.findPassword(tenant.id, arrival.person.email);
  if (!(await verifyPassword(given, found?.secret ?? null))) {
    throw Problem.invalid({
      [SIGNATURE_FIELD]: found?.secret
        ? "That is not your password, so nothing was signed."
        : "You have no password yet. Set one under Your account, then sign.",
    });
  }
  await house.door.clearAttempts(tenant.id, bucket);
  const content = sha256(
    JSON.stringify(
      Object.entries(typed)
        .filter(([name]) => name !== SIGNATURE_FIELD)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
  return {
    bind: async (lease, trail) => {
      await lease.rows(
        "insert into core.signatures (event, meaning, printed_name, content_sha256, request_id) values ($1, $2, $3, $4::bytea, $5::uuid)",
        [event, meaning, arrival.person.name, content, requestId],
      );
      trail.changes("core.signatures", requestId);
    },
  };
}
