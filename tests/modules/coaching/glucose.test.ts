import { describe, expect, test } from "bun:test";
import { correctedBy, findGlucose, type GlucoseContext, inUnit, toMgdl } from "../../../modules/coaching/glucose.ts";
import { findMeal, findTime, momentOf } from "../../../modules/coaching/glucose-circumstance.ts";

const mg: GlucoseContext = { unit: "mg/dL", expecting: null };
const mmol: GlucoseContext = { unit: "mmol/L", expecting: null };
const nobody: GlucoseContext = { unit: null, expecting: null };
const read = (text: string, context = nobody) => {
  const found = findGlucose(text, context);
  return found.kind === "readings"
    ? found.readings.map(({ mgdl, meterWord }) => (mgdl === null ? meterWord : Math.round(mgdl * 10) / 10))
    : found.kind;
};

describe("a reading", () => {
  const clear: readonly (readonly [string, number | "HI" | "LO", GlucoseContext?])[] = [
    ["62", 62],
    ["bg 62", 62],
    ["BG: 62", 62],
    ["BG62", 62],
    ["glucose=104", 104],
    ["62mg/dl", 62],
    ["62 mg / dL", 62],
    ["my blood sugar is 145", 145],
    ["sugar was 210 after pizza", 210],
    ["62 before lunch", 62],
    ["fasting 96", 96],
    ["95 at 7", 95],
    ["at 7 am 95", 95],
    ["I checked at 7:30 am and it was 112", 112],
    ["checked my sugar, 62", 62],
    ["it's 118", 118],
    ["６２", 62],
    ["6.2", 111.7],
    ["6,2", 111.7],
    ["6.2 mmol/L", 111.7],
    ["6", 108.1, mmol],
    ["12", 216.2, mmol],
    ["3.1", 55.8, mmol],
    ["28", 504.4, mmol],
    ["62", 62, mg],
    ["34", 34, mg],
    ["1000", 1000, mg],
    ["meter says HI", "HI"],
    ["it reads LO", "LO"],
    ["Dexcom says LOW", "LO"],
    ["sugar is HI", "HI"],
    ["LO", "LO"],
    ["mi azúcar está en 162", 162],
    ["glucosa 90 en ayunas", 90],
    ["180 después de cenar", 180],
    ["el medidor marca HI", "HI"],
    ["my goal is 100 but my sugar is 162", 162],
    ["walked 8000 steps, sugar 140", 140],
    ["I weigh 180 lbs and sugar 140", 140],
    ["bp 120/80 and sugar 133", 133],
    ["ate 60g carbs, sugar 210", 210],
  ];
  for (const [text, value, context] of clear)
    test(`“${text}” is ${value}`, () => expect(read(text, context)).toEqual([value]));

  test("several are clear when each has its own meal or time", () => {
    expect(read("110 before breakfast and 145 after lunch")).toEqual([110, 145]);
    expect(read("fasting 110, 2 hours after lunch 160")).toEqual([110, 160]);
    expect(read("my sugar was 162 this morning, 95 now")).toEqual([162, 95]);
    expect(read("sugar 110 145")).toBe("ask");
  });
});

describe("no reading", () => {
  for (const text of [
    "hi",
    "Hi!",
    "12/24",
    "12:30",
    "7 pm",
    "bp 120/80",
    "I weigh 182",
    "182 lbs",
    "walked 8000 steps",
    "30 minutes",
    "I took 20 units",
    "20 units of lantus",
    "metformin 500 mg",
    "ate 45 carbs",
    "45 grams of sugar",
    "2 cups of sugar",
    "a1c 7.2",
    "my a1c is 7.2",
    "call me at 555-123-4567",
    "my goal is 120",
    "target 80-130",
    "I'm in room 204",
    "$62",
    "heart rate 72",
    "my sugar free cookies have 62 calories",
    "ran 3.2 miles in 34 min",
    "see you on the 21st",
    "2026-11-22",
    "code 4821",
    "peso 82 kilos",
    "caminé 20 minutos",
    "tengo 62 años",
    "100%",
    "",
  ]) {
    test(`“${text}”`, () => expect(findGlucose(text, mg)).toEqual({ kind: "none" }));
  }
  test("a bare number answers the question that was asked", () => {
    expect(read("52", { unit: "mg/dL", expecting: "another-number" })).toBe("none");
    expect(read("sugar 52", { unit: "mg/dL", expecting: "another-number" })).toEqual([52]);
  });
});

