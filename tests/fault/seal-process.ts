// A process that only seals, until it is ended: `bun seal-process.ts <connection as JSON> <secret> <rows a round>`. It
// prints the number and the end of each checkpoint, in milliseconds of the same clock that PostgreSQL reads.
import { sealRound } from "@core/audit/sealer.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { signingKey } from "@core/vault/signing.ts";

const [connection = "", secret = "", rows = "20000", pause = "1000"] = process.argv.slice(2);
const pool = new LeasePool(JSON.parse(connection), 1);
const key = signingKey(secret, "audit");
for (;;) {
  const round = await pool.transact({}, (lease) => sealRound(lease, key, "fault.test/audit", Number(rows)));
  if (round.checkpoint !== null) process.stdout.write(`${round.checkpoint} ${Date.now()}\n`);
  if (!round.more) await Bun.sleep(Number(pause));
}
