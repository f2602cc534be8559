import { describe, expect, test } from "bun:test";
import { type Build, entryOf, formulaOf, type Item, itemOf } from "../../../modules/studies/model/build.ts";
import { changeInWords, differencesBetween } from "../../../modules/studies/model/differences.ts";
import { effectOnValue, effectsBetween } from "../../../modules/studies/model/effects.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { problemsOf } from "../../../modules/studies/model/problems.ts";
import { textIn, wordsOf } from "../../../modules/studies/model/words.ts";
import { sink } from "./sink.ts";

type Draft<Value> = Value extends readonly (infer One)[]
  ? Draft<One>[]
  : Value extends object
    ? { -readonly [Key in keyof Value]: Draft<Value[Key]> }
    : Value;

/** A copy to spoil. */
function changed(change: (draft: Draft<Build>) => void): Build {
  const draft = structuredClone(sink) as Draft<Build>;
  change(draft);
  return draft as Build;
}
const itemIn = (draft: Draft<Build>, id: string): Draft<Item> =>
  draft.items.find((item) => item.id === id) as Draft<Item>;
const entryIn = (draft: Draft<Build>, id: string) =>
  draft.forms
    .flatMap(({ sections }) => sections.flatMap(({ entries }) => entries))
    .find(({ item }) => item === id) as Draft<ReturnType<typeof entryOf>>;
const errors = (build: Build) => problemsOf(build).filter(({ level }) => level === "error");

