/** A form of one participant: opened, filled in as one goes, completed, read. */
import { type Context, Redirect, routesFor, type Typed } from "@core/module.ts";
import { type FieldProblem, Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { FormState } from "@views/form.tsx";
import { filesOf, type ShownFile } from "../capture/attaching.ts";
import { attachmentInWords, isKept, readReference } from "../capture/attachment.ts";
import {
  type FieldPlace,
  isSameAnswer,
  keysIn,
  nothingTyped,
  rowsOf,
  type TypedSheet,
  typedAnswer,
} from "../capture/fields.ts";
import type { Judgement } from "../capture/judgement.ts";
import { judgementOf, type OpenSheet, openSheet, type SheetPlace } from "../capture/opening.ts";
import { isInArm } from "../capture/progress.ts";
import { save } from "../capture/saving.ts";
import { hadHandIn, isCompared } from "../capture/second-entry.ts";
import { planInForce, planOfVersion } from "../capture/version.ts";
import { requireConsentToData } from "../consent.ts";
import type { Item } from "../model/build.ts";
import { blinded } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import { optionsOf, planOf } from "../model/plan.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { closedToMe } from "../store/closed-forms.ts";
import { allVersions } from "../store/design.ts";
import { participantOf } from "../store/participants.ts";
import { messagesOfSheet } from "../store/queries.ts";
import { secondOf } from "../store/second-entries.ts";
import { beginSheet, historyOf, type SheetRow, setState, sheetAt } from "../store/sheets.ts";
import { readAnswer } from "../values/reading.ts";
import { flavours, type SheetField } from "../views/field.tsx";
import { SheetPage } from "../views/sheet.tsx";
import { shownBuild } from "./builder.ts";
import { formUrl } from "./participants.ts";
import { formAgain } from "./refused.ts";
import { sheetMarks } from "./sheet-marks.ts";

const { get, post } = routesFor<Studies>();
const key = t.String({ maxLength: 200 });
export const address = t.Object({
  subject: t.String({ format: "uuid" }),
  event: key,
  visit: t.String({ maxLength: 60 }),
  form: key,
  copy: t.String({ maxLength: 60 }),
});
export interface Address {
  readonly subject: string;
  readonly event: string;
  readonly visit: string;
  readonly form: string;
  readonly copy: string;
}
export const sheetPath = "/participants/:subject/forms/:event/:visit/:form/:copy";
const texts = t.Record(
  t.String(),
  t.Union([t.String({ maxLength: 20_000 }), t.Array(t.String({ maxLength: 20_000 }))]),
);
const words = t.Record(t.String(), t.String({ maxLength: 2000 }));
export const sheetBody = t.Object({
  act: t.Optional(t.Union([t.Literal("save"), t.Literal("complete")])),
  v: texts,
  n: words,
  u: words,
  b: words,
  g: texts,
  m: words,
  c: words,
  ok: words,
  /** A field of kind file or signature: the form is saved, and its page opened. */
  go: t.Optional(t.String({ maxLength: 500 })),
  reasonChoice: t.Optional(t.String({ maxLength: 200 })),
  reasonText: t.Optional(t.String({ title: "The reason", maxLength: 800 })),
});
type Body = typeof sheetBody.static;

export const sheetRoutes = [
  get("/design/forms/:form/preview", {
    needs: "studies.design.read",
    params: t.Object({ form: key }),
    async run({ params }, ctx) {
      const { build } = await shownBuild(ctx);
      const plan = planOf(build);
      if (!plan.forms.has(params.form)) throw Problem.notFound("There is no such form.");
      const place: SheetPlace = {
        subjectId: "",
        code: "Preview",
        siteId: null,
        event: build.events.find(({ forms }) => forms.some(({ form }) => form === params.form))?.id ?? "",
        eventKey: "",
        form: params.form,
        formKey: "",
      };
      const open: OpenSheet = {
        place,
        versionId: "",
        plan,
        sheet: null,
        values: [],
        queries: [],
        elsewhere: () => null,
      };
      return sheetPage(ctx, open, { preview: true });
    },
  }),

  get(sheetPath, {
    needs: "studies.data.read",
    params: address,
    async run({ params }, ctx) {
      const at = await placeFor(ctx, params);
      if (await isHidden(ctx, at.sheet)) return new Redirect(`${formUrl(ctx, params.subject, { ...at })}/second`);
      await requireOpen(ctx, at.form);
      return sheetPage(ctx, await openSheet(ctx, at, at.sheet, at.version), {});
    },
  }),

  post(sheetPath, {
    needs: "studies.data.enter",
    params: address,
    body: sheetBody,
    async refused(typed, problems, ctx, params) {
      return refusedPage(ctx, params, typed, problems);
    },
    async run({ params, body: sent }, ctx) {
      const open = await opened(ctx, params);
      await mayEnter(ctx, params.subject, open.sheet !== null);
      choosing(sent);
      const reason = [sent.reasonChoice, sent.reasonText].filter(Boolean).join(": ");
      const saved = await save(ctx, open, typedOf(sent), {
        complete: sent.act === "complete" || open.sheet?.state === "complete",
        reason,
        accepted: acceptedIn(sent),
        source: "entry",
      });
      if (sent.go)
        return new Redirect(`${formUrl(ctx, params.subject, open.place)}/fields/${encodeURIComponent(sent.go)}`);
      if (sent.act === "complete") {
        return new Redirect(ctx.url(`/participants/${params.subject}`), "The form is complete.");
      }
      return new Redirect(
        formUrl(ctx, params.subject, open.place),
        saved.changed === 0 ? "Nothing had changed." : "Saved.",
      );
    },
  }),

  post(`${sheetPath}/quick`, {
    needs: "studies.data.enter",
    params: address,
    body: sheetBody,
    async run({ params, body: sent }, ctx) {
      const open = await opened(ctx, params);
      await mayEnter(ctx, params.subject, open.sheet !== null);
      const typed = typedOf(sent);
      const saved = await save(ctx, open, typed, {
        complete: false,
        reason: "",
        accepted: {},
        source: "entry",
        quick: true,
      });
      const again = await opened(ctx, params);
      return sheetPage(ctx, again, {
        saved: saved.changed > 0 ? `Saved at ${ctx.now.toISOString().slice(11, 16)} UTC.` : "Nothing to save yet.",
        typed,
      });
    },
  }),

  post(`${sheetPath}/not-done`, {
    needs: "studies.data.enter",
    params: address,
    body: t.Object({ reason: t.String({ title: "A reason", minLength: 3, maxLength: 1000 }) }),
    refused: async (typed, problems, ctx, params) =>
      sheetPage(ctx, await opened(ctx, params), { form: formAgain(typed, problems) }),
    async run({ params, body: { reason } }, ctx) {
      const open = await opened(ctx, params);
      if (open.sheet?.lock) throw Problem.refused(`This form is ${open.sheet.lock}.`);
      if (open.values.some(({ raw, nullFlavour, isClosed }) => raw !== null || nullFlavour !== null || isClosed))
        throw Problem.refused(
          "This form has answers, so it cannot be said that it was not done. Empty them first, with a reason.",
        );
      const id = open.sheet?.id ?? Bun.randomUUIDv7();
      const { subjectId, siteId, event, eventKey, form, formKey } = open.place;
      if (!open.sheet)
        await ctx.db.one(beginSheet, {
          id,
          subjectId,
          siteId,
          event,
          eventKey,
          form,
          formKey,
          versionId: open.versionId,
          twice: false,
        });
      await ctx.db.one(setState, { id, state: "not done", reason, actor: ctx.actor.id });
      ctx.audit("studies.sheet_not_done", { subjectId, participant: open.place.code, form, event });
      return new Redirect(ctx.url(`/participants/${params.subject}`), "Recorded as not done.");
    },
  }),

  post(`${sheetPath}/reopen`, {
    needs: "studies.data.enter",
    params: address,
    async run({ params }, ctx) {
      const open = await opened(ctx, params);
      if (!open.sheet || open.sheet.lock) throw Problem.refused("This form cannot be reopened now.");
      await ctx.db.one(setState, { id: open.sheet.id, state: "in progress", reason: "", actor: ctx.actor.id });
      const { subjectId, code, form, event } = open.place;
      ctx.audit("studies.sheet_reopened", { subjectId, participant: code, form, event });
      return new Redirect(formUrl(ctx, subjectId, open.place), "The form is open again.");
    },
  }),
];

/** Whoever asks reaches the participant, or finds nothing here. */
export async function opened(ctx: Context<Studies>, params: Address): Promise<OpenSheet> {
  const at = await placeFor(ctx, params);
  if (await isHidden(ctx, at.sheet))
    throw Problem.refused(
      "Two people enter this form, and somebody else has entered it first. What was entered shows once the two are compared.",
    );
  await requireOpen(ctx, at.form);
  return openSheet(ctx, at, at.sheet, at.version);
}

/** The database shows no answer of a closed form, and an empty one would say something wrong. */
async function requireOpen(ctx: Context<Studies>, form: string): Promise<void> {
  if ((await ctx.db.all(closedToMe, { form })).some(({ action }) => action === "read"))
    throw new Problem("forbidden", "This form is closed to you. Ask the study administrator if you need it.");
}

/** Is it one that this person may only enter a second time? The database shows him no answer of it (migration 0062). */
async function isHidden(ctx: Context<Studies>, sheet: SheetRow | null): Promise<boolean> {
  if (!sheet?.twice || !ctx.may("studies.second.enter") || hadHandIn(ctx.actor.id ?? "", sheet)) return false;
  return !(await ctx.db.first(secondOf, { sheetId: sheet.id }))?.decidedAt;
}

/** Where a form stands, what version it is in, and whether it was begun: without its answers. */
export async function placeFor(
  ctx: Context<Studies>,
  params: Address,
): Promise<SheetPlace & { readonly sheet: SheetRow | null; readonly version: { id: string; plan: Plan } }> {
  const participant = await ctx.db.one(participantOf, { subjectId: params.subject });
  const blank = (text: string) => (text === "-" ? "" : text);
  const at = {
    subjectId: params.subject,
    event: params.event,
    eventKey: blank(params.visit),
    form: params.form,
    formKey: blank(params.copy),
  };
  const sheet = await ctx.db.first(sheetAt, at);
  const version = sheet
    ? { id: sheet.versionId, plan: await planOfVersion(ctx, sheet.versionId) }
    : await planInForce(ctx, participant.siteId);
  const { plan } = version;
  const event = plan.events.get(at.event);
  if (!sheet && (!event || !plan.forms.has(at.form)))
    throw Problem.notFound("This study has no such form at that visit.");
  if (!sheet && event && !isInArm(event, participant.arm))
    throw Problem.notFound("This visit is not planned in this participant's arm.");
  if (!sheet && !event?.forms.some(({ form }) => form === at.form))
    throw Problem.notFound("This form is not planned at that visit.");
  if (!sheet && (at.eventKey !== "") !== (event?.repeating ?? false)) throw Problem.notFound();
  if (!sheet && (at.formKey !== "") !== (plan.forms.get(at.form)?.repeating ?? false)) throw Problem.notFound();
  return { ...at, code: participant.code, siteId: participant.siteId, sheet, version };
}

/** Consent and delegation, where somebody here answers for them. */
export async function mayEnter(ctx: Context<Studies>, subjectId: string, isBegun: boolean): Promise<void> {
  await requireConsentToData(ctx, subjectId, isBegun);
  if (!ctx.actor.id) return;
  const delegation = await ctx.ask("delegation.stands", { personId: ctx.actor.id, task: "enter-data" });
  if (delegation && !delegation.stands) throw Problem.refused(`You may not enter data now: ${delegation.reason}`);
}

export const typedOf = ({ v, n, u, b, g, m }: Pick<Body, "v" | "n" | "u" | "b" | "g" | "m">): TypedSheet => ({
  values: v,
  nulls: n,
  units: u,
  grids: g,
  // "Keep theirs" takes the field out of what was typed.
  bases: Object.fromEntries(Object.entries(b).filter(([field]) => m[field] !== "theirs")),
});

/** After a conflict every field in question needs a choice. */
function choosing({ c, m }: Pick<Body, "c" | "m">): void {
  const open = Object.keys(c).filter((field) => m[field] !== "mine" && m[field] !== "theirs");
  if (open.length > 0)
    throw Problem.invalid(Object.fromEntries(open.map((field) => [`m.${field}`, "Choose which answer stays."])));
}

/** "<field>~~<check> <fingerprint>" → the reason, by check and fingerprint. */
export const acceptedIn = ({ ok }: Pick<Body, "ok">): Record<string, string> =>
  Object.fromEntries(Object.entries(ok).map(([name, reason]) => [name.slice(name.lastIndexOf("~~") + 2), reason]));

const group = (typed: Typed, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typed)
      .filter(([field, value]) => field.startsWith(`${name}.`) && [value].flat().some((text) => text.trim() !== ""))
      .map(([field, value]) => [
        field.slice(name.length + 1),
        (Array.isArray(value) ? value.map((text: string) => text.trim()) : String(value).trim()) as string,
      ]),
  );

