/** Values of a file in the places of a build. What fits nowhere is named and kept aside, with its text. */
import { type Plan, sectionsOf } from "../model/plan.ts";
import type { OdmValue } from "../odm/reader.ts";
import { directSection } from "../odm/study.ts";
import type { StoredValue } from "../odm/writer.ts";

export type Placing =
  | { readonly value: StoredValue; readonly problem: string | null }
  | { readonly value: StoredValue; readonly problem: string; readonly isLost: true };

/**
 * A value of an ODM file. Repeat keys count only where something repeats: several systems write them everywhere.
 * `isLost`: the build has no such item on that form, so the value cannot be stored before somebody maps it.
 */
export function placed(plan: Plan, value: OdmValue): Placing {
  const { place } = value;
  const form = plan.forms.get(place.form);
  const event = plan.events.get(place.event);
  const innermost = place.sections.at(-1)?.id ?? directSection(place.form);
  const found = plan.entries
    .get(place.form)
    ?.find(({ item, section }) => item.id === value.item && section.id === innermost);
  const repeating = new Set(
    form ? sectionsOf(form).flatMap(({ section }) => (section.repeats === "no" ? [] : [section.id])) : [],
  );
  const keys = place.sections.flatMap(({ id, key }) => (repeating.has(id) ? [key ?? "1"] : []));
  const stored: StoredValue = {
    subject: place.subject,
    event: place.event,
    eventKey: event?.repeating ? (place.eventKey ?? "1") : null,
    form: place.form,
    formKey: form?.repeating ? (place.formKey ?? "1") : null,
    section: innermost,
    sectionKey: keys.length > 0 ? keys.join("/") : null,
    item: value.item,
    raw: value.raw,
    nullFlavour: value.nullFlavour,
    unit: value.unit,
  };
  if (!found)
    return {
      value: stored,
      problem: `${place.form || "The file"} has no item ${value.item} in section ${innermost}.`,
      isLost: true,
    };
  if (!event)
    return {
      value: stored,
      problem: place.event === "" ? "The file names no event." : `There is no event ${place.event}.`,
      isLost: true,
    };
  const isPlanned = event.forms.some((one) => one.form === place.form);
  return {
    value: stored,
    problem: isPlanned ? null : `Event ${place.event} does not plan form ${place.form}; it was taken as unplanned.`,
  };
}
