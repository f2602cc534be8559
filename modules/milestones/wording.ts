/**
 * Words in a comment that describe the person and not the work: looks, origin, family, temper, faith; and praise that
 * names nothing. Fixed rules over English words: they ask the writer to look again, say what they looked for, and stop
 * nobody. They know no other language and miss more than they find; a person's second look is what helps.
 */
export type WordingKind = "looks" | "origin" | "family" | "temper" | "person" | "empty";

export interface WordingHint {
  readonly kind: WordingKind;
  /** As it stands in the text. */
  readonly word: string;
  readonly sentence: string;
}

const rules: readonly { readonly kind: WordingKind; readonly looks: RegExp; readonly says: string }[] = [
  {
    kind: "looks",
    looks:
      /\b(?:(?:is|looks|looked|so|very) (?:beautiful|handsome|attractive|pretty(?=\s+(?:and|but)|[.,!?;]|$))|good[- ]looking|well[- ](?:dressed|groomed)|petite|(?:her|his|their) (?:appearance|looks|outfits?|clothes|weight|hair)|young[- ]looking)\b/gi,
    says: "speaks of looks. What did you see being done?",
  },
  {
    kind: "origin",
    looks:
      /\b(?:(?:her|his|their|a|an|thick|heavy|strong|slight) accent|(?:her|his|their) English|non-?native speaker|foreigners?|for a foreign graduate|surprisingly articulate|so articulate|(?:her|his|their) (?:culture|country|background))\b/gi,
    says: "speaks of origin or language. If understanding was a problem, say what was not understood, by whom, and what followed.",
  },
  {
    kind: "family",
    looks:
      /\b(?:(?:her|his|their) (?:own )?(?:children|kids|baby|husband|wife|pregnancy|childcare)|(?:maternity|paternity|parental) leave|as a (?:mother|father|mom|dad|parent)|young (?:mother|father)|despite being pregnant)\b/gi,
    says: "may speak of the trainee's own family. If it is about a patient's, leave it; otherwise it does not belong here.",
  },
  {
    kind: "temper",
    looks:
      /\b(?:bossy|shrill|hysterical|(?:too|overly|very|so) (?:emotional|sensitive|sweet|aggressive|assertive)|abrasive|feisty|motherly|bubbly|moody|ladylike|girlish|nice (?:girl|boy|lady|guy)|good (?:girl|boy))\b/gi,
    says: "names a temper. Say what was said or done, and what it led to.",
  },
  {
    kind: "person",
    looks:
      /\b(?:at (?:her|his|their) age|for (?:her|his|their) age|too (?:old|young)|hijab|turban|headscarf|(?:her|his|their) (?:religion|faith|disability|illness)|(?:women|men|girls|males|females) (?:like|tend|usually|often))\b/gi,
    says: "speaks of age, faith, health or a group. It is no part of an evaluation.",
  },
  {
    kind: "empty",
    looks:
      /^\W*(?:(?:a |an )?(?:great|good|excellent|nice|solid|strong|pleasant) (?:resident|trainee|doctor|job|work|colleague|rotation)|(?:a )?(?:pleasure|joy) to work with|no (?:issues|concerns|problems|comments?)|keep (?:it )?up(?: the good work)?|read more|well done|n\/?a|none)\W*$/gi,
    says: "says little to the trainee. One thing you saw, and one for next time, is what helps.",
  },
];

/** What a reader might stumble over, in the order of the text; each kind once. */
export function wordingHints(text: string): WordingHint[] {
  const found = rules.flatMap(({ kind, looks, says }) => {
    const [first] = [...text.matchAll(looks)];
    return first ? [{ at: first.index, kind, word: first[0].trim(), says }] : [];
  });
  return found
    .sort((a, b) => a.at - b.at)
    .map(({ kind, word, says }) => ({ kind, word, sentence: `“${word}” ${says}` }));
}

/** The field of the tick that sends a comment as it is. */
export const asWritten = "asWritten";

/** What the form says when it comes back; null when there is nothing to ask, or when it was ticked. */
export function whyLookAgain(text: string, ticked: string | undefined): Readonly<Record<string, string>> | null {
  return ticked === "yes" || wordingHints(text).length === 0
    ? null
    : { [asWritten]: "Change the words above, or tick that they are meant." };
}
