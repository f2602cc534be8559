/** A process of its own that serves the ledger: `bun server.ts <facts file>`, spoken to by IPC. */
import { readFileSync } from "node:fs";
import { connectionOf } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import { ledger } from "./ledger.tsx";
import type { StageFacts } from "./stage.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: server.ts <facts file>");
const { owner, roles, secret, data } = JSON.parse(readFileSync(file, "utf8")) as StageFacts;
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
  assemble([ledger]),
  {
    log: (level, event, facts) => {
      if (process.env.CAIRN_TEST_LOG) process.stderr.write(`${JSON.stringify({ level, event, ...facts })}\n`);
    },
  },
);
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 30,
  development: false,
  fetch: (request, bun) => open.web.fetch(request, bun.requestIP(request)?.address ?? null),
});
process.on("message", () => process.send?.({ rss: process.memoryUsage.rss() }));
process.on("disconnect", () => process.exit(0));
process.send?.({ port: server.port });
