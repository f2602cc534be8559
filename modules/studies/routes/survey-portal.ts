/**
 * A participant's own forms, on a telephone, without an account. The link that was sent shows that something waits.
 * Beginning makes another link, which alone reaches the answers (the database's wall, migration 0063), and a code: with it
 * one goes on later, by the link that was sent, on any device.
 */
import { type Context, Redirect, routesFor, type Typed } from "@core/module.ts";
import { type FieldProblem, Problem } from "@core/problem.ts";
import { endLink, prolongLink } from "@core/subjects/links.ts";
import { equalInConstantTime } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import type { PlainLanguage } from "@views/plain-words.ts";
import { attach, type ShownFile } from "../capture/attaching.ts";
import { attachmentInWords, isKept } from "../capture/attachment.ts";
import { keysIn, nothingTyped, rowsOf, type TypedSheet, typedAnswer } from "../capture/fields.ts";
import { judgementOf, type OpenSheet, openSheet } from "../capture/opening.ts";
import { save } from "../capture/saving.ts";
import {
  attempt,
  CODES_A_DAY,
  clockIn,
  newCode,
  notAsked,
  plainCode,
  SESSION_HOURS,
  SHUT_MINUTES,
  shownCode,
} from "../capture/surveys.ts";
import { planOfVersion } from "../capture/version.ts";
import type { Item } from "../model/build.ts";
import { blinded } from "../model/marks.ts";
import { optionsOf, type Plan } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { participantOf } from "../store/participants.ts";
import { sheetAt } from "../store/sheets.ts";
import {
  addMessage,
  begin,
  codeOf,
  codesSince,
  contactOf,
  goOn,
  noteAnswered,
  optOut,
  type SurveyRow,
  setLanguage,
  surveyById,
  surveysOf,
} from "../store/surveys.ts";
import { surveyLanguage, surveyWordsIn } from "../survey-words.ts";
import { surveys } from "../tables.ts";
import { SurveyAttachmentPage } from "../views/attachment.tsx";
import type { SheetField } from "../views/field.tsx";
import {
  CodePage,
  DonePage,
  LaterPage,
  OptOutPage,
  StoppedPage,
  SurveyFormPage,
  SurveyListPage,
  type SurveySection,
} from "../views/survey-portal.tsx";
import { fieldIn, givenIn, givingBody, givingLimit } from "./attachments.ts";
import { formAgain } from "./refused.ts";
import { acceptedIn, sheetBody, typedAgain, typedOf } from "./sheets.ts";

const { get, post } = routesFor<Studies>();
const byId = t.Object({ id: t.String({ format: "uuid" }) });
const byField = t.Object({ id: t.String({ format: "uuid" }), field: t.String({ maxLength: 500 }) });

