/** Rights narrower than a role: this person does not read, or does not enter, this form. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion, versionInForce } from "../capture/version.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { allClosedForms, closeForm, openForm } from "../store/closed-forms.ts";
import { allVersions } from "../store/design.ts";
import { allSites, colleagues } from "../store/sites.ts";
import { ClosedFormsPage } from "../views/closed-forms.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();

export const closedFormRoutes = [
  get("/closed-forms", { needs: "studies.access.manage", run: async (_, ctx) => page(ctx) }),

  post("/closed-forms", {
    needs: "studies.access.manage",
    body: t.Object({
      person: t.String({ title: "A person", format: "uuid" }),
      form: t.String({ title: "A form", minLength: 1, maxLength: 200 }),
      action: t.Union([t.Literal("read"), t.Literal("enter")], { title: "What is closed" }),
      reason: t.String({ title: "A reason", minLength: 3, maxLength: 1000 }),
    }),
    refused: async (typed, problems, ctx) => page(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const person = (await ctx.db.all(colleagues, {})).find(({ id }) => id === body.person);
      if (!person) throw Problem.invalid({ person: "Choose a person from the list." });
      const plan = await planHere(ctx);
      if (!plan?.forms.has(body.form)) throw Problem.invalid({ form: "Choose a form from the list." });
      const standing = (await ctx.db.all(allClosedForms, {})).some(
        (row) => !row.openedAt && row.personId === body.person && row.form === body.form && row.action === body.action,
      );
      if (standing) throw Problem.refused("This form is closed to this person already.");
      await ctx.db.one(closeForm, {
        personId: body.person,
        form: body.form,
        action: body.action,
        reason: body.reason,
      });
      ctx.audit("studies.form_closed", { person: person.name, form: body.form, what: wordsFor[body.action] });
      return new Redirect(ctx.url("/closed-forms"), "Closed, from the next request on.");
    },
  }),

  post("/closed-forms/:id/open", {
    needs: "studies.access.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const opened = await ctx.db.one(openForm, { id: params.id, actor: ctx.actor.id });
      const people = await ctx.people([opened.personId]);
      ctx.audit("studies.form_opened", { person: people.get(opened.personId) ?? "someone", form: opened.form });
      return new Redirect(ctx.url("/closed-forms"), "Open again.");
    },
  }),
];

const wordsFor = { read: "reading and entering", enter: "entering" } as const;

async function planHere(ctx: Context<Studies>): Promise<Plan | null> {
  const [site] = await ctx.db.all(allSites, {});
  const [newest] = await ctx.db.all(allVersions, {});
  const id = (await versionInForce(ctx, site?.id ?? null)) ?? newest?.id;
  return id ? planOfVersion(ctx, id) : null;
}

async function page(ctx: Context<Studies>, form?: FormState) {
  const rows = await ctx.db.all(allClosedForms, {});
  const people = await ctx.people(rows.flatMap((row) => [row.personId, row.madeBy, row.openedBy]));
  const name = (id: string | null) => people.get(id ?? "") ?? "someone";
  const plan = await planHere(ctx);
  const language = plan?.build.languages[0] ?? "";
  const titleOf = (id: string) => {
    const definition = plan?.forms.get(id);
    return (definition && anyText(definition.label, language)) || definition?.name || id;
  };
  const here = await ctx.db.all(colleagues, {});
  return ClosedFormsPage({
    lines: rows.map((row) => ({
      person: name(row.personId),
      form: titleOf(row.form),
      what: wordsFor[row.action],
      reason: row.reason,
      by: name(row.madeBy),
      at: row.madeAt,
      opened: row.openedAt ? { at: row.openedAt, by: name(row.openedBy) } : null,
      open: ctx.url(`/closed-forms/${row.id}/open`),
    })),
    action: ctx.url("/closed-forms"),
    people: [...new Map(here.map((one) => [one.id, { value: one.id, label: one.name }])).values()],
    forms: (plan?.build.forms ?? []).map(({ id }) => ({ value: id, label: titleOf(id) })),
    form,
  });
}
