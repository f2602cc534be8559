/** `cairn audit …` as a person at a terminal meets it, beside a database that is running. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import { RowMarks, rowMarkKey } from "@core/documents/row-marks.ts";
import { type TestRecord, testRecord } from "../../support/record.ts";

const data = mkdtempSync(join(tmpdir(), "cairn-audit-"));
chmodSync(data, 0o755);
let record: TestRecord;
let north: string;
let ids: string[];

beforeAll(async () => {
  const config = readConfig({ CAIRN_DATA: data });
  record = await testRecord({ ...(await openDatabase(config)), secret: config.secretKey });
  north = await record.tenant("north");
  ids = await record.write(north, 5);
});
afterAll(async () => {
  await record.stop();
  rmSync(data, { recursive: true, force: true });
});

const audit = (...words: string[]) => cairn("audit", ...words);

async function cairn(...words: string[]) {
  const program = join(import.meta.dir, "../../../core/cli/cairn.ts");
  const run = Bun.spawn([process.execPath, program, ...words], {
    env: { PATH: process.env.PATH ?? "", CAIRN_DATA: data },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complained] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
  return { said, complained, code: await run.exited };
}

describe("cairn audit", () => {
  test("before anything is sealed, every command says so", async () => {
    expect((await audit("verify")).said).toContain("5 events waiting to be sealed");
    expect((await audit("checkpoint")).said).toContain("Nothing has been sealed yet.\nSigned by localhost:3000/audit+");
    expect(await audit("prove", ids[0] ?? "")).toMatchObject({
      code: 1,
      complained: expect.stringContaining("is not sealed yet"),
    });
    expect(await audit("prove", "x; drop")).toMatchObject({
      code: 1,
      complained: expect.stringContaining("is no event's number"),
    });
    expect(await audit("prove")).toMatchObject({ code: 2 });
    expect(await audit("verify", "--tenant", "nowhere")).toMatchObject({
      code: 1,
      complained: expect.stringContaining('No institution is called "nowhere"'),
    });
  });

  test("verifies, proves, shows the checkpoint, keeps a witness, writes a bundle", async () => {
    await record.seal();
    expect(await audit("verify")).toMatchObject({
      code: 0,
      said: expect.stringContaining("All 5 events are as they were recorded."),
    });
    const proof = JSON.parse((await audit("prove", ids[2] ?? "")).said);
    expect(proof.leaf.index).toBe(2);
    expect(proof.checkpoint).toStartWith("cairn.test/audit\n1\n");
    expect(proof.key).toStartWith("cairn.test/audit+");
    expect((await audit("checkpoint")).said).toContain(proof.key);

    const file = join(data, "witness.txt");
    expect((await audit("witness", file)).said).toContain(
      "0 checkpoints are as the witness saw them; the newest was added.",
    );
    await record.write(north, 2);
    await record.seal();
    expect((await audit("witness", file)).said).toContain(
      "1 checkpoints are as the witness saw them; the newest was added.",
    );
    expect((await audit("witness", file)).said).toContain(
      "2 checkpoints are as the witness saw them; there is no newer one.",
    );

    const page = join(data, "north.html");
    expect((await audit("export", "--tenant", "north", page)).said).toContain("7 events with their proofs");
    expect(readFileSync(page, "utf8")).toContain("Ada Admin (invented) looked at the list");
    const empty = join(data, "empty.html");
    expect(await audit("export", "--tenant", "north", "--to", "2001-01-01", empty)).toMatchObject({ code: 1 });
    expect(existsSync(empty)).toBe(false);
  }, 120_000);

  test("refuses to retire what is young and to rebase what has not moved", async () => {
    const young = [
      "--tenant",
      "north",
      "--before",
      "2999-01-01",
      "--archive",
      join(data, "a.html"),
      "--reason",
      "to save room",
    ];
    await record.sql`insert into core.persons (tenant_id, email, name) values (${north}, 'ada@north.example', 'Ada'), (${north}, 'ines@north.example', 'Inès')`;
    expect(await audit("retire", ...young, "--approved-by", "ada@north.example")).toMatchObject({ code: 2 });
    expect(
      await audit("retire", ...young, "--approved-by", "ada@north.example", "--approved-by", "ines@north.example"),
    ).toMatchObject({
      code: 1,
      complained: expect.stringContaining("Nothing was retired: events are kept for seven years at least"),
    });
    expect(await audit("rebase")).toMatchObject({
      code: 1,
      complained: expect.stringContaining("there is nothing to rebase"),
    });
  }, 60_000);

  test("names what was altered, ends with 1, and neither proves nor exports it", async () => {
    await record.tamper("update core.audit_events set outcome = 'failed' where id = $1", [ids[1]]);
    const verdict = await audit("verify", "--tenant", "north");
    expect(verdict.code).toBe(1);
    expect(verdict.complained).toContain(
      `Event ${ids[1]} of north (leaf 1) is not as it was recorded: the column outcome was altered`,
    );
    expect(verdict.said).not.toContain("All");
    expect(await audit("prove", ids[1] ?? "")).toMatchObject({
      code: 1,
      complained: expect.stringContaining("it was altered"),
    });
    const page = join(data, "altered.html");
    expect(await audit("export", "--tenant", "north", page)).toMatchObject({
      code: 1,
      complained: expect.stringContaining("Nothing was written"),
    });
    expect(existsSync(page)).toBe(false);
  }, 60_000);
});

describe("cairn export trace", () => {
  test("names who took out a file, by its number and by its rows, and says so when nobody did", async () => {
    const id = Bun.randomUUIDv7();
    const marks = new RowMarks(rowMarkKey(readConfig({ CAIRN_DATA: data }).secretKey, north));
    for (let i = 0; i < 20; i++) marks.see([`code ${i}`, `word number ${i}`]);
    const [ada] = await record.sql<{ id: string }[]>`
      insert into core.persons (tenant_id, name, email) values (${north}, 'Ida Okafor', 'ida@north.example') returning id`;
    await record.sql`
      insert into core.exports (tenant_id, id, name, filename, format, sha256, bytes, rows, row_marks, made_by)
      values (${north}, ${id}, 'x.y', 'cohort.csv', 'csv', '\\x00', 1, 20, ${marks.filter()}, ${ada?.id ?? ""})`;
    const found = join(data, "found.txt");
    writeFileSync(found, `a line, ${id}\n`);
    const byNumber = await cairn("export", "trace", found);
    expect(byNumber.code).toBe(0);
    expect(byNumber.said).toContain("Ida Okafor <ida@north.example> took out cohort.csv at ");
    expect(byNumber.said).toContain("Its number stands in what was found.");
    writeFileSync(found, [3, 5, 7, 11, 13].map((i) => `CODE ${i};"word number ${i}"`).join("\n"));
    expect((await cairn("export", "trace", "--tenant", "north", found)).said).toContain("5 of 5 rows were in it.");
    writeFileSync(found, "nothing of ours stands here\n");
    expect(await cairn("export", "trace", found)).toMatchObject({
      code: 1,
      complained: expect.stringContaining("No download fits"),
    });
  });
});
