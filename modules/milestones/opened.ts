/** Sealed texts of one trainee, opened together and found again by their row. What cannot be opened is its own sentence. */
import { type Context, Locked } from "@core/module.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import type { Milestones } from "./names.ts";

export interface Opening {
  readonly row: string;
  /** For rows with several sealed columns. */
  readonly part?: string;
  readonly value: Sealed<string> | null;
}
export type Opened = (row: string, part?: string) => string;

export async function openTexts(
  ctx: Context<Milestones>,
  subject: string,
  wanted: readonly Opening[],
  why: string,
): Promise<Opened> {
  const there = wanted.flatMap(({ row, part = "", value }) => (value ? [{ key: row + part, row, value }] : []));
  const opened = await ctx.openMany(
    there.map(({ row, value }) => ({ value, at: { row, subject } })),
    why,
  );
  const texts = new Map(there.map(({ key }, at) => [key, readable(opened[at])]));
  return (row, part = "") => texts.get(row + part) ?? "";
}

const readable = (text: string | Locked | undefined): string => (text instanceof Locked ? text.sentence : (text ?? ""));
