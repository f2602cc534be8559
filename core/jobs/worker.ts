/**
 * Takes jobs from the queue and runs each in a fresh context: the institution and workspace that the database stamped on
 * it, an actor called `system:<job>`, and the permissions its manifest names.
 *
 * A job is begun at least once: a worker that is killed, or whose connection is lost, leaves it to be begun again. What it
 * does in the database happens once, because core.job_runs is written in the same transaction; what it does outside
 * (a mail, a text message) may happen twice, so such a job has to say the same thing twice without harm.
 */
import type { JobWithMetadata } from "pg-boss";
import type { Connection } from "../db/connection.ts";
import type { House } from "../house.ts";
import { deliver } from "../mail/delivery.ts";
import type { MailPayload } from "../mail/mail.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { Transactions } from "../tenancy/transaction.ts";
import { type Ask, Desk, type Queued, type Tick } from "./desk.ts";
import { runJob } from "./run.ts";

export interface Worker {
  /** Takes no new jobs and waits for those that run, 20 seconds at most; what is then still running is begun again later. */
  stop(): Promise<void>;
  /** Looks at once for jobs whose worker has died; it does so by itself every 15 seconds. */
  lookAfter(): Promise<void>;
}

export interface WorkerOptions {
  /** As :jobs. */
  readonly connection: Connection;
  /** Jobs have connections of their own, so that they never keep a person waiting. */
  readonly transactions: Transactions;
  readonly mailer: Mailer;
  /** How many module jobs at once. */
  readonly concurrency?: number;
}

const STOP_MS = 20_000;
/** They wait for an answer most of their time, and hold no connection meanwhile. */
const MODELS_AT_ONCE = 4;
/** How soon a job is noticed. Asking is cheaper than NOTIFY, which makes every commit of the database wait its turn. */
const SOON = { pollingIntervalSeconds: 0.5 };
const LETTERS = { ...SOON, localConcurrency: 2, includeMetadata: true } as const;
const LATER = { pollingIntervalSeconds: 5 };

export async function startWorker(house: House, options: WorkerOptions): Promise<Worker> {
  const desk = await Desk.open(options.connection, house.log);
  const concurrency = options.concurrency ?? 2;
  const { boss } = desk;
  try {
    await desk.keepTime(clockOf(house));
    await boss.work<Ask>("jobs", { ...SOON, localConcurrency: concurrency }, each(run));
    await boss.work<Ask>("models", { ...SOON, localConcurrency: MODELS_AT_ONCE }, each(run));
    await boss.work<Ask, void, typeof LETTERS>("mail", LETTERS, each(send));
    await boss.work<Tick>("ticks", LATER, each(spread));
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw error;
  }

  async function run({ id, data, retryCount }: Queued<Ask>): Promise<void> {
    const known = house.kernel.jobs.get(data.job);
    if (!known) throw new Error(`no job is called ${data.job}`);
    const place = await desk.place(data.tenant, data.workspace);
    if (!place?.workspace || !Object.hasOwn(place.modules, known.module.id)) {
      house.log("info", "job.skipped", { job: data.job, id });
      return;
    }
    await runJob(house, options.transactions, { id, ask: data, retryCount, place, ...known });
  }

  async function send({ id, data, retryCount, retryLimit }: JobWithMetadata<Ask>): Promise<void> {
    const place = await desk.place(data.tenant, data.workspace);
    if (!place) return;
    const { transactions, mailer } = options;
    const { mail } = data.payload as MailPayload;
    await deliver({ house, transactions, mailer }, { jobId: id, mail, place, isLast: retryCount >= retryLimit });
  }

  async function spread({ id, data }: Queued<Tick>): Promise<void> {
    const known = house.kernel.jobs.get(data.job);
    if (!known?.job.every) return;
    const count = await desk.fanOut(id, data.job, known.module.id);
    house.log("info", "job.spread", { job: data.job, workspaces: count });
  }

  return {
    async lookAfter() {
      await boss.supervise();
    },
    async stop() {
      await boss.stop({ graceful: true, timeout: STOP_MS });
    },
  };
}

/** pg-boss hands over batches, of one. */
function each<J>(act: (job: J) => Promise<void>) {
  return async (jobs: readonly J[]): Promise<void> => {
    for (const job of jobs) await act(job);
  };
}

function clockOf({ kernel }: House): ReadonlyMap<string, string> {
  return new Map([...kernel.jobs].flatMap(([name, { job }]) => (job.every ? [[name, job.every] as const] : [])));
}
