/** The six competencies, and the subcompetencies below them: "PC10" is the tenth of Patient Care. */
export const competencies = {
  PC: "Patient Care",
  MK: "Medical Knowledge",
  SBP: "Systems-Based Practice",
  PBLI: "Practice-Based Learning and Improvement",
  PROF: "Professionalism",
  ICS: "Interpersonal and Communication Skills",
} as const;
export type Competency = keyof typeof competencies;

/** Their order in every document of the ACGME. */
const inOrder = Object.keys(competencies) as Competency[];
/** Short forms in older documents and in other systems' exports. */
const aliases: Readonly<Record<string, Competency>> = { P: "PROF", PBL: "PBLI" };

export interface Code {
  readonly code: string;
  readonly competency: Competency;
  readonly number: number;
}
export type CodeReading =
  | { readonly read: Code; readonly problem?: undefined }
  | { readonly read?: undefined; readonly problem: string };

/** "pc 1", "PC-01" and "PC1" are one code; P1 is PROF1 and PBL1 is PBLI1. */
export function readCode(text: string): CodeReading {
  const typed = text.trim();
  const [, letters = "", digits = ""] = /^([A-Za-z]+)[\s-]*0*([1-9]\d?)$/.exec(typed) ?? [];
  const competency = readCompetency(letters);
  if (competency === null) {
    return {
      problem: `“${typed.slice(0, 20)}” is not a subcompetency. Codes are ${inOrder.join(", ")} and a number: PC1.`,
    };
  }
  return { read: { code: `${competency}${Number(digits)}`, competency, number: Number(digits) } };
}

export function readCompetency(text: string): Competency | null {
  const letters = text.trim().toUpperCase();
  if (letters in aliases) return aliases[letters] ?? null;
  return inOrder.find((competency) => competency === letters) ?? null;
}

/** PC2 before PC10, and Patient Care before Medical Knowledge. */
export function ordinalOf({ competency, number }: Code): number {
  return inOrder.indexOf(competency) * 100 + number;
}
