import { type Complaint, limits, type Place } from "./syntax.ts";

export type Token = Place &
  (
    | { readonly is: "number" | "moment" | "word" | "sign"; readonly text: string }
    | { readonly is: "text" | "name"; readonly value: string }
    | { readonly is: "end" }
  );

export type Tokens = { readonly tokens: readonly Token[] } | { readonly complaint: Complaint };

const patterns = {
  space: /[ \t\r\n]+/y,
  number: /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y,
  /** @2026-03-15, @2026-03, @2026-03-15T10:30, @10:30 */
  moment: /@[0-9][0-9T:.+\-Z?UNK]*/y,
  word: /[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}\p{N}_]+)*/uy,
  sign: /<=|>=|!=|<>|[=<>+\-*/^(),{}]/y,
};

/** A name in brackets may hold anything but brackets: [WHO-5 score], [visit1/weight]. */
const bracketed = /\[([^[\]]+)\]/y;

export function tokensOf(text: string): Tokens {
  if (text.length > limits.characters) {
    const sentence = `An expression has at most ${limits.characters.toLocaleString("en")} characters; this one has ${text.length.toLocaleString("en")}.`;
    return { complaint: { start: 0, end: text.length, sentence } };
  }
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const space = match(patterns.space);
    if (space !== null) {
      at += space.length;
      continue;
    }
    const start = at;
    const first = text[at] as string;
    if (first === '"' || first === "'") {
      const literal = textAt(text, start);
      if ("sentence" in literal) return { complaint: literal };
      tokens.push(literal);
      at = literal.end;
      continue;
    }
    if (first === "[") {
      const name = match(bracketed);
      if (name === null) {
        return {
          complaint: { start, end: start + 1, sentence: "This bracket is not closed: a name is written [like this]." },
        };
      }
      at += name.length;
      tokens.push({ is: "name", value: name.slice(1, -1).trim(), start, end: at });
      continue;
    }
    const found = (["number", "moment", "word", "sign"] as const).find((kind) => match(patterns[kind]) !== null);
    if (!found) {
      const sentence = `“${String.fromCodePoint(text.codePointAt(at) as number)}” has no meaning in an expression.`;
      return { complaint: { start, end: start + 1, sentence } };
    }
    const piece = match(patterns[found]) as string;
    at += piece.length;
    tokens.push({ is: found, text: piece === "<>" ? "!=" : piece, start, end: at });
  }
  tokens.push({ is: "end", start: text.length, end: text.length });
  return { tokens };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\", '"': '"', "'": "'" };

function textAt(text: string, start: number): Extract<Token, { is: "text" | "name" }> | Complaint {
  const quote = text[start];
  let value = "";
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at] as string;
    if (character === quote) return { is: "text", value, start, end: at + 1 };
    if (character !== "\\") {
      value += character;
      continue;
    }
    const escaped = escapes[text[at + 1] ?? ""];
    if (escaped === undefined) {
      return { start: at, end: at + 2, sentence: "After a backslash comes n, t, a quote or another backslash." };
    }
    value += escaped;
    at += 1;
  }
  return { start, end: text.length, sentence: "This text is not closed: its second quote is missing." };
}
