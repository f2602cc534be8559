/** Surveys that are due, reminders, and the messages they go out by. No message names anybody or says what it is about. */
import { type Context, type Job, Locked, type SentText, type TextOrder } from "@core/module.ts";
import { isTelephone } from "@core/sms/text-message.ts";
import { isInArm } from "./capture/progress.ts";
import { clockIn, isAwake, isToRemind, notAsked, plannedSurveys, shownCode } from "./capture/surveys.ts";
import { planOfVersion, versionInForce } from "./capture/version.ts";
import type { Plan } from "./model/plan.ts";
import type { Studies } from "./names.ts";
import { participantOf, visitsOf } from "./store/participants.ts";
import { sheetAt } from "./store/sheets.ts";
import {
  type AskedRow,
  addMessage,
  addressesOf,
  addSurvey,
  allSurveys,
  codeOf,
  contactOf,
  everybodyAsked,
  lostMessages,
  type MessageRow,
  messagesById,
  noteSent,
  optOut,
  queuedMessages,
  setMessage,
  surveyById,
} from "./store/surveys.ts";
import { surveyJobs } from "./survey-names.ts";
import { surveyLanguage, surveyWordsIn } from "./survey-words.ts";

type Ctx = Context<Studies>;

export const surveySends = [
  "studies.surveys.send",
  "studies.surveys.answer",
  "studies.progress.read",
  "core.subjects.read",
  "core.identities.open",
  "core.sites.read",
] as const;

export const surveyJobRuns = {
  "studies.surveys_due": {
    title: "Find surveys that are due",
    payload: surveyJobs["studies.surveys_due"],
    every: "5 * * * *",
    permissions: surveySends,
    run: ((payload: object, ctx: Ctx) => findDue(payload, ctx)) as Job["run"],
  },
  "studies.survey_mails": {
    title: "Mail links to surveys",
    payload: surveyJobs["studies.survey_mails"],
    permissions: surveySends,
    run: ((payload: object, ctx: Ctx) => sendMails(payload, ctx)) as Job["run"],
  },
  "studies.survey_texts": {
    title: "Send links to surveys as text messages",
    payload: surveyJobs["studies.survey_texts"],
    permissions: [...surveySends, "core.providers.use"] as const,
    texts: ((payload: object, ctx: Ctx) => claimTexts(payload, ctx)) as NonNullable<Job["texts"]>,
    run: ((payload: object, ctx: Ctx, results: readonly SentText[]) =>
      settleTexts(payload, ctx, results)) as Job["run"],
  },
} as const;

/** Each hour: what the schedule has is made and queued, and who has not answered is reminded. Never at night. */
export async function findDue(_: object, ctx: Ctx): Promise<void> {
  const { settings } = ctx;
  const { day, hour } = clockIn(settings.surveyZone, ctx.now);
  await ctx.db.all(lostMessages, { before: new Date(ctx.now.getTime() - 3_600_000).toISOString() });
  if (isAwake(hour, settings)) {
    const sent = await ctx.db.all(allSurveys, {});
    const bySubject = Map.groupBy(sent, (one) => one.subjectId);
    for (const person of await ctx.db.all(everybodyAsked, {})) {
      const channel = person.channel;
      if (channel !== "email" && channel !== "text") continue;
      const own = bySubject.get(person.subjectId) ?? [];
      const due = settings.surveysBySchedule ? await dueFor(ctx, person, own, day) : [];
      const plan = await planFor(ctx, person.siteId);
      const again = own.filter(
        (one) => isToRemind(one, settings, day, ctx.now) && isPlannedFor(plan, one.event, person.arm),
      );
      if ((due.length === 0 && again.length === 0) || (await whyNot(ctx, person))) continue;
      for (const place of due) {
        const id = await makeSurvey(ctx, person, place);
        if (id) await queue(ctx, { id, subjectId: person.subjectId }, "invitation", channel);
      }
      for (const one of again) await queue(ctx, one, "reminder", channel);
    }
  }
  await ctx.soon("studies.survey_mails", {});
  await ctx.soon("studies.survey_texts", {});
}

const planFor = async (ctx: Ctx, siteId: string | null): Promise<Plan | null> => {
  const versionId = await versionInForce(ctx, siteId);
  return versionId ? planOfVersion(ctx, versionId) : null;
};
/** Who was moved to another arm is not reminded of a visit that is not planned there. */
function isPlannedFor(plan: Plan | null, event: string, arm: string): boolean {
  const planned = plan?.events.get(event);
  return planned === undefined || isInArm(planned, arm);
}