async function refusedPage(ctx: Context<Studies>, params: Address, typed: Typed, problems: readonly FieldProblem[]) {
  const open = await opened(ctx, params);
  return sheetPage(ctx, open, {
    form: formAgain(typed, problems),
    typed: typedAgain(typed),
    complete: typed.act === "complete" || open.sheet?.state === "complete",
    refused: true,
  });
}

export function typedAgain(typed: Typed): TypedSheet {
  return typedOf({
    v: group(typed, "v"),
    n: group(typed, "n"),
    u: group(typed, "u"),
    b: group(typed, "b"),
    g: group(typed, "g"),
    m: group(typed, "m"),
  });
}

export interface Showing {
  readonly form?: FormState;
  readonly saved?: string;
  readonly typed?: TypedSheet;
  readonly complete?: boolean;
  readonly refused?: boolean;
  readonly preview?: boolean;
  /** The blind second entry, beside the record. */
  readonly second?: { readonly action: string; readonly state: "empty" | "in progress" };
}

export async function sheetPage(ctx: Context<Studies>, open: OpenSheet, showing: Showing) {
  const { place, plan, sheet, values } = open;
  const language = plan.build.languages[0] ?? "";
  const definition = plan.forms.get(place.form);
  const event = plan.events.get(place.event);
  const { second } = showing;
  const isClosed = !showing.preview && (await ctx.db.all(closedToMe, { form: place.form })).length > 0;
  const editable =
    second !== undefined ||
    (!showing.preview && !isClosed && ctx.may("studies.data.enter") && !sheet?.lock && sheet?.state !== "not done");
  const judgement = judgementOf(ctx, open, showing.typed ?? nothingTyped, showing.complete ?? false);
  const marks = await sheetMarks(ctx, open, showing.preview ?? false);
  const fieldOf = await fieldsOf(ctx, open, judgement, showing, editable, marks);
  const versions = showing.preview ? [] : await ctx.db.all(allVersions, {});
  const version = versions.find(({ id }) => id === open.versionId);
  const answered = values.some(({ raw, nullFlavour, isClosed }) => raw !== null || nullFlavour !== null || isClosed);
  const action = second?.action ?? (editable ? formUrl(ctx, place.subjectId, place) : null);
  const next = second ? null : nextForm(open);
  return SheetPage({
    title: (definition && anyText(definition.label, language)) || definition?.name || place.form,
    participant: place.code,
    visit: `${(event && anyText(event.label, language)) || place.event}${place.eventKey === "" ? "" : ` ${place.eventKey}`}`,
    crumbs: showing.preview
      ? [{ label: "Forms", href: ctx.url("/design") }]
      : [
          { label: "Participants", href: ctx.url("/participants") },
          { label: place.code, href: ctx.url(`/participants/${place.subjectId}`) },
        ],
    state: second?.state ?? sheet?.state ?? "empty",
    stateReason: sheet?.stateReason ?? "",
    lock: sheet?.lock ?? null,
    signature: marks.signature,
    version: version ? `Version ${version.number}` : "Draft",
    sections: rowsOf(plan, place.form, keysIn(values)).flatMap((row) => {
      const fields = row.fields.flatMap((field) => fieldOf(field) ?? []);
      if (fields.length === 0 || (row.isNew && !editable && !showing.preview)) return [];
      return [
        {
          title: anyText(row.section.label, language) || row.section.name,
          row: row.key === "" ? null : row.key,
          isNew: row.isNew,
          fields,
        },
      ];
    }),
    action,
    quick: action ? `${action}/quick` : null,
    notDone:
      editable && !second && !answered && sheet?.state !== "complete"
        ? `${formUrl(ctx, place.subjectId, place)}/not-done`
        : null,
    reasons: ctx.settings.changeReasons,
    notes: second
      ? [
          "You enter this form a second time, without seeing what was entered first. Computed and encrypted fields are left out.",
        ]
      : isClosed
        ? ["This form is closed to you for entering.", ...marks.notes]
        : marks.notes,
    acts: marks.acts,
    aside: marks.aside,
    saved: showing.saved ?? null,
    next: next && action ? formUrl(ctx, place.subjectId, { ...place, ...next }) : null,
    form: showing.form,
  });
}

