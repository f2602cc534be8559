/** Into the screening log, and further along it: the same few steps from the clinic's form, the public page and randomisation. */
import type { Context, Errand } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { addSubject, type Identity } from "@core/subjects/subjects.ts";
import type { Studies } from "./module-words.ts";
import { screeningSteps } from "./recruitment-tables.ts";
import { dayOf } from "./rules/days.ts";
import { dropReasons, type Stage, stages } from "./rules/funnel.ts";
import {
  addScreening,
  addStep,
  lastCode,
  moveScreening,
  type ScreeningRow,
  stepsOf,
  takeTurn,
} from "./store/recruitment.ts";

interface NewPerson {
  readonly site: { readonly id: string; readonly code: string } | null;
  readonly identity: Identity;
}

/**
 * Puts somebody into the vault under the next code of the site: "01-S0042". On an errand, because the numbers in use
 * are known to nobody at a site; the one who asked has shown that the site is his.
 */
export const nameByCode: Errand<NewPerson, { readonly subjectId: string; readonly code: string }> = {
  name: "studies.name_by_code",
  title: "Give somebody the next code and put the name into the vault",
  permissions: ["core.subjects.read", "core.subjects.manage", "core.identities.open"],
  run: async ({ site, identity }, ctx) => {
    await ctx.db.all(takeTurn, { workspace: ctx.workspace.id, name: "screening codes" });
    const prefix = site ? `${site.code}-S` : "S";
    const last = await ctx.db.first(lastCode, { prefix: `${prefix}____` });
    const code = `${prefix}${String(Number(last?.code.slice(prefix.length) ?? 0) + 1).padStart(4, "0")}`;
    const subjectId = await addSubject(ctx, {
      code,
      kind: "participant",
      identity,
      ...(site ? { siteId: site.id } : {}),
    });
    return { subjectId, code };
  },
};

export async function begin(
  ctx: Context<Studies>,
  subjectId: string,
  siteId: string | null,
  source: string,
  contactConsent: string | null,
): Promise<string> {
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addScreening, { id, subjectId, siteId, source, contactConsent });
  const first = { screeningId: id, subjectId, siteId, ordinal: 1, stage: "identified", dropped: null, note: null };
  await ctx.db.one(addStep, { ...first, id: Bun.randomUUIDv7(), onDay: dayOf(ctx.now) });
  return id;
}

/** One stage further, or out with a reason; told to whoever acts second that somebody else was first. */
export async function move(
  ctx: Context<Studies>,
  row: ScreeningRow,
  to: { readonly stage: Stage; readonly dropped: string | null; readonly note?: string; readonly onDay?: string },
): Promise<void> {
  const { id: screeningId, subjectId, siteId, code } = row;
  const ordinal = ((await ctx.db.all(stepsOf, { screeningId })).at(-1)?.ordinal ?? 0) + 1;
  const [moved] = await ctx.db.all(moveScreening, {
    id: screeningId,
    was: row.stage,
    stage: to.stage,
    dropped: to.dropped,
  });
  if (!moved) throw new Problem("conflict");
  const id = Bun.randomUUIDv7();
  await ctx.db.one(addStep, {
    id,
    screeningId,
    subjectId,
    siteId,
    ordinal,
    stage: to.stage,
    dropped: to.dropped,
    onDay: to.onDay ?? dayOf(ctx.now),
    note: to.note ? await ctx.seal(screeningSteps.note, to.note, { row: id, subject: subjectId }) : null,
  });
  if (to.dropped) {
    const reason = dropReasons[to.dropped as keyof typeof dropReasons] ?? to.dropped;
    ctx.audit("studies.screening_dropped", { subjectId, code, stage: stages[row.stage], reason });
  } else ctx.audit("studies.screening_moved", { subjectId, code, stage: stages[to.stage] });
}
