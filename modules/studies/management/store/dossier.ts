/** The dossier: its newest revision, gates, approvals, sites, amendments and documents. */
import { query } from "@core/db/query.ts";
import type { Context } from "@core/module.ts";
import { workspaces } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { asc, desc, eq, isNull, sql } from "drizzle-orm";
import {
  amendmentSteps,
  amendments,
  approvalDecisions,
  approvalRequests,
  documentMarks,
  documents,
  dossiers,
  gates,
  siteContactEnds,
  siteContacts,
  siteMarks,
  siteSteps,
} from "../dossier-tables.ts";
import type { Duty } from "../rules/activation.ts";
import type { UsualDecider } from "../rules/approval.ts";
import type { CheckItem, Status } from "../rules/status.ts";

export const dossierNow = query()((db) =>
  db
    .select({
      id: dossiers.id,
      acronym: dossiers.acronym,
      sponsor: dossiers.sponsor,
      sponsorKind: dossiers.sponsorKind,
      phase: dossiers.phase,
      department: dossiers.department,
      investigatorId: dossiers.investigatorId,
      registryNumber: dossiers.registryNumber,
      target: dossiers.target,
      budget: dossiers.budget,
      usesProduct: dossiers.usesProduct,
      usesSamples: dossiers.usesSamples,
      sharesData: dossiers.sharesData,
      revision: dossiers.revision,
      madeAt: dossiers.madeAt,
    })
    .from(dossiers)
    .orderBy(desc(dossiers.revision))
    .limit(1),
);
export type DossierRow = Awaited<ReturnType<typeof dossierNow.map>>;
export const addDossier = query<{
  acronym: string;
  sponsor: string;
  sponsorKind: string;
  phase: string;
  department: string;
  investigatorId: string | null;
  registryNumber: string;
  target: number | null;
  budget: number;
  usesProduct: boolean;
  usesSamples: boolean;
  sharesData: boolean;
  revision: number;
}>()((db, $) =>
  db
    .insert(dossiers)
    .values({
      acronym: $.acronym,
      sponsor: $.sponsor,
      sponsorKind: $.sponsorKind as never,
      phase: $.phase,
      department: $.department,
      investigatorId: $.investigatorId,
      registryNumber: $.registryNumber,
      target: $.target,
      budget: $.budget,
      usesProduct: $.usesProduct,
      usesSamples: $.usesSamples,
      sharesData: $.sharesData,
      revision: $.revision,
    })
    .returning({ id: dossiers.id }),
);

export const allGates = query()((db) =>
  db
    .select({
      id: gates.id,
      ordinal: gates.ordinal,
      was: gates.was,
      status: gates.status,
      items: gates.items,
      reason: gates.reason,
      sha256: gates.sha256,
      madeAt: gates.madeAt,
      madeBy: gates.madeBy,
    })
    .from(gates)
    .orderBy(desc(gates.ordinal)),
);
export const statusOf = async (ctx: Pick<Context, "db">): Promise<Status> =>
  (await ctx.db.all(allGates, {}))[0]?.status ?? "idea";
export const addGate = query<{
  ordinal: number;
  was: Status;
  status: Status;
  items: readonly CheckItem[];
  reason: string;
  snapshot: Readonly<Record<string, unknown>>;
  sha256: Uint8Array;
}>()((db, $) =>
  db
    .insert(gates)
    .values({
      ordinal: $.ordinal,
      was: $.was as never,
      status: $.status as never,
      items: $.items,
      reason: $.reason,
      snapshot: $.snapshot,
      sha256: $.sha256,
    })
    .returning({ id: gates.id }),
);

