/** From asking for an account to having one, or not: each state, and what it reaches. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { paces } from "@core/identity/pace.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { lettersOf, linkIn } from "../../support/letters.ts";
import { type Hospital, hospital } from "../admin/hospital.ts";

const PASSWORD = "copper lantern drifting north";
let h: Hospital;
beforeAll(async () => {
  h = await hospital(identityRoutes({ environment: "development" }));
  await h.world.sql(`update core.tenants set policies = '{"registration":"open"}' where tenant_id = $1`, [
    h.world.here.id,
  ]);
}, 60_000);
afterAll(() => h.world.stop());

let count = 0;
const browser = (tenant = h.world.here) => {
  count += 1;
  return jarAt(h.world, tenant, `203.0.113.${count}`);
};
const ask = (name: string, email: string) => browser().post("/register", { name, email });
const statusOf = async (email: string) =>
  (await h.world.sql<{ status: string }>("select status from core.persons where email = $1", [email]))[0]?.status;
async function signIn(email: string): Promise<Jar> {
  const jar = browser();
  expect((await jar.post("/sign-in", { email, password: PASSWORD })).status).toBe(303);
  return jar;
}
async function verified(name: string, email: string): Promise<Jar> {
  await ask(name, email);
  await browser().post(await linkIn(h.world, email), { password: PASSWORD, again: PASSWORD });
  return signIn(email);
}
async function pending(name: string, email: string): Promise<{ jar: Jar; id: string; path: string }> {
  const jar = await verified(name, email);
  expect((await jar.post("/account/status", { reason: "I begin as a nurse on Monday" })).status).toBe(303);
  const [row] = await h.world.sql<{ id: string; person_id: string }>(
    "select r.id, r.person_id from core.registrations r join core.persons p on p.id = r.person_id where p.email = $1 order by r.made_at desc",
    [email],
  );
  return { jar, id: row?.person_id ?? "", path: `/admin/registrations/${row?.id}` };
}
/** Everything but the way out and the status page is refused. */
async function reachesStatusAlone(jar: Jar): Promise<void> {
  for (const { route, pattern } of h.world.house.kernel.catalogue) {
    if (route.needs === "anyone" || pattern === "/account/status") continue;
    const path = pattern.replace(/:\w+/g, crypto.randomUUID());
    const answer = route.method === "GET" ? await jar.get(path) : await jar.post(path);
    if (pattern.startsWith("/p/")) continue;
    expect([path, answer.status]).toEqual([path, 403]);
  }
  expect((await jar.get("/account/status")).status).toBe(200);
}

