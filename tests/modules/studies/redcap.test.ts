import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { readDefinition } from "../../../modules/studies/import/definition.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { changeInWords, differencesBetween } from "../../../modules/studies/model/differences.ts";
import { type OdmValue, readOdm } from "../../../modules/studies/odm/reader.ts";
import type { StoredValue } from "../../../modules/studies/odm/writer.ts";
import { writeOdm } from "../../../modules/studies/odm/writer.ts";
import { readDictionary, writeDictionary } from "../../../modules/studies/redcap/dictionary.ts";
import { checkboxColumn, choicesIn } from "../../../modules/studies/redcap/field.ts";
import { isRedcap, readProject } from "../../../modules/studies/redcap/project.ts";
import { readProjectValues, readRecords } from "../../../modules/studies/redcap/records.ts";
import type { RedcapStudy } from "../../../modules/studies/redcap/study.ts";
import { canLint, edc, hasFixtures, schemaErrors } from "./fixtures.ts";

const text = (project: string, name: string) => Bun.file(join(edc, "redcap", project, name)).text();

async function projectOf(name: string): Promise<RedcapStudy & { values: OdmValue[] }> {
  const values: OdmValue[] = [];
  let study: RedcapStudy | null = null;
  for await (const part of readOdm([await text(name, "project.xml")])) {
    if (part.is === "value") values.push(part);
    if (part.is === "study" && isRedcap(part.source)) study = readProject(part.source);
  }
  if (!study) throw new Error("not REDCap");
  return { ...study, values };
}

function dictionaryOf(csv: string, like?: Build): RedcapStudy {
  const read = readDictionary(
    csv,
    like && {
      study: like.study,
      version: like.version,
      arms: like.arms,
      events: like.events,
      formTitles: Object.fromEntries(like.forms.map(({ id, name }) => [id, name])),
      repeating: like.forms.flatMap(({ id, repeating }) => (repeating ? [id] : [])),
    },
  );
  if ("problem" in read) throw new Error(read.problem);
  return read;
}

const changes = (before: Build, after: Build) => differencesBetween(before, after).map(changeInWords);

const counts: Record<string, { rows: number; types?: Record<string, number> }> = hasFixtures
  ? (await Bun.file(join(edc, "expected-counts.json")).json()).csv
  : {};
const cross: Record<
  string,
  { csv_nonempty: number; xml_nonempty: number; csv_subjects: number; xml_subjects: number }
> = hasFixtures ? (await Bun.file(join(edc, "expected-counts.json")).json()).redcap_cross : {};

/**
 * What the two files of a project truly differ in: the project was changed between the two exports. `interpreter_needed`
 * stands in project.xml and in neither dictionary.csv nor metadata.csv.
 */
const drift: Readonly<Record<string, readonly string[]>> = {
  simple: [
    "forms/race_and_ethnicity/sections/race_and_ethnicity.1/entries/interpreter_needed is new.",
    "items/interpreter_needed is new.",
  ],
};

/** Where the table is not what was stored: it was edited by a spreadsheet (TRUE), or holds a word for a file. */
const unfaithful: ReadonlySet<string> = new Set(["sex", "mugshot", "patient_document"]);
/** The table has its line breaks folded. */
const folded = (raw: string | null | undefined) => raw?.replace(/\s+/g, " ").trim();

