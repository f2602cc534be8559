/** Participants: the matrix, enrolling, and each one's casebook. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { nextCode } from "@core/subjects/codes.ts";
import { addSubject } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { dueOf, isInArm, stateOf } from "../capture/progress.ts";
import { planInForce, planOfVersion, versionInForce } from "../capture/version.ts";
import { refusedOf, requireConsent, requireConsentToData } from "../consent.ts";
import { dayOf } from "../design/in-force.ts";
import { activeScheme } from "../management/allocation.ts";
import { requireRecruiting } from "../management/recruiting.ts";
import type { StudyEvent } from "../model/build.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import {
  addArmChange,
  armChangesOf,
  cellsOf,
  enrol,
  notEnrolled,
  type ParticipantRow,
  participantOf,
  participantsCount,
  participantsPage,
  setArm,
  setStatus,
  setVisit,
  subjectByCode,
  visitsOf,
} from "../store/participants.ts";
import { openByVisit } from "../store/queries.ts";
import { sheetsOf } from "../store/sheets.ts";
import { allSites, sitesToEnrolAt } from "../store/sites.ts";
import { CasebookPage, type CasebookVisit, EnrolPage, MatrixPage } from "../views/participants.tsx";
import { casebookMarks } from "./casebook.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
const statuses = ["screening", "enrolled", "completed", "withdrawn", "screen-failed"] as const;
const pageSize = 50;

/** An address of one visit's form; "-" stands for "does not repeat". */
export const formUrl = (
  ctx: Context<Studies>,
  subjectId: string,
  at: { readonly event: string; readonly eventKey: string; readonly form: string; readonly formKey: string },
): string =>
  ctx.url(
    `/participants/${subjectId}/forms/${[at.event, at.eventKey || "-", at.form, at.formKey || "-"].map(encodeURIComponent).join("/")}`,
  );

