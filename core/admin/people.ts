/** People with an account, their grants and sessions: what the database is asked. */
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import { clock, grants, persons, sessions, sites, workspaces } from "../tenancy/tables.ts";

export const PAGE = 50;

interface PeopleFilter {
  /** Part of a name or an address, with % and _ escaped; null for all. */
  readonly like: string | null;
  readonly status: string | null;
  readonly workspaceId: string | null;
}
const matches = ($: { like: unknown; status: unknown; workspaceId: unknown }) =>
  and(
    sql`(${$.like}::text is null or ${persons.name} ilike ${$.like}::text or ${persons.email} ilike ${$.like}::text)`,
    sql`(${$.status}::text is null or ${persons.status} = ${$.status}::text)`,
    sql`(${$.workspaceId}::uuid is null or ${persons.id} in (select ${grants.personId} from ${grants}
      where ${grants.workspaceId} = ${$.workspaceId}::uuid and ${grants.revokedAt} is null
        and (${grants.toAt} is null or ${grants.toAt} > clock_timestamp())))`,
  );
export const listPeople = query<PeopleFilter & { offset: number }>()((db, $) =>
  db
    .select({
      id: persons.id,
      name: persons.name,
      email: persons.email,
      status: persons.status,
      madeAt: persons.madeAt,
    })
    .from(persons)
    .where(matches($))
    .orderBy(asc(sql`lower(${persons.name})`), asc(persons.id))
    .limit(PAGE)
    .offset($.offset),
);
export const countPeople = query<PeopleFilter>()((db, $) =>
  db.select({ count: sql<number>`count(*)::int` }).from(persons).where(matches($)),
);

export const personById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: persons.id,
      name: persons.name,
      email: persons.email,
      status: persons.status,
      madeAt: persons.madeAt,
    })
    .from(persons)
    .where(eq(persons.id, $.id)),
);
export const personByEmail = query<{ email: string }>()((db, $) =>
  db.select({ id: persons.id, name: persons.name }).from(persons).where(eq(persons.email, $.email)),
);
export const insertPerson = query<{ id: string; name: string; email: string }>()((db, $) =>
  db.insert(persons).values({ id: $.id, name: $.name, email: $.email }).returning({ id: persons.id }),
);
export const changePerson = query<{ id: string; name: string; email: string }>()((db, $) =>
  db
    .update(persons)
    .set({ name: sql`${$.name}`, email: sql`${$.email}` })
    .where(eq(persons.id, $.id))
    .returning({ id: persons.id }),
);
export const setStatus = query<{ id: string; from: string; to: string }>()((db, $) =>
  db
    .update(persons)
    .set({ status: sql`${$.to}` })
    .where(and(eq(persons.id, $.id), eq(persons.status, $.from as never)))
    .returning({ id: persons.id }),
);

const grantColumns = {
  id: grants.id,
  personId: grants.personId,
  workspaceId: grants.workspaceId,
  workspace: workspaces.title,
  siteId: grants.siteId,
  site: sites.code,
  role: grants.role,
  fromAt: grants.fromAt,
  toAt: grants.toAt,
  approvedBy: grants.approvedBy,
  madeAt: grants.madeAt,
  revokedAt: grants.revokedAt,
  revokedBy: grants.revokedBy,
  reason: grants.reason,
};
/** Live now, or to begin: neither revoked nor over. */
const notOver = and(isNull(grants.revokedAt), sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`);

export const grantsOfPeople = query<{ ids: readonly string[] }>()((db, $) =>
  db
    .select(grantColumns)
    .from(grants)
    .leftJoin(workspaces, eq(workspaces.id, grants.workspaceId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .where(and(sql`${grants.personId} = any(${$.ids}::uuid[])`, notOver))
    .orderBy(asc(workspaces.title), asc(grants.role)),
);
/** Also those that were revoked or are over: the history of a person's access. */
export const allGrantsOf = query<{ personId: string }>()((db, $) =>
  db
    .select(grantColumns)
    .from(grants)
    .leftJoin(workspaces, eq(workspaces.id, grants.workspaceId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .where(eq(grants.personId, $.personId))
    .orderBy(sql`${grants.revokedAt} is not null`, desc(grants.madeAt)),
);
export const grantById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...grantColumns, name: persons.name })
    .from(grants)
    .leftJoin(workspaces, eq(workspaces.id, grants.workspaceId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .leftJoin(persons, eq(persons.id, grants.personId))
    .where(and(eq(grants.id, $.id), isNull(grants.revokedAt))),
);
export const grantsHere = query<{ workspaceId: string }>()((db, $) =>
  db
    .select({ ...grantColumns, name: persons.name, email: persons.email, status: persons.status })
    .from(grants)
    .innerJoin(persons, eq(persons.id, grants.personId))
    .leftJoin(workspaces, eq(workspaces.id, grants.workspaceId))
    .leftJoin(sites, eq(sites.id, grants.siteId))
    .where(and(eq(grants.workspaceId, $.workspaceId), notOver))
    .orderBy(asc(sql`lower(${persons.name})`), asc(grants.role)),
);
export const sameGrant = query<{
  personId: string;
  workspaceId: string | null;
  siteId: string | null;
  role: string;
}>()((db, $) =>
  db
    .select({ id: grants.id })
    .from(grants)
    .where(
      and(
        eq(grants.personId, $.personId),
        eq(grants.role, $.role),
        sql`${grants.workspaceId} is not distinct from ${$.workspaceId}::uuid`,
        sql`${grants.siteId} is not distinct from ${$.siteId}::uuid`,
        notOver,
      ),
    ),
);
export const insertGrant = query<{
  personId: string;
  workspaceId: string | null;
  siteId: string | null;
  role: string;
  /** ISO moments; null: from now, without end. */
  fromAt: string | null;
  toAt: string | null;
}>()((db, $) =>
  db
    .insert(grants)
    .values({
      personId: $.personId,
      workspaceId: $.workspaceId,
      siteId: $.siteId,
      role: $.role,
      fromAt: sql`coalesce(${$.fromAt}::timestamptz, clock_timestamp())`,
      toAt: sql`${$.toAt}::timestamptz`,
    })
    .returning({ id: grants.id }),
);
export const revokeGrant = query<{ id: string; reason: string; by: string | null }>()((db, $) =>
  db
    .update(grants)
    .set({ revokedAt: clock(), revokedBy: sql`${$.by}::uuid`, reason: sql`${$.reason}` })
    .where(and(eq(grants.id, $.id), isNull(grants.revokedAt)))
    .returning({ id: grants.id }),
);

export const sessionsOf = query<{ personId: string }>()((db, $) =>
  db
    .select({
      ref: sessions.ref,
      method: sessions.method,
      madeAt: sessions.madeAt,
      lastSeen: sessions.lastSeen,
      ip: sessions.ip,
      endedAt: sessions.endedAt,
      endedWhy: sessions.endedWhy,
    })
    .from(sessions)
    .where(eq(sessions.personId, $.personId))
    .orderBy(desc(sessions.madeAt))
    .limit(10),
);
