import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const data = mkdtempSync(join(tmpdir(), "cairn-cli-"));
chmodSync(data, 0o755);
afterAll(() => rmSync(data, { recursive: true, force: true }));

async function cairn(words: readonly string[], environment: Record<string, string> = {}) {
  const program = join(import.meta.dir, "../../../core/cli/cairn.ts");
  const run = Bun.spawn([process.execPath, program, ...words], {
    // Nothing from outside, no LANG: as a service would start it.
    env: { PATH: process.env.PATH ?? "", CAIRN_DATA: data, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
  return { said, complained, code: await run.exited };
}

describe("cairn", () => {
  test("says what it can do, on the right stream with the right exit code", async () => {
    const asked = await cairn(["--help"]);
    expect(asked).toMatchObject({ code: 0, complained: "" });
    for (const name of ["serve", "migrate", "doctor", "tenant create", "user create", "demo load", "demo purge"]) {
      expect(asked.said).toContain(`  ${name} `);
    }
    expect(await cairn([])).toMatchObject({ code: 2, said: "" });
    expect(await cairn(["fly"])).toMatchObject({ code: 2, said: "" });
    expect((await cairn(["fly"])).complained).toContain('no command "fly"');
  });

  test.each(["serve", "migrate", "doctor", "tenant create", "user create", "demo load", "demo purge"])(
    "%s explains itself",
    async (name) => {
      const { said, code } = await cairn([...name.split(" "), "--help"]);
      expect(code).toBe(0);
      expect(said).toContain(`Usage: cairn ${name}`);
      expect(said).toContain("78 configuration");
    },
  );

  test.each([
    [["migrate", "--plam"], "--plam"],
    [["doctor", "twice"], "twice"],
    [["tenant", "create", "--slug", "north"], "--name is missing"],
    [["tenant", "create", "--name", "N", "--slug", "North!"], '"North!" is no slug'],
    [["user", "create", "--tenant", "north", "--name", "N", "--email", "nobody"], '"nobody" is no mail address'],
    [["tenant"], "cairn tenant create"],
  ])("%p is wrong usage", async (words, complaint) => {
    const { complained, code } = await cairn(words);
    expect(code).toBe(2);
    expect(complained).toContain(complaint);
  });

  test("an unsafe production configuration ends with 78 and lists everything", async () => {
    const { complained, code } = await cairn(["migrate"], { CAIRN_ENV: "production", SECRET_KEY: "short" });
    expect(code).toBe(78);
    for (const name of ["BASE_URL", "DATABASE_URL", "SECRET_KEY"]) expect(complained).toContain(`for example ${name}=`);
    expect(complained).not.toMatch(/^\s+at /m);
  });

  test("a database that does not answer is said in a sentence", async () => {
    const { complained, code } = await cairn(["migrate"], { DATABASE_URL: "postgres://cairn:x@127.0.0.1:1/cairn" });
    expect(code).toBe(1);
    expect(complained).toContain("No database answers at 127.0.0.1, port 1");
  });

  test("doctor finds what migrate then puts right", async () => {
    const ill = await cairn(["doctor", "--json"]);
    expect(ill.code).toBe(1);
    const findings = JSON.parse(ill.said) as { check: string; well: boolean }[];
    expect(findings.filter(({ well }) => !well).map(({ check }) => check)).toContain("roles");
    expect((await cairn(["migrate", "--plan"])).code).toBe(0);
    expect(await cairn(["migrate"])).toMatchObject({ code: 0, complained: "" });
    expect((await cairn(["migrate"])).said).toContain("nothing to apply");
    const well = await cairn(["doctor"]);
    expect(well).toMatchObject({ code: 0, complained: "" });
    expect(well.said).toContain("well  roles: all there");
  });
});