export const participantRoutes = [
  get("/participants", {
    needs: "studies.progress.read",
    query: t.Object({
      site: t.Optional(t.String({ format: "uuid" })),
      search: t.Optional(t.String({ maxLength: 40 })),
      status: t.Optional(t.Union([...statuses, "left" as const].map((one) => t.Literal(one)))),
      month: t.Optional(t.String({ pattern: "^[0-9]{4}-[0-9]{2}$" })),
      page: t.Optional(t.Integer({ minimum: 1, maximum: 100_000 })),
    }),
    async run({ query }, ctx) {
      const filter = { siteId: query.site, search: query.search, status: query.status, month: query.month };
      const page = query.page ?? 1;
      const [total] = await ctx.db.all(participantsCount(filter), {});
      const rows = await ctx.db.all(participantsPage(filter, pageSize, (page - 1) * pageSize), {});
      const sites = await ctx.db.all(allSites, {});
      const plan = await newestPlan(ctx);
      const events = plan?.build.events ?? [];
      const language = plan?.build.languages[0] ?? "";
      const cells = rows.length > 0 && plan ? await matrixCells(ctx, plan, rows) : () => [];
      const at = (n: number) => {
        const params = new URLSearchParams(
          Object.entries(query)
            .filter(([, value]) => value !== undefined)
            .map(([k, v]) => [k, String(v)]),
        );
        params.set("page", String(n));
        return `${ctx.url("/participants")}?${params}`;
      };
      return MatrixPage({
        sealedOff: !ctx.may("core.subjects.read"),
        events: events.map((event) => ({ id: event.id, title: anyText(event.label, language) || event.name })),
        rows: rows.map((row) => ({
          code: row.code,
          href: ctx.url(`/participants/${row.subjectId}`),
          site: sites.find((site) => site.id === row.siteId)?.code ?? "",
          status: row.status,
          cells: cells(row),
        })),
        total: total?.count ?? 0,
        from: (page - 1) * pageSize + 1,
        previous: page > 1 ? at(page - 1) : undefined,
        next: page * pageSize < (total?.count ?? 0) ? at(page + 1) : undefined,
        sites: sites.map((site) => ({ value: site.id, label: site.name })),
        filter: {
          site: query.site ?? "",
          search: query.search ?? "",
          status: query.status ?? "",
          month: query.month ?? "",
        },
        action: ctx.url("/participants"),
        enrol: ctx.may("studies.participants.add") ? ctx.url("/participants/new") : null,
      });
    },
  }),

  get("/participants/new", {
    needs: "studies.participants.add",
    run: async (_, ctx) => enrolPage(ctx),
  }),

  post("/participants/new", {
    needs: "studies.participants.add",
    body: t.Object({
      siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
      code: t.Optional(t.String({ title: "Code", maxLength: 40, pattern: "^[A-Za-z0-9._-]+$" })),
      enrolledOn: t.String({ title: "Enrolled on", format: "date" }),
      arm: t.Optional(t.String({ maxLength: 200 })),
      name: t.Optional(t.String({ title: "Name", maxLength: 200 })),
    }),
    refused: async (typed, problems, ctx) => enrolPage(ctx, formAgain(typed, problems)),
    async run({ body }, ctx) {
      const sites = (await ctx.db.all(sitesToEnrolAt, {})).filter((site) => !site.closedAt);
      const site = body.siteId ? sites.find(({ id }) => id === body.siteId) : null;
      if (sites.length > 0 && !site) throw Problem.invalid({ siteId: "Choose a site." });
      if (body.enrolledOn > dayOf(ctx.now)) throw Problem.invalid({ enrolledOn: "This day has not come yet." });
      await requireRecruiting(ctx, site?.id ?? null, "take in");
      const { plan } = await planInForce(ctx, site?.id ?? null);
      if (body.arm && (await activeScheme(ctx)))
        throw Problem.invalid({ arm: "Randomisation gives the arm in this study. Leave this empty." });
      if (body.arm && !plan.build.arms.some(({ id }) => id === body.arm))
        throw Problem.invalid({ arm: "Choose an arm of this study." });
      const known = body.code ? await ctx.db.first(subjectByCode, { code: body.code }) : null;
      const code = body.code ?? (await codeAt(ctx, site?.code ?? null));
      if (known) {
        if (known.participantId) throw Problem.invalid({ code: `${code} is enrolled already.` });
        if (known.siteId !== (site?.id ?? null)) throw Problem.invalid({ code: `${code} belongs to another site.` });
        await requireConsent(ctx, known.id, "participation", "nobody is enrolled");
      } else if (await ctx.ask("consent.standings", {})) {
        throw Problem.invalid({
          code: "Consent is kept in this study: whoever is enrolled has agreed before. Choose the code of somebody who has.",
        });
      }
      const subjectId =
        known?.id ??
        (await addSubject(ctx, {
          code,
          kind: "participant",
          ...(site ? { siteId: site.id } : {}),
          identity: { name: body.name ?? "" },
        }));
      await ctx.db.one(enrol, {
        subjectId,
        siteId: site?.id ?? null,
        enrolledOn: body.enrolledOn,
        arm: body.arm ?? "",
      });
      ctx.audit("studies.participant_enrolled", {
        subjectId,
        participant: code,
        site: site?.name ?? "the study",
      });
      return new Redirect(ctx.url(`/participants/${subjectId}`), `${code} is enrolled.`);
    },
  }),

  get("/participants/:subject", {
    needs: "studies.progress.read",
    params: bySubject,
    run: async ({ params }, ctx) => casebookPage(ctx, params.subject),
  }),

  post("/participants/:subject/status", {
    needs: "studies.participants.add",
    params: bySubject,
    body: t.Object({
      status: t.Union(
        statuses.map((one) => t.Literal(one)),
        { title: "Standing" },
      ),
      reason: t.Optional(t.String({ title: "Reason", maxLength: 1000 })),
    }),
    refused: async (typed, problems, ctx, params) => casebookPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      if (body.status !== "enrolled" && body.status !== "completed" && !body.reason)
        throw Problem.invalid({ reason: "Say why." });
      await ctx.db.one(setStatus, {
        subjectId: params.subject,
        status: body.status,
        reason: body.reason ?? "",
      });
      ctx.audit("studies.participant_status", {
        subjectId: params.subject,
        participant: participant.code,
        status: body.status,
      });
      return new Redirect(ctx.url(`/participants/${params.subject}`), "The standing is changed.");
    },
  }),

  post("/participants/:subject/arm", {
    needs: "studies.arm.change",
    params: bySubject,
    body: t.Object({
      was: t.String({ maxLength: 200 }),
      arm: t.String({ title: "Arm", minLength: 1, maxLength: 200 }),
      armReason: t.String({ title: "Reason", minLength: 3, maxLength: 1000 }),
    }),
    refused: async (typed, problems, ctx, params) => casebookPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      const { plan } = await planInForce(ctx, participant.siteId);
      if (!plan.build.arms.some(({ id }) => id === body.arm))
        throw Problem.invalid({ arm: "Choose an arm of this study." });
      if (body.arm === participant.arm) throw Problem.invalid({ arm: "The participant is in this arm already." });
      const scheme = await activeScheme(ctx);
      if (scheme?.blinded)
        throw Problem.refused(
          "This study is blinded: nobody who captures data is told an arm, so none is set here. Visits are the same for everybody.",
        );
      const { subjectId, siteId } = participant;
      const { was, arm, armReason: reason } = body;
      await ctx.db.one(addArmChange, { subjectId, siteId, was, arm, reason });
      if (!(await ctx.db.first(setArm, { subjectId, was, arm })))
        throw Problem.refused("Somebody moved this participant meanwhile, or you may not. Look at the casebook again.");
      ctx.audit("studies.arm_changed", {
        subjectId,
        participant: participant.code,
        was: was ? armName(plan, was) : "no arm",
        arm: armName(plan, arm),
      });
      return new Redirect(
        ctx.url(`/participants/${subjectId}`),
        "The arm is changed, and the visits with it. Visits that hold data stay and are marked.",
      );
    },
  }),

  post("/participants/:subject/visits/:event/:key", {
    needs: "studies.data.enter",
    params: t.Object({
      subject: t.String({ format: "uuid" }),
      event: t.String({ maxLength: 200 }),
      key: t.String({ maxLength: 60 }),
    }),
    body: t.Object({
      happenedOn: t.Optional(t.String({ title: "Took place on", format: "date" })),
      notDoneReason: t.Optional(t.String({ title: "The reason", maxLength: 1000 })),
    }),
    refused: async (typed, problems, ctx, params) => casebookPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      const { plan } = await planInForce(ctx, participant.siteId);
      const event = plan.events.get(params.event);
      const held = await ctx.db.all(sheetsOf, { subjectId: params.subject });
      const isThere = event && held.some((one) => one.event === event.id);
      if (!event || (!isInArm(event, participant.arm) && !isThere))
        throw Problem.notFound("There is no such visit for this participant.");
      if (body.happenedOn && body.notDoneReason)
        throw Problem.invalid({ notDoneReason: "Either it took place, or it did not." });
      if (body.happenedOn && body.happenedOn > dayOf(ctx.now))
        throw Problem.invalid({ happenedOn: "This day has not come yet." });
      if (body.happenedOn) {
        const key = params.key === "-" ? "" : params.key;
        const visits = await ctx.db.all(visitsOf([params.subject]), {});
        const isBegun = visits.some((one) => one.event === event.id && one.eventKey === key && one.happenedOn);
        await requireConsentToData(ctx, params.subject, isBegun);
      }
      await ctx.db.one(setVisit, {
        subjectId: params.subject,
        siteId: participant.siteId,
        event: event.id,
        eventKey: params.key === "-" ? "" : params.key,
        happenedOn: body.happenedOn ?? null,
        notDoneReason: body.notDoneReason ?? null,
      });
      ctx.audit("studies.visit_set", {
        subjectId: params.subject,
        participant: participant.code,
        event: event.name,
        how: body.notDoneReason ? "not done" : body.happenedOn ? "took place" : "no day",
      });
      return new Redirect(ctx.url(`/participants/${params.subject}`), "The visit is recorded.");
    },
  }),
];

