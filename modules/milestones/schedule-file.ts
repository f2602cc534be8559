/** The rotation schedule as a file: who works where, under whom, from when to when. */
import type { FileProblem } from "./framework-file.ts";
import { readDay } from "./period.ts";

export const scheduleColumns = [
  { key: "trainee", title: "trainee", aliases: ["trainee_code", "trainee_email", "resident"] },
  { key: "evaluator", title: "evaluator_email", aliases: ["evaluator", "attending_email", "attending"] },
  { key: "rotation", title: "rotation", aliases: ["block", "service"] },
  { key: "start", title: "start", aliases: ["start_date", "from"] },
  { key: "end", title: "end", aliases: ["end_date", "to"] },
] as const;
export type ScheduleKey = (typeof scheduleColumns)[number]["key"];
export type ScheduleValues = Readonly<Record<ScheduleKey, string>>;

export interface ScheduleGround {
  /** Codes, in capitals. */
  readonly trainees: ReadonlyMap<string, string>;
  /** Addresses, in small letters, of those who may evaluate. */
  readonly evaluators: ReadonlyMap<string, string>;
}

export function scheduleRule(
  ground: ScheduleGround,
): (row: ScheduleValues, line: number) => FileProblem<ScheduleKey>[] {
  const lines = new Map<string, number>();
  return (row, line) => {
    const problems: FileProblem<ScheduleKey>[] = [];
    const say = (column: ScheduleKey | null, sentence: string) => problems.push({ column, sentence });
    if (!traineeIn(ground, row.trainee))
      say("trainee", `“${row.trainee.slice(0, 40)}” is no trainee's code here. The roster shows the codes.`);
    if (!evaluatorIn(ground, row.evaluator))
      say("evaluator", `“${row.evaluator.slice(0, 60)}” may not evaluate in this program.`);
    if (row.rotation === "") say("rotation", "The rotation is missing.");
    if (row.rotation.length > 120) say("rotation", "A rotation has at most 120 characters.");
    const [start, end] = [readDay(row.start), readDay(row.end)];
    if (!start) say("start", "Write the day as 2026-07-01.");
    if (!end) say("end", "Write the day as 2026-07-28.");
    if (start && end && end < start) say("end", "The block ends before it begins.");
    const key = [row.trainee, row.evaluator, row.rotation, row.start].join("|").toLowerCase();
    const earlier = lines.get(key);
    if (earlier !== undefined) say(null, `This block is already on line ${earlier}. Keep one of them.`);
    else lines.set(key, line);
    return problems;
  };
}

export const traineeIn = (ground: ScheduleGround, text: string): string | undefined =>
  ground.trainees.get(text.trim().toUpperCase());
export const evaluatorIn = (ground: ScheduleGround, text: string): string | undefined =>
  ground.evaluators.get(text.trim().toLowerCase());
