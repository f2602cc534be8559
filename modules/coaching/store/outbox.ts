/** Texts on their way: queued, claimed, sent outside of any transaction, settled; and what reports say of them later. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from "drizzle-orm";
import type { DeliveryStatus } from "../delivery.ts";
import {
  consentEvents,
  conversations,
  members,
  messages,
  outbox,
  type Purpose,
  receipts,
  type StrangeText,
} from "../tables.ts";

/** No row when this cause has its text already. */
export const queueText = query<{
  id: string;
  subjectId: string | null;
  messageId: string | null;
  cause: string;
  purpose: Purpose;
  speaker: "bot" | "safety" | "compliance" | "human";
  epoch: number | null;
  personId: string | null;
  strange: Sealed<StrangeText> | null;
  nextAt: Date;
  untilAt: Date;
}>()((db, $) =>
  db
    .insert(outbox)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      messageId: $.messageId,
      cause: $.cause,
      purpose: $.purpose,
      speaker: $.speaker,
      epoch: $.epoch,
      personId: $.personId,
      strange: $.strange,
      nextAt: $.nextAt,
      untilAt: $.untilAt,
    })
    .onConflictDoNothing()
    .returning({ id: outbox.id, subjectId: outbox.subjectId }),
);
export const textOfCause = query<{ cause: string }>()((db, $) =>
  db
    .select({ id: outbox.id, subjectId: outbox.subjectId, status: outbox.status })
    .from(outbox)
    .where(eq(outbox.cause, $.cause)),
);

/** What is due and nobody has: locked, so that no other process claims the same. Safety first. */
export const dueTexts = query<{ limit: number }>()((db, $) =>
  db
    .select({
      id: outbox.id,
      subjectId: outbox.subjectId,
      messageId: outbox.messageId,
      purpose: outbox.purpose,
      speaker: outbox.speaker,
      epoch: outbox.epoch,
      personId: outbox.personId,
      strange: outbox.strange,
      tries: outbox.tries,
      status: outbox.status,
      madeAt: outbox.madeAt,
      untilAt: outbox.untilAt,
    })
    .from(outbox)
    .where(and(inArray(outbox.status, ["queued", "held"]), sql`${outbox.nextAt} <= clock_timestamp()`))
    .orderBy(sql`(${outbox.purpose} not in ('safety', 'page'))`, asc(outbox.nextAt))
    .limit($.limit)
    .for("update", { skipLocked: true }),
);
export type DueText = Awaited<ReturnType<typeof dueTexts.map>>;

/** Everything a decision to send asks, in one look: whose, who speaks now, the words. */
export const groundOf = query<{ outboxIds: string[] }>()((db, $) =>
  db
    .select({
      id: outbox.id,
      subjectId: outbox.subjectId,
      memberId: members.id,
      zone: members.zone,
      windowFrom: members.windowFrom,
      windowUntil: members.windowUntil,
      conversationId: conversations.id,
      status: conversations.status,
      ownerId: conversations.ownerId,
      epoch: conversations.epoch,
      humanAt: conversations.humanAt,
      lastInAt: conversations.lastInAt,
      lastOutAt: conversations.lastOutAt,
      memberSince: members.madeAt,
      messageId: messages.id,
      body: messages.body,
    })
    .from(outbox)
    .innerJoin(members, eq(members.subjectId, outbox.subjectId))
    .innerJoin(conversations, eq(conversations.subjectId, outbox.subjectId))
    .innerJoin(messages, eq(messages.id, outbox.messageId))
    .where(sql`${outbox.id} = any(${$.outboxIds}::uuid[])`),
);
export type Ground = Awaited<ReturnType<typeof groundOf.map>>;

/** The conversations of what is about to go out, held so that nobody takes one over between the look and the claim. */
export const holdConversations = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({ id: conversations.id, subjectId: conversations.subjectId, epoch: conversations.epoch })
    .from(conversations)
    .where(sql`${conversations.subjectId} = any(${$.subjectIds}::uuid[])`)
    .orderBy(asc(conversations.subjectId))
    .for("update"),
);

