/** What every answer carries, and what every unsafe request must show. */
import { isIP } from "node:net";
import { Problem } from "../problem.ts";

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "object-src 'none'",
].join("; ");

export function secure(headers: Headers, https: boolean): void {
  headers.set("content-security-policy", CSP);
  headers.set("x-content-type-options", "nosniff");
  headers.set("referrer-policy", "same-origin");
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-resource-policy", "same-origin");
  headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()");
  headers.set("x-frame-options", "DENY");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (https) headers.set("strict-transport-security", "max-age=31536000; includeSubDomains");
}

/**
 * An unsafe request must come from our own pages: the browser says so in Sec-Fetch-Site, or else in Origin. Without
 * either it is refused. No token stands in the page, so compressing it gives nothing away (BREACH).
 */
export function requireSameOrigin(request: Request, host: string): void {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) {
    if (site !== "same-origin") throw new Problem("other-origin");
    return;
  }
  const origin = request.headers.get("origin");
  if (!origin || origin === "null") throw new Problem("other-origin");
  let from: string;
  try {
    from = new URL(origin).host;
  } catch {
    throw new Problem("other-origin");
  }
  if (from !== host) throw new Problem("other-origin");
}

export interface CookieOptions {
  readonly https: boolean;
  /** Seconds; absent: until the browser closes. */
  readonly maxAge?: number;
}

/** Over https every cookie is `__Host-` and Secure; development over plain http cannot have either. */
export function cookie(name: string, value: string, { https, maxAge }: CookieOptions): string {
  const prefix = https ? "__Host-" : "";
  return [
    `${prefix}${name}=${value}`,
    "Path=/",
    "HttpOnly",
    "SameSite=Lax",
    https && "Secure",
    maxAge !== undefined && `Max-Age=${maxAge}`,
  ]
    .filter(Boolean)
    .join("; ");
}

export function readCookie(request: Request, name: string, https: boolean): string | null {
  const wanted = `${https ? "__Host-" : ""}${name}=`;
  for (const part of (request.headers.get("cookie") ?? "").split("; "))
    if (part.startsWith(wanted)) return part.slice(wanted.length);
  return null;
}

/**
 * The address the request really came from: the peer, or behind `trusted` proxies the address that the outermost of them
 * saw. Anything further left in X-Forwarded-For was written by the client and is not believed.
 */
export function clientAddress(peer: string | null, forwarded: string | null, trusted: number): string | null {
  if (trusted === 0 || !forwarded) return plainAddress(peer);
  const hops = forwarded.split(",").map((hop) => hop.trim());
  return plainAddress(hops.at(-trusted) ?? hops[0] ?? null) ?? plainAddress(peer);
}

function plainAddress(address: string | null): string | null {
  if (!address) return null;
  const bare = address
    .replace(/^::ffff:(?=\d+\.)/i, "")
    .replace(/^\[(.*)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/%.*$/, "");
  return isIP(bare) ? bare : null;
}
