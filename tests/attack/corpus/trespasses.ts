/**
 * Ways into what is somebody else's, tried through HTTP against a whole house: another institution's things, another
 * person's, one's own beyond the day or the hour, and limits gone around. Each answers whether it got through.
 */
import { identityRoutes } from "@core/identity/routes.ts";
import { sealLocally } from "@core/vault/local-seal.ts";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import { type Hospital, hospital } from "../../core/admin/hospital.ts";
import { enrol } from "../../support/authenticator.ts";
import { type Jar, jarAt } from "../../support/jar.ts";
import { lettersOf, linkIn } from "../../support/letters.ts";
import type { Answer, TestPerson, TestTenant } from "../../support/world.ts";

const PASSWORD = `${randomToken(12)} kettle`;
const LONG = `${"lantern ".repeat(124)}${randomToken(6)}`;

/** The house that is tried, and what its attackers begin with. */
export class Trespass {
  private peers = 0;
  private constructor(
    readonly h: Hospital,
    private readonly hash: string,
  ) {}

  static async begin(): Promise<Trespass> {
    return new Trespass(await hospital(identityRoutes({ environment: "development" })), await hashPassword(PASSWORD));
  }
  stop(): Promise<void> {
    return this.h.world.stop();
  }

  browser(tenant: TestTenant = this.h.world.here): Jar {
    this.peers += 1;
    return jarAt(this.h.world, tenant, `198.51.100.${this.peers % 250}`);
  }
  async someone(name: string, tenant: TestTenant = this.h.world.here, hash = this.hash): Promise<TestPerson> {
    const person = await this.h.world.person(name, null, null, { tenant });
    await this.h.world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [tenant.id, person.id, hash],
    );
    return person;
  }
  async signedIn(person: TestPerson, jar = this.browser(person.tenant)): Promise<Jar> {
    const { status } = await jar.post("/sign-in", { email: person.email, password: PASSWORD });
    if (status !== 303) throw new Error(`${person.name} does not get in by the front door: nothing is proved`);
    return jar;
  }
  /** A form sent by nobody in particular, to any address and with any headers. */
  raw(
    url: string,
    form: Record<string, string> | BodyInit | null,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const body = form && Object.getPrototypeOf(form) === Object.prototype ? new URLSearchParams(form as never) : form;
    const init = { method: body === null ? "GET" : "POST", body: body as BodyInit | null };
    return this.browser().send(new Request(url, { ...init, headers: { "sec-fetch-site": "same-origin", ...headers } }));
  }
  rates(bucket: string): Promise<unknown> {
    return this.h.world.sql(
      "insert into core.rates (tenant_id, bucket, full_at) values ($1, $2, clock_timestamp() + interval '1 hour')",
      [this.h.world.here.id, bucket],
    );
  }
  /** Lays a link as the door would, without its letter. */
  async link(person: TestPerson, purpose: "sign-in" | "set-password"): Promise<string> {
    const token = randomToken(32);
    await this.h.world.house.door.makeLink(person.tenant.id, sha256(token), person.id, purpose, 60);
    return token;
  }
}

const HERE = "http://northfield.localhost:3000";
const isIn = async (jar: Jar) => (await jar.get("/account")).status === 200;
const choose = (jar: Jar, token: string) =>
  jar.post(`/sign-in/password/${token}`, { password: `${PASSWORD} anew`, again: `${PASSWORD} anew` });
const opensWith = async (t: Trespass, person: TestPerson, password: string) =>
  (await t.browser(person.tenant).post("/sign-in", { email: person.email, password })).status === 303;

type Attempt = readonly [name: string, gotThrough: (t: Trespass) => Promise<boolean>];

