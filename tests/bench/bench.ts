/**
 * `bun run bench`: a real server, a real database and a load generator, each in a process of its own, and in the same
 * run the same SQL without the page. Compare the ratios; the rates belong to this machine and this hour.
 *
 *   bun run bench [--seconds 5] [--only read,list,write] [--at 1,16,64] [--quick]
 *
 * TEST_DATABASE_URL names another server (a superuser's connection); without it an embedded one is made and removed.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { connectionOf } from "@core/db/roles.ts";
import { thirtyValues } from "./ledger.tsx";
import type { LoadJob, Measured } from "./load.ts";
import { durableServer, type StageFacts, setStage } from "./stage.ts";
import type { Scenario, ScriptJob, Way, YardJob } from "./yardstick.ts";

const { values: said } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    only: { type: "string", default: "read,list,write" },
    at: { type: "string", default: "1,16,64" },
    /** Pages, the data layer and the pipelined yardstick alone. */
    quick: { type: "boolean", default: false },
  },
});
const seconds = Number(said.seconds);
const scenarios = said.only.split(",") as Scenario[];
const levels = said.at.split(",").map(Number);
const LEASES = 10;
const ROUNDS = 2;

/** A child that is asked one thing at a time. */
function child(script: string, ...words: string[]) {
  const heard: unknown[] = [];
  const waiting: ((message: unknown) => void)[] = [];
  const process_ = Bun.spawn([process.execPath, join(import.meta.dir, script), ...words], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message) => {
      const next = waiting.shift();
      if (next) next(message);
      else heard.push(message);
    },
  });
  const answer = async <T>(): Promise<T> => {
    if (heard.length > 0) return heard.shift() as T;
    const said = new Promise<unknown>((resolve) => waiting.push(resolve));
    const gone = process_.exited.then((code) => {
      throw new Error(`${script} ended with ${code}`);
    });
    return (await Promise.race([said, gone])) as T;
  };
  return {
    answer,
    ask: async <T>(question: object): Promise<T> => {
      process_.send(question);
      return await answer<T>();
    },
    stop: async () => {
      process_.kill();
      await process_.exited;
    },
  };
}

const isReal = process.env.TEST_DATABASE_URL !== undefined;
const own = isReal ? null : durableServer();
const running = await own?.start();
const stage = await setStage(40, running?.owner);
const { facts } = stage;
const server = child("server.ts", stage.file);
const { port } = await server.answer<{ port: number }>();
const load = child("load.ts");
const yard = child("yardstick.ts", stage.file);
await yard.answer();
const pgbench = said.quick ? null : findPgbench();

