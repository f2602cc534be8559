/** Forms: the draft, its history, checking, signing for fields, publishing, and which version each site works with. */

import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { SignatureField } from "@core/signature/signature-field.tsx";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { digestOf, hexOf } from "../design/canonical.ts";
import { coverageOf, rulesIn } from "../design/coverage.ts";
import { draftOf, editDraft } from "../design/draft.ts";
import { addEvent, addForm, changeItem, moveEvent, moveForm, newBuild } from "../design/edits.ts";
import { dayOf, inForceAt } from "../design/in-force.ts";
import { isRandomisedBlind } from "../management/allocation.ts";
import { leaksOf } from "../model/blinding.ts";
import type { Build } from "../model/build.ts";
import { durationInWords } from "../model/durations.ts";
import { identifierProblem, suspicionOf } from "../model/identifiers.ts";
import { survey, twice } from "../model/marks.ts";
import { planOf } from "../model/plan.ts";
import { problemsOf } from "../model/problems.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  addEdit,
  allow,
  allPlacements,
  allVersions,
  beginDraft,
  closeDraft,
  editsOf,
  openDraft,
  place,
  publish,
  versionById,
} from "../store/design.ts";
import { allSites } from "../store/sites.ts";
import { AllowPage, CheckPage, DesignPage, HistoryPage, VersionsPage } from "../views/design.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const title = t.String({ title: "A name", minLength: 1, maxLength: 200 });
const crumbs = (ctx: Context<Studies>) => [{ label: "Forms", href: ctx.url("/design") }];

