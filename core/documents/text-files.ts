import { plain } from "./plain";
import { checked, exportColumn, rowsOf, type Table, textOf, titlesOf, type Witness } from "./table";
import { sentenceOf, type Watermark, watermarkOf } from "./watermark";

/** JSON, XML and plain text that say, in a place their readers skip or show first, who took them out of the house. */
export type Text = string | Iterable<string> | AsyncIterable<string>;

const encoder = new TextEncoder();
const CHUNK = 64 * 1024;

const markOf = (watermark: Watermark) => {
  const { name, email, workspace, institution, at, exportId } = watermarkOf(watermark);
  return {
    id: exportId,
    by: { name, email },
    workspace,
    institution,
    at: at.toISOString(),
    sentence: sentenceOf(watermark),
  };
};

/** An object, with the watermark as its first member. */
export function writeJson(value: Readonly<Record<string, unknown>>, watermark: Watermark): Uint8Array {
  if (Object.hasOwn(value, exportColumn))
    throw new Error(`The member "${exportColumn}" of a JSON file is the watermark's: give yours another name.`);
  return encoder.encode(`${JSON.stringify({ [exportColumn]: markOf(watermark), ...value }, null, 2)}\n`);
}

/** A table as `{ export, rows: [{ title: value }] }`. Decimals stay as they were written; what is not there is null. */
export async function* streamJson(
  table: Table,
  watermark: Watermark,
  witness: Witness = () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const titles = titlesOf(table.columns);
  let pending = `{\n"${exportColumn}": ${JSON.stringify(markOf(watermark))},\n"rows": [`;
  for await (const [number, row] of rowsOf(table)) {
    const shown: string[] = [];
    const members = table.columns.map((column, i) => {
      const value = checked(row[i], column, number);
      const text = textOf(value);
      shown.push(text);
      const isBare =
        typeof value === "boolean" ||
        (column.kind === "number" && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text));
      return `${JSON.stringify(titles[i])}:${value === null ? "null" : isBare ? text : JSON.stringify(text)}`;
    });
    witness(shown);
    pending += `${number === 1 ? "\n" : ",\n"}{${members.join(",")}}`;
    if (pending.length < CHUNK) continue;
    yield encoder.encode(pending);
    pending = "";
  }
  yield encoder.encode(`${pending}\n]\n}\n`);
}

/** The watermark as a comment behind the declaration, which has to come whole in the first piece. */
export async function* streamXml(text: Text, watermark: Watermark): AsyncGenerator<Uint8Array, void, undefined> {
  const comment = `<!-- ${sentenceOf(watermark).replace(/-(?=-)|-$/g, "- ")} -->\n`;
  let isFirst = true;
  for await (const piece of pieces(text)) {
    const declared = isFirst ? /^\uFEFF?<\?xml[^>]*\?>\s*/.exec(piece)?.[0] : undefined;
    yield encoder.encode(
      isFirst ? `${declared?.trimEnd().concat("\n") ?? ""}${comment}${piece.slice(declared?.length ?? 0)}` : piece,
    );
    isFirst = false;
  }
}

/** The watermark as the first line; of a script as a comment. */
export async function* streamTxt(
  text: Text,
  watermark: Watermark,
  comment = "",
): AsyncGenerator<Uint8Array, void, undefined> {
  yield encoder.encode(`${comment}${plain(sentenceOf(watermark))}\r\n\r\n`);
  for await (const piece of pieces(text)) yield encoder.encode(piece);
}

const pieces = (text: Text) => (typeof text === "string" ? [text] : text);
