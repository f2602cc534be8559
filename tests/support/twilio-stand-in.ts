/** A stand-in for Twilio's messages on loopback: basic authentication checked, its own error codes. It can misbehave. */
import { randomBytes } from "node:crypto";
import { drip, type Misbehaviour, never } from "./misbehaviour.ts";

export function startTwilio() {
  const accountSid = `AC${randomBytes(16).toString("hex")}`;
  const keySid = `SK${randomBytes(16).toString("hex")}`;
  const keySecret = randomBytes(16).toString("hex");
  const accepted: Record<string, string>[] = [];
  /** By the number that is written to: the code it is refused with. */
  const refused = new Map<string, number>();
  let requests = 0;
  let mode: Misbehaviour | "html" | "large" = "ok";

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
      if (
        request.method !== "POST" ||
        new URL(request.url).pathname !== `/2010-04-01/Accounts/${accountSid}/Messages.json`
      )
        return answer(404, { code: 20404 });
      const form = Object.fromEntries(new URLSearchParams(await request.text()));
      const code = refused.get(form.To ?? "");
      if (code !== undefined) return answer(400, { code, message: "refused", status: 400 });
      accepted.push(form);
      return answer(201, { sid: `SM${randomBytes(16).toString("hex")}`, status: "queued" });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    accountSid,
    keySid,
    keySecret,
    accepted,
    refused,
    requests: () => requests,
    behave: (next: typeof mode) => {
      mode = next;
    },
    stop: () => server.stop(true),
  };
}
