/** The sites of the study: the kernel's, read here. */
import { query } from "@core/db/query.ts";
import { sites } from "@core/tenancy/tables.ts";
import { asc } from "drizzle-orm";

export const allSites = query()((db) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name, closedAt: sites.closedAt })
    .from(sites)
    .orderBy(asc(sites.code)),
);
export type SiteRow = Awaited<ReturnType<typeof allSites.map>>;
