import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type GoalQuality, goalHints } from "../../../modules/coaching/goals.ts";
import { englishSyllables, readingGrade, spanishSyllables } from "../../../modules/coaching/reading-grade.ts";
import { decideReply, faultsOf, type ReplyContext, type ReplyFault } from "../../../modules/coaching/reply-checks.ts";
import { inGsmLetters, segmentsOf } from "../../../modules/coaching/segments.ts";
import { fillText, fixedTexts, textOf, textsHash } from "../../../modules/coaching/templates.ts";
import { fixture } from "../../support/fixtures.ts";

const context: ReplyContext = {
  locale: "en",
  hosts: ["coach.example.org"],
  phones: ["+1 (500) 555-0100"],
  ownNames: ["Rosa", "Ramirez"],
  knownNames: ["Carla Coach"],
  otherNames: ["Otto Other", "Ximena"],
  canary: "kestrel-7741",
};
const spanish: ReplyContext = { ...context, locale: "es" };

describe("a reply that may go out", () => {
  for (const [reply, from] of [
    ["Nice work on that walk, Rosa! What helped you do it?", context],
    ["That is a bit high. Drink some water and check again in two hours.", context],
    ["Take your medicine as your care team told you.", context],
    ["Your care team can help. Call them at 500-555-0100.", context],
    ["In an emergency call 911.", context],
    ["Read more: https://coach.example.org/lessons/7", context],
    ["Try a 10 minute walk after lunch.", context],
    ["Carla Coach will read this too.", context],
    ["¡Muy bien, Rosa! ¿Qué le ayudó hoy?", spanish],
    ["Tome agua y camine un poco. ¿Cómo se siente?", spanish],
  ] as const) {
    test(`“${reply}”`, () => expect(faultsOf(reply, from)).toEqual([]));
  }
});

describe("a reply that may not", () => {
  const bad: readonly (readonly [string, ReplyFault, ReplyContext?])[] = [
    ["Take 4 units now.", "dose"],
    ["You could skip your metformin tonight.", "dose"],
    ["Try to lower your insulin a bit.", "dose"],
    ["Take two pills with food.", "dose"],
    ["Increase your evening Lantus.", "dose"],
    ["Add 500 mg of metformin.", "dose"],
    ["Use a carb ratio of 1 to 10.", "dose"],
    ["Stop taking Ozempic for now.", "dose"],
    ["Your insulin can go up by half.", "dose"],
    ["Puede dejar la metformina hoy.", "dose", spanish],
    ["Póngase 4 unidades más.", "dose", spanish],
    ["You have type 2 diabetes.", "diagnosis"],
    ["It sounds like you have an infection.", "diagnosis"],
    ["This looks like ketoacidosis.", "diagnosis"],
    ["Usted tiene una infección.", "diagnosis", spanish],
    ["Don't worry, you're fine.", "reassurance"],
    ["That is nothing to worry about.", "reassurance"],
    ["You don't need to call a doctor.", "reassurance"],
    ["No se preocupe, va a estar bien.", "reassurance", spanish],
    ["This is not an emergency.", "reassurance"],
    [`Walk. ${"It is good to walk. ".repeat(20)}`, "length"],
    ["Otto Other walked more than you.", "other-person"],
    ["Ximena had the same.", "other-person"],
    ["Another member has a sugar of 62.", "other-person"],
    ["Rosa Ramirez, your diabetes plan is ready.", "name-and-condition"],
    ["See http://evil.example/x for more.", "link"],
    ["Go to bit.ly/abc now.", "link"],
    ["See coach.example.org.evil.com.", "link"],
    ["Call 1-800-555-0199.", "phone"],
    ["Text 72404 to win.", "phone"],
    ["My instructions say kestrel-7741.", "instructions"],
    ["As an AI language model I can chat.", "instructions"],
    ["<b>Walk</b> more.", "markup"],
    ["**Walk** more.", "markup"],
    ["", "empty"],
    ["…!", "empty"],
    [
      "Individualized carbohydrate management necessitates comprehensive multidisciplinary collaboration regarding postprandial glycemic variability.",
      "grade",
    ],
    [
      "La hiperglucemia postprandial persistente requiere modificaciones nutricionales individualizadas multidisciplinarias considerablemente especializadas.",
      "grade",
      spanish,
    ],
  ];
  for (const [reply, fault, from] of bad) {
    test(`${fault}: “${reply.slice(0, 60)}”`, () =>
      expect(faultsOf(reply, from ?? context).map((one) => one.fault)).toContain(fault));
  }

  test("is written once more, and then a fixed text goes out", () => {
    const first = decideReply("Take 4 units now.", context, 1);
    expect(first).toMatchObject({ kind: "write-again" });
    expect(first.kind === "write-again" && first.reasons.join(" ")).not.toContain("4 units");
    expect(decideReply("Take 4 units now.", context, 2)).toEqual({ kind: "fixed-text", faults: ["dose"] });
    expect(decideReply("Great “walk”! 👍", context, 1)).toEqual({ kind: "send", text: 'Great "walk"!' });
  });
});

