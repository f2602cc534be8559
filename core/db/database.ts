import { join } from "node:path";
import { installCatalogue } from "@core/access/install.ts";
import type { Config } from "@core/config.ts";
import type { Connection } from "@core/db/connection.ts";
import { attachEmbedded, type Embedded, startEmbedded } from "@core/db/embedded.ts";
import { migrate, readApplied, withOwner } from "@core/db/migrate.ts";
import { type Migration, pendingMigrations, readMigrations } from "@core/db/migrations.ts";
import { connectionOf, type LoginPart, type Roles, roleNames } from "@core/db/roles.ts";
import type { Kernel } from "@core/kernel.ts";
import { Refusal } from "@core/refusal.ts";
import postgres from "postgres";

/** Where the rows are, and who may sign in to them. */
export interface Database {
  /** For migrations and administration only; a request never runs as this. */
  readonly owner: Connection;
  readonly roles: Roles;
  /** How the process signs in to play `part`. */
  as(part: LoginPart): Connection;
  /** Resolves with a sentence if an embedded server goes without having been asked. Never does for a server of yours. */
  readonly lost: Promise<string>;
  /** Ends the embedded server, if this process started it. */
  stop(): Promise<void>;
}

export interface OpenOptions {
  /** Use the embedded server of a Cairn that is already running over this data folder, rather than refuse. */
  readonly share?: boolean;
  readonly directory?: string;
  /** Whose roles and permissions the database should hold: written in development, and by `cairn migrate`. */
  readonly kernel?: Kernel;
}

export const migrationsDirectory = join(import.meta.dir, "../../migrations");

/**
 * A database that is in step with this code. In development roles and migrations are brought up to date; in production
 * only `cairn migrate` does that, and a database that is behind is refused: the owner's rights are not used to serve.
 */
export async function openDatabase(config: Config, options: OpenOptions = {}): Promise<Database> {
  const database = await reachDatabase(config, options);
  try {
    const known = readMigrations(options.directory ?? migrationsDirectory);
    if (config.environment === "production") await requireInStep(database.as("app"), known);
    else {
      await migrate(database.owner, database.roles, config.secretKey, known);
      if (options.kernel) await installCatalogue(database, config.secretKey, options.kernel);
    }
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

/** The database as it is: started or found, and not yet looked into. */
export async function reachDatabase(config: Config, options: OpenOptions = {}): Promise<Database> {
  const embedded = config.database === "embedded" ? await reachEmbedded(config, options) : undefined;
  const owner = embedded ? await embeddedDatabase(embedded) : config.database;
  if (owner === "embedded") throw new Error("an embedded database has a connection");
  const roles = roleNames(config.rolePrefix ?? owner.database);
  return Object.freeze({
    owner,
    roles,
    as: (part: LoginPart) => connectionOf(owner, roles, part, config.secretKey),
    lost: embedded?.lost ?? new Promise<string>(() => {}),
    stop: async () => await embedded?.stop(),
  });
}

async function reachEmbedded(config: Config, options: OpenOptions): Promise<Embedded> {
  const folder = join(config.data, "postgres");
  const running = options.share ? await attachEmbedded(folder) : undefined;
  return running ?? (await startEmbedded(folder));
}

/** The embedded cluster's database for Cairn, made when it is not there. */
async function embeddedDatabase(embedded: Embedded): Promise<Connection> {
  try {
    await withOwner(embedded.owner, async (sql) => {
      const found = await sql`select 1 from pg_database where datname = 'cairn'`;
      if (found.length === 0) await sql.unsafe("create database cairn");
    });
    return Object.freeze({ ...embedded.owner, database: "cairn" });
  } catch (error) {
    await embedded.stop();
    throw error;
  }
}

async function requireInStep(app: Connection, known: readonly Migration[]): Promise<void> {
  const pending = await withOwner(app, async (sql) => pendingMigrations(known, await readApplied(sql))).catch(
    (error) => {
      throw wordSignIn(error, app);
    },
  );
  if (pending.length === 0) return;
  const names = pending.map((migration) => `${migration.folder}/${migration.name}`).join(", ");
  throw new Refusal(`The database is behind this Cairn by ${pending.length}: ${names}. Run: cairn migrate`);
}

function wordSignIn(error: unknown, app: Connection): unknown {
  const isSignIn = error instanceof postgres.PostgresError && /^(28|3D)/.test(error.code);
  if (!isSignIn) return error;
  return new Refusal(
    `The database does not let ${app.user} in (${error.code}). Run "cairn migrate" once with this SECRET_KEY: it makes the roles and their passwords.`,
  );
}
