/** Into the screening log, and further along it: the same few steps from the clinic's form, the public page and randomisation. */
import type { Context, Errand } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { nextCode } from "@core/subjects/codes.ts";
import { addSubject, type Identity } from "@core/subjects/subjects.ts";
import { type Studies, versionInForce } from "./module-words.ts";
import { requireConsent, requireRecruiting, whyNot } from "./recruiting.ts";
import { screeningSteps } from "./recruitment-tables.ts";
import { dayOf } from "./rules/days.ts";
import { casebookStatus, dropReasons, nextStage, type Stage, stages } from "./rules/funnel.ts";
import type { TaskEvent } from "./rules/tasks.ts";
import { casebookOf, openCasebook, setCasebookStatus } from "./store/casebooks.ts";
import { addScreening, addStep, moveScreening, type ScreeningRow, screeningOf, stepsOf } from "./store/recruitment.ts";
import { tellRules } from "./task-making.ts";

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
    const code = await nextCode(ctx, site ? `${site.code}-S` : "S");
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

/**
 * One stage further, or out with a reason; told to whoever acts second that somebody else was first. The casebook in
 * capture follows. Answers the id of the step.
 */
export async function move(
  ctx: Context<Studies>,
  row: ScreeningRow,
  to: {
    readonly stage: Stage;
    readonly dropped: string | null;
    readonly note?: string;
    readonly onDay?: string;
    readonly byId?: string;
  },
): Promise<string> {
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
  const reason = to.dropped ? (dropReasons[to.dropped as keyof typeof dropReasons] ?? to.dropped) : "";
  await ctx.db.all(setCasebookStatus, { subjectId, status: casebookStatus(to.stage, to.dropped), reason });
  if (to.dropped) ctx.audit("studies.screening_dropped", { subjectId, code, stage: stages[row.stage], reason });
  else ctx.audit("studies.screening_moved", { subjectId, code, stage: stages[to.stage] });
  const event = to.dropped ? "dropped" : to.stage === row.stage ? null : taskEventOf(to.stage);
  if (event) await tellRules(ctx, { event, causeId: id, screeningId, ...(to.byId ? { byId: to.byId } : {}) });
  return id;
}

const taskEventOf = (stage: Stage): TaskEvent | null =>
  stage === "consented" || stage === "eligible" || stage === "randomised" ? stage : null;

/** Notes that consent was given, and opens the casebook when the site has forms: the code is never typed twice. */
export async function takeIn(ctx: Context<Studies>, row: ScreeningRow, onDay: string, note: string): Promise<void> {
  await requireRecruiting(ctx, row.siteId, "take in");
  await requireConsent(ctx, row.subjectId);
  await move(ctx, row, { stage: "consented", dropped: null, note, onDay });
  if (await versionInForce(ctx, row.siteId)) await beginCasebook(ctx, { ...row, stage: "consented" }, onDay);
}

/** Does nothing when there is one. */
export async function beginCasebook(ctx: Context<Studies>, row: ScreeningRow, onDay: string): Promise<void> {
  const { subjectId, siteId, code, stage, dropped } = row;
  if (await ctx.db.first(casebookOf, { subjectId })) return;
  await ctx.db.one(openCasebook, { subjectId, siteId, enrolledOn: onDay, status: casebookStatus(stage, dropped) });
  ctx.audit("studies.casebook_opened", { subjectId, code });
}

/** What a consent given or taken back in another module means for the log: nobody has to note it a second time. */
export const followConsent: Errand<{ readonly subjectId: string; readonly isGiven: boolean }, void> = {
  name: "studies.follow_consent",
  title: "Note in the screening log that consent was given, or taken back",
  permissions: [
    "core.subjects.read",
    "core.sites.read",
    "studies.dossier.read",
    "studies.recruitment.read",
    "studies.recruitment.write",
    "studies.participants.add",
    "studies.progress.read",
  ],
  run: async ({ subjectId, isGiven }, wide) => {
    const ctx = wide as unknown as Context<Studies>;
    const row = await ctx.db.first(screeningOf, { subjectId });
    if (!row || row.dropped || row.stage === "completed") return;
    if (!isGiven) {
      await move(ctx, row, { stage: row.stage, dropped: "withdrew" });
      return;
    }
    // Consent is not undone because the log lags behind, or the study stopped meanwhile: then people note it.
    if (nextStage(row.stage, true) !== "consented" || (await whyNot(ctx, row.siteId, "take in")).length > 0) return;
    await move(ctx, row, { stage: "consented", dropped: null });
    if (await versionInForce(ctx, row.siteId)) await beginCasebook(ctx, { ...row, stage: "consented" }, dayOf(ctx.now));
  },
};