describe("a build", () => {
  test("with one of everything has no errors", () => expect(errors(sink)).toEqual([]));
  test("and its missing translations are told as warnings", () => {
    expect(problemsOf(sink).filter(({ path }) => path === "items/weight/question")).toMatchObject([
      { level: "warning", sentence: "The translation is missing in de." },
    ]);
  });

  const spoiled: readonly (readonly [string, (draft: Draft<Build>) => void, string])[] = [
    ["events/week4/arms", (b) => b.events[1]?.arms.push("sham"), "There is no arm “sham”."],
    [
      "events/week4/forms",
      (b) => b.events[1]?.forms.push({ form: "nope", required: true }),
      "There is no form “nope”.",
    ],
    [
      "events/week4/window",
      (b) => Object.assign(b.events[1]?.window ?? {}, { anchor: "nope" }),
      "There is no event “nope” to count from.",
    ],
    [
      "events/week4/window",
      (b) => Object.assign(b.events[1]?.window ?? {}, { anchor: "ae" }),
      "repeats, so it has more than one day",
    ],
    [
      "events/week4/window/target",
      (b) => Object.assign(b.events[1]?.window ?? {}, { target: "4 weeks" }),
      "is not a duration",
    ],
    [
      "events/week4/window/before",
      (b) => Object.assign(b.events[1]?.window ?? {}, { before: "-P1D" }),
      "without a sign",
    ],
    [
      "events/week4/window",
      (b) => Object.assign(b.events[1]?.window ?? {}, { anchor: "week4" }),
      "wait for each other: week4 → week4",
    ],
    ["codeLists/SEX", (b) => Object.assign(b.codeLists[0] ?? {}, { options: [] }), "no options"],
    [
      "codeLists/SEX/f",
      (b) => b.codeLists[0]?.options.push({ code: "f", label: wordsOf("Again", "en"), retired: false }),
      "there twice",
    ],
    [
      "codeLists/RACE/x",
      (b) => b.codeLists[1]?.options.push({ code: "x", label: wordsOf("X", "en"), retired: false }),
      "is not a number",
    ],
    [
      "codeLists/SEX/a|b",
      (b) => b.codeLists[0]?.options.push({ code: "a|b", label: wordsOf("AB", "en"), retired: false }),
      "none of the signs",
    ],
    ["items/weight", (b) => b.items.push(structuredClone(itemIn(b, "weight"))), "The id “weight” is there twice."],
    [
      "items/a[b]",
      (b) => b.items.push(itemOf("a[b]", wordsOf("A", "en"), { is: "integer" }) as Draft<Item>),
      "no brackets",
    ],
    [
      "baseline",
      (b) => b.items.push(itemOf("baseline", wordsOf("A", "en"), { is: "integer" }) as Draft<Item>),
      "two different things",
    ],
    [
      "items/sex/type",
      (b) => Object.assign(itemIn(b, "sex"), { type: { is: "choice", codeList: "nope" } }),
      "There is no code list “nope”.",
    ],
    ["items/weight/units", (b) => itemIn(b, "weight").units.push("STONE"), "There is no unit “STONE”."],
    ["items/sex/units", (b) => itemIn(b, "sex").units.push("KG"), "Only numbers have units."],
    [
      "items/weight/checks/weight.1",
      (b) =>
        Object.assign(itemIn(b, "weight").checks[0] ?? {}, {
          condition: { comparator: "GT", values: ["much"], unit: null },
        }),
      "no value that this field could have",
    ],
    [
      "items/weight/checks/weight.1",
      (b) =>
        Object.assign(itemIn(b, "weight").checks[0] ?? {}, {
          condition: { comparator: "GT", values: ["1", "2"], unit: null },
        }),
      "GT takes one value; this has 2.",
    ],
    [
      "items/weight/checks",
      (b) =>
        Object.assign(itemIn(b, "weight").checks[0] ?? {}, {
          condition: { comparator: "GT", values: ["900"], unit: null },
        }),
      "No value can pass",
    ],
    [
      "items/born/fieldClass",
      (b) => Object.assign(itemIn(b, "born"), { fieldClass: "plain" }),
      "looks like a birth date (“born”)".replace("“born”", "“date of birth”"),
    ],
    [
      "items/relative/fieldClass",
      (b) => Object.assign(itemIn(b, "relative"), { identifierReason: null, identifies: true }),
      "is marked as identifying a person",
    ],
    [
      "forms/start/body/nope",
      (b) => b.forms[0]?.sections[1]?.entries.push(entryOf("nope") as never),
      "There is no item “nope”.",
    ],
    [
      "forms/start/body/sex",
      (b) => b.forms[0]?.sections[1]?.entries.push(entryOf("sex") as never),
      "is asked twice on this form",
    ],
    [
      "forms/start/body/bmi/calculation",
      (b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "weight +") }),
      "ends where a value should follow",
    ],
    [
      "forms/start/body/bmi/calculation",
      (b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "sex") }),
      "This must give a number, and it gives a choice.",
    ],
    [
      "forms/start/body/bmi/calculation",
      (b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "age(born, today())") }),
      "must not depend on the day",
    ],
    [
      "forms/start/body/bmi/calculation",
      (b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "bmi + 1") }),
      "computed from each other: bmi → bmi",
    ],
    [
      "forms/start/body/bmi/calculation",
      (b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "length(diagnosis)") }),
      "is in a section that repeats",
    ],
    [
      "forms/start/body/bmi/calculation/cases",
      (b) =>
        entryIn(b, "bmi").calculation?.cases.push({
          title: "wrong",
          given: { weight: "80", height: "200" },
          expected: "21",
        }),
      "“wrong” must give 21, and it gives 20.",
    ],
    [
      "forms/start/body/pregnant/shownWhen",
      (b) => Object.assign(entryIn(b, "pregnant"), { shownWhen: formulaOf("C", 'sex = "x"') }),
      "is not an option",
    ],
    [
      "forms/start/body/pregnant/shownWhen",
      (b) => Object.assign(entryIn(b, "pregnant"), { shownWhen: formulaOf("C", "weeks > 1") }),
      "shown depending on each other",
    ],
    [
      "items/weeks/checks/weeks.1",
      (b) => Object.assign(itemIn(b, "weeks").checks[0] ?? {}, { condition: formulaOf("weeks.1", "mark = 1") }),
      "it has no value to compute with",
    ],
  ];
  for (const [path, change, sentence] of spoiled) {
    test(`${path}: ${sentence}`, () => {
      const found = errors(changed(change));
      expect(
        found
          .filter((one) => one.path === path)
          .map((one) => one.sentence)
          .join(" "),
      ).toContain(sentence);
    });
  }
  test("tells where in a formula", () => {
    const [problem] = errors(
      changed((b) => Object.assign(entryIn(b, "bmi"), { calculation: formulaOf("M", "round(wieght, 1)") })),
    );
    expect(problem).toMatchObject({ sentence: "There is no field “wieght”.", at: { start: 6, end: 12 } });
  });
  test("a rule that only others can read is a warning, and so is what nobody asks", () => {
    const build = changed((b) => {
      Object.assign(entryIn(b, "pregnant"), { shownWhen: formulaOf("C", null, { foreign: { Other: "sex eq f" } }) });
      b.items.push(itemOf("lonely", wordsOf("Lonely", "en"), { is: "integer" }) as Draft<Item>);
    });
    expect(errors(build)).toEqual([]);
    const warnings = problemsOf(build).map(({ path, sentence }) => `${path}: ${sentence}`);
    expect(warnings).toContain(
      "forms/start/body/pregnant/shownWhen: This rule exists only as Other wrote it and does not run here. Write it again, or take it out.",
    );
    expect(warnings).toContain("items/lonely: No form asks this item.");
  });
});

