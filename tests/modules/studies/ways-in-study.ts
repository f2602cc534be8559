/** The small study with a form that two people enter, and one that participants answer in their own language. */
import { type Build, entryOf, formulaOf, itemOf } from "../../../modules/studies/model/build.ts";
import { blinded, survey, twice } from "../../../modules/studies/model/marks.ts";
import { type Words, wordsOf } from "../../../modules/studies/model/words.ts";
import { smallStudy } from "./small-study.ts";

const en = (text: string, es: string): Words => ({ ...wordsOf(text, "en"), ...wordsOf(es, "es") });
const diary = survey.set(
  {
    id: "diary",
    name: "Diary",
    label: en("How you have been", "Cómo se ha encontrado"),
    repeating: false,
    extras: {},
    sections: [
      {
        id: "diary_main",
        name: "Diary",
        label: wordsOf("Diary", "en"),
        repeats: "no" as const,
        sections: [],
        extras: {},
        entries: [
          entryOf("pain", { required: true }),
          entryOf("where", { shownWhen: formulaOf("where.shown", "pain > 3") }),
          entryOf("double", { calculation: formulaOf("double.calc", "pain * 2") }),
          entryOf("shadow"),
        ],
      },
    ],
  },
  true,
);
export const waysInStudy: Build = {
  ...smallStudy,
  items: [
    ...smallStudy.items,
    itemOf(
      "pain",
      en("Pain today", "Dolor hoy"),
      { is: "integer" },
      {
        checks: [
          {
            id: "most",
            severity: "hard",
            message: en("At most 10.", "Como máximo 10."),
            condition: { comparator: "LE", values: ["10"], unit: null },
          },
          {
            id: "much",
            severity: "soft",
            message: en("That is a lot.", "Es mucho."),
            condition: { comparator: "LE", values: ["8"], unit: null },
          },
        ],
      },
    ),
    itemOf("where", en("Where does it hurt?", "¿Dónde le duele?"), { is: "text", long: false, maxLength: 60 }),
    itemOf("double", en("Twice the pain", "El doble"), { is: "integer" }),
    blinded.set(itemOf("shadow", en("Dose given", "Dosis"), { is: "text", long: false, maxLength: 10 }), true),
  ],
  forms: [...smallStudy.forms.map((form) => (form.id === "demo" ? twice.set(form, true) : form)), diary],
  events: [
    ...smallStudy.events,
    {
      id: "week1",
      name: "Week 1",
      label: wordsOf("Week 1", "en"),
      type: "scheduled",
      repeating: false,
      arms: [],
      window: { anchor: null, target: "P7D", before: "P2D", after: "P5D" },
      forms: [{ form: "diary", required: true }],
      extras: {},
    },
  ],
};