describe("in doubt it is asked, and nothing is guessed", () => {
  const doubts: readonly (readonly [string, string, readonly (number | string)[], GlucoseContext?])[] = [
    ["28", "unit", [28, 504.4]],
    ["20", "unit", [20, 360.3], mg],
    ["33", "unit", [33, 594.5], mg],
    ["sugar 5", "unit", [90.1], mg],
    ["2.8", "unit", [50.4]],
    ["3.1", "unit", [55.8], mg],
    ["162", "unit", [162], mmol],
    ["120 mmol", "unit", [120]],
    ["5.4 mg/dl", "unit", [97.3]],
    ["62 or 162", "range", [62, 162]],
    ["sugar was 60-70 today", "range", [60, 70]],
    ["sugar was below 60", "range", [59]],
    ["sugar over 300", "range", [301]],
    ["if my sugar is 50 what do I do", "hypothetical", [50]],
    ["is 62 low?", "hypothetical", [62]],
    ["my mom's sugar is 62", "whose", [62]],
    ["my sugar is fifty two", "in-words", [52]],
    ["mi azúcar está en sesenta y dos", "in-words", [62]],
    ["sugar one twenty", "in-words", [120]],
    ["bg 0", "not-a-value", []],
    ["bg 1620", "not-a-value", []],
    ["65 and shaky", "is-it-glucose", [65]],
    ["53 and dropping", "is-it-glucose", [53]],
    ["low", "meter-word", ["LO"]],
    ["my sugar is high", "no-number", []],
  ];
  for (const [text, doubt, possible, context] of doubts) {
    test(`“${text}”: ${doubt}`, () => {
      const found = findGlucose(text, context ?? nobody);
      expect(found).toMatchObject({ kind: "ask", doubt });
      const rounded: (number | string)[] =
        found.kind === "ask"
          ? found.possible.map((one) => (typeof one === "number" ? Math.round(one * 10) / 10 : one))
          : [];
      expect(rounded).toEqual([...possible]);
    });
  }

  test("no low is ever stored that rests on a unit nobody said", () => {
    for (let tenths = 1; tenths <= 333; tenths += 1) {
      for (const context of [nobody, mg]) {
        const found = findGlucose((tenths / 10).toString(), context);
        if (found.kind === "readings") expect(found.readings[0].mgdl ?? 0).toBeGreaterThanOrEqual(70);
      }
    }
  });
});

describe("corrections", () => {
  for (const [text, right, replaces] of [
    ["sorry 162 not 62", 162, 62],
    ["162 not 62", 162, 62],
    ["not 62, 162", 162, 62],
    ["I meant 162", 162, null],
    ["*162", 162, null],
    ["oops typo 162", 162, null],
    ["perdón 162 no 62", 162, 62],
    ["quise decir 162", 162, null],
    ["it should be 162 not 62", 162, 62],
  ] as const) {
    test(`“${text}”`, () =>
      expect(findGlucose(text, mg)).toMatchObject({ kind: "correction", reading: { mgdl: right }, replaces }));
  }
  for (const text of ["it should be 100", "my sugar should be 100", "sorry I missed you at 5", "not 62"]) {
    test(`“${text}” corrects nothing`, () => expect(findGlucose(text, mg).kind).not.toBe("correction"));
  }

  const now = new Date("2026-11-02T12:00:00Z");
  const earlier = [
    { id: "a", value: 62, at: new Date("2026-11-02T11:50:00Z") },
    { id: "b", value: 140, at: new Date("2026-11-02T11:55:00Z") },
    { id: "old", value: 70, at: new Date("2026-10-30T11:00:00Z") },
  ];
  test("take the place of the reading they name, or of the newest within an hour", () => {
    expect(correctedBy({ replaces: 62 }, earlier, now)?.id).toBe("a");
    expect(correctedBy({ replaces: null }, earlier, now)?.id).toBe("b");
    expect(correctedBy({ replaces: 70 }, earlier, now)).toBeNull();
    expect(correctedBy({ replaces: 99 }, earlier, now)).toBeNull();
    expect(correctedBy({ replaces: null }, earlier, new Date("2026-11-02T13:00:00Z"))).toBeNull();
  });
});

describe("meals and times", () => {
  for (const [text, meal] of [
    ["62 before lunch", "before-lunch"],
    ["62 b4 breakfast", "before-breakfast"],
    ["160 after my dinner", "after-dinner"],
    ["fasting 90", "fasting"],
    ["90 en ayunas", "fasting"],
    ["antes del almuerzo 120", "before-lunch"],
    ["150 después de comer", "after-meal"],
    ["110 bedtime", "bedtime"],
    ["120", null],
  ] as const) {
    test(`“${text}”: ${meal}`, () => expect(findMeal(text)).toBe(meal));
  }

  const chicago = "America/Chicago";
  const moment = (text: string, sent: string, zone = chicago) =>
    momentOf(findTime(text), Temporal.Instant.from(sent), zone).toString();
  test.each([
    ["62", "2026-11-02T18:00:00Z", "2026-11-02T18:00:00Z"],
    ["62 at 7am", "2026-11-02T18:00:00Z", "2026-11-02T13:00:00Z"],
    ["62 at 7", "2026-11-02T18:00:00Z", "2026-11-02T13:00:00Z"],
    ["62 at 11 pm", "2026-11-02T12:00:00Z", "2026-11-02T05:00:00Z"],
    ["62 2 hours ago", "2026-11-02T18:00:00Z", "2026-11-02T16:00:00Z"],
    ["62 hace media hora", "2026-11-02T18:00:00Z", "2026-11-02T17:30:00Z"],
    ["62 half an hour ago", "2026-11-02T18:00:00Z", "2026-11-02T17:30:00Z"],
    ["62 anoche", "2026-11-02T18:00:00Z", "2026-11-02T04:00:00Z"],
    ["62 yesterday at 3pm", "2026-11-02T18:00:00Z", "2026-11-01T21:00:00Z"],
    // The clock went back in this night: 8 in the morning before it is an hour earlier by UTC.
    ["62 yesterday at 8am", "2026-11-01T18:00:00Z", "2026-10-31T13:00:00Z"],
    ["62 at 8am", "2026-11-01T18:00:00Z", "2026-11-01T14:00:00Z"],
  ])("“%s” sent at %s was taken at %s", (text, sent, taken) => expect(moment(text, sent)).toBe(taken));
});

test("units turn into each other and back", () => {
  expect(toMgdl(3, "mmol/L")).toBeCloseTo(54.048, 9);
  expect(inUnit(180.16, "mmol/L")).toBeCloseTo(10, 9);
  expect([toMgdl(62, "mg/dL"), inUnit(62, "mg/dL")]).toEqual([62, 62]);
});
