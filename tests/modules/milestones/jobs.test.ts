import { afterAll, beforeAll, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { until } from "../../core/jobs/until.ts";
import { strike } from "../../support/clock.ts";
import { done, levels, type Residency, residency, wordsOf } from "./residency.ts";

let house: Residency;
let leases: LeasePool;
let worker: Worker;
const letters: Letter[] = [];

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

const openViews = () =>
  house.rows<{ id: string }>("select id from core.assignments where kind = 'evaluator' and ended_at is null");

test("the evaluator's view of a trainee ends with the last open evaluation, not before", async () => {
  const [first, second] = [await house.ask("faculty", 0, "Ward"), await house.ask("faculty", 0, "Clinic")];
  const submit = (id: string) =>
    done(house.as.faculty.post(house.url(`/evaluations/${id}`), { ...levels(house, "3"), act: "submit" }));
  const ran = (n: number) => async () =>
    (
      await house.rows(
        "select from core.audit_events where act = 'job milestones.close_request' or actor_name = 'system:milestones.close_request'",
      )
    ).length >= n;
  await submit(first);
  await until("the first job", ran(1));
  expect(await openViews()).toHaveLength(1);
  expect(wordsOf(await house.as.faculty.get(house.url("/evaluations")))).toContain("Rosa Resident");
  await submit(second);
  await until("the view to end", async () => (await openViews()).length === 0);
  const sentences = (await house.world.trail()).map(({ sentence }) => sentence).join("\n");
  expect(sentences).toContain(`ended the assignment of Femi Faculty to ${house.trainees[0]?.code} as evaluator`);
});

test("a reminder goes out once for each evaluation, one mail a person, without a trainee's name", async () => {
  await house.ask("colleague", 1, "Nights");
  await house.ask("colleague", 2, "Nights again");
  await done(
    house.as.coordinator.post(house.url("/requests/outside"), {
      subjectId: house.trainees[0]?.id ?? "",
      kind: "outside",
      name: "Ola Outside",
      email: "ola@elsewhere.example",
      rotation: "County clinic",
      codes: ["PC1"],
      formVersionId: "",
    }),
  );
  const linkIn = (text = "") => /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(text)?.[0] ?? "";
  await until("the link", async () => letters.length > 0);
  const first = linkIn(letters.shift()?.text);
  await house.rows(
    "update milestones.evaluations set expires_at = clock_timestamp() + interval '2 days' where submitted_at is null",
  );
  const tick = () => strike(house.world, "milestones.remind");
  await tick();
  await until("the reminders", async () => letters.length > 1);
  expect(letters).toHaveLength(2);
  const outside = letters.find(({ to }) => to === "ola@elsewhere.example");
  const letter = letters.find(({ to }) => to === house.people.colleague.email);
  expect(letter?.subject).toContain("2 evaluations are waiting for you");
  for (const { name, code } of house.trainees)
    for (const word of [name, code]) expect(JSON.stringify(letters)).not.toContain(word);
  // Who has no account gets a link again: a new one, because of the first only the hash was kept.
  const guest = house.world.stranger();
  expect(linkIn(outside?.text)).not.toBe(first);
  expect((await guest.get(first)).status).toBe(410);
  expect(wordsOf(await guest.get(linkIn(outside?.text)))).toContain("County clinic");

  await tick();
  await until(
    "the second round",
    async () =>
      (
        await house.rows(
          "select from pgboss.job where name = 'jobs' and data ->> 'job' = 'milestones.remind' and state = 'completed'",
        )
      ).length >= 2,
  );
  expect(letters).toHaveLength(2);
  expect(await house.rows("select from milestones.reminders")).toHaveLength(3);
});
