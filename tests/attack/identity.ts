/**
 * Everything of the corpus against a house of its own: `bun tests/attack/identity.ts`. Prints how many were tried and
 * how many refused, and names what got through; ends with 1 when anything did.
 */
import { adminRoutes } from "@core/admin/routes.ts";
import { passwordProblem } from "@core/identity/password-policy.ts";
import { identityRoutes } from "@core/identity/routes.ts";
import { makeOwnCertificate } from "@core/vault/certificate.ts";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import { jarAt } from "../support/jar.ts";
import { assertion, base64, requestIn, response, SamlService } from "../support/saml-service.ts";
import { testWorld, type World } from "../support/world.ts";
import { falseProvider, hostileCallbacks, hostileTokens } from "./corpus/openid.ts";
import { foreignPosts } from "./corpus/origins.ts";
import { owner, refusedPasswords } from "./corpus/passwords.ts";
import { hostileReturnPaths } from "./corpus/return-paths.ts";
import { hostileAnswers } from "./corpus/saml.ts";
import { forgeries, trueCookie } from "./corpus/tokens.ts";
import { Trespass, trespasses } from "./corpus/trespasses.ts";

export interface Wave {
  readonly kind: string;
  readonly tried: number;
  /** What was not refused. */
  readonly through: readonly string[];
}

export async function attackIdentity(): Promise<Wave[]> {
  const world = await testWorld([], [...identityRoutes({ environment: "development" }), ...adminRoutes]);
  try {
    const person = await world.person("Ada Okafor", "administrator", null);
    const password = `${randomToken(12)} kettle`;
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, await hashPassword(password)],
    );
    const sid = await world.house.sessions.open(world.here.id, person.id, "password", null, null);
    const { secretKey } = world.house.config;
    const stolen = {
      secretKey,
      sid,
      tenantId: world.here.id,
      otherTenantId: world.there.id,
      idHash: sha256(sid).toString("hex"),
    };
    const jar = jarAt(world);
    const statusWith = async (cookie: string) => (await jar.get("/account", { cookie: `sid=${cookie}` })).status;
    if ((await statusWith(trueCookie(stolen))) !== 200)
      throw new Error("the true cookie is not let in: nothing is proved");

    const cookies = forgeries(stolen);
    const letIn: string[] = [];
    for (const { name, cookie } of cookies) if ((await statusWith(cookie)) !== 401) letIn.push(name);

    const origins = foreignPosts("northfield.localhost:3000", "lakeside.localhost:3000");
    const carriedOut: string[] = [];
    for (const { name, headers } of origins) {
      const request = new Request("http://northfield.localhost:3000/sign-out", {
        method: "POST",
        body: new URLSearchParams(),
        headers: { ...headers, cookie: `sid=${trueCookie(stolen)}` },
      });
      if ((await jar.send(request)).status !== 403) carriedOut.push(name);
    }

    const ledAway: string[] = [];
    for (const to of hostileReturnPaths) {
      const { location } = await jarAt(world).post("/sign-in", { email: person.email, password, to });
      if (location !== "/") ledAway.push(JSON.stringify(to));
    }
    const taken = refusedPasswords.filter(([, weak]) => passwordProblem(weak, owner) === null).map(([why]) => why);

    const victim = await world.person("Victim", "administrator", null);
    const hash = await hashPassword(password);
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, victim.id, hash],
    );
    // Ten wrong guesses, then the right one from everywhere: none of these may be listened to.
    for (let i = 0; i < 10; i++) await jarAt(world).post("/sign-in", { email: victim.email, password: `guess ${i}` });
    const late = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        jarAt(world, world.here, `198.51.100.${i}`).post("/sign-in", { email: victim.email, password }),
      ),
    );
    return [
      ...(await attackSaml(world)),
      ...(await attackOpenId(world)),
      { kind: "forged cookies", tried: cookies.length, through: letIn },
      { kind: "forms from elsewhere", tried: origins.length, through: carriedOut },
      { kind: "ways off this host", tried: hostileReturnPaths.length, through: ledAway },
      { kind: "weak passwords", tried: refusedPasswords.length, through: taken },
      {
        kind: "guesses at a locked account",
        tried: late.length,
        through: late.flatMap(({ status }, i) => (status === 303 ? [`guess ${i}`] : [])),
      },
    ];
  } finally {
    await world.stop();
  }
}

