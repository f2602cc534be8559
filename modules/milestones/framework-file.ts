/**
 * The two files a program brings: the subcompetencies of its specialty (code and title), and the texts of their levels,
 * which are the ACGME's and so are loaded by the program itself.
 */
import { competencies, ordinalOf, readCode, readCompetency } from "./subcompetency.ts";

export const subcompetencyColumns = [
  { key: "specialty", title: "specialty" },
  { key: "version", title: "milestones_version", aliases: ["version"] },
  { key: "code", title: "code", aliases: ["subcompetency"] },
  { key: "competency", title: "competency", required: false },
  { key: "title", title: "title", aliases: ["name"] },
] as const;
export type SubcompetencyKey = (typeof subcompetencyColumns)[number]["key"];
export type SubcompetencyValues = Readonly<Record<SubcompetencyKey, string>>;

export const levelTextColumns = [
  { key: "code", title: "code", aliases: ["subcompetency"] },
  { key: "level", title: "level" },
  { key: "text", title: "text", aliases: ["description", "milestone"] },
] as const;
export type LevelTextKey = (typeof levelTextColumns)[number]["key"];
export type LevelTextValues = Readonly<Record<LevelTextKey, string>>;

export interface FileProblem<Key extends string> {
  readonly column: Key | null;
  readonly sentence: string;
}

/** A rule for one row after another, in the order of the file: it remembers what it has seen. */
export function subcompetencyRule(): (row: SubcompetencyValues, line: number) => FileProblem<SubcompetencyKey>[] {
  const lines = new Map<string, number>();
  return (row, line) => {
    const problems: FileProblem<SubcompetencyKey>[] = [];
    const say = (column: SubcompetencyKey, sentence: string) => problems.push({ column, sentence });
    if (row.specialty === "") say("specialty", "The specialty is missing.");
    if (row.specialty.length > 120) say("specialty", "A specialty has at most 120 characters.");
    if (!/^\d+(\.\d+)?$/.test(row.version))
      say("version", `“${row.version.slice(0, 20)}” is not a version. Write it as 2.0.`);
    if (row.title === "") say("title", "The title is missing.");
    if (row.title.length > 300) say("title", "A title has at most 300 characters.");
    const { read, problem } = readCode(row.code);
    if (problem !== undefined) {
      say("code", problem);
      return problems;
    }
    if (row.competency !== "" && readCompetency(row.competency) !== read.competency) {
      say(
        "competency",
        `${read.code} belongs to ${read.competency} (${competencies[read.competency]}), not to ${row.competency.slice(0, 20)}.`,
      );
    }
    const key = `${row.specialty.toLowerCase()}|${row.version}|${read.code}`;
    const earlier = lines.get(key);
    if (earlier !== undefined)
      say("code", `${read.code} of ${row.specialty} is already on line ${earlier}. Keep one of them.`);
    else lines.set(key, line);
    return problems;
  };
}

/** `codes`: the subcompetencies of the framework that these texts are for. */
export function levelTextRule(
  codes: ReadonlySet<string>,
): (row: LevelTextValues, line: number) => FileProblem<LevelTextKey>[] {
  const lines = new Map<string, number>();
  return (row, line) => {
    const problems: FileProblem<LevelTextKey>[] = [];
    const { read, problem } = readCode(row.code);
    if (problem !== undefined) problems.push({ column: "code", sentence: problem });
    else if (!codes.has(read.code)) problems.push({ column: "code", sentence: `This framework has no ${read.code}.` });
    if (!/^[1-5]$/.test(row.level)) {
      problems.push({
        column: "level",
        sentence: `“${row.level.slice(0, 20)}” is not a level with a text. Texts belong to levels 1, 2, 3, 4 and 5.`,
      });
    }
    if (row.text === "") problems.push({ column: "text", sentence: "The text is missing." });
    if (row.text.length > 4000) problems.push({ column: "text", sentence: "A text has at most 4,000 characters." });
    const key = `${read?.code ?? row.code}|${row.level}`;
    const earlier = lines.get(key);
    if (earlier !== undefined)
      problems.push({ column: null, sentence: `This level is already on line ${earlier}. Keep one of them.` });
    else lines.set(key, line);
    return problems;
  };
}

export interface FrameworkInFile {
  readonly specialty: string;
  readonly version: string;
  readonly subcompetencies: readonly {
    readonly code: string;
    readonly competency: string;
    readonly title: string;
    readonly ordinal: number;
  }[];
}

/** Rows without problems, as frameworks; a file may hold several specialties. Subcompetencies come in natural order. */
export function frameworksIn(rows: readonly SubcompetencyValues[]): FrameworkInFile[] {
  const frameworks = Map.groupBy(rows, (row) => `${row.specialty}|${row.version}`);
  return [...frameworks.values()].map((group) => ({
    specialty: group[0]?.specialty ?? "",
    version: group[0]?.version ?? "",
    subcompetencies: group
      .flatMap((row) => {
        const { read } = readCode(row.code);
        return read
          ? [{ code: read.code, competency: read.competency, title: row.title, ordinal: ordinalOf(read) }]
          : [];
      })
      .sort((a, b) => a.ordinal - b.ordinal),
  }));
}
