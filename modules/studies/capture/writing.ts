/** From a judgement to rows: answers with their reasons, and the questions that the program asks and closes by itself. */
import type { Context } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { blinded } from "../model/marks.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { addMessages, addQueries, resolveQueries } from "../store/queries.ts";
import { addValues, changeSealed, changeValues } from "../store/sheets.ts";
import { fieldValues, type Source } from "../tables.ts";
import { type AnswerChange, type Current, firingKey } from "./judgement.ts";
import type { OpenSheet } from "./opening.ts";

/** Answers into rows: new ones, changed ones, and sealed ones one by one. */
export async function write(
  ctx: Context<Studies>,
  { place, plan }: OpenSheet,
  sheetId: string,
  changes: readonly AnswerChange[],
  options: { readonly reason: string; readonly source: Source },
): Promise<void> {
  const reasonOf = ({ because }: AnswerChange) => because ?? options.reason;
  const sourceOf = ({ source }: AnswerChange) => (source === "calculation" ? "calculation" : options.source);
  const isSealed = ({ field }: AnswerChange) => field.place.item.fieldClass === "encrypted";
  const fresh = changes.filter(
    ({ current, next }) => current === null && (next.raw !== null || next.nullFlavour !== null),
  );
  if (fresh.length > 0) {
    const rows = await Promise.all(
      fresh.map(async (change) => {
        const { field, next, problem } = change;
        const id = Bun.randomUUIDv7();
        const sealed =
          isSealed(change) && next.raw !== null
            ? await ctx.seal(fieldValues.sealed, next.raw, { row: id, subject: place.subjectId })
            : null;
        return {
          id,
          subjectId: place.subjectId,
          siteId: place.siteId,
          sheetId,
          form: place.form,
          section: field.place.section.id,
          sectionKey: field.key,
          item: field.place.item.id,
          raw: sealed ? null : next.raw,
          nullFlavour: next.nullFlavour,
          unit: next.unit,
          sealed: sealed as never,
          blinded: blinded.on(plan.items.get(field.place.item.id) ?? field.place.item),
          problem: problem && sealed ? "It cannot be read as what this field holds." : problem,
          source: sourceOf(change),
          reason: reasonOf(change),
        };
      }),
    );
    const written = await ctx.db.all(addValues(rows), {});
    if (written.length < rows.length) throw someoneElse();
  }
  const kept = changes.filter(({ current }) => current !== null);
  const plain = kept.filter((change) => !isSealed(change));
  if (plain.length > 0) {
    const given = plain.map((change) => ({
      id: change.current?.id,
      version: change.current?.version,
      raw: change.next.raw,
      null_flavour: change.next.nullFlavour,
      unit: change.next.unit,
      problem: change.problem,
      source: sourceOf(change),
      reason: reasonOf(change),
    }));
    const written = await ctx.db.all(changeValues, { given: JSON.stringify(given) });
    if (written.length < plain.length) throw someoneElse();
  }
  for (const change of kept.filter(isSealed)) {
    const current = change.current as Current;
    const { raw, nullFlavour } = change.next;
    const sealed =
      raw === null ? null : await ctx.seal(fieldValues.sealed, raw, { row: current.id, subject: place.subjectId });
    const written = await ctx.db.first(changeSealed, {
      id: current.id,
      version: current.version,
      sealed: sealed as never,
      nullFlavour,
      source: sourceOf(change),
      reason: reasonOf(change),
    });
    if (!written) throw someoneElse();
  }
}

const someoneElse = () =>
  new Problem("conflict", "Someone else saved this form at the same moment. Look at what changed, and save again.");

