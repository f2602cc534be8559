/**
 * The straight line of a request, top to bottom, no hooks. Every route of every module goes through here in this order,
 * and there is no other way in. Any Problem rolls the request back and is worded at the end; nothing is sent before the
 * record is written and PostgreSQL has answered COMMIT.
 */
import { type Act, fill, Trail, type Visitor } from "../audit/trail.ts";
import {
  asProblem,
  contextFor,
  type KernelContext,
  type Knock,
  type OwnContext,
  type SignatureInHand,
  type Situation,
} from "../context.ts";
import { codeOf, problemOf } from "../db/error-code.ts";
import { PASS } from "../documents/export-pass.ts";
import { Playable } from "../documents/playable.ts";
import { kernelEvents } from "../events.ts";
import type { House } from "../house.ts";
import type { Arrival, Pace, PortalArrival, Tenant } from "../identity/door.ts";
import { addressOf } from "../identity/link-letters.ts";
import { requireNothingOwed } from "../identity/owing.ts";
import { networkOf, requireTurn } from "../identity/pace.ts";
import { type MountedRoute, pageInWords } from "../kernel.ts";
import { anyone, type Context, Redirect, type Reply, signedIn, type Typed, type Upload } from "../module.ts";
import { Problem } from "../problem.ts";
import { bindSignature, checkSignature, withoutSignature } from "../signature/signature.ts";
import { type Lease, noLease } from "../tenancy/lease.ts";
import { VaultError } from "../vault/errors.ts";
import { sha256 } from "../vault/primitives.ts";
import { deviceInWords } from "./device.ts";
import { isUuid } from "./formats.ts";
import { readCookie, requireSameOrigin } from "./headers.ts";
import { readForm, readInput } from "./input.ts";
import { isKept, type KeptForm, keptForm } from "./kept-form.ts";
import type { Published } from "./published.ts";
import { type Framing, respond, respondProblem } from "./respond.ts";
import { tenantOf } from "./tenant.ts";

export interface Incoming {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
  readonly peer: string | null;
  /** Called when the request has been read whole. */
  readonly arrived: () => void;
}

/** A decision was taken for this request: without one, the fuse turns any answer into a 500. */
export const decided = new WeakSet<Request>();

interface Visit {
  readonly requestId: string;
  readonly now: Date;
  tenant: Tenant | null;
  arrival: Arrival | null;
  /** A subject without an account, by a link of its own. */
  portal: PortalArrival | null;
  readonly portalToken: string;
  situation: Situation | null;
  typed: Typed;
  /** Of each file that was sent, what it was called. */
  files: Readonly<Record<string, string>>;
  params: Record<string, unknown>;
}

