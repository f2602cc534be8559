/** What waits for the person who asks, in this study: worked out from its rows, so that what is done is not listed. */
import type { Context, Due } from "@core/module.ts";
import { asRule, documentRows, readApprovals } from "./dossier-standing.ts";
import type { Studies } from "./module-words.ts";
import { approvalState, approvers, dueOn } from "./rules/approval.ts";
import { addDays, dayOf } from "./rules/days.ts";
import { stateOf, validUntil } from "./rules/delegation.ts";
import { deviationFacts, tellBy } from "./rules/deviations.ts";
import { documentState, essentialByKey, newestOf } from "./rules/documents.ts";
import { clockOf, reportBy, seriousReport } from "./rules/safety.ts";
import type { Kind } from "./store/agenda.ts";
import { allCourses, allTrainings, coursesOn, delegationLog } from "./store/delegation.ts";
import { allDeviationMarks, newestDeviations } from "./store/deviations.ts";
import { allApprovals, allDocumentMarks } from "./store/dossier.ts";
import { unanswered } from "./store/recruitment.ts";
import { allReports, newestVersions } from "./store/safety.ts";
import { openTasksOf } from "./store/tasks.ts";

/** `there`: which kinds of rows the study has; of the others nothing is asked. */
export async function agenda(wide: Context, there: ReadonlySet<Kind>): Promise<Due[]> {
  const ctx = wide as unknown as Context<Studies>;
  const today = dayOf(ctx.now);
  const dues: Due[] = [];
  const add = (title: string, on: string | null, path: string, outside?: string) =>
    dues.push({ title, on, href: ctx.url(path), ...(outside ? { outside } : {}) });

  if (there.has("delegations") && ctx.may("studies.delegation.accept")) {
    const log = await delegationLog(ctx.db);
    const courses = coursesOn(await ctx.db.all(allCourses, {}), today);
    const mine = ctx.may("studies.training.own")
      ? (await ctx.db.all(allTrainings, {})).filter(({ personId }) => personId === ctx.actor.id)
      : [];
    const needed = new Set<string>();
    for (const row of log) {
      const state = stateOf(row, today);
      if (row.personId === ctx.actor.id) {
        if (state === "waits for acceptance") add("Accept tasks delegated to you", row.fromOn, `/delegation/${row.id}`);
        if (state === "in force") for (const task of row.tasks) needed.add(task);
      }
      if (state === "waits for approval" && ctx.may("studies.delegation.approve"))
        add("Sign a delegation", row.fromOn, `/delegation/${row.id}`);
    }
    for (const course of courses.filter((one) => one.tasks.some((task) => needed.has(task)))) {
      const done = mine
        .filter(({ courseId }) => courseId === course.id)
        .map(({ completedOn }) => completedOn)
        .sort()
        .at(-1);
      const until = done ? validUntil(course, done) : course.requiredFrom;
      if (!done || (until !== null && until <= addDays(today, 30)))
        add(`${done ? "Renew" : "Complete"} the training “${course.title}”`, until, "/trainings");
    }
  }
  if (there.has("tasks") && ctx.may("studies.tasks.own"))
    for (const task of await ctx.db.all(openTasksOf, { personId: ctx.actor.id ?? "" }))
      add(task.title, task.dueOn, `/tasks#${task.id}`, "A task");
  if (there.has("approvals") && ctx.may("studies.approvals.decide")) {
    const rows = (await ctx.db.all(allApprovals, {})).map(asRule).filter(({ deciderId }) => deciderId === ctx.actor.id);
    const every = rows.length > 0 ? await ctx.errand(readApprovals, {}) : [];
    for (const row of rows) {
      const state = approvalState(row, every, today);
      if (row.deciderId === ctx.actor.id && (state === "open" || state === "late"))
        add(`Decide: ${approvers[row.approver].toLowerCase()}`, dueOn(row, every), `/approvals/${row.id}`);
    }
  }
  if (there.has("approvals") && ctx.may("studies.approvals.ask")) {
    const rows = (await ctx.db.all(allApprovals, {})).map(asRule);
    const states = rows.map((row) => approvalState(row, rows, today));
    const anew = new Set(
      rows.filter((_, at) => ["open", "late", "granted"].includes(states[at] ?? "")).map(({ approver }) => approver),
    );
    for (const [at, row] of rows.entries())
      if ((states[at] === "runs out" || states[at] === "run out") && !anew.has(row.approver))
        add(`Ask again for an approval: ${approvers[row.approver].toLowerCase()}`, row.validUntil, "/approvals");
  }
  if (there.has("events") && ctx.may("studies.safety.write")) {
    const reports = await ctx.db.all(allReports, {});
    for (const row of await ctx.db.all(newestVersions, {})) {
      const state = clockOf({ ...row, reportedAt: seriousReport(row, reports) }, ctx.now);
      if (state === "running" || state === "late")
        add(
          `Report serious adverse event ${row.number} to the sponsor`,
          dayOf(reportBy(row)),
          `/safety/${row.eventId}`,
        );
    }
  }
  if (there.has("deviations") && (ctx.may("studies.deviations.write") || ctx.may("studies.deviations.review"))) {
    const marks = await ctx.db.all(allDeviationMarks, {});
    const terms = { ethicsDays: ctx.settings.deviationEthicsDays };
    for (const row of await ctx.db.all(newestDeviations, {})) {
      const facts = deviationFacts(row, marks);
      const here = `/deviations/${row.deviationId}`;
      if (ctx.may("studies.deviations.write"))
        for (const { to, by } of tellBy(facts, terms))
          if (!facts.told.includes(to)) add(`Report deviation ${row.number} to the ${to}`, by, here);
      if (ctx.may("studies.deviations.review") && !facts.isReviewed) add(`Review deviation ${row.number}`, null, here);
    }
  }
  if (there.has("screenings") && ctx.may("studies.recruitment.write")) {
    const open = await ctx.db.all(unanswered, {});
    const [first] = open;
    if (first)
      add(
        `Answer ${open.length === 1 ? "somebody" : `${open.length} people`} who asked to be contacted`,
        addDays(dayOf(first.madeAt), 3),
        "/screening?stage=identified&dropped=none",
      );
  }
  if (there.has("documents") && ctx.may("studies.documents.study")) {
    const read = new Set(
      (await ctx.db.all(allDocumentMarks, {})).flatMap((row) =>
        row.mark === "read" && row.personId === ctx.actor.id ? [row.documentId] : [],
      ),
    );
    for (const row of newestOf(await documentRows(ctx)).values()) {
      const kind = essentialByKey.get(row.kind);
      const state = documentState(row, today);
      if (kind?.read && state !== "expired" && row.signedAt && !read.has(row.id))
        add(`Read and understand: ${kind.title.toLowerCase()}`, null, `/documents/${row.id}`);
      if (ctx.may("studies.documents.file") && (state === "expired" || state === "expires soon"))
        add(`Renew: ${(kind?.title ?? row.kind).toLowerCase()}`, row.expiresOn, `/documents/${row.id}`);
      if (ctx.may("studies.documents.sign") && state === "waits for signature")
        add(`Sign: ${(kind?.title ?? row.kind).toLowerCase()}`, null, `/documents/${row.id}`);
    }
  }
  return dues;
}
