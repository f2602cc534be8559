/**
 * Takes jobs from the queue and runs each in a fresh context: the institution and workspace that the database stamped on
 * it, an actor called `system:<job>`, and the permissions its manifest names.
 *
 * A job is begun at least once: a worker that is killed, or whose connection is lost, leaves it to be begun again. What it
 * does in the database happens once, because core.job_runs is written in the same transaction; what it does outside
 * (a mail, a text message) may happen twice, so such a job has to say the same thing twice without harm.
 */
import { Value } from "@sinclair/typebox/value";
import type { JobWithMetadata } from "pg-boss";
import { type Asking, answerOf, ask as askOutside, beginAsking, settleAsking } from "../ai/asking.ts";
import type { Outcome } from "../ai/gateway.ts";
import { type ModelAnswer, notAsked } from "../ai/request.ts";
import { type Act, Trail } from "../audit/trail.ts";
import { contextFor, narrowed } from "../context.ts";
import type { Connection } from "../db/connection.ts";
import type { House } from "../house.ts";
import { deliver } from "../mail/delivery.ts";
import type { MailPayload } from "../mail/mail.ts";
import type { Mailer } from "../mail/mailer.ts";
import type { Job, Module } from "../module.ts";
import type { Transactions } from "../tenancy/transaction.ts";
import { type Ask, codeOf, Desk, type Place, type Queued, type Tick } from "./desk.ts";
import { systemSituation, systemVisitor } from "./system.ts";

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

interface Running {
  readonly id: string;
  readonly ask: Ask;
  readonly retryCount: number;
  readonly place: Place;
  readonly module: Module;
  readonly job: Job;
}

/** One job in one transaction with its record. Whatever it throws rolls it back, is recorded, and is thrown on to the queue. */
async function runJob(house: House, transactions: Transactions, running: Running): Promise<void> {
  const { id, ask, retryCount, place, job } = running;
  const situation = situationOf(running);
  const act: Act = { requestId: id, name: `JOB ${ask.job}`, permission: null };
  const visitor = systemVisitor(ask.job);
  const detail = { by: ask.by, attempt: retryCount + 1 };
  const where = place.workspace?.title ?? place.tenant.name;
  const { now } = situation;
  let asking: Asking | null = null;
  let outcome: Outcome | null = null;
  try {
    const payload = Value.Default(job.payload, Value.Clone(ask.payload));
    if (!Value.Check(job.payload, payload)) throw new Error(`the payload of ${ask.job} does not fit its schema`);
    let answer: ModelAnswer = notAsked;
    if (job.asks) {
      const begun = await askFor(house, transactions, running, act, payload);
      if (begun === "done") return;
      if (begun.kind === "asking") {
        asking = begun;
        outcome = await askOutside(house, asking);
        answer = answerOf(asking, outcome);
      } else answer = begun;
    }
    const trail = new Trail();
    await transactions.run(
      situation.standing,
      { readOnly: false, now },
      async (lease) => {
        const [row] = await lease.rows("select core.begin_run($1::uuid, $2)", [id, ask.job]);
        if (row?.[0] !== true) return false;
        const context = contextFor(house, situation, lease, trail);
        if (asking && outcome) {
          await settleAsking(lease, trail, asking, outcome);
          context.audit("core.model_answered", { provider: asking.entry.title, outcome: outcome.outcome });
        }
        await job.run(payload as never, narrowed(context), answer);
        return true;
      },
      async (lease, isFirst) => {
        if (!isFirst) return;
        const sentence = `${visitor.name} ran “${job.title}” in ${where}`;
        await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail });
      },
    );
  } catch (error) {
    const code = codeOf(error);
    house.log("error", "job.failed", { job: ask.job, id, code, attempt: retryCount + 1 });
    await transactions.run(
      situation.standing,
      { readOnly: false, now: new Date() },
      async (lease) => {
        if (asking && outcome) await settleAsking(lease, new Trail(), asking, outcome);
      },
      async (lease) => {
        const sentence = `${visitor.name} failed at “${job.title}” in ${where}; nothing of it was kept`;
        const ending = { outcome: "failed", status: 500, sentence, detail: { ...detail, code } } as const;
        await new Trail().write(lease, visitor, act, ending);
      },
    );
    // The queue keeps what it is thrown: the code alone, since a message may hold a value.
    throw new Error(code);
  }
}

/** A job that asks a model may see what serves its workspace. */
function situationOf({ ask, place, module, job }: Running) {
  const permissions = job.asks ? [...new Set([...job.permissions, "core.providers.use"])] : job.permissions;
  return systemSituation(ask.job, place, module, permissions);
}

/**
 * The first transaction of a job that asks: what is to leave, and the record of it. "done" when an earlier attempt has
 * done the work already.
 */
async function askFor(
  house: House,
  transactions: Transactions,
  running: Running,
  act: Act,
  payload: unknown,
): Promise<Asking | ModelAnswer | "done"> {
  const { id, ask, retryCount, place, job } = running;
  const situation = situationOf(running);
  const visitor = systemVisitor(ask.job);
  const trail = new Trail();
  return await transactions.run(
    situation.standing,
    { readOnly: false, now: situation.now },
    async (lease) => {
      const [row] = await lease.rows("select core.is_done($1::uuid)", [id]);
      if (row?.[0] === true) return "done";
      const context = contextFor(house, situation, lease, trail);
      const request = await job.asks?.(payload as never, narrowed(context));
      return request ? await beginAsking(context, request) : notAsked;
    },
    async (lease) => {
      const where = place.workspace?.title ?? place.tenant.name;
      const sentence = `${visitor.name} prepared “${job.title}” in ${where}`;
      const detail = { by: ask.by, attempt: retryCount + 1 };
      await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail });
    },
  );
}
