/**
 * The keystore's own file. Beside the wrapped keys it holds the scope keys themselves and SECRET_KEY, so that an offline
 * recipient can bring the house back when its key service is gone for ever. It is forgotten after 35 days: by then a
 * destroyed key lies in no copy any more.
 */

import type { Sql } from "@core/db/migrate.ts";
import type { Vault } from "@core/vault/envelope.ts";
import { VaultError } from "@core/vault/errors.ts";
import { type KeyPurpose, providerContext, type StoredKey } from "@core/vault/keys.ts";
import { sodium } from "@core/vault/sodium.ts";

export const KEYSTORE_DAYS = 35;

export interface Escrow {
  readonly secretKey: string;
  readonly keys: readonly { readonly id: string; readonly key: string }[];
  /** Ids of the keys that could not be unwrapped when the backup was made. */
  readonly missing: readonly string[];
}

interface Row {
  readonly id: string;
  readonly tenant: string;
  readonly workspace: string | null;
  readonly purpose: KeyPurpose;
  readonly version: number;
  readonly wrapped: Uint8Array;
  readonly provider: string;
}

const scopeKeys = (sql: Sql, tenantId: string | null) => sql<Row[]>`
  select id, tenant_id as tenant, workspace_id as workspace, purpose, version, wrapped, provider from core.keys
  where wrapped is not null and wrapped_by is null and (${tenantId}::uuid is null or tenant_id = ${tenantId}::uuid) order by id`;

const storedKey = (row: Row): StoredKey => ({ ...row, subject: null, wrappedBy: null });

/** As many calls to the key service as there are scope keys: a few for each workspace. */
export async function takeEscrow(
  sql: Sql,
  vault: Vault,
  secretKey: string,
  tenantId: string | null = null,
): Promise<Escrow> {
  const keys: { id: string; key: string }[] = [];
  const missing: string[] = [];
  for (const row of await scopeKeys(sql, tenantId)) {
    try {
      const key = await vault.providerOf(storedKey(row)).unwrap(row.wrapped, providerContext(storedKey(row)));
      keys.push({ id: row.id, key: Buffer.from(key).toString("base64") });
      sodium.memzero(key);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      missing.push(row.id);
    }
  }
  return { secretKey, keys, missing };
}

/**
 * Makes the restored keys this house's: what its key service can open stays as it is; for the rest the escrowed key is
 * wrapped anew. Answers with how many were wrapped, and how many stay shut.
 */
export async function adoptKeys(
  sql: Sql,
  vault: Vault,
  escrow: Escrow | null,
): Promise<{ wrapped: number; shut: number }> {
  const escrowed = new Map((escrow?.keys ?? []).map(({ id, key }) => [id, key]));
  let wrapped = 0;
  let shut = 0;
  for (const row of await scopeKeys(sql, null)) {
    const stored = storedKey(row);
    const context = providerContext(stored);
    if (vault.knows(row.provider)) {
      const key = await vault
        .providerOf(stored)
        .unwrap(row.wrapped, context)
        .catch(() => null);
      if (key) {
        sodium.memzero(key);
        continue;
      }
    }
    const text = escrowed.get(row.id);
    if (text === undefined) {
      shut += 1;
      continue;
    }
    const key = new Uint8Array(Buffer.from(text, "base64"));
    const anew = await vault.provider.wrap(key, context);
    crypto.getRandomValues(key);
    await sql`update core.keys set wrapped = ${anew}, provider = ${vault.provider.id} where id = ${row.id}`;
    await sql`update core.keys set provider = ${vault.provider.id} where wrapped_by = ${row.id}`;
    wrapped += 1;
  }
  return { wrapped, shut };
}
