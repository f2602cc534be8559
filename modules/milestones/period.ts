/**
 * The half-years in which progress is judged. Each has the months it looks at and the window in which the committee's
 * result is reported (ACGME: November to early January, and late April to late June; the dates differ from year to year
 * and are settings).
 */
export type Half = "mid" | "end";

/** Days of a year, "MM-DD". */
export interface Windows {
  readonly yearBegins: string;
  readonly midOpens: string;
  readonly midCloses: string;
  readonly endOpens: string;
  readonly endCloses: string;
}

export interface Period {
  /** 2026 for the year 2026–27. */
  readonly academicYear: number;
  readonly half: Half;
  /** First and last day of what is looked at, "2026-07-01". */
  readonly startsOn: string;
  readonly endsOn: string;
  /** First and last day of reporting. */
  readonly opensOn: string;
  readonly closesOn: string;
}

export function periodTitle({ academicYear, half }: Pick<Period, "academicYear" | "half">): string {
  return `${half === "mid" ? "Mid-year" : "End of year"} ${academicYear}–${String((academicYear + 1) % 100).padStart(2, "0")}`;
}

/** For the foot of a chart: "Mid 26". */
export function periodShort({ academicYear, half }: Pick<Period, "academicYear" | "half">): string {
  return half === "mid" ? `Mid ${academicYear % 100}` : `End ${(academicYear + 1) % 100}`;
}

/** Both halves of one academic year. */
export function periodsOfYear(academicYear: number, windows: Windows): readonly [Period, Period] {
  const begins = `${academicYear}-${windows.yearBegins}`;
  const middle = addMonths(begins, 6);
  return [
    {
      academicYear,
      half: "mid",
      startsOn: begins,
      endsOn: dayBefore(middle),
      opensOn: within(begins, windows.midOpens),
      closesOn: within(begins, windows.midCloses),
    },
    {
      academicYear,
      half: "end",
      startsOn: middle,
      endsOn: dayBefore(addMonths(begins, 12)),
      opensOn: within(begins, windows.endOpens),
      closesOn: within(begins, windows.endCloses),
    },
  ];
}

/** The academic year a day falls in. */
export function academicYearOf(day: string, windows: Pick<Windows, "yearBegins">): number {
  const year = Number(day.slice(0, 4));
  return day.slice(5) < windows.yearBegins ? year - 1 : year;
}

/** Earlier periods first. */
export const inTime = (one: Pick<Period, "startsOn">, other: Pick<Period, "startsOn">): number =>
  one.startsOn < other.startsOn ? -1 : one.startsOn > other.startsOn ? 1 : 0;

export const isWithin = (day: string, { startsOn, endsOn }: Pick<Period, "startsOn" | "endsOn">): boolean =>
  startsOn <= day && day <= endsOn;

/** Whether any of someone's training falls into the period: who had not begun, or had finished, misses nothing in it. */
export const isInTraining = (
  { startsOn, expectedEnd }: { readonly startsOn: string; readonly expectedEnd: string },
  period: Pick<Period, "startsOn" | "endsOn">,
): boolean => startsOn <= period.endsOn && expectedEnd >= period.startsOn;

/** The period that was asked for; otherwise the newest that has begun, or the first there is. */
export function choosePeriod<P extends Pick<Period, "startsOn"> & { readonly id: string }>(
  periods: readonly P[],
  wanted: string | undefined,
  today: string,
): P | null {
  return (
    periods.find(({ id }) => id === wanted) ??
    periods.findLast(({ startsOn }) => startsOn <= today) ??
    periods[0] ??
    null
  );
}

export const dayOf = (moment: Date): string => moment.toISOString().slice(0, 10);

/** Null unless it is a day of the calendar written as 2026-11-02. */
export function readDay(text: string): string | null {
  const day = text.trim();
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const moment = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && dayOf(moment) === day ? day : null;
}

/** A day of the year that lies within twelve months of `begins`. */
function within(begins: string, monthDay: string): string {
  const year = Number(begins.slice(0, 4));
  return monthDay < begins.slice(5) ? `${year + 1}-${monthDay}` : `${year}-${monthDay}`;
}

export function addDays(day: string, days: number): string {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return dayOf(moment);
}

const dayBefore = (day: string) => addDays(day, -1);

function addMonths(day: string, months: number): string {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCMonth(moment.getUTCMonth() + months);
  return dayOf(moment);
}
