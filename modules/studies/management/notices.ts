/** Whom the study tells, when nobody has to be asked first. */
import { query } from "@core/db/query.ts";
import type { Context, Errand } from "@core/module.ts";
import { grants, persons } from "@core/tenancy/tables.ts";
import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Studies } from "./module-words.ts";
import { allGates, dossierNow } from "./store/dossier.ts";

/** Who keeps the study, and its investigators with a grant for the whole of it. */
const keepers = query<{ lead: string | null; opener: string | null }>()((db, $) =>
  db
    .selectDistinct({ id: persons.id, email: persons.email })
    .from(persons)
    .leftJoin(
      grants,
      and(
        eq(grants.personId, persons.id),
        eq(grants.workspaceId, sql`core.workspace()`),
        isNull(grants.revokedAt),
        isNull(grants.siteId),
        inArray(grants.role, ["study_administrator", "research_office", "investigator"]),
        or(isNull(grants.toAt), gt(grants.toAt, sql`clock_timestamp()`)),
      ),
    )
    .where(
      and(
        eq(persons.status, "active"),
        or(sql`${grants.id} is not null`, sql`${persons.id} = ${$.lead}::uuid`, sql`${persons.id} = ${$.opener}::uuid`),
      ),
    ),
);

/**
 * Mail addresses of those who hear of an emergency unblinding without being entered anywhere: the study's keepers, its
 * principal investigator, and who led it through its last gate (the institution's research office has no grant in here).
 */
export const whoHears: Errand<object, string[]> = {
  name: "studies.who_hears",
  title: "Find whom to tell of an emergency unblinding",
  permissions: ["core.people.read", "core.grants.read", "studies.dossier.read"],
  run: async (_payload, ctx) => {
    const wide = ctx as unknown as Context<Studies>;
    const dossier = await wide.db.first(dossierNow, {});
    const [gate] = await wide.db.all(allGates, {});
    const rows = await wide.db.all(keepers, { lead: dossier?.investigatorId ?? null, opener: gate?.madeBy ?? null });
    return rows.map(({ email }) => email);
  },
};
