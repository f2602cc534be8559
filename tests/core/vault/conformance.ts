/** What every key provider must do, whichever it is. Thirty cases, run against all three. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { KeyRefused, KeyUnavailable } from "@core/vault/errors.ts";
import type { KeyContext, KeyProvider } from "@core/vault/kms.ts";
import type { Misbehaviour } from "../../support/misbehaviour.ts";

export interface Bench {
  provider: KeyProvider;
  /** Another provider of the same kind whose root key is another. */
  stranger: KeyProvider;
  rotate(): Promise<void> | void;
  /** Absent where there is nothing remote to go wrong. */
  remote?: {
    behave(mode: Misbehaviour): void;
    enable(enabled: boolean): void;
    /** A provider of the same kind whose breaker has seen nothing, at a clock the test turns. */
    fresh(now?: () => number): KeyProvider;
    /** One that knocks where nobody listens. */
    nowhere(): KeyProvider;
    calls(): number;
    /** One with a wrong credential. */
    impostor(): KeyProvider;
  };
  stop(): void;
}

const context: KeyContext = { tenant: "0190-t1", workspace: "0190-w1", purpose: "field" };

export function conforms(kind: string, start: () => Promise<Bench>, { remote }: { remote: boolean }): void {
  describe(`${kind} as a key provider`, () => {
    let bench: Bench;
    let key: Uint8Array;
    let wrapped: Uint8Array;
    beforeAll(async () => {
      bench = await start();
      key = randomBytes(32);
      wrapped = await bench.provider.wrap(key, context);
    });
    afterAll(() => bench.stop());

    const refuses = async (bytes: Uint8Array, where: KeyContext = context, provider = bench.provider) =>
      expect(provider.unwrap(bytes, where)).rejects.toBeInstanceOf(KeyRefused);

    test("unwraps what it wrapped", async () => {
      expect(Buffer.from(await bench.provider.unwrap(wrapped, context)).equals(key)).toBe(true);
    });
    test("does not show the key in what it wraps", () => {
      const clear = [key, Buffer.from(Buffer.from(key).toString("base64"))];
      for (const form of clear) expect(Buffer.from(wrapped).includes(form)).toBe(false);
    });
    test("wraps the same key differently each time", async () => {
      expect(Buffer.from(await bench.provider.wrap(key, context)).equals(wrapped)).toBe(false);
    });
    test("refuses another tenant", () => refuses(wrapped, { ...context, tenant: "0190-t2" }));
    test("refuses another workspace", () => refuses(wrapped, { ...context, workspace: "0190-w2" }));
    test("refuses a missing workspace", () => refuses(wrapped, { tenant: context.tenant, purpose: context.purpose }));
    test("refuses another purpose", () => refuses(wrapped, { ...context, purpose: "file" }));
    test("refuses tenant and workspace exchanged", () =>
      refuses(wrapped, { tenant: "0190-w1", workspace: "0190-t1", purpose: "field" }));
    test("keeps a tenant's own context apart from its workspaces'", async () => {
      const own: KeyContext = { tenant: context.tenant, purpose: "field" };
      const ofTenant = await bench.provider.wrap(key, own);
      expect(Buffer.from(await bench.provider.unwrap(ofTenant, own)).equals(key)).toBe(true);
      await refuses(ofTenant, context);
    });
    for (const part of ["first", "middle", "last"] as const) {
      test(`refuses a change in the ${part} third`, async () => {
        const third = Math.floor(wrapped.length / 3);
        const from = { first: 0, middle: third, last: third * 2 }[part];
        // Every seventh byte: a remote provider is asked once for each.
        for (let at = from; at < from + third; at += 7) {
          const changed = Uint8Array.from(wrapped);
          changed[at] = (changed[at] ?? 0) ^ 1;
          // Within base64 padding a changed bit may mean nothing: then what comes back must be the key itself.
          const opened = await bench.provider.unwrap(changed, context).catch((error: unknown) => error);
          if (opened instanceof Uint8Array) expect(Buffer.from(opened).equals(key)).toBe(true);
          else expect(opened).toBeInstanceOf(KeyRefused);
        }
      });
    }
    test("refuses what is cut short", () => refuses(wrapped.slice(0, -5)));
    test("refuses what is only a beginning", () => refuses(wrapped.slice(0, 8)));
    test("refuses what is longer", () => refuses(Buffer.concat([wrapped, randomBytes(4)])));
    test("refuses random bytes", () => refuses(randomBytes(120)));
    test("refuses a stranger's wrapping", async () => {
      await refuses(await bench.stranger.wrap(key, context));
      await refuses(wrapped, context, bench.stranger);
    });
    test("takes only opaque lower-case ids as context", async () => {
      for (const tenant of ["Ada Lovelace", "T1", "", "a".repeat(129), "ü"]) {
        const wrong = { tenant, purpose: "field" };
        await expect((async () => bench.provider.wrap(key, wrong))()).rejects.toBeInstanceOf(TypeError);
      }
    });
    test("after a rotation opens the old and the new", async () => {
      await bench.rotate();
      const anew = await bench.provider.wrap(key, context);
      expect(Buffer.from(await bench.provider.unwrap(wrapped, context)).equals(key)).toBe(true);
      expect(Buffer.from(await bench.provider.unwrap(anew, context)).equals(key)).toBe(true);
    });
    test("rewraps to the same key", async () => {
      const again = await bench.provider.rewrap(wrapped, context);
      expect(Buffer.from(again).equals(wrapped)).toBe(false);
      expect(Buffer.from(await bench.provider.unwrap(again, context)).equals(key)).toBe(true);
    });
    test("refuses to rewrap under another context", () =>
      expect(bench.provider.rewrap(wrapped, { ...context, tenant: "0190-t2" })).rejects.toBeInstanceOf(KeyRefused));
    test("refuses to rewrap what was changed", () => {
      const changed = Uint8Array.from(wrapped);
      const at = Math.floor(changed.length / 2);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return expect(bench.provider.rewrap(changed, context)).rejects.toBeInstanceOf(KeyRefused);
    });
    test("is healthy", async () => {
      expect(await bench.provider.health()).toEqual({ ok: true });
    });
    test("serves many at once", async () => {
      const opened = await Promise.all(Array.from({ length: 20 }, () => bench.provider.unwrap(wrapped, context)));
      expect(opened.every((one) => Buffer.from(one).equals(key))).toBe(true);
    });
    test("refusals do not open the breaker", async () => {
      for (let i = 0; i < 5; i++) await refuses(wrapped, { ...context, purpose: "file" });
      expect(await bench.provider.unwrap(wrapped, context)).toHaveLength(32);
    });
    test("says in its errors nothing of the key", async () => {
      const error: unknown = await bench.provider.unwrap(wrapped, { ...context, purpose: "file" }).catch((e) => e);
      const said = Bun.inspect(error) + String(error);
      expect(said).not.toContain(Buffer.from(key).toString("base64"));
      expect(said).not.toContain(Buffer.from(wrapped).toString("base64"));
    });
    if (!remote) return;

    const hard = () => {
      if (!bench.remote) throw new Error("A remote provider's bench has a remote.");
      return bench.remote;
    };
    for (const mode of ["hang", "drip", "500", "throttle", "denied"] as const) {
      test(`${mode}: KeyUnavailable within a second`, async () => {
        const provider = hard().fresh();
        hard().behave(mode);
        try {
          const started = performance.now();
          const [unwrapped, made] = await Promise.allSettled([
            provider.unwrap(wrapped, context),
            provider.wrap(key, context),
          ]);
          expect(performance.now() - started).toBeLessThan(1_000);
          for (const answer of [unwrapped, made]) {
            expect(answer.status === "rejected" && answer.reason).toBeInstanceOf(KeyUnavailable);
          }
          expect((await provider.health()).ok).toBe(false);
        } finally {
          hard().behave("ok");
        }
      });
    }
    test("a disabled key: KeyUnavailable, and health says so", async () => {
      const provider = hard().fresh();
      hard().enable(false);
      try {
        await expect(provider.unwrap(wrapped, context)).rejects.toBeInstanceOf(KeyUnavailable);
        expect((await provider.health()).ok).toBe(false);
      } finally {
        hard().enable(true);
      }
    });
    test("nobody there: KeyUnavailable within a second", async () => {
      const started = performance.now();
      await expect(hard().nowhere().unwrap(wrapped, context)).rejects.toBeInstanceOf(KeyUnavailable);
      expect(performance.now() - started).toBeLessThan(1_000);
    });
    test("a wrong credential: KeyUnavailable", () =>
      expect(hard().impostor().unwrap(wrapped, context)).rejects.toBeInstanceOf(KeyUnavailable));
    test("three failures open the breaker for fifteen seconds, then one call tries", async () => {
      let clock = 1_000_000;
      const provider = hard().fresh(() => clock);
      hard().behave("denied");
      try {
        for (let i = 0; i < 3; i++) {
          await expect(provider.unwrap(wrapped, context)).rejects.toBeInstanceOf(KeyUnavailable);
        }
        const before = hard().calls();
        await expect(provider.unwrap(wrapped, context)).rejects.toMatchObject({
          reason: expect.stringContaining("breaker"),
        });
        expect(hard().calls()).toBe(before);
        clock += 15_001;
        await Promise.allSettled(Array.from({ length: 5 }, () => provider.unwrap(wrapped, context)));
        expect(hard().calls()).toBe(before + 1);
        hard().behave("ok");
        clock += 15_001;
        expect(await provider.unwrap(wrapped, context)).toHaveLength(32);
        expect(await provider.unwrap(wrapped, context)).toHaveLength(32);
      } finally {
        hard().behave("ok");
      }
    });
    test("failures further apart than ten seconds do not open it", async () => {
      let clock = 1_000_000;
      const provider = hard().fresh(() => clock);
      hard().behave("denied");
      try {
        for (let i = 0; i < 4; i++) {
          clock += 6_000;
          const error: unknown = await provider.unwrap(wrapped, context).catch((e) => e);
          expect(error).toMatchObject({ reason: expect.not.stringContaining("breaker") });
        }
      } finally {
        hard().behave("ok");
      }
    });
  });
}
