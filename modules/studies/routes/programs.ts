/** What programs ask of a study with a key: participants, forms, answers; and answers that they send. */
import { type Context, type ProgramRoute, programRoutesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { isKept } from "../capture/attachment.ts";
import { fieldIdOf, isSameAnswer, nothingTyped, type TypedSheet } from "../capture/fields.ts";
import { judgementOf } from "../capture/opening.ts";
import { save } from "../capture/saving.ts";
import { planInForce } from "../capture/version.ts";
import { blinded } from "../model/marks.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { participantByCode, participantsAfter, valuesAfter } from "../store/programs.ts";
import { allSites } from "../store/sites.ts";
import { mayEnter, opened } from "./sheets.ts";

const { get, post } = programRoutesFor<Studies>();
const key = t.String({ maxLength: 200 });
const page = {
  after: t.Optional(t.String({ format: "uuid", description: "`next` of the page before" })),
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, description: "Rows of a page; 200 unless said" })),
};
const next = t.Union([t.String(), t.Null()], {
  description: "Send it as `after` for the next page; null: this was the last",
});
const text = t.Union([t.String(), t.Null()]);

const answer = t.Object({
  id: t.String(),
  participant: t.String(),
  event: t.String(),
  visit: t.String({ description: "Which of a repeating visit; empty when it does not repeat" }),
  form: t.String(),
  copy: t.String({ description: "Which of a repeating form; empty when it does not repeat" }),
  section: t.String(),
  row: t.String({ description: "Which row of a repeating section; empty when it does not repeat" }),
  item: t.String(),
  value: text,
  unit: text,
  missing: t.Union([t.Literal("not-done"), t.Literal("unknown"), t.Literal("not-applicable"), t.Null()]),
  encrypted: t.Boolean({ description: "There is a value, and programs do not get it" }),
  version: t.Integer(),
  source: t.String(),
  changedAt: t.String({ format: "date-time" }),
});

const place = t.Object({ code: t.String({ maxLength: 40 }), event: key, visit: key, form: key, copy: key });
const given = t.Object({
  section: t.Optional(
    t.String({ maxLength: 200, description: "Only where the form asks the item in several sections" }),
  ),
  row: t.Optional(t.String({ maxLength: 60 })),
  item: key,
  value: t.Optional(t.Union([t.String({ maxLength: 20_000 }), t.Null()])),
  unit: t.Optional(key),
  missing: t.Optional(t.Union([t.Literal("not-done"), t.Literal("unknown"), t.Literal("not-applicable")])),
  version: t.Optional(
    t.Integer({
      minimum: 0,
      description: "Of the answer that this one replaces; without it, an answer that is there is not replaced",
    }),
  ),
});

