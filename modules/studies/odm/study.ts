/** A Study element as a build. */
import { translateFormal, turned } from "../expression/odm-logic.ts";
import {
  type Build,
  type Check,
  type Entry,
  type Form,
  type Formula,
  type Item,
  isRange,
  type Section,
  type StudyEvent,
} from "../model/build.ts";
import { type PlacedEntry, type Plan, planOf } from "../model/plan.ts";
import { kindOf, scopeAt } from "../model/scope.ts";
import type { Words } from "../model/words.ts";
import {
  codeListFrom,
  entryFrom,
  eventFrom,
  extrasOf,
  formulaFrom,
  itemFrom,
  oidOf,
  placeholder,
  remainderOf,
  unitFrom,
} from "./definitions.ts";
import {
  isCases,
  isExtras,
  isFlavours,
  isItemType,
  isText,
  isThing,
  isTruth,
  isWindow,
  isWords,
  listOf,
  oneOf,
  type Shape,
  withRemainder,
} from "./remainder.ts";
import { wordsIn } from "./texts.ts";
import { windowsIn } from "./timing.ts";
import { childNamed, childrenNamed, type XmlElement } from "./xml.ts";

const isArm: Shape<Build["arms"][number]> = (value): value is Build["arms"][number] =>
  isThing(value) && isText(value.id) && isWords(value.name);
const isUnit: Shape<Build["units"][number]> = (value): value is Build["units"][number] =>
  isThing(value) && isText(value.id) && isText(value.name) && isWords(value.symbol);

const isStudy: Shape<Build["study"]> = (value): value is Build["study"] =>
  isThing(value) && [value.id, value.name, value.description, value.protocol].every(isText);
const isVersion: Shape<Build["version"]> = (value): value is Build["version"] =>
  isThing(value) && isText(value.id) && isText(value.name);

/** Items that stand in a form itself, outside of any section, get a section of this name. */
export const directSection = (form: string): string => `${form}.items`;

export function studyOf(source: XmlElement): { readonly build: Build; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const versions = source.name === "MetaDataVersion" ? [source] : childrenNamed(source, "MetaDataVersion");
  if (versions.length > 1) notes.push(`The study has ${versions.length} versions; the last one was read.`);
  const version = versions.at(-1);
  if (!version) notes.push("The study has no MetaDataVersion.");
  const global = childNamed(source, "GlobalVariables");
  const said = (name: string) => childNamed(global, name)?.text.trim();
  const protocol = childNamed(version, "Protocol");
  const codeLists = new Map(
    childrenNamed(version, "CodeList").map((node) => [
      oidOf(node),
      withRemainder(codeListFrom(node), remainderOf(node), { extras: isExtras }),
    ]),
  );
  const formulas = new Map(
    [...childrenNamed(version, "ConditionDef"), ...childrenNamed(version, "MethodDef")].map((node) => [
      oidOf(node),
      withRemainder(formulaFrom(node), remainderOf(node), { cases: isCases, describes: isWords, name: isText }),
    ]),
  );
  const groups = new Groups(version, formulas, notes);
  const base: Build = {
    study: {
      id: source.name === "Study" ? oidOf(source) : "",
      name: said("StudyName") ?? source.attributes.StudyName ?? "",
      description: said("StudyDescription") ?? wordsText(wordsIn(childNamed(source, "Description"))),
      protocol: said("ProtocolName") ?? source.attributes.ProtocolName ?? "",
    },
    version: { id: version ? oidOf(version) : "", name: version?.attributes.Name ?? "" },
    languages: languagesIn(source),
    arms: childrenNamed(childNamed(protocol, "StudyStructure"), "Arm").map((arm) => ({
      id: oidOf(arm),
      name:
        Object.keys(wordsIn(childNamed(arm, "Description"))).length > 0
          ? wordsIn(childNamed(arm, "Description"))
          : { "": { text: arm.attributes.Name ?? "", status: "reviewed" } },
    })),
    events: eventsIn(version, protocol, notes),
    forms: groups.forms(),
    items: childrenNamed(version, "ItemDef")
      .filter((node) => oidOf(node) !== placeholder)
      .map((node) => itemWith(node, codeLists)),
    codeLists: [...codeLists.values()],
    units: childrenNamed(childNamed(source, "BasicDefinitions"), "MeasurementUnit").map(unitFrom),
    extras: protocol ? extrasOf(protocol) : {},
  };
  const build = withRemainder(base, protocol ? remainderOf(protocol) : {}, {
    languages: listOf(isText),
    arms: listOf(isArm),
    units: listOf(isUnit),
    extras: isExtras,
    study: isStudy,
    version: isVersion,
  });
  notes.push(...unreadIn(source));
  return { build: translated(build, notes), notes };
}

