/**
 * Turns at the doors, counted in the database (core.take_turn) and in front of it once more here: whoever this process
 * alone has given too many is told so without a question. The count here never says no where the database would say yes,
 * since it knows of fewer turns; what other processes gave is learned from the database's no, and believed until the next
 * turn can be due. So a flood costs no statement, and what is true stands in one place.
 */
import type { Door, Pace } from "./door.ts";

/** Of so many knockers at most is anything known; forgetting only means asking the database. */
const MOST = 50_000;

interface Count {
  /** When all turns that were given will have been earned, as in core.rates. */
  fullAt: number;
  /** The database said no: none is due before then. */
  shutUntil: number;
}

export class Turns {
  private readonly counts = new Map<string, Count>();

  constructor(
    private readonly door: Pick<Door, "takeTurn">,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  /** False: too many of them lately. `bucket` says at which door and who knocks: "sign-in:192.0.2.7". */
  async take(tenantId: string, bucket: string, pace: Pace): Promise<boolean> {
    const every = pace.everySeconds * 1_000;
    const now = this.clock();
    const count = this.countOf(`${tenantId}|${bucket}`, now);
    if (now < count.shutUntil || count.fullAt > now + every * (pace.burst - 1)) return false;
    const before = count.fullAt;
    count.fullAt = Math.max(before, now) + every; // before the answer: of many who come at once few are asked for
    try {
      const taken = await this.door.takeTurn(tenantId, bucket, pace);
      if (!taken) count.shutUntil = this.clock() + every;
      return taken;
    } catch (error) {
      count.fullAt -= every;
      throw error;
    }
  }

  /** All that is known here; the database knows it still. */
  forget(): void {
    this.counts.clear();
  }

  private countOf(key: string, now: number): Count {
    const known = this.counts.get(key);
    if (known) return known;
    if (this.counts.size >= MOST) {
      for (const [other, { fullAt, shutUntil }] of this.counts)
        if (fullAt <= now && shutUntil <= now) this.counts.delete(other);
      if (this.counts.size >= MOST) this.counts.clear();
    }
    const fresh = { fullAt: 0, shutUntil: 0 };
    this.counts.set(key, fresh);
    return fresh;
  }
}
