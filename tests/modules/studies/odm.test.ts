import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Build } from "../../../modules/studies/model/build.ts";
import { changeInWords, differencesBetween } from "../../../modules/studies/model/differences.ts";
import { problemsOf } from "../../../modules/studies/model/problems.ts";
import { type OdmPart, OdmUnreadable, type OdmValue, readOdm } from "../../../modules/studies/odm/reader.ts";
import { directSection } from "../../../modules/studies/odm/study.ts";
import { hiddenFromOthers, type StoredValue, writeOdm } from "../../../modules/studies/odm/writer.ts";
import { canLint, edc, hasFixtures, schemaErrors } from "./fixtures.ts";
import { sink } from "./sink.ts";

const header = { fileId: "F.1", createdAt: "2026-11-22T12:00:00Z", source: "Cairn" };
const versions = ["1.3.2", "2.0"] as const;

async function partsOf(text: string | Iterable<string>): Promise<OdmPart[]> {
  return Array.fromAsync(readOdm(typeof text === "string" ? [text] : text));
}
const file = (name: string) => Bun.file(join(edc, name)).text();
const buildIn = (parts: readonly OdmPart[]): Build => {
  const study = parts.find((part) => part.is === "study");
  if (!study) throw new Error("no study");
  return study.build;
};
const valuesIn = (parts: readonly OdmPart[]): OdmValue[] => parts.filter((part) => part.is === "value");
const changes = (before: Build, after: Build) => differencesBetween(before, after).map(changeInWords);
const written = async (build: Build, version: "1.3.2" | "2.0", values: Iterable<StoredValue> = []) =>
  (await Array.fromAsync(writeOdm(build, header, version, values))).join("");

const stored = ({ place, item, raw, nullFlavour, unit }: OdmValue): StoredValue => ({
  subject: place.subject,
  event: place.event,
  eventKey: place.eventKey,
  form: place.form,
  formKey: place.formKey,
  section: place.sections.at(-1)?.id ?? directSection(place.form),
  sectionKey: place.sections.flatMap(({ key }) => key ?? []).join("/") || null,
  item,
  raw,
  nullFlavour,
  unit,
});

interface Expected {
  readonly ODMVersion: string | null;
  readonly counts: Record<string, number>;
  readonly langs: string[];
  readonly dataTypes: Record<string, number>;
  readonly rangeChecks: Record<string, number>;
  readonly repeatKeys: number;
}

