/**
 * One job, with its record. Most are one transaction. A job that sends text messages or asks a model takes three steps: it
 * says in a first transaction what leaves the house, the kernel sends it outside of any, and a second one keeps what
 * became of it.
 */
import { Value } from "@sinclair/typebox/value";
import { type Asking, answerOf, ask as askOutside, beginAsking, settleAsking } from "../ai/asking.ts";
import type { Outcome } from "../ai/gateway.ts";
import { notAsked } from "../ai/request.ts";
import { type Act, Trail } from "../audit/trail.ts";
import { contextFor, type KernelContext, narrowed } from "../context.ts";
import { codeOf } from "../db/error-code.ts";
import type { House } from "../house.ts";
import type { Job, Module } from "../module.ts";
import { withoutStopped } from "../sms/stops.ts";
import { sendAll } from "../sms/way.ts";
import type { Transactions } from "../tenancy/transaction.ts";
import type { Ask, Place } from "./desk.ts";
import { systemSituation, systemVisitor } from "./system.ts";

export interface Running {
  /** The run's own: what it does in the database happens once for each id. */
  readonly id: string;
  readonly ask: Ask;
  readonly retryCount: number;
  readonly place: Place;
  readonly module: Module;
  readonly job: Job;
}

/** Whatever the job throws rolls it back, is recorded, and is thrown on to the queue. */
export async function runJob(house: House, transactions: Transactions, running: Running): Promise<void> {
  const { id, ask, retryCount, place, module, job } = running;
  // A job that asks a model or sends texts may see what serves its workspace.
  const permissions =
    job.asks || job.texts ? [...new Set([...job.permissions, "core.providers.use"])] : job.permissions;
  const situation = systemSituation(ask.job, place, module, permissions);
  const act: Act = { requestId: id, name: `JOB ${ask.job}`, permission: null };
  const visitor = systemVisitor(ask.job);
  const detail = { by: ask.by, attempt: retryCount + 1 };
  const where = place.workspace?.title ?? place.tenant.name;

  /** One of the run's transactions; `last` is the one in which the run is done. Null: it has been done before. */
  const step = async <T>(
    last: boolean,
    work: (ctx: KernelContext, payload: never) => Promise<T>,
  ): Promise<T | null> => {
    const trail = new Trail();
    const result = await transactions.run(
      situation.standing,
      { readOnly: false },
      async (lease) => {
        const [isNew] = last
          ? await lease.rows("select core.begin_run($1::uuid, $2)", [id, ask.job])
          : await lease.rows("select not core.is_done($1::uuid)", [id]);
        if (isNew?.[0] !== true) return null;
        const payload = Value.Default(job.payload, Value.Clone(ask.payload));
        if (!Value.Check(job.payload, payload)) throw new Error(`the payload of ${ask.job} does not fit its schema`);
        const context = contextFor(house, { ...situation, now: new Date() }, lease, trail);
        return { value: await work(context, payload as never) };
      },
      async (lease, done) => {
        if (!done) return;
        const sentence = `${visitor.name} ${last ? "ran" : "began"} “${job.title}” in ${where}`;
        await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence, detail });
      },
    );
    house.prompts.begin(place, trail.soon);
    return result === null ? null : result.value;
  };

  let asked: { readonly asking: Asking; readonly outcome: Outcome } | null = null;
  try {
    const { texts, asks } = job;
    const said = texts
      ? await step(false, async (ctx, payload) => withoutStopped(ctx, await texts(payload, narrowed(ctx))))
      : null;
    const results = said ? [...said.stopped, ...(await sendAll(house, said.going))] : [];
    const begun = asks
      ? await step(false, async (ctx, payload) => {
          const request = await asks(payload, narrowed(ctx));
          return request ? await beginAsking(ctx, request) : notAsked;
        })
      : null;
    if (begun?.kind === "asking") asked = { asking: begun, outcome: await askOutside(house, begun) };
    const answer = asked ? answerOf(asked.asking, asked.outcome) : begun && begun.kind !== "asking" ? begun : notAsked;
    await step(true, async (ctx, payload) => {
      if (asked) {
        const { asking, outcome } = asked;
        await settleAsking(ctx.lease, ctx.trail, asking, outcome);
        ctx.audit("core.model_answered", { provider: asking.entry.title, outcome: outcome.outcome });
      }
      await job.run(payload, narrowed(ctx), results, answer);
    });
  } catch (error) {
    const code = codeOf(error);
    house.log("error", "job.failed", { job: ask.job, id, code, attempt: retryCount + 1 });
    if (house.config.environment === "development" && error instanceof Error)
      house.log("error", "job.trace", {
        trace: (error.stack ?? "")
          .split("\n")
          .filter((line) => line.trim().startsWith("at "))
          .slice(0, 6)
          .join(" | "),
      });
    await transactions.run(
      situation.standing,
      { readOnly: false },
      async (lease) => {
        if (asked) await settleAsking(lease, new Trail(), asked.asking, asked.outcome);
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
