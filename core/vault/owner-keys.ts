/** Keys as rows of core.keys for whoever keeps the house: the owner of the tables, across institutions, outside any request. */
import type { Sql } from "@core/db/migrate.ts";
import { type Algorithm, algorithmNamed } from "./aead.ts";
import type { KeyStore, StoredKey } from "./keys.ts";

const COLUMNS = `id, tenant_id as tenant, workspace_id as workspace, subject_id as subject, purpose, version, wrapped,
  wrapped_by as "wrappedBy", provider`;

/** `sql` runs as the owner (`set role`). One institution's algorithm is known once `current` was asked. */
export function ownerKeys(sql: Sql): KeyStore {
  let algorithm: Algorithm | undefined;
  return {
    get algorithm() {
      return algorithm;
    },
    async protectedClasses({ tenant, workspace }) {
      const rows = await sql<{ name: string }[]>`
        select field_class as name from (select distinct on (field_class) field_class, is_on from core.protections
          where tenant_id = ${tenant} and workspace_id = ${workspace} order by field_class, made_at desc) p where is_on`;
      return new Set(rows.map(({ name }) => name));
    },
    async findMany(ids) {
      return await sql.unsafe<StoredKey[]>(`select ${COLUMNS} from core.keys where id = any($1::uuid[])`, [[...ids]]);
    },
    async current({ tenant, workspace, subject, purpose }) {
      const [policy] = await sql<
        { sealing: string | null }[]
      >`select policies ->> 'sealing' as sealing from core.tenants where tenant_id = ${tenant}`;
      algorithm = algorithmNamed(policy?.sealing);
      const [key] = await sql.unsafe<StoredKey[]>(
        `select ${COLUMNS} from core.keys where tenant_id = $1::uuid and workspace_id is not distinct from $2::uuid
           and subject_id is not distinct from $3::uuid and purpose = $4 order by version desc limit 1`,
        [tenant, workspace, subject, purpose],
      );
      return key ?? null;
    },
    async living({ tenant, workspace, subject, purpose }) {
      return await sql.unsafe<StoredKey[]>(
        `select ${COLUMNS} from core.keys where tenant_id = $1::uuid and workspace_id is not distinct from $2::uuid
           and subject_id is not distinct from $3::uuid and purpose = $4 and wrapped is not null order by version desc`,
        [tenant, workspace, subject, purpose],
      );
    },
    async insert(key) {
      await sql`insert into core.keys (tenant_id, id, workspace_id, subject_id, purpose, version, wrapped, wrapped_by, provider, destroyed_at)
        values (${key.tenant}, ${key.id}, ${key.workspace}, ${key.subject}, ${key.purpose}, ${key.version}, ${key.wrapped}, ${key.wrappedBy}, ${key.provider},
          ${key.wrapped === null ? new Date() : null}) on conflict do nothing`;
      const [stands] = await sql.unsafe<StoredKey[]>(
        `select ${COLUMNS} from core.keys where tenant_id = $1::uuid and workspace_id is not distinct from $2::uuid
           and subject_id is not distinct from $3::uuid and purpose = $4 and version = $5::int`,
        [key.tenant, key.workspace, key.subject, key.purpose, key.version],
      );
      if (!stands) throw new Error("a key that was put in is not there");
      return stands;
    },
    async rewrap(id, was, wrapped, wrappedBy, provider) {
      const rows =
        await sql`update core.keys set wrapped = ${wrapped}, wrapped_by = ${wrappedBy}, provider = ${provider}
        where id = ${id} and wrapped = ${was} returning id`;
      return rows.length === 1;
    },
    async destroySubject({ tenant, workspace, subject }) {
      const rows = await sql<{ id: string }[]>`update core.keys set wrapped = null, destroyed_at = clock_timestamp()
        where tenant_id = ${tenant} and workspace_id is not distinct from ${workspace} and subject_id = ${subject} and wrapped is not null returning id`;
      return rows.map(({ id }) => id);
    },
  };
}
