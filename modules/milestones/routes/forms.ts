/** The form builder: which questions are put to whom, each mapped to a subcompetency. */
import { type Context, Redirect, routesFor, type Typed } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type EvaluatorKind, evaluatorKinds, kindChoices } from "../evaluator-kind.ts";
import type { Milestones } from "../names.ts";
import { addForm, addFormItems, addFormVersion, type FormRow, formById, itemsOf, newestForms } from "../store/forms.ts";
import { allFrameworks, frameworkById, subcompetenciesOf } from "../store/frameworks.ts";
import { FormBuilderPage, FormsPage } from "../views/forms.tsx";
import { nameOf } from "./frameworks.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const crumbs = (ctx: Context<Milestones>) => [{ label: "Forms", href: ctx.url("/forms") }];

const kinds = Object.keys(evaluatorKinds) as EvaluatorKind[];
const built = {
  narrativeQuestion: t.String({ title: "Question for the narrative", minLength: 1, maxLength: 300 }),
  offered: t.Optional(t.Literal("yes")),
  asked: t.Array(uuid, { title: "Questions", maxItems: 60 }),
  questions: t.Record(t.String(), t.String({ title: "Question", maxLength: 300 })),
  answers: t.Record(t.String(), t.Union([t.Literal("level"), t.Literal("agree")])),
};

export const formRoutes = [
  get("/forms", {
    needs: "milestones.frameworks.manage",
    async run(_, ctx) {
      const frameworks = await ctx.db.all(allFrameworks, {});
      const names = new Map(frameworks.map((row) => [row.id, nameOf(row)]));
      const rows = [...(await ctx.db.all(newestForms, {}))].sort((a, b) => a.title.localeCompare(b.title));
      return FormsPage({
        forms: rows.map((row) => ({
          href: ctx.url(`/forms/${row.id}`),
          title: row.title,
          kind: evaluatorKinds[row.kind],
          framework: names.get(row.frameworkId) ?? "",
          version: row.version,
          isOffered: row.isOffered,
        })),
        build: frameworks.map((row) => ({ href: `${ctx.url("/forms/new")}?framework=${row.id}`, name: nameOf(row) })),
      });
    },
  }),

  get("/forms/new", {
    needs: "milestones.frameworks.manage",
    query: t.Object({ framework: uuid }),
    run: async ({ query }, ctx) => FormBuilderPage(await builderOf(ctx, query.framework, null)),
  }),

  post("/forms", {
    needs: "milestones.frameworks.manage",
    body: t.Object({
      frameworkId: uuid,
      title: t.String({ title: "Title", minLength: 1, maxLength: 120 }),
      kind: t.Union(kinds.map((kind) => t.Literal(kind))),
      ...built,
    }),
    refused: async (typed, problems, ctx) =>
      FormBuilderPage({
        ...(await builderOf(ctx, String(typed.frameworkId ?? ""), null, typed)),
        form: formAgain(typed, problems),
      }),
    async run({ body }, ctx) {
      const framework = await ctx.db.one(frameworkById, { id: body.frameworkId });
      const id = Bun.randomUUIDv7();
      const added = await ctx.db.first(addForm, {
        id,
        frameworkId: framework.id,
        kind: body.kind,
        title: body.title.trim(),
      });
      if (!added) throw Problem.invalid({ title: "There is a form of this name already." });
      await save(ctx, { id, title: body.title, kind: body.kind, frameworkId: framework.id, version: 1 }, body);
      return new Redirect(ctx.url("/forms"), "The form is saved.");
    },
  }),

  get("/forms/:id", {
    needs: "milestones.frameworks.manage",
    params: t.Object({ id: uuid }),
    async run({ params }, ctx) {
      const form = await ctx.db.one(formById, params);
      return FormBuilderPage(await builderOf(ctx, form.frameworkId, form));
    },
  }),

  post("/forms/:id", {
    needs: "milestones.frameworks.manage",
    params: t.Object({ id: uuid }),
    body: t.Object(built),
    async refused(typed, problems, ctx, params) {
      const form = await ctx.db.one(formById, params);
      return FormBuilderPage({
        ...(await builderOf(ctx, form.frameworkId, form, typed)),
        form: formAgain(typed, problems),
      });
    },
    async run({ params, body }, ctx) {
      const form = await ctx.db.one(formById, params);
      await save(ctx, { ...form, version: form.version + 1 }, body);
      return new Redirect(
        ctx.url("/forms"),
        "Saved as a new version. What was asked with an earlier one stays as it was.",
      );
    },
  }),
];

async function save(
  ctx: Context<Milestones>,
  form: Pick<FormRow, "id" | "title" | "kind" | "frameworkId" | "version">,
  body: {
    readonly narrativeQuestion: string;
    readonly offered?: string;
    readonly asked: readonly string[];
    readonly questions: Readonly<Record<string, string>>;
    readonly answers: Readonly<Record<string, "level" | "agree">>;
  },
) {
  const wanted = new Set(body.asked);
  const subcompetencies = (await ctx.db.all(subcompetenciesOf, { frameworkId: form.frameworkId })).filter((row) =>
    wanted.has(row.id),
  );
  if (subcompetencies.length === 0 || subcompetencies.length !== wanted.size)
    throw Problem.invalid({ asked: "Choose one question or more of this framework." });
  const lay = form.kind === "patient" || form.kind === "peer";
  const items = subcompetencies.map((row, at) => ({
    ordinal: at + 1,
    subcompetencyId: row.id,
    question: (body.questions[row.id] ?? "").trim() || row.title,
    answer: body.answers[row.id] ?? (lay ? ("agree" as const) : ("level" as const)),
  }));
  if (lay && items.some((item) => item.answer === "level"))
    throw Problem.invalid({ asked: "Peers and patients answer in plain words, not on the milestones' scale." });
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addFormVersion, {
    id,
    formId: form.id,
    version: form.version,
    narrativeQuestion: body.narrativeQuestion,
    isOffered: body.offered === "yes",
  });
  await ctx.db.all(addFormItems(items.map((item) => ({ formVersionId: id, ...item }))), {});
  ctx.audit("milestones.form_saved", { form: form.title, version: form.version, count: items.length });
}

async function builderOf(ctx: Context<Milestones>, frameworkId: string, form: FormRow | null, typed: Typed = {}) {
  const framework = await ctx.db.one(frameworkById, { id: frameworkId });
  const items = new Map(
    form ? (await ctx.db.all(itemsOf, { formVersionId: form.versionId })).map((row) => [row.subcompetencyId, row]) : [],
  );
  const sent = typed.asked === undefined ? null : new Set([typed.asked].flat());
  return {
    title: form ? form.title : `New form for ${nameOf(framework)}`,
    crumbs: crumbs(ctx),
    action: ctx.url(form ? `/forms/${form.id}` : "/forms"),
    frameworkId,
    fixed: form ? { kind: evaluatorKinds[form.kind], version: form.version } : null,
    kinds: kindChoices,
    narrativeQuestion: form?.narrativeQuestion ?? "What did you see, and what should come next?",
    isOffered: form?.isOffered ?? true,
    items: (await ctx.db.all(subcompetenciesOf, { frameworkId })).map(({ id, code, title }) => {
      const item = items.get(id);
      return {
        id,
        code,
        title,
        isAsked: sent ? sent.has(id) : item !== undefined,
        question: String(typed[`questions.${id}`] ?? item?.question ?? title),
        answer: String(typed[`answers.${id}`] ?? item?.answer ?? "level"),
      };
    }),
  };
}
