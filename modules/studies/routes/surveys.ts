/** Surveys as the study team sees them: who is due, sent, has answered; how a participant is asked; sending, handing over, withdrawing. */
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { changeReach } from "@core/subjects/subjects.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { encode } from "uqr";
import {
  clockIn,
  type PlannedSurvey,
  plannedSurveys,
  type SurveyState,
  surveyForms,
  surveyStateOf,
  surveyStates,
} from "../capture/surveys.ts";
import { planInForce, planOfVersion, versionInForce } from "../capture/version.ts";
import { dayOf, inForceAt } from "../design/in-force.ts";
import type { Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { allPlacements } from "../store/design.ts";
import { participantOf, visitDays, visitsOf } from "../store/participants.ts";
import { allSites } from "../store/sites.ts";
import {
  type AskedRow,
  addressesOf,
  contactOf,
  everybodyAsked,
  failedMessages,
  messagesTo,
  prolong,
  type SurveyRow,
  setContact,
  surveyById,
  surveysByIds,
  surveysOf,
  surveysTallied,
  withdraw,
} from "../store/surveys.ts";
import { makeSurvey, queue, untilOf, whyNot } from "../survey-jobs.ts";
import { surveyLanguage, surveyLanguages } from "../survey-words.ts";
import { HandOverPage, ParticipantSurveysPage, type SurveyLine, SurveysPage } from "../views/surveys.tsx";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Studies>();
const bySubject = t.Object({ subject: t.String({ format: "uuid" }) });
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const pageSize = 50;
const place = t.Object({
  event: t.String({ title: "A visit", minLength: 1, maxLength: 200 }),
  eventKey: t.String({ maxLength: 60 }),
  form: t.String({ title: "A form", minLength: 1, maxLength: 200 }),
  formKey: t.String({ maxLength: 60 }),
  how: t.Union([t.Literal("send"), t.Literal("here")], { title: "How" }),
});

export const surveyRoutes = [
  get("/surveys", {
    needs: "studies.progress.read",
    query: t.Object({
      state: t.Optional(t.Union(surveyStates.map((one) => t.Literal(one)))),
      site: t.Optional(t.String({ format: "uuid" })),
      search: t.Optional(t.String({ maxLength: 40 })),
      page: t.Optional(t.Integer({ minimum: 1, maximum: 100_000 })),
    }),
    async run({ query }, ctx) {
      const sites = await ctx.db.all(allSites, {});
      const all = await everySurvey(ctx);
      const reached = all.filter(
        ({ person }) =>
          (!query.site || person.siteId === query.site) &&
          (!query.search || person.code.toLowerCase().includes(query.search.toLowerCase())),
      );
      const wanted = reached.filter((line) => (query.state ? line.state === query.state : line.state !== "later"));
      const page = query.page ?? 1;
      const count = (...states: SurveyState[]) => reached.filter((line) => states.includes(line.state)).length;
      const at = (n: number) => {
        const params = new URLSearchParams(
          Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
        );
        params.set("page", String(n));
        return `${ctx.url("/surveys")}?${params}`;
      };
      return SurveysPage({
        lines: await linesOf(ctx, wanted.slice((page - 1) * pageSize, page * pageSize)),
        total: wanted.length,
        from: (page - 1) * pageSize + 1,
        previous: page > 1 ? at(page - 1) : undefined,
        next: page * pageSize < wanted.length ? at(page + 1) : undefined,
        figures: [
          { label: "Due, not sent", value: count("due") },
          { label: "Sent or begun", value: count("sent", "begun") },
          { label: "Answered", value: count("answered") },
          { label: "Missed", value: count("missed") },
        ],
        sites: sites.map(({ id, name }) => ({ value: id, label: name })),
        filter: { state: query.state ?? "", site: query.site ?? "", search: query.search ?? "" },
        action: ctx.url("/surveys"),
      });
    },
  }),

  get("/participants/:subject/surveys", {
    needs: "studies.progress.read",
    params: bySubject,
    run: async ({ params }, ctx) => participantPage(ctx, params.subject),
  }),

  post("/participants/:subject/surveys/contact", {
    needs: "studies.surveys.send",
    params: bySubject,
    body: t.Object({
      channel: t.Union([t.Literal("none"), t.Literal("email"), t.Literal("text")], { title: "How" }),
      language: t.Union([t.Literal("en"), t.Literal("es"), t.Literal("nl")], { title: "The language" }),
      email: t.Optional(t.String({ title: "E-mail", format: "email", maxLength: 254 })),
      phone: t.Optional(t.String({ title: "Telephone", maxLength: 40 })),
      optedOut: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) => participantPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      const phone = (body.phone ?? "").replace(/[\s()/-]/g, "");
      if (body.channel === "email" && !body.email)
        throw Problem.invalid({ email: "Enter the address that surveys go to." });
      if (body.channel === "text" && !/^\+[1-9]\d{7,14}$/.test(phone))
        throw Problem.invalid({ phone: "Enter the number with + and the country's code, such as +31612345678." });
      await ctx.db.one(setContact, {
        subjectId: params.subject,
        siteId: participant.siteId,
        channel: body.channel,
        language: body.language,
        optedOut: body.optedOut,
      });
      const before = await addressOf(ctx, params.subject);
      if (before && (before.email !== (body.email ?? "") || before.phone !== phone))
        await changeReach(ctx, params.subject, { email: body.email ?? "", phone });
      ctx.audit("studies.survey_contact", {
        subjectId: params.subject,
        participant: participant.code,
        channel: body.optedOut
          ? "not at all"
          : { none: "not by message", email: "by mail", text: "by text message" }[body.channel],
        language: surveyLanguages[body.language],
      });
      return new Redirect(ctx.url(`/participants/${params.subject}/surveys`), "Saved.");
    },
  }),

  post("/participants/:subject/surveys", {
    needs: "studies.surveys.send",
    params: bySubject,
    body: place,
    refused: async (typed, problems, ctx, params) => participantPage(ctx, params.subject, formAgain(typed, problems)),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
      const contact = await ctx.db.first(contactOf, { subjectId: params.subject });
      const why = await whyNot(ctx, {
        ...participant,
        optedOutAt: body.how === "send" ? (contact?.optedOutAt ?? null) : null,
      });
      if (why) throw Problem.refused(why);
      const channel = contact?.channel ?? "none";
      if (body.how === "send" && channel === "none")
        throw Problem.refused("Say first how this participant is asked: by mail or by text message.");
      const survey = await surveyAt(ctx, participant, body);
      if (body.how === "here") return handOver(ctx, survey);
      if (channel !== "none") await queue(ctx, survey, survey.sends === 0 ? "invitation" : "reminder", channel);
      await ctx.soon(channel === "email" ? "studies.survey_mails" : "studies.survey_texts", {});
      return new Redirect(ctx.url(`/participants/${params.subject}/surveys`), "The survey is on its way.");
    },
  }),

  post("/surveys/:id/withdraw", {
    needs: "studies.surveys.send",
    params: byId,
    body: t.Object({ withdrawReason: t.String({ title: "A reason", minLength: 3, maxLength: 1000 }) }),
    async refused(typed, problems, ctx, params) {
      const survey = await ctx.db.one(surveyById, { id: params.id });
      return participantPage(ctx, survey.subjectId, formAgain(typed, problems));
    },
    async run({ params, body }, ctx) {
      const survey = await ctx.db.one(surveyById, { id: params.id });
      if (survey.answeredAt) throw Problem.refused("It was answered already.");
      if (survey.linkId) await endLink(ctx, survey.linkId);
      await ctx.db.one(withdraw, { id: survey.id, actor: ctx.actor.id, reason: body.withdrawReason });
      const participant = await ctx.db.one(participantOf, { subjectId: survey.subjectId });
      ctx.audit("studies.survey_withdrawn", {
        subjectId: survey.subjectId,
        participant: participant.code,
        form: survey.form,
        event: survey.event,
      });
      return new Redirect(
        ctx.url(`/participants/${survey.subjectId}/surveys`),
        "Withdrawn: its links lead nowhere now.",
      );
    },
  }),
];

