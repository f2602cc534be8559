/** The work list of each role: the oldest first, and without a name where calendars and mails read it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { oldestFirst } from "../../../modules/milestones/worklist.ts";
import { until } from "../../core/jobs/until.ts";
import { strike } from "../../support/clock.ts";
import type { Client } from "../../support/world.ts";
import { done, levels, meant, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
let leases: LeasePool;
let worker: Worker;
const letters: Letter[] = [];
const rosa = () => house.trainees[0] as Residency["trainees"][number];
const work = async (client: Client) => wordsOf(await client.get(house.url("/work")));

beforeAll(async () => {
  house = await residency();
  const { world } = house;
  leases = new LeasePool(world.database.as("app"), 2);
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send: async (letter) => void letters.push(letter), close: () => {} },
  });
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await leases?.end();
  await house?.world.stop();
});

test("each sees what waits for him, and nobody what waits for others", async () => {
  await house.ask("faculty", 0, "Ward");
  expect(await work(house.as.faculty)).toContain("Evaluation to complete Rosa Resident");
  expect(await work(house.as.colleague)).toContain("Nothing waits for you");
  expect(await work(house.as.member)).toContain("3 things wait");
  expect(await work(house.as.director)).toContain("Nothing waits for you");
  await done(
    house.as.member.post(house.url(`/committee/${house.period}/${rosa().id}`), {
      ...levels(house, "3"),
      ...meant,
    }),
  );
  expect(await work(house.as.director)).toContain("Decision to make Rosa Resident");
  await done(
    house.as.director.post(house.url(`/decisions/${house.period}/${rosa().id}`), {
      ...levels(house, "3"),
      act: "finalise",
    }),
  );
  expect(await work(house.as.director)).toContain("Result to release Rosa Resident");
  expect(await work(rosa().client)).not.toContain("Result to read");
  const [decision] = await house.rows<{ id: string }>("select id from milestones.decisions");
  await done(house.as.director.post(house.url(`/revisions/${decision?.id}/release`)));
  expect(await work(rosa().client)).toContain("Result to read and acknowledge");
});

test("the oldest comes first", () =>
  expect(["2026-11-02", "2026-01-09", "2026-11-01"].map((since) => ({ since })).sort(oldestFirst)).toEqual(
    ["2026-01-09", "2026-11-01", "2026-11-02"].map((since) => ({ since })),
  ));

test("the weekly mail says how many and where, and names no trainee", async () => {
  await strike(house.world, "milestones.digest");
  await until("the mails", async () => letters.length >= 2);
  const mail = letters.find((letter) => letter.to === house.people.faculty.email);
  expect(mail?.text).toContain("one evaluation to complete");
  expect(mail?.text).toContain("/milestones/work");
  expect(letters.find((letter) => letter.to === house.people.member.email)?.text).toContain("2 committee sheets");
  for (const { name, code } of house.trainees)
    for (const word of [name, code]) expect(JSON.stringify(letters)).not.toContain(word);
});
