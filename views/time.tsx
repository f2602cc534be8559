/** Dates and times as a record shows them: ISO order, no guessing, the zone always to be had. */
import { inFrame } from "./frame.ts";
import type { Html } from "./html.ts";

export interface TimeProps {
  /** An instant (`2026-11-02T08:14:00Z`, or a Date), or a calendar date (`2026-11-02`), which has no zone. */
  readonly at: string | Date;
  /** `minute` 2026-11-02 09:14 ∙ `day` 2026-11-02 ∙ `full` 2 Nov 2026 09:14 CET. Default `minute`. */
  readonly show?: "minute" | "day" | "full" | undefined;
  /** Instead of the frame's. */
  readonly zone?: string | undefined;
}

export const Time = ({ at, show = "minute", zone }: TimeProps): Html =>
  inFrame((frame) => {
    const stamp = typeof at === "string" ? at : at.toISOString();
    if (/^\d{4}(-\d\d){0,2}$/.test(stamp)) return <time datetime={stamp}>{stamp}</time>;
    const read = readIn(zone ?? frame.zone, new Date(stamp));
    const short = show === "day" ? read.day : `${read.day} ${read.clock}`;
    return (
      <time datetime={stamp} title={show === "full" ? (zone ?? frame.zone) : read.full}>
        {show === "full" ? read.full : short}
      </time>
    );
  });

const formats = new Map<string, Intl.DateTimeFormat>();

/** One instant as a clock on the wall of a zone shows it. */
function readIn(zone: string, at: Date): { day: string; clock: string; full: string } {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const month = MONTHS[Number(part.month) - 1];
  const clock = `${part.hour}:${part.minute}`;
  return {
    day: `${part.year}-${part.month}-${part.day}`,
    clock,
    full: `${Number(part.day)} ${month} ${part.year} ${clock} ${part.timeZoneName}`,
  };
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