describe("registering", () => {
  test("goes by mailbox, reason and approval to exactly the role that was given", async () => {
    const email = "rita.invented@northfield.example";
    expect((await browser().get("/sign-in")).text).toContain('href="/register"');
    expect((await ask("Rita Invented", email)).location).toBe("/register?sent=1");
    expect(await statusOf(email)).toBe("registered");

    await browser().post(await linkIn(h.world, email), { password: PASSWORD, again: PASSWORD });
    expect(await statusOf(email)).toBe("verified");
    const jar = await signIn(email);
    expect((await jar.get("/account/status")).text).toContain("Say what you need");
    await reachesStatusAlone(jar);
    expect((await jar.post("/account/status", { reason: "" })).status).toBe(422);

    expect((await jar.post("/account/status", { reason: "I begin as a nurse on Monday" })).status).toBe(303);
    expect(await statusOf(email)).toBe("pending");
    await reachesStatusAlone(jar);
    const told = (await lettersOf(h.world)).filter(({ subject }) => subject.startsWith("Rita Invented asks"));
    expect(told.map(({ to }) => to)).toContain(h.ada.email);
    expect(told.map(({ to }) => to)).not.toContain(h.dana.email);

    const ada = await h.world.as(h.ada);
    const list = await ada.get("/admin/registrations");
    const [path = ""] = /\/admin\/registrations\/[0-9a-f-]{36}/.exec(list.text) ?? [];
    expect((await ada.get(path)).text).toContain("I begin as a nurse on Monday");
    const incomplete = await ada.post(`${path}/approve`, { role: "nurse", place: "" });
    expect([incomplete.status, await statusOf(email)]).toEqual([422, "pending"]);
    const given = { role: "nurse", place: `workspace:${h.place.id}`, to: "2100-12-31" };
    expect((await ada.post(`${path}/approve`, given)).location).toBe("/admin/registrations");
    expect(await statusOf(email)).toBe("active");
    expect((await jar.get(`/w/${h.place.slug}`)).status).toBe(200);
    const grants = await h.world.sql<{ role: string; workspace_id: string; to: string }>(
      "select role, workspace_id, to_at::date::text as to from core.grants g join core.persons p on p.id = g.person_id where p.email = $1",
      [email],
    );
    expect(grants).toEqual([{ role: "nurse", workspace_id: h.place.id, to: "2101-01-01" }]);
    expect((await ada.post(`${path}/approve`, given)).status).toBe(409);
    expect((await ada.post(`${path}/refuse`, { answer: "too late" })).status).toBe(409);
    expect(
      (await lettersOf(h.world)).some(({ to, subject }) => to === email && subject.startsWith("You have access")),
    ).toBe(true);
  });

  test("can be refused, with a reason that its reader sees", async () => {
    const email = "sven.invented@northfield.example";
    const { jar, path } = await pending("Sven Invented", email);
    const ada = await h.world.as(h.ada);
    expect((await ada.get("/")).text).toMatch(/asks? for an account/);
    expect((await ada.get("/admin/registrations?q=sven&state=waiting")).text).toMatch(/1 registration,.*Sven Invented/);
    for (const none of ["q=sven&state=approved", "q=sve_", "state=refused&q=sven"])
      expect((await ada.get(`/admin/registrations?${none}`)).text).toContain("Nobody found");
    expect((await ada.post(`${path}/refuse`, { answer: "" })).status).toBe(422);
    expect((await ada.post(`${path}/refuse`, { answer: "Nobody on the ward knows you" })).status).toBe(303);
    expect((await jar.get("/account/status")).text).toContain("Nobody on the ward knows you");
    await reachesStatusAlone(jar);
    expect((await jar.post("/account/status", { reason: "Please" })).status).toBe(303);
    expect(await statusOf(email)).toBe("refused");
  });

  test("says the same to everyone; the letter alone knows whether there is an account", async () => {
    const answers = [];
    for (const email of [h.dana.email, "quite.new@northfield.example"]) {
      const { status, location, text } = await ask("Tara Invented", email);
      answers.push({ status, location, text });
    }
    expect(answers[0]).toEqual(answers[1] as (typeof answers)[number]);
    const subjects = (await lettersOf(h.world)).filter(({ to }) => to === h.dana.email).map(({ subject }) => subject);
    expect(subjects[0]).toContain("already");
    expect(await statusOf(h.dana.email)).toBe("active");
    const [dana] = await h.world.sql<{ name: string }>("select name from core.persons where id = $1", [h.dana.id]);
    expect(dana?.name).toBe(h.dana.name);
  });

  test("has a pace: of one network so many, of all networks so many, and no letter beyond that", async () => {
    const [here] = await h.world.sql<{ profile: "standard" | "pilot" }>(
      "select profile from core.tenants where tenant_id = $1",
      [h.world.here.id],
    );
    const { network } = paces[here?.profile ?? "standard"].register;
    const jar = browser();
    const knocks = Array.from({ length: network.burst + 3 }, (_, i) =>
      jar.post("/register", { name: "Flo Flood", email: `flo.${i}@example.org` }),
    );
    const statuses = (await Promise.all(knocks)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 303)).toHaveLength(network.burst);
    expect(statuses.filter((status) => status === 429)).toHaveLength(3);
    const made = await h.world.sql("select 1 from core.persons where name = 'Flo Flood'");
    expect(made).toHaveLength(network.burst);
    expect((await ask("Fay Another", "fay.another@example.org")).status).toBe(303);
    await h.world.sql(
      "insert into core.rates (tenant_id, bucket, full_at) values ($1, 'register:everywhere', clock_timestamp() + interval '10 hours') on conflict (tenant_id, bucket) do update set full_at = excluded.full_at",
      [h.world.here.id],
    );
    expect((await ask("Fay Third", "fay.third@example.org")).status).toBe(429);
    await h.world.sql("delete from core.rates where bucket = 'register:everywhere'");
    h.world.house.turns.forget();
  });

  test("is no door where the institution is not open to it", async () => {
    for (const answer of [
      await browser(h.world.there).get("/register"),
      await browser(h.world.there).post("/register", { name: "Uma Invented", email: "uma@example.org" }),
    ]) {
      expect(answer.status).toBe(404);
    }
    expect((await browser(h.world.there).get("/sign-in")).text).not.toContain("/register");
    await expect(h.world.house.door.register(h.world.there.id, "Uma Invented", "uma@example.org")).rejects.toThrow();
  });

  test("an unconfirmed account signs in by no link, and takes no role it names itself", async () => {
    const email = "vera.invented@northfield.example";
    await browser().post("/register", { name: "Vera Invented", email, status: "active", role: "administrator" });
    expect(await statusOf(email)).toBe("registered");
    await browser().post("/sign-in/link", { email });
    expect(await linkIn(h.world, email)).toMatch(/^\/sign-in\/password\//);
  });
});

