/** Importing a definition: the file is kept, what it would change is shown, and only then the draft is replaced. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { hexOf } from "../design/canonical.ts";
import { editDraft } from "../design/draft.ts";
import { readDefinition } from "../import/definition.ts";
import { bytesOf, keep } from "../import/kept.ts";
import { emptyBuild } from "../model/build.ts";
import { differencesBetween } from "../model/differences.ts";
import { problemsOf } from "../model/problems.ts";
import type { Studies } from "../names.ts";
import { allVersions, openDraft } from "../store/design.ts";
import { abandonFile, fileById, takeFile } from "../store/imports.ts";
import { ChooseDefinitionPage, DefinitionPreviewPage } from "../views/design.tsx";
import { begin } from "./design.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const limit = 20 * 1024 * 1024;
const crumbs = (ctx: Context<Studies>) => [{ label: "Forms", href: ctx.url("/design") }];

const choosePage = (ctx: Context<Studies>, form?: FormState) =>
  ChooseDefinitionPage({ action: ctx.url("/design/import"), crumbs: crumbs(ctx), form });

export const definitionImportRoutes = [
  get("/design/import", { needs: "studies.design.write", run: async (_, ctx) => choosePage(ctx) }),

  post("/design/import", {
    needs: "studies.design.write",
    bodyLimit: limit,
    body: t.Object({ file: upload({ title: "a file" }) }),
    refused: async (typed, problems, ctx) => choosePage(ctx, formAgain(typed, problems)),
    async run({ body: { file } }, ctx) {
      const definition = await readDefinition(file.bytes);
      if ("problem" in definition) throw Problem.invalid({ file: definition.problem });
      const id = await keep(ctx, { ...file, purpose: "definition", format: definition.format });
      return new Redirect(ctx.url(`/design/import/${id}`));
    },
  }),

  get("/design/import/:id", {
    needs: "studies.design.write",
    params: byId,
    async run({ params }, ctx) {
      const { file, definition } = await definitionOf(ctx, params.id);
      const draft = await ctx.db.first(openDraft, {});
      const { build } = definition;
      return DefinitionPreviewPage({
        crumbs: [...crumbs(ctx), { label: "Import a definition", href: ctx.url("/design/import") }],
        filename: file.filename,
        format: definition.format,
        sha256: hexOf(file.sha256),
        facts: [
          { term: "Study", value: build.study.name || "not named" },
          { term: "Visits", value: String(build.events.length) },
          { term: "Forms", value: String(build.forms.length) },
          { term: "Fields", value: String(build.items.length) },
          { term: "Code lists", value: String(build.codeLists.length) },
          { term: "Languages", value: build.languages.join(", ") || "not named" },
        ],
        notes: definition.notes,
        problems: problemsOf(build),
        changes: differencesBetween(draft?.build ?? emptyBuild, build),
        hasDraft: draft !== null,
        take: file.takenAt || file.abandonedAt ? null : ctx.url(`/design/import/${file.id}/take`),
        abandon: ctx.url(`/design/import/${file.id}/leave`),
      });
    },
  }),

  post("/design/import/:id/take", {
    needs: "studies.design.write",
    params: byId,
    async run({ params }, ctx) {
      const { file, definition } = await definitionOf(ctx, params.id);
      const summary = `took ${file.filename} (${definition.format})`;
      const draft = await ctx.db.first(openDraft, {});
      if (draft) await editDraft(ctx, summary, () => definition.build);
      else {
        const [newest] = await ctx.db.all(allVersions, {});
        await begin(ctx, definition.build, newest?.id ?? null, summary);
      }
      const taken = await ctx.db.first(takeFile, {
        id: file.id,
        summary: { notes: definition.notes.length },
        actor: ctx.actor.id,
      });
      if (!taken) throw new Problem("conflict", "This file was taken or left already. Upload it again if you need it.");
      return new Redirect(ctx.url("/design"), "The definition is in the draft.");
    },
  }),

  post("/design/import/:id/leave", {
    needs: "studies.design.write",
    params: byId,
    async run({ params }, ctx) {
      await ctx.db.first(abandonFile, params);
      return new Redirect(ctx.url("/design"), "Nothing was changed.");
    },
  }),
];

async function definitionOf(ctx: Context<Studies>, id: string) {
  const file = await ctx.db.one(fileById, { id });
  if (file.purpose !== "definition") throw Problem.notFound();
  const definition = await readDefinition(await bytesOf(ctx, id));
  if ("problem" in definition) throw Problem.refused(definition.problem);
  return { file, definition };
}
