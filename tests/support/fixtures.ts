/** Real material that nobody here wrote lives beside the project. A test that needs it skips loudly where it is absent. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const folder = process.env.CAIRN_FIXTURES ?? resolve(import.meta.dir, "../../../shared/fixtures");

/** The path, or null after saying so. */
export function fixture(path: string): string | null {
  const file = resolve(folder, path);
  if (existsSync(file)) return file;
  console.warn(`SKIPPED: there is no ${file}. Set CAIRN_FIXTURES to the folder of the fixtures.`);
  return null;
}
