import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationRefusal, readConfig } from "@core/config.ts";
import { randomToken } from "@core/vault/primitives.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const safe = {
  CAIRN_ENV: "production",
  BASE_URL: "https://cairn.example.org/",
  DATABASE_URL: "postgres://cairn:x@db.example.org/cairn?sslmode=verify-full",
  SECRET_KEY: randomToken(32),
  CAIRN_DATA: folder,
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationRefusal)) throw error;
    expect(error.exitCode).toBe(78);
    for (const { name, example } of error.problems) expect(error.message).toContain(`for example ${name}=${example}`);
    return error.problems.map(({ name, wrong }) => `${name} ${wrong}`);
  }
}

describe("in development", () => {
  test("nothing has to be set", () => {
    const config = readConfig({ CAIRN_DATA: folder });
    expect(config).toMatchObject({ environment: "development", host: "127.0.0.1", port: 3000, database: "embedded" });
    expect(config.baseUrl).toBe("http://localhost:3000");
    expect(Object.isFrozen(config)).toBe(true);
  });

  test("the secret key is made once, for its owner's eyes", () => {
    const first = readConfig({ CAIRN_DATA: folder }).secretKey;
    expect(readConfig({ CAIRN_DATA: folder }).secretKey).toBe(first);
    expect(Buffer.from(first, "base64url").length).toBe(48);
    expect(statSync(join(folder, "key.secret")).mode & 0o777).toBe(0o600);
  });

  test("an unknown CAIRN_ variable is told, not obeyed", () => {
    const { warnings } = readConfig({ CAIRN_DATA: folder, CAIRN_DTAA: "/x", OTHER: "y" });
    expect(warnings).toEqual(["CAIRN_DTAA is set, but Cairn knows no variable of that name."]);
  });
});

describe("in production", () => {
  test("a safe configuration is taken", () => {
    const config = readConfig(safe);
    expect(config.baseUrl).toBe("https://cairn.example.org");
    expect(config.secretKey).toBe(safe.SECRET_KEY);
    expect(config.database).toMatchObject({ host: "db.example.org", ssl: { rejectUnauthorized: true } });
  });

  test("everything that is missing is said at once", () => {
    const names = problemsOf({ CAIRN_ENV: "production" }).map((line) => line.split(" ")[0] ?? "");
    expect(names).toEqual(["BASE_URL", "DATABASE_URL", "SECRET_KEY"]);
  });

  test("everything that is wrong is said at once", () => {
    const problems = problemsOf({
      CAIRN_ENV: "production",
      BASE_URL: "http://cairn.example.org",
      DATABASE_URL: "postgres://cairn:x@db.example.org/cairn?sslmode=require",
      SECRET_KEY: "please-change-me-please-change-me-please-change-me",
      PORT: "99999",
      CAIRN_TRUSTED_PROXIES: "all",
      SMTP_URL: "mail.example.org",
    });
    expect(problems).toHaveLength(6);
    expect(problems.join("\n")).not.toContain("please-change-me");
  });

  test("a misspelt mode is not taken for development", () => {
    const [first = ""] = problemsOf({ CAIRN_ENV: "prod" });
    expect(first).toContain("CAIRN_ENV");
  });

  test.each([
    ["a database on another machine in the clear", { DATABASE_URL: "postgres://cairn:x@db.example.org/cairn" }],
    ["a short key", { SECRET_KEY: randomToken(24) }],
    ["a hexadecimal key of half the length", { SECRET_KEY: Buffer.from(randomToken(16)).toString("hex").slice(0, 32) }],
    ["a key of one repeated letter", { SECRET_KEY: "x".repeat(80) }],
    ["a key that repeats a short one", { SECRET_KEY: "k3Jq".repeat(20) }],
    ["a key that says it is a placeholder", { SECRET_KEY: `insecure-${randomToken(40)}` }],
    ["an address that is none", { BASE_URL: "cairn" }],
    ["a file that is not there", { SECRET_KEY: "", SECRET_KEY_FILE: "/nowhere" }],
    ["a value given twice", { SECRET_KEY_FILE: "/nowhere" }],
  ])("%s is refused", (_, change) => {
    expect(problemsOf({ ...safe, ...change })).toHaveLength(1);
  });

  test.each([
    ["loopback", "postgres://cairn:x@127.0.0.1/cairn"],
    ["a socket", "postgres://cairn:x@/cairn?host=/run/postgresql"],
  ])("a database by %s needs no certificate", (_, url) => {
    expect(problemsOf({ ...safe, DATABASE_URL: url })).toEqual([]);
  });

  test("random keys in the usual writings are taken", () => {
    for (let round = 0; round < 200; round += 1) {
      const bytes = Buffer.from(randomToken(32), "base64url");
      for (const writing of ["hex", "base64", "base64url"] as const) {
        expect(problemsOf({ ...safe, SECRET_KEY: bytes.toString(writing) })).toEqual([]);
      }
    }
  });

  test("values can lie in files", () => {
    const file = join(folder, "given.secret");
    writeFileSync(file, `${safe.SECRET_KEY}\n`);
    const config = readConfig({ ...safe, SECRET_KEY: "", SECRET_KEY_FILE: file });
    expect(config.secretKey).toBe(readFileSync(file, "utf8").trim());
  });
});
