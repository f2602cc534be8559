/** The single definitions of ODM, each from its element. Both versions: 2.0 has other names for a few things. */
import {
  type Check,
  type CodeList,
  type Comparator,
  type Entry,
  type Extras,
  entryOf,
  type Formula,
  formulaOf,
  type Item,
  type ItemType,
  itemOf,
  type StudyEvent,
  type Unit,
} from "../model/build.ts";
import type { Words } from "../model/words.ts";
import { isTruth, isWords, withRemainder } from "./remainder.ts";
import { wordsIn } from "./texts.ts";
import { childNamed, childrenNamed, type XmlElement } from "./xml.ts";

export const oidOf = ({ attributes }: XmlElement): string => attributes.OID ?? "";
const nameOf = (node: XmlElement): string => node.attributes.Name ?? oidOf(node);
const isYes = (text: string | undefined): boolean => text === "Yes";
const numberOr = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;

/** The context under which our own remainder stands in an Alias. */
export const ownAlias = "cairn";

/** ODM 2.0 allows no empty group, and forms do have them (a heading, an introduction): this stands inside, and is not read. */
export const placeholder = "cairn.nothing";

/** What an element says beyond our model: attributes of other namespaces, aliases, and those of ODM named in `keep`. */
export function extrasOf(node: XmlElement, keep: readonly string[] = []): Extras {
  const extras: Record<string, string> = {};
  for (const [key, value] of Object.entries(node.attributes)) {
    const isForeign = key.includes(":") && !key.startsWith("xml") && !key.startsWith("xsi:");
    if (isForeign && value !== "") extras[key] = value;
    else if (keep.includes(key)) extras[`odm:${key}`] = value;
  }
  for (const alias of childrenNamed(node, "Alias")) {
    const { Context = "", Name = "" } = alias.attributes;
    if (Context !== ownAlias) extras[`alias:${Context}`] = Name;
  }
  return extras;
}

