/** What each signature of study management vouches for: a row, by the values the signer saw. One that changed since shows as broken. */
import type { SignedRecord } from "@core/module.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export const signedDelegation = (row: {
  readonly id: string;
  readonly personId: string;
  readonly siteId: string | null;
  readonly tasks: readonly string[];
  readonly fromOn: string;
  readonly untilOn: string | null;
}): SignedRecord => ({
  record: "studies.delegations",
  row: row.id,
  content: {
    personId: row.personId,
    siteId: row.siteId,
    tasks: [...row.tasks].sort(),
    fromOn: row.fromOn,
    untilOn: row.untilOn,
  },
});

export const signedTraining = (row: {
  readonly id: string;
  readonly personId: string;
  readonly courseId: string;
  readonly completedOn: string;
  readonly evidence: string;
}): SignedRecord => ({
  record: "studies.trainings",
  row: row.id,
  content: {
    personId: row.personId,
    courseId: row.courseId,
    completedOn: row.completedOn,
    evidence: row.evidence,
  },
});

/** The digest is of the snapshot, so it vouches for all that the gate saw. */
export const signedGate = (row: {
  readonly id: string;
  readonly was: string;
  readonly status: string;
  readonly reason: string;
  readonly sha256: Uint8Array;
}): SignedRecord => ({
  record: "studies.gates",
  row: row.id,
  content: { was: row.was, status: row.status, reason: row.reason, sha256: hex(row.sha256) },
});

export const signedDecision = (row: {
  readonly id: string;
  readonly decision: string;
  readonly reason: string;
  readonly onDay: string;
  readonly validUntil: string | null;
}): SignedRecord => ({
  record: "studies.approval_decisions",
  row: row.id,
  content: { decision: row.decision, reason: row.reason, onDay: row.onDay, validUntil: row.validUntil },
});

export const signedSiteMark = (row: { readonly id: string; readonly siteId: string }): SignedRecord => ({
  record: "studies.site_marks",
  row: row.id,
  content: { siteId: row.siteId, mark: "activated" },
});

export const signedDocument = (row: {
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  readonly sha256: Uint8Array;
}): SignedRecord => ({
  record: "studies.documents",
  row: row.id,
  content: { kind: row.kind, version: row.version, sha256: hex(row.sha256) },
});

/** With the digest of the list: the signer sees no slot, and answers for this list and no other. */
export const signedScheme = (
  row: {
    readonly id: string;
    readonly version: number;
    readonly blinded: boolean;
    readonly usesKits: boolean;
    readonly kitDays: number;
  },
  listSha256: Uint8Array,
): SignedRecord => ({
  record: "studies.schemes",
  row: row.id,
  content: {
    version: row.version,
    blinded: row.blinded,
    usesKits: row.usesKits,
    kitDays: row.kitDays,
    list: hex(listSha256),
  },
});

export const signedUnblinding = (row: {
  readonly id: string;
  readonly subjectId: string;
  readonly allocationId: string;
  readonly reason: string;
}): SignedRecord => ({
  record: "studies.unblindings",
  row: row.id,
  subjectId: row.subjectId,
  content: { allocationId: row.allocationId, reason: row.reason },
});

export const signedReport = (row: {
  readonly id: string;
  readonly subjectId: string;
  readonly eventId: string;
  readonly version: number;
  readonly toldTo: string;
}): SignedRecord => ({
  record: "studies.event_reports",
  row: row.id,
  subjectId: row.subjectId,
  content: { eventId: row.eventId, version: row.version, toldTo: row.toldTo },
});

export const signedReview = (row: {
  readonly id: string;
  readonly subjectId: string | null;
  readonly deviationId: string;
  readonly version: number;
  readonly onDay: string;
  readonly note: string;
}): SignedRecord => ({
  record: "studies.deviation_marks",
  row: row.id,
  ...(row.subjectId ? { subjectId: row.subjectId } : {}),
  content: { deviationId: row.deviationId, version: row.version, onDay: row.onDay, note: row.note },
});
