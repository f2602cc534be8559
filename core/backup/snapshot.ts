/**
 * What a snapshot holds: rows as PostgreSQL's own COPY text, table after table, in the order of their keys, so that two
 * databases with the same rows give the same digests. Between them, lines of JSON:
 *
 *   {"table":"core.tenants","columns":["tenant_id",…]}
 *   …rows…
 *   \.
 *   {"tail":{…}}
 */
import type { Sql } from "@core/db/migrate.ts";

/** One table as it is read. */
export interface SnapshotTable {
  /** "core.tenants" */
  readonly name: string;
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly hasTenant: boolean;
}

export interface TableCount {
  readonly name: string;
  readonly rows: number;
  /** Of the rows as they are written, in order. */
  readonly sha256: string;
}

/** Made anew by `cairn migrate` from the code and SECRET_KEY, or this installation's own affair. */
const NOT_TAKEN = new Set(["core.migrations", "core.context_keys", "core.backups", "core.rotations", "core.witnesses"]);
/** Kept apart: it is forgotten after 35 days, and everything else is not. */
export const KEYSTORE = "core.keys";

/** Everything the same whatever the server's or the session's settings are. */
export const PLAIN_SETTINGS =
  "set datestyle to 'ISO, YMD'; set intervalstyle to 'postgres'; set timezone to 'UTC'; set extra_float_digits to 3; set bytea_output to 'hex'; set statement_timeout to 0; set idle_in_transaction_session_timeout to 0";

/** Every table of Cairn's own, in the order of their names. Generated columns make themselves. */
export async function snapshotTables(sql: Sql): Promise<readonly SnapshotTable[]> {
  const rows = await sql<{ name: string; columns: string[]; key: string[] | null }[]>`
    select format('%s.%s', n.nspname, c.relname) as name,
      (select array_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
      (select array_agg(a.attname order by k.ord) from pg_index i, unnest(i.indkey::int2[]) with ordinality k(num, ord)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.num where i.indrelid = c.oid and i.indisprimary) as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'pgboss', 'public') and n.nspname !~ '^pg_'
    order by 1`;
  return rows
    .filter(({ name }) => !NOT_TAKEN.has(name))
    .map(({ name, columns, key }) => ({
      name,
      columns,
      key: key ?? columns,
      hasTenant: columns.includes("tenant_id"),
    }));
}

const quoted = (name: string) =>
  name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");
const list = (names: readonly string[]) => names.map(quoted).join(", ");

/** The rows of one table, optionally of one institution. */
export function copyText(table: SnapshotTable, tenantId: string | null): string {
  if (tenantId !== null && !/^[0-9a-f-]{36}$/.test(tenantId)) throw new TypeError("a tenant is a uuid");
  const where = tenantId === null ? "" : ` where tenant_id = '${tenantId}'`;
  // Byte order, whatever the database's collation.
  return `copy (select ${list(table.columns)} from ${quoted(table.name)}${where} order by ${list(table.key)}) to stdout`;
}

/** Letters and jobs that are still to be done. Of those under way the worker will be gone, and they begin again. */
const WAITING =
  "copy (select * from pgboss.job where state in ('created', 'retry', 'active') and name in ('jobs', 'models', 'mail') order by id) to stdout";
const WAITING_TABLE = "pgboss.job";

export interface Cut {
  readonly tables: readonly SnapshotTable[];
  /** Only this institution's rows. */
  readonly tenantId: string | null;
  readonly withQueue: boolean;
  /** Said at the end, inside the seal. */
  readonly tail?: object;
}

/** The snapshot's pieces. `counts` is complete once the last piece was taken. */
export async function* takeSnapshot(sql: Sql, cut: Cut, counts: TableCount[]): AsyncGenerator<Uint8Array> {
  for (const table of cut.tables) {
    if (cut.tenantId !== null && !table.hasTenant) continue;
    yield* oneTable(sql, table.name, table.columns, copyText(table, cut.tenantId), counts);
  }
  if (cut.withQueue) {
    const columns = await sql<{ name: string }[]>`select attname as name from pg_attribute
      where attrelid = 'pgboss.job'::regclass and attnum > 0 and not attisdropped order by attnum`;
    yield* oneTable(
      sql,
      WAITING_TABLE,
      columns.map(({ name }) => name),
      WAITING,
      counts,
    );
  }
  yield Buffer.from(`${JSON.stringify({ tail: { tables: counts, ...cut.tail } })}\n`);
}

