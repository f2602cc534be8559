/** SAML 2.0 through node-saml: what we are called at a service, the way there and back, and leaving on both sides. */
import { inflateRawSync } from "node:zlib";
import { verifyQuerySignature } from "@core/vault/certificate.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { type Profile, SAML, ValidateInResponseTo } from "@node-saml/node-saml";
import { ForAnotherKey, gateAfter, gateBefore, type Vouched } from "./saml-gate.ts";
import { Refused, readXml } from "./xml.ts";

export interface SamlSettings {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly sloUrl: string | null;
  readonly sloResponseUrl: string | null;
  /** Those of the service, as PEM: two while it changes from one to the next. */
  readonly certificates: readonly string[];
  /** Ours, that it knows us by. */
  readonly ownCertificate: string;
  /** While ours changes: the one that follows, or the one that was, published beside it. */
  readonly otherCertificate?: { readonly pem: string; readonly is: "next" | "last" };
}

/** One service as one institution uses it. */
export interface SamlParty {
  readonly settings: SamlSettings;
  readonly privateKey: string;
  /** The key of the other certificate of ours: it opens what was encrypted for it, and signs nothing. */
  readonly otherKey?: string;
  /** "https://northfield.example.org/sign-in/saml/<id>": everything of ours begins with it. */
  readonly base: string;
}

const SKEW_MS = 60_000;
const OLDEST_MS = 10 * 60_000;

export const placesOf = (base: string) => ({
  entityId: `${base}/metadata`,
  acs: `${base}/acs`,
  slo: `${base}/slo`,
});

const DIGESTS: Readonly<Record<string, "sha256" | "sha512">> = {
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": "sha256",
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": "sha512",
};

/** Bun does not list RSA-SHA256 among its hashes, which the library asks for before it checks a signed query. */
class BunSaml extends SAML {
  protected override validateSignatureForRedirect(
    signed: string | Uint8Array,
    signature: string,
    algorithm: string,
    pem: string,
  ): boolean {
    const digest = Object.hasOwn(DIGESTS, algorithm) ? DIGESTS[algorithm] : undefined;
    return digest !== undefined && verifyQuerySignature(digest, signed, signature, pem);
  }
}

/** Knows the one request that may be answered, as long as nobody has answered it. */
class OneRequest {
  constructor(
    private readonly id: string | null,
    private readonly madeAt: Date,
  ) {}
  async saveAsync(_key: string, value: string) {
    return { value, createdAt: Date.now() };
  }
  async getAsync(key: string) {
    return key === this.id ? this.madeAt.toISOString() : null;
  }
  async removeAsync(key: string | null) {
    return key;
  }
}

function partyOf(
  { settings, privateKey, base }: SamlParty,
  more: {
    request?: { id: string; madeAt: Date };
    logoutUrl?: string | null;
    newId?: string;
    openedBy?: string;
  } = {},
): BunSaml {
  const { entityId, acs, slo } = placesOf(base);
  const { newId } = more;
  return new BunSaml({
    issuer: entityId,
    audience: entityId,
    callbackUrl: acs,
    logoutCallbackUrl: slo,
    entryPoint: settings.ssoUrl,
    logoutUrl: more.logoutUrl ?? settings.sloUrl ?? settings.ssoUrl,
    idpIssuer: settings.entityId,
    idpCert: [...settings.certificates],
    privateKey,
    publicCert: settings.ownCertificate,
    decryptionPvk: more.openedBy ?? privateKey,
    signatureAlgorithm: "sha256",
    digestAlgorithm: "sha256",
    // A persistent NameID is asked for by the metadata; a service that has another stable one may send that.
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: false,
    validateInResponseTo: ValidateInResponseTo.always,
    requestIdExpirationPeriodMs: OLDEST_MS,
    acceptedClockSkewMs: SKEW_MS,
    maxAssertionAgeMs: OLDEST_MS,
    cacheProvider: new OneRequest(more.request?.id ?? null, more.request?.madeAt ?? new Date(0)),
    generateUniqueId: () => newId ?? newRequestId(),
  });
}

export const newRequestId = () => `_${randomToken(24)}`;

/** Where the browser goes to sign in, with our signed request. */
export async function wayToSaml(party: SamlParty, requestId: string): Promise<string> {
  return partyOf(party, { newId: requestId }).getAuthorizeUrlAsync("", undefined, {});
}

/** Which request the answer speaks of. Throws Refused; what it says is not believed yet. */
export async function readSamlAnswer(
  party: SamlParty,
  base64: string,
): Promise<{ readonly inResponseTo: string; readonly openedBy: string }> {
  const { acs } = placesOf(party.base);
  const gate = async (privateKey: string) => ({
    ...(await gateBefore(base64, { acs, privateKey })),
    openedBy: privateKey,
  });
  const { otherKey } = party;
  if (otherKey === undefined) return gate(party.privateKey);
  return gate(party.privateKey).catch((error) => {
    if (error instanceof ForAnotherKey) return gate(otherKey);
    throw error;
  });
}

/** Throws Refused, with a word that an administrator can act on. */
export async function checkSamlAnswer(
  party: SamlParty,
  base64: string,
  request: { readonly id: string; readonly madeAt: Date },
  openedBy = party.privateKey,
): Promise<Vouched> {
  let profile: Profile | null;
  try {
    ({ profile } = await partyOf(party, { request, openedBy }).validatePostResponseAsync({ SAMLResponse: base64 }));
  } catch (error) {
    throw new Refused(wordFor(error));
  }
  const signed = profile?.getAssertionXml?.();
  if (!signed) throw new Refused("nothing signed");
  return gateAfter(signed, {
    issuer: party.settings.entityId,
    acs: placesOf(party.base).acs,
    inResponseTo: request.id,
  });
}

