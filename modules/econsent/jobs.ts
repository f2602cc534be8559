/** What runs later: codes and copies by mail, reminders, and coming of age. No mail names anybody or says what it is about. */

import { type Context, Locked } from "@core/module.ts";
import { randomDigits } from "@core/vault/primitives.ts";
import { isOfAge } from "./age.ts";
import { CODE_MINUTES } from "./identification.ts";
import type { Econsent } from "./names.ts";
import { openDues, type StandingRow, standingFor } from "./standing.ts";
import {
  addDues,
  addInvitation,
  addReminder,
  allCompletions,
  allConsents,
  allDues,
  allStandings,
  codeById,
  consentsOf,
  contactOf,
  participantById,
  postCode,
  recentReminders,
} from "./store/consents.ts";
import { codes } from "./tables.ts";
import { dayOf } from "./versions.ts";
import { wordsIn } from "./words.ts";

export async function sendCode({ codeId }: { codeId: string }, ctx: Context<Econsent>): Promise<void> {
  const row = await ctx.db.one(codeById, { id: codeId });
  if (row.postedAt || row.untilAt <= ctx.now) return;
  const { subjectId } = row;
  const to = await opened(ctx, subjectId, "email", "to post a one-time code");
  if (!to) return;
  const code = randomDigits(6);
  await ctx.db.one(postCode, {
    id: codeId,
    code: await ctx.seal(codes.code, code, { row: codeId, subject: subjectId }),
  });
  await ctx.mail({ to, ...(await wordsFor(ctx, subjectId)).mailCode(code, CODE_MINUTES) });
  const { code: subject } = await ctx.db.one(participantById, { id: subjectId });
  ctx.audit("econsent.code_posted", { subjectId, subject });
}

/** A link to the participant's own page, behind a code by mail each time; it lives a year. */
export async function sendCopy({ subjectId }: { subjectId: string }, ctx: Context<Econsent>): Promise<void> {
  const to = await opened(ctx, subjectId, "email", "to send a link to the copy");
  if (!to) return;
  const untilAt = new Date(ctx.now.getTime() + 365 * 86_400_000);
  const linkId = Bun.randomUUIDv7();
  const path = await ctx.portalLink(subjectId, untilAt, linkId);
  await ctx.db.one(addInvitation, {
    id: Bun.randomUUIDv7(),
    subjectId,
    signerId: null,
    linkId,
    method: "mail_code",
    untilAt,
    isKiosk: false,
  });
  await ctx.mail({ to, ...(await wordsFor(ctx, subjectId)).mailCopy(ctx.address(path)) });
  const { code: subject } = await ctx.db.one(participantById, { id: subjectId });
  ctx.audit("econsent.copy_sent", { subjectId, subject });
}

const REMIND_AFTER_DAYS = 7;

/** Once a week, as long as messages stand and the new version waits. */
export async function remind(_: Record<never, never>, ctx: Context<Econsent>): Promise<void> {
  const standings = Map.groupBy(await ctx.db.all(allStandings, {}), (row) => row.subjectId);
  const since = new Date(ctx.now.getTime() - REMIND_AFTER_DAYS * 86_400_000);
  const told = new Set(
    (await ctx.db.all(recentReminders, { since: since.toISOString() })).map(({ reconsentId }) => reconsentId),
  );
  const today = dayOf(ctx.now);
  for (const due of await ctx.db.all(allDues, {})) {
    const rows = standings.get(due.subjectId) ?? [];
    const given = newest(rows);
    if (given?.state !== "given" || openDues([due], given.at).length === 0 || told.has(due.id)) continue;
    if (standingFor("contact", rows, [], today) !== "given" || due.at > since) continue;
    const to = await opened(ctx, due.subjectId, "email", "to remind of a new version");
    if (!to) continue;
    await ctx.mail({ to, ...(await wordsFor(ctx, due.subjectId)).mailAgain(ctx.settings.contact) });
    await ctx.db.one(addReminder, { subjectId: due.subjectId, reconsentId: due.id });
    const { code: subject } = await ctx.db.one(participantById, { id: due.subjectId });
    ctx.audit("econsent.reminded", { subjectId: due.subjectId, subject });
  }
}

/** Whoever was a minor when a parent signed is asked himself once he is of age. The birth date is looked at and not kept. */
export async function comeOfAge(_: Record<never, never>, ctx: Context<Econsent>): Promise<void> {
  const standings = Map.groupBy(await ctx.db.all(allStandings, {}), (row) => row.subjectId);
  const consents = new Map((await ctx.db.all(allConsents, {})).map((row) => [row.id, row]));
  const dues = await ctx.db.all(allDues, {});
  const today = dayOf(ctx.now);
  const latest = new Map<string, { subjectId: string; documentId: string; number: number; circumstance: string }>();
  for (const { consentId, subjectId, number } of [...(await ctx.db.all(allCompletions, {}))].reverse()) {
    const consent = consents.get(consentId);
    if (!consent) continue;
    const { documentId, circumstance } = consent;
    latest.set(`${subjectId} ${documentId}`, { subjectId, documentId, number, circumstance });
  }
  for (const { subjectId, documentId, number, circumstance } of latest.values()) {
    if (circumstance !== "minor" || newest(standings.get(subjectId) ?? [])?.state !== "given") continue;
    if (dues.some((due) => due.subjectId === subjectId && due.documentId === documentId && due.cause === "majority"))
      continue;
    const birthDate = await opened(ctx, subjectId, "birthDate", "to see whether somebody has come of age");
    if (!birthDate || !isOfAge(birthDate, ctx.settings.majority, today)) continue;
    await ctx.db.all(addDues([{ subjectId, documentId, number, cause: "majority", dueOn: today }]), {});
    const { code: subject } = await ctx.db.one(participantById, { id: subjectId });
    ctx.audit("econsent.came_of_age", { subjectId, subject });
  }
}

const newest = (rows: readonly StandingRow[]) =>
  rows.filter(({ scope }) => scope === "participation").sort((a, b) => b.at.getTime() - a.at.getTime())[0];

async function opened(
  ctx: Context<Econsent>,
  subjectId: string,
  what: "email" | "birthDate",
  why: string,
): Promise<string | null> {
  const contact = await ctx.db.first(contactOf, { subjectId });
  const value = contact?.[what];
  if (!value) return null;
  const [text] = await ctx.openMany([{ value, at: { row: subjectId, subject: subjectId } }], why);
  // Whose key was destroyed is nobody any more; for everybody else the job is tried again when the key service is back.
  if (text instanceof Locked && text.isGone) return null;
  if (text instanceof Locked) throw new Error("an identity could not be opened now");
  return text ?? null;
}

async function wordsFor(ctx: Context<Econsent>, subjectId: string) {
  const [latest] = await ctx.db.all(consentsOf, { subjectId });
  return wordsIn[latest?.language ?? "en"];
}
