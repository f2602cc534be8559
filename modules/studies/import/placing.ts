/** Values of a file in the places of a build. What fits nowhere is named and kept aside, with its text. */
import type { Form } from "../model/build.ts";
import { type Plan, sectionsOf } from "../model/plan.ts";
import { placeOf } from "../model/scope.ts";
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
  const asked = form ? placeOf(plan, form, value.item) : null;
  const found = asked?.item.id === value.item && asked.section.id === innermost;
  const repeating = form ? repeatingSections(form) : none;
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

const none: ReadonlySet<string> = new Set();
const known = new WeakMap<Form, ReadonlySet<string>>();

/** Found once for a form and not for each of a million values. */
function repeatingSections(form: Form): ReadonlySet<string> {
  const found =
    known.get(form) ??
    new Set(sectionsOf(form).flatMap(({ section }) => (section.repeats === "no" ? [] : [section.id])));
  known.set(form, found);
  return found;
}
