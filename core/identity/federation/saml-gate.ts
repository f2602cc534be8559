/**
 * What stands before and after the SAML library (security.md §2.6). The library checks signatures, times and the
 * audience; it also takes SHA-1, other people's recipients, other issuers, replays and failed answers. The gate before it
 * lets through only plain documents of one assertion; the gate after it reads the signed assertion itself.
 */
import { decryptXml } from "@node-saml/node-saml/lib/xml.js";
import { childOf, childrenOf, type Element, Refused, readXml, within } from "./xml.ts";

const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
/** Of base64. A signed answer with a hundred groups in it has a tenth of this. */
const LONGEST = 350_000;
const LONGEST_SUBJECT = 1_000;

const allowed: Readonly<Record<string, readonly string[]>> = {
  SignatureMethod: [
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
  ],
  DigestMethod: ["http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/04/xmlenc#sha512"],
  Transform: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", "http://www.w3.org/2001/10/xml-exc-c14n#"],
  CanonicalizationMethod: ["http://www.w3.org/2001/10/xml-exc-c14n#"],
};
const encryption: Readonly<Record<string, readonly string[]>> = {
  EncryptionMethod: [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
  ],
};

const oaep: Readonly<Record<string, readonly string[]>> = {
  DigestMethod: ["http://www.w3.org/2000/09/xmldsig#sha1", ...(allowed.DigestMethod ?? [])],
};

export interface Answered {
  /** The request that this says it answers. */
  readonly inResponseTo: string;
}

/** Of ours, while we change from one to the next, or of somebody else's. */
export class ForAnotherKey extends Refused {}

/** Before the library. Throws Refused. */
export async function gateBefore(
  base64: string,
  { acs, privateKey }: { readonly acs: string; readonly privateKey: string },
): Promise<Answered> {
  if (base64.length > LONGEST) throw new Refused("too large");
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(base64)) throw new Refused("not base64");
  let xml: string;
  try {
    xml = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    throw new Refused("not UTF-8");
  }
  const root = readXml(xml.replace(/^\s*<\?xml\s[^>]*\?>/, ""));
  if (root.namespace !== SAMLP || root.name !== "Response") throw new Refused("no Response");
  requireAlgorithms(root);
  const statuses = childrenOf(root, SAMLP, "Status").flatMap((one) => childrenOf(one, SAMLP, "StatusCode"));
  if (statuses.length !== 1 || statuses[0]?.attributes.Value !== SUCCESS)
    throw new Refused("the service answered that it did not sign anybody in");
  const { Destination, InResponseTo } = root.attributes;
  if (Destination !== undefined && Destination !== acs) throw new Refused("another destination");
  if (!InResponseTo) throw new Refused("it answers no request");
  const every = [...within(root)];
  const plain = every.filter(({ name }) => name === "Assertion");
  const encrypted = every.filter(({ name }) => name === "EncryptedAssertion");
  if (plain.length + encrypted.length !== 1) throw new Refused("not exactly one assertion");
  const [assertion] = [...plain, ...encrypted];
  if (!assertion || assertion.namespace !== SAML || !root.children.includes(assertion))
    throw new Refused("the assertion is not where it belongs");
  if (encrypted.length === 1) await gateInside(xml, privateKey);
  return { inResponseTo: InResponseTo };
}

/** An encrypted assertion is opened once only to be looked at: the library opens and checks it for itself. */
async function gateInside(xml: string, privateKey: string): Promise<void> {
  const [sealed] = /<(?:[\w.-]+:)?EncryptedAssertion[\s>][\s\S]*<\/(?:[\w.-]+:)?EncryptedAssertion\s*>/.exec(xml) ?? [];
  let inside: string;
  try {
    inside = await decryptXml(sealed ?? "", privateKey);
  } catch {
    throw new ForAnotherKey("it was encrypted for another key");
  }
  const root = readXml(inside.replace(/^\s*<\?xml\s[^>]*\?>/, ""));
  if (root.namespace !== SAML || root.name !== "Assertion") throw new Refused("no assertion inside the encryption");
  if ([...within(root)].filter(({ name }) => name === "Assertion" || name === "EncryptedAssertion").length !== 1)
    throw new Refused("not exactly one assertion");
  requireAlgorithms(root);
}

