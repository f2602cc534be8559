/**
 * Reads ODM 1.3.x and 2.0 as it comes, in pieces: the definitions of a study at once, its clinical data value by value,
 * so that a file of any size needs no more memory than one of its branches. Tolerant: what deviates is read as far as
 * its meaning is plain, and named.
 */
import { SaxesParser } from "saxes";
import type { Build, NullFlavour } from "../model/build.ts";
import { studyOf } from "./study.ts";
import type { XmlElement } from "./xml.ts";

export interface OdmFile {
  readonly is: "file";
  readonly version: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface OdmStudy {
  readonly is: "study";
  readonly build: Build;
  readonly notes: readonly string[];
  /** The elements as they stood in the file, for what a dialect adds. */
  readonly source: XmlElement;
}

/** Where a value belongs, in the words of the file. "" where the file names nothing. */
export interface OdmPlace {
  readonly study: string;
  readonly version: string;
  readonly subject: string;
  readonly event: string;
  readonly eventKey: string | null;
  readonly form: string;
  readonly formKey: string | null;
  /** From the form inwards. */
  readonly sections: readonly { readonly id: string; readonly key: string | null }[];
}

export interface OdmValue {
  readonly is: "value";
  readonly place: OdmPlace;
  readonly item: string;
  /** null: the file says IsNull, or gives no value at all. */
  readonly raw: string | null;
  readonly nullFlavour: NullFlavour | null;
  readonly unit: string | null;
  readonly transaction: string | null;
}

/** An audit record, signature, annotation or query, at the level to which it is attached. */
export interface OdmAttachment {
  readonly is: "attachment";
  readonly place: OdmPlace;
  readonly item: string | null;
  readonly element: XmlElement;
}

export interface OdmEnd {
  readonly is: "end";
  /** How many elements of each name the file had. */
  readonly counts: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

export type OdmPart = OdmFile | OdmStudy | OdmValue | OdmAttachment | OdmEnd;

export class OdmUnreadable extends Error {}

const limits = { depth: 60, textCharacters: 32 * 1024 * 1024, definitions: 400_000, attributes: 200 } as const;

/** Throws OdmUnreadable, with the line, when the text is not XML or not ODM. */
export async function* readOdm(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<OdmPart> {
  const reading = new Reading();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decoded = (chunk: string | Uint8Array) => {
    try {
      return typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    } catch {
      throw new OdmUnreadable("The file is not UTF-8. Save it as UTF-8 and try again.");
    }
  };
  for await (const chunk of chunks) {
    reading.write(decoded(chunk));
    yield* reading.taken();
  }
  reading.close();
  yield* reading.taken();
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const attachments: ReadonlySet<string> = new Set(["AuditRecord", "Signature", "Annotation", "Query"]);
const levels: ReadonlySet<string> = new Set([
  "ClinicalData",
  "SubjectData",
  "StudyEventData",
  "FormData",
  "ItemGroupData",
]);
const nullFlavours: Readonly<Record<string, NullFlavour>> = {
  "not-done": "not-done",
  unknown: "unknown",
  "not-applicable": "not-applicable",
};

class Reading {
  private readonly parser = new SaxesParser();
  private readonly counts = new Map<string, number>();
  private readonly notes = new Map<string, number>();
  private parts: OdmPart[] = [];
  /** Names from the root to here. */
  private readonly path: string[] = [];
  /** The branch that is being collected as a whole; nothing is collected while it is empty. */
  private readonly branch: OpenElement[] = [];
  private study: OpenElement | null = null;
  private definitions = 0;
  private place: OdmPlace = blank;
  private readonly outer: OdmPlace[] = [];
  private item: OpenElement | null = null;
  private problem: OdmUnreadable | null = null;
  private isOdm = false;

  constructor() {
    this.parser.on("error", (error) => {
      this.problem ??= new OdmUnreadable(`The file is not well-formed XML: ${error.message.slice(0, 200)}.`);
    });
    this.parser.on("opentag", ({ name, attributes }) => this.open(name, attributes as Record<string, string>));
    this.parser.on("closetag", ({ name }) => this.close_(name));
    this.parser.on("text", (text) => this.characters(text));
    this.parser.on("cdata", (text) => this.characters(text));
  }

  write(chunk: string): void {
    this.parser.write(chunk);
    if (this.problem) throw this.problem;
  }

  close(): void {
    this.parser.close();
    if (this.problem) throw this.problem;
    if (!this.isOdm) throw new OdmUnreadable("The file has no ODM in it.");
    this.parts.push({ is: "end", counts: Object.fromEntries(this.counts), notes: this.spoken() });
  }

  *taken(): Generator<OdmPart> {
    const parts = this.parts;
    this.parts = [];
    yield* parts;
  }

  private open(name: string, attributes: Record<string, string>): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    this.path.push(name);
    if (this.path.length > limits.depth) this.refuse(`Elements nest more than ${limits.depth} deep.`);
    if (this.path.length === 1) this.root(name, attributes);
    if (this.branch.length > 0) {
      this.collect(name, attributes);
    } else if (name === "Study" || (name === "MetaDataVersion" && !this.study)) {
      this.study = { name, attributes, children: [], text: "" };
    } else if (levels.has(name)) {
      this.enter(name, attributes);
    } else if (name.startsWith("ItemData")) {
      this.item = { name, attributes, children: [], text: "" };
      this.branch.push(this.item);
    } else if (this.study || attachments.has(name)) {
      this.collect(name, attributes);
    } else if (name !== "ODM" && this.path.length > 1) {
      this.note(`${name} has no place here and was left out.`);
      this.collect(name, attributes);
    }
  }

  private root(name: string, attributes: Record<string, string>): void {
    const namespace = attributes.xmlns ?? "";
    this.isOdm = name === "ODM" || /cdisc\.org\/ns\/odm/.test(namespace);
    if (!this.isOdm) this.refuse(`The file begins with <${name.slice(0, 40)}>, and an ODM file begins with <ODM>.`);
    if (name !== "ODM") this.note(`The file begins with ${name} instead of ODM.`);
    const version = attributes.ODMVersion ?? /\/v(\d+\.\d+)/.exec(namespace)?.[1] ?? null;
    this.parts.push({ is: "file", version, attributes });
  }

  private collect(name: string, attributes: Record<string, string>): void {
    if (this.study) {
      this.definitions += 1;
      if (this.definitions > limits.definitions) this.refuse("The study has more definitions than a study can have.");
    }
    this.branch.push({ name, attributes, children: [], text: "" });
  }

  private enter(name: string, attributes: Record<string, string>): void {
    if (name === "ClinicalData" && this.study) {
      this.note("ClinicalData stands inside Study; it was read as if it stood after it.");
      this.finishStudy();
    }
    this.outer.push(this.place);
    this.place = entered(this.place, name, attributes, this.path.includes("FormData"));
  }

  private characters(text: string): void {
    const top = this.branch[this.branch.length - 1];
    if (!top) return;
    top.text += text;
    if (top.text.length > limits.textCharacters) this.refuse("A single text is larger than 32 MB.");
  }

  private close_(name: string): void {
    this.path.pop();
    const open = this.branch.pop();
    if (open) {
      const node: XmlElement = { ...open, text: open.children.length > 0 ? open.text.trim() : open.text };
      const parent = this.branch[this.branch.length - 1] ?? (this.item === open ? null : this.item ? null : this.study);
      if (open === this.item) this.finishItem(node);
      else if (attachments.has(name) && this.branch.length === 0 && !this.study) this.attach(node, null);
      else if (attachments.has(name) && this.branch.length === 1 && this.item) {
        this.attach(node, this.item.attributes.ItemOID ?? null);
        this.item.children.push(node);
      } else parent?.children.push(node);
      return;
    }
    if (levels.has(name)) {
      const outer = this.outer.pop();
      if (outer) this.place = outer;
    } else if (this.study && name === this.study.name) this.finishStudy();
  }

  private attach(node: XmlElement, item: string | null): void {
    this.parts.push({ is: "attachment", place: this.place, item, element: node });
  }

  private finishItem(node: XmlElement): void {
    this.item = null;
    const { attributes } = node;
    const values = node.children.filter((child) => child.name === "Value");
    const typed = node.name === "ItemData" || node.name.startsWith("ItemDataAny") ? null : node.text.trim();
    const raw = attributes.Value ?? (values.length > 0 ? values.map(({ text }) => text).join("|") : null);
    const isNull = attributes.IsNull === "Yes";
    if (isNull && raw !== null) this.note("An item says IsNull and has a value all the same; the value was taken.");
    this.parts.push({
      is: "value",
      place: this.place,
      item: attributes.ItemOID ?? "",
      raw: raw ?? (typed === "" ? null : typed),
      nullFlavour: flavourIn(node),
      unit:
        node.children.find((child) => child.name === "MeasurementUnitRef")?.attributes.MeasurementUnitOID ??
        commentIn(node, "unit"),
      transaction: attributes.TransactionType ?? null,
    });
  }

  private finishStudy(): void {
    if (!this.study) return;
    const source: XmlElement = { ...this.study };
    this.study = null;
    const { build, notes } = studyOf(source);
    this.parts.push({ is: "study", build, notes, source });
  }

  private note(sentence: string): void {
    this.notes.set(sentence, (this.notes.get(sentence) ?? 0) + 1);
  }

  private spoken(): string[] {
    return [...this.notes].map(([sentence, times]) => (times > 1 ? `${sentence} (${times} times)` : sentence));
  }

  private refuse(sentence: string): never {
    throw new OdmUnreadable(`Line ${this.parser.line}: ${sentence}`);
  }
}

const blank: OdmPlace = {
  study: "",
  version: "",
  subject: "",
  event: "",
  eventKey: null,
  form: "",
  formKey: null,
  sections: [],
};

function entered(
  place: OdmPlace,
  name: string,
  attributes: Readonly<Record<string, string>>,
  hasForms: boolean,
): OdmPlace {
  switch (name) {
    case "ClinicalData":
      return { ...blank, study: attributes.StudyOID ?? "", version: attributes.MetaDataVersionOID ?? "" };
    case "SubjectData":
      return { ...place, subject: attributes.SubjectKey ?? "" };
    case "StudyEventData":
      return { ...place, event: attributes.StudyEventOID ?? "", eventKey: attributes.StudyEventRepeatKey ?? null };
    case "FormData":
      return { ...place, form: attributes.FormOID ?? "", formKey: attributes.FormRepeatKey ?? null };
    default: {
      const group = { id: attributes.ItemGroupOID ?? "", key: attributes.ItemGroupRepeatKey ?? null };
      // ODM 2.0 has no forms: the outermost group of an event is one.
      if (!hasForms && place.form === "") return { ...place, form: group.id, formKey: group.key };
      return { ...place, sections: [...place.sections, group] };
    }
  }
}

const flavourIn = (node: XmlElement): NullFlavour | null => nullFlavours[commentIn(node, "null flavour") ?? ""] ?? null;

/** "unit: kg" and the like, as our writer puts them into comments. */
function commentIn(node: XmlElement, subject: string): string | null {
  for (const annotation of node.children) {
    const comment =
      annotation.name === "Annotation" ? annotation.children.find((child) => child.name === "Comment") : undefined;
    const said = (comment?.children[0]?.text ?? comment?.text ?? "").trim();
    if (said.startsWith(`${subject}: `)) return said.slice(subject.length + 2);
  }
  return null;
}
