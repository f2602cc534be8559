/** A letter from the act that posts it to the outbox: sealed on the way, dropped with its transaction, shown to nobody else. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Trail } from "@core/audit/trail.ts";
import { contextFor, type Situation } from "@core/context.ts";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { type Mailer, MailRefused, MailUnavailable } from "@core/mail/mailer.ts";
import { mailRoutes } from "@core/mail/outbox.tsx";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { type TestTenant, testWorld, type World } from "../../support/world.ts";
import { until } from "../jobs/until.ts";

let world: World;
let leases: LeasePool;
let worker: Worker | null = null;

beforeAll(async () => {
  world = await testWorld([], mailRoutes({ environment: "development" }));
  leases = new LeasePool(world.database.as("app"), 4);
  await world.sql(
    "update pgboss.queue set retry_limit = 1, retry_delay = 0, retry_backoff = false, retry_delay_max = null where name = 'mail'",
  );
});
afterAll(async () => {
  await leases.end();
  await world.stop();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
});

const begin = async (send: Mailer["send"]) => {
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send, close: () => {} },
  });
};
/** As somebody not signed in, which is how a sign-in link is asked for. */
const post = async (letter: Letter, tenant: TestTenant = world.here, after: () => void = () => {}) => {
  const now = new Date();
  const situation: Situation = {
    standing: { tenantId: tenant.id, workspaceId: null, kind: "nobody", actorId: null, sessionRef: "" },
    tenant: { ...tenant, name: tenant.slug },
    workspace: null,
    actor: { kind: "nobody", id: null, name: "Somebody" },
    email: null,
    may: {},
    modules: {},
    module: null,
    base: "",
    home: "",
    now,
  };
  await world.house.transactions.run(
    situation.standing,
    { readOnly: false },
    async (lease) => {
      await contextFor(world.house, situation, lease, new Trail()).mail(letter);
      after();
    },
    async () => {},
  );
};
const mails = (tenant: TestTenant = world.here) =>
  world.sql<{ id: string; state: string; tries: number; why: string | null; letter: Uint8Array | null }>(
    "select id, state, tries, why, letter from core.mails where tenant_id = $1 order by made_at desc, id desc",
    [tenant.id],
  );
const settled = () =>
  until("the letter", async () => {
    const [newest] = await mails();
    return newest && newest.state !== "queued" ? newest : null;
  });
const letter = (subject: string): Letter => ({
  to: "iris@northfield.example",
  subject,
  text: `Hello Iris,\n\nhttp://localhost:3000/sign-in/link#${subject}-token\n`,
});

describe("posting", () => {
  test("a letter whose transaction fails is never sent", async () => {
    const failed = post(letter("dropped"), world.here, () => {
      throw new Error("changed my mind");
    });
    await expect(failed).rejects.toThrow("changed my mind");
    expect(await mails()).toHaveLength(0);
    expect(await world.sql("select 1 from pgboss.job")).toHaveLength(0);
  });

  test("neither the row nor the queue holds a word of it, and the application cannot read it back", async () => {
    await post(letter("whisper"));
    const [row] = await mails();
    expect(Buffer.from(row?.letter ?? []).toString("latin1")).not.toMatch(/whisper|iris/);
    const [job] = await world.sql<{ data: object }>("select data from pgboss.job where name = 'mail'");
    expect(job?.data).toEqual({
      job: "core.mail",
      payload: { mail: row?.id },
      tenant: world.here.id,
      workspace: null,
      by: { kind: "nobody", id: null },
    });
    expect(await leases.once("select letter from core.mails", []).catch(({ code }: { code: string }) => code)).toBe(
      "42501",
    );
    const standing = {
      tenantId: world.here.id,
      workspaceId: null,
      kind: "nobody",
      actorId: null,
      sessionRef: "",
    } as const;
    const taken = await world.house.transactions.run(
      standing,
      { readOnly: false },
      (lease) => lease.rows("select core.take_mail($1::uuid)", [row?.id]),
      async () => {},
    );
    expect(taken[0]?.[0] ?? null).toBeNull();
  });
});

describe("delivery", () => {
  test("a letter is sent once, and that it was is on the record", async () => {
    const sent: (Letter & { id: string })[] = [];
    await begin(async (one, id) => {
      sent.push({ ...one, id });
    });
    const row = await settled();
    expect(row).toMatchObject({ state: "sent", tries: 1 });
    expect(sent).toEqual([{ ...letter("whisper"), id: row.id }]);
    expect((await world.trail())[0]).toMatchObject({
      act: "JOB core.mail",
      sentence: "system:core.mail sent a letter",
    });
    await world.sql("update pgboss.job set state = 'retry', completed_on = null where name = 'mail'");
    await until("the second run", async () => {
      const [job] = await world.sql<{ state: string }>("select state from pgboss.job where name = 'mail'");
      return job?.state === "completed";
    });
    expect(sent).toHaveLength(1);
  });

  test("a server's final no is the end of it; a passing one is tried again, and given up at last", async () => {
    let tries = 0;
    await begin(async ({ subject }) => {
      tries += 1;
      throw subject === "bounced" ? new MailRefused("550") : new MailUnavailable("ECONNREFUSED");
    });
    await post(letter("bounced"));
    expect(await settled()).toMatchObject({ state: "failed", why: "550", tries: 1 });
    await post(letter("unreachable"));
    expect(await settled()).toMatchObject({ state: "failed", why: "ECONNREFUSED", tries: 2 });
    expect(tries).toBe(3);
    expect((await world.trail()).map(({ sentence }) => sentence).slice(0, 3)).toEqual([
      "system:core.mail could not send a letter, and gave it up",
      "system:core.mail could not send a letter yet; it will be tried again",
      "system:core.mail could not send a letter, and gave it up",
    ]);
    expect(world.logged.join()).not.toContain("iris@");
  });

  test("outside a demonstration a letter that was sent is forgotten", async () => {
    await world.sql("update core.tenants set demo = false where tenant_id = $1", [world.there.id]);
    await post(letter("real"), world.there);
    await begin(async () => {});
    const row = await until("the letter", async () => (await mails(world.there)).find(({ state }) => state === "sent"));
    expect(row.letter).toBeNull();
  });
});

describe("the outbox", () => {
  test("shows a demonstration's letters to whoever tries it out, newest first", async () => {
    const page = await world.stranger().get("/outbox");
    expect(page.status).toBe(200);
    expect(page.text.indexOf("unreachable")).toBeLessThan(page.text.indexOf("whisper"));
    const [, link = ""] = /href="(\/outbox\/[0-9a-f-]+)">whisper/.exec(page.text) ?? [];
    const one = await world.stranger().get(link);
    expect(one.text).toContain('<a href="http://localhost:3000/sign-in/link#whisper-token">');
  });

  test("shows nothing of the other institution, and nothing at all where people are real", async () => {
    const [mine] = await mails();
    expect((await world.stranger(world.there).get(`/outbox/${mine?.id}`)).status).toBe(404);
    expect((await world.stranger(world.there).get("/outbox")).status).toBe(404);
    expect((await world.stranger().get(`/outbox/${crypto.randomUUID()}`)).status).toBe(404);
    expect((await world.stranger().get("/outbox/1")).status).toBe(422);
  });

  test("does not exist in production", () => {
    expect(mailRoutes({ environment: "production" })).toEqual([]);
  });
});
