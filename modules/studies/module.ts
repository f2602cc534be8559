/** Everything this module adds, on one screen. Read it beside core/module.ts. */
import { type Context, type Due, defineModule, type Job, type TextDoor } from "@core/module.ts";
import { followChange, followImport } from "./capture/following.ts";
import { readOperands } from "./capture/opening.ts";
import { agenda as captureAgenda, dashboard } from "./dashboard.tsx";
import { demo } from "./demo.ts";
import { importBirch, importOwn } from "./demo-import.ts";
import { sealFiles } from "./import/kept.ts";
import { stepImport } from "./import/steps.ts";
import { agenda as managementAgenda } from "./management/agenda.ts";
import { managementDemo } from "./management/demo.ts";
import {
  managementCard,
  managementErrands,
  managementListens,
  managementNavigation,
  managementPortals,
} from "./management/manifest.ts";
import { managementJobRuns } from "./management/reminders.ts";
import { managementRoutes } from "./management/routes.ts";
import { lookUpDelegation } from "./management/standing.ts";
import { kindsHere } from "./management/store/agenda.ts";
import { managementTables } from "./management/tables.ts";
import { apart, events, exports, fieldClasses, jobs, permissions, roles, settings } from "./names.ts";
import { countAnswers } from "./routes/amendments.ts";
import { weighAgain, writeManifests } from "./routes/locks.ts";
import { programRoutes } from "./routes/programs.ts";
import { compareEntries } from "./routes/second-entry.ts";
import { surveyPortalRoutes } from "./routes/survey-portal.ts";
import { routes } from "./routes.ts";
import { heard, received } from "./survey-door.ts";
import { surveyJobRuns, surveySends } from "./survey-jobs.ts";
import { schema, tables } from "./tables.ts";

export const studies = defineModule({
  id: "studies",
  title: "Studies",
  summary: "A clinical study from protocol to locked data: forms, capture, cleaning, signatures, lock and export.",
  workspaces: ["study"],
  roles,
  permissions,
  apart,
  events,
  fieldClasses,
  exports,
  schema,
  tables: { ...tables, ...managementTables },
  settings,
  jobs: {
    ...managementJobRuns,
    ...surveyJobRuns,
    "studies.seal_files": {
      title: "Seal files that came in before files were sealed",
      payload: jobs["studies.seal_files"],
      every: "40 * * * *",
      permissions: ["studies.import", "studies.design.write"],
      run: sealFiles as Job["run"],
    },
    "studies.import_step": {
      title: "Carry an import on",
      payload: jobs["studies.import_step"],
      permissions: [
        "studies.import",
        "studies.design.read",
        "studies.data.read",
        "studies.allocation.read",
        "studies.queries.read",
        "core.subjects.read",
        "core.subjects.manage",
        "core.sites.read",
      ],
      run: stepImport as Job["run"],
    },
  },
  routes: [...routes, ...managementRoutes],
  dashboard,
  agenda: async (ctx) => {
    const { kinds } = await ctx.db.one(kindsHere, { workspace: ctx.workspace.id });
    const there = new Set(kinds);
    const captures = there.has("sheets") || there.has("queries");
    return [
      ...(captures ? await (captureAgenda as (ctx: Context) => Promise<readonly Due[]>)(ctx) : []),
      ...(await managementAgenda(ctx, there)),
    ];
  },
  demo: async (stage) => {
    await demo(stage);
    await importBirch(stage);
    await managementDemo(stage);
  },
  demoImport: importOwn,
  programs: programRoutes,
  texts: {
    permissions: surveySends,
    received: received as unknown as TextDoor["received"],
    heard: heard as unknown as NonNullable<TextDoor["heard"]>,
  },
  navigation: [
    { title: "Study", path: "/", needs: "studies.design.read" },
    { title: "Participants", path: "/participants", needs: "studies.progress.read" },
    { title: "What waits", path: "/work", needs: "studies.data.read" },
    { title: "Queries", path: "/queries", needs: "studies.queries.read" },
    { title: "Surveys", path: "/surveys", needs: "studies.progress.read" },
    { title: "Double entry", path: "/double-entry", needs: "studies.second.read" },
    { title: "Verification", path: "/verification", needs: "studies.data.read" },
    { title: "Freeze and lock", path: "/locks", needs: "studies.progress.read" },
    { title: "Import data", path: "/imports", needs: "studies.import" },
    { title: "Export", path: "/export", needs: "studies.export" },
    { title: "Forms", path: "/design", needs: "studies.design.read" },
    { title: "Closed forms", path: "/closed-forms", needs: "studies.access.manage" },
    { title: "Versions", path: "/versions", needs: "studies.design.read" },
    ...managementNavigation,
  ],
  portals: [
    ...managementPortals,
    { title: "Answer a survey", permissions: ["studies.surveys.answer"], routes: surveyPortalRoutes },
  ],
  errands: [
    ...managementErrands,
    countAnswers,
    followChange,
    followImport,
    readOperands,
    compareEntries,
    writeManifests,
    weighAgain,
  ],
  card: managementCard,
  listens: managementListens,
  answers: { "delegation.stands": async (ask, ctx) => await ctx.errand(lookUpDelegation, ask) },
});
