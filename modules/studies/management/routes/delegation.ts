/** The delegation log and trainings: who may do what, signed by the one who delegates and the one who takes on. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { formAgain, type Studies } from "../module-words.ts";
import { dayOf } from "../rules/days.ts";
import { missingCourses, stateOf, type Task, taskNames, tasks, validUntil } from "../rules/delegation.ts";
import { signedDelegation, signedTraining } from "../signed.ts";
import {
  addCourse,
  addDelegation,
  addDelegationStep,
  addTraining,
  allCourses,
  allTrainings,
  coursesOn,
  type DelegationRow,
  delegationLog,
  endCourse,
  openCourse,
} from "../store/delegation.ts";
import { colleagues, openSites, reachesAll, siteLabel, sitesReached } from "../store/people.ts";
import {
  CoursesPage,
  DelegationPage,
  DelegationsPage,
  NewDelegationPage,
  TrainingsPage,
} from "../views/delegation.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const day = (title: string) => t.String({ title, format: "date" });
const optionalDay = (title: string) => t.Optional(day(title));
const taskList = t.Array(t.Union(taskNames.map((task) => t.Literal(task))), { title: "Tasks", maxItems: 20 });

const inWords = (names: readonly string[]) => names.map((name) => tasks[name as Task] ?? name).join(", ");

async function findDelegation(ctx: Context<Studies>, id: string): Promise<DelegationRow> {
  const found = (await delegationLog(ctx.db)).find((row) => row.id === id);
  if (!found) throw Problem.notFound();
  return found;
}

async function labelled(ctx: Context<Studies>) {
  const sites = await ctx.db.all(openSites, {});
  const names = new Map(sites.map((site) => [site.id, siteLabel(site)]));
  return { sites, siteName: (id: string | null) => (id === null ? "Every site" : (names.get(id) ?? "Another site")) };
}

async function logPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const rows = await delegationLog(ctx.db);
  const people = await ctx.people(rows.map(({ personId }) => personId));
  const { siteName } = await labelled(ctx);
  const seesTraining = ctx.may("studies.training.read");
  const courses = seesTraining ? coursesOn(await ctx.db.all(allCourses, {}), today) : [];
  const trainings = seesTraining ? await ctx.db.all(allTrainings, {}) : [];
  return {
    add: ctx.may("studies.delegation.write") ? ctx.url("/delegation/new") : null,
    print: ctx.may("studies.delegation.read") ? ctx.url("/delegation.pdf") : null,
    lines: rows.map((row) => ({
      href: ctx.url(`/delegation/${row.id}`),
      person: people.get(row.personId) ?? "A former colleague",
      site: siteName(row.siteId),
      tasks: inWords(row.tasks),
      fromOn: row.fromOn,
      untilOn: row.endedOn ?? row.untilOn,
      state: stateOf(row, today),
      lacks: [
        ...new Set(
          row.tasks.flatMap((task) =>
            missingCourses(row.personId, task, today, courses, trainings).map(({ title }) => title),
          ),
        ),
      ],
    })),
  };
}

async function newPage(ctx: Context<Studies>) {
  const people = await ctx.db.all(colleagues, {});
  const sites = await ctx.db.all(sitesReached, { may: "studies.delegation.write" });
  return {
    action: ctx.url("/delegation"),
    crumbs: [{ label: "Delegation log", href: ctx.url("/delegation") }],
    people: people.map(({ id, name }) => ({ value: id, label: name })),
    sites: sites.map((site) => ({ value: site.id, label: siteLabel(site) })),
    everySite: await reachesAll(ctx, "studies.delegation.write"),
    today: dayOf(ctx.now),
  };
}

async function onePage(ctx: Context<Studies>, id: string) {
  const row = await findDelegation(ctx, id);
  const today = dayOf(ctx.now);
  const people = await ctx.people([row.personId, row.madeBy, ...row.steps.map(({ madeBy }) => madeBy)]);
  const name = (person: string | null) => people.get(person ?? "") ?? "A former colleague";
  const { siteName } = await labelled(ctx);
  const state = stateOf(row, today);
  const over = state === "ended" || state === "over";
  const mayAccept = !over && !row.acceptedAt && row.personId === ctx.actor.id;
  const mayApprove = !over && row.acceptedAt !== null && !row.approvedAt && ctx.may("studies.delegation.approve");
  return {
    crumbs: [{ label: "Delegation log", href: ctx.url("/delegation") }],
    person: name(row.personId),
    site: siteName(row.siteId),
    tasks: row.tasks.map((task) => tasks[task as Task] ?? task),
    fromOn: row.fromOn,
    untilOn: row.untilOn,
    note: row.note,
    state,
    happened: [
      { at: row.madeAt, what: `${name(row.madeBy)} entered it`, reason: null },
      ...row.steps.map((step) => ({
        at: step.madeAt,
        what: {
          accepted: `${name(step.madeBy)} accepted it`,
          approved: `${name(step.madeBy)} signed it`,
          ended: `${name(step.madeBy)} ended it from ${step.onDay} on`,
        }[step.step],
        reason: step.reason,
      })),
    ].reverse(),
    accept: mayAccept ? ctx.url(`/delegation/${id}/accept`) : null,
    approve: mayApprove ? ctx.url(`/delegation/${id}/approve`) : null,
    end: !row.endedOn && ctx.may("studies.delegation.write") ? ctx.url(`/delegation/${id}/end`) : null,
    today,
    signatures: (await ctx.signatures([signedDelegation(row)])).get(row.id) ?? [],
    signing: mayAccept
      ? await ctx.signing("studies.delegation_accepted")
      : mayApprove
        ? await ctx.signing("studies.delegation_approved")
        : null,
  };
}

async function coursesPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  return {
    manages: ctx.may("studies.training.manage"),
    action: ctx.url("/courses"),
    today,
    courses: (await ctx.db.all(allCourses, {})).map((row) => ({
      title: row.title,
      about: row.about,
      tasks: inWords(row.tasks) || "Nobody in particular",
      valid: row.validMonths === null ? "For good" : `${row.validMonths} months`,
      from: row.requiredFrom,
      endsOn: row.endsOn,
      endAction: row.endsOn ? null : ctx.url(`/courses/${row.id}/end`),
    })),
  };
}

async function trainingsPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const courses = await ctx.db.all(allCourses, {});
  const byId = new Map(courses.map((row) => [row.id, row]));
  const rows = await ctx.db.all(allTrainings, {});
  const people = await ctx.people(rows.map(({ personId }) => personId));
  const records = ctx.may("studies.training.record");
  const everyone = records ? await ctx.db.all(colleagues, {}) : [];
  return {
    action: ctx.url("/trainings"),
    signing: await ctx.signing("studies.training_recorded"),
    people: records
      ? everyone.map(({ id, name }) => ({ value: id, label: name }))
      : [{ value: ctx.actor.id ?? "", label: ctx.actor.name }],
    courses: coursesOn(courses, today).map(({ id, title }) => ({ value: id, label: title })),
    today,
    myself: ctx.actor.id ?? "",
    lines: rows.map((row) => {
      const course = byId.get(row.courseId);
      const until = course ? validUntil(course, row.completedOn) : null;
      return {
        person: people.get(row.personId) ?? "A former colleague",
        course: course?.title ?? "A course",
        completedOn: row.completedOn,
        until,
        lapsed: until !== null && until < today,
        evidence: row.evidence,
      };
    }),
  };
}

export const delegationRoutes = [
  get("/delegation", {
    needs: "studies.delegation.accept",
    run: async (_, ctx) => DelegationsPage(await logPage(ctx)),
  }),
  get("/delegation/new", {
    needs: "studies.delegation.write",
    run: async (_, ctx) => NewDelegationPage(await newPage(ctx)),
  }),
  post("/delegation", {
    needs: "studies.delegation.write",
    body: t.Object({
      personId: t.String({ title: "Person", format: "uuid" }),
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      tasks: taskList,
      fromOn: day("From"),
      untilOn: optionalDay("Until"),
      note: t.Optional(t.String({ title: "Note", maxLength: 500 })),
    }),
    refused: async (typed, problems, ctx) =>
      NewDelegationPage({ ...(await newPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const person = (await ctx.db.all(colleagues, {})).find(({ id }) => id === body.personId);
      if (!person) throw Problem.invalid({ personId: "Choose a colleague." });
      if (body.tasks.length === 0) throw Problem.invalid({ tasks: "Choose one task or more." });
      if (body.untilOn && body.untilOn < body.fromOn)
        throw Problem.invalid({ untilOn: "Choose a day that is not before the first." });
      const sites = await ctx.db.all(sitesReached, { may: "studies.delegation.write" });
      const siteId = body.siteId ?? null;
      if (siteId && !sites.some(({ id }) => id === siteId))
        throw Problem.invalid({ siteId: "Choose a site of yours." });
      if (!siteId && !(await reachesAll(ctx, "studies.delegation.write")))
        throw Problem.invalid({ siteId: "Choose the site." });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addDelegation, {
        id,
        personId: body.personId,
        siteId,
        tasks: [...new Set(body.tasks)],
        fromOn: body.fromOn,
        untilOn: body.untilOn ?? null,
        note: body.note ?? "",
      });
      ctx.audit("studies.delegation_proposed", { person: person.name, tasks: inWords(body.tasks) });
      return new Redirect(
        ctx.url(`/delegation/${id}`),
        `Entered. It counts once ${person.name} has accepted and the investigator has signed.`,
      );
    },
  }),
  get("/delegation/:id", {
    needs: "studies.delegation.accept",
    params: byId,
    run: async ({ params }, ctx) => DelegationPage(await onePage(ctx, params.id)),
  }),
  post("/delegation/:id/accept", {
    needs: "studies.delegation.accept",
    signs: "studies.delegation_accepted",
    params: byId,
    refused: async (typed, problems, ctx, params) =>
      DelegationPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params }, ctx) {
      const row = await findDelegation(ctx, params.id);
      if (row.personId !== ctx.actor.id) throw Problem.refused("Only the person named in it accepts a delegation.");
      if (row.acceptedAt) throw Problem.refused("You have accepted it already.");
      await ctx.db.one(addDelegationStep, {
        delegationId: row.id,
        personId: row.personId,
        siteId: row.siteId,
        step: "accepted",
        onDay: dayOf(ctx.now),
        reason: null,
      });
      await ctx.sign(signedDelegation(row));
      ctx.audit("studies.delegation_accepted", { tasks: inWords(row.tasks) });
      return new Redirect(ctx.url(`/delegation/${row.id}`), "Accepted. The investigator signs next.");
    },
  }),
  post("/delegation/:id/approve", {
    needs: "studies.delegation.approve",
    signs: "studies.delegation_approved",
    params: byId,
    refused: async (typed, problems, ctx, params) =>
      DelegationPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params }, ctx) {
      const row = await findDelegation(ctx, params.id);
      if (!row.acceptedAt) throw Problem.refused("The person accepts first; then you sign.");
      if (row.approvedAt) throw Problem.refused("It is signed already.");
      await ctx.db.one(addDelegationStep, {
        delegationId: row.id,
        personId: row.personId,
        siteId: row.siteId,
        step: "approved",
        onDay: dayOf(ctx.now),
        reason: null,
      });
      await ctx.sign(signedDelegation(row));
      const person = (await ctx.people([row.personId])).get(row.personId) ?? "a colleague";
      ctx.audit("studies.delegation_approved", { tasks: inWords(row.tasks), person });
      return new Redirect(ctx.url(`/delegation/${row.id}`), "Signed: the delegation holds.");
    },
  }),
  post("/delegation/:id/end", {
    needs: "studies.delegation.write",
    params: byId,
    body: t.Object({
      onDay: day("From"),
      reason: t.String({ title: "Reason", minLength: 1, maxLength: 500 }),
    }),
    refused: async (typed, problems, ctx, params) =>
      DelegationPage({ ...(await onePage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const row = await findDelegation(ctx, params.id);
      if (row.endedOn) throw Problem.refused("It was ended already.");
      await ctx.db.one(addDelegationStep, {
        delegationId: row.id,
        personId: row.personId,
        siteId: row.siteId,
        step: "ended",
        onDay: body.onDay,
        reason: body.reason,
      });
      const person = (await ctx.people([row.personId])).get(row.personId) ?? "a colleague";
      ctx.audit("studies.delegation_ended", { tasks: inWords(row.tasks), person, from: body.onDay });
      return new Redirect(ctx.url(`/delegation/${row.id}`), "Ended.");
    },
  }),
  get("/delegation.pdf", {
    needs: "studies.delegation.read",
    async run(_, ctx) {
      const rows = await delegationLog(ctx.db);
      const page = await logPage(ctx);
      const people = await ctx.people(rows.flatMap(({ steps }) => steps.map(({ madeBy }) => madeBy)));
      return await ctx.pdf(
        "studies.delegation_log",
        "delegation-log",
        {
          title: `Delegation log: ${ctx.workspace.title}`,
          lang: "en",
          layout: "landscape",
          blocks: [
            { kind: "heading", level: 1, text: `Delegation log: ${ctx.workspace.title}` },
            {
              kind: "table",
              caption: "Who was delegated what, the newest first",
              columns: [
                { title: "Person", share: 2 },
                { title: "Site" },
                { title: "Tasks", share: 3 },
                { title: "From" },
                { title: "Until" },
                { title: "State", share: 1.5 },
                { title: "Accepted and signed", share: 3 },
              ],
              rows: page.lines.map((line, at) => [
                line.person,
                line.site,
                line.tasks,
                line.fromOn,
                line.untilOn ?? "",
                line.state,
                (rows[at]?.steps ?? [])
                  .map(
                    ({ step, madeBy, madeAt }) =>
                      `${step} by ${people.get(madeBy ?? "") ?? "a former colleague"}, ${madeAt.toISOString().slice(0, 16).replace("T", " ")} UTC`,
                  )
                  .join("; "),
              ]),
            },
          ],
        },
        rows.map(({ id }) => id),
      );
    },
  }),

  get("/courses", { needs: "studies.training.own", run: async (_, ctx) => CoursesPage(await coursesPage(ctx)) }),
  post("/courses", {
    needs: "studies.training.manage",
    body: t.Object({
      title: t.String({ title: "Title", minLength: 2, maxLength: 200 }),
      tasks: taskList,
      validMonths: t.Optional(t.Integer({ title: "Valid for", minimum: 1, maximum: 120 })),
      requiredFrom: day("Asked for from"),
      about: t.Optional(t.String({ title: "About", maxLength: 2000 })),
    }),
    refused: async (typed, problems, ctx) =>
      CoursesPage({ ...(await coursesPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const known = await ctx.db.all(allCourses, {});
      if (known.some(({ title }) => title === body.title))
        throw Problem.invalid({ title: "There is a training of this title. Add a version to the title." });
      await ctx.db.one(addCourse, {
        id: Bun.randomUUIDv7(),
        title: body.title,
        tasks: [...new Set(body.tasks)],
        validMonths: body.validMonths ?? null,
        requiredFrom: body.requiredFrom,
        about: body.about ?? "",
      });
      ctx.audit("studies.course_added", { course: body.title, from: body.requiredFrom });
      return new Redirect(ctx.url("/courses"), "Added.");
    },
  }),
  post("/courses/:id/end", {
    needs: "studies.training.manage",
    params: byId,
    async run({ params }, ctx) {
      const course = await ctx.db.one(openCourse, params);
      const from = dayOf(ctx.now);
      await ctx.db.one(endCourse, { courseId: course.id, fromOn: from });
      ctx.audit("studies.course_ended", { course: course.title, from });
      return new Redirect(ctx.url("/courses"), "It is asked for no longer.");
    },
  }),
  get("/trainings", { needs: "studies.training.own", run: async (_, ctx) => TrainingsPage(await trainingsPage(ctx)) }),
  post("/trainings", {
    needs: "studies.training.own",
    signs: "studies.training_recorded",
    body: t.Object({
      personId: t.String({ title: "Person", format: "uuid" }),
      courseId: t.String({ title: "Training", format: "uuid" }),
      completedOn: day("Completed on"),
      evidence: t.Optional(t.String({ title: "Evidence", maxLength: 500 })),
    }),
    refused: async (typed, problems, ctx) =>
      TrainingsPage({ ...(await trainingsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const page = await trainingsPage(ctx);
      const person = page.people.find(({ value }) => value === body.personId);
      const course = page.courses.find(({ value }) => value === body.courseId);
      if (!person) throw Problem.invalid({ personId: "Choose a colleague." });
      if (!course) throw Problem.invalid({ courseId: "Choose a training." });
      if (body.completedOn > page.today) throw Problem.invalid({ completedOn: "That day has not come yet." });
      const rows = await ctx.db.all(allTrainings, {});
      const isKnown = rows.some(
        (row) =>
          row.personId === body.personId && row.courseId === body.courseId && row.completedOn === body.completedOn,
      );
      if (isKnown) throw Problem.invalid({ completedOn: "That is recorded already." });
      const training = {
        personId: body.personId,
        courseId: body.courseId,
        completedOn: body.completedOn,
        evidence: body.evidence ?? "",
      };
      const { id } = await ctx.db.one(addTraining, training);
      await ctx.sign(signedTraining({ id, ...training }));
      ctx.audit("studies.training_recorded", { person: person.label, course: course.label, on: body.completedOn });
      return new Redirect(ctx.url("/trainings"), "Recorded and signed.");
    },
  }),
];
