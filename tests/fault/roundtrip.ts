/**
 * What was exported comes back as the same model and the same values: a file of ODM 1.3.2, of ODM 2.0 and for the archive,
 * each read into an empty study through the front door and compared value by value, null flavours, units, repeating rows,
 * unreadable texts and changed answers included.
 *
 * `bun run fault roundtrip [values]` (default 100,000). tests/modules/studies/{odm,export}.test.ts are the short form.
 */
import { readDefinition } from "../../modules/studies/import/definition.ts";
import { type Build, emptyBuild } from "../../modules/studies/model/build.ts";
import { changeInWords, differencesBetween } from "../../modules/studies/model/differences.ts";
import { smallStudy } from "../modules/studies/small-study.ts";
import { type StudyStage, studyIn, studyStage } from "../modules/studies/stage.ts";
import { collect } from "../support/collecting.ts";
import type { Client } from "../support/world.ts";
import { standingOf } from "./import.ts";

const formats = ["odm132", "odm2", "archive"] as const;
const visits = 10;
/** Values of one participant: four a visit, and two rows of medication. */
const each = visits * 4 + 4;

export async function drill(): Promise<boolean> {
  const wanted = Number(process.argv[3] ?? 100_000);
  const people = Math.ceil(wanted / each);
  const visit = (n: number) => ({
    ...(smallStudy.events[0] as Build["events"][number]),
    id: `visit_${n}`,
    name: `Visit ${n}`,
  });
  // Formulas as they are printed: what is read is compared letter by letter.
  const printed = JSON.parse(JSON.stringify(smallStudy).replaceAll(")^2", ") ^ 2")) as Build;
  const build: Build = {
    ...printed,
    events: [
      ...smallStudy.events,
      ...Array.from({ length: visits - smallStudy.events.length }, (_, n) => visit(n + 3)),
    ],
  };
  const stage = await studyStage();
  const { world } = stage;
  try {
    await stage.publish(build);
    const { client: dan } = await stage.person("Dan", "data_manager");
    // A database that was used before knows its figures; figures of empty tables would be worse than none.
    await carried(stage, dan, "few.csv", tableOf(build, 20, "Q"));
    await world.sql("analyze");
    await carried(stage, dan, "first.csv", tableOf(build, people));
    // As it becomes in a study that runs: some were corrected, some not done, some measured in another unit.
    await corrected(stage, dan, build, Math.ceil(people / 10));
    const { client: cora } = await stage.person("Cora", "study_coordinator", stage.north);
    const some = await world.sql<{ id: string }>(
      "select id from core.subjects where workspace_id = $1 order by code desc limit 20",
      [stage.study.id],
    );
    for (const [n, { id }] of some.entries()) {
      const weight =
        n % 2
          ? { "n.demo_main~~weight": "not-done" }
          : { "v.demo_main~~weight": "150", "u.demo_main~~weight": "[lb_av]" };
      const form = `${stage.base}/participants/${id}/forms/${build.events[2]?.id}/-/demo/-`;
      const saved = await cora.post(form, {
        act: "save",
        reasonText: "Looked up",
        "b.demo_main~~weight": "1",
        ...weight,
      });
      if (saved.status !== 303) throw new Error(`a form was answered ${saved.status}: ${saved.text.slice(0, 300)}`);
    }
    const there = await standing(stage);
    console.log(
      `${there.count.toLocaleString("en-US")} values of ${people} participants, ${there.changed} of them changed`,
    );
    let isSame = there.count >= wanted && there.changed > 0;
    for (const format of formats) {
      const begun = performance.now();
      const file = await collect(world, dan, `${stage.base}/export/file?format=${format}`);
      if (file.status !== 200) throw new Error(`${format} was answered ${file.status}`);
      const definition = await readDefinition(file.bytes);
      if ("problem" in definition) throw new Error(definition.problem);
      const changes = differencesBetween({ ...emptyBuild, ...build }, definition.build).map(changeInWords);
      const other = await studyIn(world);
      await other.publish(definition.build);
      await world.sql("analyze");
      const { client } = await other.person("Olga", "data_manager");
      const exported = (performance.now() - begun) / 1000;
      await carried(other, client, `${format}.xml`, file.bytes);
      const back = await standing(other);
      const seconds = (performance.now() - begun) / 1000;
      const equal = back.digest === there.digest && changes.length === 0;
      console.log(
        `${format}: ${(file.bytes.byteLength / 1e6).toFixed(1)} MB in ${exported.toFixed(1)} s, back in ${(seconds - exported).toFixed(1)} s; ` +
          `${back.count.toLocaleString("en-US")} values, ${back.digest === there.digest ? "the same" : "DIFFERENT"}; model: ${changes.length === 0 ? "the same" : changes.slice(0, 5).join("; ")}`,
      );
      if (back.digest !== there.digest) console.log(await firstDifferences(stage, other));
      isSame &&= equal;
    }
    return isSame;
  } finally {
    await world.stop();
  }
}