export const allApprovals = query()((db) =>
  db
    .select({
      id: approvalRequests.id,
      approver: approvalRequests.approver,
      stage: approvalRequests.stage,
      days: approvalRequests.days,
      because: approvalRequests.because,
      deciderId: approvalRequests.deciderId,
      askedOn: approvalRequests.askedOn,
      askedBy: approvalRequests.madeBy,
      decisionId: approvalDecisions.id,
      decision: approvalDecisions.decision,
      reason: approvalDecisions.reason,
      decidedOn: approvalDecisions.onDay,
      validUntil: approvalDecisions.validUntil,
    })
    .from(approvalRequests)
    .leftJoin(approvalDecisions, eq(approvalDecisions.requestId, approvalRequests.id))
    .orderBy(asc(approvalRequests.stage), asc(approvalRequests.approver)),
);
export type ApprovalLine = Awaited<ReturnType<typeof allApprovals.map>>;
export const addRequest = query<{
  approver: string;
  stage: number;
  days: number;
  because: string;
  deciderId: string;
  askedOn: string;
}>()((db, $) =>
  db
    .insert(approvalRequests)
    .values({
      approver: $.approver as never,
      stage: $.stage,
      days: $.days,
      because: $.because,
      deciderId: $.deciderId,
      askedOn: $.askedOn,
    })
    .returning({ id: approvalRequests.id }),
);
export const addDecision = query<{
  requestId: string;
  deciderId: string;
  decision: "granted" | "refused" | "withdrawn";
  reason: string;
  onDay: string;
  validUntil: string | null;
}>()((db, $) =>
  db
    .insert(approvalDecisions)
    .values({
      requestId: $.requestId,
      deciderId: $.deciderId,
      decision: $.decision,
      reason: $.reason,
      onDay: $.onDay,
      validUntil: $.validUntil,
    })
    .returning({ id: approvalDecisions.id }),
);

export const allSiteSteps = query()((db) =>
  db
    .select({ id: siteSteps.id, siteId: siteSteps.siteId, step: siteSteps.step, onDay: siteSteps.onDay })
    .from(siteSteps),
);
export const addSiteStep = query<{ siteId: string; step: string; onDay: string }>()((db, $) =>
  db.insert(siteSteps).values({ siteId: $.siteId, step: $.step, onDay: $.onDay }).returning({ id: siteSteps.id }),
);
export const allSiteMarks = query()((db) =>
  db
    .select({ id: siteMarks.id, siteId: siteMarks.siteId, mark: siteMarks.mark, madeAt: siteMarks.madeAt })
    .from(siteMarks),
);
export const addSiteMark = query<{ siteId: string; mark: "activated" | "closed"; reason: string }>()((db, $) =>
  db.insert(siteMarks).values({ siteId: $.siteId, mark: $.mark, reason: $.reason }).returning({ id: siteMarks.id }),
);

export const contactsNow = query()((db) =>
  db
    .select({
      id: siteContacts.id,
      siteId: siteContacts.siteId,
      duty: siteContacts.duty,
      name: siteContacts.name,
      email: siteContacts.email,
      phone: siteContacts.phone,
    })
    .from(siteContacts)
    .leftJoin(siteContactEnds, eq(siteContactEnds.contactId, siteContacts.id))
    .where(isNull(siteContactEnds.id))
    .orderBy(asc(siteContacts.duty), asc(siteContacts.name)),
);
export const addContact = query<{ siteId: string; duty: Duty; name: string; email: string; phone: string }>()((db, $) =>
  db
    .insert(siteContacts)
    .values({ siteId: $.siteId, duty: $.duty as never, name: $.name, email: $.email, phone: $.phone })
    .returning({ id: siteContacts.id }),
);
export const endContact = query<{ contactId: string; siteId: string }>()((db, $) =>
  db.insert(siteContactEnds).values({ contactId: $.contactId, siteId: $.siteId }).returning({ id: siteContactEnds.id }),
);
/** Worked out by the database over all studies of the institution. */
export const usualDeciders = query<{ workspace: string }>()((db, $) =>
  db
    .select({
      id: workspaces.id,
      usual: sql<UsualDecider[]>`(select coalesce(jsonb_agg(jsonb_build_object(
        'approver', u.approver, 'department', u.department, 'deciderId', u.decider_id)), '[]') from studies.usual_deciders() u)`,
    })
    .from(workspaces)
    .where(eq(workspaces.id, sql`${$.workspace}::uuid`)),
);

