/** Looks each minute whether a backup or a trial restore is due, and has it done by a process of its own: nobody waits for it. */
import { join } from "node:path";
import { originOf } from "@core/audit/sealer.ts";
import type { Config } from "@core/config.ts";
import type { Log } from "@core/house.ts";
import type { LeasePool } from "@core/tenancy/lease.ts";
import { proofDueSince, slotAt } from "./timetable.ts";

const CAIRN = join(import.meta.dir, "../cli/cairn.ts");
const LOOK_MS = 60_000;

export type RunCairn = (words: readonly string[]) => Promise<number>;

const asProcess: RunCairn = async (words) => {
  const child = Bun.spawn([process.execPath, CAIRN, ...words], { stdio: ["ignore", "ignore", "inherit"] });
  return await child.exited;
};

export class BackupClock {
  #timer: ReturnType<typeof setInterval> | null = null;
  #running: Promise<void> | null = null;

  constructor(
    private readonly config: Config,
    private readonly pool: Pick<LeasePool, "once">,
    private readonly log: Log,
    private readonly run: RunCairn = asProcess,
  ) {}

  start(): this {
    this.#timer = setInterval(() => this.look(new Date()), LOOK_MS);
    this.#timer.unref();
    return this;
  }

  /** One at a time: a look while something runs is no look. */
  look(now: Date): Promise<void> {
    this.#running ??= this.#due(now)
      .catch((error: unknown) =>
        this.log("error", "backup.clock", { kind: error instanceof Error ? error.name : "unknown" }),
      )
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }

  async #due(now: Date): Promise<void> {
    const house = originOf(this.config.baseUrl);
    const slot = slotAt(now, house);
    const [taken] = await this.pool.once("select 1 from core.backups where slot = $1", [slot.name]);
    if (!taken) await this.#cairn(["backup", "--slot", slot.name]);
    const since = proofDueSince(now, house);
    const [proved] = await this.pool.once("select 1 from core.backups where proved_at >= $1::timestamptz", [
      since.toISOString(),
    ]);
    const [any] = await this.pool.once("select 1 from core.backups where sequence is not null", []);
    if (!proved && any) await this.#cairn(["restore", "--verify"]);
  }

  async #cairn(words: readonly string[]): Promise<void> {
    const code = await this.run(words);
    this.log(code === 0 ? "info" : "error", "backup.ran", { words: words.join(" "), code });
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    // A child that is at work finishes by itself; its lock and its slot are its own.
  }
}
