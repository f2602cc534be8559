/**
 * A process of its own that does a page's database work without the page: through the data layer (lease, reach, record),
 * or as the very same statements straight through postgres.js, one after the other or in one burst.
 * It also writes those statements down for pgbench.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { Trail } from "@core/audit/trail.ts";
import { contextFor, type Situation } from "@core/context.ts";
import { connectionOf } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import type { Lease, Statement } from "@core/tenancy/lease.ts";
import { contextOf, type Standing } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import postgres from "postgres";
import { entries, fieldNames, findEntry, insertEntry, insertHistory, listSheet } from "./entries.ts";
import { ledger, thirtyValues } from "./ledger.tsx";
import type { Measured } from "./load.ts";
import type { StageFacts } from "./stage.ts";

export type Scenario = "read" | "list" | "write";
export type Way = "data layer" | "driver, one by one" | "driver, in one burst";
export interface YardJob {
  readonly way: Way;
  readonly scenario: Scenario;
  readonly concurrency: number;
  readonly warmMs: number;
  readonly ms: number;
}
/** Asks for a pgbench script of this scenario. Its context is good for a minute. */
export interface ScriptJob {
  readonly script: Scenario;
  readonly pipelined: boolean;
  readonly file: string;
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: yardstick.ts <facts file>");
const facts = JSON.parse(readFileSync(file, "utf8")) as StageFacts;
const as = (part: "app" | "door" | "sealer" | "jobs" | "backup") =>
  connectionOf(facts.owner, facts.roles, part, facts.secret);
const config = {
  environment: "development" as const,
  baseUrl: "http://localhost:3000",
  host: "127.0.0.1",
  port: 0,
  data: facts.data,
  database: facts.owner,
  secretKey: facts.secret,
  trustedProxies: 0,
  warnings: [],
};
const { owner, roles } = facts;
const { house } = await openHouse(
  config,
  { owner, roles, as, lost: new Promise<string>(() => {}), stop: async () => {} },
  assemble([ledger]),
  { log: () => {} },
);
const person = facts.people[0]?.id ?? "";
const standing: Standing = {
  tenantId: facts.tenant,
  workspaceId: facts.workspace,
  kind: "person",
  actorId: person,
  sessionRef: "0123456789ab",
};
const situation: Situation = {
  standing,
  tenant: { id: facts.tenant, slug: "northfield", name: "Northfield (invented)" },
  workspace: { id: facts.workspace, slug: "program-1", title: "Residency 1", kind: "program" },
  actor: { kind: "person", id: person, name: "Berta Book" },
  email: null,
  may: { "ledger.read": ["workspace"], "ledger.write": ["workspace"] },
  modules: { ledger: {} },
  module: ledger,
  base: facts.base,
  home: "",
  now: new Date(),
};

let turn = 0;
const pick = (list: readonly string[]) => list[turn++ % list.length] as string;

/** A page's work without its page; `lent` lets a recorder stand before the lease. */
async function throughLayer(scenario: Scenario, lent = (lease: Lease) => lease): Promise<void> {
  const trail = new Trail();
  const now = new Date();
  await house.transactions.run(
    standing,
    { readOnly: scenario !== "write" },
    async (lease) => {
      const ctx = contextFor(house, { ...situation, now }, lent(lease), trail);
      if (scenario === "read") await ctx.db.one(findEntry, { id: pick(facts.entries) });
      else if (scenario === "list") {
        const rows = await ctx.db.all(listSheet, { sheet: 1 });
        await ctx.openMany(
          rows.map(({ patient, id, subjectId }) => ({
            value: patient as NonNullable<typeof patient>,
            at: { row: id, subject: subjectId },
          })),
          "to list the sheet",
        );
      } else {
        const id = Bun.randomUUIDv7();
        const subjectId = pick(facts.subjects);
        const patient = await ctx.seal(entries.patient, "Invented Patient", { row: id, subject: subjectId });
        const values = thirtyValues(turn);
        await ctx.db.all(insertEntry, { id, subjectId, sheet: 9_999, token: "yardstick", patient, ...values });
        await ctx.db.all(insertHistory, { id, subjectId, ...values });
        trail.say(
          { event: "ledger.entered", sentence: "Berta Book made an entry on sheet 9999", detail: { sheet: 9_999 } },
          subjectId,
        );
      }
    },
    async (lease) => {
      const visitor = { name: "Berta Book", sessionRef: "0123456789ab", ip: "127.0.0.1", agent: null };
      const act = { requestId: Bun.randomUUIDv7(), name: `yardstick ${scenario}`, permission: "ledger.read" };
      await trail.write(lent(lease), visitor, act, { outcome: "done", status: 200, sentence: "Berta Book looked" });
    },
  );
}

/** The statements of one run, in order: what the yardsticks send. */
async function recorded(scenario: Scenario): Promise<{ statements: Statement[]; fresh: string }> {
  const statements: Statement[] = [];
  const recorder = (lease: Lease): Lease => ({
    rows: (text, values = []) => {
      statements.push({ text, values });
      return lease.rows(text, values);
    },
    last: (...final) => {
      statements.push(...final);
      lease.last(...final);
    },
  });
  await throughLayer(scenario); // keys are in memory afterwards, as they are in a server that runs
  turn -= 1;
  await throughLayer(scenario, recorder);
  const entry = statements.find(({ text }) => text.startsWith('insert into "ledger"."entries"'));
  const fresh = entry?.values.find(
    (value) => /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(String(value)) && !facts.subjects.includes(String(value)),
  );
  return { statements, fresh: String(fresh ?? "none") };
}

type Client = ReturnType<typeof postgres>;
const LEASES = 10;
const clients: Client[] = Array.from({ length: LEASES }, () => postgres({ ...as("app"), max: 1, onnotice: () => {} }));
const key = contextKey(facts.secret);
const SET_CONTEXT = "select set_config('cairn.context', $1, true)";

async function throughDriver(
  client: Client,
  { statements, fresh }: { statements: Statement[]; fresh: string },
  burst: boolean,
) {
  const id = Bun.randomUUIDv7();
  const send = (text: string, values: readonly unknown[]) =>
    client
      .unsafe(
        text,
        values.map((value) => (typeof value === "string" ? value.replaceAll(fresh, id) : value)) as never[],
        {
          prepare: true,
        },
      )
      .values()
      .execute();
  const begin = () => client.unsafe("begin").execute();
  const commit = () => client.unsafe("commit").execute();
  const context = contextOf(standing, key, new Date());
  if (burst) {
    await Promise.all([
      begin(),
      send(SET_CONTEXT, [context]),
      ...statements.map(({ text, values }) => send(text, values)),
      commit(),
    ]);
    return;
  }
  await begin();
  await send(SET_CONTEXT, [context]);
  for (const { text, values } of statements) await send(text, values);
  await commit();
}

async function measure({ way, scenario, concurrency, warmMs, ms }: YardJob): Promise<Measured> {
  const script = await recorded(scenario);
  const act =
    way === "data layer"
      ? () => throughLayer(scenario)
      : (worker: number) => throughDriver(clients[worker] as Client, script, way === "driver, in one burst");
  const workers = way === "data layer" ? concurrency : Math.min(concurrency, LEASES);
  const start = performance.now() + warmMs;
  const end = start + ms;
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let sent = performance.now(); sent < end; sent = performance.now()) {
        await act(worker);
        const now = performance.now();
        if (now >= start && now < end) times.push(now - sent);
      }
    }),
  );
  times.sort((a, b) => a - b);
  return { count: times.length, wrong: 0, seconds: ms / 1_000, times };
}

