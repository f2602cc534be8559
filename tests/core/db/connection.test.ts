import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDatabaseUrl, staysOnThisMachine } from "@core/db/connection.ts";

describe("a database URL", () => {
  const plain = { host: "db.example.org", port: 5432, user: "cairn", password: "p@ss", database: "cairn" };

  test.each([
    ["postgres://cairn:p%40ss@db.example.org/cairn", plain],
    ["postgresql://cairn:p%40ss@db.example.org:6000/cairn", { ...plain, port: 6000 }],
    ["postgres://cairn:p%40ss@/cairn?host=/var/run/postgresql", { ...plain, host: "/var/run/postgresql" }],
    ["postgres://cairn:p%40ss@%2Fvar%2Frun/cairn?sslmode=require", { ...plain, host: "/var/run" }],
    ["postgres:///cairn?host=/run/pg&user=cairn&password=p%40ss&port=6000", { ...plain, host: "/run/pg", port: 6000 }],
    ["postgres://cairn:p%40ss@[::1]/cairn", { ...plain, host: "::1" }],
    ["postgres://cairn:p%40ss@db.example.org/cairn?sslmode=disable", plain],
    ["postgres://cairn:p%40ss@db.example.org/cairn?sslmode=require", { ...plain, ssl: { rejectUnauthorized: false } }],
    [
      "postgres://cairn:p%40ss@db.example.org/cairn?sslmode=verify-full",
      { ...plain, ssl: { rejectUnauthorized: true } },
    ],
    [
      "postgres://cairn:p%40ss@db.example.org/cairn?sslrootcert=system&sslmode=verify-ca",
      { ...plain, ssl: { rejectUnauthorized: true } },
    ],
  ])("%s is read", (url, connection) => {
    expect(parseDatabaseUrl(url)).toEqual(connection);
  });

  test("brings the authority's certificate along, and then insists on it", () => {
    const folder = mkdtempSync(join(tmpdir(), "cairn-ca-"));
    const file = join(folder, "ca.pem");
    writeFileSync(file, "-----BEGIN CERTIFICATE-----");
    const { ssl } = parseDatabaseUrl(`postgres://cairn:x@db/cairn?sslmode=require&sslrootcert=${file}`);
    rmSync(folder, { recursive: true });
    expect(ssl).toEqual({ rejectUnauthorized: true, ca: "-----BEGIN CERTIFICATE-----" });
  });

  test.each([
    ["mysql://cairn@db/cairn", "postgres://"],
    ["postgres://cairn@/cairn", "no host"],
    ["postgres://db/cairn", "no user"],
    ["postgres://cairn@db/", "no database"],
    ["postgres://cairn@one,two/cairn", "several hosts"],
    ["postgres://cairn@db/cairn?sslmode=prefer", "verify-full"],
    ["postgres://cairn@db/cairn?sslmode=verify-full&sslrootcert=/nowhere.pem", "/nowhere.pem"],
    ["postgres://cairn:a/b@db:x/cairn", "%40"],
  ])("%s is refused in words", (url, words) => {
    expect(() => parseDatabaseUrl(url)).toThrow(words);
  });

  test("stays on this machine by a socket or the loopback interface only", () => {
    const local = ["/run/pg", "localhost", "127.0.0.1", "::1"];
    const remote = ["db.example.org", "10.0.0.1", "127.0.0.1.example.org"];
    expect(local.map((host) => staysOnThisMachine({ ...plain, host }))).toEqual(local.map(() => true));
    expect(remote.map((host) => staysOnThisMachine({ ...plain, host }))).toEqual(remote.map(() => false));
  });
});
