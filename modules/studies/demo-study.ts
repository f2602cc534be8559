/** The invented study of the demonstration: what its file holds when it comes in through the front door. */
import {
  type Build,
  type Check,
  type Entry,
  emptyBuild,
  entryOf,
  type Form,
  formulaOf,
  type Item,
  type ItemType,
  itemOf,
  type Section,
  type StudyEvent,
} from "./model/build.ts";
import { critical, survey, twice } from "./model/marks.ts";
import { type Words, wordsOf } from "./model/words.ts";

const en = (text: string): Words => wordsOf(text, "en");
const range = (
  id: string,
  severity: Check["severity"],
  comparator: "GE" | "LE",
  value: string,
  message: string,
): Check => ({
  id,
  severity,
  message: en(message),
  condition: { comparator, values: [value], unit: null },
});
const between = (low: string, high: string, unit: string): Check[] => [
  range("low", "soft", "GE", low, `Below ${low} ${unit} is unusual. Look at the source again.`),
  range("high", "soft", "LE", high, `Above ${high} ${unit} is unusual. Look at the source again.`),
];
const section = (
  id: string,
  title: string,
  entries: readonly Entry[],
  repeats: Section["repeats"] = "no",
): Section => ({
  id,
  name: title,
  label: en(title),
  repeats,
  entries,
  sections: [],
  extras: {},
});
const form = (id: string, title: string, sections: readonly Section[], repeating = false): Form => ({
  id,
  name: title,
  label: en(title),
  repeating,
  sections,
  extras: {},
});
const visit = (
  id: string,
  title: string,
  forms: readonly string[],
  window: StudyEvent["window"],
  more: Partial<StudyEvent> = {},
): StudyEvent => ({
  id,
  name: title,
  label: en(title),
  type: "scheduled",
  repeating: false,
  arms: [],
  window,
  // A visit is complete without what the participant sends in.
  forms: forms.map((one) => ({ form: one, required: one !== "wellness_form" })),
  extras: {},
  ...more,
});
const after = (weeks: number): StudyEvent["window"] => ({
  anchor: "baseline",
  target: `P${weeks}W`,
  before: "P5D",
  after: "P10D",
});
const list = (id: string, name: string, options: Readonly<Record<string, string>>) => ({
  id,
  name,
  codes: "integer" as const,
  extras: {},
  options: Object.entries(options).map(([code, label]) => ({ code, label: en(label), retired: false })),
});
const item = (id: string, question: string, type: ItemType, more: Partial<Item> = {}): Item =>
  itemOf(id, en(question), type, more);
const whole: ItemType = { is: "integer" };
const line: ItemType = { is: "text", long: false, maxLength: 120 };
const day: ItemType = { is: "date", partial: false };
const maybeDay: ItemType = { is: "date", partial: true };
const one = (codeList: string): ItemType => ({ is: "choice", codeList });

const wellness = [
  "Climbing one flight of stairs",
  "Sleeping through the night",
  "Meeting friends or family",
  "Doing the shopping",
];

