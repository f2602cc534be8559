/** OpenID Connect against a real provider: the way in, what is refused, and signing out there. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { identityRoutes } from "@core/identity/routes.ts";
import { attackOpenId } from "../../../attack/identity.ts";
import { type Jar, jarAt } from "../../../support/jar.ts";
import { linkIn } from "../../../support/letters.ts";
import { type OpenIdService, openOpenId } from "../../../support/openid-service.ts";
import type { Answer, TestTenant } from "../../../support/world.ts";
import { type Hospital, hospital } from "../../admin/hospital.ts";

let h: Hospital;
let service: OpenIdService;
let provider = "";
const pathOfCallback = () => `/sign-in/oidc/${provider}/callback`;
beforeAll(async () => {
  h = await hospital(identityRoutes({ environment: "development" }));
  const made = await h.asAda.post("/admin/sign-in-services", { title: "Northfield ID", kind: "oidc" });
  provider = made.location.split("/").at(-1) ?? "";
  service = await openOpenId(() => `http://northfield.localhost:3000${pathOfCallback()}`);
  const client = { issuer: service.issuer, client: service.clientId, secret: service.secret };
  const saved = await h.asAda.post(`/admin/sign-in-services/${provider}/client`, client);
  expect([saved.status, saved.text.slice(0, 0)]).toEqual([303, ""]);
  await h.asAda.post(`/admin/sign-in-services/${provider}/rules`, {
    title: "Northfield ID",
    admits: "on",
    second: "on",
  });
  await h.asAda.post(`/admin/sign-in-services/${provider}/on`);
  await h.world.sql(
    "insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how) values ($1, $2, $3, 'nora', 'by an administrator')",
    [h.world.here.id, h.nora.id, provider],
  );
}, 60_000);
afterAll(async () => {
  await service.stop();
  await h.world.stop();
});

let count = 0;
const browser = (tenant: TestTenant = h.world.here) => {
  count += 1;
  return jarAt(h.world, tenant, `203.0.113.${count}`);
};
const begin = async (jar: Jar): Promise<URL> => new URL((await jar.get(`/sign-in/with/${provider}`)).location);
async function signIn(who: OpenIdService["who"]): Promise<{ jar: Jar; answer: Answer; back: URL }> {
  const jar = browser();
  service.who = who;
  const back = new URL(await service.follow((await begin(jar)).href));
  return { jar, back, answer: await jar.get(back.pathname + back.search) };
}
const NORA = { sub: "nora", claims: { name: "Nora Nurse", email: "nora@elsewhere.example" } };

describe("signing in", () => {
  test("goes by code, PKCE, state and nonce, and opens the account that is linked", async () => {
    const asked = (await begin(browser())).searchParams;
    expect([asked.get("response_type"), asked.get("code_challenge_method"), asked.get("redirect_uri")]).toEqual([
      "code",
      "S256",
      `http://northfield.localhost:3000${pathOfCallback()}`,
    ]);
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked.get(name)?.length).toBeGreaterThan(20);
    const { jar, answer } = await signIn(NORA);
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await jar.get("/account")).text).toContain("Nora Nurse");
  });

  test("a newcomer waits for approval; an address that the service has not confirmed is nobody's", async () => {
    const claims = { name: "Olga Opened", email: "olga@northfield.example" };
    expect((await signIn({ sub: "olga", claims: { ...claims, email_verified: false } })).answer.status).toBe(422);
    expect((await signIn({ sub: "olga", claims: { ...claims, email_verified: true } })).answer.location).toBe(
      "/account/status",
    );
  });

  test("somebody with another person's address does not become that person", async () => {
    const { jar, answer } = await signIn({ sub: "evil", claims: { name: "Dana Director", email: h.dana.email } });
    expect([answer.location, jar.cookies.has("sid")]).toEqual(["/sign-in/linking", false]);
  });

  test("the secret is sealed, and shown to nobody", async () => {
    expect((await h.asAda.get(`/admin/sign-in-services/${provider}`)).text).not.toContain(service.secret);
    const [row] = await h.world.sql<{ secret: string }>("select secret from core.identity_providers where id = $1", [
      provider,
    ]);
    expect(row?.secret).not.toContain(service.secret);
  });
});

describe("is refused", () => {
  const changed = (back: URL, change: (query: URLSearchParams) => void) => {
    const query = new URLSearchParams(back.search);
    change(query);
    return `${back.pathname}?${query}`;
  };
  async function waiting(): Promise<{ jar: Jar; back: URL }> {
    const jar = browser();
    service.who = NORA;
    return { jar, back: new URL(await service.follow((await begin(jar)).href)) };
  }
  const hostile: readonly (readonly [string, (jar: Jar, back: URL) => Promise<Answer>])[] = [
    ["another browser", (_jar, back) => browser().get(back.pathname + back.search)],
    ["another state", (jar, back) => jar.get(changed(back, (query) => query.set("state", "_0123456789abcdef0123")))],
    ["no state", (jar, back) => jar.get(changed(back, (query) => query.delete("state")))],
    ["a state twice", (jar, back) => jar.get(`${back.pathname}${back.search}&state=_0123456789abcdef0123`)],
    ["a forged code", (jar, back) => jar.get(changed(back, (query) => query.set("code", "forged")))],
    ["another issuer", (jar, back) => jar.get(changed(back, (query) => query.set("iss", "https://evil.example")))],
    ["an error", (jar, back) => jar.get(changed(back, (query) => query.set("error", "access_denied")))],
    [
      "a code that was made for another challenge",
      async (jar, back) => {
        await h.world.sql(
          "update core.sign_in_requests set verifier = 'another-verifier-another-verifier-another-verifier' where id = $1",
          [back.searchParams.get("state")],
        );
        return jar.get(back.pathname + back.search);
      },
    ],
    [
      "a token for another nonce",
      async (jar, back) => {
        await h.world.sql("update core.sign_in_requests set nonce = 'another' where id = $1", [
          back.searchParams.get("state"),
        ]);
        return jar.get(back.pathname + back.search);
      },
    ],
    [
      "a request that is too old",
      async (jar, back) => {
        await h.world.sql("update core.sign_in_requests set until_at = clock_timestamp() where id = $1", [
          back.searchParams.get("state"),
        ]);
        return jar.get(back.pathname + back.search);
      },
    ],
    [
      "the same answer a second time",
      async (jar, back) => {
        expect((await jar.get(back.pathname + back.search)).status).toBe(303);
        jar.cookies.delete("sid");
        return jar.get(back.pathname + back.search);
      },
    ],
    ["the other institution", (_jar, back) => browser(h.world.there).get(back.pathname + back.search)],
  ];
  test.each(hostile)("%s", async (_name, act) => {
    const { jar, back } = await waiting();
    expect((await act(jar, back)).status).toBeOneOf([404, 422]);
    expect(jar.cookies.has("sid")).toBe(false);
  });
});

test("the hostile corpus: no token, no changed answer and no way off this host is let through", async () => {
  const waves = await attackOpenId(h.world);
  expect(waves.flatMap(({ through }) => through)).toEqual([]);
  expect(waves.reduce((sum, { tried }) => sum + tried, 0)).toBeGreaterThan(80);
}, 60_000);

test("an invitation is accepted in one step by signing in there, once, and by whoever began it alone", async () => {
  const email = "ola.openly@northfield.example";
  const form = { "invited-name": "Ola Openly", "invited-email": email, "invited-role": "nurse" };
  expect((await h.asDana.post(`/w/${h.place.slug}/access/invitations`, form)).status).toBe(303);
  const path = await linkIn(h.world, email);
  const ours = { "sec-fetch-site": "same-origin" };
  const accept = async (sub: string, over: Jar | null = null) => {
    const jar = browser();
    const begun = await jar.get(`${path}/${provider}`, ours);
    if (begun.status !== 303) return { jar, answer: begun };
    service.who = { sub, claims: { name: "Somebody", email: "other@elsewhere.example" } };
    const back = new URL(await service.follow(begun.location));
    return { jar, answer: await (over ?? jar).get(back.pathname + back.search) };
  };
  expect((await browser().get(path)).text).toContain(`Ola Openly, ${email}`);
  expect((await browser().get(`${path}/${provider}`, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  // The answer in another browser, and somebody's who is known here already: the invitation stays open.
  expect((await accept("ola", browser())).answer.status).toBe(422);
  expect((await accept("nora")).answer.status).toBe(422);
  const { jar, answer } = await accept("ola");
  expect([answer.status, answer.location]).toEqual([303, "/"]);
  expect((await jar.get(`/w/${h.place.slug}`)).status).toBe(200);
  expect((await jar.get("/account")).text).toContain(email);
  expect((await signIn({ sub: "ola", claims: {} })).answer.location).toBe("/");
  expect((await accept("eve")).answer.status).toBe(410);
});

describe("signing out there", () => {
  const tell = (token: string) =>
    browser().post(`/sign-in/oidc/${provider}/logout`, { logout_token: token }, { "sec-fetch-site": "cross-site" });
  test("ends the sessions of that subject here", async () => {
    const { jar } = await signIn(NORA);
    expect((await tell(await service.logoutToken({ sub: "nora" }))).status).toBe(200);
    expect((await jar.get("/account")).status).toBe(401);
  });
  const wrong: readonly (readonly [string, () => Promise<string>])[] = [
    ["no token", async () => "x.y.z"],
    ["of another kind", () => service.logoutToken({ sub: "nora" }, { typ: "JWT" })],
    ["with a nonce", () => service.logoutToken({ sub: "nora", nonce: "n" })],
    ["of no event", () => service.logoutToken({ sub: "nora", events: {} })],
    ["that names nobody", () => service.logoutToken({})],
    [
      "changed after signing",
      async () =>
        (await service.logoutToken({ sub: "other" })).replace(
          /\.[^.]+\./,
          `.${btoa(JSON.stringify({ sub: "nora" })).replaceAll("=", "")}.`,
        ),
    ],
  ];
  test.each(wrong)("a token %s ends nothing", async (_name, make) => {
    const { jar } = await signIn(NORA);
    expect((await tell(await make())).status).toBe(422);
    expect((await jar.get("/account")).status).toBe(200);
  });
});

test("what stands inside the network is not asked for in production", async () => {
  const { isInside, outbound } = await import("@core/http/outbound.ts");
  const inner = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "[::1]",
    "not-an-address",
  ];
  expect(inner.filter((address) => !isInside(address))).toEqual([]);
  expect(["93.184.216.34", "2606:2800:220:1::1"].filter(isInside)).toEqual([]);
  const ask = outbound({ environment: "production" });
  for (const address of [
    "http://example.org",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://169.254.169.254/latest",
    "https://user:pass@example.org",
    "file:///etc/passwd",
    "https://0x7f.1/",
  ])
    await expect(ask(address)).rejects.toThrow();
});
