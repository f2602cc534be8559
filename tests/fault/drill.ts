/**
 * Kills what serves the ledger while people write into it, brings it back, and asks the database what is true: every
 * acknowledged write is there once, with its record and all its history; nothing else is half there.
 */
import { join } from "node:path";
import type { Embedded } from "@core/db/embedded.ts";
import { waitUntil } from "@core/db/processes.ts";
import { thirtyValues } from "../bench/ledger.tsx";
import { durableServer, type Stage, setStage } from "../bench/stage.ts";

/** What a round kills with SIGKILL: the process that serves, one of its database connections, or the whole server. */
export const victims = ["app", "backend", "postmaster"] as const;
export type Victim = (typeof victims)[number];

export interface Finding {
  readonly acknowledged: number;
  /** Acknowledged to the writer, and not there. */
  readonly lost: number;
  /** Entered more than once under one token. */
  readonly doubled: number;
  /** A record of a write that is not there, or an entry without its record. */
  readonly orphaned: number;
  /** Entries whose history is not thirty rows, or whose record names another request twice. */
  readonly mismatched: number;
  /** Connections of the application that stand inside a transaction after the recovery. */
  readonly open: number;
}

export interface Drill {
  readonly stage: Stage;
  round(victim: Victim): Promise<Finding>;
  stop(): Promise<void>;
}

interface Serving {
  readonly port: number;
  readonly child: Bun.Subprocess;
}

const WRITERS = 8;

export async function setDrill(): Promise<Drill> {
  const own = durableServer();
  let server: Embedded = await own.start();
  const stage = await setStage(2, server.owner);
  const acknowledged = new Set<string>();

  async function recover(): Promise<void> {
    await server.lost;
    await server.stop();
    server = await own.start();
  }

  return {
    stage,
    async round(victim) {
      const serving = await serve(stage.file);
      const stopping = new AbortController();
      const before = acknowledged.size;
      const writers = Array.from({ length: WRITERS }, () => write(stage, serving.port, acknowledged, stopping.signal));
      // Only a server that is at work is worth killing; then a moment that no two rounds share.
      await waitUntil(() => acknowledged.size >= before + 10, 20_000);
      await Bun.sleep(Math.random() * 400);
      if (victim === "app") serving.child.kill("SIGKILL");
      else if (victim === "postmaster") process.kill(server.pid, "SIGKILL");
      else await killBackend(stage);
      if (victim === "postmaster") await recover();
      if (victim === "backend") {
        // The server lost every connection at once and came back by itself: the same app has to write again.
        const atKill = acknowledged.size;
        const isBack = await waitUntil(() => acknowledged.size > atKill + 5, 20_000);
        if (!isBack) throw new Error("the app did not write again after its database had come back");
      }
      stopping.abort();
      serving.child.kill("SIGKILL");
      await Promise.all([serving.child.exited, ...writers]);
      return await find(stage, acknowledged);
    },
    async stop() {
      await stage.stop();
      await server.stop();
      own.remove();
    },
  };
}

async function serve(file: string): Promise<Serving> {
  const ready = Promise.withResolvers<number>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../bench/server.ts"), file], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message: { port?: number }) => ready.resolve(message.port ?? 0),
  });
  const gone = child.exited.then((code): number => {
    throw new Error(`the server ended with ${code} before it was ready`);
  });
  return { port: await Promise.race([ready.promise, gone]), child };
}

