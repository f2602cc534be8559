/** One person's consent: who signs, by which way in, what was read, answered, asked, signed, and what stands. */
import { dynamic, query } from "@core/db/query.ts";
import type { ConsentScope } from "@core/module.ts";
import { clock, identities, sites, subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import type { Language } from "../document.ts";
import type { Method } from "../identification.ts";
import type { Circumstance, SignerRole } from "../signers.ts";
import {
  type Cause,
  codes,
  completions,
  consents,
  declines,
  documents,
  entries,
  invitations,
  papers,
  questions,
  readings,
  reconsents,
  reminders,
  replies,
  type StepKind,
  signatures,
  signers,
  standings,
  steps,
  tries,
  versions,
  type Way,
  withdrawals,
} from "../tables.ts";

// ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const person = {
  id: subjects.id,
  code: subjects.code,
  siteId: subjects.siteId,
  site: sites.code,
  leftAt: subjects.leftAt,
};
export const allParticipants = query()((db) =>
  db
    .select(person)
    .from(subjects)
    .leftJoin(sites, eq(sites.id, subjects.siteId))
    .where(sql`${subjects.kind} <> 'trainee'`)
    .orderBy(asc(subjects.code)),
);
/** One of those who are named: ids as JSON, for there may be more of them than a statement takes values. */
const among = (column: unknown, ids: unknown) =>
  sql`${column} = any (array(select one::uuid from jsonb_array_elements_text(${ids}::jsonb) one))`;
export const participantsAmong = query<{ ids: string }>()((db, $) =>
  db
    .select({ id: subjects.id })
    .from(subjects)
    .where(and(sql`${subjects.kind} <> 'trainee'`, among(subjects.id, $.ids))),
);
export const participantById = query<{ id: string }>()((db, $) =>
  db.select(person).from(subjects).leftJoin(sites, eq(sites.id, subjects.siteId)).where(eq(subjects.id, $.id)),
);
export type ParticipantRow = Awaited<ReturnType<typeof participantById.map>>;
export const contactOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ subjectId: identities.subjectId, email: identities.email, birthDate: identities.birthDate })
    .from(identities)
    .where(eq(identities.subjectId, $.subjectId)),
);

// ── Consents and their signers ──────────────────────────────────────────────────────────────────────────────────────

const consent = {
  id: consents.id,
  subjectId: consents.subjectId,
  documentId: consents.documentId,
  document: documents.title,
  isMain: documents.isMain,
  siteId: consents.siteId,
  language: consents.language,
  circumstance: consents.circumstance,
  reads: consents.reads,
  cause: consents.cause,
  age: consents.age,
  madeAt: consents.madeAt,
  madeBy: consents.madeBy,
};
export const allConsents = query()((db) =>
  db
    .select(consent)
    .from(consents)
    .innerJoin(documents, eq(documents.id, consents.documentId))
    .orderBy(desc(consents.madeAt)),
);
export const consentsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(consent)
    .from(consents)
    .innerJoin(documents, eq(documents.id, consents.documentId))
    .where(eq(consents.subjectId, $.subjectId))
    .orderBy(desc(consents.madeAt)),
);
export const consentById = query<{ id: string }>()((db, $) =>
  db
    .select(consent)
    .from(consents)
    .innerJoin(documents, eq(documents.id, consents.documentId))
    .where(eq(consents.id, $.id)),
);
export type ConsentRow = Awaited<ReturnType<typeof consentById.map>>;
export const addConsent = query<{
  id: string;
  subjectId: string;
  documentId: string;
  siteId: string | null;
  language: Language;
  circumstance: Circumstance;
  reads: boolean;
  cause: Cause;
  age: number | null;
}>()((db, $) =>
  db
    .insert(consents)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      documentId: $.documentId,
      siteId: $.siteId,
      language: $.language,
      circumstance: $.circumstance,
      reads: $.reads,
      cause: $.cause,
      age: $.age,
    })
    .returning({ id: consents.id, subjectId: consents.subjectId }),
);

