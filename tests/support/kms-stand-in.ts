/**
 * A stand-in for AWS KMS on loopback: AWS JSON 1.1, the SigV4 signature checked, the encryption context bound as
 * associated data. It can be made to misbehave. Its keys live in memory.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { drip, type Misbehaviour, never } from "./misbehaviour.ts";

class KmsRefusal extends Error {
  constructor(readonly type: string) {
    super(type);
  }
}

interface Asked {
  KeyId?: string;
  SourceKeyId?: string;
  DestinationKeyId?: string;
  Plaintext?: string;
  CiphertextBlob?: string;
  EncryptionContext?: Record<string, string>;
  SourceEncryptionContext?: Record<string, string>;
  DestinationEncryptionContext?: Record<string, string>;
}

export function startKms(region = "eu-central-1") {
  const credentials = {
    accessKeyId: `AK${randomBytes(8).toString("hex")}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const keys = new Map<string, { enabled: boolean; material: Buffer[] }>();
  const seen: { op: string; asked: Asked }[] = [];
  let mode: Misbehaviour = "ok";

  const hex = (data: string) => createHash("sha256").update(data).digest("hex");
  const mac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();

  function checkSignature(request: Request, body: string): void {
    const said =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        request.headers.get("authorization") ?? "",
      );
    if (!said) throw new KmsRefusal("MissingAuthenticationTokenException");
    const [, access = "", day = "", where = "", signed = "", signature = ""] = said;
    if (access !== credentials.accessKeyId || where !== region) throw new KmsRefusal("UnrecognizedClientException");
    for (const header of ["host", "x-amz-date", "x-amz-target"]) {
      if (!signed.split(";").includes(header)) throw new KmsRefusal("IncompleteSignature");
    }
    const { pathname, search } = new URL(request.url);
    const canonical = [
      request.method,
      pathname,
      search.slice(1),
      ...signed.split(";").map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
      "",
      signed,
      hex(body),
    ].join("\n");
    const scope = `${day}/${region}/kms/aws4_request`;
    const key = mac(mac(mac(mac(`AWS4${credentials.secretAccessKey}`, day), region), "kms"), "aws4_request");
    const toSign = ["AWS4-HMAC-SHA256", request.headers.get("x-amz-date"), scope, hex(canonical)].join("\n");
    if (mac(key, toSign).toString("hex") !== signature) throw new KmsRefusal("InvalidSignatureException");
  }

  function find(id = ""): { id: string; key: { enabled: boolean; material: Buffer[] } } {
    const key = keys.get(id);
    if (!key) throw new KmsRefusal("NotFoundException");
    if (!key.enabled) throw new KmsRefusal("DisabledException");
    return { id, key };
  }

  const aad = (id: string, context: Record<string, string> = {}) =>
    Buffer.from(JSON.stringify([id, Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))]));

  function seal(id: string | undefined, plaintext: Buffer, context?: Record<string, string>): string {
    const { id: name, key } = find(id);
    const version = key.material.length - 1;
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", key.material[version] as Buffer, iv);
    cipher.setAAD(aad(name, context));
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return Buffer.concat([Buffer.from([version]), Buffer.from(name), iv, sealed]).toString("base64");
  }

  function open(blob = "", context?: Record<string, string>, expected?: string): Buffer {
    const bytes = Buffer.from(blob, "base64");
    const name = bytes.subarray(1, 37).toString();
    if (!keys.has(name)) throw new KmsRefusal("InvalidCiphertextException");
    if (expected !== undefined && expected !== name) throw new KmsRefusal("IncorrectKeyException");
    const { key } = find(name);
    try {
      const cipher = createDecipheriv("aes-256-gcm", key.material[bytes[0] ?? 0] as Buffer, bytes.subarray(37, 49));
      cipher.setAAD(aad(name, context));
      cipher.setAuthTag(bytes.subarray(-16));
      return Buffer.concat([cipher.update(bytes.subarray(49, -16)), cipher.final()]);
    } catch {
      throw new KmsRefusal("InvalidCiphertextException");
    }
  }

  const operations: Record<string, (asked: Asked) => object> = {
    Encrypt: (a) => ({
      KeyId: a.KeyId,
      CiphertextBlob: seal(a.KeyId, Buffer.from(a.Plaintext ?? "", "base64"), a.EncryptionContext),
    }),
    Decrypt: (a) => ({
      KeyId: a.KeyId,
      Plaintext: open(a.CiphertextBlob, a.EncryptionContext, a.KeyId).toString("base64"),
    }),
    ReEncrypt: (a) => ({
      CiphertextBlob: seal(
        a.DestinationKeyId,
        open(a.CiphertextBlob, a.SourceEncryptionContext, a.SourceKeyId),
        a.DestinationEncryptionContext,
      ),
    }),
    DescribeKey: (a) => ({
      KeyMetadata: { KeyId: a.KeyId, KeyState: keys.get(a.KeyId ?? "")?.enabled ? "Enabled" : "Disabled" },
    }),
  };

  const headers = { "content-type": "application/x-amz-json-1.1" };
  const refuse = (type: string, status = 400) => new Response(JSON.stringify({ __type: type }), { status, headers });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 30,
    async fetch(request) {
      const body = await request.text();
      const op = (request.headers.get("x-amz-target") ?? "").replace("TrentService.", "");
      const asked = JSON.parse(body || "{}") as Asked;
      seen.push({ op, asked });
      if (mode === "hang") return await never(request.signal);
      if (mode === "drip") return drip();
      if (mode === "500") return refuse("KMSInternalException", 500);
      if (mode === "throttle") return refuse("ThrottlingException");
      if (mode === "denied") return refuse("AccessDeniedException");
      try {
        checkSignature(request, body);
        const operation = operations[op];
        if (!operation) throw new KmsRefusal("UnknownOperationException");
        return new Response(JSON.stringify(operation(asked)), { headers });
      } catch (error) {
        if (error instanceof KmsRefusal) return refuse(error.type);
        throw error;
      }
    },
  });

  return {
    url: `http://127.0.0.1:${server.port}`,
    region,
    credentials,
    seen,
    behave: (next: Misbehaviour) => {
      mode = next;
    },
    createKey: () => {
      const id = randomUUID();
      keys.set(id, { enabled: true, material: [randomBytes(32)] });
      return id;
    },
    rotate: (id: string) => {
      find(id).key.material.push(randomBytes(32));
    },
    enable: (id: string, enabled: boolean) => {
      const key = keys.get(id);
      if (key) key.enabled = enabled;
    },
    stop: () => server.stop(true),
  };
}
