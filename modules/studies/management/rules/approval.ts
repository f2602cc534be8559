/** Who has to agree before a study is set up: which requests a dossier asks for, in which order, and how long they take. */
import { addDays, daysBetween } from "./days.ts";

export const approvers = {
  department: "Head of department",
  ethics: "Ethics committee",
  law: "Law (contracts)",
  finance: "Finance",
  privacy: "Privacy officer",
  pharmacy: "Pharmacy",
  laboratory: "Laboratory",
  board: "Board of directors",
} as const;
export type Approver = keyof typeof approvers;
export const approverNames = Object.keys(approvers) as Approver[];

/** What the rules look at. */
export interface Proposal {
  readonly sponsorKind: "own" | "academic" | "industry";
  readonly phase: string;
  readonly usesProduct: boolean;
  readonly usesSamples: boolean;
  readonly sharesData: boolean;
  readonly budget: number;
}
export interface Wanted {
  readonly approver: Approver;
  /** Those of one stage are asked side by side; the next stage when all of them have agreed. */
  readonly stage: number;
  readonly days: number;
  /** The rule that asks, in words. */
  readonly because: string;
}

export function wantedFor(proposal: Proposal, boardFrom = 500_000): Wanted[] {
  const { sponsorKind, usesProduct, usesSamples, sharesData, budget } = proposal;
  const wanted: Wanted[] = [
    { approver: "department", stage: 1, days: 10, because: "Every study: the department gives people and rooms." },
    { approver: "finance", stage: 2, days: 15, because: "Every study: its costs are covered." },
  ];
  if (sponsorKind !== "own")
    wanted.push({ approver: "law", stage: 2, days: 20, because: "A contract with a sponsor outside the house." });
  if (sharesData || sponsorKind === "industry")
    wanted.push({ approver: "privacy", stage: 2, days: 15, because: "Data leave the house." });
  if (usesProduct)
    wanted.push({ approver: "pharmacy", stage: 2, days: 10, because: "A product is stored and handed out." });
  if (usesSamples) wanted.push({ approver: "laboratory", stage: 2, days: 10, because: "Samples are taken and kept." });
  wanted.push({ approver: "ethics", stage: 3, days: 60, because: "Every study with people." });
  if (budget >= boardFrom)
    wanted.push({
      approver: "board",
      stage: 4,
      days: 30,
      because: `The budget is ${boardFrom.toLocaleString("en")} or more.`,
    });
  return wanted.sort((one, other) => one.stage - other.stage || (one.approver < other.approver ? -1 : 1));
}

/** Who decided last, in any study of the institution; a head of department for that department alone. */
export interface UsualDecider {
  readonly approver: string;
  readonly department: string;
  readonly deciderId: string;
}
/** The requests that the rules make by themselves: never asked for in this study, and it is known whom to ask. */
export function askedByRules<W extends Wanted>(
  wanted: readonly W[],
  everAsked: ReadonlySet<string>,
  usual: readonly UsualDecider[],
  department: string,
  mayDecide: (personId: string) => boolean,
): readonly (W & { readonly deciderId: string })[] {
  return wanted.flatMap((one) => {
    const known = usual.find(
      (row) => row.approver === one.approver && (one.approver !== "department" || row.department === department),
    );
    return known && !everAsked.has(one.approver) && mayDecide(known.deciderId)
      ? [{ ...one, deciderId: known.deciderId }]
      : [];
  });
}

export interface ApprovalRow {
  readonly id: string;
  readonly approver: string;
  readonly stage: number;
  readonly days: number;
  readonly askedOn: string;
  readonly decision: "granted" | "refused" | "withdrawn" | null;
  readonly decidedOn: string | null;
  /** Of a decision that was granted for a time. */
  readonly validUntil: string | null;
}
export type ApprovalState =
  | "waits its turn"
  | "open"
  | "late"
  | "granted"
  | "runs out"
  | "run out"
  | "refused"
  | "withdrawn";

/** Granted, and in force today. */
export const holds = (state: ApprovalState): boolean => state === "granted" || state === "runs out";

/**
 * The day on which a request's turn came: when the last approver of the stages before it had granted. Null: not yet. Who
 * refused and was asked again counts by what was granted.
 */
export function openedOn(row: Pick<ApprovalRow, "stage" | "askedOn">, all: readonly ApprovalRow[]): string | null {
  const before = all.filter(({ stage, decision }) => stage < row.stage && decision !== "withdrawn");
  const granted = before.filter(({ decision }) => decision === "granted");
  const agreed = new Set(granted.map(({ approver }) => approver));
  if (before.some(({ approver }) => !agreed.has(approver))) return null;
  return [row.askedOn, ...granted.map(({ decidedOn }) => decidedOn ?? "")].sort().at(-1) ?? row.askedOn;
}

export const dueOn = (row: ApprovalRow, all: readonly ApprovalRow[]): string | null => {
  const opened = openedOn(row, all);
  return opened && addDays(opened, row.days);
};

export function approvalState(row: ApprovalRow, all: readonly ApprovalRow[], today: string): ApprovalState {
  if (row.decision === "granted" && row.validUntil !== null) {
    if (row.validUntil < today) return "run out";
    if (row.validUntil <= addDays(today, 60)) return "runs out";
  }
  if (row.decision) return row.decision;
  const due = dueOn(row, all);
  if (due === null) return "waits its turn";
  return today > due ? "late" : "open";
}

/** Days that a request has been (or was) open. */
export function daysOpen(row: ApprovalRow, all: readonly ApprovalRow[], today: string): number | null {
  const opened = openedOn(row, all);
  return opened === null ? null : Math.max(0, daysBetween(opened, row.decidedOn ?? today));
}
