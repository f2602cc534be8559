/** Hostile answers of an OpenID Connect provider, and one that gives them: what it publishes is in order, its tokens are what a case makes them. */
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";

type Claims = Record<string, unknown>;
type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

export interface Forge {
  /** What an honest token would say. */
  readonly claims: Claims;
  readonly secret: string;
  /** The provider's own key as text, which an attacker can read too. */
  readonly publicPem: string;
  sign(claims: Claims, header?: Claims, by?: "own" | "stranger"): Promise<string>;
  signWith(claims: Claims, algorithm: string, secret: string): Promise<string>;
  readonly strangerJwk: Claims;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const without = (claims: Claims, name: string) =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
const soon = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

/** Name, and the body of the token endpoint's answer. A string is the ID token. */
export const hostileTokens: readonly (readonly [string, (forge: Forge) => Promise<string | Claims | Response>])[] = [
  ["unsigned (alg none)", async ({ claims }) => `${base64url({ alg: "none" })}.${base64url(claims)}.`],
  [
    "unsigned, with a signature's name",
    async ({ claims }) => `${base64url({ alg: "RS256", kid: "own" })}.${base64url(claims)}.`,
  ],
  ["by another key under the same name", ({ claims, sign }) => sign(claims, {}, "stranger")],
  ["by a key it brings along (jwk)", ({ claims, sign, strangerJwk }) => sign(claims, { jwk: strangerJwk }, "stranger")],
  [
    "by a key at an address it names (jku)",
    ({ claims, sign }) => sign(claims, { jku: "https://evil.example/keys" }, "stranger"),
  ],
  ["by a key whose name is a path", ({ claims, sign }) => sign(claims, { kid: "../../../../etc/passwd" }, "stranger")],
  ["by the client's secret (HS256)", ({ claims, signWith, secret }) => signWith(claims, "HS256", secret)],
  ["by the public key as a secret (HS256)", ({ claims, signWith, publicPem }) => signWith(claims, "HS256", publicPem)],
  [
    "changed after signing",
    async ({ claims, sign }) =>
      (await sign({ ...claims, sub: "other" })).replace(/\.[^.]+\./, `.${base64url(claims)}.`),
  ],
  ["of another issuer", ({ claims, sign }) => sign({ ...claims, iss: "https://evil.example" })],
  ["of the issuer with a slash more", ({ claims, sign }) => sign({ ...claims, iss: `${String(claims.iss)}/` })],
  ["of no issuer", ({ claims, sign }) => sign(without(claims, "iss"))],
  ["for another client", ({ claims, sign }) => sign({ ...claims, aud: "another" })],
  [
    "for another client too, and handed to it",
    ({ claims, sign }) => sign({ ...claims, aud: [claims.aud, "x"], azp: "x" }),
  ],
  ["for nobody", ({ claims, sign }) => sign(without(claims, "aud"))],
  ["that is over", ({ claims, sign }) => sign({ ...claims, exp: soon(-600) })],
  ["that never ends", ({ claims, sign }) => sign(without(claims, "exp"))],
  ["whose end is a word", ({ claims, sign }) => sign({ ...claims, exp: "tomorrow" })],
  ["that does not hold yet", ({ claims, sign }) => sign({ ...claims, nbf: soon(3_600) })],
  ["made at no time", ({ claims, sign }) => sign(without(claims, "iat"))],
  ["of another request (nonce)", ({ claims, sign }) => sign({ ...claims, nonce: "another" })],
  ["of no request", ({ claims, sign }) => sign(without(claims, "nonce"))],
  ["of two requests", ({ claims, sign }) => sign({ ...claims, nonce: [claims.nonce] })],
  ["that names nobody", ({ claims, sign }) => sign(without(claims, "sub"))],
  ["that names an empty word", ({ claims, sign }) => sign({ ...claims, sub: "" })],
  ["that names a number", ({ claims, sign }) => sign({ ...claims, sub: 1 })],
  ["that names somebody at great length", ({ claims, sign }) => sign({ ...claims, sub: "a".repeat(300) })],
  [
    "of half a megabyte",
    ({ claims, sign }) => sign({ ...claims, filler: "a".repeat(500_000), iss: "https://evil.example" }),
  ],
  ["that is none", async () => ({ access_token: "a", token_type: "Bearer" })],
  ["that is an object", async ({ claims }) => ({ access_token: "a", token_type: "Bearer", id_token: claims })],
  ["that is no token", async () => "a.b.c"],
  ["behind a redirect", async () => Response.redirect("https://evil.example/token", 302)],
  ["in a page", async () => new Response("<p>no</p>", { headers: { "content-type": "text/html" } })],
  ["with an error", async () => Response.json({ error: "invalid_grant" }, { status: 400 })],
];

/** What the browser brings back, changed on its way. */
export const hostileCallbacks: readonly (readonly [string, (query: URLSearchParams) => void])[] = [
  ["another state", (query) => query.set("state", "_0123456789abcdef0123")],
  ["no state", (query) => query.delete("state")],
  ["a state twice", (query) => query.append("state", "_0123456789abcdef0123")],
  ["a code twice", (query) => query.append("code", "another")],
  ["no code", (query) => query.delete("code")],
  ["another issuer", (query) => query.set("iss", "https://evil.example")],
  ["no issuer, from a provider that names itself", (query) => query.delete("iss")],
  ["an error beside the code", (query) => query.set("error", "access_denied")],
  ["a token in the address", (query) => query.set("id_token", "a.b.c")],
  ["an answer in the address", (query) => query.set("response", "a.b.c")],
];

export interface FalseProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
  /** What the next token says; null: an honest one. */
  next: (typeof hostileTokens)[number][1] | null;
  /** Whom an honest token names. */
  subject: string;
  /** The query with which an honest provider would send the browser back. */
  wayBack(location: string): URLSearchParams;
  /** Whether each code was redeemed with the verifier of the challenge that was sent along. */
  readonly verified: boolean[];
  stop(): Promise<void>;
}

