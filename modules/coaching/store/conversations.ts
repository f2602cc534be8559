/** Who speaks with a member, what was said, and who waits. */
import { dynamic, query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, sql } from "drizzle-orm";
import type { Conversation, ConversationStatus } from "../conversation.ts";
import type { Expecting } from "../glucose.ts";
import type { Locale } from "../reading-grade.ts";
import { conversations, messages, outbox } from "../tables.ts";
import { type Tier, tiers } from "../tier.ts";

const conversation = {
  id: conversations.id,
  subjectId: conversations.subjectId,
  status: conversations.status,
  ownerId: conversations.ownerId,
  epoch: conversations.epoch,
  humanAt: conversations.humanAt,
  lastInAt: conversations.lastInAt,
  lastOutAt: conversations.lastOutAt,
  waitingSince: conversations.waitingSince,
  tier: conversations.tier,
  expecting: conversations.expecting,
  expectingUntil: conversations.expectingUntil,
  quarantinedUntil: conversations.quarantinedUntil,
};

export const conversationOf = query<{ subjectId: string }>()((db, $) =>
  db.select(conversation).from(conversations).where(eq(conversations.subjectId, $.subjectId)),
);
export type ConversationRow = Awaited<ReturnType<typeof conversationOf.map>>;
/** One message of a member after another: the row is locked until this one is done. */
export const lockConversation = query<{ subjectId: string }>()((db, $) =>
  db.select(conversation).from(conversations).where(eq(conversations.subjectId, $.subjectId)).for("update"),
);

/** As the rules of conversation.ts see it. */
export const asConversation = ({ status, ownerId, epoch, humanAt }: ConversationRow): Conversation => ({
  status,
  epoch,
  humanAt,
  owner: ownerId === null ? { kind: "bot" } : { kind: "human", personId: ownerId },
});

export const tierOfMessage = query<{ id: string }>()((db, $) =>
  db
    .select({ id: messages.id, subjectId: messages.subjectId, tier: messages.tier })
    .from(messages)
    .where(eq(messages.id, $.id)),
);

/** A change of hands. No row when somebody was faster. */
export const handConversation = query<{
  subjectId: string;
  seen: number;
  status: ConversationStatus;
  ownerId: string | null;
  epoch: number;
  humanAt: string | null;
}>()((db, $) =>
  db
    .update(conversations)
    .set({
      status: sql`${$.status}`,
      ownerId: sql`${$.ownerId}::uuid`,
      epoch: sql`${$.epoch}::int`,
      humanAt: sql`${$.humanAt}::timestamptz`,
    })
    .where(and(eq(conversations.subjectId, $.subjectId), sql`${conversations.epoch} = ${$.seen}::int`))
    .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);

export const noteInbound = query<{
  subjectId: string;
  lastInAt: string;
  waitingSince: string | null;
  tier: Tier;
  expecting: Expecting;
  expectingUntil: string | null;
  quarantinedUntil: string | null;
}>()((db, $) =>
  db
    .update(conversations)
    .set({
      lastInAt: sql`greatest(${conversations.lastInAt}, ${$.lastInAt}::timestamptz)`,
      waitingSince: sql`${$.waitingSince}::timestamptz`,
      tier: sql`${$.tier}`,
      expecting: sql`${$.expecting}`,
      expectingUntil: sql`${$.expectingUntil}::timestamptz`,
      quarantinedUntil: sql`${$.quarantinedUntil}::timestamptz`,
    })
    .where(eq(conversations.subjectId, $.subjectId))
    .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);

/** What the next message of the member answers. */
export const expectNext = query<{ subjectId: string; expecting: "reading" | "another-number"; until: string }>()(
  (db, $) =>
    db
      .update(conversations)
      .set({ expecting: sql`${$.expecting}`, expectingUntil: sql`${$.until}::timestamptz` })
      .where(eq(conversations.subjectId, $.subjectId))
      .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);

/** A person answered: nobody waits any more. */
export const answered = query<{ subjectId: string }>()((db, $) =>
  db
    .update(conversations)
    .set({ waitingSince: null, tier: "none", humanAt: clock() })
    .where(eq(conversations.subjectId, $.subjectId))
    .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);
export const noteSent = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .update(conversations)
    .set({ lastOutAt: clock() })
    .where(sql`${conversations.subjectId} = any(${$.subjectIds}::uuid[])`)
    .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);

export const addMessage = query<{
  id: string;
  subjectId: string;
  direction: "in" | "out";
  kind: "member" | "template" | "model" | "human" | "journey";
  body: Sealed<string>;
  at: Date;
  inboundId: string | null;
  template: string | null;
  locale: Locale | null;
  tier: Tier | null;
  rules: string[];
  ruleSet: string | null;
  personId: string | null;
  reviewedBy: string | null;
  licensed: boolean;
  runId: string | null;
  media: number;
}>()((db, $) =>
  db
    .insert(messages)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      direction: $.direction,
      kind: $.kind,
      body: $.body,
      at: $.at,
      inboundId: $.inboundId,
      template: $.template,
      locale: $.locale,
      tier: $.tier,
      rules: $.rules,
      ruleSet: $.ruleSet,
      personId: $.personId,
      reviewedBy: $.reviewedBy,
      licensed: $.licensed,
      runId: $.runId,
      media: $.media,
    })
    .returning({ id: messages.id, subjectId: messages.subjectId }),
);

