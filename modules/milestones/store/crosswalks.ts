/** How versions correspond, and who moved from one to the next. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, eq, isNull, ne, sql } from "drizzle-orm";
import { crosswalks, frameworkMoves } from "../outlook-tables.ts";
import { enrolments, frameworks } from "../tables.ts";

export const allCrosswalks = query()((db) =>
  db.select({ id: crosswalks.id, oldId: crosswalks.oldId, newId: crosswalks.newId }).from(crosswalks),
);
export const addCrosswalks = (rows: readonly { readonly oldId: string; readonly newId: string }[]) =>
  dynamic((db) =>
    db
      .insert(crosswalks)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: crosswalks.id }),
  );

/** Ends the versions of a specialty that were open when a newer one came. */
export const endOlder = query<{ specialty: string; id: string; day: string }>()((db, $) =>
  db
    .update(frameworks)
    .set({ effectiveTo: sql`${$.day}::date` })
    .where(
      and(
        eq(frameworks.specialty, $.specialty),
        ne(frameworks.id, $.id),
        isNull(frameworks.effectiveTo),
        sql`${frameworks.effectiveFrom} < ${$.day}::date`,
      ),
    )
    .returning({ id: frameworks.id }),
);

export const moveTrainee = query<{ subjectId: string; frameworkId: string }>()((db, $) =>
  db
    .update(enrolments)
    .set({ frameworkId: sql`${$.frameworkId}::uuid` })
    .where(eq(enrolments.subjectId, $.subjectId))
    .returning({ id: enrolments.id, subjectId: enrolments.subjectId }),
);
export const noteMove = query<{ subjectId: string; fromId: string; toId: string; reason: string }>()((db, $) =>
  db
    .insert(frameworkMoves)
    .values({ subjectId: $.subjectId, fromId: $.fromId, toId: $.toId, reason: $.reason })
    .returning({ id: frameworkMoves.id, subjectId: frameworkMoves.subjectId }),
);
export const movesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: frameworkMoves.id,
      subjectId: frameworkMoves.subjectId,
      fromId: frameworkMoves.fromId,
      toId: frameworkMoves.toId,
      madeAt: frameworkMoves.madeAt,
    })
    .from(frameworkMoves)
    .where(eq(frameworkMoves.subjectId, $.subjectId))
    .orderBy(asc(frameworkMoves.madeAt)),
);
