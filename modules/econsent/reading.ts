/** Where a signer is in a document: one idea a screen, in a fixed order; nothing is skipped, everything can be looked at again. */
import type { Content } from "./document.ts";
import type { SignerRole } from "./signers.ts";

export interface StepTaken {
  readonly kind: string;
  readonly part: string;
  readonly value: string | null;
  readonly isRight: boolean | null;
}
export type Screen =
  | { readonly kind: "read"; readonly at: number }
  | { readonly kind: "quiz"; readonly at: number }
  | { readonly kind: "choice"; readonly at: number }
  | { readonly kind: "sign" };

/** A witness watches; a minor is asked what he understood, his parents choose for him; after a parent nobody chooses again. */
export interface Asked {
  readonly quiz: boolean;
  readonly choices: boolean;
}
export const askedOf = (role: SignerRole, isFirst: boolean): Asked => ({
  quiz: role !== "witness" && role !== "investigator",
  choices: isFirst && (role === "participant" || role === "representative"),
});

export function screensOf(content: Content, asked: Asked): Screen[] {
  return [
    ...content.sections.map((_, at) => ({ kind: "read" as const, at })),
    ...(asked.quiz ? content.questions.map((_, at) => ({ kind: "quiz" as const, at })) : []),
    ...(asked.choices ? content.choices.map((_, at) => ({ kind: "choice" as const, at })) : []),
    { kind: "sign" },
  ];
}

export function isDone(screen: Screen, content: Content, steps: readonly StepTaken[]): boolean {
  if (screen.kind === "sign") return false;
  const list = screen.kind === "read" ? content.sections : screen.kind === "quiz" ? content.questions : content.choices;
  const id = list[screen.at]?.id;
  return steps.some(
    (step) =>
      step.part === id &&
      (screen.kind === "read"
        ? step.kind === "read"
        : screen.kind === "quiz"
          ? (step.kind === "answered" && step.isRight === true) || step.kind === "talked"
          : step.kind === "chose"),
  );
}

/** The first screen that is not done. */
export function nextScreen(
  content: Content,
  asked: Asked,
  steps: readonly StepTaken[],
): { screen: Screen; at: number; of: number } {
  const screens = screensOf(content, asked);
  const at = screens.findIndex((screen) => !isDone(screen, content, steps));
  return { screen: screens[at] as Screen, at: at + 1, of: screens.length };
}

/** May this screen be shown: it is done already, or it is the next one. */
export function mayShow(wanted: Screen, content: Content, asked: Asked, steps: readonly StepTaken[]): boolean {
  const screens = screensOf(content, asked);
  const at = screens.findIndex((one) => isSame(one, wanted));
  return at >= 0 && at <= nextScreen(content, asked, steps).at - 1;
}
export const isSame = (a: Screen, b: Screen): boolean =>
  a.kind === b.kind && (a.kind === "sign" || a.at === (b as { at: number }).at);

/** Full texts and media that this signer asked for: they stay open on his pages, and the evidence names them. */
export const openedParts = (steps: readonly StepTaken[]): ReadonlySet<string> =>
  new Set(steps.flatMap(({ kind, part }) => (kind === "opened" ? [part] : [])));

/** The answers as they stand: the last one to each choice. */
export function choicesMade(content: Content, steps: readonly StepTaken[]): Record<string, "yes" | "no"> {
  const made: Record<string, "yes" | "no"> = {};
  for (const { kind, part, value } of steps) {
    if (kind === "chose" && content.choices.some(({ id }) => id === part)) made[part] = value === "yes" ? "yes" : "no";
  }
  return made;
}

/** Yes only when everyone who was asked said yes. */
export function agreedByAll(
  content: Content,
  signed: readonly { readonly role: SignerRole; readonly answers: Readonly<Record<string, "yes" | "no">> }[],
): Record<string, "yes" | "no"> {
  const all: Record<string, "yes" | "no"> = {};
  for (const { id } of content.choices) {
    const answers = signed.flatMap(({ answers }) => (answers[id] ? [answers[id]] : []));
    all[id] = answers.length > 0 && answers.every((answer) => answer === "yes") ? "yes" : "no";
  }
  return all;
}
