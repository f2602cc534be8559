/** After signing: a new version and its wave, coming of age, taking back, the participant's own page, and what others are told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startWorker, type Worker } from "@core/jobs/worker.ts";
import type { Letter } from "@core/mail/mail.ts";
import { type Context, defineModule, routesFor, type Vocabulary } from "@core/module.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { Transactions } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import { Type as t } from "@sinclair/typebox";
import { PlainPage } from "@views/page.tsx";
import { econsent } from "../../../modules/econsent/module.ts";
import { until } from "../../core/jobs/until.ts";
import { runNow } from "./run-now.ts";
import { ask, begin, countersign, enter, readThrough, sign, signAs, wayFor, wayOn } from "./signing.ts";
import { approve, done, publish, type Study, study, wordsOf, write } from "./study.ts";

/** Another module, which asks before it acts and hears what happens. */
const heard: string[] = [];
const { get } = routesFor<Vocabulary>();
const asker = defineModule({
  id: "asker",
  title: "Asker",
  summary: "Asks whether consent stands.",
  workspaces: ["study"],
  roles: { study_monitor: { title: "Study monitor" } },
  permissions: { "asker.ask": { title: "Ask", roles: { study_monitor: "workspace" } } },
  events: {},
  listens: {
    "consent.given": async ({ scopes }) => void heard.push(`given ${scopes.join(" ")}`),
    "consent.withdrawn": async ({ scopes }) => void heard.push(`withdrawn ${scopes.join(" ")}`),
  },
  routes: [
    get("/:id", {
      needs: "asker.ask",
      params: t.Object({ id: t.String({ format: "uuid" }) }),
      query: t.Object({ scope: t.Optional(t.String()) }),
      run: async ({ params, query }, ctx: Context) =>
        PlainPage({
          title: String(
            await ctx.ask("consent.standing", {
              subjectId: params.id,
              ...(query.scope ? { scope: query.scope } : {}),
            }),
          ),
        }),
    }),
  ],
});

let house: Study;
let first: string;
let worker: Worker;
let leases: LeasePool;
const letters: Letter[] = [];
beforeAll(async () => {
  house = await study([econsent, asker] as never);
  const { world } = house;
  leases = new LeasePool(world.database.as("app"), 2);
  worker = await startWorker(world.house, {
    connection: world.database.as("jobs"),
    transactions: new Transactions(leases, contextKey(world.database.secret)),
    mailer: { send: async (letter) => void letters.push(letter), close: () => {} },
  });
  first = await write(house);
  await publish(house, first);
}, 120_000);
afterAll(async () => {
  await worker?.stop();
  await leases?.end();
  await house?.world.stop();
});

const stranger = () => house.world.stranger();
const standing = async (subjectId: string, scope = "participation") =>
  /<h1>([^<]+)</.exec(
    (await house.as.monitor.get(`/w/${house.workspace.slug}/asker/${subjectId}?scope=${scope}`)).text,
  )?.[1];
async function agreed(over: Parameters<typeof ask>[1] = {}, answers = {}) {
  const asked = await ask(house, over);
  for (const signer of asked.signers.slice(0, -1))
    await signAs(house, signer, over.circumstance === "minor" ? { relation: "mother" } : {}, answers);
  await done(countersign(house, asked.consentId));
  return asked;
}

describe("a code by mail", () => {
  test("is posted to the address on file, opens once, and is not asked for without end", async () => {
    const asked = await ask(house);
    const page = await house.as.coordinator.post(house.url(`/signers/${asked.signers[0]}/invite`), {
      method: "mail_code",
    });
    const { gate, code } = wayOn(page);
    expect(code).toBe("");
    await until("a letter", async () => letters.some(({ text }) => text.includes(gate)));
    const early = await stranger().post(`${gate}/code`, { code: "123456" });
    expect([early.status, early.text.includes("Ask for a new one")]).toEqual([422, true]);
    await done(stranger().post(`${gate}/code/send`));
    await until("a letter", async () => letters.some(({ subject }) => /^\d{6} is your code$/.test(subject)));
    const posted = letters.find(({ subject }) => /^\d{6} is your code$/.test(subject));
    expect(posted?.to).toMatch(/^pia\.\d+@people\.example$/);
    expect(posted?.text).not.toContain("Pia");
    const inside = await enter(house, { gate, code: posted?.subject.slice(0, 6) ?? "" });
    expect((await stranger().get(`${inside}/start`)).status).toBe(200);
    for (let more = 0; more < 5; more++) await done(stranger().post(`${gate}/code/send`));
    const enough = await stranger().post(`${gate}/code/send`);
    expect([enough.status, enough.text.includes("Many codes were sent today")]).toEqual([422, true]);
  });
});

