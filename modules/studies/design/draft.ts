/** The draft under work: read, changed in one step, and every step kept with its author and its difference. */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { Build } from "../model/build.ts";
import { differencesBetween } from "../model/differences.ts";
import type { Studies } from "../names.ts";
import { addEdit, changeDraft, type DraftRow, openDraft } from "../store/design.ts";

export async function draftOf(ctx: Context<Studies>): Promise<DraftRow> {
  const draft = await ctx.db.first(openDraft, {});
  if (!draft) throw Problem.notFound("There is no draft under work. Begin one on the page Forms.");
  return draft;
}

/** Nothing is written when nothing changes. */
export async function editDraft(
  ctx: Context<Studies>,
  summary: string,
  change: (build: Build) => Build,
): Promise<{ readonly draft: DraftRow; readonly build: Build }> {
  const draft = await draftOf(ctx);
  const build = change(draft.build);
  const changes = differencesBetween(draft.build, build);
  if (changes.length === 0) return { draft, build };
  const next = draft.revision + 1;
  const written = await ctx.db.first(changeDraft, {
    id: draft.id,
    revision: draft.revision,
    next,
    title: draft.title,
    build,
  });
  if (!written) throw new Problem("conflict", "Someone else changed the draft at the same moment. Do it once more.");
  await ctx.db.all(addEdit, { draftId: draft.id, revision: next, summary: summary.slice(0, 400), changes });
  ctx.audit("studies.draft_changed", { revision: next, summary });
  return { draft, build };
}
