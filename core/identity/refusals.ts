/**
 * Refusals of people without a session, counted by minute (core.refusals). Each is written before it is answered; those
 * that come while others are being written go together into the next statement. In a flood the next one waits a moment,
 * so that it holds many: twenty statements a second, however many are refused.
 */
import type { Door, Refused } from "./door.ts";

const MANY = 10;
const MOMENT_MS = 50;

interface Batch {
  readonly counted: Map<string, { -readonly [K in keyof Refused]: Refused[K] }>;
  readonly written: Promise<void>;
}

export class Refusals {
  private gathering: Batch | null = null;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(private readonly door: Pick<Door, "noteRefusals">) {}

  /** Resolves once it is written. */
  note(tenantId: string, ip: string | null, act: string, status: number): Promise<void> {
    this.gathering ??= this.begin();
    const { counted, written } = this.gathering;
    const key = `${tenantId}|${ip}|${status}|${act}`;
    const known = counted.get(key);
    if (known) known.times += 1;
    else counted.set(key, { tenant: tenantId, ip: ip ?? "0.0.0.0", act, status, times: 1 });
    return written;
  }

  private begin(): Batch {
    const counted: Batch["counted"] = new Map();
    const written = this.writing.then(() => {
      this.gathering = null;
      return this.door.noteRefusals([...counted.values()]);
    });
    const pause = () => (counted.size > MANY ? Bun.sleep(MOMENT_MS) : undefined);
    this.writing = written.then(pause, () => {}); // those who wait for it are told; the next begin anew
    return { counted, written };
  }
}