export const designRoutes = [
  get("/design", {
    needs: "studies.design.read",
    run: async (_, ctx) => designPage(ctx),
  }),

  post("/design/drafts", {
    needs: "studies.design.write",
    async run(_, ctx) {
      if (await ctx.db.first(openDraft, {}))
        throw Problem.refused("There is a draft under work already: go on with it.");
      const [newest] = await ctx.db.all(allVersions, {});
      const version = newest ? await ctx.db.one(versionById, { id: newest.id }) : null;
      await begin(ctx, version?.build ?? newBuild(ctx.workspace.title), version?.id ?? null, "began a draft");
      return new Redirect(ctx.url("/design"), "The draft is open.");
    },
  }),

  post("/design/discard", {
    needs: "studies.design.write",
    async run(_, ctx) {
      const draft = await draftOf(ctx);
      await ctx.db.all(closeDraft, { id: draft.id });
      ctx.audit("studies.draft_discarded", { revision: draft.revision });
      return new Redirect(ctx.url("/design"), "The draft was given up.");
    },
  }),

  post("/design/forms", {
    needs: "studies.design.write",
    body: t.Object({ title }),
    refused: async (typed, problems, ctx) => designPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const { build } = await editDraft(ctx, `added the form ${body.title}`, (one) => addForm(one, body.title));
      return new Redirect(ctx.url(`/design/forms/${encodeURIComponent(build.forms.at(-1)?.id ?? "")}`));
    },
  }),

  post("/design/events", {
    needs: "studies.design.write",
    body: t.Object({ event: title }),
    refused: async (typed, problems, ctx) => designPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const { build } = await editDraft(ctx, `added the visit ${body.event}`, (one) => addEvent(one, body.event));
      return new Redirect(ctx.url(`/design/events/${encodeURIComponent(build.events.at(-1)?.id ?? "")}`));
    },
  }),

  post("/design/move", {
    needs: "studies.design.write",
    body: t.Object({
      what: t.Union([t.Literal("form"), t.Literal("event")]),
      id: t.String({ maxLength: 200 }),
      direction: t.Union([t.Literal("up"), t.Literal("down")]),
    }),
    async run({ body: { what, id, direction } }, ctx) {
      await editDraft(ctx, `moved ${what} ${id} ${direction}`, (build) =>
        what === "form" ? moveForm(build, id, direction) : moveEvent(build, id, direction),
      );
      return new Redirect(ctx.url("/design"));
    },
  }),

  get("/design/history", {
    needs: "studies.design.read",
    async run(_, ctx) {
      const draft = await draftOf(ctx);
      const edits = await ctx.db.all(editsOf, { draftId: draft.id });
      const people = await ctx.people(edits.map((edit) => edit.madeBy));
      return HistoryPage({
        crumbs: crumbs(ctx),
        edits: edits.map((edit) => ({
          revision: edit.revision,
          summary: edit.summary,
          changes: edit.changes,
          at: edit.madeAt,
          by: people.get(edit.madeBy ?? "") ?? "Someone who has left",
        })),
      });
    },
  }),

  get("/design/check", {
    needs: "studies.design.read",
    run: async (_, ctx) => checkPage(ctx),
  }),

  post("/design/publish", {
    needs: "studies.design.publish",
    body: t.Object({ title }),
    refused: async (typed, problems, ctx) => checkPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const draft = await draftOf(ctx);
      const errors = problemsOf(draft.build).filter(({ level }) => level === "error");
      if (errors.length > 0)
        throw Problem.invalid({
          "": `It cannot be published: ${errors.length === 1 ? "one problem is" : `${errors.length} problems are`} not solved.`,
        });
      const [leak] = leaksOf(draft.build, await isRandomisedBlind(ctx));
      if (leak)
        throw Problem.invalid({ "": `It cannot be published, because the allocation would show: ${leak.sentence}` });
      if (draft.build.forms.length === 0 || draft.build.events.length === 0)
        throw Problem.invalid({ "": "A version needs at least one form and one visit." });
      const [newest] = await ctx.db.all(allVersions, {});
      const number = (newest?.number ?? 0) + 1;
      const build: Build = { ...draft.build, version: { id: `v${number}`, name: body.title } };
      const sha256 = digestOf(build);
      const id = Bun.randomUUIDv7();
      await ctx.db.all(publish, {
        id,
        number,
        title: body.title,
        build,
        sha256,
        coverage: coverageOf(rulesIn(build)),
      });
      await ctx.db.all(closeDraft, { id: draft.id });
      ctx.audit("studies.version_published", { number, title: body.title, sha256: hexOf(sha256) });
      if (number === 1) {
        await ctx.db.all(place, { versionId: id, siteId: null, fromOn: dayOf(ctx.now), approval: "" });
        ctx.audit("studies.version_placed", { number, site: "all sites", from: dayOf(ctx.now) });
        return new Redirect(ctx.url("/versions"), "Version 1 is published and in force at all sites from today.");
      }
      return new Redirect(
        ctx.url("/versions"),
        `Version ${number} is published. Now say from when each site works with it.`,
      );
    },
  }),

  get("/design/items/:item/allow", {
    needs: "studies.design.allow",
    params: t.Object({ item: t.String({ maxLength: 200 }) }),
    run: async ({ params }, ctx) => allowPage(ctx, params.item),
  }),

  post("/design/items/:item/allow", {
    needs: "studies.design.allow",
    signs: "studies.identifier_allowed",
    params: t.Object({ item: t.String({ maxLength: 200 }) }),
    body: t.Object({ reason: t.String({ title: "A reason", minLength: 10, maxLength: 1000 }) }),
    refused: async (typed, problems, ctx, params) => allowPage(ctx, params.item, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const { item } = await suspectIn(ctx, params.item);
      const { draft } = await editDraft(ctx, `signed for keeping ${item.name} readable`, (build) =>
        changeItem(build, item.id, { ...item, identifierReason: body.reason }),
      );
      const suspicion = suspicionOf(item)?.kind ?? "marked as identifying";
      await ctx.db.all(allow, { draftId: draft.id, item: item.id, suspicion, reason: body.reason });
      ctx.audit("studies.identifier_allowed", { item: item.id, suspicion });
      return new Redirect(ctx.url("/design/check"), "Signed. The field may stay readable.");
    },
  }),

  get("/versions", {
    needs: "studies.design.read",
    run: async (_, ctx) => versionsPage(ctx),
  }),

  post("/versions/placements", {
    needs: "studies.design.publish",
    body: t.Object({
      versionId: t.String({ title: "Version", format: "uuid" }),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      fromOn: t.String({ title: "From", format: "date" }),
      approval: t.Optional(t.String({ title: "Approval", maxLength: 200 })),
    }),
    refused: async (typed, problems, ctx) => versionsPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const version = await ctx.db.one(versionById, { id: body.versionId });
      const site = body.siteId ? (await ctx.db.all(allSites, {})).find(({ id }) => id === body.siteId) : null;
      if (body.siteId && !site) throw Problem.invalid({ siteId: "Choose a site of this study." });
      await ctx.db.all(place, {
        versionId: version.id,
        siteId: body.siteId ?? null,
        fromOn: body.fromOn,
        approval: body.approval ?? "",
      });
      ctx.audit("studies.version_placed", {
        number: version.number,
        site: site?.name ?? "all sites",
        from: body.fromOn,
      });
      return new Redirect(ctx.url("/versions"), `Version ${version.number} is in force from ${body.fromOn}.`);
    },
  }),
];

