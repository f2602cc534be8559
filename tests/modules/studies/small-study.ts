/** A small study of our own: what capture, cleaning and export are tried on. */
import {
  type Build,
  emptyBuild,
  entryOf,
  type Form,
  formulaOf,
  itemOf,
  type Section,
} from "../../../modules/studies/model/build.ts";
import { blinded, critical } from "../../../modules/studies/model/marks.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";

const en = (text: string) => wordsOf(text, "en");

const section = (
  id: string,
  title: string,
  entries: Section["entries"],
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
const form = (id: string, title: string, sections: readonly Section[], rest: Partial<Form> = {}): Form => ({
  id,
  name: title,
  label: en(title),
  repeating: false,
  sections,
  extras: {},
  ...rest,
});

export const smallStudy: Build = {
  ...emptyBuild,
  study: { id: "small", name: "Small study (invented)", description: "", protocol: "SMALL-1" },
  version: { id: "1", name: "1" },
  languages: ["en"],
  units: [
    { id: "u_kg", name: "kg", symbol: en("kg") },
    { id: "u_lb", name: "[lb_av]", symbol: en("lb") },
    { id: "u_cm", name: "cm", symbol: en("cm") },
  ],
  codeLists: [
    {
      id: "cl_sex",
      name: "Sex",
      codes: "text",
      extras: {},
      options: [
        { code: "f", label: en("Female"), retired: false },
        { code: "m", label: en("Male"), retired: false },
      ],
    },
  ],
  items: [
    itemOf("sex", en("Sex"), { is: "choice", codeList: "cl_sex" }),
    itemOf("pregnant", en("Pregnant"), { is: "boolean" }),
    critical.set(
      itemOf(
        "weight",
        en("Weight"),
        { is: "decimal", decimals: 1 },
        {
          units: ["u_kg", "u_lb"],
          nullFlavours: ["not-done"],
          checks: [
            {
              id: "low",
              severity: "hard",
              message: en("At least 20 kg."),
              condition: { comparator: "GE", values: ["20"], unit: null },
            },
            {
              id: "high",
              severity: "soft",
              message: en("Above 200 kg is rare."),
              condition: { comparator: "LE", values: ["200"], unit: null },
            },
          ],
        },
      ),
      true,
    ),
    itemOf("height", en("Height"), { is: "integer" }, { units: ["u_cm"] }),
    itemOf("bmi", en("Body mass index"), { is: "decimal", decimals: 1 }),
    itemOf("mail", en("E-mail"), { is: "text", long: false, maxLength: null }, { fieldClass: "encrypted" }),
    blinded.set(itemOf("kit", en("Kit given"), { is: "text", long: false, maxLength: 10 }), true),
    itemOf("drug", en("Medication"), { is: "text", long: false, maxLength: 60 }),
    itemOf("since", en("Since"), { is: "date", partial: true }),
    itemOf("systolic", en("Systolic pressure"), { is: "integer" }),
    itemOf("heavier", en("Heavier than at baseline"), { is: "boolean" }),
  ],
  forms: [
    form("demo", "Demographics", [
      section("demo_main", "Demographics", [
        entryOf("sex", { required: true }),
        entryOf("pregnant", { shownWhen: formulaOf("pregnant.shown", 'sex = "f"'), whenHidden: "blank" }),
        entryOf("weight", { required: true }),
        entryOf("height"),
        entryOf("bmi", { calculation: formulaOf("bmi.calc", "round(weight / (height / 100)^2, 1)") }),
        entryOf("mail"),
        entryOf("kit"),
      ]),
      section("meds", "Medication", [entryOf("drug"), entryOf("since")], "open"),
    ]),
    form("vitals", "Vital signs", [
      section("vitals_main", "Vital signs", [
        entryOf("systolic", { required: true }),
        entryOf("heavier", { shownWhen: formulaOf("heavier.shown", "[baseline/demo/weight] > 100") }),
      ]),
    ]),
  ],
  events: [
    {
      id: "baseline",
      name: "Baseline",
      label: en("Baseline"),
      type: "scheduled",
      repeating: false,
      arms: [],
      window: { anchor: null, target: "P0D", before: "P0D", after: "P3D" },
      forms: [
        { form: "demo", required: true },
        { form: "vitals", required: false },
      ],
      extras: {},
    },
    {
      id: "month3",
      name: "Month 3",
      label: en("Month 3"),
      type: "scheduled",
      repeating: false,
      arms: [],
      window: { anchor: "baseline", target: "P3M", before: "P7D", after: "P7D" },
      forms: [{ form: "vitals", required: true }],
      extras: {},
    },
  ],
};
