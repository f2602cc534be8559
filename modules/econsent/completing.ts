/** From a signature to what it changes: the digest that is signed, and the consent that takes effect with the last one. */
import { type ConsentScope, type Context, consentScopes } from "@core/module.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { canonical, optionalScopes, scopesInWords } from "./document.ts";
import type { Econsent } from "./names.ts";
import { agreedByAll } from "./reading.ts";
import type { SignerRole } from "./signers.ts";
import {
  addCompletion,
  addStandings,
  type ConsentRow,
  participantById,
  signaturesOf,
  signersOf,
} from "./store/consents.ts";
import type { VersionRow } from "./store/documents.ts";
import type { Way } from "./tables.ts";
import { publishedText } from "./versions.ts";

export interface Signed {
  readonly consentId: string;
  readonly signerId: string;
  readonly versionId: string;
  readonly documentSha256: string;
  readonly role: SignerRole;
  readonly way: Way;
  readonly meaning: string;
  readonly name: string;
  readonly relation: string | null;
  readonly drawing: string | null;
  readonly answers: Readonly<Record<string, "yes" | "no">>;
  readonly signedOn: string;
}
/** What a signature covers, as one digest (21 CFR 11.70): the words that were signed and everything that was said with them. */
export const digestOfSigned = ({ drawing, ...signed }: Signed): Uint8Array =>
  sha256(canonical({ ...signed, drawing: drawing && sha256(drawing).toString("hex") }));

/**
 * After every signature: with the last one the consent takes effect, and the others are told in the same transaction. Two
 * who sign one consent at once do so one after the other (econsent.keep_signature), so that the second sees the first.
 */
export async function completeIfWhole(
  ctx: Context<Econsent>,
  { id: consentId, subjectId, isMain }: ConsentRow,
  version: VersionRow,
): Promise<boolean> {
  const [signers, all] = await Promise.all([
    ctx.db.all(signersOf, { consentId }),
    ctx.db.all(signaturesOf, { subjectId }),
  ]);
  const given = all.filter((signature) => signature.consentId === consentId);
  if (signers.some(({ id }) => !given.some(({ signerId }) => signerId === id))) return false;
  const { content } = await publishedText(ctx, version);
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addCompletion, { id, subjectId, consentId, versionId: version.id, number: version.number });
  const answers = agreedByAll(content, given);
  const chosen = content.choices.map(({ id: part, scope }) => ({ scope, yes: answers[part] === "yes" }));
  const scopes = new Set<ConsentScope>(chosen.filter(({ yes }) => yes).map(({ scope }) => scope));
  const refused = chosen.filter(({ yes }) => !yes).map(({ scope }) => scope);
  if (isMain) {
    for (const scope of consentScopes)
      if (!(optionalScopes as readonly ConsentScope[]).includes(scope)) scopes.add(scope);
  }
  const rows = [
    ...[...scopes].map((scope) => ({ scope, state: "given" as const })),
    ...refused.map((scope) => ({ scope, state: "refused" as const })),
  ].map((row) => ({ ...row, subjectId, completionId: id }));
  if (rows.length > 0) await ctx.db.all(addStandings(rows), {});
  const { code } = await ctx.db.one(participantById, { id: subjectId });
  ctx.audit("econsent.took_effect", {
    subjectId,
    subject: code,
    scopes: inWords([...scopes]) || "nothing",
    refused: inWords(refused) || "nothing",
  });
  await ctx.happen("consent.given", { subjectId, scopes: [...scopes] });
  await ctx.later("econsent.send_copy", { subjectId });
  return true;
}

export const inWords = (scopes: readonly ConsentScope[]): string =>
  scopes.map((scope) => scopesInWords[scope].toLowerCase()).join(", ");