export const programRoutes: readonly ProgramRoute[] = [
  get("/participants", {
    needs: "studies.data.read",
    summary: "Participants",
    query: t.Object(page),
    answer: t.Object({
      participants: t.Array(
        t.Object({
          id: t.String(),
          code: t.String(),
          site: t.String(),
          status: t.String(),
          enrolledOn: t.String({ format: "date" }),
        }),
      ),
      next,
    }),
    async run({ query }, ctx) {
      const limit = query.limit ?? 200;
      const sites = new Map((await ctx.db.all(allSites, {})).map((site) => [site.id, site.code]));
      const rows = await ctx.db.all(participantsAfter(query.after ?? null, limit + 1), {});
      return {
        participants: rows.slice(0, limit).map((row) => ({
          id: row.id,
          code: row.code,
          site: sites.get(row.siteId ?? "") ?? "",
          status: row.status,
          enrolledOn: row.enrolledOn,
        })),
        next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    },
  }),

  get("/forms", {
    needs: "studies.data.read",
    summary: "Forms, their fields, and the visits they belong to",
    query: t.Object({
      site: t.Optional(
        t.String({ maxLength: 40, description: "The code of a site; without it, what holds everywhere" }),
      ),
    }),
    answer: t.Object({
      visits: t.Array(
        t.Object({ id: t.String(), name: t.String(), repeating: t.Boolean(), forms: t.Array(t.String()) }),
      ),
      forms: t.Array(
        t.Object({
          id: t.String(),
          name: t.String(),
          repeating: t.Boolean(),
          fields: t.Array(
            t.Object({
              section: t.String(),
              item: t.String(),
              question: t.String(),
              type: t.String(),
              required: t.Boolean(),
              computed: t.Boolean(),
            }),
          ),
        }),
      ),
    }),
    async run({ query }, ctx) {
      const sites = await ctx.db.all(allSites, {});
      const site = query.site ? sites.find(({ code }) => code === query.site) : null;
      if (query.site && !site) throw Problem.notFound("There is no such site that this key reaches.");
      const { plan } = await planInForce(ctx, site?.id ?? sites[0]?.id ?? null);
      const language = plan.build.languages[0] ?? "";
      const seesBlinded = ctx.may("studies.allocation.read");
      return {
        visits: plan.build.events.map(({ id, name, repeating, forms }) => ({
          id,
          name,
          repeating,
          forms: forms.map(({ form }) => form),
        })),
        forms: plan.build.forms.map(({ id, name, repeating }) => ({
          id,
          name,
          repeating,
          fields: (plan.entries.get(id) ?? [])
            .filter(({ item }) => seesBlinded || !blinded.on(item))
            .map(({ section, item, entry }) => ({
              section: section.id,
              item: item.id,
              question: anyText(item.question, language),
              type: item.type.is,
              required: entry.required,
              computed: entry.calculation?.text != null,
            })),
        })),
      };
    },
  }),

  get("/answers", {
    needs: "studies.data.read",
    summary: "Answers as they stand",
    query: t.Object({
      ...page,
      participant: t.Optional(t.String({ maxLength: 40, description: "A participant's code" })),
      form: t.Optional(key),
      changedSince: t.Optional(t.String({ format: "date-time" })),
    }),
    answer: t.Object({ answers: t.Array(answer), next }),
    async run({ query }, ctx) {
      const limit = query.limit ?? 200;
      const rows = await ctx.db.all(
        valuesAfter(
          { after: query.after ?? null, code: query.participant, form: query.form, since: query.changedSince },
          limit + 1,
        ),
        {},
      );
      return {
        answers: rows.slice(0, limit).map((row) => ({
          id: row.id,
          participant: row.code,
          event: row.event,
          visit: row.eventKey,
          form: row.form,
          copy: row.formKey,
          section: row.section,
          row: row.sectionKey,
          item: row.item,
          value: row.raw,
          unit: row.unit,
          missing: row.nullFlavour,
          encrypted: row.isSealed,
          version: row.version,
          source: row.source,
          changedAt: row.changedAt.toISOString(),
        })),
        next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    },
  }),

  post("/participants/:code/forms/:event/:visit/:form/:copy", {
    needs: "studies.data.enter",
    also: ["studies.data.read", "studies.queries.read"],
    summary: "Answers of one form; “-” stands for a visit or a form that does not repeat",
    params: place,
    body: t.Object({
      answers: t.Array(given, { minItems: 1, maxItems: 2000 }),
      complete: t.Optional(t.Boolean({ description: "Say that the form is complete" })),
      reason: t.Optional(t.String({ maxLength: 800, description: "Why a completed form is changed" })),
      confirm: t.Optional(
        t.String({
          minLength: 3,
          maxLength: 800,
          description: "Why answers that a soft check doubts are right; they become answered queries",
        }),
      ),
    }),
    answer: t.Object({ changed: t.Integer(), state: t.String() }),
    async run({ params, body }, ctx) {
      const participant = await ctx.db.first(participantByCode, { code: params.code });
      if (!participant) throw Problem.notFound("There is no such participant that this key reaches.");
      const open = await opened(ctx, { ...params, subject: participant.subjectId });
      await mayEnter(ctx, participant.subjectId, open.sheet !== null);
      const typed = typedFrom(open, body.answers, ctx);
      const complete = body.complete === true || open.sheet?.state === "complete";
      const { doubts } = judgementOf(ctx, open, typed, complete);
      const because = body.confirm ?? "";
      const saved = await save(ctx, open, typed, {
        complete,
        reason: body.reason ?? "",
        accepted: because
          ? Object.fromEntries(doubts.map(({ check, fingerprint }) => [`${check} ${fingerprint}`, because]))
          : {},
        source: "api",
      });
      return { changed: saved.changed, state: complete ? "complete" : "in progress" };
    },
  }),
];

type Open = Awaited<ReturnType<typeof opened>>;

/** As if it had been typed into the page, by the places of the form. */
function typedFrom(open: Open, answers: readonly (typeof given.static)[], ctx: Context<Studies>): TypedSheet {
  const typed = {
    values: {} as Record<string, string | string[]>,
    nulls: {} as Record<string, string>,
    units: {} as Record<string, string>,
    bases: {} as Record<string, string>,
    grids: {} as Record<string, string | string[]>,
  };
  const problems: Record<string, string> = {};
  const entries = open.plan.entries.get(open.place.form) ?? [];
  for (const [n, one] of answers.entries()) {
    const found = entries.filter(
      ({ item, section }) => item.id === one.item && (!one.section || section.id === one.section),
    );
    const [entry] = found;
    if (!entry || (blinded.on(entry.item) && !ctx.may("studies.allocation.read"))) {
      problems[`answers/${n}`] = "This form has no such field.";
      continue;
    }
    if (found.length > 1) {
      problems[`answers/${n}`] = "The form asks this in several sections: name one.";
      continue;
    }
    if (entry.entry.calculation?.text || entry.item.type.is === "label") {
      problems[`answers/${n}`] = "This field is computed: it takes no answer.";
      continue;
    }
    if (isKept(entry.item) && one.value != null) {
      problems[`answers/${n}`] = "Files and signatures are given on the form itself, not by a program.";
      continue;
    }
    const field = fieldIdOf(entry.section.id, one.row ?? "", entry.item.id);
    const current = open.values.find(
      ({ section, sectionKey, item }) =>
        section === entry.section.id && sectionKey === (one.row ?? "") && item === entry.item.id,
    );
    const wanted = { raw: one.value ?? null, nullFlavour: one.missing ?? null, unit: one.unit ?? null };
    if (current && one.version !== current.version && !isSameAnswer(wanted, current))
      throw new Problem("conflict", "There is another answer. Send its version to replace it.", [
        { field: `answers/${n}`, sentence: `It is in version ${current.version} now.` },
      ]);
    typed.bases[field] = String(current?.version ?? 0);
    const { type } = entry.item;
    if (one.value != null && type.is === "grid")
      for (const cell of one.value.split("|")) {
        const [row = "", codes = ""] = cell.split("=");
        typed.grids[`${field}~${row}`] = codes.split("+");
      }
    else if (one.value != null) typed.values[field] = type.is === "choices" ? one.value.split("|") : one.value;
    if (one.missing) typed.nulls[field] = one.missing;
    if (one.unit) typed.units[field] = one.unit;
  }
  if (Object.keys(problems).length > 0) throw Problem.invalid(problems);
  return { ...nothingTyped, ...typed };
}
