/** The record as those who may read it see it: what it names, whom it hides it from, and how it leaves as a file. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { COUNT_LIMIT } from "@core/admin/record.ts";
import { collect } from "../../support/collecting.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
let base: string;
beforeAll(async () => {
  h = await hospital();
  base = `/w/${h.place.slug}/record`;
});
afterAll(async () => await h.world.stop());

const newest = async () => (await h.world.trail())[0];
/** Numbers of the entries, newest first, of one institution. */
const entries = async (tenant = h.world.here, where = "true") =>
  (
    await h.world.sql<{ id: string }>(
      `select id::text from core.audit_events where tenant_id = $1 and ${where} order by core.audit_events.id desc`,
      [tenant.id],
    )
  ).map(({ id }) => id);

describe("who may read it", () => {
  test("a nurse may not, and her trying is on it", async () => {
    expect((await h.asNora.get(base)).status).toBe(403);
    expect((await collect(h.world, h.asNora, `${base}.csv`)).status).toBe(403);
    expect((await h.asDana.get(`${base}?outcome=refused`)).text).toContain("Nora Nurse was refused");
  });
  test("a director reads his workspace's and no other's, by list, by number or as a file", async () => {
    await h.asAda.get(`/w/${h.other.slug}/record`);
    await h.asAda.get("/admin/people");
    const list = (await h.asDana.get(base)).text;
    expect(list).toContain("Nora Nurse was refused");
    expect(list).not.toContain("Ada Admin");
    const [there] = await entries(h.world.here, `workspace_id = '${h.other.id}'`);
    const [institution] = await entries(h.world.here, "workspace_id is null");
    for (const id of [there, institution]) expect((await h.asDana.get(`${base}/${id}`)).status).toBe(404);
    expect((await collect(h.world, h.asDana, `${base}.csv`)).text).not.toContain("Ada Admin looked");
    expect((await h.asDana.get("/admin/record")).status).toBe(403);
    expect((await h.asDana.get("/admin/record/refusals")).status).toBe(403);
  });
  test("the other institution's administrator reads none of it", async () => {
    const [entry] = await entries();
    expect((await h.asOtto.get(`/admin/record/${entry}`)).status).toBe(404);
    expect((await h.asOtto.get(base)).status).toBe(404);
    expect((await h.asOtto.get("/admin/record")).text).not.toContain("Ada Admin");
    expect((await h.asOtto.get(`/admin/record?actor=${h.ada.id}`)).text).toContain("No entry");
  });
});

describe("an entry", () => {
  test("names the request, the permission, and the columns and rows that were read and changed", async () => {
    await h.asAda.post(`/admin/people/${h.nora.id}/change`, { name: "Nora Nurse", email: h.nora.email });
    const [id] = await entries();
    const row = await newest();
    const page = await h.asAda.get(`/admin/record/${id}`);
    expect(page.status).toBe(200);
    for (const part of [
      "Ada Admin changed the account of Nora Nurse",
      "POST /admin/people/:id/change",
      "Change and suspend accounts, end their sessions (core.people.manage)",
      "127.0.0.1",
      "core.persons",
      h.nora.id,
      "303",
    ])
      expect(page.text).toContain(part);
    expect(row?.changed["core.persons"]?.columns.toSorted()).toEqual(["email", "name"]);
    for (const column of row?.read["core.persons"]?.columns ?? ["missing"]) expect(page.text).toContain(column);
    // Reading the record is on the record, with the row that was read.
    expect((await newest())?.read["core.audit_events"]?.rows).toEqual([id as string]);
  });
  test("of another number is not there", async () => {
    expect((await h.asAda.get("/admin/record/999999999")).status).toBe(404);
    expect((await h.asAda.get("/admin/record/abc")).status).toBe(422);
  });
  test("about a subject shows the code, and leads to all about that subject", async () => {
    const [subject] = await h.world.sql<{ id: string }>(
      "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'T-7', 'trainee') returning id",
      [h.place.tenant.id, h.place.id],
    );
    await h.world.sql(
      `insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_name, request_id, act, sentence, outcome, status, subjects)
       values ($1, $2, 'person', 'Somebody', gen_random_uuid(), 'GET /x', 'Somebody looked at T-7', 'done', 200, array[$3::uuid])`,
      [h.place.tenant.id, h.place.id, subject?.id],
    );
    const found = (await h.asDana.get(`${base}?subject=T-7`)).text;
    expect([found.includes("Somebody looked at T-7"), found.includes("1 entry")]).toEqual([true, true]);
    const [id] = await entries(h.world.here, `'${subject?.id}' = any(subjects) and actor_name = 'Somebody'`);
    const page = (await h.asDana.get(`${base}/${id}`)).text;
    expect(page).toContain(`?subject=${subject?.id}`);
    expect(page).toContain("T-7");
    expect((await h.asDana.get(`${base}?subject=T-8`)).text).toContain("You can see no subject with this code here.");
    // Whoever keeps the institution knows no codes: he follows a subject by its number.
    expect((await h.asAda.get("/admin/record?subject=T-7")).text).toContain("Codes belong to a workspace");
    expect((await h.asAda.get(`/admin/record?subject=${subject?.id}`)).text).toContain("Somebody looked at T-7");
  });
});

