/** Queries: listed, asked, answered (one or many), sent back, closed. */
import { holds } from "@core/access/holding.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { planOfVersion } from "../capture/version.ts";
import { actsIn, ageInDays, moves, type QueryAct, type QueryStateName, queryActs } from "../cleaning/query-state.ts";
import { dayOf } from "../design/in-force.ts";
import { blinded } from "../model/marks.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { messagesInThreads } from "../store/bulk.ts";
import {
  addMessages,
  addQueries,
  messagesOf,
  moveQueries,
  moveQuery,
  type QueryFilter,
  queriesByIds,
  queriesCount,
  queriesPage,
  queryById,
} from "../store/queries.ts";
import { valuesOf } from "../store/sheets.ts";
import { allSites, colleagues } from "../store/sites.ts";
import { AskPage, QueriesPage, QueryPage } from "../views/queries.tsx";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";
import { type Address, address, answerInWords, opened, sheetPath } from "./sheets.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const text = t.String({ title: "What you say", minLength: 2, maxLength: 4000 });
const pageSize = 50;
const waiting = ["open", "answered"];

const filters = t.Object({
  state: t.Optional(t.String({ maxLength: 20 })),
  site: t.Optional(t.String({ format: "uuid" })),
  form: t.Optional(t.String({ maxLength: 200 })),
  mine: t.Optional(t.Boolean()),
  late: t.Optional(t.Boolean()),
  older: t.Optional(t.Integer({ minimum: 1, maximum: 3650 })),
  page: t.Optional(t.Integer({ minimum: 1, maximum: 100_000 })),
});

