/** Export through HTTP: the formats, what blinded roles and other sites get, and the same values as of a moment. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { streamCsv } from "@core/documents/csv.ts";
import { streamTxt } from "@core/documents/text-files.ts";
import { rScript } from "../../../modules/studies/export/r-script.ts";
import {
  dictionaryColumns,
  dictionaryRows,
  wideColumns,
  wideRows,
  wideTables,
} from "../../../modules/studies/export/tables.ts";
import { placed } from "../../../modules/studies/import/placing.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { readOdm } from "../../../modules/studies/odm/reader.ts";
import type { StoredValue } from "../../../modules/studies/odm/writer.ts";
import { collect } from "../../support/collecting.ts";
import { unzip, whole } from "../../support/files.ts";
import type { Client } from "../../support/world.ts";
import { canLint, edc, hasFixtures, schemaErrors } from "./fixtures.ts";
import { sink } from "./sink.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

const rscript = Bun.which("Rscript");
if (!rscript) console.warn("SKIPPED: there is no Rscript on this machine, so nobody runs the script for R.");

let stage: StudyStage;
let base: string;
let cora: Client;
let dan: Client;
let subject = "";
let before = "";
beforeAll(async () => {
  stage = await studyStage();
  base = stage.base;
  await stage.publish(smallStudy);
  cora = (await stage.person("Cora", "study_coordinator", stage.north)).client;
  dan = (await stage.person("Dan", "data_manager")).client;
  const made = await cora.post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: "2026-01-10" });
  subject = made.location.split("/").at(-1) ?? "";
  await fill({ sex: "m", weight: "80", height: "180", mail: "x@example.org" });
  await Bun.sleep(5);
  before = new Date().toISOString();
  await Bun.sleep(5);
  await fill({ sex: "m", weight: "90", height: "180" }, 1);
  const uma = (await stage.person("Uma", "unblinded_staff", stage.north)).client;
  await uma.post(demo(), { act: "save", "b.demo_main~~kit": "0", "v.demo_main~~kit": "A-17" });
});
afterAll(async () => await stage.world.stop());

const take = (client: Client, path: string) => collect(stage.world, client, path);
const demo = () => `${base}/participants/${subject}/forms/baseline/-/demo/-`;
async function fill(values: Record<string, string>, version = 0) {
  const sent: Record<string, string> = { act: "save" };
  for (const [item, value] of Object.entries(values)) {
    sent[`b.demo_main~~${item}`] = String(version);
    sent[`v.demo_main~~${item}`] = value;
  }
  sent["b.meds~1~drug"] = "0";
  if (version === 0) sent["v.meds~1~drug"] = "=cmd|calc";
  else delete sent["b.meds~1~drug"];
  expect((await cora.post(demo(), sent)).status).toBe(303);
}

test("a table holds every value once, with its label, unit and version", async () => {
  const csv = await take(dan, `${base}/export/file?format=csv`);
  expect(csv.headers.get("content-type")).toContain("text/csv");
  const lines = csv.text.split("\r\n").filter((line) => line.includes("P-01-0001"));
  expect(lines).toHaveLength(6);
  expect(lines.find((line) => line.includes(",weight,"))).toContain(",90,");
  expect(lines.find((line) => line.includes(",sex,"))).toContain(",Male,");
  expect(lines.find((line) => line.includes(",mail,"))).toContain(",encrypted,");
  expect(csv.text).not.toContain("x@example.org");
});

test("what is blinded leaves only with who may see it", async () => {
  for (const format of ["csv", "odm132"]) {
    expect((await take(dan, `${base}/export/file?format=${format}`)).text).not.toContain("A-17");
    const { client: una } = await stage.person("Una", "unblinded_statistician");
    expect((await take(una, `${base}/export/file?format=${format}`)).text).toContain("A-17");
  }
});

test("ODM comes back as the same values in the same places", async () => {
  for (const format of ["odm132", "odm2"]) {
    const odm = await take(dan, `${base}/export/file?format=${format}`);
    const plan = planOf(smallStudy);
    const values = new Map<string, string | null>();
    for await (const part of readOdm([odm.text])) {
      if (part.is !== "value") continue;
      const { value, problem } = placed(plan, part);
      expect(problem).toBeNull();
      values.set(`${value.form}/${value.section}/${value.sectionKey ?? ""}/${value.item}`, value.raw);
    }
    expect(values.get("demo/demo_main//weight")).toBe("90");
    expect(values.get("demo/demo_main//bmi")).toBe("27.8");
    expect(values.get("demo/meds/1/drug")).toBe("=cmd|calc");
  }
});

test("a spreadsheet and an archive for R are made of the same rows", async () => {
  const book = await take(dan, `${base}/export/file?format=xlsx`);
  expect([book.status, new TextDecoder().decode(book.bytes.slice(0, 2))]).toEqual([200, "PK"]);
});

/** What R made of a table: "column: class, unit, label". */
const told = `
tell <- function(table) for (name in names(table)) { column <- table[[name]]
  cat(name, ": ", class(column)[1], ", ", attr(column, "unit"), ", ", attr(column, "label"), "\\n", sep = "") }
row <- function(table, n) for (name in names(table)) if (!is.na(table[[name]][n])) cat(name, "=", format(table[[name]][n]), "\\n")`;

