/**
 * When a text may go out. Proactive messages keep to the member's own day (08:00–21:00 by default: 47 CFR 64.1200(c))
 * and to caps (one a day, three a week for what nobody asked for). Safety messages always go; an answer within ten
 * minutes of the member's own message does too. Clock changes are the zone's affair, through Temporal.
 */
export type Sending = "safety" | "reply" | "proactive";

export interface DayWindow {
  /** "08:00" */
  readonly from: string;
  /** "21:00"; nothing is sent at that minute any more. */
  readonly until: string;
}
export const widestWindow: DayWindow = { from: "08:00", until: "21:00" };

export interface Caps {
  readonly proactiveADay: number;
  readonly proactiveAWeek: number;
  /** Everything without a person's hand, safety messages excepted. */
  readonly automaticADay: number;
}
export const defaultCaps: Caps = { proactiveADay: 1, proactiveAWeek: 3, automaticADay: 20 };

export interface SendingQuestion {
  readonly now: Temporal.Instant;
  /** IANA name: "America/Chicago". */
  readonly zone: string;
  readonly sending: Sending;
  readonly window?: DayWindow;
  readonly caps?: Caps;
  /** The member's last message. */
  readonly lastInbound: Temporal.Instant | null;
  /** What went out without a person's hand, newest last or not. */
  readonly automatic: readonly Temporal.Instant[];
  readonly proactive: readonly Temporal.Instant[];
}

export type SendingAnswer =
  | { readonly send: true; readonly exempt: "safety" | "reply" | null }
  | {
      readonly send: false;
      readonly until: Temporal.Instant;
      readonly because: "quiet-hours" | "daily-cap" | "weekly-cap" | "automatic-cap";
    };

const replyMinutes = 10;

/** Throws a RangeError for a zone that does not exist: such a member must be given one before anything is sent. */
export function maySend(question: SendingQuestion): SendingAnswer {
  const { now, zone, sending, caps = defaultCaps, lastInbound, automatic, proactive } = question;
  const window = narrower(question.window ?? widestWindow, widestWindow);
  const here = now.toZonedDateTimeISO(zone);
  if (sending === "safety") return { send: true, exempt: "safety" };
  const today = here.startOfDay().toInstant();
  const tomorrow = here.add({ days: 1 }).startOfDay();
  const hold = (
    until: Temporal.Instant,
    because: Extract<SendingAnswer, { send: false }>["because"],
  ): SendingAnswer => ({ send: false, until, because });
  if (since(automatic, today) >= caps.automaticADay) return hold(openingOf(tomorrow, window), "automatic-cap");
  if (sending === "reply" && lastInbound !== null && minutesBetween(lastInbound, now) <= replyMinutes)
    return { send: true, exempt: "reply" };
  if (sending === "proactive") {
    const week = here.subtract({ days: 7 }).toInstant();
    if (since(proactive, week) >= caps.proactiveAWeek) {
      const oldest = [...proactive]
        .filter((at) => Temporal.Instant.compare(at, week) > 0)
        .sort(Temporal.Instant.compare)
        .at(-caps.proactiveAWeek);
      const free = (oldest ?? now).toZonedDateTimeISO(zone).add({ days: 7, seconds: 1 });
      return hold(withinWindow(free, window).toInstant(), "weekly-cap");
    }
    if (since(proactive, today) >= caps.proactiveADay) return hold(openingOf(tomorrow, window), "daily-cap");
  }
  const open = withinWindow(here, window);
  return open.equals(here) ? { send: true, exempt: null } : hold(open.toInstant(), "quiet-hours");
}

/** The same moment when it lies within the window, otherwise the next opening. */
function withinWindow(moment: Temporal.ZonedDateTime, { from, until }: DayWindow): Temporal.ZonedDateTime {
  const clock = moment.toPlainTime();
  if (Temporal.PlainTime.compare(clock, from) < 0) return moment.withPlainTime(from);
  if (Temporal.PlainTime.compare(clock, until) < 0) return moment;
  return moment.add({ days: 1 }).withPlainTime(from);
}
const openingOf = (day: Temporal.ZonedDateTime, { from }: DayWindow) => day.withPlainTime(from).toInstant();

const since = (moments: readonly Temporal.Instant[], start: Temporal.Instant) =>
  moments.filter((at) => Temporal.Instant.compare(at, start) >= 0).length;
const minutesBetween = (one: Temporal.Instant, other: Temporal.Instant) => other.since(one).total("minutes");

/** A tenant or a member may ask for less time, never for more. */
function narrower(asked: DayWindow, widest: DayWindow): DayWindow {
  const from = [asked.from, widest.from].sort()[1] ?? widest.from;
  const until = [asked.until, widest.until].sort()[0] ?? widest.until;
  return from < until ? { from, until } : widest;
}

/** False for a name that Temporal does not know: asked where a member's zone is entered. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}