const messageTitles = {
  invitation: "Invitation",
  reminder: "Reminder",
  code: "Resume code",
  stopped: "STOP confirmed",
  about: "Nobody reads here",
} as const;

/** A survey of the list before it is read whole: made (`row`), or only planned. */
interface Listed {
  readonly person: AskedRow;
  readonly row: string | null;
  readonly plan: Plan | null;
  readonly at: At & Pick<PlannedSurvey, "dueOn" | "closesOn">;
  readonly state: SurveyState;
}

/** Planned or not, sent or not: every survey of everybody in reach, by the day it is due. */
async function everySurvey(ctx: Context<Studies>): Promise<Listed[]> {
  const people = await ctx.db.all(everybodyAsked, {});
  const told = new Map((await ctx.db.all(surveysTallied, {})).map((row) => [row.subjectId, row.told]));
  const days = new Map((await ctx.db.all(visitDays, {})).map((row) => [row.subjectId, row.days]));
  const today = clockIn(ctx.settings.surveyZone, ctx.now).day;
  const placements = await ctx.db.all(allPlacements, {});
  const all: Listed[] = [];
  for (const person of people) {
    const versionId = inForceAt(placements, person.siteId, dayOf(ctx.now))?.versionId;
    const plan = versionId ? await planOfVersion(ctx, versionId) : null;
    const isOut = person.optedOutAt !== null;
    const made = new Set<string>();
    for (const [
      row,
      event,
      eventKey,
      form,
      formKey,
      version,
      dueOn,
      closesOn,
      openedAt,
      answeredAt,
      withdrawnAt,
    ] of told.get(person.subjectId) ?? []) {
      const at = { event, eventKey, form, formKey, dueOn, closesOn };
      made.add(placeIn(at));
      const state = surveyStateOf({ closesOn, openedAt, answeredAt, withdrawnAt }, null, isOut, today);
      all.push({ person, row, plan: await planOfVersion(ctx, version), at, state });
    }
    if (!plan || (person.status !== "enrolled" && person.status !== "screening")) continue;
    const own = days.get(person.subjectId) ?? {};
    for (const at of plannedSurveys(plan, person, (id) => own[id] ?? null))
      if (!made.has(placeIn(at)))
        all.push({ person, row: null, plan, at, state: surveyStateOf(null, at, isOut, today) });
  }
  return all.sort(
    (a, b) =>
      (a.at.dueOn < b.at.dueOn ? 1 : a.at.dueOn > b.at.dueOn ? -1 : 0) ||
      (a.person.code < b.person.code ? -1 : a.person.code > b.person.code ? 1 : 0),
  );
}

