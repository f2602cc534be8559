/** Comparisons with the source, reviews, signatures, locks: what stands over the answers. */
import { dynamic, query } from "@core/db/query.ts";
import { clock, subjects } from "@core/tenancy/tables.ts";
import { and, asc, count, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import { fieldValues, locks, manifests, sheetSignatures, sheets, verificationPlans, verifications } from "../tables.ts";

/** Of a form that two people enter: its two entries are compared and decided. Every other form is never in the way. */
const isOneEntry = sql`(not ${sheets.twice} or exists (select from studies.second_entries e where e.tenant_id = ${sheets.tenantId} and e.workspace_id = ${sheets.workspaceId} and e.sheet_id = ${sheets.id} and e.decided_at is not null))`;
const isSigned = sql`exists (select from studies.sheet_signatures g where g.tenant_id = ${sheets.tenantId} and g.workspace_id = ${sheets.workspaceId} and g.sheet_id = ${sheets.id} and g.revision = ${sheets.revision})`;

export const verificationsOf = query<{ sheetId: string }>()((db, $) =>
  db
    .select({
      id: verifications.id,
      subjectId: verifications.subjectId,
      valueId: verifications.valueId,
      axis: verifications.axis,
      version: verifications.version,
      madeAt: verifications.madeAt,
      madeBy: verifications.madeBy,
    })
    .from(verifications)
    .where(eq(verifications.sheetId, $.sheetId))
    .orderBy(asc(verifications.version)),
);

export const addVerifications = (
  rows: readonly { subjectId: string; sheetId: string; valueId: string; axis: "source" | "review"; version: number }[],
) =>
  dynamic((db) =>
    db
      .insert(verifications)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: verifications.id, subjectId: verifications.subjectId }),
  );

export const verificationPlansNow = query()((db) =>
  db
    .select({
      id: verificationPlans.id,
      siteId: verificationPlans.siteId,
      rule: verificationPlans.rule,
      percent: verificationPlans.percent,
      seed: verificationPlans.seed,
      form: verificationPlans.form,
      reason: verificationPlans.reason,
      madeAt: verificationPlans.madeAt,
      madeBy: verificationPlans.madeBy,
    })
    .from(verificationPlans)
    .orderBy(desc(verificationPlans.madeAt)),
);

export const setVerificationPlan = query<{
  siteId: string | null;
  rule: string;
  percent: number;
  seed: string;
  form: string;
  reason: string;
}>()((db, $) =>
  db
    .insert(verificationPlans)
    .values({
      siteId: $.siteId,
      form: $.form,
      rule: $.rule as never,
      percent: $.percent,
      seed: $.seed,
      reason: $.reason,
    })
    .returning({ id: verificationPlans.id }),
);

export const signaturesOf = query<{ subjectId: string }>()((db, $) =>
  db
    .select({
      id: sheetSignatures.id,
      subjectId: sheetSignatures.subjectId,
      sheetId: sheetSignatures.sheetId,
      revision: sheetSignatures.revision,
      sha256: sheetSignatures.sha256,
      meaning: sheetSignatures.meaning,
      printedName: sheetSignatures.printedName,
      madeAt: sheetSignatures.madeAt,
    })
    .from(sheetSignatures)
    .where(eq(sheetSignatures.subjectId, $.subjectId))
    .orderBy(desc(sheetSignatures.madeAt)),
);
export type SignatureRow = Awaited<ReturnType<typeof signaturesOf.map>>;

export const addSignatures = (
  rows: readonly {
    subjectId: string;
    sheetId: string;
    revision: number;
    versionId: string;
    sha256: Uint8Array;
    meaning: string;
    printedName: string;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(sheetSignatures)
      .values([...rows])
      .returning({ id: sheetSignatures.id, subjectId: sheetSignatures.subjectId }),
  );

/** Forms that may be signed and that nobody signed as they are now, by participant. */
export const toSign = query()((db) =>
  db
    .select({ subjectId: sheets.subjectId, code: subjects.code, count: count() })
    .from(sheets)
    .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
    .where(and(eq(sheets.state, "complete"), isOneEntry, sql`not ${isSigned}`))
    .groupBy(sheets.subjectId, subjects.code)
    .orderBy(asc(subjects.code))
    .limit(200),
);

export const inProgress = query()((db) =>
  db
    .select({
      subjectId: sheets.subjectId,
      id: sheets.id,
      code: subjects.code,
      event: sheets.event,
      eventKey: sheets.eventKey,
      form: sheets.form,
      formKey: sheets.formKey,
      madeAt: sheets.madeAt,
    })
    .from(sheets)
    .innerJoin(subjects, eq(sheets.subjectId, subjects.id))
    .where(eq(sheets.state, "in progress"))
    .orderBy(asc(sheets.madeAt))
    .limit(200),
);

// ── Locks ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const lock = {
  id: locks.id,
  kind: locks.kind,
  scope: locks.scope,
  siteId: locks.siteId,
  subjectId: locks.subjectId,
  event: locks.event,
  eventKey: locks.eventKey,
  sheetId: locks.sheetId,
  item: locks.item,
  reason: locks.reason,
  liftAskedBy: locks.liftAskedBy,
  liftAskedAt: locks.liftAskedAt,
  liftReason: locks.liftReason,
  madeAt: locks.madeAt,
  madeBy: locks.madeBy,
};

