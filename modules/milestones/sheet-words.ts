/** What members wrote on their sheets, opened together: the note, and each warning with its answer. */
import { type Context, Locked } from "@core/module.ts";
import type { Milestones } from "./names.ts";
import type { SheetRow } from "./store/committee.ts";
import { type WarningReasons, warningInWords } from "./warnings.ts";

export interface SheetWords {
  readonly note: string;
  readonly warnings: readonly string[];
}

export async function wordsOn(
  ctx: Context<Milestones>,
  sheets: readonly SheetRow[],
  why: string,
): Promise<(sheetId: string) => SheetWords> {
  const at = ({ id, subjectId }: SheetRow) => ({ row: id, subject: subjectId });
  const noted = sheets.flatMap((sheet) => (sheet.note ? [{ sheet, value: sheet.note, at: at(sheet) }] : []));
  const answered = sheets.flatMap((sheet) => (sheet.reasons ? [{ sheet, value: sheet.reasons, at: at(sheet) }] : []));
  const [notes, reasons] = [await ctx.openMany(noted, why), await ctx.openMany(answered, why)];
  const noteOf = new Map(noted.map(({ sheet }, i) => [sheet.id, readable(notes[i])]));
  const reasonsOf = new Map(answered.map(({ sheet }, i) => [sheet.id, reasons[i]]));
  const words = new Map(
    sheets.map((sheet) => {
      const given = reasonsOf.get(sheet.id);
      const reasonsGiven: WarningReasons = !given || given instanceof Locked ? {} : given;
      return [
        sheet.id,
        {
          note: noteOf.get(sheet.id) ?? "",
          warnings: sheet.warnings.map((warning) => warningInWords(warning, reasonsGiven)),
        },
      ];
    }),
  );
  return (sheetId) => words.get(sheetId) ?? { note: "", warnings: [] };
}

const readable = (text: string | Locked | undefined): string => (text instanceof Locked ? text.sentence : (text ?? ""));
