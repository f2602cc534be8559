/** What an archival file holds, in the order it is written: few values at a time, each with all that it was. */
import type { RowTally } from "@core/documents/download.ts";
import type { Context } from "@core/module.ts";
import type { NullFlavour } from "../model/build.ts";
import type { Studies } from "../names.ts";
import type { Archive, ArchivedValue } from "../odm/archive.ts";
import {
  auditOfValues,
  type ExportedRow,
  type ExportFilter,
  earlierOfValues,
  earlierWriters,
  exportedValues,
  signaturesOfSheets,
  signers,
  writers,
} from "../store/export.ts";
import { allSites } from "../store/sites.ts";
import { ENCRYPTED } from "./tables.ts";

const AT_ONCE = 1_000;

/** The head of the file: everyone who wrote or signed, wherever it was. */
export async function archiveOf(ctx: Context<Studies>): Promise<Archive> {
  const wrote = [...(await ctx.db.all(writers, {})), ...(await ctx.db.all(earlierWriters, {}))];
  const signed = ctx.may("studies.signatures.read") ? await ctx.db.all(signers, {}) : [];
  const ids = [...new Set([...wrote, ...signed].flatMap(({ by }) => by ?? []))].sort();
  const names = await ctx.people(ids);
  const printed = new Map(signed.map(({ by, name }) => [by, name]));
  const sites = await ctx.db.all(allSites, {});
  return {
    users: ids.map((id) => ({ id, name: names.get(id) ?? printed.get(id) ?? "Someone who has left" })),
    locations: sites.map(({ code, name }) => ({ id: code, name })),
    meanings: [...new Set(signed.map(({ meaning }) => meaning))].sort(),
    on: ctx.now.toISOString().slice(0, 10),
  };
}

export async function* archivedValues(
  ctx: Context<Studies>,
  filter: ExportFilter,
  tally: RowTally,
): AsyncGenerator<ArchivedValue> {
  let batch: ExportedRow[] = [];
  for await (const row of ctx.db.stream(exportedValues(filter), {})) {
    tally.add(row.id);
    batch.push(row);
    if (batch.length < AT_ONCE) continue;
    yield* withHistory(ctx, filter, batch);
    batch = [];
  }
  yield* withHistory(ctx, filter, batch);
}

async function* withHistory(
  ctx: Context<Studies>,
  { asOf }: ExportFilter,
  rows: readonly ExportedRow[],
): AsyncGenerator<ArchivedValue> {
  if (rows.length === 0) return;
  const ids = JSON.stringify(rows.map(({ id }) => id));
  const until = asOf?.toISOString();
  const versions = [...(await ctx.db.all(earlierOfValues, { ids })), ...(await ctx.db.all(auditOfValues, { ids }))];
  const byValue = Map.groupBy(
    versions.filter(({ at }) => until === undefined || at <= until).sort((one, other) => one.version - other.version),
    ({ valueId }) => valueId,
  );
  const sheetIds = JSON.stringify([...new Set(rows.map(({ sheetId }) => sheetId))]);
  const signed = ctx.may("studies.signatures.read") ? await ctx.db.all(signaturesOfSheets, { ids: sheetIds }) : [];
  const bySheet = Map.groupBy(
    signed.filter(({ at }) => until === undefined || at <= until),
    ({ sheetId }) => sheetId,
  );
  for (const row of rows) {
    const signatures = (bySheet.get(row.sheetId) ?? []).map(({ by, ...rest }) => ({ ...rest, user: by }));
    for (const [at, version] of (byValue.get(row.id) ?? []).entries()) {
      yield {
        subject: row.subject,
        event: row.event,
        eventKey: row.eventKey || null,
        form: row.form,
        formKey: row.formKey || null,
        section: row.section,
        sectionKey: row.sectionKey || null,
        item: row.item,
        raw: version.isSealed ? ENCRYPTED : version.raw,
        nullFlavour: version.nullFlavour as NullFlavour | null,
        unit: version.unit,
        transaction: at === 0 ? "Insert" : "Update",
        user: version.by,
        location: row.site,
        at: version.at,
        reason: version.reason,
        source: version.source,
        signatures,
      };
    }
  }
}
