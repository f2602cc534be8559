/**
 * What a child reads and is asked instead of the document, in words for its age (45 CFR 46.408(a)). It is part of the same
 * version: written, published, approved and signed with it. Parents read the document itself.
 */
import type { Agreement, Comprehension, Section } from "./document.ts";

export interface Assent {
  readonly id: string;
  /** In years, both included. */
  readonly from: number;
  readonly to: number;
  readonly sections: readonly Section[];
  readonly questions: readonly Comprehension[];
  readonly agreements: readonly Agreement[];
}

export const assentFor = (assents: readonly Assent[] | undefined, age: number | null): Assent | null =>
  (age !== null && assents?.find(({ from, to }) => from <= age && age <= to)) || null;

/** Years on a day; null when the birth date cannot be read. */
export function ageOn(birthDate: string, day: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || birthDate > day) return null;
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

export function lacksInAssents(assents: readonly Assent[]): string[] {
  return assents.flatMap(({ id, from, to, sections, agreements }) => [
    ...(from > to ? [`The text for children from ${from} to ${to} fits no age.`] : []),
    ...(sections.length === 0 ? [`The text for children from ${from} to ${to} has no section.`] : []),
    ...(agreements.length === 0 ? [`The text for children from ${from} to ${to} asks for no agreement.`] : []),
    ...assents
      .filter((other) => other.id > id && other.from <= to && from <= other.to)
      .map(
        (other) => `Two texts are for the same children: from ${from} to ${to}, and from ${other.from} to ${other.to}.`,
      ),
  ]);
}

/** "# Title", a short paragraph that everybody reads, and what may be read besides. */
export function sectionsIn(text: string, prefix: string): Section[] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((part, at) => {
      const [title = "", ...rest] = part.split("\n");
      const [summary = "", ...full] = rest
        .join("\n")
        .trim()
        .split(/\n\s*\n/);
      return {
        id: `${prefix}s${at + 1}`,
        title: title.trim(),
        summary: summary.replace(/\s*\n\s*/g, " ").trim(),
        full: full.join("\n\n").trim(),
      };
    });
}
export const sectionsAsText = (sections: readonly Section[]): string =>
  sections
    .map(({ title, summary, full }) => [`# ${title}`, summary, ...(full ? ["", full] : [])].join("\n"))
    .join("\n\n");

/** A question, its answers ("* " before the right one, "- " before the others), and what explains it; a blank line ends it. */
export function questionsIn(text: string, prefix: string): Comprehension[] {
  return text
    .split(/\n\s*\n/)
    .map((part) =>
      part
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    )
    .filter(([first]) => first)
    .map(([ask = "", ...lines], at) => {
      const answers = lines.filter((line) => /^[-*] /.test(line));
      return {
        id: `${prefix}q${at + 1}`,
        ask,
        options: answers.map((line) => line.slice(2).trim()),
        right: answers.findIndex((line) => line.startsWith("* ")),
        explain: lines.filter((line) => !/^[-*] /.test(line)).join(" "),
      };
    });
}
export const questionsAsText = (questions: readonly Comprehension[]): string =>
  questions
    .map(({ ask, options, right, explain }) =>
      [ask, ...options.map((option, at) => `${at === right ? "*" : "-"} ${option}`), explain].join("\n"),
    )
    .join("\n\n");
