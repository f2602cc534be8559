import { describe, expect, test } from "bun:test";
import { findKeyword, keywords } from "@core/sms/opt-out.ts";

describe("keywords", () => {
  for (const word of keywords.stop) {
    test(`“${word}” stops, however it is written`, () => {
      for (const text of [
        word,
        word.toUpperCase(),
        ` ${word}. `,
        `"${word}"`,
        `${word}!!`,
        `${word} please`,
        `${word}\n`,
      ]) {
        expect([text, findKeyword(text)?.kind]).toEqual([text, "stop"]);
      }
    });
  }
  for (const word of keywords.start) test(`“${word}” starts`, () => expect(findKeyword(word)?.kind).toBe("start"));
  for (const word of keywords.help) test(`“${word}” asks for help`, () => expect(findKeyword(word)?.kind).toBe("help"));

  test("yes is consent only while consent is asked for", () => {
    for (const yes of ["YES", "Sí", "yes please", "Y"]) {
      expect(findKeyword(yes)).toBeNull();
      expect(findKeyword(yes, true)?.kind).toBe("start");
    }
  });

  test("words that also speak of health are obeyed and looked at", () => {
    expect(findKeyword("baja")).toMatchObject({ kind: "stop", alsoOrdinary: true });
    expect(findKeyword("STOP")).toMatchObject({ kind: "stop", alsoOrdinary: false });
  });
});

describe("ordinary uses", () => {
  for (const text of [
    "I can't stop laughing",
    "the bus stop",
    "in the end it worked",
    "I had to cancel my appointment",
    "did you quit smoking?",
    "I want to quit smoking",
    "remove the skin before cooking",
    "please don't stop texting me",
    "I told him to stop texting me",
    "my ex won't stop texting me",
    "should I stop eating rice",
    "stop the bread at dinner?",
    "help me plan dinner",
    "yes",
    "mi azúcar está baja",
    "la presión es baja",
    "start with ten minutes",
    "no quiero dejar de recibir mensajes",
    "can I cancel Friday's call",
    "I don't want dessert",
    "text me at 5",
    "I walked to the end of the street",
  ]) {
    test(`“${text}” is none`, () => expect(findKeyword(text)).toBeNull());
  }
});
