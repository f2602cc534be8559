/**
 * The port behind which the root keys live: a local keyring, AWS KMS, or Vault/OpenBao transit. A provider only wraps
 * and unwraps scope keys; it never sees a value of a person.
 */
import { bind } from "./aead.ts";

/** What a wrapped key is bound to. Providers log it in clear (CloudTrail does): opaque ids only, never names. */
export interface KeyContext {
  readonly tenant: string;
  readonly workspace?: string;
  readonly purpose: string;
}

/**
 * Every call ends within a second. Errors are `KeyUnavailable` (down, slow, throttled, disabled: later may help)
 * or `KeyRefused` (wrong context, tampered, not ours: later will not help), and nothing else.
 */
export interface KeyProvider {
  /** Which provider and key: stored beside what it wrapped, shown by `doctor`. */
  readonly id: string;
  wrap(key: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  /** The same key under the newest root key. */
  rewrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
  /** Never throws: `ok`, or the reason why not. */
  health(): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;
  /** Lets go of what it holds in memory. */
  close?(): void;
}

const OPAQUE = /^[a-z0-9][a-z0-9._:-]{0,127}$/;

/**
 * The context as the pairs a provider is told, in a fixed order. AWS compares the names of pairs without regard to
 * case, and a person's name must never reach its log: anything but a lower-case opaque id is a mistake of ours.
 */
export function contextPairs(context: KeyContext): Record<string, string> {
  const pairs: Record<string, string> = { purpose: context.purpose, tenant: context.tenant };
  if (context.workspace !== undefined) pairs.workspace = context.workspace;
  for (const [name, value] of Object.entries(pairs)) {
    if (!OPAQUE.test(value)) throw new TypeError(`A key context takes opaque lower-case ids: ${name} is not one.`);
  }
  return pairs;
}

/** The context as bytes, for providers that bind it as associated data. */
export function contextBytes(context: KeyContext): Uint8Array {
  return bind(...Object.entries(contextPairs(context)).flat());
}
