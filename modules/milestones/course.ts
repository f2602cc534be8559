/** The course of one subcompetency over the periods, in a sentence: what a chart shows, for those who read it. */
import { isRated, type Level, levelInWords } from "./level.ts";

/** Null: no released result in that period. */
export type Course = readonly (Level | null)[];

export function courseInWords(course: Course): string {
  const given = course.filter((level) => level !== null);
  const last = given.at(-1);
  if (!last) return "Not rated yet.";
  const levels = given.filter(isRated);
  const [first] = levels;
  if (!isRated(last) || !first) return `${levelInWords(last)} at the latest of ${reviews(given.length)}.`;
  const [from, to] = [first.halfSteps / 2, last.halfSteps / 2];
  if (levels.length === 1) return `Level ${to} at the latest of ${reviews(given.length)}.`;
  if (from === to) return `Level ${to} at the first and the latest of ${reviews(given.length)}.`;
  return `${to > from ? "Rose" : "Fell"} from level ${from} to ${to} over ${reviews(given.length)}.`;
}

/** Over all subcompetencies: how many moved, and which way. */
export function coursesInWords(courses: readonly Course[]): string {
  let [up, down, same] = [0, 0, 0];
  for (const course of courses) {
    const levels = course.filter((level) => isRated(level));
    const [first, last] = [levels[0], levels.at(-1)];
    if (!first || !last || levels.length < 2) continue;
    if (last.halfSteps > first.halfSteps) up += 1;
    else if (last.halfSteps < first.halfSteps) down += 1;
    else same += 1;
  }
  if (up + down + same === 0) return "A course shows once two periods have a result.";
  return `Of ${up + down + same} subcompetencies with two results or more, ${up} rose, ${same} stayed and ${down} fell.`;
}

const reviews = (count: number) => (count === 1 ? "one review" : `${count} reviews`);