const wordsText = (words: Words): string => Object.values(words)[0]?.text ?? "";

function languagesIn(source: XmlElement): string[] {
  const found = new Set<string>();
  const visit = (node: XmlElement): void => {
    const language = node.attributes["xml:lang"];
    if (language) found.add(language);
    for (const child of node.children) visit(child);
  };
  visit(source);
  return [...found];
}

function inOrder(references: readonly XmlElement[]): readonly XmlElement[] {
  const rank = (node: XmlElement, at: number) => Number(node.attributes.OrderNumber ?? at + 1);
  return references
    .map((node, at) => ({ node, rank: rank(node, at) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ node }) => node);
}

function eventsIn(version: XmlElement | undefined, protocol: XmlElement | undefined, notes: string[]): StudyEvent[] {
  const { windows, notes: timing } = windowsIn(version, protocol);
  notes.push(...timing);
  const events = childrenNamed(version, "StudyEventDef").map((node): StudyEvent => {
    const native = eventFrom(node);
    const references = inOrder([...childrenNamed(node, "FormRef"), ...childrenNamed(node, "ItemGroupRef")]);
    const forms = references.map(({ attributes }) => {
      const named = attributes.FormOID ?? attributes.ItemGroupOID ?? "";
      const around = attributes.FormOID === undefined ? formAround(version, named) : null;
      if (around) notes.push(`Event ${native.id} names the section ${named}; its form ${around} was taken.`);
      return { form: around ?? named, required: attributes.Mandatory === "Yes" };
    });
    return withRemainder({ ...native, forms, window: windows.get(native.id) ?? null }, remainderOf(node), {
      arms: listOf(isText),
      window: isWindow,
      label: isWords,
      extras: isExtras,
      type: oneOf("scheduled", "unscheduled", "common"),
    });
  });
  const order = inOrder(childrenNamed(protocol, "StudyEventRef")).map(
    ({ attributes }) => attributes.StudyEventOID ?? "",
  );
  if (order.length === 0) return events;
  const place = (id: string) => (order.indexOf(id) < 0 ? order.length : order.indexOf(id));
  return events
    .map((event, at) => ({ event, at }))
    .sort((a, b) => place(a.event.id) - place(b.event.id) || a.at - b.at)
    .map(({ event }) => event);
}

function itemWith(node: XmlElement, codeLists: Parameters<typeof itemFrom>[1]): Item {
  const remainder = remainderOf(node);
  const native = itemFrom(node, codeLists);
  const item = withRemainder(native, remainder, {
    type: isItemType,
    question: isWords,
    hint: isWords,
    units: listOf(isText),
    nullFlavours: isFlavours,
    fieldClass: oneOf("plain", "encrypted"),
    identifies: isTruth,
    identifierReason: (value): value is string | null => value === null || isText(value),
    extras: isExtras,
    name: isText,
  });
  const rest = Array.isArray(remainder.checks) ? remainder.checks : [];
  return { ...item, checks: item.checks.map((check, at) => checkWith(check, rest[at])) };
}

function checkWith(check: Check, remainder: unknown): Check {
  if (!isThing(remainder)) return check;
  const named = withRemainder(check, remainder, { id: isText, message: isWords });
  if (isRange(check.condition)) {
    return isText(remainder.unit) ? { ...named, condition: { ...check.condition, unit: remainder.unit } } : named;
  }
  if (!isThing(remainder.condition)) return named;
  const condition = withRemainder(check.condition, remainder.condition, {
    id: isText,
    name: isText,
    cases: isCases,
    describes: isWords,
  });
  return { ...named, condition };
}

/** The form that holds a section, when an event names the section instead of its form. */
function formAround(version: XmlElement | undefined, section: string): string | null {
  const groups = childrenNamed(version, "ItemGroupDef");
  if (groups.find((node) => oidOf(node) === section)?.attributes.Type === "Form") return null;
  const around = groups.filter(
    (node) =>
      node.attributes.Type === "Form" &&
      childrenNamed(node, "ItemGroupRef").some(({ attributes }) => attributes.ItemGroupOID === section),
  );
  return around.length === 1 ? oidOf(around[0] as XmlElement) : null;
}

class Groups {
  private readonly definitions: ReadonlyMap<string, XmlElement>;
  private readonly asForm = new Set<string>();

