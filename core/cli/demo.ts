import { type Command, loadPart, readWords, UsageRefusal } from "@core/cli/command.ts";
import { type Config, readConfig } from "@core/config.ts";
import { type Database, openDatabase } from "@core/db/database.ts";
import { loadKernel } from "@core/product.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";

/** `core/demo.ts`: both answer with a sentence that says what there is now. */
type Demo = (database: Database, config: Config, paths?: readonly string[]) => Promise<string>;

export const demoLoad: Command = {
  name: "demo load",
  summary: "Makes the two demo hospitals with invented people.",
  usage: `Usage: cairn demo load

Makes what is missing of the two demo institutions; what is there stays as it is. Not in production.`,
  run: async (words) => await withDemo(words, "loadDemo"),
};

export const demoPurge: Command = {
  name: "demo purge",
  summary: "Takes the demo hospitals out again.",
  usage: `Usage: cairn demo purge

Removes the two demo institutions and everything in them, and nothing else. Not in production.
Their events go and their seals stay, so that "cairn audit verify" still holds, and counts them as purged.`,
  run: async (words) => await withDemo(words, "purgeDemo"),
};

export const demoImport: Command = {
  name: "demo import",
  summary: "Brings a study of your own into the first demo hospital, through the front door.",
  usage: `Usage: cairn demo import DEFINITION [DATA]

DEFINITION is a file that the page “Forms” takes (ODM, REDCap, our own), DATA one that “Import data” takes; one file may
be both. The definition is looked at, taken and published, then the data are imported with a query for each
contradiction. Does nothing, and says so, when a file or the demo is not there. Not in production.`,
  run: async (words) => await withDemo(words, "importIntoDemo"),
};

async function withDemo(words: readonly string[], name: "loadDemo" | "purgeDemo" | "importIntoDemo"): Promise<number> {
  const paths = name === "importIntoDemo" ? words : [];
  if (name !== "importIntoDemo") readWords(words, {});
  else if (paths.length === 0 || paths.some((path) => path.startsWith("-"))) throw new UsageRefusal(demoImport.usage);
  const config = readConfig();
  if (config.environment === "production") {
    throw new Refusal("Demo people can sign in without a password, so they have no place in production.");
  }
  const demo = await loadPart<Demo>("demo.ts", name);
  // With the catalogue: on a database that never served, the roles that are given out must be known first.
  const database = await openDatabase(config, { share: true, kernel: await loadKernel(config) });
  try {
    console.log(await (name === "importIntoDemo" ? demo(database, config, paths) : demo(database, config)));
    return exitCodes.done;
  } finally {
    await database.stop();
  }
}
