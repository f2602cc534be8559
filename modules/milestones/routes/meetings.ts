/** The committee meets: who sits there, what is adopted without a word, what is talked about, and the minutes. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type AgendaPlace, agendaPlace } from "../agenda.ts";
import { minutes, recommendations } from "../committee-tables.ts";
import { counted } from "../counted.ts";
import { type Level, levelFrom } from "../level.ts";
import { minutesDocument } from "../minutes-document.ts";
import type { Milestones } from "../names.ts";
import { choosePeriod, dayOf, isInTraining, type Period, periodTitle, readDay } from "../period.ts";
import { type Quorum, quorumOf } from "../quorum.ts";
import { whyNot } from "../review.ts";
import { wordsOn } from "../sheet-words.ts";
import { reviewOf, standingIn } from "../standing.ts";
import { openSheetsIn, sheetLevelsIn } from "../store/committee.ts";
import { allPeriods, allSubcompetencies, type PeriodRow, periodById } from "../store/frameworks.ts";
import {
  allMeetings,
  callMeeting,
  meetingById,
  minutesOf,
  notePresence,
  presencesOf,
  recommendationsIn,
  recommendationsOf,
  recommendLevels,
  recommendOne,
  writeMinutes,
} from "../store/meetings.ts";
import { roster, type TraineeRow, traineeById } from "../store/trainees.ts";
import { levelField, readLevels } from "../typed-levels.ts";
import { DiscussionPage, MeetingPage, MeetingsPage } from "../views/meetings.tsx";
import { evidenceFor, levelRows } from "./committee.ts";
import { formAgain } from "./refused.ts";
import { membersOf, mentorsOf } from "./reviewers.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const place = t.Object({ id: uuid, subject: uuid });

export const meetingRoutes = [
  get("/meetings", {
    needs: "milestones.committee.read",
    run: async (_, ctx) => MeetingsPage(await listOf(ctx)),
  }),

  post("/meetings", {
    needs: "milestones.meetings.hold",
    body: t.Object({ periodId: t.String({ title: "Period", format: "uuid" }), heldOn: t.String({ title: "Day" }) }),
    refused: async (typed, problems, ctx) => MeetingsPage({ ...(await listOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const period = await ctx.db.one(periodById, { id: body.periodId });
      const heldOn = readDay(body.heldOn);
      if (!heldOn) throw Problem.invalid({ heldOn: "Write the day as 2026-11-02." });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(callMeeting, { id, periodId: period.id, heldOn });
      ctx.audit("milestones.meeting_called", { day: heldOn, period: periodTitle(period) });
      return new Redirect(ctx.url(`/meetings/${id}`));
    },
  }),

  get("/meetings/:id", {
    needs: "milestones.committee.read",
    params: byId,
    run: async ({ params }, ctx) => MeetingPage(await meetingOf(ctx, params.id)),
  }),

  post("/meetings/:id/presence", {
    needs: "milestones.meetings.hold",
    params: byId,
    body: t.Object({
      present: t.Array(uuid, { title: "Present", maxItems: 60 }),
      core: t.Array(uuid, { title: "Core faculty", maxItems: 60 }),
      chair: t.Optional(t.String({ title: "Chair", format: "uuid" })),
    }),
    async run({ params, body }, ctx) {
      const meeting = await ctx.db.one(meetingById, params);
      const members = await membersOf(ctx);
      if (body.chair && !body.present.includes(body.chair))
        throw Problem.refused("Whoever leads the meeting sits in it: mark the chair as present.");
      const before = new Map(
        (await ctx.db.all(presencesOf, { meetingId: meeting.id })).map((row) => [row.personId, row]),
      );
      const rows = members
        .map(({ id }) => ({
          meetingId: meeting.id,
          personId: id,
          isPresent: body.present.includes(id),
          isCore: body.core.includes(id),
          isChair: body.chair === id,
        }))
        .filter((row) => {
          const was = before.get(row.personId);
          return was
            ? was.isPresent !== row.isPresent || was.isCore !== row.isCore || was.isChair !== row.isChair
            : row.isPresent;
        });
      if (rows.length > 0) await ctx.db.all(notePresence(rows), {});
      ctx.audit("milestones.presence_noted", { day: meeting.heldOn, present: body.present.length });
      return new Redirect(ctx.url(`/meetings/${meeting.id}`), "Noted.");
    },
  }),

  post("/meetings/:id/adopt", {
    needs: "milestones.meetings.hold",
    params: byId,
    async run({ params }, ctx) {
      const { meeting, period, agenda, present, mentors } = await ground(ctx, params.id);
      const adopted: string[] = [];
      const left: string[] = [];
      for (const { trainee, place: at } of agenda) {
        if (at.kind !== "consent") continue;
        const quorum = quorumOf(present, mentors.get(trainee.subjectId) ?? new Set(), ctx.settings.quorum);
        if (!quorum.stands) {
          left.push(trainee.code);
          continue;
        }
        await recommend(ctx, { meeting, period, trainee, levels: at.levels, quorum, how: "consent", note: "" });
        adopted.push(trainee.code);
      }
      if (adopted.length === 0)
        throw Problem.refused(
          left.length > 0
            ? "There is no quorum. Note who is present; the recused do not count for their own trainees."
            : "Nothing is on the consent agenda.",
        );
      return new Redirect(
        ctx.url(`/meetings/${meeting.id}`),
        `${counted(adopted.length, "recommendation")} adopted.${left.length > 0 ? ` Without quorum: ${left.join(", ")}.` : ""}`,
      );
    },
  }),

  get("/meetings/:id/discuss/:subject", {
    needs: "milestones.committee.read",
    params: place,
    run: async ({ params }, ctx) => DiscussionPage(await discussionOf(ctx, params)),
  }),

  post("/meetings/:id/discuss/:subject", {
    needs: "milestones.meetings.hold",
    params: place,
    body: t.Object({
      levels: t.Record(t.String(), t.String({ title: "Level", maxLength: 40 })),
      note: t.Optional(t.String({ title: "What was said", maxLength: 4000 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      DiscussionPage({ ...(await discussionOf(ctx, params)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { meeting, period, agenda, present, mentors } = await ground(ctx, params.id);
      const item = agenda.find(({ trainee }) => trainee.subjectId === params.subject);
      const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
      const review = await reviewOf(ctx, trainee, period);
      const why = whyNot("recommend", review.state);
      if (why) throw Problem.refused(why);
      const quorum = quorumOf(present, mentors.get(trainee.subjectId) ?? new Set(), ctx.settings.quorum);
      if (!quorum.stands) throw Problem.refused(quorum.sentence);
      const given = readLevels(body.levels, review.subcompetencies);
      const settled = item ? item.settled : new Map<string, Level>();
      const levels = new Map<string, Level>();
      const missing: Record<string, string> = {};
      for (const { id, code } of review.subcompetencies) {
        const level = given.get(id) ?? settled.get(id);
        if (level) levels.set(id, level);
        else missing[levelField(id)] = `${code}: the committee has to agree on a level, NYC1 or NYA.`;
      }
      if (Object.keys(missing).length > 0) throw Problem.invalid(missing);
      if ((body.note ?? "").trim() === "")
        throw Problem.invalid({ note: "Say in a sentence what was discussed; the director reads it." });
      await recommend(ctx, { meeting, period, trainee, levels, quorum, how: "discussed", note: body.note ?? "" });
      return new Redirect(ctx.url(`/meetings/${meeting.id}`), "Recommended.");
    },
  }),

  get("/meetings/:id/minutes.pdf", {
    needs: "milestones.export",
    params: byId,
    async run({ params }, ctx) {
      const page = await meetingOf(ctx, params.id);
      if (page.minutes.version === 0) throw Problem.notFound("No minutes of this meeting are kept yet.");
      const document = minutesDocument({ program: ctx.workspace.title, ...page, seats: page.members });
      return await ctx.pdf("milestones.minutes", `minutes-${page.heldOn}.pdf`, document, [params.id]);
    },
  }),

  post("/meetings/:id/minutes", {
    needs: "milestones.meetings.hold",
    params: byId,
    body: t.Object({ text: t.String({ title: "Minutes", minLength: 1, maxLength: 20_000 }) }),
    refused: async (typed, problems, ctx, params) =>
      MeetingPage({
        ...(await meetingOf(ctx, (params as { id: string }).id)),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const meeting = await ctx.db.one(meetingById, params);
      const [last] = await ctx.db.all(minutesOf, { meetingId: meeting.id });
      const version = (last?.version ?? 0) + 1;
      const id = Bun.randomUUIDv7();
      const text = await ctx.seal(minutes.text, body.text, { row: id });
      await ctx.db.one(writeMinutes, { id, meetingId: meeting.id, version, text });
      ctx.audit("milestones.minutes_written", { day: meeting.heldOn, version });
      return new Redirect(ctx.url(`/meetings/${meeting.id}`), "The minutes are kept.");
    },
  }),
];

async function listOf(ctx: Context<Milestones>) {
  const periods = await ctx.db.all(allPeriods, {});
  const titles = new Map(periods.map((one) => [one.id, periodTitle(one)]));
  return {
    action: ctx.may("milestones.meetings.hold") ? ctx.url("/meetings") : null,
    periods: periods.map((one) => ({ value: one.id, label: periodTitle(one) })),
    period: choosePeriod(periods, undefined, dayOf(ctx.now))?.id ?? "",
    today: dayOf(ctx.now),
    meetings: (await ctx.db.all(allMeetings, {})).map((row) => ({
      href: ctx.url(`/meetings/${row.id}`),
      heldOn: row.heldOn,
      period: titles.get(row.periodId) ?? "",
    })),
  };
}

interface AgendaLine {
  readonly trainee: TraineeRow;
  readonly place: AgendaPlace;
  /** What the reviewers agree on, also of someone who is discussed. */
  readonly settled: ReadonlyMap<string, Level>;
}