export const standingLocks = query()((db) =>
  db.select(lock).from(locks).where(isNull(locks.liftedAt)).orderBy(desc(locks.madeAt)).limit(500),
);
/** Locks of single answers of a form. */
export const itemLocksOf = query<{ sheetId: string }>()((db, $) =>
  db
    .select({ id: locks.id, item: locks.item, kind: locks.kind })
    .from(locks)
    .where(and(eq(locks.sheetId, $.sheetId), eq(locks.scope, "item"), isNull(locks.liftedAt))),
);
export const lockById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...lock, liftedAt: locks.liftedAt })
    .from(locks)
    .where(eq(locks.id, $.id)),
);
export type LockRow = Awaited<ReturnType<typeof standingLocks.map>>;

export const setLock = query<{
  id: string;
  kind: string;
  scope: string;
  siteId: string | null;
  subjectId: string | null;
  event: string | null;
  eventKey: string | null;
  sheetId: string | null;
  item: string | null;
  reason: string;
}>()((db, $) =>
  db
    .insert(locks)
    .values({
      id: $.id,
      kind: $.kind as never,
      scope: $.scope as never,
      siteId: $.siteId,
      subjectId: $.subjectId,
      event: $.event,
      eventKey: $.eventKey,
      sheetId: $.sheetId,
      item: $.item,
      reason: $.reason,
    })
    .returning({ id: locks.id }),
);

export const askToLift = query<{ id: string; actor: string | null; reason: string }>()((db, $) =>
  db
    .update(locks)
    .set({ liftAskedBy: sql`${$.actor}::uuid`, liftAskedAt: clock(), liftReason: sql`${$.reason}` })
    .where(and(eq(locks.id, $.id), isNull(locks.liftedAt)))
    .returning({ id: locks.id }),
);

export const lift = query<{ id: string; actor: string | null; reason: string }>()((db, $) =>
  db
    .update(locks)
    .set({
      liftedBy: sql`${$.actor}::uuid`,
      liftedAt: clock(),
      liftReason: sql`coalesce(${locks.liftReason}, ${$.reason})`,
    })
    .where(and(eq(locks.id, $.id), isNull(locks.liftedAt)))
    .returning({ id: locks.id }),
);

/** What stands in the way of a lock, counted; `only` narrows to one participant. */
export const obstacles = (only: {
  readonly subjectId?: string;
  readonly siteId?: string;
  readonly sheetIds?: readonly string[];
}) =>
  dynamic((db) =>
    db
      .select({
        forms: count(),
        unfinished: sql<number>`count(*) filter (where ${sheets.state} = 'in progress')::int`,
        unsigned: sql<number>`count(*) filter (where ${sheets.state} = 'complete' and not ${isSigned})::int`,
        undecided: sql<number>`count(*) filter (where ${sheets.state} = 'complete' and not ${isOneEntry})::int`,
        asked: sql<number>`count(*) filter (where exists (select from studies.queries q where q.tenant_id = ${sheets.tenantId} and q.workspace_id = ${sheets.workspaceId} and q.sheet_id = ${sheets.id} and q.state in ('open', 'answered')))::int`,
      })
      .from(sheets)
      .where(
        and(
          only.subjectId ? eq(sheets.subjectId, only.subjectId) : undefined,
          only.siteId ? eq(sheets.siteId, only.siteId) : undefined,
          only.sheetIds ? inArray(sheets.id, [...only.sheetIds]) : undefined,
        ),
      ),
  );

/** A digest of every participant's answers, made by the database from the rows as they are: of what everybody reads, or of what is blinded. */
export const participantDigests = query<{ blinded: boolean }>()((db, $) =>
  db
    .select({
      subjectId: fieldValues.subjectId,
      code: subjects.code,
      values: count(),
      sha256: sql<string>`encode(sha256(convert_to(string_agg(concat_ws('|', ${fieldValues.sheetId}::text, ${fieldValues.section}, ${fieldValues.sectionKey}, ${fieldValues.item}, coalesce(${fieldValues.raw}, ''), coalesce(${fieldValues.nullFlavour}, ''), coalesce(${fieldValues.unit}, ''), coalesce(encode(sha256(${fieldValues.sealed}), 'hex'), ''), ${fieldValues.version}::text), E'\\n' order by ${fieldValues.sheetId}, ${fieldValues.section}, ${fieldValues.sectionKey}, ${fieldValues.item}), 'UTF8')), 'hex')`,
    })
    .from(fieldValues)
    .innerJoin(subjects, eq(fieldValues.subjectId, subjects.id))
    .where(eq(fieldValues.blinded, $.blinded))
    .groupBy(fieldValues.subjectId, subjects.code)
    .orderBy(asc(subjects.code)),
);

export const keepManifest = query<{ lockId: string; manifest: object; sha256: Uint8Array; blinded: boolean }>()(
  (db, $) =>
    db
      .insert(manifests)
      .values({ lockId: $.lockId, manifest: $.manifest, sha256: $.sha256, blinded: $.blinded })
      .returning({ id: manifests.id }),
);
/** One, and for who knows the allocation the other one too. */
export const manifestsOf = query<{ lockId: string }>()((db, $) =>
  db
    .select({
      id: manifests.id,
      manifest: manifests.manifest,
      sha256: manifests.sha256,
      blinded: manifests.blinded,
      madeAt: manifests.madeAt,
    })
    .from(manifests)
    .where(eq(manifests.lockId, $.lockId))
    .orderBy(asc(manifests.blinded)),
);
