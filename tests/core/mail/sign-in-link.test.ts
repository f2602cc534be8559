/** The whole way of a link: asked for by somebody not signed in, sealed, sent, read in the outbox, and followed. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import { mailerFor } from "@core/mail/mailer.ts";
import { mailRoutes } from "@core/mail/outbox.tsx";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { testWorld, type World } from "../../support/world.ts";
import { until } from "../jobs/until.ts";

let world: World;
let worker: Worker;
let leases: LeasePool;

beforeAll(async () => {
  const development = { environment: "development" } as const;
  world = await testWorld([], [...identityRoutes(development), ...mailRoutes(development)]);
  leases = new LeasePool(world.database.as("app"), 2);
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: mailerFor(world.house.config),
  });
});
afterAll(async () => {
  await worker.stop();
  await leases.end();
  await world.stop();
});

test("whoever has no account is answered alike, and is sent nothing", async () => {
  const answer = await world.stranger().post("/sign-in/link", { email: "nobody@northfield.example" });
  expect([answer.status, answer.location]).toEqual([303, "/sign-in/link?sent=1"]);
  expect(await world.sql("select 1 from core.mails")).toHaveLength(0);
});

test("a link by mail signs its owner in, once", async () => {
  const iris = await world.person("Iris Invented", "administrator", null);
  const stranger = world.stranger();
  const asked = await stranger.post("/sign-in/link", { email: iris.email });
  expect([asked.status, asked.location]).toEqual([303, "/sign-in/link?sent=1"]);
  await until("the letter", async () => {
    const [mail] = await world.sql<{ state: string }>("select state from core.mails");
    return mail?.state === "sent";
  });
  const [, letter = ""] = /href="(\/outbox\/[0-9a-f-]+)"/.exec((await stranger.get("/outbox")).text) ?? [];
  const { text } = await stranger.get(letter);
  expect(text).toContain("Hello Iris Invented");
  const [, path = ""] = /href="http:\/\/northfield\.localhost:3000(\/sign-in\/link\/[^"]+)"/.exec(text) ?? [];
  const entered = await stranger.post(path);
  expect(entered.status).toBe(303);
  expect(entered.headers.get("set-cookie")).toContain("sid=");
  expect((await stranger.post(path)).status).toBe(410);
});
