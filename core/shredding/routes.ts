/** /w/:workspace/shredding: destroying what is sealed, for ever, and the day on which it is gone from every backup too. */
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { OwnContext } from "../context.ts";
import { hereIn, ownGet, ownPost } from "../http/own-route.ts";
import { refusedForm } from "../http/refused-form.ts";
import { Redirect } from "../module.ts";
import { Problem } from "../problem.ts";
import { shreddingPage } from "./pages.tsx";
import { completeOn, destroyedHere, shredSubject, shredWorkspace } from "./shredding.ts";

const base = (ctx: OwnContext) => `/w/${hereIn(ctx).slug}/shredding`;
const reason = t.String({ title: "Reason", minLength: 3, maxLength: 500 });

export const shreddingRoutes = [
  ownGet("/w/:workspace/shredding", { needs: "core.keys.destroy", run: async (_input, ctx) => show(ctx) }),
  ownPost("/w/:workspace/shredding/subject", {
    needs: "core.keys.destroy",
    body: t.Object({
      code: t.String({ title: "Code", minLength: 1, maxLength: 40 }),
      again: t.String({ title: "Code once more", minLength: 1, maxLength: 40 }),
      reason,
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      if (body.again !== body.code) throw Problem.invalid({ again: "The two codes differ. Nothing was destroyed." });
      if (!ctx.mayEverywhere("core.keys.destroy")) throw new Problem("forbidden");
      return new Redirect(
        base(ctx),
        `${body.code} was destroyed. ${inBackups(await shredSubject(ctx, body.code, body.reason))}`,
      );
    },
  }),
  ownPost("/w/:workspace/shredding/workspace", {
    needs: "core.keys.destroy",
    body: t.Object({
      title: t.String({ title: "Name of the workspace", minLength: 1, maxLength: 200 }),
      "all-reason": reason,
    }),
    refused: async (typed, problems, ctx) => show(ctx, refusedForm(typed, problems)),
    run: async ({ body }, ctx) => {
      const workspace = hereIn(ctx);
      if (body.title !== workspace.title)
        throw Problem.invalid({ title: `Type the name as it is: ${workspace.title}. Nothing was destroyed.` });
      if (!ctx.mayEverywhere("core.keys.destroy")) throw new Problem("forbidden");
      const { keys, on } = await shredWorkspace(ctx, body["all-reason"]);
      return new Redirect(
        base(ctx),
        `${keys} keys were destroyed: nothing sealed here can be read any more. ${inBackups(on)}`,
      );
    },
  }),
];

const inBackups = (on: Date | null) =>
  on === null
    ? "No backup of Cairn's own holds its key."
    : `Backups hold its key until ${on.toISOString().slice(0, 10)}; from then on it is gone everywhere.`;

async function show(ctx: OwnContext, form?: FormState) {
  return shreddingPage(
    { workspace: hereIn(ctx), destroyed: await destroyedHere(ctx), on: await completeOn(ctx, ctx.now), now: ctx.now },
    form,
  );
}
