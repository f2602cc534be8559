/** OpenID Connect through openid-client: code with PKCE, state and nonce, and an ID token whose signature is checked. */
import type { House } from "@core/house.ts";
import { outbound, Unreachable } from "@core/http/outbound.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import * as client from "openid-client";
import { saidByOpenId } from "./claims.ts";
import type { Said } from "./door.ts";
import { Refused } from "./xml.ts";

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
}

/** One service as one institution uses it. */
export interface OidcParty {
  readonly house: House;
  readonly tenantId: string;
  readonly providerId: string;
  readonly settings: OidcSettings;
  readonly clientSecret: string;
  /** "https://northfield.example.org/sign-in/oidc/<id>". */
  readonly base: string;
}

export const oidcPlacesOf = (base: string) => ({ callback: `${base}/callback`, logout: `${base}/logout` });

const LIFE_MS = 10 * 60_000;
const MOST_KNOWN = 200;
/** What a service publishes of itself, by institution, service and what was entered; nothing about a person. */
const known = new WeakMap<House, Map<string, { readonly config: client.Configuration; readonly until: number }>>();

/** Throws Unreachable, or Refused when what stands there is no such service. */
export async function describe(party: OidcParty): Promise<client.Configuration> {
  const { house, tenantId, providerId, settings, clientSecret } = party;
  const memory = known.get(house) ?? new Map();
  known.set(house, memory);
  const key = [tenantId, providerId, sha256(JSON.stringify([settings, clientSecret])).toString("hex")].join(" ");
  const remembered = memory.get(key);
  if (remembered && remembered.until > Date.now()) return remembered.config;
  const ask = outbound(house.config);
  const isDevelopment = house.config.environment === "development";
  let config: client.Configuration;
  try {
    config = await client.discovery(
      new URL(settings.issuer),
      settings.clientId,
      undefined,
      client.ClientSecretBasic(clientSecret),
      {
        timeout: 5,
        [client.customFetch]: ask as client.CustomFetch,
        execute: [client.enableNonRepudiationChecks, ...(isDevelopment ? [client.allowInsecureRequests] : [])],
      },
    );
  } catch (error) {
    throw unreachableIn(error) ?? new Refused("no OpenID Connect service answers at its address");
  }
  config[client.customFetch] = ask as client.CustomFetch;
  if (memory.size >= MOST_KNOWN) memory.clear();
  memory.set(key, { config, until: Date.now() + LIFE_MS });
  return config;
}

function unreachableIn(error: unknown): Unreachable | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++)
    if (at instanceof Unreachable) return at;
  return null;
}

export const newOidcSecrets = () => ({ verifier: client.randomPKCECodeVerifier(), nonce: client.randomNonce() });

export async function wayToOidc(
  party: OidcParty,
  request: { readonly id: string; readonly verifier: string; readonly nonce: string },
): Promise<string> {
  const config = await describe(party);
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: oidcPlacesOf(party.base).callback,
    scope: "openid profile email",
    state: request.id,
    nonce: request.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(request.verifier),
    code_challenge_method: "S256",
  });
  return url.href;
}

export interface OidcAnswer {
  readonly said: Said;
  /** An ID token is good once, like an assertion. */
  readonly tokenId: string;
  readonly until: Date;
}

/** Throws Refused, with a word that an administrator can act on. */
export async function checkOidcAnswer(
  party: OidcParty,
  search: string,
  request: { readonly id: string; readonly verifier: string; readonly nonce: string },
): Promise<OidcAnswer> {
  const asked = new URLSearchParams(search);
  const names = [...asked.keys()];
  if (new Set(names).size !== names.length) throw new Refused("a parameter stands twice");
  if (asked.has("error")) throw new Refused("the service answered that it did not sign anybody in");
  const config = await describe(party).catch((error) => {
    throw error instanceof Unreachable ? new Refused(error.message) : error;
  });
  let claims: client.IDToken | undefined;
  let idToken = "";
  try {
    const tokens = await client.authorizationCodeGrant(config, new URL(oidcPlacesOf(party.base).callback + search), {
      pkceCodeVerifier: request.verifier,
      expectedState: request.id,
      expectedNonce: request.nonce,
      idTokenExpected: true,
    });
    claims = tokens.claims();
    idToken = tokens.id_token ?? "";
  } catch (error) {
    throw new Refused(unreachableIn(error)?.message ?? wordFor(error));
  }
  const said = saidByOpenId(claims ?? {});
  if (!claims || said.subject === "" || said.subject.length > 255) throw new Refused("it names nobody");
  return {
    said,
    tokenId: sha256(idToken).toString("base64url"),
    until: new Date(claims.exp * 1_000),
  };
}

function wordFor(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "OAUTH_RESPONSE_BODY_ERROR")
    return "the service did not take the code: it was used before, or the client's secret is wrong";
  if (code === "OAUTH_JWT_TIMESTAMP_CHECK_FAILED") return "it came too late, or a clock is wrong";
  if (code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED") return "its token was made for somebody or something else";
  if (code === "OAUTH_KEY_SELECTION_FAILED") return "its token is signed by a key that the service does not publish";
  return "it could not be checked";
}

/** Where the browser goes to leave there, too. Null: the service offers no such thing, or cannot be asked now. */
export async function wayOutOfOidc(party: OidcParty, back: string): Promise<string | null> {
  try {
    const config = await describe(party);
    if (!config.serverMetadata().end_session_endpoint) return null;
    return client.buildEndSessionUrl(config, { post_logout_redirect_uri: back, client_id: party.settings.clientId })
      .href;
  } catch {
    return null;
  }
}

const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** OpenID Connect Back-Channel Logout 1.0, 2.6. Throws Refused. */
export async function readLogoutToken(
  party: OidcParty,
  token: string,
): Promise<{ readonly subject: string | null; readonly sessionIndex: string | null }> {
  try {
    const config = await describe(party);
    const { issuer, jwks_uri: keysAt } = config.serverMetadata();
    if (!keysAt) throw new Refused("the service publishes no keys");
    const keys = (await (await outbound(party.house.config)(keysAt)).json()) as JSONWebKeySet;
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer,
      audience: party.settings.clientId,
      algorithms: ["RS256", "RS512", "PS256", "ES256", "EdDSA"],
      maxTokenAge: "10 minutes",
      clockTolerance: 60,
      requiredClaims: ["iat", "jti", "events"],
    });
    const { typ } = protectedHeader;
    const { events, sub, sid } = payload as { events?: unknown; sub?: unknown; sid?: unknown };
    if (typ !== undefined && !/^(application\/)?logout\+jwt$/i.test(typ)) throw new Refused("a token of another kind");
    if (typeof events !== "object" || events === null || !Object.hasOwn(events, LOGOUT_EVENT) || "nonce" in payload)
      throw new Refused("a token of another kind");
    const subject = typeof sub === "string" ? sub : null;
    const sessionIndex = typeof sid === "string" ? sid : null;
    if (subject === null && sessionIndex === null) throw new Refused("nobody is named");
    return { subject, sessionIndex };
  } catch (error) {
    throw error instanceof Refused ? error : new Refused("the token could not be checked");
  }
}
