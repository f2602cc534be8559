/** A process of its own that serves the ledger, or the studies: `bun server.ts <facts file> [studies]`, spoken to by IPC. */
import { readFileSync } from "node:fs";
import { connectionOf } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import { studies } from "../../modules/studies/module.ts";
import { ledger } from "./ledger.tsx";
import type { HouseFacts } from "./stage.ts";

const [file, what] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: server.ts <facts file> [studies]");
const { owner, roles, secret, data } = JSON.parse(readFileSync(file, "utf8")) as HouseFacts;
const open = await openHouse(
  {
    environment: "development",
    baseUrl: "http://localhost:3000",
    host: "127.0.0.1",
    port: 0,
    data,
    database: owner,
    secretKey: secret,
    trustedProxies: 0,
    warnings: [],
  },
  {
    owner,
    roles,
    as: (part) => connectionOf(owner, roles, part, secret),
    lost: new Promise<string>(() => {}),
    stop: async () => {},
  },
  assemble([what === "studies" ? studies : ledger]),
  {
    // Studies are served as they really are: with the jobs and the sealing of the record in the same process.
    worker: what === "studies",
    log: (level, event, facts) => {
      if (process.env.CAIRN_TEST_LOG) process.stderr.write(`${JSON.stringify({ level, event, ...facts })}\n`);
    },
  },
);
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  // As long as a real one waits for the first byte of a long file (core/serve.ts).
  idleTimeout: 250,
  maxRequestBodySize: 256 * 1024 * 1024,
  development: false,
  fetch: (request, bun) => open.web.fetch(request, bun.requestIP(request)?.address ?? null),
});
process.on("message", () => process.send?.({ rss: process.memoryUsage.rss() }));
process.on("disconnect", () => process.exit(0));
process.send?.({ port: server.port });
