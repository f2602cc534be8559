/** What changed between two texts, word by word: the longest common run of words stays, the rest is taken out or put in. */
export interface Piece {
  readonly kind: "same" | "out" | "in";
  readonly text: string;
}

const MOST = 4_000_000;

export function differenceOf(before: string, after: string): Piece[] {
  const a = wordsOf(before);
  const b = wordsOf(after);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = compared(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([
    ...a.slice(0, start).map((text) => ({ kind: "same" as const, text })),
    ...middle,
    ...a.slice(a.length - end).map((text) => ({ kind: "same" as const, text })),
  ]);
}

/** Words with the blanks after them, so that the pieces together are the text again. */
const wordsOf = (text: string): string[] => text.match(/\S+\s*|\s+/g) ?? [];

function compared(a: readonly string[], b: readonly string[]): Piece[] {
  const out = a.map((text) => ({ kind: "out" as const, text }));
  const put = b.map((text) => ({ kind: "in" as const, text }));
  if (a.length === 0 || b.length === 0 || a.length * b.length > MOST) return [...out, ...put];
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[i] === b[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0);
    }
  }
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      pieces.push({ kind: "same", text: a[i++] as string });
      j++;
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
      pieces.push({ kind: "out", text: a[i++] as string });
    else pieces.push({ kind: "in", text: b[j++] as string });
  }
  return [...pieces, ...out.slice(i), ...put.slice(j)];
}

function joined(pieces: readonly Piece[]): Piece[] {
  const runs: { kind: Piece["kind"]; text: string }[] = [];
  for (const { kind, text } of pieces) {
    const last = runs.at(-1);
    if (last?.kind === kind) last.text += text;
    else runs.push({ kind, text });
  }
  return runs;
}
