/**
 * Where text leaves the house for a model: the only file that knows the package `ai`. No tools, no addresses but the
 * entry's own, nothing remembered by the provider, an answer of one shape. What goes wrong is an outcome, not an exception.
 */
import { Value } from "@sinclair/typebox/value";
import type { ModelMessage } from "ai";
import { type ProviderEntry, type ProviderSecret, whyNotAddress } from "../providers/entry.ts";
import { fenced } from "./fence.ts";
import { type Pseudonyms, pseudonyms } from "./pseudonyms.ts";
import type { ModelRequest } from "./request.ts";

export interface Outgoing {
  readonly instructions: string;
  readonly messages: readonly { readonly role: "user" | "assistant"; readonly content: string }[];
}
export interface Prepared {
  readonly outgoing: Outgoing;
  readonly names: Pseudonyms;
}

export type Outcome =
  | { readonly outcome: "answered"; readonly value: unknown; readonly text: string; readonly tokens: Tokens }
  | {
      readonly outcome: "unavailable" | "filtered" | "unreadable";
      /** A status, a filter's category: never a text. */
      readonly because: string;
      readonly tokens: Tokens;
    };
interface Tokens {
  readonly input: number | null;
  readonly output: number | null;
}

export interface GatewayLimits {
  /** For the whole answer. */
  readonly totalMs: number;
  readonly answerBytes: number;
}
export const LIMITS: GatewayLimits = { totalMs: 30_000, answerBytes: 1_000_000 };

/** What would leave: without names, with what others wrote fenced as data. */
export function prepare(request: ModelRequest): Prepared {
  const names = pseudonyms(request.people ?? [], request.neutralPronouns);
  return { outgoing: fenced(request, names.hide), names };
}

/** Asks once. @throws Refusal-like Error only when the entry may not be spoken to at all, which the caller has ruled out. */
export async function askModel(
  entry: ProviderEntry,
  secret: ProviderSecret | null,
  request: ModelRequest,
  { outgoing, names }: Prepared,
  environment: "development" | "production",
  limits: GatewayLimits = LIMITS,
): Promise<Outcome> {
  const wrong = whyNotAddress(entry.endpoint, environment);
  if (wrong) throw new Error(wrong);
  const nothing: Tokens = { input: null, output: null };
  const signal = AbortSignal.timeout(limits.totalMs);
  // Loaded with the first question: most processes never ask one.
  const ai = await import("ai");
  try {
    const answer = await ai.generateText({
      model: await modelOf(entry, secret, fetchOnly(entry.endpoint, limits.answerBytes)),
      instructions: outgoing.instructions,
      messages: outgoing.messages as ModelMessage[],
      output: ai.Output.object({ schema: ai.jsonSchema(plain(request.schema)) }),
      maxOutputTokens: request.maxOutputTokens,
      maxRetries: 1,
      abortSignal: signal,
    });
    const tokens = { input: answer.usage.inputTokens ?? null, output: answer.usage.outputTokens ?? null };
    if (answer.finishReason === "content-filter") return { outcome: "filtered", because: "answer", tokens };
    const value: unknown = restore(answer.output, names.show);
    if (!Value.Check(request.schema, value)) return { outcome: "unreadable", because: "shape", tokens };
    return { outcome: "answered", value, text: answer.text, tokens };
  } catch (error) {
    return { ...whatWentWrong(ai, error, signal), tokens: nothing };
  }
}

function whatWentWrong(
  ai: typeof import("ai"),
  error: unknown,
  signal: AbortSignal,
): { outcome: "unavailable" | "filtered" | "unreadable"; because: string } {
  if (signal.aborted) return { outcome: "unavailable", because: "timeout" };
  if (ai.NoObjectGeneratedError.isInstance(error)) {
    return error.finishReason === "content-filter"
      ? { outcome: "filtered", because: "answer" }
      : { outcome: "unreadable", because: error.finishReason ?? "shape" };
  }
  const last = lastOf(error);
  if (last instanceof AnswerTooLong) return { outcome: "unreadable", because: "too long" };
  if (ai.APICallError.isInstance(last)) {
    if (last.cause instanceof AnswerTooLong) return { outcome: "unreadable", because: "too long" };
    const filter = filterOf(last.responseBody);
    if (filter) return { outcome: "filtered", because: filter };
    return { outcome: "unavailable", because: last.statusCode ? `status ${last.statusCode}` : "connection" };
  }
  return { outcome: "unavailable", because: "connection" };
}

/** After a retry the SDK wraps what was thrown last. */
function lastOf(error: unknown): unknown {
  const errors = error instanceof Error ? (error as { errors?: unknown }).errors : undefined;
  return Array.isArray(errors) ? errors.at(-1) : error;
}

/** Azure's filter answers with status 400 and says what it saw; a member's text about harming himself is such a case. */
function filterOf(body: string | undefined): string | null {
  if (!body?.includes("content_filter")) return null;
  try {
    const { error } = JSON.parse(body) as {
      error?: { code?: string; innererror?: { content_filter_result?: object } };
    };
    if (error?.code !== "content_filter") return null;
    const seen = Object.entries(error.innererror?.content_filter_result ?? {}).filter(
      ([, one]) => (one as { filtered?: boolean } | null)?.filtered === true,
    );
    const names = seen.map(([name]) => name).filter((name) => /^[a-z_]{1,40}$/.test(name));
    return names.includes("self_harm") ? "self_harm" : (names[0] ?? "question");
  } catch {
    return null;
  }
}

async function modelOf(entry: ProviderEntry, secret: ProviderSecret | null, fetch: typeof globalThis.fetch) {
  const model = entry.config.model ?? "";
  if (entry.kind === "azure-openai") {
    const { apiVersion } = entry.config;
    const { createAzure } = await import("@ai-sdk/azure");
    // Chat completions keep nothing; the responses API would keep texts unless told otherwise each time.
    return createAzure({
      baseURL: entry.endpoint,
      apiKey: secret?.apiKey ?? "",
      fetch,
      ...(apiVersion && { apiVersion }),
    }).chat(model);
  }
  const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
  return createOpenAICompatible({
    name: "house",
    baseURL: entry.endpoint,
    fetch,
    supportsStructuredOutputs: true,
    ...(secret?.apiKey && { apiKey: secret.apiKey }),
  }).chatModel(model);
}

class AnswerTooLong extends Error {
  override readonly name = "AnswerTooLong";
}

/** A fetch that knows one address, follows nobody elsewhere, and stops reading in time. */
function fetchOnly(endpoint: string, mostBytes: number): typeof globalThis.fetch {
  const base = new URL(endpoint);
  const only = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname.replace(/\/$/, "")))
      throw new Error("only the address in the provider's entry is spoken to");
    const response = await globalThis.fetch(url, { ...init, redirect: "error" });
    return new Response(await readAtMost(response, mostBytes), { status: response.status, headers: response.headers });
  };
  return Object.assign(only, { preconnect: () => {} });
}

async function readAtMost(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > most) throw new AnswerTooLong();
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** TypeBox keeps its own notes in symbols; a provider is sent the schema alone. */
const plain = (schema: object): object => JSON.parse(JSON.stringify(schema)) as object;

/** Every text of the answer, with names back in their place. */
function restore(value: unknown, show: (text: string) => string): unknown {
  if (typeof value === "string") return show(value);
  if (Array.isArray(value)) return value.map((one) => restore(one, show));
  if (value !== null && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, restore(one, show)]));
  return value;
}
