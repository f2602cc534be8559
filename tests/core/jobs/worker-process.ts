/** A worker in a process of its own, so that a test can kill it: it says "inside" from within a job and never leaves it. */
import type { Config } from "@core/config.ts";
import { connectionOf, type LoginPart, type Roles } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openHouse } from "@core/open-house.ts";
import { chores, inside } from "./chores.ts";

const { config, roles } = JSON.parse(process.env.CHORES ?? "") as { config: Config; roles: Roles };
const { database: owner, secretKey } = config;
if (owner === "embedded") throw new Error("this worker is told where its database is");
inside.hold = () => {
  process.stdout.write("inside\n");
  return new Promise(() => {});
};
const database = {
  owner,
  roles,
  as: (part: LoginPart) => connectionOf(owner, roles, part, secretKey),
  lost: new Promise<string>(() => {}),
  stop: async () => {},
};
await openHouse(config, database, assemble([chores]), { log: () => {}, leases: 2, worker: true });
