/** SAML from an administrator's first click to the last sign-out, through HTTP, with a service that signs what it says. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSign } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { identityRoutes } from "@core/identity/routes.ts";
import { makeOwnCertificate, verifyQuerySignature } from "@core/vault/certificate.ts";
import { type Jar, jarAt } from "../../../support/jar.ts";
import { lettersOf, linkIn } from "../../../support/letters.ts";
import {
  assertion,
  base64,
  encryptAssertion,
  type Facts,
  IDP,
  MFA_CONTEXT,
  requestIn,
  response,
  SamlService,
} from "../../../support/saml-service.ts";
import type { Answer, TestTenant } from "../../../support/world.ts";
import { type Hospital, hospital } from "../../admin/hospital.ts";

let h: Hospital;
let service: SamlService;
let provider = "";
let base = "";
beforeAll(async () => {
  h = await hospital(identityRoutes({ environment: "development" }));
  service = await SamlService.open();
  provider = await setUp(h, service);
  base = `http://northfield.localhost:3000/sign-in/saml/${provider}`;
}, 60_000);
afterAll(() => h.world.stop());

async function setUp({ asAda }: Hospital, one: SamlService): Promise<string> {
  const made = await asAda.post("/admin/sign-in-services", { title: "Northfield staff account", kind: "saml" });
  const id = made.location.split("/").at(-1) ?? "";
  expect((await asAda.post(`/admin/sign-in-services/${id}/metadata`, { metadata: one.metadata() })).status).toBe(303);
  expect((await asAda.post(`/admin/sign-in-services/${id}/on`)).status).toBe(303);
  return id;
}
let count = 0;
const browser = (tenant: TestTenant = h.world.here) => {
  count += 1;
  return jarAt(h.world, tenant, `203.0.113.${count % 250}`);
};
async function begin(jar: Jar, to = ""): Promise<{ id: string; location: string }> {
  const answer = await jar.get(`/sign-in/with/${provider}${to && `?to=${encodeURIComponent(to)}`}`);
  expect(answer.status).toBe(303);
  return { id: requestIn(answer.location).id, location: answer.location };
}
const factsFor = (id: string, more: Partial<Facts> = {}): Facts => ({
  acs: `${base}/acs`,
  audience: `${base}/metadata`,
  inResponseTo: id,
  ...more,
});
const answerFor = (id: string, more: Partial<Facts> = {}) =>
  service.sign(response(assertion(factsFor(id, more)), { destination: `${base}/acs`, inResponseTo: id }), "Assertion");
/** As a browser that was sent over by the service: from another site, and without a cookie. */
const deliver = (xml: string): Promise<Answer> =>
  browser().post(`/sign-in/saml/${provider}/acs`, { SAMLResponse: base64(xml) }, { "sec-fetch-site": "cross-site" });
async function signIn(more: Partial<Facts> = {}, to = ""): Promise<{ jar: Jar; answer: Answer }> {
  const jar = browser();
  const { id } = await begin(jar, to);
  const delivered = await deliver(answerFor(id, more));
  expect([delivered.status, delivered.text.slice(0, 0)]).toEqual([303, ""]);
  return { jar, answer: await jar.get(delivered.location) };
}
async function link(personId: string, subject: string): Promise<void> {
  await h.world.sql(
    "insert into core.federated_identities (tenant_id, person_id, provider_id, subject, how) values ($1, $2, $3, $4, 'by an administrator')",
    [h.world.here.id, personId, provider, subject],
  );
}
const rules = (form: Record<string, string>) =>
  h.asAda.post(`/admin/sign-in-services/${provider}/rules`, { title: "Northfield staff account", ...form });

