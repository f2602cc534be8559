/**
 * Who is asking, in which place, told to the database for the length of one transaction. Every statement of a request
 * runs in here, and row-level security does the rest.
 */
import { signContext } from "../vault/context-seal.ts";
import type { Lease, LeasePool, Opening } from "./lease.ts";

export interface Standing {
  readonly tenantId: string;
  readonly workspaceId: string | null;
  readonly kind: "person" | "subject" | "system" | "nobody";
  readonly actorId: string | null;
  readonly sessionRef: string;
  /** Only for a job or a portal link: all it may do, from its manifest. A person's rights are read live from grants. */
  readonly permissions?: readonly string[];
}

/** Longer than any transaction may wait for its first statement; a context is of no use in a later transaction. */
const LIFE_SECONDS = 60;
const KEY_VERSION = 1;

/** The setting `cairn.context` for this standing, signed. */
export function contextOf(standing: Standing, key: Uint8Array, now: Date): string {
  const fields = [
    "v1",
    String(KEY_VERSION),
    standing.tenantId,
    standing.workspaceId ?? "",
    standing.kind,
    standing.actorId ?? "",
    standing.sessionRef,
    (standing.permissions ?? []).join(","),
    String(Math.floor(now.getTime() / 1000) + LIFE_SECONDS),
    crypto.randomUUID(),
  ];
  if (fields.some((field) => /[|~]/.test(field))) throw new Error("a context's parts hold neither | nor ~");
  return signContext(key, fields.join("|"));
}

export class Transactions {
  constructor(
    private readonly pool: LeasePool,
    private readonly key: Uint8Array,
  ) {}

  /**
   * `work` in one transaction under this standing; then `close` (the record) in the same one. With `readOnly`, PostgreSQL
   * itself refuses any write of `work`: it runs in a read-only savepoint, and only `close` may write.
   */
  async run<T>(
    standing: Standing,
    options: { readonly readOnly: boolean; readonly now: Date },
    work: (lease: Lease) => Promise<T>,
    close: (lease: Lease, result: T) => Promise<void>,
  ): Promise<T> {
    const opening: Opening[] = [
      { text: "select set_config('cairn.context', $1, true)", values: [contextOf(standing, this.key, options.now)] },
    ];
    if (options.readOnly) {
      opening.push({ text: "savepoint reading", values: [] }, { text: "set transaction read only", values: [] });
    }
    return this.pool.transact(opening, async (lease) => {
      const result = await work(lease);
      if (options.readOnly) {
        // Both in one round trip: the record follows the release without waiting for it.
        const released = lease.rows("release savepoint reading");
        released.catch(() => {});
        await close(lease, result);
        await released;
      } else {
        await close(lease, result);
      }
      return result;
    });
  }
}
