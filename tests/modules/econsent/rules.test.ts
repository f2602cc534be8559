/** The rules, in tables of cases: no database. */
import { describe, expect, test } from "bun:test";
import { crc32, deflateSync } from "node:zlib";
import { drawingFrom } from "../../../core/documents/drawing.ts";
import { PART, type Part, partOf } from "../../../core/documents/playable.ts";
import { deviceInWords } from "../../../core/http/device.ts";
import { isOfAge, majorityOn } from "../../../modules/econsent/age.ts";
import {
  type Assent,
  ageOn,
  questionsAsText,
  questionsIn,
  sectionsAsText,
  sectionsIn,
} from "../../../modules/econsent/assent.ts";
import { dayIn, printedAt } from "../../../modules/econsent/clock.ts";
import { allUnderstood, needsTalk } from "../../../modules/econsent/comprehension.ts";
import { differenceOf } from "../../../modules/econsent/difference.ts";
import {
  blocksOf,
  type Content,
  departuresFrom,
  digestOf,
  emptyContent,
  forChild,
  hex,
  lacksIn,
} from "../../../modules/econsent/document.ts";
import { inForce, stateOf, type VersionStanding } from "../../../modules/econsent/effect.ts";
import { isCode, type Method, reaches } from "../../../modules/econsent/identification.ts";
import { isCaptions, type Medium, typeOfMedium } from "../../../modules/econsent/medium.ts";
import { paperWordsIn } from "../../../modules/econsent/paper-words.ts";
import { signersFor, turnOf } from "../../../modules/econsent/signers.ts";
import { type Due, type StandingRow, standingFor } from "../../../modules/econsent/standing.ts";
import { consequencesOf, scopesOf } from "../../../modules/econsent/withdrawal.ts";
import { wordsIn } from "../../../modules/econsent/words.ts";
import { plainLanguageOf, plainWords } from "../../../views/plain-words.ts";

const whole: Content = {
  title: "Information",
  sections: [{ id: "s1", title: "Why?", summary: "Because.", full: "Because of this." }],
  glossary: [],
  questions: [{ id: "q1", ask: "Stop?", options: ["No", "Yes"], right: 1, explain: "You may." }],
  agreements: [{ id: "a1", text: "I agree" }],
  choices: [{ id: "samples", scope: "samples", text: "Keep my samples" }],
};

describe("a document", () => {
  test.each<[string, Partial<Content>, string]>([
    ["no section", { sections: [] }, "no section"],
    ["a section without summary", { sections: [{ id: "s1", title: "T", summary: " ", full: "F" }] }, "no summary"],
    ["a section without text", { sections: [{ id: "s1", title: "T", summary: "S", full: "" }] }, "no full text"],
    ["one answer", { questions: [{ id: "q", ask: "A", options: ["x"], right: 0, explain: "e" }] }, "two answers"],
    [
      "the same answer twice",
      { questions: [{ id: "q", ask: "A", options: ["x", "x"], right: 0, explain: "e" }] },
      "twice",
    ],
    [
      "no right answer",
      { questions: [{ id: "q", ask: "A", options: ["x", "y"], right: 2, explain: "e" }] },
      "no right",
    ],
    [
      "no explanation",
      { questions: [{ id: "q", ask: "A", options: ["x", "y"], right: 0, explain: "" }] },
      "explains nothing",
    ],
    ["nothing to agree to", { agreements: [] }, "nothing to sign"],
    [
      "two choices of one scope",
      { choices: [...whole.choices, { id: "more", scope: "samples", text: "Again" }] },
      "contradict",
    ],
  ])("lacks something: %s", (_, over, sentence) => {
    expect(lacksIn({ ...whole, ...over }).join(" ")).toContain(sentence);
  });
  test("lacks nothing when it is whole", () => expect(lacksIn(whole)).toEqual([]));
  test("has one digest, whatever the order of its keys, and another for another word", () => {
    const { title, ...rest } = whole;
    expect(hex(digestOf({ ...rest, title }))).toBe(hex(digestOf(whole)));
    expect(hex(digestOf({ ...whole, title: "Informatiom" }))).not.toBe(hex(digestOf(whole)));
  });
  test("and its translation ask the same", () => {
    expect(departuresFrom(whole, { ...whole, title: "Información" })).toEqual([]);
    const other = { ...whole, questions: [{ ...whole.questions[0], right: 0 }] } as Content;
    expect(departuresFrom(whole, other)).toEqual(["The questions and their right answers differ from the original's."]);
    expect(departuresFrom(whole, emptyContent("x"))).toHaveLength(4);
  });
  test("has paragraphs and lists", () => {
    expect(blocksOf("One\ntwo\n\n- a\n- b\n\nThree")).toEqual([
      { kind: "paragraph", text: "One two" },
      { kind: "list", items: ["a", "b"] },
      { kind: "paragraph", text: "Three" },
    ]);
  });
});