/** The library's own words hold what the answer said; these are ours. */
function wordFor(error: unknown): string {
  const said = error instanceof Error ? error.message : "";
  if (/expired|too old/i.test(said)) return "it came too late, or a clock is wrong";
  if (/not yet valid/i.test(said)) return "it is not valid yet: a clock is wrong";
  if (/audience/i.test(said)) return "another audience";
  if (/signature|Signature/.test(said)) return "no signature by a certificate that was pasted here";
  if (/InResponseTo/i.test(said)) return "it answers another request";
  if (/issuer/i.test(said)) return "another issuer";
  return "it could not be checked";
}

export interface Named {
  readonly nameId: string;
  readonly sessionIndex: string | null;
}

/** Where the browser goes to leave there, too. Null: the service offers no such thing. */
export async function wayOutOfSaml(party: SamlParty, { nameId, sessionIndex }: Named): Promise<string | null> {
  if (!party.settings.sloUrl) return null;
  const profile = {
    issuer: party.settings.entityId,
    nameID: nameId,
    nameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
  };
  return partyOf(party).getLogoutUrlAsync({ ...profile, ...(sessionIndex === null ? {} : { sessionIndex }) }, "", {});
}

export interface LogoutWish extends Named {
  /** Where the browser goes to say that it is done. */
  readonly answerAt: string;
}

const LONGEST_QUERY = 20_000;

/** A signed LogoutRequest from the service. Throws Refused: unsigned ones too, which the library would let pass. */
export async function readLogoutRequest(
  party: SamlParty,
  message: { readonly query: string } | { readonly base64: string },
): Promise<LogoutWish> {
  const saml = partyOf(party);
  let profile: Profile | null;
  if ("query" in message) {
    requireSignedQuery(message.query);
    const asked = Object.fromEntries(new URLSearchParams(message.query));
    gateMessage(inflated(asked.SAMLRequest ?? ""), party);
    ({ profile } = await checked(saml.validateRedirectAsync(asked, message.query)));
  } else {
    if (message.base64.length > LONGEST_QUERY) throw new Refused("too large");
    gateMessage(Buffer.from(message.base64, "base64").toString("utf8"), party);
    ({ profile } = await checked(saml.validatePostRequestAsync({ SAMLRequest: message.base64 })));
  }
  if (!profile?.nameID) throw new Refused("nobody is named");
  const answering = partyOf(party, { logoutUrl: party.settings.sloResponseUrl ?? party.settings.sloUrl });
  const relay = "query" in message ? (new URLSearchParams(message.query).get("RelayState") ?? "") : "";
  const answerAt = await answering.getLogoutResponseUrlAsync(profile, relay, {}, true);
  return { nameId: profile.nameID, sessionIndex: profile.sessionIndex ?? null, answerAt };
}

async function checked<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new Refused(wordFor(error));
  }
}

function requireSignedQuery(query: string): void {
  if (query.length > LONGEST_QUERY) throw new Refused("too large");
  const names = [...new URLSearchParams(query).keys()];
  if (new Set(names).size !== names.length) throw new Refused("a parameter stands twice");
  const { Signature, SigAlg } = Object.fromEntries(new URLSearchParams(query));
  if (!Signature || !SigAlg || !Object.hasOwn(DIGESTS, SigAlg)) throw new Refused("not signed");
}

function inflated(base64: string): string {
  try {
    return inflateRawSync(Buffer.from(base64, "base64"), { maxOutputLength: 100_000 }).toString("utf8");
  } catch {
    throw new Refused("it cannot be unpacked");
  }
}

function gateMessage(xml: string, party: SamlParty): void {
  const root = readXml(xml.replace(/^\s*<\?xml\s[^>]*\?>/, ""));
  if (root.name !== "LogoutRequest") throw new Refused("no LogoutRequest");
  const { Destination, NotOnOrAfter, IssueInstant } = root.attributes;
  if (Destination !== undefined && Destination !== placesOf(party.base).slo) throw new Refused("another destination");
  const made = Date.parse(IssueInstant ?? "");
  if (!(Math.abs(Date.now() - made) < OLDEST_MS)) throw new Refused("it came too late, or a clock is wrong");
  if (NotOnOrAfter && !(Date.parse(NotOnOrAfter) > Date.now() - SKEW_MS)) throw new Refused("it came too late");
}

/** What the service needs to know of us. */
export function ownMetadata(party: SamlParty): string {
  const { ownCertificate, otherCertificate } = party.settings;
  return new BunSaml({
    issuer: placesOf(party.base).entityId,
    callbackUrl: placesOf(party.base).acs,
    logoutCallbackUrl: placesOf(party.base).slo,
    idpCert: [...party.settings.certificates, ownCertificate].slice(0, 1),
    privateKey: party.privateKey,
    decryptionPvk: party.privateKey,
    identifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    wantAssertionsSigned: true,
  }).generateServiceProviderMetadata(
    ownCertificate,
    otherCertificate ? [ownCertificate, otherCertificate.pem] : ownCertificate,
  );
}