/** Also for an import: the first step of a draft says where it came from. */
export async function begin(
  ctx: Context<Studies>,
  build: Build,
  basedOn: string | null,
  summary: string,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  await ctx.db.all(beginDraft, { id, title: ctx.workspace.title, basedOn, build });
  await ctx.db.all(addEdit, { draftId: id, revision: 1, summary, changes: [] });
  ctx.audit("studies.draft_changed", { revision: 1, summary });
}

async function designPage(ctx: Context<Studies>, form?: FormState) {
  const draft = await ctx.db.first(openDraft, {});
  const [newest] = await ctx.db.all(allVersions, {});
  const version = !draft && newest ? await ctx.db.one(versionById, { id: newest.id }) : null;
  const build = draft?.build ?? version?.build ?? null;
  const language = build?.languages[0] ?? "";
  const plan = build && planOf(build);
  const eventName = (id: string | null) => build?.events.find((event) => event.id === id)?.name ?? id;
  return DesignPage({
    study: build?.study.name ?? ctx.workspace.title,
    draft: draft ? { title: draft.title, revision: draft.revision } : null,
    version: newest ? `Version ${newest.number} · ${newest.title}` : null,
    mayWrite: ctx.may("studies.design.write"),
    problems: draft ? problemsOf(draft.build) : [],
    forms: (build?.forms ?? []).map((one) => ({
      id: one.id,
      title: anyText(one.label, language) || one.name,
      href: ctx.url(`/design/forms/${encodeURIComponent(one.id)}`),
      items: plan?.entries.get(one.id)?.length ?? 0,
      events: (build?.events ?? [])
        .filter(({ forms }) => forms.some(({ form: id }) => id === one.id))
        .map((e) => anyText(e.label, language) || e.name),
      marks: [
        ...(one.repeating ? ["Repeats"] : []),
        ...(twice.on(one) ? ["Entered twice"] : []),
        ...(survey.on(one) ? ["By the participant"] : []),
      ],
    })),
    events: (build?.events ?? []).map((event) => ({
      id: event.id,
      title: anyText(event.label, language) || event.name,
      href: ctx.url(`/design/events/${encodeURIComponent(event.id)}`),
      type: event.type === "common" ? "At any time" : event.type === "scheduled" ? "Scheduled" : "Unscheduled",
      window: event.window ? windowInWords(event.window, eventName) : "",
      forms: event.forms.length,
    })),
    urls: {
      begin: ctx.url("/design/drafts"),
      import: ctx.url("/design/import"),
      addForm: ctx.url("/design/forms"),
      addEvent: ctx.url("/design/events"),
      move: ctx.url("/design/move"),
      history: ctx.url("/design/history"),
      arms: ctx.url("/design/arms"),
      check: ctx.url("/design/check"),
      versions: ctx.url("/versions"),
      file: build ? ctx.url("/design/file") : null,
      discard: ctx.url("/design/discard"),
    },
    form,
  });
}

function windowInWords(
  window: NonNullable<Build["events"][number]["window"]>,
  nameOf: (id: string | null) => string | null,
): string {
  const anchor = window.anchor === null ? "enrolment" : (nameOf(window.anchor) ?? window.anchor);
  const target = durationInWords(window.target);
  const when = target === "the same day" ? `On the day of ${anchor}` : `${target} after ${anchor}`;
  const slack = [
    ...(durationInWords(window.before) === "the same day" ? [] : [`${durationInWords(window.before)} earlier`]),
    ...(durationInWords(window.after) === "the same day" ? [] : [`${durationInWords(window.after)} later`]),
  ];
  return slack.length > 0 ? `${when}, at most ${slack.join(" or ")}` : when;
}

