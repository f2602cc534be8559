/**
 * Electronic signatures (21 CFR 11.50–11.300). A route that signs asks for the credential again in its own form: at the
 * first signing of a session both components, the e-mail address and the password or a passkey; after that the password
 * or the passkey alone (11.200(a)(1)(i)). What is bound is a digest of the content that was signed, so that a later change shows.
 */
import type { Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import type { Arrival, Tenant } from "../identity/door.ts";
import { requirePasskey } from "../identity/passkey/ceremony.ts";
import type { Signable, SignedRecord, Typed } from "../module.ts";
import { Problem } from "../problem.ts";
import type { Lease } from "../tenancy/lease.ts";
import { verifyPassword } from "../vault/password.ts";
import { digestOf } from "./content.ts";
import { DECLARATION } from "./declaration.ts";

/** The form's fields that carry the components; never stored, never recorded, never drawn again. */
export const signatureFields = { name: "signature_name", secret: "signature", passkey: "signature_passkey" } as const;

/** What was shown to be who it is, before the transaction; bound in it. */
export interface SignatureGiven {
  readonly event: string;
  readonly meaning: string;
  readonly method: "password" | "signing-password" | "passkey";
  readonly components: readonly ("name" | "password" | "passkey")[];
  readonly printedName: string;
  readonly requestId: string;
  /** The declaration that stood above it and is given with it; null: this person gave it before. */
  readonly declares: typeof DECLARATION | null;
  /** What the form held, without the components: signed when the act names nothing else. */
  readonly form: Signable;
}

/** Counts as an attempt at the password: ten wrong ones lock it for a while (11.300(d)). */
export async function checkSignature(
  house: House,
  tenant: Tenant,
  arrival: Arrival | null,
  event: string,
  typed: Typed,
  requestId: string,
  url: URL,
): Promise<SignatureGiven> {
  if (!arrival) throw new Problem("sign-in");
  const meaning = house.kernel.events.get(event)?.signature?.meaning;
  if (!meaning) throw new Error(`${event} has no meaning to sign`);
  const { person, session } = arrival;
  const signing = await house.door.signingOf(tenant.id, person.id, session.ref);
  const declares = (signing?.declared ?? 0) >= DECLARATION.wording ? null : DECLARATION;
  const given = { event, meaning, printedName: person.name, requestId, declares, form: withoutSignature(typed) };
  const name = asTyped(typed[signatureFields.name]).trim().toLowerCase();
  const isNamed = signing?.hasSigned ? name === "" || name === person.email : name === person.email;
  const answer = typed[signatureFields.passkey];
  if (signing?.hasPasskey && typeof answer === "string" && answer !== "") {
    // Before the authenticator's answer is looked at: it is good once, and a forgotten address should not use it up.
    if (!isNamed) throw Problem.invalid({ [signatureFields.name]: name === "" ? NAME_WANTED : NOT_THE_NAME });
    await requirePasskey({ house, visit: { tenant }, incoming: { url } }, answer, "signature", person.id);
    return { ...given, method: "passkey", components: signing.hasSigned ? ["passkey"] : ["name", "passkey"] };
  }
  if (!signing?.secret) throw Problem.invalid({ [signatureFields.secret]: NO_PASSWORD });
  const word = signing.kind === "signing" ? "signing password" : "password";
  const secret = asTyped(typed[signatureFields.secret]);
  const missing: Record<string, string> = {};
  if (!signing.hasSigned && name === "") missing[signatureFields.name] = NAME_WANTED;
  if (secret === "") missing[signatureFields.secret] = `Enter your ${word} to sign.`;
  if (Object.keys(missing).length > 0) throw Problem.invalid(missing);

  const bucket = signing.kind === "signing" ? `${person.id}:signing` : `${person.id}:known`;
  if (!(await house.door.beginAttempt(tenant.id, bucket)))
    throw new Problem("too-many", "Too many wrong passwords. Wait a quarter of an hour, then sign.");
  // Both are looked at before either is said to be wrong.
  const fits = await verifyPassword(secret, signing.secret);
  if (!fits || !isNamed) {
    throw Problem.invalid({
      ...(isNamed ? {} : { [signatureFields.name]: NOT_THE_NAME }),
      ...(fits ? {} : { [signatureFields.secret]: `That is not your ${word}, so nothing was signed.` }),
    });
  }
  await house.door.clearAttempts(tenant.id, bucket);
  return {
    ...given,
    method: signing.kind === "signing" ? "signing-password" : "password",
    components: signing.hasSigned ? ["password"] : ["name", "password"],
  };
}

const NO_PASSWORD =
  "You gave nothing to sign with. Use your passkey, or set a signing password under Your account, then sign.";
const NAME_WANTED = "Enter your e-mail address: this is your first signature since you signed in.";
const NOT_THE_NAME = "That is not the address of your account, so nothing was signed.";
const MAX_TYPED = 1_000;
const asTyped = (value: unknown): string => (typeof value === "string" ? value.slice(0, MAX_TYPED) : "");

/** What was typed, without what only the signature is about. */
export function withoutSignature(typed: Typed): Typed {
  const names: readonly string[] = Object.values(signatureFields);
  return Object.fromEntries(Object.entries(typed).filter(([name]) => !names.includes(name)));
}

/** In the signing request's own transaction: without the act there is no signature, and the other way round. */
export async function bindSignature(
  house: House,
  tenantId: string,
  lease: Lease,
  trail: Trail,
  given: SignatureGiven,
  of: SignedRecord | null,
): Promise<string> {
  const id = Bun.randomUUIDv7();
  const digest = of
    ? digestOf(house.config.secretKey, tenantId, of.record, of.row, of.content)
    : digestOf(house.config.secretKey, tenantId, given.event, given.requestId, given.form);
  await lease.rows(
    `insert into core.signatures (id, event, meaning, printed_name, content_sha256, request_id, record, row_id, subject_id, method, components)
     values ($1::uuid, $2, $3, $4, $5::bytea, $6::uuid, $7, $8, $9::uuid, $10, $11::text[])`,
    [
      id,
      given.event,
      given.meaning,
      given.printedName,
      digest,
      given.requestId,
      of?.record ?? null,
      of?.row ?? null,
      of?.subjectId ?? null,
      given.method,
      `{${given.components.join(",")}}`,
    ],
  );
  trail.changes("core.signatures", id);
  if (given.declares) await declare(lease, trail, given.declares, given, id);
  return id;
}

/** With the first signature and in its transaction; a form that signs several records declares once. */
async function declare(
  lease: Lease,
  trail: Trail,
  { wording, text }: typeof DECLARATION,
  { printedName, method, requestId }: SignatureGiven,
  signatureId: string,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  await lease.rows(
    `insert into core.signing_declarations (id, wording, declared, printed_name, method, signature_id, request_id)
     values ($1::uuid, $2::int, $3, $4, $5, $6::uuid, $7::uuid) on conflict do nothing`,
    [id, wording, text, printedName, method, signatureId, requestId],
  );
  trail.changes("core.signing_declarations", id);
}
