/** Keys for programs: given by who manages them here, taken by who holds them, ended by either. */
import { query } from "@core/db/query.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { clock, programKeys, sites } from "../tenancy/tables.ts";

const key = {
  id: programKeys.id,
  personId: programKeys.personId,
  module: programKeys.module,
  title: programKeys.title,
  permissions: programKeys.permissions,
  siteId: programKeys.siteId,
  untilAt: programKeys.untilAt,
  takenAt: programKeys.takenAt,
  lastUsedAt: programKeys.lastUsedAt,
  madeAt: programKeys.madeAt,
  madeBy: programKeys.madeBy,
  revokedAt: programKeys.revokedAt,
};
/** As far as the asker reaches: all of them for who manages keys, else one's own. */
export const allKeys = query()((db) => db.select(key).from(programKeys).orderBy(desc(programKeys.madeAt)));
export type KeyRow = Awaited<ReturnType<typeof allKeys.map>>;
export const keyById = query<{ id: string }>()((db, $) =>
  db.select(key).from(programKeys).where(eq(programKeys.id, $.id)),
);
export const addKey = query<{
  id: string;
  personId: string;
  module: string;
  title: string;
  permissions: readonly string[];
  siteId: string | null;
  untilAt: string;
}>()((db, $) =>
  db
    .insert(programKeys)
    .values({
      id: $.id,
      personId: $.personId,
      module: $.module,
      title: $.title,
      permissions: sql`${$.permissions}::text[]`,
      siteId: $.siteId,
      untilAt: sql`${$.untilAt}::timestamptz`,
    })
    .returning({ id: programKeys.id }),
);
export const takeKey = query<{ id: string; hash: Uint8Array }>()((db, $) =>
  db
    .update(programKeys)
    .set({ tokenHash: sql`${$.hash}::bytea`, takenAt: clock() })
    .where(and(eq(programKeys.id, $.id), isNull(programKeys.revokedAt)))
    .returning({ id: programKeys.id }),
);
export const endKey = query<{ id: string; actor: string | null }>()((db, $) =>
  db
    .update(programKeys)
    .set({ revokedAt: clock(), revokedBy: sql`${$.actor}::uuid` })
    .where(and(eq(programKeys.id, $.id), isNull(programKeys.revokedAt)))
    .returning({ id: programKeys.id }),
);
export const sitesHere = query()((db) =>
  db.select({ id: sites.id, name: sites.name }).from(sites).orderBy(asc(sites.code)),
);