/** Writes until told to stop. A token is acknowledged when its answer has been read, and not a moment before. */
async function write(stage: Stage, port: number, acknowledged: Set<string>, until: AbortSignal): Promise<void> {
  const { facts } = stage;
  for (let i = 0; !until.aborted; i += 1) {
    const token = crypto.randomUUID();
    const { cookie } = facts.people[i % facts.people.length] ?? { cookie: "" };
    const subject = facts.subjects[i % facts.subjects.length] ?? "";
    const form = { subject, sheet: "77", token, patient: "Invented Patient", ...thirtyValues(i) };
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${facts.base}/entries`, {
        method: "POST",
        body: new URLSearchParams(form),
        redirect: "manual",
        signal: until,
        headers: { cookie: `sid=${cookie}`, "sec-fetch-site": "same-origin", host: `${facts.host}:${port}` },
      });
      if (answer.status === 303) acknowledged.add(token);
      await answer.arrayBuffer();
    } catch {
      await Bun.sleep(20); // nobody answers just now
    }
  }
}

/** As the owner, past every wall. While the server recovers it refuses; then it is asked again. */
async function ask<Row>(stage: Stage, text: string, values: readonly unknown[]): Promise<Row[]> {
  const end = performance.now() + 20_000;
  for (;;) {
    try {
      return await stage.world.sql<Row>(text, values);
    } catch (error) {
      const { code = "", exitCode } = error as { code?: string; exitCode?: number };
      const isAway = exitCode !== undefined || /^(57P|CONNECTION_|ECONN)/.test(code);
      if (!isAway || performance.now() > end) throw error;
      await Bun.sleep(50);
    }
  }
}

/** The server itself goes down and up again when one of its processes is killed like this. */
async function killBackend(stage: Stage): Promise<void> {
  const [row] = await ask<{ pid: number }>(
    stage,
    "select pid from pg_stat_activity where usename = $1 and state <> 'idle' order by random() limit 1",
    [stage.facts.roles.app],
  );
  const [any] = row
    ? [row]
    : await ask<{ pid: number }>(stage, "select pid from pg_stat_activity where usename = $1 limit 1", [
        stage.facts.roles.app,
      ]);
  if (any) process.kill(any.pid, "SIGKILL");
}

/** What the record says was written, one row for each entry. */
const WRITES = `writes as (
  select a.request_id, (jsonb_array_elements_text(a.changed -> 'ledger.entries' -> 'rows'))::uuid as entry
  from core.audit_events a where a.tenant_id = $1 and a.event = 'ledger.entered' and a.outcome = 'done')`;

/** What is true now. */
async function find(stage: Stage, acknowledged: ReadonlySet<string>): Promise<Finding> {
  const { facts } = stage;
  const isIdle = async () => {
    const [row] = await ask<{ open: number }>(
      stage,
      "select count(*)::int as open from pg_stat_activity where usename = $1 and xact_start is not null",
      [facts.roles.app],
    );
    return row?.open ?? -1;
  };
  // A killed client's last statement may still be running: the server notices when it has an answer to send.
  let open = await isIdle();
  for (const end = performance.now() + 5_000; open > 0 && performance.now() < end; open = await isIdle()) {
    await Bun.sleep(50);
  }
  const entries = await ask<{ token: string; times: number; rows: number; records: number }>(
    stage,
    `with ${WRITES}, lines as (select entry_id, count(*)::int as rows from ledger.history where tenant_id = $1 group by 1),
       marks as (select entry, count(*)::int as records from writes group by 1)
     select e.token, count(*) over (partition by e.token)::int as times,
       coalesce(l.rows, 0) as rows, coalesce(m.records, 0) as records
     from ledger.entries e left join lines l on l.entry_id = e.id left join marks m on m.entry = e.id
     where e.tenant_id = $1 and e.sheet = 77`,
    [facts.tenant],
  );
  const [records] = await ask<{ dangling: number; repeated: number }>(
    stage,
    `with ${WRITES} select count(*) filter (where e.id is null)::int as dangling,
       (count(*) - count(distinct w.request_id))::int as repeated
     from writes w left join ledger.entries e on e.tenant_id = $1 and e.id = w.entry`,
    [facts.tenant],
  );
  const there = new Set(entries.map(({ token }) => token));
  return {
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((token) => !there.has(token)).length,
    doubled: entries.filter(({ times }) => times !== 1).length,
    orphaned: (records?.dangling ?? 0) + entries.filter(({ records: mine }) => mine !== 1).length,
    mismatched: (records?.repeated ?? 0) + entries.filter(({ rows }) => rows !== 30).length,
    open,
  };
}
