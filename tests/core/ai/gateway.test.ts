/** Against a server that speaks the protocol: what leaves, what comes back, and every way in which it can go wrong. */
import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { askModel, prepare } from "@core/ai/gateway.ts";
import type { ModelRequest } from "@core/ai/request.ts";
import type { ProviderEntry } from "@core/providers/entry.ts";
import { Type as t } from "@sinclair/typebox";
import { startModel } from "../../support/model-stand-in.ts";

const server = startModel();
afterAll(server.stop);
beforeEach(() => {
  server.misbehave("ok");
  server.answers(() => ({ text: "[Resident] listens well.", evidence: ["e1"] }));
  server.sent.length = 0;
});

const entry = (kind: "azure-openai" | "openai-compatible", over: Partial<ProviderEntry> = {}): ProviderEntry => ({
  id: "018f0000-0000-7000-8000-000000000001",
  service: "model",
  kind,
  title: "Stand-in",
  endpoint: server.endpoint,
  region: "here",
  config: { model: "writer" },
  agreement: "DPA",
  agreedFrom: "2026-01-01",
  agreedUntil: "2027-01-01",
  noTraining: true,
  endedAt: null,
  ...over,
});
const request: ModelRequest = {
  purpose: "test.summary",
  promptVersion: "1",
  subjectId: null,
  instructions: "Summarise what was seen.",
  blocks: [{ id: "e1", text: "Rosa listens. Her notes of 2026-03-04 are good." }],
  people: [{ names: ["Rosa Resident"], as: "Resident" }],
  neutralPronouns: true,
  schema: t.Object({ text: t.String(), evidence: t.Array(t.String()) }, { additionalProperties: false }),
  maxOutputTokens: 200,
};
const limits = { totalMs: 10_000, answerBytes: 100_000 };
const ask = (one = entry("openai-compatible"), key: string = server.key, within = limits) =>
  askModel(one, { apiKey: key }, request, prepare(request), "development", within);

describe.each(["openai-compatible", "azure-openai"] as const)("%s", (kind) => {
  test("an answer, with names back in their place; no name, pronoun or date has left", async () => {
    const outcome = await ask(entry(kind));
    expect(outcome).toMatchObject({
      outcome: "answered",
      value: { text: "Rosa Resident listens well.", evidence: ["e1"] },
      tokens: { input: 120, output: 30 },
    });
    const [{ body, path } = { body: null, path: "" }] = server.sent;
    expect(path).toBe("/v1/chat/completions");
    const text = JSON.stringify(body);
    expect(text).not.toMatch(/rosa|2026-03-04|\bher\b/i);
    expect(text).toContain("[Resident] listens. Their notes of [date 1] are good.");
    expect(body?.tools).toBeUndefined();
    // The schema itself is sent, and strictly.
    expect(body?.response_format).toMatchObject({ type: "json_schema", json_schema: { strict: true } });
  });

  const faults = [
    ["500", "unavailable", "status 500"],
    ["429", "unavailable", "status 429"],
    ["filtered", "filtered", "self_harm"],
    ["not json", "unreadable", "stop"],
    ["wrong shape", "unreadable", "shape"],
    ["10 MB", "unreadable", "too long"],
    ["elsewhere", "unavailable", "connection"],
  ] as const;
  test.each(faults)("%s → %s", async (mode, outcome, because) => {
    server.misbehave(mode);
    expect(await ask(entry(kind))).toMatchObject({ outcome, because });
  });

  test.each(["hang", "drip"] as const)("%s → no answer in time", async (mode) => {
    server.misbehave(mode);
    expect(await ask(entry(kind), server.key, { ...limits, totalMs: 300 })).toMatchObject({
      outcome: "unavailable",
      because: "timeout",
    });
  });

  test("a wrong key", async () => {
    expect(await ask(entry(kind), "wrong")).toMatchObject({ outcome: "unavailable", because: "status 401" });
  });
});

test("nobody there", async () => {
  expect(await ask(entry("openai-compatible", { endpoint: "http://127.0.0.1:9/v1" }))).toMatchObject({
    outcome: "unavailable",
    because: "connection",
  });
});

test("in production nothing leaves in the clear", async () => {
  const before = server.requests;
  await expect(
    askModel(entry("openai-compatible"), { apiKey: server.key }, request, prepare(request), "production", limits),
  ).rejects.toThrow("https://");
  expect(server.requests).toBe(before);
});
