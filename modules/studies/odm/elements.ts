/** The single definitions as ODM elements, each with an alias of ours for what the reader of plain ODM would not see. */

import { ownContext, turned } from "../expression/odm-logic.ts";
import {
  type Check,
  type CodeList,
  type Entry,
  type Extras,
  type Formula,
  type Item,
  isRange,
  type Section,
  type StudyEvent,
  type Unit,
} from "../model/build.ts";
import { type Words, wordsOf } from "../model/words.ts";
import { checkFrom, dataTypeOf, entryFrom, eventFrom, formulaFrom, itemFrom, ownAlias } from "./definitions.ts";
import { remainderBetween } from "./remainder.ts";
import { wordsElement, wordsIn } from "./texts.ts";
import { type Attributes, element, type XmlElement } from "./xml.ts";

export type OdmVersion = "1.3.2" | "2.0";

const truth = (value: boolean): "Yes" | "No" => (value ? "Yes" : "No");

/** What an element may carry of the extras, in either version. */
const native: Readonly<Record<string, readonly string[]>> = {
  StudyEventDef: ["Category"],
  ItemRef: ["KeySequence", "Role"],
  CodeList: [],
  ItemGroupDef: ["Domain", "Purpose", "IsReferenceData"],
};

function extraAttributes(name: string, extras: Extras, version: OdmVersion): Attributes {
  const allowed = new Set([
    ...(native[name] ?? []),
    ...(name === "ItemRef" && version === "2.0" ? ["Repeat", "Other", "PreSpecifiedValue"] : []),
    ...(name === "ItemDef" ? ["Length"] : []),
    ...(name === "ItemDef" && version === "1.3.2"
      ? ["SignificantDigits", "SASFieldName", "SDSVarName", "Origin", "Comment"]
      : []),
    ...(name === "ItemGroupDef" && version === "1.3.2" ? ["SASDatasetName"] : []),
  ]);
  return Object.fromEntries(
    Object.entries(extras).flatMap(([key, value]) => {
      const attribute = key.startsWith("odm:") ? key.slice(4) : "";
      return allowed.has(attribute) && (attribute !== "Length" || /^[1-9]\d*$/.test(value))
        ? [[attribute, value] as const]
        : [];
    }),
  );
}

const aliasesOf = (extras: Extras): XmlElement[] =>
  Object.entries(extras).flatMap(([key, value]) =>
    key.startsWith("alias:") ? [element("Alias", { Context: key.slice(6), Name: value })] : [],
  );

const remainderAlias = (remainder: Readonly<Record<string, unknown>>): XmlElement | null =>
  Object.keys(remainder).length === 0 ? null : element("Alias", { Context: ownAlias, Name: JSON.stringify(remainder) });

/** The element with its remainder in an alias: `made` with nothing first, to see what a plain reader gets from it. */
function completed<Thing extends object>(
  thing: Thing,
  keys: readonly (keyof Thing & string)[],
  made: (alias: XmlElement | null) => XmlElement,
  back: (node: XmlElement) => Thing,
): XmlElement {
  return made(remainderAlias(remainderBetween(thing, back(made(null)), keys)));
}

export function eventElement(event: StudyEvent, version: OdmVersion, keepsWindow: boolean): XmlElement {
  const types = { scheduled: "Scheduled", unscheduled: "Unscheduled", common: "Common" } as const;
  const references = event.forms.map(({ form, required }, at) =>
    version === "1.3.2"
      ? element("FormRef", { FormOID: form, OrderNumber: String(at + 1), Mandatory: truth(required) })
      : element("ItemGroupRef", { ItemGroupOID: form, OrderNumber: String(at + 1), Mandatory: truth(required) }),
  );
  const made = (alias: XmlElement | null) =>
    element(
      "StudyEventDef",
      {
        OID: event.id,
        Name: event.name || event.id,
        Repeating: truth(event.repeating),
        Type: types[event.type],
        ...extraAttributes("StudyEventDef", event.extras, version),
      },
      wordsElement("Description", event.label, version),
      ...references,
      ...aliasesOf(event.extras),
      alias,
    );
  const back = (node: XmlElement): StudyEvent => ({
    ...eventFrom(node),
    forms: event.forms,
    window: keepsWindow ? event.window : null,
  });
  return completed(event, ["label", "arms", "window", "extras"], made, back);
}

