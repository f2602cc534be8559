/** Access for some hours, emergencies, confirming access, and who can see a record: rules, stated through HTTP and the database. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { alarmOverdueReviews } from "@core/audit/overdue-reviews.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { contextOf } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import postgres from "postgres";
import { lettersOf } from "../../support/letters.ts";
import type { Answer, Client, TestPerson } from "../../support/world.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
let sue: TestPerson;
let asSue: Client;
let subject = "";
beforeAll(async () => {
  h = await hospital(identityRoutes({ environment: "development" }));
  sue = await h.world.person("Sue Support", null, null);
  asSue = await h.world.as(sue);
  const [row] = await h.world.sql<{ id: string }>(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'T-01', 'trainee') returning id",
    [h.world.here.id, h.place.id],
  );
  subject = row?.id ?? "";
}, 60_000);
afterAll(() => h.world.stop());

const at = (path: string) => `/w/${h.place.slug}${path}`;
const reason = "Report 4711: the list stays empty";
async function ask(role = "director", hours = "2"): Promise<string> {
  const asked = await asSue.post("/account/hours", { place: h.place.slug, role, hours, reason });
  expect([asked.status, asked.text.slice(0, 0)]).toEqual([303, ""]);
  const [row] = await h.world.sql<{ id: string }>("select id from core.access_requests order by made_at desc limit 1");
  return row?.id ?? "";
}
/** What the next page will say. */
const flashOf = ({ headers }: Answer) =>
  decodeURIComponent(
    /^flash=([^;]*)/.exec(headers.getSetCookie().find((line) => line.startsWith("flash=")) ?? "")?.[1] ?? "",
  );
/** A statement as the application would send it in this person's name. */
async function asApp(person: TestPerson, statement: string, workspaceId: string | null = h.place.id): Promise<unknown> {
  const sql = postgres({ ...h.world.database.as("app"), max: 1, onnotice: () => {} });
  const standing = {
    tenantId: person.tenant.id,
    workspaceId,
    kind: "person" as const,
    actorId: person.id,
    sessionRef: "",
  };
  try {
    await sql.unsafe("begin");
    await sql.unsafe("select set_config('cairn.context', $1, true)", [
      contextOf(standing, contextKey(h.world.database.secret), new Date()),
    ]);
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end();
  }
}