const signer = {
  id: signers.id,
  consentId: signers.consentId,
  subjectId: signers.subjectId,
  role: signers.role,
  place: signers.place,
  ordinal: signers.ordinal,
};
export const allSigners = query()((db) => db.select(signer).from(signers).orderBy(asc(signers.ordinal)));
export const signersOf = query<{ consentId: string }>()((db, $) =>
  db.select(signer).from(signers).where(eq(signers.consentId, $.consentId)).orderBy(asc(signers.ordinal)),
);
export const signersOfSubject = query<{ subjectId: string }>()((db, $) =>
  db.select(signer).from(signers).where(eq(signers.subjectId, $.subjectId)).orderBy(asc(signers.ordinal)),
);
export const signerById = query<{ id: string }>()((db, $) =>
  db.select(signer).from(signers).where(eq(signers.id, $.id)),
);
export type SignerRow = Awaited<ReturnType<typeof signerById.map>>;
export const addSigners = (
  rows: readonly { consentId: string; subjectId: string; role: SignerRole; place: number; ordinal: number }[],
) =>
  dynamic((db) =>
    db
      .insert(signers)
      .values([...rows])
      .returning({ id: signers.id, subjectId: signers.subjectId }),
  );

// ── Ways in ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const invitation = {
  id: invitations.id,
  subjectId: invitations.subjectId,
  signerId: invitations.signerId,
  linkId: invitations.linkId,
  method: invitations.method,
  untilAt: invitations.untilAt,
  isKiosk: invitations.isKiosk,
  madeAt: invitations.madeAt,
  madeBy: invitations.madeBy,
};
export const invitationByLink = query<{ linkId: string }>()((db, $) =>
  db.select(invitation).from(invitations).where(eq(invitations.linkId, $.linkId)),
);
export const invitationById = query<{ id: string }>()((db, $) =>
  db.select(invitation).from(invitations).where(eq(invitations.id, $.id)),
);
export type InvitationRow = Awaited<ReturnType<typeof invitationById.map>>;
/** The newest first. */
export const invitationsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(invitation)
    .from(invitations)
    .where(eq(invitations.subjectId, $.subjectId))
    .orderBy(desc(invitations.madeAt)),
);
export const addInvitation = query<{
  id: string;
  subjectId: string;
  signerId: string | null;
  linkId: string;
  method: Method;
  untilAt: Date;
  isKiosk: boolean;
}>()((db, $) =>
  db
    .insert(invitations)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      signerId: $.signerId,
      linkId: $.linkId,
      method: $.method,
      untilAt: $.untilAt,
      isKiosk: $.isKiosk,
    })
    .returning({ id: invitations.id, subjectId: invitations.subjectId }),
);

