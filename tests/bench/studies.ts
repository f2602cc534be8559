/**
 * Measures of capture at size, one table: `bun run bench:studies [values] [--queries 20000] [--files csv,xlsx,…]`
 * (default 100,000 values; a million take about ten minutes).
 *
 * A real server in a process of its own, with its jobs and its sealing, over a database that keeps its promises about the
 * disk; this process is the browser. Times are of whole requests. Beside what moves all values stands what PostgreSQL alone
 * needs to move the same rows by COPY, without walls, record, keys and indexes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Build } from "../../modules/studies/model/build.ts";
import { studies } from "../../modules/studies/module.ts";
import { smallStudy } from "../modules/studies/small-study.ts";
import { withPass } from "../support/collecting.ts";
import { bodyOf, type FormValues, type TestPerson, testWorld } from "../support/world.ts";
import { durableServer, type HouseFacts } from "./stage.ts";

const { values: said, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** So many of the values cannot be read, and open a query each. */
    queries: { type: "string", default: "20000" },
    files: { type: "string", default: "csv,xlsx,odm132,odm2,archive" },
  },
});
const wanted = Number(positionals[0] ?? 100_000);
const visits = 20;
/** Values on one visit of one participant: the two forms of the small study. */
const each = 4;
const rows = Math.ceil(wanted / each);
const unreadable = Math.min(Number(said.queries), Math.floor(rows / 4));
const visit = (n: number) => ({
  ...(smallStudy.events[0] as Build["events"][number]),
  id: `visit_${n}`,
  name: `Visit ${n}`,
  label: { en: { text: `Visit ${n}`, status: "reviewed" as const } },
});
const build: Build = {
  ...smallStudy,
  events: [...smallStudy.events, ...Array.from({ length: visits - 2 }, (_, n) => visit(n + 3))],
};
const numbered = (n: number) => Math.round(n).toLocaleString("en-US");

// ── The table ───────────────────────────────────────────────────────────────────────────────────────────────────────

const lines: string[][] = [["what", "time", "values/s", "memory before → most", "beside it", "ratio"]];
const say = (...line: string[]) => {
  lines.push(line);
  console.log(line.filter(Boolean).join("  "));
};
const loadNow = () => readFileSync("/proc/loadavg", "utf8").split(" ").slice(0, 1).join("");

