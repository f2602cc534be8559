/**
 * `bun run fault export`: a million rows leave as CSV and as a workbook, with how much memory that took; and a process killed
 * in the middle of it, again and again, leaves no file behind (D89, D90).
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamCsv } from "@core/documents/csv.ts";
import { RowMarks } from "@core/documents/row-marks.ts";
import { spool } from "@core/documents/spool.ts";
import { streamXlsx } from "@core/documents/xlsx.ts";

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const KILLS = Number(process.env.KILLS ?? 10);
const MB = 1_000_000;
const columns = [
  { title: "Code", kind: "text" },
  { title: "Value", kind: "number" },
  { title: "Day", kind: "date" },
  { title: "Note", kind: "text" },
] as const;

async function* rows() {
  for (let i = 0; i < ROWS; i++) yield [`S-${i}`, i / 7, "2026-08-21", "as measured in the morning"];
}

const watermark = {
  name: "Ada Okafor",
  email: "ada@north.example",
  workspace: "Heart",
  institution: "North",
  at: new Date(),
  exportId: crypto.randomUUID(),
};

async function write(kind: "csv" | "xlsx", folder: string) {
  const marks = new RowMarks(new Uint8Array(32));
  const table = { columns, rows: rows() };
  const pieces =
    kind === "csv"
      ? streamCsv(table, watermark, {}, marks.see)
      : streamXlsx([{ title: "All", ...table }], watermark, marks.see);
  const file = await spool(pieces, folder);
  return { file, marks: marks.filter()?.length ?? 0 };
}

/** Prints the figures; false when memory grew by more than 100 MB or a killed process left a file. */
export async function drill(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-export-"));
  let isWell = true;
  try {
    for (const kind of ["csv", "xlsx"] as const) {
      Bun.gc(true);
      const before = process.memoryUsage.rss();
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage.rss());
      }, 20);
      const began = performance.now();
      const { file, marks } = await write(kind, folder);
      let read = 0;
      for await (const piece of file.body as AsyncIterable<Uint8Array>) read += piece.length;
      const seconds = (performance.now() - began) / 1000;
      clearInterval(watch);
      const grown = (most - before) / MB;
      if (read !== file.bytes || grown > 100) isWell = false;
      console.log(
        `${kind}: ${ROWS.toLocaleString("en")} rows of ${columns.length} values, ${(file.bytes / MB).toFixed(0)} MB in ${seconds.toFixed(1)} s; memory grew by ${grown.toFixed(0)} MB at most; marks of the rows ${(marks / MB).toFixed(1)} MB`,
      );
    }
    let left = 0;
    for (let i = 0; i < KILLS; i++) {
      const child = Bun.spawn([process.execPath, join(import.meta.dir, "export-process.ts"), folder], {
        env: { ...process.env, ROWS: String(ROWS) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      await child.stdout.getReader().read(); // it has begun to write
      await Bun.sleep(50 + 40 * i);
      child.kill(9);
      await child.exited;
      left += readdirSync(join(folder, "spool")).length;
    }
    console.log(`${KILLS} processes killed while they wrote: ${left} files left behind`);
    return isWell && left === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export { write };
