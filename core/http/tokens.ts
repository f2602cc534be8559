/**
 * The session cookie's JWT, by @elysiajs/jwt with the checks it lacks: by itself it accepts a foreign issuer or audience,
 * another algorithm and a token that never ends (security.md §2.4).
 */
import { jwt } from "@elysiajs/jwt";
import { Elysia } from "elysia";
import { derive } from "../vault/primitives.ts";

const ISSUER = "cairn";
const MAX_LENGTH = 1_024;

export interface SessionTokens {
  /** `audience` is the institution's id: a cookie of one is nothing at another. */
  sign(token: string, audience: string): Promise<string>;
  /** The session's token, or null whatever is wrong. */
  verify(cookie: string, audience: string): Promise<string | null>;
}

export function sessionTokens(secretKey: string): SessionTokens {
  const secret = derive(secretKey, "jwt").toString("base64url");
  const { jwt: signer } = new Elysia().use(jwt({ name: "jwt", secret, alg: "HS256", exp: "12h" })).decorator;
  return {
    sign: (token, audience) => signer.sign({ sid: token, iss: ISSUER, aud: audience }),
    async verify(cookie, audience) {
      if (cookie.length > MAX_LENGTH) return null;
      const claims = await signer.verify(cookie, {
        issuer: ISSUER,
        audience,
        algorithms: ["HS256"],
        requiredClaims: ["exp", "sid", "aud", "iss"],
      });
      return claims && typeof claims.sid === "string" ? claims.sid : null;
    },
  };
}
