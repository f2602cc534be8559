import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Applied, nameRoles, pendingMigrations, readMigrations } from "@core/db/migrations.ts";
import { roleNames } from "@core/db/roles.ts";

const scratch = mkdtempSync(join(tmpdir(), "cairn-migrations-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function folderWith(...paths: readonly string[]): string {
  const directory = mkdtempSync(join(scratch, "set-"));
  for (const path of paths) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), `select '${path}';`);
  }
  return directory;
}

const remember = (directory: string): Applied[] => readMigrations(directory).map((migration) => ({ ...migration }));

describe("the files", () => {
  test("come core first, then by folder and number", () => {
    const directory = folderWith("coaching/0001-a.sql", "core/0002-b.sql", "core/0001-a.sql", "studies/0001-a.sql");
    const order = readMigrations(directory).map(({ folder, name }) => `${folder}/${name}`);
    expect(order).toEqual(["core/0001-a.sql", "core/0002-b.sql", "coaching/0001-a.sql", "studies/0001-a.sql"]);
    const chosen = readMigrations(directory, ["core", "studies"]).map(({ folder }) => folder);
    expect(chosen).toEqual(["core", "core", "studies"]);
  });

  test.each([
    ["a number that is there twice", ["core/0001-a.sql", "core/0001-b.sql"], "two files with the number 0001"],
    ["a name that cannot be ordered", ["core/1-a.sql"], "0001-what-it-does.sql"],
  ])("%s is refused", (_, paths, words) => {
    expect(() => readMigrations(folderWith(...paths))).toThrow(words);
  });

  test("may leave numbers out: whoever works beside others takes a stretch of his own", () => {
    const numbers = readMigrations(folderWith("core/0001-a.sql", "core/0030-c.sql")).map(({ number }) => number);
    expect(numbers).toEqual([1, 30]);
  });

  test("do not change by the line ends of a checkout", () => {
    const directory = folderWith("core/0001-a.sql");
    const hashWith = (end: string) => {
      writeFileSync(join(directory, "core/0001-a.sql"), `select 1;${end}select 2;${end}`);
      return readMigrations(directory)[0]?.sha256;
    };
    expect(hashWith("\r\n")).toBe(hashWith("\n"));
  });
});

describe("what is pending", () => {
  test("is everything in a new database and nothing in one that is in step", () => {
    const directory = folderWith("core/0001-a.sql", "core/0002-b.sql");
    const known = readMigrations(directory);
    expect(pendingMigrations(known, [])).toEqual([...known]);
    expect(pendingMigrations(known, remember(directory))).toEqual([]);
    expect(pendingMigrations(known, remember(directory).slice(0, 1))).toEqual(known.slice(1));
  });

  test("a changed file stops it", () => {
    const directory = folderWith("core/0001-a.sql");
    const applied = remember(directory);
    writeFileSync(join(directory, "core/0001-a.sql"), "select 'another';");
    expect(() => pendingMigrations(readMigrations(directory), applied)).toThrow("has been changed");
  });

  test("a number slipped in behind an applied one stops it", () => {
    const directory = folderWith("core/0001-a.sql", "core/0002-b.sql");
    expect(() => pendingMigrations(readMigrations(directory), remember(directory).slice(1))).toThrow("comes before");
  });

  test("another folder may be behind", () => {
    const directory = folderWith("core/0001-a.sql", "studies/0001-a.sql", "coaching/0001-a.sql");
    const known = readMigrations(directory);
    const applied = remember(directory).filter(({ folder }) => folder !== "coaching");
    expect(pendingMigrations(known, applied).map(({ folder }) => folder)).toEqual(["coaching"]);
  });

  test("a database from a newer Cairn stops it", () => {
    const directory = folderWith("core/0001-a.sql");
    const applied = [...remember(directory), { folder: "core", name: "0002-b.sql", sha256: "" }];
    expect(() => pendingMigrations(readMigrations(directory), applied)).toThrow("does not know: core/0002-b.sql");
  });
});

describe("role names in SQL", () => {
  const roles = roleNames("west");
  const name = (text: string) => nameRoles(text, roles);

  test.each([
    ["grant select on t to :app, :door;", 'grant select on t to "west_app", "west_door";'],
    ["alter function f() owner to :keeper;", 'alter function f() owner to "west_keeper";'],
    [
      "do $$ begin grant usage on schema s to :jobs; end $$;",
      'do $$ begin grant usage on schema s to "west_jobs"; end $$;',
    ],
    ["select x::app, y ::owner", "select x::app, y ::owner"],
    ["to :application, :owner_id", "to :application, :owner_id"],
    ["select a[1:app]", "select a[1:app]"],
    ["execute format('grant select on %s to :app', t)", "execute format('grant select on %s to \"west_app\"', t)"],
    ['select ":app"', 'select ":app"'],
    ["-- for :app, it's\nto :app", '-- for :app, it\'s\nto "west_app"'],
    ["/* :app */ to :backup", '/* :app */ to "west_backup"'],
    ["to :sealer:", "to :sealer:"],
  ])("%s", (text, expected) => {
    expect(name(text)).toBe(expected);
  });
});
