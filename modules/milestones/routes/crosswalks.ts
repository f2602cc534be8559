/** From one version of a framework to the next: how they correspond, and who goes on under the newer one. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { counted } from "../counted.ts";
import { correspondenceInWords, crosswalk } from "../crosswalk.ts";
import type { FileProblem } from "../framework-file.ts";
import type { Milestones } from "../names.ts";
import { addCrosswalks, allCrosswalks, moveTrainee, noteMove } from "../store/crosswalks.ts";
import { allFrameworks, type FrameworkRow, frameworkById, subcompetenciesOf } from "../store/frameworks.ts";
import { roster, traineeById } from "../store/trainees.ts";
import { readCode } from "../subcompetency.ts";
import { fileLimit, readUploaded } from "../uploaded-table.ts";
import { CrosswalkPage } from "../views/crosswalk.tsx";
import { nameOf } from "./frameworks.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Milestones>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const columns = [
  { key: "old", title: "old_code", aliases: ["old", "from"] },
  { key: "newer", title: "new_code", aliases: ["new", "to"], required: false },
] as const;

export const crosswalkRoutes = [
  get("/frameworks/:id/crosswalk", {
    needs: "milestones.frameworks.read",
    params: byId,
    run: async ({ params }, ctx) => CrosswalkPage(await pageOf(ctx, params.id)),
  }),

  post("/frameworks/:id/crosswalk", {
    needs: "milestones.frameworks.manage",
    params: byId,
    bodyLimit: fileLimit,
    body: t.Object({ file: upload({ title: "a CSV file" }) }),
    refused: async (typed, problems, ctx, params) =>
      CrosswalkPage({ ...(await pageOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { framework, older } = await versionsOf(ctx, params.id);
      if (!older) throw Problem.refused("There is no earlier version of this specialty here.");
      const [olds, news] = [
        new Map((await ctx.db.all(subcompetenciesOf, { frameworkId: older.id })).map((row) => [row.code, row.id])),
        new Map((await ctx.db.all(subcompetenciesOf, { frameworkId: framework.id })).map((row) => [row.code, row.id])),
      ];
      const table = readUploaded(body.file.bytes, columns, (row) => {
        const problems: FileProblem<"old" | "newer">[] = [];
        const missing = (code: string, of: ReadonlyMap<string, string>) => !of.has(readCode(code).read?.code ?? "");
        if (missing(row.old, olds)) problems.push({ column: "old", sentence: `${nameOf(older)} has no ${row.old}.` });
        if (row.newer !== "" && missing(row.newer, news))
          problems.push({ column: "newer", sentence: `${nameOf(framework)} has no ${row.newer}.` });
        return problems;
      });
      const bad = table.rows.find((row) => row.problems.length > 0);
      if (bad) throw Problem.invalid({ file: `Line ${bad.line}: ${bad.problems[0]?.sentence ?? ""}` });
      const pairs = table.rows.flatMap(({ values }) => {
        const oldId = olds.get(readCode(values.old).read?.code ?? "");
        const newId = news.get(readCode(values.newer).read?.code ?? "");
        return oldId && newId ? [{ oldId, newId }] : [];
      });
      const added = pairs.length > 0 ? await ctx.db.all(addCrosswalks(pairs), {}) : [];
      ctx.audit("milestones.crosswalk_imported", {
        old: nameOf(older),
        newer: nameOf(framework),
        count: added.length,
      });
      return new Redirect(ctx.url(`/frameworks/${framework.id}/crosswalk`), `${counted(added.length, "pair")} added.`);
    },
  }),

  post("/frameworks/:id/move", {
    needs: "milestones.roster.manage",
    params: byId,
    body: t.Object({
      subjectIds: t.Array(uuid, { title: "Trainees", maxItems: 300 }),
      reason: t.String({ title: "Reason", minLength: 1, maxLength: 1000 }),
    }),
    refused: async (typed, problems, ctx, params) =>
      CrosswalkPage({ ...(await pageOf(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { framework, older } = await versionsOf(ctx, params.id);
      if (!older) throw Problem.refused("There is no earlier version of this specialty here.");
      if (body.subjectIds.length === 0) throw Problem.invalid({ subjectIds: "Choose one trainee or more." });
      for (const subjectId of body.subjectIds) {
        const trainee = await ctx.db.one(traineeById, { subjectId });
        if (trainee.frameworkId !== older.id)
          throw Problem.refused(`${trainee.code} is not judged by ${nameOf(older)}.`);
        await ctx.db.one(noteMove, { subjectId, fromId: older.id, toId: framework.id, reason: body.reason });
        await ctx.db.one(moveTrainee, { subjectId, frameworkId: framework.id });
        ctx.audit("milestones.framework_moved", {
          subjectId,
          trainee: trainee.code,
          old: nameOf(older),
          newer: nameOf(framework),
        });
      }
      return new Redirect(
        ctx.url(`/frameworks/${framework.id}/crosswalk`),
        `${counted(body.subjectIds.length, "trainee")} moved.`,
      );
    },
  }),
];

/** The version before this one, of the same specialty. */
async function versionsOf(ctx: Context<Milestones>, id: string) {
  const framework = await ctx.db.one(frameworkById, { id });
  const number = ({ version }: FrameworkRow) => version.split(".").map(Number);
  const isOlder = (one: FrameworkRow) => {
    const [a, b] = [number(one), number(framework)];
    return (a[0] ?? 0) < (b[0] ?? 0) || (a[0] === b[0] && (a[1] ?? 0) < (b[1] ?? 0));
  };
  const older =
    (await ctx.db.all(allFrameworks, {}))
      .filter((one) => one.specialty === framework.specialty && isOlder(one))
      .sort((a, b) => (number(a)[0] ?? 0) - (number(b)[0] ?? 0) || (number(a)[1] ?? 0) - (number(b)[1] ?? 0))
      .at(-1) ?? null;
  return { framework, older };
}

async function pageOf(ctx: Context<Milestones>, id: string) {
  const { framework, older } = await versionsOf(ctx, id);
  const newer = await ctx.db.all(subcompetenciesOf, { frameworkId: framework.id });
  const old = older ? await ctx.db.all(subcompetenciesOf, { frameworkId: older.id }) : [];
  const { lines } = crosswalk(old, newer, await ctx.db.all(allCrosswalks, {}));
  const pinned = older ? (await ctx.db.all(roster, {})).filter((row) => row.frameworkId === older.id) : [];
  const names = await ctx.names(pinned.map((row) => row.subjectId));
  const manages = ctx.may("milestones.roster.manage");
  return {
    title: older ? `From ${nameOf(older)} to ${framework.version}` : `${nameOf(framework)}: no earlier version`,
    crumbs: [
      { label: "Subcompetencies", href: ctx.url("/frameworks") },
      { label: nameOf(framework), href: ctx.url(`/frameworks/${framework.id}`) },
    ],
    lines: lines.map(({ kind, old: from, newer: to }) => ({
      old: from ? `${from.code} ${from.title}` : "–",
      newer: to.map(({ code, title }) => `${code} ${title}`).join("; ") || "–",
      kind: correspondenceInWords[kind],
    })),
    importAction:
      older && ctx.may("milestones.frameworks.manage") ? ctx.url(`/frameworks/${framework.id}/crosswalk`) : null,
    move:
      older && manages && pinned.length > 0
        ? {
            action: ctx.url(`/frameworks/${framework.id}/move`),
            trainees: pinned.map((row) => ({
              value: row.subjectId,
              label: `${names.get(row.subjectId) ?? row.code}, until ${row.expectedEnd}`,
            })),
          }
        : null,
    pinned: pinned.length,
  };
}