describe("filters", () => {
  beforeAll(async () => {
    await h.asAda.post(`/admin/workspaces/${h.place.id}/sites`, { code: "F-1", name: "100% clinic" });
  });
  test.each([
    ["person=Ada", "Ada Admin added the site", true],
    ["person=Dana", "Ada Admin added the site", false],
    ["text=added+the+site", "Ada Admin added the site", true],
    ["text=core.site_added", "Ada Admin added the site", true],
    ["text=100%25+cl", "Ada Admin added the site", true],
    ["text=1%25clinic", "Ada Admin added the site", false],
    ["table=core.sites", "Ada Admin added the site", true],
    ["table=core.exports", "Ada Admin added the site", false],
    ["outcome=refused", "Ada Admin added the site", false],
    ["outcome=nonsense", "Ada Admin added the site", true],
    ["to=2020-01-01", "Ada Admin added the site", false],
    ["from=2099-01-01", "Ada Admin added the site", false],
    ["from=2020-01-01&to=2099-01-01", "Ada Admin added the site", true],
  ])("%s: %s %p", async (query, sentence, shown) => {
    const answer = await h.asAda.get(`/admin/record?${query}`);
    expect([answer.status, answer.text.includes(sentence)]).toEqual([200, shown]);
  });
  test("today's entries belong to today: both days are included", async () => {
    const today = new Date().toISOString().slice(0, 10);
    expect((await h.asAda.get(`/admin/record?from=${today}&to=${today}`)).text).toContain("Ada Admin added the site");
  });
  test("that cannot be understood find nothing and say so, with what was typed", async () => {
    const answer = await h.asAda.get("/admin/record?from=11/02/2026");
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("From must be a date like 2026-11-02.");
    expect(answer.text).toContain('value="11/02/2026"');
    expect(answer.text).toContain("No entry");
    expect((await collect(h.world, h.asAda, "/admin/record.csv?from=11/02/2026")).status).toBe(422);
  });
});

