/** A ledger with its people and records, and what another process needs to serve it. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "@core/db/connection.ts";
import { type Embedded, startEmbedded } from "@core/db/embedded.ts";
import type { Roles } from "@core/db/roles.ts";
import { type TestWorkspace, testWorld, type World } from "../support/world.ts";
import { ledgerSql } from "./entries.ts";
import { ledger, thirtyValues } from "./ledger.tsx";

/** What a child process needs to open the house, in a file that only this user reads. */
export interface HouseFacts {
  readonly owner: Connection;
  readonly roles: Roles;
  readonly secret: string;
  /** The folder with the keyring. */
  readonly data: string;
}
/** Everything the bench of pages tells its children. */
export interface StageFacts extends HouseFacts {
  readonly host: string;
  /** "/w/program-1/ledger" */
  readonly base: string;
  readonly tenant: string;
  readonly workspace: string;
  readonly people: readonly { readonly id: string; readonly cookie: string }[];
  readonly subjects: readonly string[];
  /** The fifty entries of sheet 1. */
  readonly entries: readonly string[];
}

export interface Stage {
  readonly world: World;
  readonly place: TestWorkspace;
  readonly facts: StageFacts;
  /** Where the facts lie. */
  readonly file: string;
  stop(): Promise<void>;
}

/** An embedded server of its own that keeps its promises about the disk, and can be started again over the same data. */
export function durableServer(): { start(): Promise<Embedded>; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "cairn-ledger-"));
  chmodSync(folder, 0o755);
  return {
    start: () => startEmbedded(folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Fifty subjects, four people, `sheets` sheets of fifty entries; only the first sheet's patients are named. */
export async function setStage(sheets: number, server?: Connection): Promise<Stage> {
  const world = await testWorld([ledger], [], {}, server);
  await world.lay(ledgerSql);
  const place = await world.workspace("program", ["ledger"]);
  const people: { id: string; cookie: string }[] = [];
  for (const name of ["Berta Book", "Bert Book", "Bea Book", "Ben Book"]) {
    const person = await world.person(name, "bookkeeper", place);
    const token = await world.house.sessions.open(place.tenant.id, person.id, "test", "127.0.0.1", null);
    people.push({ id: person.id, cookie: await world.house.tokens.sign(token, place.tenant.id) });
  }
  const subjects = await world.sql<{ id: string }>(
    `insert into core.subjects (tenant_id, workspace_id, code, kind)
     select $1, $2, 'L-' || n, 'participant' from generate_series(1, 50) n returning id`,
    [place.tenant.id, place.id],
  );
  const host = `${place.tenant.slug}.localhost`;
  const base = `/w/${place.slug}/ledger`;
  const cookie = `sid=${people[0]?.cookie}`;
  const made: string[] = [];
  for (const [i, { id }] of subjects.entries()) {
    const form = { subject: id, sheet: "1", token: `first-${i}`, patient: `Invented Patient ${i}`, ...thirtyValues(i) };
    const answer = await world.web.fetch(
      new Request(`http://${host}${base}/entries`, {
        method: "POST",
        body: new URLSearchParams(form),
        headers: { cookie, "sec-fetch-site": "same-origin" },
      }),
    );
    if (answer.status !== 303)
      throw new Error(`an entry was answered with ${answer.status}: ${world.logged.join("\n")}`);
    made.push(answer.headers.get("location")?.split("/").at(-1) ?? "");
  }
  await fill(world, sheets);
  const facts: StageFacts = {
    owner: world.database.owner,
    roles: world.database.roles,
    secret: world.database.secret,
    data: world.house.config.data,
    host,
    base,
    tenant: place.tenant.id,
    workspace: place.id,
    people,
    subjects: subjects.map(({ id }) => id),
    entries: made,
  };
  const file = join(facts.data, "stage.json");
  writeFileSync(file, JSON.stringify(facts), { mode: 0o600 });
  return { world, place, facts, file, stop: () => world.stop() };
}

/** Copies of the first sheet, so that an index has something to find. */
async function fill(world: World, sheets: number): Promise<void> {
  const [{ names } = { names: "" }] = await world.sql<{ names: string }>(
    `select string_agg(quote_ident(column_name), ', ') as names from information_schema.columns
     where table_schema = 'ledger' and table_name = 'entries' and column_name not in ('id', 'sheet', 'patient')`,
  );
  await world.sql(
    `insert into ledger.entries (sheet, ${names}) select n, ${names} from ledger.entries, generate_series(2, $1::int) n where sheet = 1`,
    [sheets],
  );
  await world.sql("analyze ledger.entries, ledger.history, core.subjects, core.keys, core.audit_events");
}
