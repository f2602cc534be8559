import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseRecipient } from "@core/backup/recipients.ts";
import { type BackupPlace, backupPlaceExample, parseBackupPlace } from "@core/backup/targets.ts";
import { type Connection, isVerified, parseDatabaseUrl, staysOnThisMachine } from "@core/db/connection.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import { type KeyPlace, type KeyToken, keyPlaceExample, parseKeyPlace } from "@core/vault/place.ts";
import { randomToken } from "@core/vault/primitives.ts";

/** The environment, read once. Development needs none of it. */
export interface Config {
  readonly environment: "development" | "production";
  /** Where people reach Cairn, without a slash at the end: `https://cairn.example.org`. */
  readonly baseUrl: string;
  readonly host: string;
  readonly port: number;
  /** The folder for everything that is not in the database, and for the embedded database. */
  readonly data: string;
  readonly database: Connection | "embedded";
  /** What the database roles' names begin with, when it is not the database's name. */
  readonly rolePrefix?: string;
  readonly secretKey: string;
  /** Where the root keys lie; absent: a keyring in the data folder. */
  readonly keys?: KeyPlace;
  /** Key places used before this one: they still unwrap what they wrapped. */
  readonly formerKeys?: readonly KeyPlace[];
  readonly keyToken?: KeyToken;
  /** Absent: no backups are made by themselves. */
  readonly backup?: Backups;
  /** Where the record's checkpoints go each hour, out of reach of whoever rules the database. */
  readonly witnesses?: readonly BackupPlace[];
  /** A person's word for the encryption of disks that cannot be seen from here. */
  readonly atRest?: string;
  /** Absent: plain http, for a proxy on this machine or in front of it. */
  readonly tls?: Tls;
  /** With smtp:// the mailer has to insist on STARTTLS. */
  readonly smtpUrl?: string;
  /** How many reverse proxies stand between people and Cairn; so many addresses of X-Forwarded-For are believed. */
  readonly trustedProxies: number;
  /** Host names inside the network that Cairn may call though they are no public ones: a sign-in service of the house. */
  readonly innerHosts?: readonly string[];
  /** Sentences worth printing at the start. */
  readonly warnings: readonly string[];
}

/** Where copies go, and who besides the key service can open them. */
export interface Backups {
  readonly to: readonly BackupPlace[];
  /** Public halves, as `cairn backup recipient` prints them. */
  readonly recipients: readonly string[];
  readonly keepDays: number;
}

/** The built-in listener's certificate. */
export interface Tls {
  readonly certFile: string;
  readonly keyFile: string;
  /** 1.3 unless an old proxy or device cannot. */
  readonly least: "1.2" | "1.3";
  /** A second port, in the clear, that only sends people to the first one. */
  readonly redirectPort?: number;
}

/** One thing that is wrong with one variable, and what a right value looks like. */
export interface Problem {
  readonly name: string;
  readonly wrong: string;
  readonly example: string;
}

/** Everything that is wrong, at once. */
export class ConfigurationRefusal extends Refusal {
  override readonly name = "ConfigurationRefusal";