async function dueFor(
  ctx: Ctx,
  person: AskedRow,
  own: readonly { event: string; eventKey: string; form: string; formKey: string }[],
  day: string,
) {
  const versionId = await versionInForce(ctx, person.siteId);
  if (!versionId) return [];
  const plan = await planOfVersion(ctx, versionId);
  const visits = await ctx.db.all(visitsOf([person.subjectId]), {});
  const planned = plannedSurveys(plan, person, (id) => visits.find((one) => one.event === id)?.happenedOn ?? null);
  const open = planned.filter(
    (place) =>
      place.opensOn <= day &&
      day <= place.closesOn &&
      // What was withdrawn by hand is not made again by the clock.
      !own.some(
        (one) =>
          one.event === place.event &&
          one.eventKey === place.eventKey &&
          one.form === place.form &&
          one.formKey === place.formKey,
      ),
  );
  return open.map((place) => ({ ...place, versionId }));
}

/** Null: somebody made it, or has begun the form, in the meantime. */
export async function makeSurvey(
  ctx: Ctx,
  { subjectId, siteId }: { readonly subjectId: string; readonly siteId: string | null },
  place: {
    readonly event: string;
    readonly eventKey: string;
    readonly form: string;
    readonly formKey: string;
    readonly dueOn: string;
    readonly closesOn: string;
    readonly versionId: string;
  },
): Promise<string | null> {
  const { event, eventKey, form, formKey, dueOn, closesOn, versionId } = place;
  if (await ctx.db.first(sheetAt, { subjectId, event, eventKey, form, formKey })) return null;
  const id = Bun.randomUUIDv7();
  const made = await ctx.db.first(addSurvey, {
    id,
    subjectId,
    siteId,
    event,
    eventKey,
    form,
    formKey,
    versionId,
    dueOn,
    closesOn,
  });
  return made ? id : null;
}

export async function whyNot(
  ctx: Ctx,
  person: { readonly subjectId: string; readonly status: string; readonly optedOutAt: Date | null },
): Promise<string | null> {
  const { subjectId } = person;
  return notAsked({
    status: person.status,
    optedOut: person.optedOutAt !== null,
    newData: await ctx.ask("consent.standing", { subjectId, scope: "new-data" }),
    contact: await ctx.ask("consent.standing", { subjectId, scope: "contact" }),
  });
}

/** It goes out by the next run of the job that sends. */
export async function queue(
  ctx: Ctx,
  survey: { readonly id: string; readonly subjectId: string },
  kind: "invitation" | "reminder" | "code",
  channel: "email" | "text",
): Promise<void> {
  await ctx.db.one(addMessage, {
    id: Bun.randomUUIDv7(),
    subjectId: survey.subjectId,
    surveyId: survey.id,
    kind,
    channel,
  });
  // Counted when it is queued: a channel that fails for days does not send a pile afterwards.
  if (kind !== "code") await ctx.db.one(noteSent, { id: survey.id });
}

// ── Going out ───────────────────────────────────────────────────────────────────────────────────────────────────────

const atOnce = 50;

export async function sendMails(_: object, ctx: Ctx): Promise<void> {
  const queued = await ctx.db.all(queuedMessages("email", atOnce), {});
  for (const message of queued) {
    const said = await wordsOf(ctx, message);
    if ("problem" in said) {
      await ctx.db.one(setMessage, { id: message.id, state: "failed", problem: said.problem });
      continue;
    }
    await ctx.mail({ to: said.to, subject: said.subject, text: said.mail });
    await ctx.db.one(setMessage, { id: message.id, state: "sent", problem: "" });
    say(ctx, message, said);
  }
  if (queued.length === atOnce) await ctx.soon("studies.survey_mails", {});
}

/** Said in a first transaction: from here on a text may have gone out, and it is not sent twice. */
export async function claimTexts(_: object, ctx: Ctx): Promise<readonly TextOrder[]> {
  const queued = await ctx.db.all(queuedMessages("text", atOnce), {});
  if (queued.length === 0) return [];
  const way = await ctx.textWay();
  const orders: TextOrder[] = [];
  for (const message of queued) {
    const said =
      way.kind === "none" ? { problem: "No provider of text messages is in use." } : await wordsOf(ctx, message);
    if ("problem" in said) {
      await ctx.db.one(setMessage, { id: message.id, state: "failed", problem: said.problem });
      continue;
    }
    await ctx.db.one(setMessage, { id: message.id, state: "sending", problem: "" });
    orders.push({
      way,
      despiteStop: message.kind === "stopped" || message.kind === "about",
      text: { to: said.to, body: said.text, outboxId: message.id, timeToLiveSeconds: 6 * 3_600 },
    });
    say(ctx, message, said);
  }
  return orders;
}

export const textProblems = (reason: string | null): string =>
  reasons[reason ?? ""] ?? "The provider did not take the message.";
