/** Documents, their versions and texts, publications, ethics approvals and retirements. */
import { query } from "@core/db/query.ts";
import { sites } from "@core/tenancy/tables.ts";
import { and, asc, desc, eq, isNull } from "drizzle-orm";
import type { Content, Language } from "../document.ts";
import { documents, effects, proposals, publications, retirements, texts, versions } from "../tables.ts";

const document = { id: documents.id, title: documents.title, isMain: documents.isMain };
export const allDocuments = query()((db) => db.select(document).from(documents).orderBy(asc(documents.madeAt)));
export const documentById = query<{ id: string }>()((db, $) =>
  db.select(document).from(documents).where(eq(documents.id, $.id)),
);
export type DocumentRow = Awaited<ReturnType<typeof documentById.map>>;
export const addDocument = query<{ id: string; title: string; isMain: boolean }>()((db, $) =>
  db.insert(documents).values({ id: $.id, title: $.title, isMain: $.isMain }).returning({ id: documents.id }),
);

const version = {
  id: versions.id,
  documentId: versions.documentId,
  number: versions.number,
  language: versions.language,
  asksAgain: versions.asksAgain,
  changes: versions.changes,
  madeAt: versions.madeAt,
  madeBy: versions.madeBy,
};
/** With the document's title, and what was published of it. */
const published = {
  ...version,
  document: documents.title,
  isMain: documents.isMain,
  publicationId: publications.id,
  textId: publications.textId,
  sha256: publications.sha256,
  publishedAt: publications.madeAt,
  publishedBy: publications.madeBy,
  retirementId: retirements.id,
  retiredAt: retirements.madeAt,
  retiredBecause: retirements.reason,
};
export const allVersions = query()((db) =>
  db
    .select(published)
    .from(versions)
    .innerJoin(documents, eq(documents.id, versions.documentId))
    .leftJoin(publications, eq(publications.versionId, versions.id))
    .leftJoin(retirements, eq(retirements.versionId, versions.id))
    .orderBy(asc(documents.madeAt), desc(versions.number), asc(versions.language)),
);
export const versionById = query<{ id: string }>()((db, $) =>
  db
    .select(published)
    .from(versions)
    .innerJoin(documents, eq(documents.id, versions.documentId))
    .leftJoin(publications, eq(publications.versionId, versions.id))
    .leftJoin(retirements, eq(retirements.versionId, versions.id))
    .where(eq(versions.id, $.id)),
);
export type VersionRow = Awaited<ReturnType<typeof versionById.map>>;
export const addVersion = query<{
  id: string;
  documentId: string;
  number: number;
  language: Language;
  asksAgain: boolean;
  changes: string;
}>()((db, $) =>
  db
    .insert(versions)
    .values({
      id: $.id,
      documentId: $.documentId,
      number: $.number,
      language: $.language,
      asksAgain: $.asksAgain,
      changes: $.changes,
    })
    .returning({ id: versions.id }),
);

const text = {
  id: texts.id,
  versionId: texts.versionId,
  ordinal: texts.ordinal,
  content: texts.content,
  sha256: texts.sha256,
  madeAt: texts.madeAt,
  madeBy: texts.madeBy,
};
/** The newest first. */
export const textsOf = query<{ versionId: string }>()((db, $) =>
  db.select(text).from(texts).where(eq(texts.versionId, $.versionId)).orderBy(desc(texts.ordinal)),
);
export const newestText = query<{ versionId: string }>()((db, $) =>
  db.select(text).from(texts).where(eq(texts.versionId, $.versionId)).orderBy(desc(texts.ordinal)).limit(1),
);
export const textById = query<{ id: string }>()((db, $) => db.select(text).from(texts).where(eq(texts.id, $.id)));
export type TextRow = Awaited<ReturnType<typeof textById.map>>;
export const addText = query<{
  id: string;
  versionId: string;
  ordinal: number;
  content: Content;
  sha256: Uint8Array;
}>()((db, $) =>
  db
    .insert(texts)
    .values({ id: $.id, versionId: $.versionId, ordinal: $.ordinal, content: $.content, sha256: $.sha256 })
    .returning({ id: texts.id }),
);

const proposal = {
  id: proposals.id,
  versionId: proposals.versionId,
  textId: proposals.textId,
  madeAt: proposals.madeAt,
  madeBy: proposals.madeBy,
};
export const allProposals = query()((db) => db.select(proposal).from(proposals));
export const proposalsOf = query<{ versionId: string }>()((db, $) =>
  db.select(proposal).from(proposals).where(eq(proposals.versionId, $.versionId)).orderBy(desc(proposals.madeAt)),
);
export const addProposal = query<{ versionId: string; textId: string }>()((db, $) =>
  db.insert(proposals).values({ versionId: $.versionId, textId: $.textId }).returning({ id: proposals.id }),
);
export const addPublication = query<{ versionId: string; textId: string; sha256: Uint8Array }>()((db, $) =>
  db
    .insert(publications)
    .values({ versionId: $.versionId, textId: $.textId, sha256: $.sha256 })
    .returning({ id: publications.id }),
);

const effect = {
  id: effects.id,
  versionId: effects.versionId,
  siteId: effects.siteId,
  approvedOn: effects.approvedOn,
  effectiveFrom: effects.effectiveFrom,
  reference: effects.reference,
  madeAt: effects.madeAt,
  madeBy: effects.madeBy,
};
export const allEffects = query()((db) => db.select(effect).from(effects).orderBy(asc(effects.effectiveFrom)));
export const effectsOf = query<{ versionId: string }>()((db, $) =>
  db.select(effect).from(effects).where(eq(effects.versionId, $.versionId)).orderBy(asc(effects.effectiveFrom)),
);
export type EffectRow = Awaited<ReturnType<typeof effectsOf.map>>;
export const addEffect = query<{
  versionId: string;
  siteId: string | null;
  approvedOn: string;
  effectiveFrom: string;
  reference: string;
}>()((db, $) =>
  db
    .insert(effects)
    .values({
      versionId: $.versionId,
      siteId: $.siteId,
      approvedOn: $.approvedOn,
      effectiveFrom: $.effectiveFrom,
      reference: $.reference,
    })
    .returning({ id: effects.id }),
);
export const addRetirement = query<{ versionId: string; reason: string }>()((db, $) =>
  db.insert(retirements).values({ versionId: $.versionId, reason: $.reason }).returning({ id: retirements.id }),
);

export const allSites = query()((db) =>
  db
    .select({ id: sites.id, code: sites.code, name: sites.name })
    .from(sites)
    .where(and(isNull(sites.closedAt)))
    .orderBy(asc(sites.code)),
);
