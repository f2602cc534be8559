/** The casebook in capture of somebody from the screening log. */
import { query } from "@core/db/query.ts";
import { and, eq, ne, sql } from "drizzle-orm";
import { participants } from "../module-words.ts";

export const casebookOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: participants.id,
      subjectId: participants.subjectId,
      status: participants.status,
      arm: participants.arm,
    })
    .from(participants)
    .where(eq(participants.subjectId, $.subjectId)),
);
export const openCasebook = query<{ subjectId: string; siteId: string | null; enrolledOn: string; status: string }>()(
  (db, $) =>
    db
      .insert(participants)
      .values({
        subjectId: $.subjectId,
        siteId: $.siteId,
        enrolledOn: $.enrolledOn,
        status: sql`${$.status}`,
      })
      .returning({ id: participants.id, subjectId: participants.subjectId }),
);
/** Nothing comes back when there is no casebook, or it stood so already. */
export const setCasebookStatus = query<{ subjectId: string; status: string; reason: string }>()((db, $) =>
  db
    .update(participants)
    .set({ status: sql`${$.status}`, statusReason: sql`${$.reason}` })
    .where(and(eq(participants.subjectId, $.subjectId), ne(participants.status, sql`${$.status}`)))
    .returning({ id: participants.id, subjectId: participants.subjectId }),
);
export const setCasebookArm = query<{ subjectId: string; arm: string }>()((db, $) =>
  db
    .update(participants)
    .set({ arm: sql`${$.arm}` })
    .where(eq(participants.subjectId, $.subjectId))
    .returning({ id: participants.id, subjectId: participants.subjectId }),
);
