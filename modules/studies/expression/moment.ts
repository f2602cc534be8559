/**
 * Dates and times of which parts may be unknown. A moment is the span of all the points it can mean, so two of them
 * compare only as far as every reading agrees: 2026 is before 2027-03, and nobody knows whether it is before 2026-05.
 */
export type MomentKind = "date" | "datetime" | "time";

export interface Moment {
  readonly kind: MomentKind;
  /** In canonical writing: 2026, 2026-03, 2026-03-15, 2026---15 (month unknown), 2026-03-15T10:30, 10:30. */
  readonly text: string;
  /** Milliseconds, on the calendar or on the clock, without a time zone. Equal ends: nothing is unknown. */
  readonly earliest: number;
  readonly latest: number;
}

const day = 86_400_000;
const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const isUnknown = (part: string) => /^(?:UN|UNK|NK|ND|\?+|-+)$/i.test(part);
const at = (year: number, month: number, date: number) => Date.UTC(year, month - 1, date);
const lengthOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
const padded = (value: number, width = 2) => String(value).padStart(width, "0");

export const isPartial = (moment: Moment): boolean => moment.earliest !== moment.latest;

/** Null when the text is no moment of this kind. `partial` decides whether unknown parts are allowed. */
export function readMoment(text: string, kind: MomentKind, partial = true): Moment | null {
  const typed = text.trim();
  if (typed.length > 40) return null;
  const moment = kind === "date" ? readDate(typed) : kind === "time" ? readTime(typed) : readDatetime(typed);
  return moment && (partial || !isPartial(moment)) ? moment : null;
}

/** ISO (2026-03-15, 2026-03, 2026, 2026---15) and clinical writing (15-MAR-2026, UN-MAR-2026, UN-UNK-2026, NK-03-2026). */
function readDate(text: string): Moment | null {
  const iso = /^(\d{4})(?:-(\d{2}|-)(?:-(\d{2}|-))?)?$/.exec(text);
  if (iso) return dateOf(iso[1] as string, iso[2], iso[3]);
  const clinical = /^(\d{1,2}|UN|UNK|NK|ND|\?{1,2})[- /]([A-Za-z]{2,3}|\d{2}|\?{1,3})[- /](\d{4})$/i.exec(text);
  if (!clinical) return null;
  const [, date = "", month = "", year = ""] = clinical;
  const named = months.indexOf(month.toUpperCase()) + 1;
  // 03/04/2026 is two different days on two sides of an ocean; a named month or an unknown part says which writing it is.
  if (named === 0 && !isUnknown(month) && !isUnknown(date)) return null;
  return dateOf(year, named > 0 ? padded(named) : month, isUnknown(date) ? undefined : padded(Number(date)));
}

function dateOf(yearText: string, monthText: string | undefined, dateText: string | undefined): Moment | null {
  if ([monthText, dateText].some((part) => part !== undefined && !isUnknown(part) && !/^\d+$/.test(part))) return null;
  const year = Number(yearText);
  const month = monthText === undefined || isUnknown(monthText) ? null : Number(monthText);
  const date = dateText === undefined || isUnknown(dateText) ? null : Number(dateText);
  if (year < 1000 || (month !== null && (month < 1 || month > 12))) return null;
  if (date !== null && (date < 1 || date > (month === null ? 31 : lengthOf(year, month)))) return null;
  if (month === null) {
    const span = date === null ? { text: yearText } : { text: `${yearText}---${padded(date)}` };
    return { kind: "date", ...span, earliest: at(year, 1, date ?? 1), latest: at(year, 12, date ?? 31) };
  }
  if (date === null) {
    const latest = at(year, month, lengthOf(year, month));
    return { kind: "date", text: `${yearText}-${padded(month)}`, earliest: at(year, month, 1), latest };
  }
  return dayOf(at(year, month, date));
}

export function dayOf(instant: number): Moment {
  return { kind: "date", text: new Date(instant).toISOString().slice(0, 10), earliest: instant, latest: instant };
}