  constructor(readonly problems: readonly Problem[]) {
    const lines = problems.map(
      ({ name, wrong, example }) => `  ${name}: ${wrong}\n      for example ${name}=${example}`,
    );
    super(`Cairn cannot start with this configuration:\n${lines.join("\n")}`, exitCodes.configuration);
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const examples = {
  CAIRN_ENV: "production",
  BASE_URL: "https://cairn.example.org",
  DATABASE_URL: "postgres://cairn:password@db.example.org/cairn?sslmode=verify-full&sslrootcert=/etc/cairn/db-ca.pem",
  SECRET_KEY: '"$(openssl rand -base64 48)", kept where only Cairn can read it',
  PORT: "3000",
  HOST: "127.0.0.1",
  CAIRN_DATA: "/var/lib/cairn",
  SMTP_URL: "smtps://cairn:password@mail.example.org",
  CAIRN_TRUSTED_PROXIES: "1",
  CAIRN_ROLE_PREFIX: "cairn_west",
  CAIRN_INNER_HOSTS: "login.hospital.example,sso.hospital.example",
  KMS_URL: keyPlaceExample,
  KMS_FORMER_URLS: '"local transit+https://vault.example.org:8200/transit/cairn"',
  KMS_TOKEN: "hvs…, or KMS_TOKEN_FILE for one that is renewed",
  TLS_CERT: "/etc/cairn/tls.pem",
  TLS_KEY: "/etc/cairn/tls.key",
  TLS_MIN: "1.3",
  HTTP_PORT: "80",
  BACKUP_TO: backupPlaceExample,
  WITNESS_TO: "s3://hospital-witness/cairn?region=eu-central-1&lock=compliance",
  BACKUP_RECIPIENTS: '"cairn-recipient-… cairn-recipient-…"',
  BACKUP_KEEP_DAYS: "400",
  CAIRN_AT_REST: '"EBS volume vol-0a1 is encrypted, checked 2026-11-02 by J. Visser"',
} as const;
type Name = keyof typeof examples;

const withFile: readonly Name[] = ["BASE_URL", "DATABASE_URL", "SECRET_KEY", "SMTP_URL", "KMS_TOKEN"];

/**
 * Reads and checks the environment. Throws a ConfigurationRefusal that lists every problem. In development the secret
 * key is made once and kept in the data folder.
 */
export function readConfig(environment: Environment = process.env): Config {
  const problems: Problem[] = [];
  const warnings = unknownNames(environment);
  const blame = (name: Name, wrong: string) => {
    problems.push({ name, wrong, example: examples[name] });
  };
  /** The variable's value, or its file's; a reading that throws a Refusal becomes a problem of that variable. */
  const read = <T>(name: Name, parse: (text: string) => T): T | undefined => {
    try {
      const text = readValue(environment, name);
      return text === undefined ? undefined : parse(text);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      blame(name, error.message);
      return undefined;
    }
  };
  const isPresent = (name: Name) => environment[name] || environment[`${name}_FILE`];

  const mode = read("CAIRN_ENV", parseEnvironment) ?? "development";
  const isProduction = mode === "production" || problems.length > 0;
  const port = read("PORT", parsePort) ?? 3000;
  const baseUrl = read("BASE_URL", (text) => parseBaseUrl(text, isProduction)) ?? `http://localhost:${port}`;
  const host = read("HOST", parseHost) ?? "127.0.0.1";
  const data = resolve(environment.CAIRN_DATA || defaultDataFolder());
  const database = read("DATABASE_URL", (text) => parseDatabase(text, isProduction)) ?? "embedded";
  const smtpUrl = read("SMTP_URL", parseSmtp);
  const trustedProxies = read("CAIRN_TRUSTED_PROXIES", parseHops) ?? 0;
  const rolePrefix = read("CAIRN_ROLE_PREFIX", parsePrefix);
  const innerHosts = read("CAIRN_INNER_HOSTS", parseHosts);
  const keys = read("KMS_URL", (text) => parseKeyPlace(text, !isProduction));
  const formerKeys = read("KMS_FORMER_URLS", (text) =>
    text
      .trim()
      .split(/\s+/)
      .map((one) => parseKeyPlace(one, !isProduction)),
  );
  const keyToken = tokenOf(
    environment,
    read("KMS_TOKEN", (text) => text),
  );
  if (keyToken === undefined && [keys, ...(formerKeys ?? [])].some((place) => place?.kind === "transit"))
    blame("KMS_TOKEN", "is needed for a transit key.");
  const backup = readBackups(environment, read, blame, isProduction);
  const witnesses = read("WITNESS_TO", (text) => words(text).map((one) => parseBackupPlace(one, !isProduction)));
  const tls = readTls(environment, read, blame);
  if (isProduction && !tls && trustedProxies === 0 && !isLoopback(host))
    blame("TLS_CERT", `is needed: people would reach ${host} in the clear. Or listen on 127.0.0.1, behind a proxy.`);
  const givenKey = read("SECRET_KEY", (text) => parseSecretKey(text, isProduction));
  if (isProduction) {
    if (!isPresent("BASE_URL")) blame("BASE_URL", "is needed: the address in people's browsers and in mails.");
    if (!isPresent("DATABASE_URL")) blame("DATABASE_URL", "is needed: the embedded database is for trying Cairn out.");
    if (!isPresent("SECRET_KEY")) blame("SECRET_KEY", "is needed: database passwords and sessions derive from it.");
  }
  if (problems.length > 0) throw new ConfigurationRefusal(problems);
  return Object.freeze({
    environment: mode,
    baseUrl,
    host,
    port,
    data,
    database,
    ...(rolePrefix !== undefined && { rolePrefix }),
    secretKey: givenKey ?? developmentKey(data),
    ...(smtpUrl !== undefined && { smtpUrl }),
    ...(keys !== undefined && { keys }),
    ...(formerKeys !== undefined && { formerKeys }),
    ...(keyToken !== undefined && { keyToken }),
    ...(tls !== undefined && { tls }),
    ...(backup !== undefined && { backup }),
    ...(witnesses !== undefined && { witnesses }),
    ...(environment.CAIRN_AT_REST ? { atRest: environment.CAIRN_AT_REST } : {}),
    trustedProxies,
    ...(innerHosts !== undefined && { innerHosts }),
    warnings: Object.freeze(warnings),
  });
}

/** As root the database runs as another user, who could not enter a checkout in root's home. */
function defaultDataFolder(): string {
  return process.getuid?.() === 0 ? "/var/lib/cairn" : join(import.meta.dir, "../.data");
}

function readValue(environment: Environment, name: Name): string | undefined {
  const direct = environment[name] || undefined;
  const file = withFile.includes(name) ? environment[`${name}_FILE`] || undefined : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined) throw new Refusal(`is set twice, here and by ${name}_FILE; keep one.`);
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    throw new Refusal(`the file ${file} named by ${name}_FILE cannot be read.`);
  }
}

