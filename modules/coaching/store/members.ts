/** Members, their consent ledger, the service's numbers. Names and telephones are the kernel's. */
import { heldBy } from "@core/access/holding.ts";
import { query } from "@core/db/query.ts";
import { assignments, clock, grants, identities, persons, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, gt, isNull, or, sql } from "drizzle-orm";
import type { ConsentEventKind, ConsentSource } from "../consent.ts";
import type { Locale } from "../reading-grade.ts";
import { consentEvents, conversations, disclosures, members, numbers } from "../tables.ts";

const member = {
  id: members.id,
  subjectId: members.subjectId,
  subject: subjects.id,
  code: subjects.code,
  leftAt: subjects.leftAt,
  locale: members.locale,
  zone: members.zone,
  unit: members.unit,
  type1: members.type1,
  pump: members.pump,
  pregnant: members.pregnant,
  windowFrom: members.windowFrom,
  windowUntil: members.windowUntil,
  replies: members.replies,
};

const coachesNow = and(
  eq(assignments.kind, "coach"),
  isNull(assignments.endedAt),
  or(isNull(assignments.toAt), gt(assignments.toAt, sql`clock_timestamp()`)),
);

export const memberById = query<{ subjectId: string }>()((db, $) =>
  db
    .select(member)
    .from(members)
    .innerJoin(subjects, eq(members.subjectId, subjects.id))
    .where(eq(members.subjectId, $.subjectId)),
);
export type MemberRow = Awaited<ReturnType<typeof memberById.map>>;

/** All whom the reader reaches, to look for one by a part of the name or the code. */
export const allMembers = query()((db) =>
  db
    .select({ id: members.id, subjectId: members.subjectId, subject: subjects.id, code: subjects.code })
    .from(members)
    .innerJoin(subjects, eq(members.subjectId, subjects.id))
    .where(isNull(subjects.leftAt))
    .orderBy(asc(subjects.code)),
);
/** Of everybody who ever took part. */
export const membersInReport = query()((db) =>
  db.select({ id: members.id, subjectId: members.subjectId }).from(members),
);

export const memberOrders = ["code", "heard", "waiting"] as const;
export interface MembersAsked {
  readonly isFound: boolean;
  readonly found: string[];
  /** Whose members: a coach's id, "nobody" (no coach), or "" for all. */
  readonly coach: string;
  /** One of `memberOrders`, with "-" before it for the other way round. */
  readonly order: string;
}
const asked = ($: Record<keyof MembersAsked, unknown>) =>
  and(
    isNull(subjects.leftAt),
    sql`(not ${$.isFound}::boolean or ${members.subjectId} = any(${$.found}::uuid[]))`,
    sql`case ${$.coach}::text when '' then true when 'nobody' then ${members.subjectId} not in (select ${assignments.subjectId} from ${assignments} where ${coachesNow})
      else ${members.subjectId} in (select ${assignments.subjectId} from ${assignments} where ${coachesNow} and ${assignments.personId}::text = ${$.coach}::text) end`,
  );
/** A part of the list. Nobody heard, and nobody waiting, come last in either direction. */
export const membersFrom = query<MembersAsked & { from: number; most: number }>()((db, $) =>
  db
    .select({
      ...member,
      conversationId: conversations.id,
      status: conversations.status,
      lastInAt: conversations.lastInAt,
      waitingSince: conversations.waitingSince,
      tier: conversations.tier,
    })
    .from(members)
    .innerJoin(subjects, eq(members.subjectId, subjects.id))
    .innerJoin(conversations, eq(conversations.subjectId, members.subjectId))
    .where(asked($))
    .orderBy(
      sql`case when ${$.order}::text = 'heard' then ${conversations.lastInAt} end asc nulls last`,
      sql`case when ${$.order}::text = '-heard' then ${conversations.lastInAt} end desc nulls last`,
      sql`case when ${$.order}::text = 'waiting' then ${conversations.waitingSince} end asc nulls last`,
      sql`case when ${$.order}::text = '-waiting' then ${conversations.waitingSince} end desc nulls last`,
      sql`case when ${$.order}::text = '-code' then ${subjects.code} end desc`,
      asc(subjects.code),
    )
    .limit($.most)
    .offset($.from),
);
export const countMembers = query<MembersAsked>()((db, $) =>
  db.select({ total: count() }).from(members).innerJoin(subjects, eq(members.subjectId, subjects.id)).where(asked($)),
);
/** The ledgers of these. */
export const consentsOf = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({
      id: consentEvents.id,
      subjectId: consentEvents.subjectId,
      kind: consentEvents.kind,
      at: consentEvents.at,
      source: consentEvents.source,
      textSha256: consentEvents.textSha256,
    })
    .from(consentEvents)
    .where(sql`${consentEvents.subjectId} = any(${$.subjectIds}::uuid[])`)
    .orderBy(asc(consentEvents.at), asc(consentEvents.madeAt)),
);