export async function endpoint(house: House, mounted: MountedRoute, incoming: Incoming): Promise<Response> {
  const { request } = incoming;
  const { route } = mounted;
  const act: Act = {
    requestId: Bun.randomUUIDv7(),
    name: `${route.method} ${mounted.pattern}`,
    permission: route.needs,
  };
  const visit: Visit = {
    requestId: act.requestId,
    now: new Date(),
    tenant: null,
    arrival: null,
    portal: null,
    portalToken: incoming.params.token ?? "",
    situation: null,
    typed: {},
    files: {},
    params: {},
  };
  const trail = new Trail();
  const https = house.config.baseUrl.startsWith("https:");
  const visitor = (): Visitor => ({
    name: visit.situation?.actor.name ?? "Somebody not signed in",
    sessionRef: visit.arrival?.session.ref ?? null,
    ip: incoming.peer,
    agent: agentOf(request),
  });

  try {
    // 1 tenant: from the host name
    visit.tenant = await tenantOf(house, incoming.url.hostname);

    // 2 actor: from the session cookie; a portal link is one subject with reach `own`
    const slug = mounted.place === "workspace" ? (incoming.params.workspace ?? "") : null;
    const cookie = readCookie(request, "sid", https);
    const token = cookie ? await house.tokens.verify(cookie, visit.tenant.id) : null;
    visit.arrival = token
      ? await house.sessions.arrive(visit.tenant.id, token, slug, route.passive === true, incoming.peer)
      : null;
    if (mounted.place === "portal") {
      visit.arrival = null; // a session beside the link gives nothing more
      visit.portal = await house.door.arriveByLink(visit.tenant.id, sha256(incoming.params.token ?? ""));
      // A subject's link opens no page that is for anybody, nor the other way round.
      const leads =
        visit.portal !== null &&
        visit.portal.module === mounted.module?.id &&
        isOpenPortal(mounted) === (visit.portal.subject === null);
      // Whoever tries links that lead nowhere, or fills in what anybody may, does so at a pace.
      if (!leads || (visit.portal?.subject === null && route.method === "POST"))
        await requireTurn({ house, incoming, visit: { tenant: visit.tenant } }, "portal");
      if (!leads) throw new Problem("gone");
    }
    const home = addressOf(house.config.baseUrl, visit.tenant, incoming.url.hostname);
    visit.situation = {
      ...situate(visit, mounted, home, incoming.url),
      device: deviceInWords(request.headers.get("user-agent")),
    };
    if (route.needs !== anyone && !visit.arrival && !visit.portal) throw new Problem("sign-in");

    // 3 origin: an unsafe request comes from our own pages
    if (route.method !== "GET" && !(route.fromElsewhere && mounted.module === null))
      requireSameOrigin(request, incoming.url.host);

    // …and what comes before everything else: a session that owes something is told of nothing here
    if (route.needs !== anyone && visit.arrival) requireNothingOwed(visit.arrival, mounted.pattern);

    // 4 module: is there such a workspace, and is the module on here?
    const { situation } = visit;
    if (mounted.place !== "institution") {
      if (!situation.workspace) throw Problem.notFound();
      if (mounted.module && !Object.hasOwn(situation.modules, mounted.module.id)) throw Problem.notFound();
    }

    // 5 permission here; how far it reaches is the database's decision, row by row
    const { may } = situation;
    if (route.needs !== anyone) {
      if (route.needs !== signedIn && !Object.hasOwn(may, route.needs)) throw new Problem("forbidden");
      if (route.needs === signedIn && mounted.place === "workspace" && Object.keys(may).length === 0)
        throw Problem.notFound();
    }
    decided.add(request);

    // …and not more often than one address may
    if (route.pace && !(await mayKnock(house, visit.tenant, incoming, mounted.pattern, route.pace)))
      throw new Problem("too-many");

    // 6 input: read whole before anything begins
    visit.params = readInput(route.params, incoming.params);
    const query = readInput(route.query, queryOf(incoming.url));
    let files: Readonly<Record<string, Upload>> = {};
    if (route.method === "POST") {
      const form = await readForm(request, route.bodyLimit);
      visit.typed = form.typed;
      files = form.files;
      visit.files = namesOf(files);
    }
    const body = readInput(route.body, visit.typed, files);
    incoming.arrived();

    // 7 signature: the credential again, before the transaction (21 CFR 11.200(a))
    const { typed } = visit;
    if (route.signs) visit.typed = withoutSignature(typed); // no form that comes back, and no handler, sees the components
    const signature: SignatureInHand | null = route.signs
      ? {
          given: await checkSignature(
            house,
            visit.tenant,
            visit.arrival,
            route.signs,
            typed,
            act.requestId,
            incoming.url,
          ),
          isBound: false,
        }
      : null;

    // …and what the kernel's own pages do before they take a connection: a password's check at the door
    let prepared: unknown;
    if (route.before) {
      const knock = knockFor(house, incoming, visit, token, act);
      prepared = await route.before({ params: visit.params, query, body } as never, knock);
      if (prepared instanceof Redirect) {
        if (!knock.isRecorded()) throw new Problem("not-recorded");
        return respond(house, framing(visit, mounted, incoming, https), prepared, 200);
      }
    }

    // 8–10 begin; rule, store, record, view; commit
    const answer: { reply: Reply | Published | null } = { reply: null };
    await house.transactions.run(
      situation.standing,
      { readOnly: route.method === "GET", patient: route.method === "POST" },
      async (lease) => {
        const context = contextFor(house, situation, lease, trail, signature);
        const withIncoming = mounted.module
          ? context
          : Object.assign(context, { incoming, visit: visited(visit, incoming, token) });
        answer.reply = await route.run(
          { params: visit.params, query, body, prepared } as never,
          withIncoming as unknown as Context,
        );
        if (answer.reply instanceof Playable) await answer.reply.take(request.headers.get("range"));
        if (signature && !signature.isBound)
          await bindSignature(house, situation.tenant.id, lease, trail, signature.given, null);
      },
      async (lease) => {
        await trail.write(lease, visitor(), act, {
          outcome: "done",
          status: statusOf(answer.reply),
          sentence: plainSentence(mounted, situation),
        });
      },
    );
    if (!answer.reply) throw new Problem("failed");
    house.prompts.begin(placeOf(situation), trail.soon);

    // 11 respond: the whole page, or the way on
    return await respond(house, framing(visit, mounted, incoming, https), answer.reply, 200);
  } catch (error) {
    trail.letGo();
    return await refuse(house, mounted, incoming, visit, act, visitor, asRefusal(house, act, error));
  }
}