/** The ones that a page shows, with all that there is to tell of each. */
async function linesOf(ctx: Context<Studies>, shown: readonly Listed[]): Promise<SurveyLine[]> {
  const ids = shown.flatMap(({ row }) => row ?? []);
  const rows = new Map(
    ids.length > 0 ? (await ctx.db.all(surveysByIds, { ids: JSON.stringify(ids) })).map((one) => [one.id, one]) : [],
  );
  const failed = new Map((await ctx.db.all(failedMessages, {})).reverse().map((one) => [one.surveyId, one]));
  const sites = new Map((await ctx.db.all(allSites, {})).map((site) => [site.id, site.code]));
  return shown.map(({ person, row: id, plan, at, state }) => {
    const row = rows.get(id ?? "");
    const problem = failed.get(id ?? "");
    return {
      code: person.code,
      site: sites.get(person.siteId ?? "") ?? "",
      href: ctx.url(`/participants/${person.subjectId}/surveys`),
      form: titleOf(plan, at.form),
      visit: visitOf(plan, at.event, at.eventKey),
      state,
      dueOn: at.dueOn,
      closesOn: at.closesOn,
      sends: row?.sends ?? 0,
      sentAt: row?.sentAt ?? null,
      answeredAt: row?.answeredAt ?? null,
      problem: problem && row && !row.answeredAt && row.sentAt && problem.madeAt >= row.sentAt ? problem.problem : null,
      channel: person.channel ?? "none",
    };
  });
}

const placeIn = ({ event, eventKey, form, formKey }: At): string => JSON.stringify([event, eventKey, form, formKey]);

type At = Pick<PlannedSurvey, "event" | "eventKey" | "form" | "formKey">;
const isAt = (row: At, at: At): boolean =>
  row.event === at.event && row.eventKey === at.eventKey && row.form === at.form && row.formKey === at.formKey;

