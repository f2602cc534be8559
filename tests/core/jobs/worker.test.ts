/** Jobs against a real queue: what is dropped, what is walled, what is tried again, and what a kill leaves behind. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { Trail } from "@core/audit/trail.ts";
import { contextFor, type KernelContext, type Situation } from "@core/context.ts";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import { Problem } from "@core/problem.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { PgBoss } from "pg-boss";
import { type TestPerson, type TestWorkspace, testWorld, type World } from "../../support/world.ts";
import { chores, choresSql, inside, seen } from "./chores.ts";
import { until } from "./until.ts";

let world: World;
let place: TestWorkspace;
let other: TestWorkspace;
let foreign: TestWorkspace;
let kit: TestPerson;
let leases: LeasePool;
let worker: Worker | null = null;

beforeAll(async () => {
  world = await testWorld([chores]);
  await world.lay(choresSql);
  place = await world.workspace("program", ["chores"]);
  other = await world.workspace("program", ["chores"]);
  foreign = await world.workspace("program", ["chores"], world.there);
  await world.workspace("program", []);
  kit = await world.person("Kit Keeper", "chorer", place);
  leases = new LeasePool(world.database.as("app"), 4);
  // The same rules, without the waiting.
  await world.sql(
    "update pgboss.queue set retry_limit = 2, retry_delay = 0, retry_backoff = false, retry_delay_max = null where name = 'jobs'",
  );
});
afterAll(async () => {
  await leases.end();
  await world.stop();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
  seen.length = 0;
});

async function begin(): Promise<Worker> {
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send: async () => {}, close: () => {} },
  });
  return worker;
}

/** As Kit, in a transaction at this place. */
type Later = (job: string, payload: object) => Promise<void>;
async function as(at: TestWorkspace, act: (ctx: KernelContext) => Promise<void>): Promise<void> {
  const now = new Date();
  const situation: Situation = {
    standing: { tenantId: at.tenant.id, workspaceId: at.id, kind: "person", actorId: kit.id, sessionRef: "test" },
    tenant: { ...at.tenant, name: at.tenant.slug },
    workspace: { id: at.id, slug: at.slug, title: at.slug, kind: "program" },
    actor: { kind: "person", id: kit.id, name: kit.name },
    email: kit.email,
    may: {},
    modules: { chores: {} },
    module: chores,
    base: "",
    home: "",
    now,
  };
  await world.house.transactions.run(
    situation.standing,
    { readOnly: false },
    (lease) => act(contextFor(world.house, situation, lease, new Trail())),
    async () => {},
  );
}
const ask = (at: TestWorkspace, job: string, payload: object) => as(at, (ctx) => (ctx.later as Later)(job, payload));
const notes = async (at: TestWorkspace) =>
  (
    await world.sql<{ text: string }>("select text from chores.notes where workspace_id = $1 order by text", [at.id])
  ).map(({ text }) => text);
const queued = () =>
  world.sql<{ data: { job: string; payload: { text?: string } } }>("select data from pgboss.job where name = 'jobs'");
const jobSaying = async (text: string) =>
  (
    await world.sql<{ id: string; state: string; data: Record<string, unknown>; output: unknown }>(
      "select id, state, data, output from pgboss.job where name = 'jobs' and data -> 'payload' ->> 'text' = $1",
      [text],
    )
  )[0];
const done = (text: string) => until(`the job “${text}”`, async () => (await jobSaying(text))?.state === "completed");

