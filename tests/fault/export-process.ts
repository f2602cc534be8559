/** What `bun run fault export` kills: it writes a workbook into the folder until it dies. */
import { write } from "./export.ts";

console.log("writing");
await write("xlsx", process.argv[2] ?? "");