async function writeScript({ script, pipelined, file: into }: ScriptJob): Promise<{ written: true }> {
  const { statements, fresh } = await recorded(script);
  const context = { text: SET_CONTEXT, values: [contextOf(standing, key, new Date())] };
  const lines = ["begin;", ...[context, ...statements].map((one) => `${inlined(one, fresh)};`), "commit;"];
  const whole = pipelined ? ["\\startpipeline", ...lines, "\\endpipeline"] : lines;
  writeFileSync(into, `${whole.join("\n")}\n`, { mode: 0o600 });
  return { written: true };
}

/** Parameters written into the text; the new row's id is made by the server. A colon would be a variable of pgbench's. */
function inlined({ text, values }: Statement, fresh: string): string {
  const literal = (value: unknown): string => {
    if (value === null || value === undefined) return "null";
    if (value === fresh) return "gen_random_uuid()";
    if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString("hex")}'`;
    if (Array.isArray(value)) return literal(`{${value.join(",")}}`);
    const quoted = String(value).replaceAll("\\", "\\\\").replaceAll("'", "''").replaceAll(":", "\\x3a");
    return `E'${quoted}'`;
  };
  return text.replaceAll(/\s+/g, " ").replaceAll(/\$(\d+)/g, (_, n: string) => literal(values[Number(n) - 1]));
}

process.on("message", (job: YardJob | ScriptJob) => {
  const answer = "script" in job ? writeScript(job) : measure(job);
  answer.then(
    (done) => process.send?.(done),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: fieldNames.length });
