/** The screen builder: forms, sections, fields and visits of the draft, one page each. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { digestOf, hexOf } from "../design/canonical.ts";
import { editDraft } from "../design/draft.ts";
import {
  addItem,
  addSection,
  changeEntry,
  changeEvent,
  changeForm,
  changeItem,
  firstLanguage,
  moveEntry,
  moveSection,
  newItem,
  removeEntry,
  removeEvent,
  removeForm,
  removeSection,
} from "../design/edits.ts";
import { type ItemInput, inputOf, itemFrom, kindOf, kinds } from "../design/item-form.ts";
import { type Build, entryOf } from "../model/build.ts";
import { blinded, critical, survey, twice } from "../model/marks.ts";
import { planOf, sectionsOf } from "../model/plan.ts";
import { anyText, wordsOf } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { allVersions, openDraft, versionById } from "../store/design.ts";
import { BuilderPage, EventPage, ItemPage } from "../views/builder.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const key = t.String({ maxLength: 200 });
const byForm = t.Object({ form: key });
const byItem = t.Object({ form: key, item: key });
const byEvent = t.Object({ event: key });
const short = (title: string, maxLength = 200) => t.Optional(t.String({ title, maxLength }));
const at = (ctx: Context<Studies>, path: string, ...parts: string[]) =>
  ctx.url(parts.reduce((url, part) => url.replace("*", encodeURIComponent(part)), path));

const itemBody = t.Object({
  was: t.String({ maxLength: 64 }),
  question: t.String({ title: "A question", minLength: 1, maxLength: 2000 }),
  hint: short("Help", 1000),
  kind: t.String({ title: "The kind of answer" }),
  options: short("Options", 20_000),
  columns: short("Columns", 20_000),
  maxLength: short("Longest text", 6),
  decimals: short("Decimals", 6),
  units: short("Units"),
  required: t.Boolean(),
  nullFlavours: t.Array(t.String()),
  shownWhen: short("The condition", 4000),
  shownCases: short("Test cases", 20_000),
  whenHidden: t.Union([t.Literal("keep"), t.Literal("blank"), t.Literal("query")], { default: "keep" }),
  calculation: short("The formula", 4000),
  calculationCases: short("Test cases", 20_000),
  checks: t.Record(t.String(), t.String({ maxLength: 20_000 })),
  words: t.Record(t.String(), t.String({ maxLength: 2000 })),
  encrypted: t.Boolean(),
  identifies: t.Boolean(),
  blinded: t.Boolean(),
  critical: t.Boolean(),
});

export const builderRoutes = [
  get("/design/forms/:form", {
    needs: "studies.design.read",
    params: byForm,
    run: async ({ params }, ctx) => builderPage(ctx, params.form),
  }),

  post("/design/forms/:form", {
    needs: "studies.design.write",
    params: byForm,
    body: t.Object({
      name: t.String({ title: "A name", minLength: 1, maxLength: 200 }),
      repeating: t.Boolean(),
      double: t.Boolean(),
      survey: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => builderPage(ctx, params.form, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `changed the form ${body.name}`, (build) => {
        const form = formIn(build, params.form);
        const { extras } = survey.set(twice.set(form, body.double), body.survey);
        const label = { ...form.label, ...wordsOf(body.name, firstLanguage(build)) };
        return changeForm(build, params.form, { name: body.name, label, repeating: body.repeating, extras });
      });
      return new Redirect(at(ctx, "/design/forms/*", params.form), "Saved.");
    },
  }),

  post("/design/forms/:form/items", {
    needs: "studies.design.write",
    params: byForm,
    body: t.Object({
      question: t.String({ title: "A question", minLength: 1, maxLength: 2000 }),
      kind: t.String({ title: "The kind of answer" }),
      options: short("Options", 20_000),
      section: t.String({ title: "A section", minLength: 1 }),
    }),
    refused: async (typed, problems, ctx, params) => builderPage(ctx, params.form, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      let id = "";
      await editDraft(ctx, `added the field ${body.question.slice(0, 100)}`, (build) => {
        const form = formIn(build, params.form);
        if (!sectionsOf(form).some(({ section }) => section.id === body.section))
          throw Problem.invalid({ section: "Choose a section of this form." });
        const blank = newItem(build, body.question);
        const empty = inputOf(build, blank, entryOf(blank.id));
        const options = body.options ?? "";
        const input = { ...empty, kind: body.kind, options, columns: body.kind.startsWith("grid") ? options : "" };
        const filled = itemFrom(build, blank, entryOf(blank.id), input);
        if (Object.keys(filled.problems).length > 0) throw Problem.invalid(filled.problems);
        id = filled.item.id;
        return addItem(filled.build, params.form, body.section, filled.item, filled.entry);
      });
      return new Redirect(at(ctx, "/design/forms/*/items/*", params.form, id), "Added. Refine it here.");
    },
  }),

  post("/design/forms/:form/sections", {
    needs: "studies.design.write",
    params: byForm,
    body: t.Object({
      title: t.String({ title: "A title", minLength: 1, maxLength: 200 }),
      repeats: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => builderPage(ctx, params.form, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `added the section ${body.title}`, (build) =>
        addSection(build, formIn(build, params.form).id, body.title, body.repeats ? "open" : "no"),
      );
      return new Redirect(at(ctx, "/design/forms/*", params.form), "The section was added.");
    },
  }),

  post("/design/forms/:form/move", {
    needs: "studies.design.write",
    params: byForm,
    body: t.Object({
      what: t.Union([t.Literal("entry"), t.Literal("section")]),
      section: key,
      id: key,
      direction: t.Union([t.Literal("up"), t.Literal("down")]),
    }),
    async run({ params, body: { what, section, id, direction } }, ctx) {
      await editDraft(ctx, `moved ${id} ${direction}`, (build) =>
        what === "entry"
          ? moveEntry(build, params.form, section, id, direction)
          : moveSection(build, params.form, section, direction),
      );
      return new Redirect(at(ctx, "/design/forms/*", params.form));
    },
  }),

  post("/design/forms/:form/remove", {
    needs: "studies.design.write",
    params: byForm,
    body: t.Object({
      what: t.Union([t.Literal("entry"), t.Literal("section"), t.Literal("form")]),
      section: t.Optional(key),
      id: t.Optional(key),
    }),
    async run({ params, body: { what, section = "", id = "" } }, ctx) {
      await editDraft(ctx, `removed ${what} ${what === "form" ? params.form : id}`, (build) => {
        formIn(build, params.form);
        if (what === "form") return removeForm(build, params.form);
        return what === "section"
          ? removeSection(build, params.form, section)
          : removeEntry(build, params.form, section, id);
      });
      return new Redirect(what === "form" ? ctx.url("/design") : at(ctx, "/design/forms/*", params.form), "Removed.");
    },
  }),

  get("/design/forms/:form/items/:item", {
    needs: "studies.design.read",
    params: byItem,
    run: async ({ params }, ctx) => itemPage(ctx, params),
  }),

  post("/design/forms/:form/items/:item", {
    needs: "studies.design.write",
    params: byItem,
    body: itemBody,
    refused: async (typed, problems, ctx, params) => itemPage(ctx, params, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `changed the field ${params.item}`, (build) => {
        const { item, entry, section } = placeIn(build, params);
        if (stamp(item, entry) !== body.was)
          throw new Problem(
            "conflict",
            "Someone else changed this field while you were working on it. Nothing was saved: open it again and compare.",
          );
        const input: ItemInput = {
          question: body.question,
          hint: body.hint ?? "",
          kind: body.kind,
          maxLength: body.maxLength ?? "",
          decimals: body.decimals ?? "",
          options: body.options ?? "",
          columns: body.columns ?? "",
          units: body.units ?? "",
          required: body.required,
          shownWhen: body.shownWhen ?? "",
          shownCases: body.shownCases ?? "",
          whenHidden: body.whenHidden,
          calculation: body.calculation ?? "",
          calculationCases: body.calculationCases ?? "",
          nullFlavours: body.nullFlavours,
          encrypted: body.encrypted,
          identifies: body.identifies,
          blinded: body.blinded,
          critical: body.critical,
          checks: body.checks,
          words: body.words,
        };
        const filled = itemFrom(build, item, entry, input);
        if (Object.keys(filled.problems).length > 0) throw Problem.invalid(filled.problems);
        return changeEntry(changeItem(filled.build, item.id, filled.item), params.form, section, item.id, filled.entry);
      });
      return new Redirect(at(ctx, "/design/forms/*", params.form), "The field is saved.");
    },
  }),

  get("/design/events/:event", {
    needs: "studies.design.read",
    params: byEvent,
    run: async ({ params }, ctx) => eventPage(ctx, params.event),
  }),

  post("/design/events/:event", {
    needs: "studies.design.write",
    params: byEvent,
    body: t.Object({
      name: t.String({ title: "A name", minLength: 1, maxLength: 200 }),
      type: t.Union([t.Literal("scheduled"), t.Literal("unscheduled"), t.Literal("common")]),
      repeating: t.Boolean(),
      anchor: short("Counted from"),
      target: short("After", 40),
      before: short("Days before", 40),
      after: short("Days after", 40),
      forms: t.Array(key),
      required: t.Array(key),
    }),
    refused: async (typed, problems, ctx, params) => eventPage(ctx, params.event, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      await editDraft(ctx, `changed the visit ${body.name}`, (build) => {
        const event = eventIn(build, params.event);
        // Forms keep the order they have at this visit; new ones follow.
        const kept = event.forms.filter(({ form }) => body.forms.includes(form)).map(({ form }) => form);
        const order = [
          ...kept,
          ...build.forms.map(({ id }) => id).filter((id) => body.forms.includes(id) && !kept.includes(id)),
        ];
        return changeEvent(build, event.id, {
          name: body.name,
          label: { ...event.label, ...wordsOf(body.name, firstLanguage(build)) },
          type: body.type,
          repeating: body.repeating,
          window: body.target
            ? {
                anchor: body.anchor ?? null,
                target: body.target,
                before: body.before ?? "P0D",
                after: body.after ?? "P0D",
              }
            : null,
          forms: order.map((form) => ({ form, required: body.required.includes(form) })),
        });
      });
      return new Redirect(ctx.url("/design"), "The visit is saved.");
    },
  }),

  post("/design/events/:event/remove", {
    needs: "studies.design.write",
    params: byEvent,
    async run({ params }, ctx) {
      await editDraft(ctx, `removed the visit ${params.event}`, (build) =>
        removeEvent(build, eventIn(build, params.event).id),
      );
      return new Redirect(ctx.url("/design"), "Removed.");
    },
  }),
];

const formIn = (build: Build, id: string) => {
  const form = build.forms.find((one) => one.id === id);
  if (!form) throw Problem.notFound("There is no such form in the draft.");
  return form;
};
const eventIn = (build: Build, id: string) => {
  const event = build.events.find((one) => one.id === id);
  if (!event) throw Problem.notFound("There is no such visit in the draft.");
  return event;
};
function placeIn(build: Build, { form, item }: { form: string; item: string }) {
  const place = planOf(build)
    .entries.get(formIn(build, form).id)
    ?.find((one) => one.item.id === item);
  if (!place) throw Problem.notFound("There is no such field on this form.");
  return { item: place.item, entry: place.entry, section: place.section.id };
}
const stamp = (...things: unknown[]) => hexOf(digestOf(things)).slice(0, 16);

/** The draft, or the newest version to look at when there is none. */
export async function shownBuild(
  ctx: Context<Studies>,
): Promise<{ readonly build: Build; readonly editable: boolean }> {
  const draft = await ctx.db.first(openDraft, {});
  if (draft) return { build: draft.build, editable: ctx.may("studies.design.write") };
  const [newest] = await ctx.db.all(allVersions, {});
  if (!newest) throw Problem.notFound("This study has no forms yet.");
  return { build: (await ctx.db.one(versionById, { id: newest.id })).build, editable: false };
}