export const surveyPortalRoutes = [
  get("/surveys", { needs: "studies.surveys.answer", run: async (_, ctx) => listPage(ctx) }),

  post("/surveys/language", {
    needs: "studies.surveys.answer",
    body: t.Object({ language: t.Union([t.Literal("en"), t.Literal("es"), t.Literal("nl")]) }),
    async run({ body }, ctx) {
      await ctx.db.all(setLanguage, { subjectId: mine(ctx), language: body.language });
      return new Redirect(ctx.url("/surveys"));
    },
  }),

  get("/surveys/stop", {
    needs: "studies.surveys.answer",
    async run(_, ctx) {
      const { words, language, frame } = await here(ctx);
      return OptOutPage({
        ...frame,
        words,
        language,
        action: ctx.url("/surveys/stop"),
        back: ctx.url("/surveys"),
        done: false,
      });
    },
  }),
  post("/surveys/stop", {
    needs: "studies.surveys.answer",
    async run(_, ctx) {
      const { words, language, frame } = await here(ctx);
      await ctx.db.all(optOut, { subjectId: mine(ctx) });
      ctx.audit("studies.survey_opted_out", { subjectId: mine(ctx) });
      return OptOutPage({ ...frame, words, language, action: "", back: ctx.url("/surveys"), done: true });
    },
  }),

  post("/surveys/:id/begin", {
    needs: "studies.surveys.answer",
    params: byId,
    async run({ params }, ctx) {
      const survey = await openSurvey(ctx, params.id);
      if (survey.openedAt) return new Redirect(ctx.url(`/surveys/${survey.id}`));
      const code = await ctx.seal(surveys.code, newCode(), { row: survey.id, subject: survey.subjectId });
      const { id, path } = await ownLink(ctx);
      const begun = await ctx.db.first(begin, { id: survey.id, linkId: id, code: code as never });
      // Somebody else who holds the link was quicker: he has the code.
      if (!begun) throw new Problem("conflict", (await here(ctx)).words.isBegun);
      ctx.audit("studies.survey_begun", { subjectId: survey.subjectId, form: survey.form, event: survey.event });
      return new Redirect(`${path}/surveys/${survey.id}`);
    },
  }),

  get("/surveys/:id", {
    needs: "studies.surveys.answer",
    params: byId,
    async run({ params }, ctx) {
      const at = await here(ctx);
      const survey = await ctx.db.one(surveyById, { id: params.id });
      if (survey.answeredAt)
        return DonePage({ ...at.frame, words: at.words, language: at.language, back: ctx.url("/surveys") });
      const why = await closedFor(ctx, survey);
      if (why) return StoppedPage({ ...at.frame, words: at.words, language: at.language, sentence: at.words.closed });
      if (!survey.openedAt) return new Redirect(ctx.url("/surveys"));
      if (survey.linkId !== ctx.actor.link) return codePage(ctx, survey);
      return formPage(ctx, await openOwn(ctx, survey), survey, {});
    },
  }),

  post("/surveys/:id/code", {
    needs: "studies.surveys.answer",
    params: byId,
    body: t.Object({ code: t.Optional(t.String({ maxLength: 60, writeOnly: true })) }),
    async run({ params, body }, ctx) {
      const { words } = await here(ctx);
      const survey = await openSurvey(ctx, params.id);
      const isRight = await isCode(ctx, survey, plainCode(body.code ?? ""));
      const outcome = attempt(survey, isRight, ctx.now);
      const { place } = await openOwn(ctx, survey);
      const about = { subjectId: survey.subjectId, form: survey.form, event: survey.event };
      if (outcome.is !== "right") {
        // What was counted stays counted: this is an answer, not a refusal that would roll it back.
        await ctx.db.one(goOn, {
          id: survey.id,
          linkId: survey.linkId,
          tries: outcome.tries,
          shutUntil: outcome.shutUntil?.toISOString() ?? null,
        });
        ctx.audit("studies.survey_code_wrong", { ...about, participant: place.code });
        const sentence = outcome.is === "shut" ? words.codeShut(SHUT_MINUTES) : words.codeWrong;
        return codePage(ctx, survey, { form: { values: {}, errors: { code: sentence } } });
      }
      const { id, path } = await ownLink(ctx);
      if (survey.linkId) await endLink(ctx, survey.linkId);
      await ctx.db.one(goOn, { id: survey.id, linkId: id, tries: 0, shutUntil: null });
      ctx.audit("studies.survey_resumed", about);
      return new Redirect(`${path}/surveys/${survey.id}`);
    },
  }),

  post("/surveys/:id/new-code", {
    needs: "studies.surveys.answer",
    params: byId,
    async run({ params }, ctx) {
      const { words, contact } = await here(ctx);
      const survey = await openSurvey(ctx, params.id);
      const since = new Date(ctx.now.getTime() - 86_400_000).toISOString();
      const before = await ctx.db.all(codesSince, { surveyId: survey.id, since });
      if (!contact || contact.channel === "none" || before.length >= CODES_A_DAY)
        return codePage(ctx, survey, { note: words.codeNotSent });
      await ctx.db.one(addMessage, {
        id: Bun.randomUUIDv7(),
        subjectId: survey.subjectId,
        surveyId: survey.id,
        kind: "code",
        channel: contact.channel,
      });
      await ctx.soon(contact.channel === "email" ? "studies.survey_mails" : "studies.survey_texts", {});
      return codePage(ctx, survey, { note: words.codeSent });
    },
  }),

  post("/surveys/:id", {
    needs: "studies.surveys.answer",
    params: byId,
    body: t.Composite([
      t.Omit(sheetBody, ["act"]),
      t.Object({ act: t.Optional(t.Union([t.Literal("save"), t.Literal("later"), t.Literal("complete")])) }),
    ]),
    refused: async (typed, problems, ctx, params: { id: string }) => refusedPage(ctx, params.id, typed, problems),
    async run({ params, body }, ctx) {
      const { words, language, frame } = await here(ctx);
      const survey = await ownSurvey(ctx, params.id);
      const open = await openOwn(ctx, survey);
      const complete = body.act === "complete";
      const typed = typedOf(body);
      await save(ctx, open, typed, {
        complete,
        reason: "",
        accepted: complete ? acceptedIn(body) : {},
        source: "survey",
        quick: !complete,
      });
      if (complete) {
        await ctx.db.one(noteAnswered, { id: survey.id });
        ctx.audit("studies.survey_answered", { subjectId: survey.subjectId, form: survey.form, event: survey.event });
        const rest = (await ctx.db.all(surveysOf, { subjectId: survey.subjectId })).some(
          (one) => !one.answeredAt && !one.withdrawnAt && one.id !== survey.id,
        );
        return DonePage({ ...frame, words, language, back: rest ? ctx.url("/surveys") : null });
      }
      const isWhole = Object.keys(judgementOf(ctx, open, typed, false).errors).length === 0;
      if (body.go && isWhole)
        return new Redirect(ctx.url(`/surveys/${survey.id}/fields/${encodeURIComponent(body.go)}`));
      if (body.act === "later" && isWhole) {
        const code = await shownCodeOf(ctx, survey);
        if (survey.linkId) await endLink(ctx, survey.linkId);
        await ctx.db.one(goOn, { id: survey.id, linkId: null, tries: 0, shutUntil: null });
        return LaterPage({ ...frame, words, language, code });
      }
      // What could be saved is saved; what could not stands on the page with its sentence.
      return formPage(ctx, await openOwn(ctx, survey), survey, { typed, saved: true });
    },
  }),

  get("/surveys/:id/fields/:field", {
    needs: "studies.surveys.answer",
    params: byField,
    run: async ({ params }, ctx) => givingPage(ctx, params),
  }),
  post("/surveys/:id/fields/:field", {
    needs: "studies.surveys.answer",
    bodyLimit: givingLimit,
    params: byField,
    body: givingBody,
    refused: async (typed, problems, ctx, params) => {
      const { drawing: _, ...kept } = typed;
      return givingPage(ctx, params, formAgain(kept, problems));
    },
    async run({ params, body }, ctx) {
      const { words } = await here(ctx);
      const survey = await ownSurvey(ctx, params.id);
      const open = await openOwn(ctx, survey);
      const place = fieldIn(ctx, open, params.field);
      const given = body.act === "remove" ? null : givenIn(place, body, words.field.file);
      await attach(ctx, open, place, { given, base: body.base ?? "0", reason: "", source: "survey" });
      return new Redirect(ctx.url(`/surveys/${survey.id}`));
    },
  }),

  post("/surveys/:id/quick", {
    needs: "studies.surveys.answer",
    params: byId,
    body: sheetBody,
    async run({ params, body }, ctx) {
      const survey = await ownSurvey(ctx, params.id);
      const open = await openOwn(ctx, survey);
      const typed = typedOf(body);
      await save(ctx, open, typed, { complete: false, reason: "", accepted: {}, source: "survey", quick: true });
      return formPage(ctx, await openOwn(ctx, survey), survey, { typed, saved: true });
    },
  }),
];

