// `bun run fault <name>`: a drill on a disposable cluster that prints what it tried, and ends with 1 when something was lost.
import { Glob } from "bun";

const [name] = process.argv.slice(2);
const drills = [...new Glob("*.ts").scanSync(import.meta.dir)]
  .filter((file) => file !== "run.ts" && !file.includes("-"))
  .map((file) => file.replace(/\.ts$/, ""));
if (name === undefined || !drills.includes(name)) {
  console.error(`Usage: bun run fault <drill>\n\nDrills: ${drills.sort().join(", ")}`);
  process.exit(2);
}
const { drill } = (await import(`./${name}.ts`)) as { drill: () => Promise<boolean> };
process.exit((await drill()) ? 0 : 1);
