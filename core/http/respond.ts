/** From a reply to bytes: the frame around the page, its compression, its headers. The only place that words a Problem. */
import { assetUrl } from "@views/assets.ts";
import type { Frame, NavGroup } from "@views/frame.ts";
import { type Html, renderPage } from "@views/html.ts";
import { bodyOf, headersOf } from "../documents/download.ts";
import { Playable } from "../documents/playable.ts";
import type { House } from "../house.ts";
import type { Arrival, Tenant } from "../identity/door.ts";
import { wayFirst } from "../identity/owing.ts";
import type { MountedRoute } from "../kernel.ts";
import { Redirect, type Reply } from "../module.ts";
import type { Problem } from "../problem.ts";
import type { Incoming } from "./endpoint.ts";
import { cookie, readCookie, secure } from "./headers.ts";
import type { KeptForm } from "./kept-form.ts";
import { linkProblemPage, problemPage, readerOf } from "./problem-page.tsx";
import { Published } from "./published.ts";

export interface Framing {
  readonly tenant: Tenant | null;
  readonly arrival: Arrival | null;
  readonly mounted: MountedRoute;
  readonly incoming: Incoming;
  readonly now: Date;
  readonly https: boolean;
}

const FLASH_SECONDS = 60;

/** A Redirect, a file or a page; extra cookies are carried by `ReplyWithCookies`. */
export async function respond(
  house: House,
  framing: Framing,
  reply: Reply | Published,
  status: number,
): Promise<Response> {
  const { https, incoming } = framing;
  const headers = new Headers();
  secure(headers, https);
  if (reply instanceof Redirect) {
    const isHtmx = incoming.request.headers.has("hx-request");
    if (reply.flash)
      headers.append("set-cookie", cookie("flash", encodeURIComponent(reply.flash), { https, maxAge: FLASH_SECONDS }));
    for (const one of reply.cookies)
      headers.append(
        "set-cookie",
        cookie(one.name, one.value, { https, ...(one.maxAge === undefined ? {} : { maxAge: one.maxAge }) }),
      );
    if (isHtmx) headers.set("hx-redirect", reply.to);
    else headers.set("location", reply.to);
    if (reply.clearSite) headers.set("clear-site-data", '"cache", "storage"');
    return new Response(null, { status: isHtmx ? 200 : 303, headers });
  }
  if (reply instanceof Published) {
    headers.set("content-type", reply.type);
    return new Response(reply.body, { headers });
  }
  if (reply instanceof Playable) return reply.respond(headers);
  if ("exportId" in reply) {
    for (const [name, value] of Object.entries(headersOf(reply))) headers.set(name, value);
    return new Response(bodyOf(reply) as unknown as BodyInit, { headers });
  }
  return page(house, framing, reply, status, headers);
}

/** The page of a Problem, in the shell for someone who is signed in. */
export function respondProblem(
  house: House,
  framing: Framing | null,
  problem: Problem,
  reference: string,
  incoming: Incoming,
  kept: KeptForm | null = null,
): Response {
  const headers = new Headers();
  const https = house.config.baseUrl.startsWith("https:");
  secure(headers, https);
  const { request, url } = incoming;
  if (problem.code === "sign-in") {
    const to = `/sign-in?to=${encodeURIComponent(request.method === "GET" ? url.pathname + url.search : "/")}`;
    if (request.headers.has("hx-request")) {
      headers.set("hx-redirect", to);
      headers.set("clear-site-data", '"cache"');
    } else if (request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate") {
      headers.set("location", to);
      return new Response(null, { status: 303, headers });
    }
  }
  if (problem.way !== undefined && request.method === "GET") {
    headers.set(request.headers.has("hx-request") ? "hx-redirect" : "location", problem.way);
    return new Response(null, { status: request.headers.has("hx-request") ? 200 : 303, headers });
  }
  const first = wayFirst(problem.code);
  if (first) {
    const isNavigation = request.method === "GET" && request.headers.get("sec-fetch-mode") === "navigate";
    const to = url.pathname === "/" ? first : `${first}?to=${encodeURIComponent(url.pathname + url.search)}`;
    if (request.headers.has("hx-request")) headers.set("hx-redirect", first);
    else if (isNavigation) {
      headers.set("location", to);
      return new Response(null, { status: 303, headers });
    }
  }
  const byLink = framing?.mounted.place === "portal";
  return page(
    house,
    framing,
    (byLink && linkProblemPage(problem, request.headers.get("accept-language"), kept)) ||
      problemPage(problem, reference, readerOf(framing?.arrival ?? null), kept),
    problem.status,
    headers,
    incoming,
  );
}

function page(
  house: House,
  framing: Framing | null,
  html: Html,
  status: number,
  headers: Headers,
  incoming = framing?.incoming,
): Response {
  const flash = framing && incoming ? readCookie(incoming.request, "flash", framing.https) : null;
  const text = renderPage(html, framing ? frameOf(house, framing, flash) : {});
  headers.set("content-type", "text/html; charset=utf-8");
  headers.set("vary", "accept-encoding, hx-request");
  if (status === 503 || status === 429) headers.set("retry-after", "5");
  headers.append("link", `<${assetUrl("app.css")}>; rel=preload; as=style`);
  if (framing && flash !== null) headers.append("set-cookie", cookie("flash", "", { https: framing.https, maxAge: 0 }));
  return compressed(text, incoming?.request.headers.get("accept-encoding") ?? "", status, headers);
}

const COMPRESS_FROM = 1_400;