export const queryRoutes = [
  get("/queries", {
    needs: "studies.queries.read",
    query: filters,
    run: async ({ query }, ctx) => listPage(ctx, query),
  }),

  post("/queries/answers", {
    needs: "studies.queries.answer",
    body: t.Object({
      selected: t.Array(t.String({ format: "uuid" }), { maxItems: 200 }),
      text,
    }),
    refused: async (typed, problems, ctx) => listPage(ctx, {}, formAgain(typed, problems)),
    async run({ body }, ctx) {
      if (body.selected.length === 0) throw Problem.invalid({ "": "Select the queries that this answer is for." });
      const answered = await answerMany(ctx, [...new Set(body.selected)], body.text);
      const left = body.selected.length - answered;
      return new Redirect(
        ctx.url("/queries"),
        `${answered === 1 ? "One query is" : `${answered} queries are`} answered.${left > 0 ? ` ${left === 1 ? "One was" : `${left} were`} not open any more.` : ""}`,
      );
    },
  }),

  get("/queries/:id", {
    needs: "studies.queries.read",
    params: byId,
    run: async ({ params }, ctx) => queryPage(ctx, params.id),
  }),

  post("/queries/:id", {
    needs: "studies.queries.read",
    params: byId,
    body: t.Object({
      act: t.Union(queryActs.map((act) => t.Literal(act))),
      text,
      assignedTo: t.Optional(t.String({ title: "Given to", format: "uuid" })),
      dueOn: t.Optional(t.String({ title: "Due", format: "date" })),
    }),
    refused: async (typed, problems, ctx, params) => queryPage(ctx, params.id, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const to = await move(ctx, params.id, body.act, body.text, {
        assignedTo: body.assignedTo ?? null,
        dueOn: body.dueOn ?? null,
      });
      return new Redirect(ctx.url(`/queries/${params.id}`), `The query is ${to}.`);
    },
  }),

  get(`${sheetPath}/ask`, {
    needs: "studies.queries.open",
    params: address,
    query: t.Object({
      section: t.Optional(t.String({ maxLength: 200 })),
      key: t.Optional(t.String({ maxLength: 120 })),
      item: t.Optional(t.String({ maxLength: 200 })),
    }),
    run: async ({ params, query }, ctx) => askPage(ctx, params, query),
  }),

  post(`${sheetPath}/ask`, {
    needs: "studies.queries.open",
    params: address,
    body: t.Object({
      section: t.Optional(t.String({ maxLength: 200 })),
      key: t.Optional(t.String({ maxLength: 120 })),
      item: t.Optional(t.String({ maxLength: 200 })),
      text,
      assignedTo: t.Optional(t.String({ title: "Given to", format: "uuid" })),
      dueOn: t.Optional(t.String({ title: "Due", format: "date" })),
      candidate: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => {
      const one = (name: string) => (typeof typed[name] === "string" ? (typed[name] as string) : undefined);
      return askPage(
        ctx,
        params,
        { section: one("section"), key: one("key"), item: one("item") },
        formAgain(typed, problems),
      );
    },
    async run({ params, body }, ctx) {
      const open = await opened(ctx, params);
      if (!open.sheet) throw Problem.refused("Nothing was entered on this form yet, so there is nothing to ask about.");
      const item = body.item ? open.plan.items.get(body.item) : undefined;
      if (body.item && !item) throw Problem.notFound("There is no such field on this form.");
      const id = Bun.randomUUIDv7();
      const isBlinded = item ? blinded.on(item) : false;
      const state = body.candidate ? "candidate" : "open";
      await ctx.db.all(
        addQueries([
          {
            id,
            subjectId: open.place.subjectId,
            siteId: open.place.siteId,
            sheetId: open.sheet.id,
            form: open.place.form,
            section: body.section ?? "",
            sectionKey: body.key ?? "",
            item: body.item ?? "",
            kind: "manual",
            checkId: "",
            fingerprint: "",
            state,
            blinded: isBlinded,
            assignedTo: body.assignedTo ?? null,
            dueOn: body.dueOn ?? null,
          },
        ]),
        {},
      );
      await ctx.db.all(
        addMessages([{ queryId: id, subjectId: open.place.subjectId, state, text: body.text, blinded: isBlinded }]),
        {},
      );
      ctx.audit("studies.query_opened", {
        subjectId: open.place.subjectId,
        participant: open.place.code,
        form: open.place.form,
      });
      return new Redirect(
        formUrl(ctx, params.subject, open.place),
        body.candidate ? "The draft is kept." : "The site is asked.",
      );
    },
  }),
];

/** One step of one query. The state it moves to. */
async function move(
  ctx: Context<Studies>,
  id: string,
  act: QueryAct,
  said: string,
  with_: { assignedTo: string | null; dueOn: string | null } | null = null,
): Promise<string> {
  const query = await ctx.db.one(queryById, { id });
  const may = mayOf(ctx);
  const rule = moves[act];
  if (!may[rule.by])
    throw new Problem(
      "forbidden",
      rule.by === "asker"
        ? "The site answers; whoever asked closes. You may answer this query, not end it."
        : "Only the site answers queries.",
    );
  if (!rule.from.includes(query.state))
    throw new Problem(
      "conflict",
      `This query is ${query.state} by now, so it cannot be moved like that. Look at it again.`,
    );
  const { to } = rule;
  const moved = await ctx.db.first(moveQuery, {
    id,
    from: query.state,
    to,
    assignedTo: with_ && may.asker ? with_.assignedTo : query.assignedTo,
    dueOn: with_ && may.asker ? with_.dueOn : query.dueOn,
  });
  if (!moved) throw new Problem("conflict", "Someone else moved this query at the same moment. Look at it again.");
  await ctx.db.all(
    addMessages([{ queryId: id, subjectId: query.subjectId, state: to, text: said, blinded: query.blinded }]),
    {},
  );
  ctx.audit("studies.query_moved", {
    subjectId: query.subjectId,
    participant: query.code,
    form: query.form,
    from: query.state,
    to,
  });
  return to;
}

/** The same answer in many threads. Somebody may have answered one of them meanwhile: the others are answered all the same. */
async function answerMany(ctx: Context<Studies>, ids: readonly string[], said: string): Promise<number> {
  const { from, to } = moves.answer;
  const known = await ctx.db.all(queriesByIds, { ids: JSON.stringify(ids) });
  if (known.length < ids.length) throw Problem.notFound();
  const moved = await ctx.db.all(moveQueries, { ids: JSON.stringify(ids), from: JSON.stringify(from), to });
  const byId = new Map(known.map((row) => [row.id, row]));
  const given = moved.map(({ id, subjectId }) => ({
    query_id: id,
    subject_id: subjectId,
    text: said,
    blinded: byId.get(id)?.blinded ?? false,
  }));
  if (given.length > 0) await ctx.db.all(messagesInThreads, { given: JSON.stringify(given), state: to });
  for (const { id, subjectId } of moved) {
    const { code = "", form = "", state = "" } = byId.get(id) ?? {};
    ctx.audit("studies.query_moved", { subjectId, participant: code, form, from: state, to });
  }
  return moved.length;
}

const mayOf = (ctx: Context<Studies>) => ({
  site: ctx.may("studies.queries.answer"),
  asker: ctx.may("studies.queries.open"),
});

async function listPage(ctx: Context<Studies>, query: typeof filters.static, form?: FormState) {
  const page = query.page ?? 1;
  const today = dayOf(ctx.now);
  const filter: QueryFilter = {
    states: query.state === "all" ? [] : query.state ? [query.state] : waiting,
    siteId: query.site,
    form: query.form,
    assignedTo: query.mine ? (ctx.actor.id ?? undefined) : undefined,
    overdueOn: query.late ? today : undefined,
    olderThan: query.older,
  };
  const [total] = await ctx.db.all(queriesCount(filter), {});
  const rows = await ctx.db.all(queriesPage(filter, pageSize, (page - 1) * pageSize), {});
  const people = await ctx.people(rows.map((row) => row.assignedTo));
  const sites = await ctx.db.all(allSites, {});
  const lines = [];
  const forms = new Map<string, string>();
  for (const row of rows) {
    const plan = await planOfVersion(ctx, row.versionId);
    const language = plan.build.languages[0] ?? "";
    const definition = plan.forms.get(row.form);
    const item = plan.items.get(row.item);
    const title = (definition && anyText(definition.label, language)) || row.form;
    for (const one of plan.build.forms) forms.set(one.id, anyText(one.label, language) || one.name);
    lines.push({
      id: row.id,
      href: ctx.url(`/queries/${row.id}`),
      participant: row.code,
      where: [
        plan.events.get(row.event)?.name ?? row.event,
        title,
        item && (anyText(item.question, language) || item.name),
      ]
        .filter(Boolean)
        .join(" · "),
      text: (row.said ?? "A question").slice(0, 160),
      state: row.state,
      kind: row.kind,
      age: ageInDays(row.madeAt, ctx.now),
      dueOn: row.dueOn,
      isLate: row.dueOn !== null && row.dueOn < today && waiting.includes(row.state),
      assignee: people.get(row.assignedTo ?? "") ?? null,
    });
  }
  const at = (n: number) => {
    const params = new URLSearchParams(
      Object.entries(query).flatMap(([name, value]) =>
        value === undefined || value === false ? [] : [[name, String(value)]],
      ),
    );
    params.set("page", String(n));
    return `${ctx.url("/queries")}?${params}`;
  };
  return QueriesPage({
    lines,
    total: total?.count ?? 0,
    from: (page - 1) * pageSize + 1,
    previous: page > 1 ? at(page - 1) : undefined,
    next: page * pageSize < (total?.count ?? 0) ? at(page + 1) : undefined,
    filter: {
      state: query.state ?? "",
      site: query.site ?? "",
      form: query.form ?? "",
      mine: query.mine ? "on" : "",
      late: query.late ? "on" : "",
      older: query.older ? String(query.older) : "",
    },
    sites: sites.map((site) => ({ value: site.id, label: site.name })),
    forms: [...forms].map(([value, label]) => ({ value, label })),
    action: ctx.url("/queries"),
    bulk: ctx.may("studies.queries.answer") ? ctx.url("/queries/answers") : null,
    form,
  });
}

async function queryPage(ctx: Context<Studies>, id: string, form?: FormState) {
  const query = await ctx.db.one(queryById, { id });
  const plan = await planOfVersion(ctx, query.versionId);
  const language = plan.build.languages[0] ?? "";
  const messages = await ctx.db.all(messagesOf, { queryId: id });
  const people = await ctx.people([...messages.map((row) => row.madeBy), query.assignedTo]);
  const values = ctx.may("studies.data.read") ? await ctx.db.all(valuesOf, { sheetId: query.sheetId }) : [];
  const value = values.find(
    (row) => row.item === query.item && row.section === query.section && row.sectionKey === query.sectionKey,
  );
  const item = plan.items.get(query.item);
  const definition = plan.forms.get(query.form);
  const label = item ? anyText(item.question, language) || item.name : "the form";
  return QueryPage({
    crumbs: [{ label: "Queries", href: ctx.url("/queries") }],
    title: `${query.code}: ${label}`,
    state: query.state,
    facts: [
      { term: "Participant", value: query.code },
      { term: "Visit", value: plan.events.get(query.event)?.name ?? query.event },
      { term: "Form", value: (definition && anyText(definition.label, language)) || query.form },
      {
        term: "Asked by",
        value: query.kind === "manual" ? "a person" : query.kind === "check" ? "a check" : "an import",
      },
      { term: "Age", value: `${ageInDays(query.madeAt, ctx.now)} days` },
      { term: "Given to", value: people.get(query.assignedTo ?? "") ?? "anyone at the site" },
      { term: "Due", value: query.dueOn ?? "no day" },
    ],
    answer: value?.sealed ? "encrypted" : value ? answerInWords(plan, item, value) : "no answer",
    sheet: `${formUrl(ctx, query.subjectId, query)}`,
    messages: messages.map((message) => ({
      by: people.get(message.madeBy ?? "") ?? "The program",
      at: message.madeAt,
      text: message.text,
      state: message.state,
    })),
    acts: actsIn(query.state as QueryStateName, mayOf(ctx)),
    people: ctx.may("studies.queries.open") ? await peopleToAsk(ctx) : [],
    assignedTo: query.assignedTo ?? "",
    dueOn: query.dueOn ?? "",
    action: ctx.url(`/queries/${id}`),
    form,
  });
}

async function peopleToAsk(ctx: Context<Studies>) {
  const rows = await ctx.db.all(colleagues, {});
  const answering = rows.filter((row) => holds(row, "studies.queries.answer"));
  return [...new Map(answering.map((row) => [row.id, row])).values()].map((row) => ({
    value: row.id,
    label: row.name,
  }));
}

async function askPage(
  ctx: Context<Studies>,
  params: Address,
  at: { section?: string | undefined; key?: string | undefined; item?: string | undefined },
  form?: FormState,
) {
  const open = await opened(ctx, params);
  const language = open.plan.build.languages[0] ?? "";
  const item = at.item ? open.plan.items.get(at.item) : undefined;
  const value = open.values.find(
    (row) => row.item === at.item && row.section === at.section && row.sectionKey === (at.key ?? ""),
  );
  return AskPage({
    crumbs: [
      { label: "Participants", href: ctx.url("/participants") },
      { label: open.place.code, href: ctx.url(`/participants/${params.subject}`) },
      { label: open.plan.forms.get(open.place.form)?.name ?? "Form", href: formUrl(ctx, params.subject, open.place) },
    ],
    about: item ? anyText(item.question, language) || item.name : "this form",
    answer: value?.isClosed
      ? "encrypted"
      : value
        ? answerInWords(open.plan, item, value)
        : item
          ? "no answer"
          : "the form as a whole",
    people: await peopleToAsk(ctx),
    action: `${formUrl(ctx, params.subject, open.place)}/ask`,
    hidden: { section: at.section ?? "", key: at.key ?? "", item: at.item ?? "" },
    form,
  });
}
