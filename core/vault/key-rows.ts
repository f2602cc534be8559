/** Keys as rows of core.keys, through one request's transaction: what row-level security hides does not exist. */
import { Problem } from "../problem.ts";
import { keyReach } from "../protection/reach.ts";
import type { Lease } from "../tenancy/lease.ts";
import { type Algorithm, algorithmNamed } from "./aead.ts";
import type { KeyPurpose, KeyScope, KeyStore, StoredKey } from "./keys.ts";

const COLUMNS = "id, tenant_id, workspace_id, subject_id, purpose, version, wrapped, wrapped_by, provider";
/** The workspace and subject as the unique index core.one_current_key has them; the tenant is the wall's. */
const NONE = "'00000000-0000-0000-0000-000000000000'::uuid";
const PLACE = `coalesce(workspace_id, ${NONE}) = coalesce($1::uuid, ${NONE})
  and coalesce(subject_id, ${NONE}) = coalesce($2::uuid, ${NONE})`;

function keyOf(row: readonly unknown[]): StoredKey {
  return {
    id: row[0] as string,
    tenant: row[1] as string,
    workspace: row[2] as string | null,
    subject: row[3] as string | null,
    purpose: row[4] as KeyPurpose,
    version: Number(row[5]),
    wrapped: row[6] as Uint8Array | null,
    wrappedBy: row[7] as string | null,
    provider: row[8] as string,
  };
}

export function keyRows(lease: Lease): KeyStore {
  let algorithm: Algorithm | undefined;
  return {
    get algorithm() {
      return algorithm;
    },
    async protectedClasses({ workspace }) {
      return (await keyReach(lease, workspace, "seal")).classes;
    },
    async findMany(ids) {
      const rows = await lease.rows(`select ${COLUMNS} from core.keys where id = any($1::uuid[])`, [ids]);
      return rows.map(keyOf);
    },
    async current(scope) {
      const [row] = await lease.rows(
        `select ${COLUMNS.replace("tenant_id", "of_tenant")}, t.policies ->> 'sealing' from core.tenants t left join lateral (
           select ${COLUMNS.replace("tenant_id", "tenant_id as of_tenant")} from core.keys
           where ${PLACE} and purpose = $3 order by version desc limit 1) k on true
         where t.tenant_id = (select core.tenant())`,
        [scope.workspace, scope.subject, scope.purpose],
      );
      algorithm = algorithmNamed(row?.[9]);
      return row?.[0] ? keyOf(row) : null;
    },
    async living(scope) {
      const rows = await lease.rows(
        `select ${COLUMNS} from core.keys where ${PLACE} and purpose = $3 and wrapped is not null order by version desc`,
        [scope.workspace, scope.subject, scope.purpose],
      );
      return rows.map(keyOf);
    },
    async insert(key) {
      await lease.rows(
        `insert into core.keys (id, workspace_id, subject_id, purpose, version, wrapped, wrapped_by, provider, destroyed_at)
         values ($1::uuid, $2::uuid, $3::uuid, $4, $5::int, $6::bytea, $7::uuid, $8, case when $6::bytea is null then clock_timestamp() end)
         on conflict do nothing`,
        [key.id, key.workspace, key.subject, key.purpose, key.version, key.wrapped, key.wrappedBy, key.provider],
      );
      const scope: KeyScope = key;
      const rows = await lease.rows(
        `select ${COLUMNS} from core.keys where ${PLACE} and purpose = $3 and version = $4::int`,
        [scope.workspace, scope.subject, scope.purpose, key.version],
      );
      const [stands] = rows;
      // Row-level security hides the keys of subjects that are not this person's to reach.
      if (!stands) throw new Problem("forbidden");
      return keyOf(stands);
    },
    async rewrap(id, was, wrapped, wrappedBy, provider) {
      const rows = await lease.rows(
        `update core.keys set wrapped = $3::bytea, wrapped_by = $4::uuid, provider = $5
         where tenant_id = (select core.tenant()) and id = $1::uuid and wrapped = $2::bytea returning id`,
        [id, was, wrapped, wrappedBy, provider],
      );
      return rows.length === 1;
    },
    async destroySubject({ workspace, subject }) {
      const rows = await lease.rows(
        `update core.keys set wrapped = null, destroyed_at = clock_timestamp(), destroyed_by = (select core.actor())
         where tenant_id = (select core.tenant()) and workspace_id = $1::uuid and subject_id = $2::uuid and wrapped is not null returning id`,
        [workspace, subject],
      );
      // Those of classes he is not named for are hidden from the one who destroys, and go all the same.
      const more = await lease.rows("select core.destroy_class_keys($1::uuid)", [subject]);
      return [...rows, ...more].map((row) => row[0] as string);
    },
  };
}
