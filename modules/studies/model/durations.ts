/** ISO 8601 durations of study windows: P7D, P2M, P1Y6M, PT4H. Years and months follow the calendar. */
const shape = /^(-?)P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

export const isDuration = (text: string): boolean => text.length <= 40 && shape.test(text);

/** A plain date moved by a duration; the 31st of a shorter month becomes its last day. Null for what is no duration. */
export function movedBy(date: string, duration: string, direction: 1 | -1 = 1): string | null {
  const match = isDuration(duration) ? shape.exec(duration) : null;
  if (!match) return null;
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0] = match.slice(2, 7).map((part) => Number(part ?? 0));
  const sign = (match[1] === "-" ? -1 : 1) * direction;
  const length = { years, months, days: weeks * 7 + days + Math.floor(hours / 24) };
  const start = Temporal.PlainDate.from(date);
  return (sign > 0 ? start.add(length) : start.subtract(length)).toString();
}

export interface DueDates {
  readonly earliest: string;
  readonly target: string;
  readonly latest: string;
}

/** When an event is due, counted from the day of its anchor. */
export function dueDates(
  anchor: string,
  window: { readonly target: string; readonly before: string; readonly after: string },
): DueDates | null {
  const target = movedBy(anchor, window.target);
  const earliest = target && movedBy(target, window.before, -1);
  const latest = target && movedBy(target, window.after);
  return target && earliest && latest ? { earliest, target, latest } : null;
}

/** P4W → "4 weeks"; what is no duration stays as it is written. */
export function durationInWords(duration: string): string {
  const match = isDuration(duration) ? shape.exec(duration) : null;
  if (!match) return duration;
  const names = ["year", "month", "week", "day", "hour", "minute", "second"];
  const parts = match
    .slice(2)
    .flatMap((part, n) => (part && part !== "0" ? [`${part} ${names[n]}${part === "1" ? "" : "s"}`] : []));
  return parts.length === 0 ? "the same day" : `${match[1] === "-" ? "minus " : ""}${parts.join(" ")}`;
}