export function unitElement(unit: Unit): XmlElement {
  const symbol =
    wordsElement("Symbol", unit.symbol, "1.3.2") ?? element("Symbol", {}, element("TranslatedText", {}, unit.name));
  return element("MeasurementUnit", { OID: unit.id, Name: unit.name || unit.id }, symbol);
}

export function codeListElement(list: CodeList, version: OdmVersion): XmlElement {
  const decimal = version === "1.3.2" ? "float" : "decimal";
  const options = list.options.map((option, at) =>
    element(
      "CodeListItem",
      { CodedValue: option.code, OrderNumber: String(at + 1) },
      wordsElement("Decode", option.label, version) ??
        (version === "1.3.2" ? element("Decode", {}, wordsText(option.code, version)) : null),
      remainderAlias(
        remainderBetween(
          option,
          {
            ...option,
            retired: false,
            label:
              version === "1.3.2" && Object.keys(option.label).length === 0
                ? wordsOf(option.code)
                : plainWords(option.label),
          },
          ["retired", "label"],
        ),
      ),
    ),
  );
  const external = Object.entries(list.extras).flatMap(([key, value]) =>
    key.startsWith("odm:ExternalCodeList/") ? [[key.slice("odm:ExternalCodeList/".length), value] as const] : [],
  );
  const isExternal = version === "1.3.2" && options.length === 0;
  return element(
    "CodeList",
    { OID: list.id, Name: list.name || list.id, DataType: list.codes === "decimal" ? decimal : list.codes },
    ...(isExternal ? [element("ExternalCodeList", Object.fromEntries(external))] : options),
    ...aliasesOf(list.extras),
    Object.keys(list.extras).length > 0 ? remainderAlias({ extras: list.extras }) : null,
  );
}

/** As a reader of plain ODM gets them: without how far a translation has come. */
const plainWords = (words: Words): Words => wordsIn(wordsElement("Decode", words, "1.3.2") ?? undefined);

const wordsText = (text: string, version: OdmVersion): XmlElement =>
  element("TranslatedText", { Type: version === "2.0" ? "text/plain" : null }, text);

function expressions(texts: Extras, version: OdmVersion): XmlElement[] {
  return Object.entries(texts).map(([context, text]) =>
    element("FormalExpression", { Context: context || null }, version === "2.0" ? element("Code", {}, text) : text),
  );
}

const withOwn = (formula: Formula, own: string | null): Extras =>
  own === null ? formula.foreign : { ...formula.foreign, [ownContext]: own };

export function formulaElement(kind: "ConditionDef" | "MethodDef", formula: Formula, version: OdmVersion): XmlElement {
  const own = formula.text !== null && kind === "ConditionDef" ? turned(formula.text) : formula.text;
  const made = (alias: XmlElement | null) =>
    element(
      kind,
      { OID: formula.id, Name: formula.name || formula.id, Type: kind === "MethodDef" ? "Computation" : null },
      // A description is a must in ODM; the reader sees by the alias that there was none.
      wordsElement("Description", formula.describes, version) ??
        element("Description", {}, wordsText(formula.name || formula.id, version)),
      version === "2.0" ? element("MethodSignature", {}) : null,
      ...expressions(withOwn(formula, own), version),
      alias,
    );
  return completed(formula, ["name", "describes", "cases"], made, formulaFrom);
}

export function entryElement(entry: Entry, at: number, version: OdmVersion): XmlElement {
  return element("ItemRef", {
    ItemOID: entry.item,
    OrderNumber: String(at + 1),
    Mandatory: truth(entry.required),
    MethodOID: entry.calculation?.id,
    CollectionExceptionConditionOID: entry.shownWhen?.id,
    ...extraAttributes("ItemRef", entry.extras, version),
  });
}

/** What the references of a section do not say, by item. */
export function entriesRemainder(section: Section, version: OdmVersion): Record<string, unknown> {
  const rest = section.entries.map((entry, at) => {
    const back = entryFrom(entryElement(entry, at, version), new Map());
    return [entry.item, remainderBetween(entry, back, ["whenHidden", "extras"])] as const;
  });
  const some = rest.filter(([, remainder]) => Object.keys(remainder).length > 0);
  return some.length === 0 ? {} : { entries: Object.fromEntries(some) };
}