/** What stands on the agenda now: everyone whose sheets are open and on whom the committee has not spoken. */
async function ground(ctx: Context<Milestones>, id: string) {
  const meeting = await ctx.db.one(meetingById, { id });
  const period = await ctx.db.one(periodById, { id: meeting.periodId });
  const present = (await ctx.db.all(presencesOf, { meetingId: meeting.id })).filter((row) => row.isPresent);
  return { meeting, period, present, mentors: await mentorsOf(ctx), agenda: await agendaIn(ctx, period) };
}

async function agendaIn(ctx: Context<Milestones>, period: PeriodRow): Promise<readonly AgendaLine[]> {
  const standing = await standingIn(ctx, period.id);
  const trainees = (await ctx.db.all(roster, {})).filter(
    (row) => isInTraining(row, period) && standing(row.subjectId).state === "rated",
  );
  if (trainees.length === 0) return [];
  const subcompetencies = Map.groupBy(await ctx.db.all(allSubcompetencies, {}), (row) => row.frameworkId);
  const sheets = Map.groupBy(await ctx.db.all(openSheetsIn, { periodId: period.id }), (row) => row.subjectId);
  const levels = Map.groupBy(await ctx.db.all(sheetLevelsIn, { periodId: period.id }), (row) => row.sheetId);
  const names = await ctx.names(trainees.map((row) => row.subjectId));
  return trainees
    .map((trainee) => {
      const ids = (subcompetencies.get(trainee.frameworkId) ?? []).map((row) => row.id);
      const own = sheets.get(trainee.subjectId) ?? [];
      const maps = own.map(
        ({ id }) =>
          new Map(
            (levels.get(id) ?? []).flatMap((row) => {
              const level = levelFrom(row);
              return level ? [[row.subcompetencyId, level] as const] : [];
            }),
          ),
      );
      const { discussFrom } = ctx.settings;
      const place = agendaPlace(ids, maps, { discussFrom, asked: own.some((row) => row.wantsDiscussion) });
      const disputed = new Set(
        place.kind === "discuss" ? place.disputes.map(({ subcompetencyId }) => subcompetencyId) : [],
      );
      const agreed = agendaPlace(
        ids.filter((id) => !disputed.has(id)),
        maps,
        { discussFrom, asked: false },
      );
      return { trainee, place, settled: agreed.kind === "consent" ? agreed.levels : new Map<string, Level>() };
    })
    .sort(
      (a, b) =>
        a.trainee.pgy - b.trainee.pgy ||
        (names.get(a.trainee.subjectId) ?? "").localeCompare(names.get(b.trainee.subjectId) ?? ""),
    );
}