const crumbs = (ctx: Context<Studies>) => [{ label: "Forms", href: ctx.url("/design") }];

async function builderPage(ctx: Context<Studies>, id: string, form?: FormState) {
  const { build, editable } = await shownBuild(ctx);
  const one = formIn(build, id);
  const language = firstLanguage(build);
  const items = new Map(build.items.map((item) => [item.id, item]));
  return BuilderPage({
    title: anyText(one.label, language) || one.name,
    crumbs: crumbs(ctx),
    editable,
    repeating: one.repeating,
    double: twice.on(one),
    survey: survey.on(one),
    sections: sectionsOf(one).map(({ section, path }) => ({
      id: section.id,
      title: anyText(section.label, language) || section.name || section.id,
      repeats: section.repeats,
      depth: path.length - 1,
      entries: section.entries.flatMap((entry) => {
        const item = items.get(entry.item);
        if (!item) return [];
        return [
          {
            item: item.id,
            title: anyText(item.question, language) || item.name,
            kind: kinds.find(({ value }) => value === kindOf(item.type))?.label ?? item.type.is,
            href: at(ctx, "/design/forms/*/items/*", id, item.id),
            marks: [
              ...(entry.required ? ["Required"] : []),
              ...(entry.calculation ? ["Computed"] : []),
              ...(entry.shownWhen ? ["Conditional"] : []),
              ...(item.checks.length > 0
                ? [`${item.checks.length} ${item.checks.length === 1 ? "check" : "checks"}`]
                : []),
              ...(item.fieldClass === "encrypted" ? ["Encrypted"] : []),
              ...(blinded.on(item) ? ["Blinded"] : []),
              ...(critical.on(item) ? ["Critical"] : []),
            ],
          },
        ];
      }),
    })),
    urls: {
      move: at(ctx, "/design/forms/*/move", id),
      addItem: at(ctx, "/design/forms/*/items", id),
      addSection: at(ctx, "/design/forms/*/sections", id),
      change: at(ctx, "/design/forms/*", id),
      remove: at(ctx, "/design/forms/*/remove", id),
      preview: at(ctx, "/design/forms/*/preview", id),
    },
    form,
  });
}

