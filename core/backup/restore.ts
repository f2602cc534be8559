/** From files to a database: find, check against the signed manifest, load, adopt the keys. And the proof of all that, in a scratch database. */
import { verifyRecord } from "@core/audit/verifier.ts";
import type { Config } from "@core/config.ts";
import type { Connection } from "@core/db/connection.ts";
import { type Database, migrationsDirectory } from "@core/db/database.ts";
import { migrate, withOwner } from "@core/db/migrate.ts";
import { type Migration, readMigrations } from "@core/db/migrations.ts";
import { connectionOf, quoteName, type Roles } from "@core/db/roles.ts";
import type { Kernel } from "@core/kernel.ts";
import { describeError, Refusal } from "@core/refusal.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import type { Vault } from "@core/vault/envelope.ts";
import { Shredded, VaultError } from "@core/vault/errors.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { openStored, sealedColumns, storedSeals } from "@core/vault/sealed-columns.ts";
import { signingKey } from "@core/vault/signing.ts";
import { type Header, type Openers, openContainer } from "./container.ts";
import { adoptKeys, type Escrow } from "./keystore.ts";
import { loadSnapshots } from "./load.ts";
import { type BackupFile, examineChain, type SignedManifest } from "./manifest.ts";
import { copyOut, copyText, PLAIN_SETTINGS, snapshotTables, type TableCount } from "./snapshot.ts";
import type { Target } from "./targets.ts";

/** A run that lies at a target, and the keystore to go with it. */
export interface Found {
  readonly signed: SignedManifest;
  readonly data: BackupFile;
  /** The newest there is: what was destroyed since the data was taken stays destroyed. Null: none is left. */
  readonly keys: BackupFile | null;
  readonly target: Target;
}

export interface Choice {
  /** A run's number; absent: the newest. */
  readonly sequence?: number;
  /** The newest that was ever made, as the ledger knows; absent where only the files are left. */
  readonly newest?: number;
  /** Null: nothing is known of who signed (only an offline identity is left). */
  readonly publicKey: Uint8Array | null;
}