async function checkPage(ctx: Context<Studies>, form?: FormState) {
  const draft = await draftOf(ctx);
  const { build } = draft;
  const language = build.languages[0] ?? "";
  const rules = rulesIn(build);
  const [newest] = await ctx.db.all(allVersions, {});
  return CheckPage({
    crumbs: crumbs(ctx),
    problems: problemsOf(build),
    stopped: build.items.flatMap((item) => {
      const sentence = identifierProblem(item, language);
      if (!sentence) return [];
      const where = planOf(build).entries;
      const form = [...where].find(([, places]) => places.some((one) => one.item.id === item.id))?.[0] ?? "";
      return [
        {
          item: item.id,
          title: anyText(item.question, language) || item.name,
          sentence,
          edit: ctx.url(`/design/forms/${encodeURIComponent(form)}/items/${encodeURIComponent(item.id)}`),
          allow: ctx.may("studies.design.allow") ? ctx.url(`/design/items/${encodeURIComponent(item.id)}/allow`) : null,
        },
      ];
    }),
    rules,
    coverage: coverageOf(rules),
    leaks: leaksOf(build, await isRandomisedBlind(ctx)).map(
      ({ sentence, path }) => `${sentence} (${path.join(" → ")})`,
    ),
    publish: ctx.may("studies.design.publish")
      ? { action: ctx.url("/design/publish"), next: (newest?.number ?? 0) + 1 }
      : null,
    name: ctx.actor.name,
    form,
  });
}

async function suspectIn(ctx: Context<Studies>, id: string) {
  const draft = await draftOf(ctx);
  const item = draft.build.items.find((one) => one.id === id);
  const sentence = item && identifierProblem(item, draft.build.languages[0] ?? "");
  if (!item || !sentence) throw Problem.notFound("This field is not stopped: nothing needs to be signed.");
  return { item, sentence };
}

async function allowPage(ctx: Context<Studies>, id: string, form?: FormState) {
  const { item, sentence } = await suspectIn(ctx, id);
  return AllowPage({
    crumbs: [...crumbs(ctx), { label: "Check and publish", href: ctx.url("/design/check") }],
    title: anyText(item.question, "") || item.name,
    sentence,
    action: ctx.url(`/design/items/${encodeURIComponent(id)}/allow`),
    signature: SignatureField({ signing: await ctx.signing("studies.identifier_allowed"), form }),
    form,
  });
}

/** Of the draft while there is one; else of the newest version, for who may move forms over. */
async function simulatorUrl(ctx: Context<Studies>, newest: string | null): Promise<string | null> {
  if (ctx.may("studies.data.read") && ctx.may("studies.design.write") && (await ctx.db.first(openDraft, {})))
    return ctx.url("/design/simulate");
  return newest && ctx.may("studies.migrate") ? ctx.url(`/versions/${newest}/simulate`) : null;
}

async function versionsPage(ctx: Context<Studies>, form?: FormState) {
  const versions = await ctx.db.all(allVersions, {});
  const placements = await ctx.db.all(allPlacements, {});
  const sites = await ctx.db.all(allSites, {});
  const people = await ctx.people([...versions, ...placements].map((row) => row.madeBy));
  const today = dayOf(ctx.now);
  const nameOf = (id: string | null) =>
    id === null ? "All sites" : (sites.find((site) => site.id === id)?.name ?? "A site");
  const places =
    sites.length > 0
      ? sites.map((site) => ({ id: site.id as string | null, name: site.name }))
      : [{ id: null, name: "All sites" }];
  const standing = places.map((site) => ({ ...site, placement: inForceAt(placements, site.id, today) }));
  const by = (id: string | null) => people.get(id ?? "") ?? "Someone who has left";
  return VersionsPage({
    crumbs: crumbs(ctx),
    versions: versions.map((row) => ({
      number: row.number,
      title: row.title,
      sha256: hexOf(row.sha256),
      by: by(row.madeBy),
      at: row.madeAt,
      coverage: row.coverage,
      sites: standing.filter(({ placement }) => placement?.versionId === row.id).map(({ name }) => name),
      file: ctx.url(`/versions/${row.id}/file`),
    })),
    placements: placements.toReversed().map((row) => {
      const version = versions.find((one) => one.id === row.versionId);
      return {
        site: nameOf(row.siteId),
        version: version ? `${version.number} · ${version.title}` : "A version",
        from: row.fromOn,
        approval: row.approval,
        by: by(row.madeBy),
        isInForce: standing.some(({ placement }) => placement?.id === row.id),
      };
    }),
    place: ctx.may("studies.design.publish")
      ? {
          action: ctx.url("/versions/placements"),
          versions: versions.map((row) => ({ value: row.id, label: `${row.number} · ${row.title}` })),
          sites: sites.map((site) => ({ value: site.id, label: site.name })),
          today,
        }
      : null,
    simulator: await simulatorUrl(ctx, versions[0]?.id ?? null),
    form,
  });
}