const code = {
  id: codes.id,
  subjectId: codes.subjectId,
  invitationId: codes.invitationId,
  ordinal: codes.ordinal,
  code: codes.code,
  untilAt: codes.untilAt,
  madeAt: codes.madeAt,
  postedAt: codes.postedAt,
};
/** The newest first. */
export const codesOf = query<{ invitationId: string }>()((db, $) =>
  db.select(code).from(codes).where(eq(codes.invitationId, $.invitationId)).orderBy(desc(codes.ordinal)),
);
export const codeById = query<{ id: string }>()((db, $) => db.select(code).from(codes).where(eq(codes.id, $.id)));
export const addCode = query<{
  id: string;
  subjectId: string;
  invitationId: string;
  ordinal: number;
  code: Sealed<string> | null;
  untilAt: Date;
}>()((db, $) =>
  db
    .insert(codes)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      invitationId: $.invitationId,
      ordinal: $.ordinal,
      code: $.code,
      untilAt: $.untilAt,
    })
    .returning({ id: codes.id, subjectId: codes.subjectId }),
);
export const postCode = query<{ id: string; code: Sealed<string> }>()((db, $) =>
  db
    .update(codes)
    .set({ code: $.code as never, postedAt: clock() })
    .where(and(eq(codes.id, $.id), isNull(codes.postedAt)))
    .returning({ id: codes.id, subjectId: codes.subjectId }),
);
export const triesOf = query<{ codeId: string }>()((db, $) =>
  db
    .select({ id: tries.id, subjectId: tries.subjectId, ordinal: tries.ordinal, fits: tries.fits })
    .from(tries)
    .where(eq(tries.codeId, $.codeId)),
);
export const wrongTriesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({ id: tries.id, subjectId: tries.subjectId, madeAt: tries.madeAt })
    .from(tries)
    .where(and(eq(tries.subjectId, $.subjectId), eq(tries.fits, false))),
);
export const addTry = query<{ id: string; subjectId: string; codeId: string; ordinal: number; fits: boolean }>()(
  (db, $) =>
    db
      .insert(tries)
      .values({ id: $.id, subjectId: $.subjectId, codeId: $.codeId, ordinal: $.ordinal, fits: $.fits })
      .returning({ id: tries.id, subjectId: tries.subjectId }),
);
const entry = {
  id: entries.id,
  subjectId: entries.subjectId,
  invitationId: entries.invitationId,
  signerId: entries.signerId,
  linkId: entries.linkId,
  method: entries.method,
  device: entries.device,
  madeAt: entries.madeAt,
};
export const entryByLink = query<{ linkId: string }>()((db, $) =>
  db.select(entry).from(entries).where(eq(entries.linkId, $.linkId)),
);
export type EntryRow = Awaited<ReturnType<typeof entryByLink.map>>;
export const entriesOf = query<{ subjectId: string }>()((db, $) =>
  db.select(entry).from(entries).where(eq(entries.subjectId, $.subjectId)).orderBy(asc(entries.madeAt)),
);
export const addEntry = query<{
  id: string;
  subjectId: string;
  invitationId: string;
  signerId: string | null;
  tryId: string;
  linkId: string;
  method: Method;
  device: string | null;
}>()((db, $) =>
  db
    .insert(entries)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      invitationId: $.invitationId,
      signerId: $.signerId,
      tryId: $.tryId,
      linkId: $.linkId,
      method: $.method,
      device: $.device,
    })
    .returning({ id: entries.id, subjectId: entries.subjectId }),
);

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const reading = {
  id: readings.id,
  subjectId: readings.subjectId,
  consentId: readings.consentId,
  signerId: readings.signerId,
  versionId: readings.versionId,
  ordinal: readings.ordinal,
  madeAt: readings.madeAt,
};
/** The newest first. */
export const readingsOf = query<{ signerId: string }>()((db, $) =>
  db.select(reading).from(readings).where(eq(readings.signerId, $.signerId)).orderBy(desc(readings.ordinal)),
);
export type ReadingRow = Awaited<ReturnType<typeof readingsOf.map>>;
export const readingsOfConsent = query<{ consentId: string }>()((db, $) =>
  db
    .select({ ...reading, number: versions.number })
    .from(readings)
    .innerJoin(versions, eq(versions.id, readings.versionId))
    .where(eq(readings.consentId, $.consentId))
    .orderBy(asc(readings.madeAt)),
);
export const addReading = query<{
  id: string;
  subjectId: string;
  consentId: string;
  signerId: string;
  versionId: string;
  ordinal: number;
}>()((db, $) =>
  db
    .insert(readings)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      consentId: $.consentId,
      signerId: $.signerId,
      versionId: $.versionId,
      ordinal: $.ordinal,
    })
    .returning({ id: readings.id, subjectId: readings.subjectId }),
);
const step = {
  id: steps.id,
  subjectId: steps.subjectId,
  readingId: steps.readingId,
  signerId: steps.signerId,
  kind: steps.kind,
  part: steps.part,
  value: steps.value,
  isRight: steps.isRight,
  openedFull: steps.openedFull,
  madeAt: steps.madeAt,
};
/** In the order in which they were taken. */
export const stepsOf = query<{ readingId: string }>()((db, $) =>
  db.select(step).from(steps).where(eq(steps.readingId, $.readingId)).orderBy(asc(steps.madeAt)),
);
export type StepRow = Awaited<ReturnType<typeof stepsOf.map>>;
export const addStep = query<{
  subjectId: string;
  readingId: string;
  signerId: string;
  kind: StepKind;
  part: string;
  value: string | null;
  isRight: boolean | null;
  openedFull: boolean | null;
}>()((db, $) =>
  db
    .insert(steps)
    .values({
      subjectId: $.subjectId,
      readingId: $.readingId,
      signerId: $.signerId,
      kind: $.kind,
      part: $.part,
      value: $.value,
      isRight: $.isRight,
      openedFull: $.openedFull,
    })
    .returning({ id: steps.id, subjectId: steps.subjectId }),
);

