/** A store that speaks S3 on loopback: checks every signature and digest, and keeps what is locked until its day. */
import { createHash, createHmac, randomBytes } from "node:crypto";

interface Kept {
  readonly body: Uint8Array;
  readonly until: number;
}

export type StoreMood = "ok" | "down" | "full" | "read-only";

export function startS3(bucket = "backups", region = "eu-central-1") {
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString("hex")}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const objects = new Map<string, Kept>();
  const seen: string[] = [];
  let mood: StoreMood = "ok";
  const mac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const hex = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");

  function signatureHolds(request: Request, url: URL): boolean {
    const said =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        request.headers.get("authorization") ?? "",
      );
    if (!said) return false;
    const [, access, day = "", where = "", signed = "", signature] = said;
    if (access !== credentials.accessKeyId || where !== region) return false;
    const names = signed.split(";");
    // Whatever steers the store must be signed.
    for (const name of ["host", "x-amz-content-sha256", "x-amz-date"]) if (!names.includes(name)) return false;
    for (const [name] of request.headers) if (name.startsWith("x-amz-") && !names.includes(name)) return false;
    const canonical = [
      request.method,
      url.pathname,
      url.search.slice(1),
      ...names.map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`),
      "",
      signed,
      request.headers.get("x-amz-content-sha256"),
    ].join("\n");
    const toSign = [
      "AWS4-HMAC-SHA256",
      request.headers.get("x-amz-date"),
      `${day}/${region}/s3/aws4_request`,
      hex(canonical),
    ].join("\n");
    const key = mac(mac(mac(mac(`AWS4${credentials.secretAccessKey}`, day), region), "s3"), "aws4_request");
    return mac(key, toSign).toString("hex") === signature;
  }

  const refuse = (status: number, code: string) => new Response(`<Error><Code>${code}</Code></Error>`, { status });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: 1024 ** 3,
    async fetch(request) {
      const url = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      seen.push(`${request.method} ${url.pathname}`);
      if (mood === "down") return refuse(503, "ServiceUnavailable");
      if (!signatureHolds(request, url)) return refuse(403, "SignatureDoesNotMatch");
      if (hex(body) !== request.headers.get("x-amz-content-sha256")) return refuse(400, "XAmzContentSHA256Mismatch");
      const [, inBucket, ...rest] = decodeURIComponent(url.pathname).split("/");
      if (inBucket !== bucket) return refuse(404, "NoSuchBucket");
      const name = rest.join("/");
      const kept = objects.get(name);
      const isLocked = kept !== undefined && kept.until > Date.now();
      if (request.method === "GET" && name === "") {
        const prefix = url.searchParams.get("prefix") ?? "";
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
        return new Response(
          `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`,
        );
      }
      if (request.method === "GET")
        return kept ? new Response(kept.body as unknown as BodyInit) : refuse(404, "NoSuchKey");
      if (mood === "read-only") return refuse(403, "AccessDenied");
      if (request.method === "PUT") {
        if (mood === "full") return refuse(507, "InsufficientStorage");
        if (isLocked) return refuse(403, "AccessDenied");
        const sum = request.headers.get("x-amz-checksum-sha256");
        if (sum !== createHash("sha256").update(body).digest("base64")) return refuse(400, "BadDigest");
        const until = request.headers.get("x-amz-object-lock-retain-until-date");
        objects.set(name, { body, until: until ? Date.parse(until) : 0 });
        return new Response();
      }
      if (request.method === "DELETE") {
        if (isLocked) return refuse(403, "AccessDenied");
        objects.delete(name);
        return new Response(null, { status: 204 });
      }
      return refuse(405, "MethodNotAllowed");
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    region,
    bucket,
    credentials,
    objects,
    seen,
    be: (next: StoreMood) => {
      mood = next;
    },
    /** As if time had passed: every lock is over. */
    unlock: () => {
      for (const [name, kept] of objects) objects.set(name, { ...kept, until: 0 });
    },
    stop: () => server.stop(true),
  };
}