describe("setting it up", () => {
  test("the page says what to enter there, and what the metadata said", async () => {
    const page = await h.asAda.get(`/admin/sign-in-services/${provider}`);
    for (const word of [`${base}/acs`, `${base}/metadata`, IDP, "https://idp.invented.example/slo"])
      expect(page.text).toContain(word);
    for (const guide of ["entra", "okta", "shibboleth", "google"]) {
      const shown = await h.asAda.get(`/admin/sign-in-services/${provider}/guides/${guide}`);
      expect([guide, shown.status, shown.text.includes(`${base}/acs`)]).toEqual([guide, 200, true]);
    }
    const ours = await browser().get(`/sign-in/saml/${provider}/metadata`);
    expect(ours.headers.get("content-type")).toContain("samlmetadata");
    expect(ours.text).toContain(`entityID="${base}/metadata"`);
    expect(ours.text).toContain('WantAssertionsSigned="true"');
    expect(page.text + ours.text).not.toContain("PRIVATE KEY");
    expect((await browser().get("/sign-in")).text).toContain("Sign in by Northfield staff account");
  });

  const whole = (): string => service.metadata();
  const cases: readonly (readonly [string, () => string, string | null])[] = [
    ["nothing", () => "hello", "no SAML metadata"],
    [
      "a document type",
      () => `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${whole().replace(/^<\?xml.*\n/, "")}`,
      "document type",
    ],
    [
      "a plain address",
      () => whole().replace("https://idp.invented.example/sso", "http://idp.invented.example.org/sso"),
      null,
    ],
    [
      "an address of a script",
      () => whole().replace("https://idp.invented.example/sso", "javascript:alert(1)"),
      "https://",
    ],
    [
      "no certificate",
      () => whole().replace(/<md:KeyDescriptor[\s\S]*?<\/md:KeyDescriptor>/, ""),
      "no signing certificate",
    ],
    ["a broken certificate", () => whole().replace(/MII[A-Za-z0-9+/]{20}/, "AAAA"), "cannot be read"],
    ["another service", () => whole().replaceAll(IDP, "https://other.example"), "another service"],
    ["a service provider's", () => whole().replaceAll("IDPSSODescriptor", "SPSSODescriptor"), "sign-in service"],
    [
      "what is over",
      () => whole().replace("entityID=", 'validUntil="2020-01-01T00:00:00Z" entityID='),
      "good until 2020-01-01",
    ],
    [
      "two services",
      () => {
        const [, one = ""] = /(<md:Ent[\s\S]*)/.exec(whole()) ?? [];
        return `<x xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${one}${one}</x>`;
      },
      "2 sign-in services",
    ],
  ];
  test.each(cases)("metadata with %s is sent back with a sentence", async (_name, make, sentence) => {
    const answer = await h.asAda.post(`/admin/sign-in-services/${provider}/metadata`, { metadata: make(), keep: "on" });
    // In development a service may stand on this machine without a certificate.
    expect([answer.status, sentence === null || answer.text.includes(sentence)]).toEqual([
      sentence === null ? 303 : 422,
      true,
    ]);
    await h.asAda.post(`/admin/sign-in-services/${provider}/metadata`, { metadata: whole() });
  });

  test("the other institution has nothing of it", async () => {
    expect((await h.asOtto.get(`/admin/sign-in-services/${provider}`)).status).toBe(404);
    expect((await browser(h.world.there).get(`/sign-in/with/${provider}`)).status).toBe(404);
    expect((await browser(h.world.there).get(`/sign-in/saml/${provider}/metadata`)).status).toBe(404);
  });
});

