/** The part of the vocabulary that speaks of forms which participants answer themselves. `names.ts` takes it in. */
import { Type as t } from "@sinclair/typebox";

export const surveyEvents = {
  "studies.survey_contact": {
    title: "Way of asking set",
    says: "{actor} set how {participant} is asked: {channel}, in {language}",
    personal: "subject-code",
  },
  "studies.survey_sent": {
    title: "Survey sent",
    says: "{actor} sent {participant} a link to {form} at {event} by {channel} ({kind})",
    personal: "subject-code",
  },
  "studies.survey_answered_text": {
    title: "Text message answered",
    says: "{actor} answered a text message of {participant} ({kind})",
    personal: "subject-code",
  },
  "studies.survey_handed": {
    title: "Survey opened for a participant",
    says: "{actor} opened {form} at {event} for {participant} on a screen",
    personal: "subject-code",
  },
  "studies.survey_begun": {
    title: "Survey begun",
    says: "{actor} began {form} at {event}",
    personal: "subject-code",
  },
  "studies.survey_resumed": {
    title: "Survey gone on with",
    says: "{actor} went on with {form} at {event}, by the resume code",
    personal: "subject-code",
  },
  "studies.survey_code_wrong": {
    title: "Wrong resume code",
    says: "A wrong resume code was given for {form} of {participant} at {event}",
    personal: "subject-code",
  },
  "studies.survey_answered": {
    title: "Survey answered",
    says: "{actor} answered {form} at {event}: it takes no more answers by link",
    personal: "subject-code",
  },
  "studies.survey_withdrawn": {
    title: "Survey withdrawn",
    says: "{actor} withdrew {form} of {participant} at {event}",
    personal: "subject-code",
  },
  "studies.survey_stopped": {
    title: "STOP by text message",
    says: "The participant said STOP by text message: no survey is sent as a text any more",
    personal: "none",
  },
  "studies.survey_started": {
    title: "START by text message",
    says: "The participant said START by text message: surveys are sent as texts again",
    personal: "none",
  },
  "studies.survey_opted_out": {
    title: "Asked not to be asked",
    says: "{actor} asked not to be sent surveys any more",
    personal: "subject-code",
  },
} as const;

export const surveyFieldClasses = {
  "studies.survey_code": {
    title: "The code to go on with a survey",
    key: "subject",
    opensWith: "studies.surveys.answer",
  },
} as const;

export const surveySettings = {
  surveysBySchedule: t.Boolean({
    title: "Surveys are sent by themselves",
    description: "On the first day of a visit's window, to participants who are asked by mail or text message.",
    default: true,
  }),
  surveyReminders: t.Integer({
    title: "Reminders",
    description: "So many at most, while a survey waits and its window is open.",
    minimum: 0,
    maximum: 10,
    default: 2,
  }),
  surveyReminderDays: t.Integer({ title: "Days between them", minimum: 1, maximum: 60, default: 3 }),
  surveyOpenDays: t.Integer({
    title: "Days that a survey without a window stays open",
    minimum: 1,
    maximum: 365,
    default: 14,
  }),
  surveyFrom: t.Integer({
    title: "Messages go out from",
    description: "The hour of the day.",
    minimum: 0,
    maximum: 23,
    default: 9,
  }),
  surveyTo: t.Integer({
    title: "Messages go out until",
    description: "The hour of the day.",
    minimum: 1,
    maximum: 24,
    default: 20,
  }),
  surveyZone: t.String({
    title: "By the clock of",
    description: "A zone's name, such as Europe/Amsterdam.",
    maxLength: 60,
    default: "UTC",
  }),
  surveyHelp: t.String({
    title: "Whom participants ask about surveys",
    description: "Shown on their pages: a name, a telephone number.",
    maxLength: 300,
    default: "",
  }),
};

export const surveyJobs = {
  "studies.surveys_due": t.Object({}),
  "studies.survey_mails": t.Object({}),
  "studies.survey_texts": t.Object({}),
} as const;
