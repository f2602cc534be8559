/** Incidents: who is on it, how the member was contacted, what became of the person. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { unlock } from "../conversation.ts";
import {
  acknowledge,
  type Incident,
  type IncidentChange,
  nextPageAt,
  recordContact,
  resolve,
  review,
} from "../incident.ts";
import type { Coaching } from "../names.ts";
import { pagerOf } from "../pages.ts";
import { hand } from "../pipeline/route.ts";
import { asConversation, lockConversation } from "../store/conversations.ts";
import {
  addStep,
  asIncident,
  closedFrom,
  countClosed,
  countTasks,
  incidentById,
  type LockedIncident,
  lockIncident,
  moveIncident,
  openIncidents,
  stepsOf,
  tasksFrom,
} from "../store/incidents.ts";
import { memberById } from "../store/members.ts";
import { incidentSteps } from "../tables.ts";
import { IncidentPage, IncidentsPage } from "../views/incidents.tsx";
import { contactInWords, dispositionInWords } from "../words.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Coaching>();
const pageSize = 25;
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const note = t.Optional(t.String({ title: "Note", maxLength: 2000 }));
const oneOf = <const T extends readonly string[]>(values: T, title: string) =>
  t.Union(
    values.map((value) => t.Literal(value as T[number])),
    { title },
  );

export const incidentRoutes = [
  get("/incidents", {
    needs: "coaching.incidents.read",
    query: t.Object({
      kind: t.Optional(t.String({ maxLength: 20 })),
      late: t.Optional(t.String({ maxLength: 4 })),
      unreviewed: t.Optional(t.String({ maxLength: 4 })),
      tasks: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
      closed: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
    }),
    async run({ query }, ctx) {
      const { kind = "", late = "", unreviewed = "", tasks: tasksAt = 0, closed: closedAt = 0 } = query;
      const wanted = { kind, late: late === "yes" };
      const review = { unreviewed: unreviewed === "yes" };
      const open = await ctx.db.all(openIncidents, {});
      const closed = await ctx.db.all(closedFrom, { ...review, from: closedAt, most: pageSize });
      const tasks = await ctx.db.all(tasksFrom, { ...wanted, from: tasksAt, most: pageSize });
      const href = (over: Readonly<Record<string, string | number>>) => {
        const all = { kind, late, unreviewed, tasks: tasksAt, closed: closedAt, ...over };
        const given = Object.entries(all).flatMap(([name, value]) =>
          value === "" || value === 0 ? [] : [[name, String(value)]],
        );
        return ctx.url(`/incidents?${new URLSearchParams(given)}`);
      };
      const rows = [...open, ...closed];
      const names = await ctx.names([...rows, ...tasks].map((row) => row.subjectId));
      const people = await ctx.people(rows.flatMap((row) => [row.acknowledgedBy, row.resolvedBy]));
      const line = (row: (typeof rows)[number]) => ({
        href: ctx.url(`/incidents/${row.id}`),
        name: names.get(row.subjectId) ?? row.code,
        tier: row.tier,
        status: row.status,
        openedAt: row.openedAt,
        dueAt: row.acknowledgedAt ? null : new Date(row.openedAt.getTime() + row.acknowledgeMinutes * 60_000),
        by: row.acknowledgedBy ? (people.get(row.acknowledgedBy) ?? "Someone who has left") : null,
        disposition: row.disposition,
        resolvedAt: row.resolvedAt,
        minutesToAnswer: row.acknowledgedAt ? (row.acknowledgedAt.getTime() - row.openedAt.getTime()) / 60_000 : null,
      });
      return IncidentsPage({
        now: ctx.now,
        action: ctx.url("/incidents"),
        kind,
        late,
        unreviewed,
        tasksPager: pagerOf(tasksAt, pageSize, Number((await ctx.db.one(countTasks, wanted)).total), (at) =>
          href({ tasks: at }),
        ),
        closedPager: pagerOf(closedAt, pageSize, Number((await ctx.db.one(countClosed, review)).total), (at) =>
          href({ closed: at }),
        ),
        open: open.map(line),
        closed: closed.map(line),
        tasks: tasks.map((row) => ({
          href: ctx.url(`/members/${row.subjectId}`),
          name: names.get(row.subjectId) ?? row.code,
          kind: row.kind,
          tier: row.tier,
          dueAt: row.dueAt,
          isLate: row.dueAt < ctx.now,
        })),
      });
    },
  }),

  get("/incidents/:id", {
    needs: "coaching.incidents.read",
    params: byId,
    run: async ({ params }, ctx) => IncidentPage(await pageOf(ctx, params.id)),
  }),

  post("/incidents/:id/acknowledge", {
    needs: "coaching.incidents.answer",
    params: byId,
    async run({ params }, ctx) {
      await step(ctx, params.id, "acknowledged", null, null, (incident) => acknowledge(incident, ctx.actor.id ?? ""));
      return new Redirect(ctx.url(`/incidents/${params.id}`), "You are on it. No more pages go out.");
    },
  }),

  post("/incidents/:id/contact", {
    needs: "coaching.incidents.answer",
    params: byId,
    body: t.Object({
      contact: oneOf(["reached", "not-reached", "emergency-services", "family-reached"], "How it went"),
      note,
    }),
    refused: async (typed, problems, ctx, params) =>
      IncidentPage({ ...(await pageOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      await step(ctx, params.id, "contacted", contactInWords[body.contact], body.note ?? null, (incident) =>
        recordContact(incident, body.contact),
      );
      return new Redirect(ctx.url(`/incidents/${params.id}`), "Recorded.");
    },
  }),

  post("/incidents/:id/resolve", {
    needs: "coaching.incidents.resolve",
    params: byId,
    body: t.Object({
      disposition: oneOf(
        ["safe-at-home", "sent-to-emergency", "in-care", "welfare-check", "false-alarm", "could-not-reach"],
        "What became of the person",
      ),
      note,
    }),
    refused: async (typed, problems, ctx, params) =>
      IncidentPage({ ...(await pageOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const words = dispositionInWords[body.disposition];
      const row = await step(ctx, params.id, "resolved", words, body.note ?? null, (incident) =>
        resolve(incident, body.disposition, { isClinician: ctx.may("coaching.incidents.resolve") }),
      );
      const member = await ctx.db.one(memberById, { subjectId: row.subjectId });
      ctx.audit("coaching.incident_resolved", { subjectId: row.subjectId, member: member.code, disposition: words });
      // The last one that silenced the bot: the conversation waits for a person, and only a person hands it back.
      const others = (await ctx.db.all(openIncidents, {})).filter(
        (one) => one.subjectId === row.subjectId && one.locks,
      );
      if (others.length === 0) {
        const conversation = await ctx.db.one(lockConversation, { subjectId: row.subjectId });
        const change = unlock(asConversation(conversation));
        if (change.changed) await hand(ctx, row.subjectId, asConversation(conversation), change.conversation);
      }
      return new Redirect(ctx.url("/incidents"), "Resolved.");
    },
  }),

  post("/incidents/:id/review", {
    needs: "coaching.incidents.resolve",
    params: byId,
    body: t.Object({ note }),
    async run({ params, body }, ctx) {
      await step(ctx, params.id, "reviewed", null, body.note ?? null, review);
      return new Redirect(ctx.url("/incidents"), "Reviewed.");
    },
  }),
];

async function step(
  ctx: Context<Coaching>,
  id: string,
  name: "acknowledged" | "contacted" | "resolved" | "reviewed",
  what: string | null,
  words: string | null,
  change: (incident: Incident) => IncidentChange,
): Promise<LockedIncident> {
  const row = await ctx.db.one(lockIncident, { id });
  const changed = change(asIncident(row));
  if (!changed.changed) throw Problem.refused(changed.sentence);
  const { incident } = changed;
  await ctx.db.one(moveIncident, {
    id,
    status: incident.status,
    rung: incident.rung,
    nextPageAt: nextPageAt(incident)?.toISOString() ?? null,
    acknowledgedBy: incident.acknowledgedBy,
    contact: incident.contact,
    disposition: incident.disposition,
    resolvedBy: incident.disposition === null ? null : (row.resolvedBy ?? ctx.actor.id),
  });
  const stepId = Bun.randomUUIDv7();
  await ctx.db.one(addStep, {
    id: stepId,
    subjectId: row.subjectId,
    incidentId: id,
    step: name,
    what,
    note: words ? await ctx.seal(incidentSteps.note, words, { row: stepId, subject: row.subjectId }) : null,
  });
  const member = await ctx.db.one(memberById, { subjectId: row.subjectId });
  ctx.audit("coaching.incident_answered", {
    subjectId: row.subjectId,
    member: member.code,
    what: name === "contacted" ? `recorded “${what}” for` : name,
  });
  return row;
}

async function pageOf(ctx: Context<Coaching>, id: string) {
  const row = await ctx.db.one(incidentById, { id });
  const steps = await ctx.db.all(stepsOf, { incidentId: id });
  const sealed = steps.flatMap((one) =>
    one.note ? [{ value: one.note, at: { row: one.id, subject: row.subjectId } }] : [],
  );
  const opened = await ctx.openMany(sealed, "to read an incident");
  const notes = new Map(sealed.map(({ at }, place) => [at.row, opened[place]]));
  const people = await ctx.people([...steps.map((one) => one.madeBy), row.acknowledgedBy, row.resolvedBy]);
  return {
    base: ctx.url(`/incidents/${id}`),
    crumbs: [{ label: "Incidents and tasks", href: ctx.url("/incidents") }],
    threadHref: ctx.may("coaching.messages.read") ? ctx.url(`/members/${row.subjectId}`) : null,
    name: (await ctx.names([row.subjectId])).get(row.subjectId) ?? row.code,
    row,
    by: row.acknowledgedBy ? (people.get(row.acknowledgedBy) ?? "Someone who has left") : null,
    mayAnswer: ctx.may("coaching.incidents.answer"),
    mayResolve: ctx.may("coaching.incidents.resolve"),
    steps: steps.map((one) => {
      const words = notes.get(one.id);
      return {
        step: one.step,
        what: one.what,
        at: one.madeAt,
        by: one.madeBy ? (people.get(one.madeBy) ?? "Someone who has left") : "The service",
        note: words instanceof Locked ? words.sentence : (words ?? null),
      };
    }),
  };
}
export type IncidentView = Awaited<ReturnType<typeof pageOf>>;
