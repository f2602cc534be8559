/**
 * The columns of the identity vault by which a subject is found without opening anything: each value has a tag beside it,
 * made with the workspace's index key. When that key is rotated, every tag is made anew from its sealed value. A tag does
 * not name its key, so the row does (`tags_key`), and a process that was killed goes on with the rows that name another.
 */
import type { Sql } from "@core/db/migrate.ts";
import { Sealer, type Vault } from "./envelope.ts";
import { KeyRefused, SealBroken, Shredded } from "./errors.ts";
import { email, type Normaliser, phone, recordNumber } from "./normalise.ts";
import { ownerKeys } from "./owner-keys.ts";
import { decodeValue } from "./sealed.ts";
import { openStored } from "./sealed-columns.ts";

const TABLE = "core.identities";

export type TaggedBy = "phone" | "email" | "recordNumber";

export const taggedColumns: Record<TaggedBy, { readonly column: string; readonly normaliser: Normaliser }> = {
  phone: { column: "phone", normaliser: phone },
  email: { column: "email", normaliser: email },
  recordNumber: { column: "record_number", normaliser: recordNumber },
};

/** Under today's key: what a row is written with. */
export const tagOf = (sealer: Sealer, by: TaggedBy, value: string): Promise<Uint8Array> =>
  sealer.blindIndex(value, { table: TABLE, ...taggedColumns[by] });

/** Under every key that lives, the newest first: what a row may bear that is looked for. */
export const tagsOf = (sealer: Sealer, by: TaggedBy, value: string): Promise<readonly Uint8Array[]> =>
  sealer.blindIndexes(value, { table: TABLE, ...taggedColumns[by] });

const BATCH = 50;

interface TaggedRow {
  readonly ctid: string;
  readonly tenant: string;
  readonly workspace: string;
  readonly subject: string;
  /** The newest index key of this workspace. */
  readonly key: string;
  readonly phone: Uint8Array | null;
  readonly email: Uint8Array | null;
  readonly record_number: Uint8Array | null;
}

export interface Retagged {
  readonly done: number;
  /** Rows that somebody changed meanwhile: walk once more. */
  readonly missed: number;
  readonly failures: readonly string[];
}

/** One walk over the rows whose tags are not all known to be under the newest key. `sql` runs as the owner. */
export async function retag(sql: Sql, vault: Vault, tenantId: string | null): Promise<Retagged> {
  const failures: string[] = [];
  let [done, missed, after] = [0, 0, "(0,0)"];
  for (;;) {
    const rows = await sql.unsafe<TaggedRow[]>(
      `select i.ctid::text as ctid, i.tenant_id as tenant, i.workspace_id as workspace, i.subject_id as subject, k.id as key,
         case when i.phone_index is not null then i.phone end as phone, case when i.email_index is not null then i.email end as email,
         case when i.record_number_index is not null then i.record_number end as record_number
       from ${TABLE} i join lateral (select id from core.keys k where k.tenant_id = i.tenant_id and k.workspace_id = i.workspace_id
         and k.subject_id is null and k.purpose = 'index' order by version desc limit 1) k on i.tags_key is distinct from k.id
       where i.ctid > $1::tid and ($2::uuid is null or i.tenant_id = $2::uuid)
         and (i.phone_index is not null or i.email_index is not null or i.record_number_index is not null)
       order by i.ctid limit ${BATCH}`,
      [after, tenantId],
    );
    const last = rows.at(-1);
    if (!last) return { done, missed, failures };
    for (const row of rows) {
      try {
        if (await retagOne(sql, vault, row)) done += 1;
        else missed += 1;
      } catch (error) {
        // Shredded since it was read: its tags went with its key.
        if (error instanceof Shredded) continue;
        if (!(error instanceof SealBroken || error instanceof KeyRefused)) throw error;
        failures.push(`${TABLE}, the tags of subject ${row.subject}: ${error.reason}`);
      }
    }
    after = last.ctid;
  }
}

/** False: the row is no longer as it was read. A tag without a value goes. A destruction clears the row's tags, so it is never written over. */
async function retagOne(sql: Sql, vault: Vault, row: TaggedRow): Promise<boolean> {
  const store = ownerKeys(sql);
  const sealer = new Sealer(vault, store, { tenant: row.tenant, workspace: row.workspace });
  const tags: Record<string, Uint8Array | null> = {};
  for (const by of ["phone", "email", "recordNumber"] as const) {
    const { column } = taggedColumns[by];
    const bytes = row[column as "phone" | "email" | "record_number"];
    if (!bytes) continue;
    const place = { table: TABLE, column, fieldClass: "core.identity" };
    const { plaintext } = await openStored(vault, store, place, { bytes, ids: [row.subject] });
    try {
      tags[column] = await tagOf(sealer, by, decodeValue<string>(plaintext));
    } finally {
      plaintext.fill(0);
    }
  }
  const changed = await sql.unsafe(
    `update ${TABLE} set phone_index = $2, email_index = $3, record_number_index = $4, tags_key = $5::uuid where ctid = $1::tid
       and subject_id = $6::uuid and (phone_index is null or phone is null) = ($2::bytea is null)
       and (email_index is null or email is null) = ($3::bytea is null)
       and (record_number_index is null or record_number is null) = ($4::bytea is null) returning 1`,
    [row.ctid, tags.phone ?? null, tags.email ?? null, tags.record_number ?? null, row.key, row.subject] as never[],
  );
  return changed.length === 1;
}
