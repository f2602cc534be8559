/** An authenticator in software (WebAuthn level 3): makes keys and signs what a page asks, well or with something wrong. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

export interface Wrong {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** Flags of the authenticator's data: 1 present, 4 verified. */
  readonly flags?: number;
  readonly counter?: number;
  readonly by?: KeyObject;
}

const sha = (data: string | Uint8Array) => createHash("sha256").update(data).digest();

export class SoftPasskey {
  readonly id = randomBytes(32).toString("base64url");
  private readonly keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  private counter = 0;

  private data(rpId: string, { flags = 5, counter, rpId: other }: Wrong, attested?: Uint8Array): Buffer {
    this.counter = counter ?? this.counter + 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.counter);
    return Buffer.concat([
      sha(other ?? rpId),
      Buffer.from([flags | (attested ? 0x40 : 0)]),
      count,
      attested ?? Buffer.alloc(0),
    ]);
  }

  private client(type: string, challenge: string, origin: string, wrong: Wrong): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: wrong.type ?? type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? origin,
        crossOrigin: false,
      }),
    );
  }

  /** What navigator.credentials.create().toJSON() would be. */
  create(options: { challenge: string; rp: { id: string } }, origin: string, wrong: Wrong = {}): string {
    const { x = "", y = "" } = this.keys.publicKey.export({ format: "jwk" });
    const cose = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Uint8Array.from(Buffer.from(x, "base64url"))],
      [-3, Uint8Array.from(Buffer.from(y, "base64url"))],
    ]);
    const raw = Buffer.from(this.id, "base64url");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(raw.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, raw, isoCBOR.encode(cose as never)]);
    const authData = Uint8Array.from(this.data(options.rp.id, wrong, attested));
    const object = isoCBOR.encode(
      new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData],
      ]) as never,
    );
    return this.wrap({
      clientDataJSON: this.client("webauthn.create", options.challenge, origin, wrong).toString("base64url"),
      attestationObject: Buffer.from(object).toString("base64url"),
    });
  }

  /** What navigator.credentials.get().toJSON() would be. */
  get(options: { challenge: string; rpId: string }, origin: string, wrong: Wrong = {}): string {
    const authenticatorData = this.data(options.rpId, wrong);
    const client = this.client("webauthn.get", options.challenge, origin, wrong);
    const signature = sign("sha256", Buffer.concat([authenticatorData, sha(client)]), wrong.by ?? this.keys.privateKey);
    return this.wrap({
      clientDataJSON: client.toString("base64url"),
      authenticatorData: authenticatorData.toString("base64url"),
      signature: signature.toString("base64url"),
    });
  }

  private wrap(response: Readonly<Record<string, string>>): string {
    return JSON.stringify({ id: this.id, rawId: this.id, type: "public-key", clientExtensionResults: {}, response });
  }
}

/** What the page asks of an authenticator. */
export function optionsOn<T>(page: string): T {
  const [, text = "{}"] = /data-options="([^"]*)"/.exec(page) ?? [];
  return JSON.parse(text.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&#39;", "'")) as T;
}