describe("access for some hours", () => {
  test("is asked for with a reason, given by somebody else, bites at once and ends by itself", async () => {
    expect((await asSue.get(at(""))).status).toBe(404);
    const id = await ask();
    const told = (await lettersOf(h.world)).filter(({ subject: about }) =>
      about.startsWith("Sue Support asks to come"),
    );
    expect(told.map(({ to }) => to).sort()).toEqual([h.ada.email, h.dana.email].sort());
    expect((await asSue.get(at(""))).status).toBe(404);
    expect((await h.asDana.get(at(`/access/hours/${id}`))).text).toMatch(/Sue Support asks to come in.*Report 4711/);
    expect((await h.asDana.post(at(`/access/hours/${id}`), { decision: "give" })).status).toBe(303);
    expect((await asSue.get(at(""))).status).toBe(200);
    expect((await h.asDana.get(at("/access/hours"))).text).toContain("Inside");
    // What is seen in it stands in the record of the workspace.
    expect((await h.asDana.get(at(`/record?actor=${sue.id}`))).text).toContain("Sue Support");
    const [grant] = await h.world.sql<{ hours: number }>(
      "select extract(epoch from to_at - from_at) / 3600 as hours from core.grants where person_id = $1",
      [sue.id],
    );
    expect(Number(grant?.hours)).toBeLessThanOrEqual(2);
    await h.world.sql("update core.grants set to_at = clock_timestamp() where person_id = $1", [sue.id]);
    expect((await asSue.get(at(""))).status).toBe(404);
    expect((await h.asDana.get(at("/access/hours"))).text).toContain("Over");
  });

  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ["five hours", { hours: "5" }],
    ["no reason", { reason: "fix" }],
    ["a place that is not there", { place: "nowhere" }],
    ["the other institution's place", { place: "program-3" }],
    ["a role of another kind of place", { role: "clerk" }],
    ["the institution's own role", { role: "administrator" }],
  ];
  test.each(wrong)("is not asked for with %s", async (_name, change) => {
    const form = { place: h.place.slug, role: "director", hours: "1", reason, ...change };
    expect((await asSue.post("/account/hours", form)).status).toBe(422);
  });

  test("nobody decides his own, twice, or a day later; a refusal says why", async () => {
    const own = await h.asDana.post("/account/hours", { place: h.place.slug, role: "nurse", hours: "1", reason });
    expect(own.status).toBe(303);
    const [mine] = await h.world.sql<{ id: string }>("select id from core.access_requests where person_id = $1", [
      h.dana.id,
    ]);
    expect((await h.asDana.post(at(`/access/hours/${mine?.id}`), { decision: "give" })).status).toBe(422);
    await expect(asApp(h.dana, `select core.decide_request('${mine?.id}', true, null)`)).rejects.toMatchObject({
      code: "42501",
    });
    const id = await ask("nurse");
    expect((await h.asNora.post(at(`/access/hours/${id}`), { decision: "give" })).status).toBe(403);
    await expect(asApp(h.nora, `select core.decide_request('${id}', true, null)`)).rejects.toMatchObject({
      code: "42501",
    });
    expect((await h.asDana.post(at(`/access/hours/${id}`), { decision: "refuse" })).status).toBe(422);
    expect(
      (await h.asDana.post(at(`/access/hours/${id}`), { decision: "refuse", answer: "It was mended" })).status,
    ).toBe(303);
    expect((await h.asDana.post(at(`/access/hours/${id}`), { decision: "give" })).status).toBe(422);
    expect((await asSue.get("/account/hours")).text).toContain("It was mended");
    const old = await ask("nurse");
    await h.world.sql("update core.access_requests set made_at = made_at - interval '25 hours' where id = $1", [old]);
    expect((await h.asDana.post(at(`/access/hours/${old}`), { decision: "give" })).status).toBe(422);
    expect((await h.asOtto.get(at(`/access/hours/${id}`))).status).toBe(404);
  });

  test("is withdrawn or given back by whoever asked, and by nobody else; the institution sees all of it", async () => {
    const waiting = await ask("nurse");
    const back = (id: string) => `/account/hours/${id}/give-back`;
    expect((await asSue.get("/account/hours")).text).toContain("Withdraw");
    expect((await h.asDana.post(back(waiting), {})).status).toBe(422);
    expect((await asSue.post(back(waiting), {})).status).toBe(303);
    expect((await h.asDana.post(at(`/access/hours/${waiting}`), { decision: "give" })).status).toBe(422);
    const given = await ask("nurse");
    expect((await h.asAda.get("/admin/hours?show=waiting")).text).toContain("Report 4711");
    expect((await h.asDana.post(at(`/access/hours/${given}`), { decision: "give" })).status).toBe(303);
    expect((await asSue.get("/account/hours")).text).toMatch(/Inside.*Give back now/);
    expect((await h.asDana.post(back(given), {})).status).toBe(422);
    expect((await asSue.post(back(given), {})).status).toBe(303);
    expect((await asSue.get(at(""))).status).toBe(404);
    expect((await asSue.post(back(given), {})).status).toBe(422);
    const all = (await h.asAda.get("/admin/hours")).text;
    for (const state of ["Withdrawn", "Ended early", "Refused", "Over"]) expect(all).toContain(state);
    expect((await h.asAda.get("/admin/hours?show=waiting")).text).not.toContain("Sue Support");
    expect((await h.asDana.get("/admin/hours")).status).toBe(403);
    expect((await h.asOtto.get("/admin/hours")).text).not.toContain("Sue Support");
  });

  test("whoever manages access by them gives none: neither lastingly, nor the next hours to somebody else", async () => {
    expect((await h.asDana.post(at(`/access/hours/${await ask("director")}`), { decision: "give" })).status).toBe(303);
    expect((await asSue.get(at("/access"))).status).toBe(200);
    const lasting = `insert into core.grants (person_id, workspace_id, role) values ('${h.nora.id}', '${h.place.id}', 'director') returning id`;
    await expect(asApp(sue, lasting)).rejects.toMatchObject({ code: "42501" });
    const ally = await h.world.person("Al Ally", null, null);
    await (await h.world.as(ally)).post("/account/hours", { place: h.place.slug, role: "nurse", hours: "1", reason });
    const [next] = await h.world.sql<{ id: string }>("select id from core.access_requests where person_id = $1", [
      ally.id,
    ]);
    expect((await asSue.post(at(`/access/hours/${next?.id}`), { decision: "give" })).status).toBe(403);
    // Somebody who is there to stay gives both.
    expect(await asApp(h.dana, lasting)).toHaveLength(1);
    expect((await h.asDana.post(at(`/access/hours/${next?.id}`), { decision: "give" })).status).toBe(303);
    await h.world.sql("update core.grants set to_at = clock_timestamp() where person_id = any($1::uuid[])", [
      `{${sue.id},${ally.id}}`,
    ]);
  });

  test("the database itself gives no more than four hours this way, and to nobody by himself", async () => {
    const keeper = h.world.database.roles.keeper;
    const give = (until: string, approver: string) =>
      h.world.lay(
        `set role "${keeper}"; insert into core.grants (tenant_id, person_id, workspace_id, role, to_at, approved_by) values ('${h.world.here.id}', '${sue.id}', '${h.place.id}', 'nurse', ${until}, '${approver}')`,
      );
    await expect(give("clock_timestamp() + interval '5 hours'", h.dana.id)).rejects.toMatchObject({ code: "42501" });
    await expect(give("null", h.dana.id)).rejects.toMatchObject({ code: "42501" });
    await expect(give("clock_timestamp() + interval '1 hour'", sue.id)).rejects.toMatchObject({ code: "42501" });
  });
});