describe("beside a text", () => {
  const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  test.each<[string, string, string | null]>([
    ["a PDF", "%PDF-1.7", "application/pdf"],
    ["a video", "\0\0\0\x18ftypisom", "video/mp4"],
    ["sound in the same clothes", "\0\0\0\x18ftypM4A ", "audio/mp4"],
    ["WebM", "\x1a\x45\xdf\xa3", "video/webm"],
    ["MP3 with a name", "ID3\x04", "audio/mpeg"],
    ["MP3 without", "\xff\xfb\x90", "audio/mpeg"],
    ["AAC alone, which not every browser plays", "\xff\xf1\x50", null],
    ["Ogg", "OggS", "audio/ogg"],
    ["WAV", "RIFF\0\0\0\0WAVE", "audio/wav"],
    ["a picture in the same clothes", "RIFF\0\0\0\0WEBP", null],
    ["markup", "<svg>", null],
    ["nothing", "", null],
  ])("%s is known by its first bytes", (_, head, type) => expect(typeOfMedium(bytes(head))).toBe(type as never));

  const medium = (over: Partial<Medium>): Medium => ({
    id: "m1",
    kind: "video",
    section: "s1",
    title: "Film",
    transcript: "Words",
    captions: "WEBVTT",
    file: { id: "f", type: "video/mp4", bytes: 1, sha256: "00" },
    ...over,
  });
  test.each<[string, Partial<Medium>, string | undefined]>([
    ["whole", {}, undefined],
    ["a video without captions", { captions: "" }, "no captions"],
    ["a recording without words", { kind: "audio", transcript: " " }, "no transcript"],
    ["a PDF, which is words", { kind: "pdf", transcript: "", captions: "", section: null }, undefined],
    ["beside a section that is gone", { section: "s9" }, "not there any more"],
  ])("%s", (_, over, lack) => expect(lacksIn({ ...whole, media: [medium(over)] })[0] ?? "").toContain(lack ?? ""));
  test("it is part of what is signed, and a translation has the same", () => {
    const film = { ...whole, media: [medium({})] };
    expect(hex(digestOf(film))).not.toBe(hex(digestOf(whole)));
    const other = { ...film, media: [medium({ file: { id: "f", type: "video/mp4", bytes: 1, sha256: "01" } })] };
    expect(hex(digestOf(film))).not.toBe(hex(digestOf(other)));
    expect([departuresFrom(film, other), departuresFrom(film, whole).length]).toEqual([[], 1]);
  });
  test.each<[string, boolean]>([
    ["WEBVTT\n\n00:00.000 --> 00:01.000\nHello", true],
    ["\uFEFFWEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello", true],
    ["WEBVTTX\n\n00:00.000 --> 00:01.000", false],
    ["WEBVTT\n\nHello", false],
    ["1\n00:00:00,000 --> 00:00:01,000\nHello", false],
  ])("captions %#", (text, are) => expect(isCaptions(text)).toBe(are));

  test.each<[string | null, number, Part | null]>([
    [null, 10, { from: 0, to: 9, isWhole: true }],
    ["bytes=0-", 10, { from: 0, to: 9, isWhole: false }],
    ["bytes=0-", 3 * PART, { from: 0, to: PART - 1, isWhole: false }],
    ["bytes=5-", 3 * PART, { from: 5, to: PART + 4, isWhole: false }],
    ["bytes=2-4", 10, { from: 2, to: 4, isWhole: false }],
    ["bytes=2-99", 10, { from: 2, to: 9, isWhole: false }],
    ["bytes=-3", 10, { from: 7, to: 9, isWhole: false }],
    ["bytes=-99", 10, { from: 0, to: 9, isWhole: false }],
    ["bytes=-0", 10, null],
    ["bytes=10-", 10, null],
    ["bytes=4-2", 10, { from: 0, to: 9, isWhole: true }],
    ["bytes=0-1,3-4", 10, { from: 0, to: 9, isWhole: true }],
    ["lines=0-1", 10, { from: 0, to: 9, isWhole: true }],
    ["bytes=-", 10, { from: 0, to: 9, isWhole: true }],
  ])("%s of %d bytes", (header, bytes, part) => expect(partOf(header, bytes)).toEqual(part));
});

