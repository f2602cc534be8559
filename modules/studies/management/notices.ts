/** Whom the study tells, when nobody has to be asked first: by what a role holds, never by its name (ADR 0015). */
import { heldBy, holds } from "@core/access/holding.ts";
import { query } from "@core/db/query.ts";
import type { Context, Errand } from "@core/module.ts";
import { grants, persons } from "@core/tenancy/tables.ts";
import { and, eq, gt, isNull, lte, or, sql } from "drizzle-orm";
import type { Studies } from "./module-words.ts";
import { allGates, dossierNow } from "./store/dossier.ts";

/** Everybody with a grant for the whole study and what it holds; besides, who led it and who opened it. */
const keepers = query<{ lead: string | null; opener: string | null }>()((db, $) =>
  db
    .select({ id: persons.id, email: persons.email, held: heldBy(grants.role) })
    .from(persons)
    .leftJoin(
      grants,
      and(
        eq(grants.personId, persons.id),
        eq(grants.workspaceId, sql`core.workspace()`),
        isNull(grants.revokedAt),
        isNull(grants.siteId),
        lte(grants.fromAt, sql`clock_timestamp()`),
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

/** Whose role answers for the randomisation of the whole study, or could have unblinded anybody in it himself. */
const ANSWERS: readonly string[] = ["studies.scheme.activate", "studies.unblind"];

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
    const named = [dossier?.investigatorId, gate?.madeBy];
    const heard = rows.filter((row) => named.includes(row.id) || ANSWERS.some((permission) => holds(row, permission)));
    return [...new Set(heard.map(({ email }) => email))];
  },
};
