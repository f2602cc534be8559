/**
 * A process that serves a coaching service with its jobs, and dies by its own hand at one moment: `bun coaching-process.ts
 * <facts file>`, spoken to by IPC. Without a moment it lives until it is told to go.
 */
import { readFileSync } from "node:fs";
import { connectionOf } from "@core/db/roles.ts";
import type { House } from "@core/house.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import type { TextSender } from "@core/sms/text-message.ts";
import { coaching } from "../../modules/coaching/module.ts";
import type { Moment, ProcessFacts } from "./coaching.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: coaching-process.ts <facts file>");
const { owner, roles, secret, data, certificate, dieAt, spare, worker } = JSON.parse(
  readFileSync(file, "utf8"),
) as ProcessFacts;

let left = spare;
const at = (moment: Moment): void => {
  if (moment !== dieAt) return;
  if (left > 0) left -= 1;
  else process.kill(process.pid, "SIGKILL");
};

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
  assemble([coaching]),
  {
    worker,
    certificates: async () => certificate,
    log: (level, event, facts) => {
      if (process.env.CAIRN_TEST_LOG) process.stderr.write(`${JSON.stringify({ level, event, ...facts })}\n`);
    },
  },
);

// ── Where it dies ───────────────────────────────────────────────────────────────────────────────────────────────────

/** By what it may do: the webhook opens no identity, a job that takes up uses no provider, the one that sends does both. */
function stageOf(permissions: readonly string[]): "received" | "taken up" | "send" | null {
  const [opens, uses] = ["core.identities.open", "core.providers.use"].map((one) => permissions.includes(one));
  if (permissions.includes("core.people.read")) return null;
  return opens && uses ? "send" : uses ? "received" : opens ? "taken up" : null;
}
let handedOver = 0;
const { transactions, senders } = open.house;
const run = transactions.run.bind(transactions);
transactions.run = async (standing, options, work, close) => {
  const stage = options.readOnly ? null : stageOf(standing.permissions ?? []);
  const isSettling = stage === "send" && handedOver > 0;
  const name = stage === "send" ? (isSettling ? "settled" : "claimed") : stage;
  const result = await run(standing, options, work, async (lease, done) => {
    await close(lease, done);
    if (name) at(`${name}, before COMMIT` as Moment);
  });
  if (name && name !== "claimed") at(`${name}, after COMMIT` as Moment);
  return result;
};
const of = senders.of.bind(senders);
(senders as { of: House["senders"]["of"] }).of = (way) => {
  const sender: TextSender = of(way);
  return {
    ...sender,
    async send(text) {
      at("claimed, the provider not called");
      const result = await sender.send(text);
      at("taken by the provider, its answer unread");
      handedOver += 1;
      return result;
    },
  };
};

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 30,
  development: false,
  fetch: (request, bun) => open.web.fetch(request, bun.requestIP(request)?.address ?? null),
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: server.port });