/** Throws a Refusal that names what is wrong with the chain: taken away, exchanged, played again, signed by someone else. */
export async function findBackup(target: Target, { sequence, newest, publicKey }: Choice): Promise<Found> {
  const names = new Set(await target.names());
  const chain: SignedManifest[] = [];
  for (const name of names) {
    if (!name.endsWith(".manifest.json")) continue;
    try {
      chain.push(JSON.parse(await textOf(target.get(name))) as SignedManifest);
    } catch {
      throw new Refusal(`${name} at ${target.id} cannot be read.`);
    }
  }
  if (chain.length === 0) throw new Refusal(`There is no backup at ${target.id}.`);
  const inOrder = chain.sort((a, b) => b.manifest.sequence - a.manifest.sequence);
  if (publicKey) {
    const [wrong] = examineChain(chain, publicKey, newest);
    if (wrong) throw new Refusal(`The backups at ${target.id} are not as they were made. ${wrong}`);
  }
  const chosen = sequence === undefined ? inOrder[0] : inOrder.find(({ manifest }) => manifest.sequence === sequence);
  const data = chosen?.manifest.files.find(({ kind }) => kind === "data");
  if (!chosen || !data) throw new Refusal(`There is no backup ${sequence ?? ""} at ${target.id}.`);
  if (!names.has(data.name))
    throw new Refusal(`The data of backup ${chosen.manifest.sequence} is not at ${target.id} any more.`);
  const keys =
    inOrder.flatMap(({ manifest }) =>
      manifest.files.filter(({ kind, name }) => kind === "keys" && names.has(name)),
    )[0] ?? null;
  return { signed: chosen, data, keys, target };
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** The file's bytes, which must be those that the manifest signed. */
async function* genuine(target: Target, file: BackupFile): AsyncGenerator<Uint8Array> {
  const digest = new Bun.CryptoHasher("sha256");
  for await (const piece of target.get(file.name)) {
    digest.update(piece);
    yield piece;
  }
  if (digest.digest("hex") !== file.sha256) throw new Refusal(`${file.name} is not the file that its manifest signed.`);
}

/** The migrations a file stands on, in this code's own text. Refuses a file of a newer Cairn. */
export function migrationsOf({ migrations }: Header, known: readonly Migration[]): readonly Migration[] {
  const mine = new Map(known.map((one) => [`${one.folder}/${one.name}`, one]));
  const stranger = migrations.find(({ folder, name, sha256 }) => mine.get(`${folder}/${name}`)?.sha256 !== sha256);
  if (stranger)
    throw new Refusal(
      `The backup stands on migrations/${stranger.folder}/${stranger.name}, which this Cairn does not have as it was. Restore it with the Cairn that made it, or a newer one.`,
    );
  const wanted = new Set(migrations.map(({ folder, name }) => `${folder}/${name}`));
  return known.filter(({ folder, name }) => wanted.has(`${folder}/${name}`));
}

export interface Into {
  readonly owner: Connection;
  readonly roles: Roles;
  readonly secretKey: string;
  readonly vault: Vault;
  readonly openers: Openers;
}

export interface Restored {
  readonly rows: number;
  readonly tables: number;
  /** Keys wrapped anew for this key service, and keys nobody here can open. */
  readonly wrapped: number;
  readonly shut: number;
  /** SECRET_KEY of the house that made the backup, when it is another than this one's. */
  readonly otherSecret: string | null;
}

/** Into a database without roles or tables yet, or a migrated one without an institution. */
export async function restoreBackup(found: Found, into: Into): Promise<Restored> {
  const { owner, roles, secretKey, vault, openers } = into;
  const known = readMigrations(migrationsDirectory);
  const data = await openContainer(genuine(found.target, found.data), openers);
  const keys = found.keys ? await openContainer(genuine(found.target, found.keys), openers) : null;
  if (data.header.kind !== "data" || (keys && keys.header.kind !== "keys"))
    throw new Refusal("These files are not what their manifest calls them.");
  const based = migrationsOf(data.header, known);
  // A database that is further on already cannot be taken back; a new one is brought to where the data stands first.
  await migrate(owner, roles, secretKey, based).catch((error) => {
    if (error instanceof Refusal && error.message.includes("does not know")) return;
    throw error;
  });
  const loaded = await loadSnapshots(owner, roles, { data: data.snapshot, keys: keys?.snapshot ?? null });
  requireManifest(found.data, loaded.data.counts);
  if (found.keys && loaded.keys) requireManifest(found.keys, loaded.keys.counts);
  await migrate(owner, roles, secretKey, known);
  const escrow = (loaded.keys?.tail.escrow ?? null) as Escrow | null;
  const adopted = await withOwner(owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(roles.owner)}`);
    return await adoptKeys(sql, vault, escrow);
  });
  return {
    rows: found.data.tables.reduce((sum, table) => sum + table.rows, 0),
    tables: found.data.tables.length,
    ...adopted,
    otherSecret: escrow && escrow.secretKey !== secretKey ? escrow.secretKey : null,
  };
}

function requireManifest({ name, tables }: BackupFile, counts: readonly TableCount[]): void {
  for (const { name: table, rows, sha256 } of tables) {
    const is = counts.find((one) => one.name === table);
    if (is?.rows !== rows || is.sha256 !== sha256)
      throw new Refusal(`${table} in ${name} is not what the manifest signed.`);
  }
}

export interface Proof {
  readonly sequence: number;
  readonly seconds: number;
  readonly rows: number;
  readonly tables: number;
  readonly events: number;
  /** Sealed values that were opened, of those tried; destroyed ones are not counted. */
  readonly opened: number;
  readonly tried: number;
  /** Empty when all is well. */
  readonly wrong: readonly string[];
}

export interface ProofHouse {
  readonly config: Config;
  readonly database: Database;
  readonly vault: Vault;
  readonly kernel: Kernel;
}

/** Restores into a scratch database on the same server, looks at everything, and takes the database away again. */
export async function proveBackup(
  { config, database, vault, kernel }: ProofHouse,
  found: Found,
  openers?: Openers,
): Promise<Proof> {
  const began = performance.now();
  const name = `cairn_drill_${randomToken(6)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "x")}`;
  const owner: Connection = Object.freeze({ ...database.owner, database: name });
  await withOwner(
    database.owner,
    async (sql) => await sql.unsafe(`create database ${quoteName(name)} template template0`),
  );
  const { roles } = database;
  try {
    const wrong: string[] = [];
    const into = {
      owner,
      roles,
      secretKey: config.secretKey,
      vault,
      openers: openers ?? { providers: vault.providers },
    };
    const restored = await restoreBackup(found, into);
    if (!found.keys) wrong.push("No keystore is left for it: nothing that is sealed could be opened.");
    if (restored.shut > 0) wrong.push(`${restored.shut} keys cannot be opened.`);
    const seconds = (performance.now() - began) / 1000;
    wrong.push(...(await compareTables(owner, roles, found.data)));
    const events = await proveRecord(connectionOf(owner, roles, "sealer", config.secretKey), config, wrong);
    const { opened, tried } = await openSome(owner, roles, vault, kernel, wrong);
    return {
      sequence: found.signed.manifest.sequence,
      seconds,
      rows: restored.rows,
      tables: restored.tables,
      events,
      opened,
      tried,
      wrong,
    };
  } finally {
    await withOwner(
      database.owner,
      async (sql) => await sql.unsafe(`drop database if exists ${quoteName(name)} with (force)`),
    );
  }
}

/** Reads the restored tables as a backup would, and compares their digests: not what was put in, but what is there. */
export async function compareTables(
  owner: Connection,
  roles: Roles,
  file: Pick<BackupFile, "tables">,
  tenantId: string | null = null,
): Promise<readonly string[]> {
  return await withOwner(owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(roles.owner)}`);
    await sql.unsafe(PLAIN_SETTINGS).simple();
    const wrong: string[] = [];
    for (const table of await snapshotTables(sql)) {
      const said = file.tables.find(({ name }) => name === table.name);
      // A newer Cairn has tables and columns that the backup did not know.
      if (!said) continue;
      const digest = new Bun.CryptoHasher("sha256");
      for await (const chunk of copyOut(sql, copyText(table, tenantId))) digest.update(chunk);
      if (digest.digest("hex") !== said.sha256) wrong.push(`${table.name} is not the same after the restore.`);
    }
    return wrong;
  });
}

