/** Accounts, grants and sessions: nobody gives to himself, what is revoked bites at once, and the record names it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { insertGrant } from "@core/admin/people.ts";
import type { TestPerson } from "../../support/world.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
let site: string;
beforeAll(async () => {
  h = await hospital();
  site = await h.world.site(h.place, "NL-01");
});
afterAll(async () => await h.world.stop());

const newest = async () => (await h.world.trail())[0];
const grantsOf = (person: Pick<TestPerson, "id">) =>
  h.world.sql<{
    id: string;
    role: string;
    site_id: string | null;
    to_at: Date | null;
    revoked_at: Date | null;
    reason: string | null;
  }>("select id, role, site_id, to_at, revoked_at, reason from core.grants where person_id = $1 order by made_at", [
    person.id,
  ]);
const mails = () => h.world.sql("select 1 from core.mails");

describe("who may come in", () => {
  test("a director manages access in his workspace, not accounts of the institution", async () => {
    const { asDana, nora } = h;
    for (const path of [`/admin/people/${nora.id}`, "/admin/people/new", `/admin/people/${nora.id}/suspend`])
      expect([path, (await asDana.get(path)).status]).toEqual([path, 403]);
    expect((await asDana.post(`/admin/people/${nora.id}/suspend`)).status).toBe(403);
    expect((await asDana.get(`/w/${h.place.slug}/access`)).status).toBe(200);
  });
  test("a nurse sees no one's access", async () => {
    const [grant] = await grantsOf(h.dana);
    const at = `/w/${h.place.slug}/access`;
    expect((await h.asNora.get(at)).status).toBe(403);
    expect((await h.asNora.get(`${at}/${h.dana.id}`)).status).toBe(403);
    expect((await h.asNora.post(`${at}/grants/${grant?.id}/revoke`, { reason: "because" })).status).toBe(403);
  });
  test("the other institution's administrator finds nobody by an id, and nothing happens to them", async () => {
    const { asOtto, nora, place } = h;
    const [grant] = await grantsOf(nora);
    const at = `/admin/people/${nora.id}`;
    for (const path of [at, `${at}/change`, `${at}/suspend`, `/admin/grants/${grant?.id}/revoke`])
      expect([path, (await asOtto.get(path)).status]).toEqual([path, 404]);
    for (const [path, form] of [
      [`${at}/suspend`, {}],
      [`${at}/restore`, {}],
      [`${at}/invite`, {}],
      [`${at}/sessions/end`, {}],
      [`${at}/change`, { name: "Gone", email: "gone@example.org" }],
      [`${at}/change`, {}],
      [`${at}/grants`, { role: "director", place: `workspace:${place.id}` }],
      [`${at}/grants`, {}],
      [`/admin/grants/${grant?.id}/revoke`, { reason: "because" }],
      [`/admin/grants/${grant?.id}/revoke`, {}],
    ] as const)
      expect([path, (await asOtto.post(path, form)).status]).toEqual([path, 404]);
    expect((await asOtto.get("/admin/people?q=Nora")).text).toContain("Nobody found");
    expect((await h.asNora.get(`/w/${place.slug}`)).status).toBe(200);
  });
  test("a director of one workspace does not touch the grants of another", async () => {
    const guest = await h.world.person("Gus Guest", "nurse", h.other);
    const [grant] = await grantsOf(guest);
    const at = `/w/${h.place.slug}/access`;
    expect((await h.asDana.get(`${at}/${guest.id}`)).status).toBe(404);
    expect((await h.asDana.get(`${at}/grants/${grant?.id}/revoke`)).status).toBe(404);
    expect((await h.asDana.post(`${at}/grants/${grant?.id}/revoke`, { reason: "because" })).status).toBe(404);
    expect((await h.asDana.post(at, { person: guest.id, role: "nurse" })).text).toContain(
      "Choose a person from the list.",
    );
    expect((await grantsOf(guest))[0]?.revoked_at).toBeNull();
  });
});

describe("an account", () => {
  test("with a crooked address or one that is taken comes back with what was typed", async () => {
    const crooked = await h.asAda.post("/admin/people", { name: "Typed Name", email: "nowhere" });
    expect(crooked.status).toBe(422);
    expect(crooked.text).toContain("E-mail must be an address like name@example.org.");
    expect(crooked.text).toContain('value="Typed Name"');
    const taken = await h.asAda.post("/admin/people", { name: "Nora Again", email: h.nora.email.toUpperCase() });
    expect([taken.status, taken.text.includes("Nora Nurse has an account with this address already.")]).toEqual([
      422,
      true,
    ]);
  });
  test("with a role that does not belong in the place is refused whole: no account, no mail", async () => {
    const before = (await mails()).length;
    const answer = await h.asAda.post("/admin/people", {
      name: "Nell",
      email: "nell@example.org",
      role: "administrator",
      place: `workspace:${h.place.id}`,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Administrator is not a role for Residency");
    expect(await h.world.sql("select 1 from core.persons where email = 'nell@example.org'")).toHaveLength(0);
    expect(await mails()).toHaveLength(before);
  });
  test("is added with its access and invited, and the record says all of it", async () => {
    const answer = await h.asAda.post("/admin/people", {
      name: "Nils New",
      email: "Nils@Example.org",
      role: "nurse",
      place: `site:${site}`,
      to: "2099-12-31",
    });
    expect(answer.status).toBe(303);
    expect((await newest())?.sentence).toMatch(
      /^Ada Admin added an account for Nils New; Ada Admin made Nils New Nurse in Residency \d+, site NL-01; Ada Admin sent Nils New an invitation$/,
    );
    const id = answer.location.split("/").at(-1) ?? "";
    const [grant] = await grantsOf({ id });
    expect(grant).toMatchObject({ role: "nurse", site_id: site });
    expect(grant?.to_at?.toISOString()).toBe("2100-01-01T00:00:00.000Z");
    const outbox = (await h.world.stranger().get("/outbox")).text;
    expect(outbox).toContain("nils@example.org");
    const letter = /\/outbox\/[0-9a-f-]{36}/.exec(outbox)?.[0] ?? "";
    expect((await h.world.stranger().get(letter)).text).toMatch(
      /http:\/\/northfield\.localhost:3000\/sign-in\/password\/[\w-]{43}"/,
    );
    const page = await h.asAda.get(answer.location);
    expect(page.text).toContain("Ada Admin");
    expect(page.text).toContain("See beds");
    expect(page.text).toContain("only those to whom this person is assigned as nurse");
  });
  test("is found by a part of its name or address, by status and by workspace; wildcards are letters", async () => {
    expect((await h.asAda.get("/admin/people?q=nils@ex")).text).toContain("Nils New");
    expect((await h.asAda.get("/admin/people?q=%25")).text).toContain("Nobody found");
    expect((await h.asAda.get("/admin/people?status=suspended")).text).not.toContain("Nils New");
    const here = (await h.asAda.get(`/admin/people?workspace=${h.place.id}`)).text;
    expect([here.includes("Nils New"), here.includes("Gus Guest")]).toEqual([true, false]);
  });
  test("comes in pages of fifty", async () => {
    await h.world.sql(
      "insert into core.persons (tenant_id, name, email) select $1, 'Zz ' || lpad(i::text, 3, '0'), 'zz' || i || '@example.org' from generate_series(1, 60) i",
      [h.world.here.id],
    );
    const first = (await h.asAda.get("/admin/people?q=Zz")).text;
    expect([first.includes("Zz 050"), first.includes("Zz 051"), first.includes("1–50 of 60")]).toEqual([
      true,
      false,
      true,
    ]);
    expect((await h.asAda.get("/admin/people?q=Zz&page=2")).text).toContain("Zz 060");
  });
  test("is changed, and the record says what, not how", async () => {
    const person = await h.world.person("Mia Maiden", null, null);
    const at = `/admin/people/${person.id}`;
    const taken = await h.asAda.post(`${at}/change`, { name: "Mia Married", email: h.nora.email });
    expect([taken.status, taken.text.includes("Nora Nurse has this address already.")]).toEqual([422, true]);
    expect((await h.asAda.post(`${at}/change`, { name: "Mia Married", email: person.email })).status).toBe(303);
    expect((await newest())?.sentence).toBe("Ada Admin changed the account of Mia Married");
    expect((await newest())?.changed["core.persons"]).toMatchObject({ rows: [person.id] });
  });
});

describe("access", () => {
  test("is not given to oneself: the page says so, and the database refuses it whoever asks", async () => {
    const answer = await h.asAda.post(`/admin/people/${h.ada.id}/grants`, {
      role: "director",
      place: `workspace:${h.place.id}`,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("You cannot give access to yourself: someone else has to approve it.");
    const dana = await h.asDana.post(`/w/${h.place.slug}/access`, { person: h.dana.id, role: "nurse" });
    expect([dana.status, dana.text.includes("You cannot give access to yourself")]).toEqual([422, true]);
    const invited = await h.asDana.post(`/w/${h.place.slug}/access/invitations`, {
      "invited-name": "Dana",
      "invited-email": h.dana.email,
      "invited-role": "nurse",
    });
    expect([invited.status, invited.text.includes("You cannot give access to yourself")]).toEqual([422, true]);
    const standing = {
      tenantId: h.ada.tenant.id,
      workspaceId: null,
      kind: "person" as const,
      actorId: h.ada.id,
      sessionRef: "",
    };
    const code = await h.world.house.transactions
      .run(
        standing,
        { readOnly: false },
        async (lease) => {
          const values = {
            personId: h.ada.id,
            workspaceId: h.place.id,
            siteId: null,
            role: "director",
            fromAt: null,
            toAt: null,
          };
          await lease.rows(
            insertGrant.text,
            insertGrant.bind(values, {
              tenant: standing.tenantId,
              workspace: standing.workspaceId,
              actor: standing.actorId,
            }),
          );
        },
        async () => {},
      )
      .then(
        () => "done",
        (error: { code?: string }) => error.code,
      );
    expect(code).toBe("42501");
    expect(await grantsOf(h.ada)).toHaveLength(1);
  });
  test("is not given twice", async () => {
    const answer = await h.asAda.post(`/admin/people/${h.nora.id}/grants`, {
      role: "nurse",
      place: `workspace:${h.place.id}`,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Nora Nurse is Nurse in Residency");
    expect(await grantsOf(h.nora)).toHaveLength(1);
  });
  test.each([
    ["a day that is none", { from: "2026-02-30" }, "From must be a date like 2026-11-02."],
    ["an end in the past", { to: "2020-01-01" }, "Until lies in the past"],
    ["an end before its beginning", { from: "2099-02-01", to: "2099-01-01" }, "Until lies before From."],
    [
      "a place of the other institution",
      { place: "workspace:00000000-0000-4000-8000-000000000000" },
      "Choose a place from the list.",
    ],
    ["a role that nobody brings", { role: "emperor" }, "Choose a role from the list."],
    ["a role of another kind of workspace", { role: "clerk" }, "Clerk is not a role for Residency"],
  ])("with %s comes back", async (_name, over, sentence) => {
    const answer = await h.asAda.post(`/admin/people/${h.nora.id}/grants`, {
      role: "director",
      place: `workspace:${h.place.id}`,
      ...over,
    });
    expect([answer.status, answer.text.includes(sentence)]).toEqual([422, true]);
  });
  test("that begins later does not hold yet", async () => {
    const person = await h.world.person("Lena Later", null, null);
    await h.asAda.post(`/admin/people/${person.id}/grants`, {
      role: "nurse",
      place: `workspace:${h.place.id}`,
      from: "2099-01-01",
    });
    expect((await h.asAda.get(`/admin/people/${person.id}`)).text).toContain("Begins later");
    expect((await (await h.world.as(person)).get(`/w/${h.place.slug}`)).status).toBe(404);
  });
  test("is given by a director in the matrix, explained in words, and revoked with a reason that bites at once", async () => {
    const ned = await h.world.person("Ned", "nurse", h.place);
    const asNed = await h.world.as(ned);
    const at = `/w/${h.place.slug}/access`;
    expect((await asNed.get(at)).status).toBe(403);
    const span = { from: "2099-01-01", to: "2098-12-31" };
    expect((await h.asDana.post(at, { person: ned.id, role: "director", ...span })).text).toContain("lies before From");
    expect((await h.asDana.post(at, { person: ned.id, role: "clerk", to: "2099-02-01" })).status).toBe(422);
    const later = { person: ned.id, role: "director", from: "2099-01-01", to: "2099-12-31" };
    expect((await h.asDana.post(at, later)).status).toBe(303);
    expect((await newest())?.sentence).toMatch(/^Dana Director made Ned Ward director in Residency/);
    const matrix = (await h.asDana.get(`${at}?q=ned`)).text;
    expect(matrix).toMatch(/1 person found.*from <time[^>]*>2099-01-01.*until <time[^>]*>2099-12-31/);
    expect((await asNed.get(at)).status).toBe(403);
    const early = (await grantsOf(ned)).find(({ role }) => role === "director");
    await h.asDana.post(`${at}/grants/${early?.id}/revoke`, { reason: "sooner" });
    expect((await h.asDana.post(at, { person: ned.id, role: "director" })).status).toBe(303);
    expect((await newest())?.sentence).toMatch(/^Dana Director made Ned Ward director in Residency/);
    expect((await asNed.get(at)).status).toBe(200);
    const why = (await h.asDana.get(`${at}/${ned.id}`)).text;
    expect(why).toContain("What Ward director in Residency");
    expect(why).toContain("everything in Residency");
    const given = (await grantsOf(ned)).find(({ role, id }) => role === "director" && id !== early?.id);
    const short = await h.asDana.post(`${at}/grants/${given?.id}/revoke`, { reason: "x" });
    expect([short.status, short.text.includes("Reason is too short")]).toEqual([422, true]);
    expect((await h.asDana.post(`${at}/grants/${given?.id}/revoke`, { reason: "moved to another ward" })).status).toBe(
      303,
    );
    expect((await newest())?.sentence).toMatch(
      /^Dana Director revoked Ward director in Residency \d+ from Ned: moved to another ward$/,
    );
    expect((await newest())?.changed["core.grants"]).toMatchObject({
      columns: expect.arrayContaining(["reason", "revoked_at", "revoked_by"]),
      rows: [given?.id],
    });
    expect((await asNed.get(at)).status).toBe(403);
    expect((await h.asDana.post(`${at}/grants/${given?.id}/revoke`, { reason: "once more" })).status).toBe(404);
  });
  test("of one's own is not revoked by oneself", async () => {
    const [own] = await grantsOf(h.dana);
    const answer = await h.asDana.post(`/w/${h.place.slug}/access/grants/${own?.id}/revoke`, { reason: "leaving" });
    expect([answer.status, answer.text.includes("You cannot revoke your own access")]).toEqual([422, true]);
    const [admin] = await grantsOf(h.ada);
    expect((await h.asAda.post(`/admin/grants/${admin?.id}/revoke`, { reason: "leaving" })).status).toBe(422);
  });
  test("comes with an invitation: a new address gets an account, a known one keeps its own", async () => {
    const at = `/w/${h.place.slug}/access/invitations`;
    const form = (email: string, role = "nurse") => ({
      "invited-name": "Ina Invited",
      "invited-email": email,
      "invited-role": role,
    });
    const admin = await h.asDana.post(at, form("ina@example.org", "administrator"));
    expect([admin.status, admin.text.includes("Choose a role from the list.")]).toEqual([422, true]);
    expect(await h.world.sql("select 1 from core.persons where email = 'ina@example.org'")).toHaveLength(0);
    const before = (await mails()).length;
    const late = { ...form("ina@example.org"), "invited-from": "2099-01-02", "invited-to": "2099-01-01" };
    expect((await h.asDana.post(at, late)).text).toContain("lies before From");
    expect((await h.asDana.post(at, { ...form("ina@example.org"), "invited-to": "2099-12-31" })).status).toBe(303);
    expect((await newest())?.sentence).toMatch(
      /added an account for Ina Invited; .* made Ina Invited Nurse in Residency/,
    );
    expect(await mails()).toHaveLength(before + 1);
    expect((await h.asDana.get(`/w/${h.place.slug}/access`)).text).toMatch(/Ina Invited.*until <time[^>]*>2099-12-31/);
    const [{ count } = { count: 0 }] = await h.world.sql<{ count: number }>("select count(*)::int from core.persons");
    expect((await h.asDana.post(at, form(h.ada.email))).status).toBe(303);
    expect(await h.world.sql("select count(*)::int from core.persons")).toMatchObject([{ count }]);
  });
  test("that is an administrator's is given for the whole institution or not at all", async () => {
    const insert = h.world.sql(
      "insert into core.grants (tenant_id, person_id, workspace_id, role) values ($1, $2, $3, 'administrator')",
      [h.nora.tenant.id, h.nora.id, h.place.id],
    );
    expect(insert).rejects.toThrow("administrators_of_the_whole");
  });
});

describe("a session", () => {
  test("ends at once when its person is suspended; restoring lets in again, without the old session", async () => {
    const sam = await h.world.person("Sam Soon", "nurse", h.place);
    const asSam = await h.world.as(sam);
    expect((await asSam.get(`/w/${h.place.slug}`)).status).toBe(200);
    expect((await h.asAda.get(`/admin/people/${sam.id}/suspend`)).text).toContain(
      "Every session of this person ends at once",
    );
    expect((await h.asAda.post(`/admin/people/${sam.id}/suspend`)).status).toBe(303);
    expect((await newest())?.sentence).toBe("Ada Admin suspended Sam Soon");
    expect((await asSam.get(`/w/${h.place.slug}`)).status).toBe(401);
    const ended = await h.world.sql<{ ended_why: string }>("select ended_why from core.sessions where person_id = $1", [
      sam.id,
    ]);
    expect(ended).toEqual([{ ended_why: "suspended" }]);
    expect((await h.asAda.post(`/admin/people/${sam.id}/suspend`)).status).toBe(422);
    expect((await h.asAda.post(`/admin/people/${sam.id}/invite`)).status).toBe(422);
    expect((await h.asAda.post(`/admin/people/${sam.id}/restore`)).status).toBe(303);
    expect((await asSam.get(`/w/${h.place.slug}`)).status).toBe(401);
    expect((await (await h.world.as(sam)).get(`/w/${h.place.slug}`)).status).toBe(200);
  });
  test("is ended with all others of its person by an administrator, who is told how many", async () => {
    const sid = await h.world.person("Sid Many", "nurse", h.place);
    const [one, two] = [await h.world.as(sid), await h.world.as(sid)];
    expect((await h.asAda.get(`/admin/people/${sid.id}`)).text).toContain("End all sessions");
    expect((await h.asAda.post(`/admin/people/${sid.id}/sessions/end`)).status).toBe(303);
    expect((await newest())?.sentence).toBe("Ada Admin ended 2 sessions of Sid Many");
    for (const client of [one, two]) expect((await client.get(`/w/${h.place.slug}`)).status).toBe(401);
  });
  test("of another is out of a director's reach, also in SQL", async () => {
    const standing = {
      tenantId: h.dana.tenant.id,
      workspaceId: h.place.id,
      kind: "person" as const,
      actorId: h.dana.id,
      sessionRef: "",
    };
    const ending = h.world.house.transactions.run(
      standing,
      { readOnly: false },
      async (lease) => await lease.rows("select core.end_sessions_of($1::uuid, 'because')", [h.nora.id]),
      async () => {},
    );
    expect(ending).rejects.toMatchObject({ code: "42501" });
    expect((await h.asNora.get(`/w/${h.place.slug}`)).status).toBe(200);
  });
  test("one's own account is not suspended by oneself", async () => {
    const answer = await h.asAda.post(`/admin/people/${h.ada.id}/suspend`);
    expect([answer.status, answer.text.includes("You cannot suspend yourself")]).toEqual([422, true]);
  });
});