export async function falseProvider(): Promise<FalseProvider> {
  const [own, stranger]: readonly Keys[] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  if (!own || !stranger) throw new Error("no keys were made");
  const jwk = { ...(await exportJWK(own.publicKey)), kid: "own", alg: "RS256", use: "sig" };
  const strangerJwk = { ...(await exportJWK(stranger.publicKey)), kid: "own", alg: "RS256" };
  const publicPem = await exportSPKI(own.publicKey);
  const secret = crypto.randomUUID();
  const clientId = "cairn";
  const asked = { nonce: "", challenge: "" };

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/.well-known/openid-configuration")
        return Response.json({
          issuer: provider.issuer,
          authorization_endpoint: `${provider.issuer}/auth`,
          token_endpoint: `${provider.issuer}/token`,
          jwks_uri: `${provider.issuer}/jwks`,
          response_types_supported: ["code"],
          subject_types_supported: ["public"],
          id_token_signing_alg_values_supported: ["RS256"],
          authorization_response_iss_parameter_supported: true,
        });
      if (pathname === "/jwks") return Response.json({ keys: [jwk] });
      if (pathname !== "/token") return new Response(null, { status: 404 });
      const verifier = new URLSearchParams(await request.text()).get("code_verifier") ?? "";
      const digest = new Bun.CryptoHasher("sha256").update(verifier).digest("base64url");
      provider.verified.push(digest === asked.challenge);
      const made = provider.next ? await provider.next(forge()) : await forge().sign(forge().claims);
      if (made instanceof Response) return made;
      return Response.json(
        typeof made === "string" ? { access_token: "a", token_type: "Bearer", id_token: made } : made,
      );
    },
  });

  const forge = (): Forge => ({
    claims: {
      iss: provider.issuer,
      aud: clientId,
      sub: provider.subject,
      nonce: asked.nonce,
      iat: soon(0),
      exp: soon(300),
      jti: crypto.randomUUID(),
    },
    secret,
    publicPem,
    strangerJwk,
    sign: (claims, header = {}, by = "own") =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: "own", ...header })
        .sign((by === "own" ? own : stranger).privateKey),
    signWith: (claims, algorithm, word) =>
      new SignJWT(claims).setProtectedHeader({ alg: algorithm, kid: "own" }).sign(new TextEncoder().encode(word)),
  });

  const provider: FalseProvider = {
    issuer: `http://127.0.0.1:${server.port}`,
    clientId,
    secret,
    next: null,
    subject: "attacker",
    wayBack: (location) => {
      const query = new URL(location).searchParams;
      asked.nonce = query.get("nonce") ?? "";
      asked.challenge = query.get("code_challenge") ?? "";
      return new URLSearchParams({ code: crypto.randomUUID(), state: query.get("state") ?? "", iss: provider.issuer });
    },
    verified: [],
    stop: () => server.stop(true),
  };
  return provider;
}
