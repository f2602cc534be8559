/**
 * A process that carries one import on from where it stands, and dies by its own hand at one moment:
 * `bun import-process.ts <facts file>`. Without a moment it goes on until the stage is done.
 */
import { readFileSync } from "node:fs";
import { connectionOf } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import { studies } from "../../modules/studies/module.ts";
import type { ImportFacts } from "./import.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: import-process.ts <facts file>");
const { owner, roles, secret, data, place, step, dieAt } = JSON.parse(readFileSync(file, "utf8")) as ImportFacts;

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
  assemble([studies]),
  {
    log: (level, event, facts) => {
      if (level !== "info") process.stderr.write(`${JSON.stringify({ level, event, ...facts })}\n`);
    },
  },
);
const { transactions, prompts } = open.house;
const run = transactions.run.bind(transactions);
transactions.run = async (standing, options, work, close) => {
  const isStep = !options.readOnly && standing.permissions?.includes("studies.import");
  const result = await run(standing, options, work, async (lease, done) => {
    await close(lease, done);
    if (isStep && dieAt === "inside a step, before COMMIT") process.kill(process.pid, "SIGKILL");
  });
  if (isStep && dieAt === "between two steps") process.kill(process.pid, "SIGKILL");
  return result;
};
prompts.begin(place, [{ id: Bun.randomUUIDv7(), job: "studies.import_step", payload: step }]);
await prompts.settled();
process.exit(0);