describe("asking for a job", () => {
  test("what is rolled back was never asked for", async () => {
    const rolledBack = as(place, async (ctx) => {
      await (ctx.later as Later)("chores.note", { text: "never" });
      throw new Problem("refused");
    });
    await expect(rolledBack).rejects.toThrow("cannot be done");
    expect((await queued()).filter(({ data }) => data.payload.text === "never")).toEqual([]);
  });

  test("an unknown job and a payload of another shape are refused at once", async () => {
    await expect(ask(place, "chores.unknown", {})).rejects.toThrow("no job is called chores.unknown");
    await expect(ask(place, "chores.note", { text: 7 })).rejects.toThrow("does not fit");
  });

  test("without a true context nothing is asked for, and the queue itself cannot be seen or written", async () => {
    const refused = async (text: string, values: unknown[] = []) =>
      expect(await leases.once(text, values).catch((error: { code: string }) => error.code)).toBe("42501");
    await refused("select core.enqueue('chores.note', '{}'::jsonb)");
    await refused("select * from pgboss.job");
    await refused("insert into pgboss.job (name) values ('jobs')");
    await refused("select core.put_job(gen_random_uuid(), 'jobs', '{}'::jsonb, now())");
    await refused("select core.place($1::uuid, null)", [place.tenant.id]);
    await refused("select core.begin_run(gen_random_uuid(), 'x')");
  });

  test("somebody not signed in can ask for a letter alone", async () => {
    const nobody = {
      tenantId: place.tenant.id,
      workspaceId: place.id,
      kind: "nobody",
      actorId: null,
      sessionRef: "",
    } as const;
    const asked = world.house.transactions.run(
      nobody,
      { readOnly: false },
      (lease) => world.house.jobs(lease, "chores.note", { text: "stranger" }, null),
      async () => {},
    );
    expect(await asked.catch((error: { code: string }) => error.code)).toBe("42501");
  });

  test("a row is what pg-boss itself would have written", async () => {
    await ask(place, "chores.note", { text: "ours" });
    const { host, port, user, password, database } = world.database.as("jobs");
    const boss = new PgBoss({
      host,
      port,
      user,
      password,
      database,
      migrate: false,
      supervise: false,
      schedule: false,
    });
    await boss.start();
    const id = await boss.send("jobs", { theirs: true });
    await boss.stop({ graceful: false });
    const ours = (await jobSaying("ours"))?.id;
    const look = async (one: string | null | undefined) => {
      const [row] = await world.sql<{ row: Record<string, unknown> }>(
        `select to_jsonb(j) - array['id', 'data', 'start_after', 'created_on', 'keep_until']
           || jsonb_build_object('keeps', extract(epoch from keep_until - start_after)::int) as row
         from pgboss.job j where id = $1`,
        [one ?? null],
      );
      return row?.row;
    };
    expect(await look(ours)).toEqual((await look(id)) ?? {});
    await world.sql("delete from pgboss.job");
  });
});