/** The next form of the same visit. */
function nextForm({ plan, place }: OpenSheet): { form: string; formKey: string } | null {
  const forms = plan.events.get(place.event)?.forms ?? [];
  const next = forms[forms.findIndex(({ form }) => form === place.form) + 1]?.form;
  return next ? { form: next, formKey: plan.forms.get(next)?.repeating ? "1" : "" } : null;
}

/** An answer in the words of its options, as people read it. */
export function answerInWords(
  plan: Plan,
  item: Item | undefined,
  answer: {
    readonly raw: string | null;
    readonly nullFlavour: keyof typeof flavours | null;
    readonly unit: string | null;
  },
): string {
  if (answer.nullFlavour) return flavours[answer.nullFlavour];
  if (answer.raw === null) return "no answer";
  if (!item) return answer.raw;
  const language = plan.build.languages[0] ?? "";
  const labelled = (list: string, code: string) => {
    const option = optionsOf(plan, list).find((one) => one.code === code);
    return option ? anyText(option.label, language) || code : code;
  };
  const { type } = item;
  if (type.is === "boolean") {
    const read = readAnswer(plan, item, answer.raw);
    return read.value === true ? "Yes" : read.value === false ? "No" : answer.raw;
  }
  if (type.is === "choice") return labelled(type.codeList, answer.raw);
  if (type.is === "choices")
    return answer.raw
      .split("|")
      .map((code) => labelled(type.codeList, code))
      .join(", ");
  if (isKept(item)) return attachmentInWords(item, answer.raw);
  const unit = answer.unit ?? item.units[0];
  const name = unit ? (plan.units.get(unit)?.name ?? unit) : "";
  return name ? `${answer.raw} ${name}` : answer.raw;
}

