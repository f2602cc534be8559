/** Tasks and the rules that make them; letters from templates. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { readStanding } from "../dossier-standing.ts";
import { formAgain, type Studies } from "../module-words.ts";
import { addDays, dayOf } from "../rules/days.ts";
import { fillLetter, letterWords, unknownWords } from "../rules/letters.ts";
import { statuses } from "../rules/status.ts";
import { taskEventNames, taskEvents } from "../rules/tasks.ts";
import { dossierNow, statusOf } from "../store/dossier.ts";
import { colleagues, openSites, siteLabel } from "../store/people.ts";
import { screeningById } from "../store/recruitment.ts";
import {
  addLetter,
  addRule,
  addTask,
  endRule,
  endTask,
  type LetterRow,
  lettersNow,
  openTasks,
  openTasksOf,
  rulesInForce,
  settledTasks,
  taskById,
} from "../store/tasks.ts";
import { LetterPage, LettersPage, TaskDropPage, TaskRulesPage, TasksPage } from "../views/tasks.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });

async function peopleToChoose(ctx: Context<Studies>) {
  return (await ctx.db.all(colleagues, {})).map(({ id, name }) => ({ value: id, label: name }));
}

async function tasksPage(ctx: Context<Studies>, whose: "mine" | "all" = "mine") {
  const all = ctx.may("studies.tasks.read") && whose === "all";
  const rows = await (all ? ctx.db.all(openTasks, {}) : ctx.db.all(openTasksOf, { personId: ctx.actor.id ?? "" }));
  const settled = (await ctx.db.all(settledTasks, {})).filter((row) => all || row.personId === ctx.actor.id);
  const people = await ctx.people([...rows, ...settled].map(({ personId }) => personId));
  const name = (id: string) => people.get(id) ?? "A former colleague";
  const seesLog = ctx.may("studies.recruitment.read");
  const today = dayOf(ctx.now);
  return {
    today,
    all,
    switch: ctx.may("studies.tasks.read")
      ? { href: ctx.url(all ? "/tasks" : "/tasks?whose=all"), title: all ? "Mine alone" : "Everybody's" }
      : null,
    rules: ctx.may("studies.tasks.read") ? ctx.url("/tasks/rules") : null,
    lines: rows.map((row) => ({
      id: row.id,
      title: row.title,
      person: name(row.personId),
      dueOn: row.dueOn,
      about:
        row.screeningId && row.code && seesLog
          ? { href: ctx.url(`/screening/${row.screeningId}`), code: row.code }
          : null,
      action: row.personId === ctx.actor.id || ctx.may("studies.tasks.give") ? ctx.url(`/tasks/${row.id}/end`) : null,
    })),
    settled: settled.map((row) => ({
      title: row.title,
      person: name(row.personId),
      how: row.how,
      reason: row.reason,
      at: row.endedAt,
    })),
    give: {
      action: ctx.url("/tasks"),
      due: addDays(today, 7),
      people: ctx.may("studies.tasks.give")
        ? await peopleToChoose(ctx)
        : [{ value: ctx.actor.id ?? "", label: ctx.actor.name }],
      myself: ctx.actor.id ?? "",
    },
  };
}

async function dropPage(ctx: Context<Studies>, id: string) {
  const { title } = await ctx.db.one(taskById, { id });
  return {
    crumbs: [{ label: "Tasks", href: ctx.url("/tasks") }],
    title,
    action: ctx.url(`/tasks/${id}/end`),
  };
}

async function rulesPage(ctx: Context<Studies>) {
  const rules = await ctx.db.all(rulesInForce, {});
  const people = await ctx.people(rules.map(({ personId }) => personId));
  const sets = ctx.may("studies.tasks.rules");
  return {
    crumbs: [{ label: "Tasks", href: ctx.url("/tasks?whose=all") }],
    add: sets ? { action: ctx.url("/tasks/rules"), people: await peopleToChoose(ctx) } : null,
    lines: rules.map((row) => ({
      event: taskEventNames[row.event as keyof typeof taskEventNames] ?? row.event,
      title: row.title,
      days: row.days,
      person: row.personId ? (people.get(row.personId) ?? "A former colleague") : "Whoever did it",
      end: sets ? ctx.url(`/tasks/rules/${row.id}/end`) : null,
    })),
  };
}

const letterBody = t.Object({
  title: t.String({ title: "Title", minLength: 1, maxLength: 200 }),
  body: t.String({ title: "Text", minLength: 1, maxLength: 10_000 }),
});
async function lettersPage(ctx: Context<Studies>) {
  return {
    write: ctx.may("studies.letters.write") ? ctx.url("/letters") : null,
    words: Object.entries(letterWords).map(([word, title]) => ({ word, title })),
    lines: (await ctx.db.all(lettersNow, {}))
      .map((row) => ({
        href: ctx.url(`/letters/${row.key}`),
        title: row.title,
        revision: row.revision,
        at: row.madeAt,
      }))
      .sort((one, other) => one.title.localeCompare(other.title, "en")),
  };
}
async function findLetter(ctx: Context<Studies>, key: string): Promise<LetterRow> {
  const found = (await ctx.db.all(lettersNow, {})).find((row) => row.key === key);
  if (!found) throw Problem.notFound();
  return found;
}
function refuseUnknownWords({ body }: Pick<Static<typeof letterBody>, "body">): void {
  const unknown = unknownWords(body);
  if (unknown.length > 0)
    throw Problem.invalid({
      body: `No such word: ${unknown.map((word) => `{${word}}`).join(", ")}. See the list beside.`,
    });
}
/** What the words in braces stand for today. */
async function letterValues(ctx: Context<Studies>, to: { readonly recipient: string; readonly siteId: string | null }) {
  const dossier = await ctx.db.first(dossierNow, {});
  const standing = await ctx.errand(readStanding, {});
  const people = await ctx.people([dossier?.investigatorId ?? null]);
  const site = (await ctx.db.all(openSites, {})).find(({ id }) => id === to.siteId);
  return {
    study: ctx.workspace.title,
    short_title: dossier?.acronym ?? "",
    sponsor: dossier?.sponsor ?? "",
    phase: dossier?.phase ?? "",
    status: statuses[await statusOf(ctx)],
    investigator: people.get(dossier?.investigatorId ?? "") ?? "",
    institution: ctx.tenant.name,
    site: site ? siteLabel(site) : "",
    today: dayOf(ctx.now),
    target: dossier?.target ? String(dossier.target) : "",
    included: String(standing.included),
    recipient: to.recipient,
  };
}
async function letterPage(ctx: Context<Studies>, key: string, recipient: string, siteId: string | null) {
  const row = await findLetter(ctx, key);
  const filled = fillLetter(row.body, await letterValues(ctx, { recipient, siteId }));
  const query = new URLSearchParams({ ...(recipient ? { recipient } : {}), ...(siteId ? { siteId } : {}) });
  return {
    crumbs: [{ label: "Letters", href: ctx.url("/letters") }],
    row,
    recipient,
    siteId: siteId ?? "",
    sites: (await ctx.db.all(openSites, {})).map((site) => ({ value: site.id, label: siteLabel(site) })),
    filled,
    at: ctx.url(`/letters/${key}`),
    pdf: filled.missing.length === 0 ? `${ctx.url(`/letters/${key}/letter.pdf`)}?${query}` : null,
    write: ctx.may("studies.letters.write") ? ctx.url(`/letters/${key}`) : null,
    words: Object.entries(letterWords).map(([word, title]) => ({ word, title })),
  };
}
const letterQuery = t.Object({
  recipient: t.Optional(t.String({ maxLength: 200 })),
  siteId: t.Optional(uuid),
});

