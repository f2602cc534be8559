/** Deviations from the protocol: of what kind and how grave, who has to be told until when, and what is still owed (ICH E6(R3), Regulation (EU) 536/2014 Art. 52). */
import { addDays } from "./days.ts";

export const categories = {
  consent: "Consent",
  eligibility: "Eligibility",
  visit: "Visit missed or outside its window",
  procedure: "Procedure or sample missed or done otherwise",
  product: "Study product: dose, storage, accountability",
  treatment: "Treatment that the protocol forbids",
  randomisation: "Randomisation or blinding",
  safety: "Safety reporting",
  data: "Data, privacy or the computerised system",
  delegation: "Done by somebody without delegation or training",
  other: "Other",
} as const;
export type Category = keyof typeof categories;
export const categoryNames = Object.keys(categories) as Category[];

export const deviationSeverities = {
  minor: "Minor",
  important: "Important",
  "serious-breach": "Serious breach",
} as const;
export type DeviationSeverity = keyof typeof deviationSeverities;
export const severityHints: Readonly<Record<DeviationSeverity, string>> = {
  minor: "Touches neither a participant's rights, safety or well-being nor what the study can show.",
  important: "May touch a participant's rights, safety or well-being, or how complete and right the data are.",
  "serious-breach": "Is likely to touch these to a significant degree: the authority hears of it within 7 days.",
};

export const receivers = ["sponsor", "ethics committee", "authority"] as const;
export type Receiver = (typeof receivers)[number];

export interface DeviationFacts {
  readonly severity: DeviationSeverity;
  readonly discoveredOn: string;
  /** Whom any version was told to. */
  readonly told: readonly Receiver[];
  /** Whether the newest version was reviewed. */
  readonly isReviewed: boolean;
}
/** Whom it was told to, by any version; and whether somebody reviewed the version as it is now. */
export function deviationFacts(
  row: Pick<DeviationFacts, "severity" | "discoveredOn"> & { readonly deviationId: string; readonly version: number },
  marks: readonly { readonly deviationId: string; readonly version: number; readonly mark: Receiver | "reviewed" }[],
): DeviationFacts {
  const theirs = marks.filter(({ deviationId }) => deviationId === row.deviationId);
  return {
    severity: row.severity,
    discoveredOn: row.discoveredOn,
    told: receivers.filter((to) => theirs.some(({ mark }) => mark === to)),
    isReviewed: theirs.some(({ mark, version }) => mark === "reviewed" && version === row.version),
  };
}

/** Days within which the ethics committee is told of an important deviation: a setting, since committees differ. */
export interface DeviationTerms {
  readonly ethicsDays: number;
}

/** Who has to be told, and by which day: of what is minor, nobody. */
export function tellBy(
  { severity, discoveredOn }: Pick<DeviationFacts, "severity" | "discoveredOn">,
  { ethicsDays }: DeviationTerms,
): readonly { readonly to: Receiver; readonly by: string }[] {
  if (severity === "minor") return [];
  const ethics = { to: "ethics committee", by: addDays(discoveredOn, ethicsDays) } as const;
  return severity === "serious-breach"
    ? [{ to: "sponsor", by: addDays(discoveredOn, 1) }, { to: "authority", by: addDays(discoveredOn, 7) }, ethics]
    : [ethics];
}

export const deviationStates = {
  late: "overdue to be reported",
  owed: "to be reported",
  "to review": "waits for review",
  settled: "reviewed",
} as const;
export type DeviationState = keyof typeof deviationStates;

/** What is owed first comes first: a report, then the investigator's review of the newest version. */
export function deviationState(facts: DeviationFacts, terms: DeviationTerms, today: string): DeviationState {
  const open = tellBy(facts, terms).filter(({ to }) => !facts.told.includes(to));
  if (open.some(({ by }) => by < today)) return "late";
  if (open.length > 0) return "owed";
  return facts.isReviewed ? "settled" : "to review";
}
