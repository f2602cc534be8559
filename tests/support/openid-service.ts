/** A real OpenID provider (oidc-provider) in this process, on a port of its own, that signs in whom the test names. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { Provider } from "oidc-provider";

export interface OpenIdService {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string;
  /** Who is signed in there, and what is told of him. */
  who: { readonly sub: string; readonly claims: Readonly<Record<string, unknown>>; readonly amr?: readonly string[] };
  /** Goes where the browser would be sent, and answers with the address that leads back to us. */
  follow(location: string): Promise<string>;
  /** A logout token as the provider would send it, or with something wrong. */
  logoutToken(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, string>>): Promise<string>;
  stop(): Promise<void>;
}

export async function openOpenId(callback: () => string): Promise<OpenIdService> {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const { key_ops: _operations, ext: _ext, ...exported } = await crypto.subtle.exportKey("jwk", privateKey);
  const key = { ...exported, kid: "k1", alg: "ES256", use: "sig" };
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = "cairn";
  const secret = crypto.randomUUID();
  let provider: Provider | null = null;
  const service: OpenIdService = {
    issuer,
    clientId,
    secret,
    who: { sub: "sub-1", claims: {} },
    async follow(location) {
      provider ??= make();
      const cookies = new Map<string, string>();
      let at = location;
      for (let i = 0; i < 10; i++) {
        const response = await fetch(at, {
          redirect: "manual",
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
        });
        for (const line of response.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        const next = response.headers.get("location");
        if (!next)
          throw new Error(
            `the provider stays at ${at}: ${(await response.text()).replace(/<[^>]+>|\s+/g, " ").slice(0, 300)}`,
          );
        at = new URL(next, at).href;
        if (!at.startsWith(issuer)) return at;
      }
      throw new Error("the provider leads in circles");
    },
    logoutToken: (claims, header = {}) =>
      new SignJWT({
        events: { "http://schemas.openid.net/event/backchannel-logout": {} },
        jti: crypto.randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", kid: "k1", typ: "logout+jwt", ...header })
        .setIssuer(issuer)
        .setAudience(clientId)
        .setIssuedAt()
        .sign(privateKey),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  function make(): Provider {
    return new Provider(issuer, {
      clients: [
        {
          client_id: clientId,
          client_secret: secret,
          redirect_uris: [callback()],
          response_types: ["code"],
          grant_types: ["authorization_code"],
          id_token_signed_response_alg: "ES256",
        },
      ],
      jwks: { keys: [key as never] },
      conformIdTokenClaims: false,
      claims: { openid: ["sub", "amr"], profile: ["name"], email: ["email", "email_verified"] },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, ...service.who.claims }) }),
    });
  }
  server.on("request", (request, response) => {
    provider ??= make();
    const one = provider;
    if (request.url?.startsWith("/interaction/")) void interact(one, request, response);
    else void one.callback()(request, response);
  });
  /** The page where a person would type a password and agree. */
  async function interact(
    one: Provider,
    request: Parameters<Provider["interactionDetails"]>[0],
    response: Parameters<Provider["interactionDetails"]>[1],
  ) {
    const { prompt, params, grantId } = await one.interactionDetails(request, response);
    if (prompt.name === "login") {
      const { sub, amr } = service.who;
      await one.interactionFinished(request, response, {
        login: { accountId: sub, ...(amr ? { amr: [...amr] } : {}) },
      });
      return;
    }
    const grant = grantId
      ? await one.Grant.find(grantId)
      : new one.Grant({ accountId: service.who.sub, clientId: String(params.client_id) });
    grant?.addOIDCScope("openid profile email");
    await one.interactionFinished(
      request,
      response,
      { consent: { grantId: await grant?.save() } },
      { mergeWithLastSubmission: true },
    );
  }
  return service;
}