  constructor(
    private readonly version: XmlElement | undefined,
    private readonly formulas: ReadonlyMap<string, Formula>,
    private readonly notes: string[],
  ) {
    this.definitions = new Map(childrenNamed(version, "ItemGroupDef").map((node) => [oidOf(node), node]));
    for (const event of childrenNamed(version, "StudyEventDef")) {
      for (const { attributes } of childrenNamed(event, "ItemGroupRef")) {
        const id = attributes.ItemGroupOID ?? "";
        if (!formAround(version, id)) this.asForm.add(id);
      }
    }
    for (const [id, node] of this.definitions) if (node.attributes.Type === "Form") this.asForm.add(id);
  }

  forms(): Form[] {
    const placed = new Set<string>();
    const groups = [...this.definitions].flatMap(([id, node]) => (this.asForm.has(id) ? [node] : []));
    const forms = [...childrenNamed(this.version, "FormDef"), ...groups].map((node) => this.form(node, placed));
    const loose = [...this.definitions.keys()].filter((id) => !placed.has(id) && !this.asForm.has(id));
    if (loose.length > 0)
      this.notes.push(`No form holds these item groups, so they were left out: ${loose.join(", ")}.`);
    return forms;
  }

  private form(node: XmlElement, placed: Set<string>): Form {
    const id = oidOf(node);
    const remainder = remainderOf(node);
    const own = itemReferences(node).length > 0 ? [this.section(node, new Set(), placed, { direct: true })] : [];
    const flat = [...own, ...this.referred(node, new Set([id]), placed)];
    const form: Form = {
      id,
      name: node.attributes.Name ?? id,
      label: wordsIn(childNamed(node, "Description")),
      repeating: repeatsOf(node) !== "no",
      sections: nested(flat, remainder.tree),
      extras: extrasOf(node),
    };
    return withRemainder(form, remainder, { label: isWords, extras: isExtras });
  }

  private referred(node: XmlElement, above: ReadonlySet<string>, placed: Set<string>): Section[] {
    return inOrder(childrenNamed(node, "ItemGroupRef")).flatMap((reference): Section[] => {
      const id = reference.attributes.ItemGroupOID ?? "";
      const definition = this.definitions.get(id);
      if (!definition || above.has(id)) {
        this.notes.push(definition ? `Item group ${id} contains itself.` : `There is no item group ${id}.`);
        return [];
      }
      placed.add(id);
      const condition = reference.attributes.CollectionExceptionConditionOID;
      return [this.section(definition, above, placed, { condition })];
    });
  }

  private section(
    node: XmlElement,
    above: ReadonlySet<string>,
    placed: Set<string>,
    { direct = false, condition }: { readonly direct?: boolean; readonly condition?: string | undefined },
  ): Section {
    const id = direct ? directSection(oidOf(node)) : oidOf(node);
    const remainder = remainderOf(node);
    const rest = isThing(remainder.entries) ? remainder.entries : {};
    const section: Section = {
      id,
      name: node.attributes.Name ?? id,
      label: direct ? {} : wordsIn(childNamed(node, "Description")),
      repeats: direct ? "no" : repeatsOf(node),
      entries: inOrder(itemReferences(node)).map((reference) => this.entry(reference, rest, condition)),
      sections: direct ? [] : this.referred(node, new Set([...above, id]), placed),
      extras: direct ? {} : extrasOf(node, ["Domain", "SASDatasetName", "IsReferenceData", "Purpose"]),
    };
    if (direct) return section;
    return withRemainder(section, remainder, {
      label: isWords,
      extras: isExtras,
      repeats: oneOf("no", "open", "fixed"),
    });
  }

  /** A condition of the whole section holds for each of its items. */
  private entry(reference: XmlElement, rest: Readonly<Record<string, unknown>>, condition: string | undefined): Entry {
    const native = entryFrom(reference, this.formulas);
    const inherited =
      condition === undefined || native.shownWhen ? native.shownWhen : (this.formulas.get(condition) ?? null);
    if (condition !== undefined && native.shownWhen) {
      this.notes.push(`${native.item} has a condition beside that of its section; only its own was taken.`);
    }
    const own = rest[native.item];
    const entry = { ...native, shownWhen: inherited };
    return isThing(own)
      ? withRemainder(entry, own, { whenHidden: oneOf("keep", "blank", "query"), extras: isExtras })
      : entry;
  }
}

const itemReferences = (node: XmlElement): readonly XmlElement[] =>
  childrenNamed(node, "ItemRef").filter(({ attributes }) => attributes.ItemOID !== placeholder);

function repeatsOf({ attributes }: XmlElement): Section["repeats"] {
  if (attributes.Repeating === "Static") return "fixed";
  return attributes.Repeating === undefined || attributes.Repeating === "No" ? "no" : "open";
}

