import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  bySubject,
  type Contradiction,
  contradictionsOf,
  countContradictions,
} from "../../../modules/studies/import/contradictions.ts";
import { placed } from "../../../modules/studies/import/placing.ts";
import { decide, placeKey, stage, summaryOf } from "../../../modules/studies/import/staging.ts";
import { guessMapping, readMapped } from "../../../modules/studies/import/table.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { problemsOf } from "../../../modules/studies/model/problems.ts";
import { readOdm } from "../../../modules/studies/odm/reader.ts";
import type { StoredValue } from "../../../modules/studies/odm/writer.ts";
import { edc, hasFixtures } from "./fixtures.ts";
import { sink } from "./sink.ts";

describe.skipIf(!hasFixtures)("the data of OpenEDC", async () => {
  const chunks = (name: string) => Bun.file(join(edc, "odm-openedc", name)).stream();
  let build: Build | null = null;
  const values: StoredValue[] = [];
  const problems: string[] = [];
  if (hasFixtures) {
    for await (const part of readOdm(chunks("metadata.xml"))) if (part.is === "study") build = part.build;
    const plan = planOf(build as Build);
    for await (const part of readOdm(chunks("clinicaldata.xml"))) {
      if (part.is !== "value") continue;
      const one = placed(plan, part);
      values.push(one.value);
      if (one.problem) problems.push(one.problem);
    }
  }
  const plan = hasFixtures ? planOf(build as Build) : planOf(sink);
  const found: Contradiction[] = [];
  for await (const own of bySubject(values)) found.push(...contradictionsOf(plan, own));
  const counts = Object.fromEntries(
    countContradictions(found).map(({ kind, item, count }) => [`${kind} ${item}`, count]),
  );

  test("finds its places, every value of it, as it came", () => {
    expect(problems).toEqual([]);
    expect(values).toHaveLength(1684);
    expect(new Set(values.map(({ subject }) => subject)).size).toBe(90);
    expect(values.find(({ subject, item }) => subject === "01" && item === "BMI")?.raw).toBe("-929768.56");
  });

  test("contradicts its own rules exactly as often as was counted, and no more", async () => {
    const expected = (await Bun.file(join(edc, "expected-counts.json")).json()).openedc_logic;
    expect(counts["differs BMI"]).toBe(expected.bmi_mismatch);
    expect(counts["differs I.2"]).toBe(expected.who5_mismatch);
    const answeredFirst = new Set(
      values.flatMap(({ subject, item, raw }) => (item === "WHO.1" && raw ? [subject] : [])),
    );
    const incomplete = found.filter(({ finding }) => finding.kind === "incomplete" && finding.item === "I.2");
    // The count that came with the fixtures looked at questionnaires whose first question was answered. There are more.
    expect(incomplete.filter(({ subject }) => answeredFirst.has(subject))).toHaveLength(
      expected.who5_incomplete_but_scored,
    );
    expect(incomplete).toHaveLength(24);
    // It also took a missing answer for a No, so both kinds together are what it counted.
    expect((counts["hidden Pregnant"] ?? 0) + (counts["unasked Pregnant"] ?? 0)).toBe(
      expected.pregnant_present_when_not_female,
    );
    expect((counts["hidden WeeksPregnant"] ?? 0) + (counts["unasked WeeksPregnant"] ?? 0)).toBe(
      expected.weeks_present_when_not_pregnant,
    );
  });

  test("and results over missing operands: counted once more, by hand", () => {
    const forms = Map.groupBy(values, ({ subject, event, form }) => `${subject} ${event} ${form}`);
    const over = (result: string, operands: readonly string[]) =>
      [...forms.values()].filter((own) => {
        const has = (item: string) => own.some((one) => one.item === item && one.raw);
        return has(result) && !operands.every(has);
      }).length;
    expect(counts["incomplete I.2"]).toBe(over("I.2", ["WHO.1", "WHO.2", "WHO.3", "WHO.4", "WHO.5"]));
    expect(counts["incomplete BMI"]).toBe(over("BMI", ["Weight", "Height"]));
  });

  test("and its other conditions, which nobody had counted: each one is looked at again here, by hand", () => {
    const raw = new Map(values.map(({ subject, event, item, raw: text }) => [`${subject} ${event} ${item}`, text]));
    const conditions: Readonly<Record<string, readonly [string, string]>> = {
      "I.6": ["CountryOfBirth", "Other"],
      "I.8": ["CardiovascularDiseases", "1"],
      "I.9": ["CardiovascularDiseases", "1"],
      "I.10": ["TumorDiseases", "1"],
      "I.11": ["TumorDiseases", "1"],
      "I.12": ["SideEffect", "1"],
      "I.5": ["SymptomsChanged", "1"],
      Pregnant: ["Gender", "Female"],
      WeeksPregnant: ["Pregnant", "1"],
    };
    for (const [item, [source, value]] of Object.entries(conditions)) {
      const own = values.filter((one) => one.item === item && one.raw);
      const contradicted = own.filter(({ subject, event }) => {
        const other = raw.get(`${subject} ${event} ${source}`);
        return other !== undefined && other !== null && other !== value;
      });
      expect(`${item} ${counts[`hidden ${item}`] ?? 0}`).toBe(`${item} ${contradicted.length}`);
      const untold = own.filter(({ subject, event }) => !raw.get(`${subject} ${event} ${source}`));
      expect(`${item} ${counts[`unasked ${item}`] ?? 0}`).toBe(`${item} ${untold.length}`);
    }
    const kinds = new Set(found.map(({ finding }) => finding.kind));
    expect([...kinds].sort()).toEqual(["differs", "hidden", "incomplete", "unasked"]);
    console.info(`contradictions of OpenEDC: ${JSON.stringify(counts)}`);
  });

  test("stays as it was received, and is imported once", () => {
    const before = JSON.stringify(values);
    const first = stage(plan, values, () => null);
    const { differences, writes, undecided } = summaryOf(first);
    expect({ differences, undecided }).toEqual({
      differences: { new: 1684, same: 0, changed: 0, emptied: 0, twice: 0 },
      undecided: 0,
    });
    expect(JSON.stringify(writes)).toBe(before);
    const stored = new Map(writes.map((value) => [placeKey(value), value]));
    expect(summaryOf(stage(plan, values, (key) => stored.get(key) ?? null)).writes).toEqual([]);
  });

  test("the study itself needs nothing but a look at what may identify", () => {
    const errors = problemsOf(plan.build).filter(({ level }) => level === "error");
    expect(errors.map(({ path, sentence }) => `${path}: ${sentence}`)).toEqual([]);
  });
});

