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

/** How long an act waits for its turn: who signed or typed would rather wait than do it again. Less than LIFE_SECONDS. */
const ACT_WAIT_MS = 30_000;

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
  /** @param outside for those who are nobody here, where they have connections of their own */
  constructor(
    private readonly pool: LeasePool,
    private readonly key: Uint8Array,
    private readonly outside = pool,
  ) {}

  /** For the one who goes on in the same transaction with other rights: an errand, and the way back. */
  contextOf(standing: Standing): string {
    return contextOf(standing, this.key, new Date());
  }

  /**
   * `work` in one transaction under this standing; then `close` (the record) in the same one. With `readOnly`, PostgreSQL
   * itself refuses any write of `work`: it runs in a read-only savepoint, and only `close` may write. `patient`: it carries
   * what somebody typed, and waits for its turn longer than a look does.
   */
  async run<T>(
    standing: Standing,
    options: { readonly readOnly: boolean; readonly patient?: boolean },
    work: (lease: Lease) => Promise<T>,
    close: (lease: Lease, result: T) => Promise<void>,
  ): Promise<T> {
    const opening: Opening = {
      // Its life begins here: a form may have taken minutes to arrive.
      settings: [["cairn.context", this.contextOf(standing)]],
      ...(options.readOnly && { after: "savepoint reading; set transaction read only" }),
    };
    const pool = standing.kind === "nobody" ? this.outside : this.pool;
    return pool.transact(
      opening,
      async (lease) => {
        const result = await work(lease);
        await close(options.readOnly ? released(lease) : lease, result);
        return result;
      },
      options.patient ? ACT_WAIT_MS : undefined,
    );
  }
}

const RELEASE = { text: "release savepoint reading", values: [] };

/** For the record of a transaction that could only read: the read-only savepoint ends before its first statement. */
function released(lease: Lease): Lease {
  let isReleased = false;
  return {
    async rows(text, values) {
      if (!isReleased) lease.rows(RELEASE.text).catch(() => {}); // its failure fails what follows
      isReleased = true;
      return lease.rows(text, values);
    },
    last: (...statements) => lease.last(...(isReleased ? [] : [RELEASE]), ...statements),
  };
}