describe("running a job", () => {
  test("it runs at the place it was asked for, sees no other, and is on the record", async () => {
    await begin();
    await ask(other, "chores.note", { text: "there" });
    await done("there");
    await ask(place, "chores.note", { text: "here" });
    await done("here");
    expect(seen.at(-1)).toEqual({ job: "chores.note", texts: ["here"], where: place.slug });
    const [row] = await world.trail();
    expect(row).toMatchObject({
      act: "JOB chores.note",
      actor_name: "system:chores.note",
      sentence: "system:chores.note noted here",
      outcome: "done",
    });
    const [detail] = await world.sql<{ actor_kind: string; detail: { by: { id: string } } }>(
      "select actor_kind, detail from core.audit_events where sentence = $1",
      ["system:chores.note noted here"],
    );
    expect([detail?.actor_kind, detail?.detail.by.id]).toEqual(["system", kit.id]);
  });

  test("a tenant forged into the payload is only payload", async () => {
    await begin();
    await ask(place, "chores.note", { text: "forged", tenant: foreign.tenant.id, workspace: foreign.id });
    await done("forged");
    expect(await notes(foreign)).toEqual([]);
    expect(await notes(place)).toContain("forged");
    expect((await jobSaying("forged"))?.data).toMatchObject({ tenant: place.tenant.id, workspace: place.id });
  });

  test("without the permission it meets no row", async () => {
    await begin();
    await ask(place, "chores.note", { text: "hidden" });
    await done("hidden");
    await ask(place, "chores.blind", {});
    const look = await until("the blind job", async () => seen.find(({ job }) => job === "chores.blind"));
    expect(look.texts).toEqual([]);
  });

  test("it reads the settings of its workspace, and does not run where its module is off", async () => {
    await world.sql(
      "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'chores', '{\"louder\": true}')",
      [other.tenant.id, other.id],
    );
    await ask(foreign, "chores.note", { text: "off" });
    await world.sql(
      "insert into core.switches (tenant_id, workspace_id, module, is_on) values ($1, $2, 'chores', false)",
      [foreign.tenant.id, foreign.id],
    );
    await ask(other, "chores.note", { text: "loud" });
    await begin();
    await done("loud");
    await done("off");
    expect(await notes(other)).toContain("LOUD");
    expect(await notes(foreign)).toEqual([]);
  });

  test("a job that fails is tried again, then laid aside; nothing it did stays, and no message leaves it", async () => {
    await begin();
    await ask(place, "chores.fail", { text: "doomed" });
    const dead = await until("the dead letter", async () => {
      const [row] = await world.sql<{ data: { job: string }; source_output: unknown }>(
        "select data, source_output from pgboss.job where name = 'dead'",
      );
      return row;
    });
    expect(seen.filter(({ job }) => job === "chores.fail")).toHaveLength(3);
    expect(dead.data.job).toBe("chores.fail");
    expect(JSON.stringify(dead.source_output)).not.toContain("nobody may read");
    expect(await notes(place)).not.toContain("doomed");
    const failed = (await world.trail()).filter(({ act }) => act === "JOB chores.fail");
    expect(failed.map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed"]);
    expect(world.logged.join()).not.toContain("doomed");
  });

  test("stopping waits for what is under way", async () => {
    const held = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    inside.hold = () => {
      entered.resolve();
      return held.promise;
    };
    const running = await begin();
    await ask(place, "chores.slow", { text: "unhurried" });
    await entered.promise;
    const stopped = running.stop();
    held.resolve();
    await stopped;
    expect(await notes(place)).toContain("unhurried");
    expect((await jobSaying("unhurried"))?.state).toBe("completed");
  });
});

describe("a worker that is killed", () => {
  test("leaves its job to be begun again, and the effect is there once", async () => {
    inside.hold = async () => {};
    const { config } = world.house;
    const victim = Bun.spawn([process.execPath, join(import.meta.dir, "worker-process.ts")], {
      env: { ...process.env, CHORES: JSON.stringify({ config, roles: world.database.roles }) },
      stdout: "pipe",
      stderr: "inherit",
    });
    await ask(place, "chores.slow", { text: "survivor" });
    const reader = victim.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("inside\n");
    victim.kill("SIGKILL");
    await victim.exited;
    expect((await jobSaying("survivor"))?.state).toBe("active");

    const next = await begin();
    // Half a minute goes by without a sign of life.
    await world.sql("update pgboss.job set heartbeat_on = now() - interval '31 seconds' where state = 'active'");
    await world.sql("update pgboss.queue set monitor_claim_on = null");
    await next.lookAfter();
    await done("survivor");
    expect((await notes(place)).filter((text) => text === "survivor")).toHaveLength(1);

    // Taken for dead after it had committed: it is begun again, finds that it was done, and does nothing.
    const { id } = (await jobSaying("survivor")) ?? { id: "" };
    const before = (await world.trail()).length;
    await world.sql("update pgboss.job set state = 'retry', completed_on = null where id = $1", [id]);
    await done("survivor");
    expect((await notes(place)).filter((text) => text === "survivor")).toHaveLength(1);
    expect(await world.trail()).toHaveLength(before);
  });
});

describe("the clock", () => {
  test("keeps the list of the modules that are there", async () => {
    await world.sql("insert into pgboss.schedule (name, key, cron) values ('ticks', 'gone.daily', '0 1 * * *')");
    await begin();
    const rows = await world.sql<{ key: string; cron: string; timezone: string }>(
      "select key, cron, timezone from pgboss.schedule",
    );
    expect([...rows]).toEqual([{ key: "chores.daily", cron: "0 6 * * *", timezone: "UTC" }]);
  });

  test("asks once in each workspace where the module is on, however often its tick is taken", async () => {
    const tick = crypto.randomUUID();
    const jobs = new LeasePool(world.database.as("jobs"), 1);
    const spread = async () =>
      (await jobs.once("select core.fan_out($1::uuid, 'chores.daily', 'chores')", [tick]))[0]?.[0];
    expect([await spread(), await spread()]).toEqual([2, 2]);
    await jobs.end();
    await begin();
    const woken = async (at: TestWorkspace) => (await notes(at)).filter((text) => /good morning/i.test(text)).length;
    await until("both mornings", async () => (await woken(place)) === 1 && (await woken(other)) === 1);
    expect(await woken(foreign)).toBe(0);
    const asked = await world.sql("select 1 from pgboss.job where data ->> 'job' = 'chores.daily'");
    expect(asked).toHaveLength(2);
  });

  test("a tick is spread by the worker", async () => {
    await begin();
    await world.sql("insert into pgboss.job (name, data) values ('ticks', '{\"job\": \"chores.daily\"}')");
    await until("the spread jobs", async () => {
      const rows = await world.sql(
        "select 1 from pgboss.job where data ->> 'job' = 'chores.daily' and name = 'jobs' and state = 'completed'",
      );
      return rows.length === 4;
    });
  });
});
