/**
 * Every route of every module, present and future, from the catalogue: a stranger, someone without the permission, a
 * module that is off, an act from another site, another hospital. Nothing here names a route.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { MountedRoute } from "@core/kernel.ts";
import { anyone, signedIn } from "@core/module.ts";
import { loadKernel } from "@core/product.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../support/world.ts";

const kernel = await loadKernel({ environment: "development" });
const guarded = kernel.catalogue.filter(({ place, route }) => place !== "portal" && route.needs !== anyone);

let world: World;
let place: TestWorkspace;
let bare: TestWorkspace;
let there: TestWorkspace;
let asNobody: Client;
let asMember: Client;
let asOtto: Client;
let asOttoHere: Client;

beforeAll(async () => {
  world = await testWorld(kernel.modules, [
    {
      place: "institution",
      routes: kernel.catalogue
        .filter((one) => one.module === null && one.place === "institution")
        .map(({ route }) => route),
    },
    {
      place: "workspace",
      routes: kernel.catalogue
        .filter((one) => one.module === null && one.place === "workspace")
        .map(({ route }) => route),
    },
  ]);
  await world.sql(
    "insert into core.roles (role, title) values ('guest', 'Guest (may do nothing)') on conflict do nothing",
  );
  const ids = kernel.modules.map(({ id }) => id);
  place = await world.workspace("program", ids);
  bare = await world.workspace("program", []);
  there = await world.workspace("program", ids, world.there);
  asNobody = await world.as(await world.person("Ned Nobody", null, null));
  const guest = await world.person("Gus Guest", "guest", place);
  await world.grant(guest, "guest", bare);
  asMember = await world.as(guest);
  const otto = await world.person("Otto Other", "administrator", null, { tenant: world.there });
  for (const role of kernel.roles.keys()) if (role !== "administrator") await world.grant(otto, role, there);
  asOtto = await world.as(otto);
  const token = await world.house.sessions.open(otto.tenant.id, otto.id, "test", null, null);
  const cookie = await world.house.tokens.sign(token, otto.tenant.id);
  const stranger = world.stranger();
  asOttoHere = {
    get: (path) => stranger.get(path, { cookie: `sid=${cookie}` }),
    post: (path, form) => stranger.post(path, form, { cookie: `sid=${cookie}` }),
  };
});
afterAll(async () => await world.stop());

const SOME_ID = "00000000-0000-4000-8000-000000000000";
const pathOf = ({ pattern }: MountedRoute, workspace: TestWorkspace) =>
  pattern.replace(":workspace", workspace.slug).replace(/:[A-Za-z]+/g, SOME_ID);
const send = (client: Client, mounted: MountedRoute, workspace = place) =>
  mounted.route.method === "GET" ? client.get(pathOf(mounted, workspace)) : client.post(pathOf(mounted, workspace), {});
const named = (routes: readonly MountedRoute[]) =>
  routes.map((mounted) => [`${mounted.route.method} ${mounted.pattern}`, mounted] as const);

test("the catalogue holds the product", () => {
  expect(guarded.length).toBeGreaterThan(40);
  expect(kernel.modules.map(({ id }) => id)).toContain("milestones");
});

describe("a stranger is asked to sign in", () => {
  test.each(named(guarded))("%s", async (_name, mounted) =>
    expect((await send(world.stranger(), mounted)).status).toBe(401),
  );
});

describe("someone without the permission is refused", () => {
  const needing = guarded.filter(({ route }) => route.needs !== signedIn);
  test.each(named(needing))("%s", async (_name, mounted) => {
    expect((await send(mounted.place === "workspace" ? asMember : asNobody, mounted)).status).toBeOneOf([403, 404]);
  });
});

test("somebody who waits for approval reaches the page that says so, whatever was given to him (D8)", async () => {
  const pia = await world.person("Pia Pending", "administrator", null);
  for (const role of kernel.roles.keys()) if (role !== "administrator") await world.grant(pia, role, place);
  const asPia = await world.as(pia);
  const reached: string[] = [];
  for (const status of ["pending", "registered", "verified", "refused"]) {
    await world.sql("update core.persons set status = $1 where id = $2", [status, pia.id]);
    // Every route for one who waits; the own pages and one of each kind for the others.
    const tried =
      status === "pending" ? guarded : guarded.filter(({ route }, i) => route.needs === signedIn || i % 40 === 0);
    for (const mounted of tried) {
      const answer = await send(asPia, mounted);
      if (answer.status !== 403 && answer.status !== 404) reached.push(`${mounted.route.method} ${mounted.pattern}`);
    }
  }
  expect([...new Set(reached)].sort()).toEqual(["GET /account/status", "POST /account/status"]);
  await world.sql("update core.persons set status = 'suspended' where id = $1", [pia.id]);
  for (const mounted of guarded.slice(0, 20)) expect((await send(asPia, mounted)).status).toBe(401);
}, 60_000);

describe("a module that is not on here has no pages", () => {
  test.each(named(guarded.filter(({ module }) => module !== null)))("%s", async (_name, mounted) => {
    expect((await send(asMember, mounted, bare)).status).toBe(404);
  });
});

/** Those that a sign-in service posts to: each checks a signature of that service. Nothing joins this list by itself. */
const FROM_ELSEWHERE = ["/sign-in/saml/:provider/acs", "/sign-in/saml/:provider/slo", "/sign-in/oidc/:provider/logout"];
const isFromElsewhere = ({ module, route }: MountedRoute) => module === null && (route.fromElsewhere ?? false);