const reasons: Readonly<Record<string, string>> = {
  "opted-out": "The number has opted out of text messages.",
  "number-invalid": "The number cannot be reached.",
  unreachable: "The number cannot be reached.",
  blocked: "The carrier blocked the message.",
};

export async function settleTexts(_: object, ctx: Ctx, results: readonly SentText[]): Promise<void> {
  if (results.length === 0) return;
  const known = new Map(
    (await ctx.db.all(messagesById(results.map(({ outboxId }) => outboxId)), {})).map((one) => [one.id, one]),
  );
  for (const { outboxId, result } of results) {
    const message = known.get(outboxId);
    if (!message) continue;
    const problem = result.accepted ? "" : textProblems(result.reason);
    await ctx.db.one(setMessage, { id: outboxId, state: result.accepted ? "sent" : "failed", problem });
    if (!result.accepted && result.reason === "opted-out") await ctx.db.all(optOut, { subjectId: message.subjectId });
  }
  if (results.length >= atOnce) await ctx.soon("studies.survey_texts", {});
}

type Said =
  | {
      readonly to: string;
      readonly subject: string;
      readonly mail: string;
      readonly text: string;
      /** Null: it is about no survey. */
      readonly about: { readonly form: string; readonly event: string } | null;
      readonly participant: string;
    }
  | { readonly problem: string };

/** Whom it goes to and what it says. What has been answered, withdrawn or closed meanwhile is not sent for any more. */
async function wordsOf(ctx: Ctx, message: MessageRow): Promise<Said> {
  const survey = message.surveyId ? await ctx.db.one(surveyById, { id: message.surveyId }) : null;
  if (survey?.answeredAt || survey?.withdrawnAt)
    return { problem: "It was answered or withdrawn before the message went out." };
  const person = await ctx.db.first(participantOf, { subjectId: message.subjectId });
  const contact = await ctx.db.first(contactOf, { subjectId: message.subjectId });
  if (!person || person.leftAt) return { problem: "The participant has left." };
  const why =
    message.kind === "code" || !survey
      ? null
      : await whyNot(ctx, { ...person, optedOutAt: contact?.optedOutAt ?? null });
  if (why) return { problem: why };
  const address = await ctx.db.first(addressesOf, { subjectId: message.subjectId });
  const sealed = message.channel === "email" ? address?.email : address?.phone;
  if (!sealed)
    return { problem: message.channel === "email" ? "No e-mail address is kept." : "No telephone number is kept." };
  const at = { row: message.subjectId, subject: message.subjectId };
  const [to] = await ctx.openMany([{ value: sealed, at }], "to send a participant a survey");
  if (to instanceof Locked && to.isGone) return { problem: "The participant's key was destroyed." };
  // The job is tried again when the key service is back.
  if (to instanceof Locked || to === undefined) throw new Error("an address could not be opened now");
  if (message.channel === "text" && !isTelephone(to.replace(/[\s()-]/g, "")))
    return { problem: "The telephone number must begin with + and the country's code." };
  const words = surveyWordsIn[surveyLanguage(contact?.language)];
  const about = {
    about: survey && { form: survey.form, event: survey.event },
    participant: person.code,
    to: message.channel === "text" ? to.replace(/[\s()-]/g, "") : to,
  };
  if (!survey) {
    const says = message.kind === "stopped" ? words.textsStopped : words.textsUnread;
    return { ...about, subject: "", mail: "", text: says(ctx.tenant.name, ctx.settings.surveyHelp) };
  }
  if (message.kind === "code") {
    const { code } = await ctx.db.one(codeOf, { id: survey.id });
    if (!code) return { problem: "The survey was not begun yet." };
    const shown = shownCode(
      await ctx.open(code, { row: survey.id, subject: survey.subjectId }, "to send a participant the own resume code"),
    );
    return { ...about, subject: words.codeSubject, mail: words.codeMail(shown), text: `${words.yourCode}: ${shown}` };
  }
  const path = await ctx.portalLink(message.subjectId, untilOf(survey.closesOn));
  const link = ctx.address(`${path}/surveys`);
  return {
    ...about,
    subject: words.mailSubject,
    mail: words.mail(survey.closesOn, link),
    text: words.text(ctx.tenant.name, survey.closesOn, link),
  };
}

/** A day of grace after the last one, for zones. */
export const untilOf = (day: string): Date => new Date(new Date(`${day}T23:59:59Z`).getTime() + 86_400_000);

function say(ctx: Ctx, { subjectId, channel, kind }: MessageRow, said: Exclude<Said, { problem: string }>): void {
  const { about, participant } = said;
  if (!about) ctx.audit("studies.survey_answered_text", { subjectId, participant, kind });
  else
    ctx.audit("studies.survey_sent", {
      subjectId,
      participant,
      ...about,
      channel: channel === "email" ? "mail" : "text message",
      kind,
    });
}