export const trespasses: readonly Attempt[] = [
  [
    "a session planted before signing in goes on as the victim's",
    async (t) => {
      const attacker = await t.signedIn(await t.someone("Al Planter"));
      const victim = t.browser();
      for (const [name, value] of attacker.cookies) victim.cookies.set(name, value);
      const planted = victim.cookies.get("sid");
      await t.signedIn(await t.someone("Vera Planted"), victim);
      return victim.cookies.get("sid") === planted || (await isIn(attacker));
    },
  ],
  [
    "a session of the other institution, at this one's host",
    async (t) => {
      const jar = await t.signedIn(await t.someone("Otto Abroad", t.h.world.there));
      return (await t.raw(`${HERE}/account`, null, { cookie: `sid=${jar.cookies.get("sid")}` })).status === 200;
    },
  ],
  [
    "an institution named in a host that is not ours",
    async (t) => {
      const hosts = [
        "northfield.localhost.evil.example",
        "northfield.evil.example",
        "xn--northfield.localhost",
        "a.northfield.localhost",
      ];
      const answers = await Promise.all(hosts.map((host) => t.raw(`http://${host}:3000/sign-in`, null)));
      return answers.some(({ status }) => status !== 404);
    },
  ],
  [
    "a letter for a password whose link leads where the asker says",
    async (t) => {
      const person = await t.someone("Vera Letter");
      await t.raw(
        "http://127.0.0.1:3000/sign-in/password",
        { email: person.email },
        {
          "x-forwarded-host": "evil.example",
          forwarded: "host=evil.example",
          "x-forwarded-proto": "http",
        },
      );
      const letter = (await lettersOf(t.h.world)).find(({ to }) => to === person.email);
      if (!letter) throw new Error("no letter came: nothing is proved");
      return !letter.text.includes(`${HERE}/sign-in/password/`);
    },
  ],
  [
    "an invitation whose link leads where the request came in",
    async (t) => {
      const token = await t.h.world.house.sessions.open(t.h.world.here.id, t.h.ada.id, "test", null, null);
      await t.raw(
        "http://127.0.0.1:3000/admin/people",
        { name: "Ivy Invited", email: "ivy.invited@northfield.example" },
        { cookie: `sid=${await t.h.world.house.tokens.sign(token, t.h.world.here.id)}` },
      );
      const letter = (await lettersOf(t.h.world)).find(({ to }) => to === "ivy.invited@northfield.example");
      if (!letter) throw new Error("no letter came: nothing is proved");
      return !letter.text.includes(`${HERE}/sign-in`);
    },
  ],
  [
    "a cookie that reaches further than its host, or a script",
    async (t) => {
      const jar = t.browser();
      const { headers } = await jar.post("/sign-in", {
        email: (await t.someone("Cora Cookie")).email,
        password: PASSWORD,
      });
      return headers
        .getSetCookie()
        .some((line) => /domain=/i.test(line) || !/httponly/i.test(line) || !/samesite=lax/i.test(line));
    },
  ],
  [
    "the other institution's link for a password, used here",
    async (t) => {
      const otto = await t.someone("Otto Linked", t.h.world.there);
      const token = await t.link(otto, "set-password");
      const { status } = await choose(t.browser(), token);
      return status === 303 || !(await opensWith(t, otto, PASSWORD));
    },
  ],
  [
    "a link to sign in, used to set a password, and the other way round",
    async (t) => {
      const person = await t.someone("Lina Link");
      const [forSign, forPassword] = [await t.link(person, "sign-in"), await t.link(person, "set-password")];
      const set = await choose(t.browser(), forSign);
      const jar = t.browser();
      await jar.post(`/sign-in/link/${forPassword}`);
      return set.status === 303 || (await isIn(jar));
    },
  ],
  [
    "a link for a password, used twice, and twice at once",
    async (t) => {
      const token = await t.link(await t.someone("Tom Twice"), "set-password");
      const answers = await Promise.all([choose(t.browser(), token), choose(t.browser(), token)]);
      answers.push(await choose(t.browser(), token));
      return answers.filter(({ status }) => status === 303).length !== 1;
    },
  ],
  [
    "a way out that leads off this host: unsealed, and sealed for the other institution",
    async (t) => {
      const { secretKey } = t.h.world.house.config;
      const way = new TextEncoder().encode(JSON.stringify({ url: "https://evil.example/", title: "Evil" }));
      const sealed = sealLocally(secretKey, ["way out", t.h.world.there.id], way);
      const answers = await Promise.all(
        ["https://evil.example/", sealed].map((one) =>
          t.browser().get(`/sign-out/there?way=${encodeURIComponent(one)}`),
        ),
      );
      return answers.some(({ status, text }) => status !== 404 || text.includes("evil.example"));
    },
  ],
  [
    "a code of the authenticator app, in a second session",
    async (t) => {
      const person = await t.someone("Tina Totp");
      const { app } = await enrol(await t.signedIn(person));
      await t.h.world.sql("update core.credentials set last_step = 0 where kind = 'totp' and person_id = $1", [
        person.id,
      ]);
      const [one, two] = [await t.signedIn(person), await t.signedIn(person)];
      const code = app.code();
      if ((await one.post("/sign-in/second", { code })).status !== 303) throw new Error("the code does not fit once");
      await two.post("/sign-in/second", { code });
      return isIn(two);
    },
  ],
  [
    "past the second factor by the pages of the account",
    async (t) => {
      const person = await t.someone("Sven Second");
      await enrol(await t.signedIn(person));
      const jar = await t.signedIn(person);
      const pages = ["/account", "/account/second", "/account/passkeys", "/account/hours", "/today", "/"];
      const opened = await Promise.all(pages.map(async (path) => (await jar.get(path)).status === 200));
      const changed = await jar.post("/account/password", {
        current: PASSWORD,
        password: `${PASSWORD} x`,
        again: `${PASSWORD} x`,
      });
      return opened.includes(true) || changed.status === 303;
    },
  ],
  [
    "a grant that begins tomorrow, and one that ended yesterday",
    async (t) => {
      const opened: boolean[] = [];
      for (const [from, to] of [
        ["1 day", "2 days"],
        ["-2 days", "-1 day"],
      ]) {
        const person = await t.someone(`Dan Day ${from}`);
        const id = await t.h.world.grant(person, "nurse", t.h.place);
        await t.h.world.sql(
          "update core.grants set from_at = now() + $2::interval, to_at = now() + $3::interval where id = $1",
          [id, from, to],
        );
        opened.push((await (await t.signedIn(person)).get(`/w/${t.h.place.slug}`)).status === 200);
      }
      return opened.includes(true);
    },
  ],
  [
    "approving one request twice at once, by two people",
    async (t) => {
      const sue = await t.someone("Sue Twice");
      const second = await t.h.world.as(await t.h.world.person("Dora Director", "director", t.h.place));
      const reason = "Report 4711: the list stays empty";
      await (await t.signedIn(sue)).post("/account/hours", {
        place: t.h.place.slug,
        role: "nurse",
        hours: "1",
        reason,
      });
      const [row] = await t.h.world.sql<{ id: string }>("select id from core.access_requests where person_id = $1", [
        sue.id,
      ]);
      const path = `/w/${t.h.place.slug}/access/hours/${row?.id}`;
      await Promise.all([t.h.asDana.post(path, { decision: "give" }), second.post(path, { decision: "give" })]);
      return (await t.h.world.sql("select 1 from core.grants where person_id = $1", [sue.id])).length !== 1;
    },
  ],
  [
    "confirming who needs access, by a form that was open when one's own was revoked",
    async (t) => {
      const leaver = await t.h.world.person("Lea Leaver", null, null);
      const own = await t.h.world.grant(leaver, "director", t.h.place);
      const jar = await t.h.world.as(leaver);
      const [nora] = await t.h.world.sql<{ id: string }>("select id from core.grants where person_id = $1", [
        t.h.nora.id,
      ]);
      await t.h.world.sql("update core.grants set revoked_at = now() where id = $1", [own]);
      const { status } = await jar.post(`/w/${t.h.place.slug}/access/confirm`, { selected: nora?.id ?? "" });
      return status === 303;
    },
  ],
  [
    "the pace of a network, gone around by X-Forwarded-For",
    async (t) => {
      const email = (await t.someone("Fay Forward")).email;
      await t.rates("sign-in:203.0.113.77");
      const jar = jarAt(t.h.world, t.h.world.here, "203.0.113.77");
      const forged = ["198.51.100.1", "198.51.100.2, 198.51.100.3", "::1", "203.0.113.77, 198.51.100.9"];
      const answers = await Promise.all(
        forged.map((ip) =>
          jar.post("/sign-in", { email, password: PASSWORD }, { "x-forwarded-for": ip, "x-real-ip": ip }),
        ),
      );
      return answers.some(({ status }) => status !== 429);
    },
  ],
  [
    "the pace of a network, gone around within an IPv6 subscriber's own",
    async (t) => {
      const email = (await t.someone("Six Four")).email;
      await t.rates("sign-in:2001:db8:1:2::/64");
      const addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:DB8:1:2:0:0:0:9"];
      const answers = await Promise.all(
        addresses.map((ip) => jarAt(t.h.world, t.h.world.here, ip).post("/sign-in", { email, password: PASSWORD })),
      );
      return answers.some(({ status }) => status !== 429);
    },
  ],
  [
    "more than ten guesses at one account, by spelling its address differently",
    async (t) => {
      const { email } = await t.someone("Kim Kelvin");
      const spellings = [
        email,
        email.toUpperCase(),
        ` ${email} `,
        email.replace("k", "\u212a"),
        `${email[0]?.toUpperCase()}${email.slice(1)}`,
      ];
      for (let i = 0; i < 10; i += 1)
        await t.browser().post("/sign-in", { email: spellings[i % 5] ?? "", password: `guess ${i}` });
      const late = await Promise.all(
        spellings.map((one) => t.browser().post("/sign-in", { email: one, password: PASSWORD })),
      );
      return late.some(({ status }) => status === 303);
    },
  ],
  [
    "somebody's letter, to an address that only looks like his",
    async (t) => {
      const { email } = await t.someone("Iris Idem");
      const typed = [
        email.replace("i", "\u0131"),
        email.replace("s", "\u017f"),
        email.replace("@", "\uff20"),
        `${email}\u0000`,
        `${email}\nbcc: evil@evil.example`,
      ];
      for (const one of typed) await t.browser().post("/sign-in/password", { email: one });
      return (await lettersOf(t.h.world)).some(({ to, text }) => text.includes("Iris Idem") && to !== email);
    },
  ],
  [
    "a password that only begins with the right one",
    async (t) => {
      const person = await t.someone("Lou Long", t.h.world.here, await hashPassword(LONG));
      if (!(await opensWith(t, person, LONG))) throw new Error("the long password does not open: nothing is proved");
      const wrong = [
        `${LONG}x`,
        `${LONG}\u0000`,
        LONG.slice(0, 128),
        LONG.slice(0, 1_000),
        `${LONG}${"x".repeat(5_000)}`,
      ];
      const opened = await Promise.all(wrong.filter((one) => one !== LONG).map((one) => opensWith(t, person, one)));
      return opened.includes(true);
    },
  ],
  [
    "a password of a megabyte, a list of them, a file, and JSON",
    async (t) => {
      const { email } = await t.someone("Mia Mega");
      const list = new URLSearchParams([
        ["email", email],
        ["password", PASSWORD],
        ["password", "other"],
      ]);
      const file = new FormData();
      file.set("email", email);
      file.set("password", new File([PASSWORD], "password.txt"));
      const json = JSON.stringify({ email, password: PASSWORD });
      const answers = await Promise.all([
        t.raw(`${HERE}/sign-in`, { email, password: "x".repeat(1_048_576) }),
        t.raw(`${HERE}/sign-in`, list),
        t.raw(`${HERE}/sign-in`, file),
        t.raw(`${HERE}/sign-in`, json, { "content-type": "application/json" }),
        t.browser().get(`/sign-in?email=${email}&password=${encodeURIComponent(PASSWORD)}`),
      ]);
      return answers.some(
        ({ status, headers }) =>
          status >= 500 || status === 303 || headers.getSetCookie().some((one) => one.startsWith("sid=")),
      );
    },
  ],
  [
    "fields that reach into the program: __proto__, constructor, the same name twice",
    async (t) => {
      const bodies = [
        "__proto__[status]=active&constructor[prototype][x]=1",
        "email=a%40b.example&email=c%40d.example&password=x",
        "__proto__=1&email=&password=",
      ];
      const answers = await Promise.all(
        bodies.map((body) => t.raw(`${HERE}/sign-in`, body, { "content-type": "application/x-www-form-urlencoded" })),
      );
      return answers.some(({ status }) => status !== 422) || "status" in ({} as object);
    },
  ],
  [
    "another method than the form's: by header, by field, by GET",
    async (t) => {
      const jar = await t.signedIn(await t.someone("Meg Method"));
      await jar.get("/sign-out", { "x-http-method-override": "POST" });
      await jar.get("/sign-out?_method=POST");
      const put = await jar.send(
        new Request(`${HERE}/account/sessions/end-all`, {
          method: "PUT",
          headers: { "sec-fetch-site": "same-origin" },
        }),
      );
      return !(await isIn(jar)) || put.status !== 405;
    },
  ],
  [
    "pages by another spelling of their address",
    async (t) => {
      const spellings = [
        "//account",
        "/account/",
        "/ACCOUNT",
        "/%61ccount",
        "/account;x=1",
        "/./account",
        "/sign-in/../account",
        "/account%2f",
        "/sign-in%2f..%2faccount",
      ];
      const answers = await Promise.all(spellings.map((path) => t.raw(HERE + path, null)));
      return answers.some(({ status, text }) => status === 200 && text.includes("Your account"));
    },
  ],
  [
    "ending another person's session by its name",
    async (t) => {
      const victim = await t.signedIn(await t.someone("Vic Session"));
      const [row] = await t.h.world.sql<{ ref: string }>("select ref from core.sessions order by made_at desc limit 1");
      await (await t.signedIn(await t.someone("Al Ender"))).post(`/account/sessions/${row?.ref}/end`);
      return !(await isIn(victim));
    },
  ],
  [
    "taking off how another person signs in",
    async (t) => {
      const victim = await t.someone("Vic Identity");
      const [service] = await t.h.world.sql<{ id: string }>(
        "insert into core.identity_providers (tenant_id, kind, title, settings) values ($1, 'saml', 'A service', '{}') returning id",
        [t.h.world.here.id],
      );
      const [row] = await t.h.world.sql<{ id: string }>(
        "insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how) values ($1, $2, $3, 'victim', 'by an administrator') returning id",
        [t.h.world.here.id, victim.id, service?.id],
      );
      await (await t.signedIn(await t.someone("Al Taker"))).post(`/account/identities/${row?.id}/off`);
      return (
        (await t.h.world.sql("select 1 from core.federated_identities where id = $1 and ended_at is null", [row?.id]))
          .length === 0
      );
    },
  ],
  [
    "a known device: another's mark, another institution's cookie, a made-up name, and the cookie alone",
    async (t) => {
      const [vera, al] = [await t.someone("Vera Device"), await t.someone("Al Device")];
      const own = (await t.signedIn(vera)).cookies.get("device") ?? "";
      const his = (await t.signedIn(al)).cookies.get("device") ?? "";
      const abroad = (await t.signedIn(await t.someone("Otto Device", t.h.world.there))).cookies.get("device") ?? "";
      const mixed = `${his.split(".")[0]}.${own.split(".")[1]}`;
      for (let i = 0; i < 10; i += 1) await t.browser().post("/sign-in", { email: vera.email, password: `guess ${i}` });
      const opened = await Promise.all(
        [his, abroad, mixed, `${randomToken(32)}.${own.split(".")[1]}`].map(async (device) => {
          const jar = t.browser();
          jar.cookies.set("device", device);
          return (await jar.post("/sign-in", { email: vera.email, password: PASSWORD })).status === 303;
        }),
      );
      const alone = t.browser();
      alone.cookies.set("device", own);
      return opened.includes(true) || (await isIn(alone));
    },
  ],
  [
    "deciding about a person of the other institution",
    async (t) => {
      const waits = await t.someone("Wim Waiting", t.h.world.there);
      await t.h.world.sql("update core.persons set status = 'pending' where id = $1", [waits.id]);
      const paths = [`/admin/registrations/${waits.id}`, `/admin/people/${waits.id}`];
      const answers = await Promise.all(paths.map((path) => t.h.asAda.get(path)));
      await t.h.asAda.post(`/admin/registrations/${waits.id}`, { decision: "approve" });
      await t.h.asAda.post(`/admin/people/${waits.id}/suspend`, { reason: "because" });
      const [row] = await t.h.world.sql<{ status: string }>("select status from core.persons where id = $1", [
        waits.id,
      ]);
      return row?.status !== "pending" || answers.some(({ status, text }) => status === 200 || text.includes("Wim"));
    },
  ],
  [
    "a session, a link and a letter of somebody who was suspended",
    async (t) => {
      const person = await t.someone("Sid Suspended");
      const jar = await t.signedIn(person);
      const [sign, set] = [await t.link(person, "sign-in"), await t.link(person, "set-password")];
      await t.h.world.sql("update core.persons set status = 'suspended' where id = $1", [person.id]);
      await t.browser().post("/sign-in/password", { email: person.email });
      const other = t.browser();
      await other.post(`/sign-in/link/${sign}`);
      await choose(t.browser(), set);
      return (
        (await isIn(jar)) ||
        (await isIn(other)) ||
        (await linkIn(t.h.world, person.email)) !== "" ||
        (await opensWith(t, person, `${PASSWORD} anew`))
      );
    },
  ],
  [
    "words in a cookie that the page would show as its own",
    async (t) => {
      const { text } = await t.raw(`${HERE}/sign-in`, null, {
        cookie: `flash=${encodeURIComponent("<script>alert(1)</script>")}`,
      });
      return text.includes("<script>alert");
    },
  ],
  [
    "a name that writes lines of its own into a letter",
    async (t) => {
      await t.h.world.sql(
        `update core.tenants set policies = policies || '{"registration":"open"}' where tenant_id = $1`,
        [t.h.world.here.id],
      );
      const email = "nell.newline@northfield.example";
      await t
        .browser()
        .post("/register", { name: "Nell\r\nBcc: evil@evil.example\r\n\r\nClick http://evil.example", email });
      return (await lettersOf(t.h.world)).some(({ to, subject }) => to.includes("evil") || /[\r\n]/.test(subject));
    },
  ],
];
