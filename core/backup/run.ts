/** One backup: two files out of one unmoving view of the database, a signed manifest, copies off the machine, and expiry. */
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "@core/config.ts";
import type { Database } from "@core/db/database.ts";
import type { Sql } from "@core/db/migrate.ts";
import { withOwner } from "@core/db/migrate.ts";
import { describeError, Refusal } from "@core/refusal.ts";
import type { Vault } from "@core/vault/envelope.ts";
import { signingKey } from "@core/vault/signing.ts";
import { tryProvider } from "@core/vault/standing.ts";
import { type BackupKind, type Header, openContainer, sealContainer } from "./container.ts";
import { KEYSTORE_DAYS, takeEscrow } from "./keystore.ts";
import { type BackupFile, type Manifest, manifestDigest, type SignedManifest, signManifest } from "./manifest.ts";
import { parseRecipient } from "./recipients.ts";
import {
  KEYSTORE,
  PLAIN_SETTINGS,
  type SnapshotTable,
  snapshotTables,
  type TableCount,
  takeSnapshot,
} from "./snapshot.ts";
import { folderTarget, openTarget, type Target } from "./targets.ts";

export interface BackupHouse {
  readonly config: Config;
  readonly database: Database;
  readonly vault: Vault;
  /** In place of those of the configuration. */
  readonly targets?: readonly Target[];
}

export interface Copy {
  readonly target: string;
  /** Null: it did not come through, and `says` why. */
  readonly at: string | null;
  readonly says: string;
}

export interface Made {
  readonly signed: SignedManifest;
  readonly copies: readonly Copy[];
  readonly seconds: number;
}

/** How many runs stay on this machine, whatever the targets do. */
const KEPT_HERE = 4;
const DAY_MS = 86_400_000;

export const spoolOf = (config: Pick<Config, "data">) => join(config.data, "backups");
export const targetsOf = ({ config, targets }: BackupHouse): readonly Target[] =>
  targets ?? (config.backup?.to ?? []).map(openTarget);

/** Null: another process makes one now, or this slot was taken. `now` is told by tests of the timetable. */
export async function makeBackup(house: BackupHouse, slot: string | null, now = new Date()): Promise<Made | null> {
  const { config, database } = house;
  const spool = spoolOf(config);
  await mkdir(spool, { recursive: true, mode: 0o700 });
  return await withOwner(database.as("backup"), async (ledger) => {
    const [turn] = await ledger<
      { mine: boolean }[]
    >`select pg_try_advisory_lock(hashtextextended('cairn.backup', 0)) as mine`;
    if (!turn?.mine) return null;
    // Whoever began these holds the lock no more: it was killed. Their slots are free again, their pieces go.
    await ledger`update core.backups set failed = 'It was cut short.', slot = null where finished_at is null and failed is null`;
    for (const name of await readdir(spool)) if (name.endsWith(".part")) await rm(join(spool, name));
    const id = Bun.randomUUIDv7();
    const claimed =
      await ledger`insert into core.backups (id, slot, began_at) values (${id}, ${slot}, ${now}) on conflict do nothing returning id`;
    if (claimed.length === 0) return null;
    const began = performance.now();
    try {
      const signed = await write(house, ledger, { id, slot, now, spool });
      const bytes = signed.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
      await ledger`update core.backups set sequence = ${signed.manifest.sequence}, bytes = ${bytes}, finished_at = ${now},
        manifest = ${ledger.json(signed as never)} where id = ${id}`;
      const copies = await copyOut(house, ledger, signed, spool, now);
      const wrong = await readBack(house, signed, copies);
      if (wrong === null) await ledger`update core.backups set verified_at = ${now} where id = ${id}`;
      else await ledger`update core.backups set found = ${wrong} where id = ${id}`;
      await expire(house, ledger, spool, now);
      return { signed, copies, seconds: (performance.now() - began) / 1000 };
    } catch (error) {
      await ledger`update core.backups set failed = ${describeError(error).slice(0, 500)}, slot = null where id = ${id}`.catch(
        () => {},
      );
      throw error;
    }
  });
}

interface Run {
  readonly id: string;
  readonly slot: string | null;
  readonly now: Date;
  readonly spool: string;
}

