/**
 * An institution leaves with everything that is its own: one file, sealed to recipients it named itself, that a fresh
 * installation of Cairn takes in with the same checksums. Its keys go along unwrapped, inside the seal; the house's own
 * SECRET_KEY does not.
 */
import { rebaseRecord } from "@core/audit/era.ts";
import type { Config } from "@core/config.ts";
import { type Database, migrationsDirectory } from "@core/db/database.ts";
import { migrate, type Sql, withOwner } from "@core/db/migrate.ts";
import { readMigrations } from "@core/db/migrations.ts";
import { quoteName } from "@core/db/roles.ts";
import { Refusal } from "@core/refusal.ts";
import type { Vault } from "@core/vault/envelope.ts";
import { openContainer, sealContainer } from "./container.ts";
import { adoptKeys, type Escrow, takeEscrow } from "./keystore.ts";
import { loadSnapshots } from "./load.ts";
import type { parseIdentity, Recipient } from "./recipients.ts";
import { compareTables, migrationsOf } from "./restore.ts";
import { appliedMigrations, writeWhole } from "./run.ts";
import { PLAIN_SETTINGS, snapshotTables, type TableCount, takeSnapshot } from "./snapshot.ts";

export interface ExitHouse {
  readonly config: Config;
  readonly database: Database;
  readonly vault: Vault;
}

interface Tail {
  readonly tenant: { readonly id: string; readonly slug: string; readonly name: string };
  readonly roles: readonly { readonly role: string; readonly title: string }[];
  readonly record: { readonly era: number; readonly systemId: string | null };
  readonly escrow: Escrow;
  readonly tables: readonly TableCount[];
}

export interface Left {
  readonly name: string;
  readonly rows: number;
  readonly tables: readonly TableCount[];
  readonly bytes: number;
  readonly sha256: string;
}

/** Refuses while the key service is away: a file whose keys are missing would be no exit. */
export async function exportTenant(
  { database, vault }: ExitHouse,
  slug: string,
  file: string,
  recipients: readonly Recipient[],
): Promise<Left> {
  if (recipients.length === 0) throw new Refusal("Name whoever takes the file: --to cairn-recipient-…");
  return await withOwner(database.as("backup"), async (sql) => {
    await sql.unsafe("begin isolation level repeatable read read only");
    await sql.unsafe(PLAIN_SETTINGS).simple();
    const [tenant] = await sql<
      { id: string; name: string }[]
    >`select tenant_id as id, name from core.tenants where slug = ${slug}`;
    if (!tenant) throw new Refusal(`No institution is called "${slug}".`);
    const escrow = await takeEscrow(sql, vault, "", tenant.id);
    if (escrow.missing.length > 0)
      throw new Refusal(
        `${escrow.missing.length} keys cannot be unwrapped now, so the file would be of no use. Try again when the key service answers.`,
      );
    const roles = await sql<
      Tail["roles"][number][]
    >`select role, title from core.roles where tenant_id is null order by role`;
    const [record] = await sql<Tail["record"][]>`select era, system_id as "systemId" from core.audit_state`;
    const counts: TableCount[] = [];
    const tail = {
      tenant: { ...tenant, slug },
      roles: [...roles],
      record: record ?? { era: 1, systemId: null },
      escrow,
    };
    const cut = { tables: await snapshotTables(sql), tenantId: tenant.id, withQueue: false, tail };
    const sealing = {
      kind: "exit" as const,
      id: Bun.randomUUIDv7(),
      madeAt: new Date(),
      migrations: await appliedMigrations(sql),
      provider: null,
      recipients,
    };
    const written = await writeWhole(file, sealContainer(sealing, takeSnapshot(sql, cut, counts)));
    await sql.unsafe("commit");
    return { name: tenant.name, rows: counts.reduce((sum, { rows }) => sum + rows, 0), tables: counts, ...written };
  });
}

/** The old house's seals prove nothing under a new signature: they stay in the file, and the record is sealed anew. */
const SEALS = new Set(["core.audit_leaves", "core.audit_trees", "core.audit_heads"]);

export interface Arrived {
  readonly name: string;
  readonly slug: string;
  readonly rows: number;
  readonly tables: number;
  readonly keys: number;
  /** Tables that are not the same as in the file; empty when all is well. */
  readonly wrong: readonly string[];
  readonly era: number;
}

/** Into an installation that holds no institution yet. The schema is brought to where the file stands first, then on. */
export async function importTenant(
  { config, database, vault }: ExitHouse,
  source: AsyncIterable<Uint8Array>,
  identity: ReturnType<typeof parseIdentity>,
): Promise<Arrived> {
  const { owner, roles } = database;
  const known = readMigrations(migrationsDirectory);
  const { header, snapshot } = await openContainer(source, { providers: [], identity });
  if (header.kind !== "exit")
    throw new Refusal("This is a backup of a whole house, not one institution's: use cairn restore.");
  const based = migrationsOf(header, known);
  await migrate(owner, roles, config.secretKey, based).catch((error) => {
    if (error instanceof Refusal && based.length === known.length) throw error;
    if (error instanceof Refusal && error.message.includes("does not know")) return;
    throw error;
  });
  let tail: Tail | null = null;
  const { data } = await loadSnapshots(
    owner,
    roles,
    { data: snapshot, keys: null },
    {
      skip: SEALS,
      keepsShared: true,
      before: async (sql, loaded) => {
        tail = loaded.tail as unknown as Tail;
        await settle(sql, tail);
      },
    },
  );
  const told = data.tail as unknown as Tail;
  const skipped = { tables: told.tables.filter(({ name }) => !SEALS.has(name)) };
  const wrong = await compareTables(owner, roles, skipped, told.tenant.id);
  await migrate(owner, roles, config.secretKey, known);
  const { wrapped } = await withOwner(owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(roles.owner)}`);
    return await adoptKeys(sql, vault, told.escrow);
  });
  const { era } = await rebaseRecord(owner, roles, config);
  const { name, slug } = told.tenant;
  return {
    name,
    slug,
    rows: told.tables.reduce((sum, { rows }) => sum + rows, 0),
    tables: told.tables.length,
    keys: wrapped,
    wrong,
    era,
  };
}

async function settle(sql: Sql, { roles, record }: Tail): Promise<void> {
  // Roles of modules that this house may not have: their grants arrive, and give nothing until the module does.
  for (const { role, title } of roles)
    await sql`insert into core.roles (tenant_id, role, title) values (null, ${role}, ${title}) on conflict do nothing`;
  // Another name than this server's own: the record is verified and sealed anew before anything is sealed in its course.
  await sql`update core.audit_state set era = ${record.era}, system_id = ${`exit from ${record.systemId ?? "an unsealed house"}`}`;
  // Seeds of authenticator apps were sealed under the old house's own key.
  await sql`update core.credentials set ended_at = clock_timestamp() where kind = 'totp' and ended_at is null`;
}
