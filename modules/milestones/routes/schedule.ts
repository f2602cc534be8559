/** The rotation schedule: imported with a preview, and asked about when blocks end. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { dayOf } from "../period.ts";
import { evaluatorIn, type ScheduleGround, scheduleColumns, scheduleRule, traineeIn } from "../schedule-file.ts";
import { askAboutEnded } from "../scheduled.ts";
import { addBlocks, allBlocks } from "../store/schedule.ts";
import { colleagues, roster } from "../store/trainees.ts";
import { fileLimit, readConfirmed, readUploaded, tableLimit } from "../uploaded-table.ts";
import { ChooseFilePage, PreviewPage } from "../views/import.tsx";
import { SchedulePage } from "../views/schedule.tsx";
import { pageOf } from "./paging.ts";
import { formAgain } from "./refused.ts";
import { mayEvaluate } from "./requests.ts";

const { get, post } = routesFor<Milestones>();
const crumbs = (ctx: Context<Milestones>) => [
  { label: "Evaluation requests", href: ctx.url("/requests") },
  { label: "Schedule", href: ctx.url("/schedule") },
];

export const scheduleRoutes = [
  get("/schedule", {
    needs: "milestones.evaluations.follow",
    query: t.Object({ page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })) }),
    async run({ query }, ctx) {
      const rows = await ctx.db.all(allBlocks, {});
      const today = dayOf(ctx.now);
      const { shown, pager } = pageOf(rows, query.page, ctx.url("/schedule"), {});
      const names = await ctx.names(shown.map((row) => row.subjectId));
      const people = await ctx.people(shown.map((row) => row.evaluatorId));
      const waiting = rows.filter((row) => row.endsOn <= today && !row.requestId).length;
      const asks = ctx.may("milestones.evaluations.request");
      return SchedulePage({
        crumbs: [{ label: "Evaluation requests", href: ctx.url("/requests") }],
        importHref: asks ? ctx.url("/schedule/import") : null,
        askAction: asks && waiting > 0 ? ctx.url("/schedule/ask") : null,
        waiting,
        byItself: ctx.settings.askFromSchedule,
        total: rows.length,
        pager,
        blocks: shown.map((row) => ({
          trainee: names.get(row.subjectId) ?? "A trainee",
          evaluator: people.get(row.evaluatorId) ?? "Someone who has left",
          rotation: row.rotation,
          startsOn: row.startsOn,
          endsOn: row.endsOn,
          state: row.submittedAt ? "submitted" : row.requestId ? "asked" : row.endsOn <= today ? "ended" : "planned",
        })),
      });
    },
  }),

  get("/schedule/import", {
    needs: "milestones.evaluations.request",
    run: async (_, ctx) => choose(ctx),
  }),

  post("/schedule/preview", {
    needs: "milestones.evaluations.request",
    bodyLimit: fileLimit,
    body: t.Object({ file: upload({ title: "a CSV file" }) }),
    refused: async (typed, problems, ctx) => choose(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const table = readUploaded(body.file.bytes, scheduleColumns, scheduleRule(await groundOf(ctx)));
      return PreviewPage({
        title: "Look before you import",
        crumbs: crumbs(ctx),
        summary: counted(table.rows.length, "block"),
        columns: scheduleColumns.map((column) => column.title),
        rows: table.rows.map(({ line, values, problems }) => ({
          line,
          cells: scheduleColumns.map(({ key }) => values[key]),
          problems: problems.map(({ sentence }) => sentence),
        })),
        unknown: table.unknown,
        action: ctx.url("/schedule/import"),
        hidden: { table: table.text },
        confirm: `Import ${counted(table.rows.length, "block")}`,
        back: ctx.url("/schedule/import"),
      });
    },
  }),

  post("/schedule/import", {
    needs: "milestones.evaluations.request",
    bodyLimit: tableLimit,
    body: t.Object({ table: t.String({ title: "Table", maxLength: tableLimit }) }),
    async run({ body }, ctx) {
      const ground = await groundOf(ctx);
      const rows = readConfirmed(body.table, scheduleColumns, scheduleRule(ground));
      if (rows.length === 0) throw Problem.refused("There is no block in this table.");
      const added = await ctx.db.all(
        addBlocks(
          rows.map((row) => ({
            subjectId: traineeIn(ground, row.trainee) ?? "",
            evaluatorId: evaluatorIn(ground, row.evaluator) ?? "",
            rotation: row.rotation,
            startsOn: row.start,
            endsOn: row.end,
          })),
        ),
        {},
      );
      ctx.audit("milestones.schedule_imported", { count: added.length });
      return new Redirect(
        ctx.url("/schedule"),
        added.length === rows.length
          ? `${counted(added.length, "block")} imported.`
          : `${counted(added.length, "block")} imported; ${rows.length - added.length} were there already.`,
      );
    },
  }),

  post("/schedule/ask", {
    needs: "milestones.evaluations.request",
    async run(_, ctx) {
      const { asked, outside } = await askAboutEnded(ctx);
      return new Redirect(
        ctx.url("/schedule"),
        `${counted(asked, "evaluation")} asked for.${outside > 0 ? ` ${counted(outside, "block")} lie in no open period and wait.` : ""}`,
      );
    },
  }),
];

async function groundOf(ctx: Context<Milestones>): Promise<ScheduleGround> {
  const people = (await ctx.db.all(colleagues, {})).filter((row) => mayEvaluate(row));
  return {
    trainees: new Map((await ctx.db.all(roster, {})).map((row) => [row.code.toUpperCase(), row.subjectId])),
    evaluators: new Map(people.map((row) => [row.email.toLowerCase(), row.id])),
  };
}

async function choose(ctx: Context<Milestones>, form?: ReturnType<typeof formAgain>) {
  return ChooseFilePage({
    title: "Import the rotation schedule",
    crumbs: crumbs(ctx),
    lead: "One row for each block. The same block twice is imported once.",
    columns: [
      { title: "trainee", holds: "the code from the roster" },
      { title: "evaluator_email", holds: "who supervises, and is asked" },
      { title: "rotation", holds: "as it is called here" },
      { title: "start", holds: "2026-07-01" },
      { title: "end", holds: "2026-07-28" },
    ],
    example: "INTERN-001,femi.faculty@hospital.example,Cardiology ward,2026-07-01,2026-07-28",
    action: ctx.url("/schedule/preview"),
    form,
  });
}