const mayKnock = (house: House, tenant: Tenant, incoming: Incoming, door: string, pace: Pace): Promise<boolean> =>
  house.turns.take(tenant.id, `${door}:${networkOf(incoming.peer)}`, pace);

const placeOf = ({ tenant, workspace, modules }: Situation) => ({ tenant, workspace, modules });

/** A view without a sentence of its own still has one in the record. */
function plainSentence(mounted: MountedRoute, { actor, workspace }: Situation): string {
  const where = [mounted.module?.title, workspace?.title].filter(Boolean).join(", ");
  const did = mounted.route.method === "GET" ? "looked at" : "used";
  return `${actor.name} ${did} “${pageInWords(mounted)}”${where ? ` in ${where}` : ""}`;
}

const statusOf = (reply: Reply | Published | null) =>
  reply instanceof Redirect ? 303 : reply instanceof Playable ? reply.status : 200;

function situate(visit: Visit, mounted: MountedRoute, home: string, url: URL): Situation {
  const { tenant, arrival, portal, now } = visit;
  if (!tenant) throw new Problem("no-tenant");
  const { module } = mounted;
  const workspace = (arrival ?? portal)?.workspace ?? null;
  const asked = mounted.route.method === "GET" ? { asked: askedBy(url) } : {};
  const here = { tenant, workspace, module, now, home, ...asked, modules: (arrival ?? portal)?.modules ?? {} };
  const standing = { tenantId: tenant.id, workspaceId: workspace?.id ?? null };
  if (portal && !portal.subject) {
    // A link for anybody: nobody's reach, so the house itself acts, with what the manifest names and nothing more.
    const permissions = portalPermissions(mounted);
    return {
      ...here,
      standing: { ...standing, kind: "system", actorId: null, sessionRef: "", permissions },
      actor: { kind: "nobody", id: null, name: "Somebody with an open link", link: portal.link },
      email: null,
      may: Object.fromEntries(permissions.map((permission) => [permission, ["workspace"] as const])),
      base: mounted.pattern.split("/").slice(0, 4).join("/").replace(":token", visit.portalToken),
    };
  }
  if (portal?.subject) {
    const permissions = [...portalPermissions(mounted), "core.subjects.read"];
    return {
      ...here,
      standing: { ...standing, kind: "subject", actorId: portal.subject.id, sessionRef: portal.link, permissions },
      actor: { kind: "subject", id: portal.subject.id, name: portal.subject.code, link: portal.link },
      email: null,
      may: Object.fromEntries(permissions.map((permission) => [permission, ["own"] as const])),
      base: mounted.pattern.split("/").slice(0, 4).join("/").replace(":token", visit.portalToken),
    };
  }
  const base = module && workspace ? `/w/${workspace.slug}/${module.id}` : "";
  if (!arrival) {
    return {
      ...here,
      standing: { ...standing, kind: "nobody", actorId: null, sessionRef: "" },
      actor: { kind: "nobody", id: null, name: "Somebody not signed in" },
      email: null,
      may: {},
      base,
    };
  }
  return {
    ...here,
    standing: { ...standing, kind: "person", actorId: arrival.person.id, sessionRef: arrival.session.ref },
    actor: { kind: "person", id: arrival.person.id, name: arrival.person.name },
    email: arrival.person.email,
    may: arrival.may,
    base,
  };
}

/** All that a portal link may do: what the portal's manifest names, at reach `own`. */
function portalPermissions({ module, route }: MountedRoute): readonly string[] {
  return module?.portals?.find(({ routes }) => routes.includes(route))?.permissions ?? [];
}

const isOpenPortal = ({ module, route }: MountedRoute): boolean =>
  module?.portals?.some(({ open, routes }) => open === true && routes.includes(route)) ?? false;

