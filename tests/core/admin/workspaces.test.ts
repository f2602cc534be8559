/** Workspaces, sites, modules and settings: refusals first, then the deed, then what the record says of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createTenant } from "@core/tenancy/tenants.ts";
import { type Hospital, hospital } from "./hospital.ts";

let h: Hospital;
beforeAll(async () => {
  h = await hospital();
});
afterAll(async () => await h.world.stop());

const newest = async () => (await h.world.trail())[0];
const settings = (over: Record<string, string> = {}) => ({
  beds: "7",
  quiet: "on",
  greeting: "Good morning",
  colour: "green",
  wings: "East",
  ...over,
});

describe("who may come in", () => {
  test("a director sees nothing of the institution's administration, and the refusal is on the record", async () => {
    const { asDana, place } = h;
    for (const path of [
      "/admin/workspaces",
      "/admin/workspaces/new",
      `/admin/workspaces/${place.id}`,
      `/admin/workspaces/${place.id}/settings/ward`,
      `/admin/workspaces/${place.id}/archive`,
      "/admin/people",
      "/admin/record",
      "/admin/downloads",
      "/admin/policies",
    ]) {
      expect([path, (await asDana.get(path)).status]).toEqual([path, 403]);
    }
    expect(await newest()).toMatchObject({ outcome: "refused", status: 403, actor_name: "Dana Director" });
    expect((await asDana.post(`/admin/workspaces/${place.id}/modules/ward`, { on: "false" })).status).toBe(403);
  });
  test("a stranger is asked to sign in everywhere", async () => {
    for (const path of ["/", "/admin/workspaces", `/w/${h.place.slug}`, `/w/${h.place.slug}/settings`])
      expect((await h.world.stranger().get(path)).status).toBe(401);
  });
  test("the other institution's administrator finds none of it by its ids", async () => {
    const { asOtto, place } = h;
    const at = `/admin/workspaces/${place.id}`;
    for (const path of [at, `${at}/settings/ward`, `${at}/archive`, `/w/${place.slug}`, `/w/${place.slug}/settings`])
      expect([path, (await asOtto.get(path)).status]).toEqual([path, 404]);
    for (const [path, form] of [
      [`${at}/sites`, { code: "X", name: "X" }],
      [`${at}/sites`, { code: "", name: "" }],
      [`${at}/modules/ward`, { on: "false" }],
      [`${at}/settings/ward`, settings({ beds: "9" })],
      [`${at}/archive`, {}],
      [`${at}/restore`, {}],
    ] as const)
      expect([path, (await asOtto.post(path, form)).status]).toEqual([path, 404]);
    expect((await asOtto.get("/admin/workspaces")).text).not.toContain(place.id);
    const [row] = await h.world.sql<{ archived_at: Date | null }>(
      "select archived_at from core.workspaces where id = $1",
      [place.id],
    );
    expect(row?.archived_at).toBeNull();
  });
  test("a nurse has no settings to change", async () => {
    expect((await h.asNora.get(`/w/${h.place.slug}/settings`)).status).toBe(403);
    expect((await h.asNora.post(`/w/${h.place.slug}/settings/ward`, settings())).status).toBe(403);
  });
});

describe("a workspace", () => {
  test("without a name comes back with what was typed", async () => {
    const answer = await h.asAda.post("/admin/workspaces", { title: "", kind: "program", specialty: "Nephrology" });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Enter name.");
    expect(answer.text).toContain('value="Nephrology"');
  });
  test("whose address is taken, or is none, says so beside the field", async () => {
    const taken = await h.asAda.post("/admin/workspaces", { title: "Again", kind: "program", slug: h.place.slug });
    expect([taken.status, taken.text.includes(`The address /w/${h.place.slug} is taken.`)]).toEqual([422, true]);
    const crooked = await h.asAda.post("/admin/workspaces", { title: "Again", kind: "program", slug: "Not This" });
    expect([crooked.status, crooked.text.includes("Use small letters, digits and hyphens")]).toEqual([422, true]);
  });
  test("is added with an address out of its name, and the record says so", async () => {
    const answer = await h.asAda.post("/admin/workspaces", { title: "Médecine interne (2026)", kind: "program" });
    expect(answer.status).toBe(303);
    expect(await newest()).toMatchObject({
      sentence: "Ada Admin added the program Médecine interne (2026)",
      event: "core.workspace_added",
    });
    const page = await h.asAda.get(answer.location);
    expect(page.text).toContain("/w/medecine-interne-2026");
    expect((await newest())?.read["core.workspaces"]?.columns).toContain("title");
    expect((await h.asAda.get("/admin/workspaces")).text).toContain("Médecine interne (2026)");
  });
  test("gets sites, each code once", async () => {
    const at = `/admin/workspaces/${h.place.id}`;
    expect((await h.asAda.post(`${at}/sites`, { code: "NL-01", name: "Northfield clinic" })).status).toBe(303);
    expect((await newest())?.sentence).toMatch(/^Ada Admin added the site NL-01 Northfield clinic to Residency/);
    const again = await h.asAda.post(`${at}/sites`, { code: "NL-01", name: "Typed name" });
    expect(again.status).toBe(422);
    expect(again.text).toContain("A site here has the code NL-01 already.");
    expect(again.text).toContain('value="Typed name"');
  });
  test("is archived: nobody opens it, nothing in it is changed, and it comes back", async () => {
    const made = await h.world.workspace("program", ["ward"]);
    const director = await h.world.as(await h.world.person("Dora", "director", made));
    const at = `/admin/workspaces/${made.id}`;
    expect((await director.get(`/w/${made.slug}`)).status).toBe(200);
    expect((await h.asAda.get(`${at}/archive`)).text).toContain("One person can open it now");
    expect((await h.asAda.post(`${at}/archive`)).status).toBe(303);
    expect((await newest())?.event).toBe("core.workspace_archived");
    expect((await director.get(`/w/${made.slug}`)).status).toBe(404);
    const refused = await h.asAda.post(`${at}/modules/ward`, { on: "false" });
    expect([refused.status, refused.text.includes("is archived. Restore it")]).toEqual([422, true]);
    expect((await h.asAda.post(`${at}/settings/ward`, settings({ beds: "3" }))).status).toBe(422);
    expect((await h.asAda.post(`${at}/sites`, { code: "A", name: "A" })).status).toBe(422);
    expect((await h.asAda.post(`${at}/restore`)).status).toBe(303);
    expect((await director.get(`/w/${made.slug}`)).status).toBe(200);
  });
});

describe("a module", () => {
  test("is offered only where it can be", async () => {
    const page = await h.asAda.get(`/admin/workspaces/${h.place.id}`);
    expect(page.text).toContain("Beds and who lies in them.");
    expect(page.text).not.toContain("Only for studies.");
    expect((await h.asAda.post(`/admin/workspaces/${h.place.id}/modules/desk`, { on: "true" })).status).toBe(404);
    expect((await h.asAda.post(`/admin/workspaces/${h.place.id}/modules/nothing`, { on: "true" })).status).toBe(404);
  });
  test("is switched off and on: its panels go and come, and each switch is a row", async () => {
    const made = await h.world.workspace("program", ["ward"]);
    const director = await h.world.as(await h.world.person("Dido", "director", made));
    expect((await director.get(`/w/${made.slug}`)).text).toContain("7 beds in");
    expect((await h.asAda.post(`/admin/workspaces/${made.id}/modules/ward`, { on: "false" })).status).toBe(303);
    expect((await newest())?.sentence).toMatch(/^Ada Admin switched Ward off in Residency/);
    expect((await newest())?.changed["core.switches"]?.columns).toContain("is_on");
    expect((await director.get(`/w/${made.slug}`)).text).toContain("No module is switched on here");
    expect((await director.get(`/w/${made.slug}/settings/ward`)).status).toBe(404);
    await h.asAda.post(`/admin/workspaces/${made.id}/modules/ward`, { on: "true" });
    await h.asAda.post(`/admin/workspaces/${made.id}/modules/ward`, { on: "true" });
    expect((await director.get(`/w/${made.slug}`)).text).toContain("7 beds in");
    expect(await h.world.sql("select 1 from core.switches where workspace_id = $1", [made.id])).toHaveLength(3);
  });
});

describe("settings", () => {
  test("that break the schema come back with what was typed and a sentence each, and nothing is saved", async () => {
    const at = `/w/${h.place.slug}/settings/ward`;
    const answer = await h.asDana.post(at, {
      ...settings({ beds: "100", greeting: "typed here", colour: "red" }),
      "reason-for-change": "because",
    });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Beds must be a whole number between 1 and 99.");
    expect(answer.text).toContain("Choose colour of the doors from the list.");
    expect(answer.text).toContain('value="100"');
    expect(answer.text).toContain('value="typed here"');
    expect(await newest()).toMatchObject({ outcome: "refused", status: 422 });
    expect(JSON.stringify(await newest())).not.toContain("typed here");
    expect(await h.world.sql("select 1 from core.settings")).toHaveLength(0);
  });
  test("need a reason", async () => {
    const answer = await h.asDana.post(`/w/${h.place.slug}/settings/ward`, settings({ beds: "9" }));
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Say why in a few words");
    expect(answer.text).toContain('value="9"');
  });
  test("that were not changed make no row", async () => {
    const answer = await h.asDana.post(`/w/${h.place.slug}/settings/ward`, {
      ...settings(),
      "reason-for-change": "no",
    });
    expect(answer.status).toBe(303);
    expect(await h.world.sql("select 1 from core.settings")).toHaveLength(0);
  });
  test("become a new row with its reason, hold at once, and the record says what changed", async () => {
    const { quiet: _off, ...unticked } = settings({ beds: "9", wings: "East\r\nWest\n" });
    const answer = await h.asDana.post(`/w/${h.place.slug}/settings/ward`, {
      ...unticked,
      "reason-for-change": "two wings now",
    });
    expect(answer.status).toBe(303);
    expect((await newest())?.sentence).toMatch(
      /^Dana Director changed the settings of Ward in Residency \d+: Beds from 7 to 9; Quiet at night from on to off; Wings from East to East, West \(two wings now\)$/,
    );
    const rows = await h.world.sql<{ value: object; reason: string }>("select value, reason from core.settings");
    expect(rows).toEqual([
      {
        value: { beds: 9, quiet: false, greeting: "Good morning", colour: "green", wings: ["East", "West"] },
        reason: "two wings now",
      },
    ]);
    expect((await h.asNora.get(`/w/${h.place.slug}`)).text).toContain("9 beds in");
    const again = await h.asAda.get(`/admin/workspaces/${h.place.id}/settings/ward`);
    expect(again.text).toContain("Beds from 7 to 9");
    expect(again.text).toContain("two wings now");
    expect(again.text).not.toMatch(/name="quiet"[^>]*checked/);
  });
  test("of one workspace are not another's", async () => {
    const answer = await h.asDana.get(`/w/${h.other.slug}/settings/ward`);
    expect(answer.status).toBe(403);
    expect((await h.asAda.get(`/admin/workspaces/${h.other.id}/settings/ward`)).text).toContain("Never changed");
  });
});

describe("where everyone begins", () => {
  test("who works in one place is led there; who has none is told why", async () => {
    const answer = await h.asNora.get("/");
    expect([answer.status, answer.location]).toEqual([303, `/w/${h.place.slug}`]);
    const nobody = await h.world.as(await h.world.person("Nina New", null, null));
    expect((await nobody.get("/")).text).toContain("nobody has given you access");
  });
  test("who works in two chooses, and an administrator finds what to keep", async () => {
    const both = await h.world.person("Bo Both", "nurse", h.place);
    await h.world.grant(both, "nurse", h.other);
    const page = await (await h.world.as(both)).get("/");
    expect(page.status).toBe(200);
    expect(page.text).toContain(`href="/w/${h.other.slug}"`);
    expect((await h.asAda.get("/")).text).toContain('href="/admin/policies"');
  });
  test("only panels that this person may see are drawn, with the module's own settings", async () => {
    const dana = await h.asDana.get(`/w/${h.other.slug}`);
    expect(dana.status).toBe(404);
    const nora = (await h.asNora.get(`/w/${h.place.slug}`)).text;
    expect(nora).toContain("beds in");
    expect(nora).not.toContain("Nothing to move.");
    expect(nora).not.toContain("Silent");
    expect((await h.asDana.get(`/w/${h.place.slug}`)).text).toContain("Nothing to move.");
  });
});

describe("an institution from the command line", () => {
  test("is refused in a sentence when its slug cannot be, is taken, or does not fit its host", async () => {
    const { database } = h.world;
    expect(createTenant(database, { name: "X", slug: "9x" })).rejects.toThrow("cannot lead an address");
    expect(createTenant(database, { name: "X", slug: "northfield" })).rejects.toThrow("is called northfield already");
    expect(createTenant(database, { name: "X", slug: "ab", host: "cd.example.org" })).rejects.toThrow(
      "Leave --host out",
    );
    expect(createTenant(database, { name: " ", slug: "ab" })).rejects.toThrow("1 to 200 characters");
  });
  test("answers at its slug, and is no demonstration", async () => {
    const { id } = await createTenant(h.world.database, { name: "Riverside (invented)", slug: "riverside" });
    const [row] = await h.world.sql<{ demo: boolean }>("select demo from core.tenants where tenant_id = $1", [id]);
    expect(row?.demo).toBe(false);
    expect((await h.world.stranger({ id, slug: "riverside" }).get("/")).status).toBe(401);
  });
});
