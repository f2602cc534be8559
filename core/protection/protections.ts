/** Which classes have extra protection here, and who is named for them: what the database is asked. */
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import { clock, grants, keyGrants, persons, protections, sites } from "../tenancy/tables.ts";

export const protectionHistory = query()((db) =>
  db
    .select({
      id: protections.id,
      fieldClass: protections.fieldClass,
      isOn: protections.isOn,
      jobsMayOpen: protections.jobsMayOpen,
      reason: protections.reason,
      madeAt: protections.madeAt,
      by: persons.name,
    })
    .from(protections)
    .leftJoin(persons, eq(persons.id, protections.madeBy))
    .orderBy(desc(protections.madeAt)),
);
export const insertProtection = query<{ fieldClass: string; isOn: boolean; jobsMayOpen: boolean; reason: string }>()(
  (db, $) =>
    db
      .insert(protections)
      .values({ fieldClass: $.fieldClass, isOn: $.isOn, jobsMayOpen: $.jobsMayOpen, reason: $.reason })
      .returning({ id: protections.id }),
);

/** Those that hold now. */
export const keyGrantsHere = query()((db) =>
  db
    .select({
      id: keyGrants.id,
      personId: keyGrants.personId,
      name: persons.name,
      fieldClass: keyGrants.fieldClass,
      operation: keyGrants.operation,
      site: sites.code,
      toAt: keyGrants.toAt,
      madeAt: keyGrants.madeAt,
    })
    .from(keyGrants)
    .innerJoin(persons, eq(persons.id, keyGrants.personId))
    .leftJoin(sites, eq(sites.id, keyGrants.siteId))
    .where(and(isNull(keyGrants.revokedAt), sql`(${keyGrants.toAt} is null or ${keyGrants.toAt} > clock_timestamp())`))
    .orderBy(asc(persons.name), asc(keyGrants.fieldClass), asc(keyGrants.operation)),
);
export const sameKeyGrant = query<{ personId: string; fieldClass: string; operation: string; siteId: string | null }>()(
  (db, $) =>
    db
      .select({ id: keyGrants.id })
      .from(keyGrants)
      .where(
        and(
          eq(keyGrants.personId, $.personId),
          eq(keyGrants.fieldClass, $.fieldClass),
          sql`${keyGrants.operation} = ${$.operation}`,
          sql`${keyGrants.siteId} is not distinct from ${$.siteId}::uuid`,
          isNull(keyGrants.revokedAt),
          sql`(${keyGrants.toAt} is null or ${keyGrants.toAt} > clock_timestamp())`,
        ),
      ),
);
export const insertKeyGrant = query<{
  personId: string;
  fieldClass: string;
  operation: "seal" | "open";
  siteId: string | null;
  toAt: string | null;
}>()((db, $) =>
  db
    .insert(keyGrants)
    .values({
      personId: $.personId,
      fieldClass: $.fieldClass,
      operation: $.operation,
      siteId: $.siteId,
      toAt: sql`${$.toAt}::timestamptz`,
    })
    .returning({ id: keyGrants.id }),
);
export const revokeKeyGrant = query<{ id: string; by: string | null }>()((db, $) =>
  db
    .update(keyGrants)
    .set({ revokedAt: clock(), revokedBy: sql`${$.by}::uuid` })
    .where(and(eq(keyGrants.id, $.id), isNull(keyGrants.revokedAt)))
    .returning({
      id: keyGrants.id,
      fieldClass: keyGrants.fieldClass,
      operation: keyGrants.operation,
      personId: keyGrants.personId,
    }),
);
/** Who works here, in which role. */
export const roleHolders = query<{ workspaceId: string }>()((db, $) =>
  db
    .selectDistinct({ personId: grants.personId, name: persons.name, role: grants.role })
    .from(grants)
    .innerJoin(persons, eq(persons.id, grants.personId))
    .where(
      and(
        sql`(${grants.workspaceId} is null or ${grants.workspaceId} = ${$.workspaceId}::uuid)`,
        isNull(grants.revokedAt),
        sql`${grants.fromAt} <= clock_timestamp()`,
        sql`(${grants.toAt} is null or ${grants.toAt} > clock_timestamp())`,
      ),
    )
    .orderBy(asc(persons.name)),
);
