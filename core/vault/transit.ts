/**
 * HashiCorp Vault or OpenBao transit as the root of keys. The context is bound twice: it derives the key (when the
 * transit key was made with derived=true) and it is the associated data (whatever the key), so that a key made
 * without `derived` does not silently leave the context unbound.
 */
import { withBreaker, withinDeadline } from "./breaker.ts";
import { KeyRefused, KeyUnavailable } from "./errors.ts";
import { contextBytes, type KeyContext, type KeyProvider } from "./kms.ts";
import { sodium } from "./sodium.ts";

export interface TransitSettings {
  /** Such as https://vault.hospital.example:8200 */
  readonly address: string;
  /** Where transit is mounted; "transit" unless told. */
  readonly mount?: string;
  readonly key: string;
  /** Asked for each call, so that a renewed token is used at once. */
  readonly token: () => string | Promise<string>;
  readonly namespace?: string;
}

const TIMEOUT_MS = 800;
const ANSWER_LIMIT = 64 * 1024;

export function transitKeys(settings: TransitSettings, now: () => number = Date.now): KeyProvider {
  const { address, mount = "transit", key, token, namespace } = settings;
  const id = `transit:${mount}/${key}`;

  /** One call, ended at 800 ms whether the connection, the headers or the body is what hangs. */
  function call(method: "GET" | "POST", path: string, body?: object): Promise<Record<string, unknown>> {
    const started = AbortSignal.timeout(TIMEOUT_MS);
    return withinDeadline(ask(method, path, body, started), TIMEOUT_MS + 50, id);
  }

  async function ask(method: "GET" | "POST", path: string, body: object | undefined, signal: AbortSignal) {
    let status: number;
    let answer: { data?: Record<string, unknown>; errors?: string[] };
    try {
      const headers: Record<string, string> = { "x-vault-token": await token(), "x-vault-request": "true" };
      if (namespace !== undefined) headers["x-vault-namespace"] = namespace;
      const response = await fetch(`${address}/v1/${mount}/${path}/${encodeURIComponent(key)}`, {
        method,
        headers,
        signal,
        // A redirect would carry the token to an address nobody configured.
        redirect: "error",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = response.status;
      const text = await response.text();
      if (text.length > ANSWER_LIMIT) throw new Error("answer too long");
      answer = text === "" ? {} : JSON.parse(text);
    } catch (error) {
      throw new KeyUnavailable(`${id}: ${error instanceof Error ? error.name : "unknown"}`);
    }
    if (status === 200 && answer.data) return answer.data;
    if (status === 400 && refusedCiphertext(answer.errors)) throw new KeyRefused(`${id}: ciphertext refused`);
    throw new KeyUnavailable(`${id}: HTTP ${status}`);
  }

  const bound = (context: KeyContext) => {
    const bytes = Buffer.from(contextBytes(context)).toString("base64");
    return { context: bytes, associated_data: bytes };
  };

  async function wrap(secret: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    const plaintext = Buffer.from(secret).toString("base64");
    const data = await call("POST", "encrypt", { plaintext, ...bound(context) });
    return Buffer.from(text(data, "ciphertext"));
  }

  async function unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    const ciphertext = Buffer.from(wrapped).toString("latin1");
    if (!/^vault:v\d+:[A-Za-z0-9+/]+=*$/.test(ciphertext)) throw new KeyRefused(`${id}: not wrapped by transit`);
    const data = await call("POST", "decrypt", { ciphertext, ...bound(context) });
    return new Uint8Array(Buffer.from(text(data, "plaintext"), "base64"));
  }

  const provider: KeyProvider = {
    id,
    wrap,
    unwrap,
    // Transit's own rewrap takes no associated_data, in Vault and in OpenBao. The scope key passes through our memory
    // as it does at every use.
    rewrap: (wrapped, context) => {
      const both = async () => {
        const secret = await unwrap(wrapped, context);
        try {
          return await wrap(secret, context);
        } finally {
          sodium.memzero(secret);
        }
      };
      return withinDeadline(both(), TIMEOUT_MS + 100, id);
    },
    health: async () => {
      try {
        const data = await call("GET", "keys");
        if (data.derived !== true) return { ok: false, reason: `${id}: make the key with derived=true` };
        return { ok: true };
      } catch (error) {
        return { ok: false, reason: error instanceof KeyUnavailable ? error.reason : `${id}: refused` };
      }
    },
  };
  return withBreaker(provider, now);
}

function refusedCiphertext(errors: readonly string[] | undefined): boolean {
  return (errors ?? []).some((line) =>
    /authentication failed|invalid ciphertext|unable to decrypt|too old/i.test(line),
  );
}

function text(data: Record<string, unknown>, name: string): string {
  const value = data[name];
  if (typeof value !== "string") throw new KeyUnavailable(`transit: an answer without ${name}`);
  return value;
}
