/** Adverse events: what makes one serious, when it must be reported, and what data and report do not agree on (ICH E2A). */

export const seriousness = {
  death: "Led to death",
  "life-threatening": "Was life-threatening",
  hospitalisation: "Hospital stay, or a longer one",
  disability: "Lasting or significant disability",
  anomaly: "Birth defect",
  important: "Medically important otherwise",
} as const;
export type Seriousness = keyof typeof seriousness;
export const seriousnessNames = Object.keys(seriousness) as Seriousness[];

export const severities = { mild: "Mild", moderate: "Moderate", severe: "Severe" } as const;
export type Severity = keyof typeof severities;
export const relations = {
  unrelated: "Not related",
  unlikely: "Unlikely",
  possible: "Possible",
  probable: "Probable",
  definite: "Definite",
} as const;
export type Relation = keyof typeof relations;
export const outcomes = {
  recovering: "Recovering",
  recovered: "Recovered",
  "with-sequelae": "Recovered with sequelae",
  "not-recovered": "Not recovered",
  fatal: "Fatal",
  unknown: "Unknown",
} as const;
export type Outcome = keyof typeof outcomes;

export interface EventFacts {
  readonly criteria: readonly string[];
  readonly related: string;
  readonly expected: boolean;
  /** When somebody of the team learnt of it. */
  readonly awareAt: Date;
  readonly reportedAt: Date | null;
}

export const isSerious = ({ criteria }: Pick<EventFacts, "criteria">): boolean => criteria.length > 0;
/** Serious, not expected, and at least possibly caused by what is studied (SUSAR). */
export const isUnexpectedReaction = ({ criteria, related, expected }: EventFacts): boolean =>
  criteria.length > 0 && !expected && ["possible", "probable", "definite"].includes(related);

/** When the sponsor was told that it is serious: what was told of a version before it was known to be does not count. */
export const seriousReport = (
  { eventId, seriousFrom }: { readonly eventId: string; readonly seriousFrom: number | null },
  reports: readonly {
    readonly eventId: string;
    readonly version: number;
    readonly toldTo: string;
    readonly madeAt: Date;
  }[],
): Date | null =>
  reports.find(
    (row) => row.eventId === eventId && row.toldTo === "sponsor" && seriousFrom !== null && row.version >= seriousFrom,
  )?.madeAt ?? null;

/** From when the clock of a follow-up runs: as before, or, once it becomes serious, from when the team learnt of that. */
export function followUpAware(
  before: { readonly awareAt: Date; readonly seriousFrom: number | null },
  becomesSerious: boolean,
  learnt: Date | null,
): Date | null {
  return before.seriousFrom === null && becomesSerious ? learnt : before.awareAt;
}

const hours = (moment: Date, count: number) => new Date(moment.getTime() + count * 3_600_000);

/** The investigator tells the sponsor at once, no later than 24 hours after learning of it. */
export const reportBy = ({ awareAt }: Pick<EventFacts, "awareAt">): Date => hours(awareAt, 24);

/** The authority is told within 7 days of a fatal or life-threatening unexpected reaction, 15 days of any other. */
export function authorityBy(facts: EventFacts): Date | null {
  if (!isUnexpectedReaction(facts)) return null;
  const isGrave = facts.criteria.some((one) => one === "death" || one === "life-threatening");
  return hours(facts.awareAt, (isGrave ? 7 : 15) * 24);
}

export type ClockState = "no clock" | "running" | "late" | "reported in time" | "reported late";
export function clockOf(facts: Pick<EventFacts, "criteria" | "awareAt" | "reportedAt">, now: Date): ClockState {
  if (!isSerious(facts)) return "no clock";
  const by = reportBy(facts);
  if (facts.reportedAt) return facts.reportedAt <= by ? "reported in time" : "reported late";
  return now <= by ? "running" : "late";
}

/** "5 h 12 min left", "2 d 3 h late" */
export function clockInWords(by: Date, now: Date): string {
  const minutes = Math.round(Math.abs(by.getTime() - now.getTime()) / 60_000);
  const days = Math.floor(minutes / 1_440);
  const rest = Math.floor((minutes % 1_440) / 60);
  const words = days > 0 ? `${days} d ${rest} h` : rest > 0 ? `${rest} h ${minutes % 60} min` : `${minutes} min`;
  return `${words} ${now <= by ? "left" : "late"}`;
}

export interface SafetyLine {
  readonly subjectId: string;
  readonly term: string;
  readonly onsetOn: string;
  readonly serious: boolean;
}
export interface Difference {
  readonly subjectId: string;
  readonly says: string;
  readonly reported: SafetyLine | null;
  readonly captured: SafetyLine | null;
}

/** What the safety reports and the captured forms do not agree on. A line of one is matched by subject and term, then by day. */
export function reconcile(reported: readonly SafetyLine[], captured: readonly SafetyLine[]): Difference[] {
  const left = [...captured];
  const differences: Difference[] = [];
  const same = (one: string, other: string) => plainly(one) === plainly(other);
  for (const line of reported) {
    const matches = left.filter((one) => one.subjectId === line.subjectId && same(one.term, line.term));
    const match = matches.find(({ onsetOn }) => onsetOn === line.onsetOn) ?? matches[0];
    if (!match) {
      differences.push({
        subjectId: line.subjectId,
        says: "Reported, and in no form.",
        reported: line,
        captured: null,
      });
      continue;
    }
    left.splice(left.indexOf(match), 1);
    const unlike = [
      ...(match.onsetOn === line.onsetOn ? [] : ["the day of onset"]),
      ...(match.serious === line.serious ? [] : ["whether it is serious"]),
    ];
    if (unlike.length > 0)
      differences.push({
        subjectId: line.subjectId,
        says: `They differ in ${unlike.join(" and ")}.`,
        reported: line,
        captured: match,
      });
  }
  for (const line of left)
    differences.push({
      subjectId: line.subjectId,
      says: line.serious ? "Serious in the form, and never reported." : "In a form, and not reported.",
      reported: null,
      captured: line,
    });
  return differences;
}
const plainly = (text: string) => text.trim().toLowerCase().replace(/\s+/g, " ");