describe("an emergency", () => {
  const form = { code: "T-01", reason: "Called to the ward, the mentor is away" };
  const canSee = async () =>
    ((await asApp(h.nora, `select id from core.subjects where id = '${subject}'`)) as unknown[]).length;
  test("is not there where the workspace does not allow it", async () => {
    expect((await h.asNora.get(at("/emergency"))).status).toBe(404);
    expect((await h.asNora.post(at("/emergency"), form)).status).toBe(404);
    await expect(asApp(h.nora, "select core.break_glass('T-01', 'because I say so now')")).rejects.toMatchObject({
      code: "42501",
    });
  });
  test("opens that one subject for four hours, tells at once, and is looked at by somebody else", async () => {
    const allowed = await h.asAda.post(`/admin/workspaces/${h.place.id}/sign-in`, {
      emergency: "on",
      confirmDays: "90",
    });
    expect(allowed.status).toBe(303);
    expect(await canSee()).toBe(0);
    expect((await h.asNora.post(at("/emergency"), { ...form, code: "T-99" })).status).toBe(422);
    expect((await h.asNora.post(at("/emergency"), { ...form, reason: "now" })).status).toBe(422);
    expect((await h.asNora.post(at("/emergency"), form)).status).toBe(303);
    expect(await canSee()).toBe(1);
    const told = (await lettersOf(h.world)).filter(({ subject: about }) => about.includes("in an emergency"));
    expect(told.map(({ to }) => to)).toContain(h.dana.email);
    expect(told.map(({ text }) => text).join()).not.toContain("T-01");
    const [one] = await h.world.sql<{ id: string }>("select id from core.emergencies");
    expect((await h.asDana.get(at("/access/emergencies"))).text).toContain("To be looked at");
    expect(
      (await h.asNora.post(at(`/access/emergencies/${one?.id}`), { verdict: "right", finding: "It was right" })).status,
    ).toBe(403);
    await h.world.sql("update core.emergencies set made_at = made_at - interval '25 hours'");
    expect((await h.asDana.get(at("/access/emergencies"))).text).toContain("Overdue");
    // Overdue: an alarm and a letter to whoever ought to have looked, once, and never to the one it is about.
    expect(await alarmOverdueReviews(h.world.house, { ...h.world.there, name: "Elsewhere" })).toBe(0);
    expect(await alarmOverdueReviews(h.world.house, { ...h.world.here, name: "Here" })).toBe(1);
    expect(await alarmOverdueReviews(h.world.house, { ...h.world.here, name: "Here" })).toBe(0);
    const alarmed = (await lettersOf(h.world)).filter(({ subject: about }) => /^(Overdue|Alarm)/.test(about));
    expect(alarmed.map(({ to, subject: about }) => `${about.split(/[ :]/)[0]} ${to}`).sort()).toEqual(
      [`Alarm ${h.ada.email}`, `Overdue ${h.ada.email}`, `Overdue ${h.dana.email}`].sort(),
    );
    expect(alarmed.map(({ text }) => text).join()).not.toMatch(/T-01|Nora/);
    expect((await h.asAda.get("/admin/alarms")).text).toContain("An emergency was not looked at");
    await expect(asApp(h.ada, "select * from core.take_overdue_reviews()", null)).rejects.toMatchObject({
      code: "42501",
    });
    expect((await h.asDana.get(at(`/access/who?subject=T-01`))).text).toContain("opened in an emergency");
    const kept = { verdict: "right", finding: "She was called at night" };
    expect((await h.asDana.post(at(`/access/emergencies/${one?.id}`), kept)).status).toBe(303);
    expect((await h.asDana.post(at(`/access/emergencies/${one?.id}`), kept)).status).toBe(422);
    await h.world.sql("update core.assignments set to_at = clock_timestamp()");
    expect(await canSee()).toBe(0);
  });
});