/** ODM 1.3.2 has no sections in sections; `tree` says for each inner one which it belongs into. */
function nested(flat: readonly Section[], tree: unknown): Section[] {
  if (!isExtras(tree)) return [...flat];
  const inside = (parent: string | undefined, depth: number): Section[] =>
    depth > 20
      ? []
      : flat
          .filter(({ id }) => tree[id] === parent)
          .map((section) => ({ ...section, sections: [...section.sections, ...inside(section.id, depth + 1)] }));
  return inside(undefined, 0);
}

/** Formulas get their text now that every name can be looked up. What cannot be translated is named. */
function translated(build: Build, notes: string[]): Build {
  const plan = planOf(build);
  const places = [...plan.entries.values()].flat();
  const seen = new Set<string>();
  const told = (formula: Formula, problem: string) => {
    if (!seen.has(formula.id)) notes.push(`Rule ${formula.id} is kept as it is written and does not run: ${problem}`);
    seen.add(formula.id);
  };
  const rule = (place: PlacedEntry, formula: Formula, wanted?: "boolean"): Formula => {
    const translation = translateFormal(
      formula.foreign,
      scopeAt(plan, place.form, place),
      spellingsFor(plan, place.form),
      wanted,
    );
    const { Cairn: _, ...foreign } = formula.foreign;
    if (translation.text === undefined) told(formula, translation.problem);
    return { ...formula, foreign, text: translation.text ?? null };
  };
  const entryAt = (place: PlacedEntry): Entry => {
    const { shownWhen, calculation } = place.entry;
    const exception = shownWhen && rule(place, shownWhen, "boolean");
    return {
      ...place.entry,
      shownWhen: exception && { ...exception, text: exception.text === null ? null : turned(exception.text) },
      calculation: calculation && rule(place, calculation),
    };
  };
  const entries = new Map(places.map((place) => [place.entry, entryAt(place)]));
  const sectionWith = (section: Section): Section => ({
    ...section,
    entries: section.entries.map((entry) => entries.get(entry) ?? entry),
    sections: section.sections.map(sectionWith),
  });
  const items = build.items.map((item): Item => {
    const place = places.find((one) => one.item === item);
    if (!place || item.checks.every(({ condition }) => isRange(condition))) return item;
    return {
      ...item,
      checks: item.checks.map((check) =>
        isRange(check.condition) ? check : { ...check, condition: rule(place, check.condition, "boolean") },
      ),
    };
  });
  return { ...build, items, forms: build.forms.map((form) => ({ ...form, sections: form.sections.map(sectionWith) })) };
}

const spelled = new WeakMap<Form, ReadonlyMap<string, string>>();

/** WHO.1 may be written WHO.Q-WHO.1 (its group before it), or F.4-WHO.Q-WHO.1. */
function spellingsFor(plan: Plan, form: Form): ReadonlyMap<string, string> {
  const found = spelled.get(form);
  if (found) return found;
  const spellings = new Map<string, string>();
  for (const { item, section } of plan.entries.get(form.id) ?? []) {
    if (!kindOf(plan, item)) continue;
    for (const spelling of [item.id, `${section.id}-${item.id}`, `${form.id}-${section.id}-${item.id}`])
      spellings.set(spelling, item.id);
  }
  spelled.set(form, spellings);
  return spellings;
}

const read: ReadonlySet<string> = new Set(
  `Study GlobalVariables StudyName StudyDescription ProtocolName BasicDefinitions MeasurementUnit Symbol TranslatedText
  MetaDataVersion Protocol StudyEventRef StudyEventDef FormRef FormDef ItemGroupRef ItemGroupDef ItemRef ItemDef Description
  Question MeasurementUnitRef RangeCheck CheckValue ErrorMessage FormalExpression Code CodeListRef CodeList CodeListItem
  Decode EnumeratedItem ExternalCodeList ConditionDef MethodDef MethodSignature Alias StudyStructure Arm StudyTimings
  StudyTiming RelativeTimingConstraint TransitionTimingConstraint WorkflowDef Transition WorkflowStart WorkflowEnd`.split(
    /\s+/,
  ),
);

/** Elements of ODM that the model has no place for, each kind once. Those of other namespaces are a dialect's business. */
function unreadIn(source: XmlElement): string[] {
  const counts = new Map<string, number>();
  const visit = (node: XmlElement): void => {
    if (!read.has(node.name) && !node.name.includes(":")) {
      counts.set(node.name, (counts.get(node.name) ?? 0) + 1);
      return;
    }
    for (const child of node.children) visit(child);
  };
  visit(source);
  return [...counts].map(([name, count]) => `${name} (${count}) has no place in a build and was left out.`);
}
