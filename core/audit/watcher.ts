/** Keeps watching: every few seconds, institution by institution. */
import type { House } from "../house.ts";
import { mailCheckpoint } from "./mailed-witness.ts";
import { alarmOverdueReviews } from "./overdue-reviews.ts";
import { watchTenant } from "./watch.ts";

const EVERY_MS = 5_000;
/** So long without a whole round, and watching counts as down. */
const WELL_MS = 60_000;

export class RecordWatch {
  private timer: Timer | null = null;
  private round: Promise<void> = Promise.resolve();
  private wellAt = performance.now();
  private isStopped = false;

  constructor(private readonly house: House) {}

  start(): this {
    this.next(0);
    return this;
  }

  /** False: nobody has watched for a minute. */
  get isWell(): boolean {
    return performance.now() - this.wellAt < WELL_MS;
  }

  /** One round over every institution. */
  async look(): Promise<void> {
    for (const tenant of await this.house.door.tenantsToWatch()) {
      for (let more = true; more && !this.isStopped; ) more = (await watchTenant(this.house, tenant)).events >= 5_000;
      await alarmOverdueReviews(this.house, tenant);
      await mailCheckpoint(this.house, tenant);
    }
    this.wellAt = performance.now();
  }

  private next(ms: number): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.round = this.look()
        .catch((error: unknown) => {
          const { code } = (error ?? {}) as { code?: unknown };
          this.house.log("error", "watch.failed", { code: typeof code === "string" ? code : "unknown" });
        })
        .finally(() => this.next(EVERY_MS));
    }, ms);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.round;
  }
}
