/**
 * Text made safe to print on one line. Names and titles come from people and from files: control characters, line
 * breaks and the marks that turn the direction of writing would let one field pretend to be another.
 */

/** Direction marks and overrides, zero-width characters, soft hyphen, byte order mark, tag characters. */
const invisible = /[\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu;
const control = /[\p{Cc}\u2028\u2029]/gu;

/** One line, composed (NFC), without anything that does not show. Lone surrogates become U+FFFD. */
export function plain(text: string): string {
  return text.toWellFormed().normalize("NFC").replace(control, " ").replace(invisible, "").replace(/\s+/gu, " ").trim();
}

/** As `plain`, but paragraphs keep their line breaks. */
export function plainLines(text: string): string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/u).map(plain);
}