/** The thread, newest first, with what became of each text that went out. */
export const thread = query<{ subjectId: string; limit: number; offset: number }>()((db, $) =>
  db
    .select({
      id: messages.id,
      subjectId: messages.subjectId,
      direction: messages.direction,
      kind: messages.kind,
      body: messages.body,
      at: messages.at,
      template: messages.template,
      tier: messages.tier,
      rules: messages.rules,
      ruleSet: messages.ruleSet,
      personId: messages.personId,
      reviewedBy: messages.reviewedBy,
      licensed: messages.licensed,
      media: messages.media,
      outboxId: outbox.id,
      status: outbox.status,
      why: outbox.why,
      code: outbox.code,
      nextAt: outbox.nextAt,
    })
    .from(messages)
    .leftJoin(outbox, eq(outbox.messageId, messages.id))
    .where(eq(messages.subjectId, $.subjectId))
    .orderBy(desc(messages.at), desc(messages.madeAt))
    .limit($.limit)
    .offset($.offset),
);
export type ThreadRow = Awaited<ReturnType<typeof thread.map>>;

/** What a member wrote since a moment (ISO), in the order of the provider's clock. */
export const writtenSince = query<{ subjectId: string; since: string }>()((db, $) =>
  db
    .select({ id: messages.id, subjectId: messages.subjectId, body: messages.body, at: messages.at })
    .from(messages)
    .where(
      and(
        eq(messages.subjectId, $.subjectId),
        eq(messages.direction, "in"),
        sql`${messages.at} >= ${$.since}::timestamptz`,
      ),
    )
    .orderBy(asc(messages.at)),
);

export interface InboxAsked {
  readonly waiting: boolean;
  /** At least this urgent. */
  readonly risk: string;
  /** "mine", "nobody" (a person is asked for, and none has it), "bot", or "" for all. */
  readonly whose: string;
  readonly personId: string;
  readonly isFound: boolean;
  readonly found: string[];
}
const rank = (tier: unknown) =>
  sql`array_position(array[${sql.raw(tiers.map((one) => `'${one}'`).join(","))}]::text[], ${tier})`;
const fits = ($: Record<keyof InboxAsked, unknown>) =>
  and(
    sql`${conversations.status} <> 'closed'`,
    sql`(not ${$.waiting}::boolean or ${conversations.waitingSince} is not null)`,
    sql`${rank(conversations.tier)} >= ${rank(sql`${$.risk}::text`)}`,
    sql`case ${$.whose}::text when 'mine' then ${conversations.ownerId} = nullif(${$.personId}::text, '')::uuid
      when 'nobody' then ${conversations.ownerId} is null and ${conversations.status} <> 'bot-active'
      when 'bot' then ${conversations.status} = 'bot-active' else true end`,
    sql`(not ${$.isFound}::boolean or ${conversations.subjectId} = any(${$.found}::uuid[]))`,
  );
export const inboxCount = query<InboxAsked>()((db, $) =>
  db.select({ total: count() }).from(conversations).where(fits($)),
);
/** Whose conversations there are: to look for one by name. */
export const inboxSubjects = query()((db) =>
  db
    .select({ id: conversations.id, subjectId: conversations.subjectId, subject: subjects.id, code: subjects.code })
    .from(conversations)
    .innerJoin(subjects, eq(subjects.id, conversations.subjectId))
    .where(sql`${conversations.status} <> 'closed'`)
    .limit(20_000),
);
/** Those who wait, the most urgent first and then the longest; then everybody else by what was last said. */
export const inboxRows = query<InboxAsked & { offset: number; limit: number }>()((db, $) =>
  db
    .select({ ...conversation, subject: subjects.id, code: subjects.code })
    .from(conversations)
    .innerJoin(subjects, eq(subjects.id, conversations.subjectId))
    .where(fits($))
    .orderBy(
      sql`(${conversations.waitingSince} is null)`,
      sql`case when ${conversations.waitingSince} is not null then ${rank(conversations.tier)} end desc nulls last`,
      asc(conversations.waitingSince),
      sql`${conversations.lastInAt} desc nulls last`,
      asc(subjects.code),
    )
    .limit($.limit)
    .offset($.offset),
);
/** The last thing said with each of these. */
export const lastMessages = (subjectIds: readonly string[]) =>
  dynamic((db) =>
    db
      .selectDistinctOn([messages.subjectId], {
        id: messages.id,
        subjectId: messages.subjectId,
        direction: messages.direction,
        body: messages.body,
        at: messages.at,
      })
      .from(messages)
      .where(sql`${messages.subjectId} = any(${`{${subjectIds.join(",")}}`}::uuid[])`)
      .orderBy(messages.subjectId, desc(messages.at)),
  );

/** Conversations with a person that have been idle for so many hours. */
export const idleSince = query<{ before: string }>()((db, $) =>
  db
    .select(conversation)
    .from(conversations)
    .where(and(eq(conversations.status, "human-active"), sql`${conversations.humanAt} < ${$.before}::timestamptz`))
    .limit(100),
);
