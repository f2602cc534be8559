/** A store that speaks S3 on loopback: checks every signature and digest, and keeps what is locked until its day. */
import { createHash, createHmac, randomBytes } from "node:crypto";

interface Kept {
  readonly body: Uint8Array;
  readonly until: number;
}

export type StoreMood = "ok" | "down" | "full" | "read-only" | "slow" | "silent";

export function startS3(bucket = "backups", region = "eu-central-1") {
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString("hex")}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const objects = new Map<string, Kept>();
  const uploads = new Map<
    string,
    { name: string; until: number; parts: Map<number, { body: Uint8Array; tag: string }> }
  >();
  /** How many of the next parts do not come through. */
  let broken = 0;
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

  /** A quarter of a second between its five pieces; or nothing after the first. */
  const inPieces = (body: Uint8Array, endsEarly: boolean) =>
    new ReadableStream<Uint8Array>({
      async start(controller) {
        const step = Math.ceil(body.length / 5);
        for (let at = 0; at < body.length; at += step) {
          controller.enqueue(body.slice(at, at + step));
          if (endsEarly) return;
          await Bun.sleep(250);
        }
        controller.close();
      },
    });
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
      if (request.method === "GET" && name === "" && url.searchParams.has("uploads")) {
        return new Response(
          `<ListMultipartUploadsResult>${[...uploads].map(([id, one]) => `<Upload><Key>${one.name}</Key><UploadId>${id.replace("&", "&amp;")}</UploadId></Upload>`).join("")}</ListMultipartUploadsResult>`,
        );
      }
      if (request.method === "GET" && name === "") {
        const prefix = url.searchParams.get("prefix") ?? "";
        const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
        return new Response(
          `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}</ListBucketResult>`,
        );
      }
      if (request.method === "GET" && !kept) return refuse(404, "NoSuchKey");
      if (request.method === "GET" && kept)
        return new Response(
          (mood === "slow" || mood === "silent" ? inPieces(kept.body, mood === "silent") : kept.body) as BodyInit,
        );
      if (mood === "read-only") return refuse(403, "AccessDenied");
      const lockedUntil = () => {
        const until = request.headers.get("x-amz-object-lock-retain-until-date");
        return until ? Date.parse(until) : 0;
      };
      const query = url.searchParams;
      if (request.method === "POST" && query.has("uploads")) {
        if (isLocked) return refuse(403, "AccessDenied");
        if (request.headers.get("x-amz-checksum-algorithm") !== "SHA256") return refuse(400, "InvalidRequest");
        const id = `up&${uploads.size + 1}`;
        uploads.set(id, { name, until: lockedUntil(), parts: new Map() });
        return new Response(
          `<InitiateMultipartUploadResult><UploadId>${id.replace("&", "&amp;")}</UploadId></InitiateMultipartUploadResult>`,
        );
      }
      const upload = uploads.get(query.get("uploadId") ?? "");
      if (query.has("uploadId")) {
        if (upload?.name !== name) return refuse(404, "NoSuchUpload");
        if (request.method === "DELETE") {
          uploads.delete(query.get("uploadId") ?? "");
          return new Response(null, { status: 204 });
        }
        if (request.method === "PUT") {
          if (mood === "full") return refuse(507, "InsufficientStorage");
          if (broken > 0) {
            broken -= 1;
            return refuse(503, "SlowDown");
          }
          if (request.headers.get("x-amz-checksum-sha256") !== createHash("sha256").update(body).digest("base64"))
            return refuse(400, "BadDigest");
          const tag = `"${createHash("md5").update(body).digest("hex")}"`;
          upload.parts.set(Number(query.get("partNumber")), { body, tag });
          return new Response(null, { headers: { etag: tag } });
        }
        // Complete: every part by its number, tag and digest, in order; refused inside a 200, as the real one does.
        const told = [
          ...new TextDecoder()
            .decode(body)
            .matchAll(
              /<Part><PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag><ChecksumSHA256>([^<]+)<\/ChecksumSHA256><\/Part>/g,
            ),
        ];
        const fits =
          told.length === upload.parts.size &&
          told.every(([, number, tag = "", sum], i) => {
            const part = upload.parts.get(i + 1);
            return (
              part !== undefined &&
              Number(number) === i + 1 &&
              tag.replaceAll("&quot;", '"') === part.tag &&
              sum === createHash("sha256").update(part.body).digest("base64")
            );
          });
        if (!fits) return new Response("<Error><Code>InvalidPart</Code></Error>");
        objects.set(name, {
          body: Buffer.concat(told.map((_, i) => upload.parts.get(i + 1)?.body ?? new Uint8Array())),
          until: upload.until,
        });
        uploads.delete(query.get("uploadId") ?? "");
        return new Response("<CompleteMultipartUploadResult/>");
      }
      if (request.method === "PUT") {
        if (mood === "full") return refuse(507, "InsufficientStorage");
        if (isLocked) return refuse(403, "AccessDenied");
        const sum = request.headers.get("x-amz-checksum-sha256");
        if (sum !== createHash("sha256").update(body).digest("base64")) return refuse(400, "BadDigest");
        objects.set(name, { body, until: lockedUntil() });
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
    uploads,
    breakNext: (parts: number) => {
      broken = parts;
    },
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