describe("what children read", () => {
  test.each<[string, string, number | null]>([
    ["2014-06-15", "2026-06-14", 11],
    ["2014-06-15", "2026-06-15", 12],
    ["2012-02-29", "2026-02-28", 13],
    ["2027-01-01", "2026-01-01", null],
    ["unknown", "2026-01-01", null],
  ])("born %s, on %s: %p years", (born, day, years) => expect(ageOn(born, day)).toBe(years));

  const text = "# Why are you here?\nWe want to know\nwhat helps.\n\nMore about it.\n\n- One\n\n# May I say no?\nYes.";
  const asked = "May you say no?\n- No\n* Yes\nYou may say no.\n\nDoes it hurt?\n* A little\n- No\nA little.";
  const sections = sectionsIn(text, "c1");
  const questions = questionsIn(asked, "c1");
  test("is written in a few marks, and read back as it was", () => {
    expect(sections.map(({ id, title, summary, full }) => [id, title, summary, full])).toEqual([
      ["c1s1", "Why are you here?", "We want to know what helps.", "More about it.\n\n- One"],
      ["c1s2", "May I say no?", "Yes.", ""],
    ]);
    expect(questions.map(({ id, options, right, explain }) => [id, options, right, explain])).toEqual([
      ["c1q1", ["No", "Yes"], 1, "You may say no."],
      ["c1q2", ["A little", "No"], 0, "A little."],
    ]);
    expect([sectionsIn(sectionsAsText(sections), "c1"), questionsIn(questionsAsText(questions), "c1")]).toEqual([
      sections,
      questions,
    ]);
    expect([sectionsIn("no mark", "c1"), questionsIn("", "c1")]).toEqual([[], []]);
  });

  const assent = (id: string, from: number, to: number): Assent => ({
    id,
    from,
    to,
    sections,
    questions,
    agreements: [{ id: `${id}a1`, text: "I want to" }],
  });
  test.each<[number | null, string]>([
    [5, "Why?"],
    [6, "Why are you here?"],
    [11, "Why are you here?"],
    [12, "Why?"],
    [null, "Why?"],
  ])("at %p it is “%s”", (age, title) => {
    const child = forChild({ ...whole, assents: [assent("c1", 6, 11)] }, age);
    expect(child.sections[0]?.title).toBe(title);
    if (title === "Why are you here?") expect([child.choices, child.agreements[0]?.id]).toEqual([[], "c1a1"]);
  });
  test.each<[string, readonly Assent[], string]>([
    ["no age", [assent("c1", 9, 8)], "fits no age"],
    ["the same ages twice", [assent("c1", 6, 11), assent("c2", 11, 14)], "same children"],
    ["nothing to read", [{ ...assent("c1", 6, 11), sections: [] }], "no section"],
    ["nothing to sign", [{ ...assent("c1", 6, 11), agreements: [] }], "no agreement"],
  ])("is not for %s", (_, assents, lack) => expect(lacksIn({ ...whole, assents })[0]).toContain(lack));
  test("two texts after each other are for all", () =>
    expect(lacksIn({ ...whole, assents: [assent("c1", 6, 11), assent("c2", 12, 17)] })).toEqual([]));
});

