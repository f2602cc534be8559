import { inflateSync } from "node:zlib";

/**
 * The words of a PDF as somebody who has only the file would get them: streams inflated, glyphs turned back into
 * letters by each font's ToUnicode map. It reads what pdfkit writes (no object streams), and needs no program beside it.
 */
export interface PdfRun {
  readonly text: string;
  /** The marked content it stands in, innermost: "P", "TD", "Artifact"; empty when there is none. */
  readonly tag: string;
}
export interface PdfPage {
  readonly runs: readonly PdfRun[];
  readonly text: string;
  /** The drawing operators as they stand in the file. */
  readonly content: string;
}
export interface PdfRead {
  readonly pages: readonly PdfPage[];
  /** All objects, streams left out, by number. */
  readonly objects: ReadonlyMap<number, string>;
  readonly catalog: string;
}

export function readPdf(bytes: Uint8Array): PdfRead {
  const raw = Buffer.from(bytes).toString("latin1");
  const objects = new Map<number, string>();
  const streams = new Map<number, string>();
  for (const match of raw.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [, number = "", content = ""] = match;
    const at = content.indexOf("stream\n");
    objects.set(Number(number), at === -1 ? content : content.slice(0, at));
    if (at !== -1) streams.set(Number(number), unpacked(content.slice(0, at), content.slice(at + 7)));
  }
  const found = (number: string | undefined) => objects.get(Number(number)) ?? "";
  const catalog = [...objects.values()].find((o) => /\/Type \/Catalog/.test(o)) ?? "";
  const kids = /\/Kids \[([^\]]*)\]/.exec(found(/\/Pages (\d+) 0 R/.exec(catalog)?.[1]))?.[1] ?? "";

  const pages = [...kids.matchAll(/(\d+) 0 R/g)].map(([, page]) => {
    const dictionary = found(page);
    const resources = found(/\/Resources (\d+) 0 R/.exec(dictionary)?.[1]);
    const fonts = new Map<string, Map<string, string>>();
    for (const [, name = "", font] of resources.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      fonts.set(name, unicodeMap(streams.get(Number(/\/ToUnicode (\d+) 0 R/.exec(found(font))?.[1])) ?? ""));
    }
    const content = streams.get(Number(/\/Contents (\d+) 0 R/.exec(dictionary)?.[1])) ?? "";
    const runs = runsOf(content, fonts);
    return { runs, content, text: runs.map((run) => run.text).join("\n") };
  });
  return { pages, objects, catalog };
}

/** A string of a PDF dictionary, in either of its two encodings. */
export function pdfString(dictionary: string, key: string): string | null {
  const hex = new RegExp(`/${key} <([0-9a-fA-F]*)>`).exec(dictionary)?.[1];
  const literal = hex ?? new RegExp(`/${key} \\(((?:\\\\[\\s\\S]|[^\\\\)])*)\\)`).exec(dictionary)?.[1];
  return literal === undefined ? null : decodedString(hex === undefined ? unescaped(literal) : Buffer.from(hex, "hex"));
}

function decodedString(bytes: Buffer): string {
  return bytes[0] === 0xfe && bytes[1] === 0xff ? new TextDecoder("utf-16be").decode(bytes) : bytes.toString("latin1");
}

function unescaped(literal: string): Buffer {
  const plain: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
  const text = literal.replace(/\\([0-7]{1,3}|[\s\S])/g, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (plain[code] ?? code),
  );
  return Buffer.from(text, "latin1");
}

function unpacked(dictionary: string, content: string): string {
  const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1]);
  const data = Buffer.from(content.slice(0, length), "latin1");
  return (dictionary.includes("/FlateDecode") ? inflateSync(data) : data).toString("latin1");
}

/** Glyph code (four hex digits) to letters. */
function unicodeMap(cmap: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const [, ranges = ""] of cmap.matchAll(/beginbfrange\n([\s\S]*?)\nendbfrange/g)) {
    for (const [, from = "", list = ""] of ranges.matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/gi)) {
      [...list.matchAll(/<([0-9a-f ]*)>/gi)].forEach(([, letters = ""], i) => {
        const code = (Number.parseInt(from, 16) + i).toString(16).padStart(4, "0");
        map.set(code, new TextDecoder("utf-16be").decode(Buffer.from(letters.replaceAll(" ", ""), "hex")));
      });
    }
  }
  return map;
}

function runsOf(content: string, fonts: ReadonlyMap<string, Map<string, string>>): PdfRun[] {
  const runs: PdfRun[] = [];
  const tags: string[] = [];
  let font = new Map<string, string>();
  for (const [, opened, closed, named, shown] of content.matchAll(
    /\/(\w+) (?:<<[^>]*>> BDC|BMC)|\b(EMC)\b|\/(F\d+) [\d.]+ Tf|\[((?:<[0-9a-f]*>|[\s\d.-])*)\] TJ/gi,
  )) {
    if (opened !== undefined) tags.push(opened);
    else if (closed !== undefined) tags.pop();
    else if (named !== undefined) font = fonts.get(named) ?? new Map();
    else if (shown !== undefined) {
      const codes = [...shown.matchAll(/<([0-9a-f]*)>/gi)].map(([, hex = ""]) => hex).join("");
      const text = (codes.match(/.{4}/g) ?? []).map((code) => font.get(code.toLowerCase()) ?? "\uFFFD").join("");
      runs.push({ text, tag: tags.at(-1) ?? "" });
    }
  }
  return runs;
}
