/** The roster: imported with a preview, and who mentors whom. */
import { isAssignableAs } from "@core/access/holding.ts";
import { upload } from "@core/http/input.ts";
import { inviteToWorkspace } from "@core/identity/persons.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { assign, endAssignment } from "@core/subjects/assignments.ts";
import { addSubject } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import type { Milestones } from "../names.ts";
import { type RosterGround, type RosterValues, readEmail, rosterColumns, rosterRule } from "../roster-file.ts";
import { allFrameworks, frameworkById } from "../store/frameworks.ts";
import {
  type ColleagueRow,
  colleagues,
  enrol,
  mentoringById,
  mentorings,
  roster,
  subjectCodes,
  traineeById,
} from "../store/trainees.ts";
import { fileLimit, readConfirmed, readUploaded, tableLimit } from "../uploaded-table.ts";
import { PreviewPage } from "../views/import.tsx";
import { ChooseRosterPage, RosterPage } from "../views/roster.tsx";
import { nameOf } from "./frameworks.ts";
import { pageOf } from "./paging.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const frameworkId = t.String({ title: "Subcompetencies", format: "uuid" });
const crumbs = (ctx: Context<Milestones>) => [{ label: "Trainees", href: ctx.url("/roster") }];

export const rosterRoutes = [
  get("/roster", {
    needs: "milestones.evaluations.follow",
    query: t.Object({
      name: t.Optional(t.String({ title: "Name", maxLength: 120 })),
      mentor: t.Optional(t.Literal("none")),
      page: t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 })),
    }),
    async run({ query }, ctx) {
      const trainees = await ctx.db.all(roster, {});
      const mentors = Map.groupBy(await ctx.db.all(mentorings, {}), (row) => row.subjectId);
      const names = await ctx.names(trainees.map((row) => row.subjectId));
      const people = await ctx.people([...mentors.values()].flat().map((row) => row.personId));
      const wanted = (query.name ?? "").trim().toLowerCase();
      const lines = trainees
        .map((row) => ({
          href: ctx.url(`/trainees/${row.subjectId}`),
          name: names.get(row.subjectId) ?? row.code,
          code: row.code,
          pgy: row.pgy,
          startsOn: row.startsOn,
          expectedEnd: row.expectedEnd,
          framework: nameOf(row),
          mentors: (mentors.get(row.subjectId) ?? []).map(
            ({ personId }) => people.get(personId) ?? "Someone who has left",
          ),
        }))
        .filter(
          (line) =>
            `${line.name} ${line.code}`.toLowerCase().includes(wanted) &&
            (query.mentor !== "none" || line.mentors.length === 0),
        )
        .sort((a, b) => a.pgy - b.pgy || a.name.localeCompare(b.name));
      const { shown, pager } = pageOf(lines, query.page, ctx.url("/roster"), query);
      return RosterPage({
        importHref: ctx.may("milestones.roster.manage") ? ctx.url("/roster/import") : null,
        advanceHref: ctx.may("milestones.roster.manage") && trainees.length > 0 ? ctx.url("/roster/advance") : null,
        action: ctx.url("/roster"),
        chosen: { name: query.name ?? "", mentor: query.mentor ?? "" },
        total: lines.length,
        pager,
        trainees: shown,
      });
    },
  }),

  get("/roster/import", {
    needs: "milestones.roster.manage",
    run: async (_, ctx) => ChooseRosterPage(await choices(ctx)),
  }),

  post("/roster/preview", {
    needs: "milestones.roster.manage",
    bodyLimit: fileLimit,
    body: t.Object({ file: upload({ title: "a CSV file" }), frameworkId }),
    refused: async (typed, problems, ctx) =>
      ChooseRosterPage({ ...(await choices(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const framework = await ctx.db.one(frameworkById, { id: body.frameworkId });
      const table = readUploaded(body.file.bytes, rosterColumns, rosterRule(await groundOf(ctx)));
      return PreviewPage({
        title: "Look before you import",
        crumbs: crumbs(ctx),
        summary: `${table.rows.length} trainees for ${nameOf(framework)}`,
        columns: rosterColumns.map((column) => column.title),
        rows: table.rows.map(({ line, values, problems }) => ({
          line,
          cells: rosterColumns.map(({ key }) => values[key]),
          problems: problems.map(({ sentence }) => sentence),
        })),
        unknown: table.unknown,
        action: ctx.url("/roster/import"),
        hidden: { table: table.text, frameworkId: framework.id },
        confirm: `Import ${table.rows.length} trainees`,
        back: ctx.url("/roster/import"),
      });
    },
  }),

  post("/roster/import", {
    needs: "milestones.roster.manage",
    bodyLimit: tableLimit,
    body: t.Object({ table: t.String({ title: "Table", maxLength: tableLimit }), frameworkId }),
    async run({ body }, ctx) {
      const framework = await ctx.db.one(frameworkById, { id: body.frameworkId });
      const rows = readConfirmed(body.table, rosterColumns, rosterRule(await groundOf(ctx)));
      const mentors = new Map((await ctx.db.all(colleagues, {})).map((row) => [row.email, row]));
      let number = highestNumber(await ctx.db.all(subjectCodes, {}));
      for (const row of rows) {
        number += 1;
        const subjectId = await enrolOne(ctx, row, framework, number);
        const mentor = mentors.get(readEmail(row.mentor));
        if (mentor) await assign(ctx, { personId: mentor.id, subjectId, kind: "mentor" });
      }
      return new Redirect(ctx.url("/roster"), `${counted(rows.length, "trainee")} imported.`);
    },
  }),

  post("/trainees/:subject/mentor", {
    needs: "milestones.roster.manage",
    params: t.Object({ subject: t.String({ format: "uuid" }) }),
    body: t.Object({ personId: t.String({ title: "Mentor", format: "uuid" }) }),
    async run({ params, body }, ctx) {
      const trainee = await ctx.db.one(traineeById, { subjectId: params.subject });
      const mentor = (await ctx.db.all(colleagues, {})).find(
        (row) => row.id === body.personId && isAssignableAs(row, "mentor"),
      );
      if (!mentor)
        throw Problem.refused("That person is not a mentor of this program. Give him or her the role Mentor first.");
      const standing = await ctx.db.all(mentorings, {});
      if (standing.some((row) => row.subjectId === trainee.subjectId && row.personId === mentor.id)) {
        throw Problem.refused(`${mentor.name} is this trainee's mentor already.`);
      }
      await assign(ctx, { personId: mentor.id, subjectId: trainee.subjectId, kind: "mentor" });
      return new Redirect(ctx.url(`/trainees/${trainee.subjectId}`), `${mentor.name} is now the mentor.`);
    },
  }),

  post("/mentorings/:id/end", {
    needs: "milestones.roster.manage",
    params: t.Object({ id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const mentoring = await ctx.db.one(mentoringById, params);
      const mentor = (await ctx.people([mentoring.personId])).get(mentoring.personId) ?? "someone who has left";
      await endAssignment(ctx, mentoring.id);
      return new Redirect(
        ctx.url(`/trainees/${mentoring.subjectId}`),
        `${mentor} no longer mentors this trainee and sees nothing of the record.`,
      );
    },
  }),
];

async function choices(ctx: Context<Milestones>) {
  const frameworks = await ctx.db.all(allFrameworks, {});
  return {
    action: ctx.url("/roster/preview"),
    crumbs: crumbs(ctx),
    frameworks: frameworks.map((row) => ({ value: row.id, label: nameOf(row) })),
  };
}

async function groundOf(ctx: Context<Milestones>): Promise<RosterGround> {
  const people = await ctx.db.all(colleagues, {});
  const emails = (which: (row: ColleagueRow) => boolean) => new Set(people.filter(which).map((row) => row.email));
  return {
    trainees: emails(({ role }) => role === "trainee"),
    staff: emails(({ role }) => role !== "trainee"),
    mentors: emails((row) => isAssignableAs(row, "mentor")),
  };
}

/** An account with the role Trainee, a sealed identity, and a place in training. */
async function enrolOne(
  ctx: Context<Milestones>,
  row: RosterValues,
  framework: { id: string; specialty: string; version: string },
  number: number,
) {
  const email = readEmail(row.email);
  const { personId } = await inviteToWorkspace(ctx, { name: row.name, email, role: "trainee" });
  const code = codeFor(ctx.workspace.slug, number);
  const subjectId = await addSubject(ctx, {
    code,
    kind: "trainee",
    personId,
    identity: { name: row.name, email, ...(row.recordNumber ? { recordNumber: row.recordNumber } : {}) },
  });
  await ctx.db.one(enrol, {
    subjectId,
    frameworkId: framework.id,
    pgy: Number(row.pgy),
    startsOn: row.start,
    expectedEnd: row.expectedEnd,
  });
  ctx.audit("milestones.trainee_enrolled", { subjectId, trainee: code, framework: nameOf(framework), pgy: row.pgy });
  return subjectId;
}

const highestNumber = (rows: readonly { code: string }[]) =>
  Math.max(0, ...rows.map(({ code }) => Number(/-(\d+)$/.exec(code)?.[1] ?? 0)));

/** "INTERN-007": says which program, and nothing about the person. */
const codeFor = (slug: string, number: number) =>
  `${slug.replaceAll("-", "").slice(0, 6).toUpperCase()}-${String(number).padStart(3, "0")}`;
