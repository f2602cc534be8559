/** What the study asks: the draft under work with its edits, published versions, and where each is in force. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import type { Coverage } from "../design/coverage.ts";
import type { Build } from "../model/build.ts";
import type { Change } from "../model/differences.ts";
import { allowances, drafts, edits, placements, versions } from "../tables.ts";

export const openDraft = query()((db) =>
  db
    .select({
      id: drafts.id,
      title: drafts.title,
      basedOn: drafts.basedOn,
      build: drafts.build,
      revision: drafts.revision,
      madeAt: drafts.madeAt,
    })
    .from(drafts)
    .where(isNull(drafts.closedAt)),
);
export type DraftRow = Awaited<ReturnType<typeof openDraft.map>>;

export const beginDraft = query<{ id: string; title: string; basedOn: string | null; build: Build }>()((db, $) =>
  db
    .insert(drafts)
    .values({ id: $.id, title: $.title, basedOn: $.basedOn, build: $.build })
    .returning({ id: drafts.id }),
);

/** No row when somebody else has changed the draft meanwhile: `revision` is the one that was looked at. */
export const changeDraft = query<{ id: string; revision: number; next: number; title: string; build: Build }>()(
  (db, $) =>
    db
      .update(drafts)
      .set({
        build: sql`${sql.param($.build, drafts.build)}`,
        title: sql`${$.title}`,
        revision: sql`${$.next}::int`,
      })
      .where(and(eq(drafts.id, $.id), eq(drafts.revision, $.revision), isNull(drafts.closedAt)))
      .returning({ id: drafts.id }),
);

export const closeDraft = query<{ id: string }>()((db, $) =>
  db.update(drafts).set({ closedAt: clock() }).where(eq(drafts.id, $.id)).returning({ id: drafts.id }),
);

export const addEdit = query<{ draftId: string; revision: number; summary: string; changes: readonly Change[] }>()(
  (db, $) =>
    db
      .insert(edits)
      .values({ draftId: $.draftId, revision: $.revision, summary: $.summary, changes: $.changes })
      .returning({ id: edits.id }),
);

export const editsOf = query<{ draftId: string }>()((db, $) =>
  db
    .select({
      id: edits.id,
      revision: edits.revision,
      summary: edits.summary,
      changes: edits.changes,
      madeAt: edits.madeAt,
      madeBy: edits.madeBy,
    })
    .from(edits)
    .where(eq(edits.draftId, $.draftId))
    .orderBy(desc(edits.revision)),
);
export type EditRow = Awaited<ReturnType<typeof editsOf.map>>;

/** Without their content: for lists. */
export const allVersions = query()((db) =>
  db
    .select({
      id: versions.id,
      number: versions.number,
      title: versions.title,
      sha256: versions.sha256,
      coverage: versions.coverage,
      madeAt: versions.madeAt,
      madeBy: versions.madeBy,
    })
    .from(versions)
    .orderBy(desc(versions.number)),
);
export type VersionRow = Awaited<ReturnType<typeof allVersions.map>>;

export const versionById = query<{ id: string }>()((db, $) =>
  db
    .select({ id: versions.id, number: versions.number, title: versions.title, build: versions.build })
    .from(versions)
    .where(eq(versions.id, $.id)),
);

export const publish = query<{
  id: string;
  number: number;
  title: string;
  build: Build;
  sha256: Uint8Array;
  coverage: Coverage;
}>()((db, $) =>
  db
    .insert(versions)
    .values({ id: $.id, number: $.number, title: $.title, build: $.build, sha256: $.sha256, coverage: $.coverage })
    .returning({ id: versions.id }),
);

export const allPlacements = query()((db) =>
  db
    .select({
      id: placements.id,
      versionId: placements.versionId,
      siteId: placements.siteId,
      fromOn: placements.fromOn,
      approval: placements.approval,
      madeAt: placements.madeAt,
      madeBy: placements.madeBy,
    })
    .from(placements)
    .orderBy(asc(placements.fromOn), asc(placements.madeAt)),
);
export type PlacementRow = Awaited<ReturnType<typeof allPlacements.map>>;

export const place = query<{ versionId: string; siteId: string | null; fromOn: string; approval: string }>()((db, $) =>
  db
    .insert(placements)
    .values({ versionId: $.versionId, siteId: $.siteId, fromOn: $.fromOn, approval: $.approval })
    .returning({ id: placements.id }),
);

export const allow = query<{ draftId: string; item: string; suspicion: string; reason: string }>()((db, $) =>
  db
    .insert(allowances)
    .values({ draftId: $.draftId, item: $.item, suspicion: $.suspicion, reason: $.reason })
    .returning({ id: allowances.id }),
);