describe.skipIf(!hasFixtures)("files that others wrote", async () => {
  const expected: Record<string, Expected> = hasFixtures
    ? (await Bun.file(join(edc, "expected-counts.json")).json()).odm
    : {};
  for (const [name, counts] of Object.entries(expected)) {
    test(`${name} is read whole, in pieces of any size`, async () => {
      const text = await file(name);
      const parts = await partsOf(text);
      const end = parts.at(-1);
      if (end?.is !== "end") throw new Error("no end");
      for (const [element, count] of Object.entries(counts.counts))
        expect(`${element} ${end.counts[element] ?? 0}`).toBe(`${element} ${count}`);
      const study = parts.find((part) => part.is === "study");
      expect(valuesIn(parts)).toHaveLength(counts.counts.ItemData ?? 0);
      if (study && counts.counts.ItemDef) {
        const { build, source } = study;
        expect([...build.languages].sort()).toEqual(counts.langs);
        expect(build.items).toHaveLength(counts.counts.ItemDef);
        expect(build.codeLists.flatMap(({ options }) => options)).toHaveLength(counts.counts.CodeListItem ?? 0);
        expect(build.codeLists).toHaveLength(counts.counts.CodeList ?? 0);
        expect(build.events).toHaveLength(counts.counts.StudyEventDef ?? 0);
        const types: Record<string, number> = {};
        const ranges: Record<string, number> = {};
        const visit = (node: typeof source): void => {
          if (node.name === "ItemDef")
            types[node.attributes.DataType ?? ""] = (types[node.attributes.DataType ?? ""] ?? 0) + 1;
          const key = `${node.attributes.Comparator}/${node.attributes.SoftHard}`;
          if (node.name === "RangeCheck") ranges[key] = (ranges[key] ?? 0) + 1;
          node.children.forEach(visit);
        };
        visit(source);
        expect(types).toEqual(counts.dataTypes);
        expect(ranges).toEqual(counts.rangeChecks);
      }
      const slices = Array.from({ length: Math.ceil(text.length / 777) }, (_, i) => text.slice(i * 777, (i + 1) * 777));
      expect(await partsOf(slices)).toEqual(parts);
    });

    for (const version of versions) {
      test(`${name} → ODM ${version} → the same model and values`, async () => {
        const parts = await partsOf(await file(name));
        const study = parts.find((part) => part.is === "study");
        const build = study?.build ?? buildIn(await partsOf(await file("odm-openedc/metadata.xml")));
        const values = valuesIn(parts).map(stored);
        const text = await written(build, version, values);
        if (canLint) expect(schemaErrors(text, version)).toBe("");
        const again = await partsOf(text);
        expect(changes(build, buildIn(again))).toEqual([]);
        const back = valuesIn(again).map(stored);
        expect(back.map(({ item, raw }) => `${item}=${raw}`)).toEqual(values.map(({ item, raw }) => `${item}=${raw}`));
        expect(back.map(({ subject, event, form }) => `${subject}/${event}/${form}`)).toEqual(
          values.map(({ subject, event, form }) => `${subject}/${event}/${form}`),
        );
      });
    }
  }

  test("OpenEDC: every rule is translated, and nothing is left out", async () => {
    const parts = await partsOf(await file("odm-openedc/metadata.xml"));
    const study = parts.find((part) => part.is === "study");
    expect(study?.notes).toEqual([]);
    const rules = study?.build.forms
      .flatMap(({ sections }) =>
        sections.flatMap(({ entries }) =>
          entries.flatMap(({ shownWhen, calculation }) => [shownWhen?.text, calculation?.text]),
        ),
      )
      .filter(Boolean);
    expect(rules).toEqual([
      "Weight / Height ^ 2",
      'Gender = "Female"',
      "Pregnant = true",
      'CountryOfBirth = "Other"',
      "CardiovascularDiseases = true",
      "CardiovascularDiseases = true",
      "TumorDiseases = true",
      "TumorDiseases = true",
      "SideEffect = true",
      "SymptomsChanged = true",
      "(WHO.1 + WHO.2 + WHO.3 + WHO.4 + WHO.5) * 4",
    ]);
  });

  test("deviations are named", async () => {
    const end = async (name: string) => (await partsOf(await file(name))).at(-1);
    expect(await end("odm-cdisc/odm132-Hypercholesterolemia_FH_repeating_with_data.xml")).toMatchObject({
      notes: ["ClinicalData stands inside Study; it was read as if it stood after it."],
    });
    expect(await end("odm-cdisc/odm2-SimpleTimingConstraints.xml")).toMatchObject({
      notes: ["The file begins with MetaDataVersion instead of ODM."],
    });
    const values = (await partsOf(await file("odm-cdisc/odm2-Hypercholesterolemia_ValueLists.xml"))).find(
      (part) => part.is === "study",
    );
    expect(values?.notes).toContain("ValueListDef (1) has no place in a build and was left out.");
  });

  test("visit windows come from timings and transitions", async () => {
    const { events } = buildIn(await partsOf(await file("odm-cdisc/odm2-SimpleTimingConstraints.xml")));
    expect(events.map(({ id, window }) => [id, window])).toEqual([
      ["SE.STUDYSTART", null],
      ["SE.1", { anchor: "SE.STUDYSTART", target: "P2M", before: "P7D", after: "P7D" }],
      ["SE.2", { anchor: "SE.1", target: "P3M", before: "P14D", after: "P14D" }],
      ["SE.STUDYEND", { anchor: "SE.2", target: "P1M", before: "P7D", after: "P7D" }],
    ]);
  });
});

