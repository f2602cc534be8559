/**
 * A stand-in for a model's server on loopback: chat completions as Azure OpenAI and servers of one's own speak them, with
 * the key checked. It keeps what it was sent, and can misbehave.
 */
import { randomBytes } from "node:crypto";
import { drip, never } from "./misbehaviour.ts";

export type ModelMode =
  | "ok"
  | "hang"
  | "drip"
  | "500"
  | "429"
  | "filtered"
  | "not json"
  | "wrong shape"
  | "10 MB"
  | "elsewhere";

export interface SentToModel {
  readonly path: string;
  readonly query: string;
  readonly body: {
    readonly model?: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly response_format?: {
      readonly type: string;
      readonly json_schema?: { readonly schema: object; readonly strict?: boolean };
    };
    readonly tools?: unknown;
    readonly store?: unknown;
  };
}

export function startModel() {
  const key = randomBytes(16).toString("hex");
  const sent: SentToModel[] = [];
  let mode: ModelMode = "ok";
  let answer: (sent: SentToModel) => unknown = () => ({ text: "Well done." });
  let requests = 0;

  const json = (status: number, body: object, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } });
  const said = (content: string, finish = "stop") =>
    json(200, {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_790_000_000,
      model: "stand-in",
      choices: [{ index: 0, finish_reason: finish, message: { role: "assistant", content } }],
      usage: { prompt_tokens: 120, completion_tokens: 30, total_tokens: 150 },
    });

  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    async fetch(request) {
      requests += 1;
      const url = new URL(request.url);
      if (mode === "elsewhere") return Response.redirect("http://127.0.0.1:9/stolen", 307);
      const given = request.headers.get("api-key") ?? request.headers.get("authorization")?.replace(/^Bearer /, "");
      if (given !== key) return json(401, { error: { code: "401", message: "Access denied" } });
      if (!url.pathname.endsWith("/chat/completions"))
        return json(404, { error: { code: "404", message: "Not here" } });
      const one: SentToModel = {
        path: url.pathname,
        query: url.search,
        body: (await request.json()) as SentToModel["body"],
      };
      sent.push(one);
      if (mode === "hang") return await never(request.signal);
      if (mode === "drip") return drip();
      if (mode === "500") return json(500, { error: { message: "Internal error" } });
      if (mode === "429") return json(429, { error: { message: "Too many requests" } }, { "retry-after-ms": "1" });
      if (mode === "filtered")
        return json(400, {
          error: {
            code: "content_filter",
            message: "The response was filtered",
            status: 400,
            innererror: {
              code: "ResponsibleAIPolicyViolation",
              content_filter_result: {
                hate: { filtered: false, severity: "safe" },
                self_harm: { filtered: true, severity: "medium" },
              },
            },
          },
        });
      if (mode === "not json") return said("Here is what you asked for: {text");
      if (mode === "wrong shape") return said(JSON.stringify({ other: 7 }));
      if (mode === "10 MB") return said(JSON.stringify({ text: "x".repeat(10 * 1024 * 1024) }));
      return said(JSON.stringify(answer(one)));
    },
  });
  return {
    key,
    /** For an entry of kind "openai-compatible"; Azure's takes the same with its own path. */
    endpoint: `http://127.0.0.1:${server.port}/v1`,
    sent,
    get requests() {
      return requests;
    },
    misbehave(next: ModelMode) {
      mode = next;
    },
    /** What it answers from now on. */
    answers(next: (sent: SentToModel) => unknown) {
      answer = next;
    },
    async stop() {
      await server.stop(true);
    },
  };
}