test.skipIf(!rscript)(
  "the script for R reads every table there is, with R alone: kinds, labels, units, levels, why missing",
  async () => {
    const archive = await take(dan, `${base}/export/file?format=r`);
    expect(archive.status).toBe(200);
    const folder = mkdtempSync(join(tmpdir(), "cairn-r-"));
    try {
      const parts = (name: string) => join(folder, name);
      for (const [name, bytes] of unzip(archive.bytes)) await Bun.write(parts(`small/${name}`), bytes);
      await tables(parts("sink"), sink, oddValues);
      if (hasFixtures) await tables(parts("openedc"), ...(await openEdc()));
      await Bun.write(
        parts("try.R"),
        `${told}
source("small/read.R"); tell(demo); row(demo, 1); cat(meds <- demo_meds$drug, "\\n"); stopifnot(!any(grepl("^cairn_", ls())))
source("sink/read.R"); tell(start); row(start, 1); row(start, 2); cat(format(diary$seen, "%Y-%m-%d %H:%M:%S"), sep = "\\n")
cat(levels(start$pain__heart), "|", attr(start$sex, "codes"), "|", levels(start$weight__missing), "\\n")
${hasFixtures ? 'source("openedc/read.R"); cat(nrow(F_1), nrow(F_4), table(F_1$Gender), sum(F_1$Pregnant, na.rm = TRUE), class(F_1$I.16), attr(F_1$BMI, "unit"), "\\n")' : ""}
`,
      );
      // A machine that writes in another way than UTF-8 reads the same.
      const run = Bun.spawnSync([rscript as string, "--vanilla", "try.R"], {
        cwd: folder,
        env: { ...process.env, LC_ALL: "C" },
      });
      expect(run.stderr.toString()).toBe("");
      const lines = run.stdout
        .toString()
        .split("\n")
        .map((line) => line.trim());
      for (const line of [
        ...[
          "sex: factor, , Sex",
          "pregnant: logical, , Pregnant",
          "weight: numeric, , Weight",
          "weight__unit: character, ,",
        ],
        ...[
          "weight__missing: factor, , Weight: why missing",
          "height: integer, cm, Height",
          "sex = Male",
          "bmi = 27.8",
        ],
        ...["=cmd|calc", "sex = Female", "weight__unit = LB", "height__note = about 180", "pregnant = TRUE"],
        // No whole number of R's own holds it.
        ...["weeks: numeric, , Week of pregnancy", "weeks = 3e+09"],
        ...["race__1: logical, , Race: One", "race__1 = TRUE", "race__2 = FALSE", "race__3 = TRUE"],
        ...["pain = heart=0|lung=0.5", "pain__heart = None", "pain__lung = Some"],
        ...[
          "born: character, , Date of birth",
          "born__date: Date, , Date of birth",
          "born = 2001",
          "born__date = 1950-03-15",
        ],
        ...["sex__note = x", "weight__missing = unknown", "pregnant = FALSE", "mark = '=1+1"],
        ...["2026-03-15 14:05:00", "2026-03-15 12:05:09", "NA"],
        "None Some | f m | not-done unknown not-applicable",
        ...(hasFixtures ? ["72 74 23 21 11 24 Date Calculated"] : []),
      ])
        expect(lines).toContain(line);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

const answer = (item: string, raw: string | null, more: Partial<StoredValue> = {}): StoredValue => ({
  subject: "1",
  event: "visit",
  eventKey: null,
  form: "start",
  formKey: null,
  section: "body",
  sectionKey: null,
  item,
  raw,
  nullFlavour: null,
  unit: null,
  ...more,
});
const second = { subject: "2" };
const oddValues: readonly StoredValue[] = [
  answer("sex", "f"),
  answer("weight", "80.5", { unit: "LB" }),
  answer("height", "about 180"),
  answer("pregnant", "yes"),
  answer("weeks", "3000000000"),
  answer("race", "1|3"),
  answer("pain", "lung=0.5|heart=0"),
  answer("born", "2001"),
  answer("sex", "x", second),
  answer("weight", null, { ...second, nullFlavour: "unknown" }),
  answer("pregnant", "0", second),
  answer("race", "", second),
  answer("born", "15-MAR-1950", second),
  answer("mark", "'=1+1", second),
  ...["2026-03-15T14:05", "2026-03-15T14:05:09+02:00", "2026-03-15T14:05Z", "soon"].map((raw, n) =>
    answer("seen", raw, { form: "diary", section: "day", formKey: String(n) }),
  ),
];

/** The tables of these values and their script, as the archive holds them. */
async function tables(folder: string, build: Build, values: readonly StoredValue[]): Promise<void> {
  const plan = planOf(build);
  const mark = { name: "Ådá", email: "a@b.example", workspace: "w", institution: "i", at: new Date(0), exportId: "e" };
  const rows = values.map((value) => ({
    ...value,
    eventKey: value.eventKey ?? "",
    formKey: value.formKey ?? "",
    sectionKey: value.sectionKey ?? "",
    ...{ id: "", site: null, problem: null, isSealed: false, version: 1, source: "", changedAt: "" },
  }));
  for (const table of wideTables(plan)) {
    const own = rows.filter(({ form, section }) => form === table.form && table.sections.includes(section));
    const made = { columns: wideColumns(table), rows: wideRows(plan, table, streamed(own), () => {}) };
    await Bun.write(join(folder, `${table.name}.csv`), await whole(streamCsv(made, mark)));
  }
  const dictionary = { columns: dictionaryColumns, rows: dictionaryRows(plan) };
  await Bun.write(join(folder, "dictionary.csv"), await whole(streamCsv(dictionary, mark)));
  await Bun.write(join(folder, "read.R"), await whole(streamTxt(rScript(plan, "Ådá’s study\nstop()"), mark, "# ")));
}
async function* streamed<Row>(rows: readonly Row[]) {
  yield* rows;
}

async function openEdc(): Promise<[Build, StoredValue[]]> {
  const read = (name: string) => readOdm(Bun.file(join(edc, "odm-openedc", name)).stream());
  let build = sink;
  for await (const part of read("metadata.xml")) if (part.is === "study") build = part.build;
  const plan = planOf(build);
  const values: StoredValue[] = [];
  for await (const part of read("clinicaldata.xml")) if (part.is === "value") values.push(placed(plan, part).value);
  return [build, values.sort((one, other) => one.subject.localeCompare(other.subject))];
}

test("the values as of a moment stay the same whatever is changed later, with the same digest", async () => {
  const at = encodeURIComponent(before);
  const digest = async () =>
    /<code>([0-9a-f]{64})<\/code>/.exec((await dan.get(`${base}/export/digest?asOf=${at}`)).text)?.[1];
  const first = await digest();
  expect(first).toBeDefined();
  const csv = await take(dan, `${base}/export/file?format=csv&asOf=${at}`);
  expect(csv.text.split("\r\n").find((line) => line.includes(",weight,"))).toContain(",80,");
  await fill({ sex: "m", weight: "95", height: "181" }, 2);
  expect(await digest()).toBe(first as string);
  expect((await take(dan, `${base}/export/file?asOf=2099-01-01`)).status).toBe(422);
});

test("a file for the archive tells every version, who and why, and the signatures, and comes back as the same values", async () => {
  const ivy = await stage.person("Ivy", "investigator", stage.north);
  const ink = await stage.signer(ivy.person);
  expect((await cora.post(demo(), { act: "complete" })).status).toBe(303);
  const [sheet] = await stage.world.sql<{ id: string }>("select id from studies.sheets where form = 'demo'");
  const signed = await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets: sheet?.id ?? "", ...ink });
  expect(signed.status).toBe(303);
  const changed = await cora.post(demo(), {
    act: "save",
    reasonText: "Measured again",
    "b.demo_main~~height": "3",
    "v.demo_main~~height": "183",
  });
  expect(changed.status).toBe(303);
  const first = (await take(dan, `${base}/export/file?format=archive`)).text;
  expect(first).toContain('Archival="Yes"');
  const weights = [...first.matchAll(/ItemOID="weight"[^>]*TransactionType="(\w+)"[^>]*Value="(\d+)"/g)];
  expect(weights.map(([, kind, value]) => [kind, value])).toEqual([
    ["Insert", "80"],
    ["Update", "90"],
    ["Update", "95"],
  ]);
  expect(first).toContain("<ReasonForChange>Measured again</ReasonForChange>");
  expect(first).toMatch(/<DisplayName>Cora<\/DisplayName>/);
  // The form was changed after it was signed: the signature is told, and stands under nothing.
  expect(first).toContain("signed: Ivy, ");
  expect(first).not.toContain("<Signature>");
  await ivy.client.post(`${base}/participants/${subject}/sign`, { sheets: sheet?.id ?? "", ...ink });
  const archive = await take(dan, `${base}/export/file?format=archive`);
  expect(archive.text).toMatch(/<Signature><UserRef UserOID="U\.[^"]+"\/><LocationRef LocationOID="L\.01"\/>/);
  if (canLint) expect(schemaErrors(archive.text, "1.3.2")).toBe("");
  const sent = await dan.post(`${base}/imports`, { file: { filename: "archive.xml", bytes: archive.bytes } });
  const page = (await dan.get(sent.location)).text;
  expect(page).toContain("Import 0 values");
  expect(page).toMatch(/The file tells \d+ earlier versions/);
  const csv = (await take(dan, `${base}/export/file?format=csv`)).text;
  const held = csv.split("\r\n").filter((line) => line.includes("P-01-0001")).length;
  expect(new RegExp(`<dt>Values</dt>\\s*<dd>${held}</dd>`).test(page)).toBe(true);
  expect(archive.text).not.toContain("A-17");
});

test("a site's investigator gets his own site, others nothing", async () => {
  const { client: ivo } = await stage.person("Ivo", "investigator", stage.south);
  expect((await take(ivo, `${base}/export/file?format=csv`)).text).not.toContain("P-01-0001");
  expect((await take(cora, `${base}/export/file?format=csv`)).status).toBe(403);
});

test("the definition is a file, as ODM and as our own", async () => {
  expect((await dan.get(`${base}/design/file`)).text).toContain("<ODM");
  expect((await dan.get(`${base}/design/file?as=json`)).text).toContain('"demo_main"');
});
