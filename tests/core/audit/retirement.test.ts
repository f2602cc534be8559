/** D63: seven years, no hold, two people. Refused by the database, whoever asks. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeBundle } from "@core/audit/bundle.ts";
import { proveStretch } from "@core/audit/proof.ts";
import { retirableLeaves, retireRecord } from "@core/audit/retirement.ts";
import { type TestRecord, testRecord } from "../../support/record.ts";

let record: TestRecord;
let north: string;
beforeAll(async () => {
  record = await testRecord();
  north = await record.tenant("north");
  for (const name of ["ada", "ines", "gone"]) {
    await record.sql`insert into core.persons (tenant_id, email, name, status)
      values (${north}, ${`${name}@north.example`}, ${`${name} (invented)`}, ${name === "gone" ? "suspended" : "active"})`;
  }
  await aged("8 years", 6);
  await aged("6 years 364 days", 3);
  await record.write(north, 2);
  await record.seal();
});
afterAll(async () => await record.stop());

/** Events as they stand when time has passed: sealed in one go below, so that their seals are right. */
async function aged(age: string, count: number): Promise<void> {
  const ids = await record.write(north, count, `an event ${age} ago`);
  await record.tamper(`update core.audit_events set at = clock_timestamp() - interval '${age}' where id = any($1)`, [
    ids,
  ]);
}
const years = async (age: string): Promise<Date> => {
  const [row] = await record.sql.unsafe(`select clock_timestamp() - interval '${age}' as at`);
  return row?.at;
};
const retire = (before: Date, approvers: readonly [string, string] = ["ada@north.example", "ines@north.example"]) =>
  retireRecord(record.database.owner, record.database.roles, {
    tenantId: north,
    before,
    approvers,
    archiveSha256: new Uint8Array(32),
    reason: "kept long enough",
  });
const left = async () =>
  Number((await record.sql`select count(*) from core.audit_events where tenant_id = ${north}`)[0]?.count);

describe("retiring", () => {
  test("is refused at 6 years and 364 days, under a hold, by one person, and by someone who is gone", async () => {
    const before = await left();
    expect(retire(await years("6 years 364 days"))).rejects.toThrow("events are kept for seven years at least");
    expect(retire(await years("0 days"))).rejects.toThrow("events are kept for seven years at least");
    const floor = await years("7 years 1 day");
    expect(retire(floor, ["ada@north.example", "ADA@north.example"])).rejects.toThrow("two different people");
    expect(retire(floor, ["ada@north.example", "gone@north.example"])).rejects.toThrow(
      "gone@north.example has no active account",
    );
    const [hold] =
      await record.sql`insert into core.legal_holds (tenant_id, reason) values (${north}, 'a court asked') returning id`;
    expect(retire(floor)).rejects.toThrow("under a legal hold");
    await record.sql`update core.legal_holds set lifted_at = clock_timestamp() where id = ${hold?.id}`;
    expect(await left()).toBe(before);
  });

  test("the floor stands under the function too: the owner's own hands are refused", async () => {
    const before = await left();
    for (const condition of ["true", "at < clock_timestamp() - interval '7 years'"]) {
      expect(record.sql.unsafe(`delete from core.audit_events where ${condition}`)).rejects.toThrow(
        "never changed or removed",
      );
    }
    // A retirement that somebody wrote by hand, over everything: the young ones stay all the same.
    const [ada, ines] =
      await record.sql`select id from core.persons where tenant_id = ${north} and status = 'active' order by email`;
    const everything = record.sql.begin(async (sql) => {
      await sql`insert into core.retirements (tenant_id, before, through_seq, events, archive_sha256, reason, first_approver, second_approver)
        values (${north}, clock_timestamp(), 1000, 11, sha256('x'), 'by hand', ${ada?.id}, ${ines?.id})`;
      await sql`delete from core.audit_events where tenant_id = ${north}`;
    });
    expect(everything).rejects.toThrow("never changed or removed");
    expect(await left()).toBe(before);
  });

  test("by two people, after seven years, removes the events, keeps their seals, and is itself recorded", async () => {
    const floor = await years("7 years 1 day");
    expect(await record.read((lease) => retirableLeaves(lease, north, floor))).toBe(6);
    expect(await retire(floor)).toBe(6);
    await record.seal();
    const verdict = await record.verify();
    expect(verdict).toMatchObject({ events: 6, retired: 6, waiting: 0, findings: [] });
    const [said] = await record.sql`select sentence from core.audit_events where event = 'core.record_retired'`;
    expect(said?.sentence).toMatch(
      /^6 events of the record before \d{4}-\d\d-\d\d were retired, approved by two people$/,
    );
    const stretch = await record.read((lease) => proveStretch(lease, north, 0, 12));
    expect(stretch.events.filter(({ texts }) => texts === null)).toHaveLength(6);
    const title = { institution: "North (invented)", slug: "north", madeAt: new Date(0), span: "" };
    expect(
      writeBundle(title, stretch, record.key.publicKey)
        .split("\n")
        .filter((line) => line.endsWith(" retired")),
    ).toHaveLength(6);
  });
});
