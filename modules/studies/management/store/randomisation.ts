/** Schemes, lists, allocations and kits. Whoever lacks `studies.arms.read` gets no row that says an arm. */
import { dynamic, query } from "@core/db/query.ts";
import { subjects } from "@core/tenancy/tables.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, count, desc, eq, gte, isNull, max, sql } from "drizzle-orm";
import {
  allocationArms,
  allocations,
  kitMoves,
  kits,
  type SealedArm,
  type Secrets,
  schemeSecrets,
  schemeSteps,
  schemes,
  slots,
  stratumErrors,
  unblindings,
} from "../randomisation-tables.ts";
import type { KitState } from "../rules/kits.ts";
import type { Levels, Scheme } from "../rules/scheme.ts";
import type { SimulationReport } from "../rules/simulation.ts";

const scheme = {
  id: schemes.id,
  version: schemes.version,
  scheme: schemes.scheme,
  blinded: schemes.blinded,
  usesKits: schemes.usesKits,
  kitDays: schemes.kitDays,
  report: schemes.report,
  madeAt: schemes.madeAt,
  madeBy: schemes.madeBy,
};
export const allSchemes = query()((db) => db.select(scheme).from(schemes).orderBy(desc(schemes.version)));
export type SchemeRow = Awaited<ReturnType<typeof allSchemes.map>>;
export const allSchemeSteps = query()((db) =>
  db
    .select({
      id: schemeSteps.id,
      schemeId: schemeSteps.schemeId,
      step: schemeSteps.step,
      reason: schemeSteps.reason,
      listSha256: schemeSteps.listSha256,
      madeAt: schemeSteps.madeAt,
      madeBy: schemeSteps.madeBy,
    })
    .from(schemeSteps)
    .orderBy(asc(schemeSteps.madeAt)),
);
export type SchemeStepRow = Awaited<ReturnType<typeof allSchemeSteps.map>>;

/** The scheme that was activated and not ended: one at most. */
export const schemeInForce = query()((db) =>
  db
    .select(scheme)
    .from(schemes)
    .where(
      sql`${schemes.id} in (select s.scheme_id from studies.scheme_steps s group by s.scheme_id
        having bool_or(s.step = 'activated') and not bool_or(s.step in ('closed', 'discarded')))`,
    )
    .limit(1),
);

export const addScheme = query<{
  id: string;
  version: number;
  scheme: Scheme;
  blinded: boolean;
  usesKits: boolean;
  kitDays: number;
  report: SimulationReport;
}>()((db, $) =>
  db
    .insert(schemes)
    .values({
      id: $.id,
      version: $.version,
      scheme: $.scheme,
      blinded: $.blinded,
      usesKits: $.usesKits,
      kitDays: $.kitDays,
      report: $.report,
    })
    .returning({ id: schemes.id }),
);
export const addSchemeSecrets = query<{ id: string; schemeId: string; secrets: Sealed<Secrets> }>()((db, $) =>
  db
    .insert(schemeSecrets)
    .values({ id: $.id, schemeId: $.schemeId, secrets: $.secrets })
    .returning({ id: schemeSecrets.id }),
);
export const secretsOf = query<{ schemeId: string }>()((db, $) =>
  db
    .select({ id: schemeSecrets.id, secrets: schemeSecrets.secrets })
    .from(schemeSecrets)
    .where(eq(schemeSecrets.schemeId, $.schemeId)),
);
export const addSchemeStep = query<{
  schemeId: string;
  step: SchemeStepRow["step"];
  reason: string | null;
  listSha256: Uint8Array | null;
}>()((db, $) =>
  db
    .insert(schemeSteps)
    .values({ schemeId: $.schemeId, step: $.step, reason: $.reason, listSha256: $.listSha256 })
    .returning({ id: schemeSteps.id }),
);

export const addSlots = (
  rows: readonly { id: string; schemeId: string; stratum: string; ordinal: number; arm: Sealed<SealedArm> }[],
) =>
  dynamic((db) =>
    db
      .insert(slots)
      .values([...rows])
      .returning({ id: slots.id }),
  );
