/**
 * A world for a test: two institutions of its own, people who mean something, and clients that are those people.
 *
 * Ada administers; everyone else is made with the role the test names. Otto belongs to the other institution, may do
 * everything there, and must never see a thing here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installCatalogue } from "@core/access/install.ts";
import type { Config } from "@core/config.ts";
import type { Connection } from "@core/db/connection.ts";
import { nameRoles } from "@core/db/migrations.ts";
import { quoteName } from "@core/db/roles.ts";
import type { House } from "@core/house.ts";
import type { Web } from "@core/http/server.ts";
import { assemble, type KernelRoutes } from "@core/kernel.ts";
import type { Module, Upload, WorkspaceKind } from "@core/module.ts";
import { type OpenHouse, openHouse } from "@core/open-house.ts";
import type { TouchedTable } from "@core/tenancy/tables.ts";
import postgres from "postgres";
import { type TestDatabase, testDatabase } from "./database.ts";

export interface TestPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly tenant: TestTenant;
}
export interface TestTenant {
  readonly id: string;
  readonly slug: string;
}
export interface TestWorkspace {
  readonly id: string;
  readonly slug: string;
  readonly tenant: TestTenant;
}
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  /** Where a redirect leads, or "". */
  readonly location: string;
}
export type FormValues = Readonly<Record<string, string | readonly string[] | Upload>>;

export interface Client {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, form?: FormValues, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export interface AuditRow {
  readonly sentence: string;
  readonly outcome: string;
  readonly status: number;
  readonly act: string;
  readonly event: string | null;
  readonly actor_name: string;
  readonly subjects: readonly string[];
  readonly read: Readonly<Record<string, TouchedTable>>;
  readonly changed: Readonly<Record<string, TouchedTable>>;
}

export interface World {
  readonly database: TestDatabase;
  readonly house: House;
  readonly web: Web;
  /** The first institution, and the other one. */
  readonly here: TestTenant;
  readonly there: TestTenant;
  workspace(kind: WorkspaceKind, modules: readonly string[], tenant?: TestTenant): Promise<TestWorkspace>;
  site(workspace: TestWorkspace, code: string): Promise<string>;
  /** An account with a role: in a workspace, at one of its sites, or (workspace null) in the whole institution. */
  person(
    name: string,
    role: string | null,
    workspace: TestWorkspace | null,
    options?: { site?: string; tenant?: TestTenant },
  ): Promise<TestPerson>;
  grant(person: TestPerson, role: string, workspace: TestWorkspace | null, site?: string): Promise<string>;
  /** Signed in through a real session and its cookie. */
  as(person: TestPerson): Promise<Client>;
  stranger(tenant?: TestTenant): Client;
  /** Newest first. With the owner's rights: what is really there. */
  trail(tenant?: TestTenant): Promise<AuditRow[]>;
  /** Any SQL with the owner's rights, for arranging and for looking. */
  sql<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** SQL as a migration would run it: as the owner of everything. */
  lay(text: string): Promise<void>;
  /** Until every job that was to begin at once is done. */
  settled(): Promise<void>;
  /** Lines that were logged, as text. */
  readonly logged: string[];
  stop(): Promise<void>;
}

export async function testWorld(
  modules: readonly Module[],
  own: readonly KernelRoutes[] = [],
  overrides: Partial<Config> = {},
  server?: Connection,
): Promise<World> {
  const database = await testDatabase(undefined, server);
  const data = mkdtempSync(join(tmpdir(), "cairn-world-"));
  const kernel = assemble(modules, own);
  await installCatalogue(database, database.secret, kernel);
  const config: Config = {
    environment: "development",
    baseUrl: "http://localhost:3000",
    host: "127.0.0.1",
    port: 3000,
    data,
    database: database.owner,
    secretKey: database.secret,
    trustedProxies: 0,
    warnings: [],
    ...overrides,
  };
  const logged: string[] = [];
  const open: OpenHouse = await openHouse(config, database, kernel, {
    leases: 6,
    log: (level, event, facts) => {
      logged.push(JSON.stringify({ level, event, ...facts }));
      if (process.env.CAIRN_TEST_LOG) console.log(logged.at(-1));
    },
  });
  const { house, web } = open;

  const owner = postgres({ ...database.owner, max: 1, onnotice: () => {} });
  const sql = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await owner.unsafe(text, values as never[])) as unknown as Row[];
  const one = async <Row>(text: string, values: readonly unknown[]): Promise<Row> => {
    const [row] = await sql<Row>(text, values);
    if (!row) throw new Error(`nothing came back from: ${text}`);
    return row;
  };
  const tenant = async (slug: string, name: string): Promise<TestTenant> => {
    const row = await one<{ id: string }>(
      "insert into core.tenants (slug, name, demo) values ($1, $2, true) returning tenant_id as id",
      [slug, name],
    );
    return { id: row.id, slug };
  };
  const here = await tenant("northfield", "Northfield (invented)");
  const there = await tenant("lakeside", "Lakeside (invented)");
  let count = 0;

