/**
 * Answers that a hostile hand made of a good one, or that a careless service would send: signature wrapping, hidden text,
 * weak algorithms, other people's answers (security.md §0.7, D31–D38). None of them may sign anybody in.
 */
import type { OwnCertificate } from "@core/vault/certificate.ts";
import { assertion, type Facts, response, type SamlService } from "../../support/saml-service.ts";

export interface Target {
  readonly service: SamlService;
  readonly stranger: OwnCertificate;
  readonly acs: string;
  readonly audience: string;
  /** The request that waits in the attacker's own browser. */
  readonly request: string;
  /** One that waits in somebody else's. */
  readonly otherRequest: string;
  readonly victim: string;
}

const RESPONDER = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const iso = (shift: number) => new Date(Date.now() + shift).toISOString();

/** Name → the document as it is delivered, before base64. */
export function hostileAnswers(of: Target): readonly (readonly [string, () => string | Uint8Array])[] {
  const { service, stranger, acs, audience, request, otherRequest, victim } = of;
  const facts = (more: Partial<Facts> = {}): Facts => ({
    acs,
    audience,
    inResponseTo: request,
    subject: "attacker",
    ...more,
  });
  const wrap = (inner: string, more: Partial<Parameters<typeof response>[1]> = {}) =>
    response(inner, { destination: acs, inResponseTo: request, ...more });
  const signed = (more: Partial<Facts> = {}, around: Partial<Parameters<typeof response>[1]> = {}) =>
    service.sign(wrap(assertion(facts(more)), around), "Assertion");
  const evil = (more: Partial<Facts> = {}) => assertion(facts({ subject: victim, ...more }));
  const partsOf = (xml: string) => {
    const [whole = ""] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml) ?? [];
    const [signature = ""] = /<Signature[\s\S]*?<\/Signature>/.exec(xml) ?? [];
    const [, id = ""] = /ID="([^"]+)"/.exec(whole) ?? [];
    return { whole, signature, bare: whole.replace(signature, ""), id };
  };
  const failed = () => service.sign(wrap("", { status: RESPONDER }), "Response");
  const entities = Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`).join("");

  return [
    ["unsigned", () => wrap(evil())],
    ["signed by a stranger", () => service.sign(wrap(evil()), "Assertion", { by: stranger })],
    ["one name changed after signing", () => signed({ subject: "attacker" }).replace(">attacker<", `>${victim}<`)],
    ["wrapped: forged before signed", () => signed().replace("<saml:Assertion", `${evil()}<saml:Assertion`)],
    ["wrapped: forged after signed", () => signed().replace("</samlp:Response>", `${evil()}</samlp:Response>`)],
    [
      "wrapped: signed in Extensions, forged with its ID and signature",
      () => {
        const { whole, signature, id } = partsOf(signed());
        return wrap(
          `<samlp:Extensions>${whole}</samlp:Extensions>${evil({ id }).replace("</saml:Issuer>", `</saml:Issuer>${signature}`)}`,
        );
      },
    ],
    [
      "wrapped: signed inside the forged one's ds:Object",
      () => {
        const { signature, bare } = partsOf(signed());
        const holding = signature.replace("</Signature>", `<Object>${bare}</Object></Signature>`);
        return wrap(evil().replace("</saml:Issuer>", `</saml:Issuer>${holding}`));
      },
    ],
    [
      "wrapped: signed as Advice of the forged one",
      () =>
        wrap(
          evil().replace("<saml:Conditions", `<saml:Advice>${partsOf(signed()).whole}</saml:Advice><saml:Conditions`),
        ),
    ],
    [
      "wrapped: the whole answer inside another",
      () => wrap(`<samlp:Extensions>${signed()}</samlp:Extensions>${evil()}`),
    ],
    [
      "wrapped: the forged one's ID twice",
      () => {
        const { whole, id } = partsOf(signed());
        return wrap(`${evil({ id })}${whole}`);
      },
    ],
    [
      "a signed failure with a forged assertion",
      () => failed().replace("</samlp:Response>", `${evil()}</samlp:Response>`),
    ],
    [
      "a signed failure with a forged assertion inside its signature",
      () => failed().replace("</Signature>", `<Object>${evil()}</Object></Signature>`),
    ],
    ["a failure around a good assertion", () => signed({}, { status: RESPONDER })],
    [
      "a processing instruction inside the name",
      () => signed({ subject: `not-${victim}` }).replace(`>not-${victim}<`, `><?p not-?>${victim}<`),
    ],
    [
      "a comment inside the name",
      () => signed({ subject: `${victim}.evil` }).replace(`>${victim}.evil<`, `>${victim}<!---->.evil<`),
    ],
    ["a CDATA section as the name", () => signed().replace(">attacker<", `><![CDATA[${victim}]]><`)],
    ["an entity as the name", () => `<!DOCTYPE r [<!ENTITY e "${victim}">]>${signed().replace(">attacker<", ">&e;<")}`],
    ["an entity from a file", () => `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>${signed()}`],
    [
      "entities that grow",
      () => `<!DOCTYPE r [<!ENTITY a0 "aaaaaaaaaa">${entities}]>${signed().replace(">attacker<", ">&a9;<")}`,
    ],
    [
      "twenty megabytes",
      () => signed().replace("</samlp:Response>", `<x>${"a".repeat(20_000_000)}</x></samlp:Response>`),
    ],
    ["two thousand floors", () => wrap("<a>".repeat(2_000) + "</a>".repeat(2_000))],
    ["ten thousand elements", () => signed().replace("</samlp:Response>", `${"<a/>".repeat(10_000)}</samlp:Response>`)],
    ["signed with SHA-1", () => service.sign(wrap(assertion(facts())), "Assertion", { algorithm: "sha1" })],
    ["digested with SHA-1", () => service.sign(wrap(assertion(facts())), "Assertion", { digest: "sha1" })],
    [
      "the certificate as a key for an HMAC",
      () =>
        signed().replace(
          "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
          "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        ),
    ],
    [
      "a transform that may drop what it likes",
      () =>
        signed().replace(
          '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
          '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>',
        ),
    ],
    [
      "a signature with comments kept",
      () =>
        service.sign(wrap(assertion(facts())), "Assertion", {
          transforms: [
            "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
          ],
        }),
    ],
    ["another audience", () => signed({ audience: "https://other.example/metadata" })],
    ["no audience", () => signed({ audience: null })],
    ["another recipient", () => signed({ recipient: "https://evil.example/acs" })],
    ["another destination", () => signed({}, { destination: "https://evil.example/acs" })],
    ["another issuer", () => signed({ issuer: "https://other-idp.example" })],
    [
      "over an hour ago",
      () => signed({ notBefore: iso(-7_200_000), notOnOrAfter: iso(-3_600_000), issued: iso(-7_200_000) }),
    ],
    ["made an hour ago, good for a day", () => signed({ notOnOrAfter: iso(86_400_000), issued: iso(-3_600_000) })],
    ["not valid yet", () => signed({ notBefore: iso(3_600_000), notOnOrAfter: iso(7_200_000) })],
    ["for a holder of a key", () => signed({ method: "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key" })],
    ["a name that changes every time", () => signed({ format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" })],
    ["an empty name", () => signed({ subject: "  " })],
    ["nobody asked for it", () => signed({ inResponseTo: null }, { inResponseTo: null })],
    ["it answers nothing, its envelope does", () => signed({ inResponseTo: null })],
    ["it answers another request than its envelope", () => signed({ inResponseTo: otherRequest })],
    [
      "a request that was never made",
      () => signed({ inResponseTo: "_0123456789abcdef" }, { inResponseTo: "_0123456789abcdef" }),
    ],
    ["a null byte", () => `\0${signed()}`],
    ["bytes that are no UTF-8", () => Buffer.concat([Buffer.from(signed()), Buffer.from([0xff, 0xfe])])],
    ["nothing", () => ""],
    ["no XML", () => "hello"],
    ["a request instead of an answer", () => signed().replaceAll("samlp:Response", "samlp:AuthnRequest")],
    ["a LogoutResponse", () => signed().replaceAll("samlp:Response", "samlp:LogoutResponse")],
    ["its namespace is another", () => signed().replace("urn:oasis:names:tc:SAML:2.0:protocol", "urn:evil")],
  ];
}
