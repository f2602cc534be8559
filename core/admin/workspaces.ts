/** Workspaces, their sites, the modules that are on in them and how those are set: what the database is asked. */
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { Module, WorkspaceKind } from "../module.ts";
import { clock, grants, persons, settings, sites, switches, workspaces } from "../tenancy/tables.ts";

export const kinds: readonly { readonly value: WorkspaceKind; readonly label: string; readonly hint: string }[] = [
  { value: "program", label: "Program", hint: "A residency or fellowship: its subjects are trainees." },
  { value: "study", label: "Study", hint: "A clinical study: its subjects are participants." },
  { value: "service", label: "Service", hint: "A coaching or follow-up service: its subjects are members." },
];

export const labelOf = (kind: string): string => kinds.find((one) => one.value === kind)?.label ?? kind;

/** A word for the address out of a title: "Heart failure (2026)" → "heart-failure-2026". May be empty. */
export function suggestSlug(title: string): string {
  return title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
}

/** Modules that can be switched on in this kind of workspace. */
export const fitting = (modules: readonly Module[], kind: WorkspaceKind): readonly Module[] =>
  modules.filter((module) => module.workspaces.includes(kind));

export const allWorkspaces = query()((db) =>
  db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      title: workspaces.title,
      kind: workspaces.kind,
      specialty: workspaces.specialty,
      archivedAt: workspaces.archivedAt,
    })
    .from(workspaces)
    .orderBy(sql`${workspaces.archivedAt} is not null`, asc(workspaces.title)),
);
export const workspaceById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: workspaces.id,
      slug: workspaces.slug,
      title: workspaces.title,
      kind: workspaces.kind,
      specialty: workspaces.specialty,
      madeAt: workspaces.madeAt,
      archivedAt: workspaces.archivedAt,
    })
    .from(workspaces)
    .where(eq(workspaces.id, $.id)),
);
export const workspaceBySlug = query<{ slug: string }>()((db, $) =>
  db.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.slug, $.slug)),
);
export const insertWorkspace = query<{
  id: string;
  title: string;
  slug: string;
  kind: WorkspaceKind;
  specialty: string | null;
}>()((db, $) =>
  db
    .insert(workspaces)
    .values({ id: $.id, title: $.title, slug: $.slug, kind: $.kind, specialty: $.specialty })
    .returning({ id: workspaces.id }),
);
export const archiveWorkspace = query<{ id: string }>()((db, $) =>
  db
    .update(workspaces)
    .set({ archivedAt: clock() })
    .where(and(eq(workspaces.id, $.id), isNull(workspaces.archivedAt)))
    .returning({ id: workspaces.id, title: workspaces.title }),
);
export const restoreWorkspace = query<{ id: string }>()((db, $) =>
  db
    .update(workspaces)
    .set({ archivedAt: null })
    .where(and(eq(workspaces.id, $.id), sql`${workspaces.archivedAt} is not null`))
    .returning({ id: workspaces.id, title: workspaces.title }),
);

/** How many people have a live grant in each workspace. */
export const headcounts = query()((db) =>
  db
    .select({ workspaceId: grants.workspaceId, people: sql<number>`count(distinct ${grants.personId})::int` })
    .from(grants)
    .where(
      and(
        isNull(grants.revokedAt),
        sql`${grants.fromAt} <= clock_timestamp()`,
        sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`,
      ),
    )
    .groupBy(grants.workspaceId),
);

export const allSites = query()((db) =>
  db
    .select({ id: sites.id, workspaceId: sites.workspaceId, code: sites.code, name: sites.name })
    .from(sites)
    .where(isNull(sites.closedAt))
    .orderBy(asc(sites.code)),
);
export const sitesOf = query<{ workspaceId: string }>()((db, $) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name, madeAt: sites.madeAt, closedAt: sites.closedAt })
    .from(sites)
    .where(eq(sites.workspaceId, $.workspaceId))
    .orderBy(asc(sites.code)),
);
export const siteByCode = query<{ workspaceId: string; code: string }>()((db, $) =>
  db
    .select({ id: sites.id })
    .from(sites)
    .where(and(eq(sites.workspaceId, $.workspaceId), eq(sites.code, $.code))),
);
export const insertSite = query<{ workspaceId: string; code: string; name: string }>()((db, $) =>
  db.insert(sites).values({ workspaceId: $.workspaceId, code: $.code, name: $.name }).returning({ id: sites.id }),
);

/** The newest switch of each module, in one workspace or in all of them. */
export const switchesNow = query<{ workspaceId: string | null }>()((db, $) =>
  db
    .selectDistinctOn([switches.workspaceId, switches.module], {
      id: switches.id,
      workspaceId: switches.workspaceId,
      module: switches.module,
      isOn: switches.isOn,
      madeAt: switches.madeAt,
    })
    .from(switches)
    .where(sql`(${$.workspaceId}::uuid is null or ${switches.workspaceId} = ${$.workspaceId}::uuid)`)
    .orderBy(switches.workspaceId, switches.module, desc(switches.madeAt)),
);
export const insertSwitch = query<{ workspaceId: string; module: string; isOn: boolean }>()((db, $) =>
  db
    .insert(switches)
    .values({ workspaceId: $.workspaceId, module: $.module, isOn: $.isOn })
    .returning({ id: switches.id }),
);

/** Newest first: the first one counts, the others are how it came to be. */
export const settingsHistory = query<{ workspaceId: string; module: string }>()((db, $) =>
  db
    .select({
      id: settings.id,
      value: settings.value,
      reason: settings.reason,
      madeAt: settings.madeAt,
      madeBy: settings.madeBy,
      name: persons.name,
    })
    .from(settings)
    .leftJoin(persons, eq(persons.id, settings.madeBy))
    .where(and(eq(settings.workspaceId, $.workspaceId), eq(settings.module, $.module)))
    .orderBy(desc(settings.madeAt))
    .limit(11),
);
export const insertSettings = query<{
  workspaceId: string;
  module: string;
  value: Record<string, unknown>;
  reason: string;
}>()((db, $) =>
  db
    .insert(settings)
    .values({ workspaceId: $.workspaceId, module: $.module, value: $.value, reason: $.reason })
    .returning({ id: settings.id }),
);