export const consentOfAll = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({
      id: consentEvents.id,
      subjectId: consentEvents.subjectId,
      kind: consentEvents.kind,
      at: consentEvents.at,
      source: consentEvents.source,
      textHash: consentEvents.textSha256,
    })
    .from(consentEvents)
    .where(sql`${consentEvents.subjectId} = any(${$.subjectIds}::uuid[])`)
    .orderBy(asc(consentEvents.at), asc(consentEvents.madeAt)),
);

/** What went out to these lately without a person's hand, for the caps. */
export const lately = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({ id: outbox.id, subjectId: outbox.subjectId, purpose: outbox.purpose, acceptedAt: outbox.acceptedAt })
    .from(outbox)
    .where(
      and(
        sql`${outbox.subjectId} = any(${$.subjectIds}::uuid[])`,
        sql`${outbox.speaker} = 'bot'`,
        sql`${outbox.acceptedAt} > clock_timestamp() - interval '8 days'`,
      ),
    ),
);

/** Longer than any sender takes, overslept ones included (`handOverSeconds` and the senders' own limit). */
const lease = sql`clock_timestamp() + interval '30 seconds'`;
export const leaseSeconds = 30;
/** Written before the provider is called: from here on it may have gone out. */
export const claim = query<{ ids: string[]; provider: string }>()((db, $) =>
  db
    .update(outbox)
    .set({
      status: "sending",
      tries: sql`${outbox.tries} + 1`,
      claimedAt: clock(),
      leasedUntil: lease,
      provider: sql`${$.provider}`,
      code: null,
    })
    .where(and(sql`${outbox.id} = any(${$.ids}::uuid[])`, inArray(outbox.status, ["queued", "held"])))
    .returning({ id: outbox.id, subjectId: outbox.subjectId, tries: outbox.tries }),
);

/** Moves a text that has not left. `code` is said with every way back, as the table asks. */
export const settle = query<{
  id: string;
  status: DeliveryStatus;
  why: string | null;
  code: string | null;
  nextAt: string | null;
  provider: string | null;
  providerId: string | null;
}>()((db, $) =>
  db
    .update(outbox)
    .set({
      status: sql`${$.status}`,
      why: sql`${$.why}`,
      code: sql`coalesce(${$.code}, ${outbox.code})`,
      nextAt: sql`coalesce(${$.nextAt}::timestamptz, ${outbox.nextAt})`,
      provider: sql`coalesce(${$.provider}, ${outbox.provider})`,
      providerId: sql`coalesce(${$.providerId}, ${outbox.providerId})`,
      leasedUntil: null,
      acceptedAt: sql`case when ${$.status} in ('accepted', 'sent', 'delivered') then coalesce(${outbox.acceptedAt}, clock_timestamp()) else ${outbox.acceptedAt} end`,
      settledAt: sql`case when ${$.status} in ('cancelled', 'expired', 'failed', 'undelivered', 'delivered') then clock_timestamp() else ${outbox.settledAt} end`,
      strange: sql`case when ${$.status} in ('queued', 'held', 'sending') then ${outbox.strange} end`,
    })
    .where(eq(outbox.id, $.id))
    .returning({ id: outbox.id, subjectId: outbox.subjectId, messageId: outbox.messageId, purpose: outbox.purpose }),
);

/** Of a member who left, or whose bot was silenced: nothing of it has left the house. */
export const cancelWaiting = query<{ subjectId: string; speakers: string[]; why: string }>()((db, $) =>
  db
    .update(outbox)
    .set({ status: "cancelled", why: sql`${$.why}`, settledAt: clock(), strange: null })
    .where(
      and(
        eq(outbox.subjectId, $.subjectId),
        inArray(outbox.status, ["queued", "held"]),
        sql`${outbox.speaker} = any(${$.speakers}::text[])`,
      ),
    )
    .returning({ id: outbox.id, subjectId: outbox.subjectId }),
);

