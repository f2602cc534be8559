/** Forms that are closed to one person: narrower than a role, and held to by the database (migration 0003). */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { closedForms } from "../tables.ts";

export const allClosedForms = query()((db) =>
  db
    .select({
      id: closedForms.id,
      personId: closedForms.personId,
      form: closedForms.form,
      action: closedForms.action,
      reason: closedForms.reason,
      openedAt: closedForms.openedAt,
      openedBy: closedForms.openedBy,
      madeAt: closedForms.madeAt,
      madeBy: closedForms.madeBy,
    })
    .from(closedForms)
    .orderBy(desc(closedForms.madeAt)),
);
export type ClosedRow = Awaited<ReturnType<typeof allClosedForms.map>>;

export const closeForm = query<{ personId: string; form: string; action: string; reason: string }>()((db, $) =>
  db
    .insert(closedForms)
    .values({ personId: $.personId, form: $.form, action: $.action as never, reason: $.reason })
    .returning({ id: closedForms.id }),
);

export const openForm = query<{ id: string; actor: string | null }>()((db, $) =>
  db
    .update(closedForms)
    .set({ openedAt: clock(), openedBy: sql`${$.actor}::uuid` })
    .where(and(eq(closedForms.id, $.id), isNull(closedForms.openedAt)))
    .returning({ id: closedForms.id, personId: closedForms.personId, form: closedForms.form }),
);

export const closedToMe = query<{ form: string }>()((db, $) =>
  db
    .select({ id: closedForms.id, action: closedForms.action })
    .from(closedForms)
    .where(
      and(eq(closedForms.form, $.form), eq(closedForms.personId, sql`core.actor()`), isNull(closedForms.openedAt)),
    ),
);
