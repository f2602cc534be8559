import { readFileSync } from "node:fs";
import { Refusal } from "@core/refusal.ts";

/** How to reach a database, in the words that both postgres.js and pg take. `host` may be a socket's directory. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: Encryption;
}

export interface Encryption {
  readonly rejectUnauthorized: boolean;
  /** PEM of the authority that signed the server's certificate; the system's authorities when absent. */
  readonly ca?: string;
}

/**
 * Reads a PostgreSQL URL, with libpq's `?host=/socket/dir`, `sslmode` and `sslrootcert`. `verify-ca`, and `require`
 * with an authority, are taken as `verify-full`: a certificate for another host is not this host.
 */
export function parseDatabaseUrl(text: string): Connection {
  const url = readUrl(text);
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "");
  if (host === "" || host === absentHost) throw new Refusal("The database URL names no host.");
  if (host.includes(",")) throw new Refusal("The database URL names several hosts; name the one that takes writes.");
  const user = decodeURIComponent(url.username) || url.searchParams.get("user") || "";
  if (user === "") throw new Refusal("The database URL names no user.");
  const database = decodeURIComponent(url.pathname.slice(1));
  if (database === "") throw new Refusal("The database URL names no database.");
  const port = Number(url.searchParams.get("port") ?? (url.port || "5432"));
  const password = decodeURIComponent(url.password) || url.searchParams.get("password") || "";
  const ssl = readEncryption(url.searchParams, host);
  return Object.freeze({ host, port, user, password, database, ...(ssl && { ssl }) });
}

/** The same database for another role. */
export function connectAs(owner: Connection, user: string, password: string): Connection {
  return Object.freeze({ ...owner, user, password });
}

/** True when nothing between here and the database could listen: a socket or the loopback interface. */
export function staysOnThisMachine(connection: Connection): boolean {
  const { host } = connection;
  return host.startsWith("/") || host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** True when the server has to prove who it is before anything is said to it. */
export function isVerified(connection: Connection): boolean {
  return connection.ssl?.rejectUnauthorized === true;
}

const absentHost = "absent.invalid";

function readUrl(text: string): URL {
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw new Refusal("The database URL does not begin with postgres:// or postgresql://.");
  }
  try {
    // libpq allows an empty host before ?host=…, the URL standard does not.
    return new URL(text.replace(/^(\w+:\/\/(?:[^/?#@]*@)?)(?=[/?]|$)/, `$1${absentHost}`));
  } catch {
    throw new Refusal(
      "The database URL cannot be read; characters like @ : / in a password are written as %40 %3A %2F.",
    );
  }
}

function readEncryption(parameters: URLSearchParams, host: string): Encryption | undefined {
  const mode = parameters.get("sslmode");
  const authority = parameters.get("sslrootcert");
  if (host.startsWith("/")) return undefined;
  if (mode === "disable" || (mode === null && authority === null)) return undefined;
  if (mode === "require" && authority === null) return { rejectUnauthorized: false };
  if (mode === null || mode === "require" || mode === "verify-ca" || mode === "verify-full") {
    return {
      rejectUnauthorized: true,
      ...(authority !== null && authority !== "system" && { ca: readAuthority(authority) }),
    };
  }
  throw new Refusal(`The database URL says sslmode=${mode}; use verify-full (or disable, on the same machine).`);
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Refusal(`The database URL's sslrootcert ${path} cannot be read.`);
  }
}
