import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Runs before any package is there: only what Bun brings may be imported here.

const root = join(import.meta.dir, "../..");
const marker = join(root, "node_modules", ".in-step");

/**
 * Installs what bun.lock names, exactly; a folder already in step with it costs one reading of two files. True when
 * something was installed: a process that began without packages does not find them afterwards.
 */
export function installPackages(): boolean {
  const wanted = stateOf();
  if (existsSync(marker) && readFileSync(marker, "utf8") === wanted) return false;
  // Started by its full path, Bun is not on PATH: never the word "bun" here.
  const words = [process.execPath, "install", "--frozen-lockfile", "--silent"];
  const { exitCode } = Bun.spawnSync(words, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  if (exitCode !== 0) {
    console.error("The packages could not be installed; the lines above say why. Is the network there?");
    process.exit(exitCode || 1);
  }
  writeFileSync(marker, wanted);
  return true;
}

function stateOf(): string {
  const files = ["bun.lock", "package.json"].map((name) => readFileSync(join(root, name), "utf8"));
  return `${Bun.hash(files.join("\0")).toString(16)} ${process.platform}-${process.arch}`;
}