async function write(house: BackupHouse, ledger: Sql, { id, slot, now, spool }: Run): Promise<SignedManifest> {
  const { config, database, vault } = house;
  const notes: string[] = [];
  const answer = await tryProvider(vault.provider);
  if (!answer.ok)
    notes.push(`The key service was away (${answer.reason}): only the offline recipients can open this backup.`);
  const provider = answer.ok ? vault.provider : null;
  const recipients = (config.backup?.recipients ?? []).map(parseRecipient);
  if (recipients.length < 2)
    notes.push(`${recipients.length} offline recipients are named; two at least should be able to open it.`);
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const files = await withOwner(database.as("backup"), async (sql) => {
    await sql.unsafe("begin isolation level repeatable read read only");
    await sql.unsafe(PLAIN_SETTINGS).simple();
    const tables = await snapshotTables(sql);
    const migrations = await appliedMigrations(sql);
    const escrow = await takeEscrow(sql, vault, config.secretKey);
    if (escrow.missing.length > 0)
      notes.push(
        `${escrow.missing.length} keys could not be unwrapped, so the offline recipients cannot open what they protect.`,
      );
    const one = async (
      kind: BackupKind,
      of: readonly SnapshotTable[],
      withQueue: boolean,
      tail?: object,
    ): Promise<BackupFile> => {
      const counts: TableCount[] = [];
      const name = `cairn-${stamp}-${id.slice(-12)}-${kind}.hbk`;
      const cut = { tables: of, tenantId: null, withQueue, ...(tail && { tail }) };
      const sealing = { kind, id, madeAt: now, migrations, provider, recipients };
      const written = await writeWhole(join(spool, name), sealContainer(sealing, takeSnapshot(sql, cut, counts)));
      return { kind, name, ...written, tables: counts };
    };
    const data = await one(
      "data",
      tables.filter(({ name }) => name !== KEYSTORE),
      true,
    );
    const keys = await one(
      "keys",
      tables.filter(({ name }) => name === KEYSTORE),
      false,
      { escrow },
    );
    await sql.unsafe("commit");
    return [data, keys];
  });
  const [before] = await ledger<
    { manifest: SignedManifest }[]
  >`select manifest from core.backups where sequence is not null order by sequence desc limit 1`;
  const manifest: Manifest = {
    format: 1,
    id,
    sequence: (before?.manifest.manifest.sequence ?? 0) + 1,
    previous: before ? manifestDigest(before.manifest) : null,
    madeAt: now.toISOString(),
    slot,
    files,
    notes,
  };
  const signed = signManifest(manifest, signingKey(config.secretKey, "backup"));
  await writeWhole(join(spool, manifestName(files)), [Buffer.from(`${JSON.stringify(signed, null, 1)}\n`)]);
  return signed;
}

export async function appliedMigrations(sql: Sql): Promise<Header["migrations"]> {
  return [
    ...(await sql<
      Header["migrations"][number][]
    >`select folder, name, sha256 from core.migrations order by applied_at, folder, name`),
  ];
}

export const manifestName = (files: readonly BackupFile[]) =>
  `${(files[0]?.name ?? "").replace(/-[a-z]+\.hbk$/, "")}.manifest.json`;

