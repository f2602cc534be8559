/** Saving a form: the one way from answers to rows, whoever sends them (a page, a survey link, a program). */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { blinded, twice } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { addMessages, addQueries } from "../store/queries.ts";
import { beginSheet, setState, sheetAt } from "../store/sheets.ts";
import type { TypedSheet } from "./fields.ts";
import { followChange, followsAcross } from "./following.ts";
import type { Judgement } from "./judgement.ts";
import { judgementOf, type OpenSheet } from "./opening.ts";
import { askAboutDrift, resolvePassed, write } from "./writing.ts";

export interface SaveOptions {
  readonly complete: boolean;
  /** Why a completed form is changed. */
  readonly reason: string;
  /** "<check> <fingerprint>" → why the answer is right all the same. */
  readonly accepted: Readonly<Record<string, string>>;
  readonly source: "entry" | "survey" | "api" | "second entry";
  /** Saves what can be saved and leaves the rest: as one goes. */
  readonly quick?: boolean;
}

export interface Saved {
  readonly sheetId: string | null;
  readonly judgement: Judgement;
  readonly changed: number;
}

/** Throws Problem: invalid (with a sentence for each field), conflict, refused when frozen or locked. */
export async function save(
  ctx: Context<Studies>,
  open: OpenSheet,
  typed: TypedSheet,
  options: SaveOptions,
): Promise<Saved> {
  const { sheet, place } = open;
  if (sheet?.lock)
    throw Problem.refused(
      `This form is ${sheet.lock}: nothing on it is changed. Answer its queries, or ask a data manager to open it.`,
    );
  const whole = judgementOf(ctx, open, typed, options.complete);
  const doubts = whole.doubts.filter(({ check, fingerprint }) => !options.accepted[`${check} ${fingerprint}`]);
  if (!options.quick) refuse(open, whole, doubts, options);
  // As one goes: what is not accepted yet is left out, and nothing is computed from it.
  const judgement = options.quick
    ? judgementOf(ctx, open, without(typed, [...Object.keys(whole.errors), ...doubts.map(({ field }) => field)]), false)
    : whole;
  const { changes } = judgement;
  const willComplete = options.complete && sheet?.state !== "complete";
  if (judgement.drift.length > 0 && sheet)
    await askAboutDrift(ctx, open, sheet.id, judgement.drift, { why: "Computed again", stands: "frozen or locked" });
  if (changes.length === 0 && !willComplete) return { sheetId: sheet?.id ?? null, judgement, changed: 0 };
  if (options.quick && sheet?.state === "complete") return { sheetId: sheet.id, judgement, changed: 0 };

  const sheetId = sheet?.id ?? (await begun(ctx, open, options.source));
  await write(ctx, open, sheetId, changes, options);
  if (!options.quick) await settleQueries(ctx, open, sheetId, judgement, options);
  if (willComplete) await ctx.db.one(setState, { id: sheetId, state: "complete", reason: "", actor: ctx.actor.id });
  ctx.audit(willComplete ? "studies.sheet_completed" : "studies.sheet_saved", {
    subjectId: place.subjectId,
    participant: place.code,
    form: place.form,
    event: place.event,
    count: changes.length,
  });
  if (changes.length > 0 && followsAcross(open.plan, place.form))
    await ctx.errand(followChange, { subjectId: place.subjectId, forms: [place.form] });
  return { sheetId, judgement, changed: changes.length };
}

export function without(typed: TypedSheet, fields: readonly string[]): TypedSheet {
  const held = new Set(fields);
  return { ...typed, bases: Object.fromEntries(Object.entries(typed.bases).filter(([field]) => !held.has(field))) };
}

function refuse(open: OpenSheet, judgement: Judgement, doubts: Judgement["doubts"], options: SaveOptions): void {
  if (judgement.conflicts.length > 0)
    throw new Problem(
      "conflict",
      "Someone else changed the same fields while you were working on them. Choose for each which answer stays.",
    );
  const problems: Record<string, string> = {};
  for (const [field, sentence] of Object.entries(judgement.errors)) problems[`v.${field}`] = sentence;
  for (const { field, check, fingerprint } of doubts)
    problems[`ok.${field}~~${check} ${fingerprint}`] = "Change the answer, or say why it is right.";
  if (open.sheet?.state === "complete" && options.reason === "" && judgement.changes.length > 0)
    problems.reason = judgement.changes.some(({ source }) => source === "entry")
      ? "This form was completed. Say why it is changed."
      : "This form was completed, and what is computed on it would change. Say why.";
  if (Object.keys(problems).length > 0) throw Problem.invalid(problems);
}

const isTwice = (plan: Plan, form: string): boolean => {
  const definition = plan.forms.get(form);
  return definition !== undefined && twice.on(definition);
};

async function begun(ctx: Context<Studies>, open: OpenSheet, source: SaveOptions["source"]): Promise<string> {
  const { place, plan, versionId } = open;
  const id = Bun.randomUUIDv7();
  const { subjectId, siteId, event, eventKey, form, formKey } = place;
  const made = await ctx.db.first(beginSheet, {
    id,
    subjectId,
    siteId,
    event,
    eventKey,
    form,
    formKey,
    versionId,
    twice: source === "entry" && isTwice(plan, form),
  });
  if (made) return id;
  // Somebody else began it at the same moment.
  return (await ctx.db.one(sheetAt, { subjectId, event, eventKey, form, formKey })).id;
}

/** A check that was answered for becomes a query with its answer; one that no longer fires is resolved. */
async function settleQueries(
  ctx: Context<Studies>,
  open: OpenSheet,
  sheetId: string,
  judgement: Judgement,
  options: SaveOptions,
): Promise<void> {
  const { place, plan } = open;
  const isBlinded = (item: string) => {
    const definition = plan.items.get(item);
    return definition ? blinded.on(definition) : false;
  };
  const answered = judgement.doubts.flatMap((doubt) => {
    const reason = options.accepted[`${doubt.check} ${doubt.fingerprint}`];
    const [section = "", sectionKey = "", item = ""] = doubt.field.split("~");
    return reason ? [{ id: Bun.randomUUIDv7(), doubt, reason, section, sectionKey, item }] : [];
  });
  if (answered.length > 0) {
    await ctx.db.all(
      addQueries(
        answered.map(({ id, doubt, section, sectionKey, item }) => ({
          id,
          subjectId: place.subjectId,
          siteId: place.siteId,
          sheetId,
          form: place.form,
          section,
          sectionKey,
          item,
          kind: "check",
          checkId: doubt.check,
          fingerprint: doubt.fingerprint,
          state: "answered",
          blinded: isBlinded(item),
          assignedTo: null,
          dueOn: null,
        })),
      ),
      {},
    );
    await ctx.db.all(
      addMessages(
        answered.flatMap(({ id, doubt, reason, item }) => [
          { queryId: id, subjectId: place.subjectId, state: "open", text: doubt.sentence, blinded: isBlinded(item) },
          { queryId: id, subjectId: place.subjectId, state: "answered", text: reason, blinded: isBlinded(item) },
        ]),
      ),
      {},
    );
  }
  await resolvePassed(ctx, open, judgement.firing, judgement.drift);
}