const mine = (ctx: Context<Studies>): string => ctx.actor.id ?? "";

async function here(ctx: Context<Studies>) {
  const contact = await ctx.db.first(contactOf, { subjectId: mine(ctx) });
  const language = surveyLanguage(contact?.language);
  const frame = { help: ctx.settings.surveyHelp, languages: ctx.url("/surveys/language") };
  return { contact, language, words: surveyWordsIn[language], frame };
}

/** Null: it may be answered now. */
async function closedFor(ctx: Context<Studies>, survey: SurveyRow): Promise<string | null> {
  if (survey.withdrawnAt) return "withdrawn";
  if (clockIn(ctx.settings.surveyZone, ctx.now).day > survey.closesOn) return "over";
  const participant = await ctx.db.one(participantOf, { subjectId: survey.subjectId });
  // Who asked not to be sent any more may still answer what he was sent.
  return notAsked({
    status: participant.status,
    optedOut: false,
    newData: await ctx.ask("consent.standing", { subjectId: survey.subjectId, scope: "new-data" }),
    contact: "given",
  });
}

async function openSurvey(ctx: Context<Studies>, id: string): Promise<SurveyRow> {
  const survey = await ctx.db.one(surveyById, { id });
  const { words } = await here(ctx);
  if (survey.answeredAt || (await closedFor(ctx, survey))) throw Problem.refused(words.closed);
  return survey;
}