async function recommend(
  ctx: Context<Milestones>,
  {
    meeting,
    period,
    trainee,
    levels,
    quorum,
    how,
    note,
  }: {
    readonly meeting: { readonly id: string };
    readonly period: Pick<Period, "academicYear" | "half"> & { readonly id: string };
    readonly trainee: TraineeRow;
    readonly levels: ReadonlyMap<string, Level>;
    readonly quorum: Quorum;
    readonly how: "consent" | "discussed";
    readonly note: string;
  },
) {
  const { subjectId, code } = trainee;
  const id = Bun.randomUUIDv7();
  const [last] = await ctx.db.all(recommendationsOf, { subjectId, periodId: period.id });
  await ctx.db.one(recommendOne, {
    id,
    subjectId,
    periodId: period.id,
    meetingId: meeting.id,
    revision: (last?.revision ?? 0) + 1,
    how,
    present: quorum.present,
    recused: quorum.recused,
    note: note === "" ? null : await ctx.seal(recommendations.note, note, { row: id, subject: subjectId }),
  });
  await ctx.db.all(recommendLevels(levelRows(levels).map((row) => ({ recommendationId: id, subjectId, ...row }))), {});
  ctx.audit("milestones.recommended", {
    subjectId,
    trainee: code,
    period: periodTitle(period),
    how: how === "consent" ? "on the consent agenda" : "after discussion",
    present: quorum.present,
    recused: quorum.recused,
  });
}

