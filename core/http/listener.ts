/** The built-in listener's encryption, and the port in the clear that only points to it. */
import { readFileSync } from "node:fs";
import type { Config, Tls } from "../config.ts";

/** Numbers, because a version given as text is ignored. */
const VERSIONS = { "1.2": 0x0303, "1.3": 0x0304 } as const;

export function tlsOptions({ certFile, keyFile, least }: Tls) {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion: VERSIONS[least] };
}

/** Answers a page asked for in the clear with its address by https; whatever carries a form is refused, unread. */
export function sendToHttps({ host, baseUrl }: Pick<Config, "host" | "baseUrl">, port: number) {
  const origin = new URL(baseUrl);
  return Bun.serve({
    hostname: host,
    port,
    maxRequestBodySize: 1024,
    idleTimeout: 5,
    development: false,
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      const wantsPage = request.method === "GET" && (request.headers.get("accept") ?? "").includes("text/html");
      if (!wantsPage) return new Response("This is answered by https only.\n", { status: 403 });
      return new Response(null, { status: 308, headers: { location: `${origin.origin}${pathname}${search}` } });
    },
  });
}
