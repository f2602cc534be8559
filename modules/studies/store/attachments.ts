/** Files and drawn signatures of forms. Lists never read the bytes. */
import { query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import type { Ending } from "../capture/attachment.ts";
import { attachments, fieldValues } from "../tables.ts";

export const valueAt = query<{ sheetId: string; section: string; sectionKey: string; item: string }>()((db, $) =>
  db
    .select({ id: fieldValues.id, subjectId: fieldValues.subjectId, blinded: fieldValues.blinded })
    .from(fieldValues)
    .where(
      and(
        eq(fieldValues.sheetId, $.sheetId),
        eq(fieldValues.section, $.section),
        eq(fieldValues.sectionKey, $.sectionKey),
        eq(fieldValues.item, $.item),
      ),
    ),
);

export const addAttachment = query<{
  id: string;
  subjectId: string;
  siteId: string | null;
  sheetId: string;
  valueId: string;
  ending: Ending;
  bytes: number;
  sha256: Uint8Array;
  source: "entry" | "survey";
  blinded: boolean;
  name: Sealed | null;
  content: Sealed<Uint8Array> | null;
  closedName: Sealed | null;
  closedContent: Sealed<Uint8Array> | null;
}>()((db, $) =>
  db
    .insert(attachments)
    .values({
      id: $.id,
      subjectId: $.subjectId,
      siteId: $.siteId,
      sheetId: $.sheetId,
      valueId: $.valueId,
      ending: $.ending as never,
      bytes: $.bytes,
      sha256: $.sha256,
      source: $.source as never,
      blinded: $.blinded,
      name: $.name,
      content: $.content,
      closedName: $.closedName,
      closedContent: $.closedContent,
    })
    .returning({ id: attachments.id, subjectId: attachments.subjectId }),
);

const facts = {
  id: attachments.id,
  subjectId: attachments.subjectId,
  valueId: attachments.valueId,
  ending: attachments.ending,
  bytes: attachments.bytes,
  sha256: attachments.sha256,
  name: attachments.name,
  closedName: attachments.closedName,
};
export const attachmentsOf = query<{ sheetId: string }>()((db, $) =>
  db.select(facts).from(attachments).where(eq(attachments.sheetId, $.sheetId)).orderBy(asc(attachments.madeAt)),
);
export type AttachmentRow = Awaited<ReturnType<typeof attachmentsOf.map>>;

/** `ids`: as JSON. */
export const attachmentsById = query<{ ids: string }>()((db, $) =>
  db
    .select(facts)
    .from(attachments)
    .where(sql`${attachments.id} in (select one::uuid from jsonb_array_elements_text(${$.ids}::jsonb) one)`),
);

const whole = { ...facts, content: attachments.content, closedContent: attachments.closedContent };
export const attachmentWhole = query<{ id: string; subjectId: string }>()((db, $) =>
  db
    .select(whole)
    .from(attachments)
    .where(and(eq(attachments.id, $.id), eq(attachments.subjectId, $.subjectId))),
);
/** Small pictures of one form, to be shown beside their fields. */
export const picturesOf = query<{ sheetId: string; largest: number }>()((db, $) =>
  db
    .select({
      id: attachments.id,
      subjectId: attachments.subjectId,
      content: attachments.content,
      closedContent: attachments.closedContent,
    })
    .from(attachments)
    .where(
      and(
        eq(attachments.sheetId, $.sheetId),
        sql`${attachments.bytes} <= ${$.largest}::int`,
        inArray(attachments.ending, ["png", "jpg", "gif", "webp"]),
      ),
    ),
);
