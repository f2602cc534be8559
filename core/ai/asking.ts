/**
 * One question to a model in three steps that a crash may part: what leaves is written into the record and committed;
 * then it leaves, outside any transaction; then what came back is settled. A row that was never settled says honestly
 * that something left and that nobody knows what became of it.
 */
import type { Trail } from "../audit/trail.ts";
import type { KernelContext } from "../context.ts";
import type { House } from "../house.ts";
import type { ProviderEntry, ProviderSecret } from "../providers/entry.ts";
import type { Lease } from "../tenancy/lease.ts";
import { sha256 } from "../vault/primitives.ts";
import { askModel, type Outcome, type Prepared, prepare } from "./gateway.ts";
import type { ModelAnswer, ModelRequest } from "./request.ts";

/** What the first transaction leaves behind for the call. */
export interface Asking {
  readonly kind: "asking";
  readonly runId: string;
  readonly entry: ProviderEntry;
  readonly secret: ProviderSecret | null;
  readonly request: ModelRequest;
  readonly prepared: Prepared;
}

/** In the first transaction. An answer of kind "none" when nothing may leave. */
export async function beginAsking(ctx: KernelContext, request: ModelRequest): Promise<Asking | ModelAnswer> {
  const standing = await ctx.provider("model");
  if (!standing.on) return { kind: "none", why: standing.why, sentence: standing.sentence };
  const { on: _, ...entry } = standing;
  const [spent] = await ctx.lease.rows("select core.tokens_today($1::uuid)", [entry.id]);
  const limit = Number(entry.config.tokensPerDay ?? DEFAULT_TOKENS_PER_DAY);
  if (Number(spent?.[0] ?? 0) >= limit)
    return {
      kind: "none",
      why: "budget",
      sentence: `Today's limit of ${limit} tokens with ${entry.title} is used up; it begins anew at midnight (UTC).`,
    };
  const prepared = prepare(request);
  const text = JSON.stringify(prepared.outgoing);
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES)
    return {
      kind: "none",
      why: "budget",
      sentence: `There is more text than may be sent at once (${MOST_BYTES} bytes).`,
    };
  const secret = await ctx.providerSecret(entry.id);
  const runId = Bun.randomUUIDv7();
  await ctx.lease.rows(
    `insert into core.model_runs (id, provider_id, subject_id, purpose, prompt_version, model, input_sha256, input_bytes)
     values ($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7::bytea, $8::int)`,
    [
      runId,
      entry.id,
      request.subjectId,
      request.purpose,
      request.promptVersion,
      entry.config.model ?? "",
      sha256(text),
      bytes,
    ],
  );
  ctx.trail.changes("core.model_runs", runId);
  ctx.audit("core.model_asked", {
    ...(request.subjectId !== null && { subjectId: request.subjectId }),
    bytes,
    provider: entry.title,
    region: entry.region,
    purpose: request.purpose,
    digest: sha256(text).toString("hex"),
  });
  return { kind: "asking", runId, entry, secret, request, prepared };
}
const DEFAULT_TOKENS_PER_DAY = 1_000_000;
const MOST_BYTES = 400_000;

/** Between the transactions. A server that failed three times in a row is left alone for a while. */
export async function ask(
  house: House,
  { entry, secret, request, prepared }: Asking,
  now: () => number = Date.now,
): Promise<Outcome> {
  const rest = resting.get(entry.id);
  if (rest !== undefined && rest.failures >= FAILURES && now() < rest.until)
    return { outcome: "unavailable", because: "resting", tokens: { input: null, output: null } };
  const outcome = await askModel(entry, secret, request, prepared, house.config.environment);
  if (outcome.outcome === "unavailable") {
    const failures = (resting.get(entry.id)?.failures ?? 0) + 1;
    resting.set(entry.id, { failures, until: now() + REST_MS });
    house.log("warn", "model.unavailable", { provider: entry.id, because: outcome.because, failures });
  } else resting.delete(entry.id);
  return outcome;
}
const resting = new Map<string, { readonly failures: number; readonly until: number }>();
const FAILURES = 3;
const REST_MS = 60_000;

/** In the second transaction, before the job's own work. */
export async function settleAsking(lease: Lease, trail: Trail, { runId }: Asking, outcome: Outcome): Promise<void> {
  const answered = outcome.outcome === "answered";
  await lease.rows(
    `update core.model_runs set outcome = $2, because = $3, output_sha256 = $4::bytea, input_tokens = $5::int, output_tokens = $6::int,
       settled_at = clock_timestamp() where id = $1::uuid and outcome = 'asked'`,
    [
      runId,
      outcome.outcome,
      answered ? null : outcome.because,
      answered ? sha256(outcome.text) : null,
      outcome.tokens.input,
      outcome.tokens.output,
    ],
  );
  trail.changes("core.model_runs", runId);
}

/** What the job is handed. */
export function answerOf({ runId, entry }: Asking, outcome: Outcome): ModelAnswer {
  if (outcome.outcome === "answered")
    return { kind: "answer", value: outcome.value, runId, provider: entry.title, model: entry.config.model ?? "" };
  const sentence = {
    unavailable: `${entry.title} did not answer.`,
    filtered: `${entry.title} refused to answer this text.`,
    unreadable: `What ${entry.title} answered could not be used.`,
  }[outcome.outcome];
  return {
    kind: "none",
    why: outcome.outcome,
    sentence,
    runId,
    ...(outcome.outcome === "filtered" && { category: outcome.because }),
  };
}