export const allAmendments = query()((db) =>
  db
    .select({
      id: amendments.id,
      number: amendments.number,
      title: amendments.title,
      substantial: amendments.substantial,
      protocolVersion: amendments.protocolVersion,
      formsVersion: amendments.formsVersion,
      consentVersion: amendments.consentVersion,
      courseId: amendments.courseId,
    })
    .from(amendments)
    .orderBy(desc(amendments.number)),
);
export const allAmendmentSteps = query()((db) =>
  db
    .select({
      id: amendmentSteps.id,
      amendmentId: amendmentSteps.amendmentId,
      step: amendmentSteps.step,
      onDay: amendmentSteps.onDay,
    })
    .from(amendmentSteps)
    .orderBy(asc(amendmentSteps.madeAt)),
);
export const addAmendment = query<{
  id: string;
  number: number;
  title: string;
  substantial: boolean;
  protocolVersion: string;
  formsVersion: number | null;
  consentVersion: string;
  courseId: string | null;
}>()((db, $) =>
  db
    .insert(amendments)
    .values({
      id: $.id,
      number: $.number,
      title: $.title,
      substantial: $.substantial,
      protocolVersion: $.protocolVersion,
      formsVersion: $.formsVersion,
      consentVersion: $.consentVersion,
      courseId: $.courseId,
    })
    .returning({ id: amendments.id }),
);
export const addAmendmentStep = query<{
  amendmentId: string;
  step: "submitted" | "approved" | "implemented" | "withdrawn";
  onDay: string;
}>()((db, $) =>
  db
    .insert(amendmentSteps)
    .values({ amendmentId: $.amendmentId, step: $.step, onDay: $.onDay })
    .returning({ id: amendmentSteps.id }),
);

/** Without their content. */
export const allDocuments = query()((db) =>
  db
    .select({
      id: documents.id,
      kind: documents.kind,
      siteId: documents.siteId,
      version: documents.version,
      filename: documents.filename,
      bytes: documents.bytes,
      sha256: documents.sha256,
      expiresOn: documents.expiresOn,
      madeAt: documents.madeAt,
      madeBy: documents.madeBy,
    })
    .from(documents)
    .orderBy(asc(documents.kind), desc(documents.version)),
);
export const documentContent = query<{ id: string }>()((db, $) =>
  db
    .select({ id: documents.id, filename: documents.filename, content: documents.content })
    .from(documents)
    .where(eq(documents.id, $.id)),
);
export const addDocument = query<{
  id: string;
  kind: string;
  siteId: string | null;
  version: number;
  filename: string;
  bytes: number;
  sha256: Uint8Array;
  expiresOn: string | null;
  content: Sealed<Uint8Array>;
}>()((db, $) =>
  db
    .insert(documents)
    .values({
      id: $.id,
      kind: $.kind,
      siteId: $.siteId,
      version: $.version,
      filename: $.filename,
      bytes: $.bytes,
      sha256: $.sha256,
      expiresOn: $.expiresOn,
      content: $.content,
    })
    .returning({ id: documents.id }),
);
export const allDocumentMarks = query()((db) =>
  db
    .select({
      id: documentMarks.id,
      documentId: documentMarks.documentId,
      personId: documentMarks.personId,
      mark: documentMarks.mark,
      madeAt: documentMarks.madeAt,
    })
    .from(documentMarks),
);
export const addDocumentMark = query<{
  documentId: string;
  siteId: string | null;
  personId: string;
  mark: "signed" | "read";
}>()((db, $) =>
  db
    .insert(documentMarks)
    .values({ documentId: $.documentId, siteId: $.siteId, personId: sql`${$.personId}::uuid`, mark: $.mark })
    .returning({ id: documentMarks.id }),
);
