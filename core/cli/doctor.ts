import { accessSync, constants, existsSync, mkdirSync, statfsSync } from "node:fs";
import { WITNESSES, witnessStanding } from "@core/audit/kept-witness.ts";
import { backupRow, backupStanding, LEDGER } from "@core/backup/standing.ts";
import { isOtherDevice, openTarget } from "@core/backup/targets.ts";
import { type Command, readWords } from "@core/cli/command.ts";
import { type Config, ConfigurationRefusal, readConfig } from "@core/config.ts";
import { isVerified, staysOnThisMachine } from "@core/db/connection.ts";
import { type Database, migrationsDirectory, reachDatabase } from "@core/db/database.ts";
import { plan, withOwner } from "@core/db/migrate.ts";
import { readMigrations } from "@core/db/migrations.ts";
import { examineAtRest as lookAtRest } from "@core/observe/at-rest.ts";
import { openVault } from "@core/open-house.ts";
import { describeError, exitCodes } from "@core/refusal.ts";
import { keyPlaceInWords } from "@core/vault/place.ts";
import { tallyProviders, tryProvider } from "@core/vault/standing.ts";

/** One thing looked at: what was found, and when it is not well, what to do. */
export interface Finding {
  readonly check: string;
  readonly well: boolean;
  readonly says: string;
}

export const doctor: Command = {
  name: "doctor",
  summary: "Looks whether everything Cairn needs is there and well.",
  usage: `Usage: cairn doctor [--json]

  --json    the findings as a JSON array of {check, well, says}

Looks at the configuration, the data folder and its disk, the database (version, encoding, time zone, roles, migrations,
clock, wire), the key service and how people reach this process.
It changes nothing, and may run beside a Cairn that is serving. Ends with 1 when anything is not well.`,
  async run(words) {
    const options = readWords(words, { json: { type: "boolean" } });
    const { findings, exitCode } = await examine();
    if (options.json) console.log(JSON.stringify(findings, null, 2));
    else for (const { check, well, says } of findings) console.log(`${well ? "well" : "ILL "}  ${check}: ${says}`);
    return exitCode;
  },
};

async function examine(): Promise<{ findings: readonly Finding[]; exitCode: number }> {
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigurationRefusal)) throw error;
    const findings = error.problems.map(({ name, wrong, example }) =>
      ill(name, `${wrong} For example ${name}=${example}`),
    );
    return { findings, exitCode: exitCodes.configuration };
  }
  const warnings = config.warnings.join(" ");
  const findings = [well("configuration", `${config.environment}, ${config.baseUrl}${warnings && `; ${warnings}`}`)];
  findings.push(examineFolder(config.data), examineSpace(config.data), examineDisk(config));
  findings.push(...(await examineDatabase(config)), examineListener(config));
  const isWell = findings.every((finding) => finding.well);
  return { findings, exitCode: isWell ? exitCodes.done : exitCodes.failed };
}

const well = (check: string, says: string): Finding => ({ check, well: true, says });
const ill = (check: string, says: string): Finding => ({ check, well: false, says });

function examineFolder(folder: string): Finding {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return well("data folder", folder);
  } catch {
    return ill(
      "data folder",
      `${folder} cannot be written to. Give it to the user who runs Cairn, or name another: CAIRN_DATA`,
    );
  }
}

function examineSpace(folder: string): Finding {
  if (!existsSync(folder)) return ill("disk space", `${folder} does not exist.`);
  const { bavail, bsize } = statfsSync(folder);
  const gigabytes = (bavail * bsize) / 1e9;
  const says = `${gigabytes.toFixed(1)} GB free for ${folder}`;
  return gigabytes >= 1 ? well("disk space", says) : ill("disk space", `${says}; below 1 GB writing may soon fail.`);
}

async function examineDatabase(config: Config): Promise<readonly Finding[]> {
  let database: Database;
  try {
    database = await reachDatabase(config, { share: true });
  } catch (error) {
    return [ill("database", describeError(error))];
  }
  try {
    const migrations = await examineMigrations(database);
    return [
      ...(await examineServer(database)),
      await examineSignIn(database),
      migrations,
      ...(await examineTravel(config, database)),
      ...(migrations.well
        ? [...(await examineKeys(config, database)), ...(await examineBackups(config, database))]
        : []),
    ];
  } catch (error) {
    return [ill("database", describeError(error))];
  } finally {
    await database.stop();
  }
}

