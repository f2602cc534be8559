/** Questions of understanding. A wrong answer is explained and asked again; it never decides alone who may take part. */
import type { Comprehension } from "./document.ts";

export interface Answer {
  readonly questionId: string;
  readonly isRight: boolean;
}

export const hasUnderstood = (question: Comprehension, answers: readonly Answer[]): boolean =>
  answers.some(({ questionId, isRight }) => questionId === question.id && isRight);

export const wrongAnswersTo = (question: Comprehension, answers: readonly Answer[]): number =>
  answers.filter(({ questionId, isRight }) => questionId === question.id && !isRight).length;

/** After so many wrong answers to one question the team is told to talk it over; signing waits for that talk. */
export const needsTalk = (
  questions: readonly Comprehension[],
  answers: readonly Answer[],
  most: number,
): Comprehension[] => questions.filter((question) => wrongAnswersTo(question, answers) >= most);

export const allUnderstood = (questions: readonly Comprehension[], answers: readonly Answer[]): boolean =>
  questions.every((question) => hasUnderstood(question, answers));