describe("who can see a record", () => {
  test("names everyone whom the rules lead to it, and nobody else", async () => {
    const mia = await h.world.person("Mia Mentor", "nurse", h.place);
    await h.world.sql(
      "insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind) values ($1, $2, $3, $4, 'nurse')",
      [h.world.here.id, h.place.id, mia.id, subject],
    );
    const page = await h.asDana.get(at("/access/who?subject=T-01"));
    expect(page.text).toContain("Mia Mentor");
    expect(page.text).toContain("assigned as nurse");
    expect(page.text).toContain("Dana Director");
    for (const name of ["Nora Nurse", "Ada Admin", "Otto Other"]) expect(page.text).not.toContain(name);
    expect((await h.asNora.get(at("/access/who?subject=T-01"))).status).toBe(403);
    for (const asked of ["T-77", "t-01", "T-0", "T-0%25", "Mia"])
      expect((await h.asDana.get(at(`/access/who?subject=${asked}`))).text).toContain(
        "No record here has exactly this",
      );
    // What the page says is what the database does.
    const sees = async (person: TestPerson) =>
      ((await asApp(person, `select id from core.subjects where id = '${subject}'`)) as unknown[]).length;
    expect([await sees(mia), await sees(h.dana), await sees(h.nora), await sees(h.ada)]).toEqual([1, 1, 0, 0]);
  });
  test("is asked by an administrator who sees no record: people and reasons, nothing of the record, and on record", async () => {
    const page = await h.asAda.get(at("/access/who?subject=T-01"));
    expect(page.text).toContain("Mia Mentor");
    expect(page.text).not.toContain("Nora Nurse");
    const [said] = await h.world.sql<{ sentence: string; subjects: string[] }>(
      "select sentence, subjects from core.audit_events where event = 'core.who_asked' and actor_id = $1",
      [h.ada.id],
    );
    expect(said?.sentence).toMatch(/^Ada Admin asked who can see T-01 in /);
    expect(said?.subjects).toEqual([subject]);
    const all = (await h.asAda.get(at("/access/who"))).text;
    expect(all).toMatch(/Dana Director.*all records of/);
    expect(all).toMatch(/Nora Nurse.*only records assigned to this person as nurse/);
    const way = await h.asAda.get(`/admin/who?place=${h.place.slug}&subject=T-01`);
    expect(way.location).toBe(at("/access/who?subject=T-01"));
    expect((await h.asAda.get("/admin/who?place=program-3")).text).toContain("Choose a place");
    expect((await h.asNora.get("/admin/who")).status).toBe(403);
    // Whoever may not see who may do what learns nothing of a code, in his own place or in another's.
    const called = async (person: TestPerson, workspaceId: string | null) =>
      (await asApp(person, "select core.subject_called('T-01') as id", workspaceId)) as { id: string | null }[];
    expect(await called(h.ada, h.place.id)).toEqual([{ id: subject }]);
    for (const [person, place] of [
      [h.nora, h.place.id],
      [h.dana, h.other.id],
      [h.otto, h.place.id],
      [h.ada, null],
    ] as const)
      expect(await called(person, place)).toEqual([{ id: null }]);
    expect(await asApp(h.nora, "select * from core.who_reaches_site(null)")).toEqual([]);
    expect(await asApp(h.dana, "select * from core.out_of_the_ordinary()", null)).toEqual([]);
  });
});

