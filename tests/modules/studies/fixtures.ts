import { existsSync } from "node:fs";
import { join } from "node:path";

/** Real studies that nobody here wrote. Tests that need them are skipped, loudly, where they are absent. */
const root = process.env.CAIRN_FIXTURES ?? join(import.meta.dir, "../../../../shared/fixtures");
export const edc = join(root, "edc");
export const hasFixtures = existsSync(join(edc, "expected-counts.json"));
if (!hasFixtures) console.warn(`SKIPPED: there are no fixtures in ${edc}. Set CAIRN_FIXTURES to their folder.`);

const lint = Bun.which("xmllint");
export const canLint = hasFixtures && lint !== null;
if (hasFixtures && !lint)
  console.warn("SKIPPED: there is no xmllint on this machine, so nothing is checked against the schemas of ODM.");

const schemas = { "1.3.2": "odm-cdisc/xsd132/ODM1-3-2.xsd", "2.0": "odm-cdisc/xsd2/ODM.xsd" } as const;

/** What xmllint says against the schema; empty when the text is valid. */
export function schemaErrors(text: string, version: keyof typeof schemas): string {
  const { exitCode, stderr } = Bun.spawnSync(
    ["xmllint", "--nonet", "--noout", "--schema", join(edc, schemas[version]), "-"],
    {
      stdin: new TextEncoder().encode(text),
      stderr: "pipe",
    },
  );
  return exitCode === 0 ? "" : stderr.toString().slice(0, 2_000);
}
