/**
 * From a snapshot back to a database: one transaction as the owner. Foreign keys are laid again behind the rows (each is
 * checked then, over everything), triggers and defaults rest meanwhile, sequences go on behind the last number.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Connection } from "@core/db/connection.ts";
import type { Sql } from "@core/db/migrate.ts";
import { withOwner } from "@core/db/migrate.ts";
import { quoteName, type Roles } from "@core/db/roles.ts";
import { Refusal } from "@core/refusal.ts";
import { KEYSTORE, PLAIN_SETTINGS, readSnapshot, type TableCount } from "./snapshot.ts";

export interface Loaded {
  readonly counts: readonly TableCount[];
  readonly tail: Readonly<Record<string, unknown>>;
}

export interface LoadOptions {
  /** Runs inside the transaction, after the rows and before the foreign keys. */
  readonly before?: (sql: Sql, data: Loaded) => Promise<void>;
  /** Tables whose rows are read and counted, and not loaded. */
  readonly skip?: ReadonlySet<string>;
  /** Only institutions' own tables come: what all of them share stays as migrate has made it. */
  readonly keepsShared?: boolean;
}

export interface Snapshots {
  readonly data: AsyncIterable<Uint8Array>;
  readonly keys: AsyncIterable<Uint8Array> | null;
}

/** Throws a Refusal when the database holds an institution already; nothing is kept of what fails. */
export async function loadSnapshots(
  owner: Connection,
  roles: Roles,
  snapshots: Snapshots,
  options: LoadOptions = {},
): Promise<{ data: Loaded; keys: Loaded | null }> {
  return await withOwner(owner, async (sql) => {
    await sql.unsafe("begin");
    try {
      await sql.unsafe(`set local role ${quoteName(roles.owner)}`);
      await sql.unsafe(PLAIN_SETTINGS.replaceAll("set ", "set local ")).simple();
      await requireEmpty(sql);
      const lay = await takeUpKeys(sql);
      const { tables, forced } = await ownTables(sql);
      // COPY does not go through policies. All of it is one transaction: nobody else ever sees a table without its walls.
      for (const table of forced) await sql.unsafe(`alter table ${table} no force row level security`);
      for (const table of tables) await sql.unsafe(`alter table ${table} disable trigger user`);
      const filled = tables.filter((name) => !STAYS.has(name) && !(options.keepsShared && SHARED.has(name)));
      await sql.unsafe(`truncate ${filled.join(", ")}`);
      const data = await loadOne(sql, snapshots.data, options.skip ?? new Set());
      const keys = snapshots.keys ? await loadKeys(sql, snapshots.keys) : null;
      await options.before?.(sql, data);
      await goOnCounting(sql);
      for (const table of tables) await sql.unsafe(`alter table ${table} enable trigger user`);
      await lay();
      for (const table of forced) await sql.unsafe(`alter table ${table} force row level security`);
      await sql.unsafe("commit");
      return { data, keys };
    } catch (error) {
      await sql.unsafe("rollback").catch(() => {});
      throw error;
    }
  });
}

/** Not in a snapshot: migrate has filled them. */
const STAYS = new Set(["core.migrations", "core.context_keys", "core.backups", "core.rotations", "core.witnesses"]);

const SHARED = new Set([
  "core.roles",
  "core.role_permissions",
  "core.permissions_apart",
  "core.audit_state",
  "core.audit_checkpoints",
]);

async function requireEmpty(sql: Sql): Promise<void> {
  const [there] = await sql<{ slug: string }[]>`select slug from core.tenants limit 1`;
  if (there)
    throw new Refusal(
      `This database holds an institution already (${there.slug}). Restore into a new one: DATABASE_URL=postgres://…/cairn_restored`,
    );
}

/** Takes the foreign keys down; the answer lays them again. */
async function takeUpKeys(sql: Sql): Promise<() => Promise<void>> {
  const keys = await sql<{ table: string; name: string; text: string }[]>`
    select con.conrelid::regclass::text as table, quote_ident(con.conname) as name, pg_get_constraintdef(con.oid) as text
    from pg_constraint con join pg_class c on c.oid = con.conrelid
    where con.contype = 'f' and con.conparentid = 0 and c.relowner = current_user::regrole and con.connamespace::regnamespace::text <> 'pgboss'`;
  for (const { table, name } of keys) await sql.unsafe(`alter table ${table} drop constraint ${name}`);
  return async () => {
    for (const { table, name, text } of keys) await sql.unsafe(`alter table ${table} add constraint ${name} ${text}`);
  };
}

async function ownTables(sql: Sql): Promise<{ tables: readonly string[]; forced: readonly string[] }> {
  const rows = await sql<{ name: string; forced: boolean }[]>`
    select format('%I.%I', n.nspname, c.relname) as name, c.relforcerowsecurity as forced
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relowner = current_user::regrole and n.nspname not in ('pgboss', 'public') order by 1`;
  return { tables: rows.map(({ name }) => name), forced: rows.filter(({ forced }) => forced).map(({ name }) => name) };
}

