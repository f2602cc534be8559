/**
 * The one place that knows Elysia: it finds the route; the straight line (endpoint.ts) does the rest. Around it stands the
 * fuse: an answer below 400 for which no decision was taken becomes a 500 (security.md §0.8).
 */
import { assetCaching, assets } from "@views/assets.ts";
import { Elysia } from "elysia";
import type { House } from "../house.ts";
import { Problem } from "../problem.ts";
import { decided, endpoint, type Incoming } from "./endpoint.ts";
import { clientAddress, secure } from "./headers.ts";
import { hook } from "./hook.ts";
import { program } from "./program.ts";
import { respondProblem } from "./respond.ts";

export interface Web {
  /**
   * One request, without a socket: what tests call, and Bun.serve. `arrived` is told once all of it has been read: from
   * then on it is us who take the time.
   */
  fetch(request: Request, peer?: string | null, arrived?: () => void): Promise<Response>;
}

/** What `/readyz` says: each reason by name, true when it is well; and what is worth an alarm but no reason to stay away. */
export type Readiness = () => Promise<{
  readonly reasons: Readonly<Record<string, boolean>>;
  readonly backups?: { readonly well: boolean; readonly says: readonly string[] };
  readonly witnesses?: { readonly well: boolean; readonly says: readonly string[] };
}>;

export function web(house: House, readiness: Readiness): Web {
  const https = house.config.baseUrl.startsWith("https:");
  const peers = new WeakMap<Request, string | null>();
  const arrivals = new WeakMap<Request, () => void>();
  const elysia = new Elysia({ normalize: false });

  const incoming = (request: Request, params: Record<string, string>): Incoming => ({
    request,
    url: new URL(request.url),
    params,
    peer: clientAddress(
      peers.get(request) ?? null,
      request.headers.get("x-forwarded-for"),
      house.config.trustedProxies,
    ),
    arrived: arrivals.get(request) ?? (() => {}),
  });

  for (const mounted of house.kernel.catalogue) {
    const { pattern, names } = byPosition(mounted.pattern);
    elysia.route(
      mounted.route.method,
      pattern,
      ({ request, params }: { request: Request; params: Record<string, string> }) =>
        endpoint(house, mounted, incoming(request, namedParams(names, params ?? {}))),
      { parse: "none", config: {} } as never,
    );
  }

  for (const mounted of house.kernel.hooks) {
    const { pattern, names } = byPosition(mounted.pattern);
    elysia.route(
      "POST",
      pattern,
      ({ request, params }: { request: Request; params: Record<string, string> }) =>
        hook(house, mounted, incoming(request, namedParams(names, params ?? {}))),
      { parse: "none", config: {} } as never,
    );
  }

  for (const mounted of house.kernel.programs) {
    const { pattern, names } = byPosition(mounted.pattern);
    elysia.route(
      mounted.route.method,
      pattern,
      ({ request, params }: { request: Request; params: Record<string, string> }) =>
        program(house, mounted, incoming(request, namedParams(names, params ?? {}))),
      { parse: "none", config: {} } as never,
    );
  }

  const open = (request: Request, response: Response) => {
    decided.add(request);
    secure(response.headers, https);
    return response;
  };

  const files = assets();

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.method !== "GET" && request.method !== "POST" && request.method !== "HEAD") {
      return respondProblem(house, null, new Problem("method"), "", incoming(request, {}));
    }
    const file = files.get(url.pathname);
    if (file) return open(request, asset(request, file));
    if (url.pathname === "/healthz") return open(request, Response.json({ ok: true }));
    if (url.pathname === "/readyz") {
      const { reasons, ...told } = await readiness();
      const ok = Object.values(reasons).every(Boolean);
      return open(request, Response.json({ ok, reasons, ...told }, { status: ok ? 200 : 503 }));
    }
    const response = await elysia.handle(request);
    if (response.status === 404 && !decided.has(request)) {
      return respondProblem(house, null, Problem.notFound(), "", incoming(request, {}));
    }
    return response;
  }

  return {
    async fetch(request, peer = null, arrived = () => {}) {
      peers.set(request, peer);
      arrivals.set(request, arrived);
      let response: Response;
      try {
        response = await answer(request);
      } catch (error) {
        house.log("error", "web.failed", {
          kind: error instanceof Error ? error.name : typeof error,
          trace:
            house.config.environment === "development" && error instanceof Error
              ? (error.stack ?? "").slice(0, 600)
              : null,
        });
        return respondProblem(house, null, new Problem("failed"), "", incoming(request, {}));
      }
      if (response.status < 400 && !decided.has(request)) {
        house.log("error", "fuse.blown", { path: new URL(request.url).pathname });
        return respondProblem(house, null, new Problem("failed"), "", incoming(request, {}));
      }
      return response;
    },
  };
}

/** Elysia wants one name for a parameter wherever two routes share its place; a module is free to call it what it is. */
function byPosition(pattern: string): { pattern: string; names: ReadonlyMap<string, string> } {
  const names = new Map<string, string>();
  const parts = pattern.split("/").map((part, i) => {
    if (!part.startsWith(":")) return part;
    names.set(`p${i}`, part.slice(1));
    return `:p${i}`;
  });
  return { pattern: parts.join("/"), names };
}

function namedParams(
  names: ReadonlyMap<string, string>,
  params: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries([...names].map(([position, name]) => [name, params[position] ?? ""]));
}

type Asset = ReturnType<typeof assets> extends ReadonlyMap<string, infer A> ? A : never;

function asset(request: Request, file: Asset): Response {
  const accepts = request.headers.get("accept-encoding") ?? "";
  const headers = new Headers({ "content-type": file.type, "cache-control": assetCaching, vary: "accept-encoding" });
  let body: Uint8Array = file.body;
  if (/\bzstd\b/.test(accepts)) {
    headers.set("content-encoding", "zstd");
    body = file.zstd;
  } else if (/\bgzip\b/.test(accepts)) {
    headers.set("content-encoding", "gzip");
    body = file.gzip;
  }
  return new Response(body as unknown as BodyInit, { headers });
}
