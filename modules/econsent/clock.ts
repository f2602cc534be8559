/** A moment as it is printed on paper: by the clock of the study's place, with what that clock is ahead of UTC (ISO 8601). */
const clocks = new Map<string, Intl.DateTimeFormat | null>();

function clockOf(zone: string): Intl.DateTimeFormat | null {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    try {
      clock = new Intl.DateTimeFormat("en-CA", {
        timeZone: zone,
        year: "numeric",
        month: "2-digit",
        day: "2-digit",
        hour: "2-digit",
        minute: "2-digit",
        second: "2-digit",
        hourCycle: "h23",
        timeZoneName: "longOffset",
      });
    } catch {
      clock = null;
    }
    clocks.set(zone, clock);
  }
  return clock;
}

/** Is there a clock of that name ("Europe/Madrid")? */
export const isZone = (zone: string): boolean => clockOf(zone) !== null;

function partsIn(zone: string, at: Date): Readonly<Record<string, string>> | null {
  const clock = zone === "UTC" ? null : clockOf(zone);
  return clock && Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** "2026-11-27 19:54:12 +01:00 (Europe/Madrid)"; an unknown zone is UTC, and says so. */
export function printedAt(zone: string, at: Date): string {
  const part = partsIn(zone, at);
  if (!part) return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const ahead = part.timeZoneName === "GMT" ? "+00:00" : (part.timeZoneName ?? "").replace("GMT", "");
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second} ${ahead} (${zone})`;
}

/** The day on that clock. */
export function dayIn(zone: string, at: Date): string {
  const part = partsIn(zone, at);
  return part ? `${part.year}-${part.month}-${part.day}` : at.toISOString().slice(0, 10);
}