describe("fixed texts", () => {
  const values = {
    program: "Harbor Coaching",
    phone: "500-555-0100",
    perWeek: "5",
    coach: "Carla",
    link: "coach.example.org/t",
  };
  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => values[name as keyof typeof values]);
  for (const id of fixedTexts) {
    test(`${id} fits two messages in both languages, and asks for the same in both`, () => {
      const fields = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();
      expect(fields(textOf(id, "es"))).toEqual(fields(textOf(id, "en")));
      for (const locale of ["en", "es"] as const) {
        const text = filled(textOf(id, locale));
        expect(text).not.toMatch(/[{}]|undefined/);
        expect(segmentsOf(inGsmLetters(text))).toMatchObject({ encoding: "GSM-7" });
        expect(segmentsOf(inGsmLetters(text)).segments).toBeLessThanOrEqual(2);
        expect([id, locale, readingGrade(text, locale) <= 6]).toEqual([id, locale, true]);
      }
    });
  }
  test("the texts of danger name 911 or 988", () => {
    for (const id of ["emergency", "danger-signs", "very-high", "very-low", "stopped-in-crisis", "help"] as const) {
      for (const locale of ["en", "es"] as const) expect(textOf(id, locale)).toContain("911");
    }
    expect(textOf("crisis", "es")).toContain("988");
  });
  test("are filled with their own fields only, and a value brings none of its own", () => {
    expect(fillText("stopped", "en", { program: "Harbor", phone: "500-555-0100" })).toBe(
      "Harbor: You will get no more texts. Text START to come back. Need help? 500-555-0100.",
    );
    expect(fillText("machine", "en", { program: "{phone}\n" })).toContain("program of phone.");
    expect(() => fillText("machine", "en", { program: " " })).toThrow("needs its field “program”");
    // @ts-expect-error: a field is missing, and the compiler says so.
    expect(() => fillText("stopped", "en", { program: "Harbor" })).toThrow("needs its field “phone”");
  });
  test("a changed word would be another hash", () => expect(textsHash()).toMatch(/^[0-9a-f]{64}$/));
});

describe("the reading grade", () => {
  test("of short words is low and of long ones high", () => {
    expect(readingGrade("Eat more greens. Walk each day.", "en")).toBeLessThan(3);
    expect(
      readingGrade("Comprehensive multidisciplinary collaboration necessitates individualized interventions.", "en"),
    ).toBeGreaterThan(12);
    expect(readingGrade("Tome agua. Camine un poco cada día.", "es")).toBeLessThan(5);
    expect(readingGrade("", "en")).toBe(0);
  });
  test.each([
    ["walk", 1],
    ["water", 2],
    ["banana", 3],
    ["like", 1],
    ["the", 1],
    ["walked", 1],
    ["needed", 2],
    ["table", 2],
  ] as const)("%s has %i", (word, count) => expect(englishSyllables(word)).toBe(count));
  test.each([
    ["agua", 2],
    ["día", 2],
    ["azúcar", 3],
    ["ciudad", 2],
    ["pan", 1],
    ["queso", 2],
    ["leer", 2],
    ["muy", 1],
    ["glucosa", 3],
  ] as const)("%s tiene %i", (word, count) => expect(spanishSyllables(word)).toBe(count));
});

const goalFile = fixture("coaching/goals/split_1_test_classify.jsonl");
describe.skipIf(goalFile === null)("goal hints against people's labels", () => {
  const rows =
    goalFile === null
      ? []
      : readFileSync(goalFile, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as { goal: string; label: [number, number, number] });
  const qualities: readonly GoalQuality[] = ["specific", "measurable", "attainable"];
  test("agree with them more often than a constant answer would", () => {
    expect(rows.length).toBe(41);
    for (const [place, quality] of qualities.entries()) {
      const labels = rows.map(({ label }) => label[place] === 1);
      const ours = rows.map(({ goal }) => goalHints(goal).find((one) => one.quality === quality)?.met ?? false);
      const agreed = ours.filter((met, row) => met === labels[row]).length / rows.length;
      const yes = labels.filter((label) => label).length / rows.length;
      console.log(
        `Goals, ${quality}: ${(agreed * 100).toFixed(1)} % agreement (always the same answer: ${(Math.max(yes, 1 - yes) * 100).toFixed(1)} %)`,
      );
      expect(agreed).toBeGreaterThan(Math.max(yes, 1 - yes));
      expect(agreed).toBeGreaterThan(0.85);
    }
  });
});
test("a goal's hints are questions that help, in both languages", () => {
  expect(goalHints("be healthier").map(({ met }) => met)).toEqual([false, false, false]);
  expect(goalHints("caminar 20 minutos 3 veces por semana (8/10)").map(({ met }) => met)).toEqual([true, true, true]);
  expect(goalHints("walk 20 minutes daily").find(({ met }) => !met)?.sentence).toContain("how sure are you");
});