describe("confirming access", () => {
  beforeAll(async () => {
    await h.world.sql("update core.workspaces set policies = policies || '{\"confirmDays\": 90}' where id = $1", [
      h.place.id,
    ]);
    await h.world.sql("update core.grants set made_at = made_at - interval '100 days' where workspace_id = $1", [
      h.place.id,
    ]);
  });

  test("lists what is due, confirms what is ticked, and never one's own", async () => {
    const page = await h.asDana.get(at("/access/confirm"));
    expect(page.text).toContain("Due");
    const grants = await h.world.sql<{ id: string; person_id: string }>(
      "select id, person_id from core.grants where workspace_id = $1 and revoked_at is null and to_at is null",
      [h.place.id],
    );
    const of = (person: TestPerson) => grants.find(({ person_id }) => person_id === person.id)?.id ?? "";
    expect((await h.asDana.post(at("/access/confirm"), { selected: of(h.dana) })).status).toBe(422);
    expect((await h.asDana.post(at("/access/confirm"), {})).status).toBe(422);
    const both = await h.asDana.post(at("/access/confirm"), { selected: [of(h.dana), of(h.nora)] });
    expect([both.status, flashOf(both)]).toEqual([
      303,
      "1 was confirmed. Your own, and what was revoked meanwhile, was left out.",
    ]);
    const confirmed = await h.world.sql<{ person_id: string }>(
      "select person_id from core.grants where confirmed_at is not null",
    );
    expect(confirmed.map(({ person_id }) => person_id)).toEqual([h.nora.id]);
    const alone = await h.asDana.post(at("/access/confirm"), { selected: of(h.nora) });
    expect(flashOf(alone)).toBe("1 was confirmed.");
    expect((await h.asNora.post(at("/access/confirm"), { selected: of(h.nora) })).status).toBe(403);
  });

  test("past the page: the database changes nobody's own access, whatever the statement", async () => {
    for (const set of ["confirmed_at = now(), confirmed_by = core.actor()", "to_at = null", "revoked_at = now()"]) {
      const touched = (whose: TestPerson) =>
        asApp(h.dana, `update core.grants set ${set} where person_id = '${whose.id}' returning id`);
      expect([set, await touched(h.dana)]).toEqual([set, []]);
      expect([set, ((await touched(h.nora)) as unknown[]).length]).toEqual([set, 1]);
    }
  });
});

describe("what a form does not ask for changes nothing (D6)", () => {
  const SOME_ID = "00000000-0000-4000-8000-00000000d006";
  const more = () => ({
    id: SOME_ID,
    tenant_id: h.world.there.id,
    tenantId: h.world.there.id,
    workspace_id: h.elsewhere.id,
    person_id: h.nora.id,
    personId: h.nora.id,
    role: "director",
    status: "suspended",
    owner: h.nora.id,
    approved_by: h.nora.id,
    approved: "true",
    decided_by: h.nora.id,
    made_by: h.nora.id,
    made_at: "2001-01-01T00:00:00Z",
    created_at: "2001-01-01T00:00:00Z",
    from_at: "2001-01-01T00:00:00Z",
    until_at: "2099-01-01T00:00:00Z",
    revoked_at: "2001-01-01T00:00:00Z",
  });
  const place = () => `workspace:${h.place.id}`;
  const recent = "made_at > now() - interval '1 hour'";
  const acts: readonly (readonly [string, () => Promise<{ status: number }>, string, object])[] = [
    [
      "an account",
      () =>
        h.asAda.post("/admin/people", { ...more(), name: "Maud Mass", email: "maud@example.org", role: "", place: "" }),
      `select tenant_id = (select tenant_id from core.tenants where slug = 'northfield') as here, id <> '${SOME_ID}' as own_id, status, ${recent} as recent from core.persons where email = 'maud@example.org'`,
      { here: true, own_id: true, status: "active", recent: true },
    ],
    [
      "access",
      () => h.asAda.post(`/admin/people/${sue.id}/grants`, { ...more(), role: "counter", place: place() }),
      `select p.name, a.name as by, g.${recent} as recent, g.from_at > now() - interval '1 hour' as from_now, g.revoked_at, g.to_at from core.grants g join core.persons p on p.id = g.person_id join core.persons a on a.id = g.approved_by where g.role = 'counter'`,
      { name: "Sue Support", by: "Ada Admin", recent: true, from_now: true, revoked_at: null, to_at: null },
    ],
    [
      "a request for hours",
      () => asSue.post("/account/hours", { ...more(), place: h.place.slug, role: "nurse", hours: "1", reason }),
      `select p.name, approved, decided_by, grant_id, r.${recent} as recent from core.access_requests r join core.persons p on p.id = r.person_id where role = 'nurse' order by r.made_at desc limit 1`,
      { name: "Sue Support", approved: null, decided_by: null, grant_id: null, recent: true },
    ],
    [
      "a workspace",
      () => h.asAda.post("/admin/workspaces", { ...more(), title: "Mass ward", kind: "program" }),
      `select tenant_id = (select tenant_id from core.tenants where slug = 'northfield') as here, id <> '${SOME_ID}' as own_id, ${recent} as recent from core.workspaces where title = 'Mass ward'`,
      { here: true, own_id: true, recent: true },
    ],
  ];
  test.each(acts)("%s", async (_what, act, question, expected) => {
    expect((await act()).status).toBe(303);
    expect(await h.world.sql<object>(question)).toEqual([expected]);
  });
  test("and nobody is touched by it", async () => {
    expect(
      (await h.world.sql<{ status: string }>("select status from core.persons where id = $1", [h.nora.id]))[0],
    ).toEqual({ status: "active" });
    await h.world.sql("update core.grants set revoked_at = now() where role = 'counter'");
  });
});