describe("one of everything", () => {
  const value = (
    event: string,
    form: string,
    section: string,
    item: string,
    raw: string | null,
    rest: Partial<StoredValue> = {},
  ): StoredValue => ({
    subject: "S-01",
    event,
    eventKey: null,
    form,
    formKey: null,
    section,
    sectionKey: null,
    item,
    raw,
    nullFlavour: null,
    unit: null,
    ...rest,
  });
  const values = [
    value("baseline", "start", "body", "sex", "f"),
    value("baseline", "start", "body", "weight", "80.50", { unit: "LB" }),
    value("baseline", "start", "body", "height", null, { nullFlavour: "not-done" }),
    value("baseline", "start", "body", "race", null),
    value("baseline", "start", "family", "relative", 'mother "A" <&>\n\tsecond line', { sectionKey: "1" }),
    value("baseline", "start", "illness", "diagnosis", "  spaces kept  ", { sectionKey: "1/1" }),
    value("baseline", "start", "illness", "diagnosis", "", { sectionKey: "1/2" }),
    value("baseline", "start", "illness", "diagnosis", "ä€😀", { sectionKey: "2/1" }),
    value("baseline", "diary", "day", "clock", "08:UN", { formKey: "1" }),
    value("baseline", "diary", "day", "clock", "09:30", { formKey: "2" }),
    value("ae", "event", "ae-details", "onset", "2026-01-01", { eventKey: "1" }),
    value("ae", "event", "ae-details", "onset", "2026-01-02", { eventKey: "2" }),
    value("baseline", "start", "body", "sex", "m", { subject: "S-02" }),
  ];
  for (const version of versions) {
    test(`ODM ${version} gives it back, and the schema accepts it`, async () => {
      const text = await written(sink, version, values);
      if (canLint) expect(schemaErrors(text, version)).toBe("");
      const parts = await partsOf(text);
      expect(changes(sink, buildIn(parts))).toEqual([]);
      expect(valuesIn(parts).map(stored)).toEqual(values);
      expect(parts.find((part) => part.is === "study")?.notes).toEqual([]);
    });
    test(`ODM ${version}: what others will not see is named`, () => {
      const notes = hiddenFromOthers(sink, version);
      expect(notes).toContain("1 × retired option: it looks like any other.");
      expect(notes.some((note) => note.includes("unit: ODM 2.0"))).toBe(version === "2.0");
      expect(notes.some((note) => note.includes("section inside a section"))).toBe(version === "1.3.2");
    });
  }
  test("signs that XML cannot hold are told, by place", async () => {
    const told: string[] = [];
    const text = (
      await Array.fromAsync(
        writeOdm(sink, header, "1.3.2", [value("baseline", "start", "body", "sex", "a\u0001b\uD800")], (sentence) =>
          told.push(sentence),
        ),
      )
    ).join("");
    expect(told).toEqual(["sex of S-01 at baseline holds signs that XML cannot hold; they were replaced."]);
    expect(valuesIn(await partsOf(text))[0]?.raw).toBe("a\uFFFDb\uFFFD");
  });
  test("a rule in a language that nobody here reads is kept, and the field is asked of everybody", async () => {
    const text = (await written(sink, "1.3.2")).replaceAll('Context="Cairn"', 'Context="XPath"');
    const study = (await partsOf(text)).find((part) => part.is === "study");
    const entry = study?.build.forms[0]?.sections[1]?.entries.find(({ item }) => item === "weeks");
    expect(entry?.shownWhen).toMatchObject({ text: null, foreign: { XPath: "not (pregnant = true and known(sex))" } });
    expect(study?.notes.join(" ")).toContain("Rule C.P is kept as it is written and does not run");
  });
  test("two different definitions never share a name", async () => {
    const [start, ...others] = sink.forms;
    if (!start) throw new Error("no form");
    const copy = {
      ...start,
      id: "copy",
      sections: start.sections.map((section) => ({ ...section, entries: section.entries.slice(1) })),
    };
    expect(written({ ...sink, forms: [start, copy, ...others] }, "1.3.2")).rejects.toThrow(
      "Two different definitions are called",
    );
  });
  test("an alias that a stranger wrote is taken only where it fits", async () => {
    const text = (await written(sink, "1.3.2")).replaceAll(
      "&quot;fieldClass&quot;:&quot;encrypted&quot;",
      "&quot;fieldClass&quot;:{&quot;is&quot;:7},&quot;type&quot;:{&quot;is&quot;:&quot;choice&quot;}",
    );
    const born = buildIn(await partsOf(text)).items.find(({ id }) => id === "born");
    expect(born?.fieldClass).toBe("plain");
    expect(born?.type).toEqual({ is: "date", partial: true });
  });
});

