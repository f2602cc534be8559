import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startEmbedded } from "@core/db/embedded.ts";
import { processMark } from "@core/db/processes.ts";

// A process of its own that holds one test run's database server: `bun cluster.ts <folder> <mark of the run>`. It ends
// with the run, however the run ends, and takes the folder along. The server ends with it (see embedded.ts).

const [folder, run] = process.argv.slice(2);
if (folder === undefined || run === undefined) throw new Error("usage: cluster.ts <folder> <mark of the run>");
// Hundreds of databases that live for seconds: nothing is worth tidying, logging in full, or flushing half-way.
const settings = {
  max_connections: "200",
  autovacuum: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  checkpoint_timeout: "1h",
  max_wal_size: "8GB",
};
const server = await startEmbedded(folder, { durable: false, settings });
const file = join(folder, "connection.json");
writeFileSync(`${file}.new`, JSON.stringify(server.owner), { mode: 0o600 });
renameSync(`${file}.new`, file);

const timer = setInterval(async () => {
  if (processMark(Number.parseInt(run, 10)) === run) return;
  clearInterval(timer);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}, 200);
