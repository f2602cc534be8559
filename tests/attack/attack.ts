/** `bun run attack [name …]`: the waves of tests/attack/<name>.ts, all of them when none is named. Ends with 1 when anything got through. */
import { readdirSync } from "node:fs";
import { join } from "node:path";

const known = readdirSync(import.meta.dir)
  .filter((file) => file.endsWith(".ts") && file !== "attack.ts")
  .map((file) => file.slice(0, -3))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No attack is called ${unknown.join(", ")}. There are: ${known.join(", ")}.`);
  process.exit(2);
}
let failed = 0;
for (const name of wanted.length > 0 ? wanted : known) {
  console.log(`— ${name}`);
  const { exitCode } = Bun.spawnSync([process.execPath, join(import.meta.dir, `${name}.ts`)], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (exitCode !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