/** Who is in this service, at most so many as a reply can be compared with in good time. */
export const membersHere = query()((db) =>
  db.select({ id: members.id, subjectId: members.subjectId }).from(members).limit(20_000),
);

export const addMember = query<{
  subjectId: string;
  locale: Locale;
  zone: string;
  unit: "mg/dL" | "mmol/L" | null;
  type1: boolean;
  pump: boolean;
  pregnant: boolean;
}>()((db, $) =>
  db
    .insert(members)
    .values({
      subjectId: $.subjectId,
      locale: $.locale,
      zone: $.zone,
      unit: $.unit,
      type1: $.type1,
      pump: $.pump,
      pregnant: $.pregnant,
    })
    .returning({ id: members.id, subjectId: members.subjectId }),
);

export const changeMember = query<{
  subjectId: string;
  locale: Locale;
  zone: string;
  unit: "mg/dL" | "mmol/L" | null;
  type1: boolean;
  pump: boolean;
  pregnant: boolean;
  windowFrom: string;
  windowUntil: string;
  replies: "off" | "draft" | "auto";
}>()((db, $) =>
  db
    .update(members)
    .set({
      locale: sql`${$.locale}`,
      zone: sql`${$.zone}`,
      unit: sql`${$.unit}`,
      type1: sql`${$.type1}::boolean`,
      pump: sql`${$.pump}::boolean`,
      pregnant: sql`${$.pregnant}::boolean`,
      windowFrom: sql`${$.windowFrom}`,
      windowUntil: sql`${$.windowUntil}`,
      replies: sql`${$.replies}`,
    })
    .where(eq(members.subjectId, $.subjectId))
    .returning({ id: members.id, subjectId: members.subjectId }),
);

export const beginConversation = query<{ subjectId: string }>()((db, $) =>
  db
    .insert(conversations)
    .values({ subjectId: $.subjectId })
    .returning({ id: conversations.id, subjectId: conversations.subjectId }),
);

export const consentOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: consentEvents.id,
      subjectId: consentEvents.subjectId,
      kind: consentEvents.kind,
      at: consentEvents.at,
      source: consentEvents.source,
      textSha256: consentEvents.textSha256,
      words: consentEvents.words,
      madeBy: consentEvents.madeBy,
    })
    .from(consentEvents)
    .where(eq(consentEvents.subjectId, $.subjectId))
    .orderBy(asc(consentEvents.at), asc(consentEvents.madeAt)),
);
export type ConsentRow = Awaited<ReturnType<typeof consentOf.map>>;

/** Whose ledgers tell the same story, word for word: a standing follows from the story. */
export const stories = query()((db) => {
  const one = db
    .select({
      subjectId: consentEvents.subjectId,
      story:
        sql<string>`string_agg(${consentEvents.kind}, ' ' order by ${consentEvents.at}, ${consentEvents.madeAt})`.as(
          "story",
        ),
    })
    .from(consentEvents)
    .groupBy(consentEvents.subjectId)
    .as("one");
  return db
    .select({ story: one.story, subjects: sql<string[]>`array_agg(${one.subjectId}::text)`.as("subjects") })
    .from(one)
    .groupBy(one.story);
});