describe("pages and files", () => {
  beforeAll(async () => {
    await h.world.sql(
      `insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_name, request_id, act, sentence, outcome, status)
       select $1, $2, 'system', 'Counter', gen_random_uuid(), 'GET /count', 'count ' || lpad(i::text, 5, '0'), 'done', 200
       from generate_series(1, 120) i`,
      [h.place.tenant.id, h.place.id],
    );
  });
  const counts = (text: string) => [...text.matchAll(/count (\d{5})/g)].map((found) => Number(found[1]));
  const linkOf = (text: string, label: string) =>
    new RegExp(`href="([^"]+)"[^>]*>${label}<`).exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
  test("are turned without losing or repeating an entry, forwards and back, while others are added", async () => {
    const first = (await h.asDana.get(`${base}?person=Counter`)).text;
    expect(counts(first)).toEqual(Array.from({ length: 50 }, (_, i) => 120 - i));
    expect(linkOf(first, "Newer")).toBe("");
    await h.world.sql(
      `insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_name, request_id, act, sentence, outcome, status)
       values ($1, $2, 'system', 'Counter', gen_random_uuid(), 'GET /count', 'count 00121', 'done', 200)`,
      [h.place.tenant.id, h.place.id],
    );
    const second = (await h.asDana.get(linkOf(first, "Older"))).text;
    expect(counts(second)).toEqual(Array.from({ length: 50 }, (_, i) => 70 - i));
    const third = (await h.asDana.get(linkOf(second, "Older"))).text;
    expect(counts(third)).toEqual(Array.from({ length: 20 }, (_, i) => 20 - i));
    expect(linkOf(third, "Older")).toBe("");
    expect(counts((await h.asDana.get(linkOf(third, "Newer"))).text)).toEqual(counts(second));
    const back = (await h.asDana.get(linkOf(second, "Newer"))).text;
    expect(counts(back)).toEqual(Array.from({ length: 50 }, (_, i) => 120 - i));
    expect(linkOf(back, "Newer")).not.toBe("");
  });
  test("the filtered record is a file: watermarked, in the ledger, on the record", async () => {
    const file = await collect(h.world, h.asDana, `${base}.csv?person=Counter`);
    expect(file.status).toBe(200);
    expect(file.headers.get("content-disposition")).toContain("record-");
    expect(file.text).toContain("Exported by Dana Director");
    expect(counts(file.text)).toHaveLength(121);
    expect(file.text).not.toContain("Nora Nurse");
    expect(await newest()).toMatchObject({ event: "core.exported" });
    const ledger = await h.asDana.get(`/w/${h.place.slug}/downloads`);
    expect(ledger.text).toContain("The record");
    expect(ledger.text).toContain("Dana Director");
    expect(ledger.text).toContain(">121<");
    expect((await h.asAda.get("/admin/downloads")).text).toContain("Dana Director");
    expect((await h.asAda.get(`/w/${h.other.slug}/downloads`)).text).toContain("No file was downloaded");
    expect((await h.asNora.get(`/w/${h.place.slug}/downloads`)).status).toBe(403);
  });
  test("a file holds all of it, however many entries that are; a page counts to ten thousand", async () => {
    await h.world.sql(
      `insert into core.audit_events (tenant_id, workspace_id, actor_kind, actor_name, request_id, act, sentence, outcome, status)
       select $1, $2, 'system', 'Counter', gen_random_uuid(), 'GET /count', 'count ' || lpad(i::text, 5, '0'), 'done', 200
       from generate_series(122, $3::int) i`,
      [h.place.tenant.id, h.place.id, COUNT_LIMIT + 5],
    );
    const file = (await collect(h.world, h.asDana, `${base}.csv?person=Counter`)).text;
    const lines = file.trimEnd().split("\r\n");
    expect(lines).toHaveLength(2 + COUNT_LIMIT + 5);
    expect([counts(file)[0], counts(file).at(-1)]).toEqual([COUNT_LIMIT + 5, 1]);
    const page = (await h.asDana.get(`${base}?person=Counter`)).text;
    expect(page).toContain("More than 10,000 entries");
  });
});