async function itemPage(ctx: Context<Studies>, params: { form: string; item: string }, form?: FormState) {
  const { build, editable } = await shownBuild(ctx);
  const one = formIn(build, params.form);
  const { item, entry, section } = placeIn(build, params);
  const language = firstLanguage(build);
  const list = item.type.is === "choice" || item.type.is === "choices" ? item.type.codeList : null;
  const sharers = build.items.filter(
    (other) =>
      other.id !== item.id &&
      (other.type.is === "choice" || other.type.is === "choices") &&
      other.type.codeList === list,
  );
  return ItemPage({
    title: anyText(item.question, language) || item.name,
    name: item.id,
    crumbs: [
      ...crumbs(ctx),
      { label: anyText(one.label, language) || one.name, href: at(ctx, "/design/forms/*", one.id) },
    ],
    editable,
    input: inputOf(build, item, entry),
    languages: build.languages.slice(1),
    shared:
      list && sharers.length > 0
        ? `One a line: 1 = Yes. ${sharers.length === 1 ? "Another field shares" : `${sharers.length} other fields share`} this list and ${sharers.length === 1 ? "changes" : "change"} with it.`
        : null,
    foreign: [entry.shownWhen, entry.calculation]
      .flatMap((formula) => (formula ? Object.entries(formula.foreign) : []))
      .map(([language, text]) => `${language}: ${text}`),
    was: stamp(item, entry),
    action: at(ctx, "/design/forms/*/items/*", params.form, params.item),
    remove: at(ctx, "/design/forms/*/remove", params.form),
    section,
    form,
  });
}

async function eventPage(ctx: Context<Studies>, id: string, form?: FormState) {
  const { build, editable } = await shownBuild(ctx);
  const event = eventIn(build, id);
  const language = firstLanguage(build);
  return EventPage({
    title: anyText(event.label, language) || event.name,
    crumbs: crumbs(ctx),
    editable,
    type: event.type,
    repeating: event.repeating,
    anchor: event.window?.anchor ?? "",
    target: event.window?.target ?? "",
    before: event.window?.before ?? "",
    after: event.window?.after ?? "",
    forms: build.forms.map((one) => {
      const planned = event.forms.find(({ form: of }) => of === one.id);
      return {
        id: one.id,
        title: anyText(one.label, language) || one.name,
        planned: planned !== undefined,
        required: planned?.required ?? false,
      };
    }),
    others: build.events
      .filter((other) => other.id !== event.id)
      .map((other) => ({ value: other.id, label: anyText(other.label, language) || other.name })),
    action: at(ctx, "/design/events/*", id),
    remove: at(ctx, "/design/events/*/remove", id),
    form,
  });
}
