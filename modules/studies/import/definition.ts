/** A study's definition out of a file: ODM 1.3.2 or 2.0, a REDCap project or data dictionary, or our own JSON. */
import { type Build, emptyBuild } from "../model/build.ts";
import { type OdmStudy, OdmUnreadable, readOdm } from "../odm/reader.ts";
import { readDictionary } from "../redcap/dictionary.ts";
import { isRedcap, readProject } from "../redcap/project.ts";

export interface Definition {
  readonly format: string;
  readonly build: Build;
  /** By name, what could not be carried over. */
  readonly notes: readonly string[];
}

/** How many values a file may still hold: of a definition only its beginning is read. */
export async function readDefinition(bytes: Uint8Array): Promise<Definition | { readonly problem: string }> {
  const text = textOf(bytes);
  if (text === null) return { problem: "The file is not UTF-8. Save it as UTF-8 and try again." };
  const start = text.slice(0, 200).trimStart();
  if (start.startsWith("<")) return fromXml(text);
  if (start.startsWith("{")) return fromJson(text);
  const read = readDictionary(text);
  if ("problem" in read) return read;
  return { format: "REDCap data dictionary", build: read.build, notes: read.notes };
}

export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

async function fromXml(text: string): Promise<Definition | { readonly problem: string }> {
  let study: OdmStudy | null = null;
  let version = "1.3.2";
  let values = 0;
  const notes: string[] = [];
  try {
    for await (const part of readOdm([text])) {
      if (part.is === "file") version = part.version ?? version;
      else if (part.is === "study") study = part;
      else if (part.is === "value") values += 1;
      else if (part.is === "end") notes.push(...part.notes);
    }
  } catch (error) {
    if (error instanceof OdmUnreadable) return { problem: error.message };
    throw error;
  }
  if (!study) return { problem: "The file holds no study definition (no Study with a MetaDataVersion)." };
  if (values > 0)
    notes.push(`The file also holds ${values} values. They are not taken with the definition: import them as data.`);
  if (isRedcap(study.source)) {
    const read = readProject(study.source);
    return { format: "REDCap project", build: read.build, notes: [...read.notes, ...notes] };
  }
  return { format: `ODM ${version}`, build: study.build, notes: [...study.notes, ...notes] };
}

const shape: readonly (keyof Build)[] = [
  "study",
  "version",
  "languages",
  "events",
  "forms",
  "items",
  "codeLists",
  "units",
];

function fromJson(text: string): Definition | { readonly problem: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return { problem: `The file is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}.` };
  }
  const given = read as Partial<Build>;
  const missing = shape.filter((key) => typeof given[key] !== "object" || given[key] === null);
  if (missing.length > 0)
    return { problem: `This JSON is not a study definition of Cairn: ${missing.join(", ")} is missing.` };
  return { format: "Cairn", build: { ...emptyBuild, ...given } as Build, notes: [] };
}