/** For columns: the version of all sites, or of the reader's first one. */
async function newestPlan(ctx: Context<Studies>): Promise<Plan | null> {
  const [site] = await ctx.db.all(allSites, {});
  const id = (await versionInForce(ctx, site?.id ?? null)) ?? (await versionInForce(ctx, null));
  return id ? planOfVersion(ctx, id) : null;
}

function armName(plan: Plan | null, id: string): string {
  const arm = plan?.build.arms.find((one) => one.id === id);
  return arm ? anyText(arm.name, plan?.build.languages[0] ?? "") || id : id;
}

/** Null: this study has no arms, or is blinded and tells nobody here which one it is. */
async function armOf(ctx: Context<Studies>, { subjectId, arm }: ParticipantRow, plan: Plan | null) {
  const changes = await ctx.db.all(armChangesOf, { subjectId });
  const arms = plan?.build.arms ?? [];
  if ((arms.length === 0 && changes.length === 0) || (await activeScheme(ctx))?.blinded) return null;
  const people = await ctx.people(changes.map(({ madeBy }) => madeBy));
  return {
    action: ctx.may("studies.arm.change") && arms.length > 0 ? ctx.url(`/participants/${subjectId}/arm`) : null,
    value: arm,
    options: arms.filter(({ id }) => id !== arm).map(({ id }) => ({ value: id, label: armName(plan, id) })),
    changes: changes.map((one) => ({
      at: one.madeAt,
      what: `${one.was ? armName(plan, one.was) : "No arm"} to ${armName(plan, one.arm)}`,
      reason: one.reason,
      by: people.get(one.madeBy ?? "") ?? "A former colleague",
    })),
  };
}

