/**
 * Who signs, and in which order. Adults sign for themselves; for whoever cannot, a legally authorised representative signs
 * (21 CFR 50.20, 45 CFR 46.116); a child assents and a parent permits (45 CFR 46.408); whoever cannot read has an impartial
 * witness (ICH E6(R3) 2.8.7); the investigator, or whoever was delegated, signs last (ICH E6(R3) 2.8.9).
 */
export const circumstances = ["adult", "minor", "represented"] as const;
export type Circumstance = (typeof circumstances)[number];
export const circumstancesInWords: Readonly<Record<Circumstance, string>> = {
  adult: "An adult who decides for himself or herself",
  minor: "A minor, with a parent or guardian",
  represented: "An adult who cannot decide alone, with a legal representative",
};

export const signerRoles = ["participant", "minor", "representative", "witness", "investigator"] as const;
export type SignerRole = (typeof signerRoles)[number];
export const signerRolesInWords: Readonly<Record<SignerRole, string>> = {
  participant: "Participant",
  minor: "Minor (assent)",
  representative: "Legal representative",
  witness: "Impartial witness",
  investigator: "Investigator",
};

export interface SignerRules {
  /** From this age on a minor is asked for assent. */
  readonly parents: 1 | 2;
  readonly countersigned: boolean;
  /** A minor too young to be asked. */
  readonly asksAssent: boolean;
  /** A represented adult is asked as well, as far as he can understand. */
  readonly asksRepresented: boolean;
}

export interface Signer {
  readonly role: SignerRole;
  /** Whoever has a lower place signs first; those of the same place in any order. */
  readonly place: number;
}

export function signersFor(circumstance: Circumstance, reads: boolean, rules: SignerRules): Signer[] {
  const signers: Signer[] = [];
  if (circumstance === "adult") signers.push({ role: "participant", place: 1 });
  if (circumstance === "minor") {
    for (let at = 0; at < rules.parents; at++) signers.push({ role: "representative", place: 1 });
    if (rules.asksAssent) signers.push({ role: "minor", place: 2 });
  }
  if (circumstance === "represented") {
    signers.push({ role: "representative", place: 1 });
    if (rules.asksRepresented) signers.push({ role: "participant", place: 2 });
  }
  if (!reads) signers.push({ role: "witness", place: 3 });
  if (rules.countersigned) signers.push({ role: "investigator", place: 4 });
  return signers;
}

/** Whose turn it is: all unsigned signers of the lowest place that is not complete. */
export function turnOf<S extends Signer & { readonly hasSigned: boolean }>(signers: readonly S[]): S[] {
  const open = signers.filter((signer) => !signer.hasSigned);
  const lowest = Math.min(...open.map(({ place }) => place));
  return open.filter(({ place }) => place === lowest);
}

/** The kernel's sentence under a signature: what signing means (21 CFR 11.50(a)(3)). */
export const meaningOf: Readonly<Record<SignerRole, string>> = {
  participant: "I have read and understood this information and agree to take part",
  minor: "This was explained to me and I want to take part",
  representative: "I am allowed to decide for this person and agree that he or she takes part",
  witness: "The information was explained, seemed to be understood, and consent was given freely",
  investigator: "I explained the study, answered the questions, and saw that consent was given freely",
};
