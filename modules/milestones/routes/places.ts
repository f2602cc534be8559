/** A trainee's place in training after the import: another year, another end, and leaving the program. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endAssignment } from "@core/subjects/assignments.ts";
import { leave } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { dayOf, readDay } from "../period.ts";
import {
  changePlace,
  mentorings,
  roster,
  standingAssignments,
  type TraineeRow,
  traineeById,
} from "../store/trainees.ts";
import { AdvancePage, LeavePage, PlacePage } from "../views/places.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const ofSubject = t.Object({ subject: uuid });

export const placeRoutes = [
  get("/trainees/:subject/place", {
    needs: "milestones.roster.manage",
    params: ofSubject,
    run: async ({ params }, ctx) => PlacePage(await placeOf(ctx, params.subject)),
  }),

  post("/trainees/:subject/place", {
    needs: "milestones.roster.manage",
    params: ofSubject,
    body: t.Object({
      pgy: t.Integer({ title: "Year of training", minimum: 1, maximum: 9 }),
      startsOn: t.String({ title: "Start" }),
      expectedEnd: t.String({ title: "Expected end" }),
    }),
    refused: async (typed, problems, ctx, params) =>
      PlacePage({ ...(await placeOf(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const was = await ctx.db.one(traineeById, { subjectId: params.subject });
      const [startsOn, expectedEnd] = [readDay(body.startsOn), readDay(body.expectedEnd)];
      if (!startsOn) throw Problem.invalid({ startsOn: "Write the day as 2026-07-01." });
      if (!expectedEnd) throw Problem.invalid({ expectedEnd: "Write the day as 2029-06-30." });
      if (expectedEnd <= startsOn) throw Problem.invalid({ expectedEnd: "Training cannot end before it starts." });
      const changes = [
        was.pgy === body.pgy ? [] : [`year ${was.pgy} to ${body.pgy}`],
        was.startsOn === startsOn ? [] : [`start ${was.startsOn} to ${startsOn}`],
        was.expectedEnd === expectedEnd ? [] : [`expected end ${was.expectedEnd} to ${expectedEnd}`],
      ].flat();
      if (changes.length === 0) throw Problem.refused("Nothing was changed.");
      await ctx.db.one(changePlace, { subjectId: was.subjectId, pgy: body.pgy, startsOn, expectedEnd });
      ctx.audit("milestones.place_changed", {
        subjectId: was.subjectId,
        trainee: was.code,
        changes: changes.join(", "),
      });
      return new Redirect(ctx.url(`/trainees/${was.subjectId}`), "Changed. Results stay as they were given.");
    },
  }),

  get("/roster/advance", {
    needs: "milestones.roster.manage",
    run: async (_, ctx) => AdvancePage(await advanceOf(ctx)),
  }),

  post("/roster/advance", {
    needs: "milestones.roster.manage",
    body: t.Object({ subjectIds: t.Array(uuid, { title: "Trainees", maxItems: 500 }) }),
    refused: async (typed, problems, ctx) =>
      AdvancePage({ ...(await advanceOf(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      if (body.subjectIds.length === 0) throw Problem.invalid({ subjectIds: "Choose one trainee or more." });
      const chosen = new Set(body.subjectIds);
      const rows = (await ctx.db.all(roster, {})).filter((row) => chosen.has(row.subjectId) && row.pgy < 9);
      for (const { subjectId, code, pgy, startsOn, expectedEnd } of rows) {
        await ctx.db.one(changePlace, { subjectId, pgy: pgy + 1, startsOn, expectedEnd });
        ctx.audit("milestones.place_changed", { subjectId, trainee: code, changes: `year ${pgy} to ${pgy + 1}` });
      }
      return new Redirect(ctx.url("/roster"), `${counted(rows.length, "trainee")} advanced by a year.`);
    },
  }),

  get("/trainees/:subject/leave", {
    needs: "milestones.roster.manage",
    params: ofSubject,
    run: async ({ params }, ctx) => LeavePage(await leavingOf(ctx, params.subject)),
  }),

  post("/trainees/:subject/leave", {
    needs: "milestones.roster.manage",
    params: ofSubject,
    body: t.Object({ sure: t.Optional(t.Literal("yes", { title: "Sure" })) }),
    refused: async (typed, problems, ctx, params) =>
      LeavePage({ ...(await leavingOf(ctx, params.subject)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
      if (body.sure !== "yes") throw Problem.invalid({ sure: "Tick that this trainee leaves the program." });
      const open = await ctx.db.all(standingAssignments, { subjectId: trainee.subjectId });
      for (const { id } of open) await endAssignment(ctx, id);
      await leave(ctx, trainee.subjectId);
      ctx.audit("milestones.trainee_left", {
        subjectId: trainee.subjectId,
        trainee: trainee.code,
        assignments: open.length,
      });
      return new Redirect(ctx.url("/roster"), "Left. Everything on record stays, and nobody is asked any more.");
    },
  }),
];

async function shown(ctx: Context<Milestones>, trainee: TraineeRow) {
  const name = (await ctx.names([trainee.subjectId])).get(trainee.subjectId) ?? trainee.code;
  return {
    name,
    crumbs: [
      { label: "Trainees", href: ctx.url("/roster") },
      { label: name, href: ctx.url(`/trainees/${trainee.subjectId}`) },
    ],
  };
}

async function placeOf(ctx: Context<Milestones>, subjectId: string) {
  const trainee = await ctx.db.one(traineeById, { subjectId });
  return {
    ...(await shown(ctx, trainee)),
    action: ctx.url(`/trainees/${subjectId}/place`),
    leaveHref: ctx.url(`/trainees/${subjectId}/leave`),
    pgy: trainee.pgy,
    startsOn: trainee.startsOn,
    expectedEnd: trainee.expectedEnd,
  };
}

/** Who is still in training, the ones whose end has come left out. */
async function advanceOf(ctx: Context<Milestones>) {
  const today = dayOf(ctx.now);
  const rows = (await ctx.db.all(roster, {})).filter((row) => row.expectedEnd > today && row.pgy < 9);
  const names = await ctx.names(rows.map((row) => row.subjectId));
  return {
    crumbs: [{ label: "Trainees", href: ctx.url("/roster") }],
    action: ctx.url("/roster/advance"),
    trainees: rows
      .map((row) => ({
        value: row.subjectId,
        label: `${names.get(row.subjectId) ?? row.code}, PGY ${row.pgy} to ${row.pgy + 1}`,
      }))
      .sort((a, b) => a.label.localeCompare(b.label)),
  };
}

async function leavingOf(ctx: Context<Milestones>, subjectId: string) {
  const trainee = await ctx.db.one(traineeById, { subjectId });
  const mentors = (await ctx.db.all(mentorings, {})).filter((row) => row.subjectId === subjectId);
  return {
    ...(await shown(ctx, trainee)),
    action: ctx.url(`/trainees/${subjectId}/leave`),
    mentors: mentors.length,
  };
}
