/**
 * What follows on a participant's other forms when an answer changes: rules that look at it run again, as at every change
 * of an operand. Results are written as the program's own doing; under a signature or a lock nothing is changed silently,
 * and somebody is asked instead (21 CFR 11.70; the stored value keeps what was signed).
 */
import type { Context, Errand } from "@core/module.ts";
import { isRange } from "../model/build.ts";
import { blinded } from "../model/marks.ts";
import type { Plan } from "../model/plan.ts";
import { placeOf } from "../model/scope.ts";
import { anyText } from "../model/words.ts";
import type { Studies } from "../names.ts";
import { signaturesOf } from "../store/cleaning.ts";
import { allPlacements } from "../store/design.ts";
import { participantOf } from "../store/participants.ts";
import { type SheetRow, sheetsOf } from "../store/sheets.ts";
import { nothingTyped } from "./fields.ts";
import { checkName, fingerprintOf, type Judgement } from "./judgement.ts";
import { judgementOf, type OpenSheet, openSheet } from "./opening.ts";
import { namesRead, planOfVersion } from "./version.ts";
import { askAboutDrift, askOnce, resolvePassed, writeResults } from "./writing.ts";

export interface Changed {
  readonly subjectId: string;
  /** The forms whose answers changed; the rules of others are run again. */
  readonly forms: readonly string[];
  /** A form that is itself to be computed again, as after it was moved to a version with another formula. */
  readonly sheetIds?: readonly string[];
}

const rights = [
  "studies.data.read",
  "studies.data.enter",
  "studies.progress.read",
  "studies.queries.read",
  "studies.signatures.read",
  "core.subjects.read",
] as const;

export const followChange: Errand<Changed, number> = {
  name: "studies.follow_change",
  title: "Run the rules of a participant's other forms again, because an answer they look at changed",
  permissions: rights,
  run: (changed, ctx) => follow(ctx as Context<Studies>, changed, null),
};

/** What an import itself brought, or took back: it stays as it was received, and was asked about when it came in. */
export interface Received {
  /** Forms that came with it. */
  readonly sheetIds: ReadonlySet<string>;
  readonly valueIds: ReadonlySet<string>;
}

/** As after a save, for the participants of a part of an import; in its transaction, so that it happens with it or not at all. */
export const followImport: Errand<{ readonly people: readonly Changed[]; readonly received: Received }, number> = {
  name: "studies.follow_import",
  title: "Run the rules of participants' other forms again, because an import changed answers they look at",
  permissions: rights,
  async run({ people, received }, ctx) {
    let changes = 0;
    for (const changed of people) changes += await follow(ctx as Context<Studies>, changed, received);
    return changes;
  },
};

/** Form by form, until nothing follows any more. A form is looked at twice at most, so that a circle of forms ends. */
async function follow(
  ctx: Context<Studies>,
  { subjectId, forms, sheetIds }: Changed,
  received: Received | null,
): Promise<number> {
  const participant = await ctx.db.one(participantOf, { subjectId });
  const signatures = await ctx.db.all(signaturesOf, { subjectId });
  const looked = new Map<string, number>();
  let changes = 0;
  let wave: readonly string[] = forms;
  let named: readonly string[] = sheetIds ?? [];
  while (wave.length > 0 || named.length > 0) {
    const next = new Set<string>();
    for (const sheet of await ctx.db.all(sheetsOf, { subjectId })) {
      if (received?.sheetIds.has(sheet.id)) continue;
      const plan = await planOfVersion(ctx, sheet.versionId);
      const because = wave.find((form) => form !== sheet.form && looksAt(plan, sheet.form, form));
      if (!because && !named.includes(sheet.id)) continue;
      const times = looked.get(sheet.id) ?? 0;
      if (times >= 2) continue;
      looked.set(sheet.id, times + 1);
      const isSigned = signatures.some((one) => one.sheetId === sheet.id && one.revision === sheet.revision);
      const written = await settle(ctx, participant, sheet, plan, isSigned, because ?? null, received);
      if (written > 0) next.add(sheet.form);
      changes += written;
    }
    wave = [...next];
    named = [];
  }
  return changes;
}

const looksAt = (plan: Plan, form: string, other: string): boolean =>
  namesRead(plan, form).some((name) => {
    const definition = plan.forms.get(form);
    return definition !== undefined && placeOf(plan, definition, name)?.form.id === other;
  });