const outgoing = {
  id: outbox.id,
  subjectId: outbox.subjectId,
  messageId: outbox.messageId,
  status: outbox.status,
  purpose: outbox.purpose,
  tries: outbox.tries,
  untilAt: outbox.untilAt,
  acceptedAt: outbox.acceptedAt,
  provider: outbox.provider,
  providerId: outbox.providerId,
};
export const outboxById = query<{ id: string }>()((db, $) =>
  db.select(outgoing).from(outbox).where(eq(outbox.id, $.id)).for("update"),
);
export const outboxByProvider = query<{ provider: string; providerId: string }>()((db, $) =>
  db
    .select(outgoing)
    .from(outbox)
    .where(and(eq(outbox.provider, $.provider), eq(outbox.providerId, $.providerId)))
    .for("update"),
);
/** Claimed, and the process that called the provider never came back. */
export const overdueClaims = query()((db) =>
  db
    .select({ ...outgoing, strange: outbox.strange, claimedAt: outbox.claimedAt })
    .from(outbox)
    .where(and(eq(outbox.status, "sending"), sql`${outbox.leasedUntil} < clock_timestamp()`))
    .orderBy(sql`(${outbox.purpose} not in ('safety', 'page'))`, asc(outbox.claimedAt))
    .limit(100)
    .for("update", { skipLocked: true }),
);
export type OverdueClaim = Awaited<ReturnType<typeof overdueClaims.map>>;
/** Somebody is asking after these now. */
export const renewClaims = query<{ ids: string[] }>()((db, $) =>
  db
    .update(outbox)
    .set({ leasedUntil: lease })
    .where(and(sql`${outbox.id} = any(${$.ids}::uuid[])`, eq(outbox.status, "sending")))
    .returning({ id: outbox.id, subjectId: outbox.subjectId }),
);
/** What the provider calls the texts of the last hours, to these members and to numbers that no member has. */
export const knownTexts = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({ id: outbox.id, subjectId: outbox.subjectId, providerId: outbox.providerId })
    .from(outbox)
    .where(
      and(
        sql`(${outbox.subjectId} is null or ${outbox.subjectId} = any(${$.subjectIds}::uuid[]))`,
        isNotNull(outbox.providerId),
        sql`${outbox.claimedAt} > clock_timestamp() - interval '1 day'`,
      ),
    ),
);
/** The words of texts whose answer was lost. */
export const wordsOfTexts = query<{ messageIds: string[] }>()((db, $) =>
  db
    .select({ id: messages.id, subjectId: messages.subjectId, body: messages.body })
    .from(messages)
    .where(sql`${messages.id} = any(${$.messageIds}::uuid[])`),
);
/** Accepted long ago, and no report ever came. */
export const withoutReport = query<{ before: string }>()((db, $) =>
  db
    .select(outgoing)
    .from(outbox)
    .where(and(inArray(outbox.status, ["accepted", "sent"]), sql`${outbox.acceptedAt} < ${$.before}::timestamptz`))
    .limit(200),
);
/** Something to send, or to ask after. */
export const anythingDue = query()((db) =>
  db
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      or(
        and(inArray(outbox.status, ["queued", "held"]), sql`${outbox.nextAt} <= clock_timestamp()`),
        and(eq(outbox.status, "sending"), sql`${outbox.leasedUntil} < clock_timestamp()`),
      ),
    )
    .limit(1),
);

/** No row: this very report was here before. */
export const keepReceipt = query<{
  provider: "aws" | "twilio" | "phone";
  providerId: string;
  outboxId: string | null;
  status: string;
  reason: string | null;
  code: string;
  at: Date | null;
}>()((db, $) =>
  db
    .insert(receipts)
    .values({
      provider: $.provider,
      providerId: $.providerId,
      outboxId: $.outboxId,
      status: $.status,
      reason: $.reason,
      code: $.code,
      at: $.at,
    })
    .onConflictDoNothing()
    .returning({ id: receipts.id }),
);
/** Reports that came before we knew which text they are about. */
export const earlyReceipts = query<{ provider: string; providerId: string }>()((db, $) =>
  db
    .select({ id: receipts.id, status: receipts.status, reason: receipts.reason, code: receipts.code })
    .from(receipts)
    .where(
      and(eq(receipts.provider, sql`${$.provider}`), eq(receipts.providerId, $.providerId), isNull(receipts.outboxId)),
    ),
);
export const joinReceipts = query<{ provider: string; providerId: string; outboxId: string }>()((db, $) =>
  db
    .update(receipts)
    .set({ outboxId: sql`${$.outboxId}::uuid` })
    .where(
      and(eq(receipts.provider, sql`${$.provider}`), eq(receipts.providerId, $.providerId), isNull(receipts.outboxId)),
    )
    .returning({ id: receipts.id }),
);
