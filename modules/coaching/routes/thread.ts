/** One conversation: read, taken over, answered, handed back, handed over; notes and tasks beside it. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { mayText } from "../consent.ts";
import { handBack, takeOver } from "../conversation.ts";
import type { Coaching } from "../names.ts";
import { endCoach, makeCoach } from "../pipeline/new-coach.ts";
import { putOnItsWay } from "../pipeline/outgoing.ts";
import { hand } from "../pipeline/route.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { inGsmLetters, segmentsOf } from "../segments.ts";
import {
  answered,
  asConversation,
  conversationOf,
  type InboxAsked,
  inboxCount,
  inboxRows,
  inboxSubjects,
  lastMessages,
  lockConversation,
  thread,
} from "../store/conversations.ts";
import { incidentsOf, moveTasks, openTasksOf, settleTask, taskById } from "../store/incidents.ts";
import { coachingsOf, memberById, peopleHere } from "../store/members.ts";
import { addNote, allMacros, handOver, handoversOf, notesOf, openHandoversTo, takeHandover } from "../store/notes.ts";
import { cancelWaiting } from "../store/outbox.ts";
import { allJourneys, enrolmentOf, waitingDraftOf } from "../store/replies.ts";
import { handovers, notes } from "../tables.ts";
import { InboxPage, ThreadPage } from "../views/thread.tsx";
import { membersNamed, standingOf } from "./members.ts";
import { formAgain } from "./refused.ts";
import { trendOf } from "./trend.ts";

const { get, post } = routesFor<Coaching>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
const seen = t.Integer({ title: "Epoch", minimum: 1 });

export const threadRoutes = [
  get("/", {
    needs: "coaching.messages.read",
    query: t.Object({
      show: t.Optional(t.Union([t.Literal("waiting"), t.Literal("all")])),
      find: t.Optional(t.String({ maxLength: 60 })),
      risk: t.Optional(t.Union([t.Literal("danger"), t.Literal("look")])),
      whose: t.Optional(t.Union([t.Literal("mine"), t.Literal("nobody"), t.Literal("bot")])),
      from: t.Optional(t.Integer({ minimum: 1, maximum: 1_000_000 })),
    }),
    async run({ query }, ctx) {
      const { find = "", risk = "", whose = "" } = query;
      const found =
        find.trim() === "" ? null : await membersNamed(ctx, find.trim(), () => ctx.db.all(inboxSubjects, {}));
      const asked = {
        risk: risk === "danger" ? "H1" : risk === "look" ? "P" : "none",
        whose,
        personId: ctx.actor.id ?? "",
        isFound: found !== null,
        found: found ?? [],
      };
      const count = async (waiting: boolean) => Number((await ctx.db.one(inboxCount, { ...asked, waiting })).total);
      const [waiting, total] = [await count(true), await count(false)];
      const show = query.show ?? (waiting > 0 ? "waiting" : "all");
      const from = query.from ?? 1;
      const threads = await inboxLines(
        ctx,
        { ...asked, waiting: show === "waiting", offset: from - 1, limit: pageSize },
        null,
      );
      return InboxPage({
        show,
        find,
        risk,
        whose,
        from,
        size: pageSize,
        base: ctx.url("/"),
        waiting,
        total,
        threads,
        isSigned: (await rulesInForce(ctx)).signed !== null,
        rulesHref: ctx.url("/rules"),
        phoneHref: ctx.isDevelopment ? ctx.url("/phone") : null,
        handovers: await handoversFor(ctx),
      });
    },
  }),

  get("/members/:subject", {
    needs: "coaching.messages.read",
    params: bySubject,
    query: t.Object({
      macro: t.Optional(t.String({ format: "uuid" })),
      earlier: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000 })),
    }),
    run: async ({ params, query }, ctx) =>
      ThreadPage(await threadPage(ctx, params.subject, query.macro, query.earlier ?? 0)),
  }),

  post("/members/:subject/take-over", {
    needs: "coaching.messages.write",
    params: bySubject,
    body: t.Object({ seen }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const row = await ctx.db.one(lockConversation, { subjectId: member.subjectId });
      const conversation = asConversation(row);
      const change = takeOver(conversation, ctx.actor.id ?? "", body.seen, ctx.now);
      if (!change.changed) throw new Problem("conflict", change.sentence);
      if (!(await hand(ctx, member.subjectId, conversation, change.conversation)))
        throw new Problem("conflict", "Someone else took this conversation a moment ago. Look at it again.");
      const cancelled = await ctx.db.all(cancelWaiting, {
        subjectId: member.subjectId,
        speakers: ["bot"],
        why: "a person took over",
      });
      ctx.audit("coaching.taken_over", {
        subjectId: member.subjectId,
        member: member.code,
        cancelled: cancelled.length,
      });
      return new Redirect(ctx.url(`/members/${member.subjectId}`), "You have the conversation. The bot is silent.");
    },
  }),

  post("/members/:subject/hand-back", {
    needs: "coaching.messages.write",
    params: bySubject,
    body: t.Object({ seen }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const row = await ctx.db.one(lockConversation, { subjectId: member.subjectId });
      const conversation = asConversation(row);
      const change = handBack(conversation, ctx.actor.id ?? "", body.seen);
      if (!change.changed) throw new Problem("conflict", change.sentence);
      await hand(ctx, member.subjectId, conversation, change.conversation);
      ctx.audit("coaching.handed_back", { subjectId: member.subjectId, member: member.code });
      return new Redirect(ctx.url(`/members/${member.subjectId}`), "The bot answers again.");
    },
  }),

  post("/members/:subject/write", {
    needs: "coaching.messages.write",
    params: bySubject,
    body: t.Object({
      text: t.String({ title: "Message", minLength: 1, maxLength: 640 }),
      once: t.String({ format: "uuid" }),
    }),
    refused: async (typed, problems, ctx, params) =>
      ThreadPage({ ...(await threadPage(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const row = await ctx.db.one(lockConversation, { subjectId: member.subjectId });
      if (row.ownerId !== ctx.actor.id)
        throw Problem.refused("The conversation is not yours. Take it over first; until then nothing is sent.");
      const status = await standingOf(ctx, member);
      if (!mayText(status, "coaching"))
        throw Problem.invalid({
          text: "No text may be sent to this member now. Call instead, or look at the consent ledger.",
        });
      const { segments } = segmentsOf(inGsmLetters(body.text));
      if (segments > 4)
        throw Problem.invalid({ text: `That would be ${segments} messages. Write it in four or fewer.` });
      await putOnItsWay(ctx, {
        subjectId: member.subjectId,
        locale: member.locale,
        body: body.text,
        cause: `human:${body.once}`,
        purpose: "human",
        speaker: { kind: "human", personId: ctx.actor.id ?? "" },
        kind: "human",
        template: null,
      });
      await ctx.db.all(answered, { subjectId: member.subjectId });
      for (const task of await ctx.db.all(openTasksOf, { subjectId: member.subjectId }))
        if (task.kind === "reply")
          await ctx.db.all(settleTask, { id: task.id, outcome: "Answered by text.", doneBy: ctx.actor.id });
      ctx.audit("coaching.message_written", { subjectId: member.subjectId, member: member.code });
      return new Redirect(ctx.url(`/members/${member.subjectId}`));
    },
  }),

  post("/members/:subject/answered", {
    needs: "coaching.messages.write",
    params: bySubject,
    async run({ params }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      await ctx.db.all(answered, { subjectId: member.subjectId });
      return new Redirect(ctx.url("/"), "Nothing waits here any more.");
    },
  }),

  post("/members/:subject/notes", {
    needs: "coaching.messages.write",
    params: bySubject,
    body: t.Object({ note: t.String({ title: "Note", minLength: 1, maxLength: 4000 }) }),
    refused: async (typed, problems, ctx, params) =>
      ThreadPage({ ...(await threadPage(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addNote, {
        id,
        subjectId: member.subjectId,
        body: await ctx.seal(notes.body, body.note, { row: id, subject: member.subjectId }),
      });
      ctx.audit("coaching.note_written", { subjectId: member.subjectId, member: member.code });
      return new Redirect(ctx.url(`/members/${member.subjectId}`), "Note kept.");
    },
  }),

  post("/members/:subject/hand-over", {
    needs: "coaching.messages.write",
    params: bySubject,
    body: t.Object({
      colleagueId: t.String({ title: "To", format: "uuid" }),
      handover: t.String({ title: "What the next one must know", minLength: 3, maxLength: 2000 }),
    }),
    refused: async (typed, problems, ctx, params) =>
      ThreadPage({ ...(await threadPage(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const member = await ctx.db.one(memberById, { subjectId: params.subject });
      const id = Bun.randomUUIDv7();
      const colleague = (await ctx.people([body.colleagueId])).get(body.colleagueId);
      if (!colleague || body.colleagueId === ctx.actor.id)
        throw Problem.invalid({ colleagueId: "Choose a colleague." });
      // From now on the colleague reaches the member; the conversation itself moves when he takes it, so that nobody drops it.
      if (!(await ctx.errand(makeCoach, { subjectId: member.subjectId, personId: body.colleagueId })))
        throw Problem.invalid({ colleagueId: "Choose somebody who answers members of this service." });
      await ctx.db.one(handOver, {
        id,
        subjectId: member.subjectId,
        fromId: ctx.actor.id ?? "",
        toId: body.colleagueId,
        body: await ctx.seal(handovers.body, body.handover, { row: id, subject: member.subjectId }),
      });
      ctx.audit("coaching.handed_over", { subjectId: member.subjectId, member: member.code, colleague });
      return new Redirect(ctx.url(`/members/${member.subjectId}`), `${colleague} finds the note in the inbox.`);
    },
  }),

  post("/handovers/:id/take", {
    needs: "coaching.messages.write",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const [taken] = await ctx.db.all(takeHandover, { id: params.id, personId: ctx.actor.id ?? "" });
      if (!taken) throw Problem.notFound();
      const { subjectId, fromId } = taken;
      const row = await ctx.db.one(lockConversation, { subjectId });
      // An open conversation of the one who goes is his who comes; what the other one had not sent yet is withdrawn.
      if (row.ownerId === fromId) {
        const conversation = asConversation(row);
        const change = takeOver(conversation, ctx.actor.id ?? "", row.epoch, ctx.now);
        if (change.changed) await hand(ctx, subjectId, conversation, change.conversation);
        await ctx.db.all(cancelWaiting, { subjectId, speakers: ["bot", "human"], why: "handed over" });
      }
      await ctx.db.all(moveTasks, { subjectId, fromId, toId: ctx.actor.id ?? "" });
      const { code: member } = await ctx.db.one(memberById, { subjectId });
      ctx.audit("coaching.handover_taken", { subjectId, member });
      await ctx.errand(endCoach, { subjectId, personId: fromId });
      return new Redirect(ctx.url(`/members/${subjectId}`), "Taken: the conversation and its tasks are yours.");
    },
  }),

  post("/tasks/:id/done", {
    needs: "coaching.tasks",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    body: t.Object({ outcome: t.String({ title: "What was done", minLength: 2, maxLength: 300 }) }),
    async run({ params, body }, ctx) {
      const task = await ctx.db.one(taskById, params);
      const [done] = await ctx.db.all(settleTask, { id: task.id, outcome: body.outcome, doneBy: ctx.actor.id });
      if (!done) throw new Problem("conflict", "Somebody has settled this task already.");
      const member = await ctx.db.one(memberById, { subjectId: task.subjectId });
      ctx.audit("coaching.task_done", { subjectId: task.subjectId, member: member.code });
      return new Redirect(ctx.url(`/members/${task.subjectId}`), "Settled.");
    },
  }),
];

const pageSize = 30;
const messagesShown = 80;

/** By risk, then by how long somebody waits; those who wait for nobody by what was last said. Only these are opened. */
async function inboxLines(
  ctx: Context<Coaching>,
  asked: InboxAsked & { readonly offset: number; readonly limit: number },
  current: string | null,
) {
  const shown = await ctx.db.all(inboxRows, asked);
  if (shown.length === 0) return [];
  const names = await ctx.names(shown.map((row) => row.subjectId));
  const last = await ctx.db.all(lastMessages(shown.map((row) => row.subjectId)), {});
  const opened = await ctx.openMany(
    last.map((row) => ({ value: row.body, at: { row: row.id, subject: row.subjectId } })),
    "to show the inbox",
  );
  const bySubjectId = new Map(last.map((row, place) => [row.subjectId, { ...row, text: opened[place] }]));
  return shown.map((row) => {
    const said = bySubjectId.get(row.subjectId);
    const text = said?.text instanceof Locked ? said.text.sentence : (said?.text ?? "Nothing was said yet");
    return {
      href: ctx.url(`/members/${row.subjectId}`),
      name: names.get(row.subjectId) ?? row.code,
      line: said?.direction === "out" ? `Sent: ${text}` : text,
      at: said?.at ?? row.lastInAt ?? ctx.now,
      waits: row.waitingSince !== null,
      waitingSince: row.waitingSince,
      tier: row.tier,
      status: row.status,
      current: row.subjectId === current,
    };
  });
}
export type InboxLine = Awaited<ReturnType<typeof inboxLines>>[number];

