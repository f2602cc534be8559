/** A SAML identity provider that says whatever a test makes it say, and signs it with its own key or another's. */
import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { makeOwnCertificate, type OwnCertificate } from "@core/vault/certificate.ts";
import { signXml } from "@node-saml/node-saml/lib/xml.js";

export const IDP = "https://idp.invented.example/metadata";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";
const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
export const PASSWORD_CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
export const MFA_CONTEXT = "https://refeds.org/profile/mfa";

const iso = (shift = 0) => new Date(Date.now() + shift).toISOString();
const newId = () => `_${crypto.randomUUID()}`;

export interface Facts {
  readonly acs: string;
  readonly audience: string | null;
  readonly inResponseTo: string | null;
  readonly id?: string;
  readonly subject?: string;
  readonly format?: string;
  readonly issuer?: string;
  readonly recipient?: string;
  readonly notBefore?: string;
  readonly notOnOrAfter?: string;
  readonly issued?: string;
  readonly context?: string;
  readonly method?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly sessionIndex?: string;
}

export function assertion(facts: Facts): string {
  const {
    id = newId(),
    subject = "subject-1",
    format = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    issuer = IDP,
    recipient = facts.acs,
    notBefore = iso(-60_000),
    notOnOrAfter = iso(300_000),
    issued = iso(),
    context = PASSWORD_CONTEXT,
    method = "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    attributes = {},
    sessionIndex = "s-1",
  } = facts;
  const answers = facts.inResponseTo === null ? "" : ` InResponseTo="${facts.inResponseTo}"`;
  const audience =
    facts.audience === null
      ? ""
      : `<saml:AudienceRestriction><saml:Audience>${facts.audience}</saml:Audience></saml:AudienceRestriction>`;
  const said = Object.entries(attributes)
    .map(
      ([name, value]) =>
        `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
    )
    .join("");
  return `<saml:Assertion xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0" IssueInstant="${issued}"><saml:Issuer>${issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${format}">${subject}</saml:NameID><saml:SubjectConfirmation Method="${method}"><saml:SubjectConfirmationData NotOnOrAfter="${notOnOrAfter}" Recipient="${recipient}"${answers}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${notBefore}" NotOnOrAfter="${notOnOrAfter}">${audience}</saml:Conditions><saml:AuthnStatement AuthnInstant="${iso()}" SessionIndex="${sessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>${context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>${said === "" ? "" : `<saml:AttributeStatement>${said}</saml:AttributeStatement>`}</saml:Assertion>`;
}

export function response(
  inner: string,
  of: {
    readonly destination: string | null;
    readonly inResponseTo: string | null;
    readonly status?: string;
    readonly issuer?: string;
    readonly id?: string;
  },
): string {
  const destination = of.destination === null ? "" : ` Destination="${of.destination}"`;
  const answers = of.inResponseTo === null ? "" : ` InResponseTo="${of.inResponseTo}"`;
  const status = of.status ?? "urn:oasis:names:tc:SAML:2.0:status:Success";
  return `<samlp:Response xmlns:samlp="${PROTOCOL}" ID="${of.id ?? newId()}" Version="2.0" IssueInstant="${iso()}"${destination}${answers}><saml:Issuer xmlns:saml="${ASSERTION}">${of.issuer ?? IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${status}"/></samlp:Status>${inner}</samlp:Response>`;
}

export interface SignOptions {
  readonly algorithm?: "sha1" | "sha256" | "sha512";
  readonly digest?: "sha1" | "sha256" | "sha512";
  readonly by?: OwnCertificate;
  readonly transforms?: string[];
}

export class SamlService {
  private constructor(readonly own: OwnCertificate) {}
  static async open(name = "idp.invented.example"): Promise<SamlService> {
    return new SamlService(await makeOwnCertificate(name));
  }

  sign(
    xml: string,
    what: "Assertion" | "Response",
    { algorithm = "sha256", digest = algorithm, by = this.own, transforms }: SignOptions = {},
  ): string {
    const path = what === "Response" ? "/*[local-name(.)='Response']" : "//*[local-name(.)='Assertion']";
    return signXml(
      xml,
      path,
      { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" },
      {
        privateKey: by.privateKey,
        publicCert: by.certificate,
        signatureAlgorithm: algorithm,
        digestAlgorithm: digest,
        ...(transforms ? { xmlSignatureTransforms: transforms } : {}),
      },
    );
  }

  metadata({
    certificates = [this.own.certificate],
    slo = true,
  }: {
    readonly certificates?: readonly string[];
    readonly slo?: boolean;
  } = {}): string {
    const keys = certificates
      .map(
        (pem) =>
          `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${pem.replace(/-----[A-Z ]+-----|\s/g, "")}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
      )
      .join("");
    const redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    return `<?xml version="1.0"?>
<!-- of an identity provider that does not exist -->
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${IDP}"><md:IDPSSODescriptor protocolSupportEnumeration="${PROTOCOL}">${keys}${slo ? `<md:SingleLogoutService Binding="${redirect}" Location="https://idp.invented.example/slo" ResponseLocation="https://idp.invented.example/slo-done"/>` : ""}<md:SingleSignOnService Binding="${redirect}" Location="https://idp.invented.example/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
  }
}

/** The answer with its assertion sealed for whoever has the certificate's key (AES-256-GCM, RSA-OAEP). */
export function encryptAssertion(xml: string, certificate: string): string {
  const [open = ""] = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml) ?? [];
  if (!open) throw new Error("there is no assertion to encrypt");
  const key = randomBytes(32);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  const sealed = Buffer.concat([iv, cipher.update(open, "utf8"), cipher.final(), cipher.getAuthTag()]);
  const wrapped = publicEncrypt({ key: certificate, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, key);
  const value = (bytes: Uint8Array) =>
    `<xenc:CipherData><xenc:CipherValue>${Buffer.from(bytes).toString("base64")}</xenc:CipherValue></xenc:CipherData>`;
  const encrypted = `<saml:EncryptedAssertion xmlns:saml="${ASSERTION}"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey><xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>${value(wrapped)}</xenc:EncryptedKey></ds:KeyInfo>${value(sealed)}</xenc:EncryptedData></saml:EncryptedAssertion>`;
  return xml.replace(open, () => encrypted);
}

/** What our own request says, from the address that the browser is sent to. */
export function requestIn(location: string): {
  readonly id: string;
  readonly acs: string;
  readonly issuer: string;
  readonly xml: string;
} {
  const asked = new URL(location).searchParams.get("SAMLRequest") ?? "";
  const xml = inflateRawSync(Buffer.from(asked, "base64")).toString("utf8");
  const read = (pattern: RegExp) => pattern.exec(xml)?.[1] ?? "";
  return {
    id: read(/\sID="([^"]+)"/),
    acs: read(/AssertionConsumerServiceURL="([^"]+)"/),
    issuer: read(/<saml:Issuer[^>]*>([^<]+)</),
    xml,
  };
}

export const base64 = (xml: string) => Buffer.from(xml).toString("base64");
