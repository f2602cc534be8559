/**
 * Journeys: check-ins, lessons and quizzes over days, written as data. A journey waits while a person has the
 * conversation and while an incident is open; afterwards it goes on from where it was, one step a day, and never
 * catches up by sending many.
 */
import type { Conversation } from "./conversation.ts";
import type { Locale } from "./reading-grade.ts";
import { inGsmLetters, segmentsOf } from "./segments.ts";

type Worded = Readonly<Record<Locale, string>>;
interface StepBase {
  readonly id: string;
  /** Days after the step before; the first step after the begin. */
  readonly afterDays: number;
  /** In the member's own day: "09:00". */
  readonly at: string;
  readonly text: Worded;
}
export type Step =
  | (StepBase & { readonly kind: "lesson" })
  /** What the answer is: a bare number after "minutes" is no glucose. */
  | (StepBase & { readonly kind: "check-in"; readonly expects: "reading" | "number" | "words" })
  | (StepBase & { readonly kind: "quiz"; readonly choices: readonly Choice[] });
export interface Choice {
  /** What the member texts: "A". */
  readonly key: string;
  readonly text: Worded;
  readonly right: boolean;
  readonly answer: Worded;
}
export interface Journey {
  readonly id: string;
  readonly version: number;
  readonly title: Worded;
  readonly steps: readonly Step[];
}

export interface Enrolment {
  readonly startedOn: string;
  /** The last step that went out, and the day it did; null before the first. */
  readonly done: { readonly step: string; readonly on: string } | null;
  readonly status: "running" | "ended" | "withdrawn";
}

export type NextOfJourney =
  | { readonly kind: "due"; readonly step: Step }
  | { readonly kind: "wait"; readonly until: Temporal.Instant }
  | { readonly kind: "paused"; readonly because: "human" | "crisis" | "closed" }
  | { readonly kind: "ended" };

export function nextStep(
  journey: Journey,
  enrolment: Enrolment,
  conversation: Conversation,
  now: Temporal.Instant,
  zone: string,
): NextOfJourney {
  if (enrolment.status !== "running") return { kind: "ended" };
  if (conversation.status === "closed") return { kind: "paused", because: "closed" };
  if (conversation.status === "crisis-locked") return { kind: "paused", because: "crisis" };
  if (conversation.owner.kind === "human" || conversation.status !== "bot-active")
    return { kind: "paused", because: "human" };
  const place = enrolment.done === null ? -1 : journey.steps.findIndex(({ id }) => id === enrolment.done?.step);
  const step = journey.steps[place + 1];
  if (!step) return { kind: "ended" };
  const from = Temporal.PlainDate.from(enrolment.done?.on ?? enrolment.startedOn);
  const planned = from
    .add({ days: step.afterDays })
    .toZonedDateTime({ timeZone: zone, plainTime: step.at })
    .toInstant();
  return Temporal.Instant.compare(planned, now) <= 0 ? { kind: "due", step } : { kind: "wait", until: planned };
}

export type QuizAnswer = { readonly kind: "answer"; readonly choice: Choice } | { readonly kind: "not-a-choice" };

/** "b", "B)", "B." and the number of the place. Anything else is an ordinary message. */
export function readQuizAnswer(step: Extract<Step, { kind: "quiz" }>, text: string): QuizAnswer {
  const typed = /^\W*([\p{L}\p{N}])\W*$/u.exec(text.trim())?.[1]?.toLowerCase();
  if (typed === undefined) return { kind: "not-a-choice" };
  const choice = step.choices.find(({ key }, place) => key.toLowerCase() === typed || String(place + 1) === typed);
  return choice ? { kind: "answer", choice } : { kind: "not-a-choice" };
}

/** What a step's question makes of the next message: read by the glucose parser. */
export function expectationOf(step: Step | null): "reading" | "another-number" | null {
  if (step?.kind === "quiz") return "another-number";
  if (step?.kind !== "check-in" || step.expects === "words") return null;
  return step.expects === "reading" ? "reading" : "another-number";
}

/** What is wrong with a journey, before it can be approved. */
export function journeyProblems({ steps, title }: Journey): string[] {
  const ids = steps.map(({ id }) => id);
  return [
    ...(steps.length === 0 ? ["The journey has no steps."] : []),
    ...(title.en.trim() === "" || title.es.trim() === "" ? ["The title is missing in one language."] : []),
    ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `There are two steps “${id}”.`),
    ...steps.flatMap((step, place) => stepProblems(step, place)),
  ];
}

function stepProblems(step: Step, place: number): string[] {
  const name = `Step ${place + 1}`;
  const quiz = step.kind === "quiz" ? step.choices : [];
  const texts = [step.text, ...quiz.map((choice) => choice.answer)];
  return [
    ...(Number.isInteger(step.afterDays) && step.afterDays >= (place === 0 ? 0 : 1)
      ? []
      : [`${name}: at least a day lies between two steps.`]),
    ...(/^(?:0[89]|1\d|20):[0-5]\d$/.test(step.at)
      ? []
      : [`${name}: ${step.at} is not a time of the day between 08:00 and 20:59.`]),
    ...texts.flatMap((text) =>
      (["en", "es"] as const).flatMap((locale) => [
        ...(text[locale].trim() === "" ? [`${name}: the text is missing (${locale}).`] : []),
        ...(segmentsOf(inGsmLetters(text[locale])).segments > 2
          ? [`${name}: the text is longer than two messages (${locale}).`]
          : []),
      ]),
    ),
    ...(step.kind === "quiz" && quiz.filter(({ right }) => right).length !== 1
      ? [`${name}: a quiz has exactly one right answer.`]
      : []),
    ...(step.kind === "quiz" && new Set(quiz.map(({ key }) => key.toLowerCase())).size !== quiz.length
      ? [`${name}: two choices have the same letter.`]
      : []),
  ];
}