export const taskRoutes = [
  get("/tasks", {
    needs: "studies.tasks.own",
    query: t.Object({ whose: t.Optional(t.Literal("all")) }),
    run: async ({ query }, ctx) => TasksPage(await tasksPage(ctx, query.whose)),
  }),
  post("/tasks", {
    needs: "studies.tasks.own",
    body: t.Object({
      title: t.String({ title: "What", minLength: 2, maxLength: 200 }),
      personId: t.String({ title: "Who", format: "uuid" }),
      dueOn: t.String({ title: "Due", format: "date" }),
      screeningId: t.Optional(uuid),
    }),
    refused: async (typed, problems, ctx) => TasksPage({ ...(await tasksPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const { give } = await tasksPage(ctx);
      const person = give.people.find(({ value }) => value === body.personId);
      if (!person) throw Problem.invalid({ personId: "Choose a colleague." });
      if (body.dueOn < dayOf(ctx.now)) throw Problem.invalid({ dueOn: "Choose a day that has not gone by." });
      if (body.screeningId) await ctx.db.one(screeningById, { id: body.screeningId });
      const { title, personId, dueOn, screeningId = null } = body;
      await ctx.db.one(addTask, { title, personId, dueOn, screeningId, ruleId: null, causeId: null });
      ctx.audit("studies.task_given", { person: person.label, on: dueOn });
      return new Redirect(ctx.url("/tasks"), `Given: ${person.label} finds it under “My day”.`);
    },
  }),
  get("/tasks/:id/end", {
    needs: "studies.tasks.own",
    params: byId,
    run: async ({ params }, ctx) => TaskDropPage(await dropPage(ctx, params.id)),
  }),
  post("/tasks/:id/end", {
    needs: "studies.tasks.own",
    params: byId,
    body: t.Object({
      how: t.Union([t.Literal("done"), t.Literal("dropped")], { title: "How" }),
      reason: t.Optional(t.String({ title: "Reason", maxLength: 500 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      TaskDropPage({ ...(await dropPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await ctx.db.one(taskById, params);
      if (body.how === "dropped" && !body.reason)
        throw Problem.invalid({ reason: "Say why it need not be done any more." });
      await ctx.db.one(endTask, { taskId: row.id, personId: row.personId, how: body.how, reason: body.reason ?? "" });
      ctx.audit("studies.task_ended", { how: body.how });
      return new Redirect(ctx.url("/tasks"), "Noted.");
    },
  }),
  get("/tasks/rules", {
    needs: "studies.tasks.read",
    run: async (_, ctx) => TaskRulesPage(await rulesPage(ctx)),
  }),
  post("/tasks/rules", {
    needs: "studies.tasks.rules",
    body: t.Object({
      event: t.Union(
        taskEvents.map((name) => t.Literal(name)),
        { title: "When" },
      ),
      title: t.String({ title: "What is to be done", minLength: 2, maxLength: 200 }),
      days: t.Integer({ title: "Days", minimum: 0, maximum: 3_650 }),
      personId: t.Optional(t.String({ title: "Who", format: "uuid" })),
    }),
    refused: async (typed, problems, ctx) =>
      TaskRulesPage({ ...(await rulesPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const known = await peopleToChoose(ctx);
      if (body.personId && !known.some(({ value }) => value === body.personId))
        throw Problem.invalid({ personId: "Choose a colleague." });
      await ctx.db.one(addRule, { ...body, personId: body.personId ?? null });
      ctx.audit("studies.task_rule_set", { event: taskEventNames[body.event], days: body.days });
      return new Redirect(ctx.url("/tasks/rules"), "Set: it makes tasks from now on.");
    },
  }),
  post("/tasks/rules/:id/end", {
    needs: "studies.tasks.rules",
    params: byId,
    async run({ params }, ctx) {
      const rule = (await ctx.db.all(rulesInForce, {})).find(({ id }) => id === params.id);
      if (!rule) throw Problem.notFound();
      await ctx.db.one(endRule, { ruleId: rule.id });
      ctx.audit("studies.task_rule_ended", {
        event: taskEventNames[rule.event as keyof typeof taskEventNames] ?? rule.event,
      });
      return new Redirect(ctx.url("/tasks/rules"), "Ended. Tasks it made before stay.");
    },
  }),

  get("/letters", {
    needs: "studies.letters.read",
    run: async (_, ctx) => LettersPage(await lettersPage(ctx)),
  }),
  post("/letters", {
    needs: "studies.letters.write",
    body: letterBody,
    refused: async (typed, problems, ctx) =>
      LettersPage({ ...(await lettersPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      refuseUnknownWords(body);
      const key = crypto.randomUUID();
      await ctx.db.one(addLetter, { key, revision: 1, ...body });
      ctx.audit("studies.letter_written", { revision: 1, title: body.title });
      return new Redirect(ctx.url(`/letters/${key}`), "Written.");
    },
  }),
  get("/letters/:id", {
    needs: "studies.letters.read",
    params: byId,
    query: letterQuery,
    run: async ({ params, query }, ctx) =>
      LetterPage(await letterPage(ctx, params.id, query.recipient ?? "", query.siteId ?? null)),
  }),
  post("/letters/:id", {
    needs: "studies.letters.write",
    params: byId,
    body: letterBody,
    refused: async (typed, problems, ctx, params) =>
      LetterPage({ ...(await letterPage(ctx, params.id, "", null)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      refuseUnknownWords(body);
      const row = await findLetter(ctx, params.id);
      const revision = row.revision + 1;
      await ctx.db.one(addLetter, { key: row.key, revision, ...body });
      ctx.audit("studies.letter_written", { revision, title: body.title });
      return new Redirect(ctx.url(`/letters/${row.key}`), `Saved as revision ${revision}.`);
    },
  }),
  get("/letters/:id/letter.pdf", {
    needs: "studies.letters.read",
    params: byId,
    query: letterQuery,
    async run({ params, query }, ctx) {
      const { row, filled } = await letterPage(ctx, params.id, query.recipient ?? "", query.siteId ?? null);
      if (filled.missing.length > 0)
        throw Problem.refused(`Nothing is known for ${filled.missing.map((word) => `{${word}}`).join(", ")}.`);
      return await ctx.pdf(
        "studies.letter",
        "letter",
        {
          title: row.title,
          lang: "en",
          blocks: [
            { kind: "heading", level: 1, text: row.title },
            ...filled.text
              .split(/\r?\n\s*\r?\n/)
              .map((text) => ({ kind: "paragraph" as const, text: text.replace(/\r?\n/g, " ") })),
          ],
        },
        [row.id],
      );
    },
  }),
];