async function proveRecord(sealer: Connection, config: Config, wrong: string[]): Promise<number> {
  const pool = new LeasePool(sealer, 1);
  try {
    const { publicKey } = signingKey(config.secretKey, "audit");
    const verdict = await pool.transact(
      { after: "set transaction isolation level repeatable read, read only" },
      (lease) => verifyRecord(lease, publicKey),
    );
    wrong.push(...verdict.findings.slice(0, 3).map(({ sentence }) => sentence));
    return verdict.events;
  } finally {
    await pool.end();
  }
}

const EACH = 3;

async function openSome(
  owner: Connection,
  roles: Roles,
  vault: Vault,
  kernel: Kernel,
  wrong: string[],
): Promise<{ opened: number; tried: number }> {
  return await withOwner(owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(roles.owner)}`);
    const store = ownerKeys(sql);
    let opened = 0;
    let tried = 0;
    for (const place of sealedColumns(kernel)) {
      for (const seal of await storedSeals(sql, place, { limit: EACH })) {
        try {
          (await openStored(vault, store, place, seal)).plaintext.fill(0);
          opened += 1;
          tried += 1;
        } catch (error) {
          if (error instanceof Shredded) continue;
          if (!(error instanceof VaultError)) throw error;
          tried += 1;
          wrong.push(`A value of ${place.table}.${place.column} does not open: ${describeError(error)}`);
        }
      }
    }
    return { opened, tried };
  });
}