describe("approval", () => {
  test("is nobody's own, and not for those who do not keep people", async () => {
    const { jar, path, id } = await pending("Walt Invented", "walt.invented@northfield.example");
    const given = { role: "nurse", place: `workspace:${h.place.id}` };
    expect((await h.asDana.post(`${path}/approve`, given)).status).toBe(403);
    expect((await h.asDana.get("/admin/registrations")).status).toBe(403);
    expect((await jar.post(`${path}/approve`, given)).status).toBe(403);
    // Even with the right in hand and the status gone wrong, the database refuses one's own.
    await h.world.sql("insert into core.grants (tenant_id, person_id, role) values ($1, $2, 'administrator')", [
      h.world.here.id,
      id,
    ]);
    await h.world.sql("update core.persons set status = 'active' where id = $1", [id]);
    expect((await jar.post(`${path}/approve`, given)).status).toBeGreaterThanOrEqual(400);
    const [row] = await h.world.sql<{ approved: boolean | null }>(
      "select approved from core.registrations where person_id = $1",
      [id],
    );
    expect(row?.approved).toBe(null);
  });

  test("by an invitation holds for its workspace and nothing else", async () => {
    const email = "xena.invented@northfield.example";
    const { jar } = await pending("Xena Invented", email);
    const invited = await h.asDana.post(`/w/${h.place.slug}/access/invitations`, {
      "invited-name": "Xena Invented",
      "invited-email": email,
      "invited-role": "nurse",
    });
    expect(invited.status).toBe(303);
    expect(await statusOf(email)).toBe("active");
    expect((await jar.get(`/w/${h.place.slug}`)).status).toBe(200);
    const other = await h.world.workspace("program", []);
    expect((await jar.get(`/w/${other.slug}`)).status).toBe(404);
    expect((await jar.get("/admin/people")).status).toBe(403);
  });

  test("of somebody who has not confirmed the mailbox waits for that", async () => {
    const email = "yann.invented@northfield.example";
    await ask("Yann Invented", email);
    await h.asDana.post(`/w/${h.place.slug}/access/invitations`, {
      "invited-name": "Yann Invented",
      "invited-email": email,
      "invited-role": "nurse",
    });
    expect(await statusOf(email)).toBe("registered");
    await browser().post(await linkIn(h.world, email), { password: PASSWORD, again: PASSWORD });
    expect(await statusOf(email)).toBe("active");
  });
});
