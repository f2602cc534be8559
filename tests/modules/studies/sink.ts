import {
  type Build,
  emptyBuild,
  entryOf,
  formulaOf,
  itemOf,
  type Section,
} from "../../../modules/studies/model/build.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";

const en = (text: string) => wordsOf(text, "en");
const section = (id: string, entries: Section["entries"], rest: Partial<Section> = {}): Section => ({
  id,
  name: id,
  label: en(`Section ${id}`),
  repeats: "no",
  entries,
  sections: [],
  extras: {},
  ...rest,
});

/** An invented study with one of everything that a build can hold. */
export const sink: Build = {
  ...emptyBuild,
  study: { id: "S.SINK", name: "One of everything", description: "Invented & <marked> up", protocol: "P-1" },
  version: { id: "V2", name: "2" },
  languages: ["en", "de"],
  arms: [
    { id: "drug", name: en("Drug") },
    { id: "placebo", name: { en: { text: "Placebo", status: "reviewed" }, de: { text: "Placebo", status: "draft" } } },
  ],
  events: [
    {
      id: "baseline",
      name: "Baseline",
      label: en("Baseline"),
      type: "scheduled",
      repeating: false,
      arms: [],
      window: null,
      forms: [
        { form: "start", required: true },
        { form: "diary", required: false },
      ],
      extras: {},
    },
    {
      id: "week4",
      name: "Week 4",
      label: en("Week 4"),
      type: "scheduled",
      repeating: false,
      arms: ["drug"],
      window: { anchor: "baseline", target: "P4W", before: "P3D", after: "P7D" },
      forms: [{ form: "diary", required: true }],
      extras: { "odm:Category": "Treatment" },
    },
    {
      id: "call",
      name: "Call",
      label: { en: { text: "Call", status: "translated" } },
      type: "scheduled",
      repeating: false,
      arms: [],
      window: { anchor: null, target: "P1Y", before: "P0D", after: "P1M" },
      forms: [{ form: "diary", required: false }],
      extras: {},
    },
    {
      id: "ae",
      name: "Adverse events",
      label: en("Adverse events"),
      type: "common",
      repeating: true,
      arms: [],
      window: null,
      forms: [{ form: "event", required: false }],
      extras: {},
    },
  ],
  forms: [
    {
      id: "start",
      name: "Start",
      label: en("Start"),
      repeating: false,
      extras: { "alias:SDTM": "DM", "vendor:Colour": "blue" },
      sections: [
        section("intro", []),
        section("body", [
          entryOf("sex", { required: true }),
          entryOf("weight"),
          entryOf("height"),
          entryOf("bmi", {
            calculation: formulaOf("M.BMI", "round(weight / (height / 100) ^ 2, 1)", {
              name: "Body mass index",
              describes: en("Quetelet"),
              cases: [{ title: "a usual one", given: { weight: "80", height: "200" }, expected: "20" }],
            }),
          }),
          entryOf("pregnant", {
            shownWhen: formulaOf("C.F", 'sex = "f"', { foreign: { OtherSystem: "sex eq f" } }),
            whenHidden: "query",
          }),
          entryOf("weeks", {
            shownWhen: formulaOf("C.P", "pregnant = true and known(sex)"),
            whenHidden: "blank",
            extras: { "odm:Role": "Outcome" },
          }),
          entryOf("born"),
          entryOf("race"),
          entryOf("pain"),
          entryOf("scan"),
          entryOf("mark"),
          entryOf("thanks"),
        ]),
        section("family", [entryOf("relative")], {
          repeats: "open",
          sections: [section("illness", [entryOf("diagnosis"), entryOf("since")], { repeats: "open" })],
        }),
        section("organs", [entryOf("organ"), entryOf("finding")], { repeats: "fixed" }),
      ],
    },
    {
      id: "diary",
      name: "Diary",
      label: {},
      repeating: true,
      extras: {},
      sections: [section("day", [entryOf("seen"), entryOf("clock"), entryOf("note")])],
    },
    {
      id: "event",
      name: "Event",
      label: en("Event"),
      repeating: false,
      extras: {},
      sections: [section("ae-details", [entryOf("onset"), entryOf("odd")])],
    },
  ],
  items: [
    itemOf(
      "sex",
      { en: { text: "Sex", status: "reviewed" }, de: { text: "Geschlecht", status: "translated" } },
      { is: "choice", codeList: "SEX" },
      { extras: { "alias:SDTM": "SEX" } },
    ),
    itemOf(
      "weight",
      en("Weight"),
      { is: "decimal", decimals: 1 },
      {
        units: ["KG", "LB"],
        nullFlavours: ["not-done", "unknown"],
        checks: [
          { id: "weight.1", severity: "hard", message: {}, condition: { comparator: "GT", values: ["0"], unit: null } },
          {
            id: "too-heavy",
            severity: "soft",
            message: en("Is that right?"),
            condition: { comparator: "LE", values: ["440"], unit: "LB" },
          },
        ],
      },
    ),
    itemOf("height", en("Height"), { is: "decimal", decimals: null }, { units: ["CM"] }),
    itemOf("bmi", en("Body mass index"), { is: "decimal", decimals: 1 }),
    itemOf("pregnant", en("Pregnant?"), { is: "boolean" }),
    itemOf(
      "weeks",
      en("Week of pregnancy"),
      { is: "integer" },
      {
        checks: [
          {
            id: "weeks.1",
            severity: "soft",
            message: en("Not without a pregnancy"),
            condition: formulaOf("weeks.1", "pregnant = true", {
              cases: [{ title: "none", given: { pregnant: "0" }, expected: "false" }],
            }),
          },
        ],
      },
    ),
    itemOf("born", en("Date of birth"), { is: "date", partial: true }, { fieldClass: "encrypted", identifies: true }),
    itemOf("race", en("Race"), { is: "choices", codeList: "RACE" }, { hint: en("All that apply") }),
    itemOf("pain", en("Where does it hurt?"), { is: "grid", rows: "ORGAN", columns: "DEGREE", several: false }),
    itemOf("scan", en("Scan"), { is: "file" }),
    itemOf("mark", en("Signature"), { is: "signature" }),
    itemOf("thanks", en("Thank you.\nThat was all."), { is: "label" }),
    itemOf(
      "relative",
      en("Relative"),
      { is: "text", long: false, maxLength: 40 },
      { identifierReason: "Only mother or father" },
    ),
    itemOf("diagnosis", en("Diagnosis"), { is: "text", long: true, maxLength: null }),
    itemOf("since", en("Since"), { is: "date", partial: true }),
    itemOf("organ", en("Organ"), { is: "choice", codeList: "ORGAN" }),
    itemOf("finding", en("Finding"), { is: "choice", codeList: "DEGREE" }),
    itemOf("seen", en("Seen at"), { is: "datetime", partial: false }),
    itemOf("clock", en("Clock"), { is: "time", partial: true }),
    itemOf("note", {}, { is: "text", long: false, maxLength: null }, { name: "Note" }),
    itemOf("onset", en("Onset"), { is: "date", partial: false }),
    itemOf(
      "odd",
      en("Odd"),
      { is: "text", long: false, maxLength: null },
      { extras: { "odm:DataType": "URI", "vendor:Thing": 'a "quoted" <one>' } },
    ),
  ],
  codeLists: [
    {
      id: "SEX",
      name: "Sex",
      codes: "text",
      extras: {},
      options: [
        {
          code: "f",
          label: { en: { text: "Female", status: "reviewed" }, de: { text: "Weiblich", status: "reviewed" } },
          retired: false,
        },
        { code: "m", label: en("Male"), retired: false },
      ],
    },
    {
      id: "RACE",
      name: "Race",
      codes: "integer",
      extras: { "vendor:List": "1" },
      options: [
        { code: "1", label: en("One"), retired: false },
        { code: "2", label: en("Two"), retired: true },
        { code: "3", label: {}, retired: false },
      ],
    },
    {
      id: "ORGAN",
      name: "Organs",
      codes: "text",
      extras: {},
      options: [
        { code: "heart", label: en("Heart"), retired: false },
        { code: "lung", label: en("Lung"), retired: false },
      ],
    },
    {
      id: "DEGREE",
      name: "Degree",
      codes: "decimal",
      extras: {},
      options: [
        { code: "0", label: en("None"), retired: false },
        { code: "0.5", label: en("Some"), retired: false },
      ],
    },
  ],
  units: [
    { id: "KG", name: "kg", symbol: en("kg") },
    { id: "LB", name: "lb", symbol: en("lb") },
    { id: "CM", name: "cm", symbol: en("cm") },
  ],
  extras: { "alias:Registry": "NCT00000000" },
};