/** A file's name is kept, not its text: whoever renews the token writes a new one. */
function tokenOf(environment: Environment, value: string | undefined): KeyToken | undefined {
  const file = environment.KMS_TOKEN_FILE;
  if (file) return { file };
  return value === undefined ? undefined : { value };
}

function readBackups(
  environment: Environment,
  read: <T>(name: Name, parse: (text: string) => T) => T | undefined,
  blame: (name: Name, wrong: string) => void,
  isProduction: boolean,
): Backups | undefined {
  const to = read("BACKUP_TO", (text) => words(text).map((one) => parseBackupPlace(one, !isProduction)));
  const recipients = read("BACKUP_RECIPIENTS", (text) => [
    ...new Set(words(text).map((one) => parseRecipient(one).name)),
  ]);
  const keepDays = read("BACKUP_KEEP_DAYS", parseDays) ?? 400;
  if (to === undefined) return undefined;
  if (isProduction && environment.BACKUP_RECIPIENTS === undefined)
    blame("BACKUP_RECIPIENTS", "is needed: without offline recipients a lost key service is a lost hospital.");
  else if (isProduction && recipients && recipients.length < 2)
    blame("BACKUP_RECIPIENTS", "names one recipient; two at least, in two places.");
  return { to, recipients: recipients ?? [], keepDays };
}

const words = (text: string) => text.trim().split(/\s+/);

function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 36 && days <= 36_500) return days;
  throw new Refusal(`is "${text}"; it is a number of days from 36 to 36500.`);
}

function readTls(
  environment: Environment,
  read: <T>(name: Name, parse: (text: string) => T) => T | undefined,
  blame: (name: Name, wrong: string) => void,
): Tls | undefined {
  const certFile = read("TLS_CERT", parseReadable);
  const keyFile = read("TLS_KEY", parseReadable);
  const least = read("TLS_MIN", parseLeast) ?? "1.3";
  const redirectPort = read("HTTP_PORT", parsePort);
  if (certFile !== undefined && keyFile !== undefined)
    return { certFile, keyFile, least, ...(redirectPort !== undefined && { redirectPort }) };
  if (environment.TLS_CERT && !environment.TLS_KEY) blame("TLS_KEY", "is needed beside TLS_CERT.");
  if (environment.TLS_KEY && !environment.TLS_CERT) blame("TLS_CERT", "is needed beside TLS_KEY.");
  if (!environment.TLS_CERT && redirectPort !== undefined)
    blame("HTTP_PORT", "only sends people to https, and there is none: TLS_CERT is not set.");
  return undefined;
}

function parseReadable(text: string): string {
  try {
    if (readFileSync(text, "utf8").includes("-----BEGIN")) return resolve(text);
  } catch {
    throw new Refusal(`the file ${text} cannot be read.`);
  }
  throw new Refusal(`the file ${text} holds no PEM.`);
}