describe("what the others are told", () => {
  test("nothing stands before the last signature, then what was agreed, and no more", async () => {
    const asked = await ask(house);
    expect(await standing(asked.subjectId)).toBe("pending");
    await signAs(house, asked.signers[0] ?? "", {}, { sharing: "no" });
    expect(await standing(asked.subjectId)).toBe("pending");
    heard.length = 0;
    await done(countersign(house, asked.consentId));
    expect(heard).toEqual(["given samples recontact participation new-data follow-up intervention"]);
    expect(await standing(asked.subjectId)).toBe("given");
    expect(await standing(asked.subjectId, "samples")).toBe("given");
    expect(await standing(asked.subjectId, "sharing")).toBe("withdrawn");
    expect(await standing(asked.subjectId, "contact")).toBe("given");
    expect(await standing(asked.subjectId, "everything")).toBe("pending");
  });
});

describe("taking back", () => {
  test("a part, by the team: it holds at once, and the rest stands", async () => {
    const { subjectId } = await agreed();
    const at = house.url(`/participants/${subjectId}/withdraw`);
    expect((await house.as.monitor.get(at)).status).toBe(403);
    const none = await house.as.coordinator.post(at, { told: "telephone" });
    expect([none.status, none.text.includes("Choose what is taken back")]).toEqual([422, true]);
    heard.length = 0;
    await done(
      house.as.coordinator.post(at, { scope: ["samples", "sharing"], told: "telephone", reason: "Moved away" }),
    );
    expect(heard).toEqual(["withdrawn samples sharing"]);
    expect(await standing(subjectId, "samples")).toBe("withdrawn");
    expect(await standing(subjectId, "participation")).toBe("given");
    expect((await house.as.coordinator.post(at, { scope: "samples", told: "letter" })).status).toBe(422);
    expect(wordsOf(await house.as.coordinator.get(house.url(`/participants/${subjectId}`)))).toContain("Moved away");
    expect((await house.as.monitor.get(house.url(`/participants/${subjectId}`))).text).not.toContain("Moved away");
    expect(wordsOf(await house.as.coordinator.get(house.url("/?state=partly taken back")))).toContain(
      "Partly taken back",
    );
  });

  test("everything, on one's own page: links to sign are shut, the copies stay", async () => {
    const asked = await agreed();
    const { subjectId } = asked;
    await until("a letter", async () =>
      letters.some(({ subject, text }) => subject === "Your copy of what was signed" && text.includes("/p/")),
    );
    const own = wayOn(await house.as.coordinator.post(house.url(`/participants/${subjectId}/page`)));
    const mine = await enter(house, own);
    const page = await stranger().get(`${mine}/mine`);
    expect(page.text).toContain("Information for participants");
    expect(page.text).toContain("Cora Coordinator");
    expect((await stranger().get(`${mine}/copy/${asked.consentId}`)).status).toBe(200);
    const sure = await stranger().get(`${mine}/withdraw?scope=participation&reason=`);
    expect(sure.text).toContain("Links that were sent to you stop working.");
    const again = await begin(house, subjectId);
    const open = await wayFor(house, again.signers[0] ?? "");
    const none = await stranger().post(`${mine}/withdraw`, {});
    expect([none.status, none.text.includes("Choose what you take back")]).toEqual([422, true]);
    expect((await stranger().post(`${mine}/withdraw`, { scope: "participation" })).location).toBe(
      `${mine}/mine?done=1`,
    );
    for (const scope of ["participation", "samples", "contact", "new-data"])
      expect(await standing(subjectId, scope)).toBe("withdrawn");
    expect((await stranger().get(open.gate)).status).toBe(410);
    expect((await stranger().get(`${mine}/copy/${asked.consentId}`)).status).toBe(200);
    expect(
      (await house.world.trail()).some(({ sentence }) =>
        / recorded that P-\d+ took back consent: taking part, /.test(sentence),
      ),
    ).toBe(true);
  });

  test("nobody reads the page or the copy of somebody else", async () => {
    const [one, other] = [await agreed(), await agreed()];
    const mine = await enter(
      house,
      wayOn(await house.as.coordinator.post(house.url(`/participants/${one.subjectId}/page`))),
    );
    expect((await stranger().get(`${mine}/copy/${other.consentId}`)).status).toBe(404);
  });
});

