/** REDCap's project file: ODM 1.3.1 in name, with the truth in attributes of its own. */

import type { StudyEvent } from "../model/build.ts";
import { wordsOf } from "../model/words.ts";
import type { OdmPlace, OdmValue } from "../odm/reader.ts";
import { childNamed, childrenNamed, type XmlElement } from "../odm/xml.ts";
import type { RedcapField } from "./field.ts";
import { onlyEvent, type RedcapProject, type RedcapStudy, redcapStudy } from "./study.ts";

export const isRedcap = (source: XmlElement): boolean =>
  childrenNamed(source, "MetaDataVersion").some(({ attributes }) => attributes["redcap:RecordIdField"] !== undefined);

/** `source`: the Study element, as `readOdm` hands it over. */
export function readProject(source: XmlElement): RedcapStudy {
  const version = childNamed(source, "MetaDataVersion");
  const global = childNamed(source, "GlobalVariables");
  const said = (name: string) => childNamed(global, name)?.text.trim() ?? "";
  const definitions = new Map(childrenNamed(version, "ItemDef").map((node) => [node.attributes.OID ?? "", node]));
  const groups = new Map(childrenNamed(version, "ItemGroupDef").map((node) => [node.attributes.OID ?? "", node]));
  const lists = new Map(childrenNamed(version, "CodeList").map((node) => [node.attributes.OID ?? "", node]));
  const notes: string[] = [];
  const fields: RedcapField[] = [];
  const seen = new Set<string>();
  for (const form of childrenNamed(version, "FormDef")) {
    const name = formNameOf(form);
    const references = childrenNamed(form, "ItemGroupRef").flatMap(({ attributes }) =>
      childrenNamed(groups.get(attributes.ItemGroupOID ?? ""), "ItemRef"),
    );
    for (const { attributes } of references) {
      const definition = definitions.get(attributes.ItemOID ?? "");
      const variable = definition?.attributes["redcap:Variable"] ?? attributes.ItemOID ?? "";
      if (seen.has(variable) || variable === `${name}_complete`) continue;
      seen.add(variable);
      if (definition?.attributes["redcap:FieldType"] === undefined)
        notes.push(`${variable} is REDCap's own and not a field of the study.`);
      else fields.push(fieldOf(variable, name, definition, lists));
    }
  }
  const repeats = repeatsIn(global);
  const project: RedcapProject = {
    study: {
      id: source.attributes.OID ?? "redcap",
      name: said("StudyName"),
      description: said("StudyDescription"),
      protocol: said("ProtocolName"),
    },
    version: { id: version?.attributes.OID ?? "redcap", name: version?.attributes.Name ?? "" },
    formTitles: Object.fromEntries(
      childrenNamed(version, "FormDef").map((form) => [formNameOf(form), form.attributes.Name ?? ""]),
    ),
    arms: armsIn(version),
    events: childrenNamed(version, "StudyEventDef").map((node) => eventOf(node, repeats.events)),
    repeating: repeats.forms,
  };
  const settings =
    global?.children.filter(
      ({ name, text, children }) => name.startsWith("redcap:") && (text.trim() !== "" || children.length > 0),
    ) ?? [];
  const study = redcapStudy(fields, project);
  if (settings.length > 0)
    notes.push(
      `${settings.length} settings of the project (roles, reports, surveys …) are not part of a build and were left out.`,
    );
  return { ...study, notes: [...notes, ...study.notes] };
}

const formNameOf = ({ attributes }: XmlElement): string =>
  attributes["redcap:FormName"] ?? (attributes.OID ?? "").replace(/^Form\./, "");

/** FormDef/@Repeating always says No; what repeats stands here. */
function repeatsIn(global: XmlElement | undefined): { readonly forms: string[]; readonly events: string[] } {
  const both = childNamed(global, "redcap:RepeatingInstrumentsAndEvents");
  const instruments = childrenNamed(childNamed(both, "redcap:RepeatingInstruments"), "redcap:RepeatingInstrument");
  const events = childrenNamed(childNamed(both, "redcap:RepeatingEvents"), "redcap:RepeatingEvent");
  return {
    forms: [...new Set(instruments.map(({ attributes }) => attributes["redcap:RepeatInstrument"] ?? ""))],
    events: events.map(({ attributes }) => attributes["redcap:UniqueEventName"] ?? ""),
  };
}

