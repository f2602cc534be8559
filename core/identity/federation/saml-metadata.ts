/**
 * A SAML identity provider's metadata, pasted by an administrator. It is never fetched: an address in a form would make
 * this server ask whatever stands there.
 */
import { type ReadCertificate, readCertificate } from "@core/vault/certificate.ts";
import { childOf, childrenOf, type Element, Refused, readXml, within } from "./xml.ts";

export const SAML_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
const DS = "http://www.w3.org/2000/09/xmldsig#";
export const SAML_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
const LONGEST = 350_000;

export interface SamlMetadata {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly sloUrl: string | null;
  readonly sloResponseUrl: string | null;
  readonly certificates: readonly ReadCertificate[];
}

/** Or a sentence that says what is wrong and where to find the right thing. */
export function readSamlMetadata(
  text: string,
  { now, allowsHttp }: { readonly now: Date; readonly allowsHttp: boolean },
): SamlMetadata | { readonly wrong: string } {
  if (text.length > LONGEST)
    return { wrong: "This is the metadata of a whole federation. Paste only the entry of your own institution." };
  let root: Element;
  try {
    // What stands around the entry is not signed by anybody we know, and its comments and declaration mean nothing.
    root = readXml(text.replace(/^\uFEFF?\s*<\?xml[^>]*\?>/, "").replace(/<!--[\s\S]*?-->/g, ""));
  } catch (error) {
    const why = error instanceof Refused ? ` It holds ${error.message}.`.replace("holds not", "is not") : "";
    return {
      wrong: `This is no SAML metadata that can be read.${why} Paste the whole file, from its first "<" to its last ">".`,
    };
  }
  const providers = [...within(root)].filter(
    (one) =>
      one.namespace === SAML_METADATA &&
      one.name === "EntityDescriptor" &&
      childOf(one, SAML_METADATA, "IDPSSODescriptor"),
  );
  if (providers.length > 1)
    return { wrong: `This holds ${providers.length} sign-in services. Paste only the entry of your own institution.` };
  const [entity] = providers;
  const descriptor = childOf(entity, SAML_METADATA, "IDPSSODescriptor");
  if (!entity || !descriptor)
    return {
      wrong:
        "This does not describe a sign-in service (an IDPSSODescriptor is missing). It may be the metadata of a service that uses one.",
    };
  const entityId = entity.attributes.entityID ?? "";
  if (entityId === "" || entityId.length > 1_024) return { wrong: "The entry has no entityID." };
  const until = entity.attributes.validUntil ?? root.attributes.validUntil;
  if (until && !(new Date(until) > now))
    return { wrong: `This metadata was good until ${until.slice(0, 10)}. Fetch it again from your sign-in service.` };

  const ssoUrl = addressOf(descriptor, "SingleSignOnService", "Location");
  if (!ssoUrl)
    return {
      wrong:
        "The service offers no sign-in by redirect (SingleSignOnService with the binding HTTP-Redirect). Switch it on there, then paste again.",
    };
  const sloUrl = addressOf(descriptor, "SingleLogoutService", "Location");
  const sloResponseUrl = addressOf(descriptor, "SingleLogoutService", "ResponseLocation");
  for (const address of [ssoUrl, sloUrl, sloResponseUrl]) {
    if (address === null) continue;
    const wrong = addressProblem(address, allowsHttp);
    if (wrong) return { wrong };
  }
  const found = childrenOf(descriptor, SAML_METADATA, "KeyDescriptor")
    .filter(({ attributes }) => attributes.use !== "encryption")
    .flatMap((key) => [...within(key)].filter((one) => one.namespace === DS && one.name === "X509Certificate"))
    .map(({ text: base64 }) => readCertificate(base64));
  if (found.some((one) => one === null))
    return { wrong: "One of the certificates cannot be read, or its key is shorter than 2048 bits." };
  const certificates = distinct(found.filter((one) => one !== null));
  if (certificates.length === 0)
    return { wrong: "There is no signing certificate in this metadata, so nothing the service says could be checked." };
  if (certificates.length > 5) return { wrong: "There are more than five signing certificates in this metadata." };
  return { entityId, ssoUrl, sloUrl, sloResponseUrl, certificates };
}

function addressOf(descriptor: Element, service: string, attribute: "Location" | "ResponseLocation"): string | null {
  const found = childrenOf(descriptor, SAML_METADATA, service).find(
    ({ attributes }) => attributes.Binding === SAML_REDIRECT,
  );
  return found?.attributes[attribute] || null;
}

/** A sentence when people may not be sent there. */
export function addressProblem(address: string, allowsHttp: boolean): string | null {
  if (!URL.canParse(address)) return `"${address.slice(0, 100)}" is no address.`;
  const { protocol, username, password, hash } = new URL(address);
  if (protocol !== "https:" && !(allowsHttp && protocol === "http:"))
    return `"${address.slice(0, 100)}" does not begin with https://, so people would sign in unprotected.`;
  if (username !== "" || password !== "" || hash !== "") return `"${address.slice(0, 100)}" cannot be used as it is.`;
  return null;
}

const distinct = (found: readonly ReadCertificate[]): ReadCertificate[] => [
  ...new Map(found.map((one) => [one.fingerprint, one])).values(),
];