export const demoStudy: Build = {
  ...emptyBuild,
  study: {
    id: "aspen",
    name: "ASPEN: guided walking after heart failure (invented)",
    description: "An invented trial for the demonstration. Nobody in it exists.",
    protocol: "ASPEN-1",
  },
  version: { id: "1", name: "Protocol 1.0" },
  languages: ["en"],
  units: [
    { id: "kg", name: "kg", symbol: en("kg") },
    { id: "cm", name: "cm", symbol: en("cm") },
    { id: "mmhg", name: "mm[Hg]", symbol: en("mmHg") },
    { id: "per_min", name: "/min", symbol: en("/min") },
    { id: "metre", name: "m", symbol: en("m") },
    { id: "pg_ml", name: "pg/mL", symbol: en("pg/mL") },
  ],
  codeLists: [
    list("sexes", "Sex", { "1": "Female", "2": "Male", "3": "Another" }),
    list("classes", "NYHA class", { "1": "I", "2": "II", "3": "III", "4": "IV" }),
    list("grades", "Severity", { "1": "Mild", "2": "Moderate", "3": "Severe" }),
    list("effort", "How hard", { "0": "Not hard", "1": "A little hard", "2": "Hard", "3": "Could not do it" }),
    list("outcomes", "Outcome", { "1": "Recovered", "2": "Recovering", "3": "Not recovered" }),
  ],
  items: [
    item("sex", "Sex", one("sexes")),
    item("birth_year", "Year of birth", whole, {
      checks: [range("adult", "hard", "LE", "2008", "Participants are adults.")],
    }),
    item("nyha", "NYHA class", one("classes")),
    critical.set(
      item("ejection", "Left ventricular ejection fraction (%)", whole, { checks: between("15", "55", "%") }),
      true,
    ),
    item("condition", "Other condition", line),
    item("condition_since", "Since", maybeDay),
    critical.set(
      item("systolic", "Systolic pressure", whole, {
        units: ["mmhg"],
        nullFlavours: ["not-done"],
        checks: between("85", "180", "mmHg"),
      }),
      true,
    ),
    item("diastolic", "Diastolic pressure", whole, {
      units: ["mmhg"],
      nullFlavours: ["not-done"],
      checks: [
        {
          id: "below_systolic",
          severity: "hard",
          message: en("The diastolic pressure is below the systolic one."),
          condition: formulaOf("diastolic.check", "diastolic < systolic", {
            cases: [
              { title: "as it should be", given: { diastolic: "80", systolic: "120" }, expected: "true" },
              { title: "swapped", given: { diastolic: "120", systolic: "80" }, expected: "false" },
            ],
          }),
        },
      ],
    }),
    item("pulse", "Heart rate", whole, {
      units: ["per_min"],
      nullFlavours: ["not-done"],
      checks: between("45", "120", "/min"),
    }),
    item("weight", "Weight", { is: "decimal", decimals: 1 }, { units: ["kg"], checks: between("40", "160", "kg") }),
    item("height", "Height", whole, { units: ["cm"] }),
    item("bmi", "Body mass index", { is: "decimal", decimals: 1 }),
    critical.set(
      item("walk_distance", "Distance walked in six minutes", whole, {
        units: ["metre"],
        nullFlavours: ["not-done"],
        checks: between("60", "650", "m"),
      }),
      true,
    ),
    item("walk_stopped", "Stopped before the end", { is: "boolean" }),
    item("walk_reason", "Why it was stopped", line),
    item(
      "bnp",
      "NT-proBNP",
      { is: "decimal", decimals: 0 },
      { units: ["pg_ml"], checks: between("50", "9000", "pg/mL") },
    ),
    ...wellness.map((question, n) => item(`hard_${n + 1}`, question, one("effort"))),
    item("wellness", "Sum of the four answers", whole),
    item("event_term", "What happened", line),
    item("event_from", "From", maybeDay),
    item("event_grade", "Severity", one("grades")),
    item("event_serious", "Serious", { is: "boolean" }),
    item("event_outcome", "Outcome", one("outcomes")),
    item("ended_on", "Last day in the study", day),
    item("ended_early", "Ended early", { is: "boolean" }),
    item("ended_reason", "Why", line),
  ],
  forms: [
    form("demographics", "Demographics", [
      section("demographics_main", "About the participant", [
        entryOf("sex", { required: true }),
        entryOf("birth_year", { required: true }),
        entryOf("nyha", { required: true }),
        entryOf("ejection", { required: true }),
      ]),
      section("conditions", "Other conditions", [entryOf("condition"), entryOf("condition_since")], "open"),
    ]),
    form("vital_signs", "Vital signs", [
      section("vital_signs_main", "Measured sitting, after five minutes of rest", [
        entryOf("systolic", { required: true }),
        entryOf("diastolic", { required: true }),
        entryOf("pulse", { required: true }),
        entryOf("weight", { required: true }),
        entryOf("height"),
        entryOf("bmi", {
          calculation: formulaOf("bmi.calculation", "round(weight / (height / 100)^2, 1)", {
            cases: [
              { title: "a usual one", given: { weight: "80", height: "180" }, expected: "24.7" },
              { title: "no height", given: { weight: "80" }, expected: "unknown" },
            ],
          }),
        }),
      ]),
    ]),
    twice.set(
      form("walk", "Six-minute walk", [
        section("walk_main", "Six-minute walk", [
          entryOf("walk_distance", { required: true }),
          entryOf("walk_stopped", { required: true }),
          entryOf("walk_reason", {
            required: true,
            whenHidden: "query",
            shownWhen: formulaOf("walk_reason.shown", "walk_stopped = true", {
              cases: [
                { title: "stopped", given: { walk_stopped: "1" }, expected: "true" },
                { title: "went on", given: { walk_stopped: "0" }, expected: "false" },
              ],
            }),
          }),
        ]),
      ]),
      true,
    ),
    form("laboratory", "Laboratory", [
      section("laboratory_main", "Local laboratory", [entryOf("bnp", { required: true })]),
    ]),
    survey.set(
      form("wellness_form", "How are you?", [
        section("wellness_main", "In the last week, how hard was it for you", [
          ...wellness.map((_, n) => entryOf(`hard_${n + 1}`, { required: true })),
          entryOf("wellness", {
            calculation: formulaOf("wellness.calculation", "hard_1 + hard_2 + hard_3 + hard_4"),
          }),
        ]),
      ]),
      true,
    ),
    form(
      "adverse_event",
      "Adverse event",
      [
        section("adverse_event_main", "Adverse event", [
          entryOf("event_term", { required: true }),
          entryOf("event_from", { required: true }),
          entryOf("event_grade", { required: true }),
          entryOf("event_serious", { required: true }),
          entryOf("event_outcome"),
        ]),
      ],
      true,
    ),
    form("end_of_study", "End of study", [
      section("end_main", "End of study", [
        entryOf("ended_on", { required: true }),
        entryOf("ended_early", { required: true }),
        entryOf("ended_reason", { required: true, shownWhen: formulaOf("ended_reason.shown", "ended_early = true") }),
      ]),
    ]),
  ],
  events: [
    visit("baseline", "Baseline", ["demographics", "vital_signs", "walk", "laboratory", "wellness_form"], {
      anchor: null,
      target: "P0D",
      before: "P0D",
      after: "P7D",
    }),
    visit("week_4", "Week 4", ["vital_signs", "wellness_form"], after(4)),
    visit("week_12", "Week 12", ["vital_signs", "walk", "laboratory", "wellness_form"], after(12)),
    visit("week_24", "Week 24", ["vital_signs", "walk", "laboratory", "wellness_form", "end_of_study"], after(24)),
    visit("adverse_events", "Adverse events", ["adverse_event"], null, {
      type: "common",
      forms: [{ form: "adverse_event", required: false }],
    }),
  ],
};

/** The amendment that is pending: one question is asked more exactly, one class is not chosen any more, one visit is new. */
export const amendedStudy: Build = {
  ...demoStudy,
  items: demoStudy.items.map((one) =>
    one.id === "weight" ? { ...one, question: en("Weight without shoes and coat") } : one,
  ),
  codeLists: demoStudy.codeLists.map((one) =>
    one.id === "classes"
      ? { ...one, options: one.options.map((option) => (option.code === "4" ? { ...option, retired: true } : option)) }
      : one,
  ),
  events: [
    ...demoStudy.events.slice(0, -1),
    visit("week_36", "Week 36", ["vital_signs", "walk", "wellness_form"], after(36)),
    ...demoStudy.events.slice(-1),
  ],
};
