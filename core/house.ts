/** What lives as long as the process: one of each, handed to whoever needs it. */
import type { Config } from "./config.ts";
import type { SessionTokens } from "./http/tokens.ts";
import type { Door } from "./identity/door.ts";
import type { FederationDoor } from "./identity/federation/door.ts";
import type { SignInLanes } from "./identity/lanes.ts";
import type { PasskeyDoor } from "./identity/passkey/door.ts";
import type { Refusals } from "./identity/refusals.ts";
import type { Sessions } from "./identity/sessions.ts";
import type { Turns } from "./identity/turns.ts";
import type { Prompts } from "./jobs/prompts.ts";
import type { Kernel } from "./kernel.ts";
import type { CertificateFetcher } from "./sms/sns.ts";
import type { Senders } from "./sms/way.ts";
import type { Lease } from "./tenancy/lease.ts";
import type { Transactions } from "./tenancy/transaction.ts";
import type { Vault } from "./vault/envelope.ts";

export interface House {
  readonly config: Config;
  readonly kernel: Kernel;
  readonly transactions: Transactions;
  /** For those who are in, or show that they belong here. */
  readonly door: Door;
  /** The same, over connections of their own, for those whom nobody knows yet. */
  readonly porch: Door;
  readonly turns: Turns;
  readonly refusals: Refusals;
  readonly signIns: SignInLanes;
  readonly federation: FederationDoor;
  readonly passkeys: PasskeyDoor;
  readonly sessions: Sessions;
  readonly tokens: SessionTokens;
  readonly vault: Vault;
  readonly jobs: Enqueue;
  /** Jobs that this process begins itself, right after they were asked for. */
  readonly prompts: Prompts;
  readonly senders: Senders;
  /** Amazon's certificates, by which its notices are judged. */
  readonly certificates: CertificateFetcher;
  /** Calls the address that confirms a topic, which was checked to be Amazon's. */
  readonly confirmTopic: (address: string) => Promise<void>;
  readonly log: Log;
}

/** Puts a job into the queue inside the caller's transaction; the queue stamps the tenant from the signed context. */
export type Enqueue = (
  lease: Lease,
  job: string,
  payload: object,
  at: Date | null,
  /** It asks a model: it waits in a queue of its own, so that a slow server keeps no other work waiting. */
  asks?: boolean,
) => Promise<void>;

/** Codes and places, never a value of a patient. */
export type Log = (
  level: "info" | "warn" | "error",
  event: string,
  facts?: Readonly<Record<string, string | number | boolean | null>>,
) => void;