function requireAlgorithms(root: Element): void {
  const ids = new Set<string>();
  const look = (element: Element, parent: Element | null) => {
    const { name, attributes } = element;
    // OAEP's own digest is SHA-1 by default, and that is no weakness there (RFC 8017, B.1).
    const good = parent?.name === "EncryptionMethod" ? oaep[name] : (allowed[name] ?? encryption[name]);
    if (good && !good.includes(attributes.Algorithm ?? ""))
      throw new Refused(`an algorithm that is not accepted (${name})`);
    if (name === "Object") throw new Refused("an object inside a signature");
    const { ID } = attributes;
    if (ID !== undefined && ids.has(ID)) throw new Refused("an ID stands twice");
    if (ID !== undefined) ids.add(ID);
    for (const child of element.children) look(child, element);
  };
  look(root, null);
}

export interface Expected {
  readonly issuer: string;
  readonly acs: string;
  readonly inResponseTo: string;
}

export interface Vouched {
  readonly assertionId: string;
  readonly until: Date;
  readonly subject: string;
  readonly sessionIndex: string | null;
  /** How it says it recognised the person: AuthnContextClassRef. */
  readonly context: string | null;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** After the library: from the text that the signature covers, and from nothing else. Throws Refused. */
export function gateAfter(signedAssertion: string, expected: Expected): Vouched {
  const assertion = readXml(signedAssertion);
  if (assertion.namespace !== SAML || assertion.name !== "Assertion") throw new Refused("no assertion");
  const only = (parent: Element | undefined, name: string): Element => {
    const found = childrenOf(parent, SAML, name);
    if (found.length !== 1 || !found[0]) throw new Refused(`not exactly one ${name}`);
    return found[0];
  };
  if (only(assertion, "Issuer").text.trim() !== expected.issuer) throw new Refused("another issuer");
  const subject = only(assertion, "Subject");
  const confirmation = only(subject, "SubjectConfirmation");
  if (confirmation.attributes.Method !== BEARER) throw new Refused("not for whoever bears it");
  const data = only(confirmation, "SubjectConfirmationData").attributes;
  if (data.Recipient !== expected.acs) throw new Refused("another recipient");
  if (data.InResponseTo !== expected.inResponseTo) throw new Refused("it answers another request");
  if (!data.NotOnOrAfter || Number.isNaN(Date.parse(data.NotOnOrAfter))) throw new Refused("it is good for ever");
  const id = assertion.attributes.ID;
  if (!id) throw new Refused("an assertion without an ID");
  const name = only(subject, "NameID");
  const text = name.text.trim();
  if (name.children.length > 0 || text === "" || text.length > LONGEST_SUBJECT) throw new Refused("no usable NameID");
  if (name.attributes.Format === "urn:oasis:names:tc:SAML:2.0:nameid-format:transient")
    throw new Refused("a NameID that changes every time (transient): let the service send a persistent one");
  const statements = childrenOf(assertion, SAML, "AuthnStatement");
  if (statements.length !== 1) throw new Refused("not exactly one AuthnStatement");
  const context = childOf(childOf(statements[0], SAML, "AuthnContext"), SAML, "AuthnContextClassRef");
  const attributes: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const statement of childrenOf(assertion, SAML, "AttributeStatement")) {
    for (const attribute of childrenOf(statement, SAML, "Attribute")) {
      const called = attribute.attributes.Name ?? "";
      const values = childrenOf(attribute, SAML, "AttributeValue").map((value) => value.text.trim());
      attributes[called] = [...(attributes[called] ?? []), ...values];
    }
  }
  return {
    assertionId: id,
    until: new Date(data.NotOnOrAfter),
    subject: text,
    sessionIndex: statements[0]?.attributes.SessionIndex ?? null,
    context: context?.text.trim() || null,
    attributes,
  };
}
