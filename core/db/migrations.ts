import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { quoteName, type Roles, roleParts } from "@core/db/roles.ts";
import { Refusal } from "@core/refusal.ts";
import { sha256 } from "@core/vault/primitives.ts";

/** One file of SQL, `migrations/<folder>/NNNN-what-it-does.sql`. */
export interface Migration {
  readonly folder: string;
  readonly name: string;
  readonly number: number;
  readonly sha256: string;
  readonly text: string;
}

/** A migration as the database remembers it. */
export interface Applied {
  readonly folder: string;
  readonly name: string;
  readonly sha256: string;
}

/** The kernel's folder first, then the modules' by name: a module refers to the kernel, never to another module. */
export function migrationFolders(directory: string): readonly string[] {
  if (!existsSync(directory))
    throw new Refusal(`The folder ${directory} is missing. This Cairn is not whole; install it again.`);
  const found = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = found.map((entry) => entry.name).sort();
  return [...names.filter((name) => name === "core"), ...names.filter((name) => name !== "core")];
}

/** Every migration in the order in which a new database takes them. */
export function readMigrations(directory: string, folders = migrationFolders(directory)): readonly Migration[] {
  return folders.flatMap((folder) => readFolder(directory, folder));
}

/**
 * What is still to be applied. Refuses when the past differs: a file changed or vanished after it was applied, a number
 * was slipped in behind one already applied, or the database comes from a newer Cairn.
 */
export function pendingMigrations(known: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  refuseNewer(known, applied);
  const done = new Map(applied.map((row) => [`${row.folder}/${row.name}`, row.sha256]));
  const pending: Migration[] = [];
  for (const migration of known) {
    const path = `${migration.folder}/${migration.name}`;
    const hash = done.get(path);
    if (hash === undefined) {
      pending.push(migration);
      continue;
    }
    if (hash !== migration.sha256) {
      throw new Refusal(
        `migrations/${path} has been changed since this database applied it. Put the file back as it was, and make the change in a new migration.`,
      );
    }
    const skipped = pending.find((earlier) => earlier.folder === migration.folder);
    if (skipped) {
      throw new Refusal(
        `migrations/${skipped.folder}/${skipped.name} comes before ${migration.name}, which this database has already applied. Give it the next free number.`,
      );
    }
  }
  return pending;
}

/** Refuses a database that has been through migrations this code does not know. */
export function refuseNewer(known: readonly Migration[], applied: readonly Applied[]): void {
  const names = new Set(known.map((migration) => `${migration.folder}/${migration.name}`));
  const strangers = applied.map((row) => `${row.folder}/${row.name}`).filter((path) => !names.has(path));
  if (strangers.length === 0) return;
  throw new Refusal(
    `The database has migrations that this Cairn does not know: ${strangers.join(", ")}. ` +
      "It has been used by a newer Cairn, or a module was taken out. Start that version again, or restore a backup of this one.",
  );
}

/**
 * Puts this installation's role names where a file says `:owner`, `:app` and so on, quoted as identifiers. Leaves
 * casts (`::owner`), comments and quoted identifiers alone; functions' bodies and the statements they put together as
 * text are read like the rest.
 */
export function nameRoles(text: string, roles: Roles): string {
  return text.replace(roleToken, (whole, part: keyof Roles | undefined) => (part ? quoteName(roles[part]) : whole));
}

const roleToken = new RegExp(
  [
    '"(?:[^"]|"")*"',
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?\*/`,
    String.raw`(?<![:\w]):(${roleParts.join("|")})(?![:\w])`,
  ].join("|"),
  "g",
);

function readFolder(directory: string, folder: string): readonly Migration[] {
  const files = readdirSync(join(directory, folder)).filter((name) => name.endsWith(".sql"));
  let last = 0;
  return files.sort().map((name) => {
    const number = Number(/^(\d{4})-[a-z0-9][a-z0-9-]*\.sql$/.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(number)) {
      throw new Refusal(`migrations/${folder}/${name} is not named like 0001-what-it-does.sql.`);
    }
    if (number === last) {
      throw new Refusal(
        `migrations/${folder} has two files with the number ${name.slice(0, 4)}: rename the later one to the next free number.`,
      );
    }
    last = number;
    // Line ends are the checkout's business, not the migration's.
    const text = readFileSync(join(directory, folder, name), "utf8").replaceAll("\r\n", "\n");
    return Object.freeze({ folder, name, number, sha256: sha256(text).toString("hex"), text });
  });
}
