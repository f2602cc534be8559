/** Surveys: how participants are asked, what was sent, what came of it. */
import { dynamic, query } from "@core/db/query.ts";
import { clock, identities, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, gt, inArray, isNull, sql } from "drizzle-orm";
import { participants, surveyContacts, surveyMessages, surveys } from "../tables.ts";

const contact = {
  id: surveyContacts.id,
  subjectId: surveyContacts.subjectId,
  channel: surveyContacts.channel,
  language: surveyContacts.language,
  optedOutAt: surveyContacts.optedOutAt,
  optedOutBy: surveyContacts.optedOutBy,
};
export const contactOf = query<{ subjectId: string }>()((db, $) =>
  db.select(contact).from(surveyContacts).where(eq(surveyContacts.subjectId, $.subjectId)),
);
export type ContactRow = Awaited<ReturnType<typeof contactOf.map>>;

export const setContact = query<{
  subjectId: string;
  siteId: string | null;
  channel: string;
  language: string;
  optedOut: boolean;
}>()((db, $) =>
  db
    .insert(surveyContacts)
    .values({ subjectId: $.subjectId, siteId: $.siteId, channel: $.channel as never, language: $.language })
    .onConflictDoUpdate({
      target: [surveyContacts.tenantId, surveyContacts.workspaceId, surveyContacts.subjectId],
      set: {
        channel: sql`excluded.channel`,
        language: sql`excluded.language`,
        optedOutAt: sql`case when ${$.optedOut}::boolean then coalesce(${surveyContacts.optedOutAt}, clock_timestamp()) end`,
        optedOutBy: sql`case when ${$.optedOut}::boolean then coalesce(${surveyContacts.optedOutBy}, 'the study team') end`,
        changedAt: clock(),
      },
    })
    .returning({ id: surveyContacts.id, subjectId: surveyContacts.subjectId }),
);

export const setLanguage = query<{ subjectId: string; language: string }>()((db, $) =>
  db
    .update(surveyContacts)
    .set({ language: sql`${$.language}`, changedAt: clock() })
    .where(eq(surveyContacts.subjectId, $.subjectId))
    .returning({ id: surveyContacts.id, subjectId: surveyContacts.subjectId }),
);

export const optOut = query<{ subjectId: string }>()((db, $) =>
  db
    .update(surveyContacts)
    .set({ optedOutAt: clock(), optedOutBy: "the participant", changedAt: clock() })
    .where(and(eq(surveyContacts.subjectId, $.subjectId), isNull(surveyContacts.optedOutAt)))
    .returning({ id: surveyContacts.id, subjectId: surveyContacts.subjectId }),
);

/** Only what the participant said takes back what the participant said. */
export const optIn = query<{ subjectId: string }>()((db, $) =>
  db
    .update(surveyContacts)
    .set({ optedOutAt: null, optedOutBy: null, changedAt: clock() })
    .where(and(eq(surveyContacts.subjectId, $.subjectId), eq(surveyContacts.optedOutBy, "the participant")))
    .returning({ id: surveyContacts.id, subjectId: surveyContacts.subjectId }),
);

/** Where messages go. Opened by jobs that send, and by who may see who it is. */
export const addressesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ subjectId: identities.subjectId, email: identities.email, phone: identities.phone })
    .from(identities)
    .where(eq(identities.subjectId, $.subjectId)),
);

/** Everybody in reach who takes part, with how he is asked. */
export const everybodyAsked = query()((db) =>
  db
    .select({
      id: participants.id,
      subjectId: participants.subjectId,
      code: subjects.code,
      siteId: sql<string | null>`coalesce(${subjects.siteId}, ${participants.siteId})`,
      enrolledOn: participants.enrolledOn,
      arm: participants.arm,
      status: participants.status,
      channel: surveyContacts.channel,
      optedOutAt: surveyContacts.optedOutAt,
    })
    .from(participants)
    .innerJoin(subjects, eq(participants.subjectId, subjects.id))
    .leftJoin(surveyContacts, eq(surveyContacts.subjectId, participants.subjectId))
    .where(isNull(subjects.leftAt))
    .orderBy(asc(subjects.code)),
);
export type AskedRow = Awaited<ReturnType<typeof everybodyAsked.map>>;