const lines: string[][] = [];
try {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${navigator.hardwareConcurrency} cores, Bun ${Bun.version}, ` +
      `${isReal ? "the server of TEST_DATABASE_URL" : "embedded PostgreSQL, durable"}, ${LEASES} connections, ${seconds} s a cell` +
      `${pgbench ? "" : said.quick ? "" : "; pgbench is not on this machine"}`,
  );
  for (const scenario of scenarios) for (const concurrency of levels) await cell(scenario, concurrency);
  print(lines);
} finally {
  await Promise.all([server.stop(), load.stop(), yard.stop()]);
  await stage.stop();
  await running?.stop();
  own?.remove();
}

/** The page and its yardsticks in turn, twice, so that what else the machine does falls on all of them. */
async function cell(scenario: Scenario, concurrency: number): Promise<void> {
  const ways: Way[] = said.quick
    ? ["data layer", "driver, in one burst"]
    : ["data layer", "driver, in one burst", "driver, one by one"];
  const ms = (seconds * 1_000) / ROUNDS;
  const pages: Measured[] = [];
  const by = new Map<string, { rate: number; p50: number }[]>();
  const note = (name: string, rate: number, p50: number) => by.set(name, [...(by.get(name) ?? []), { rate, p50 }]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const warmMs = round === 0 ? 1_500 : 200;
    const job: LoadJob = {
      port,
      requests: requestsOf(scenario),
      status: scenario === "write" ? 303 : 200,
      concurrency,
      warmMs,
      ms,
    };
    const measured = await load.ask<Measured>(job);
    if (measured.wrong > 0) throw new Error(`${measured.wrong} answers of ${scenario} had another status`);
    pages.push(measured);
    for (const way of ways) {
      const one = await yard.ask<Measured>({ way, scenario, concurrency, warmMs, ms } satisfies YardJob);
      note(way, one.count / one.seconds, at(one.times, 0.5));
    }
    if (pgbench) {
      for (const pipelined of [true, false]) {
        const { tps, latency } = await runPgbench(pgbench, scenario, pipelined, Math.min(concurrency, LEASES), ms);
        note(pipelined ? "pgbench, in one burst" : "pgbench, one by one", tps, latency);
      }
    }
  }
  const { rss } = await server.ask<{ rss: number }>({});
  const mean = (list: readonly { rate: number }[]) => list.reduce((sum, { rate }) => sum + rate, 0) / list.length;
  const rate = pages.reduce((sum, page) => sum + page.count / page.seconds, 0) / pages.length;
  const times = pages.flatMap((page) => page.times).sort((a, b) => a - b);
  lines.push([
    scenario,
    String(concurrency),
    "page",
    String(Math.round(rate)),
    at(times, 0.5).toFixed(2),
    at(times, 0.99).toFixed(2),
    `${Math.round(rss / 1e6)} MB`,
    "",
  ]);
  const burst = mean(by.get("driver, in one burst") ?? []);
  for (const [name, measured] of by) {
    const ratio =
      name === "data layer"
        ? `layer / driver burst ${percent(mean(measured) / burst)}`
        : `page / this ${percent(rate / mean(measured))}`;
    const p50 = measured.reduce((sum, one) => sum + one.p50, 0) / measured.length;
    lines.push(["", "", name, String(Math.round(mean(measured))), p50.toFixed(2), "", "", ratio]);
  }
  console.error(
    lines
      .slice(-1 - by.size)
      .map((line) => line.join("  "))
      .join("\n"),
  );
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

function requestsOf(scenario: Scenario): string[] {
  const head = (line: string, cookie: string, more: string) =>
    `${line} HTTP/1.1\r\nhost: ${facts.host}:${port}\r\ncookie: sid=${cookie}\r\nuser-agent: ledger bench\r\naccept: text/html\r\n` +
    `accept-encoding: gzip, deflate, br, zstd\r\nsec-fetch-site: same-origin\r\n${more}\r\n`;
  const cookieOf = (i: number) => facts.people[i % facts.people.length]?.cookie ?? "";
  if (scenario === "list") return facts.people.map(({ cookie }) => head(`GET ${facts.base}/sheets/1`, cookie, ""));
  if (scenario === "read")
    return facts.entries.map((id, i) => head(`GET ${facts.base}/entries/${id}`, cookieOf(i), ""));
  return facts.subjects.map((subject, i) => {
    const form = { subject, sheet: "9999", token: `bench-${i}`, patient: `Invented Patient ${i}`, ...thirtyValues(i) };
    const body = new URLSearchParams(form).toString();
    const type = `content-type: application/x-www-form-urlencoded\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    return head(`POST ${facts.base}/entries`, cookieOf(i), type) + body;
  });
}

function findPgbench(): string | null {
  const packaged = "/usr/lib/postgresql";
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(packaged, version, "bin/pgbench")).find(existsSync);
  return found ?? Bun.which("pgbench");
}

async function runPgbench(program: string, scenario: Scenario, pipelined: boolean, clients: number, ms: number) {
  const file = join(facts.data, "pgbench.sql");
  await yard.ask({ script: scenario, pipelined, file } satisfies ScriptJob);
  const {
    host,
    port: at,
    user,
    password,
    database,
  } = connectionOf(facts.owner, facts.roles, "app", (facts as StageFacts).secret);
  const words = ["-h", host, "-p", String(at), "-U", user, "-n", "-M", "prepared", "-f", file];
  words.push("-c", String(clients), "-j", "2", "-T", String(Math.max(1, Math.round(ms / 1_000))), database);
  const run = Bun.spawnSync([program, ...words], { env: { PGPASSWORD: password, LC_ALL: "C" } });
  const text = run.stdout.toString();
  const tps = Number(/tps = ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  const latency = Number(/latency average = ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
  if (run.exitCode !== 0 || Number.isNaN(tps)) throw new Error(`pgbench: ${run.stderr.toString().slice(0, 2_000)}`);
  return { tps, latency };
}

function print(rows: readonly string[][]): void {
  const table = [["work", "c", "way", "per s", "p50 ms", "p99 ms", "RSS", "ratio"], ...rows];
  const widths = (table[0] as string[]).map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  const [head, ...body] = table.map((row) => `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(" | ")} |`);
  console.log([head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n"));
}