describe("an amendment", () => {
  test("asks again whoever it touches, holds new procedures after its day, and is settled by a new signature", async () => {
    const [north, late, south] = [
      await agreed(),
      await agreed(),
      await agreed({ site: house.sites.S, by: house.as.southern }).catch(() => null),
    ];
    expect(south).toBeNull(); // the investigator of the north does not countersign in the south
    const [row] = await house.rows<{ document_id: string }>("select document_id from econsent.versions where id = $1", [
      first,
    ]);
    const { location } = await done(
      house.as.administrator.post(house.url(`/documents/${row?.document_id}/new`), {
        from: first,
        number: "2",
        language: "en",
        asksAgain: "on",
        changes: "A fourth visit was added.",
      }),
    );
    const second = location.split("/").at(-1) ?? "";
    await publish(house, second, "2099-01-01", house.sites.S);
    expect(wordsOf(await house.as.coordinator.get(house.url("/again")))).toContain("Nobody has to be asked again");
    await approve(house, second, "2026-01-01", house.sites.N);
    const open = wordsOf(await house.as.coordinator.get(house.url("/again")));
    expect(open).toContain("agreed to an earlier version");
    const past = await house.as.coordinator.post(house.url(`/versions/${second}/again`), { dueOn: "2020-01-01" });
    expect([past.status, past.text.includes("not past")]).toEqual([422, true]);
    expect((await house.as.monitor.post(house.url(`/versions/${second}/again`), { dueOn: "2099-01-01" })).status).toBe(
      403,
    );
    await done(house.as.coordinator.post(house.url(`/versions/${second}/again`), { dueOn: "2099-01-01" }));
    expect(
      (await house.as.coordinator.post(house.url(`/versions/${second}/again`), { dueOn: "2099-01-01" })).status,
    ).toBe(422);
    expect(await standing(north.subjectId, "intervention")).toBe("given");
    await house.world.lay("alter table econsent.reconsents disable trigger never_changed");
    await house.world.lay("update econsent.reconsents set due_on = '2026-01-15'");
    await house.world.lay("alter table econsent.reconsents enable trigger never_changed");
    expect(await standing(north.subjectId, "intervention")).toBe("pending");
    expect(await standing(north.subjectId, "follow-up")).toBe("given");

    const again = await begin(house, north.subjectId);
    const inside = await enter(house, await wayFor(house, again.signers[0] ?? ""));
    expect((await stranger().get(`${inside}/start`)).text).toContain("A fourth visit was added.");
    const version = await readThrough(house, inside);
    await done(sign(house, inside, version));
    await done(countersign(house, again.consentId));
    expect(await standing(north.subjectId, "intervention")).toBe("given");
    expect(await standing(late.subjectId, "intervention")).toBe("pending");
    const page = wordsOf(await house.as.coordinator.get(house.url("/again")));
    expect(page).toMatch(/version 2, by 2026-01-15/);
    expect(page).toContain("1 of ");
  });
});

describe("coming of age", () => {
  test("asks for a consent of one's own, from a birth date that is kept nowhere else", async () => {
    const child = await agreed({ circumstance: "minor", birthDate: "2008-01-15" });
    const small = await agreed({ circumstance: "minor", birthDate: "2015-01-15" });
    // Whose key was destroyed is asked nothing any more, and keeps nobody else from being asked.
    const gone = await agreed({ circumstance: "minor", birthDate: "2008-01-16" });
    await house.world.sql(
      "update core.keys set wrapped = null, destroyed_at = clock_timestamp() where subject_id = $1",
      [gone.subjectId],
    );
    house.world.house.vault.keys.clear();
    await runNow(house, "econsent.come_of_age");
    expect(await standing(child.subjectId, "new-data")).toBe("pending");
    expect(await standing(child.subjectId, "participation")).toBe("given");
    expect(await standing(small.subjectId, "new-data")).toBe("given");
    expect(wordsOf(await house.as.coordinator.get(house.url(`/participants/${child.subjectId}`)))).toContain(
      "Has come of age",
    );
    const [kept] = await house.rows<{ all: string }>(
      "select string_agg(r::text, '') as all from econsent.reconsents r",
    );
    expect(kept?.all).not.toContain("2008-01-15");
    await runNow(house, "econsent.come_of_age");
    expect(await house.rows("select id from econsent.reconsents where cause = 'majority'")).toHaveLength(1);
  });

  test("reminders go once a week, and name nobody", async () => {
    // Eight days ago, all of it: who agreed after being asked again is not reminded.
    for (const table of ["standings", "reconsents"]) {
      await house.world.lay(`alter table econsent.${table} disable trigger never_changed`);
      await house.world.lay(`update econsent.${table} set made_at = made_at - interval '8 days'`);
      await house.world.lay(`alter table econsent.${table} enable trigger never_changed`);
    }
    letters.length = 0;
    await runNow(house, "econsent.remind");
    await until("a letter", async () => letters.some(({ subject }) => subject === "Some information has changed"));
    const count = (await house.rows("select id from econsent.reminders")).length;
    await runNow(house, "econsent.remind");
    expect(await house.rows("select id from econsent.reminders")).toHaveLength(count);
    for (const { text } of letters) expect(text).not.toContain("Pia");
  });
});
