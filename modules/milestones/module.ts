/** Everything this module adds, on one screen. Read it beside core/module.ts. */
import { type Context, defineModule, type Errand, type Job } from "@core/module.ts";
import { committeeTables } from "./committee-tables.ts";
import { dashboard } from "./dashboard.tsx";
import { demo } from "./demo.ts";
import { evaluationTables } from "./evaluation-tables.ts";
import { closeRequest, remind, remindCheckIns } from "./jobs.ts";
import { drawBandsAgain } from "./jobs-bands.ts";
import { digest } from "./jobs-digest.ts";
import { askFromSchedule, sumGroups } from "./jobs-groups.ts";
import { askForSummary, summarise } from "./jobs-summaries.ts";
import { events, exports, fieldClasses, jobs, type Milestones, permissions, roles, settings } from "./names.ts";
import { outlookTables } from "./outlook-tables.ts";
import { pipTables } from "./pip-tables.ts";
import { planTables } from "./plan-tables.ts";
import { linkRoutes } from "./routes/links.ts";
import { routes } from "./routes.ts";
import { summaryTables } from "./summary-tables.ts";
import { schema, tables } from "./tables.ts";
import { askAtAddress } from "./vouching.ts";
import { worklist } from "./worklist.ts";

/** Titles and days: never a name, because calendars are read over the shoulder. */
const agenda = async (ctx: Context<Milestones>) =>
  (await worklist(ctx)).map(({ title, on, path }) => ({ title, on, href: ctx.url(path) }));

