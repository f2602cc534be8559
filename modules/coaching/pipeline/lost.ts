/**
 * Texts whose process died, or whose provider never answered, between the claim and the answer. The provider is asked
 * whether it has them: what it has counts as accepted, what it has not is sent again, and where it cannot be asked nothing
 * is said twice. A safety text of which nothing is known calls people at the first silence, and goes on being asked after.
 */
import { type Context, Locked, type TextOrder } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import type { TextWay } from "@core/sms/way.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import type { Coaching } from "../names.ts";
import { telephonesOf } from "../store/members.ts";
import { knownTexts, leaseSeconds, type OverdueClaim, renewClaims, settle, wordsOfTexts } from "../store/outbox.ts";
import { callAPerson, type Unheard } from "./unheard.ts";

export const providerOf = ({ kind }: Pick<TextWay, "kind">): string => (kind === "aws-sms" ? "aws" : kind);

export async function askAfter(
  ctx: Context<Coaching>,
  overdue: readonly OverdueClaim[],
  way: TextWay,
): Promise<readonly TextOrder[]> {
  // One of each member's at a time: two lost texts with the same words could both be taken for the one that is found.
  const lost = [...new Map(overdue.toReversed().map((one) => [one.subjectId ?? one.id, one])).values()];
  if (lost.length === 0) return [];
  const subjectIds = lost.flatMap((one) => one.subjectId ?? []);
  const messageIds = lost.flatMap((one) => one.messageId ?? []);
  const phones = new Map((await ctx.db.all(telephonesOf, { subjectIds })).map((row) => [row.subjectId, row.phone]));
  const words = new Map((await ctx.db.all(wordsOfTexts, { messageIds })).map((row) => [row.id, row.body]));
  const known = await ctx.db.all(knownTexts, { subjectIds });
  const orders: TextOrder[] = [];
  for (const one of lost) {
    const { id, subjectId, messageId, claimedAt } = one;
    const text = one.strange
      ? await ctx.open(one.strange, { row: id }, "to look for a text")
      : await memberText(ctx, subjectId, messageId, phones, words);
    // Another provider has it, if any does; and without a telephone there is nothing to ask for.
    if (!text || !claimedAt || one.provider !== providerOf(way)) {
      await stillLost(ctx, one, "cannot-ask");
      continue;
    }
    const others = known.flatMap((row) => (row.id !== id && row.providerId ? [row.providerId] : []));
    orders.push({
      way,
      text: { ...text, outboxId: id, timeToLiveSeconds: 60 },
      lost: { since: claimedAt, others },
    });
  }
  if (orders.length > 0) await ctx.db.all(renewClaims, { ids: orders.map(({ text }) => text.outboxId) });
  return orders;
}

async function memberText(
  ctx: Context<Coaching>,
  subjectId: string | null,
  messageId: string | null,
  phones: ReadonlyMap<string, Awaited<ReturnType<typeof telephonesOf.map>>["phone"]>,
  words: ReadonlyMap<string, Awaited<ReturnType<typeof wordsOfTexts.map>>["body"]>,
): Promise<{ to: string; body: string } | null> {
  const phone = subjectId ? phones.get(subjectId) : null;
  const body = messageId ? words.get(messageId) : null;
  if (!subjectId || !messageId || !phone || !body) return null;
  return textOf(ctx, { subjectId, messageId, phone, body }, "to look for a text");
}

/** Number and words of a member's text. Null: the member's key was destroyed, and the texts of others go on. */
export async function textOf(
  ctx: Context<Coaching>,
  { subjectId, messageId, phone, body }: SealedText,
  why: string,
): Promise<{ to: string; body: string } | null> {
  const [number, words] = await ctx.openMany(
    [
      { value: phone, at: { row: subjectId, subject: subjectId } },
      { value: body, at: { row: messageId, subject: subjectId } },
    ],
    why,
  );
  if (typeof number === "string" && typeof words === "string") return { to: number, body: words };
  const locked = [number, words].find((one) => one instanceof Locked);
  if (locked?.isGone) return null;
  throw new Problem(locked?.isWithheld ? "forbidden" : "locked", locked?.sentence);
}

interface SealedText {
  readonly subjectId: string;
  readonly messageId: string;
  readonly phone: Sealed<string>;
  readonly body: Sealed<string>;
}

/** Nobody could say. A provider that did not answer is asked again while the text is worth sending. */
export async function stillLost(
  ctx: Context<Coaching>,
  one: Unheard & { readonly untilAt: Date },
  code: string,
): Promise<void> {
  const isOver = code === "cannot-ask" || one.untilAt <= ctx.now;
  if (one.purpose === "safety" || isOver) await callAPerson(ctx, one, "the provider cannot say whether it has it");
  if (isOver) {
    const why = code === "cannot-ask" ? "no word of it" : "no word of it, and too late";
    await ctx.db.one(settle, {
      id: one.id,
      status: "unknown",
      why,
      code,
      nextAt: null,
      provider: null,
      providerId: null,
    });
  } else if (one.purpose === "safety")
    await ctx.later("coaching.send", {}, new Date(ctx.now.getTime() + (leaseSeconds + 2) * 1_000));
}