/** What we wrote ourselves and ODM has no place for. An alias that is not ours to read is no error. */
export function remainderOf(node: XmlElement): Readonly<Record<string, unknown>> {
  const alias = childrenNamed(node, "Alias").find(({ attributes }) => attributes.Context === ownAlias);
  if (!alias) return {};
  try {
    const read: unknown = JSON.parse(alias.attributes.Name ?? "");
    return typeof read === "object" && read !== null && !Array.isArray(read) ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

export function eventFrom(node: XmlElement): Omit<StudyEvent, "forms"> {
  const types: Readonly<Record<string, StudyEvent["type"]>> = {
    Scheduled: "scheduled",
    Unscheduled: "unscheduled",
    Common: "common",
  };
  return {
    id: oidOf(node),
    name: nameOf(node),
    label: wordsIn(childNamed(node, "Description")),
    type: types[node.attributes.Type ?? ""] ?? "common",
    repeating: isYes(node.attributes.Repeating),
    arms: [],
    window: null,
    extras: extrasOf(node, ["Category"]),
  };
}

export function unitFrom(node: XmlElement): Unit {
  return { id: oidOf(node), name: nameOf(node), symbol: wordsIn(childNamed(node, "Symbol")) };
}

export function codeListFrom(node: XmlElement): CodeList {
  const types: Readonly<Record<string, CodeList["codes"]>> = {
    integer: "integer",
    float: "decimal",
    decimal: "decimal",
  };
  const coded = [...childrenNamed(node, "CodeListItem"), ...childrenNamed(node, "EnumeratedItem")];
  const rank = ({ attributes }: XmlElement, at: number) => Number(attributes.OrderNumber ?? at + 1);
  const sorted = coded.map((option, at) => ({ option, rank: rank(option, at) })).sort((a, b) => a.rank - b.rank);
  const external = childNamed(node, "ExternalCodeList");
  return {
    id: oidOf(node),
    name: nameOf(node),
    codes: types[node.attributes.DataType ?? ""] ?? "text",
    options: sorted.map(({ option }) => ({
      code: option.attributes.CodedValue ?? "",
      ...withRemainder<{ readonly label: Words; readonly retired: boolean }>(
        { label: wordsIn(childNamed(option, "Decode")), retired: false },
        remainderOf(option),
        {
          label: isWords,
          retired: isTruth,
        },
      ),
    })),
    extras: {
      ...extrasOf(node, ["SASFormatName"]),
      ...(external
        ? Object.fromEntries(
            Object.entries(external.attributes).map(([key, value]) => [`odm:ExternalCodeList/${key}`, value]),
          )
        : {}),
    },
  };
}

/** By the name of their languages. A text without one has the language "". */
export function expressionsIn(node: XmlElement): Extras {
  return Object.fromEntries(
    childrenNamed(node, "FormalExpression").map((one) => [
      one.attributes.Context ?? "",
      (childNamed(one, "Code")?.text ?? one.text).trim(),
    ]),
  );
}

/** Without its text: what that is in our words shows once all items are known. */
export function formulaFrom(node: XmlElement): Formula {
  return formulaOf(oidOf(node), null, {
    name: nameOf(node),
    describes: wordsIn(childNamed(node, "Description")),
    foreign: expressionsIn(node),
  });
}

export function entryFrom(node: XmlElement, formulas: ReadonlyMap<string, Formula>): Entry {
  const { ItemOID = "", Mandatory, MethodOID, CollectionExceptionConditionOID } = node.attributes;
  const missing = (id: string): Formula => formulaOf(id, null, { foreign: { "": "(the file does not define it)" } });
  const named = (id: string | undefined) => (id === undefined ? null : (formulas.get(id) ?? missing(id)));
  return entryOf(ItemOID, {
    required: isYes(Mandatory),
    shownWhen: named(CollectionExceptionConditionOID),
    calculation: named(MethodOID),
    extras: extrasOf(node, ["KeySequence", "Role", "Repeat", "Other", "PreSpecifiedValue"]),
  });
}

const comparators: ReadonlySet<string> = new Set(["LT", "LE", "GT", "GE", "EQ", "NE", "IN", "NOTIN"]);

export function checkFrom(node: XmlElement, id: string): Check {
  const { Comparator: comparator = "", SoftHard } = node.attributes;
  const base = {
    id,
    severity: SoftHard === "Hard" ? ("hard" as const) : ("soft" as const),
    message: wordsIn(childNamed(node, "ErrorMessage")),
  };
  const values = childrenNamed(node, "CheckValue").map(({ text }) => text.trim());
  if (values.length > 0 && comparators.has(comparator)) {
    const unit = childNamed(node, "MeasurementUnitRef")?.attributes.MeasurementUnitOID ?? null;
    return { ...base, condition: { comparator: comparator as Comparator, values, unit } };
  }
  return { ...base, condition: formulaOf(id, null, { foreign: expressionsIn(node) }) };
}

export function itemFrom(node: XmlElement, codeLists: ReadonlyMap<string, CodeList>): Item {
  const id = oidOf(node);
  const { DataType = "text", Length, SignificantDigits } = node.attributes;
  const codeList = childNamed(node, "CodeListRef")?.attributes.CodeListOID;
  const type = typeFrom(DataType, numberOr(Length), numberOr(SignificantDigits), codeList);
  const isUsed = (attribute: string) =>
    (attribute === "Length" && type.is === "text") || (attribute === "SignificantDigits" && type.is === "decimal");
  const question = childNamed(node, "Question");
  const description = wordsIn(childNamed(node, "Description"));
  const written = question ? wordsIn(question) : description;
  return itemOf(id, written, type, {
    name: nameOf(node),
    hint: question ? description : {},
    units: childrenNamed(node, "MeasurementUnitRef").map(({ attributes }) => attributes.MeasurementUnitOID ?? ""),
    checks: childrenNamed(node, "RangeCheck").map((check, at) => checkFrom(check, `${id}.${at + 1}`)),
    extras: {
      ...extrasOf(node, [
        "SASFieldName",
        "SDSVarName",
        "Origin",
        "Comment",
        ...["Length", "SignificantDigits"].filter((one) => !isUsed(one)),
      ]),
      ...(DataType === dataTypeOf(type, codeLists) ? {} : { "odm:DataType": DataType }),
    },
  });
}

function typeFrom(
  dataType: string,
  length: number | null,
  digits: number | null,
  codeList: string | undefined,
): ItemType {
  if (codeList !== undefined) return { is: "choice", codeList };
  switch (dataType) {
    case "integer":
      return { is: "integer" };
    case "float":
    case "double":
    case "decimal":
      return { is: "decimal", decimals: digits };
    case "boolean":
      return { is: "boolean" };
    case "date":
    case "time":
    case "datetime":
      return { is: dataType, partial: false };
    case "partialDate":
    case "incompleteDate":
      return { is: "date", partial: true };
    case "partialTime":
    case "incompleteTime":
      return { is: "time", partial: true };
    case "partialDatetime":
    case "incompleteDatetime":
      return { is: "datetime", partial: true };
    case "base64Binary":
    case "hexBinary":
      return { is: "file" };
    default:
      return { is: "text", long: false, maxLength: length };
  }
}

/** The data type under which ODM carries values of this type. */
export function dataTypeOf(type: ItemType, codeLists: ReadonlyMap<string, CodeList>): string {
  switch (type.is) {
    case "integer":
      return "integer";
    case "decimal":
      return "float";
    case "boolean":
      return "boolean";
    case "date":
      return type.partial ? "incompleteDate" : "date";
    case "time":
      return type.partial ? "incompleteTime" : "time";
    case "datetime":
      return type.partial ? "incompleteDatetime" : "datetime";
    case "choice": {
      const codes = codeLists.get(type.codeList)?.codes ?? "text";
      return codes === "decimal" ? "float" : codes;
    }
    default:
      return "text";
  }
}