describe.skipIf(!hasFixtures)("REDCap projects", () => {
  for (const name of ["checkboxes-1", "longitudinal", "repeating-instruments", "simple", "survey"]) {
    test(`${name}: dictionary and project file give the same model`, async () => {
      const project = await projectOf(name);
      const { build, notes } = dictionaryOf(await text(name, "dictionary.csv"), project.build);
      expect(notes).toEqual([]);
      expect(changes(build, project.build)).toEqual([...(drift[name] ?? [])]);
    });

    test(`${name}: handed in as files, the two differ in what a dictionary cannot know, and in nothing else`, async () => {
      const read = async (file: string) => {
        const definition = await readDefinition(new TextEncoder().encode(await text(name, file)));
        if ("problem" in definition) throw new Error(definition.problem);
        return definition.build;
      };
      // The study and its version, arms, events, what repeats, and the titles of forms: a title is a first section's name too.
      const unknowable =
        /^(?:study|version|arms|events)\b|^forms\/\w+\/(?:name|repeating) |^forms\/(\w+)\/sections\/\1\.1\/name /;
      const differing = changes(await read("dictionary.csv"), await read("project.xml"));
      expect(differing.filter((line) => !unknowable.test(line))).toEqual([...(drift[name] ?? [])]);
    });

    test(`${name}: as many fields of each type as counted`, async () => {
      const { build } = dictionaryOf(await text(name, "dictionary.csv"));
      const expected = counts[`redcap-redcapr/${name}/dictionary.csv`];
      const own = build.items.filter(({ extras }) => extras["redcap:FieldType"]);
      expect(own).toHaveLength(expected?.rows ?? -1);
      const types: Record<string, number> = {};
      for (const { extras } of own)
        types[extras["redcap:FieldType"] ?? ""] = (types[extras["redcap:FieldType"] ?? ""] ?? 0) + 1;
      expect(types).toEqual(expected?.types ?? {});
    });

    test(`${name}: dictionary → model → dictionary → the same model`, async () => {
      const { build } = dictionaryOf(await text(name, "dictionary.csv"));
      const { text: written, lost } = writeDictionary(build);
      expect(lost).toEqual([]);
      expect(changes(build, dictionaryOf(written).build)).toEqual([]);
    });

    for (const version of ["1.3.2", "2.0"] as const) {
      test(`${name}: → ODM ${version} → the same model`, async () => {
        const { build } = await projectOf(name);
        const parts = (
          await Array.fromAsync(
            writeOdm(build, { fileId: "F", createdAt: "2026-11-22T12:00:00Z", source: "Cairn" }, version),
          )
        ).join("");
        if (canLint) expect(schemaErrors(parts, version)).toBe("");
        for await (const part of readOdm([parts]))
          if (part.is === "study") expect(changes(build, part.build)).toEqual([]);
      });
    }

    test(`${name}: data`, async () => {
      const project = await projectOf(name);
      const csv = readRecords(await text(name, "data.csv"), project.build);
      if ("problem" in csv) throw new Error(csv.problem);
      const xml = readProjectValues(project.values, project.build);
      const expected = cross[`redcap-redcapr/${name}/`];
      const subjects = (values: readonly StoredValue[]) => new Set(values.map(({ subject }) => subject)).size;
      expect(subjects(csv.values)).toBe(expected?.csv_subjects ?? -1);
      expect(subjects(xml.values)).toBe(expected?.xml_subjects ?? -1);
      const key = (value: StoredValue) =>
        [value.subject, value.event, value.formKey, value.form, value.section, value.item].join("|");
      const fromXml = new Map(xml.values.map((value) => [key(value), value.raw]));
      // Files lie in the project file as ItemDataBase64Binary, which the independent count left out.
      const files = (await text(name, "project.xml")).split("<ItemDataBase64Binary ").length - 1;
      expect(csv.cells + csv.strangers).toBe(expected?.csv_nonempty ?? -1);
      expect(xml.cells + xml.strangers - files).toBe(expected?.xml_nonempty ?? -1);
      // The table says "incomplete" of forms that nobody opened; the project file says nothing of them.
      const missing = csv.values.filter((value) => !fromXml.has(key(value)));
      expect(missing.filter(({ item, raw }) => !(item.endsWith("_complete") && raw === "0"))).toEqual([]);
      const differing = csv.values.filter(
        (value) => fromXml.has(key(value)) && folded(fromXml.get(key(value))) !== folded(value.raw),
      );
      expect(differing.map(({ item }) => item).filter((item) => !unfaithful.has(item))).toEqual([]);
    });
  }

  test("what repeats is known from redcap:RepeatingInstruments alone", async () => {
    const { build, values } = await projectOf("repeating-instruments");
    expect(build.forms.map(({ id, repeating }) => [id, repeating])).toEqual([
      ["demographics", false],
      ["bp", true],
    ]);
    const keys = readProjectValues(values, build).values.filter(
      ({ item, subject }) => item === "bp_systolic" && subject === "1",
    );
    expect(keys.map(({ formKey, raw }) => [formKey, raw])).toEqual([
      ["1", "110"],
      ["2", "111"],
      ["3", "112"],
    ]);
    expect(readProjectValues(values, build).values.find(({ item }) => item === "dob")?.formKey).toBeNull();
  });

  test("events of a longitudinal project carry arms and windows", async () => {
    const { build } = await projectOf("longitudinal");
    expect(build.arms.map(({ id, name }) => [id, name[""]?.text])).toEqual([
      ["arm_1", "Drug A"],
      ["arm_2", "Drug B"],
    ]);
    expect(build.events).toHaveLength(12);
    expect(build.events[2]).toMatchObject({
      id: "visit_1_arm_1",
      name: "Visit 1",
      arms: ["arm_1"],
      window: { anchor: null, target: "P3D", before: "P0D" },
    });
  });

  test("rules run in our words", async () => {
    const { build } = await projectOf("longitudinal");
    const entries = build.forms.flatMap(({ sections }) => sections.flatMap(({ entries }) => entries));
    const rule = (item: string) => entries.find((entry) => entry.item === item);
    expect(rule("given_birth")?.shownWhen?.text).toBe('sex = "0"');
    expect(rule("num_children")?.shownWhen?.text).toBe('sex = "0" and given_birth = true');
    expect(rule("bmi")?.calculation?.text).toBe("round(weight * 10000 / height ^ 2, 1)");
    expect(rule("bmi")?.calculation?.foreign.REDCap).toBe("round(([weight]*10000)/(([height])^(2)),1)");
  });
});