/** Reached by the link that was made for its answers. */
async function surveyAtLink(ctx: Context<Studies>, id: string): Promise<SurveyRow> {
  const survey = await openSurvey(ctx, id);
  if (survey.linkId === null || survey.linkId !== ctx.actor.link)
    throw Problem.refused((await here(ctx)).words.isBegun);
  return survey;
}

/** The same for an act: whoever is at work is not sent away after some hours. */
async function ownSurvey(ctx: Context<Studies>, id: string): Promise<SurveyRow> {
  const survey = await surveyAtLink(ctx, id);
  if (survey.linkId) await prolongLink(ctx, survey.linkId, sessionEnd(ctx));
  return survey;
}

const sessionEnd = (ctx: Context<Studies>) => new Date(ctx.now.getTime() + SESSION_HOURS * 3_600_000);

async function ownLink(ctx: Context<Studies>): Promise<{ readonly id: string; readonly path: string }> {
  const id = Bun.randomUUIDv7();
  return { id, path: await ctx.portalLink(mine(ctx), sessionEnd(ctx), id) };
}

async function openOwn(ctx: Context<Studies>, survey: SurveyRow): Promise<OpenSheet> {
  const { subjectId, event, eventKey, form, formKey } = survey;
  const participant = await ctx.db.one(participantOf, { subjectId });
  const at = { subjectId, event, eventKey, form, formKey };
  const sheet = await ctx.db.first(sheetAt, at);
  const versionId = sheet?.versionId ?? survey.versionId;
  const open = await openSheet(ctx, { ...at, code: participant.code, siteId: participant.siteId }, sheet, {
    id: versionId,
    plan: await planOfVersion(ctx, versionId),
  });
  const { language } = await here(ctx);
  return { ...open, language };
}

async function isCode(ctx: Context<Studies>, survey: SurveyRow, typed: string): Promise<boolean> {
  const { code } = await ctx.db.one(codeOf, { id: survey.id });
  if (!code) return false;
  const kept = await ctx.open(
    code,
    { row: survey.id, subject: survey.subjectId },
    "to see whether a resume code is right",
  );
  return equalInConstantTime(kept, typed);
}

async function shownCodeOf(ctx: Context<Studies>, survey: SurveyRow): Promise<string> {
  const { code } = await ctx.db.one(codeOf, { id: survey.id });
  return code
    ? shownCode(
        await ctx.open(
          code,
          { row: survey.id, subject: survey.subjectId },
          "to show a participant the own resume code",
        ),
      )
    : "";
}

const titleOf = (plan: Plan, form: string, language: string): string => {
  const definition = plan.forms.get(form);
  return (definition && anyText(definition.label, language)) || definition?.name || form;
};