const titleOf = (plan: Plan | null, form: string): string => {
  const definition = plan?.forms.get(form);
  return (definition && anyText(definition.label, plan?.build.languages[0] ?? "")) || definition?.name || form;
};
const visitOf = (plan: Plan | null, event: string, key: string): string => {
  const definition = plan?.events.get(event);
  return `${(definition && anyText(definition.label, plan?.build.languages[0] ?? "")) || definition?.name || event}${key === "" ? "" : ` ${key}`}`;
};

/** The survey that is there, or a new one. Its window is the visit's, or some days from now. */
async function surveyAt(
  ctx: Context<Studies>,
  participant: {
    readonly subjectId: string;
    readonly siteId: string | null;
    readonly enrolledOn: string;
    readonly arm: string;
  },
  at: At,
): Promise<SurveyRow> {
  const { subjectId } = participant;
  const today = clockIn(ctx.settings.surveyZone, ctx.now).day;
  const open = new Date(Date.parse(`${today}T00:00:00Z`) + ctx.settings.surveyOpenDays * 86_400_000)
    .toISOString()
    .slice(0, 10);
  const there = (await ctx.db.all(surveysOf, { subjectId })).find((row) => !row.withdrawnAt && isAt(row, at));
  if (there) {
    if (there.answeredAt) throw Problem.refused("This survey was answered already.");
    // Sending it again after its window is a decision: it gets days of its own.
    if (there.closesOn < today) await ctx.db.one(prolong, { id: there.id, closesOn: open });
    return { ...there, closesOn: there.closesOn < today ? open : there.closesOn };
  }
  const { id: versionId, plan } = await planInForce(ctx, participant.siteId);
  const event = plan.events.get(at.event);
  if (!event || !surveyForms(plan, event).includes(at.form))
    throw Problem.refused("This form is not a survey of that visit.");
  if ((at.eventKey !== "") !== event.repeating || (at.formKey !== "") !== (plan.forms.get(at.form)?.repeating ?? false))
    throw Problem.notFound();
  const visits = await ctx.db.all(visitsOf([subjectId]), {});
  const planned = plannedSurveys(
    plan,
    participant,
    (id) => visits.find((one) => one.event === id)?.happenedOn ?? null,
  ).find((one) => isAt(one, at));
  const closesOn = planned && planned.closesOn >= today ? planned.closesOn : open;
  const id = await makeSurvey(ctx, participant, { ...at, versionId, dueOn: planned?.dueOn ?? today, closesOn });
  if (!id) throw Problem.refused("Somebody has begun this form already: it is not sent to the participant any more.");
  return ctx.db.one(surveyById, { id });
}

/** On the site's tablet, or by a square code for the participant's own telephone. Shown once. */
async function handOver(ctx: Context<Studies>, survey: SurveyRow) {
  const path = await ctx.portalLink(survey.subjectId, untilOf(survey.closesOn));
  const participant = await ctx.db.one(participantOf, { subjectId: survey.subjectId });
  ctx.audit("studies.survey_handed", {
    subjectId: survey.subjectId,
    participant: participant.code,
    form: survey.form,
    event: survey.event,
  });
  const link = ctx.address(`${path}/surveys`);
  return HandOverPage({
    code: participant.code,
    crumbs: [
      { label: participant.code, href: ctx.url(`/participants/${survey.subjectId}`) },
      { label: "Surveys", href: ctx.url(`/participants/${survey.subjectId}/surveys`) },
    ],
    path: `${path}/surveys`,
    link,
    square: encode(link).data,
    closesOn: survey.closesOn,
  });
}

async function addressOf(ctx: Context<Studies>, subjectId: string): Promise<{ email: string; phone: string } | null> {
  if (!ctx.may("core.identities.open")) return null;
  const row = await ctx.db.first(addressesOf, { subjectId });
  if (!row) return null;
  const at = { row: subjectId, subject: subjectId };
  const open = async (value: typeof row.email) => {
    if (!value) return "";
    const [text] = await ctx.openMany([{ value, at }], "to see where surveys go");
    return text instanceof Locked || text === undefined ? "" : text;
  };
  return { email: await open(row.email), phone: await open(row.phone) };
}

