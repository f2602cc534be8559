/** A browser without a screen: it keeps the cookies it is given, and sends what a browser would send with a form. */
import type { Answer, TestTenant, World } from "./world.ts";

export interface Jar {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(
    path: string,
    form?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  /** Any request at all, with the jar's cookies and none of a browser's own headers. */
  send(request: Request): Promise<Answer>;
}

export function jarAt(world: World, tenant: TestTenant = world.here, peer = "127.0.0.1"): Jar {
  const cookies = new Map<string, string>();
  const host = `http://${tenant.slug}.localhost:3000`;
  const send = async (request: Request): Promise<Answer> => {
    if (cookies.size > 0 && !request.headers.has("cookie")) {
      request.headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await world.web.fetch(request, peer);
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0\b/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      bytes,
      text: new TextDecoder().decode(bytes),
      headers: response.headers,
      location: response.headers.get("location") ?? "",
    };
  };
  return {
    cookies,
    send,
    get: (path, headers = {}) => send(new Request(host + path, { headers })),
    post: (path, form = {}, headers = {}) =>
      send(
        new Request(host + path, {
          method: "POST",
          body: new URLSearchParams({ ...form }),
          headers: { "sec-fetch-site": "same-origin", ...headers },
        }),
      ),
  };
}
