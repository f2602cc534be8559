/** What a member's readings say, for the panel beside a conversation and the member's own page. */
import type { Context } from "@core/module.ts";
import {
  coverage,
  type ReadingAt,
  runsBelow,
  type Statistics,
  statisticsOf,
  strip,
  targetsMet,
} from "../glucose-statistics.ts";
import type { Coaching } from "../names.ts";
import { localTime } from "../pipeline/observe.ts";
import type { MemberRow } from "../store/members.ts";
import { readingsSince } from "../store/readings.ts";

const days = 14;

export async function trendOf(ctx: Context<Coaching>, member: Pick<MemberRow, "subjectId" | "zone" | "unit">) {
  const since = new Date(ctx.now.getTime() - days * 24 * 3_600_000).toISOString();
  const rows = await ctx.db.all(readingsSince, { subjectId: member.subjectId, since });
  const numbers: ReadingAt[] = rows
    .flatMap((row) => (row.mgdl === null ? [] : [{ at: row.localAt, mgdl: row.mgdl }]))
    .reverse();
  const values = numbers.map((row) => row.mgdl);
  const statistics: Statistics | null = statisticsOf(values);
  const isSensor = rows.some((row) => row.source === "sensor-file");
  return {
    unit: member.unit ?? ("mg/dL" as const),
    days,
    readings: rows.length,
    words: rows.filter((row) => row.meterWord !== null).length,
    statistics,
    targets: statistics ? targetsMet(statistics) : [],
    runsBelow70: runsBelow(values, 70),
    coverage: isSensor ? coverage(values.length, days, minutesBetween(rows.map((row) => row.at))) : null,
    strip: strip(numbers, localTime(ctx.now, member.zone).slice(0, 10), days),
    newest: rows[0] ?? null,
  };
}
/** How often this sensor measures: the usual distance between two readings. */
function minutesBetween(newestFirst: readonly Date[]): number {
  const gaps = newestFirst
    .slice(1)
    .map((at, place) => ((newestFirst[place]?.getTime() ?? 0) - at.getTime()) / 60_000)
    .filter((gap) => gap > 0)
    .sort((a, b) => a - b);
  return Math.max(1, Math.round(gaps[Math.floor(gaps.length / 2)] ?? 5));
}

export type Trend = Awaited<ReturnType<typeof trendOf>>;