describe("the version in force", () => {
  const version = (
    number: number,
    effects: [string | null, string][],
    over: Partial<VersionStanding> = {},
  ): VersionStanding => ({
    id: `v${number}`,
    documentId: "d",
    number,
    language: "en",
    isPublished: true,
    isRetired: false,
    effects: effects.map(([siteId, from]) => ({ siteId, from })),
    ...over,
  });
  const v1 = version(1, [[null, "2026-01-01"]]);
  test.each<[string, VersionStanding[], string | null, string, string | null]>([
    ["none before the first day", [v1], "N", "2025-12-31", null],
    ["the first from its day on", [v1], "N", "2026-01-01", "v1"],
    ["another site's approval changes nothing here", [v1, version(2, [["S", "2026-02-01"]])], "N", "2026-03-01", "v1"],
    ["but there it does", [v1, version(2, [["S", "2026-02-01"]])], "S", "2026-03-01", "v2"],
    ["not before its day", [v1, version(2, [["S", "2026-02-01"]])], "S", "2026-01-31", "v1"],
    [
      "a draft is never in force",
      [v1, version(2, [[null, "2026-01-01"]], { isPublished: false })],
      "N",
      "2026-03-01",
      "v1",
    ],
    ["a retired one neither", [v1, version(2, [[null, "2026-01-01"]], { isRetired: true })], "N", "2026-03-01", "v1"],
    [
      "nor one in another language",
      [v1, version(2, [[null, "2026-01-01"]], { language: "es" })],
      "N",
      "2026-03-01",
      "v1",
    ],
    [
      "a late approval of an early number does not win",
      [version(2, [[null, "2026-01-01"]]), version(1, [[null, "2026-02-01"]])],
      "N",
      "2026-03-01",
      "v2",
    ],
    ["no site: what holds everywhere", [v1, version(2, [["S", "2026-01-01"]])], null, "2026-03-01", "v1"],
  ])("%s", (_, versions, site, day, expected) => {
    expect(inForce(versions, "d", site, "en", day)?.id ?? null).toBe(expected);
  });
  test.each([
    [{ isPublished: false }, false, "draft"],
    [{ isPublished: false }, true, "put forward"],
    [{ effects: [{ siteId: null, from: "2027-01-01" }] }, true, "published"],
    [{}, true, "in force"],
    [{ isRetired: true }, true, "retired"],
  ] as const)("%o is %s", (over, forward, state) => {
    expect(stateOf({ ...v1, ...over }, forward, "2026-06-01")).toBe(state);
  });
});

describe("who signs, in which order", () => {
  const rules = { parents: 1, countersigned: true, asksAssent: true, asksRepresented: true } as const;
  const order = (...args: Parameters<typeof signersFor>) =>
    signersFor(...args)
      .map(({ role, place }) => `${place} ${role}`)
      .join(", ");
  test.each([
    ["an adult", order("adult", true, rules), "1 participant, 4 investigator"],
    ["without countersignature", order("adult", true, { ...rules, countersigned: false }), "1 participant"],
    ["who cannot read", order("adult", false, rules), "1 participant, 3 witness, 4 investigator"],
    ["a minor", order("minor", true, rules), "1 representative, 2 minor, 4 investigator"],
    [
      "with two parents",
      order("minor", true, { ...rules, parents: 2 }),
      "1 representative, 1 representative, 2 minor, 4 investigator",
    ],
    ["too young", order("minor", true, { ...rules, asksAssent: false }), "1 representative, 4 investigator"],
    ["represented", order("represented", true, rules), "1 representative, 2 participant, 4 investigator"],
    [
      "not asked",
      order("represented", false, { ...rules, asksRepresented: false }),
      "1 representative, 3 witness, 4 investigator",
    ],
  ])("%s", (_, got, expected) => expect(got).toBe(expected));
  test("the turn is of those with the lowest open place", () => {
    const at = (role: "representative" | "minor", place: number, hasSigned: boolean) => ({ role, place, hasSigned });
    expect(turnOf([at("representative", 1, true), at("representative", 1, false), at("minor", 2, false)])).toHaveLength(
      1,
    );
    expect(turnOf([at("representative", 1, true), at("minor", 2, false)]).map(({ role }) => role)).toEqual(["minor"]);
    expect(turnOf([at("minor", 1, true)])).toEqual([]);
  });
});

