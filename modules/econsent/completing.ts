/** From a signature to what it changes: the digest that is signed, and the consent that takes effect with the last one. */
import { type ConsentScope, type Context, consentScopes } from "@core/module.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { type Content, canonical, optionalScopes, scopesInWords } from "./document.ts";
import { findConsent } from "./found.ts";
import type { Econsent } from "./names.ts";
import { agreedByAll } from "./reading.ts";
import type { SignerRole } from "./signers.ts";
import { addCompletion, addStandings, participantById } from "./store/consents.ts";
import type { Way } from "./tables.ts";

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

/** After every signature: with the last one the consent takes effect, and the others are told in the same transaction. */
export async function completeIfWhole(
  ctx: Context<Econsent>,
  consentId: string,
  version: { readonly id: string; readonly number: number },
  content: Content,
): Promise<boolean> {
  const found = await findConsent(ctx, consentId);
  if (found.completion || found.signers.some(({ hasSigned }) => !hasSigned)) return false;
  const { subjectId, isMain } = found.consent;
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addCompletion, { id, subjectId, consentId, versionId: version.id, number: version.number });
  const answers = agreedByAll(
    content,
    found.signers.flatMap(({ signature }) => (signature ? [signature] : [])),
  );
  const chosen = content.choices.map(({ id: part, scope }) => ({ scope, yes: answers[part] === "yes" }));
  const given = new Set<ConsentScope>(chosen.filter(({ yes }) => yes).map(({ scope }) => scope));
  const refused = chosen.filter(({ yes }) => !yes).map(({ scope }) => scope);
  if (isMain) {
    for (const scope of consentScopes)
      if (!(optionalScopes as readonly ConsentScope[]).includes(scope)) given.add(scope);
  }
  const rows = [
    ...[...given].map((scope) => ({ scope, state: "given" as const })),
    ...refused.map((scope) => ({ scope, state: "refused" as const })),
  ].map((row) => ({ ...row, subjectId, completionId: id }));
  if (rows.length > 0) await ctx.db.all(addStandings(rows), {});
  const { code } = await ctx.db.one(participantById, { id: subjectId });
  ctx.audit("econsent.took_effect", {
    subjectId,
    subject: code,
    scopes: inWords([...given]) || "nothing",
    refused: inWords(refused) || "nothing",
  });
  await ctx.happen("consent.given", { subjectId, scopes: [...given] });
  await ctx.later("econsent.send_copy", { subjectId });
  return true;
}

export const inWords = (scopes: readonly ConsentScope[]): string =>
  scopes.map((scope) => scopesInWords[scope].toLowerCase()).join(", ");