function readTime(text: string): Moment | null {
  const match = /^(\d{1,2}):(\d{2}|UN|UNK|NK)(?::(\d{2})(?:\.\d{1,9})?)?$/i.exec(text);
  if (!match) return null;
  const [, hourText = "", minuteText = "", secondText] = match;
  const hour = Number(hourText);
  if (hour > 23) return null;
  if (isUnknown(minuteText)) {
    const start = hour * 3_600_000;
    return { kind: "time", text: `${padded(hour)}:UN`, earliest: start, latest: start + 3_599_999 };
  }
  const [minute, second] = [Number(minuteText), Number(secondText ?? 0)];
  if (minute > 59 || second > 59) return null;
  const instant = ((hour * 60 + minute) * 60 + second) * 1000;
  const written = `${padded(hour)}:${padded(minute)}${secondText === undefined ? "" : `:${padded(second)}`}`;
  return { kind: "time", text: written, earliest: instant, latest: instant };
}

/** With an offset the moment is put on the clock of UTC; without one it stays on the clock of the place. */
function readDatetime(text: string): Moment | null {
  const match = /^(.+?)(?:[T ](\d{1,2}:[^Z+]*?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  const date = match && readDate(match[1] as string);
  if (!match || !date) return null;
  if (match[2] === undefined) return { ...date, kind: "datetime", latest: date.latest + day - 1 };
  const time = readTime(match[2]);
  if (!time || isPartial(date)) return null;
  const shift = offsetOf(match[3]);
  if (shift === null) return null;
  const earliest = date.earliest + time.earliest - shift;
  const latest = date.earliest + time.latest - shift;
  return { kind: "datetime", text: `${date.text}T${time.text}${match[3] ?? ""}`, earliest, latest };
}

function offsetOf(text: string | undefined): number | null {
  if (text === undefined || text === "Z") return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  if (hours > 14 || minutes > 59) return null;
  return (text.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** -1, 0 or 1 when every reading of both agrees; null when it depends on what is unknown. A date meets a datetime on its day. */
export function compareMoments(one: Moment, other: Moment): -1 | 0 | 1 | null {
  if (one.kind !== other.kind) return compareMoments(dated(one), dated(other));
  if (one.latest < other.earliest) return -1;
  if (one.earliest > other.latest) return 1;
  return !isPartial(one) && !isPartial(other) ? 0 : null;
}

/** Is one surely not after the other? The case 2026 ≤ 2026-12-31 is certain although the two may or may not be equal. */
export function surelyAtMost(one: Moment, other: Moment): boolean | null {
  const [a, b] = one.kind === other.kind ? [one, other] : [dated(one), dated(other)];
  if (a.latest <= b.earliest) return true;
  return a.earliest > b.latest ? false : null;
}

function dated(moment: Moment): Moment {
  if (moment.kind === "date") return moment;
  const floor = (instant: number) => Math.floor(instant / day) * day;
  return { ...moment, kind: "date", earliest: floor(moment.earliest), latest: floor(moment.latest) };
}

export type Span = "years" | "months" | "weeks" | "days" | "hours" | "minutes";
export const spans: readonly Span[] = ["years", "months", "weeks", "days", "hours", "minutes"];

const lengths = { weeks: 7 * day, days: day, hours: 3_600_000, minutes: 60_000 } as const;

/** Whole units from one moment to another, towards zero; null when unknown parts make a difference. */
export function spanBetween(from: Moment, until: Moment, unit: Span): number | null {
  const [a, b] = from.kind === until.kind ? [from, until] : [dated(from), dated(until)];
  const shortest = unitsBetween(a.latest, b.earliest, unit);
  return shortest === unitsBetween(a.earliest, b.latest, unit) ? shortest : null;
}

function unitsBetween(from: number, until: number, unit: Span): number {
  if (from > until) return -unitsBetween(until, from, unit) || 0;
  if (unit !== "years" && unit !== "months") return Math.floor((until - from) / lengths[unit]);
  const [a, b] = [new Date(from), new Date(until)];
  const passed = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  const rest = (date: Date) => date.getUTCDate() * day + (date.getTime() % day);
  // Born on the 29th of February: a year is full on the 1st of March, and a month from the 31st on the 1st of the next but one.
  const whole = rest(b) < rest(a) ? passed - 1 : passed;
  return unit === "years" ? Math.floor(whole / 12) : whole;
}
