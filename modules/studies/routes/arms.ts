/** Arms of the draft: made, named, ordered, and at which visits each takes part. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { editDraft } from "../design/draft.ts";
import { addArm, firstLanguage, moveArm, planVisits, removeArm, renameArm } from "../design/edits.ts";
import type { Build } from "../model/build.ts";
import { blinded } from "../model/marks.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { armsInUse } from "../store/participants.ts";
import { ArmsPage } from "../views/arms.tsx";
import { shownBuild } from "./builder.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const byArm = t.Object({ arm: t.String({ maxLength: 200 }) });
const title = t.String({ title: "A name", minLength: 1, maxLength: 200 });

export const armRoutes = [
  get("/design/arms", { needs: "studies.design.read", run: async (_, ctx) => armsPage(ctx) }),

  post("/design/arms", {
    needs: "studies.design.write",
    body: t.Object({ title }),
    refused: async (typed, problems, ctx) => armsPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      await editDraft(ctx, `added the arm ${body.title}`, (build) => addArm(build, body.title));
      return new Redirect(ctx.url("/design/arms"), "The arm was added. It takes part in every visit.");
    },
  }),

  post("/design/arms/:arm", {
    needs: "studies.design.write",
    params: byArm,
    body: t.Object({ name: title }),
    refused: async (typed, problems, ctx) => armsPage(ctx, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `named the arm ${body.name}`, (build) =>
        renameArm(build, armIn(build, params.arm).id, body.name),
      );
      return new Redirect(ctx.url("/design/arms"), "Saved.");
    },
  }),

  post("/design/arms/:arm/move", {
    needs: "studies.design.write",
    params: byArm,
    body: t.Object({ direction: t.Union([t.Literal("up"), t.Literal("down")]) }),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `moved the arm ${params.arm} ${body.direction}`, (build) =>
        moveArm(build, params.arm, body.direction),
      );
      return new Redirect(ctx.url("/design/arms"));
    },
  }),

  post("/design/arms/:arm/remove", {
    needs: "studies.design.write",
    params: byArm,
    refused: async (typed, problems, ctx) => armsPage(ctx, formAgain(typed, problems)),
    async run({ params }, ctx) {
      const inUse = (await ctx.db.all(armsInUse, {})).find(({ arm }) => arm === params.arm);
      if (inUse)
        throw Problem.refused(
          "Participants are in this arm, so it stays: their visits depend on it. Take visits away from it instead.",
        );
      await editDraft(ctx, `removed the arm ${params.arm}`, (build) => {
        const arm = armIn(build, params.arm);
        const alone = build.events.find(({ arms }) => arms.length === 1 && arms[0] === arm.id);
        if (alone)
          throw Problem.refused(
            `“${alone.name}” is planned in this arm only, and without it would be planned in all. Say first where it is planned.`,
          );
        return removeArm(build, arm.id);
      });
      return new Redirect(ctx.url("/design/arms"), "Removed.");
    },
  }),

  post("/design/arms-of-visits", {
    needs: "studies.design.write",
    body: t.Object({ planned: t.Array(t.String({ maxLength: 600 }), { maxItems: 5000 }) }),
    refused: async (typed, problems, ctx) => armsPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const planned = new Set(body.planned);
      await editDraft(ctx, "said which visits belong to which arms", (build) => {
        const nowhere = build.events.find((event) => !build.arms.some((arm) => planned.has(pairOf(event.id, arm.id))));
        if (nowhere)
          throw Problem.invalid({ planned: `“${nowhere.name}” is in no arm. Tick at least one, or remove the visit.` });
        return planVisits(build, (event, arm) => planned.has(pairOf(event, arm)));
      });
      return new Redirect(ctx.url("/design/arms"), "Saved.");
    },
  }),
];

const pairOf = (event: string, arm: string): string => `${encodeURIComponent(event)} ${encodeURIComponent(arm)}`;

function armIn(build: Build, id: string) {
  const arm = build.arms.find((one) => one.id === id);
  if (!arm) throw Problem.notFound("There is no such arm in the draft.");
  return arm;
}

async function armsPage(ctx: Context<Studies>, form?: FormState) {
  const { build, editable } = await shownBuild(ctx);
  const language = firstLanguage(build);
  const people = new Map((await ctx.db.all(armsInUse, {})).map(({ arm, participants }) => [arm, participants]));
  const at = (arm: string, act = "") => ctx.url(`/design/arms/${encodeURIComponent(arm)}${act}`);
  return ArmsPage({
    crumbs: [{ label: "Forms", href: ctx.url("/design") }],
    editable,
    isBlinded: build.items.some((item) => blinded.on(item)),
    arms: build.arms.map(({ id, name }) => ({
      id,
      name: anyText(name, language) || id,
      participants: people.get(id) ?? 0,
      rename: at(id),
      move: at(id, "/move"),
      remove: at(id, "/remove"),
    })),
    visits: build.events.map((event) => ({
      title: anyText(event.label, language) || event.name,
      cells: build.arms.map((arm) => ({
        value: pairOf(event.id, arm.id),
        isPlanned: event.arms.length === 0 || event.arms.includes(arm.id),
      })),
    })),
    add: ctx.url("/design/arms"),
    plan: ctx.url("/design/arms-of-visits"),
    form,
  });
}