describe("files that should not be", () => {
  const refused = (text: string | Iterable<string>) => expect(partsOf(text)).rejects.toThrow(OdmUnreadable);
  test("are refused with a sentence", async () => {
    await refused("");
    await refused("not xml");
    await refused("<html></html>");
    await refused("<ODM><Study></ODM>");
    await refused(`<ODM>${"<Study>".repeat(80)}`);
    await refused('<!DOCTYPE ODM [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ODM><Study OID="&b;"/></ODM>');
  });
  test("bytes that are not UTF-8", () =>
    expect(Array.fromAsync(readOdm([new Uint8Array([0x3c, 0xff, 0xfe])]))).rejects.toThrow("not UTF-8"));
});

test("damaged files are refused or read, and never end in anything else", async () => {
  const whole = await written(sink, "2.0", []);
  let seed = 11;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const pieces = ["", "<", ">", '"', "&", "\0", "Yes", 'OID="x"', "</ItemDef>", "{&quot;is&quot;:1}", "null"];
  const outcomes = { read: 0, refused: 0 };
  for (let i = 0; i < 200; i += 1) {
    const at = random(whole.length);
    const text = whole.slice(0, at) + pieces[random(pieces.length)] + whole.slice(at + random(30));
    try {
      const parts = await partsOf(text);
      const study = parts.find((part) => part.is === "study");
      if (study) problemsOf(study.build);
      outcomes.read += 1;
    } catch (error) {
      if (!(error instanceof OdmUnreadable)) throw error;
      outcomes.refused += 1;
    }
  }
  expect(outcomes.read).toBeGreaterThan(10);
  expect(outcomes.refused).toBeGreaterThan(10);
});

function* generated(count: number): Generator<string> {
  yield '<?xml version="1.0"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2"><ClinicalData StudyOID="S" MetaDataVersionOID="M">';
  for (let subject = 0; subject < count / 100; subject += 1) {
    let text = `<SubjectData SubjectKey="${subject}"><StudyEventData StudyEventOID="E"><FormData FormOID="F"><ItemGroupData ItemGroupOID="G">`;
    for (let item = 0; item < 100; item += 1) text += `<ItemData ItemOID="I${item}" Value="${subject * item}.50"/>`;
    yield `${text}</ItemGroupData></FormData></StudyEventData></SubjectData>`;
  }
  yield "</ClinicalData></ODM>";
}

test("a stream of values needs no more memory than a branch of it", async () => {
  const count = process.env.CAIRN_LARGE ? 1_000_000 : 100_000;
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  let values = 0;
  const began = performance.now();
  for await (const part of readOdm(generated(count))) {
    if (part.is !== "value") continue;
    values += 1;
    if (values % 20_000 === 0) {
      Bun.gc(true);
      peak = Math.max(peak, process.memoryUsage().heapUsed - before);
    }
  }
  const seconds = (performance.now() - began) / 1000;
  console.info(
    `${values.toLocaleString("en")} values read: ${Math.round(values / seconds).toLocaleString("en")} a second, at most ${(peak / 1024 / 1024).toFixed(1)} MB more`,
  );
  expect(values).toBe(count);
  expect(peak).toBeLessThan(16 * 1024 * 1024);
});
