import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Connection, isVerified, parseDatabaseUrl, staysOnThisMachine } from "@core/db/connection.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
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
  /** With smtp:// the mailer has to insist on STARTTLS. */
  readonly smtpUrl?: string;
  /** How many reverse proxies stand between people and Cairn; so many addresses of X-Forwarded-For are believed. */
  readonly trustedProxies: number;
  /** Host names inside the network that Cairn may call though they are no public ones: a sign-in service of the house. */
  readonly innerHosts?: readonly string[];
  /** Sentences worth printing at the start. */
  readonly warnings: readonly string[];
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
} as const;
type Name = keyof typeof examples;

const withFile: readonly Name[] = ["BASE_URL", "DATABASE_URL", "SECRET_KEY", "SMTP_URL"];

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
