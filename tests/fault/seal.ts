/**
 * `bun run fault seal`: the sealer is killed while it works, again and again, and nothing is lost or sealed twice; then the
 * figures. A cluster of its own, durable as in production; each writer commits one event at a time.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrationsDirectory } from "@core/db/database.ts";
import { startEmbedded } from "@core/db/embedded.ts";
import { migrate, withOwner } from "@core/db/migrate.ts";
import { readMigrations } from "@core/db/migrations.ts";
import { connectionOf, type LoginPart, roleNames } from "@core/db/roles.ts";
import { randomToken } from "@core/vault/primitives.ts";
import postgres from "postgres";
import { type TestRecord, testRecord, write } from "../support/record.ts";

const KILLS = Number(process.env.KILLS ?? 12);
const SPELLS = Number(process.env.SPELLS ?? 4);
const SPELL_MS = 4_000;
const WRITERS = 4;

export async function drill(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-fault-"));
  chmodSync(folder, 0o755);
  const server = await startEmbedded(folder, {});
  try {
    const secret = randomToken();
    await withOwner(server.owner, async (sql) => void (await sql.unsafe("create database cairn")));
    const owner = { ...server.owner, database: "cairn" };
    const roles = roleNames("cairn");
    await migrate(owner, roles, secret, readMigrations(migrationsDirectory));
    const record = await testRecord({
      owner,
      roles,
      secret,
      as: (part: LoginPart) => connectionOf(owner, roles, part, secret),
      lost: new Promise<string>(() => {}),
      stop: async () => {},
    });
    try {
      const well = await killRounds(record);
      await figures(record);
      return well;
    } finally {
      await record.stop();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function startSealer(record: TestRecord, rows: number, pauseMs = 1_000) {
  const words = [JSON.stringify(record.database.as("sealer")), record.database.secret, String(rows), String(pauseMs)];
  return Bun.spawn([process.execPath, join(import.meta.dir, "seal-process.ts"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Writes one event a transaction on several connections until told to stop; answers with how many were acknowledged. */
function startWriters(record: TestRecord, tenants: readonly string[]) {
  let open = true;
  const acknowledged: string[] = [];
  const done = Promise.all(
    Array.from({ length: WRITERS }, async (_, i) => {
      const sql = postgres({ ...record.database.owner, max: 1, onnotice: () => {} });
      for (let n = i; open; n++)
        acknowledged.push(...(await write(sql, tenants[n % tenants.length] as string, 1, "an event of the drill")));
      await sql.end();
    }),
  );
  return async () => {
    open = false;
    await done;
    return acknowledged;
  };
}

async function killRounds(record: TestRecord): Promise<boolean> {
  const tenants = await Promise.all(["alpha", "beta", "gamma"].map((slug) => record.tenant(slug)));
  const stopWriting = startWriters(record, tenants);
  let midway = 0;
  for (let round = 0; round < KILLS; round++) {
    const sealer = startSealer(record, 50, 0);
    // From its first checkpoint on it works without a pause: some milliseconds later it is in the middle of a round.
    await sealer.stdout.getReader().read();
    await Bun.sleep(Math.random() * 60);
    const [busy] =
      await record.sql`select count(*)::int as n from pg_stat_activity where usename = ${record.database.roles.sealer} and state <> 'idle'`;
    midway += busy?.n > 0 ? 1 : 0;
    sealer.kill("SIGKILL");
    await sealer.exited;
  }
  const acknowledged = await stopWriting();
  await sealAll(record);
  const verdict = await record.verify();
  const [lost] = await record.sql`select count(*)::int as n from unnest(${acknowledged}::bigint[]) a
    where not exists (select from core.audit_leaves l where l.event_id = a)`;
  const [twice] =
    await record.sql`select count(*)::int as n from (select event_id from core.audit_leaves group by event_id having count(*) > 1) x`;
  console.log(
    `kill -9: ${KILLS} rounds, ${midway} in the middle of a transaction; ${acknowledged.length} events acknowledged, ${lost?.n} without a seal, ${twice?.n} sealed twice, ${verdict.findings.length} mismatches, ${verdict.checkpoints} checkpoints`,
  );
  for (const { sentence } of verdict.findings) console.error(sentence);
  return lost?.n === 0 && twice?.n === 0 && verdict.findings.length === 0 && midway > 0 && acknowledged.length > 0;
}

