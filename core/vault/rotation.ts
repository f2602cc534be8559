/**
 * Rotation while people work. Root key: every scope key is wrapped anew, no value is touched. Data keys: a new version for
 * each scope and subject, then each stored value is opened, sealed under the newest key, opened again for proof, and put
 * in its row's place only if the row is still as it was read; search tags follow (tags.ts). A process that is killed goes on where it stopped: what is
 * left to do is read from the keys and the values themselves.
 */
import type { Sql } from "@core/db/migrate.ts";
import type { Kernel } from "../kernel.ts";
import { Sealer, type Vault } from "./envelope.ts";
import { KeyRefused, SealBroken, Shredded, VaultError } from "./errors.ts";
import type { StoredKey } from "./keys.ts";
import { ownerKeys } from "./owner-keys.ts";
import { openStored, type SealedPlaceInTable, type StoredSeal, sealedColumns, storedSeals } from "./sealed-columns.ts";
import { retag } from "./tags.ts";

export interface Rotation {
  readonly id: string;
  /** It was begun before, and not finished. */
  readonly resumed: boolean;
  readonly done: number;
  /** Rows whose search tags were made anew. */
  readonly tagged: number;
  /** In tables whose rows are never changed: they stay under the key that sealed them. */
  readonly kept: number;
  /** Values and keys that did not open; named in `failures`, at most twenty. */
  readonly failed: number;
  readonly failures: readonly string[];
}

interface Tally {
  done: number;
  tagged: number;
  kept: number;
  failed: number;
  failures: string[];
}

const BATCH = 50;
const PASSES = 5;

/** `sql` runs as the owner. Only one rotation of a kind at a time: another process's is refused by the session's lock. */
async function begin(
  sql: Sql,
  kind: "wrap" | "data",
): Promise<{ id: string; beganAt: Date; cursor: string | null; resumed: boolean } | null> {
  const [turn] = await sql<
    { mine: boolean }[]
  >`select pg_try_advisory_lock(hashtextextended(${`cairn.rotation.${kind}`}, 0)) as mine`;
  if (!turn?.mine) return null;
  const [open] = await sql<{ id: string; beganAt: Date; cursor: string | null }[]>`
    select id, began_at as "beganAt", cursor from core.rotations where kind = ${kind} and finished_at is null`;
  if (open) return { ...open, resumed: true };
  const [made] = await sql<
    { id: string; beganAt: Date }[]
  >`insert into core.rotations (id, kind) values (${Bun.randomUUIDv7()}, ${kind}) returning id, began_at as "beganAt"`;
  if (!made) throw new Error("a rotation was not begun");
  return { ...made, cursor: null, resumed: false };
}

async function finish(sql: Sql, id: string, { done, kept, failed }: Tally): Promise<void> {
  await sql`update core.rotations set done = done + ${done}, kept = ${kept}, failed = ${failed}, finished_at = clock_timestamp() where id = ${id}`;
}

const KEY = `id, tenant_id as tenant, workspace_id as workspace, subject_id as subject, purpose, version, wrapped, wrapped_by as "wrappedBy", provider`;
const sealerFor = (sql: Sql, vault: Vault, key: StoredKey) =>
  new Sealer(vault, ownerKeys(sql), { tenant: key.tenant, workspace: key.workspace });

/** Every scope key under the newest root key of the provider in use. Null: another process is at it. */
export async function rewrapKeys(sql: Sql, vault: Vault): Promise<Rotation | null> {
  const run = await begin(sql, "wrap");
  if (!run) return null;
  const tally: Tally = { done: 0, tagged: 0, kept: 0, failed: 0, failures: [] };
  let cursor = run.cursor;
  for (;;) {
    const keys = await sql.unsafe<StoredKey[]>(
      `select ${KEY} from core.keys where wrapped is not null and wrapped_by is null and ($1::uuid is null or id > $1::uuid) order by id limit ${BATCH}`,
      [cursor],
    );
    const last = keys.at(-1);
    if (!last) break;
    for (const key of keys) {
      try {
        // False: a shredding or another process was first, and there is nothing to wrap.
        if (await sealerFor(sql, vault, key).rewrap(key)) tally.done += 1;
        await sql`update core.keys set provider = ${vault.provider.id} where wrapped_by = ${key.id} and provider <> ${vault.provider.id}`;
      } catch (error) {
        if (!(error instanceof KeyRefused)) throw error;
        note(tally, `key ${key.id}: ${error.reason}`);
      }
    }
    cursor = last.id;
    await sql`update core.rotations set cursor = ${cursor} where id = ${run.id}`;
  }
  await finish(sql, run.id, tally);
  return { id: run.id, resumed: run.resumed, ...tally };
}

/** New data keys, and every value under them. Null: another process is at it. */
export async function rotateDataKeys(
  sql: Sql,
  vault: Vault,
  kernel: Kernel,
  tenantId: string | null = null,
): Promise<Rotation | null> {
  const run = await begin(sql, "data");
  if (!run) return null;
  const tally: Tally = { done: 0, tagged: 0, kept: 0, failed: 0, failures: [] };
  await renewKeys(sql, vault, run.beganAt, tenantId, "scope");
  await renewKeys(sql, vault, run.beganAt, tenantId, "subject");
  for (const place of sealedColumns(kernel)) {
    for (let pass = 1; pass <= PASSES; pass += 1) {
      const missed = await resealColumn(sql, vault, place, tenantId, tally, pass === PASSES);
      await sql`update core.rotations set done = ${tally.done} where id = ${run.id}`;
      if (missed === 0) break;
    }
  }
  for (let pass = 1; pass <= PASSES; pass += 1) {
    const { done, missed, failures } = await retag(sql, vault, tenantId);
    tally.tagged += done;
    if (missed > 0 && pass < PASSES) continue;
    for (const failure of failures) note(tally, failure);
    if (missed > 0) note(tally, `${missed} rows of search tags never stood still`);
    break;
  }
  await sql`update core.rotations set done = 0 where id = ${run.id}`;
  await finish(sql, run.id, tally);
  return { id: run.id, resumed: run.resumed, ...tally };
}

