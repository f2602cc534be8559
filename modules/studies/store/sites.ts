/** The sites of the study: the kernel's, read here. */
import { heldBy } from "@core/access/holding.ts";
import { query } from "@core/db/query.ts";
import { grants, persons, sites } from "@core/tenancy/tables.ts";
import { and, asc, eq, gt, isNull, or, sql } from "drizzle-orm";

export const allSites = query()((db) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name, closedAt: sites.closedAt })
    .from(sites)
    .orderBy(asc(sites.code)),
);
/** Where this person may take participants in: the sites that his access to manage subjects reaches. */
export const sitesToEnrolAt = query()((db) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name, closedAt: sites.closedAt })
    .from(sites)
    .where(
      sql`((select core.reaches('core.subjects.manage')) or ${sites.id} in (select core.reach_sites('core.subjects.manage')))`,
    )
    .orderBy(asc(sites.code)),
);
export type SiteRow = Awaited<ReturnType<typeof allSites.map>>;

/** Who works in this study, in which role and where. */
export const colleagues = query()((db) =>
  db
    .select({
      id: persons.id,
      name: persons.name,
      grantId: grants.id,
      held: heldBy(grants.role),
      siteId: grants.siteId,
    })
    .from(grants)
    .innerJoin(persons, eq(grants.personId, persons.id))
    .where(
      and(
        eq(grants.workspaceId, sql`core.workspace()`),
        eq(persons.status, "active"),
        isNull(grants.revokedAt),
        or(isNull(grants.toAt), gt(grants.toAt, sql`clock_timestamp()`)),
      ),
    )
    .orderBy(asc(persons.name)),
);