const own = process.env.TEST_DATABASE_URL === undefined ? durableServer() : null;
const running = await own?.start();
const world = await testWorld([studies], [], {}, running?.owner);
const folder = mkdtempSync(join(tmpdir(), "cairn-studies-bench-"));
let server: { process: Bun.Subprocess; port: number } | null = null;
try {
  console.log(
    `${new Date().toISOString().slice(0, 16)}, ${navigator.hardwareConcurrency} cores, load ${loadNow()}, Bun ${Bun.version}, ` +
      `${own ? "embedded PostgreSQL, durable" : "the server of TEST_DATABASE_URL"}, ${numbered(wanted)} values`,
  );
  const study = await world.workspace("study", ["studies"]);
  const base = `/w/${study.slug}/studies`;
  const site = await world.site(study, "01");
  const [version] = await world.sql<{ id: string }>(
    "insert into studies.versions (tenant_id, workspace_id, number, title, build, sha256, coverage) values ($1, $2, 1, 'V', $3::text::jsonb, sha256('x'), '{}') returning id",
    [world.here.id, study.id, JSON.stringify(build)],
  );
  await world.sql(
    "insert into studies.placements (tenant_id, workspace_id, version_id, from_on) values ($1, $2, $3, '2020-01-01')",
    [world.here.id, study.id, version?.id],
  );
  server = await serve();
  const browserOf = async (person: TestPerson) => {
    const token = await world.house.sessions.open(person.tenant.id, person.id, "test", "127.0.0.1", null);
    return browser(
      server?.port ?? 0,
      `${world.here.slug}.localhost`,
      await world.house.tokens.sign(token, world.here.id),
    );
  };
  const dan = await browserOf(await world.person("Dan", "data_manager", study));
  const cora = await browserOf(await world.person("Cora", "study_coordinator", study, { site }));
  const inge = await browserOf(await world.person("Inge", "investigator", study, { site }));

  // ── Memory of the server's process, and what somebody else meets meanwhile ────────────────────────────────────────

  const rss = () => Number(readFileSync(`/proc/${server?.process.pid}/statm`, "utf8").split(" ")[1]) * 4096;
  const watched = async <T>(work: () => Promise<T>) => {
    const before = rss();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, rss());
    }, 20);
    const begun = performance.now();
    try {
      const result = await work();
      const memory = `${Math.round(before / 1e6)} → ${Math.round(most / 1e6)} MB`;
      return { result, seconds: (performance.now() - begun) / 1000, memory };
    } finally {
      clearInterval(watch);
    }
  };
  const ordinary = async (): Promise<number> => {
    const begun = performance.now();
    const page = await inge.get(`${base}/participants`);
    if (page.status !== 200) throw new Error(`an ordinary page was answered ${page.status}`);
    return performance.now() - begun;
  };
  /** An ordinary page of somebody else, again and again while `work` goes on. */
  const besides = async <T>(work: () => Promise<T>) => {
    const took: number[] = [];
    let over = false;
    const looking = (async () => {
      while (!over) {
        took.push(await ordinary());
        await Bun.sleep(250);
      }
    })();
    try {
      return { ...(await watched(work)), pages: inTimes(took) };
    } finally {
      over = true;
      await looking;
    }
  };

  // ── The import ────────────────────────────────────────────────────────────────────────────────────────────────────

  const bytes = tableOf(rows, wanted);
  /** Until a page of the import says so, as a person would wait for it. */
  const finished = async (at: string) => {
    for (;;) {
      const page = await dan.get(`${at}/progress`);
      if (page.status !== 200) throw new Error(`the page was answered ${page.status}`);
      if (page.text.includes("See what came of it")) return;
      await Bun.sleep(250);
    }
  };
  const must = (status: number, answer: { status: number; text: string; location: string }) => {
    if (answer.status !== status) throw new Error(`it was answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer;
  };
  const send = async (filename: string, content: Uint8Array) =>
    must(303, await dan.post(`${base}/imports`, { file: { filename, bytes: content } })).location;
  // A database that was used before knows its figures: a little is imported first.
  const few = await send("few.csv", tableOf(200, 800, "T"));
  must(303, await dan.post(`${few}/take`, { siteId: site, reason: "Few", complete: "on" }));
  await world.sql("analyze");

  const begun = performance.now();
  const received = await watched(() => send("generated.csv", bytes));
  const at = received.result;
  const isLarge = (await dan.get(`${at}/progress`)).status === 200;
  say(
    `file of ${(bytes.byteLength / 1e6).toFixed(1)} MB received`,
    seconds(received.seconds),
    "",
    received.memory,
    "",
    "",
  );
  if (isLarge) {
    const looked = await besides(() => finished(at));
    say(
      "read and looked at",
      seconds(looked.seconds),
      numbered(wanted / looked.seconds),
      looked.memory,
      `a page of somebody else: ${looked.pages}`,
      "",
    );
  }
  const take = { siteId: site, reason: "Generated", complete: "on" };
  const written = await besides(async () => {
    must(303, await dan.post(`${at}/take`, take));
    if (isLarge) await finished(at);
  });
  const whole = (performance.now() - begun) / 1000;
  say(
    "written, with queries and record",
    seconds(written.seconds),
    numbered(wanted / written.seconds),
    written.memory,
    `a page of somebody else: ${written.pages}`,
    "",
  );
  const [stored] = await world.sql<{ values: number; queries: number; sheets: number; participants: number }>(
    `select (select count(*)::int from studies.field_values v join studies.sheets s using (tenant_id, workspace_id) where s.id = v.sheet_id and v.reason = 'Generated' and s.state = 'complete') as values,
       (select count(*)::int from studies.queries) as queries, (select count(*)::int from studies.sheets) as sheets,
       (select count(*)::int from studies.participants) as participants`,
  );
  if (stored?.values !== wanted || stored.queries !== unreadable)
    throw new Error(`${wanted} values and ${unreadable} queries were meant, there are ${JSON.stringify(stored)}`);
  await world.sql("analyze");
  const yard = await yardsticks();
  say(
    "import, in all",
    seconds(whole),
    numbered(wanted / whole),
    "",
    `COPY of the same rows: ${seconds(yard.into)}`,
    `${(whole / yard.into).toFixed(1)} ×`,
  );
  const again = await watched(async () => {
    const twin = await send("generated.csv", bytes);
    if (isLarge) await finished(twin);
    const [found] = await world.sql<{ same: number }>(
      "select (report -> 'differences' ->> 'same')::int as same from studies.import_runs order by made_at desc limit 1",
    );
    if (isLarge && found?.same !== wanted) throw new Error(`the same file has something left to do: ${found?.same}`);
    must(303, await dan.post(`${twin}/leave`));
  });
  say(
    "the same file again: nothing to do",
    seconds(again.seconds),
    numbered(wanted / again.seconds),
    again.memory,
    "",
    "",
  );

  // ── Pages and saves ───────────────────────────────────────────────────────────────────────────────────────────────

  const pages = async (what: string, times: number, work: (n: number) => Promise<{ status: number; text: string }>) => {
    const took: number[] = [];
    let size = 0;
    await work(0);
    for (let n = 1; n <= times; n += 1) {
      const begun = performance.now();
      const answer = await work(n);
      took.push(performance.now() - begun);
      if (answer.status >= 400) throw new Error(`${what} was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      size = answer.text.length;
    }
    say(what, inTimes(took), "", "", size > 0 ? `${Math.round(size / 1000)} kB` : "", "");
  };
  const codes = numbered(stored.participants);
  await pages(`matrix of ${codes} × ${visits}, a page of 50`, 15, (n) =>
    dan.get(`${base}/participants?page=${1 + (n % 5)}`),
  );
  await pages("matrix, its last page", 5, () =>
    dan.get(`${base}/participants?page=${Math.ceil(stored.participants / 50)}`),
  );
  await pages("the same, by a coordinator of the site", 10, (n) =>
    cora.get(`${base}/participants?page=${1 + (n % 5)}`),
  );
  await pages("first page: monitoring", 5, () => dan.get(`${base}`));
  await pages("What waits", 5, () => dan.get(`${base}/work`));
  await pages("What waits, of a coordinator", 5, () => cora.get(`${base}/work`));
  const made = await cora.post(`${base}/participants/new`, { siteId: site, enrolledOn: "2026-01-10" });
  const form = `${made.location}/forms/baseline/-/demo/-`;
  await pages("one form, opened", 20, () => cora.get(form));
  await pages("one field saved, with its checks", 100, (n) =>
    cora.post(form, { act: "save", "b.demo_main~~weight": String(n), "v.demo_main~~weight": String(60 + (n % 50)) }),
  );
  await queryPages();
  await surveyPages();

  // ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  const moment = new Date(Date.now() - 1_000).toISOString();
  const digests: string[] = [];
  for (const turn of ["once", "again"]) {
    const digest = await watched(() => dan.get(`${base}/export/digest?asOf=${encodeURIComponent(moment)}`));
    must(200, digest.result);
    digests.push(/\b[0-9a-f]{64}\b/.exec(digest.result.text)?.[0] ?? "");
    say(
      `digest as of a moment, ${turn}`,
      seconds(digest.seconds),
      numbered(wanted / digest.seconds),
      digest.memory,
      digests.at(-1)?.slice(0, 16) ?? "",
      "",
    );
  }
  if (digests[0] === "" || digests[0] !== digests[1]) throw new Error(`the digests differ: ${digests}`);
  for (const format of said.files.split(",").filter(Boolean)) {
    const path = `${base}/export/file?format=${format}`;
    const file = await watched(async () => {
      const asked = await dan.get(path);
      return dan.fetch(await withPass(world, path, asked.location));
    });
    const { status, bytes: size, first, text } = file.result;
    if (status !== 200) throw new Error(`${format} was answered ${status}: ${text.slice(0, 400)}`);
    say(
      `export ${format}, ${(size / 1e6).toFixed(0)} MB, first byte after ${seconds(first)}`,
      seconds(file.seconds),
      numbered(wanted / file.seconds),
      file.memory,
      format === "csv" ? `COPY of the same columns in the same order: ${seconds(yard.out)}` : "",
      format === "csv" ? `${(file.seconds / yard.out).toFixed(1)} ×` : "",
    );
  }
  print();

  async function queryPages(): Promise<void> {
    const last = Math.max(1, Math.ceil(unreadable / 50));
    const title = `queries, ${numbered(unreadable)} open`;
    await pages(`${title}: first page`, 10, () => dan.get(`${base}/queries`));
    await pages(`${title}: last page`, 5, () => dan.get(`${base}/queries?page=${last}`));
    await pages(`${title}: of a site, by its coordinator`, 5, () => cora.get(`${base}/queries?site=${site}`));
    await pages(`${title}: of a form`, 5, () => dan.get(`${base}/queries?form=demo`));
    await pages(`${title}: mine`, 5, () => dan.get(`${base}/queries?mine=on`));
    await pages(`${title}: overdue`, 5, () => dan.get(`${base}/queries?late=on`));
    await pages(`${title}: all states`, 5, () => dan.get(`${base}/queries?state=all`));
    const open = await world.sql<{ id: string }>(
      "select id from studies.queries where state = 'open' order by made_at desc limit 600",
    );
    const fifty = (n: number) => open.slice(n * 50, n * 50 + 50).map(({ id }) => id);
    await pages("fifty queries answered at once", 5, (n) =>
      cora.post(`${base}/queries/answers`, { selected: fifty(n), text: "Looked up in the source." }),
    );
  }

  /** A thousand participants with a survey at each of their visits. */
  async function surveyPages(): Promise<void> {
    await world.sql(
      `insert into studies.surveys (tenant_id, workspace_id, subject_id, site_id, event, form, version_id, due_on, closes_on, sends, sent_at)
       select p.tenant_id, p.workspace_id, p.subject_id, $1::uuid, e.id, 'vitals', $2::uuid, '2026-01-01', '2027-12-31', 1, clock_timestamp()
       from (select * from studies.participants order by made_at limit 1000) p, unnest($3::text[]) e (id)`,
      [site, version?.id, build.events.slice(0, visits).map(({ id }) => id)],
    );
    await world.sql("analyze studies.surveys");
    await pages("surveys of 1,000 × 20, a page of 50", 5, (n) => dan.get(`${base}/surveys?page=${n}`));
    await pages("surveys, searched", 5, () => dan.get(`${base}/surveys?search=S-0000`));
  }

  /** The same rows by COPY, on the server's own disk: into a plain table, and out with the columns and the order of a file. */
  async function yardsticks(): Promise<{ into: number; out: number }> {
    const [at] = await world.sql<{ folder: string }>("select current_setting('data_directory') as folder");
    const file = `'${at?.folder}/bench-rows'`;
    const took = async (statement: string) => {
      const begun = performance.now();
      await world.sql(statement);
      return (performance.now() - begun) / 1000;
    };
    await world.sql(`copy (select * from studies.field_values where reason = 'Generated') to ${file}`);
    await world.sql("create table public.plain (like studies.field_values)");
    const into = await took(`copy public.plain from ${file}`);
    await world.sql("drop table public.plain");
    await world.sql(`copy (select 1 where false) to ${file}`);
    const out = await took(
      `copy (select s.code, h.event, h.event_key, h.form, h.form_key, v.section, v.section_key, v.item, v.raw, v.null_flavour, v.unit, v.problem, v.version, v.source, v.changed_at
        from studies.field_values v join studies.sheets h on h.id = v.sheet_id join core.subjects s on s.id = v.subject_id order by 1, 2, 3, 4, 5, 6, 7, 8) to '/dev/null'`,
    );
    return { into, out };
  }
} finally {
  if (server) {
    server.process.kill();
    await server.process.exited;
  }
  rmSync(folder, { recursive: true, force: true });
  await world.stop();
  await running?.stop();
  own?.remove();
}
process.exit(0);

