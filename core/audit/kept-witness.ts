/**
 * A witness that keeps itself: each hour the newest signed checkpoint goes to a place where it is locked for as long as the
 * record must be kept (S3 Object Lock), or to a folder on another machine; and what the place last saw is compared with
 * what is here. Neither whoever rules the database nor a thief of the store's credentials can take it back.
 */
import { join } from "node:path";
import { writeWhole } from "../backup/run.ts";
import type { Target } from "../backup/targets.ts";
import type { Log } from "../house.ts";
import { describeError } from "../refusal.ts";
import type { LeasePool } from "../tenancy/lease.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { compareWitness, latestNote } from "./witness.ts";

const LOOK_MS = 300_000;
/** The record's floor: seven years. */
const KEPT_DAYS = 7 * 366;
const DAY_MS = 86_400_000;

export interface WitnessStanding {
  readonly place: string;
  readonly keptAt: Date | null;
  readonly found: string | null;
  readonly failed: string | null;
}

/** A row each; `well` is false when a place was not reached for so long, or saw another record. */
export const WITNESSES = "select place, kept_at, found, failed from core.witnesses order by place";
const WELL_HOURS = 3;

export function witnessStanding(rows: readonly (readonly unknown[])[], places: readonly string[], now: Date) {
  const known = new Map(rows.map((row) => [String(row[0]), row]));
  const says = places.flatMap((place) => {
    const [, keptAt, found, failed] = known.get(place) ?? [];
    if (found) return [`${place}: ${found}`];
    const hours = keptAt ? (now.getTime() - new Date(String(keptAt)).getTime()) / 3_600_000 : null;
    if (hours === null) return [`${place} has kept no checkpoint yet${failed ? `: ${failed}` : "."}`];
    return hours > WELL_HOURS
      ? [`${place} kept its last checkpoint ${hours.toFixed(0)} hours ago: ${failed ?? "nobody tried"}`]
      : [];
  });
  return { well: says.length === 0, says };
}

/** Sorted by their names they are sorted by time. */
const nameOf = (id: number | string) => `checkpoint-${String(id).padStart(12, "0")}.txt`;
const isCheckpoint = (name: string) => /^checkpoint-\d{12}\.txt$/.test(name);

export async function readNote(target: Target, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of target.get(name)) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

/** All that the place has seen, oldest first, as `compareWitness` reads it. */
export async function keptNotes(target: Target): Promise<string> {
  let kept = "";
  for (const name of (await target.names()).filter(isCheckpoint)) kept += `${await readNote(target, name)}\n`;
  return kept;
}

/** Answers the name it was kept under; null: it is there already. */
export async function keepNote(target: Target, note: string, folder: string, now: Date): Promise<string | null> {
  const name = nameOf(readCheckpoint(note)?.id ?? 0);
  if ((await target.names()).includes(name)) return null;
  const file = join(folder, `witness-${name}`);
  await writeWhole(file, [Buffer.from(note)]);
  try {
    await target.put(name, file, new Date(now.getTime() + KEPT_DAYS * DAY_MS));
  } finally {
    await Bun.file(file).delete();
  }
  return name;
}

export class KeptWitness {
  #timer: ReturnType<typeof setInterval> | null = null;
  #looking: Promise<void> = Promise.resolve();

  /** `pool` has the sealer's rights. */
  constructor(
    private readonly targets: readonly Target[],
    private readonly pool: LeasePool,
    private readonly publicKey: Uint8Array,
    private readonly folder: string,
    private readonly log: Log,
  ) {}

  start(): this {
    const look = () => {
      this.#looking = this.#looking
        .then(() => this.look(new Date()))
        .catch((error: unknown) =>
          this.log("error", "witness.failed", { kind: error instanceof Error ? error.name : "unknown" }),
        );
    };
    this.#timer = setInterval(look, LOOK_MS);
    this.#timer.unref();
    look();
    return this;
  }

  /** Whoever claims a place's hour does it; nothing is held in the database while the store is spoken to. */
  async look(now: Date): Promise<void> {
    for (const target of this.targets) {
      await this.pool.once("insert into core.witnesses (place) values ($1) on conflict do nothing", [target.id]);
      const [mine] = await this.pool.once(
        `update core.witnesses set tried_at = $2::timestamptz where place = $1
           and (tried_at is null or tried_at <= $2::timestamptz - interval '1 hour' or failed is not null and tried_at <= $2::timestamptz - interval '5 minutes')
         returning true`,
        [target.id, now.toISOString()],
      );
      if (mine) await this.#keep(target, now);
    }
  }

  async #keep(target: Target, now: Date): Promise<void> {
    try {
      const last = (await target.names()).filter(isCheckpoint).at(-1);
      const seen = last === undefined ? "" : await readNote(target, last);
      const { note, findings } = await this.pool.transact({ after: "set transaction read only" }, async (lease) => ({
        note: await latestNote(lease),
        ...(await compareWitness(lease, seen, this.publicKey)),
      }));
      if (findings.length > 0) {
        await this.#told(target, "found = $2, failed = null", [findings.join(" ").slice(0, 1_000)]);
        this.log("error", "witness.found", { place: target.id });
        return;
      }
      if (note === null) {
        // A house whose first checkpoint is still to come: looked at again in five minutes, not in an hour.
        await this.#told(target, "tried_at = null", []);
        return;
      }
      await keepNote(target, note, this.folder, now);
      await this.#told(target, "kept_at = $2::timestamptz, checkpoint = $3::bigint, found = null, failed = null", [
        now.toISOString(),
        readCheckpoint(note)?.id ?? 0,
      ]);
    } catch (error) {
      await this.#told(target, "failed = $2", [describeError(error).slice(0, 300)]);
      this.log("error", "witness.unreached", { place: target.id });
    }
  }

  async #told(target: Target, change: string, values: readonly unknown[]): Promise<void> {
    await this.pool.once(`update core.witnesses set ${change} where place = $1`, [target.id, ...values]);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#looking;
    await this.pool.end();
  }
}
