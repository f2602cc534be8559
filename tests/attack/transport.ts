/**
 * D11–D13: who could listen, or pose as somebody. A database that cannot prove who it is, old TLS at the door, and key
 * services in the clear. Every wave says what it tried; a refusal that came too late (something was sent) got through.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { ConfigurationRefusal, readConfig } from "@core/config.ts";
import { serverAccount } from "@core/db/binaries.ts";
import { parseDatabaseUrl } from "@core/db/connection.ts";
import { startEmbedded } from "@core/db/embedded.ts";
import { withOwner } from "@core/db/migrate.ts";
import { tlsOptions } from "@core/http/listener.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { makeCertificate } from "../support/certificate.ts";
import { tellWaves, type Wave } from "../support/waves.ts";

export async function attackTransport(): Promise<Wave[]> {
  return [await poseAsDatabase(), await speakOldTls(), speakInTheClear()];
}

/** A real PostgreSQL that speaks TLS with a certificate that is wrong in one way each. */
async function poseAsDatabase(): Promise<Wave> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-transport-"));
  const account = serverAccount();
  account.own(folder);
  const right = makeCertificate("localhost");
  const cases = [
    { name: "the right certificate", server: right, ca: right.cert, isRight: true },
    { name: "self-signed, unknown here", server: makeCertificate("localhost"), ca: right.cert, isRight: false },
    { name: "another host's name", server: makeCertificate("db.example.org"), ca: null, isRight: false },
    { name: "expired", server: makeCertificate("localhost", { expired: true }), ca: null, isRight: false },
  ];
  const through: string[] = [];
  try {
    for (const { name, server, ca, isRight } of cases) {
      const [cert, key, authority] = ["server.crt", "server.key", "ca.pem"].map((file) => join(folder, file)) as [
        string,
        string,
        string,
      ];
      for (const [file, text] of [
        [cert, server.cert],
        [key, server.key],
        [authority, ca ?? server.cert],
      ] as const) {
        rmSync(file, { force: true });
        writeFileSync(file, text, { mode: 0o600 });
        if (file !== authority) account.own(file);
      }
      const port = freePort();
      const database = await startEmbedded(join(folder, "data"), {
        durable: false,
        settings: {
          ssl: "on",
          ssl_cert_file: cert,
          ssl_key_file: key,
          listen_addresses: "127.0.0.1",
          port: String(port),
        },
      });
      try {
        const { user, password } = database.owner;
        const url = `postgres://${user}:${password}@localhost:${port}/postgres?sslmode=verify-full&sslrootcert=${authority}`;
        const entered = await withOwner(parseDatabaseUrl(url), async (sql) => {
          const [wire] = await sql<{ version: string }[]>`select version from pg_stat_ssl where pid = pg_backend_pid()`;
          return wire?.version ?? "no TLS";
        }).catch(() => null);
        if (isRight && entered !== "TLSv1.3")
          throw new Error(`the right certificate was not let in (${entered}): nothing is proved`);
        if (!isRight && entered !== null) through.push(name);
      } finally {
        await database.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { kind: "databases that cannot prove who they are", tried: cases.length - 1, through };
}

function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = server.port ?? 0;
  server.stop(true);
  return port;
}

async function speakOldTls(): Promise<Wave> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-transport-"));
  const { cert, key } = makeCertificate("localhost");
  const files = { certFile: join(folder, "tls.pem"), keyFile: join(folder, "tls.key") };
  writeFileSync(files.certFile, cert);
  writeFileSync(files.keyFile, key);
  const through: string[] = [];
  let tried = 0;
  try {
    for (const least of ["1.3", "1.2"] as const) {
      const server = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        tls: tlsOptions({ ...files, least }),
        fetch: () => new Response("in"),
      });
      try {
        for (const version of ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const) {
          const isAllowed = version === "TLSv1.3" || (version === "TLSv1.2" && least === "1.2");
          const isIn = await handshake(server.port ?? 0, version, cert);
          if (isAllowed && !isIn)
            throw new Error(`${version} is not let in where ${least} is the least: nothing is proved`);
          if (isAllowed) continue;
          tried += 1;
          if (isIn) through.push(`${version} where ${least} is the least`);
        }
      } finally {
        await server.stop(true);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { kind: "handshakes of an old TLS", tried, through };
}

function handshake(port: number, version: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3", ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const socket = connect({
        host: "127.0.0.1",
        servername: "localhost",
        port,
        ca,
        minVersion: version,
        maxVersion: version,
      });
      socket.once("secureConnect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
      socket.once("close", () => resolve(false));
    } catch {
      resolve(false); // this machine's library does not speak it at all
    }
  });
}

/** Addresses in the clear, in production: each must keep Cairn from starting. */
function speakInTheClear(): Wave {
  const safe = {
    CAIRN_ENV: "production",
    BASE_URL: "https://cairn.example.org",
    DATABASE_URL: "postgres://cairn:x@db.example.org/cairn?sslmode=verify-full",
    SECRET_KEY: randomToken(32),
    CAIRN_DATA: tmpdir(),
    KMS_TOKEN: "hvs.x",
  };
  if (!accepted(safe)) throw new Error("the safe configuration is refused: nothing is proved");
  const cases: Record<string, Record<string, string>> = {
    "people's address": { BASE_URL: "http://cairn.example.org" },
    "a database in the clear": { DATABASE_URL: "postgres://cairn:x@db.example.org/cairn" },
    "a database whose certificate nobody checks": {
      DATABASE_URL: "postgres://cairn:x@db.example.org/cairn?sslmode=require",
    },
    "transit in the clear": { KMS_URL: "transit+http://vault.example.org:8200/transit/cairn" },
    "a former transit in the clear": { KMS_FORMER_URLS: "local transit+http://vault.example.org:8200/transit/cairn" },
    "a KMS endpoint in the clear": { KMS_URL: "aws-kms://eu-central-1/alias/cairn?endpoint=http://kms.example.org" },
    "a listener on every interface without TLS": { HOST: "0.0.0.0" },
    "a certificate that is not there": { TLS_CERT: "/nowhere.pem", TLS_KEY: "/nowhere.key" },
    "TLS 1.1 asked for": { TLS_MIN: "1.1" },
    "mail in the clear": { SMTP_URL: "http://mail.example.org" },
  };
  const through = Object.entries(cases).flatMap(([name, change]) => (accepted({ ...safe, ...change }) ? [name] : []));
  return { kind: "configurations in the clear", tried: Object.keys(cases).length, through };
}

function accepted(environment: Record<string, string>): boolean {
  try {
    readConfig(environment);
    return true;
  } catch (error) {
    if (error instanceof ConfigurationRefusal) return false;
    throw error;
  }
}

if (import.meta.main) process.exit(tellWaves(await attackTransport()));
