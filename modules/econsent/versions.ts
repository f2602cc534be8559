/** Versions as the rules see them: found with their approvals, and the one in force. */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Content } from "./document.ts";
import { inForce, stateOf, type VersionStanding, type VersionState } from "./effect.ts";
import type { Econsent } from "./names.ts";
import {
  allEffects,
  allVersions,
  type EffectRow,
  effectsOf,
  newestText,
  proposalsOf,
  type TextRow,
  textById,
  type VersionRow,
  versionById,
} from "./store/documents.ts";

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

export const standingOf = (row: VersionRow, effects: readonly EffectRow[]): VersionStanding & { row: VersionRow } => ({
  id: row.id,
  documentId: row.documentId,
  number: row.number,
  language: row.language,
  isPublished: row.publicationId !== null,
  isRetired: row.retirementId !== null,
  effects: effects
    .filter((effect) => effect.versionId === row.id)
    .map(({ siteId, effectiveFrom }) => ({ siteId, from: effectiveFrom })),
  row,
});

export async function versionStandings(ctx: Context<Econsent>) {
  const [effects, versions] = await Promise.all([ctx.db.all(allEffects, {}), ctx.db.all(allVersions, {})]);
  return versions.map((row) => standingOf(row, effects));
}

export interface InForce {
  readonly version: VersionRow;
  readonly content: Content;
  readonly sha256: Uint8Array;
}
/** What a participant of this site reads today in this language; null when nothing is in force there. */
export async function textInForce(
  ctx: Context<Econsent>,
  { documentId, siteId, language }: { documentId: string; siteId: string | null; language: string },
): Promise<InForce | null> {
  const found = inForce(await versionStandings(ctx), documentId, siteId, language, dayOf(ctx.now));
  return found && publishedText(ctx, found.row);
}

export async function publishedText(ctx: Context<Econsent>, version: VersionRow): Promise<InForce> {
  if (!version.textId || !version.sha256) throw Problem.notFound();
  const { content } = await ctx.db.one(textById, { id: version.textId });
  return { version, content, sha256: version.sha256 };
}

export interface VersionFound {
  readonly version: VersionRow;
  readonly text: TextRow;
  readonly effects: readonly EffectRow[];
  readonly state: VersionState;
  /** The last text was put forward, by whom and when. */
  readonly proposal: { readonly madeBy: string | null; readonly madeAt: Date } | null;
}
export async function findVersion(ctx: Context<Econsent>, id: string): Promise<VersionFound> {
  const version = await ctx.db.one(versionById, { id });
  const text = version.textId
    ? await ctx.db.one(textById, { id: version.textId })
    : await ctx.db.one(newestText, { versionId: id });
  const effects = await ctx.db.all(effectsOf, { versionId: id });
  const proposal = (await ctx.db.all(proposalsOf, { versionId: id })).find(({ textId }) => textId === text.id) ?? null;
  return {
    version,
    text,
    effects,
    proposal,
    state: stateOf(standingOf(version, effects), proposal !== null, dayOf(ctx.now)),
  };
}