/** Into what is somebody else's, in a house of their own. */
async function attackByTrespass(): Promise<Wave> {
  const t = await Trespass.begin();
  try {
    const through: string[] = [];
    for (const [name, gotThrough] of trespasses) if (await gotThrough(t)) through.push(name);
    return { kind: "ways into what is somebody else's", tried: trespasses.length, through };
  } finally {
    await t.stop();
  }
}

/** Every hostile answer is delivered for a request that really waits, and then called for in the browser that asked. */
async function attackSaml(world: World): Promise<Wave[]> {
  const ada = await world.as(await world.person("Sasha Saml", "administrator", null));
  const service = await SamlService.open();
  const made = await ada.post("/admin/sign-in-services", { title: "The hospital's own", kind: "saml" });
  const provider = made.location.split("/").at(-1) ?? "";
  await ada.post(`/admin/sign-in-services/${provider}/metadata`, { metadata: service.metadata() });
  await ada.post(`/admin/sign-in-services/${provider}/on`);
  const victim = await world.person("Vera Victim", "administrator", null);
  const attacker = await world.person("Al Attacker", null, null);
  for (const [person, subject] of [
    [victim, "victim"],
    [attacker, "attacker"],
  ] as const)
    await world.sql(
      "insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how) values ($1, $2, $3, $4, 'by an administrator')",
      [world.here.id, person.id, provider, subject],
    );
  const base = `http://northfield.localhost:3000/sign-in/saml/${provider}`;
  let peer = 0;
  const browser = () => {
    peer += 1;
    return jarAt(world, world.here, `198.51.100.${peer % 250}`);
  };
  const waiting = async () => {
    const jar = browser();
    return { jar, request: requestIn((await jar.get(`/sign-in/with/${provider}`)).location).id };
  };
  const deliver = async (jar: ReturnType<typeof jarAt>, bytes: string | Uint8Array) => {
    const SAMLResponse = typeof bytes === "string" ? base64(bytes) : Buffer.from(bytes).toString("base64");
    const answer = await browser().post(
      `/sign-in/saml/${provider}/acs`,
      { SAMLResponse },
      { "sec-fetch-site": "cross-site" },
    );
    if (answer.status === 303) await jar.get(answer.location);
    // Refused for what it is, not because something broke or was too busy.
    return ![413, 422].includes(answer.status) || jar.cookies.has("sid");
  };
  const facts = (request: string) => ({
    acs: `${base}/acs`,
    audience: `${base}/metadata`,
    inResponseTo: request,
    subject: "attacker",
  });
  const good = await waiting();
  const genuine = service.sign(
    response(assertion(facts(good.request)), { destination: `${base}/acs`, inResponseTo: good.request }),
    "Assertion",
  );
  if (!(await deliver(good.jar, genuine))) throw new Error("the true answer is not let in: nothing is proved");
  const target = {
    service,
    stranger: await makeOwnCertificate("stranger.example"),
    acs: `${base}/acs`,
    audience: `${base}/metadata`,
    otherRequest: (await waiting()).request,
    victim: "victim",
  };
  const names = hostileAnswers({ ...target, request: "_" }).map(([name]) => name);
  const through: string[] = [];
  for (const [i, name] of names.entries()) {
    const { jar, request } = await waiting();
    const make = hostileAnswers({ ...target, request })[i]?.[1];
    if (make && (await deliver(jar, make()))) through.push(name);
  }
  const replays: string[] = [];
  if (await deliver(browser(), genuine)) replays.push("the same answer again");
  const other = await waiting();
  if (await deliver(other.jar, genuine.replaceAll(good.request, other.request))) replays.push("for another request");
  return [
    { kind: "hostile SAML answers", tried: names.length, through },
    { kind: "SAML answers used twice", tried: 2, through: replays },
  ];
}