test("what takes forms from other sites is known by name, and takes no empty one", async () => {
  const open = kernel.catalogue.filter(isFromElsewhere);
  expect(open.map(({ pattern }) => pattern).sort()).toEqual([...FROM_ELSEWHERE].sort());
  for (const mounted of open) {
    const answer = await world.stranger().post(pathOf(mounted, place), {}, { "sec-fetch-site": "cross-site" });
    expect(answer.status).toBeOneOf([404, 422]);
  }
});

describe("an act from another site is not carried out", () => {
  const acts = kernel.catalogue.filter(
    (one) => one.route.method === "POST" && one.place !== "portal" && !isFromElsewhere(one),
  );
  test.each(named(acts))("%s", async (_name, mounted) => {
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await asMember.post(pathOf(mounted, place), {}, headers)).status).toBe(403);
  });
});

describe("the other hospital's most powerful person finds nothing", () => {
  test.each(named(guarded.filter(({ place: at }) => at === "workspace")))("%s", async (_name, mounted) => {
    expect((await send(asOtto, mounted)).status).toBe(404);
    expect((await send(asOttoHere, mounted)).status).toBe(401);
  });
});

test("no form asks for what only the house sets: whose it is, who made or approved it, and when (D6)", () => {
  const housekeeping =
    /^(tenant|tenant_?id|workspace_?id|(made|created|approved|decided|revoked|confirmed)_?(by|at)|owner)$/i;
  const asking = kernel.catalogue.flatMap(({ route, pattern }) =>
    Object.keys((route.body as { properties?: object } | undefined)?.properties ?? {})
      .filter((name) => housekeeping.test(name))
      .map((name) => `${pattern}: ${name}`),
  );
  expect(asking).toEqual([]);
});

describe("an address that is none leads nowhere, and breaks nothing (D7)", () => {
  const crooked = [
    "-1",
    "9223372036854775808",
    "{00000000-0000-4000-8000-000000000000}",
    "00000000-0000-4000-8000-00000000000G",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "a".repeat(10_000),
    "1'%20or%20'1'='1",
    "%ff%fe",
    "null",
    "[object%20Object]",
    "00000000-0000-4000-8000-000000000000,00000000-0000-4000-8000-000000000001",
  ];
  const withIds = guarded.filter(({ pattern }) => /:(?!workspace)/.test(pattern));
  test("there are enough of them", () => expect(withIds.length).toBeGreaterThan(100));
  // Each route gets one of them, and each of them many routes: from somebody who may do everything there.
  test("every route that takes one", async () => {
    const wrong: string[] = [];
    for (const [i, { route, pattern }] of withIds.entries()) {
      const value = crooked[i % crooked.length] as string;
      const path = pattern.replace(":workspace", there.slug).replace(/:[A-Za-z]+/g, value);
      const { status } = route.method === "GET" ? await asOtto.get(path) : await asOtto.post(path, {});
      if (status < 400 || status >= 500) wrong.push(`${route.method} ${pattern} with ${value.slice(0, 40)}: ${status}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

test("no page gives back a password, a PIN or a code that was typed", () => {
  const secret = /^(password|passphrase|pin|secret|current)$|secret|apiKey|token$/i;
  const given = kernel.catalogue.flatMap(({ pattern, route }) =>
    "before" in route || route.method !== "POST"
      ? []
      : Object.entries((route.body?.properties ?? {}) as Record<string, { writeOnly?: boolean; title?: string }>)
          .filter(([name, field]) => secret.test(name) && field.writeOnly !== true)
          .map(([name]) => `${pattern} ${name}`),
  );
  expect(given).toEqual([]);
});