async function handoversFor(ctx: Context<Coaching>) {
  const rows = await ctx.db.all(openHandoversTo, { personId: ctx.actor.id ?? "" });
  const names = await ctx.names(rows.map((row) => row.subjectId));
  const people = await ctx.people(rows.map((row) => row.fromId));
  const opened = await ctx.openMany(
    rows.map((row) => ({ value: row.body, at: { row: row.id, subject: row.subjectId } })),
    "to hand over",
  );
  return rows.map((row, place) => ({
    takeHref: ctx.url(`/handovers/${row.id}/take`),
    member: names.get(row.subjectId) ?? row.code,
    from: people.get(row.fromId) ?? "Someone who has left",
    text: opened[place] instanceof Locked ? "It cannot be opened now." : String(opened[place]),
    at: row.madeAt,
  }));
}

async function threadPage(ctx: Context<Coaching>, subjectId: string, macroId?: string, earlier = 0) {
  const member = await ctx.db.one(memberById, { subjectId });
  const conversation = await ctx.db.one(conversationOf, { subjectId });
  // One more than is shown tells whether there is more.
  const found = await ctx.db.all(thread, { subjectId, limit: messagesShown + 1, offset: earlier });
  const rows = found.slice(0, messagesShown);
  const at = (offset: number) => ctx.url(`/members/${subjectId}${offset > 0 ? `?earlier=${offset}` : ""}`);
  const opened = await ctx.openMany(
    rows.map((row) => ({ value: row.body, at: { row: row.id, subject: subjectId } })),
    "to read a conversation",
  );
  const noteRows = await ctx.db.all(notesOf, { subjectId });
  const notesOpened = await ctx.openMany(
    noteRows.map((row) => ({ value: row.body, at: { row: row.id, subject: subjectId } })),
    "to read notes",
  );
  const pastHandovers = await ctx.db.all(handoversOf, { subjectId });
  const people = await ctx.people([
    ...rows.flatMap((row) => [row.personId, row.reviewedBy]),
    ...noteRows.map((row) => row.madeBy),
    ...pastHandovers.flatMap((row) => [row.fromId, row.toId]),
    conversation.ownerId,
  ]);
  const macros = await ctx.db.all(allMacros, {});
  const coaches = await ctx.db.all(coachingsOf, { subjectId });
  const macro = macros.find((one) => one.id === macroId);
  return {
    name: (await ctx.names([subjectId])).get(subjectId) ?? member.code,
    code: member.code,
    member,
    base: ctx.url(`/members/${subjectId}`),
    earlierHref: found.length > messagesShown ? at(earlier + messagesShown) : null,
    laterHref: earlier > 0 ? at(Math.max(0, earlier - messagesShown)) : null,
    inboxHref: ctx.url("/"),
    settingsHref: ctx.url(`/members/${subjectId}/settings`),
    importHref: ctx.may("coaching.readings.manage") ? ctx.url(`/members/${subjectId}/readings`) : null,
    tasksBase: ctx.url("/tasks"),
    consent: await standingOf(ctx, member),
    conversation,
    owner: conversation.ownerId ? (people.get(conversation.ownerId) ?? "Someone who has left") : null,
    isMine: conversation.ownerId !== null && conversation.ownerId === ctx.actor.id,
    mayWrite: ctx.may("coaching.messages.write"),
    once: Bun.randomUUIDv7(),
    draft: macro ? macro[member.locale] : "",
    now: ctx.now,
    messages: rows
      .map((row, place) => ({
        ...row,
        text: opened[place] instanceof Locked ? (opened[place] as Locked).sentence : String(opened[place]),
        by: row.personId ? (people.get(row.personId) ?? "Someone who has left") : null,
        reviewer: row.reviewedBy ? (people.get(row.reviewedBy) ?? "Someone who has left") : null,
      }))
      .reverse(),
    notes: noteRows.map((row, place) => ({
      at: row.madeAt,
      by: row.madeBy ? (people.get(row.madeBy) ?? "Someone who has left") : "Someone",
      text: notesOpened[place] instanceof Locked ? (notesOpened[place] as Locked).sentence : String(notesOpened[place]),
    })),
    handovers: pastHandovers.map((row) => ({
      from: people.get(row.fromId) ?? "Someone",
      to: people.get(row.toId) ?? "Someone",
      at: row.madeAt,
      taken: row.takenAt !== null,
    })),
    macros: macros.map(({ id, title }) => ({ title, href: ctx.url(`/members/${subjectId}?macro=${id}`) })),
    tasks: await ctx.db.all(openTasksOf, { subjectId }),
    incidents: (await ctx.db.all(incidentsOf, { subjectId })).map((row) => ({
      href: ctx.url(`/incidents/${row.id}`),
      tier: row.tier,
      status: row.status,
      at: row.openedAt,
    })),
    colleagues: await colleaguesFor(
      ctx,
      coaches.map((row) => row.personId),
    ),
    trend: ctx.may("coaching.readings.read") ? await trendOf(ctx, member) : null,
    modelDraft: await draftOf(ctx, subjectId),
    enrolment: await enrolmentFor(ctx, subjectId),
    inbox: await inboxLines(
      ctx,
      { risk: "none", whose: "", personId: "", isFound: false, found: [], waiting: false, offset: 0, limit: 14 },
      subjectId,
    ),
  };
}
async function draftOf(ctx: Context<Coaching>, subjectId: string) {
  const draft = await ctx.db.first(waitingDraftOf, { subjectId });
  if (!draft?.body) return null;
  const text = await ctx.open(draft.body, { row: draft.id, subject: subjectId }, "to read a draft");
  return { id: draft.id, text, at: draft.madeAt };
}

async function enrolmentFor(ctx: Context<Coaching>, subjectId: string) {
  const { locale } = await ctx.db.one(memberById, { subjectId });
  const running = await ctx.db.first(enrolmentOf, { subjectId });
  if (!running)
    return {
      running: null,
      choices: (await ctx.db.all(allJourneys, {}))
        .filter((row) => row.approvedHash === row.sha256)
        .map((row) => ({ value: row.id, label: `${row.content.title[locale]} (version ${row.version})` })),
    };
  const place = running.content.steps.findIndex(({ id }) => id === running.step);
  return {
    running: { title: running.content.title[locale], done: place + 1, of: running.content.steps.length },
    choices: [],
  };
}

export type ThreadView = Awaited<ReturnType<typeof threadPage>>;

/** Whom a member can be handed to: everybody who works here, the present coaches first. */
async function colleaguesFor(ctx: Context<Coaching>, coachIds: readonly string[]) {
  const people = await ctx.db.all(peopleHere, {});
  return people
    .filter((one) => one.id !== ctx.actor.id)
    .sort((a, b) => Number(coachIds.includes(b.id)) - Number(coachIds.includes(a.id)))
    .map(({ id, name }) => ({ value: id, label: name }));
}
