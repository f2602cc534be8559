/** A stand-in for AWS End User Messaging on loopback: AWS JSON 1.0, the SigV4 signature checked. It can misbehave. */
import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { drip, type Misbehaviour, never } from "./misbehaviour.ts";

export interface AwsTextSeen {
  readonly DestinationPhoneNumber?: string;
  readonly OriginationIdentity?: string;
  readonly MessageBody?: string;
  readonly MessageType?: string;
  readonly TimeToLive?: number;
  readonly Context?: Readonly<Record<string, string>>;
  readonly ConfigurationSetName?: string;
}

export function startAwsTexts(region = "us-east-1") {
  const credentials = {
    accessKeyId: `AK${randomBytes(8).toString("hex")}`,
    secretAccessKey: randomBytes(20).toString("hex"),
  };
  const accepted: AwsTextSeen[] = [];
  const taken: { readonly to: string; readonly at: number }[] = [];
  const optedOut = new Set<string>();
  /** Whoever waits for the next text to a number. */
  const awaited = new Map<string, (at: number) => void>();
  let requests = 0;
  let mode: Misbehaviour = "ok";
  const hex = (data: string) => createHash("sha256").update(data).digest("hex");
  const mac = (key: string | Buffer, data: string) => createHmac("sha256", key).update(data).digest();

  function signatureProblem(request: Request, body: string): string | null {
    const said =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/sms-voice\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        request.headers.get("authorization") ?? "",
      );
    if (!said) return "MissingAuthenticationTokenException";
    const [, access = "", day = "", where = "", signed = "", signature = ""] = said;
    if (access !== credentials.accessKeyId || where !== region) return "UnrecognizedClientException";
    const { pathname, search } = new URL(request.url);
    const headers = signed.split(";").map((name) => `${name}:${(request.headers.get(name) ?? "").trim()}`);
    const canonical = [request.method, pathname, search.slice(1), ...headers, "", signed, hex(body)].join("\n");
    const key = mac(mac(mac(mac(`AWS4${credentials.secretAccessKey}`, day), region), "sms-voice"), "aws4_request");
    const scope = `${day}/${region}/sms-voice/aws4_request`;
    const toSign = ["AWS4-HMAC-SHA256", request.headers.get("x-amz-date"), scope, hex(canonical)].join("\n");
    return mac(key, toSign).toString("hex") === signature ? null : "InvalidSignatureException";
  }

  const headers = { "content-type": "application/x-amz-json-1.0" };
  const refuse = (type: string, status = 400, more: object = {}) =>
    new Response(JSON.stringify({ __type: type, ...more }), { status, headers });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 30,
    async fetch(request) {
      requests += 1;
      const body = await request.text();
      if (mode === "hang") return await never(request.signal);
      if (mode === "drip") return drip();
      if (mode === "500") return refuse("InternalServerException", 500, { RequestId: randomUUID() });
      if (mode === "throttle") return refuse("ThrottlingException");
      if (mode === "denied") return refuse("AccessDeniedException", 400, { Reason: "ACCOUNT_DISABLED" });
      const problem = signatureProblem(request, body);
      if (problem !== null) return refuse(problem);
      if (request.headers.get("x-amz-target") !== "PinpointSMSVoiceV2.SendTextMessage")
        return refuse("UnknownOperationException");
      const asked = JSON.parse(body) as AwsTextSeen;
      if (optedOut.has(asked.DestinationPhoneNumber ?? ""))
        return refuse("ConflictException", 400, { Reason: "DESTINATION_PHONE_NUMBER_OPTED_OUT" });
      accepted.push(asked);
      taken.push({ to: asked.DestinationPhoneNumber ?? "", at: Date.now() });
      awaited.get(asked.DestinationPhoneNumber ?? "")?.(Date.now());
      return new Response(JSON.stringify({ MessageId: randomUUID() }), { headers });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    region,
    credentials,
    accepted,
    taken,
    next: (to: string) => new Promise<number>((resolve) => awaited.set(to, resolve)),
    optedOut,
    requests: () => requests,
    behave: (next: Misbehaviour) => {
      mode = next;
    },
    stop: () => server.stop(true),
  };
}