export const addConsent = query<{
  id: string;
  subjectId: string;
  kind: ConsentEventKind;
  at: Date;
  source: ConsentSource;
  textSha256: string | null;
  words: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(consentEvents)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      kind: $.kind,
      at: $.at,
      source: $.source,
      textSha256: $.textSha256,
      words: $.words,
    })
    .returning({ id: consentEvents.id, subjectId: consentEvents.subjectId }),
);

export const keepDisclosure = query<{ sha256: string; locale: Locale; body: string }>()((db, $) =>
  db
    .insert(disclosures)
    .values({ sha256: $.sha256, locale: $.locale, body: $.body })
    .onConflictDoNothing()
    .returning({ id: disclosures.id }),
);
export const allDisclosures = query()((db) =>
  db.select({ id: disclosures.id, sha256: disclosures.sha256, body: disclosures.body }).from(disclosures),
);

/** The number texts go out from: the newest that stands. */
export const standingNumbers = query()((db) =>
  db
    .select({
      id: numbers.id,
      phone: numbers.phone,
      kind: numbers.kind,
      registeredAs: numbers.registeredAs,
      madeAt: numbers.madeAt,
    })
    .from(numbers)
    .where(isNull(numbers.endedAt))
    .orderBy(desc(numbers.madeAt)),
);
export const addNumber = query<{ phone: string; kind: "toll-free" | "local" | "short"; registeredAs: string | null }>()(
  (db, $) =>
    db
      .insert(numbers)
      .values({ phone: $.phone, kind: $.kind, registeredAs: $.registeredAs })
      .returning({ id: numbers.id }),
);
export const endNumber = query<{ id: string }>()((db, $) =>
  db
    .update(numbers)
    .set({ endedAt: clock() })
    .where(and(eq(numbers.id, $.id), isNull(numbers.endedAt)))
    .returning({ id: numbers.id, phone: numbers.phone }),
);

export const telephoneOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ subjectId: identities.subjectId, phone: identities.phone })
    .from(identities)
    .where(eq(identities.subjectId, $.subjectId)),
);
export const telephonesOf = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({ subjectId: identities.subjectId, phone: identities.phone })
    .from(identities)
    .where(sql`${identities.subjectId} = any(${$.subjectIds}::uuid[])`),
);

/** The highest number that a code ever ended in: none is given twice. */
export const lastCodeNumber = query()((db) =>
  db
    .select({ last: sql<number>`coalesce(max(substring(${subjects.code} from '-([0-9]{1,9})$')::int), 0)`.as("last") })
    .from(subjects),
);

/** Who coaches whom, now. */
export const coachings = query()((db) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(coachesNow),
);
export const coachingsOfAll = query<{ subjectIds: string[] }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(and(coachesNow, sql`${assignments.subjectId} = any(${$.subjectIds}::uuid[])`)),
);
/** Everybody who coaches somebody. */
export const coachesHere = query()((db) =>
  db.selectDistinct({ personId: assignments.personId }).from(assignments).where(coachesNow),
);
export const coachingsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: assignments.id, subjectId: assignments.subjectId, personId: assignments.personId })
    .from(assignments)
    .where(and(eq(assignments.subjectId, $.subjectId), coachesNow)),
);

/** Everyone with a standing role in this service: one row a role. */
export const colleagues = query()((db) =>
  db
    .select({
      id: persons.id,
      name: persons.name,
      email: persons.email,
      grantId: grants.id,
      role: grants.role,
      held: heldBy(grants.role),
    })
    .from(grants)
    .innerJoin(persons, eq(grants.personId, persons.id))
    .where(
      and(
        eq(grants.workspaceId, sql`core.workspace()`),
        eq(persons.status, "active"),
        isNull(grants.revokedAt),
        or(isNull(grants.toAt), gt(grants.toAt, sql`clock_timestamp()`)),
      ),
    )
    .orderBy(asc(persons.name)),
);

/** Those who see colleagues but no grants: names only. */
export const peopleHere = query()((db) =>
  db
    .select({ id: persons.id, name: persons.name, email: persons.email })
    .from(persons)
    .where(eq(persons.status, "active"))
    .orderBy(asc(persons.name)),
);
