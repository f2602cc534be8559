/** Files and signatures in forms: given on a page of their own, fetched by who may read the answer. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { attach, filesOf, wholeFile } from "../capture/attaching.ts";
import { endings, fileGiven, type Given, isKept, readReference, signatureGiven } from "../capture/attachment.ts";
import { type FieldPlace, keysIn, nothingTyped, rowsOf } from "../capture/fields.ts";
import { judgementOf, type OpenSheet } from "../capture/opening.ts";
import { blinded } from "../model/marks.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { type FileWords, surveyWordsIn } from "../survey-words.ts";
import { AttachmentPage } from "../views/attachment.tsx";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";
import { type Address, address, mayEnter, opened, sheetPath } from "./sheets.ts";

const { get, post } = routesFor<Studies>();
const field = t.Object({ field: t.String({ maxLength: 500 }) });
const at = t.Composite([address, field]);
type At = Address & { readonly field: string };

export const givingBody = t.Object({
  act: t.Optional(t.Union([t.Literal("keep"), t.Literal("remove")])),
  base: t.Optional(t.String({ maxLength: 10 })),
  file: t.Optional(upload({ title: "a file" })),
  drawing: t.Optional(t.String({ maxLength: 260_000 })),
  typed: t.Optional(t.String({ title: "The name", maxLength: 120 })),
  reasonChoice: t.Optional(t.String({ maxLength: 200 })),
  reasonText: t.Optional(t.String({ title: "The reason", maxLength: 800 })),
});
/** Ten megabytes, and what surrounds them. */
export const givingLimit = 11_000_000;

export const attachmentRoutes = [
  get(`${sheetPath}/fields/:field`, {
    needs: "studies.data.enter",
    params: at,
    run: async ({ params }, ctx) => givingPage(ctx, params),
  }),

  post(`${sheetPath}/fields/:field`, {
    needs: "studies.data.enter",
    bodyLimit: givingLimit,
    params: at,
    body: givingBody,
    refused: async (typed, problems, ctx, params) => {
      const { drawing: _, ...kept } = typed;
      return givingPage(ctx, params, formAgain(kept, problems));
    },
    async run({ params, body }, ctx) {
      const open = await opened(ctx, params);
      await mayEnter(ctx, params.subject, open.sheet !== null);
      const place = fieldIn(ctx, open, params.field);
      const reason = [body.reasonChoice, body.reasonText].filter(Boolean).join(": ");
      await attach(ctx, open, place, {
        given: body.act === "remove" ? null : givenIn(place, body, surveyWordsIn.en.field.file),
        base: body.base ?? "0",
        reason,
        source: "entry",
      });
      return new Redirect(
        `${formUrl(ctx, params.subject, open.place)}`,
        body.act === "remove" ? "It is taken away; the history keeps it." : "Kept.",
      );
    },
  }),

  get("/participants/:subject/files/:id", {
    needs: "studies.data.read",
    params: t.Object({ subject: t.String({ format: "uuid" }), id: t.String({ format: "uuid" }) }),
    async run({ params }, ctx) {
      const { row, name, bytes } = await wholeFile(ctx, params.id, params.subject);
      // A name by its ending; a signature that was typed is a text.
      const filename = /\.[a-z]{3,4}$/.test(name) ? name : `${name}.${row.ending}`;
      const type = endings[row.ending] === "application/pdf" ? "pdf" : "file";
      return ctx.file("studies.attachment", filename, { kind: "kept", type, body: [bytes] }, [row.id]);
    },
  }),
];

/** Throws Problem: a sentence beside the field. */
export function givenIn(place: FieldPlace, body: typeof givingBody.static, words: FileWords): Given {
  const isSignature = place.place.item.type.is === "signature";
  const given = isSignature ? signatureGiven(body.drawing ?? "", body.typed ?? "") : fileGiven(body.file);
  if (typeof given !== "string") return given;
  const sentence = isSignature && given === "nothing" ? words.unsigned : words.wrong[given];
  throw Problem.invalid({ [isSignature ? "typed" : "file"]: sentence });
}

/** A field of this form that takes a file now, as far as this person may know of it. */
export function fieldIn(ctx: Pick<Context<Studies>, "may">, open: OpenSheet, id: string): FieldPlace {
  const found = rowsOf(open.plan, open.place.form, keysIn(open.values))
    .flatMap((row) => row.fields)
    .find((one) => one.id === id);
  const item = found?.place.item;
  if (!found || !item || !isKept(item) || (blinded.on(item) && !ctx.may("studies.allocation.read")))
    throw Problem.notFound("This form has no such field.");
  return found;
}

async function givingPage(ctx: Context<Studies>, params: At, form?: FormState) {
  const open = await opened(ctx, params);
  const place = fieldIn(ctx, open, params.field);
  const { item } = place.place;
  const { sheet, plan } = open;
  if (sheet?.lock || sheet?.state === "not done" || judgementOf(ctx, open, nothingTyped, false).hidden.has(place.id))
    throw Problem.refused("This field takes nothing now: open the form again, and look what it asks.");
  const language = plan.build.languages[0] ?? "";
  const current = open.values.find(
    (one) => one.section === place.place.section.id && one.sectionKey === place.key && one.item === item.id,
  );
  const reference = readReference(current?.raw ?? null);
  const files = sheet && reference ? await filesOf(ctx, sheet.id) : null;
  const back = formUrl(ctx, params.subject, open.place);
  const definition = plan.forms.get(open.place.form);
  return AttachmentPage({
    title: anyText(item.question, language) || item.name,
    crumbs: [
      { label: "Participants", href: ctx.url("/participants") },
      { label: open.place.code, href: ctx.url(`/participants/${params.subject}`) },
      { label: (definition && anyText(definition.label, language)) || open.place.form, href: back },
    ],
    lead: anyText(item.hint, language),
    isSignature: item.type.is === "signature",
    words: surveyWordsIn.en.field.file,
    action: `${back}/fields/${encodeURIComponent(place.id)}`,
    back,
    base: String(current?.version ?? 0),
    has: current !== undefined && (current.raw !== null || (current.isClosed ?? false)),
    now: (reference && files?.get(reference.id)) ?? null,
    reasons: sheet?.state === "complete" ? ctx.settings.changeReasons : null,
    form,
  });
}