const value = (item: string, raw: string | null, rest: Partial<StoredValue> = {}): StoredValue => ({
  subject: "S-01",
  event: "baseline",
  eventKey: null,
  form: "start",
  formKey: null,
  section: "body",
  sectionKey: null,
  item,
  raw,
  nullFlavour: null,
  unit: null,
  ...rest,
});

describe("staging", () => {
  const plan = planOf(sink);
  const stored = [
    value("weight", "80.5"),
    value("height", "180"),
    value("sex", "f"),
    value("race", "1|3"),
    value("born", "2000-03"),
  ];
  const current = (key: string) => stored.find((one) => placeKey(one) === key) ?? null;
  const staged = (incoming: readonly StoredValue[]) => stage(plan, incoming, current);

  for (const [incoming, difference, decision] of [
    [value("weight", "80.5"), "same", "keep"],
    [value("weight", "80.50"), "changed", null],
    [value("weight", "81"), "changed", null],
    [value("weight", "80.5", { unit: "LB" }), "changed", null],
    [value("weight", null), "emptied", "keep"],
    [value("weight", null, { nullFlavour: "unknown" }), "changed", null],
    [value("race", "3|1"), "same", "keep"],
    [value("born", "UN-MAR-2000"), "same", "keep"],
    [value("pregnant", "1"), "new", "take"],
    [value("sex", "f", { subject: "S-02" }), "new", "take"],
  ] as const) {
    test(`${incoming.item} ${incoming.raw} ${incoming.unit ?? ""}${incoming.nullFlavour ?? ""} for ${incoming.subject}: ${difference}`, () => {
      expect(staged([incoming])[0]).toMatchObject({ difference, decision });
    });
  }
  test("what cannot be read keeps its text and says why", () => {
    expect(staged([value("pregnant", "perhaps")])[0]).toMatchObject({
      difference: "new",
      decision: "take",
      value: { raw: "perhaps" },
      problem: "“perhaps” is neither yes (1) nor no (0).",
    });
  });
  test("two values for one place wait for a decision", () => {
    const both = staged([value("weeks", "12"), value("weeks", "13")]);
    expect(both.map(({ difference, decision }) => [difference, decision])).toEqual([
      ["twice", null],
      ["twice", "keep"],
    ]);
    const decided = decide(both, { [placeKey(value("weeks", ""))]: "take" });
    expect(summaryOf(decided).writes.map(({ raw }) => raw)).toEqual(["12"]);
    expect(staged([value("weeks", "12"), value("weeks", "12")])).toHaveLength(1);
  });
  test("people decide, and a decision about nothing is refused", () => {
    const changed = staged([value("weight", "81"), value("height", "181")]);
    const decided = decide(changed, {
      [placeKey(value("weight", ""))]: "take",
      [placeKey(value("height", ""))]: "keep",
    });
    expect(summaryOf(decided)).toMatchObject({ undecided: 0, writes: [{ item: "weight", raw: "81" }] });
    expect(() => decide(changed, { stranger: "take" })).toThrow("belongs to no value of this import");
  });
});

describe("tables", () => {
  const plan = planOf(sink);
  test("a mapping is guessed from titles", () => {
    const { columns } = guessMapping(plan, ["Subject ID", "Visit", "Weight", "SEX", "Body mass index", "shoe size"]);
    expect(columns).toEqual({
      "Subject ID": { is: "subject" },
      Visit: { is: "event" },
      Weight: { is: "item", form: "start", item: "weight" },
      SEX: { is: "item", form: "start", item: "sex" },
      "Body mass index": { is: "item", form: "start", item: "bmi" },
      "shoe size": { is: "ignored" },
    });
  });
  test("values get their places; what has none is named", () => {
    const titles = ["id", "visit", "weight", "sex", "shoe"];
    const mapping = { ...guessMapping(plan, titles), blanks: ["NA"] };
    const table = readMapped(
      "id,visit,weight,sex,shoe\n1,baseline,80.5,f,43\n2,nowhere,70,m,\n,baseline,1,f,\n3,baseline,NA,m,44\n",
      plan,
      { ...mapping, columns: { ...mapping.columns, id: { is: "subject" } } },
    );
    if ("problem" in table) throw new Error(table.problem);
    expect(table.values.map(({ subject, item, raw }) => [subject, item, raw])).toEqual([
      ["1", "weight", "80.5"],
      ["1", "sex", "f"],
      ["3", "sex", "m"],
    ]);
    expect(table.problems.map(({ line, sentence }) => `${line}: ${sentence}`)).toEqual([
      "3: There is no event “nowhere”.",
      "4: This line names no subject.",
    ]);
    expect(table.ignored).toEqual({ shoe: 2 });
    expect(readMapped("a\n1\n", plan, { columns: {}, event: "baseline", blanks: [] })).toEqual({
      problem: "No column is said to hold the subject. Choose one.",
    });
  });
});
