/** Specialties, their subcompetencies and level texts, and the periods. */
import { dynamic, query } from "@core/db/query.ts";
import { and, asc, eq, sql } from "drizzle-orm";
import type { Period } from "../period.ts";
import { frameworks, levelTexts, periods, subcompetencies } from "../tables.ts";

const framework = {
  id: frameworks.id,
  specialty: frameworks.specialty,
  version: frameworks.version,
  effectiveFrom: frameworks.effectiveFrom,
  effectiveTo: frameworks.effectiveTo,
};

export const allFrameworks = query()((db) =>
  db.select(framework).from(frameworks).orderBy(asc(frameworks.specialty), asc(frameworks.version)),
);
export type FrameworkRow = Awaited<ReturnType<typeof allFrameworks.map>>;

export const frameworkById = query<{ id: string }>()((db, $) =>
  db.select(framework).from(frameworks).where(eq(frameworks.id, $.id)),
);

export const frameworkNamed = query<{ specialty: string; version: string }>()((db, $) =>
  db
    .select(framework)
    .from(frameworks)
    .where(and(eq(frameworks.specialty, $.specialty), eq(frameworks.version, $.version))),
);

/** Gives no row when the framework is there already. */
export const addFramework = query<{ specialty: string; version: string; effectiveFrom: string }>()((db, $) =>
  db
    .insert(frameworks)
    .values({ specialty: $.specialty, version: $.version, effectiveFrom: $.effectiveFrom })
    .onConflictDoNothing()
    .returning({ id: frameworks.id }),
);

const subcompetency = {
  id: subcompetencies.id,
  frameworkId: subcompetencies.frameworkId,
  code: subcompetencies.code,
  competency: subcompetencies.competency,
  title: subcompetencies.title,
};

export const allSubcompetencies = query()((db) =>
  db.select(subcompetency).from(subcompetencies).orderBy(asc(subcompetencies.ordinal)),
);
export type SubcompetencyRow = Awaited<ReturnType<typeof allSubcompetencies.map>>;

export const subcompetenciesOf = query<{ frameworkId: string }>()((db, $) =>
  db
    .select(subcompetency)
    .from(subcompetencies)
    .where(eq(subcompetencies.frameworkId, $.frameworkId))
    .orderBy(asc(subcompetencies.ordinal)),
);

/** Adds what is new and corrects titles that differ; gives the rows that were written. */
export const saveSubcompetencies = (
  rows: readonly { frameworkId: string; code: string; competency: string; title: string; ordinal: number }[],
) =>
  dynamic((db) =>
    db
      .insert(subcompetencies)
      .values([...rows])
      .onConflictDoUpdate({
        target: [
          subcompetencies.tenantId,
          subcompetencies.workspaceId,
          subcompetencies.frameworkId,
          subcompetencies.code,
        ],
        set: { title: sql`excluded.title` },
        setWhere: sql`${subcompetencies.title} <> excluded.title`,
      })
      .returning({ id: subcompetencies.id }),
  );

export const levelTextsOf = query<{ frameworkId: string }>()((db, $) =>
  db
    .select({
      id: levelTexts.id,
      subcompetencyId: levelTexts.subcompetencyId,
      level: levelTexts.level,
      text: levelTexts.text,
    })
    .from(levelTexts)
    .innerJoin(subcompetencies, eq(levelTexts.subcompetencyId, subcompetencies.id))
    .where(eq(subcompetencies.frameworkId, $.frameworkId))
    .orderBy(asc(subcompetencies.ordinal), asc(levelTexts.level)),
);
export type LevelTextRow = Awaited<ReturnType<typeof levelTextsOf.map>>;

/** Adds what is new and replaces texts that differ; gives the rows that were written. */
export const saveLevelTexts = (rows: readonly { subcompetencyId: string; level: number; text: string }[]) =>
  dynamic((db) =>
    db
      .insert(levelTexts)
      .values([...rows])
      .onConflictDoUpdate({
        target: [levelTexts.tenantId, levelTexts.workspaceId, levelTexts.subcompetencyId, levelTexts.level],
        set: { text: sql`excluded.text` },
        setWhere: sql`${levelTexts.text} <> excluded.text`,
      })
      .returning({ id: levelTexts.id }),
  );

const period = {
  id: periods.id,
  academicYear: periods.academicYear,
  half: periods.half,
  startsOn: periods.startsOn,
  endsOn: periods.endsOn,
  opensOn: periods.opensOn,
  closesOn: periods.closesOn,
};

/** Earlier periods first. */
export const allPeriods = query()((db) => db.select(period).from(periods).orderBy(asc(periods.startsOn)));
export type PeriodRow = Awaited<ReturnType<typeof allPeriods.map>>;

export const periodById = query<{ id: string }>()((db, $) =>
  db.select(period).from(periods).where(eq(periods.id, $.id)),
);

/** Gives no row for a period that is there already. */
export const addPeriods = (rows: readonly Period[]) =>
  dynamic((db) =>
    db
      .insert(periods)
      .values([...rows])
      .onConflictDoNothing()
      .returning({ id: periods.id }),
  );
