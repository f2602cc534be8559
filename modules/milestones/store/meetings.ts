/** Reviewers, packets, meetings, minutes and what the committee recommends. Rows are added and never changed. */
import { dynamic, query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import {
  meetings,
  minutes,
  packets,
  presences,
  recommendationLevels,
  recommendations,
  reviewers,
} from "../committee-tables.ts";
import type { Level } from "../level.ts";

const reviewer = {
  id: reviewers.id,
  subjectId: reviewers.subjectId,
  periodId: reviewers.periodId,
  memberId: reviewers.memberId,
};
export const reviewersIn = query<{ periodId: string }>()((db, $) =>
  db
    .select(reviewer)
    .from(reviewers)
    .where(and(eq(reviewers.periodId, $.periodId), isNull(reviewers.endedAt)))
    .orderBy(asc(reviewers.madeAt)),
);
export type ReviewerRow = Awaited<ReturnType<typeof reviewersIn.map>>;

export const reviewerById = query<{ id: string }>()((db, $) =>
  db
    .select(reviewer)
    .from(reviewers)
    .where(and(eq(reviewers.id, $.id), isNull(reviewers.endedAt))),
);

export const nameReviewers = (
  rows: readonly { readonly subjectId: string; readonly periodId: string; readonly memberId: string }[],
) =>
  dynamic((db) =>
    db
      .insert(reviewers)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: reviewers.id, subjectId: reviewers.subjectId }),
  );

export const endReviewer = query<{ id: string }>()((db, $) =>
  db
    .update(reviewers)
    .set({ endedAt: clock() })
    .where(and(eq(reviewers.id, $.id), isNull(reviewers.endedAt)))
    .returning({ id: reviewers.id, subjectId: reviewers.subjectId }),
);

const packet = {
  id: packets.id,
  subjectId: packets.subjectId,
  periodId: packets.periodId,
  version: packets.version,
  sha256: packets.sha256,
  reason: packets.reason,
  madeAt: packets.madeAt,
  madeBy: packets.madeBy,
};
/** The newest packet of each trainee. */
export const packetsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([packets.subjectId], packet)
    .from(packets)
    .where(eq(packets.periodId, $.periodId))
    .orderBy(asc(packets.subjectId), desc(packets.version)),
);
export const packetsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select(packet)
    .from(packets)
    .where(and(eq(packets.subjectId, $.subjectId), eq(packets.periodId, $.periodId)))
    .orderBy(desc(packets.version)),
);
export const packetById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...packet, content: packets.content })
    .from(packets)
    .where(eq(packets.id, $.id)),
);

export const addPackets = (
  rows: readonly {
    readonly id: string;
    readonly subjectId: string;
    readonly periodId: string;
    readonly version: number;
    readonly sha256: string;
    readonly content: Sealed<string>;
    readonly reason: string | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(packets)
      .values([...rows])
      .returning({ id: packets.id, subjectId: packets.subjectId }),
  );

export const allMeetings = query()((db) =>
  db
    .select({ id: meetings.id, periodId: meetings.periodId, heldOn: meetings.heldOn })
    .from(meetings)
    .orderBy(desc(meetings.heldOn), desc(meetings.madeAt)),
);
export const meetingById = query<{ id: string }>()((db, $) =>
  db
    .select({ id: meetings.id, periodId: meetings.periodId, heldOn: meetings.heldOn })
    .from(meetings)
    .where(eq(meetings.id, $.id)),
);
export const callMeeting = query<{ id: string; periodId: string; heldOn: string }>()((db, $) =>
  db.insert(meetings).values({ id: $.id, periodId: $.periodId, heldOn: $.heldOn }).returning({ id: meetings.id }),
);

/** The last word on each person. */
export const presencesOf = query<{ meetingId: string }>()((db, $) =>
  db
    .selectDistinctOn([presences.personId], {
      id: presences.id,
      personId: presences.personId,
      isPresent: presences.isPresent,
      isCore: presences.isCore,
      isChair: presences.isChair,
    })
    .from(presences)
    .where(eq(presences.meetingId, $.meetingId))
    .orderBy(asc(presences.personId), desc(presences.madeAt)),
);
export const notePresence = (
  rows: readonly {
    readonly meetingId: string;
    readonly personId: string;
    readonly isPresent: boolean;
    readonly isCore: boolean;
    readonly isChair: boolean;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(presences)
      .values([...rows])
      .returning({ id: presences.id }),
  );

export const minutesOf = query<{ meetingId: string }>()((db, $) =>
  db
    .select({
      id: minutes.id,
      version: minutes.version,
      text: minutes.text,
      madeAt: minutes.madeAt,
      madeBy: minutes.madeBy,
    })
    .from(minutes)
    .where(eq(minutes.meetingId, $.meetingId))
    .orderBy(desc(minutes.version)),
);
export const writeMinutes = query<{ id: string; meetingId: string; version: number; text: Sealed<string> }>()((db, $) =>
  db
    .insert(minutes)
    .values({ id: $.id, meetingId: $.meetingId, version: $.version, text: $.text })
    .returning({ id: minutes.id }),
);

const recommendation = {
  id: recommendations.id,
  subjectId: recommendations.subjectId,
  meetingId: recommendations.meetingId,
  revision: recommendations.revision,
  how: recommendations.how,
  present: recommendations.present,
  recused: recommendations.recused,
  note: recommendations.note,
  madeAt: recommendations.madeAt,
};
/** The newest recommendation on each trainee. */
export const recommendationsIn = query<{ periodId: string }>()((db, $) =>
  db
    .selectDistinctOn([recommendations.subjectId], recommendation)
    .from(recommendations)
    .where(eq(recommendations.periodId, $.periodId))
    .orderBy(asc(recommendations.subjectId), desc(recommendations.revision)),
);
export const recommendationsOf = query<{ subjectId: string; periodId: string }>()((db, $) =>
  db
    .select(recommendation)
    .from(recommendations)
    .where(and(eq(recommendations.subjectId, $.subjectId), eq(recommendations.periodId, $.periodId)))
    .orderBy(desc(recommendations.revision)),
);
export const recommendedOf = query<{ recommendationId: string }>()((db, $) =>
  db
    .select({
      id: recommendationLevels.id,
      subjectId: recommendationLevels.subjectId,
      subcompetencyId: recommendationLevels.subcompetencyId,
      status: recommendationLevels.status,
      halfSteps: recommendationLevels.halfSteps,
    })
    .from(recommendationLevels)
    .where(eq(recommendationLevels.recommendationId, $.recommendationId)),
);

export const recommendOne = query<{
  id: string;
  subjectId: string;
  periodId: string;
  meetingId: string;
  revision: number;
  how: "consent" | "discussed";
  present: number;
  recused: number;
  note: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(recommendations)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      periodId: $.periodId,
      meetingId: $.meetingId,
      revision: $.revision,
      how: $.how,
      present: $.present,
      recused: $.recused,
      note: sql`${sql.param($.note, recommendations.note)}`,
    })
    .returning({ id: recommendations.id, subjectId: recommendations.subjectId }),
);

export const recommendLevels = (
  rows: readonly {
    readonly recommendationId: string;
    readonly subjectId: string;
    readonly subcompetencyId: string;
    readonly status: Level["status"];
    readonly halfSteps: number | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(recommendationLevels)
      .values([...rows])
      .returning({ id: recommendationLevels.id, subjectId: recommendationLevels.subjectId }),
  );