describe("what stands", () => {
  const row = (scope: StandingRow["scope"], state: StandingRow["state"], day: number): StandingRow => ({
    scope,
    state,
    at: new Date(Date.UTC(2026, 0, day)),
  });
  const given = row("participation", "given", 1);
  const due = (cause: Due["cause"], dueOn: string, day: number): Due => ({
    cause,
    dueOn,
    at: new Date(Date.UTC(2026, 0, day)),
  });
  test.each<[string, StandingRow["scope"], StandingRow[], Due[], string]>([
    ["nothing yet", "participation", [], [], "pending"],
    ["nothing yet, for a choice", "sharing", [], [], "pending"],
    ["signed", "participation", [given], [], "given"],
    ["what follows from it", "follow-up", [given], [], "given"],
    ["a choice that was not asked follows it", "sharing", [given], [], "given"],
    ["a choice answered with no", "samples", [given, row("samples", "refused", 1)], [], "withdrawn"],
    [
      "a choice taken back",
      "samples",
      [given, row("samples", "given", 1), row("samples", "withdrawn", 2)],
      [],
      "withdrawn",
    ],
    ["and given again", "samples", [given, row("samples", "withdrawn", 2), row("samples", "given", 3)], [], "given"],
    [
      "all taken back",
      "samples",
      [given, row("samples", "given", 1), row("participation", "withdrawn", 2)],
      [],
      "withdrawn",
    ],
    [
      "the order of rows does not matter",
      "participation",
      [row("participation", "withdrawn", 2), given],
      [],
      "withdrawn",
    ],
    ["to be renewed, in time", "intervention", [given], [due("amendment", "2026-02-15", 2)], "given"],
    ["to be renewed, overdue", "intervention", [given], [due("amendment", "2026-01-31", 2)], "pending"],
    ["overdue: what was begun goes on", "follow-up", [given], [due("amendment", "2026-01-31", 2)], "given"],
    [
      "renewed since",
      "intervention",
      [given, row("participation", "given", 3)],
      [due("amendment", "2026-01-31", 2)],
      "given",
    ],
    ["come of age: at once", "new-data", [given], [due("majority", "2026-12-31", 2)], "pending"],
  ])("%s", (_, scope, rows, dues, expected) => {
    expect(standingFor(scope, rows, dues, "2026-02-01")).toBe(expected as never);
  });
});

describe("taking back", () => {
  test.each([
    [["participation"], 8],
    [["samples"], 1],
    [["new-data"], 3],
    [["samples", "contact"], 2],
  ] as const)("%o takes back %d scopes", (chosen, count) => expect(scopesOf(chosen)).toHaveLength(count));
  test("says what follows, and always what is kept", () => {
    expect(consequencesOf(scopesOf(["participation"]))).toEqual([
      "treatment",
      "visits",
      "data",
      "samples",
      "later",
      "exports",
      "messages",
      "links",
      "kept",
    ]);
    expect(consequencesOf(["samples"])).toEqual(["samples", "kept"]);
    expect(consequencesOf(["recontact"])).toEqual(["later", "kept"]);
    expect(consequencesOf(["contact"])).toEqual(["messages", "kept"]);
  });
});

describe("understanding", () => {
  const { questions } = whole;
  const wrong = { questionId: "q1", isRight: false };
  test.each([
    ["nothing answered", [], false, 0],
    ["wrong once", [wrong], false, 0],
    ["wrong twice", [wrong, wrong], false, 1],
    ["right in the end", [wrong, { questionId: "q1", isRight: true }], true, 0],
  ] as const)("%s", (_, answers, understood, talks) => {
    expect(allUnderstood(questions, answers)).toBe(understood);
    expect(needsTalk(questions, answers, 2)).toHaveLength(talks);
  });
});