const cellKey = (subjectId: string, event: string) => `${subjectId} ${event}`;

async function matrixCells(ctx: Context<Studies>, plan: Plan, rows: readonly ParticipantRow[]) {
  const ids = rows.map((row) => row.subjectId);
  const cells = Map.groupBy(await ctx.db.all(cellsOf(ids), {}), (row) => cellKey(row.subjectId, row.event));
  const visits = Map.groupBy(await ctx.db.all(visitsOf(ids), {}), (row) => cellKey(row.subjectId, row.event));
  const asked = ctx.may("studies.queries.read") ? await ctx.db.all(openByVisit(ids), {}) : [];
  const queries = Map.groupBy(asked, (row) => cellKey(row.subjectId, row.event));
  const today = dayOf(ctx.now);
  return (row: ParticipantRow) =>
    plan.build.events.map((event) => {
      const key = cellKey(row.subjectId, event.id);
      const own = cells.get(key) ?? [];
      // What was entered before an arm was given, or before a visit was taken from it, is still shown.
      if (!isInArm(event, row.arm) && own.length === 0) return null;
      const begun = own.reduce((sum, cell) => sum + cell.forms, 0);
      const done = own.reduce((sum, cell) => sum + cell.done, 0);
      const required = event.forms.filter((form) => form.required).length;
      const dayOfVisit = (id: string) => visits.get(cellKey(row.subjectId, id))?.[0]?.happenedOn ?? null;
      const state = stateOf(
        event,
        visits.get(key)?.[0] ?? null,
        { begun, done, required },
        dueOf(event, row.enrolledOn, dayOfVisit),
        today,
      );
      return {
        state,
        outside: !isInArm(event, row.arm),
        done,
        forms: Math.max(begun, required),
        queries: (queries.get(key) ?? []).reduce((sum, one) => sum + one.count, 0),
        href: ctx.url(`/participants/${row.subjectId}#visit-${event.id}-1`),
      };
    });
}