async function fieldsOf(
  ctx: Context<Studies>,
  open: OpenSheet,
  judgement: Judgement,
  showing: Showing,
  editable: boolean,
  marks: Awaited<ReturnType<typeof sheetMarks>>,
): Promise<(field: FieldPlace) => SheetField | null> {
  const { plan, sheet, values, queries } = open;
  const language = plan.build.languages[0] ?? "";
  const earlier = sheet ? await ctx.db.all(historyOf, { sheetId: sheet.id }) : [];
  const files = sheet && plan.build.items.some(isKept) ? await filesOf(ctx, sheet.id) : new Map<string, ShownFile>();
  const fileOf = (raw: string | null | undefined) => files.get(readReference(raw ?? null)?.id ?? "") ?? null;
  const messages = queries.length > 0 && sheet ? await ctx.db.all(messagesOfSheet, { sheetId: sheet.id }) : [];
  const people = await ctx.people([...values, ...earlier].map((row) => row.changedBy));
  const by = (id: string | null) => people.get(id ?? "") ?? (id === null ? "the program" : "someone who has left");
  const byValue = Map.groupBy(earlier, (row) => row.valueId);
  const conflicts = new Map(judgement.conflicts.map((one) => [one.field.id, one]));
  const doubts = Map.groupBy(judgement.doubts, (one) => one.field);
  // Its answers are behind the database's wall; without them the empty field would say nothing and invite a guess.
  const seesBlinded = showing.preview || ctx.may("studies.allocation.read");

  return (field) => {
    const { item, entry } = field.place;
    const current = values.find(
      (one) => one.section === field.place.section.id && one.sectionKey === field.key && one.item === item.id,
    );
    if (blinded.on(item) && !seesBlinded) return null;
    if (showing.second && item.type.is !== "label" && !isCompared(field.place)) return null;
    const has = current && (current.raw !== null || current.nullFlavour !== null || current.isClosed);
    if (judgement.hidden.has(field.id) && !has) return null;
    const typed = showing.typed ? typedAnswer(field, showing.typed) : null;
    // What is being typed stays on the page; what stands in the rows is shown where nothing was typed.
    const shown = typed ?? current ?? null;
    const conflict = conflicts.get(field.id);
    const [doubt] = doubts.get(field.id) ?? [];
    const error = showing.refused ? undefined : judgement.errors[field.id];
    const words = (answer: Parameters<typeof answerInWords>[2]) => answerInWords(plan, item, answer);
    const isUnknown = typed !== null && !isSameAnswer(typed, current ?? null) && error !== undefined;
    const lists =
      item.type.is === "choice" || item.type.is === "choices"
        ? [item.type.codeList]
        : item.type.is === "grid"
          ? [item.type.rows, item.type.columns]
          : [];
    const offered = (list: string | undefined) =>
      optionsOf(plan, list ?? "")
        .filter((option) => !option.retired || shown?.raw?.split("|").includes(option.code))
        .map((option) => ({
          value: option.code,
          label: `${anyText(option.label, language) || option.code}${option.retired ? " (no longer offered)" : ""}`,
        }));
    const own = queries.filter(
      (one) => one.item === item.id && one.section === field.place.section.id && one.sectionKey === field.key,
    );
    return {
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
      problem: isUnknown ? `Not saved: ${error}` : (current?.problem ?? null),
      warning: doubt?.sentence ?? null,
      accept:
        doubt && (showing.refused || showing.typed) ? `ok.${field.id}~~${doubt.check} ${doubt.fingerprint}` : null,
      disabled: (!editable && !showing.preview) || (open.locked?.has(item.id) ?? false),
      lock: open.locked?.get(item.id) ?? null,
      freeze: current ? marks.freeze(item.id) : null,
      history: current
        ? [...(byValue.get(current.id) ?? []), current].map((row) => ({
            text: "isSealed" in row && row.isSealed ? "encrypted" : current.isClosed ? "encrypted" : words(row),
            by: row.source === "survey" ? "the participant" : by(row.changedBy),
            at: row.changedAt,
            reason: row.reason,
            source: row.source,
            href: fileOf(row.raw)?.href ?? null,
          }))
        : [],
      queries: own.map((one) => ({
        href: ctx.url(`/queries/${one.id}`),
        state: one.state,
        text: messages.find((message) => message.queryId === one.id)?.text ?? "",
      })),
      verified: current ? marks.verified(current.id, current.version) : null,
      ask: marks.ask(field.place.section.id, field.key, item.id),
      file: isKept(item)
        ? {
            shown: fileOf(current?.raw),
            give:
              editable && !showing.second
                ? `${formUrl(ctx, open.place.subjectId, open.place)}/fields/${encodeURIComponent(field.id)}`
                : null,
            saves: sheet?.state !== "complete",
          }
        : null,
      conflict: conflict
        ? {
            theirs: words(conflict.theirs),
            mine: words(conflict.mine),
            by: by(conflict.theirs.changedBy),
            at: values.find(({ id }) => id === conflict.theirs.id)?.changedAt ?? ctx.now,
          }
        : null,
    };
  };
}