const columns = {
  subject: "subject",
  event: "event",
  row: "section key",
  sex: "item|demo|sex",
  weight: "item|demo|weight",
  height: "item|demo|height",
  systolic: "item|vitals|systolic",
  drug: "item|demo|drug",
  since: "item|demo|since",
} as const;

async function corrected({ world, base, north }: StudyStage, client: Client, build: Build, people: number) {
  const lines = [
    "subject,event,height",
    ...Array.from({ length: people }, (_, n) => `${codeOf(n)},${build.events[3]?.id},199`),
  ];
  const file = { filename: "corrected.csv", bytes: new TextEncoder().encode(lines.join("\n")) };
  const { location } = await client.post(`${base}/imports`, { file });
  await client.post(`${location}/decisions`, { rest: "take" });
  const taken = await client.post(`${location}/take`, { siteId: north, reason: "Measured again", complete: "on" });
  if (taken.status !== 303) throw new Error(`corrections were answered ${taken.status}: ${taken.text.slice(0, 300)}`);
  await world.settled();
}

const codeOf = (n: number, prefix = "R"): string => `${prefix}-${String(n).padStart(6, "0")}`;

async function carried({ world, base, north }: StudyStage, client: Client, filename: string, bytes: Uint8Array) {
  const sent = await client.post(`${base}/imports`, { file: { filename, bytes } });
  if (sent.status !== 303) throw new Error(`${filename} was answered ${sent.status}: ${sent.text.slice(0, 400)}`);
  await world.settled();
  if (filename.endsWith(".csv")) {
    const map = Object.fromEntries(Object.entries(columns).map(([title, meaning]) => [`map.${title}`, meaning]));
    await client.post(`${sent.location}/mapping`, map);
    await world.settled();
  }
  const taken = await client.post(`${sent.location}/take`, { siteId: north, reason: "Carried over", complete: "on" });
  if (taken.status !== 303) throw new Error(`${filename} was not taken: ${taken.status} ${taken.text.slice(0, 400)}`);
  const id = sent.location.split("/").at(-1) ?? "";
  for (;;) {
    await world.settled();
    const at = await standingOf({ world }, id);
    if (at.stage === "taken") return;
    // A step that was cut short goes on when somebody says so; there is no worker here that would.
    console.log(`${filename}: ${at.stage}, ${at.done} parts done; ${world.logged.slice(-1)}`);
    const next = await client.post(`${sent.location}/go-on`);
    if (next.status !== 303) throw new Error(`${filename} did not go on: ${next.status}`);
  }
}

const rowsOf = `select s.code, h.event, h.event_key, h.form, h.form_key, v.section, v.section_key, v.item, v.raw, v.null_flavour, v.unit
  from studies.field_values v
  join studies.sheets h on h.tenant_id = v.tenant_id and h.workspace_id = v.workspace_id and h.id = v.sheet_id
  join core.subjects s on s.tenant_id = v.tenant_id and s.workspace_id = v.workspace_id and s.id = v.subject_id
  where v.workspace_id =`;

async function standing({ world, study }: StudyStage) {
  await world.sql("analyze");
  const [row] = await world.sql<{ count: number; changed: number; digest: string }>(
    `select count(*)::int as count, md5(string_agg(r::text, E'\\n' order by r::text collate "C")) as digest,
       (select count(*)::int from studies.field_values where workspace_id = $1 and version > 1) as changed
     from (${rowsOf} $1) r`,
    [study.id],
  );
  if (!row) throw new Error("nothing came back");
  return row;
}

const firstDifferences = ({ world, study }: StudyStage, other: StudyStage) =>
  world.sql(
    `(select 'only there' as at, r::text from (${rowsOf} $1 except ${rowsOf} $2) r limit 5)
     union all (select 'only back', r::text from (${rowsOf} $2 except ${rowsOf} $1) r limit 5)`,
    [study.id, other.study.id],
  );

function tableOf(build: Build, people: number, prefix = "R"): Uint8Array {
  const lines = [Object.keys(columns).join(",")];
  for (let n = 0; n < people; n += 1) {
    const code = codeOf(n, prefix);
    for (const [at, event] of build.events.slice(0, visits).entries()) {
      const weight = (n + at) % 97 === 0 ? "heavy" : `${50 + ((n + at) % 60)}.${n % 10}`;
      lines.push(`${code},${event.id},,${n % 2 ? "f" : "m"},${weight},${150 + (n % 45)},${100 + ((n * at) % 60)},,`);
    }
    for (const row of ["1", "2"])
      lines.push(
        `${code},${build.events[0]?.id},${row},,,,,Drug “${row}” <5 & more,${row === "1" ? "2025-03-UN" : "2024-UN-UN"}`,
      );
  }
  return new TextEncoder().encode(lines.join("\n"));
}