/** Whatever was thrown, as a Problem; what nobody foresaw is logged by its code and never shown. */
function asRefusal(house: House, act: Act, error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof VaultError) return asProblem(error);
  const code = codeOf(error);
  const facts = { act: act.name, request: act.requestId, code };
  const known = problemOf(code);
  if (known && known.status >= 500) house.log("warn", "request.turned-away", facts);
  if (known) return known;
  house.log("error", "request.failed", {
    ...facts,
    kind: error instanceof Error ? error.name : typeof error,
  });
  if (house.config.environment === "development" && error instanceof Error)
    house.log("error", "request.trace", { trace: traceOf(error) });
  return new Problem("failed");
}

/** Where it happened: the stack's lines without the message, which may hold a value. */
function traceOf(error: Error): string {
  const { message } = error;
  return `${"severity" in error ? error.name : message} ${(error.stack ?? "")
    .split("\n")
    .filter((line) => line.trim().startsWith("at "))
    .slice(0, 6)
    .join(" | ")}`;
}

async function refuse(
  house: House,
  mounted: MountedRoute,
  incoming: Incoming,
  visit: Visit,
  act: Act,
  visitor: () => Visitor,
  first: Problem,
): Promise<Response> {
  let problem = first;
  const { route } = mounted;
  const https = house.config.baseUrl.startsWith("https:");
  decided.add(incoming.request);
  const kept = await keptBy(mounted, incoming, visit, problem);
  if (!visit.tenant) return respondProblem(house, null, problem, act.requestId, incoming, kept);
  const frame = framing(visit, mounted, incoming, https);
  try {
    if ((!visit.arrival && !visit.portal) || !visit.situation) {
      await house.refusals.note(visit.tenant.id, incoming.peer, act.name, problem.status);
      const again = await formAgain(house, mounted, incoming, visit, act, visitor, problem, false);
      return again
        ? await respond(house, frame, again, problem.status)
        : respondProblem(house, frame, problem, act.requestId, incoming, kept);
    }
    // Where the form cannot be drawn either (what it belongs to is not there), that is the answer.
    const form = await formAgain(house, mounted, incoming, visit, act, visitor, problem, true).catch((error) => {
      if (!(error instanceof Problem)) throw error;
      problem = error;
      return null;
    });
    if (form) return await respond(house, frame, form, problem.status);
    await house.transactions.run(
      visit.situation.standing,
      { readOnly: false, patient: problem.code !== "busy" && route.method === "POST" },
      async () => {},
      async (lease) => {
        const failed = problem.status >= 500;
        await new Trail().write(lease, visitor(), act, {
          outcome: failed ? "failed" : "refused",
          status: problem.status,
          sentence: `${visitor().name} was refused: ${problem.message}`,
          detail: {
            code: problem.code,
            ...(problem.fields.length > 0 ? { fields: problem.fields.map(({ field }) => field) } : {}),
          },
        });
      },
    );
    return respondProblem(house, frame, problem, act.requestId, incoming, kept);
  } catch (error) {
    house.log("error", "refusal.failed", {
      act: act.name,
      request: act.requestId,
      code: codeOf(error),
      route: route.path,
    });
    // Who was told to wait is told so, also where there was no room to write it down: he did nothing and saw nothing.
    if (problem.code === "busy") return respondProblem(house, frame, problem, act.requestId, incoming, kept);
    const unrecorded = new Problem("not-recorded");
    const again = await keptBy(mounted, incoming, visit, unrecorded);
    return respondProblem(house, null, unrecorded, act.requestId, incoming, again);
  }
}

/** What goes back with a refusal that passes. Who was stopped at the door has sent a form that nobody read yet. */
async function keptBy(
  mounted: MountedRoute,
  incoming: Incoming,
  visit: Visit,
  problem: Problem,
): Promise<KeptForm | null> {
  const { request, url } = incoming;
  if (!isKept(mounted, problem)) return null;
  let { typed, files } = visit;
  if (!request.bodyUsed) {
    try {
      requireSameOrigin(request, url.host);
      const form = await readForm(request, mounted.route.bodyLimit);
      typed = form.typed;
      files = namesOf(form.files);
    } catch (error) {
      if (error instanceof Problem) return null;
      throw error;
    }
  }
  return keptForm(mounted, problem, { action: url.pathname + url.search, typed, files });
}

const namesOf = (files: Readonly<Record<string, Upload>>) =>
  Object.fromEntries(Object.entries(files).map(([name, { filename }]) => [name, filename]));

