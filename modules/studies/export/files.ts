/** Files and signatures of the exported answers, in one archive: a list of them, and each under the name its answer gives. */

import type { Content } from "@core/documents/content.ts";
import type { RowTally } from "@core/documents/download.ts";
import { type Context, Locked } from "@core/module.ts";
import { namesOf, wholeFile } from "../capture/attaching.ts";
import { endings, isKept, type Reference, readReference } from "../capture/attachment.ts";
import type { Plan } from "../model/plan.ts";
import type { Studies } from "../names.ts";
import { attachmentsById } from "../store/attachments.ts";
import { type ExportedRow, type ExportFilter, exportedValues } from "../store/export.ts";
import { type Column, ENCRYPTED } from "./tables.ts";

interface Listed {
  readonly row: ExportedRow;
  readonly reference: Reference | null;
}

const columns: readonly Column[] = [
  ...["participant", "site", "visit", "visit_no", "form", "form_no", "section", "row", "item", "file", "name"].map(
    (title) => ({ title, kind: "text" as const }),
  ),
  { title: "bytes", kind: "number" },
  { title: "sha256", kind: "text" },
];

const AT_ONCE = 200;

export async function* fileParts(
  ctx: Context<Studies>,
  plan: Plan,
  filter: ExportFilter,
  tally: RowTally,
): AsyncGenerator<{ readonly name: string; readonly content: Content }> {
  const kept = new Set(plan.build.items.filter(isKept).map(({ id }) => id));
  const listed: Listed[] = [];
  for await (const row of ctx.db.stream(exportedValues(filter), {})) {
    if (!kept.has(row.item) || (row.raw === null && !row.isSealed)) continue;
    tally.add(row.id);
    listed.push({ row, reference: readReference(row.raw) });
  }
  yield { name: "files.csv", content: { kind: "csv", table: { columns, rows: lines(ctx, listed) } } };
  for (const { row, reference } of listed) {
    if (!reference) continue;
    const { bytes } = await wholeFile(ctx, reference.id, row.subjectId);
    const type = endings[reference.ending] === "application/pdf" ? ("pdf" as const) : ("file" as const);
    yield { name: pathOf(row, reference), content: { kind: "kept", type, body: [bytes] } };
  }
}

const pathOf = ({ subject }: ExportedRow, { id, ending }: Reference): string =>
  `files/${subject.replace(/[^A-Za-z0-9._-]+/g, "_")}/${id}.${ending}`;

/** Encrypted ones are named as such, and stay here. */
async function* lines(ctx: Context<Studies>, listed: readonly Listed[]) {
  for (let at = 0; at < listed.length; at += AT_ONCE) {
    const part = listed.slice(at, at + AT_ONCE);
    const ids = JSON.stringify(part.flatMap(({ reference }) => reference?.id ?? []));
    const rows = await ctx.db.all(attachmentsById, { ids });
    const names = await namesOf(ctx, rows);
    const byId = new Map(rows.map((row, n) => [row.id, { row, name: names[n] }]));
    for (const { row, reference } of part) {
      const found = byId.get(reference?.id ?? "");
      yield [
        row.subject,
        row.site,
        row.event,
        row.eventKey || null,
        row.form,
        row.formKey || null,
        row.section,
        row.sectionKey || null,
        row.item,
        reference ? pathOf(row, reference) : row.isSealed ? ENCRYPTED : row.raw,
        found && !(found.name instanceof Locked) ? (found.name ?? null) : null,
        found?.row.bytes ?? null,
        reference?.sha256 ?? null,
      ] as (string | number | null)[];
    }
  }
}