describe("strangers", () => {
  test("who were turned away are counted for those who read the institution's record, and nowhere else", async () => {
    for (let i = 0; i < 3; i++) await h.world.stranger().get("/admin/policies");
    const page = await h.asAda.get("/admin/record/refusals");
    expect(page.status).toBe(200);
    expect(page.text).toContain("GET /admin/policies");
    expect(page.text).toContain(">3<");
    expect((await h.asOtto.get("/admin/record/refusals")).text).not.toContain("GET /admin/policies");
    const standing = {
      tenantId: h.dana.tenant.id,
      workspaceId: h.place.id,
      kind: "person" as const,
      actorId: h.dana.id,
      sessionRef: "",
    };
    const seen = await h.world.house.transactions.run(
      standing,
      { readOnly: true },
      async (lease) => await lease.rows("select count(*)::int from core.refusals"),
      async () => {},
    );
    expect(seen[0]?.[0]).toBe(0);
  });
});

describe("policies", () => {
  test("are not a director's to see or change, and the other institution's are another's", async () => {
    expect((await h.asDana.post("/admin/policies", { name: "Mine", profile: "pilot" })).status).toBe(403);
    expect((await h.asOtto.post("/admin/policies", { name: "Lakeside (changed)", profile: "pilot" })).status).toBe(303);
    const rows = await h.world.sql<{ slug: string; name: string }>("select slug, name from core.tenants order by slug");
    expect(rows).toEqual([
      { slug: "lakeside", name: "Lakeside (changed)" },
      { slug: "northfield", name: "Northfield (invented)" },
    ]);
  });
  test("only shorten: an idle limit beyond the house's comes back with what was typed", async () => {
    for (const idleMinutes of ["0", "16", "1.5", "soon"]) {
      const answer = await h.asAda.post("/admin/policies", { name: "Typed", profile: "pilot", idleMinutes });
      expect([idleMinutes, answer.status]).toEqual([idleMinutes, 422]);
      expect(answer.text).toContain("Idle limit must be a whole number between 1 and 15.");
      expect(answer.text).toContain('value="Typed"');
      expect(answer.text).toContain(`value="${idleMinutes}"`);
    }
  });
  test("are changed, hold for the next request, and the record says from what to what", async () => {
    const form = { name: "Northfield (renamed)", profile: "standard", idleMinutes: "5" };
    const lockedOut = await h.asAda.post("/admin/policies", form);
    expect([lockedOut.status, lockedOut.text.includes("Set a password on your own account page first")]).toEqual([
      422,
      true,
    ]);
    await h.world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', 'none')",
      [h.ada.tenant.id, h.ada.id],
    );
    expect((await h.asAda.post("/admin/policies", form)).status).toBe(303);
    expect(await newest()).toMatchObject({
      event: "core.tenant_changed",
      sentence:
        "Ada Admin changed the institution's name from Northfield (invented) to Northfield (renamed); profile from pilot to standard; idle limit from the house's own to 5 minutes",
    });
    expect((await newest())?.changed["core.tenants"]?.rows).toEqual([h.world.here.id]);
    expect((await h.asDana.get(`/w/${h.place.slug}`)).text).toContain('data-idle="300"');
    const page = await h.asAda.get("/admin/policies");
    expect(page.text).toContain("Demonstration");
    expect((await h.asAda.post("/admin/policies", form)).status).toBe(303);
    expect((await newest())?.event).toBeNull();
    expect((await h.asAda.post("/admin/policies", { ...form, idleMinutes: "" })).status).toBe(303);
    expect((await newest())?.sentence).toContain("idle limit from 5 minutes to the house's own");
  });
  test("do not reach an institution's address or its demonstration mark, even in SQL", async () => {
    const standing = {
      tenantId: h.ada.tenant.id,
      workspaceId: null,
      kind: "person" as const,
      actorId: h.ada.id,
      sessionRef: "",
    };
    for (const column of ["slug = 'elsewhere'", "demo = false", "suspended_at = null"]) {
      const change = h.world.house.transactions.run(
        standing,
        { readOnly: false },
        async (lease) => await lease.rows(`update core.tenants set ${column}`),
        async () => {},
      );
      expect(change).rejects.toMatchObject({ code: "42501" });
    }
  });
});
