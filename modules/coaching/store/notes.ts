/** Notes, hand-overs and ready answers. */
import { query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull } from "drizzle-orm";
import { handovers, macros, notes } from "../tables.ts";

export const addNote = query<{ id: string; subjectId: string; body: Sealed<string> }>()((db, $) =>
  db
    .insert(notes)
    .values({ id: $.id, subjectId: $.subjectId, body: $.body })
    .returning({ id: notes.id, subjectId: notes.subjectId }),
);
export const notesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: notes.id, subjectId: notes.subjectId, body: notes.body, madeAt: notes.madeAt, madeBy: notes.madeBy })
    .from(notes)
    .where(eq(notes.subjectId, $.subjectId))
    .orderBy(desc(notes.madeAt))
    .limit(50),
);

const handover = {
  id: handovers.id,
  subjectId: handovers.subjectId,
  fromId: handovers.fromId,
  toId: handovers.toId,
  body: handovers.body,
  madeAt: handovers.madeAt,
  takenAt: handovers.takenAt,
};
export const handOver = query<{ id: string; subjectId: string; fromId: string; toId: string; body: Sealed<string> }>()(
  (db, $) =>
    db
      .insert(handovers)
      .values({ id: $.id, subjectId: $.subjectId, fromId: $.fromId, toId: $.toId, body: $.body })
      .returning({ id: handovers.id, subjectId: handovers.subjectId }),
);
export const handoversOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(handover)
    .from(handovers)
    .where(eq(handovers.subjectId, $.subjectId))
    .orderBy(desc(handovers.madeAt))
    .limit(10),
);
export const openHandoversTo = query<{ personId: string }>()((db, $) =>
  db
    .select({ ...handover, subject: subjects.id, code: subjects.code })
    .from(handovers)
    .innerJoin(subjects, eq(subjects.id, handovers.subjectId))
    .where(and(eq(handovers.toId, $.personId), isNull(handovers.takenAt)))
    .orderBy(asc(handovers.madeAt)),
);
export const takeHandover = query<{ id: string; personId: string }>()((db, $) =>
  db
    .update(handovers)
    .set({ takenAt: clock() })
    .where(and(eq(handovers.id, $.id), eq(handovers.toId, $.personId), isNull(handovers.takenAt)))
    .returning({ id: handovers.id, subjectId: handovers.subjectId, fromId: handovers.fromId }),
);

export const allMacros = query()((db) =>
  db
    .select({ id: macros.id, title: macros.title, en: macros.en, es: macros.es })
    .from(macros)
    .where(isNull(macros.endedAt))
    .orderBy(asc(macros.title)),
);
export const keepMacro = query<{ title: string; en: string; es: string }>()((db, $) =>
  db.insert(macros).values({ title: $.title, en: $.en, es: $.es }).returning({ id: macros.id }),
);
export const endMacro = query<{ id: string }>()((db, $) =>
  db
    .update(macros)
    .set({ endedAt: clock() })
    .where(and(eq(macros.id, $.id), isNull(macros.endedAt)))
    .returning({ id: macros.id }),
);
