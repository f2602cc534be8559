/** What stands beside a casebook's forms: queries, signatures, and what may be done with the whole. */
import type { Context } from "@core/module.ts";
import type { Child } from "@views/html.ts";
import type { Studies } from "../names.ts";
import type { ParticipantRow } from "../store/participants.ts";
import { openBySheet } from "../store/queries.ts";
import type { SheetRow } from "../store/sheets.ts";

export interface CasebookMarks {
  signed(sheet: SheetRow): string | null;
  queries(sheetId: string): number;
  readonly acts: Child;
  readonly aside: Child;
}

export async function casebookMarks(
  ctx: Context<Studies>,
  participant: ParticipantRow,
  _sheets: readonly SheetRow[],
): Promise<CasebookMarks> {
  const asked = ctx.may("studies.queries.read")
    ? await ctx.db.all(openBySheet, { subjectId: participant.subjectId })
    : [];
  const counts = new Map(asked.map((row) => [row.sheetId, row.count]));
  return {
    signed: () => null,
    queries: (sheetId) => counts.get(sheetId) ?? 0,
    acts: null,
    aside: null,
  };
}
