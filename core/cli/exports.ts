/** `cairn export trace`: from a file that leaked to who took it out and when. */
import { readFileSync } from "node:fs";
import { type Command, readWordsAnd } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import { readLeaked } from "@core/documents/leaked.ts";
import { rowMarkKey } from "@core/documents/row-marks.ts";
import { type Candidate, matchSentence, trace } from "@core/documents/trace.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import { LeasePool } from "@core/tenancy/lease.ts";

interface Line extends Candidate {
  readonly sentence: string;
}

const traceCommand: Command = {
  name: "export trace",
  summary: "Names who took out a file that leaked, and when.",
  usage: `Usage: cairn export trace [--tenant <slug>] <file>

  <file>      what was found: PDF, workbook, CSV, archive or text, also saved again; or a text file with a few copied rows
  --tenant    look in this institution's ledger only

Looks for the very file, for the number that each page and row carries, and for the rows themselves. Ends with 1 when
nothing fits.`,
  async run(words) {
    const { values, word: file } = readWordsAnd(words, { tenant: { type: "string" } }, "the file that was found");
    const leaked = await readLeaked(bytesOf(file));
    const config = readConfig();
    const database = await openDatabase(config, { share: true });
    const pool = new LeasePool(database.as("backup"), 1);
    try {
      let found = 0;
      await pool.transact({ after: "set transaction read only" }, async (lease) => {
        const tenants = await lease.rows(
          "select tenant_id::text, name from core.tenants where $1::text is null or slug = $1 order by slug",
          [values.tenant ?? null],
        );
        if (tenants.length === 0) throw new Refusal(`No institution is called "${values.tenant}".`);
        for (const [tenantId, name] of tenants as readonly (readonly [string, string])[]) {
          const matches = await trace(leaked, rowMarkKey(config.secretKey, tenantId), ledgerOf(lease, tenantId));
          for (const match of matches) {
            found += 1;
            console.log(`${name}: ${match.candidate.sentence}\n  ${matchSentence(match, leaked.rows.length)}`);
          }
        }
      });
      if (found > 0) return exitCodes.done;
      console.error(
        `No download fits: neither its number, nor its bytes, nor its rows (${leaked.rows.length} looked for).`,
      );
      return exitCodes.failed;
    } finally {
      await pool.end();
      await database.stop();
    }
  },
};

/** A hundred lines at a time: the marks of a long table are megabytes. */
async function* ledgerOf(
  lease: Parameters<Parameters<LeasePool["transact"]>[1]>[0],
  tenantId: string,
): AsyncGenerator<Line> {
  await lease.rows(
    `declare ledger no scroll cursor for
     select e.id::text, e.sha256, e.row_marks, e.filename, p.name, p.email,
       to_char(e.made_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), w.title
     from core.exports e
     left join core.persons p on p.tenant_id = e.tenant_id and p.id = e.made_by
     left join core.workspaces w on w.tenant_id = e.tenant_id and w.id = e.workspace_id
     where e.tenant_id = $1::uuid order by e.made_at desc`,
    [tenantId],
  );
  for (;;) {
    const rows = await lease.rows("fetch 100 from ledger");
    for (const [id, sha256, marks, filename, person, email, at, place] of rows) {
      yield {
        id: String(id),
        sha256: sha256 as Uint8Array,
        rowMarks: marks as Uint8Array | null,
        sentence: `${person ?? "a participant, by a link"}${email ? ` <${email}>` : ""} took out ${filename}${place ? ` from ${place}` : ""} at ${at} (entry ${id})`,
      };
    }
    if (rows.length < 100) break;
  }
  await lease.rows("close ledger");
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    throw new Refusal(`${file} cannot be read.`);
  }
}

export const exportCommands: readonly Command[] = [traceCommand];