const PIECE = 64 * 1024;

/**
 * COPY … TO STDOUT, as fast as it is taken. postgres.js 3.4.9 stops reading from the server when a reader is behind, and goes
 * on when the reader asks for more; behind at the last piece, nobody asks, and the connection's next answer never comes.
 * So it is asked once more at the end.
 */
export async function* copyOut(sql: Sql, text: string): AsyncGenerator<Buffer> {
  const stream = await sql.unsafe(text).readable();
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    stream._read(0);
  }
}

async function* oneTable(
  sql: Sql,
  name: string,
  columns: readonly string[],
  text: string,
  counts: TableCount[],
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify({ table: name, columns })}\n`);
  const digest = new Bun.CryptoHasher("sha256");
  let rows = 0;
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of copyOut(sql, text)) {
    rows += linesIn(chunk);
    digest.update(chunk);
    held.push(chunk);
    size += chunk.length;
    if (size < PIECE) continue;
    yield Buffer.concat(held, size);
    held = [];
    size = 0;
  }
  held.push(Buffer.from("\\.\n"));
  yield Buffer.concat(held);
  counts.push({ name, rows, sha256: digest.digest("hex") });
}

function linesIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
  return count;
}

/** What is read back. A table's rows must be taken before the next piece is asked for. */
export type SnapshotPart =
  | {
      readonly kind: "table";
      readonly name: string;
      readonly columns: readonly string[];
      readonly rows: AsyncGenerator<Buffer>;
    }
  | { readonly kind: "tail"; readonly tail: Readonly<Record<string, unknown>> };

/** Reads a snapshot's pieces again. */
export async function* readSnapshot(source: AsyncIterable<Uint8Array>): AsyncGenerator<SnapshotPart> {
  const lines = new Lines(source);
  for (let line = await lines.one(); line !== null; line = await lines.one()) {
    const said = JSON.parse(line.toString("utf8")) as {
      table?: string;
      columns?: string[];
      tail?: Record<string, unknown>;
    };
    if (said.tail) {
      yield { kind: "tail", tail: said.tail };
      continue;
    }
    if (!said.table || !said.columns) throw new Error("a snapshot's line is neither a table nor its tail");
    yield { kind: "table", name: said.table, columns: said.columns, rows: lines.untilEnd() };
  }
}

/** Whole lines out of pieces of any size. */
class Lines {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async one(): Promise<Buffer | null> {
    for (;;) {
      const end = this.#held.indexOf(10);
      if (end >= 0) {
        const line = this.#held.subarray(0, end);
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return null;
    }
  }

  /** Blocks of whole rows, up to the line that ends the table. */
  async *untilEnd(): AsyncGenerator<Buffer> {
    for (;;) {
      const end = endOfTable(this.#held);
      if (end >= 0) {
        const rows = this.#held.subarray(0, end);
        this.#held = this.#held.subarray(end + 3);
        if (rows.length > 0) yield rows;
        return;
      }
      const whole = this.#held.lastIndexOf(10) + 1;
      // The last line may be the beginning of the end.
      if (whole > 0) {
        const rows = this.#held.subarray(0, whole);
        this.#held = this.#held.subarray(whole);
        yield rows;
      }
      if (!(await this.#more())) throw new Error("a table of the snapshot does not end");
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
    return true;
  }
}

/** Where the line `\.` begins; COPY writes a backslash as two, so no row can look like it. */
function endOfTable(held: Buffer): number {
  if (held.subarray(0, 3).toString("latin1") === "\\.\n") return 0;
  const at = held.indexOf("\n\\.\n");
  return at < 0 ? -1 : at + 1;
}
