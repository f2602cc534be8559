/** The provider registry: what the database is asked. */
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { query } from "../db/query.ts";
import type { ProviderKind, ProviderService } from "../providers/entry.ts";
import {
  clock,
  modelRuns,
  persons,
  providerDocuments,
  providers,
  providerUses,
  workspaces,
} from "../tenancy/tables.ts";

const shown = {
  id: providers.id,
  service: providers.service,
  kind: providers.kind,
  title: providers.title,
  endpoint: providers.endpoint,
  region: providers.region,
  config: providers.config,
  agreement: providers.agreement,
  agreedFrom: providers.agreedFrom,
  agreedUntil: providers.agreedUntil,
  documentName: providers.documentName,
  documentSha256: sql<string>`encode(${providers.documentSha256}, 'hex')`,
  noTraining: providers.noTraining,
  hasSecret: sql<boolean>`${providers.secret} is not null`,
  madeAt: providers.madeAt,
  endedAt: providers.endedAt,
  endReason: providers.endReason,
};

export const allProviders = query()((db) =>
  db.select(shown).from(providers).orderBy(sql`${providers.endedAt} is not null`, desc(providers.madeAt)),
);
export const providerById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...shown, enteredBy: persons.name })
    .from(providers)
    .leftJoin(persons, eq(persons.id, providers.madeBy))
    .where(eq(providers.id, $.id)),
);
export const insertProvider = query<{
  id: string;
  service: ProviderService;
  kind: ProviderKind;
  title: string;
  endpoint: string;
  region: string;
  config: Readonly<Record<string, string>>;
  secret: Uint8Array | null;
  agreement: string;
  agreedFrom: string;
  agreedUntil: string;
  documentName: string;
  documentSha256: Uint8Array;
  noTraining: boolean;
}>()((db, $) =>
  db
    .insert(providers)
    .values({
      id: $.id,
      service: $.service,
      kind: $.kind,
      title: $.title,
      endpoint: $.endpoint,
      region: $.region,
      config: $.config,
      secret: $.secret,
      agreement: $.agreement,
      agreedFrom: $.agreedFrom,
      agreedUntil: $.agreedUntil,
      documentName: $.documentName,
      documentSha256: $.documentSha256,
      noTraining: $.noTraining,
    })
    .returning({ id: providers.id }),
);
export const insertDocument = query<{ providerId: string; body: Uint8Array }>()((db, $) =>
  db
    .insert(providerDocuments)
    .values({ providerId: $.providerId, body: $.body })
    .returning({ id: providerDocuments.id }),
);
export const endProvider = query<{ id: string; reason: string; by: string | null }>()((db, $) =>
  db
    .update(providers)
    .set({ endedAt: clock(), endedBy: sql`${$.by}::uuid`, endReason: sql`${$.reason}` })
    .where(and(eq(providers.id, $.id), isNull(providers.endedAt)))
    .returning({ id: providers.id, title: providers.title }),
);

/** The newest choice of each workspace and service; in a workspace, its own alone. */
export const choicesNow = query()((db) =>
  db
    .selectDistinctOn([providerUses.workspaceId, providerUses.service], {
      id: providerUses.id,
      workspaceId: providerUses.workspaceId,
      workspace: workspaces.title,
      service: providerUses.service,
      providerId: providerUses.providerId,
      reason: providerUses.reason,
      madeAt: providerUses.madeAt,
    })
    .from(providerUses)
    .leftJoin(workspaces, eq(workspaces.id, providerUses.workspaceId))
    .orderBy(providerUses.workspaceId, providerUses.service, desc(providerUses.madeAt)),
);
export const insertChoice = query<{
  workspaceId: string;
  service: ProviderService;
  providerId: string | null;
  reason: string;
}>()((db, $) =>
  db
    .insert(providerUses)
    .values({ workspaceId: $.workspaceId, service: $.service, providerId: $.providerId, reason: $.reason })
    .returning({ id: providerUses.id }),
);

/** What was sent to models from this workspace, newest first. */
export const lastRuns = query<{ offset: number }>()((db, $) =>
  db
    .select({
      id: modelRuns.id,
      at: modelRuns.askedAt,
      purpose: modelRuns.purpose,
      promptVersion: modelRuns.promptVersion,
      provider: providers.title,
      model: modelRuns.model,
      subjectId: modelRuns.subjectId,
      outcome: modelRuns.outcome,
      because: modelRuns.because,
      bytes: modelRuns.inputBytes,
      tokens: sql<number>`coalesce(${modelRuns.inputTokens}, 0) + coalesce(${modelRuns.outputTokens}, 0)`,
      digest: sql<string>`left(encode(${modelRuns.inputSha256}, 'hex'), 12)`,
    })
    .from(modelRuns)
    .innerJoin(providers, eq(providers.id, modelRuns.providerId))
    .orderBy(desc(modelRuns.askedAt), desc(modelRuns.id))
    .limit(51)
    .offset($.offset),
);
