import { parseArgs } from "node:util";
import { exitCodes, Refusal } from "@core/refusal.ts";

/** One word or two after `cairn`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` shows under the summary: the call, its options, what it leaves behind. */
  readonly usage: string;
  /** Does it and answers with the exit code. */
  run(words: readonly string[]): Promise<number>;
}

export class UsageRefusal extends Refusal {
  override readonly name = "UsageRefusal";

  constructor(message: string) {
    super(message, exitCodes.wrongUsage);
  }
}

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

/** Reads `--name value` words by their declaration; anything undeclared or left over is wrong usage. */
export function readWords<const T extends Options>(words: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageRefusal(error instanceof Error ? error.message : "These words cannot be read.");
  }
}

/** Like `readWords`, with one word that stands for itself, as in `cairn audit prove 1284`. */
export function readWordsAnd<const T extends Options>(words: readonly string[], options: T, meaning: string) {
  const { values, positionals } = readBoth(words, options);
  const [word, ...rest] = positionals;
  if (word === undefined) throw new UsageRefusal(`One word is missing: ${meaning}.`);
  if (rest.length > 0) throw new UsageRefusal(`There is a word too many: ${rest[0]}`);
  return { values, word };
}

function readBoth<const T extends Options>(words: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageRefusal(error instanceof Error ? error.message : "These words cannot be read.");
  }
}

/** The option's value; without it the command cannot know what is meant. */
export function need(value: string | undefined, option: string, meaning: string): string {
  if (value !== undefined && value.trim() !== "") return value.trim();
  throw new UsageRefusal(`${option} is missing: ${meaning}.`);
}

export const exitCodeText = `Exit codes: 0 done · 1 failed · 2 wrong usage · 78 configuration`;

/** Loads a part of Cairn only when a command needs it, so that `cairn --help` and `migrate` start quickly. */
export async function loadPart<T>(path: string, name: string): Promise<T> {
  const file = new URL(`../${path}`, import.meta.url);
  if (!(await Bun.file(file).exists()))
    throw new Refusal(`This Cairn was built without core/${path}; ${name} is not possible.`);
  const part = (await import(file.href)) as Readonly<Record<string, unknown>>;
  if (typeof part[name] !== "function") throw new Refusal(`core/${path} offers no ${name}.`);
  return part[name] as T;
}