const types: Readonly<Record<string, string>> = { select: "dropdown", textarea: "notes" };
const validations: Readonly<Record<string, string>> = { int: "integer", float: "number" };

function fieldOf(
  name: string,
  form: string,
  definition: XmlElement,
  lists: ReadonlyMap<string, XmlElement>,
): RedcapField {
  const own = (attribute: string) => (definition.attributes[`redcap:${attribute}`] ?? "").trim();
  const type = types[own("FieldType")] ?? own("FieldType");
  const list = lists.get(childNamed(definition, "CodeListRef")?.attributes.CodeListOID ?? "");
  const limit = (comparator: string) => {
    const check = childrenNamed(definition, "RangeCheck").find(
      ({ attributes }) => attributes.Comparator === comparator,
    );
    return childNamed(check, "CheckValue")?.text.trim() ?? "";
  };
  const question = childNamed(definition, "Question");
  return {
    name,
    form,
    section: own("SectionHeader"),
    type,
    label:
      (childNamed(question, "redcap:FormattedTranslatedText") ?? childNamed(question, "TranslatedText"))?.text.trim() ??
      "",
    choices:
      own("Calculation") ||
      own("SliderLabels") ||
      (type === "radio" || type === "dropdown" || type === "checkbox" ? choicesOf(list) : ""),
    note: own("FieldNote"),
    validation: validations[own("TextValidationType")] ?? own("TextValidationType"),
    min: limit("GE"),
    max: limit("LE"),
    identifier: own("Identifier"),
    branching: own("BranchingLogic"),
    required: own("RequiredField"),
    alignment: own("CustomAlignment"),
    questionNumber: own("QuestionNumber"),
    matrix: own("MatrixGroupName"),
    ranking: own("MatrixRanking"),
    annotation: own("FieldAnnotation"),
  };
}

function choicesOf(list: XmlElement | undefined): string {
  const boxes = list?.attributes["redcap:CheckboxChoices"];
  if (boxes !== undefined) return boxes;
  return childrenNamed(list, "CodeListItem")
    .map(
      (option) =>
        `${option.attributes.CodedValue ?? ""}, ${childNamed(childNamed(option, "Decode"), "TranslatedText")?.text.trim() ?? ""}`,
    )
    .join(" | ");
}

function armsIn(version: XmlElement | undefined): RedcapProject["arms"] {
  const arms = new Map(
    childrenNamed(version, "StudyEventDef").map(({ attributes }) => [
      attributes["redcap:ArmNum"] ?? "1",
      attributes["redcap:ArmName"] ?? "",
    ]),
  );
  return [...arms].map(([number, name]) => ({ id: `arm_${number}`, name: wordsOf(name) }));
}

function eventOf(node: XmlElement, repeating: readonly string[]): StudyEvent {
  const own = (attribute: string) => node.attributes[`redcap:${attribute}`] ?? "";
  const id = own("UniqueEventName") || (node.attributes.OID ?? "");
  const days = (attribute: string) => `P${/^\d+$/.test(own(attribute)) ? Number(own(attribute)) : 0}D`;
  return {
    id,
    name: own("EventName") || (node.attributes.Name ?? id),
    label: {},
    type: "scheduled",
    repeating: repeating.includes(id),
    arms: own("ArmNum") === "" ? [] : [`arm_${own("ArmNum")}`],
    window:
      own("DayOffset") === ""
        ? null
        : { anchor: null, target: days("DayOffset"), before: days("OffsetMin"), after: days("OffsetMax") },
    forms: childrenNamed(node, "FormRef").map(({ attributes }) => ({
      form: attributes["redcap:FormName"] ?? (attributes.FormOID ?? "").replace(/^Form\./, ""),
      required: false,
    })),
    extras: own("CustomEventLabel") === "" ? {} : { "redcap:CustomEventLabel": own("CustomEventLabel") },
  };
}

/** A value of the project file as a cell of a data export: the same column name, event and instance. */
export function cellOf({ place, item, raw }: OdmValue): {
  readonly place: OdmPlace;
  readonly column: string;
  readonly raw: string;
} {
  const event = place.event === "" ? onlyEvent : place.event.replace(/^Event\./, "");
  return { place: { ...place, event, form: place.form.replace(/^Form\./, "") }, column: item, raw: raw ?? "" };
}