function checkElement(check: Check, version: OdmVersion): XmlElement {
  const { condition } = check;
  const message = wordsElement("ErrorMessage", check.message, version);
  const SoftHard = check.severity === "hard" ? "Hard" : "Soft";
  if (!isRange(condition))
    return element("RangeCheck", { SoftHard }, ...expressions(withOwn(condition, condition.text), version), message);
  const unit =
    version === "1.3.2" && condition.unit !== null
      ? element("MeasurementUnitRef", { MeasurementUnitOID: condition.unit })
      : null;
  const values = condition.values.map((value) => element("CheckValue", {}, value));
  return element("RangeCheck", { Comparator: condition.comparator, SoftHard }, ...values, unit, message);
}

function checksRemainder(item: Item, version: OdmVersion): Record<string, unknown> {
  const rest = item.checks.map((check, at) => {
    const back = checkFrom(checkElement(check, version), `${item.id}.${at + 1}`);
    const own: Record<string, unknown> = remainderBetween(check, back, ["id", "message"]);
    if (isRange(check.condition) && isRange(back.condition)) {
      return check.condition.unit === back.condition.unit ? own : { ...own, unit: check.condition.unit };
    }
    if (isRange(check.condition) || isRange(back.condition)) return own;
    const condition = remainderBetween(check.condition, back.condition, ["id", "name", "cases", "describes"]);
    return Object.keys(condition).length === 0 ? own : { ...own, condition };
  });
  return rest.every((remainder) => Object.keys(remainder).length === 0) ? {} : { checks: rest };
}

const hasExpression = (check: Check): boolean =>
  isRange(check.condition) || check.condition.text !== null || Object.keys(check.condition.foreign).length > 0;

export function itemElement(full: Item, codeLists: ReadonlyMap<string, CodeList>, version: OdmVersion): XmlElement {
  const item = { ...full, checks: full.checks.filter(hasExpression) };
  const { type } = item;
  const list = type.is === "choice" || type.is === "choices" ? type.codeList : null;
  const length = type.is === "text" && type.maxLength !== null ? String(type.maxLength) : null;
  const digits = version === "1.3.2" && type.is === "decimal" && type.decimals !== null ? String(type.decimals) : null;
  const question = wordsElement("Question", item.question, version);
  const units =
    version === "1.3.2" ? item.units.map((unit) => element("MeasurementUnitRef", { MeasurementUnitOID: unit })) : [];
  const made = (remainder: Readonly<Record<string, unknown>>) =>
    element(
      "ItemDef",
      {
        OID: item.id,
        Name: item.name || item.id,
        DataType: item.extras["odm:DataType"] ?? dataTypeOf(type, codeLists),
        Length: length,
        SignificantDigits: digits,
        ...extraAttributes("ItemDef", item.extras, version),
      },
      question && wordsElement("Description", item.hint, version),
      question,
      ...units,
      ...item.checks.map((check) => checkElement(check, version)),
      // Several options at once are no data type of ODM: plain readers see the text, we the list.
      list !== null && type.is === "choice" ? element("CodeListRef", { CodeListOID: list }) : null,
      ...aliasesOf(item.extras),
      remainderAlias(remainder),
    );
  const keys = [
    "name",
    "question",
    "hint",
    "type",
    "units",
    "nullFlavours",
    "fieldClass",
    "identifies",
    "identifierReason",
    "extras",
  ] as const;
  return made({ ...remainderBetween(item, itemFrom(made({}), codeLists), keys), ...checksRemainder(item, version) });
}

export function groupElement(
  group: { readonly id: string; readonly name: string; readonly label: Words; readonly extras: Extras },
  shape: {
    readonly tag: "FormDef" | "ItemGroupDef";
    readonly type: "Form" | "Section" | null;
    readonly repeating: string;
  },
  references: readonly XmlElement[],
  remainder: Readonly<Record<string, unknown>>,
  version: OdmVersion,
  back: (node: XmlElement) => { readonly label: Words; readonly extras: Extras },
): XmlElement {
  const made = (alias: XmlElement | null) =>
    element(
      shape.tag,
      {
        OID: group.id,
        Name: group.name || group.id,
        Repeating: shape.repeating,
        Type: shape.type,
        ...(shape.tag === "ItemGroupDef" ? extraAttributes("ItemGroupDef", group.extras, version) : {}),
      },
      wordsElement("Description", group.label, version),
      ...references,
      ...aliasesOf(group.extras),
      alias,
    );
  const plain = back(made(null));
  const own = remainderBetween({ label: group.label, extras: group.extras }, plain, ["label", "extras"]);
  return made(remainderAlias({ ...own, ...remainder }));
}