async function participantPage(ctx: Context<Studies>, subjectId: string, form?: FormState) {
  const participant = await ctx.db.one(participantOf, { subjectId });
  const contact = await ctx.db.first(contactOf, { subjectId });
  const versionId = await versionInForce(ctx, participant.siteId);
  const plan = versionId ? await planOfVersion(ctx, versionId) : null;
  const visits = await ctx.db.all(visitsOf([subjectId]), {});
  const planned = plan
    ? plannedSurveys(plan, participant, (id) => visits.find((one) => one.event === id)?.happenedOn ?? null)
    : [];
  const rows = await ctx.db.all(surveysOf, { subjectId });
  const messages = await ctx.db.all(messagesTo, { subjectId });
  const today = clockIn(ctx.settings.surveyZone, ctx.now).day;
  const optedOut = contact?.optedOutAt != null;
  const mayChange = ctx.may("studies.surveys.send");
  const why = await whyNot(ctx, { ...participant, optedOutAt: contact?.optedOutAt ?? null });
  const people = await ctx.people(messages.map(({ madeBy }) => madeBy));
  const kept = mayChange ? await addressOf(ctx, subjectId) : null;
  const state = (row: SurveyRow | null, at: PlannedSurvey | null) => surveyStateOf(row, at, optedOut, today);
  const lines = [
    ...rows.map((row) => ({ at: row as At, row, planned: null as PlannedSurvey | null })),
    ...planned
      .filter((at) => !rows.some((row) => isAt(row, at)))
      .map((at) => ({ at: at as At, row: null, planned: at })),
    // Repeating and unscheduled visits have no day of their own: their surveys are sent by hand.
    ...(plan?.build.events ?? [])
      .filter((event) => event.type !== "scheduled" || event.repeating || !event.window)
      .flatMap((event) =>
        surveyForms(plan as Plan, event).flatMap((id) => {
          const keys = rows
            .filter((row) => row.event === event.id && row.form === id)
            .map((row) => Number(row.eventKey) || 0);
          const at = {
            event: event.id,
            eventKey: event.repeating ? String(Math.max(0, ...keys) + 1) : "",
            form: id,
            formKey: plan?.forms.get(id)?.repeating ? "1" : "",
          };
          return rows.some((row) => isAt(row, at)) ? [] : [{ at, row: null, planned: null }];
        }),
      ),
  ];
  return ParticipantSurveysPage({
    title: "Surveys",
    code: participant.code,
    crumbs: [
      { label: "Participants", href: ctx.url("/participants") },
      { label: participant.code, href: ctx.url(`/participants/${subjectId}`) },
    ],
    note: why,
    lines: await Promise.all(
      lines.map(async ({ at, row, planned }) => {
        const from = row ? await planOfVersion(ctx, row.versionId) : plan;
        const is = state(row, planned);
        const isOpen = !row || (!row.answeredAt && !row.withdrawnAt);
        return {
          at,
          form: titleOf(from, at.form),
          visit: visitOf(from, at.event, at.eventKey),
          state: row || planned ? is : ("due" as const),
          dueOn: row?.dueOn ?? planned?.dueOn ?? "",
          closesOn: row?.closesOn ?? planned?.closesOn ?? "",
          sentAt: row?.sentAt ?? null,
          sends: row?.sends ?? 0,
          answeredAt: row?.answeredAt ?? null,
          withdrawnReason: row?.withdrawnReason ?? "",
          send: mayChange && isOpen ? ctx.url(`/participants/${subjectId}/surveys`) : null,
          withdraw: mayChange && row && isOpen ? ctx.url(`/surveys/${row.id}/withdraw`) : null,
        };
      }),
    ),
    messages: messages.map((one) => ({
      at: one.madeAt,
      what: messageTitles[one.kind],
      channel: one.channel === "email" ? "mail" : "text message",
      state: one.state,
      problem: one.problem,
      by: people.get(one.madeBy ?? "") ?? (one.madeBy === null ? "the schedule" : "the participant"),
    })),
    contact: {
      action: mayChange ? ctx.url(`/participants/${subjectId}/surveys/contact`) : null,
      channel: contact?.channel ?? "none",
      language: surveyLanguage(contact?.language),
      optedOut,
      optedOutBy: contact?.optedOutBy ?? null,
      optedOutAt: contact?.optedOutAt ?? null,
      email: kept?.email ?? null,
      phone: kept?.phone ?? null,
    },
    maySend: mayChange && why === null && (contact?.channel ?? "none") !== "none",
    form,
  });
}