const one = {
  id: surveys.id,
  subjectId: surveys.subjectId,
  siteId: surveys.siteId,
  event: surveys.event,
  eventKey: surveys.eventKey,
  form: surveys.form,
  formKey: surveys.formKey,
  versionId: surveys.versionId,
  dueOn: surveys.dueOn,
  closesOn: surveys.closesOn,
  sends: surveys.sends,
  sentAt: surveys.sentAt,
  openedAt: surveys.openedAt,
  tries: surveys.tries,
  shutUntil: surveys.shutUntil,
  linkId: surveys.linkId,
  answeredAt: surveys.answeredAt,
  withdrawnAt: surveys.withdrawnAt,
  withdrawnReason: surveys.withdrawnReason,
};
export const surveyById = query<{ id: string }>()((db, $) => db.select(one).from(surveys).where(eq(surveys.id, $.id)));
export type SurveyRow = Awaited<ReturnType<typeof surveyById.map>>;

/** With its code, sealed: for the participant's own pages and the message that holds it. */
export const codeOf = query<{ id: string }>()((db, $) =>
  db
    .select({ id: surveys.id, subjectId: surveys.subjectId, code: surveys.code })
    .from(surveys)
    .where(eq(surveys.id, $.id)),
);

export const surveysOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(one)
    .from(surveys)
    .where(eq(surveys.subjectId, $.subjectId))
    .orderBy(desc(surveys.dueOn), asc(surveys.form)),
);
export const surveysByIds = query<{ ids: string }>()((db, $) =>
  db
    .select(one)
    .from(surveys)
    .where(sql`${surveys.id} = any (array(select one::uuid from jsonb_array_elements_text(${$.ids}::jsonb) one))`),
);

/** What tells how a survey stands: id, event, eventKey, form, formKey, versionId, dueOn, closesOn, and was it begun, answered, withdrawn. */
export type Tally = readonly [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  boolean,
  boolean,
  boolean,
];
/** For counting and choosing, a row a participant: the ones that are shown are read by their ids. */
export const surveysTallied = query()((db) =>
  db
    .select({
      subjectId: surveys.subjectId,
      told: sql<
        readonly Tally[]
      >`jsonb_agg(jsonb_build_array(${surveys.id}, ${surveys.event}, ${surveys.eventKey}, ${surveys.form}, ${surveys.formKey}, ${surveys.versionId}, ${surveys.dueOn}, ${surveys.closesOn}, ${surveys.openedAt} is not null, ${surveys.answeredAt} is not null, ${surveys.withdrawnAt} is not null))`,
    })
    .from(surveys)
    .groupBy(surveys.subjectId),
);
export const allSurveys = query()((db) => db.select(one).from(surveys).orderBy(desc(surveys.madeAt)));

export const addSurvey = query<{
  id: string;
  subjectId: string;
  siteId: string | null;
  event: string;
  eventKey: string;
  form: string;
  formKey: string;
  versionId: string;
  dueOn: string;
  closesOn: string;
}>()((db, $) =>
  db
    .insert(surveys)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      siteId: $.siteId,
      event: $.event,
      eventKey: $.eventKey,
      form: $.form,
      formKey: $.formKey,
      versionId: $.versionId,
      dueOn: $.dueOn,
      closesOn: $.closesOn,
    })
    .onConflictDoNothing()
    .returning({ id: surveys.id, subjectId: surveys.subjectId }),
);

const returned = { id: surveys.id, subjectId: surveys.subjectId };
export const noteSent = query<{ id: string }>()((db, $) =>
  db
    .update(surveys)
    .set({ sends: sql`${surveys.sends} + 1`, sentAt: clock() })
    .where(eq(surveys.id, $.id))
    .returning(returned),
);
export const prolong = query<{ id: string; closesOn: string }>()((db, $) =>
  db
    .update(surveys)
    .set({ closesOn: sql`${$.closesOn}::date` })
    .where(eq(surveys.id, $.id))
    .returning(returned),
);
export const begin = query<{ id: string; linkId: string; code: Sealed<string> }>()((db, $) =>
  db
    .update(surveys)
    .set({ linkId: sql`${$.linkId}::uuid`, openedAt: clock(), code: sql`${sql.param($.code, surveys.code)}` })
    .where(and(eq(surveys.id, $.id), isNull(surveys.openedAt)))
    .returning(returned),
);
export const goOn = query<{ id: string; linkId: string | null; tries: number; shutUntil: string | null }>()((db, $) =>
  db
    .update(surveys)
    .set({
      linkId: sql`${$.linkId}::uuid`,
      tries: sql`${$.tries}::int`,
      shutUntil: sql`${$.shutUntil}::timestamptz`,
    })
    .where(eq(surveys.id, $.id))
    .returning(returned),
);
export const noteAnswered = query<{ id: string }>()((db, $) =>
  db.update(surveys).set({ answeredAt: clock() }).where(eq(surveys.id, $.id)).returning(returned),
);
export const withdraw = query<{ id: string; actor: string | null; reason: string }>()((db, $) =>
  db
    .update(surveys)
    .set({ withdrawnAt: clock(), withdrawnBy: sql`${$.actor}::uuid`, withdrawnReason: sql`${$.reason}` })
    .where(eq(surveys.id, $.id))
    .returning(returned),
);

