/** What an archival file holds, in the order it is written: few values at a time, each with all that it was. */
import type { RowTally } from "@core/documents/download.ts";
import type { Context } from "@core/module.ts";
import type { NullFlavour } from "../model/build.ts";
import type { Studies } from "../names.ts";
import type { Archive, ArchivedValue } from "../odm/archive.ts";
import {
  type AuditedRow,
  auditedValues,
  type ExportFilter,
  earlierOfValues,
  earlierWriters,
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
  archive: Archive,
  tally: RowTally,
): AsyncGenerator<ArchivedValue> {
  let batch: AuditedRow[] = [];
  for await (const row of ctx.db.stream(auditedValues(filter), {})) {
    tally.add(row.id);
    batch.push(row);
    if (batch.length < AT_ONCE) continue;
    yield* withHistory(ctx, filter, archive, batch);
    batch = [];
  }
  yield* withHistory(ctx, filter, archive, batch);
}

/** Earlier versions are fetched of what was changed, signatures where there are any: of most values neither. */
async function* withHistory(
  ctx: Context<Studies>,
  { asOf }: ExportFilter,
  { meanings }: Archive,
  rows: readonly AuditedRow[],
): AsyncGenerator<ArchivedValue> {
  const ids = rows.filter(({ version }) => version > 1).map(({ id }) => id);
  const earlier = ids.length > 0 ? await ctx.db.all(earlierOfValues, { ids: JSON.stringify(ids) }) : [];
  const byValue = Map.groupBy(
    earlier.sort((one, other) => one.version - other.version),
    ({ valueId }) => valueId,
  );
  const until = asOf?.toISOString();
  const sheetIds = JSON.stringify([...new Set(rows.map(({ sheetId }) => sheetId))]);
  const signed = meanings.length > 0 && rows.length > 0 ? await ctx.db.all(signaturesOfSheets, { ids: sheetIds }) : [];
  const bySheet = Map.groupBy(
    signed.filter(({ at }) => until === undefined || at <= until),
    ({ sheetId }) => sheetId,
  );
  for (const row of rows) {
    const signatures = (bySheet.get(row.sheetId) ?? []).map(({ by, ...rest }) => ({ ...rest, user: by }));
    const before = (byValue.get(row.id) ?? []).filter(({ version }) => version < row.version);
    for (const [at, version] of [...before, row].entries()) {
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