/** A new version of every key made before this rotation began, and no second one when it goes on after a crash. */
async function renewKeys(
  sql: Sql,
  vault: Vault,
  beganAt: Date,
  tenantId: string | null,
  which: "scope" | "subject",
): Promise<void> {
  for (;;) {
    const keys = await sql.unsafe<StoredKey[]>(
      `select ${KEY} from core.keys k where wrapped is not null and (purpose in ('field', 'apart', 'index') or starts_with(purpose, 'field:')) and ($1::uuid is null or tenant_id = $1::uuid)
         and subject_id is ${which === "subject" ? "not null" : "null"} and made_at < $2::timestamptz
         and not exists (select from core.keys n where n.tenant_id = k.tenant_id and n.workspace_id is not distinct from k.workspace_id
           and n.subject_id is not distinct from k.subject_id and n.purpose = k.purpose and n.version > k.version)
       order by id limit ${BATCH}`,
      [tenantId, beganAt],
    );
    if (keys.length === 0) return;
    for (const key of keys) {
      try {
        await sealerFor(sql, vault, key).rotate(key.purpose, key.subject);
      } catch (error) {
        // Destroyed since it was read: then there is no next one (core.guard_key), and it is not read again.
        if (!(error instanceof Shredded) && !isRefused(error)) throw error;
      }
    }
  }
}

/**
 * Under a key that has a newer version; or not under the key that its class's protection asks for now. The key's id lies in
 * bytes 3 to 18 of every value (ciphertext.ts). `fieldClass` is a word of the catalogue.
 */
const OLD = ({ column, fieldClass = "", purpose = "field" }: SealedPlaceInTable) => `exists (select from core.keys k
  where k.id = encode(substring("${column}" from 3 for 16), 'hex')::uuid and k.wrapped is not null
  and (exists (select from core.keys n where n.tenant_id = k.tenant_id and n.workspace_id is not distinct from k.workspace_id
      and n.subject_id is not distinct from k.subject_id and n.purpose = k.purpose and n.version > k.version and n.wrapped is not null)
    or k.purpose <> case when (select p.is_on from core.protections p where p.tenant_id = k.tenant_id and p.workspace_id = k.workspace_id
      and p.field_class = '${fieldClass}' order by p.made_at desc limit 1) then 'field:${fieldClass}' else '${purpose}' end))`;

/** One walk over the table. Returns how many rows were changed by somebody else meanwhile. */
async function resealColumn(
  sql: Sql,
  vault: Vault,
  place: SealedPlaceInTable,
  tenantId: string | null,
  tally: Tally,
  isLast: boolean,
): Promise<number> {
  let missed = 0;
  let after = "(0,0)";
  for (;;) {
    const seals = await storedSeals(sql, place, {
      limit: BATCH,
      tenantId,
      where: `ctid > $2::tid and ${OLD(place)}`,
      values: [after],
    });
    const last = seals.at(-1);
    if (!last) return missed;
    for (const seal of seals) {
      const result = await resealOne(sql, vault, place, seal, tally);
      if (result === "missed") missed += 1;
      if (result === "missed" && isLast) note(tally, `${place.table}.${place.column}: a row that never stood still`);
    }
    after = last.ctid;
  }
}

async function resealOne(
  sql: Sql,
  vault: Vault,
  place: SealedPlaceInTable,
  seal: StoredSeal,
  tally: Tally,
): Promise<"done" | "missed" | "left"> {
  const store = ownerKeys(sql);
  try {
    const { key, row, plaintext } = await openStored(vault, store, place, seal);
    try {
      const sealer = new Sealer(vault, store, { tenant: key.tenant, workspace: key.workspace });
      const address = { ...place, row, subject: key.subject };
      const anew = await sealer.seal(plaintext, address);
      const again = await sealer.open(anew, address);
      if (!Buffer.from(again).equals(plaintext)) throw new SealBroken("the new seal does not open to the same");
      const changed = await sql.unsafe(
        // Waits for a destruction of the old key that is under way: what was destroyed is not written once more.
        `with key as (select 1 from core.keys where id = $4::uuid and wrapped is not null for share)
         update ${place.table} set "${place.column}" = $1
         where ctid = $2::tid and "${place.column}" = $3 and exists (select from key) returning 1`,
        [anew, seal.ctid, seal.bytes, key.id] as never[],
      );
      if (changed.length === 0) return "missed";
      tally.done += 1;
      return "done";
    } finally {
      plaintext.fill(0);
    }
  } catch (error) {
    if (error instanceof Shredded) return "left";
    if (error instanceof SealBroken || error instanceof KeyRefused) {
      note(tally, `${place.table}.${place.column}, row ${seal.ids[0]}: ${error.reason}`);
      return "left";
    }
    if (error instanceof VaultError) throw error;
    // A row that is never changed: what was signed or counted over it stays true.
    if (isRefused(error)) {
      tally.kept += 1;
      return "left";
    }
    throw error;
  }
}

const isRefused = (error: unknown) => error instanceof Error && "code" in error && error.code === "42501";

function note(tally: Tally, sentence: string): void {
  tally.failed += 1;
  if (tally.failures.length < 20) tally.failures.push(sentence);
}
