/** Writes a build and its data as ODM that the schemas accept, in pieces. What only our own reader will see is named. */
import { type Build, type Form, type Formula, isRange, type NullFlavour, type Section } from "../model/build.ts";
import { type Plan, planOf, sectionsOf, sharedIds } from "../model/plan.ts";
import { wordsOf } from "../model/words.ts";
import { extrasOf, ownAlias, placeholder } from "./definitions.ts";
import {
  codeListElement,
  entriesRemainder,
  entryElement,
  eventElement,
  formulaElement,
  groupElement,
  itemElement,
  type OdmVersion,
  unitElement,
} from "./elements.ts";
import { wordsElement, wordsIn } from "./texts.ts";
import { timingElement } from "./timing.ts";
import {
  type Attributes,
  childNamed,
  element,
  escapeText,
  isWritable,
  openTag,
  printElement,
  type XmlElement,
} from "./xml.ts";

export interface OdmHeader {
  readonly fileId: string;
  /** ISO instant with zone: 2026-11-22T12:00:00Z. */
  readonly createdAt: string;
  readonly source: string;
}

/** One stored value in its place; `sections` from the form inwards, with keys only where something repeats. */
export interface StoredValue {
  readonly subject: string;
  readonly event: string;
  readonly eventKey: string | null;
  readonly form: string;
  readonly formKey: string | null;
  readonly section: string;
  readonly sectionKey: string | null;
  readonly item: string;
  readonly raw: string | null;
  readonly nullFlavour: NullFlavour | null;
  readonly unit: string | null;
}

const namespaces: Readonly<Record<OdmVersion, string>> = {
  "1.3.2": "http://www.cdisc.org/ns/odm/v1.3",
  "2.0": "http://www.cdisc.org/ns/odm/v2.0",
};

/**
 * Pieces of a file. Values of one subject, event, form and row must follow each other. `tell` hears of every value that
 * holds signs which XML has no way to write; they become U+FFFD. It hears the place, never the value.
 */
export async function* writeOdm(
  build: Build,
  header: OdmHeader,
  version: OdmVersion,
  values: AsyncIterable<StoredValue> | Iterable<StoredValue> = [],
  tell: (sentence: string) => void = () => {},
): AsyncGenerator<string> {
  yield openingTag(header, version, { FileType: "Snapshot" });
  yield printElement(studyElement(build, version), " ");
  yield* clinicalData(planOf(build), version, values, tell);
  yield "</ODM>\n";
}