/** Four values a line; of some lines the weight is no number. */
function tableOf(count: number, values: number, prefix = "S"): Uint8Array {
  const table = ["subject,event,sex,weight,height,systolic"];
  const events = build.events.map(({ id }) => id);
  const every = unreadable > 0 && prefix === "S" ? Math.floor(count / unreadable) : 0;
  let wrong = 0;
  let left = values;
  for (let n = 0; n < count; n += 1) {
    const isWrong = every > 0 && n % every === 0 && wrong < unreadable;
    if (isWrong) wrong += 1;
    const cells = [
      n % 2 ? "f" : "m",
      isWrong ? "heavy" : `${50 + (n % 60)}.${n % 10}`,
      `${150 + (n % 45)}`,
      `${100 + (n % 60)}`,
    ];
    table.push(
      [
        `${prefix}-${String(Math.floor(n / visits)).padStart(6, "0")}`,
        events[n % visits],
        ...cells.map((cell, i) => (i < left ? cell : "")),
      ].join(","),
    );
    left -= each;
  }
  return new TextEncoder().encode(table.join("\n"));
}

async function serve(): Promise<{ process: Bun.Subprocess; port: number }> {
  const facts: HouseFacts = {
    owner: world.database.owner,
    roles: world.database.roles,
    secret: world.database.secret,
    data: world.house.config.data,
  };
  const file = join(folder, "house.json");
  writeFileSync(file, JSON.stringify(facts), { mode: 0o600 });
  const ready = Promise.withResolvers<number>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "server.ts"), file, "studies"], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message: { port: number }) => ready.resolve(message.port),
  });
  child.exited.then((code) => ready.reject(new Error(`the server ended with ${code}`)));
  return { process: child, port: await ready.promise };
}

