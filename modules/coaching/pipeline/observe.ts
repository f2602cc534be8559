/** What a text says about the member's glucose, as rows: readings, corrections, answers to what was asked. */
import type { Context } from "@core/module.ts";
import type { GlucoseFound, Reading } from "../glucose.ts";
import type { TimeSaid } from "../glucose-circumstance.ts";
import { glucoseTier, hasRepeatedLows } from "../glucose-tier.ts";
import type { Coaching } from "../names.ts";
import type { RuleSet } from "../rule-set.ts";
import { answerRechecks, settleTasksOfCause } from "../store/incidents.ts";
import type { MemberRow } from "../store/members.ts";
import { addReading, readingsSince, supersede, toCorrect } from "../store/readings.ts";

interface Seen {
  readonly member: MemberRow;
  readonly messageId: string;
  readonly sentAt: Date;
  readonly found: GlucoseFound;
  readonly ruleSet: RuleSet;
}

export async function observe(
  ctx: Context<Coaching>,
  { member, messageId, sentAt, found, ruleSet }: Seen,
): Promise<{ readonly repeatedLows: boolean; readonly corrected: boolean }> {
  const { subjectId } = member;
  if (found.kind !== "readings" && found.kind !== "correction") return { repeatedLows: false, corrected: false };
  const keep = async (one: Reading): Promise<string> => {
    const id = Bun.randomUUIDv7();
    const at = momentOf(one.time, sentAt, member.zone);
    await ctx.db.one(addReading, {
      id,
      subjectId,
      at,
      localAt: localTime(at, member.zone),
      mgdl: one.mgdl === null ? null : Math.round(one.mgdl * 100) / 100,
      meterWord: one.meterWord,
      meal: one.meal,
      tier: glucoseTier(one.mgdl ?? one.meterWord ?? "LO", ruleSet.glucose, { ...member, ill: false }),
      messageId,
    });
    return id;
  };
  await ctx.db.all(answerRechecks, { subjectId });
  if (found.kind === "correction") {
    const wrong = await ctx.db.first(toCorrect, { subjectId, mgdl: found.replaces });
    const id = await keep(found.reading);
    if (wrong) {
      await ctx.db.one(supersede, { id: wrong.id, by: id });
      if (wrong.messageId)
        await ctx.db.all(settleTasksOfCause, {
          causes: [`page:${wrong.messageId}:coach`],
          outcome: "The member corrected the reading.",
        });
    }
    return { repeatedLows: false, corrected: wrong !== null };
  }
  for (const one of found.readings) await keep(one);
  const isLow = found.readings.some(
    (one) => one.meterWord === "LO" || (one.mgdl !== null && one.mgdl < ruleSet.glucose.lowBelow),
  );
  if (!isLow) return { repeatedLows: false, corrected: false };
  const since = new Date(sentAt.getTime() - ruleSet.repeatedLows.days * 24 * 3_600_000).toISOString();
  const lows = (await ctx.db.all(readingsSince, { subjectId, since })).filter(
    (row) => row.meterWord === "LO" || (row.mgdl !== null && row.mgdl < ruleSet.glucose.lowBelow),
  );
  return {
    repeatedLows: hasRepeatedLows(
      lows.map((row) => row.at),
      new Date(Math.max(sentAt.getTime(), ctx.now.getTime())),
      ruleSet,
    ),
    corrected: false,
  };
}

/** "at 7am", "two hours ago"; never later than the text itself. */
export function momentOf(said: TimeSaid | null, sentAt: Date, zone: string): Date {
  if (said === null) return sentAt;
  if (said.kind === "ago") return new Date(sentAt.getTime() - said.minutes * 60_000);
  const here = Temporal.Instant.fromEpochMilliseconds(sentAt.getTime()).toZonedDateTimeISO(zone);
  const [half, minute] = said.kind === "clock" ? [said.half, said.minute] : ["am", 0];
  const hour = half === "pm" && said.hour < 12 ? said.hour + 12 : half === "am" && said.hour === 12 ? 0 : said.hour;
  let at = here.subtract({ days: said.daysAgo }).withPlainTime({ hour, minute });
  // "7:30" in the afternoon was this morning; what would lie ahead was yesterday.
  if (Temporal.ZonedDateTime.compare(at, here) > 0) at = at.subtract({ days: 1 });
  else if (half === null && said.daysAgo === 0 && hour < 12) {
    const later = at.add({ hours: 12 });
    if (Temporal.ZonedDateTime.compare(later, here) <= 0) at = later;
  }
  return new Date(at.epochMilliseconds);
}

/** As the clock on the member's wall showed it: "2026-11-02T07:30". */
export const localTime = (at: Date, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: "minute" });
