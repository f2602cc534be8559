import { join } from "node:path";
import { installPackages } from "../cli/install.ts";

// `bun run check`: everything that has to be right before a change is shared, one named line each.

const bun = process.execPath;
const steps: readonly (readonly [name: string, ...command: string[]])[] = [
  ["format and lint", bun, "x", "biome", "check", "--config-path=core/dev", "--error-on-warnings", "."],
  ["types", bun, "x", "tsc", "--noEmit"],
  ["dead code", bun, "x", "knip"],
  ["tests", bun, "core/dev/test.ts"],
];

installPackages();
let failures = 0;
for (const [name, ...command] of steps) {
  const began = performance.now();
  const { exitCode } = Bun.spawnSync(command, {
    cwd: join(import.meta.dir, "../.."),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (exitCode !== 0) failures += 1;
  console.log(`${exitCode === 0 ? "ok    " : "FAILED"}  ${name} (${seconds} s)`);
}
process.exit(failures === 0 ? 0 : 1);