/** The first slot of the stratum that nobody has. */
export const nextSlot = query<{ schemeId: string; stratum: string }>()((db, $) =>
  db
    .select({ id: slots.id, ordinal: slots.ordinal, arm: slots.arm })
    .from(slots)
    .leftJoin(allocationArms, eq(allocationArms.slotId, slots.id))
    .where(and(eq(slots.schemeId, $.schemeId), eq(slots.stratum, $.stratum), isNull(allocationArms.id)))
    .orderBy(asc(slots.ordinal))
    .limit(1),
);
export const slotsMade = query<{ schemeId: string; stratum: string }>()((db, $) =>
  db
    .select({ made: count() })
    .from(slots)
    .where(and(eq(slots.schemeId, $.schemeId), eq(slots.stratum, $.stratum))),
);
export const wholeList = query<{ schemeId: string }>()((db, $) =>
  db
    .select({ id: slots.id, stratum: slots.stratum, ordinal: slots.ordinal, arm: slots.arm })
    .from(slots)
    .where(eq(slots.schemeId, $.schemeId))
    .orderBy(asc(slots.stratum), asc(slots.ordinal)),
);

const allocation = {
  id: allocations.id,
  schemeId: allocations.schemeId,
  subjectId: allocations.subjectId,
  code: subjects.code,
  siteId: allocations.siteId,
  number: allocations.number,
  levels: allocations.levels,
  openArm: allocations.openArm,
  kitNumber: allocations.kitNumber,
  randomisedBy: allocations.randomisedBy,
  madeAt: allocations.madeAt,
};
export const allAllocations = query()((db) =>
  db
    .select(allocation)
    .from(allocations)
    .innerJoin(subjects, eq(subjects.id, allocations.subjectId))
    .orderBy(desc(allocations.madeAt)),
);
export type AllocationRow = Awaited<ReturnType<typeof allAllocations.map>>;
export const allocationById = query<{ id: string }>()((db, $) =>
  db
    .select(allocation)
    .from(allocations)
    .innerJoin(subjects, eq(subjects.id, allocations.subjectId))
    .where(eq(allocations.id, $.id)),
);
/** Without the subject's own row: for a request that is sent again, and for a subject that has one. */
export const allocationFor = query<{ requestId: string; subjectId: string }>()((db, $) =>
  db
    .select({
      id: allocations.id,
      subjectId: allocations.subjectId,
      number: allocations.number,
      requestId: allocations.requestId,
      kitNumber: allocations.kitNumber,
      openArm: allocations.openArm,
    })
    .from(allocations)
    .where(sql`${allocations.requestId} = ${$.requestId}::uuid or ${allocations.subjectId} = ${$.subjectId}::uuid`),
);
export const lastNumber = query<{ schemeId: string }>()((db, $) =>
  db
    .select({ last: max(allocations.number) })
    .from(allocations)
    .where(eq(allocations.schemeId, $.schemeId)),
);
export const addAllocation = query<{
  id: string;
  schemeId: string;
  subjectId: string;
  siteId: string | null;
  number: number;
  levels: Levels;
  stratum: string;
  requestId: string;
  openArm: string | null;
  kitNumber: string | null;
  randomisedBy: string;
  consent: string;
}>()((db, $) =>
  db
    .insert(allocations)
    .values({
      id: $.id,
      schemeId: $.schemeId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      number: $.number,
      levels: $.levels,
      stratum: $.stratum,
      requestId: $.requestId,
      openArm: $.openArm,
      kitNumber: $.kitNumber,
      randomisedBy: $.randomisedBy,
      consent: $.consent,
    })
    .returning({ id: allocations.id, subjectId: allocations.subjectId }),
);
export const addAllocationArm = query<{
  id: string;
  allocationId: string;
  siteId: string | null;
  slotId: string | null;
  arm: Sealed<SealedArm>;
}>()((db, $) =>
  db
    .insert(allocationArms)
    .values({ id: $.id, allocationId: $.allocationId, siteId: $.siteId, slotId: $.slotId, arm: $.arm })
    .returning({ id: allocationArms.id }),
);
/** In the order of time, for minimisation and replay. */
export const armsOfScheme = query<{ schemeId: string }>()((db, $) =>
  db
    .select({
      id: allocationArms.id,
      allocationId: allocations.id,
      subjectId: allocations.subjectId,
      siteId: allocations.siteId,
      levels: allocations.levels,
      slotId: allocationArms.slotId,
      arm: allocationArms.arm,
    })
    .from(allocationArms)
    .innerJoin(allocations, eq(allocations.id, allocationArms.allocationId))
    .where(eq(allocations.schemeId, $.schemeId))
    .orderBy(asc(allocations.number)),
);
export const armOf = query<{ allocationId: string }>()((db, $) =>
  db
    .select({ id: allocationArms.id, arm: allocationArms.arm })
    .from(allocationArms)
    .where(eq(allocationArms.allocationId, $.allocationId)),
);