async function listPage(ctx: Context<Studies>) {
  const { words, language, frame, contact } = await here(ctx);
  const lines = [];
  for (const survey of await ctx.db.all(surveysOf, { subjectId: mine(ctx) })) {
    if (survey.answeredAt || (await closedFor(ctx, survey))) continue;
    lines.push({
      title: titleOf(await planOfVersion(ctx, survey.versionId), survey.form, language),
      until: survey.closesOn,
      isBegun: survey.openedAt !== null,
      action: survey.openedAt ? null : ctx.url(`/surveys/${survey.id}/begin`),
      href: ctx.url(`/surveys/${survey.id}`),
    });
  }
  return SurveyListPage({
    ...frame,
    words,
    language,
    lines,
    stop: contact?.optedOutAt ? null : ctx.url("/surveys/stop"),
  });
}

async function codePage(ctx: Context<Studies>, survey: SurveyRow, more: { form?: FormState; note?: string } = {}) {
  const { words, language, frame, contact } = await here(ctx);
  const plan = await planOfVersion(ctx, survey.versionId);
  return CodePage({
    ...frame,
    words,
    language,
    title: titleOf(plan, survey.form, language),
    action: ctx.url(`/surveys/${survey.id}/code`),
    again: contact && contact.channel !== "none" ? ctx.url(`/surveys/${survey.id}/new-code`) : null,
    note: more.note ?? null,
    form: more.form,
  });
}

async function refusedPage(ctx: Context<Studies>, id: string, typed: Typed, problems: readonly FieldProblem[]) {
  const { words, language, frame } = await here(ctx);
  const survey = await ctx.db.one(surveyById, { id });
  if (survey.answeredAt) return DonePage({ ...frame, words, language, back: ctx.url("/surveys") });
  if (await closedFor(ctx, survey)) return StoppedPage({ ...frame, words, language, sentence: words.closed });
  if (survey.linkId === null || survey.linkId !== ctx.actor.link) return codePage(ctx, survey);
  const open = await openOwn(ctx, survey);
  return formPage(ctx, open, survey, { typed: typedAgain(typed), form: formAgain(typed, problems) });
}

async function givingPage(ctx: Context<Studies>, params: typeof byField.static, form?: FormState) {
  const { words, language } = await here(ctx);
  const survey = await surveyAtLink(ctx, params.id);
  const open = await openOwn(ctx, survey);
  const place = fieldIn(ctx, open, params.field);
  const { item, section } = place.place;
  const current = open.values.find(
    (one) => one.section === section.id && one.sectionKey === place.key && one.item === item.id,
  );
  const has = current !== undefined && (current.raw !== null || (current.isClosed ?? false));
  const back = ctx.url(`/surveys/${survey.id}`);
  return SurveyAttachmentPage({
    language,
    title: anyText(item.question, language) || item.name,
    isSignature: item.type.is === "signature",
    words: words.field.file,
    action: `${back}/fields/${encodeURIComponent(place.id)}`,
    back,
    base: String(current?.version ?? 0),
    has,
    now: has ? receivedIn(item, current?.raw ?? "") : null,
    reasons: null,
    form,
  });
}

/** What a participant sent shows as that it was received: by a link nothing is opened. */
const receivedIn = (item: Item, raw: string): ShownFile => ({
  name: attachmentInWords(item, raw),
  detail: "",
  href: null,
  picture: null,
});

interface Showing {
  readonly typed?: TypedSheet;
  readonly form?: FormState;
  readonly saved?: boolean;
}