/** What no longer fires is closed by the program (ODM 2.0: resolved). */
export async function resolvePassed(
  ctx: Context<Studies>,
  { queries, place, plan }: OpenSheet,
  firing: ReadonlySet<string>,
  drift: readonly AnswerChange[],
): Promise<void> {
  const stays = new Set(drift.map(({ field }) => driftKey(field.place.section.id, field.key, field.place.item.id)));
  const isBlinded = (item: string) => {
    const definition = plan.items.get(item);
    return definition ? blinded.on(definition) : false;
  };
  const passed = queries.filter(
    (one) =>
      one.kind !== "manual" &&
      (one.state === "open" || one.state === "answered") &&
      !stays.has(one.checkId === DRIFT ? driftKey(one.section, one.sectionKey, one.item) : "") &&
      !firing.has(
        firingKey({
          section: one.section,
          key: one.sectionKey === "" ? null : one.sectionKey,
          item: one.item,
          check: one.checkId.startsWith(":") ? null : one.checkId,
          kind: one.checkId.slice(1) as never,
        }),
      ),
  );
  if (passed.length === 0) return;
  await ctx.db.all(resolveQueries(passed.map(({ id }) => id)), {});
  await ctx.db.all(
    addMessages(
      passed.map(({ id, item }) => ({
        queryId: id,
        subjectId: place.subjectId,
        state: "resolved",
        text: "The check passes now.",
        blinded: isBlinded(item),
      })),
    ),
    {},
  );
}

const DRIFT = ":drift";
const driftKey = (section: string, key: string, item: string): string => `${section}~${key}~${item}`;

interface NewAsk {
  readonly section: string;
  readonly sectionKey: string;
  readonly item: string;
  readonly checkId: string;
  readonly fingerprint: string;
  readonly text: string;
}

/** Questions of the program's own, each once for the same answers. How many were new. */
export async function askOnce(
  ctx: Context<Studies>,
  { queries, place, plan }: OpenSheet,
  sheetId: string,
  asks: readonly NewAsk[],
): Promise<number> {
  const fresh = asks.filter(
    (ask) =>
      !queries.some(
        (one) =>
          one.checkId === ask.checkId &&
          one.fingerprint === ask.fingerprint &&
          one.item === ask.item &&
          one.section === ask.section &&
          one.sectionKey === ask.sectionKey &&
          one.state !== "resolved" &&
          one.state !== "cancelled",
      ),
  );
  if (fresh.length === 0) return 0;
  const { subjectId, siteId, form } = place;
  const rows = fresh.map((ask) => {
    const definition = plan.items.get(ask.item);
    return { ...ask, id: Bun.randomUUIDv7(), blinded: definition ? blinded.on(definition) : false };
  });
  await ctx.db.all(
    addQueries(
      rows.map(({ text: _, ...row }) => ({
        ...row,
        subjectId,
        siteId,
        sheetId,
        form,
        kind: "check",
        state: "open",
        assignedTo: null,
        dueOn: null,
      })),
    ),
    {},
  );
  await ctx.db.all(
    addMessages(
      rows.map((row) => ({ queryId: row.id, subjectId, state: "open", text: row.text, blinded: row.blinded })),
    ),
    {},
  );
  return rows.length;
}

/** A result that would differ from what stands under a signature or a lock: kept as it is, and asked about. */
export async function askAboutDrift(
  ctx: Context<Studies>,
  open: OpenSheet,
  sheetId: string,
  drift: readonly AnswerChange[],
  { why, stands }: { readonly why: string; readonly stands: string },
): Promise<void> {
  const language = open.plan.build.languages[0] ?? "";
  const asks = drift.map(({ field, current, next }): NewAsk => {
    const { item, section } = field.place;
    const title = anyText(item.question, language) || item.name;
    const [was, is] = [current?.raw ?? "nothing", next.raw ?? "nothing"];
    return {
      section: section.id,
      sectionKey: field.key,
      item: item.id,
      checkId: DRIFT,
      fingerprint: new Bun.CryptoHasher("sha256")
        .update(JSON.stringify([was, is]))
        .digest("hex")
        .slice(0, 24),
      text: `“${title}” holds ${was} and was not changed, because it is ${stands}. ${why}: it would be ${is}.`,
    };
  });
  await askOnce(ctx, open, sheetId, asks);
}

/** Results as the program's own doing: the page's way, without anything typed. */
export const writeResults = (
  ctx: Context<Studies>,
  open: OpenSheet,
  sheetId: string,
  changes: readonly AnswerChange[],
  reason: string,
): Promise<void> =>
  write(
    ctx,
    open,
    sheetId,
    changes.map((change) => ({ ...change, because: reason })),
    { reason, source: "calculation" },
  );