/** Under another name until it is whole and flushed: what is called a backup is one. */
export async function writeWhole(
  path: string,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<{ bytes: number; sha256: string }> {
  const beside = `${path}.part`;
  const digest = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  const handle = await open(beside, "w", 0o600);
  try {
    for await (const piece of source) {
      digest.update(piece);
      bytes += piece.length;
      // A disk that is full may take a part: then the rest is refused with its reason.
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
    }
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(beside, { force: true });
    throw error;
  }
  await handle.close();
  await rename(beside, path);
  return { bytes, sha256: digest.digest("hex") };
}

/** The newest run, and what an earlier one could not bring out because a target was away. */
async function copyOut(
  house: BackupHouse,
  ledger: Sql,
  newest: SignedManifest,
  spool: string,
  now: Date,
): Promise<readonly Copy[]> {
  const owed = await ledger<{ id: string; manifest: SignedManifest; copies: Copy[] }[]>`
    select id, manifest, copies from core.backups where sequence is not null and id <> ${newest.manifest.id}
    order by sequence desc limit ${KEPT_HERE - 1}`;
  const here = new Set(await readdir(spool));
  let mine: readonly Copy[] = [];
  for (const { id, signed, copies } of [
    ...owed.reverse().map(({ id, manifest, copies }) => ({ id, signed: manifest, copies })),
    { id: newest.manifest.id, signed: newest, copies: [] as Copy[] },
  ]) {
    const result: Copy[] = [];
    for (const target of targetsOf(house)) {
      const done = copies.find((copy) => copy.target === target.id && copy.at !== null);
      result.push(done ?? (await copyTo(target, signed, spool, here, now)));
    }
    await ledger`update core.backups set copies = ${ledger.json(result as never)} where id = ${id}`;
    mine = result;
  }
  return mine;
}

async function copyTo(
  target: Target,
  { manifest }: SignedManifest,
  spool: string,
  here: ReadonlySet<string>,
  now: Date,
): Promise<Copy> {
  try {
    const until = (kind: BackupKind) => new Date(now.getTime() + (kind === "keys" ? KEYSTORE_DAYS : 30) * DAY_MS);
    // The manifest last: whoever sees it finds the files.
    for (const file of manifest.files) {
      if (!here.has(file.name)) throw new Refusal(`${file.name} is not on this machine any more`);
      await target.put(file.name, join(spool, file.name), until(file.kind));
    }
    await target.put(manifestName(manifest.files), join(spool, manifestName(manifest.files)), until("data"));
    return { target: target.id, at: new Date().toISOString(), says: "copied" };
  } catch (error) {
    return { target: target.id, at: null, says: describeError(error).slice(0, 300) };
  }
}

/** Every copy that came through, read again from where it lies and opened to its end. Null when one is whole off this machine, or here where no target is named. */
async function readBack(
  house: BackupHouse,
  { manifest }: SignedManifest,
  copies: readonly Copy[],
): Promise<string | null> {
  const targets = targetsOf(house);
  const places =
    targets.length === 0
      ? [folderTarget(spoolOf(house.config))]
      : targets.filter(({ id }) => copies.some((copy) => copy.target === id && copy.at));
  if (places.length === 0) return "No copy came through.";
  const { provider } = house.vault;
  for (const target of places) {
    for (const file of manifest.files) {
      try {
        const digest = new Bun.CryptoHasher("sha256");
        const told = async function* () {
          for await (const piece of target.get(file.name)) {
            digest.update(piece);
            yield piece;
          }
        };
        const opened = await openContainer(told(), { providers: [provider] });
        // With the key service away nobody here can open it; its digest must do.
        if (opened.header.wraps.some(({ to }) => to === provider.id)) for await (const _ of opened.snapshot);
        else return "The key service was away: the copy could not be opened here.";
        if (digest.digest("hex") !== file.sha256) return `${file.name} at ${target.id} is not what was written.`;
      } catch (error) {
        return `${file.name} at ${target.id}: ${describeError(error)}`.slice(0, 400);
      }
    }
  }
  return null;
}

/** Keystores after 35 days, everywhere; data after its time; and on this machine all but the newest few. */
async function expire(house: BackupHouse, ledger: Sql, spool: string, now: Date): Promise<void> {
  const keepDays = house.config.backup?.keepDays ?? 400;
  const rows = await ledger<{ id: string; manifest: SignedManifest; madeAt: Date; place: number; gone: boolean }[]>`
    select id, manifest, began_at as "madeAt", row_number() over (order by sequence desc)::int as place, keys_gone_at is not null as gone
    from core.backups where sequence is not null`;
  const local = folderTarget(spool);
  for (const { id, manifest, madeAt, place, gone } of rows) {
    const age = (now.getTime() - madeAt.getTime()) / DAY_MS;
    const drop = async (target: Target, kind: BackupKind) => {
      for (const file of manifest.manifest.files) if (file.kind === kind) await target.remove(file.name);
    };
    if (place > KEPT_HERE) await drop(local, "data");
    if (age > keepDays) for (const target of targetsOf(house)) await drop(target, "data").catch(() => {});
    if (age < KEYSTORE_DAYS || gone) continue;
    try {
      for (const target of [local, ...targetsOf(house)]) await drop(target, "keys");
      await ledger`update core.backups set keys_gone_at = ${now} where id = ${id}`;
    } catch {
      // A target is away: the next run tries again, and the page goes on saying that a copy is there.
    }
  }
}
