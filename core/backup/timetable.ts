/**
 * Twice a day, twelve hours apart, at minutes that differ from house to house: ten hospitals on one store do not all come
 * at one. In UTC, so that no change of the clocks drops a run or makes it twice.
 */
import { sha256 } from "@core/vault/primitives.ts";

const DAY_MS = 86_400_000;
const HOURS = [1, 13] as const;
const JITTER_MINUTES = 50;
const PROOF_HOUR = 3;

const minutesFor = (house: string, what: string) => sha256(`${house}|${what}`).readUInt32BE(0) % JITTER_MINUTES;
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

export interface Slot {
  /** "2026-11-27/1" */
  readonly name: string;
  readonly at: Date;
}

/** The newest slot that has begun: after a pause it is made up for once, not for every one that was missed. */
export function slotAt(now: Date, house: string): Slot {
  const slots = [now, new Date(now.getTime() - DAY_MS)].flatMap((day) =>
    HOURS.map((hour, i): Slot => {
      const name = `${dayOf(day)}/${i + 1}`;
      return {
        name,
        at: new Date(Date.parse(`${dayOf(day)}T00:00:00Z`) + (hour * 60 + minutesFor(house, name)) * 60_000),
      };
    }),
  );
  const begun = slots.filter(({ at }) => at <= now).sort((a, b) => b.at.getTime() - a.at.getTime());
  return begun[0] as Slot;
}

/** Since when tonight's (or last night's) restore is due. */
export function proofDueSince(now: Date, house: string): Date {
  const at = (day: Date) =>
    new Date(
      Date.parse(`${dayOf(day)}T00:00:00Z`) + (PROOF_HOUR * 60 + minutesFor(house, `proof ${dayOf(day)}`)) * 60_000,
    );
  return at(now) <= now ? at(now) : at(new Date(now.getTime() - DAY_MS));
}