describe("signing in", () => {
  test("whoever is linked comes in, where he wanted to go, by a session of his own", async () => {
    await link(h.nora.id, "nora-at-northfield");
    const { jar, answer } = await signIn({ subject: "nora-at-northfield" }, "/account");
    expect([answer.status, answer.location]).toEqual([303, "/account"]);
    expect((await jar.get("/account")).text).toContain("Nora Nurse");
    const [row] = await h.world.trail();
    expect(
      (await h.world.trail()).some(({ sentence }) => sentence === "Nora Nurse signed in by a sign-in service (SAML)"),
    ).toBe(true);
    expect(row).toBeDefined();
  });

  test("the request is signed, asks for no certain kind of sign-in, and carries no return path out of the house", async () => {
    const { location } = await begin(browser());
    const asked = new URL(location).searchParams;
    expect(asked.get("SigAlg")).toBe("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
    expect(asked.get("Signature")?.length).toBeGreaterThan(100);
    expect(asked.has("RelayState")).toBe(false);
    expect(requestIn(location).xml).not.toContain("RequestedAuthnContext");
  });

  test("an answer opens nothing in another browser than the one that asked, and nothing twice", async () => {
    const jar = browser();
    const { id } = await begin(jar);
    const { location } = await deliver(answerFor(id, { subject: "nora-at-northfield" }));
    expect((await browser().get(location)).status).toBe(422);
    expect((await jar.get(location)).status).toBe(303);
    expect((await jar.get(location)).status).toBe(422);
  });

  test("of twenty that deliver the same answer at once one is taken", async () => {
    const { id } = await begin(browser());
    const xml = answerFor(id, { subject: "nora-at-northfield" });
    const answers = await Promise.all(Array.from({ length: 20 }, () => deliver(xml)));
    expect(answers.filter(({ status }) => status === 303).length).toBe(1);
  });

  test("an assertion that was used answers no other request", async () => {
    const first = await begin(browser());
    const second = await begin(browser());
    expect((await deliver(answerFor(first.id, { id: "_the-same" }))).status).toBe(303);
    expect((await deliver(answerFor(second.id, { id: "_the-same" }))).status).toBe(422);
  });

  test("both signed, and encrypted for us, are understood", async () => {
    const jar = browser();
    const { id } = await begin(jar);
    const both = service.sign(answerFor(id, { subject: "nora-at-northfield" }), "Response");
    expect((await deliver(both)).status).toBe(303);
  });

  test("suspended means suspended", async () => {
    const sam = await h.world.person("Sam Suspended", "nurse", h.place);
    await link(sam.id, "sam");
    await h.world.sql("update core.persons set status = 'suspended' where id = $1", [sam.id]);
    expect((await signIn({ subject: "sam" })).answer.status).toBe(422);
  });
});

describe("somebody unknown", () => {
  const attributes = { mail: "ines.invented@northfield.example", displayName: "Ines Invented" };
  test("is turned away, or gets an account that waits where the institution allows it", async () => {
    expect((await signIn({ subject: "ines", attributes })).answer.text).toContain(
      "no account here that belongs to you",
    );
    await rules({ admits: "on" });
    expect((await signIn({ subject: "ines" })).answer.text).toContain("did not tell us your e-mail");
    const { jar, answer } = await signIn({ subject: "ines", attributes }, `/w/${h.place.slug}`);
    expect(answer.location).toBe("/account/status");
    expect((await jar.get(`/w/${h.place.slug}`)).status).toBe(403);
    expect((await jar.get("/account")).status).toBe(403);
    expect((await h.asAda.get("/admin/registrations")).text).toContain("Ines Invented");
    const told = (await lettersOf(h.world)).find(({ subject }) => subject.startsWith("Ines Invented asks"));
    expect(told?.to).toBe(h.ada.email);
    // The second time it is the same account.
    expect((await signIn({ subject: "ines", attributes })).answer.location).toBe("/account/status");
    const [row] = await h.world.sql<{ n: number }>("select count(*)::int as n from core.persons where email = $1", [
      attributes.mail,
    ]);
    expect(row?.n).toBe(1);
  });

  test("with the address of somebody else's account reaches no account; its owner is asked by mail", async () => {
    const wanted = { subject: "evil", attributes: { mail: h.dana.email, displayName: "Dana Director" } };
    const { jar, answer } = await signIn(wanted);
    expect(answer.location).toBe("/sign-in/linking");
    expect(jar.cookies.has("sid")).toBe(false);
    expect((await signIn(wanted)).answer.location).toBe("/sign-in/linking");
    const path = await linkIn(h.world, h.dana.email);
    const shown = await browser().get(path);
    expect(shown.text).toContain("Is this you?");
    expect(shown.text).toContain("evil");
    expect((await browser().post(path)).location).toBe("/sign-in");
    expect((await browser().post(path)).status).toBe(410);
    expect((await signIn({ ...wanted, subject: "evil" })).answer.location).toBe("/");
    expect((await signIn({ ...wanted, subject: "another" })).answer.location).toBe("/sign-in/linking");
  });

  test("the other institution's account of the same address is another account", async () => {
    const email = "both@everywhere.example";
    await h.world.sql("insert into core.persons (tenant_id, name, email) values ($1, 'Bo There', $2)", [
      h.world.there.id,
      email,
    ]);
    const { answer } = await signIn({ subject: "bo", attributes: { mail: email, displayName: "Bo Here" } });
    expect(answer.location).toBe("/account/status");
    const linked = await h.world.sql<{ tenant_id: string }>(
      "select i.tenant_id from core.federated_identities i where subject = 'bo'",
    );
    expect(linked.map(({ tenant_id }) => tenant_id)).toEqual([h.world.here.id]);
  });
});

describe("policies", () => {
  // Ada herself owes a second factor while everyone does.
  const trusting = (counts: boolean) =>
    h.world.sql("update core.identity_providers set trusts_second = $2 where id = $1", [provider, counts]);
  test("a second factor given there counts here only where the institution says so, and only for that session", async () => {
    await h.world.sql(`update core.tenants set policies = '{"second":"required"}' where tenant_id = $1`, [
      h.world.here.id,
    ]);
    const mfa = { subject: "nora-at-northfield", context: MFA_CONTEXT };
    try {
      expect((await signIn(mfa)).answer.location).toBe("/account/second");
      await trusting(true);
      expect((await signIn(mfa)).answer.location).toBe("/");
      expect((await signIn({ subject: "nora-at-northfield" })).answer.location).toBe("/account/second");
      const entra = {
        "http://schemas.microsoft.com/claims/authnmethodsreferences":
          "http://schemas.microsoft.com/claims/multipleauthn",
      };
      expect((await signIn({ subject: "nora-at-northfield", attributes: entra })).answer.location).toBe("/");
    } finally {
      await h.world.sql(`update core.tenants set policies = '{}' where tenant_id = $1`, [h.world.here.id]);
    }
  });

  test("switched off, it is gone from the door and its sessions end at their next page", async () => {
    const { jar } = await signIn({ subject: "nora-at-northfield" });
    expect((await jar.get("/account")).status).toBe(200);
    await h.asAda.post(`/admin/sign-in-services/${provider}/off`);
    expect((await jar.get("/account")).status).toBe(401);
    expect((await browser().get("/sign-in")).text).not.toContain("Sign in by Northfield");
    expect((await browser().get(`/sign-in/with/${provider}`)).status).toBe(404);
    await h.asAda.post(`/admin/sign-in-services/${provider}/on`);
  });

  test("the last way in is not switched off", async () => {
    await h.world.sql(`update core.tenants set policies = '{"methods":["saml"]}' where tenant_id = $1`, [
      h.world.here.id,
    ]);
    const { jar } = await signIn({ subject: "nora-at-northfield" });
    await h.world.grant(h.nora, "administrator", null);
    const answer = await jar.post(`/admin/sign-in-services/${provider}/off`);
    expect([answer.status, answer.text.includes("Nobody could sign in any more")]).toEqual([422, true]);
    await h.world.sql(
      "update core.grants set revoked_at = clock_timestamp() where person_id = $1 and role = 'administrator'",
      [h.nora.id],
    );
    await h.world.sql(`update core.tenants set policies = '{}' where tenant_id = $1`, [h.world.here.id]);
    h = { ...h, asAda: await h.world.as(h.ada) };
  });

  test("certificates roll over: both are believed, then only the new one", async () => {
    const next = await makeOwnCertificate("idp.invented.example");
    const signed = async (by: typeof next) => {
      const { id } = await begin(browser());
      const xml = response(assertion(factsFor(id)), { destination: `${base}/acs`, inResponseTo: id });
      return (await deliver(service.sign(xml, "Assertion", { by }))).status;
    };
    expect(await signed(next)).toBe(422);
    await h.asAda.post(`/admin/sign-in-services/${provider}/metadata`, {
      metadata: service.metadata({ certificates: [next.certificate] }),
      keep: "on",
    });
    expect([await signed(service.own), await signed(next)]).toEqual([303, 303]);
    const page = await h.asAda.get(`/admin/sign-in-services/${provider}`);
    const fingerprints = [...page.text.matchAll(/name="fingerprint" value="([^"]+)"/g)].map(([, one = ""]) => one);
    expect(fingerprints.length).toBe(2);
    await h.asAda.post(`/admin/sign-in-services/${provider}/certificates/remove`, {
      fingerprint: fingerprints[1] ?? "",
    });
    expect([await signed(service.own), await signed(next)]).toEqual([422, 303]);
    expect((await h.asAda.get(`/admin/sign-in-services/${provider}`)).text).toContain(
      "no signature by a certificate that was pasted here",
    );
    await h.asAda.post(`/admin/sign-in-services/${provider}/metadata`, { metadata: service.metadata() });
  });
});

describe("our own certificate", () => {
  const step = async (name: string) =>
    (await h.asAda.post(`/admin/sign-in-services/${provider}/own-key/${name}`)).status;
  const published = async () => {
    const { text } = await browser().get(`/sign-in/saml/${provider}/metadata`);
    return [...text.matchAll(/use="(\w+)"[\s\S]*?X509Certificate>([^<]+)</g)].map(([, use, one = ""]) => [
      use,
      one.replace(/\s/g, ""),
    ]);
  };
  /** The certificate whose key signed our request. */
  const signer = async (among: readonly string[]) => {
    const url = new URL((await begin(browser())).location);
    const [signed = "", signature] = [url.search.slice(1).split("&Signature=")[0], url.searchParams.get("Signature")];
    return among.find((one) =>
      verifyQuerySignature(
        "sha256",
        signed,
        signature ?? "",
        `-----BEGIN CERTIFICATE-----\n${one}\n-----END CERTIFICATE-----`,
      ),
    );
  };
  const encryptedFor = async (certificate: string) => {
    const { id } = await begin(browser());
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----`;
    return (await deliver(encryptAssertion(answerFor(id, { subject: "nora-at-northfield" }), pem))).status;
  };
  test("is changed in three steps, and nobody is kept out at any of them", async () => {
    const [before] = (await published()).map(([, one = ""]) => one);
    expect(await step("switch")).toBe(422);
    expect(await step("prepare")).toBe(303);
    expect(await step("prepare")).toBe(422);
    const both = new Set((await published()).filter(([use]) => use === "signing").map(([, one = ""]) => one));
    expect([both.size, both.has(before ?? "")]).toEqual([2, true]);
    const next = [...both].find((one) => one !== before) ?? "";
    expect(await signer([...both])).toBe(before);
    expect(await encryptedFor(before ?? "")).toBe(303);
    expect(await step("switch")).toBe(303);
    expect((await h.asAda.get(`/admin/sign-in-services/${provider}`)).text).toContain("Our former, SHA-256");
    expect(await signer([...both])).toBe(next);
    expect([await encryptedFor(before ?? ""), await encryptedFor(next)]).toEqual([303, 303]);
    expect(await step("retire")).toBe(303);
    expect(new Set((await published()).map(([, one = ""]) => one))).toEqual(new Set([next]));
    expect([await encryptedFor(before ?? ""), await encryptedFor(next)]).toEqual([422, 303]);
    expect(await step("retire")).toBe(422);
    expect((await h.asOtto.post(`/admin/sign-in-services/${provider}/own-key/prepare`)).status).toBe(404);
  });
});

describe("an invitation", () => {
  const invite = async (name: string, email: string) => {
    const form = { "invited-name": name, "invited-email": email, "invited-role": "nurse" };
    expect((await h.asDana.post(`/w/${h.place.slug}/access/invitations`, form)).status).toBe(303);
    return await linkIn(h.world, email);
  };
  const OURS = { "sec-fetch-site": "same-origin" };
  const accept = async (path: string, subject: string) => {
    const jar = browser();
    const begun = await jar.get(`${path}/${provider}`, OURS);
    if (begun.status !== 303) return { jar, answer: begun };
    const delivered = await deliver(answerFor(requestIn(begun.location).id, { subject }));
    return { jar, answer: await jar.get(delivered.location) };
  };
  test("is accepted in one step by signing in at the institution's own service, once, and its owner is told", async () => {
    const path = await invite("Inge Invited", "inge@northfield.example");
    expect(path).toStartWith("/sign-in/invitation/");
    const page = await browser().get(path);
    expect(page.text).toContain("Inge Invited, inge@northfield.example");
    expect(page.text).toContain("Northfield staff account");
    // From another site's link, or typed: not into somebody's account unawares.
    expect((await browser().get(`${path}/${provider}`, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await browser().get(`${path}/${provider}`)).status).toBe(403);
    const { jar, answer } = await accept(path, "ines-invited");
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    expect((await jar.get(`/w/${h.place.slug}`)).status).toBe(200);
    const told = (await lettersOf(h.world)).filter(({ to }) => to === "inge@northfield.example");
    expect(told.length).toBe(2);
    expect((await signIn({ subject: "ines-invited" })).answer.location).toBe("/");
    // Once: neither this letter nor the password it might have set opens anything more.
    expect((await browser().get(path)).status).toBe(410);
    expect((await accept(path, "eve")).answer.status).toBe(410);
    expect((await browser().get(path.replace("invitation", "password"))).status).toBe(410);
  });
  test("two windows, somebody who has come in meanwhile, and somebody else's sign-in: one account each", async () => {
    const path = await invite("Ida Twice", "ida@northfield.example");
    const [first, second] = await Promise.all([accept(path, "ida-1"), accept(path, "ida-2")]);
    expect([first.jar, second.jar].filter((jar) => jar.cookies.has("sid")).length).toBe(1);
    const ivy = await invite("Ivy Late", "ivy@northfield.example");
    expect((await accept(ivy, "ines-invited")).answer.status).toBe(422);
    await h.world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) select tenant_id, id, 'password', 'x' from core.persons where email = 'ivy@northfield.example'",
    );
    expect((await accept(ivy, "ivy")).answer.status).toBe(410);
    expect((await browser(h.world.there).get(ivy)).status).toBe(410);
  });
});

describe("leaving", () => {
  const signedQuery = (values: Record<string, string>, key = service.own.privateKey): string => {
    const query = new URLSearchParams({
      ...values,
      SigAlg: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    }).toString();
    const signature = createSign("RSA-SHA256").update(query).sign(key, "base64");
    return `${query}&Signature=${encodeURIComponent(signature)}`;
  };
  const request = (subject: string, index: string | null, issued = new Date().toISOString()) =>
    deflateRawSync(
      `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_l${crypto.randomUUID()}" Version="2.0" IssueInstant="${issued}" Destination="${base}/slo"><saml:Issuer>${IDP}</saml:Issuer><saml:NameID>${subject}</saml:NameID>${index === null ? "" : `<samlp:SessionIndex>${index}</samlp:SessionIndex>`}</samlp:LogoutRequest>`,
    ).toString("base64");

  test("here leads on to leaving there, with a signed request that names the session", async () => {
    const { jar } = await signIn({ subject: "nora-at-northfield", sessionIndex: "s-out" });
    const out = await jar.post("/sign-out");
    expect(out.location).toStartWith("/sign-out/there?way=");
    expect((await jar.get("/account")).status).toBe(401);
    const page = await jar.get(out.location);
    const [, href = ""] = /href="(https:\/\/idp[^"]+)"/.exec(page.text) ?? [];
    const asked = requestIn(href.replaceAll("&amp;", "&"));
    expect(asked.xml).toContain("nora-at-northfield");
    expect(asked.xml).toContain("s-out");
    expect((await jar.get("/sign-out/there?way=1.AAAA")).status).toBe(404);
    expect((await jar.get(`/sign-in/saml/${provider}/slo?SAMLResponse=x`)).location).toBe("/sign-in");
    expect((await jar.post(`/sign-in/saml/${provider}/slo`, { SAMLResponse: "x" })).location).toBe("/sign-in");
  });

  test("there ends exactly that session here, and is answered", async () => {
    const first = await signIn({ subject: "nora-at-northfield", sessionIndex: "s-a" });
    const second = await signIn({ subject: "nora-at-northfield", sessionIndex: "s-b" });
    const answer = await browser().get(
      `/sign-in/saml/${provider}/slo?${signedQuery({ SAMLRequest: request("nora-at-northfield", "s-a"), RelayState: "there" })}`,
    );
    expect(answer.location).toStartWith("https://idp.invented.example/slo-done?SAMLResponse=");
    expect(new URL(answer.location).searchParams.get("RelayState")).toBe("there");
    expect([(await first.jar.get("/account")).status, (await second.jar.get("/account")).status]).toEqual([401, 200]);
  });

  test.each([
    ["unsigned", () => new URLSearchParams({ SAMLRequest: request("nora-at-northfield", null) }).toString()],
    [
      "signed by somebody else",
      async () =>
        signedQuery({ SAMLRequest: request("nora-at-northfield", null) }, (await makeOwnCertificate("x")).privateKey),
    ],
    [
      "changed after signing",
      () =>
        signedQuery({ SAMLRequest: request("nora-at-northfield", "s-none") }).replace(
          /SAMLRequest=[^&]+/,
          `SAMLRequest=${encodeURIComponent(request("nora-at-northfield", null))}`,
        ),
    ],
    [
      "an hour old",
      () =>
        signedQuery({
          SAMLRequest: request("nora-at-northfield", null, new Date(Date.now() - 3_600_000).toISOString()),
        }),
    ],
    [
      "with a parameter twice",
      () =>
        `${signedQuery({ SAMLRequest: request("nora-at-northfield", null) })}&SAMLRequest=${encodeURIComponent(request("nora-at-northfield", null))}`,
    ],
    [
      "with SHA-1",
      () =>
        signedQuery({ SAMLRequest: request("nora-at-northfield", null) })
          .replace("rsa-sha256", "rsa-sha1")
          .replace("xmldsig-more", "xmldsig"),
    ],
  ] as const)("a request %s ends nothing", async (_name, make) => {
    const { jar } = await signIn({ subject: "nora-at-northfield" });
    expect((await browser().get(`/sign-in/saml/${provider}/slo?${await make()}`)).status).toBe(422);
    expect((await jar.get("/account")).status).toBe(200);
  });
});