describe("texts", () => {
  const words = {
    en: { text: "en", status: "reviewed" },
    "de-CH": { text: "de-CH", status: "draft" },
    "": { text: "none", status: "reviewed" },
  } as const;
  for (const [language, expected] of [
    ["en", "en"],
    ["en-GB-oed", "en"],
    ["de-CH", "de-CH"],
    ["DE-ch", "de-CH"],
    ["de", "none"],
    ["fr", "none"],
    ["", "none"],
  ] as const) {
    test(`in “${language}”: ${expected}`, () => expect(textIn(words, language)).toBe(expected));
  }
  test("none", () => expect(textIn({}, "en")).toBeNull());
});

describe("a new version", () => {
  const next = changed((b) => {
    Object.assign(itemIn(b, "weight").question.en ?? {}, { text: "Body weight" });
    Object.assign(itemIn(b, "height"), { type: { is: "integer" } });
    itemIn(b, "weight").units.reverse();
    Object.assign(itemIn(b, "born"), { type: { is: "date", partial: false } });
    b.codeLists[0]?.options.shift();
    Object.assign(b.codeLists[1]?.options[0] ?? {}, { retired: true });
    Object.assign(entryIn(b, "bmi").calculation ?? {}, { text: "weight" });
    Object.assign(entryIn(b, "weight"), { required: true });
    const body = b.forms[0]?.sections[1];
    if (body) body.entries = body.entries.filter(({ item }) => item !== "scan");
    Object.assign(b.forms[0]?.sections[2] ?? {}, { repeats: "no" });
    Object.assign(b.events[1] ?? {}, { forms: [] });
    b.items.push(itemOf("extra", wordsOf("Extra", "en"), { is: "boolean" }) as Draft<Item>);
    b.forms.reverse();
  });
  test("is read as a list of differences", () => {
    const lines = differencesBetween(sink, next).map(changeInWords);
    expect(lines).toContain("items/weight/question/en/text changed from “Weight” to “Body weight”.");
    expect(lines).toContain("items/height/type/is changed from “decimal” to “integer”.");
    expect(lines).toContain("items/extra is new.");
    expect(lines).toContain("codeLists/SEX/options/f is gone.");
    expect(lines).toContain("forms is in another order.");
    expect(lines).toContain("forms/start/sections/body/entries/scan is gone.");
    expect(lines).toContain("items/weight/units is in another order.");
    expect(differencesBetween(sink, structuredClone(sink))).toEqual([]);
  });
  const effects = new Map(
    effectsBetween(planOf(sink), planOf(next)).map((effect) => [`${effect.form} ${effect.item}`, effect]),
  );
  for (const [place, effect, breaks, reason] of [
    ["start weight", "migrate", true, "Its unit changed from KG to LB."],
    ["start height", "migrate", true, "Its type changed from decimal to integer."],
    ["start born", "migrate", true, "Its type changed from date to date."],
    ["start sex", "migrate", true, "Option f is gone: its values need another one."],
    ["start race", "compatible", false, "Option 1 is retired."],
    ["start bmi", "migrate", true, "Its formula changed: stored results may differ from it."],
    ["start scan", "loses", true, "The form does not ask it any more."],
    ["start relative", "loses", true, "Its section does not repeat any more: only one row has a place."],
    ["diary note", "loses", true, "Event week4 does not have this form any more."],
  ] as const) {
    test(`${place}: ${effect}`, () => {
      expect(effects.get(place)).toMatchObject({ effect, breaksSignature: breaks });
      expect(effects.get(place)?.reasons).toContain(reason);
    });
  }
  test("what nothing happens to is not listed", () => {
    expect(effects.has("start pain")).toBe(false);
    expect(effectsBetween(planOf(sink), planOf(sink))).toEqual([]);
  });
  for (const [value, effect] of [
    [{ event: "baseline", form: "start", item: "born", raw: "2000-03-01" }, "compatible"],
    [{ event: "baseline", form: "start", item: "born", raw: "UN-MAR-2000" }, "migrate"],
    [{ event: "baseline", form: "start", item: "sex", raw: "f" }, "migrate"],
    [{ event: "baseline", form: "start", item: "sex", raw: "m" }, "compatible"],
    [{ event: "baseline", form: "start", item: "height", raw: "180.5" }, "migrate"],
    [{ event: "baseline", form: "start", item: "scan", raw: "scan.pdf" }, "loses"],
    [{ event: "week4", form: "diary", item: "note", raw: "x" }, "loses"],
  ] as const) {
    test(`one value, ${value.item} = ${value.raw}: ${effect}`, () =>
      expect(effectOnValue(planOf(next), value).effect).toBe(effect));
  }
});
