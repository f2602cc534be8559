/** What a signature is bound to: every answer of a form in a fixed order, and under which version it was asked (21 CFR 11.70). */
import { digestOf } from "../design/canonical.ts";
import type { SheetRow, ValueRow } from "../store/sheets.ts";

export function contentDigest(
  sheet: Pick<SheetRow, "id" | "subjectId" | "event" | "eventKey" | "form" | "formKey">,
  values: readonly Pick<
    ValueRow,
    "id" | "section" | "sectionKey" | "item" | "raw" | "nullFlavour" | "unit" | "version" | "sealed"
  >[],
): Uint8Array {
  const answers = values
    .map((value) => [
      value.section,
      value.sectionKey,
      value.item,
      // Of a sealed answer the version stands for the text: nobody needs to open it to sign or to check.
      value.sealed === null ? [value.raw, value.nullFlavour, value.unit] : ["sealed", value.id, value.version],
    ])
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const { id, subjectId, event, eventKey, form, formKey } = sheet;
  return digestOf({ id, subjectId, event, eventKey, form, formKey, answers });
}