const message = {
  id: surveyMessages.id,
  subjectId: surveyMessages.subjectId,
  surveyId: surveyMessages.surveyId,
  kind: surveyMessages.kind,
  channel: surveyMessages.channel,
  state: surveyMessages.state,
  problem: surveyMessages.problem,
  madeAt: surveyMessages.madeAt,
  madeBy: surveyMessages.madeBy,
  changedAt: surveyMessages.changedAt,
};
export const messagesTo = query<{ subjectId: string }>()((db, $) =>
  db
    .select(message)
    .from(surveyMessages)
    .where(eq(surveyMessages.subjectId, $.subjectId))
    .orderBy(desc(surveyMessages.madeAt)),
);
/** The newest word about each survey, for the list. */
export const failedMessages = query()((db) =>
  db
    .select(message)
    .from(surveyMessages)
    .where(eq(surveyMessages.state, "failed"))
    .orderBy(desc(surveyMessages.madeAt)),
);
export const codesSince = query<{ surveyId: string; since: string }>()((db, $) =>
  db
    .select(message)
    .from(surveyMessages)
    .where(
      and(
        eq(surveyMessages.surveyId, $.surveyId),
        eq(surveyMessages.kind, "code"),
        gt(surveyMessages.madeAt, sql`${$.since}::timestamptz`),
      ),
    ),
);
export const toldSince = query<{ subjectId: string; kind: string; since: string }>()((db, $) =>
  db
    .select(message)
    .from(surveyMessages)
    .where(
      and(
        eq(surveyMessages.subjectId, $.subjectId),
        eq(surveyMessages.kind, $.kind as never),
        gt(surveyMessages.madeAt, sql`${$.since}::timestamptz`),
      ),
    ),
);
/** What was to go out by text, and does not any more. */
export const unsayTexts = query<{ subjectId: string; problem: string }>()((db, $) =>
  db
    .update(surveyMessages)
    .set({ state: "failed", problem: sql`${$.problem}`, changedAt: clock() })
    .where(
      and(
        eq(surveyMessages.subjectId, $.subjectId),
        eq(surveyMessages.state, "queued"),
        eq(surveyMessages.channel, "text"),
      ),
    )
    .returning({ id: surveyMessages.id, subjectId: surveyMessages.subjectId }),
);
export const addMessage = query<{
  id: string;
  subjectId: string;
  surveyId: string | null;
  kind: string;
  channel: string;
}>()((db, $) =>
  db
    .insert(surveyMessages)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      surveyId: $.surveyId,
      kind: $.kind as never,
      channel: $.channel as never,
    })
    .returning({ id: surveyMessages.id, subjectId: surveyMessages.subjectId }),
);
export const queuedMessages = (channel: "email" | "text", limit: number) =>
  dynamic((db) =>
    db
      .select(message)
      .from(surveyMessages)
      .where(and(eq(surveyMessages.state, "queued"), eq(surveyMessages.channel, channel)))
      .orderBy(asc(surveyMessages.madeAt))
      .limit(limit)
      .for("update", { skipLocked: true }),
  );
export type MessageRow = Awaited<ReturnType<typeof messagesTo.map>>;
export const setMessage = query<{ id: string; state: string; problem: string }>()((db, $) =>
  db
    .update(surveyMessages)
    .set({ state: sql`${$.state}`, problem: sql`${$.problem}`, changedAt: clock() })
    .where(eq(surveyMessages.id, $.id))
    .returning({ id: surveyMessages.id, subjectId: surveyMessages.subjectId }),
);
export const messagesById = (ids: readonly string[]) =>
  dynamic((db) =>
    db
      .select(message)
      .from(surveyMessages)
      .where(inArray(surveyMessages.id, [...ids])),
  );
/** Texts of which nobody heard again: whether they went out is not known. */
export const lostMessages = query<{ before: string }>()((db, $) =>
  db
    .update(surveyMessages)
    .set({ state: "failed", problem: "It is not known whether it went out.", changedAt: clock() })
    .where(and(eq(surveyMessages.state, "sending"), sql`${surveyMessages.changedAt} < ${$.before}::timestamptz`))
    .returning({ id: surveyMessages.id, subjectId: surveyMessages.subjectId }),
);
