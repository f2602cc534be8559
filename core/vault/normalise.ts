/**
 * One spelling for what people write in many ways, so that a blind index finds it. The id is part of the index's key:
 * a normaliser that changes its mind takes a new id, and its column is indexed again.
 */
export interface Normaliser {
  readonly id: string;
  /** Empty when there is nothing to index. */
  normalise(value: string): string;
}

/** Compatibility forms folded ("ｆ" is "f"), so that two ways of typing the same letters meet. */
const folded = (value: string) => value.normalize("NFKC").trim();

/** Lower case throughout: mail servers that tell cases apart in the local part do not exist in practice. */
export const email: Normaliser = {
  id: "email.1",
  normalise: (value) => folded(value).toLowerCase(),
};

/** Digits, with a leading + kept; 00 is the same as +. A national number stays national: no country is guessed. */
export const phone: Normaliser = {
  id: "phone.1",
  normalise(value) {
    const written = folded(value).replace(/\(0\)/g, "");
    const digits = written.replace(/\D/g, "");
    if (digits === "") return "";
    if (written.startsWith("+")) return `+${digits}`;
    return digits.startsWith("00") ? `+${digits.slice(2)}` : digits;
  },
};

/** "ab 12-34" is AB1234. */
export const recordNumber: Normaliser = {
  id: "record-number.1",
  normalise: (value) =>
    folded(value)
      .toUpperCase()
      .replace(/[\s\p{Pd}./_]/gu, ""),
};

/** Without accents, case, punctuation and double spaces: "Müller-Lüdenscheidt" is "muller ludenscheidt". */
export const personName: Normaliser = {
  id: "name.1",
  normalise: (value) =>
    folded(value)
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .toLowerCase()
      .replace(/ß/g, "ss")
      .replace(/['’]/g, "")
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim(),
};
