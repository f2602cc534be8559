/** `cairn backup …` and `cairn restore`: what runs twice a day by itself, and what one does on the day it is needed. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rebaseRecord } from "@core/audit/era.ts";
import { makeRecipient, parseIdentity } from "@core/backup/recipients.ts";
import { findBackup, type Proof, proveBackup, restoreBackup } from "@core/backup/restore.ts";
import { type BackupHouse, makeBackup, spoolOf } from "@core/backup/run.ts";
import { backupRow, backupStanding, LEDGER } from "@core/backup/standing.ts";
import { folderTarget, openTarget, parseBackupPlace, type Target } from "@core/backup/targets.ts";
import { type Command, readWords, readWordsAnd } from "@core/cli/command.ts";
import { type Config, readConfig } from "@core/config.ts";
import { type Database, openDatabase, reachDatabase } from "@core/db/database.ts";
import { withOwner } from "@core/db/migrate.ts";
import { openVault } from "@core/open-house.ts";
import { loadKernel } from "@core/product.ts";
import { describeError, exitCodes, Refusal } from "@core/refusal.ts";
import { signingKey } from "@core/vault/signing.ts";

async function inHouse<T>(
  work: (house: BackupHouse) => Promise<T>,
  reach: (config: Config) => Promise<Database>,
): Promise<T> {
  const config = readConfig();
  const database = await reach(config);
  const vault = await openVault(config);
  try {
    return await work({ config, database, vault });
  } finally {
    vault.close();
    await database.stop();
  }
}

const standing = (config: Config) => openDatabase(config, { share: true });
const megabytes = (bytes: number) =>
  bytes < 1e5 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
const publicKeyOf = (config: Config) => signingKey(config.secretKey, "backup").publicKey;

const backup: Command = {
  name: "backup",
  summary: "Makes a backup now and brings its copies to their places.",
  usage: `Usage: cairn backup [--slot <name>]

  --slot      the timetable's name for this run; one that was made already is not made again

Two files from one unmoving view of the database, data and keystore, each under a key of its own that is wrapped to the
key service and to every recipient of BACKUP_RECIPIENTS; a signed manifest that follows the one before; copies to each
place of BACKUP_TO, read back to their end. Keystores are removed everywhere after 35 days. cairn serve does this twice a
day by itself when BACKUP_TO is set. Ends with 1 when a copy did not come through.`,
  async run(words) {
    const { slot } = readWords(words, { slot: { type: "string" } });
    return await inHouse(async (house) => {
      const made = await makeBackup(house, slot ?? null);
      if (!made) {
        console.log(slot ? `${slot} was made already, or is being made.` : "Another process is making a backup now.");
        return exitCodes.done;
      }
      const { signed, copies, seconds } = made;
      const { sequence, files, notes } = signed.manifest;
      for (const { kind, name, bytes, tables } of files) {
        const rows = tables.reduce((sum, table) => sum + table.rows, 0);
        console.log(`${kind}: ${name}, ${megabytes(bytes)}, ${rows} rows of ${tables.length} tables`);
      }
      for (const { target, at, says } of copies)
        console.log(`${at ? "copied to" : "NOT copied to"} ${target}${at ? "" : `: ${says}`}`);
      if (copies.length === 0) console.log(`BACKUP_TO names no place: it lies in ${spoolOf(house.config)} alone.`);
      for (const note of notes) console.log(`Note: ${note}`);
      console.log(`Backup ${sequence} is done; ${seconds.toFixed(1)} s.`);
      return copies.every(({ at }) => at !== null) ? exitCodes.done : exitCodes.failed;
    }, standing);
  },
};

const list: Command = {
  name: "backup list",
  summary: "Shows the backups, their copies and whether they were proved.",
  usage: `Usage: cairn backup list

Ends with 1 when the backups are not well: the newest verified copy older than 13 hours, a copy that failed, a trial
restore that found something or did not happen. Prints the public key that signs the manifests: keep it with the
recipients' files.`,
  async run(words) {
    readWords(words, {});
    return await inHouse(async ({ config, database }) => {
      const rows = await withOwner(database.as("backup"), async (sql) =>
        [...(await sql.unsafe(LEDGER).values())].map(backupRow),
      );
      for (const row of rows) {
        const when = row.beganAt.toISOString().slice(0, 16).replace("T", " ");
        const where = row.copies.map(({ target, at }) => `${at ? "" : "NOT "}${target}`).join(", ");
        const proof = row.provedAt
          ? `restored in ${row.restoreSeconds?.toFixed(1)} s`
          : row.verifiedAt
            ? "read back"
            : "not verified";
        console.log(
          row.sequence === null
            ? `${when}  ${row.failed ?? "under way"}`
            : `${when}  ${row.sequence}  ${megabytes(row.bytes ?? 0)}  ${proof}  ${where}`,
        );
      }
      const { well, says } = backupStanding(rows, config, new Date());
      for (const sentence of says) console.log(sentence);
      console.log(`Manifests are signed by ${Buffer.from(publicKeyOf(config)).toString("base64")}`);
      return well ? exitCodes.done : exitCodes.failed;
    }, standing);
  },
};

const recipient: Command = {
  name: "backup recipient",
  summary: "Makes the two halves of an offline recipient.",
  usage: `Usage: cairn backup recipient <file>

Writes the private half to the file, which must not exist, and prints the public half for BACKUP_RECIPIENTS. Move the file
to a safe that is not in this building: it opens every backup, also when the key service is gone for ever.`,
  async run(words) {
    const { word: file } = readWordsAnd(words, {}, "the file for the private half");
    if (existsSync(file)) throw new Refusal(`${file} exists already. A recipient is never overwritten.`);
    const made = makeRecipient();
    writeFileSync(file, `# Opens the backups of Cairn. Keep it in a safe.\n# ${made.recipient}\n${made.identity}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    console.log(made.recipient);
    return exitCodes.done;
  },
};

const restore: Command = {
  name: "restore",
  summary: "Brings a backup back, or proves that it could be.",
  usage: `Usage: cairn restore [--verify] [--from <place>] [--number <n>] [--identity <file>] [--signed-by <key>]

  --verify     into a scratch database that is removed again: every table's digest, the sealed record, opened fields
  --from       a folder, s3://… or sftp://…, in place of the first of BACKUP_TO
  --number     not the newest backup but this one
  --identity   an offline recipient's file, when the key service is gone
  --signed-by  the public key of the house that made it, when SECRET_KEY is another (cairn backup list prints it)

Without --verify the database of DATABASE_URL must hold no institution. The newest keystore is used with whatever data, so
that what was destroyed since stays destroyed. Afterwards the record goes on in a new era.`,
  async run(words) {
    const options = readWords(words, {
      verify: { type: "boolean" },
      from: { type: "string" },
      number: { type: "string" },
      identity: { type: "string" },
      "signed-by": { type: "string" },
    });
    const identity = options.identity === undefined ? undefined : parseIdentity(readFileSync(options.identity, "utf8"));
    const given = options["signed-by"];
    const sequence = options.number === undefined ? undefined : Number(options.number);
    const openers = (house: BackupHouse) => ({ providers: house.vault.providers, ...(identity && { identity }) });
    const signer = ({ config }: BackupHouse) =>
      given !== undefined ? new Uint8Array(Buffer.from(given, "base64")) : identity ? null : publicKeyOf(config);

    if (options.verify) {
      return await inHouse(async (house) => {
        const newest = await newestMade(house.database);
        const found = await findBackup(targetFor(house.config, options.from), {
          ...(sequence !== undefined && { sequence }),
          ...(newest !== null && { newest }),
          publicKey: signer(house),
        }).catch(async (error) => {
          await note(house.database, newest, { found: describeError(error) });
          throw error;
        });
        const proof = await proveBackup({ ...house, kernel: await loadKernel(house.config) }, found, openers(house));
        await note(house.database, proof.sequence, { found: proof.wrong.join(" ") || null, seconds: proof.seconds });
        return tell(proof);
      }, standing);
    }
    return await inHouse(
      async (house) => {
        const began = performance.now();
        const { config, database, vault } = house;
        const found = await findBackup(targetFor(config, options.from), {
          ...(sequence !== undefined && { sequence }),
          publicKey: signer(house),
        });
        const into = {
          owner: database.owner,
          roles: database.roles,
          secretKey: config.secretKey,
          vault,
          openers: openers(house),
        };
        const restored = await restoreBackup(found, into);
        console.log(
          `Backup ${found.signed.manifest.sequence} of ${found.signed.manifest.madeAt}: ${restored.rows} rows of ${restored.tables} tables.`,
        );
        if (!found.keys) console.log("No keystore is left: what is sealed stays sealed for ever.");
        if (restored.wrapped > 0)
          console.log(`${restored.wrapped} keys were wrapped anew for this house's key service.`);
        if (restored.shut > 0)
          console.log(
            `${restored.shut} keys cannot be opened here: name their key service in KMS_FORMER_URLS, or use --identity.`,
          );
        if (restored.otherSecret !== null) {
          const file = join(config.data, "restored-secret.key");
          writeFileSync(file, `${restored.otherSecret}\n`, { mode: 0o600 });
          console.log(
            `The backup was made under another SECRET_KEY, which now lies in ${file}. Start with that one: the record's signatures and people's second factors hang on it.`,
          );
        } else console.log(await goOn(house));
        console.log(
          `Done; ${((performance.now() - began) / 1000).toFixed(1)} s. Look at it with: cairn doctor, cairn audit verify`,
        );
        return exitCodes.done;
      },
      (config) => reachDatabase(config, { share: true }),
    );
  },
};

/** A new era where the rows came to another server; the same server goes on sealing by itself. */
async function goOn({ config, database }: BackupHouse): Promise<string> {
  try {
    const { era } = await rebaseRecord(database.owner, database.roles, config);
    return `The record goes on in era ${era}.`;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

function targetFor(config: Config, from: string | undefined): Target {
  if (from !== undefined) return openTarget(parseBackupPlace(from, config.environment === "development"));
  const [first] = config.backup?.to ?? [];
  return first ? openTarget(first) : folderTarget(spoolOf(config));
}

async function newestMade(database: Database): Promise<number | null> {
  return await withOwner(database.as("backup"), async (sql) => {
    const [row] = await sql<{ newest: number | null }[]>`select max(sequence)::int as newest from core.backups`;
    return row?.newest ?? null;
  });
}

async function note(
  database: Database,
  sequence: number | null,
  { found, seconds }: { found: string | null; seconds?: number },
): Promise<void> {
  if (sequence === null) return;
  await withOwner(database.as("backup"), async (sql) => {
    await sql`update core.backups set found = ${found?.slice(0, 500) ?? null}, restore_seconds = ${seconds ?? null},
      proved_at = case when ${found}::text is null then clock_timestamp() else proved_at end where sequence = ${sequence}`;
  });
}

function tell({ sequence, seconds, rows, tables, events, opened, tried, wrong }: Proof): number {
  console.log(
    `Backup ${sequence}: ${rows} rows of ${tables} tables restored in ${seconds.toFixed(1)} s, ${events} events of the record verified, ${opened} of ${tried} sealed values opened.`,
  );
  for (const sentence of wrong) console.error(sentence);
  if (wrong.length === 0) console.log("It is whole.");
  return wrong.length === 0 ? exitCodes.done : exitCodes.failed;
}

export const backupCommands: readonly Command[] = [list, recipient, backup, restore];