export const milestones = defineModule({
  id: "milestones",
  title: "Milestones",
  summary:
    "How residents progress: evaluations, the competence committee's ratings, the director's decision, the trainee's word.",
  workspaces: ["program"],
  roles,
  permissions,
  apart: [
    {
      these: ["milestones.committee.rate"],
      those: ["milestones.decide"],
      because: "Whoever rates in the committee does not finalise the result.",
    },
  ],
  events,
  fieldClasses,
  exports,
  schema,
  tables: {
    ...tables,
    ...committeeTables,
    ...evaluationTables,
    ...outlookTables,
    ...summaryTables,
    ...planTables,
    ...pipTables,
  },
  settings,
  routes,
  agenda: (ctx) => agenda(ctx as Context<Milestones>),
  navigation: [
    { title: "Work list", path: "/work", needs: "milestones.frameworks.read" },
    { title: "Progress", path: "/", needs: "milestones.results.read" },
    { title: "My results", path: "/mine", needs: "milestones.acknowledge" },
    { title: "My own view", path: "/self", needs: "milestones.self.write" },
    { title: "My learning plans", path: "/my-plans", needs: "milestones.plans.write" },
    { title: "Ask for an evaluation", path: "/ask", needs: "milestones.requests.make" },
    { title: "Waiting for me", path: "/evaluations", needs: "milestones.evaluations.complete" },
    { title: "Evaluation requests", path: "/requests", needs: "milestones.evaluations.follow", group: "Evaluations" },
    { title: "Schedule", path: "/schedule", needs: "milestones.evaluations.follow", group: "Evaluations" },
    { title: "Forms", path: "/forms", needs: "milestones.frameworks.manage", group: "Evaluations" },
    { title: "Committee", path: "/committee", needs: "milestones.committee.read", group: "Review" },
    { title: "Meetings", path: "/meetings", needs: "milestones.committee.read", group: "Review" },
    { title: "Summaries", path: "/summaries", needs: "milestones.summaries.read", group: "Review" },
    { title: "Reporting", path: "/reporting", needs: "milestones.export", group: "Review" },
    { title: "Learning plans", path: "/plans", needs: "milestones.plans.review", group: "Plans" },
    { title: "Improvement plans", path: "/improvement", needs: "milestones.pips.read", group: "Plans" },
    { title: "Third parties", path: "/third-parties", needs: "milestones.releases.read", group: "What leaves" },
    { title: "Benchmark", path: "/benchmark", needs: "milestones.benchmark.manage", group: "What leaves" },
    { title: "Trainees", path: "/roster", needs: "milestones.evaluations.follow", group: "Program" },
    { title: "Subcompetencies", path: "/frameworks", needs: "milestones.frameworks.manage", group: "Program" },
    { title: "Periods", path: "/periods", needs: "milestones.frameworks.manage", group: "Program" },
  ],
  portals: [
    { title: "Answer a request", permissions: ["milestones.answer", "core.identities.open"], routes: linkRoutes },
  ],
  dashboard,
  errands: [askAtAddress as Errand<never, unknown>],
  jobs: {
    "milestones.sum_groups": {
      title: "Sum up what a group answered",
      payload: jobs["milestones.sum_groups"],
      permissions: [
        "milestones.groups.sum",
        "milestones.anonymous.read",
        "milestones.frameworks.read",
        "core.subjects.read",
      ],
      run: sumGroups as Job["run"],
    },
    "milestones.summarise": {
      title: "Summarise what evaluators wrote",
      payload: jobs["milestones.summarise"],
      permissions: [
        "milestones.summaries.write",
        "milestones.evaluations.read",
        "milestones.narratives.read",
        "milestones.anonymous.read",
        "milestones.committee.read",
        "milestones.decisions.read",
        "milestones.results.read",
        "milestones.frameworks.read",
        "milestones.roster.read",
        "core.subjects.read",
        "core.identities.open",
        "core.people.read",
        "core.providers.use",
      ],
      asks: askForSummary as NonNullable<Job["asks"]>,
      run: summarise as Job["run"],
    },
    "milestones.digest": {
      title: "Mail what waits, once a week",
      payload: jobs["milestones.digest"],
      every: "30 6 * * 1",
      permissions: [
        "milestones.evaluations.follow",
        "milestones.committee.read",
        "milestones.decisions.read",
        "milestones.frameworks.read",
        "milestones.roster.read",
        "milestones.plans.read",
        "core.subjects.read",
        "core.assignments.read",
        "core.grants.read",
        "core.people.read",
      ],
      run: digest as Job["run"],
    },
    "milestones.draw_bands": {
      title: "Draw the bands of the program's own history",
      payload: jobs["milestones.draw_bands"],
      every: "0 4 * * 1",
      permissions: [
        "milestones.bands.draw",
        "milestones.results.read",
        "milestones.decisions.read",
        "milestones.frameworks.read",
        "milestones.roster.read",
      ],
      run: drawBandsAgain as Job["run"],
    },
    "milestones.ask_from_schedule": {
      title: "Ask about rotations that ended",
      payload: jobs["milestones.ask_from_schedule"],
      every: "0 6 * * *",
      permissions: [
        "milestones.evaluations.follow",
        "milestones.evaluations.request",
        "milestones.frameworks.read",
        "milestones.roster.read",
        "core.subjects.read",
        "core.assignments.read",
        "core.assignments.manage",
        "core.people.read",
      ],
      run: askFromSchedule as Job["run"],
    },
    "milestones.remind": {
      title: "Remind evaluators",
      payload: jobs["milestones.remind"],
      every: "0 7 * * *",
      permissions: [
        "milestones.evaluations.follow",
        "milestones.links.renew",
        "core.people.read",
        "core.subjects.read",
      ],
      run: remind as Job["run"],
    },
    "milestones.remind_check_ins": {
      title: "Remind mentors of check-ins",
      payload: jobs["milestones.remind_check_ins"],
      every: "10 7 * * *",
      permissions: ["milestones.plans.read", "milestones.plans.remind", "core.assignments.read", "core.people.read"],
      run: remindCheckIns as Job["run"],
    },
    "milestones.close_request": {
      title: "End an evaluator's view of a trainee",
      payload: jobs["milestones.close_request"],
      permissions: [
        "milestones.evaluations.follow",
        "core.assignments.read",
        "core.assignments.manage",
        "core.subjects.read",
        "core.people.read",
      ],
      run: closeRequest as Job["run"],
    },
  },
  demo,
});
