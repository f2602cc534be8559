/** Benchmarks: the program's own consents and figures, and the one door to those of others. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { desc, eq, isNotNull, sql } from "drizzle-orm";
import { benchmarkConsents, benchmarkFigures, benchmarkWithdrawals } from "../outlook-tables.ts";

export const benchmarkConsentRows = query()((db) =>
  db
    .select({
      id: benchmarkConsents.id,
      title: benchmarkConsents.title,
      sha256: benchmarkConsents.sha256,
      signedBy: benchmarkConsents.signedBy,
      validFrom: benchmarkConsents.validFrom,
      validUntil: benchmarkConsents.validUntil,
      hasDocument: sql<boolean>`${benchmarkConsents.document} is not null`,
      withdrawalId: benchmarkWithdrawals.id,
      withdrawnAt: benchmarkWithdrawals.madeAt,
    })
    .from(benchmarkConsents)
    .leftJoin(benchmarkWithdrawals, eq(benchmarkWithdrawals.consentId, benchmarkConsents.id))
    .orderBy(desc(benchmarkConsents.madeAt)),
);
/** The document alone: nobody needs a list of them. */
export const benchmarkDocument = query<{ id: string }>()((db, $) =>
  db
    .select({ id: benchmarkConsents.id, title: benchmarkConsents.title, document: benchmarkConsents.document })
    .from(benchmarkConsents)
    .where(eq(benchmarkConsents.id, $.id)),
);
export const addBenchmarkConsent = query<{
  id: string;
  document: Sealed<Uint8Array>;
  title: string;
  sha256: string;
  signedBy: string;
  validFrom: string;
  validUntil: string;
}>()((db, $) =>
  db
    .insert(benchmarkConsents)
    .values({
      id: $.id,
      document: $.document,
      title: $.title,
      sha256: $.sha256,
      signedBy: $.signedBy,
      validFrom: $.validFrom,
      validUntil: $.validUntil,
    })
    .returning({ id: benchmarkConsents.id }),
);
export const withdrawBenchmarkConsent = query<{ consentId: string }>()((db, $) =>
  db
    .insert(benchmarkWithdrawals)
    .values({ consentId: $.consentId })
    .onConflictDoNothing()
    .returning({ id: benchmarkWithdrawals.id }),
);
export const ownFigures = query()((db) =>
  db
    .select({
      id: benchmarkFigures.id,
      specialty: benchmarkFigures.specialty,
      period: benchmarkFigures.period,
      code: benchmarkFigures.code,
      trainees: benchmarkFigures.trainees,
      middle: benchmarkFigures.middle,
    })
    .from(benchmarkFigures)
    .where(isNotNull(benchmarkFigures.code)),
);
export const offerFigures = (
  rows: readonly {
    readonly specialty: string;
    readonly period: string;
    readonly code: string;
    readonly trainees: number;
    readonly middle: number;
  }[],
) =>
  dynamic((db) =>
    db
      .insert(benchmarkFigures)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: benchmarkFigures.id }),
  );

/** Of other programs of this institution, while both consents stand: the database's own decision. */
export const othersFigures = query()((db) =>
  db
    .select({
      program: sql<string>`other.program`,
      specialty: sql<string>`other.specialty`,
      period: sql<string>`other.period`,
      code: sql<string>`other.code`,
      trainees: sql<number>`other.trainees`,
      middle: sql<number>`other.middle`,
    })
    .from(sql`milestones.benchmark() as other`),
);