// ── Questions, and saying no ────────────────────────────────────────────────────────────────────────────────────────

const asked = {
  id: questions.id,
  subjectId: questions.subjectId,
  consentId: questions.consentId,
  signerId: questions.signerId,
  part: questions.part,
  text: questions.text,
  holds: questions.holds,
  madeAt: questions.madeAt,
  replyId: replies.id,
  reply: replies.text,
  repliedAt: replies.madeAt,
  repliedBy: replies.madeBy,
};
export const questionsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(asked)
    .from(questions)
    .leftJoin(replies, eq(replies.questionId, questions.id))
    .where(eq(questions.subjectId, $.subjectId))
    .orderBy(asc(questions.madeAt)),
);
export type QuestionRow = Awaited<ReturnType<typeof questionsOf.map>>;
/** Without their texts: who waits for an answer. */
export const openQuestions = query()((db) =>
  db
    .select({
      id: questions.id,
      subjectId: questions.subjectId,
      consentId: questions.consentId,
      holds: questions.holds,
    })
    .from(questions)
    .leftJoin(replies, eq(replies.questionId, questions.id))
    .where(isNull(replies.id)),
);
export const questionById = query<{ id: string }>()((db, $) =>
  db.select({ id: questions.id, subjectId: questions.subjectId }).from(questions).where(eq(questions.id, $.id)),
);
export const addQuestion = query<{
  id: string;
  subjectId: string;
  consentId: string;
  signerId: string;
  part: string;
  text: Sealed<string>;
  holds: boolean;
}>()((db, $) =>
  db
    .insert(questions)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      consentId: $.consentId,
      signerId: $.signerId,
      part: $.part,
      text: $.text,
      holds: $.holds,
    })
    .returning({ id: questions.id, subjectId: questions.subjectId }),
);
export const addReply = query<{ id: string; subjectId: string; questionId: string; text: Sealed<string> }>()((db, $) =>
  db
    .insert(replies)
    .values({ id: $.id, subjectId: $.subjectId, questionId: $.questionId, text: $.text })
    .returning({ id: replies.id, subjectId: replies.subjectId }),
);
const declined = {
  id: declines.id,
  subjectId: declines.subjectId,
  consentId: declines.consentId,
  signerId: declines.signerId,
  reason: declines.reason,
  madeAt: declines.madeAt,
};
export const declinesOf = query<{ subjectId: string }>()((db, $) =>
  db.select(declined).from(declines).where(eq(declines.subjectId, $.subjectId)),
);
export const allDeclines = query()((db) => db.select(declined).from(declines));
export type DeclineRow = Awaited<ReturnType<typeof declinesOf.map>>;
export const addDecline = query<{
  id: string;
  subjectId: string;
  consentId: string;
  signerId: string | null;
  reason: Sealed<string> | null;
}>()((db, $) =>
  db
    .insert(declines)
    .values({ id: $.id, subjectId: $.subjectId, consentId: $.consentId, signerId: $.signerId, reason: $.reason })
    .returning({ id: declines.id, subjectId: declines.subjectId }),
);

