/** Levels as forms send them: one field for each subcompetency, "levels.<id>". */
import { Problem } from "@core/problem.ts";
import { type Level, levelColumns, readLevel } from "./level.ts";

/** The field of one subcompetency in a form. */
export const levelField = (subcompetencyId: string): string => `levels.${subcompetencyId}`;
export const reasonField = (subcompetencyId: string): string => `reasons.${subcompetencyId}`;

/**
 * The answers for these subcompetencies; what was left out is left out. Throws Problem "invalid" with a sentence for each
 * answer that is no level, and "not-found" for a subcompetency that was not asked about.
 */
export function readLevels(
  typed: Readonly<Record<string, string>>,
  asked: readonly { readonly id: string; readonly code: string }[],
): Map<string, Level> {
  const codes = new Map(asked.map(({ id, code }) => [id, code]));
  const problems: Record<string, string> = {};
  const levels = new Map<string, Level>();
  for (const [id, text] of Object.entries(typed)) {
    const code = codes.get(id);
    if (code === undefined)
      throw Problem.notFound("One of these subcompetencies was not asked about. Reload the page and try again.");
    const { level, problem } = readLevel(text);
    if (problem === undefined) levels.set(id, level);
    else problems[levelField(id)] = `${code}: ${problem}`;
  }
  if (Object.keys(problems).length > 0) throw Problem.invalid(problems);
  return levels;
}

/** For `setLevels`: every subcompetency that was asked about, also those without an answer. */
export function levelsAsJson(levels: ReadonlyMap<string, Level>, asked: readonly { readonly id: string }[]): string {
  return JSON.stringify(
    asked.map(({ id }) => {
      const { status, halfSteps } = levelColumns(levels.get(id) ?? null);
      return { id, status, half_steps: halfSteps };
    }),
  );
}
