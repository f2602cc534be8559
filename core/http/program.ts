/**
 * A program's request, in the same order as a person's: institution, key, module, permission, input, begin, run, record,
 * commit, answer. No session and no form: whoever knocks shows a key in `Authorization: Bearer`. The key acts for the
 * person who holds it, narrowed to its permissions and its site (migration core/0110); what that person may not do, it
 * cannot. Every answer is JSON, and every refusal a problem with a code and a sentence (RFC 9457).
 */
import type { TObject, TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { type Act, Trail, type Visitor } from "../audit/trail.ts";
import { asProblem, contextFor, narrowed, type Situation } from "../context.ts";
import { codeOf, problemOf } from "../db/error-code.ts";
import type { House } from "../house.ts";
import type { KeyArrival, Pace, Tenant } from "../identity/door.ts";
import { addressOf } from "../identity/link-letters.ts";
import { networkOf } from "../identity/pace.ts";
import type { MountedProgramRoute } from "../kernel.ts";
import { Problem } from "../problem.ts";
import { VaultError } from "../vault/errors.ts";
import { sha256 } from "../vault/primitives.ts";
import { decided, type Incoming } from "./endpoint.ts";
import { secure } from "./headers.ts";
import { readBounded, readInput } from "./input.ts";
import { tenantOf } from "./tenant.ts";

const BODY_LIMIT = 1_048_576;
/** Ten a second for a key, sixty at once; a wrong key costs the address it came from one of twenty tries a minute. */
const KEY_PACE: Pace = { everySeconds: 0.1, burst: 60 };
const WRONG_PACE: Pace = { everySeconds: 3, burst: 20 };
const BEARER = /^Bearer (ck_[A-Za-z0-9_-]{43})$/;

export async function program(house: House, mounted: MountedProgramRoute, incoming: Incoming): Promise<Response> {
  const { module, route, pattern } = mounted;
  const { request, url, peer } = incoming;
  const act: Act = { requestId: Bun.randomUUIDv7(), name: `${route.method} ${pattern}`, permission: route.needs };
  const now = new Date();
  const trail = new Trail();
  let tenant: Tenant | null = null;
  let arrival: KeyArrival | null = null;
  let situation: Situation | null = null;
  const visitor = (): Visitor => ({
    name: situation?.actor.name ?? "A program without a key",
    sessionRef: arrival ? refOf(arrival) : null,
    ip: peer,
    agent: null,
  });
  const reply = (status: number, body: unknown, type = "application/json", more: Record<string, string> = {}) => {
    decided.add(request);
    const headers = new Headers({ "content-type": `${type}; charset=utf-8`, ...more });
    secure(headers, house.config.baseUrl.startsWith("https:"));
    return new Response(JSON.stringify(body), { status, headers });
  };
  try {
    tenant = await tenantOf(house, url.hostname);
    const [, token] = BEARER.exec(request.headers.get("authorization") ?? "") ?? [];
    arrival = token
      ? await house.door.arriveByKey(tenant.id, sha256(token), incoming.params.workspace ?? "", peer)
      : null;
    if (!arrival) {
      if (!(await house.turns.take(tenant.id, `wrong-key:${networkOf(peer)}`, WRONG_PACE)))
        throw new Problem("too-many");
      throw new Problem(
        "sign-in",
        "This needs a key: send it as “Authorization: Bearer ck_…”. It is not known here, was ended, is over, or is for another place.",
      );
    }
    situation = situate(tenant, arrival, mounted, now, addressOf(house.config.baseUrl, tenant, url.hostname));
    if (arrival.key.module !== module.id || !Object.hasOwn(arrival.modules, module.id)) throw Problem.notFound();
    if (!(await house.door.takeTurn(tenant.id, `key:${arrival.key.id}`, KEY_PACE)))
      throw new Problem("too-many", "That is more than ten requests a second. Wait a little and go on.");
    if (!arrival.key.permissions.includes(route.needs) || !Object.hasOwn(situation.may, route.needs))
      throw new Problem(
        "forbidden",
        "This key does not have that permission, or the person who holds it has it no longer.",
      );
    const params = readInput(route.params as TObject | undefined, incoming.params);
    const query = readInput(route.query as TObject | undefined, Object.fromEntries(url.searchParams));
    const body = route.body ? await readJson(request, route.body) : undefined;
    incoming.arrived();

    const about = situation;
    let answer: unknown;
    await house.transactions.run(
      about.standing,
      { readOnly: route.method === "GET" },
      async (lease) => {
        answer = await route.run({ params, query, body } as never, narrowed(contextFor(house, about, lease, trail)));
      },
      async (lease) => {
        const did = route.method === "GET" ? "fetched" : "sent";
        const sentence = `${about.actor.name} ${did} “${route.summary}” in ${about.workspace?.title}`;
        await trail.write(lease, visitor(), act, { outcome: "done", status: 200, sentence });
      },
    );
    house.prompts.begin({ tenant: about.tenant, workspace: about.workspace, modules: about.modules }, trail.soon);
    return reply(200, answer);
  } catch (error) {
    trail.letGo();
    const problem = asRefusal(house, act, error);
    await recordRefusal(house, tenant, situation, act, visitor, problem, peer);
    return reply(
      problem.status,
      {
        type: "about:blank",
        status: problem.status,
        code: problem.code,
        title: problem.message,
        reference: act.requestId,
        ...(problem.fields.length > 0 ? { fields: problem.fields } : {}),
      },
      "application/problem+json",
      {
        ...(problem.status === 401 ? { "www-authenticate": "Bearer" } : {}),
        ...(problem.status === 429 || problem.status === 503 ? { "retry-after": "5" } : {}),
      },
    );
  }
}

const refOf = ({ key }: KeyArrival): string => `key:${key.id.replaceAll("-", "").slice(-12)}`;

/** Codes of subjects and of sites are part of every answer. */
const always = ["core.subjects.read", "core.sites.read"];

function situate(
  tenant: Tenant,
  arrival: KeyArrival,
  { module, route }: MountedProgramRoute,
  now: Date,
  home: string,
): Situation {
  const { key, person, workspace } = arrival;
  const allowed = [...new Set([...key.permissions, ...always, ...(route.also ?? [])])];
  return {
    tenant,
    workspace,
    module,
    now,
    home,
    modules: arrival.modules,
    standing: {
      tenantId: tenant.id,
      workspaceId: workspace.id,
      kind: "person",
      actorId: person.id,
      sessionRef: refOf(arrival),
      permissions: [...allowed, ...(key.site ? [`site=${key.site}`] : [])],
    },
    actor: { kind: "person", id: person.id, name: `${person.name}, by the key “${key.title}”` },
    email: person.email,
    may: Object.fromEntries(Object.entries(arrival.may).filter(([permission]) => allowed.includes(permission))),
    base: `/w/${workspace.slug}/${module.id}`,
  };
}

/** JSON that fits its schema, or a sentence that names where it does not. */
async function readJson(request: Request, schema: TSchema): Promise<unknown> {
  if (!(request.headers.get("content-type") ?? "").toLowerCase().startsWith("application/json"))
    throw new Problem("not-a-form", "This address takes JSON: send it as application/json.");
  const text = new TextDecoder().decode(await readBounded(request, BODY_LIMIT));
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw new Problem("invalid", "This is not JSON.");
  }
  const filled = Value.Default(schema, given);
  const problems = [...Value.Errors(schema, filled)].slice(0, 20);
  if (problems.length > 0)
    throw new Problem(
      "invalid",
      "The JSON does not fit its description.",
      problems.map(({ path, message }) => ({ field: path, sentence: message })),
    );
  return Value.Clean(schema, filled);
}

function asRefusal(house: House, act: Act, error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof VaultError) return asProblem(error);
  const code = codeOf(error);
  const known = problemOf(code);
  if (known) return known;
  house.log("error", "program.failed", { act: act.name, request: act.requestId, code });
  return new Problem("failed");
}

async function recordRefusal(
  house: House,
  tenant: Tenant | null,
  situation: Situation | null,
  act: Act,
  visitor: () => Visitor,
  problem: Problem,
  peer: string | null,
): Promise<void> {
  if (!tenant) return;
  try {
    if (!situation) return await house.refusals.note(tenant.id, peer, act.name, problem.status);
    await house.transactions.run(
      situation.standing,
      { readOnly: false },
      async () => {},
      async (lease) => {
        await new Trail().write(lease, visitor(), act, {
          outcome: problem.status >= 500 ? "failed" : "refused",
          status: problem.status,
          sentence: `${visitor().name} was refused: ${problem.message}`.slice(0, 1_000),
          detail: { code: problem.code },
        });
      },
    );
  } catch (error) {
    house.log("error", "refusal.failed", { act: act.name, request: act.requestId, code: codeOf(error) });
  }
}