// ── Signing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const signature = {
  id: signatures.id,
  subjectId: signatures.subjectId,
  consentId: signatures.consentId,
  signerId: signatures.signerId,
  readingId: signatures.readingId,
  versionId: signatures.versionId,
  role: signatures.role,
  way: signatures.way,
  method: signatures.method,
  meaning: signatures.meaning,
  answers: signatures.answers,
  documentSha256: signatures.documentSha256,
  contentSha256: signatures.contentSha256,
  signedOn: signatures.signedOn,
  madeAt: signatures.madeAt,
  madeBy: signatures.madeBy,
};
const signatureWithNames = {
  ...signature,
  name: signatures.name,
  relation: signatures.relation,
  drawing: signatures.drawing,
};
export const signaturesOf = query<{ subjectId: string }>()((db, $) =>
  db.select(signature).from(signatures).where(eq(signatures.subjectId, $.subjectId)).orderBy(asc(signatures.madeAt)),
);
export type SignatureRow = Awaited<ReturnType<typeof signaturesOf.map>>;
/** With who signed, sealed. */
export const signedOf = query<{ consentId: string }>()((db, $) =>
  db
    .select(signatureWithNames)
    .from(signatures)
    .where(eq(signatures.consentId, $.consentId))
    .orderBy(asc(signatures.madeAt)),
);
export type SignedRow = Awaited<ReturnType<typeof signedOf.map>>;
export const allSignatures = query()((db) => db.select(signature).from(signatures));
export const addSignature = query<{
  id: string;
  subjectId: string;
  consentId: string;
  signerId: string;
  readingId: string | null;
  versionId: string;
  role: SignerRole;
  way: Way;
  method: Method | null;
  meaning: string;
  name: Sealed<string>;
  relation: Sealed<string> | null;
  drawing: Sealed<string> | null;
  answers: Readonly<Record<string, "yes" | "no">>;
  documentSha256: Uint8Array;
  contentSha256: Uint8Array;
  signedOn: string;
}>()((db, $) =>
  db
    .insert(signatures)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      consentId: $.consentId,
      signerId: $.signerId,
      readingId: $.readingId,
      versionId: $.versionId,
      role: $.role,
      way: $.way,
      method: $.method,
      meaning: $.meaning,
      name: $.name,
      relation: $.relation,
      drawing: $.drawing,
      answers: $.answers,
      documentSha256: $.documentSha256,
      contentSha256: $.contentSha256,
      signedOn: $.signedOn,
    })
    .returning({ id: signatures.id, subjectId: signatures.subjectId }),
);
const paper = {
  id: papers.id,
  subjectId: papers.subjectId,
  consentId: papers.consentId,
  type: papers.type,
  sha256: papers.sha256,
  bytes: papers.bytes,
  madeAt: papers.madeAt,
};
export const papersOf = query<{ consentId: string }>()((db, $) =>
  db.select(paper).from(papers).where(eq(papers.consentId, $.consentId)),
);
export const papersOfSubject = query<{ subjectId: string }>()((db, $) =>
  db.select(paper).from(papers).where(eq(papers.subjectId, $.subjectId)).orderBy(asc(papers.madeAt)),
);
export const scanById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...paper, scan: papers.scan })
    .from(papers)
    .where(eq(papers.id, $.id)),
);
export const addPaper = query<{
  id: string;
  subjectId: string;
  consentId: string;
  scan: Sealed<Uint8Array>;
  type: "application/pdf" | "image/png" | "image/jpeg";
  sha256: Uint8Array;
  bytes: number;
}>()((db, $) =>
  db
    .insert(papers)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      consentId: $.consentId,
      scan: $.scan,
      type: $.type,
      sha256: $.sha256,
      bytes: $.bytes,
    })
    .returning({ id: papers.id, subjectId: papers.subjectId }),
);
const completion = {
  id: completions.id,
  subjectId: completions.subjectId,
  consentId: completions.consentId,
  versionId: completions.versionId,
  number: completions.number,
  madeAt: completions.madeAt,
};
export const completionsOf = query<{ subjectId: string }>()((db, $) =>
  db.select(completion).from(completions).where(eq(completions.subjectId, $.subjectId)),
);
export const allCompletions = query()((db) =>
  db.select(completion).from(completions).orderBy(desc(completions.madeAt)),
);
export type CompletionRow = Awaited<ReturnType<typeof completionsOf.map>>;
export const addCompletion = query<{
  id: string;
  subjectId: string;
  consentId: string;
  versionId: string;
  number: number;
}>()((db, $) =>
  db
    .insert(completions)
    .values({ id: $.id, subjectId: $.subjectId, consentId: $.consentId, versionId: $.versionId, number: $.number })
    .returning({ id: completions.id, subjectId: completions.subjectId }),
);