describe("who it is", () => {
  test.each<[Method, number, boolean]>([
    ["mail_code", 1, true],
    ["mail_code", 2, false],
    ["video", 3, true],
    ["told_code", 4, false],
    ["in_person", 4, true],
  ])("%s reaches level %d: %p", (method, least, expected) => expect(reaches(method, least)).toBe(expected));
  test.each([
    ["123456", true],
    ["123 456", true],
    ["12345", false],
    ["1234567", false],
    ["12345a", false],
    ["", false],
  ])("%p is a code: %p", (typed, expected) => expect(isCode(typed)).toBe(expected));
});

test.each([
  ["2008-11-27", "2026-11-27", true],
  ["2008-11-28", "2026-11-27", false],
  ["2008-02-29", "2026-03-01", true],
  ["2008-02-29", "2026-02-28", false],
  ["not known", "2026-11-27", false],
])("born on %s, on %s of age: %p", (birth, day, expected) => expect(isOfAge(birth, 18, day)).toBe(expected));
describe("a printed moment", () => {
  const at = new Date("2026-11-27T23:30:05Z");
  test.each([
    ["UTC", "2026-11-27 23:30:05 UTC", "2026-11-27"],
    ["Europe/Madrid", "2026-11-28 00:30:05 +01:00 (Europe/Madrid)", "2026-11-28"],
    ["America/New_York", "2026-11-27 18:30:05 -05:00 (America/New_York)", "2026-11-27"],
    ["Asia/Kolkata", "2026-11-28 05:00:05 +05:30 (Asia/Kolkata)", "2026-11-28"],
    ["Europe/London", "2026-11-27 23:30:05 +00:00 (Europe/London)", "2026-11-27"],
    ["Nowhere/Atall", "2026-11-27 23:30:05 UTC", "2026-11-27"],
  ])("in %s", (zone, printed, day) => expect([printedAt(zone, at), dayIn(zone, at)]).toEqual([printed, day]));
  test("in summer is of summer's clock", () =>
    expect(printedAt("Europe/Madrid", new Date("2026-07-01T10:00:00Z"))).toContain("12:00:00 +02:00"));
});

test("majority is a day", () => expect(majorityOn("2010-06-15", 18)).toBe("2028-06-15"));

describe("a difference", () => {
  test.each([
    ["three visits", "four visits", "-three +four =visits"],
    ["a b c", "a c", "=a -b =c"],
    ["", "new", "+new"],
    ["same", "same", "=same"],
  ])("%p to %p", (before, after, expected) => {
    const pieces = differenceOf(before, after);
    const marks = { same: "=", out: "-", in: "+" };
    expect(pieces.map(({ kind, text }) => marks[kind] + text.trim()).join(" ")).toBe(expected);
    expect(
      pieces
        .filter(({ kind }) => kind !== "in")
        .map(({ text }) => text)
        .join(""),
    ).toBe(before);
    expect(
      pieces
        .filter(({ kind }) => kind !== "out")
        .map(({ text }) => text)
        .join(""),
    ).toBe(after);
  });
  test("holds for texts of any words", () => {
    let seed = 7;
    const next = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    const words = () => Array.from({ length: next(40) }, () => "abcdefg"[next(7)]).join(" ");
    for (let round = 0; round < 300; round++) {
      const [before, after] = [words(), words()];
      const pieces = differenceOf(before, after);
      expect(
        pieces
          .filter(({ kind }) => kind !== "in")
          .map(({ text }) => text)
          .join(""),
      ).toBe(before);
      expect(
        pieces
          .filter(({ kind }) => kind !== "out")
          .map(({ text }) => text)
          .join(""),
      ).toBe(after);
    }
  });
});