describe("a role that the institution composes", () => {
  const role = { title: "Night nurse", place: "program", may: ["ward.read@workspace", "core.subjects.read@workspace"] };
  let id = "";
  const change = (form: Record<string, string | readonly string[]>) =>
    h.asAda.post(`/admin/roles/${id}/change`, { ...role, reason: "The ward changed", ...form });
  const composed = async () =>
    await h.world.sql<{ role: string; permission: string; reach: string }>(
      "select role, permission, reach from core.role_permissions where tenant_id is not null order by permission",
    );

  const wrong: readonly (readonly [string, Record<string, string | readonly string[]>, string])[] = [
    ["nothing in it", { may: [] }, "Tick at least one thing"],
    ["a permission that is not there", { may: ["ward.burn@workspace"] }, "can not be put into a role"],
    ["a wider reach than any role has", { may: ["ward.count@site"] }, "can not be put into a role"],
    ["what is reserved", { may: ["ward.keys@workspace"] }, "can not be put into a role"],
    ["the administrator's own", { may: ["core.tenant.manage@workspace"] }, "can not be put into a role"],
    ["another kind of place's", { may: ["desk.sit@workspace"] }, "can not be put into a role"],
    ["what must be apart", { may: ["ward.move@workspace", "ward.count@workspace"] }, "does not count them. Take off"],
    ["a name that is taken", { title: "Ward Director" }, "is a role already"],
    ["composing itself", { place: "institution", may: ["core.roles.manage@workspace"] }, "can not be put into a role"],
  ];
  test.each(wrong)("is refused with %s", async (_name, form, sentence) => {
    const answer = await h.asAda.post("/admin/roles", { ...role, ...form });
    expect([answer.status, answer.text.includes(sentence)]).toEqual([422, true]);
    expect(await composed()).toEqual([]);
  });

  test("is composed of boxes whose labels lead to themselves", async () => {
    const page = (await h.asAda.get("/admin/roles/new?place=program")).text;
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(page.match(/it may<\/legend>/g)?.length).toBeGreaterThan(1);
    expect(ids).toEqual([...new Set(ids)]);
  });
  test("is composed by an administrator alone, and given like any other", async () => {
    expect((await h.asDana.post("/admin/roles", role)).status).toBe(403);
    expect((await h.asAda.get("/admin/roles/new?place=program&like=nurse")).text).toContain("Nurse may do");
    const made = await h.asAda.post("/admin/roles", role);
    expect(made.status).toBe(303);
    id = made.location.split("/").at(-1) ?? "";
    const nick = await h.world.person("Nick Night", null, null);
    const asNick = await h.world.as(nick);
    expect((await asNick.get(at(""))).status).toBe(404);
    const given = { person: h.nora.id, role: `own:${id}` };
    expect((await h.asDana.get(at("/access"))).text).toContain("Night nurse");
    const place = `workspace:${h.place.id}`;
    expect((await h.asAda.post(`/admin/people/${nick.id}/grants`, { role: given.role, place })).status).toBe(303);
    expect((await asNick.get(at(""))).status).toBe(200);
    // Every page that answers why and who knows it, and so does the database.
    for (const path of [`/access/${nick.id}`, "/access", "/access/who?subject=T-01", "/access/confirm"])
      expect([path, (await h.asDana.get(at(path))).text.includes("Night nurse")]).toEqual([path, true]);
    expect((await h.asAda.get(`/admin/people/${nick.id}`)).text).toContain("Night nurse");
    expect((await h.asAda.get(`/admin/roles/${id}`)).text).toContain("Nick Night");
    expect((await asNick.get("/account")).text).toContain("Night nurse");
    expect(await asApp(nick, "select id from core.subjects")).toEqual([{ id: subject }]);
    // It bites at the next request, both ways, and the record says what and why.
    expect((await change({ may: ["ward.read@workspace"] })).status).toBe(303);
    expect(await asApp(nick, "select id from core.subjects")).toEqual([]);
    expect((await change({ may: ["core.subjects.read@assigned:nurse"], title: "Day nurse" })).status).toBe(303);
    expect((await asNick.get(at(""))).text).not.toContain("beds in");
    const [line] = await h.world.trail();
    const sentences = (await h.world.trail()).map(({ sentence }) => sentence);
    expect(sentences).toContain(
      "Ada Admin changed the role Night nurse (called Day nurse from now on; more: See subjects by their code (assigned:nurse); less: See beds (workspace)): The ward changed",
    );
    expect(line).toBeDefined();
    // Given to somebody: it can not be put away, by the page or past it. Revoked: it can, and is given to nobody more.
    expect((await h.asAda.post(`/admin/roles/${id}/put-away`)).status).toBe(422);
    await expect(
      asApp(h.ada, `update core.roles set retired_at = now() where role = 'own:${id}'`, null),
    ).rejects.toMatchObject({ code: "42501" });
    await expect(asApp(h.ada, `delete from core.roles where role = 'own:${id}'`, null)).rejects.toMatchObject({
      code: "42501",
    });
    await h.world.sql("update core.grants set revoked_at = clock_timestamp() where role = $1", [`own:${id}`]);
    expect((await h.asAda.post(`/admin/roles/${id}/put-away`)).status).toBe(303);
    expect((await h.asAda.post(`/admin/people/${nick.id}/grants`, { role: given.role, place })).status).toBe(422);
    await expect(h.world.grant(nick, given.role, h.place)).rejects.toMatchObject({ code: "42501" });
    expect((await change({})).status).toBe(422);
    expect((await h.asAda.post(`/admin/roles/${id}/restore`)).status).toBe(303);
    expect((await h.asAda.get(`/admin/people/${nick.id}`)).text).toContain("Day nurse");
  });

  test("past the pages: the database holds to the same, whoever asks", async () => {
    const own = `own:${id}`;
    const add = (permission: string, reach: string) =>
      `insert into core.role_permissions (role, permission, reach) values ('${own}', '${permission}', '${reach}')`;
    const refused: readonly (readonly [string, TestPerson, string, string | null])[] = [
      ["a wider reach", h.ada, add("ward.count", "site"), null],
      ["what is reserved", h.ada, add("ward.keys", "workspace"), null],
      ["the administrator's own", h.ada, add("core.tenant.manage", "workspace"), null],
      ["what must be apart", h.ada, `${add("ward.move", "workspace")}, ('${own}', 'ward.count', 'workspace')`, null],
      ["from inside a workspace", h.ada, add("ward.read", "workspace"), h.place.id],
      ["by somebody who may not", h.dana, add("ward.read", "workspace"), null],
      ["by the other institution", h.otto, add("ward.read", "workspace"), null],
      [
        "into the house's own roles",
        h.ada,
        "insert into core.role_permissions (tenant_id, role, permission, reach) values (null, 'nurse', 'ward.move', 'workspace')",
        null,
      ],
      [
        "as another institution's",
        h.ada,
        `insert into core.roles (tenant_id, role, title, place) values ('${h.world.there.id}', 'own:${h.place.id}', 'Sneaked', 'program')`,
        null,
      ],
    ];
    for (const [how, person, statement, place] of refused) {
      const code = await asApp(person, statement, place).then(
        () => "went through",
        (error: { code?: string }) => error.code,
      );
      expect([how, code === "42501" || code === "23503"]).toEqual([how, true]);
    }
    // Taking the house's roles apart finds no row to touch.
    await asApp(h.ada, "delete from core.role_permissions where tenant_id is null", null);
    await asApp(h.ada, "update core.roles set title = 'X' where tenant_id is null", null);
    expect(await h.world.sql("select 1 from core.roles where title = 'X'")).toEqual([]);
  });

  test("another institution neither sees nor gives it, and nobody widens what he holds", async () => {
    const own = `own:${id}`;
    expect((await h.asOtto.get("/admin/roles")).text).not.toContain("Day nurse");
    for (const path of ["", "/change", "/put-away"])
      expect((await h.asOtto.get(`/admin/roles/${id}${path}`)).status).toBe(404);
    expect(await asApp(h.otto, `select role from core.roles where role = '${own}'`, null).catch(() => [])).toEqual([]);
    expect((await h.asOtto.get(`/admin/roles/new?place=program&like=${own}`)).text).not.toContain("Day nurse");
    const olga = await h.world.person("Olga Other", null, null, { tenant: h.world.there });
    const place = `workspace:${h.elsewhere.id}`;
    expect((await h.asOtto.post(`/admin/people/${olga.id}/grants`, { role: own, place })).status).toBe(422);
    // Not even by the owner of the database: what is given names the institution together with the role.
    await expect(h.world.grant(olga, own, h.elsewhere)).rejects.toThrow();
    await expect(
      h.world.lay(
        `alter table core.grants disable trigger check_role_given; insert into core.grants (tenant_id, person_id, workspace_id, role) values ('${h.world.there.id}', '${olga.id}', '${h.elsewhere.id}', '${own}')`,
      ),
    ).rejects.toMatchObject({ code: "23503" });
    await h.world.lay("alter table core.grants enable trigger check_role_given");

    const desk = { title: "People's desk", place: "institution", may: ["core.people.read@workspace"] };
    const made = await h.asAda.post("/admin/roles", desk);
    const deskId = made.location.split("/").at(-1) ?? "";
    const pia = await h.world.person("Pia People", null, null);
    await h.world.grant(pia, `own:${deskId}`, null);
    const asPia = await h.world.as(pia);
    expect((await asPia.get("/admin/people")).status).toBe(200);
    expect((await asPia.get("/admin/roles")).status).toBe(403);
    await h.world.grant(pia, "administrator", null);
    // Now she may compose, but not what she holds.
    const widen = { ...desk, may: ["core.people.read@workspace", "core.people.manage@workspace"], reason: "For me" };
    expect((await asPia.post(`/admin/roles/${deskId}/change`, widen)).status).toBe(422);
    await expect(
      asApp(
        pia,
        `insert into core.role_permissions (role, permission, reach) values ('own:${deskId}', 'core.people.manage', 'workspace')`,
        null,
      ),
    ).rejects.toMatchObject({ code: "42501" });
    expect((await h.asAda.post(`/admin/roles/${deskId}/change`, widen)).status).toBe(303);
  });

  test("two roles that must be apart are not given to one person in one place", async () => {
    const mover = await h.asAda.post("/admin/roles", {
      title: "Mover",
      place: "program",
      may: ["ward.move@workspace"],
    });
    const role = `own:${mover.location.split("/").at(-1)}`;
    await h.world.grant(h.nora, "counter", h.place);
    const answer = await h.asDana.post(at("/access"), { person: h.nora.id, role });
    expect([
      answer.status,
      answer.text.includes("Nora Nurse is Counter of beds there already. Whoever moves beds"),
    ]).toEqual([422, true]);
    // In another place it is nobody's concern.
    const place = `workspace:${h.other.id}`;
    expect((await h.asAda.post(`/admin/people/${h.nora.id}/grants`, { role, place })).status).toBe(303);
  });
});