async function settle(
  ctx: Context<Studies>,
  participant: { readonly subjectId: string; readonly code: string; readonly siteId: string | null },
  sheet: SheetRow,
  plan: Plan,
  isSigned: boolean,
  because: string | null,
  received: Received | null,
): Promise<number> {
  const { subjectId, code, siteId } = participant;
  const { event, eventKey, form, formKey } = sheet;
  const place = { subjectId, code, siteId, event, eventKey, form, formKey };
  const open = await openSheet(ctx, place, sheet, { id: sheet.versionId, plan });
  const judgement = judgementOf(ctx, open, nothingTyped, sheet.state === "complete");
  // Whoever is blinded learns nothing from a result either: those follow when somebody saves who sees them.
  const changes = judgement.changes.filter(({ field }) => !blinded.on(field.place.item));
  const came = received?.valueIds ?? new Set<string>();
  const isBrought = open.values.some(({ id }) => came.has(id));
  if (isBrought && (isEmpty(open) || changes.some(({ current }) => current !== null && came.has(current.id)))) return 0;
  const source = because
    ? anyText(plan.forms.get(because)?.label ?? {}, plan.build.languages[0] ?? "") || because
    : null;
  const reason = source
    ? `Computed again, because “${source}” changed${received ? " by an import" : ""}`
    : "Computed again under another version";
  const isHeld = isSigned || sheet.lock !== null;
  const held = isHeld ? [...changes, ...judgement.drift] : judgement.drift;
  if (held.length > 0)
    await askAboutDrift(ctx, open, sheet.id, held, {
      why: reason,
      stands: sheet.lock ?? (isSigned ? "signed" : "frozen"),
    });
  if (!isHeld && changes.length > 0) {
    await writeResults(ctx, open, sheet.id, changes, reason);
    // An import says itself how many there were: its own sentence would grow by every form.
    if (!received)
      ctx.audit("studies.sheet_followed", { subjectId, participant: code, form, event, count: changes.length });
  }
  if (sheet.state === "complete" && !isBrought) await askAgain(ctx, open, sheet.id, judgement);
  await resolvePassed(ctx, open, judgement.firing, held);
  return isHeld ? 0 : changes.length;
}

const isEmpty = ({ values }: OpenSheet): boolean =>
  values.every(({ raw, nullFlavour, isClosed }) => raw === null && nullFlavour === null && !isClosed);

/** Checks and conditions that look at other forms and fire by now are asked about, once for the same answers. */
async function askAgain(ctx: Context<Studies>, open: OpenSheet, sheetId: string, judgement: Judgement): Promise<void> {
  const { plan, place } = open;
  const places = plan.entries.get(place.form) ?? [];
  const asks = judgement.findings.flatMap((finding) => {
    const at = places.find((one) => one.section.id === finding.section && one.item.id === finding.item);
    if (!at || blinded.on(at.item)) return [];
    const isAfar =
      finding.kind === "check"
        ? at.item.checks.some(
            ({ id, condition }) => id === finding.check && !isRange(condition) && condition.text?.includes("/"),
          )
        : finding.kind === "hidden" && at.entry.whenHidden === "query" && at.entry.shownWhen?.text?.includes("/");
    if (!isAfar) return [];
    return [
      {
        section: finding.section,
        sectionKey: finding.key ?? "",
        item: finding.item,
        checkId: checkName(finding),
        fingerprint: fingerprintOf(plan, at, finding, judgement.answers, open.elsewhere),
        text: finding.sentence,
      },
    ];
  });
  await askOnce(ctx, open, sheetId, asks);
}

/** Does any rule of this version look at another form? Only then a change is followed. */
export function followsAcross(plan: Plan, form: string): boolean {
  return plan.build.forms.some((other) => other.id !== form && looksAt(plan, other.id, form));
}

const afar = new WeakMap<Plan, ReadonlySet<string>>();

/** form/item of every answer that a rule of another form looks at. */
function lookedAtFromAfar(plan: Plan): ReadonlySet<string> {
  const known = afar.get(plan);
  if (known) return known;
  const found = new Set(
    plan.build.forms.flatMap((form) =>
      namesRead(plan, form.id).flatMap((name) => {
        const place = placeOf(plan, form, name);
        return place && place.form.id !== form.id ? [`${place.form.id}/${place.item.id}`] : [];
      }),
    ),
  );
  afar.set(plan, found);
  return found;
}

interface ChangedAnswer {
  readonly subjectId: string;
  readonly form: string;
  readonly item: string;
}

/**
 * Whose other forms have to be looked at, by the rules of every version that a site works with. Where no rule looks at
 * another form this costs one small statement.
 */
export async function followedBy(
  ctx: Context<Studies>,
  plan: Plan,
  answers: readonly ChangedAnswer[],
): Promise<readonly Changed[]> {
  const versions = new Set((await ctx.db.all(allPlacements, {})).map(({ versionId }) => versionId));
  const plans = [plan];
  for (const id of versions) plans.push(await planOfVersion(ctx, id));
  const looked = plans.map(lookedAtFromAfar).filter(({ size }) => size > 0);
  if (looked.length === 0) return [];
  const own = answers.filter(({ form, item }) => looked.some((names) => names.has(`${form}/${item}`)));
  return [...Map.groupBy(own, ({ subjectId }) => subjectId)].map(([subjectId, some]) => ({
    subjectId,
    forms: [...new Set(some.map(({ form }) => form))],
  }));
}