async function meetingOf(ctx: Context<Milestones>, id: string) {
  const { meeting, period, present, mentors, agenda } = await ground(ctx, id);
  const members = await membersOf(ctx);
  const here = new Map(present.map((row) => [row.personId, row]));
  const done = (await ctx.db.all(recommendationsIn, { periodId: period.id })).filter((row) => row.meetingId === id);
  const names = await ctx.names([
    ...agenda.map(({ trainee }) => trainee.subjectId),
    ...done.map((row) => row.subjectId),
  ]);
  const people = new Map(members.map((row) => [row.id, row.name]));
  const codes = new Map((await ctx.db.all(allSubcompetencies, {})).map((row) => [row.id, row.code]));
  const [last] = await ctx.db.all(minutesOf, { meetingId: id });
  const [text] = last ? await ctx.openMany([{ value: last.text, at: { row: last.id } }], "to read the minutes") : [];
  const holds = ctx.may("milestones.meetings.hold");
  const recusedOf = (subjectId: string) =>
    [...(mentors.get(subjectId) ?? [])].filter((one) => here.has(one)).flatMap((one) => people.get(one) ?? []);
  return {
    period: periodTitle(period),
    heldOn: meeting.heldOn,
    crumbs: [{ label: "Meetings", href: ctx.url("/meetings") }],
    quorum: quorumOf(present, new Set(), ctx.settings.quorum),
    members: members.map(({ id: personId, name }) => ({
      personId,
      name,
      isPresent: here.has(personId),
      isCore: here.get(personId)?.isCore ?? false,
      isChair: here.get(personId)?.isChair ?? false,
    })),
    printHref: ctx.may("milestones.export") && last ? ctx.url(`/meetings/${id}/minutes.pdf`) : null,
    actions: holds
      ? {
          presence: ctx.url(`/meetings/${id}/presence`),
          adopt: ctx.url(`/meetings/${id}/adopt`),
          minutes: ctx.url(`/meetings/${id}/minutes`),
        }
      : null,
    consent: agenda.flatMap(({ trainee, place: at }) =>
      at.kind === "consent"
        ? [
            {
              trainee: names.get(trainee.subjectId) ?? trainee.code,
              pgy: trainee.pgy,
              recused: recusedOf(trainee.subjectId),
              href: ctx.url(`/decisions/${period.id}/${trainee.subjectId}`),
            },
          ]
        : [],
    ),
    discuss: agenda.flatMap(({ trainee, place: at }) =>
      at.kind === "discuss"
        ? [
            {
              trainee: names.get(trainee.subjectId) ?? trainee.code,
              pgy: trainee.pgy,
              recused: recusedOf(trainee.subjectId),
              href: ctx.url(`/meetings/${id}/discuss/${trainee.subjectId}`),
              about:
                at.disputes.length === 0
                  ? "A reviewer asks to talk about this trainee"
                  : at.disputes.map((one) => `${codes.get(one.subcompetencyId)}: ${one.views}`).join("; "),
            },
          ]
        : [],
    ),
    done: done.map((row) => ({
      trainee: names.get(row.subjectId) ?? "A trainee",
      href: ctx.url(`/decisions/${period.id}/${row.subjectId}`),
      how: row.how === "consent" ? "Consent agenda" : "Discussed",
      seats: `${row.present} present${row.recused > 0 ? `, ${row.recused} recused` : ""}`,
    })),
    minutes: {
      text: text instanceof Locked ? text.sentence : (text ?? ""),
      version: last?.version ?? 0,
      by: last ? ((await ctx.people([last.madeBy])).get(last.madeBy ?? "") ?? "Someone who has left") : null,
      at: last?.madeAt ?? null,
    },
  };
}

