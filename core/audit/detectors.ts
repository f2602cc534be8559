/**
 * What is worth an alarm. Rules over what a person did lately and what is usual for him; pure, so that each can be tried.
 * They are meant to be few and quiet: an alarm that comes every day is read by nobody.
 */
export type Detector =
  | "canary"
  | "volume"
  | "unassigned"
  | "refusals"
  | "walking"
  | "exports"
  | "hours"
  | "network"
  | "review";

export const detectorTitles: Readonly<Record<Detector, string>> = {
  canary: "A watched record was opened",
  volume: "Many more records than usual",
  unassigned: "Records of people who are not assigned",
  refusals: "Many refusals",
  walking: "Addresses tried one after another",
  exports: "Many downloads",
  hours: "At an unusual hour",
  review: "An emergency was not looked at",
  network: "From a network never used before",
};

/** What one person did until now. */
export interface Lately {
  /** Different subjects in what he was shown in the last five minutes, and since midnight (UTC). */
  readonly subjectsFiveMinutes: number;
  readonly subjectsToday: number;
  /** Refused in the last five minutes; and of those, not found under one and the same address. */
  readonly refusedFiveMinutes: number;
  readonly notFoundFiveMinutes: number;
  readonly exportsHour: number;
  readonly exportsToday: number;
  /** Subjects whose identity he opened in the last hour and who are assigned to others, while he works by assignment. */
  readonly unassignedHour: number;
  /** The hour it is now, UTC. */
  readonly hour: number;
  /** The network that is new to this person and from which he saw most in the last five minutes; null: none is. */
  readonly newNetwork: string | null;
  readonly subjectsFromThere: number;
}

/** What is usual: the most of the last thirty days before today. */
export interface Habit {
  readonly days: number;
  readonly mostViews: number;
  readonly mostExports: number;
  /** A bit for each hour in which he ever did anything. */
  readonly hours: number;
  /** Different networks he came from: /24 of IPv4, /48 of IPv6. */
  readonly networks: number;
}

export interface Finding {
  readonly detector: Detector;
  /** What was found, without a name. */
  readonly says: string;
}

/** So few days tell nothing of what is usual. */
const KNOWN_DAYS = 10;

export function findingsOf(lately: Lately, habit: Habit): Finding[] {
  const found: Finding[] = [];
  const isKnown = habit.days >= KNOWN_DAYS;
  if (lately.subjectsFiveMinutes >= 300)
    found.push({ detector: "volume", says: `saw ${lately.subjectsFiveMinutes} different records within five minutes` });
  else if (isKnown && lately.subjectsToday >= 50 && lately.subjectsToday > 4 * habit.mostViews)
    found.push({
      detector: "volume",
      says: `saw ${lately.subjectsToday} records today; the most on any day of the last thirty was ${habit.mostViews}`,
    });
  if (lately.unassignedHour >= 10)
    found.push({
      detector: "unassigned",
      says: `opened who ${lately.unassignedHour} people are within an hour, none of them assigned to this person`,
    });
  if (lately.notFoundFiveMinutes >= 15)
    found.push({
      detector: "walking",
      says: `asked for ${lately.notFoundFiveMinutes} records under one address within five minutes that are not there`,
    });
  else if (lately.refusedFiveMinutes >= 20)
    found.push({ detector: "refusals", says: `was refused ${lately.refusedFiveMinutes} times within five minutes` });
  if (lately.exportsHour >= 10 || (isKnown && lately.exportsToday >= 5 && lately.exportsToday > 3 * habit.mostExports))
    found.push({
      detector: "exports",
      says: `downloaded ${Math.max(lately.exportsHour, lately.exportsToday)} files; the most on any day of the last thirty was ${habit.mostExports}`,
    });
  if (isKnown && lately.subjectsFiveMinutes >= 20 && !isUsualHour(lately.hour, habit.hours))
    found.push({
      detector: "hours",
      says: `saw ${lately.subjectsFiveMinutes} records at ${String(lately.hour).padStart(2, "0")}:00 UTC, an hour at which this person never works`,
    });
  // Nought: his days were counted before networks were.
  if (isKnown && habit.networks > 0 && lately.newNetwork !== null && lately.subjectsFromThere >= 5)
    found.push({
      detector: "network",
      says: `saw ${lately.subjectsFromThere} records from ${lately.newNetwork}, a network this person did not use in the last thirty days`,
    });
  return found;
}

/** The hour itself or one beside it. */
function isUsualHour(hour: number, hours: number): boolean {
  return [hour + 23, hour, hour + 1].some((one) => (hours & (1 << (one % 24))) !== 0);
}

/** Whoever lists a whole workspace meets a watched record among others; who opens it, or takes it out, does not. */
const FEW = 5;
export const isOpened = (subjects: number, event: string | null): boolean =>
  subjects <= FEW || event === "core.exported";
