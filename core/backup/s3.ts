/**
 * A store that speaks S3, in requests signed by AWS Signature Version 4. What is put there can be locked: until its day neither
 * these credentials nor a thief of them can change or remove it (S3 Object Lock).
 */
import { stat } from "node:fs/promises";
import { Refusal } from "@core/refusal.ts";
import type { Target } from "./targets.ts";

export interface S3Place {
  readonly kind: "s3";
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  readonly endpoint: string;
  readonly lock: "compliance" | "governance" | null;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A file up to this goes in one request, a larger one in parts of it: a connection that breaks costs a part, not the night. */
const PART_BYTES = 64 * 1024 ** 2;
/** S3 takes so many parts of one object; beyond 640 GB the parts grow. */
const MOST_PARTS = 10_000;
/** A part that did not come through is sent again so often. */
const TRIES = 3;
/** A store that says nothing for so long is given up. A file that goes on coming takes as long as it takes. */
const SILENCE_MS = 30_000;
const EMPTY = new Bun.CryptoHasher("sha256").update("").digest("hex");

function credentialsOf(environment: Readonly<Record<string, string | undefined>>): S3Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  if (!accessKeyId || !secretAccessKey)
    throw new Refusal("The backups' store needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.");
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

export function s3Target(
  place: S3Place,
  credentials: () => S3Credentials = () => credentialsOf(process.env),
  partBytes = PART_BYTES,
  silenceMs = SILENCE_MS,
): Target {
  const { bucket, prefix, endpoint, region, lock } = place;
  const keyOf = (name: string) => (prefix === "" ? name : `${prefix}/${name}`);
  const pathOf = (name: string) => `/${[bucket, ...keyOf(name).split("/")].map(percent).join("/")}`;

  async function ask(method: string, path: string, options: Asking = {}): Promise<Response> {
    const { query = {}, headers = {}, payload = EMPTY, body } = options;
    const signal = options.signal ?? AbortSignal.timeout(body ? 3_600_000 : silenceMs);
    const url = new URL(endpoint + path);
    const search = Object.entries(query)
      .map(([name, value]) => `${percent(name)}=${percent(value)}`)
      .sort()
      .join("&");
    url.search = search;
    const signed = signRequest(
      { method, host: url.host, path, search, headers, payload, region, at: new Date() },
      credentials(),
    );
    const response = await fetch(url, {
      method,
      headers: signed,
      redirect: "error",
      signal,
      ...(body && { body }),
    });
    if (response.ok) return response;
    const code = /<Code>([A-Za-z]+)<\/Code>/.exec(await response.text())?.[1] ?? "";
    throw new Refusal(`${place.kind}://${bucket} answered ${response.status} ${code}`.trim());
  }

  /** Answers the part's or the object's tag, and the digest the store checked. */
  async function putBody(
    path: string,
    body: Blob,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly tag: string; readonly sum: string }> {
    const digest = new Bun.CryptoHasher("sha256");
    for await (const piece of body.stream()) digest.update(piece);
    const bytes = digest.digest();
    const sum = bytes.toString("base64");
    const answer = await ask("PUT", path, {
      query,
      payload: bytes.toString("hex"),
      body,
      headers: { ...headers, "x-amz-checksum-sha256": sum },
    });
    return { tag: answer.headers.get("etag") ?? "", sum };
  }

  /** Whole or not at all: what was sent of one that fails is given back, also of one whose process was killed before. */
  async function putInParts(name: string, file: Blob, size: number, locked: Readonly<Record<string, string>>) {
    const path = pathOf(name);
    await abortUnfinished(name);
    const begun = await ask("POST", path, {
      query: { uploads: "" },
      headers: { ...locked, "x-amz-checksum-algorithm": "SHA256" },
    });
    const uploadId = unescapeXml(/<UploadId>([^<]+)<\/UploadId>/.exec(await begun.text())?.[1] ?? "");
    if (uploadId === "") throw new Refusal(`s3://${bucket} began no upload in parts.`);
    try {
      const step = Math.max(partBytes, Math.ceil(size / MOST_PARTS));
      const parts: string[] = [];
      for (let at = 0; at < size; at += step) {
        const partNumber = String(parts.length + 1);
        const { tag, sum } = await again(() =>
          putBody(path, file.slice(at, Math.min(at + step, size)), { partNumber, uploadId }, {}),
        );
        parts.push(
          `<Part><PartNumber>${partNumber}</PartNumber><ETag>${escapeXml(tag)}</ETag><ChecksumSHA256>${sum}</ChecksumSHA256></Part>`,
        );
      }
      const whole = new Blob([`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`]);
      const payload = new Bun.CryptoHasher("sha256").update(await whole.bytes()).digest("hex");
      const text = await (await ask("POST", path, { query: { uploadId }, payload, body: whole })).text();
      // The store answers 200 before it has put the parts together, and says only then that it could not.
      const code = /<Error>.*?<Code>([A-Za-z]+)<\/Code>/s.exec(text)?.[1];
      if (code) throw new Refusal(`s3://${bucket} did not put the parts of ${name} together: ${code}`);
    } catch (error) {
      await ask("DELETE", path, { query: { uploadId } }).catch(() => {});
      throw error;
    }
  }

  async function abortUnfinished(name: string): Promise<void> {
    const key = keyOf(name);
    const text = await (await ask("GET", `/${percent(bucket)}`, { query: { uploads: "", prefix: key } })).text();
    for (const [, found = "", uploadId = ""] of text.matchAll(
      /<Upload>.*?<Key>([^<]+)<\/Key>.*?<UploadId>([^<]+)<\/UploadId>.*?<\/Upload>/gs,
    ))
      if (unescapeXml(found) === key) await ask("DELETE", pathOf(name), { query: { uploadId: unescapeXml(uploadId) } });
  }

  return {
    id: `s3://${bucket}${prefix ? `/${prefix}` : ""}`,
    isOffSite: true,
    async put(name, file, until) {
      const { size } = await stat(file);
      const locked: Record<string, string> =
        lock && until
          ? {
              "x-amz-object-lock-mode": lock.toUpperCase(),
              "x-amz-object-lock-retain-until-date": until.toISOString(),
            }
          : {};
      if (size > partBytes) await putInParts(name, Bun.file(file), size, locked);
      else await putBody(pathOf(name), Bun.file(file), {}, locked);
    },
    async names() {
      const names: string[] = [];
      let more: string | null = null;
      do {
        const start: string = prefix === "" ? "" : `${prefix}/`;
        const query: Record<string, string> = {
          "list-type": "2",
          prefix: start,
          ...(more !== null && { "continuation-token": more }),
        };
        const text = await (await ask("GET", `/${percent(bucket)}`, { query })).text();
        for (const [, key = ""] of text.matchAll(/<Key>([^<]+)<\/Key>/g))
          names.push(unescapeXml(key).slice(start.length));
        more = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(text)?.[1] ?? null;
      } while (more !== null);
      return names.sort();
    },
    async *get(name) {
      const silence = new AbortController();
      const soon = async <T>(answer: Promise<T>): Promise<T> => {
        const timer = setTimeout(
          () => silence.abort(new Refusal(`s3://${bucket} fell silent while ${name} was read.`)),
          silenceMs,
        );
        return await answer.finally(() => clearTimeout(timer));
      };
      const { body } = await soon(ask("GET", pathOf(name), { signal: silence.signal }));
      const reader = body?.getReader();
      try {
        for (;;) {
          const piece = await (reader ? soon(reader.read()) : null);
          if (!piece || piece.done) return;
          yield piece.value;
        }
      } finally {
        await reader?.cancel().catch(() => {});
      }
    },
    async remove(name) {
      await ask("DELETE", pathOf(name));
    },
  };
}

/** A refusal by the store for what was asked is final; one that was busy, or a broken line, is asked again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const isFinal = error instanceof Refusal && !/ answered 5\d\d/.test(error.message);
      if (isFinal || tried === TRIES) throw error;
    }
  }
}

interface Asking {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hexadecimal. */
  readonly payload?: string;
  readonly body?: Blob;
  /** In place of a time for all of it. */
  readonly signal?: AbortSignal;
}

interface Signing {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
  readonly region: string;
  readonly at: Date;
}

/** AWS Signature Version 4 for S3 (one pass of escaping, payload's digest in its own header). */
export function signRequest(
  request: Signing,
  { accessKeyId, secretAccessKey, sessionToken }: S3Credentials,
): Record<string, string> {
  const stamp = request.at.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const scope = `${day}/${request.region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    "x-amz-content-sha256": request.payload,
    "x-amz-date": stamp,
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.path,
    request.search,
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    "",
    names.join(";"),
    request.payload,
  ].join("\n");
  const toSign = [
    "AWS4-HMAC-SHA256",
    stamp,
    scope,
    new Bun.CryptoHasher("sha256").update(canonical).digest("hex"),
  ].join("\n");
  const key = [day, request.region, "s3", "aws4_request"].reduce<Buffer | string>(
    (made, part) => mac(made, part),
    `AWS4${secretAccessKey}`,
  );
  const signature = mac(key, toSign).toString("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

const mac = (key: Buffer | string, text: string): Buffer => new Bun.CryptoHasher("sha256", key).update(text).digest();

/** RFC 3986: encodeURIComponent leaves five characters that S3 wants escaped. */
const percent = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
const escapeXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const unescapeXml = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
