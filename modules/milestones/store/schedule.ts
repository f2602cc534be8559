/** The rotation schedule, and which of its blocks were asked about. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { blockRequests, blocks } from "../evaluation-tables.ts";
import { evaluations } from "../tables.ts";

const block = {
  id: blocks.id,
  subjectId: blocks.subjectId,
  evaluatorId: blocks.evaluatorId,
  rotation: blocks.rotation,
  startsOn: blocks.startsOn,
  endsOn: blocks.endsOn,
  formVersionId: blocks.formVersionId,
};
export const allBlocks = query()((db) =>
  db
    .select({
      ...block,
      requestId: blockRequests.id,
      evaluationId: blockRequests.evaluationId,
      submittedAt: evaluations.submittedAt,
    })
    .from(blocks)
    .leftJoin(blockRequests, eq(blockRequests.blockId, blocks.id))
    .leftJoin(evaluations, eq(blockRequests.evaluationId, evaluations.id))
    .orderBy(desc(blocks.endsOn), asc(blocks.rotation)),
);
/** Blocks that ended by a day and were not asked about yet. */
export const endedBlocks = query<{ day: string }>()((db, $) =>
  db
    .select(block)
    .from(blocks)
    .leftJoin(blockRequests, eq(blockRequests.blockId, blocks.id))
    .where(and(isNull(blockRequests.id), sql`${blocks.endsOn} <= ${$.day}::date`))
    .orderBy(asc(blocks.endsOn)),
);
export const addBlocks = (
  rows: readonly {
    readonly subjectId: string;
    readonly evaluatorId: string;
    readonly rotation: string;
    readonly startsOn: string;
    readonly endsOn: string;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(blocks)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: blocks.id, subjectId: blocks.subjectId }),
  );
export const noteBlockRequest = query<{ blockId: string; subjectId: string; evaluationId: string }>()((db, $) =>
  db
    .insert(blockRequests)
    .values({ blockId: $.blockId, subjectId: $.subjectId, evaluationId: $.evaluationId })
    .returning({ id: blockRequests.id, subjectId: blockRequests.subjectId }),
);
