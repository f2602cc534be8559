/**
 * Cookies that are no session: wrong algorithm, wrong claims, wrong shape. Made with the true key where that makes them
 * more dangerous. Each must be answered as if there were none.
 */
import { derive } from "@core/vault/primitives.ts";

export interface Forgery {
  readonly name: string;
  readonly cookie: string;
}

export interface Stolen {
  /** SECRET_KEY of the house: these forgers know it, and still may not get in by these ways. */
  readonly secretKey: string;
  /** A living session's token, its institution, and another institution. */
  readonly sid: string;
  readonly tenantId: string;
  readonly otherTenantId: string;
  /** The session's row as it lies in the table, in hex. */
  readonly idHash: string;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

export function forgeries({ secretKey, sid, tenantId, otherTenantId, idHash }: Stolen): Forgery[] {
  const key = derive(secretKey, "jwt").toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { sid, iss: "cairn", aud: tenantId, exp: now + 3_600, iat: now };
  const head = { alg: "HS256", typ: "JWT" };
  const signed = (
    header: object,
    payload: unknown,
    with_: string = key,
    digest: "sha256" | "sha512" | "sha384" = "sha256",
  ) => {
    const text = `${encode(header)}.${encode(payload)}`;
    return `${text}.${new Bun.CryptoHasher(digest, with_).update(text).digest("base64url")}`;
  };
  const without = (name: keyof typeof claims) =>
    Object.fromEntries(Object.entries(claims).filter(([claim]) => claim !== name));
  const whole = signed(head, claims);
  const [header = "", payload = "", signature = ""] = whole.split(".");
  return [
    { name: "alg none, no signature", cookie: `${encode({ alg: "none", typ: "JWT" })}.${payload}.` },
    { name: "alg None", cookie: `${encode({ alg: "None", typ: "JWT" })}.${payload}.` },
    { name: "alg none with the old signature", cookie: `${encode({ alg: "none" })}.${payload}.${signature}` },
    { name: "HS512 with the true key", cookie: signed({ alg: "HS512", typ: "JWT" }, claims, key, "sha512") },
    { name: "HS384 with the true key", cookie: signed({ alg: "HS384", typ: "JWT" }, claims, key, "sha384") },
    { name: "HS256 in the head, SHA-512 in the signature", cookie: signed(head, claims, key, "sha512") },
    { name: "RS256 in the head", cookie: signed({ alg: "RS256", typ: "JWT" }, claims) },
    { name: "another key", cookie: signed(head, claims, "another key") },
    { name: "an empty key", cookie: signed(head, claims, "\0") },
    { name: "the secret itself as key", cookie: signed(head, claims, secretKey) },
    {
      name: "a head that brings its own key",
      cookie: signed({ ...head, jwk: { kty: "oct", k: encode("mine") } }, claims, "mine"),
    },
    {
      name: "a head that says where its key is",
      cookie: signed({ ...head, jku: "https://evil.example/keys" }, claims, "mine"),
    },
    { name: "a key id that is a path", cookie: signed({ ...head, kid: "../../../../dev/null" }, claims, "\0") },
    { name: "a key id that is SQL", cookie: signed({ ...head, kid: "' union select 'mine" }, claims, "mine") },
    { name: "a critical extension nobody knows", cookie: signed({ ...head, crit: ["exp2"], exp2: 1 }, claims) },
    { name: "foreign audience", cookie: signed(head, { ...claims, aud: otherTenantId }) },
    { name: "audience of another institution in a list", cookie: signed(head, { ...claims, aud: [otherTenantId] }) },
    { name: "no audience", cookie: signed(head, without("aud")) },
    { name: "foreign issuer", cookie: signed(head, { ...claims, iss: "https://evil.example" }) },
    { name: "no issuer", cookie: signed(head, without("iss")) },
    { name: "no exp", cookie: signed(head, without("exp")) },
    { name: "exp as text", cookie: signed(head, { ...claims, exp: String(now + 3_600) }) },
    { name: "exp as null", cookie: signed(head, { ...claims, exp: null }) },
    { name: "expired", cookie: signed(head, { ...claims, exp: now - 10 }) },
    { name: "not yet valid", cookie: signed(head, { ...claims, nbf: now + 3_600 }) },
    { name: "no session", cookie: signed(head, without("sid")) },
    { name: "session as a number", cookie: signed(head, { ...claims, sid: 1 }) },
    { name: "session as an object", cookie: signed(head, { ...claims, sid: { $ne: null } }) },
    { name: "a session that never was", cookie: signed(head, { ...claims, sid: "A".repeat(43) }) },
    { name: "the row's hash as the session", cookie: signed(head, { ...claims, sid: idHash }) },
    { name: "the row's hash as the cookie", cookie: idHash },
    { name: "the bare token as the cookie", cookie: sid },
    { name: "SQL as the session", cookie: signed(head, { ...claims, sid: "' or true --" }) },
    {
      name: "claims changed after signing",
      cookie: `${header}.${encode({ ...claims, exp: now + 9_999_999 })}.${signature}`,
    },
    { name: "signature cut", cookie: whole.slice(0, -2) },
    { name: "no signature", cookie: `${header}.${payload}` },
    { name: "an empty signature", cookie: `${header}.${payload}.` },
    { name: "five parts", cookie: `${whole}.a.b` },
    { name: "a list as claims", cookie: signed(head, [claims]) },
    { name: "no JSON", cookie: signed(head, "{") },
    { name: "a megabyte, signed", cookie: signed(head, { ...claims, pad: "a".repeat(1_048_576) }) },
    { name: "a megabyte of letters", cookie: "a".repeat(1_048_576) },
    { name: "empty", cookie: "" },
    { name: "dots", cookie: ".." },
    { name: "emoji", cookie: encodeURIComponent("🔑.🔑.🔑") },
  ];
}

/** The one that is true: the corpus proves nothing unless this is let in. */
export function trueCookie({ secretKey, sid, tenantId }: Stolen): string {
  const key = derive(secretKey, "jwt").toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const text = `${encode({ alg: "HS256" })}.${encode({ sid, iss: "cairn", aud: tenantId, exp: now + 3_600 })}`;
  return `${text}.${new Bun.CryptoHasher("sha256", key).update(text).digest("base64url")}`;
}
