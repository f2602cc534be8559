import { describe, expect, test } from "bun:test";
import { type WordingKind, wordingHints } from "../../../modules/milestones/wording.ts";

const cases: readonly (readonly [string, readonly WordingKind[]])[] = [
  ["Took a careful history and asked for help in time. Next: lead the round.", []],
  ["She is pretty and always smiles.", ["looks"]],
  ["Pretty good at central lines; the dressing looked pretty clean.", []],
  ["Chose an attractive option for the discharge plan.", []],
  ["A well-dressed young doctor.", ["looks"]],
  ["His accent is hard to follow.", ["origin"]],
  ["Heard an accentuated second heart sound.", []],
  ["Their English is fine.", ["origin"]],
  ["Explained the scan in plain English to the family.", []],
  ["Surprisingly articulate on rounds.", ["origin"]],
  ["Balances work with her children.", ["family"]],
  ["Listened to the patient's husband and the children.", []],
  ["Spoke with the mother of the patient before the procedure.", []],
  ["Back from maternity leave, and catching up.", ["family"]],
  ["Bossy with nurses.", ["temper"]],
  ["Too emotional after the code.", ["temper"]],
  ["Recognised the emotional state of the patient.", []],
  ["Aggressive fluid resuscitation was right.", []],
  ["Very aggressive with the nurse at the desk.", ["temper"]],
  ["A nice girl.", ["temper"]],
  ["Learns slowly at her age.", ["person"]],
  ["Estimated the dose for age and weight.", []],
  ["Great resident!", ["empty"]],
  ["A pleasure to work with.", ["empty"]],
  ["No concerns.", ["empty"]],
  ["No concerns about her handovers: each named the sickest patient first.", []],
  ["Great job leading the code; next time close the loop on the second dose.", []],
  ["Her accent aside, she is so articulate. Moody at night.", ["origin", "temper"]],
  ["", []],
];

describe("the wording of a comment", () => {
  for (const [text, kinds] of cases)
    test(`“${text}”: ${kinds.join(", ") || "nothing to ask"}`, () =>
      expect(wordingHints(text).map(({ kind }) => kind)).toEqual([...kinds]));

  test("each hint quotes what it looked at and ends as a sentence", () => {
    for (const [text] of cases)
      for (const { word, sentence } of wordingHints(text)) {
        expect(text).toContain(word);
        expect(sentence).toMatch(/^“.+” .+[.?]$/);
      }
  });
});