// ── What stands ─────────────────────────────────────────────────────────────────────────────────────────────────────

const standing = {
  id: standings.id,
  subjectId: standings.subjectId,
  scope: standings.scope,
  state: standings.state,
  at: standings.madeAt,
};
export const standingsOf = query<{ subjectId: string }>()((db, $) =>
  db.select(standing).from(standings).where(eq(standings.subjectId, $.subjectId)),
);
export const standingsAmong = query<{ ids: string }>()((db, $) =>
  db.select(standing).from(standings).where(among(standings.subjectId, $.ids)),
);
export const allStandings = query()((db) => db.select(standing).from(standings));
export const addStandings = (
  rows: readonly {
    subjectId: string;
    scope: ConsentScope;
    state: "given" | "refused" | "withdrawn";
    completionId: string | null;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(standings)
      .values([...rows])
      .returning({ id: standings.id, subjectId: standings.subjectId }),
  );
const due = {
  id: reconsents.id,
  subjectId: reconsents.subjectId,
  documentId: reconsents.documentId,
  number: reconsents.number,
  cause: reconsents.cause,
  dueOn: reconsents.dueOn,
  at: reconsents.madeAt,
};
export const duesOf = query<{ subjectId: string }>()((db, $) =>
  db.select(due).from(reconsents).where(eq(reconsents.subjectId, $.subjectId)),
);
export const duesAmong = query<{ ids: string }>()((db, $) =>
  db.select(due).from(reconsents).where(among(reconsents.subjectId, $.ids)),
);
export const allDues = query()((db) => db.select(due).from(reconsents).orderBy(asc(reconsents.dueOn)));
export type DueRow = Awaited<ReturnType<typeof duesOf.map>>;
export const addDues = (
  rows: readonly {
    subjectId: string;
    documentId: string;
    number: number;
    cause: "amendment" | "majority";
    dueOn: string;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(reconsents)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: reconsents.id, subjectId: reconsents.subjectId }),
  );
export const recentReminders = query<{ since: string }>()((db, $) =>
  db
    .select({ id: reminders.id, subjectId: reminders.subjectId, reconsentId: reminders.reconsentId })
    .from(reminders)
    .where(sql`${reminders.madeAt} > ${$.since}::timestamptz`),
);
export const addReminder = query<{ subjectId: string; reconsentId: string }>()((db, $) =>
  db
    .insert(reminders)
    .values({ subjectId: $.subjectId, reconsentId: $.reconsentId })
    .returning({ id: reminders.id, subjectId: reminders.subjectId }),
);
const withdrawal = {
  id: withdrawals.id,
  subjectId: withdrawals.subjectId,
  scopes: withdrawals.scopes,
  reason: withdrawals.reason,
  told: withdrawals.told,
  madeAt: withdrawals.madeAt,
};
export const withdrawalsOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select(withdrawal)
    .from(withdrawals)
    .where(eq(withdrawals.subjectId, $.subjectId))
    .orderBy(desc(withdrawals.madeAt)),
);
export const addWithdrawal = query<{
  id: string;
  subjectId: string;
  scopes: readonly ConsentScope[];
  reason: Sealed<string> | null;
  told: "portal" | "in_person" | "telephone" | "letter";
}>()((db, $) =>
  db
    .insert(withdrawals)
    .values({ id: $.id, subjectId: $.subjectId, scopes: $.scopes as never, reason: $.reason, told: $.told })
    .returning({ id: withdrawals.id, subjectId: withdrawals.subjectId }),
);
