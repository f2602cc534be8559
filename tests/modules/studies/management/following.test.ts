/**
 * What follows by itself: the real worker reminds people once a day, also after a kill; consents of another module move the
 * screening log and the casebook. One study with both modules, lived through its own pages.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { econsent } from "../../../../modules/econsent/module.ts";
import { studies } from "../../../../modules/studies/module.ts";
import { until } from "../../../core/jobs/until.ts";
import { strike } from "../../../support/clock.ts";
import { runNow } from "../../econsent/run-now.ts";
import { begin as askConsent, countersign, signAs } from "../../econsent/signing.ts";
import { done, fill, publish, study as raiseStudy, type Study } from "../../econsent/study.ts";
import { smallStudy } from "../small-study.ts";
import { layRecruiting, type Member, memberOf, saysOf } from "./stage.ts";

let house: Study;
let worker: Worker;
let leases: LeasePool;
let cora: Member;
const letters: Letter[] = [];
const today = new Date().toISOString().slice(0, 10);

const begin = () =>
  startWorker(house.world.house, {
    connection: house.world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(house.world.database.secret)),
    mailer: {
      send: async (letter) => void letters.push(letter),
      close: () => {},
    },
  });

beforeAll(async () => {
  house = await raiseStudy([econsent, studies] as never);
  const { world, workspace, sites, people, as } = house;
  leases = new LeasePool(world.database.as("app"), 2);
  worker = await begin();
  cora = memberOf(people.coordinator, as.coordinator, `/w/${workspace.slug}/studies`);
  await layRecruiting(world, workspace, [sites.N, sites.S]);
  const { location } = await done(
    as.administrator.post(house.url("/documents"), { title: "Information", isMain: "on", language: "en" }),
  );
  await fill(house, location);
  await publish(house, location.split("/").at(-1) ?? "");
  const at = [workspace.tenant.id, workspace.id];
  await world.sql(
    `with v as (insert into studies.versions (tenant_id, workspace_id, number, title, build, sha256, coverage)
       values ($1, $2, 1, 'Version', $3::text::jsonb, sha256('x'), '{}') returning id)
     insert into studies.placements (tenant_id, workspace_id, version_id, from_on) select $1, $2, id, '2020-01-01' from v`,
    [...at, JSON.stringify(smallStudy)],
  );
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await leases?.end();
  await house?.world.stop();
});

describe("the reminder", () => {
  const reminded = (count: number) =>
    until("the reminder’s run", async () => {
      const rows = await house.rows(
        "select id from pgboss.job where name = 'jobs' and data ->> 'job' = 'studies.remind' and state = 'completed'",
      );
      return rows.length >= count && rows;
    });

  test("is one mail a person and day, which says how much waits and names nothing of it", async () => {
    const late = [
      ["Call Zzsecretname back", 7],
      ["Order envelopes", 0],
      ["Not today’s business", 2],
    ] as const;
    for (const [title, days] of late)
      await house.rows(
        `insert into studies.tasks (tenant_id, workspace_id, person_id, title, due_on)
         values ($1, $2, $3, $4, current_date - $5::int)`,
        [house.workspace.tenant.id, house.workspace.id, cora.id, title, days],
      );
    await runNow(house, "studies.remind");
    await until("the letter", async () => letters.length > 0);
    expect(letters.map(({ to, subject }) => [to, subject])).toEqual([
      [house.people.coordinator.email, expect.stringContaining("2 things are due")],
    ]);
    expect(letters[0]?.text).toContain("/today");
    expect(JSON.stringify(letters)).not.toMatch(/Zzsecretname|envelopes/);
    expect((await house.world.trail()).map(({ sentence }) => sentence).join("\n")).toContain(
      "Reminded by mail of what is due: 1",
    );
  });

  test("of the same day goes out once, however often the clock strikes or the worker dies", async () => {
    // The clock strikes again: the database keeps whom it told on this day.
    await runNow(house, "studies.remind");
    await reminded(2);
    // A worker that was taken for dead after it had committed: its own run is begun again, and finds itself done.
    await house.rows(
      "update pgboss.job set state = 'retry', completed_on = null where name = 'jobs' and data ->> 'job' = 'studies.remind'",
    );
    // The clock may strike by itself meanwhile: whatever ran is on the record once, however often it was begun.
    await until("each run on the record once", async () => {
      const [seen] = await house.rows<{ over: number; jobs: number; recorded: number }>(
        `select count(*) filter (where state = 'completed')::int as over, count(*)::int as jobs,
           (select count(*)::int from core.audit_events where actor_name = 'system:studies.remind') as recorded
         from pgboss.job where name = 'jobs' and data ->> 'job' = 'studies.remind'`,
      );
      return seen !== undefined && seen.over >= 2 && seen.over === seen.jobs && seen.recorded === seen.jobs;
    });
    expect(letters).toHaveLength(1);
    expect(await house.rows("select things from studies.reminders")).toEqual([{ things: 2 }]);
  });

  test("a worker that dies before it has committed leaves the day's reminder to the next one, whole", async () => {
    const monitor = house.people.monitor;
    await house.rows(
      `insert into studies.tasks (tenant_id, workspace_id, person_id, title, due_on) values ($1, $2, $3, 'Visit', current_date)`,
      [house.workspace.tenant.id, house.workspace.id, monitor.id],
    );
    // Its connection is cut within the run, as the machine's death would: nothing of the run was kept.
    await house.world.lay(`
      create function studies.cut_once() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
      create trigger cut_once before insert on studies.reminders for each row execute function studies.cut_once()`);
    await house.rows(
      "update pgboss.queue set retry_limit = 5, retry_delay = 0, retry_backoff = false, retry_delay_max = null where name = 'jobs'",
    );
    await strike(house.world, "studies.remind");
    await until("the cut", async () =>
      house.world.logged.some((line) => line.includes("job.failed") && line.includes("studies.remind")),
    );
    expect(letters).toHaveLength(1);
    await house.world.lay("drop trigger cut_once on studies.reminders; drop function studies.cut_once()");
    await until("the letter", async () => letters.length > 1);
    await reminded(3);
    expect(letters.map(({ to }) => to)).toEqual([house.people.coordinator.email, monitor.email]);
  });
});

describe("a consent of another module", () => {
  const standingOf = async (subjectId: string) => {
    const [row] = await house.rows<{ stage: string; dropped: string | null; status: string | null }>(
      `select s.stage, s.dropped, p.status from studies.screenings s
       left join studies.participants p on p.subject_id = s.subject_id where s.subject_id = $1`,
      [subjectId],
    );
    return [row?.stage, row?.dropped, row?.status];
  };
  /** Entered in the log, and brought as far as the talk about the study. */
  async function prescreened(name: string) {
    const { location } = await done(
      cora.post("/screening", { name, siteId: house.sites.N, source: "clinic", email: "p@people.example" }),
    );
    const id = location.split("/").at(-1) ?? "";
    for (let n = 0; n < 2; n++) await done(cora.post(`/screening/${id}/next`, { onDay: today }));
    const [row] = await house.rows<{ subject_id: string }>("select subject_id from studies.screenings where id = $1", [
      id,
    ]);
    return { id, subjectId: row?.subject_id ?? "" };
  }
  const agree = async (subjectId: string) => {
    const asked = await askConsent(house, subjectId);
    for (const signer of asked.signers.slice(0, -1)) await signAs(house, signer);
    return asked;
  };

  test("moves the log when it takes effect, not when the participant alone has signed", async () => {
    const { id, subjectId } = await prescreened("Paula Prescreened");
    // By hand nobody is called consented while the other module says pending.
    expect(saysOf(await cora.post(`/screening/${id}/next`, { onDay: today }))).toContain(
      "The consent is not there yet",
    );
    const asked = await agree(subjectId);
    expect(await standingOf(subjectId)).toEqual(["prescreened", null, null]);
    await done(countersign(house, asked.consentId));
    // The casebook opened by itself, since the site has forms; all in the transaction of the last signature.
    expect(await standingOf(subjectId)).toEqual(["consented", null, "screening"]);
    const page = saysOf(await cora.get(`/screening/${id}`));
    expect(page).toContain("Consent: given");
    const [last] = (await house.world.trail()).filter(({ act }) => act.endsWith("/countersign"));
    expect(Object.keys(last?.changed ?? {})).toEqual(
      expect.arrayContaining(["econsent.signatures", "studies.screenings", "studies.participants"]),
    );
  });

  test("taken back as a whole it takes the person out at once, with the reason; a part of it does not", async () => {
    const { id, subjectId } = await prescreened("Walter Withdraws");
    await done(countersign(house, (await agree(subjectId)).consentId));
    const withdraw = (scope: string) =>
      done(
        house.as.coordinator.post(house.url(`/participants/${subjectId}/withdraw`), {
          scope: [scope],
          told: "telephone",
          reason: "Moved away",
        }),
      );
    await withdraw("samples");
    expect((await standingOf(subjectId)).slice(0, 2)).toEqual(["consented", null]);
    await withdraw("participation");
    expect(await standingOf(subjectId)).toEqual(["consented", "withdrew", "withdrawn"]);
    expect(saysOf(await cora.get(`/screening/${id}`))).toContain("Went no further: Withdrew");
    // Nobody is moved on after it, by page or otherwise.
    expect((await cora.post(`/screening/${id}/next`, { onDay: today })).status).toBe(422);
  });

  test("stands although the study does not recruit any more: then people note it in the log", async () => {
    const { id, subjectId } = await prescreened("Lena Late");
    const asked = await agree(subjectId);
    await house.rows(
      `insert into studies.gates (tenant_id, workspace_id, ordinal, was, status, items, snapshot, sha256)
       values ($1, $2, 2, 'recruiting', 'on_hold', '[]', '{}', sha256('x'))`,
      [house.workspace.tenant.id, house.workspace.id],
    );
    await done(countersign(house, asked.consentId));
    expect((await standingOf(subjectId)).slice(0, 2)).toEqual(["prescreened", null]);
    expect(saysOf(await cora.get(`/screening/${id}`))).toContain("On hold");
  });
});
