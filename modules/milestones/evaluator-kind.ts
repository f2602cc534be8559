/** From where someone looks at a trainee. */
export const evaluatorKinds = {
  faculty: "Faculty",
  outside: "Outside evaluator",
  staff: "Nurse or other staff",
  peer: "Peer",
  patient: "Patient or family",
} as const;
export type EvaluatorKind = keyof typeof evaluatorKinds;

/** Their answers are shown only together: who said what would be plain in a small program. */
export const isGrouped = (kind: EvaluatorKind): boolean => kind === "peer" || kind === "patient";

export const kindChoices = Object.entries(evaluatorKinds).map(([value, label]) => ({ value, label }));

/** Five steps in plain words, for those who do not know the milestones. */
export const agreeSteps = [
  { value: "1", label: "1", means: "Disagree" },
  { value: "2", label: "2", means: "Rather disagree" },
  { value: "3", label: "3", means: "Neither" },
  { value: "4", label: "4", means: "Rather agree" },
  { value: "5", label: "5", means: "Agree" },
] as const;

export const agreeInWords = (value: number): string =>
  agreeSteps[Math.min(Math.max(value, 1), 5) - 1]?.means ?? "Neither";

/** From a form; null for "cannot say" and for whatever is no step. */
export function agreeFrom(text: string | undefined): number | null {
  const value = Number(text ?? "");
  return Number.isInteger(value) && value >= 1 && value <= 5 ? value : null;
}