/** In development everyone is invented, and nobody encrypts a disk for them. */
function examineDisk({ data, atRest, environment }: Config): Finding {
  const found = existsSync(data) ? lookAtRest(data, atRest) : { kind: "unknown" as const, why: `${data} is not there` };
  if (found.kind === "encrypted") return well("at rest", found.evidence);
  if (found.kind === "attested") return well("at rest", `not seen from here; attested: ${found.words}`);
  if (environment === "development") return well("at rest", `no evidence, and none needed here: ${found.why}`);
  return ill("at rest", `${found.why}. Encrypt the disk, or say who attests what: CAIRN_AT_REST="…"`);
}

/** How people reach this process, and who could listen. */
function examineListener({ host, port, tls, trustedProxies, baseUrl }: Config): Finding {
  const where = `${host}:${port}`;
  if (tls) return well("exposure", `${where} by TLS ${tls.least} or newer; people use ${baseUrl}`);
  const behind =
    trustedProxies > 0
      ? `behind ${trustedProxies === 1 ? "one proxy" : `${trustedProxies} proxies`}`
      : "on this machine";
  return well("exposure", `${where} by plain http, ${behind}; people use ${baseUrl}`);
}

/** What the wire to the database really is, as the server sees it. */
async function examineTravel(_config: Config, database: Database): Promise<readonly Finding[]> {
  const { owner } = database;
  if (staysOnThisMachine(owner)) return [well("database wire", `${owner.host}: it never leaves this machine`)];
  return await withOwner(owner, async (sql) => {
    const [wire] = await sql<{ ssl: boolean; version: string | null; cipher: string | null }[]>`
      select ssl, version, cipher from pg_stat_ssl where pid = pg_backend_pid()`;
    if (!wire?.ssl)
      return [ill("database wire", `${owner.host} in the clear. Say: …?sslmode=verify-full&sslrootcert=/path/ca.pem`)];
    const says = `${owner.host} by ${wire.version ?? "TLS"} (${wire.cipher ?? "unknown cipher"})`;
    if (isVerified(owner)) return [well("database wire", `${says}, certificate and name verified`)];
    return [
      ill(
        "database wire",
        `${says}, but anybody could pose as it. Say: …?sslmode=verify-full&sslrootcert=/path/ca.pem`,
      ),
    ];
  });
}

async function examineKeys(config: Config, database: Database): Promise<readonly Finding[]> {
  const place = config.keys ?? { kind: "local" };
  const where = keyPlaceInWords(place);
  try {
    const vault = await openVault(config);
    try {
      const answer = await tryProvider(vault.provider);
      const tally = await tallyProviders(database);
      const strangers = tally.filter(({ provider }) => !vault.knows(provider));
      const old = tally.filter(({ provider }) => provider !== vault.provider.id && vault.knows(provider));
      return [
        answer.ok
          ? well(
              "keys",
              `${where} wraps and unwraps${place.kind === "local" ? "; keep keyring.key apart from every backup" : ""}`,
            )
          : ill("keys", `${where} does not work: ${answer.reason}`),
        ...strangers.map(({ provider, keys }) =>
          ill("keys", `${keys} were wrapped by ${provider}, which is not configured. Name it in KMS_FORMER_URLS.`),
        ),
        ...old.map(({ provider, keys }) =>
          well("keys", `${keys} are still wrapped by ${provider}. To move them: cairn keys rewrap`),
        ),
      ];
    } finally {
      vault.close();
    }
  } catch (error) {
    return [ill("keys", `${where} cannot be opened: ${describeError(error)}`)];
  }
}

