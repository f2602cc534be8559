/** AWS KMS as the root of keys. The context travels as its encryption context and is compared by KMS itself. */
import { DecryptCommand, DescribeKeyCommand, EncryptCommand, KMSClient, ReEncryptCommand } from "@aws-sdk/client-kms";
import { withBreaker, withinDeadline } from "./breaker.ts";
import { KeyRefused, KeyUnavailable } from "./errors.ts";
import { contextPairs, type KeyProvider } from "./kms.ts";

export interface AwsKeySettings {
  readonly region: string;
  /** Key id, ARN or `alias/…`. */
  readonly keyId: string;
  /** Keys used before this one: they may still unwrap, never wrap. */
  readonly formerKeyIds?: readonly string[];
  /** A VPC or FIPS endpoint. */
  readonly endpoint?: string;
  /** Absent: the SDK's own chain (instance or task role), which is what production should use. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const TIMEOUT_MS = 800;
/** These mean "not with this context, or not this ciphertext"; every other failure is the service's. */
const REFUSALS = new Set(["InvalidCiphertextException", "IncorrectKeyException"]);

export function awsKeys(settings: AwsKeySettings, now: () => number = Date.now): KeyProvider {
  const { region, keyId, formerKeyIds = [], endpoint, credentials } = settings;
  const id = `aws:${region}:${keyId}`;
  const client = new KMSClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 2,
    // The SDK has no time limit of its own, and `requestTimeout` alone only warns.
    requestHandler: { requestTimeout: TIMEOUT_MS, connectionTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
  });

  /** All attempts together end at 800 ms. */
  async function ask<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    try {
      return await withinDeadline(send(AbortSignal.timeout(TIMEOUT_MS)), TIMEOUT_MS + 50, id);
    } catch (error) {
      if (error instanceof KeyUnavailable || error instanceof KeyRefused) throw error;
      const name = error instanceof Error ? error.name : "unknown";
      throw REFUSALS.has(name) ? new KeyRefused(`${id}: ${name}`) : new KeyUnavailable(`${id}: ${name}`);
    }
  }

  /**
   * Names the key, so that a ciphertext made under somebody else's key is refused even where our role could use it.
   * The former keys share the one time limit.
   */
  async function withEachKey<T>(act: (key: string) => Promise<T>): Promise<T> {
    for (const former of [keyId, ...formerKeyIds]) {
      try {
        return await act(former);
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "IncorrectKeyException") throw error;
      }
    }
    throw new KeyRefused(`${id}: IncorrectKeyException`);
  }

  const provider: KeyProvider = {
    id,
    wrap: (key, context) => {
      const EncryptionContext = contextPairs(context);
      return ask(async (abortSignal) => {
        const command = new EncryptCommand({ KeyId: keyId, Plaintext: key, EncryptionContext });
        return present((await client.send(command, { abortSignal })).CiphertextBlob);
      });
    },
    unwrap: (wrapped, context) => {
      const EncryptionContext = contextPairs(context);
      return ask((abortSignal) =>
        withEachKey(async (KeyId) => {
          const command = new DecryptCommand({ KeyId, CiphertextBlob: wrapped, EncryptionContext });
          return present((await client.send(command, { abortSignal })).Plaintext);
        }),
      );
    },
    rewrap: (wrapped, context) => {
      const pairs = contextPairs(context);
      return ask((abortSignal) =>
        withEachKey(async (SourceKeyId) => {
          const command = new ReEncryptCommand({
            CiphertextBlob: wrapped,
            SourceKeyId,
            SourceEncryptionContext: pairs,
            DestinationKeyId: keyId,
            DestinationEncryptionContext: pairs,
          });
          return present((await client.send(command, { abortSignal })).CiphertextBlob);
        }),
      );
    },
    health: async () => {
      try {
        const answer = await ask((abortSignal) =>
          client.send(new DescribeKeyCommand({ KeyId: keyId }), { abortSignal }),
        );
        const state = answer.KeyMetadata?.KeyState;
        return state === "Enabled" ? { ok: true } : { ok: false, reason: `${id}: ${state ?? "no state"}` };
      } catch (error) {
        return { ok: false, reason: error instanceof KeyUnavailable ? error.reason : `${id}: refused` };
      }
    },
    close: () => client.destroy(),
  };
  return withBreaker(provider, now);
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (!bytes) throw new KeyUnavailable("aws: an answer without its bytes");
  return bytes;
}
