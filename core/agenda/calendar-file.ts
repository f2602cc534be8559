/** A calendar of days (RFC 5545): what is due and where, never a name or a code of anybody. */
import { sha256 } from "../vault/primitives.ts";

export interface CalendarEntry {
  readonly title: string;
  readonly place: string;
  /** "2026-12-01" */
  readonly on: string;
  readonly url: string;
}

export function calendarFile(name: string, entries: readonly CalendarEntry[], now: Date): string {
  const stamp = `${now.toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}Z`;
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Cairn//My day//EN",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    `X-WR-CALNAME:${escaped(name)}`,
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ...entries.flatMap(({ title, place, on, url }) => [
      "BEGIN:VEVENT",
      `UID:${sha256(`${url} ${title}`).toString("hex").slice(0, 32)}@cairn`,
      `DTSTAMP:${stamp}`,
      `DTSTART;VALUE=DATE:${on.replaceAll("-", "")}`,
      `SUMMARY:${escaped(`${title} · ${place}`)}`,
      `URL:${url}`,
      "TRANSP:TRANSPARENT",
      "CLASS:CONFIDENTIAL",
      "END:VEVENT",
    ]),
    "END:VCALENDAR",
  ];
  return lines.flatMap(folded).join("\r\n").concat("\r\n");
}

const escaped = (text: string): string =>
  text.replaceAll("\\", "\\\\").replaceAll(";", "\\;").replaceAll(",", "\\,").replaceAll(/\r?\n/g, "\\n");

/** Lines of at most 75 octets; a letter of several octets is not cut in two (RFC 5545, 3.1). */
function folded(line: string): string[] {
  const lines: string[] = [];
  let part = "";
  for (const letter of line) {
    if (Buffer.byteLength(part + letter) > (lines.length === 0 ? 75 : 74)) {
      lines.push(part);
      part = "";
    }
    part += letter;
  }
  lines.push(part);
  return lines.map((one, at) => (at === 0 ? one : ` ${one}`));
}