function parseLeast(text: string): Tls["least"] {
  if (text === "1.2" || text === "1.3") return text;
  throw new Refusal(`is "${text}"; it is 1.3, or 1.2 where something old must connect.`);
}

const isLoopback = (host: string) => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);

function unknownNames(environment: Environment): string[] {
  const names = Object.keys(environment).filter((name) => name.startsWith("CAIRN_") && !(name in examples));
  return names.map((name) => `${name} is set, but Cairn knows no variable of that name.`);
}

function parseEnvironment(text: string): Config["environment"] {
  if (text === "development" || text === "production") return text;
  throw new Refusal(`is "${text}"; it is either development or production.`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new Refusal(`is "${text}"; a port is a number up to 65535 (0 takes any free one).`);
}

function parseHost(text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text;
  throw new Refusal(`is "${text}"; it is the address to listen on, such as 127.0.0.1 or 0.0.0.0.`);
}

function parseBaseUrl(text: string, isProduction: boolean): string {
  if (!URL.canParse(text)) throw new Refusal("is not an address.");
  const url = new URL(text);
  if (url.protocol !== "https:" && (isProduction || url.protocol !== "http:")) {
    throw new Refusal("does not begin with https://; people's data may not travel in the clear.");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new Refusal("has more than a host, a port and a path.");
  }
  return url.href.replace(/\/+$/, "");
}

function parseDatabase(text: string, isProduction: boolean): Connection {
  const connection = parseDatabaseUrl(text);
  if (isProduction && !staysOnThisMachine(connection) && !isVerified(connection)) {
    throw new Refusal(`would speak to ${connection.host} without making sure that it is that server.`);
  }
  return connection;
}

function parseSmtp(text: string): string {
  if (URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol)) return text;
  throw new Refusal("does not begin with smtps:// (or smtp://, where the mail server must offer STARTTLS).");
}

function parseHops(text: string): number {
  const hops = Number(text);
  if (/^\d+$/.test(text) && hops <= 10) return hops;
  throw new Refusal(`is "${text}"; it is how many reverse proxies stand before Cairn, 0 to 10.`);
}

function parseHosts(text: string): readonly string[] {
  const hosts = text.split(",").map((host) => host.trim().toLowerCase());
  if (hosts.every((host) => /^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$/.test(host))) return hosts;
  throw new Refusal(`is "${text}"; it is a list of host names with commas between them.`);
}

function parsePrefix(text: string): string {
  if (/^[a-z_][a-z0-9_]*$/.test(text)) return text;
  throw new Refusal("has more in it than small letters, digits and underscores.");
}

function parseSecretKey(text: string, isProduction: boolean): string {
  const complaint = isProduction ? weaknessOf(text) : undefined;
  if (complaint === undefined) return text;
  throw new Refusal(complaint);
}

/**
 * Why a text is no secret; undefined when nothing speaks against 32 random bytes or more. Hexadecimal carries four
 * bits a character and base64 six; a text far less varied than random ones of its kind was made up by a person.
 */
function weaknessOf(text: string): string | undefined {
  if (/change|secret|passw|example|default|insecure|replace|your[-_]?key|cairn|12345|abcdef/i.test(text)) {
    return "looks like a placeholder; make one of your own.";
  }
  const isHex = /^[0-9a-f]+$/i.test(text);
  const bytes = Math.floor((text.length * (isHex ? 4 : 6)) / 8);
  if (bytes < 32) return `holds at most ${bytes} random bytes; it needs 32.`;
  if (varietyOf(text) < (isHex ? 3 : 4)) return "repeats itself too much to be random; make one with a generator.";
  return undefined;
}

/** Shannon's entropy of the characters seen, in bits a character. */
function varietyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return shares.reduce((sum, share) => sum - share * Math.log2(share), 0);
}

function developmentKey(data: string): string {
  const file = join(data, "key.secret");
  mkdirSync(data, { recursive: true });
  if (!existsSync(file)) {
    try {
      writeFileSync(file, `${randomToken(48)}\n`, { mode: 0o600, flag: "wx" });
    } catch (error) {
      const wasFirst = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!wasFirst) throw error;
    }
  }
  return readFileSync(file, "utf8").trim();
}