export const allStratumErrors = query()((db) =>
  db
    .select({
      id: stratumErrors.id,
      subjectId: stratumErrors.subjectId,
      allocationId: stratumErrors.allocationId,
      rightLevels: stratumErrors.rightLevels,
      reason: stratumErrors.reason,
      madeAt: stratumErrors.madeAt,
    })
    .from(stratumErrors),
);
export const addStratumError = query<{
  allocationId: string;
  subjectId: string;
  siteId: string | null;
  rightLevels: Levels;
  reason: string;
}>()((db, $) =>
  db
    .insert(stratumErrors)
    .values({
      allocationId: $.allocationId,
      subjectId: $.subjectId,
      siteId: $.siteId,
      rightLevels: $.rightLevels,
      reason: $.reason,
    })
    .returning({ id: stratumErrors.id, subjectId: stratumErrors.subjectId }),
);
export const allUnblindings = query()((db) =>
  db
    .select({
      id: unblindings.id,
      subjectId: unblindings.subjectId,
      allocationId: unblindings.allocationId,
      reason: unblindings.reason,
      madeAt: unblindings.madeAt,
      madeBy: unblindings.madeBy,
    })
    .from(unblindings)
    .orderBy(desc(unblindings.madeAt)),
);
export const addUnblinding = query<{
  allocationId: string;
  subjectId: string;
  siteId: string | null;
  reason: string;
}>()((db, $) =>
  db
    .insert(unblindings)
    .values({ allocationId: $.allocationId, subjectId: $.subjectId, siteId: $.siteId, reason: $.reason })
    .returning({ id: unblindings.id, subjectId: unblindings.subjectId }),
);

const kit = {
  id: kits.id,
  number: kits.number,
  batch: kits.batch,
  expiresOn: kits.expiresOn,
  state: kits.state,
  siteId: kits.siteId,
  subjectId: kits.subjectId,
};
export const allKits = query()((db) => db.select(kit).from(kits).orderBy(asc(kits.number)));
export type KitRow = Awaited<ReturnType<typeof allKits.map>>;
export const kitById = query<{ id: string }>()((db, $) => db.select(kit).from(kits).where(eq(kits.id, $.id)));
/** Of those at a site that are good for long enough the next so many, with what is in them, sealed. */
export const KITS_AT_ONCE = 200;
export const kitsAt = query<{ siteId: string; goodUntil: string; afterDay: string; afterNumber: string }>()((db, $) =>
  db
    .select({ ...kit, arm: kits.arm })
    .from(kits)
    .where(
      and(
        eq(kits.siteId, $.siteId),
        eq(kits.state, "site"),
        gte(kits.expiresOn, $.goodUntil),
        sql`(${kits.expiresOn}, ${kits.number}) > (${$.afterDay}::date, ${$.afterNumber})`,
      ),
    )
    .orderBy(asc(kits.expiresOn), asc(kits.number))
    .limit(KITS_AT_ONCE),
);
export const kitsWithArms = query()((db) =>
  db
    .select({ ...kit, arm: kits.arm })
    .from(kits)
    .orderBy(asc(kits.number)),
);
export const addKits = (
  rows: readonly { id: string; number: string; arm: Sealed<SealedArm>; batch: string; expiresOn: string }[],
) =>
  dynamic((db) =>
    db
      .insert(kits)
      .values(rows.map((row) => ({ ...row, changedAt: sql`clock_timestamp()` })))
      .returning({ id: kits.id }),
  );
export const moveKit = query<{
  id: string;
  was: KitState;
  state: KitState;
  siteId: string | null;
  subjectId: string | null;
}>()((db, $) =>
  db
    .update(kits)
    .set({ state: sql`${$.state}`, siteId: sql`${$.siteId}::uuid`, subjectId: sql`${$.subjectId}::uuid` })
    .where(and(eq(kits.id, $.id), eq(kits.state, $.was)))
    .returning({ id: kits.id, subjectId: kits.subjectId }),
);
export const addKitMove = query<{ kitId: string; siteId: string | null; was: string; state: string; reason: string }>()(
  (db, $) =>
    db
      .insert(kitMoves)
      .values({ kitId: $.kitId, siteId: $.siteId, was: $.was, state: $.state, reason: $.reason })
      .returning({ id: kitMoves.id }),
);
