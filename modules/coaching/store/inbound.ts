/** What came in, as a provider brought it, and how far it has been taken up. */
import { query } from "@core/db/query.ts";
import { clock } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, eq, sql } from "drizzle-orm";
import { inbound, type RawText } from "../tables.ts";

/** No row when the same was brought before. */
export const receive = query<{
  id: string;
  provider: "aws" | "twilio" | "phone";
  providerId: string;
  toPhone: string;
  fromTag: Uint8Array | null;
  raw: Sealed<RawText> | null;
  media: number;
  handledByProvider: "stop" | "start" | "help" | null;
  sentAt: Date;
  stage: "received" | "ignored";
  why: string | null;
}>()((db, $) =>
  db
    .insert(inbound)
    .values({
      id: $.id,
      provider: $.provider,
      providerId: $.providerId,
      toPhone: $.toPhone,
      fromTag: $.fromTag,
      raw: $.raw,
      media: $.media,
      handledByProvider: $.handledByProvider,
      sentAt: $.sentAt,
      stage: $.stage,
      why: $.why,
    })
    .onConflictDoNothing()
    .returning({ id: inbound.id }),
);

/** Locked for this transaction: whoever comes second finds it done. */
export const inboundById = query<{ id: string }>()((db, $) =>
  db
    .select({
      id: inbound.id,
      provider: inbound.provider,
      raw: inbound.raw,
      fromTag: inbound.fromTag,
      media: inbound.media,
      handledByProvider: inbound.handledByProvider,
      sentAt: inbound.sentAt,
      stage: inbound.stage,
      madeAt: inbound.madeAt,
    })
    .from(inbound)
    .where(eq(inbound.id, $.id))
    .for("update"),
);

/** Everything was done in one transaction; each stage keeps its own moment. */
export const routed = query<{
  id: string;
  subjectId: string;
  matchedAt: string;
  classifiedAt: string;
  observedAt: string;
}>()((db, $) =>
  db
    .update(inbound)
    .set({
      stage: "routed",
      raw: null,
      subjectId: sql`${$.subjectId}::uuid`,
      matchedAt: sql`${$.matchedAt}::timestamptz`,
      classifiedAt: sql`${$.classifiedAt}::timestamptz`,
      observedAt: sql`${$.observedAt}::timestamptz`,
      routedAt: clock(),
    })
    .where(eq(inbound.id, $.id))
    .returning({ id: inbound.id, subjectId: inbound.subjectId }),
);
export const ignored = query<{ id: string; why: string }>()((db, $) =>
  db
    .update(inbound)
    .set({ stage: "ignored", raw: null, why: sql`${$.why}`, routedAt: clock() })
    .where(eq(inbound.id, $.id))
    .returning({ id: inbound.id }),
);

/** How often a number that no member has was answered in the last day. */
export const strangerAnswers = query<{ fromTag: Uint8Array }>()((db, $) =>
  db
    .select({ answers: count() })
    .from(inbound)
    .where(
      and(
        eq(inbound.fromTag, sql`${$.fromTag}::bytea`),
        eq(inbound.why, "stranger-answered"),
        sql`${inbound.madeAt} > clock_timestamp() - interval '1 day'`,
      ),
    ),
);

/** Left lying: the process that took them in died, and the queue's copy too. */
export const leftLying = query()((db) =>
  db
    .select({ id: inbound.id })
    .from(inbound)
    .where(
      and(
        sql`${inbound.stage} not in ('routed', 'ignored')`,
        sql`${inbound.madeAt} < clock_timestamp() - interval '20 seconds'`,
      ),
    )
    .orderBy(asc(inbound.madeAt))
    .limit(200),
);
