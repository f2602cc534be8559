/**
 * A stand-in for Vault/OpenBao transit on loopback: token checked, the key derived from `context` when it was made with
 * derived=true, `associated_data` bound. As in the real ones, its errors are texts in a list.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { drip, type Misbehaviour, never } from "./misbehaviour.ts";

interface Asked {
  plaintext?: string;
  ciphertext?: string;
  context?: string;
  associated_data?: string;
}

class TransitRefusal extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

export function startTransit() {
  const token = `hvs.${randomBytes(12).toString("hex")}`;
  const keys = new Map<string, { derived: boolean; enabled: boolean; versions: Buffer[] }>();
  const seen: { op: string; asked: Asked }[] = [];
  let mode: Misbehaviour = "ok";

  function keyOf(name: string, version: number, context: string | undefined): Buffer {
    const key = keys.get(name);
    if (!key) throw new TransitRefusal(400, "encryption key not found");
    if (!key.enabled) throw new TransitRefusal(403, "permission denied");
    const material = key.versions[version - 1];
    if (!material) throw new TransitRefusal(400, "invalid ciphertext: version is too new");
    if (!key.derived) return material;
    if (!context)
      throw new TransitRefusal(400, "missing 'context' for key derivation; the key was created using a derived key");
    return Buffer.from(hkdfSync("sha256", material, "", Buffer.from(context, "base64"), 32));
  }

  const operations: Record<string, (name: string, asked: Asked) => object> = {
    encrypt(name, { plaintext = "", context, associated_data = "" }) {
      const version = keys.get(name)?.versions.length ?? 1;
      const iv = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", keyOf(name, version, context), iv);
      cipher.setAAD(Buffer.from(associated_data, "base64"));
      const sealed = Buffer.concat([iv, cipher.update(plaintext, "base64"), cipher.final(), cipher.getAuthTag()]);
      return { ciphertext: `vault:v${version}:${sealed.toString("base64")}`, key_version: version };
    },
    decrypt(name, { ciphertext = "", context, associated_data = "" }) {
      const parts = /^vault:v(\d+):(.+)$/.exec(ciphertext);
      if (!parts) throw new TransitRefusal(400, "invalid ciphertext: no prefix");
      const key = keyOf(name, Number(parts[1]), context);
      const bytes = Buffer.from(parts[2] ?? "", "base64");
      if (bytes.length < 28) throw new TransitRefusal(400, "invalid ciphertext length");
      try {
        const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
        cipher.setAAD(Buffer.from(associated_data, "base64"));
        cipher.setAuthTag(bytes.subarray(-16));
        const plain = Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()]);
        return { plaintext: plain.toString("base64") };
      } catch {
        throw new TransitRefusal(400, "cipher: message authentication failed");
      }
    },
    keys(name) {
      const key = keys.get(name);
      if (!key?.enabled) throw new TransitRefusal(404, "");
      return { name, derived: key.derived, latest_version: key.versions.length };
    },
  };

  const refuse = (status: number, text: string) => Response.json({ errors: text ? [text] : [] }, { status });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 30,
    async fetch(request) {
      const [, , , op = "", name = ""] = new URL(request.url).pathname.split("/");
      const text = await request.text();
      const asked = (text ? JSON.parse(text) : {}) as Asked;
      seen.push({ op, asked });
      if (mode === "hang") return await never(request.signal);
      if (mode === "drip") return drip();
      if (mode === "500") return refuse(500, "internal error");
      if (mode === "throttle") return refuse(429, "request path rate limited");
      if (mode === "denied" || request.headers.get("x-vault-token") !== token) return refuse(403, "permission denied");
      try {
        const operation = operations[op];
        if (!operation) throw new TransitRefusal(404, "no handler for route");
        return Response.json({ data: operation(name, asked) });
      } catch (error) {
        if (error instanceof TransitRefusal) return refuse(error.status, error.message);
        throw error;
      }
    },
  });

  return {
    url: `http://127.0.0.1:${server.port}`,
    token,
    seen,
    behave: (next: Misbehaviour) => {
      mode = next;
    },
    createKey: (derived = true) => {
      const name = `cairn-${randomBytes(4).toString("hex")}`;
      keys.set(name, { derived, enabled: true, versions: [randomBytes(32)] });
      return name;
    },
    rotate: (name: string) => {
      keys.get(name)?.versions.push(randomBytes(32));
    },
    enable: (name: string, enabled: boolean) => {
      const key = keys.get(name);
      if (key) key.enabled = enabled;
    },
    stop: () => server.stop(true),
  };
}