describe("linking one's own account", () => {
  test("begins with a form of our own, and the owner is told by mail", async () => {
    const jar = browser();
    const token = await h.world.house.sessions.open(h.world.here.id, h.ada.id, "test", "127.0.0.1", null);
    jar.cookies.set("sid", await h.world.house.tokens.sign(token, h.world.here.id));
    expect((await jar.post(`/account/links/${provider}`, {}, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    const begun = await jar.post(`/account/links/${provider}`);
    const page = await jar.get(begun.location);
    const [, href = ""] = /href="(https:\/\/idp[^"]+)"/.exec(page.text) ?? [];
    const { id } = requestIn(href.replaceAll("&amp;", "&"));
    const { location } = await deliver(answerFor(id, { subject: "ada-at-northfield" }));
    expect((await jar.get(location)).location).toBe("/account");
    expect(
      (await lettersOf(h.world)).some(({ to, subject }) => to === h.ada.email && subject.startsWith("A new way into")),
    ).toBe(true);
    expect((await signIn({ subject: "ada-at-northfield" })).answer.location).toBe("/");
    // What belongs to one account is not taken by another.
    const again = await jar.post(`/account/links/${provider}`);
    const second = await jar.get(again.location);
    const [, next = ""] = /href="(https:\/\/idp[^"]+)"/.exec(second.text) ?? [];
    const taken = await deliver(
      answerFor(requestIn(next.replaceAll("&amp;", "&")).id, { subject: "nora-at-northfield" }),
    );
    expect((await jar.get(taken.location)).text).toContain("belongs to another account");
  });
});