/**
 * 422 and 409 are the same form with kindness, drawn in a transaction of its own that may only read; for somebody who is
 * not in without any, so that no flood of refusals takes a connection. There the form comes back when all are busy, too.
 */
async function formAgain(
  house: House,
  { route, module }: MountedRoute,
  incoming: Incoming,
  visit: Visit,
  act: Act,
  visitor: () => Visitor,
  problem: Problem,
  record: boolean,
): Promise<Reply | null> {
  const { situation } = visit;
  const isDrawn = [409, 422, 429].includes(problem.status) || (problem.code === "busy" && !record);
  if (!route.refused || !situation || !isDrawn || route.method !== "POST") return null;
  // A crooked address has no form.
  if (route.params && Object.keys(visit.params).length === 0) return null;
  const { refused } = route;
  const trail = new Trail();
  const problems = problem.fields.length > 0 ? problem.fields : [{ field: "", sentence: problem.message }];
  const draw = async (lease: Lease): Promise<Reply> => {
    const context = contextFor(house, situation, lease, trail);
    const full: KernelContext = module
      ? context
      : Object.assign(context, { incoming, visit: visited(visit, incoming, null) });
    return refused(visit.typed, problems, full as unknown as Context, visit.params as never);
  };
  if (!record) return draw(noLease);
  return house.transactions.run(situation.standing, { readOnly: true, patient: true }, draw, async (lease) => {
    await trail.write(lease, visitor(), act, {
      outcome: "refused",
      status: problem.status,
      sentence: `${visitor().name} was asked to correct: ${problems.map(({ sentence }) => sentence).join(" ")}`.slice(
        0,
        1_000,
      ),
      detail: { code: problem.code, fields: problems.map(({ field }) => field) },
    });
  });
}

function visited(visit: Visit, { request }: Incoming, token: string | null): OwnContext["visit"] {
  const { requestId, tenant, arrival, typed } = visit;
  if (!tenant) throw new Problem("no-tenant");
  return { requestId, tenant, arrival, token: arrival ? token : null, agent: agentOf(request), typed };
}

function knockFor(
  house: House,
  incoming: Incoming,
  visit: Visit,
  token: string | null,
  act: Act,
): Knock & { isRecorded(): boolean } {
  let isRecorded = false;
  const own = visited(visit, incoming, token);
  return {
    house,
    incoming,
    visit: own,
    isRecorded: () => isRecorded,
    record: async ({ event, names = {}, person, outcome = "done", status = 303 }) => {
      const actor = person?.name ?? "Somebody not signed in";
      await house.door.record({
        tenantId: own.tenant.id,
        // Who was not let in did not act: the sentence names him, the record does not count it as his.
        personId: outcome === "done" ? (person?.id ?? null) : null,
        personName: outcome === "done" ? actor : "Somebody not signed in",
        ip: incoming.peer,
        agent: own.agent,
        requestId: act.requestId,
        act: act.name,
        event,
        sentence: fill(kernelEvents[event].says, { actor, person: actor, ...names }),
        outcome,
        status,
      });
      isRecorded = true;
    },
  };
}

function framing(visit: Visit, mounted: MountedRoute, incoming: Incoming, https: boolean): Framing {
  return { tenant: visit.tenant, arrival: visit.arrival, mounted, incoming, now: visit.now, https };
}

/** The address without the pass that stands in it. */
function askedBy(url: URL): NonNullable<Situation["asked"]> {
  const query = new URLSearchParams(url.searchParams);
  const pass = query.get(PASS);
  query.delete(PASS);
  const search = query.toString();
  return {
    path: `${url.pathname}${search === "" ? "" : `?${search}`}`,
    pass: pass && isUuid(pass) ? pass : pass && NO_PASS,
  };
}
/** What is no pass at all is one that nobody was given. */
const NO_PASS = "00000000-0000-0000-0000-000000000000";

function queryOf(url: URL): Typed {
  const typed: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of url.searchParams) {
    if (name === PASS) continue; // the kernel's own
    const before = typed[name];
    typed[name] = before === undefined ? value : [before, value].flat();
  }
  return typed;
}

function agentOf(request: Request): string | null {
  const agent = request.headers.get("user-agent");
  return agent ? sha256(agent.slice(0, 500)).toString("hex").slice(0, 16) : null;
}
