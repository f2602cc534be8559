/** Colleagues and sites, as far as the reader sees them. */
import { query } from "@core/db/query.ts";
import type { Context } from "@core/module.ts";
import { grants, persons, sites, workspaces } from "@core/tenancy/tables.ts";
import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { Studies } from "../module-words.ts";

export const colleagues = query()((db) =>
  db
    .select({ id: persons.id, name: persons.name, email: persons.email })
    .from(persons)
    .where(eq(persons.status, "active"))
    .orderBy(asc(persons.name)),
);
export type Colleague = Awaited<ReturnType<typeof colleagues.map>>;

/** Those who can decide on a request here today: by a grant for this study or for the whole institution. */
export const decidersHere = query<{ roles: readonly string[] }>()((db, $) =>
  db
    .selectDistinct({ id: grants.personId })
    .from(grants)
    .where(
      and(
        or(eq(grants.workspaceId, sql`core.workspace()`), isNull(grants.workspaceId)),
        sql`${grants.role} = any(${$.roles}::text[])`,
        isNull(grants.revokedAt),
        or(isNull(grants.toAt), gt(grants.toAt, sql`clock_timestamp()`)),
      ),
    ),
);

/** Those whom the reader's grants reach. */
export const openSites = query()((db) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name })
    .from(sites)
    .where(isNull(sites.closedAt))
    .orderBy(asc(sites.code)),
);
export type SiteRow = Awaited<ReturnType<typeof openSites.map>>;
export const siteLabel = ({ code, name }: Pick<SiteRow, "code" | "name">): string =>
  name === "" || name === code ? code : `${code} ${name}`;

/** Sites at which a permission of the reader's holds. */
export const sitesReached = query<{ may: string }>()((db, $) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name })
    .from(sites)
    .where(
      and(
        isNull(sites.closedAt),
        sql`((select core.reaches(${$.may})) or ${sites.id} in (select core.reach_sites(${$.may})))`,
      ),
    )
    .orderBy(asc(sites.code)),
);

const reachOf = query<{ may: string; workspace: string }>()((db, $) =>
  db
    .select({ id: workspaces.id, all: sql<boolean>`(select core.reaches(${$.may}))` })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);
/** Whether it holds in the whole study: a grant for one site does not, whatever the role. */
export const reachesAll = async (ctx: Context<Studies>, may: Studies["permission"]): Promise<boolean> =>
  (await ctx.db.first(reachOf, { may, workspace: ctx.workspace.id }))?.all === true;