  const client = (at: TestTenant, cookie: string | null): Client => {
    const host = `http://${at.slug}.localhost:3000`;
    const send = async (request: Request): Promise<Answer> => {
      const response = await web.fetch(request, "127.0.0.1");
      const bytes = new Uint8Array(await response.arrayBuffer());
      return {
        status: response.status,
        bytes,
        text: new TextDecoder().decode(bytes),
        headers: response.headers,
        location: response.headers.get("location") ?? "",
      };
    };
    const base: Record<string, string> = cookie ? { cookie: `sid=${cookie}` } : {};
    return {
      get: (path, headers = {}) => send(new Request(host + path, { headers: { ...base, ...headers } })),
      post: (path, form = {}, headers = {}) =>
        send(
          new Request(host + path, {
            method: "POST",
            body: bodyOf(form),
            headers: { ...base, "sec-fetch-site": "same-origin", ...headers },
          }),
        ),
    };
  };

  const world: World = {
    settled: () => house.prompts.settled(),
    database,
    house,
    web,
    here,
    there,
    sql,
    logged,
    async lay(text) {
      await owner.unsafe(`set role ${quoteName(database.roles.owner)}`);
      try {
        await owner.unsafe(nameRoles(text, database.roles));
      } finally {
        await owner.unsafe("reset role");
      }
    },
    async workspace(kind, on, at = here) {
      count += 1;
      const slug = `${kind}-${count}`;
      const { id } = await one<{ id: string }>(
        "insert into core.workspaces (tenant_id, slug, title, kind) values ($1, $2, $3, $4) returning id",
        [at.id, slug, `${kind === "program" ? "Residency" : kind === "study" ? "Study" : "Service"} ${count}`, kind],
      );
      for (const module of on) {
        await sql("insert into core.switches (tenant_id, workspace_id, module, is_on) values ($1, $2, $3, true)", [
          at.id,
          id,
          module,
        ]);
      }
      return { id, slug, tenant: at };
    },
    async site(workspace, code) {
      const { id } = await one<{ id: string }>(
        "insert into core.sites (tenant_id, workspace_id, code, name) values ($1, $2, $3, $3) returning id",
        [workspace.tenant.id, workspace.id, code],
      );
      return id;
    },
    async person(name, role, workspace, { site, tenant: at = workspace?.tenant ?? here } = {}) {
      count += 1;
      const email = `${name.toLowerCase().replace(/[^a-z]+/g, ".")}.${count}@${at.slug}.example`;
      const { id } = await one<{ id: string }>(
        "insert into core.persons (tenant_id, name, email) values ($1, $2, $3) returning id",
        [at.id, name, email],
      );
      const person = { id, name, email, tenant: at };
      if (role) await world.grant(person, role, workspace, site);
      return person;
    },
    async grant(person, role, workspace, site) {
      const { id } = await one<{ id: string }>(
        "insert into core.grants (tenant_id, person_id, workspace_id, site_id, role) values ($1, $2, $3, $4, $5) returning id",
        [person.tenant.id, person.id, workspace?.id ?? null, site ?? null, role],
      );
      return id;
    },
    async as(person) {
      const token = await house.sessions.open(person.tenant.id, person.id, "test", "127.0.0.1", null);
      return client(person.tenant, await house.tokens.sign(token, person.tenant.id));
    },
    stranger: (at = here) => client(at, null),
    trail: (at = here) =>
      sql<AuditRow>(
        `select sentence, outcome, status, act, event, actor_name, subjects::text[] as subjects, read, changed
         from core.audit_events where tenant_id = $1 order by id desc`,
        [at.id],
      ),
    async stop() {
      await open.stop();
      await owner.end();
      await database.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return world;
}

/** Url-encoded, or multipart when a file is in it: as a browser would. */
export function bodyOf(form: FormValues): URLSearchParams | FormData {
  const values = Object.entries(form);
  const hasFile = values.some(([, value]) => typeof value === "object" && "bytes" in value);
  const body = hasFile ? new FormData() : new URLSearchParams();
  for (const [name, value] of values) {
    if (typeof value === "string") body.append(name, value);
    else if ("bytes" in value)
      (body as FormData).append(name, new File([value.bytes as unknown as BlobPart], value.filename));
    else for (const item of value) body.append(name, item);
  }
  return body;
}