/** Every hostile token and every changed way back, each for a request that really waits in that browser. */
export async function attackOpenId(world: World): Promise<Wave[]> {
  const service = await falseProvider();
  try {
    const ada = await world.as(await world.person("Olive Open", "administrator", null));
    const made = await ada.post("/admin/sign-in-services", { title: "Another of the hospital's", kind: "oidc" });
    const provider = made.location.split("/").at(-1) ?? "";
    const client = { issuer: service.issuer, client: service.clientId, secret: service.secret };
    await ada.post(`/admin/sign-in-services/${provider}/client`, client);
    await ada.post(`/admin/sign-in-services/${provider}/on`);
    const attacker = await world.person("Al Openly", null, null);
    await world.sql(
      "insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how) values ($1, $2, $3, 'attacker', 'by an administrator')",
      [world.here.id, attacker.id, provider],
    );
    const callback = `/sign-in/oidc/${provider}/callback`;
    let peer = 0;
    const browser = (tenant = world.here) => {
      peer += 1;
      return jarAt(world, tenant, `203.0.113.${peer % 250}`);
    };
    const begun = async (to = "") => {
      const jar = browser();
      const { location } = await jar.get(`/sign-in/with/${provider}${to && `?to=${encodeURIComponent(to)}`}`);
      return { jar, query: service.wayBack(location) };
    };
    const letIn = async (jar: ReturnType<typeof jarAt>, query: URLSearchParams) => {
      const { status } = await jar.get(`${callback}?${query}`);
      // Refused for what it is, not because something broke or was too busy.
      return ![404, 422].includes(status) || jar.cookies.has("sid");
    };
    const good = await begun();
    if (!(await letIn(good.jar, good.query))) throw new Error("the true token is not let in: nothing is proved");
    const replayed = await letIn(browser(), good.query);

    const tokens: string[] = [];
    for (const [name, next] of hostileTokens) {
      const { jar, query } = await begun();
      service.next = next;
      if (await letIn(jar, query)) tokens.push(name);
      service.next = null;
    }
    const ways: string[] = [];
    for (const [name, change] of hostileCallbacks) {
      const { jar, query } = await begun();
      change(query);
      if (await letIn(jar, query)) ways.push(name);
    }
    const { query } = await begun();
    if (await letIn(browser(), query)) ways.push("another browser");
    if (await letIn(browser(world.there), query)) ways.push("the other institution");
    if (replayed) ways.push("the same code again");
    const led: string[] = [];
    for (const to of hostileReturnPaths) {
      const { jar, query: back } = await begun(to);
      if ((await jar.get(`${callback}?${back}`)).location !== "/") led.push(JSON.stringify(to));
    }
    if (service.verified.includes(false)) ways.push("a code without its verifier (PKCE)");
    return [
      { kind: "hostile OpenID tokens", tried: hostileTokens.length, through: tokens },
      { kind: "OpenID answers changed on their way", tried: hostileCallbacks.length + 4, through: ways },
      { kind: "ways off this host, by a sign-in service", tried: hostileReturnPaths.length, through: led },
    ];
  } finally {
    await service.stop();
  }
}

if (import.meta.main) {
  const waves = [...(await attackIdentity()), await attackByTrespass()];
  for (const { kind, tried, through } of waves) {
    console.log(`${kind}: ${tried} tried, ${tried - through.length} refused`);
    for (const name of through) console.log(`  got through: ${name}`);
  }
  process.exit(waves.some(({ through }) => through.length > 0) ? 1 : 0);
}
