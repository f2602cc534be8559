/** What stands beside a casebook's forms: queries, signatures, and what may be done with the whole. */
import type { Context } from "@core/module.ts";
import type { Child } from "@views/html.ts";
import type { Studies } from "../names.ts";
import { signaturesOf } from "../store/cleaning.ts";
import type { ParticipantRow } from "../store/participants.ts";
import { openBySheet } from "../store/queries.ts";
import type { SheetRow } from "../store/sheets.ts";
import { Acts } from "../views/cleaning.tsx";

export interface CasebookMarks {
  signed(sheet: SheetRow): string | null;
  queries(sheetId: string): number;
  readonly acts: Child;
  readonly aside: Child;
}

export async function casebookMarks(ctx: Context<Studies>, participant: ParticipantRow): Promise<CasebookMarks> {
  const { subjectId } = participant;
  const asked = ctx.may("studies.queries.read") ? await ctx.db.all(openBySheet, { subjectId }) : [];
  const counts = new Map(asked.map((row) => [row.sheetId, row.count]));
  const signatures = ctx.may("studies.signatures.read") ? await ctx.db.all(signaturesOf, { subjectId }) : [];
  const links = [
    ...(ctx.may("studies.surveys.send")
      ? [{ href: ctx.url(`/participants/${subjectId}/surveys`), label: "Surveys" }]
      : []),
    ...(ctx.may("studies.sign") ? [{ href: ctx.url(`/participants/${subjectId}/sign`), label: "Sign" }] : []),
    ...(ctx.may("studies.freeze")
      ? [
          {
            href: `${ctx.url("/locks/new")}?${new URLSearchParams({ scope: "subject", subject: subjectId })}`,
            label: "Freeze or lock",
          },
        ]
      : []),
  ];
  return {
    signed: (sheet) => {
      const last = signatures.find((one) => one.sheetId === sheet.id);
      return last ? (last.revision === sheet.revision ? "Signed" : "Changed since signed") : null;
    },
    queries: (sheetId) => counts.get(sheetId) ?? 0,
    acts: Acts({ links }),
    aside: null,
  };
}
