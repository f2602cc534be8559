/** Every column of the product that holds sealed values, and their values as they lie there. */

import type { Sql } from "@core/db/migrate.ts";
import { is, Table } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import type { Kernel } from "../kernel.ts";
import * as coreTables from "../tenancy/tables.ts";
import { HEADER_BYTES, readHeader } from "./ciphertext.ts";
import { Sealer, type Vault } from "./envelope.ts";
import { SealBroken, type VaultError } from "./errors.ts";
import type { KeyStore, StoredKey } from "./keys.ts";

export interface SealedPlaceInTable {
  /** "milestones.evaluations" */
  readonly table: string;
  readonly column: string;
  /** Absent: the house's own. */
  readonly fieldClass?: string;
  /** Under which of the keys without extra protection; "field" unless said. */
  readonly purpose?: "field" | "apart";
}

/** Sealed by the kernel itself, under the institution's key, in columns that no field class opens. */
const HOUSE: readonly SealedPlaceInTable[] = [
  { table: "core.mails", column: "letter" },
  { table: "core.providers", column: "secret" },
];

export function sealedColumns(kernel: Kernel): readonly SealedPlaceInTable[] {
  const own: unknown[] = Object.values(coreTables);
  const tables = [
    ...own.filter((one): one is PgTable => is(one, Table)),
    ...kernel.modules.flatMap((module) => Object.values(module.tables ?? {})),
  ];
  const places = new Map(HOUSE.map((place) => [`${place.table}.${place.column}`, place]));
  for (const table of tables) {
    for (const column of getTableConfig(table).columns) {
      if (column.columnType !== "SealedColumn") continue;
      const { place } = column as unknown as { place: SealedPlaceInTable };
      const isApart = kernel.fieldClasses.get(place.fieldClass ?? "")?.key === "apart";
      places.set(`${place.table}.${place.column}`, {
        table: place.table,
        column: place.column,
        ...(place.fieldClass && { fieldClass: place.fieldClass }),
        ...(isApart && { purpose: "apart" }),
      });
    }
  }
  return [...places.values()];
}

/** One stored value, with all that might be the row's id in its seal. */
export interface StoredSeal {
  readonly ctid: string;
  readonly bytes: Uint8Array;
  readonly ids: readonly string[];
}

const quoted = (name: string) =>
  name
    .split(".")
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join(".");

/** Values of one column, as the owner sees them: those whose key is not among `done`, a handful at a time. */
export async function storedSeals(
  sql: Sql,
  { table, column }: SealedPlaceInTable,
  {
    limit,
    tenantId = null,
    where = "true",
    values = [],
  }: { limit: number; tenantId?: string | null; where?: string; values?: readonly unknown[] },
): Promise<readonly StoredSeal[]> {
  const ids = await uuidColumns(sql, table);
  // The row's own id first: it nearly always is the one.
  const order = [...ids].sort(
    (a, b) => Number(b === "id") - Number(a === "id") || Number(b === "subject_id") - Number(a === "subject_id"),
  );
  return await sql.unsafe<StoredSeal[]>(
    `select ctid::text as ctid, ${quoted(column)} as bytes, array_remove(array[${order.map((name) => `${quoted(name)}::text`).join(", ")}], null) as ids
     from ${quoted(table)} as held where ${quoted(column)} is not null and ($1::uuid is null or tenant_id = $1::uuid) and ${where} order by held.ctid limit ${limit}`,
    [tenantId, ...values] as never[],
  );
}

async function uuidColumns(sql: Sql, table: string): Promise<readonly string[]> {
  const rows = await sql<{ name: string }[]>`select attname as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and atttypid = 'uuid'::regtype`;
  return rows.map(({ name }) => name).filter((name) => name !== "tenant_id" && name !== "workspace_id");
}

export interface FoundSeal {
  readonly key: StoredKey;
  readonly row: string;
  readonly plaintext: Uint8Array;
}

/**
 * Opens a value wherever it lies: the key named in it says whose it is, and of the row's ids the right one authenticates.
 * Throws a VaultError: Shredded, KeyUnavailable, or SealBroken when none fits.
 */
export async function openStored(
  vault: Vault,
  store: KeyStore,
  place: SealedPlaceInTable,
  { bytes, ids }: Pick<StoredSeal, "bytes" | "ids">,
): Promise<FoundSeal> {
  if (bytes.length < HEADER_BYTES) throw new SealBroken("too short");
  const { keyId } = readHeader(bytes);
  const [key] = await store.findMany([keyId]);
  if (!key) throw new SealBroken("sealed under a key that is not here");
  const sealer = new Sealer(vault, store, { tenant: key.tenant, workspace: key.workspace });
  let broken: VaultError = new SealBroken("its row's id is not in its row");
  for (const row of ids) {
    try {
      return {
        key,
        row,
        plaintext: await sealer.open(bytes, { ...place, row, subject: key.subject }),
      };
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      broken = error;
    }
  }
  throw broken;
}
