/** `bun run attack transport`, in the run of all tests: it is short enough. And the port that only sends people on. */
import { expect, test } from "bun:test";
import { sendToHttps } from "@core/http/listener.ts";
import { attackTransport } from "./transport.ts";

test("nobody poses as the database, speaks an old TLS or is configured in the clear", async () => {
  const waves = await attackTransport();
  expect(waves.map(({ tried }) => tried > 0)).toEqual([true, true, true]);
  expect(waves.flatMap(({ kind, through }) => through.map((name) => `${kind}: ${name}`))).toEqual([]);
});

test("a page asked for in the clear is sent on, and a form is refused unread", async () => {
  const server = sendToHttps({ host: "127.0.0.1", baseUrl: "https://cairn.example.org" }, 0);
  try {
    const at = `http://127.0.0.1:${server.port}/w/heart?find=x`;
    const page = await fetch(at, { redirect: "manual", headers: { accept: "text/html", host: "evil.example" } });
    expect([page.status, page.headers.get("location")]).toEqual([308, "https://cairn.example.org/w/heart?find=x"]);
    const form = await fetch(at, { method: "POST", body: "password=x", redirect: "manual" });
    expect([form.status, form.headers.get("location")]).toEqual([403, null]);
    expect((await fetch(at, { redirect: "manual", headers: { accept: "*/*" } })).status).toBe(403);
  } finally {
    await server.stop(true);
  }
});