/** "P-01-0007" */
const codeAt = (ctx: Context<Studies>, site: string | null): Promise<string> =>
  nextCode(ctx, `${[ctx.settings.codePrefix, site].filter(Boolean).join("-")}-`);

async function enrolPage(ctx: Context<Studies>, form?: FormState) {
  const sites = (await ctx.db.all(sitesToEnrolAt, {})).filter((site) => !site.closedAt);
  const plan = await newestPlan(ctx);
  const standings = await ctx.ask("consent.standings", {});
  const waiting = standings && (await ctx.db.all(notEnrolled, {})).filter(({ id }) => standings.get(id) === "given");
  return EnrolPage({
    waiting: waiting?.map(({ code }) => ({ value: code, label: code })) ?? null,
    crumbs: [{ label: "Participants", href: ctx.url("/participants") }],
    action: ctx.url("/participants/new"),
    sites: sites.map((site) => ({ value: site.id, label: site.name })),
    arms: ((await activeScheme(ctx)) ? [] : (plan?.build.arms ?? [])).map((arm) => ({
      value: arm.id,
      label: anyText(arm.name, plan?.build.languages[0] ?? ""),
    })),
    today: dayOf(ctx.now),
    form,
  });
}

async function casebookPage(ctx: Context<Studies>, subjectId: string, form?: FormState) {
  const participant = await ctx.db.one(participantOf, { subjectId });
  const versionId = await versionInForce(ctx, participant.siteId);
  const plan = versionId ? await planOfVersion(ctx, versionId) : null;
  const sheets = await ctx.db.all(sheetsOf, { subjectId });
  const visits = await ctx.db.all(visitsOf([subjectId]), {});
  const sites = await ctx.db.all(allSites, {});
  const names = await ctx.names([subjectId]);
  const marks = await casebookMarks(ctx, participant);
  const language = plan?.build.languages[0] ?? "";
  const today = dayOf(ctx.now);
  const dayOfVisit = (id: string) => visits.find((visit) => visit.event === id)?.happenedOn ?? null;
  const mayEnter = ctx.may("studies.data.enter");

  const visitOf = (event: StudyEvent, key: string): CasebookVisit => {
    const visit = visits.find((one) => one.event === event.id && one.eventKey === key) ?? null;
    const own = sheets.filter((one) => one.event === event.id && one.eventKey === key);
    const due = dueOf(event, participant.enrolledOn, dayOfVisit);
    const outside = !isInArm(event, participant.arm);
    const planned = event.forms.flatMap(({ form: id, required }) => {
      const definition = plan?.forms.get(id);
      // A visit outside the arm keeps what it holds, and asks nothing more.
      if (!definition || (outside && !own.some(({ form }) => form === id))) return [];
      const filled = own.filter((one) => one.form === id);
      const title = anyText(definition.label, language) || definition.name;
      const lines = filled.map((sheet) => ({ sheet, formKey: sheet.formKey }));
      const next = definition.repeating
        ? String(Math.max(0, ...filled.map((one) => Number(one.formKey) || 0)) + 1)
        : "";
      const open = definition.repeating || filled.length === 0 ? [{ sheet: null, formKey: next }] : [];
      return [...lines, ...open].map(({ sheet, formKey }) => ({
        title: definition.repeating ? (sheet ? `${title} ${formKey}` : `${title}: add one`) : title,
        href: formUrl(ctx, subjectId, { event: event.id, eventKey: key, form: id, formKey }),
        state: sheet?.state ?? ("empty" as const),
        required: required && (!definition.repeating || filled.length === 0),
        lock: sheet?.lock ?? null,
        signed: sheet ? marks.signed(sheet) : null,
        queries: sheet ? marks.queries(sheet.id) : 0,
        copy: formKey,
      }));
    });
    // Forms that no version plans any more, and data under unplanned places, are still there to be read.
    const strays = own
      .filter((one) => !event.forms.some(({ form: id }) => id === one.form))
      .map((sheet) => ({
        title: plan?.forms.get(sheet.form)?.name ?? sheet.form,
        href: formUrl(ctx, subjectId, sheet),
        state: sheet.state,
        required: false,
        lock: sheet.lock,
        signed: marks.signed(sheet),
        queries: marks.queries(sheet.id),
        copy: sheet.formKey,
      }));
    const done = own.filter((one) => one.state !== "in progress").length;
    return {
      id: event.id,
      key,
      title: `${anyText(event.label, language) || event.name}${key === "" ? "" : ` ${key}`}`,
      outside,
      state: stateOf(
        event,
        visit,
        { begun: own.length, done, required: event.forms.filter((one) => one.required).length },
        due,
        today,
      ),
      happenedOn: visit?.happenedOn ?? null,
      notDoneReason: visit?.notDoneReason ?? null,
      due: due ? `· due ${due.target}, from ${due.earliest} to ${due.latest}` : null,
      forms: [...planned, ...strays],
      setAction: mayEnter
        ? ctx.url(`/participants/${subjectId}/visits/${encodeURIComponent(event.id)}/${encodeURIComponent(key || "-")}`)
        : null,
    };
  };
  const lines = (plan?.build.events ?? []).flatMap((event) => {
    const isThere = sheets.some((one) => one.event === event.id) || visits.some((one) => one.event === event.id);
    const isPlanned = isInArm(event, participant.arm);
    if (!isPlanned && !isThere) return [];
    if (!event.repeating) return [visitOf(event, "")];
    const keys = new Set([
      ...visits.filter((one) => one.event === event.id).map((one) => one.eventKey),
      ...sheets.filter((one) => one.event === event.id).map((one) => one.eventKey),
    ]);
    const next = String(Math.max(0, ...[...keys].map((key) => Number(key) || 0)) + 1);
    const sorted = [...keys].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return [...sorted, ...(isPlanned ? [next] : [])].map((key) => visitOf(event, key));
  });
  const name = names.get(subjectId) ?? participant.code;
  const standing = await ctx.ask("consent.standing", { subjectId, scope: "new-data" });
  const refused = standing === null ? null : await refusedOf(ctx, subjectId);
  const arm = await armOf(ctx, participant, plan);
  return CasebookPage({
    title: participant.code,
    code: participant.code,
    crumbs: [{ label: "Participants", href: ctx.url("/participants") }],
    facts: [
      { term: "Code", value: participant.code },
      ...(name !== participant.code ? [{ term: "Name", value: name }] : []),
      { term: "Site", value: sites.find((site) => site.id === participant.siteId)?.name ?? "The study" },
      { term: "Enrolled", value: participant.enrolledOn },
      ...(participant.arm ? [{ term: "Arm", value: armName(plan, participant.arm) }] : []),
      { term: "Standing", value: participant.status },
      ...(participant.statusReason ? [{ term: "Because", value: participant.statusReason }] : []),
      {
        term: "Consent",
        value:
          standing === null ? "kept outside this program" : standing === "not-required" ? "not required" : standing,
      },
      ...(refused && refused.length > 0 ? [{ term: "Not agreed to", value: refused.join(", ") }] : []),
    ],
    visits: lines,
    notes: [
      ...(standing === "withdrawn" ? ["Consent to new data is withdrawn: nothing new may be entered."] : []),
      ...(plan ? [] : ["No version is in force at this site, so nothing can be entered yet."]),
    ],
    status: ctx.may("studies.participants.add")
      ? { action: ctx.url(`/participants/${subjectId}/status`), value: participant.status }
      : null,
    arm,
    acts: marks.acts,
    aside: marks.aside,
    form,
  });
}
