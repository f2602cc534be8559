/** A stand-in for Twilio's messages on loopback: basic authentication checked, its own error codes. It can misbehave. */
import { randomBytes } from "node:crypto";
import { drip, type Misbehaviour, never } from "./misbehaviour.ts";

export function startTwilio() {
  const accountSid = `AC${randomBytes(16).toString("hex")}`;
  const keySid = `SK${randomBytes(16).toString("hex")}`;
  const keySecret = randomBytes(16).toString("hex");
  const accepted: Record<string, string>[] = [];
  /** As the list of messages shows them, oldest first. */
  const listed: { sid: string; to: string; body: string; direction: string; date_created: string; at: number }[] = [];
  /** By the number that is written to: the code it is refused with. */
  const refused = new Map<string, number>();
  /** Whoever waits for the next text to a number. */
  const awaited = new Map<string, (at: number) => void>();
  let requests = 0;
  /** `taken`: it takes the text, and its answer is lost on the way. `mute`: what it takes it never answers. */
  let mode: Misbehaviour | "html" | "large" | "taken" | "mute" = "ok";

  const answer = (status: number, body: object) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 30,
    async fetch(request) {
      requests += 1;
      if (mode === "hang") return await never(request.signal);
      if (mode === "drip") return drip();
      if (mode === "500") return answer(500, { code: 20500, message: "Internal error" });
      if (mode === "throttle") return answer(429, { code: 20429, message: "Too many requests" });
      if (mode === "denied") return answer(401, { code: 20003, message: "Authenticate" });
      if (mode === "html")
        return new Response("<html>proxy</html>", { status: 200, headers: { "content-type": "text/html" } });
      if (mode === "large") return new Response("x".repeat(10 * 1024 * 1024), { status: 201 });
      const expected = `Basic ${Buffer.from(`${keySid}:${keySecret}`).toString("base64")}`;
      if (request.headers.get("authorization") !== expected)
        return answer(401, { code: 20003, message: "Authenticate" });
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) return answer(404, { code: 20404 });
      if (request.method === "GET") {
        const [to, size] = [searchParams.get("To"), Number(searchParams.get("PageSize") ?? 50)];
        const messages = listed.filter((one) => to === null || one.to === to).toReversed();
        return answer(200, { messages: messages.slice(0, size) });
      }
      if (request.method !== "POST") return answer(405, { code: 20004 });
      const form = Object.fromEntries(new URLSearchParams(await request.text()));
      const code = refused.get(form.To ?? "");
      if (code !== undefined) return answer(400, { code, message: "refused", status: 400 });
      accepted.push(form);
      const sid = `SM${randomBytes(16).toString("hex")}`;
      const { To: to = "", Body: body = "" } = form;
      // Without fractions, as Twilio writes it: "Mon, 02 Nov 2026 08:00:00 +0000".
      const date_created = new Date().toUTCString().replace("GMT", "+0000");
      listed.push({ sid, to, body, direction: "outbound-api", date_created, at: Date.now() });
      awaited.get(to)?.(Date.now());
      if (mode === "taken") return answer(500, { code: 20500, message: "Internal error" });
      if (mode === "mute") return await never(request.signal);
      return answer(201, { sid, status: "queued" });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    accountSid,
    keySid,
    keySecret,
    accepted,
    listed,
    refused,
    next: (to: string) => new Promise<number>((resolve) => awaited.set(to, resolve)),
    requests: () => requests,
    behave: (next: typeof mode) => {
      mode = next;
    },
    stop: () => server.stop(true),
  };
}