describe("the dictionary", () => {
  test("splits choices at the first comma only", () => {
    expect(
      choicesIn("0, (0) Never or Almost Never | 1, Sometimes, but rarely|2,Often | 3").map(({ code, label }) => [
        code,
        label[""]?.text,
      ]),
    ).toEqual([
      ["0", "(0) Never or Almost Never"],
      ["1", "Sometimes, but rarely"],
      ["2", "Often"],
      ["3", "3"],
    ]);
    expect(checkboxColumn("race", "-1")).toBe("race____1");
  });
  const head =
    "field_name,form_name,field_type,field_label,select_choices_or_calculations,branching_logic,text_validation_type_or_show_slider_number\n";
  const read = (rows: string) => readDictionary(head + rows);
  const ruleOf = (rows: string, item: string) => {
    const study = read(rows);
    if ("problem" in study) throw new Error(study.problem);
    const entry = study.build.forms
      .flatMap(({ sections }) => sections.flatMap(({ entries }) => entries))
      .find((one) => one.item === item);
    return { text: (entry?.shownWhen ?? entry?.calculation)?.text, notes: study.notes };
  };
  const fields =
    'id,f,text,Id,,,\nborn,f,text,Born,,,date_ymd\nx,f,text,X,,,number\nfree,f,text,Free,,,\nrace,f,checkbox,Race,"1, A | 2, B",,\nyes,f,yesno,Yes,,,\nsex,f,radio,Sex,"m, Male | f, Female",,\nother,g,text,Other,,,number\n';
  for (const [logic, text] of [
    ["[race(2)] = '1'", 'contains(race, "2")'],
    ["[race(2)] = '0' and [yes] = '1'", 'not contains(race, "2") and yes = true'],
    ["[x] = ''", "not known(x)"],
    ["[x] <> \"\" AND [sex] = 'f'", 'known(x) and sex = "f"'],
    ["[x] >= 5 || !([yes] = 1)", "x >= 5 or not yes = true"],
    ["[free] > 5", "number(free) > 5"],
    ["[born] > '2020-01-01'", "born > @2020-01-01"],
    ["[other] = 3", "[g/other] = 3"],
    ["[event_1_arm_1][other] = 3", "[event_1_arm_1/g/other] = 3"],
    ["datediff([born], 'today', 'd') > 10", null],
    ["rounddown(datediff([born], 'today', 'y')) >= 18", 'difference(born, today(), "years") >= 18'],
    ["sum([x], [other]) > 1", "sum_known(x, [g/other]) > 1"],
    ["[nosuch] = 1", null],
    ["stdev([x]) > 1", null],
  ] as const) {
    test(`branching ${logic}`, () => {
      const { text: got, notes } = ruleOf(`${fields}q,f,text,Q,,"${logic.replaceAll('"', '""')}",\n`, "q");
      expect(got ?? null).toBe(text);
      expect(notes.length > 0).toBe(text === null);
    });
  }
  test("is refused when it is something else", () => {
    expect(readDictionary("a,b\n1,2\n")).toMatchObject({ problem: expect.stringContaining("not a data dictionary") });
    expect(read("x,f,text,X,,,\nx,f,text,X,,,\n")).toMatchObject({
      problem: expect.stringContaining("is there twice"),
    });
    expect(readDictionary('"')).toMatchObject({ problem: expect.stringContaining("CSV") });
  });
  test("an unchecked box on an untouched form is no answer", () => {
    const study = dictionaryOf(`${head}${fields}`);
    const data = readRecords("id,x,race___1,race___2,mystery\n1,5,0,0,\n2,,0,0,\n3,,1,1,7\n", study.build);
    if ("problem" in data) throw new Error(data.problem);
    expect(data.values.filter(({ item }) => item === "race").map(({ subject, raw }) => [subject, raw])).toEqual([
      ["1", ""],
      ["3", "1|2"],
    ]);
    expect(data.notes).toEqual(["The column “mystery” (1 values) belongs to no field and was left out."]);
  });
});
