import { plain } from "./plain";

/**
 * Who took a document out of the house. It stands on every page and in every table that leaves, and the export id leads
 * from a found copy back to the ledger.
 */
export interface Watermark {
  readonly name: string;
  readonly email: string;
  readonly workspace: string;
  readonly institution: string;
  readonly at: Date;
  readonly exportId: string;
}

const longest = 200;

/** The watermark with every field on one line. Throws when a field is empty: nothing leaves without saying who took it. */
export function watermarkOf(given: Watermark): Watermark {
  const field = (key: "name" | "email" | "workspace" | "institution" | "exportId") => {
    const text = plain(given[key]);
    if (text === "") throw new Error(`The watermark has no ${key}: a document may not leave without it.`);
    // A name without end would push the page out of the page.
    return text.length > longest ? `${text.slice(0, longest).toWellFormed()}…` : text;
  };
  if (Number.isNaN(given.at.getTime()))
    throw new Error("The watermark has no time: a document may not leave without it.");
  return {
    name: field("name"),
    email: field("email"),
    workspace: field("workspace"),
    institution: field("institution"),
    at: given.at,
    exportId: field("exportId"),
  };
}

/** "2026-08-21 10:00:05 UTC" */
export function timeOf(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "Exported by Ada Okafor <ada@northfield.example> · Internal Medicine, Northfield · 2026-08-21 10:00:05 UTC · export 0198…" */
export function sentenceOf(watermark: Watermark): string {
  const { name, email, workspace, institution, at, exportId } = watermarkOf(watermark);
  return `Exported by ${name} <${email}> · ${workspace}, ${institution} · ${timeOf(at)} · export ${exportId}`;
}

/** The sentence with its place: "… · page 2 of 5". */
export function footerOf(watermark: Watermark, page: number, pages: number): string {
  return `${sentenceOf(watermark)} · page ${page} of ${pages}`;
}

/** The same as terms and details, for a page of its own beside a table. */
export function factsOf(watermark: Watermark): [term: string, detail: string][] {
  const { name, email, workspace, institution, at, exportId } = watermarkOf(watermark);
  return [
    ["Exported by", `${name} <${email}>`],
    ["From", `${workspace}, ${institution}`],
    ["At", timeOf(at)],
    ["Export", exportId],
  ];
}
