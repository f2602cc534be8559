/**
 * Stands before a remote provider. Three failures within ten seconds open it for fifteen: meanwhile the answer is
 * an immediate `KeyUnavailable`, so a brown-out of the key service does not become one of ours. Then one call is let
 * through to try. A refusal is an answer, not a failure.
 */
import { KeyRefused, KeyUnavailable } from "./errors.ts";
import type { KeyProvider } from "./kms.ts";

const FAILURES = 3;
const WITHIN_MS = 10_000;
const OPEN_MS = 15_000;
/** Providers end their own calls at 800 ms; this holds even for one that does not. */
const DEADLINE_MS = 950;

export function withBreaker(provider: KeyProvider, now: () => number = Date.now): KeyProvider {
  let failures: number[] = [];
  let openUntil = 0;
  let trying = false;

  async function call<T>(act: () => Promise<T>): Promise<T> {
    const started = now();
    const halfOpen = openUntil > 0;
    if (started < openUntil || (halfOpen && trying)) throw new KeyUnavailable(`${provider.id}: breaker open`);
    trying = halfOpen;
    try {
      const value = await withinDeadline(act(), DEADLINE_MS, provider.id);
      failures = [];
      openUntil = 0;
      return value;
    } catch (error) {
      if (error instanceof KeyRefused) {
        failures = [];
        openUntil = 0;
      } else if (error instanceof KeyUnavailable) {
        failures = [...failures.filter((at) => at > now() - WITHIN_MS), now()];
        if (halfOpen || failures.length >= FAILURES) openUntil = now() + OPEN_MS;
      }
      throw error;
    } finally {
      if (halfOpen) trying = false;
    }
  }

  return {
    id: provider.id,
    wrap: (key, context) => call(() => provider.wrap(key, context)),
    unwrap: (wrapped, context) => call(() => provider.unwrap(wrapped, context)),
    rewrap: (wrapped, context) => call(() => provider.rewrap(wrapped, context)),
    health: () => provider.health(),
    close: () => provider.close?.(),
  };
}

/** The answer, or `KeyUnavailable` after `ms`. A late answer is dropped, and its late failure is not an unhandled one. */
export async function withinDeadline<T>(answer: Promise<T>, ms: number, who: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KeyUnavailable(`${who}: no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
