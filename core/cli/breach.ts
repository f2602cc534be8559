/** `cairn breach report`: for the people who have to be told, exactly who saw what of whom. */
import { createWriteStream } from "node:fs";
import { type AccessEvent, accessColumns, accessLines, accessRow } from "@core/audit/breach.ts";
import { type Command, need, readWords, UsageRefusal } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import { guard } from "@core/documents/csv.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import { type Lease, LeasePool } from "@core/tenancy/lease.ts";
import type { TouchedTable } from "@core/tenancy/tables.ts";

const report: Command = {
  name: "breach report",
  summary: "Lists who saw, changed and took out what of whom, entry by entry.",
  usage: `Usage: cairn breach report --tenant <slug> [--person <e-mail>] [--subject <code or id>] [--session <ref>]
                           [--from <date>] [--to <date>] --out <file.csv>

  --person, --subject, --session   at least one of them; several narrow it down together
  --from, --to                     2026-01-31, or a moment; --to is not included

Every access that the record holds: one line for each table of each entry, with columns, rows and the files that were taken
out, and at the end how many people it concerns. Verify the record first ("cairn audit verify").`,
  async run(words) {
    const given = readWords(words, {
      tenant: { type: "string" },
      person: { type: "string" },
      subject: { type: "string" },
      session: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      out: { type: "string" },
    });
    const slug = need(given.tenant, "--tenant", "the institution's slug");
    const out = need(given.out, "--out", "the file to write");
    if (!given.person && !given.subject && !given.session)
      throw new UsageRefusal("Say of whom: --person, --subject or --session.");
    const [from, to] = [moment(given.from, "--from"), moment(given.to, "--to")];
    const config = readConfig();
    const database = await openDatabase(config, { share: true });
    const pool = new LeasePool(database.as("backup"), 1);
    try {
      return await pool.transact(
        { after: "set transaction isolation level repeatable read, read only" },
        async (lease) => {
          const [tenant] = await lease.rows("select tenant_id::text, name from core.tenants where slug = $1", [slug]);
          if (!tenant) throw new Refusal(`No institution is called "${slug}".`);
          const tenantId = String(tenant[0]);
          const person = given.person
            ? await idOf(lease, PERSON, [tenantId, given.person], `Nobody there has the address ${given.person}.`)
            : null;
          const subject = given.subject
            ? await idOf(
                lease,
                SUBJECT,
                [tenantId, given.subject],
                `No subject there is called ${given.subject}, or several are: give its id.`,
              )
            : null;
          const summary = await writeAccesses(lease, out, [tenantId, person, subject, given.session ?? null, from, to]);
          console.log(
            `${summary.lines} lines of ${summary.entries} entries are in ${out}: ${summary.people} ${summary.people === 1 ? "person" : "people"} at work, ${summary.subjects} ${summary.subjects === 1 ? "subject" : "subjects"} concerned, ${summary.files} files taken out.`,
          );
          return exitCodes.done;
        },
      );
    } finally {
      await pool.end();
      await database.stop();
    }
  },
};

const PERSON = "select id::text from core.persons where tenant_id = $1::uuid and email = lower($2)";
const SUBJECT = "select id::text from core.subjects where tenant_id = $1::uuid and (code = $2 or id::text = $2)";

async function idOf(lease: Lease, text: string, values: readonly string[], otherwise: string): Promise<string> {
  const rows = await lease.rows(text, values);
  if (rows.length !== 1) throw new Refusal(otherwise);
  return String(rows[0]?.[0]);
}

function moment(text: string | undefined, option: string): string | null {
  if (text === undefined) return null;
  const at = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(at.getTime())) throw new UsageRefusal(`${option} is no date: write it as 2026-01-31.`);
  return at.toISOString();
}

/** `values`: institution, person, subject, session, from, to; null: any. `lease` sees the whole record. */
export async function writeAccesses(lease: Lease, out: string, values: readonly (string | null)[]) {
  const [tenantId] = values;
  const codes = new Map(
    (await lease.rows("select id::text, code from core.subjects where tenant_id = $1::uuid", [tenantId])).map(
      ([id, code]) => [String(id), String(code)] as const,
    ),
  );
  await lease.rows(
    `declare accesses no scroll cursor for
     select id::text, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), actor_name, actor_id::text, host(ip),
       session_ref, sentence, act, event, subjects::text[], read::text, changed::text
     from core.audit_events
     where tenant_id = $1::uuid and ($2::uuid is null or actor_id = $2::uuid)
       and ($3::uuid is null or subjects @> array[$3::uuid]) and ($4::text is null or session_ref = $4)
       and ($5::timestamptz is null or at >= $5::timestamptz) and ($6::timestamptz is null or at < $6::timestamptz)
       and outcome = 'done' order by id`,
    values,
  );
  const file = createWriteStream(out, { mode: 0o600 });
  const put = (cells: readonly string[]) =>
    file.write(`${cells.map((cell) => `"${guard(cell).replaceAll('"', '""')}"`).join(",")}\r\n`);
  put(accessColumns.map(({ title }) => title));
  const people = new Set<string>();
  const subjects = new Set<string>();
  let [lines, entries, files] = [0, 0, 0];
  for (;;) {
    const rows = await lease.rows("fetch 500 from accesses");
    for (const row of rows) {
      const event = eventOf(row);
      entries += 1;
      if (event.event === "core.exported") files += 1;
      people.add(event.actorId ?? event.actorName);
      for (const subject of event.subjects) subjects.add(subject);
      for (const line of accessLines(event)) {
        lines += 1;
        put(accessRow(line, codes).map((cell) => (cell instanceof Date ? cell.toISOString() : cell)));
      }
    }
    if (rows.length < 500) break;
  }
  await new Promise<void>((done, failed) => {
    file.on("error", failed);
    file.end(done);
  });
  return { lines, entries, files, people: people.size, subjects: subjects.size };
}

function eventOf(row: readonly unknown[]): AccessEvent {
  const [id, at, actorName, actorId, ip, sessionRef, sentence, act, event, subjects, read, changed] = row;
  return {
    id: String(id),
    at: new Date(String(at)),
    actorName: String(actorName),
    actorId: actorId as string | null,
    ip: ip as string | null,
    sessionRef: sessionRef as string | null,
    sentence: String(sentence),
    act: String(act),
    event: event as string | null,
    subjects: subjects as readonly string[],
    read: JSON.parse(String(read)) as Record<string, TouchedTable>,
    changed: JSON.parse(String(changed)) as Record<string, TouchedTable>,
  };
}

export const breachCommands: readonly Command[] = [report];
