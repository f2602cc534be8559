/** Keeping a file or a signature as the answer of a field, showing it beside the field, and giving it back. */
import { type Context, Locked, type SealedAt } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { hexOf } from "../design/canonical.ts";
import { blinded } from "../model/marks.ts";
import type { Studies } from "../names.ts";
import {
  type AttachmentRow,
  addAttachment,
  attachmentsOf,
  attachmentWhole,
  picturesOf,
  valueAt,
} from "../store/attachments.ts";
import { attachments } from "../tables.ts";
import { endings, type Given, referenceText, SHOWN, sizeInWords } from "./attachment.ts";
import type { FieldPlace } from "./fields.ts";
import type { OpenSheet } from "./opening.ts";
import { type Saved, save } from "./saving.ts";

export interface Keeping {
  /** Null: what is there is taken away. */
  readonly given: Given | null;
  /** The version that the page showed. */
  readonly base: string;
  readonly reason: string;
  readonly source: "entry" | "survey";
}

/** Saved like any other answer, and the bytes beside it in the same transaction. */
export async function attach(
  ctx: Context<Studies>,
  open: OpenSheet,
  field: FieldPlace,
  keeping: Keeping,
): Promise<void> {
  const { given, base, reason, source } = keeping;
  const id = Bun.randomUUIDv7();
  const digest = given ? sha256(given.bytes) : new Uint8Array(32);
  const raw = given ? referenceText({ id, ending: given.ending, sha256: hexOf(digest) }) : null;
  const saved = await save(
    ctx,
    open,
    { values: {}, nulls: {}, units: {}, grids: {}, bases: { [field.id]: base }, files: { [field.id]: raw } },
    {
      complete: open.sheet?.state === "complete",
      reason,
      accepted: {},
      source,
      // On a form that is being filled in, what else is missing there does not keep a file from being kept.
      quick: open.sheet?.state !== "complete",
    },
  );
  requireKept(saved, field, raw);
  if (!given || !saved.sheetId) return;
  const { section, item } = field.place;
  const value = await ctx.db.one(valueAt, {
    sheetId: saved.sheetId,
    section: section.id,
    sectionKey: field.key,
    item: item.id,
  });
  const { subjectId, siteId } = open.place;
  const at = { row: id, subject: subjectId };
  const isClosed = item.fieldClass === "encrypted";
  await ctx.db.one(addAttachment, {
    id,
    subjectId,
    siteId,
    sheetId: saved.sheetId,
    valueId: value.id,
    ending: given.ending,
    bytes: given.bytes.byteLength,
    sha256: digest,
    source,
    blinded: blinded.on(item),
    name: isClosed ? null : await ctx.seal(attachments.name, given.name, at),
    content: isClosed ? null : await ctx.seal(attachments.content, given.bytes, at),
    closedName: isClosed ? await ctx.seal(attachments.closedName, given.name, at) : null,
    closedContent: isClosed ? await ctx.seal(attachments.closedContent, given.bytes, at) : null,
  } as never);
  ctx.audit("studies.file_kept", {
    subjectId,
    participant: open.place.code,
    form: open.place.form,
    event: open.place.event,
    what: item.type.is === "signature" ? "a signature" : "a file",
    sha256: hexOf(digest),
  });
}

function requireKept({ judgement }: Saved, field: FieldPlace, raw: string | null): void {
  if (judgement.changes.some((change) => change.field.id === field.id && change.next.raw === raw)) return;
  if (judgement.conflicts.some((one) => one.field.id === field.id))
    throw new Problem("conflict", "Somebody else changed this field meanwhile. Open the form again, and look first.");
  throw Problem.refused("This field takes nothing now: open the form again, and look what it asks.");
}

/** What stands beside a field, for one version of its answer. */
export interface ShownFile {
  readonly name: string;
  readonly detail: string;
  readonly href: string | null;
  /** A small picture, as a data: address. */
  readonly picture: string | null;
}

/** By the file's number: all that this form ever held, as far as the person may open them. */
export async function filesOf(ctx: Context<Studies>, sheetId: string): Promise<ReadonlyMap<string, ShownFile>> {
  const rows = await ctx.db.all(attachmentsOf, { sheetId });
  if (rows.length === 0) return new Map();
  const names = await namesOf(ctx, rows);
  const pictures = await ctx.db.all(picturesOf, { sheetId, largest: SHOWN });
  const shown = await openAll(
    ctx,
    pictures.map((row) => ({ row, value: row.content ?? row.closedContent })),
  );
  const byId = new Map(pictures.map(({ id }, n) => [id, shown[n]]));
  return new Map(
    rows.map((row, n) => {
      const name = names[n];
      const picture = byId.get(row.id);
      return [
        row.id,
        {
          name: typeof name === "string" ? name : "Encrypted file",
          detail: `${sizeInWords(row.bytes)}, SHA-256 ${hexOf(row.sha256).slice(0, 12)}…`,
          href: typeof name === "string" ? ctx.url(`/participants/${row.subjectId}/files/${row.id}`) : null,
          picture:
            picture instanceof Uint8Array
              ? `data:${endings[row.ending]};base64,${Buffer.from(picture).toString("base64")}`
              : null,
        },
      ];
    }),
  );
}

export const namesOf = (ctx: Context<Studies>, rows: readonly AttachmentRow[]): Promise<(string | Locked | null)[]> =>
  openAll(
    ctx,
    rows.map((row) => ({ row, value: row.name ?? row.closedName })),
  );

type Row = Pick<AttachmentRow, "id" | "subjectId">;
async function openAll<T>(
  ctx: Context<Studies>,
  sealed: readonly { readonly row: Row; readonly value: Sealed<T> | null }[],
): Promise<(T | Locked | null)[]> {
  const items = sealed.flatMap(({ row, value }) =>
    value ? [{ value, at: { row: row.id, subject: row.subjectId } satisfies SealedAt }] : [],
  );
  return items.length === 0 ? [] : await ctx.openMany(items, "to show or give a file of a form");
}

/** Its name and bytes. Throws Problem: not found, or locked. */
export async function wholeFile(ctx: Context<Studies>, id: string, subjectId: string) {
  const row = await ctx.db.one(attachmentWhole, { id, subjectId });
  const [name] = await namesOf(ctx, [row]);
  const [bytes] = await openAll(ctx, [{ row, value: row.content ?? row.closedContent }]);
  if (typeof name !== "string" || !(bytes instanceof Uint8Array))
    throw new Problem("locked", name instanceof Locked ? name.sentence : undefined);
  return { row, name, bytes };
}