function compressed(text: string, accepts: string, status: number, headers: Headers): Response {
  const bytes = Buffer.from(text);
  if (bytes.byteLength < COMPRESS_FROM) return new Response(bytes as unknown as BodyInit, { status, headers });
  if (/\bzstd\b/.test(accepts)) {
    headers.set("content-encoding", "zstd");
    return new Response(Bun.zstdCompressSync(bytes, { level: 3 }) as unknown as BodyInit, { status, headers });
  }
  if (/\bgzip\b/.test(accepts)) {
    headers.set("content-encoding", "gzip");
    return new Response(Bun.gzipSync(bytes, { level: 1 }), { status, headers });
  }
  return new Response(bytes as unknown as BodyInit, { status, headers });
}

function frameOf(house: House, { tenant, arrival, incoming, now }: Framing, flash: string | null): Partial<Frame> {
  return {
    institution: tenant?.name ?? "",
    environment:
      house.config.environment === "production" && !tenant?.demo
        ? null
        : "Demonstration. Everyone here is invented. Do not enter real patients.",
    person: arrival
      ? { name: arrival.person.name, ...(arrival.roles.length > 0 ? { role: arrival.roles.join(", ") } : {}) }
      : null,
    nav: arrival ? navigation(house, arrival) : [],
    path: incoming.url.pathname,
    flash: flash ? { text: decodeFlash(flash) } : null,
    idleSeconds: arrival?.session.idleSeconds ?? null,
    density: arrival?.person.preferences.density ?? "normal",
    theme: arrival?.person.preferences.theme ?? "auto",
    now: now.toISOString(),
  };
}

function decodeFlash(raw: string): string {
  try {
    return decodeURIComponent(raw).slice(0, 500);
  } catch {
    return "";
  }
}

/** What this person can open, from the manifests: nothing is listed that would answer with a refusal. */
function navigation(house: House, arrival: Arrival): NavGroup[] {
  const groups: NavGroup[] = [];
  const may = (permission: string) => Object.hasOwn(arrival.may, permission);
  const { workspace } = arrival;
  if (workspace) {
    const base = `/w/${workspace.slug}`;
    groups.push({ title: workspace.title, items: [{ label: "Today", href: base }] });
    for (const module of house.kernel.modules) {
      if (!Object.hasOwn(arrival.modules, module.id)) continue;
      const open = (module.navigation ?? []).filter((item) => may(item.needs));
      for (const [title, items] of Map.groupBy(open, ({ group }) => group ?? module.title))
        groups.push({
          title,
          items: items.map((item) => ({
            label: item.title,
            href: item.path === "/" ? `${base}/${module.id}` : `${base}/${module.id}${item.path}`,
          })),
        });
    }
    const set: { label: string; href: string }[] = [];
    if (may("core.grants.read")) set.push({ label: "People and access", href: `${base}/access` });
    if (may("core.protection.read")) set.push({ label: "Protected fields", href: `${base}/protection` });
    if (may("core.keys.destroy")) set.push({ label: "Destroy data", href: `${base}/shredding` });
    if (may("core.programs.manage")) set.push({ label: "Keys for programs", href: `${base}/keys` });
    if (may("core.settings.manage")) set.push({ label: "Settings", href: `${base}/settings` });
    if (may("core.settings.manage")) set.push({ label: "Providers", href: `${base}/providers` });
    if (may("core.audit.read")) set.push({ label: "Record", href: `${base}/record` });
    if (may("core.audit.own")) set.push({ label: "Who looked at my record", href: `${base}/looks` });
    if (may("core.exports.read")) set.push({ label: "Downloads", href: `${base}/downloads` });
    if (set.length > 0) groups.push({ title: "Set up", items: set });
  }
  // What lies over all places: one's own day, and the lists that modules keep of their workspaces.
  if (arrival.person.status === "active" && (arrival.places.length > 0 || may("core.cards.read"))) {
    const kinds = new Set(arrival.places.map(({ kind }) => kind));
    const lists = house.kernel.modules.filter(
      (module) =>
        module.card &&
        ((arrival.administers && may("core.cards.read")) || module.workspaces.some((kind) => kinds.has(kind))),
    );
    groups.push({
      title: "All places",
      items: [
        { label: "My day", href: "/today" },
        ...lists.map(({ id, card }) => ({ label: card?.title ?? id, href: `/registry/${id}` })),
      ],
    });
  }
  const others = arrival.places.filter((place) => place.slug !== workspace?.slug);
  if (others.length > 0)
    groups.push({
      title: workspace ? "Elsewhere" : "My places",
      items: others.map((place) => ({ label: place.title, href: `/w/${place.slug}` })),
    });
  if (arrival.administers) {
    const items = [
      { label: "Workspaces", href: "/admin/workspaces", needs: "core.workspaces.read" },
      { label: "People", href: "/admin/people", needs: "core.people.read" },
      { label: "Registrations", href: "/admin/registrations", needs: "core.people.manage" },
      { label: "Roles", href: "/admin/roles", needs: "core.grants.read" },
      { label: "Hours and emergencies", href: "/admin/hours", needs: "core.grants.read" },
      { label: "Record", href: "/admin/record", needs: "core.audit.read" },
      { label: "Downloads", href: "/admin/downloads", needs: "core.exports.read" },
      { label: "Alarms", href: "/admin/alarms", needs: "core.alarms.read" },
      { label: "Policies", href: "/admin/policies", needs: "core.tenant.read" },
      { label: "Keys and backups", href: "/admin/keys", needs: "core.protection.read" },
      { label: "Sign-in services", href: "/admin/sign-in-services", needs: "core.tenant.read" },
      { label: "Providers", href: "/admin/providers", needs: "core.providers.read" },
    ].filter(({ needs }) => may(needs));
    if (items.length > 0)
      groups.push({ title: "Institution", items: items.map(({ label, href }) => ({ label, href })) });
  }
  return groups;
}
