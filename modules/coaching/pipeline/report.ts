/** Delivery reports: they come late, twice and out of order, and sometimes before we know what they are about. */
import type { Context } from "@core/module.ts";
import type { Report } from "@core/sms/text-message.ts";
import { type DeliveryStatus, failureClass, isFinal, mergeStatus } from "../delivery.ts";
import type { Coaching } from "../names.ts";
import { addConsent } from "../store/members.ts";
import { keepReceipt, outboxById, outboxByProvider, settle } from "../store/outbox.ts";
import { raiseTask } from "./tasks.ts";
import { callAPerson } from "./unheard.ts";

type Outgoing = Awaited<ReturnType<typeof outboxById.map>>;

export async function keepReport(ctx: Context<Coaching>, report: Report): Promise<void> {
  const { provider, providerId, status, reason, code, at } = report;
  const isId = report.outboxId !== null && /^[0-9a-f-]{36}$/.test(report.outboxId);
  const about =
    (isId ? await ctx.db.first(outboxById, { id: report.outboxId ?? "" }) : null) ??
    (await ctx.db.first(outboxByProvider, { provider, providerId }));
  const kept = await ctx.db.first(keepReceipt, {
    provider,
    providerId,
    outboxId: about?.id ?? null,
    status,
    reason,
    code: code ?? "",
    at,
  });
  if (kept && about) await mergeReport(ctx, about, { provider, providerId, status, reason, code });
}

/** The higher of what is known and what is reported; and what a failure means for the member. */
export async function mergeReport(
  ctx: Context<Coaching>,
  about: Outgoing,
  report: Pick<Report, "providerId" | "status" | "reason" | "code"> & { readonly provider: string },
): Promise<void> {
  const merged: DeliveryStatus = mergeStatus(about.status, report.status);
  if (merged === about.status && about.providerId !== null) return;
  await ctx.db.one(settle, {
    id: about.id,
    status: merged,
    why: report.reason,
    code: report.code,
    nextAt: null,
    provider: report.provider,
    providerId: report.providerId,
  });
  if (about.subjectId && merged !== about.status) await afterReport(ctx, about, merged, report);
}

/** A number that is none any more, a member whom the carrier took out, a safety text that nobody got. */
async function afterReport(
  ctx: Context<Coaching>,
  about: Outgoing,
  status: DeliveryStatus,
  { reason }: Pick<Report, "reason">,
): Promise<void> {
  const { subjectId } = about;
  if (!subjectId || !isFinal(status) || status === "delivered") return;
  if (reason) await heedFailure(ctx, subjectId, failureClass({ kind: "permanent", reason }));
  await callAPerson(ctx, about, reason ?? status);
}

/** What the carrier says about the member himself goes into the ledger. */
export async function heedFailure(
  ctx: Context<Coaching>,
  subjectId: string,
  failure: ReturnType<typeof failureClass>,
): Promise<void> {
  if (failure !== "opted-out" && failure !== "number-invalid") return;
  await ctx.db.one(addConsent, {
    id: Bun.randomUUIDv7(),
    subjectId,
    kind: failure,
    at: ctx.now,
    source: "sms",
    textSha256: null,
    words: null,
  });
  if (failure === "number-invalid")
    await raiseTask(ctx, {
      subjectId,
      cause: `number:${subjectId}:${ctx.now.toISOString().slice(0, 10)}`,
      kind: "number",
      tier: "P",
      minutes: 24 * 60,
    });
}
