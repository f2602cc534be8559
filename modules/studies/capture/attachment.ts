/**
 * What a field of kind file or signature holds. Its answer is a reference: the file's number, its ending, and the digest
 * of its bytes. So whatever is said about answers (history, signatures, exports, conflicts) is said about files too, and
 * nothing in it tells who somebody is. Names and bytes lie sealed (`studies.attachments`).
 */
import { drawingFrom } from "@core/documents/drawing.ts";
import type { Item } from "../model/build.ts";

export const isKept = ({ type }: Pick<Item, "type">): boolean => type.is === "file" || type.is === "signature";

/** The type of each ending. */
export const endings = {
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  heic: "image/heic",
  dcm: "application/dicom",
  txt: "text/plain",
} as const;
export type Ending = keyof typeof endings;

export const LARGEST = 10 * 1024 * 1024;
/** Pictures up to this size are shown beside the field; larger ones are fetched. */
export const SHOWN = 60_000;
/** For the browser's own choice of files; what counts is the content. */
export const accepted = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.heic,.dcm,.txt,.csv";

export interface Reference {
  readonly id: string;
  readonly ending: Ending;
  readonly sha256: string;
}

export const referenceText = ({ id, ending, sha256 }: Reference): string => `${id}.${ending} sha256:${sha256}`;

const form = new RegExp(`^([0-9a-f-]{36})\\.(${Object.keys(endings).join("|")}) sha256:([0-9a-f]{64})$`);
export function readReference(raw: string | null): Reference | null {
  const [, id = "", ending = "", sha256 = ""] = form.exec(raw ?? "") ?? [];
  return id === "" ? null : { id, ending: ending as Ending, sha256 };
}

/** What it is by its bytes, whatever it is called; null: nothing that is taken here. */
export function endingOf(bytes: Uint8Array): Ending | null {
  const has = (at: number, ...wanted: number[]) => wanted.every((byte, i) => bytes[at + i] === byte);
  const says = (at: number, text: string) => has(at, ...new TextEncoder().encode(text));
  if (says(0, "%PDF-")) return "pdf";
  if (has(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (has(0, 0xff, 0xd8, 0xff)) return "jpg";
  if (says(0, "GIF87a") || says(0, "GIF89a")) return "gif";
  if (says(0, "RIFF") && says(8, "WEBP")) return "webp";
  if (says(4, "ftyp") && ["heic", "heix", "mif1", "heif"].some((brand) => says(8, brand))) return "heic";
  if (says(128, "DICM")) return "dcm";
  return isText(bytes) ? "txt" : null;
}

/** Words and tables, and nothing that a browser or an office would run: no tags, no scripts, no control characters. */
function isText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(text) && !/^\s*(?:<|#!|%!|\{\\rtf)/.test(text);
  } catch {
    return false;
  }
}

export interface Given {
  readonly name: string;
  readonly ending: Ending;
  readonly bytes: Uint8Array;
}

export type Wrong = "nothing" | "too large" | "wrong kind" | "not drawn";

/** Of a file field. */
export function fileGiven(file: { readonly filename: string; readonly bytes: Uint8Array } | undefined): Given | Wrong {
  if (!file || file.bytes.byteLength === 0) return "nothing";
  if (file.bytes.byteLength > LARGEST) return "too large";
  const ending = endingOf(file.bytes);
  return ending ? { name: plainName(file.filename, ending), ending, bytes: file.bytes } : "wrong kind";
}

/** Drawn or typed: either is worth the same. */
export function signatureGiven(drawing: string, typed: string): Given | Wrong {
  if (drawing !== "") {
    const bytes = drawingFrom(drawing);
    return bytes ? { name: "Drawn signature", ending: "png", bytes } : "not drawn";
  }
  const name = typed.trim();
  return name === "" ? "nothing" : { name: `${name} (typed)`, ending: "txt", bytes: new TextEncoder().encode(name) };
}

/** As it was called, without folders and signs that no name has; with the ending that it really has. */
function plainName(filename: string, ending: Ending): string {
  const last = filename.split(/[/\\]/).at(-1) ?? "";
  const stem = last
    .replace(/\p{C}/gu, "")
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .trim()
    .slice(0, 120);
  return `${stem || "file"}.${ending === "txt" && /\.csv$/i.test(last) ? "csv" : ending}`;
}

export const sizeInWords = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.ceil(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** Where its name is not at hand. */
export function attachmentInWords({ type }: Pick<Item, "type">, raw: string): string {
  const reference = readReference(raw);
  if (!reference) return raw;
  const { ending, sha256 } = reference;
  if (type.is === "signature") return ending === "txt" ? "Typed name" : "Drawn signature";
  return `${ending.toUpperCase()} file, SHA-256 ${sha256.slice(0, 12)}…`;
}