async function loadOne(sql: Sql, source: AsyncIterable<Uint8Array>, skip: ReadonlySet<string>): Promise<Loaded> {
  const counts: TableCount[] = [];
  let tail: Loaded["tail"] | null = null;
  for await (const part of readSnapshot(source)) {
    if (part.kind === "tail") tail = part.tail;
    else counts.push(await loadTable(sql, part, skip.has(part.name) ? null : part.name));
  }
  return { counts, tail: requireSame(counts, tail) };
}

/** The keystore may be newer than the data, and then knows keys of what the data does not know yet: those stay out. */
async function loadKeys(sql: Sql, source: AsyncIterable<Uint8Array>): Promise<Loaded> {
  const counts: TableCount[] = [];
  let tail: Loaded["tail"] | null = null;
  for await (const part of readSnapshot(source)) {
    if (part.kind === "tail") tail = part.tail;
    else if (part.name === KEYSTORE) counts.push(await loadTable(sql, part, KEYSTORE));
    else throw new Refusal(`The keystore's file holds ${part.name}: it is not one.`);
  }
  await sql.unsafe(`delete from ${KEYSTORE} k
    where not exists (select from core.tenants t where t.tenant_id = k.tenant_id)
      or (k.workspace_id is not null and not exists (select from core.workspaces w where w.tenant_id = k.tenant_id and w.id = k.workspace_id))
      or (k.subject_id is not null and not exists (select from core.subjects s where s.tenant_id = k.tenant_id and s.id = k.subject_id))`);
  return { counts, tail: requireSame(counts, tail) };
}

async function loadTable(
  sql: Sql,
  {
    name,
    columns,
    rows,
  }: { readonly name: string; readonly columns: readonly string[]; readonly rows: AsyncGenerator<Buffer> },
  into: string | null,
): Promise<TableCount> {
  const digest = new Bun.CryptoHasher("sha256");
  let count = 0;
  const target = into === null ? null : await openCopy(sql, into, columns);
  for await (const block of rows) {
    digest.update(block);
    for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) count += 1;
    if (target && !target.stream.write(block)) await Promise.race([once(target.stream, "drain"), target.failed]);
  }
  await target?.end();
  return { name, rows: count, sha256: digest.digest("hex") };
}

async function openCopy(sql: Sql, table: string, columns: readonly string[]) {
  const name = table.split(".").map(quoteName).join(".");
  const stream = (await sql
    .unsafe(`copy ${name} (${columns.map(quoteName).join(", ")}) from stdin`)
    .writable()) as Writable;
  const failed = new Promise<never>((_, reject) => stream.once("error", reject));
  failed.catch(() => {});
  return {
    stream,
    failed,
    async end() {
      const finished = once(stream, "finish");
      stream.end();
      await Promise.race([finished, failed]);
    },
  };
}

/** What was read must be what the snapshot itself says at its end. */
function requireSame(counts: readonly TableCount[], tail: Loaded["tail"] | null): Loaded["tail"] {
  if (!tail) throw new Refusal("The snapshot has no end: it was cut off.");
  const said = (tail.tables ?? []) as readonly TableCount[];
  const odd = said.find(
    (one) => !counts.some((is) => is.name === one.name && is.rows === one.rows && is.sha256 === one.sha256),
  );
  if (odd || said.length !== counts.length)
    throw new Refusal(`The snapshot's table ${odd?.name ?? "list"} is not what its end says.`);
  return tail;
}

async function goOnCounting(sql: Sql): Promise<void> {
  // Owned by a column, or named in its default.
  const sequences = await sql<{ sequence: string; table: string; column: string }[]>`
    select distinct s.oid::regclass::text as sequence, a.attrelid::regclass::text as table, quote_ident(a.attname) as column
    from pg_class s join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype in ('a', 'i')
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    join pg_class t on t.oid = a.attrelid
    where s.relkind = 'S' and t.relowner = current_user::regrole and t.relnamespace::regnamespace::text <> 'pgboss'
    union
    select s.oid::regclass::text, f.adrelid::regclass::text, quote_ident(a.attname)
    from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid and d.refclassid = 'pg_class'::regclass
    join pg_class s on s.oid = d.refobjid and s.relkind = 'S'
    join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
    join pg_class t on t.oid = f.adrelid
    where t.relowner = current_user::regrole and t.relnamespace::regnamespace::text <> 'pgboss'`;
  for (const { sequence, table, column } of sequences)
    await sql.unsafe(`select setval('${sequence}', greatest((select coalesce(max(${column}), 0) from ${table}), 1))`);
  // Sealing goes on in the era that the rows come from (core/audit/era.ts).
  const [state] = await sql<{ era: number }[]>`select era from core.audit_state`;
  if (state) await sql.unsafe(`alter table core.audit_events alter column era set default ${Number(state.era)}`);
}
