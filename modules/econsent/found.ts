/** One consent, put together from its rows: who has to sign, who has, and where it stands. */
import type { Context } from "@core/module.ts";
import type { Econsent } from "./names.ts";
import { type Signer, turnOf } from "./signers.ts";
import {
  type CompletionRow,
  type ConsentRow,
  completionsOf,
  consentById,
  consentsOf,
  type DeclineRow,
  declinesOf,
  type SignatureRow,
  type SignerRow,
  signaturesOf,
  signersOf,
  signersOfSubject,
} from "./store/consents.ts";

export type SignerFound = SignerRow & Signer & { readonly hasSigned: boolean; readonly signature: SignatureRow | null };
export interface ConsentFound {
  readonly consent: ConsentRow;
  readonly signers: readonly SignerFound[];
  readonly decline: DeclineRow | null;
  readonly completion: CompletionRow | null;
  /** Whose turn it is now. */
  readonly turn: readonly SignerFound[];
  readonly state: ConsentState;
}
export type ConsentState = "open" | "signing" | "declined" | "closed" | "in effect";

export async function findConsent(ctx: Context<Econsent>, id: string): Promise<ConsentFound> {
  const [consent, signers] = await Promise.all([
    ctx.db.one(consentById, { id }),
    ctx.db.all(signersOf, { consentId: id }),
  ]);
  const { subjectId } = consent;
  const [signatures, declines, completions] = await Promise.all([
    ctx.db.all(signaturesOf, { subjectId }),
    ctx.db.all(declinesOf, { subjectId }),
    ctx.db.all(completionsOf, { subjectId }),
  ]);
  return gather(consent, signers, signatures, declines, completions);
}

/** All that a subject was ever asked, the newest first: five statements that travel together, however many there are. */
export async function consentsFound(ctx: Context<Econsent>, subjectId: string): Promise<ConsentFound[]> {
  const [consents, signers, signatures, declines, completions] = await Promise.all([
    ctx.db.all(consentsOf, { subjectId }),
    ctx.db.all(signersOfSubject, { subjectId }),
    ctx.db.all(signaturesOf, { subjectId }),
    ctx.db.all(declinesOf, { subjectId }),
    ctx.db.all(completionsOf, { subjectId }),
  ]);
  return consents.map((consent) => gather(consent, signers, signatures, declines, completions));
}

/** From rows that may be of many consents. */
export function gather(
  consent: ConsentRow,
  signers: readonly SignerRow[],
  signatures: readonly SignatureRow[],
  declines: readonly DeclineRow[],
  completions: readonly CompletionRow[],
): ConsentFound {
  const own = signers
    .filter(({ consentId }) => consentId === consent.id)
    .map((signer) => {
      const signature = signatures.find(({ signerId }) => signerId === signer.id) ?? null;
      return { ...signer, signature, hasSigned: signature !== null };
    });
  const decline = declines.find(({ consentId }) => consentId === consent.id) ?? null;
  const completion = completions.find(({ consentId }) => consentId === consent.id) ?? null;
  const state: ConsentState = completion
    ? "in effect"
    : decline
      ? decline.signerId
        ? "declined"
        : "closed"
      : own.some(({ hasSigned }) => hasSigned)
        ? "signing"
        : "open";
  return { consent, signers: own, decline, completion, state, turn: completion || decline ? [] : turnOf(own) };
}
