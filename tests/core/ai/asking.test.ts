/** A job that asks: nothing leaves without an entry in force, what leaves is on record first, and the work gets done without an answer too. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { Trail } from "@core/audit/trail.ts";
import { contextFor, type Situation } from "@core/context.ts";
import { startWorker } from "@core/jobs/worker.ts";
import { type Context, defineModule } from "@core/module.ts";
import { sealProviderSecret } from "@core/providers/here.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { Type as t } from "@sinclair/typebox";
import { startModel } from "../../support/model-stand-in.ts";
import { type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";
import { until } from "../jobs/until.ts";

const got: { readonly tag: string; readonly answer: unknown }[] = [];
let failures = 0;
let asked = 0;
const Note = t.Object({ tag: t.String() });
const writing = defineModule({
  id: "writing",
  title: "Writing",
  summary: "Asks a model.",
  workspaces: ["program"],
  roles: { writer: { title: "Writer", kernel: { "core.settings.manage": "workspace" } } },
  permissions: { "writing.write": { title: "Write", roles: { writer: "workspace" } } },
  events: { "writing.wrote": { title: "Wrote", says: "{actor} wrote", personal: "none" } },
  routes: [],
  jobs: {
    "writing.ask": {
      title: "Ask",
      payload: Note,
      permissions: ["writing.write"],
      asks: async ({ tag }: { tag: string }) => ({
        purpose: "writing.test",
        promptVersion: "1",
        subjectId: null,
        instructions: "Say something.",
        messages: [{ role: "member" as const, text: `${tag}: Rosa did well` }],
        people: [{ names: ["Rosa Resident"], as: "Resident" }],
        schema: t.Object({ text: t.String() }, { additionalProperties: false }),
        maxOutputTokens: 50,
      }),
      run: async ({ tag }: { tag: string }, _ctx: Context, _results: unknown, answer: unknown) => {
        if (tag === "fails first" && failures++ === 0) throw new Error("on purpose");
        got.push({ tag, answer });
      },
    },
  },
});

const server = startModel();
let world: World;
let place: TestWorkspace;
let kit: TestPerson;
let stop: () => Promise<void>;

beforeAll(async () => {
  world = await testWorld([writing]);
  place = await world.workspace("program", ["writing"]);
  kit = await world.person("Kit Keeper", "writer", place);
  await world.sql(
    "update pgboss.queue set retry_limit = 2, retry_delay = 0, retry_backoff = false, retry_delay_max = null where name = 'models'",
  );
  const leases = new LeasePool(world.database.as("app"), 4);
  const worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send: async () => {}, close: () => {} },
  });
  stop = async () => {
    await worker.stop();
    await leases.end();
  };
});
afterAll(async () => {
  await stop();
  await server.stop();
  await world.stop();
});
beforeEach(() => {
  server.misbehave("ok");
  server.answers(() => ({ text: "[Resident] it is." }));
  server.sent.length = 0;
  got.length = 0;
});

async function ask(tag: string): Promise<unknown> {
  const now = new Date();
  const situation: Situation = {
    standing: { tenantId: place.tenant.id, workspaceId: place.id, kind: "person", actorId: kit.id, sessionRef: "test" },
    tenant: { ...place.tenant, name: place.tenant.slug },
    workspace: { id: place.id, slug: place.slug, title: place.slug, kind: "program" },
    actor: { kind: "person", id: kit.id, name: kit.name },
    email: kit.email,
    may: {},
    modules: { writing: {} },
    module: writing,
    home: "",
    base: "",
    now,
  };
  await world.house.transactions.run(
    situation.standing,
    { readOnly: false },
    (lease) => {
      const later = contextFor(world.house, situation, lease, new Trail()).later as (
        job: string,
        payload: object,
      ) => Promise<void>;
      return later("writing.ask", { tag });
    },
    async () => {},
  );
  const { answer } = await until(`an answer for ${tag}`, async () => got.find((one) => one.tag === tag));
  // The job tells from inside its transaction: what it settles is there only after COMMIT.
  asked += 1;
  await until("the commit", async () => {
    const [row] = await world.sql<{ n: number }>(
      "select count(*)::int as n from core.job_runs where job = 'writing.ask'",
    );
    return row?.n === asked;
  });
  return answer;
}

async function provider(over: Record<string, unknown> = {}): Promise<string> {
  const id = Bun.randomUUIDv7();
  const secret = await world.house.transactions.run(
    { tenantId: place.tenant.id, workspaceId: null, kind: "person", actorId: kit.id, sessionRef: "test" },
    { readOnly: false },
    (lease) => sealProviderSecret(world.house, place.tenant.id, lease, id, { apiKey: server.key }),
    async () => {},
  );
  const row = {
    tenant_id: place.tenant.id,
    id,
    service: "model",
    kind: "openai-compatible",
    title: "Stand-in",
    endpoint: server.endpoint,
    region: "here",
    config: { model: "writer" },
    secret,
    agreement: "DPA",
    agreed_from: "2020-01-01",
    agreed_until: "2099-01-01",
    document_name: "dpa.pdf",
    document_sha256: Buffer.alloc(32),
    no_training: true,
    ...over,
  };
  const names = Object.keys(row);
  await world.sql(
    `insert into core.providers (${names.join(",")}) values (${names.map((_, i) => `$${i + 1}`).join(",")})`,
    Object.values(row),
  );
  return id;
}
const use = (id: string | null) =>
  world.sql(
    "insert into core.provider_uses (tenant_id, workspace_id, service, provider_id, reason) values ($1, $2, 'model', $3, 'test')",
    [place.tenant.id, place.id, id],
  );

test("nobody is switched on: nothing leaves, and the work is done all the same", async () => {
  expect(await ask("off")).toMatchObject({ kind: "none", why: "off" });
  expect(server.requests).toBe(0);
});

test("an agreement that has ended, or has not begun, or was ended by hand: nothing leaves", async () => {
  for (const [tag, over] of [
    ["over", { agreed_until: "2021-01-01" }],
    ["early", { agreed_from: "2098-01-01" }],
    ["ended", { ended_at: "2024-01-01T00:00:00Z", end_reason: "changed" }],
  ] as const) {
    await use(await provider(over));
    expect(await ask(tag)).toMatchObject({ kind: "none", why: "not-in-force" });
  }
  expect(server.requests).toBe(0);
});

test("a model that may train on what it is sent cannot even be entered", async () => {
  await expect(provider({ no_training: false })).rejects.toThrow("models_do_not_train");
});

test("in force: what leaves has no name, the answer has it back, and both are on record", async () => {
  await use(await provider());
  expect(await ask("on")).toMatchObject({
    kind: "answer",
    value: { text: "Rosa Resident it is." },
    provider: "Stand-in",
  });
  expect(JSON.stringify(server.sent)).not.toMatch(/rosa/i);
  const [run] = await world.sql<{ outcome: string; input_tokens: number; purpose: string }>(
    "select outcome, input_tokens, purpose from core.model_runs order by asked_at desc limit 1",
  );
  expect(run).toEqual({ outcome: "answered", input_tokens: 120, purpose: "writing.test" });
  const said = (await world.trail()).map(({ sentence }) => sentence);
  expect(
    said.some((one) =>
      /^system:writing.ask sent \d+ bytes without names to Stand-in \(here\) for writing.test/.test(one),
    ),
  ).toBe(true);
  expect(said.some((one) => one.includes("Stand-in answered system:writing.ask: answered"))).toBe(true);
});

test("the work fails after an answer: the answer is settled, and the next attempt asks again", async () => {
  failures = 0;
  expect(await ask("fails first")).toMatchObject({ kind: "answer" });
  expect(server.sent).toHaveLength(2);
  const runs = await world.sql<{ outcome: string }>(
    "select outcome from core.model_runs order by asked_at desc limit 2",
  );
  expect(runs.map(({ outcome }) => outcome)).toEqual(["answered", "answered"]);
});

test("a day's limit", async () => {
  await use(await provider({ config: { model: "writer", tokensPerDay: "0" } }));
  expect(await ask("budget")).toMatchObject({ kind: "none", why: "budget" });
  expect(server.sent).toHaveLength(0);
});

test("a server that is down is left alone after three failures", async () => {
  await use(await provider());
  server.misbehave("500");
  for (const tag of ["down 1", "down 2", "down 3"])
    expect(await ask(tag)).toMatchObject({ kind: "none", why: "unavailable" });
  const before = server.requests;
  expect(await ask("down 4")).toMatchObject({ kind: "none", why: "unavailable" });
  expect(server.requests).toBe(before);
});
