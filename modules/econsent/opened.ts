/** Sealed texts of one subject, opened together and found again by their row. What cannot be opened is its own sentence. */
import { type Context, Locked } from "@core/module.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import type { Econsent } from "./names.ts";

export interface Opening {
  readonly row: string;
  /** For rows with several sealed columns. */
  readonly part?: string;
  readonly value: Sealed<string> | null;
}
export type Opened = (row: string, part?: string) => string;

export async function opened(
  ctx: Context<Econsent>,
  subject: string,
  wanted: readonly Opening[],
  why: string,
): Promise<Opened> {
  const there = wanted.flatMap(({ row, part = "", value }) => (value ? [{ key: row + part, row, value }] : []));
  const texts = await ctx.openMany(
    there.map(({ row, value }) => ({ value, at: { row, subject } })),
    why,
  );
  const found = new Map(
    there.map(({ key }, at) => {
      const text = texts[at];
      return [key, text instanceof Locked ? text.sentence : (text ?? "")];
    }),
  );
  return (row, part = "") => found.get(row + part) ?? "";
}