/** A person over the network: pages and forms as text, files piece by piece. */
function browser(port: number, host: string, cookie: string) {
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: "manual",
      // An import of a million is waited for as long as it takes.
      signal: AbortSignal.timeout(240_000),
      ...init,
      headers: { host: `${host}:${port}`, cookie: `sid=${cookie}`, "sec-fetch-site": "same-origin" },
    });
  const read = async (response: Response) => ({
    status: response.status,
    text: await response.text(),
    location: response.headers.get("location") ?? "",
  });
  return {
    get: async (path: string) => read(await ask(path)),
    post: async (path: string, form: FormValues = {}) => read(await ask(path, { method: "POST", body: bodyOf(form) })),
    fetch: async (path: string) => {
      const begun = performance.now();
      const response = await ask(path);
      const first = (performance.now() - begun) / 1000;
      if (response.status !== 200) return { status: response.status, bytes: 0, first, text: await response.text() };
      let bytes = 0;
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) bytes += piece.length;
      return { status: response.status, bytes, first, text: "" };
    },
  };
}

function seconds(n: number): string {
  return n < 10 ? `${n.toFixed(2)} s` : `${n.toFixed(1)} s`;
}

function inTimes(took: number[]): string {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms (${sorted.length})`;
}

function print(): void {
  const widths = (lines[0] as string[]).map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const [head, ...body] = lines.map((line) => `| ${line.map((text, i) => text.padEnd(widths[i] ?? 0)).join(" | ")} |`);
  console.log(["", head, `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...body].join("\n"));
  console.log(`load at the end: ${loadNow()}`);
}
