/**
 * Measures of capture, printed: `bun tests/bench/studies.ts [values]` (default 100,000).
 * A world of its own on a real server: import of generated values, the matrix of 1,000 participants by 20 visits, the
 * save of one field with its checks, and a streamed export. Times are of whole requests, walls and record included.
 */

import type { Build } from "../../modules/studies/model/build.ts";
import { studies } from "../../modules/studies/module.ts";
import { smallStudy } from "../modules/studies/small-study.ts";
import { collect } from "../support/collecting.ts";
import { testWorld } from "../support/world.ts";

const wanted = Number(process.argv[2] ?? 100_000);
const visits = 20;
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

const world = await testWorld([studies]);
try {
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
  const dan = await world.as(await world.person("Dan", "data_manager", study));
  const cora = await world.as(await world.person("Cora", "study_coordinator", study, { site }));

  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const timed = async <T>(what: string, work: () => Promise<T>, per = 0): Promise<T> => {
    const begun = performance.now();
    peak = process.memoryUsage.rss();
    const result = await work();
    const seconds = (performance.now() - begun) / 1000;
    const rate = per > 0 ? `, ${Math.round(per / seconds).toLocaleString("en-US")} a second` : "";
    console.log(`${what}: ${seconds.toFixed(2)} s${rate}, memory at most ${Math.round(peak / 1e6)} MB`);
    return result;
  };

  // Four values a form and 20 visits: a thousand participants are 80,000 values.
  const lines = ["subject,event,sex,weight,height,systolic"];
  const events = build.events.map(({ id }) => id);
  for (let n = 0; n < wanted / 4; n += 1) {
    const subject = `S-${String(Math.floor(n / visits)).padStart(6, "0")}`;
    lines.push(
      `${subject},${events[n % visits]},${n % 2 ? "f" : "m"},${50 + (n % 60)}.${n % 10},${150 + (n % 45)},${100 + (n % 60)}`,
    );
  }
  const bytes = new TextEncoder().encode(lines.join("\n"));
  console.log(`${wanted.toLocaleString("en-US")} values in a table of ${(bytes.byteLength / 1e6).toFixed(1)} MB`);
  // Until a page of the import says so, as a person would wait for it.
  const finished = async (at: string, work: () => Promise<{ status: number; text: string }>) => {
    const answer = await work();
    if (answer.status !== 303) throw new Error(`it was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    for (;;) {
      await world.settled();
      const page = await dan.get(`${at}/progress`);
      if (page.status !== 200) throw new Error(`the page was answered ${page.status}`);
      if (page.text.includes("See what came of it")) return answer;
      await Bun.sleep(200);
    }
  };
  // A database that was used before knows its figures: a little is imported first.
  const few = new TextEncoder().encode(lines.slice(0, 200).join("\n").replaceAll("S-", "T-"));
  const first = await dan.post(`${base}/imports`, { file: { filename: "few.csv", bytes: few } });
  await dan.post(`${first.location}/take`, { siteId: site, reason: "Generated" });
  await world.sql("analyze");
  const begun = performance.now();
  const at = await timed("the file is received, and read into pieces", async () => {
    const sent = await dan.post(`${base}/imports`, { file: { filename: "generated.csv", bytes } });
    if (sent.status !== 303) throw new Error(`the file was answered ${sent.status}: ${sent.text.slice(0, 300)}`);
    return sent.location;
  });
  await timed(
    "looked at: every value compared and judged",
    () => finished(at, async () => dan.post(`${at}/go-on`)),
    wanted,
  );
  await timed(
    "written, with its queries and its record",
    () => finished(at, () => dan.post(`${at}/take`, { siteId: site, reason: "Generated", complete: "on" })),
    wanted,
  );
  const whole = (performance.now() - begun) / 1000;
  const [{ stored } = { stored: 0 }] = await world.sql<{ stored: number }>(
    "select count(*)::int as stored from studies.field_values v join studies.sheets s using (tenant_id, workspace_id) where s.id = v.sheet_id and v.reason = 'Generated' and s.state = 'complete'",
  );
  console.log(
    `import in all: ${whole.toFixed(1)} s, ${Math.round(wanted / whole).toLocaleString("en-US")} values a second; ${stored.toLocaleString("en-US")} are stored`,
  );
  if (stored !== wanted) throw new Error(`${wanted} were sent, ${stored} are there`);
  await world.sql("analyze");

  const median = async (
    what: string,
    times: number,
    work: (n: number) => Promise<{ status: number; text: string }>,
  ) => {
    const took: number[] = [];
    let size = 0;
    for (let n = 0; n < times; n += 1) {
      const begun = performance.now();
      const answer = await work(n);
      took.push(performance.now() - begun);
      if (answer.status >= 400) throw new Error(`${what} was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
      size = answer.text.length;
    }
    took.sort((a, b) => a - b);
    console.log(
      `${what}: median ${(took[Math.floor(times / 2)] ?? 0).toFixed(0)} ms, slowest ${(took.at(-1) ?? 0).toFixed(0)} ms, ${Math.round(size / 1000)} kB`,
    );
  };
  const [{ count } = { count: 0 }] = await world.sql<{ count: number }>(
    "select count(*)::int as count from studies.participants",
  );
  await median(`matrix of ${count} participants by ${visits} visits, a page of 50`, 15, (n) =>
    dan.get(`${base}/participants?page=${1 + (n % 5)}`),
  );
  const made = await cora.post(`${base}/participants/new`, { siteId: site, enrolledOn: "2026-01-10" });
  const form = `${made.location}/forms/baseline/-/demo/-`;
  await median("save of one field with its checks", 30, (n) =>
    cora.post(form, { act: "save", "b.demo_main~~weight": String(n), "v.demo_main~~weight": String(60 + (n % 50)) }),
  );
  await timed(
    "export as a table, streamed",
    async () => {
      const answer = await collect(world, dan, `${base}/export/file?format=csv`);
      if (answer.status !== 200) throw new Error(`the export was answered ${answer.status}`);
      console.log(
        `  ${(answer.bytes.byteLength / 1e6).toFixed(1)} MB (held whole by this bench, which plays the browser)`,
      );
    },
    wanted,
  );
  clearInterval(watch);
} finally {
  await world.stop();
}
process.exit(0);