async function examineBackups(config: Config, database: Database): Promise<readonly Finding[]> {
  const rows = await withOwner(database.as("backup"), async (sql) =>
    [...(await sql.unsafe(LEDGER).values())].map(backupRow),
  );
  const { well: isWell, says } = backupStanding(rows, config, new Date());
  const findings = says.map((sentence) => (isWell ? well("backups", sentence) : ill("backups", sentence)));
  if (config.witnesses) {
    const rows = await withOwner(database.as("backup"), async (sql) => [...(await sql.unsafe(WITNESSES).values())]);
    const places = config.witnesses.map((place) => openTarget(place).id);
    const { says: wrong } = witnessStanding(rows, places, new Date());
    findings.push(
      ...wrong.map((sentence) => ill("witness", sentence)),
      ...(wrong.length === 0 ? [well("witness", `${places.join(", ")}: checkpoints are kept each hour`)] : []),
    );
  }
  const { backup, data } = config;
  const folders = (backup?.to ?? []).flatMap((place) => (place.kind === "folder" ? [place.path] : []));
  const isFar =
    backup?.to.some(({ kind }) => kind !== "folder") ||
    (await Promise.all(folders.map((one) => isOtherDevice(one, data)))).some(Boolean);
  if (backup && !isFar)
    findings.push(ill("backups", "every place of BACKUP_TO is on the disk they save; name one that is elsewhere."));
  return findings;
}

interface Facts {
  readonly version: string;
  readonly number: number;
  readonly encoding: string;
  readonly zone: string;
  readonly milliseconds: number;
  readonly missing: readonly string[];
}

async function examineServer(database: Database): Promise<readonly Finding[]> {
  const facts = await readFacts(database);
  const isUtc = /^(Etc\/)?(UTC|GMT|Universal|Zulu)$/i.test(facts.zone);
  const seconds = (Math.abs(facts.milliseconds) / 1000).toFixed(1);
  const unit = { version: `PostgreSQL ${facts.version}`, missing: facts.missing.join(", ") };
  return [
    facts.number >= 150_000
      ? well("database version", unit.version)
      : ill("database version", `${unit.version}; Cairn needs 15 or newer.`),
    facts.encoding === "UTF8"
      ? well("database encoding", "UTF8")
      : ill(
          "database encoding",
          `${facts.encoding}. Make the database anew: create database … encoding 'UTF8' template template0`,
        ),
    isUtc
      ? well("database time zone", facts.zone)
      : ill("database time zone", `${facts.zone}. Say: alter database … set timezone = 'UTC'`),
    Math.abs(facts.milliseconds) < 2_000
      ? well("clock", `${seconds} s from the database's`)
      : ill(
          "clock",
          `${seconds} s ${facts.milliseconds > 0 ? "before" : "behind"} the database's; let both follow a time server.`,
        ),
    facts.missing.length === 0
      ? well("roles", "all there")
      : ill("roles", `missing: ${unit.missing}. Run: cairn migrate`),
  ];
}

async function readFacts(database: Database): Promise<Facts> {
  return await withOwner(database.owner, async (sql) => {
    const sent = Date.now();
    const [row] = await sql<{ version: string; number: number; encoding: string; zone: string; clock: number }[]>`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        pg_encoding_to_char(encoding) as encoding, current_setting('TimeZone') as zone,
        extract(epoch from clock_timestamp())::float8 * 1000 as clock
      from pg_database where datname = current_database()`;
    // The database's clock was read somewhere between asking and hearing.
    const now = (sent + Date.now()) / 2;
    if (!row) throw new Error("the database does not know itself");
    const names = Object.values(database.roles);
    const found = await sql<{ rolname: string }[]>`select rolname from pg_roles where rolname = any(${names})`;
    const missing = names.filter((name) => !found.some(({ rolname }) => rolname === name));
    return { ...row, milliseconds: now - row.clock, missing };
  });
}

async function examineSignIn(database: Database): Promise<Finding> {
  try {
    await withOwner(database.as("app"), async (sql) => await sql`select 1`);
    return well("sign-in", `${database.roles.app} is let in`);
  } catch (error) {
    return ill(
      "sign-in",
      `${describeError(error)}. Run "cairn migrate" with this SECRET_KEY: it sets the roles' passwords.`,
    );
  }
}

async function examineMigrations(database: Database): Promise<Finding> {
  try {
    const pending = await plan(database.owner, readMigrations(migrationsDirectory));
    if (pending.length === 0) return well("migrations", "in step");
    return ill("migrations", `${pending.length} pending. Run: cairn migrate`);
  } catch (error) {
    return ill("migrations", describeError(error));
  }
}
