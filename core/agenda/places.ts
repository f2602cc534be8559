/** A look into each of a person's places, one transaction a place: its own walls, its own reach, its own row of the record. */
import { Trail, type Visitor } from "../audit/trail.ts";
import { contextFor, narrowed, type Situation } from "../context.ts";
import type { House } from "../house.ts";
import type { Arrival, Tenant } from "../identity/door.ts";
import type { Due } from "../module.ts";

export interface PlaceToLook {
  readonly workspace: NonNullable<Arrival["workspace"]>;
  readonly may: Arrival["may"];
  readonly modules: Arrival["modules"];
}
export interface PlaceDues {
  readonly title: string;
  readonly slug: string;
  readonly dues: readonly Due[];
}
export interface Asker {
  readonly tenant: Tenant;
  readonly person: { readonly id: string; readonly name: string; readonly email: string };
  readonly visitor: Visitor;
  readonly requestId: string;
  /** "GET /today" */
  readonly act: string;
  readonly sessionRef: string;
}

/** What is due for this person in one place, soonest first. */
export async function duesIn(house: House, asker: Asker, place: PlaceToLook): Promise<PlaceDues> {
  const { tenant, person } = asker;
  const { workspace, may, modules } = place;
  const now = new Date();
  const situation: Situation = {
    standing: {
      tenantId: tenant.id,
      workspaceId: workspace.id,
      kind: "person",
      actorId: person.id,
      sessionRef: asker.sessionRef,
    },
    tenant,
    workspace,
    actor: { kind: "person", id: person.id, name: person.name },
    email: person.email,
    may,
    modules,
    module: null,
    home: "",
    base: "",
    now,
  };
  const on = house.kernel.modules.filter((module) => module.agenda && Object.hasOwn(modules, module.id));
  if (on.length === 0) return { title: workspace.title, slug: workspace.slug, dues: [] };
  const trail = new Trail();
  const dues = await house.transactions.run(
    situation.standing,
    { readOnly: true },
    async (lease) => {
      const found: Due[] = [];
      for (const module of on) {
        const base = `/w/${workspace.slug}/${module.id}`;
        const context = contextFor(house, { ...situation, module, base }, lease, trail);
        found.push(...((await module.agenda?.(narrowed(context))) ?? []));
      }
      return found;
    },
    async (lease) => {
      const act = { requestId: asker.requestId, name: asker.act, permission: "signed-in" };
      const sentence = `${person.name} looked at what is due in ${workspace.title}`;
      await trail.write(lease, asker.visitor, act, { outcome: "done", status: 200, sentence });
    },
  );
  return { title: workspace.title, slug: workspace.slug, dues: [...dues].sort(soonest) };
}

/** So many places of a whole institution are looked into for one page; whoever keeps more has their list. */
const MOST_PLACES = 100;

/**
 * Where a person's day looks: the places of his own grants, and, for somebody who keeps the whole institution's places
 * (a research office), those of its list that have a card.
 */
export async function placesToAsk(
  house: House,
  asker: Asker,
  arrival: Arrival,
): Promise<readonly { slug: string; title: string }[]> {
  const own = arrival.places;
  if (!Object.hasOwn(arrival.may, "core.cards.read")) return own;
  const standing = {
    tenantId: asker.tenant.id,
    workspaceId: null,
    kind: "person",
    actorId: asker.person.id,
    sessionRef: asker.sessionRef,
  } as const;
  const rows = await house.transactions.run(
    standing,
    { readOnly: true },
    (lease) =>
      lease.rows(
        `select w.slug, w.title from core.cards c join core.workspaces w on w.id = c.workspace_id
         where w.archived_at is null order by w.title limit $1`,
        [MOST_PLACES],
      ),
    async (lease) => {
      const act = { requestId: asker.requestId, name: asker.act, permission: "core.cards.read" };
      const sentence = `${asker.person.name} looked for places where something may be due`;
      await new Trail().write(lease, asker.visitor, act, { outcome: "done", status: 200, sentence });
    },
  );
  const known = new Set(own.map(({ slug }) => slug));
  const more = rows.map(([slug, title]) => ({ slug: String(slug), title: String(title) }));
  return [...own, ...more.filter(({ slug }) => !known.has(slug))];
}

/** What has a day comes first. */
export const soonest = (one: Pick<Due, "on">, other: Pick<Due, "on">): number =>
  (one.on ?? "9999") < (other.on ?? "9999") ? -1 : (one.on ?? "9999") > (other.on ?? "9999") ? 1 : 0;

/** Three places at once, so that one person's day leaves connections for the others. In the order of `places`. */
export async function overPlaces<P, R>(places: readonly P[], look: (place: P) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  const turns = places.entries();
  const work = async () => {
    for (const [at, place] of turns) answers[at] = await look(place);
  };
  await Promise.all([work(), work(), work()]);
  return answers;
}