async function formPage(ctx: Context<Studies>, open: OpenSheet, survey: SurveyRow, showing: Showing) {
  const { words, language, frame } = await here(ctx);
  const typed = showing.typed ?? nothingTyped;
  const judgement = judgementOf(ctx, open, typed, showing.form !== undefined);
  const kinds = new Map(
    judgement.findings
      .filter(({ severity }) => severity === "hard")
      .map((one) => [`${one.section}~${one.key ?? ""}~${one.item}`, one]),
  );
  const sentenceAt = (field: string): string => {
    const finding = kinds.get(field);
    if (finding?.kind === "required") return words.needed;
    if (finding?.kind === "unreadable" || !finding) return words.unreadable;
    return finding.sentence;
  };
  const errors: Record<string, string> = {};
  if (showing.form || showing.saved)
    for (const field of Object.keys(judgement.errors)) errors[`v.${field}`] = sentenceAt(field);
  const confirm: { field: string; name: string }[] = [];
  if (showing.form)
    for (const { field, check, fingerprint } of judgement.doubts)
      confirm.push({ field, name: `ok.${field}~~${check} ${fingerprint}` });
  const state: FormState | undefined =
    showing.form || Object.keys(errors).length > 0
      ? {
          values: showing.form?.values ?? {},
          errors: {
            ...errors,
            ...(Object.keys(errors).length === 0
              ? Object.fromEntries(confirm.map(({ field }) => [`v.${field}`, words.pleaseCheck]))
              : {}),
            ...(showing.form?.errors?.[""] ? { "": showing.form.errors[""] } : {}),
          },
        }
      : undefined;
  return SurveyFormPage({
    ...frame,
    words,
    language,
    title: titleOf(open.plan, survey.form, language),
    until: survey.closesOn,
    code: await shownCodeOf(ctx, survey),
    sections: sectionsOf(open, typed, judgement.hidden, language),
    doubts: new Map(judgement.doubts.map(({ field, sentence }) => [field, sentence])),
    confirm: confirm.map(({ name }) => name),
    action: ctx.url(`/surveys/${survey.id}`),
    saved: showing.saved ?? false,
    form: state,
  });
}

/** What the participant is asked: never what is blinded, and what is encrypted only as a field to fill in. */
function sectionsOf(
  open: OpenSheet,
  typed: TypedSheet,
  hidden: ReadonlySet<string>,
  language: PlainLanguage,
): SurveySection[] {
  const { plan, place, values } = open;
  return rowsOf(plan, place.form, keysIn(values)).flatMap((row) => {
    const fields = row.fields.flatMap((field): SheetField[] => {
      const { item, entry } = field.place;
      if (blinded.on(item) || hidden.has(field.id)) return [];
      const current = values.find(
        (one) => one.section === field.place.section.id && one.sectionKey === field.key && one.item === item.id,
      );
      const shown = typedAnswer(field, typed) ?? current ?? null;
      const lists =
        item.type.is === "choice" || item.type.is === "choices"
          ? [item.type.codeList]
          : item.type.is === "grid"
            ? [item.type.rows, item.type.columns]
            : [];
      const offered = (list: string | undefined) =>
        optionsOf(plan, list ?? "")
          .filter((option) => !option.retired || shown?.raw?.split("|").includes(option.code))
          .map((option) => ({ value: option.code, label: anyText(option.label, language) || option.code }));
      return [
        {
          id: field.id,
          type: item.type,
          label: anyText(item.question, language) || item.name,
          hint: anyText(item.hint, language),
          required: entry.required,
          calculated: entry.calculation !== null && entry.calculation.text !== null,
          options: offered(lists[0]),
          columns: offered(lists[1]),
          units: item.units.map((id) => ({ value: id, label: plan.units.get(id)?.name ?? id })),
          nullFlavours: item.nullFlavours,
          raw: shown?.raw ?? null,
          nullFlavour: shown?.nullFlavour ?? null,
          unit: shown?.unit ?? null,
          version: current?.version ?? 0,
          isClosed: current?.isClosed ?? false,
          encrypted: item.fieldClass === "encrypted",
          problem: null,
          warning: null,
          accept: null,
          disabled: false,
          history: [],
          queries: [],
          verified: null,
          ask: null,
          file: isKept(item)
            ? {
                shown: current?.raw ? receivedIn(item, current.raw) : null,
                give: "fields",
                saves: true,
              }
            : null,
          conflict: null,
        },
      ];
    });
    return fields.length === 0
      ? []
      : [
          {
            title: anyText(row.section.label, language) || row.section.name,
            row: row.key === "" ? null : row.key,
            isNew: row.isNew,
            fields,
          },
        ];
  });
}