export const openingTag = (header: OdmHeader, version: OdmVersion, kind: Attributes): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${openTag("ODM", {
    xmlns: namespaces[version],
    ...kind,
    FileOID: header.fileId,
    CreationDateTime: header.createdAt,
    ODMVersion: version,
    SourceSystem: header.source,
  })}\n`;

/** What other systems will not see in the file, although nothing is lost for ours. */
export function hiddenFromOthers(build: Build, version: OdmVersion): string[] {
  const notes: string[] = [];
  const say = (count: number, sentence: string) => count > 0 && notes.push(`${count} × ${sentence}`);
  const { items, codeLists, events, forms, units } = build;
  const sections = forms.flatMap((form) => sectionsOf(form));
  const entries = sections.flatMap(({ section }) => section.entries);
  const formulas = [
    ...entries.flatMap(({ shownWhen, calculation }) => [shownWhen, calculation]),
    ...items.flatMap(({ checks }) => checks.map(({ condition }) => (isRange(condition) ? null : condition))),
  ].filter((one): one is Formula => one !== null);
  for (const kind of ["choices", "grid", "signature", "file", "label"] as const) {
    say(items.filter(({ type }) => type.is === kind).length, `item of kind ${kind}: ODM carries it as text.`);
  }
  say(
    items.filter(({ fieldClass }) => fieldClass === "encrypted").length,
    "encrypted field: ODM has no field classes.",
  );
  say(
    items.filter(({ nullFlavours }) => nullFlavours.length > 0).length,
    "item with reasons for being empty: carried in comments.",
  );
  say(
    codeLists.flatMap(({ options }) => options.filter(({ retired }) => retired)).length,
    "retired option: it looks like any other.",
  );
  say(entries.filter(({ whenHidden }) => whenHidden !== "keep").length, "policy for hidden values.");
  const remarks = [...items, ...codeLists, ...events, ...forms, ...sections.map(({ section }) => section), ...entries];
  const isForeign = (key: string) => !key.startsWith("odm:") && !key.startsWith("alias:");
  say(
    remarks.filter(({ extras }) => Object.keys(extras).some(isForeign)).length,
    "definition with remarks of another system.",
  );
  say(formulas.flatMap(({ cases }) => cases).length, "test case of a rule.");
  say(formulas.filter(({ text }) => text !== null).length, "rule in our own language: its Context is Cairn.");
  if (version === "1.3.2") {
    say(events.filter(({ window }) => window !== null).length, "window of an event: ODM 1.3.2 has no timings.");
    say(build.arms.length, "arm: ODM 1.3.2 has no arms.");
    say(sections.filter(({ path }) => path.length > 1).length, "section inside a section: ODM 1.3.2 has one level.");
  } else {
    say(units.length, "unit: ODM 2.0 has no measurement units.");
    say(
      events.filter(({ window }) => window !== null && window.anchor === null).length,
      "window that counts from enrolment.",
    );
  }
  const doomed = items.filter((item) => !isWritable(JSON.stringify(item.question))).length;
  say(doomed, "text with signs that XML cannot hold; they were replaced.");
  return notes;
}

export function studyElement(build: Build, version: OdmVersion): XmlElement {
  const { study } = build;
  const metadata = versionElement(build, version);
  if (version === "2.0") {
    const description =
      study.description === "" ? null : wordsElement("Description", wordsOf(study.description), version);
    return element(
      "Study",
      { OID: study.id || "S", StudyName: study.name || "-", ProtocolName: study.protocol || "-" },
      description,
      metadata,
    );
  }
  const global = element(
    "GlobalVariables",
    {},
    element("StudyName", {}, study.name || "-"),
    element("StudyDescription", {}, study.description),
    element("ProtocolName", {}, study.protocol || "-"),
  );
  const basics = build.units.length > 0 ? element("BasicDefinitions", {}, ...build.units.map(unitElement)) : null;
  return element("Study", { OID: study.id || "S" }, global, basics, metadata);
}

function versionElement(build: Build, version: OdmVersion): XmlElement {
  const [twice] = sharedIds(build);
  if (twice)
    throw new Error(`Two different definitions are called “${twice}”. Give one of them another id before you export.`);
  const codeLists = new Map(build.codeLists.map((list) => [list.id, list]));
  const definitions = new Definitions(version);
  const forms = build.forms.map((form) => definitions.form(form));
  const keepsWindow = (anchor: string | null | undefined) => version === "2.0" && anchor !== null;
  return element(
    "MetaDataVersion",
    { OID: build.version.id || "MDV.1", Name: build.version.name || "1" },
    protocolElement(build, version),
    ...build.events.map((event) => eventElement(event, version, keepsWindow(event.window?.anchor))),
    ...forms,
    ...definitions.groups.values(),
    ...build.items.map((item) => itemElement(item, codeLists, version)),
    definitions.usesPlaceholder
      ? element("ItemDef", { OID: placeholder, Name: "Nothing is asked here", DataType: "text" })
      : null,
    ...build.codeLists.map((list) => codeListElement(list, version)),
    ...definitions.conditions.values(),
    ...definitions.methods.values(),
  );
}

function protocolElement(build: Build, version: OdmVersion): XmlElement {
  const aliases = Object.entries(build.extras).flatMap(([key, value]) =>
    key.startsWith("alias:") ? [element("Alias", { Context: key.slice(6), Name: value })] : [],
  );
  const remainder = {
    languages: build.languages,
    arms: build.arms,
    ...(version === "2.0" ? { units: build.units } : {}),
    extras: build.extras,
    // ODM wants an id and names; the reader learns here that there were none.
    ...(Object.values(build.study).includes("") || build.version.id === ""
      ? { study: build.study, version: build.version }
      : {}),
  };
  const own = element("Alias", { Context: ownAlias, Name: JSON.stringify(remainder) });
  if (version === "1.3.2") {
    const references = build.events.map(({ id }, at) =>
      element("StudyEventRef", { StudyEventOID: id, OrderNumber: String(at + 1), Mandatory: "No" }),
    );
    return element("Protocol", {}, ...references, ...aliases, own);
  }
  const arms = build.arms.map(({ id, name }) =>
    element("Arm", { OID: id, Name: Object.values(name)[0]?.text || id }, wordsElement("Description", name, version)),
  );
  const structure = arms.length > 0 ? element("StudyStructure", {}, ...arms) : null;
  return element("Protocol", {}, structure, timingElement(build.events), ...aliases, own);
}

/** Groups, conditions and methods are shared: the same one is written once, and two different ones never under one name. */
class Definitions {
  readonly groups = new Map<string, XmlElement>();
  readonly conditions = new Map<string, XmlElement>();
  readonly methods = new Map<string, XmlElement>();
  usesPlaceholder = false;

  constructor(private readonly version: OdmVersion) {}

  form(form: Form): XmlElement {
    const remainder: Record<string, unknown> = {};
    const placed =
      this.version === "1.3.2" ? sectionsOf(form) : form.sections.map((section) => ({ path: [section], section }));
    if (this.version === "1.3.2" && placed.some(({ path }) => path.length > 1)) {
      remainder.tree = Object.fromEntries(
        placed.flatMap(({ path, section }) => (path.length > 1 ? [[section.id, path[path.length - 2]?.id ?? ""]] : [])),
      );
    }
    const references = placed.map(({ section }, at) => {
      this.section(section);
      return this.reference(section.id, at);
    });
    const is2 = this.version === "2.0";
    const shape = {
      tag: is2 ? "ItemGroupDef" : "FormDef",
      type: is2 ? "Form" : null,
      repeating: form.repeating ? (is2 ? "Simple" : "Yes") : "No",
    } as const;
    const back = (node: XmlElement) => ({ label: wordsIn(childNamed(node, "Description")), extras: extrasOf(node) });
    return groupElement(form, shape, this.filled(references), remainder, this.version, back);
  }

  private section(section: Section): void {
    const nested = this.version === "2.0" ? section.sections : [];
    for (const inner of nested) this.section(inner);
    const references = [
      ...section.entries.map((entry, at) => entryElement(entry, at, this.version)),
      ...nested.map((inner, at) => this.reference(inner.id, section.entries.length + at)),
    ];
    for (const { shownWhen, calculation } of section.entries) {
      if (shownWhen) keep(this.conditions, shownWhen.id, formulaElement("ConditionDef", shownWhen, this.version));
      if (calculation) keep(this.methods, calculation.id, formulaElement("MethodDef", calculation, this.version));
    }
    const is2 = this.version === "2.0";
    const words = is2
      ? ({ no: "No", open: "Simple", fixed: "Static" } as const)
      : ({ no: "No", open: "Yes", fixed: "Yes" } as const);
    const remainder = {
      ...entriesRemainder(section, this.version),
      ...(section.repeats === "fixed" && !is2 ? { repeats: "fixed" } : {}),
    };
    const back = (node: XmlElement) => ({
      label: wordsIn(childNamed(node, "Description")),
      extras: extrasOf(node, ["Domain", "SASDatasetName", "IsReferenceData", "Purpose"]),
    });
    const shape = { tag: "ItemGroupDef", type: is2 ? "Section" : null, repeating: words[section.repeats] } as const;
    keep(this.groups, section.id, groupElement(section, shape, this.filled(references), remainder, this.version, back));
  }

  private filled(references: readonly XmlElement[]): readonly XmlElement[] {
    if (references.length > 0 || this.version === "1.3.2") return references;
    this.usesPlaceholder = true;
    return [element("ItemRef", { ItemOID: placeholder, Mandatory: "No" })];
  }

  private reference(id: string, at: number): XmlElement {
    return element("ItemGroupRef", { ItemGroupOID: id, OrderNumber: String(at + 1), Mandatory: "No" });
  }
}

/** Throws when two different definitions share an id: one of them would be lost. */
function keep(things: Map<string, XmlElement>, id: string, made: XmlElement): void {
  const before = things.get(id);
  if (before && JSON.stringify(before) !== JSON.stringify(made)) {
    throw new Error(`Two different definitions are called “${id}”. Give one of them another id before you export.`);
  }
  things.set(id, made);
}

interface Level {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string | null>>;
}

/** How a value is written, and what stands first inside an element that it opens. */
export interface Writing<V extends StoredValue> {
  item(value: V): string;
  within(tag: string, value: V): string;
}

export async function* clinicalData<V extends StoredValue>(
  plan: Plan,
  version: OdmVersion,
  values: AsyncIterable<V> | Iterable<V>,
  tell: (sentence: string) => void,
  writing: Writing<V> = { item: (value) => itemData(value, version), within: () => "" },
): AsyncGenerator<string> {
  const { study, version: metadata } = plan.build;
  const paths = new Map(
    plan.build.forms.map((form) => [form.id, new Map(sectionsOf(form).map(({ path, section }) => [section.id, path]))]),
  );
  let open: Level[] = [];
  let buffer = "";
  let isEmpty = true;
  for await (const value of values) {
    if (isEmpty)
      buffer += ` ${openTag("ClinicalData", { StudyOID: study.id || "S", MetaDataVersionOID: metadata.id || "MDV.1" })}\n`;
    isEmpty = false;
    const wanted = levelsOf(value, plan, paths.get(value.form)?.get(value.section) ?? [], version);
    let same = 0;
    while (same < open.length && same < wanted.length && isSame(open[same] as Level, wanted[same] as Level)) same += 1;
    for (let at = open.length - 1; at >= same; at -= 1)
      buffer += `${" ".repeat(at + 2)}</${(open[at] as Level).tag}>\n`;
    for (let at = same; at < wanted.length; at += 1) {
      const { tag, attributes } = wanted[at] as Level;
      buffer += `${" ".repeat(at + 2)}${openTag(tag, attributes)}\n${writing.within(tag, value)}`;
    }
    open = wanted;
    if (value.raw !== null && !isWritable(value.raw)) {
      tell(`${value.item} of ${value.subject} at ${value.event} holds signs that XML cannot hold; they were replaced.`);
    }
    buffer += `${" ".repeat(open.length + 2)}${writing.item(value)}\n`;
    if (buffer.length > 64 * 1024) {
      yield buffer;
      buffer = "";
    }
  }
  for (let at = open.length - 1; at >= 0; at -= 1) buffer += `${" ".repeat(at + 2)}</${(open[at] as Level).tag}>\n`;
  yield isEmpty ? "" : `${buffer} </ClinicalData>\n`;
}

function levelsOf(value: StoredValue, plan: Plan, path: readonly Section[], version: OdmVersion): Level[] {
  const event = plan.events.get(value.event);
  const form = plan.forms.get(value.form);
  const group = (id: string, key: string | null): Level => ({
    tag: "ItemGroupData",
    attributes: { ItemGroupOID: id, ItemGroupRepeatKey: key },
  });
  const levels: Level[] = [
    { tag: "SubjectData", attributes: { SubjectKey: value.subject } },
    {
      tag: "StudyEventData",
      attributes: {
        StudyEventOID: value.event,
        StudyEventRepeatKey: event?.repeating ? (value.eventKey ?? "1") : null,
      },
    },
  ];
  const formKey = form?.repeating ? (value.formKey ?? "1") : null;
  if (version === "1.3.2") {
    levels.push({ tag: "FormData", attributes: { FormOID: value.form, FormRepeatKey: formKey } });
    levels.push(group(value.section, path.some(({ repeats }) => repeats !== "no") ? (value.sectionKey ?? "1") : null));
    return levels;
  }
  levels.push(group(value.form, formKey));
  const keys = value.sectionKey?.split("/") ?? [];
  for (const section of path) levels.push(group(section.id, section.repeats === "no" ? null : (keys.shift() ?? "1")));
  return levels;
}

function isSame(one: Level, other: Level): boolean {
  return (
    one.tag === other.tag && Object.keys(one.attributes).every((key) => one.attributes[key] === other.attributes[key])
  );
}

/** `first` stands before what the value itself says. */
export function itemData(value: StoredValue, version: OdmVersion, more: Attributes = {}, first = ""): string {
  const flavour = value.nullFlavour ? comment(`null flavour: ${value.nullFlavour}`, version) : "";
  const tag = (attributes: Attributes, inside: string) =>
    inside === ""
      ? openTag("ItemData", { ItemOID: value.item, ...more, ...attributes }, true)
      : `${openTag("ItemData", { ItemOID: value.item, ...more, ...attributes })}${inside}</ItemData>`;
  if (value.raw === null) return tag({ IsNull: "Yes" }, `${first}${flavour}`);
  if (version === "2.0") {
    const unit = value.unit === null ? "" : comment(`unit: ${value.unit}`, version);
    return tag({}, `${first}<Value>${escapeText(value.raw)}</Value>${unit}`);
  }
  const unit = value.unit === null ? "" : openTag("MeasurementUnitRef", { MeasurementUnitOID: value.unit }, true);
  return tag({ Value: value.raw }, `${first}${unit}`);
}

function comment(text: string, version: OdmVersion): string {
  const inside =
    version === "2.0" ? `<TranslatedText Type="text/plain">${escapeText(text)}</TranslatedText>` : escapeText(text);
  return `<Annotation SeqNum="1"><Comment>${inside}</Comment></Annotation>`;
}
