/**
 * Jobs that begin at once, in the process that asked for them, as soon as their asking has committed. The queue holds a
 * copy of each under the same run id, a few seconds later: when this process dies, another does the work.
 */
import { codeOf } from "../db/error-code.ts";
import type { House } from "../house.ts";
import type { Asked } from "../module.ts";
import type { Place } from "./desk.ts";
import { runJob } from "./run.ts";

const AT_ONCE = 4;
/** Besides those: an emergency does not wait for a provider that four others wait for. */
const URGENT_AT_ONCE = 2;

export class Prompts {
  private readonly urgent: (() => Promise<void>)[] = [];
  private readonly waiting: (() => Promise<void>)[] = [];
  private readonly running = new Set<Promise<void>>();
  private isStopped = false;

  constructor(private readonly house: () => House) {}

  /** After COMMIT only: what was rolled back was never asked for. */
  begin(place: Place, asked: readonly Asked[]): void {
    for (const one of asked) {
      if (this.isStopped) return; // the copy in the queue does it
      (one.isUrgent ? this.urgent : this.waiting).push(() => this.run(place, one));
    }
    this.next();
  }

  private next(): void {
    for (;;) {
      const { size } = this.running;
      const work =
        (size < AT_ONCE + URGENT_AT_ONCE ? this.urgent.shift() : undefined) ??
        (size < AT_ONCE ? this.waiting.shift() : undefined);
      if (!work) return;
      const turn = work().finally(() => {
        this.running.delete(turn);
        this.next();
      });
      this.running.add(turn);
    }
  }

  private async run(place: Place, { id, job, payload }: Asked): Promise<void> {
    const house = this.house();
    const known = house.kernel.jobs.get(job);
    if (!known || !place.workspace) return;
    const ask = {
      job,
      payload,
      tenant: place.tenant.id,
      workspace: place.workspace.id,
      by: { kind: "system", id: null },
    };
    await runJob(house, house.transactions, { id, ask, retryCount: 0, place, ...known }).catch((error) =>
      // Recorded by runJob; the copy in the queue is the next try.
      house.log("warn", "prompt.left-to-queue", { job, id, code: codeOf(error) }),
    );
  }

  /** Until nothing is under way, what was asked for meanwhile included. */
  async settled(): Promise<void> {
    while (this.running.size + this.waiting.length + this.urgent.length > 0) await Promise.all(this.running);
  }

  /** Begins nothing more and waits for what runs. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.waiting.length = 0;
    this.urgent.length = 0;
    await Promise.all(this.running);
  }
}