/** Until every event has its seal: the killed sealer's session may still hold the lock for a moment, and much may wait. */
async function sealAll(record: TestRecord): Promise<void> {
  let [fewest, since] = [Number.POSITIVE_INFINITY, performance.now()];
  for (;;) {
    const { waiting } = await record.verify();
    if (waiting === 0) return;
    if (waiting < fewest) [fewest, since] = [waiting, performance.now()];
    else if (performance.now() - since > 30_000)
      throw new Error(`sealing stood still for 30 s with ${waiting} events waiting`);
    await record.seal();
  }
}

async function figures(record: TestRecord): Promise<void> {
  const hot = await record.tenant("hot");
  const rates: Record<"with" | "without", number[]> = { with: [], without: [] };
  const ended = new Map<number, number>();
  const [start] = await record.sql`select coalesce(max(id), 0)::int as id from core.audit_checkpoints`;
  // Interleaved, so that what the machine does besides falls on both alike.
  for (let spell = 0; spell < SPELLS * 2; spell++) {
    const kind = spell % 2 === 0 ? "without" : "with";
    const sealer = kind === "with" ? startSealer(record, 20_000) : null;
    const heard = sealer && hear(sealer.stdout, ended);
    const stopWriting = startWriters(record, [hot]);
    await Bun.sleep(SPELL_MS);
    const count = (await stopWriting()).length;
    rates[kind].push(count / (SPELL_MS / 1000));
    if (sealer) {
      await Bun.sleep(1_500);
      sealer.kill();
      await heard;
    } else {
      // What gathers without a sealer is no part of its lag.
      await sealAll(record);
    }
  }
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [without, sealed] = [median(rates.without), median(rates.with)];
  console.log(
    `events a second, ${WRITERS} writers, one event a transaction: ${Math.round(without)} without sealing, ${Math.round(sealed)} with it; ratio ${(sealed / without).toFixed(2)} (medians of ${SPELLS} spells of ${SPELL_MS / 1000} s each)`,
  );

  const lags: number[] = [];
  const rows = await record.sql`select l.checkpoint::int as checkpoint, extract(epoch from e.at)::float8 * 1000 as at
    from core.audit_leaves l join core.audit_events e on e.tenant_id = l.tenant_id and e.id = l.event_id where l.checkpoint > ${start?.id}`;
  for (const { checkpoint, at } of rows) {
    const end = ended.get(checkpoint);
    if (end !== undefined) lags.push(end - at);
  }
  lags.sort((a, b) => a - b);
  const at = (part: number) =>
    Math.round(lags[Math.min(lags.length - 1, Math.floor(lags.length * part))] ?? Number.NaN);
  console.log(
    `from an event to its signed checkpoint, ${lags.length} events: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`,
  );

  for (let i = 0; i < 4; i++) await write(record.sql, hot, 10_000, "an event of the catching up");
  let began = performance.now();
  await record.seal();
  console.log(`catching up: ${Math.round(40_000 / ((performance.now() - began) / 1000))} events a second`);
  began = performance.now();
  const verdict = await record.verify();
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `verify: ${verdict.events} events in ${seconds.toFixed(1)} s, ${Math.round(verdict.events / seconds)} a second, ${verdict.findings.length} findings`,
  );
}

async function hear(stream: ReadableStream<Uint8Array>, ended: Map<number, number>): Promise<void> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const [checkpoint, at] = line.split(" ").map(Number);
      if (checkpoint !== undefined && at !== undefined) ended.set(checkpoint, at);
    }
  }
}
