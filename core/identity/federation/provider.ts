/** One sign-in service as it is stored, opened for use. */
import type { House } from "@core/house.ts";
import { Problem } from "@core/problem.ts";
import { openLocally, sealLocally } from "@core/vault/local-seal.ts";
import type { Tenant } from "../door.ts";
import { addressOf } from "../link-letters.ts";
import { allowsWay } from "../policies.ts";
import type { StoredProvider } from "./door.ts";
import type { OidcParty, OidcSettings } from "./oidc.ts";
import type { SamlParty, SamlSettings } from "./saml.ts";

/** Our private key there, or the client's secret, opens for this service of this institution alone. */
const placeOfSecret = (tenantId: string, providerId: string) => ["sign-in service", tenantId, providerId] as const;

export const sealSecret = (secretKey: string, tenantId: string, providerId: string, secret: string): string =>
  sealLocally(secretKey, placeOfSecret(tenantId, providerId), new TextEncoder().encode(secret));

export const openSecret = (secretKey: string, tenantId: string, providerId: string, sealed: string): string =>
  new TextDecoder().decode(openLocally(secretKey, placeOfSecret(tenantId, providerId), sealed));

/** "https://northfield.example.org/sign-in/saml/<id>". `askedAt` is the host name of the request: see addressOf. */
export const baseOf = (
  house: House,
  tenant: Pick<Tenant, "slug">,
  askedAt: string,
  one: Pick<StoredProvider, "id" | "kind">,
) => `${addressOf(house.config.baseUrl, tenant, askedAt)}/sign-in/${one.kind}/${one.id}`;

/** Throws Problem "not-found": there is none, it is off, or its kind is not a way in here. */
export async function requireProvider(
  house: House,
  tenant: Tenant,
  id: string,
  kind?: StoredProvider["kind"],
): Promise<StoredProvider> {
  const one = await house.federation.find(tenant.id, id);
  if (!one?.isOn || (kind !== undefined && one.kind !== kind) || !allowsWay(tenant.policies, one.kind))
    throw Problem.notFound();
  return one;
}

export function oidcPartyOf(house: House, tenant: Tenant, askedAt: string, one: StoredProvider): OidcParty {
  return {
    house,
    tenantId: tenant.id,
    providerId: one.id,
    settings: one.settings as OidcSettings,
    clientSecret: openSecret(house.config.secretKey, tenant.id, one.id, one.secret ?? ""),
    base: baseOf(house, tenant, askedAt, one),
  };
}

/** Two while ours changes: the one that signs stands first. */
export const keysIn = (secret: string): readonly string[] =>
  secret.match(/-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g) ?? [];

export function samlPartyOf(house: House, tenant: Tenant, askedAt: string, one: StoredProvider): SamlParty {
  const [privateKey = "", otherKey] = keysIn(openSecret(house.config.secretKey, tenant.id, one.id, one.secret ?? ""));
  return {
    settings: one.settings as SamlSettings,
    privateKey,
    ...(otherKey === undefined ? {} : { otherKey }),
    base: baseOf(house, tenant, askedAt, one),
  };
}