async function discussionOf(ctx: Context<Milestones>, { id, subject }: { id: string; subject: string }) {
  const { period, agenda, present, mentors } = await ground(ctx, id);
  const trainee = await ctx.db.one(traineeById, { subjectId: subject });
  const review = await reviewOf(ctx, trainee, period);
  const item = agenda.find((one) => one.trainee.subjectId === subject);
  const disputed = new Map(
    item?.place.kind === "discuss" ? item.place.disputes.map((one) => [one.subcompetencyId, one.views]) : [],
  );
  const people = await ctx.people(review.sheets.map((sheet) => sheet.memberId));
  const wordsOf = await wordsOn(ctx, review.sheets, "to discuss with the reviewers' notes at hand");
  const why = whyNot("recommend", review.state);
  return {
    trainee: (await ctx.names([subject])).get(subject) ?? trainee.code,
    period: periodTitle(period),
    crumbs: [
      { label: "Meetings", href: ctx.url("/meetings") },
      { label: "Meeting", href: ctx.url(`/meetings/${id}`) },
    ],
    closed: why,
    action: why || !ctx.may("milestones.meetings.hold") ? null : ctx.url(`/meetings/${id}/discuss/${subject}`),
    quorum: quorumOf(present, mentors.get(subject) ?? new Set(), ctx.settings.quorum),
    sheets: review.sheets.map((sheet) => ({
      member: people.get(sheet.memberId) ?? "A former member",
      ...wordsOf(sheet.id),
    })),
    items: review.subcompetencies
      .filter(({ id: one }) => disputed.has(one))
      .map(({ id: one, code, title }) => ({
        name: levelField(one),
        code,
        title,
        views: review.sheets.map((sheet) => ({
          member: people.get(sheet.memberId) ?? "A former member",
          level: review.rated.get(sheet.id)?.get(one) ?? null,
        })),
        before: review.before.get(one) ?? null,
        evidence: evidenceFor(ctx, review, one),
      })),
    agreed: review.subcompetencies
      .filter(({ id: one }) => !disputed.has(one))
      .map(({ id: one, code, title }) => ({ code, title, level: item?.settled.get(one) ?? null })),
  };
}
