/**
 * What a text costs on the wire. GSM 03.38 letters go 160 to a message, or 153 to a part; one letter outside makes the
 * whole text UCS-2, with 70 and 67. Letters of the extension table take two places, and no letter is split over parts.
 */
const basic =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const extension = "\f^{}\\[~]|€";
const places = new Map([
  ...[...basic].map((letter) => [letter, 1] as const),
  ...[...extension].map((letter) => [letter, 2] as const),
]);

export interface Segments {
  readonly encoding: "GSM-7" | "UCS-2";
  /** Places taken: GSM letters, or UTF-16 units. */
  readonly places: number;
  readonly segments: number;
  /** Places left in the last part. */
  readonly left: number;
  /** The letters that made it UCS-2. */
  readonly outside: readonly string[];
}

export function segmentsOf(text: string): Segments {
  const letters = [...text];
  const outside = [...new Set(letters.filter((letter) => !places.has(letter)))];
  const sizes =
    outside.length === 0 ? letters.map((letter) => places.get(letter) ?? 1) : letters.map((letter) => letter.length);
  const encoding = outside.length === 0 ? "GSM-7" : "UCS-2";
  const [single, part] = encoding === "GSM-7" ? [160, 153] : [70, 67];
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= single) return { encoding, places: total, segments: total === 0 ? 0 : 1, left: single - total, outside };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { encoding, places: total, segments, left: part - used, outside };
}

const plainer: Readonly<Record<string, string>> = {
  ...{ "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"' },
  ...{ "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "...", "•": "-", "·": "-", "×": "x", "−": "-" },
  ...{ "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\u200b": "", "\ufeff": "" },
  ...{ á: "a", í: "i", ó: "o", ú: "u", Á: "A", Í: "I", Ó: "O", Ú: "U", ç: "Ç", "½": "1/2", "≥": ">=", "≤": "<=" },
};

/**
 * The text in GSM letters where that loses nothing but typography; in Spanish "í" becomes "i" and "é", "ñ", "ü", "¿" stay.
 * Emoji are dropped. What is left outside keeps its letter, and the text goes as UCS-2.
 */
export function inGsmLetters(text: string): string {
  return [...text.normalize("NFC")]
    .map((letter) =>
      places.has(letter)
        ? letter
        : (plainer[letter] ??
          (/\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}\uFE0F\u200D]/u.test(letter)
            ? ""
            : letter)),
    )
    .join("")
    .replace(/ {2,}/g, " ")
    .trim();
}