describe("a drawing", () => {
  /** As a canvas writes one: red, green, blue and alpha, eight bits each. */
  const chunk = (kind: string, data: Uint8Array) => {
    const bytes = Buffer.alloc(12 + data.byteLength);
    bytes.writeUInt32BE(data.byteLength, 0);
    bytes.write(kind, 4, "latin1");
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.byteLength)), 8 + data.byteLength);
    return bytes;
  };
  const png = (width: number, height: number, over: { dots?: Uint8Array; interlaced?: number; pad?: number } = {}) => {
    const head = Buffer.alloc(13);
    head.writeUInt32BE(width, 0);
    head.writeUInt32BE(height, 4);
    head.set([8, 6, 0, 0, over.interlaced ?? 0], 8);
    const dots = deflateSync(over.dots ?? new Uint8Array(Math.min((width * 4 + 1) * height, 40_000_000)));
    const bytes = Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", head),
      chunk("tEXt", new Uint8Array(over.pad ?? 60)),
      chunk("IDAT", dots),
      chunk("IEND", new Uint8Array()),
    ]);
    return `data:image/png;base64,${bytes.toString("base64")}`;
  };
  test("is a small PNG", () => expect(drawingFrom(png(600, 180))).toBeInstanceOf(Uint8Array));
  test.each([
    ["nothing", ""],
    ["a script", "data:text/html;base64,PHNjcmlwdD4="],
    ["an SVG", "data:image/svg+xml;base64,PHN2Zz4="],
    ["a PNG by name alone", `data:image/png;base64,${Buffer.from("x".repeat(300)).toString("base64")}`],
    ["too small", png(1, 1)],
    ["too wide", png(50_000, 100)],
    ["too many bytes", png(600, 180, { pad: 400_000 })],
    ["more dots than a screen has", png(4_000, 1_001)],
    ["fewer dots than it says", png(600, 180, { dots: new Uint8Array(2_000) })],
    ["more dots than it says", png(60, 18, { dots: new Uint8Array(20_000_000) })],
    ["dots under a filter nobody knows", png(600, 180, { dots: new Uint8Array(2401 * 180).fill(9) })],
    ["interlaced, which no canvas writes", png(600, 180, { interlaced: 1 })],
    ["with something behind it", `${png(600, 180)}"><script>`],
  ])("is not %s", (_, field) => expect(drawingFrom(field)).toBeNull());
});

describe("what a page says by itself", () => {
  type Leaves = Map<string, string>;
  /** Every sentence by its path; one that is made from something is made from what its parameters can be. */
  const leavesOf = (words: object, path = "", found: Leaves = new Map()): Leaves => {
    for (const [name, value] of Object.entries(words)) {
      const at = `${path}.${name}`;
      if (typeof value === "string") found.set(at, value);
      else if (typeof value === "function") found.set(at, JSON.stringify(value(2, "yes")));
      else leavesOf(value, at, found);
    }
    return found;
  };
  const same = new Set(["No", "Scan, 2 kB", "Team", "Code", "Error"]);
  test.each<[string, Readonly<Record<string, object>>]>([
    ["participants' pages", wordsIn],
    ["the printed consent", paperWordsIn],
    ["plain pages", plainWords],
  ])("%s speak each language whole", (_, all) => {
    const english = leavesOf(all.en ?? {});
    expect(english.size).toBeGreaterThan(8);
    for (const language of ["es", "nl"]) {
      const there = leavesOf(all[language] ?? {});
      expect([language, [...there.keys()].sort()]).toEqual([language, [...english.keys()].sort()]);
      const empty = [...there].filter(([, text]) => text.trim() === "" || text.includes("undefined"));
      expect([language, empty]).toEqual([language, []]);
      const untranslated = [...there]
        .filter(([at, text]) => text === english.get(at) && /[a-z]{3}/i.test(text.replace(/"|2|SHA-256/g, "")))
        .filter(([, text]) => !same.has(text.replaceAll('"', "")));
      expect([language, untranslated.map(([at, text]) => `${at}: ${text}`)]).toEqual([language, []]);
    }
  });
  test.each([
    ["es-MX,es;q=0.9,en;q=0.8", "es"],
    ["de-CH,nl;q=0.5,en;q=0.4", "nl"],
    ["fr", "en"],
    ["en;q=0.1, nl;q=0.9", "nl"],
    ["nl;q=0, en", "en"],
    ["", "en"],
    [null, "en"],
    ["toString", "en"],
  ])("%p is answered in %s", (accepts, language) => expect(plainLanguageOf(accepts)).toBe(language as never));
});

test.each([
  [
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
    "Safari on iPhone",
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0",
    "Edge on Windows",
  ],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  ["<script>", "An unknown device"],
  [null, "An unknown device"],
])("%p is %s", (agent, words) => expect(deviceInWords(agent)).toBe(words));
