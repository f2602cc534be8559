/** Recordings and papers beside a text: the file's row, and its sealed pieces. */
import { dynamic, query } from "@core/db/query.ts";
import type { Sealed } from "@core/vault/sealed.ts";
import { and, asc, between, eq } from "drizzle-orm";
import type { MediumType } from "../medium.ts";
import { media, mediaPieces } from "../tables.ts";

export const addMedium = query<{
  id: string;
  documentId: string;
  type: MediumType;
  bytes: number;
  sha256: Uint8Array;
}>()((db, $) =>
  db
    .insert(media)
    .values({ id: $.id, documentId: $.documentId, type: $.type, bytes: $.bytes, sha256: $.sha256 })
    .returning({ id: media.id }),
);

export const addPieces = (
  pieces: readonly { id: string; mediumId: string; ordinal: number; piece: Sealed<Uint8Array> }[],
) =>
  dynamic((db) =>
    db
      .insert(mediaPieces)
      .values([...pieces])
      .returning({ id: mediaPieces.id }),
  );

export const mediumById = query<{ id: string }>()((db, $) =>
  db.select({ id: media.id, type: media.type, bytes: media.bytes }).from(media).where(eq(media.id, $.id)),
);

export const piecesOf = query<{ mediumId: string; first: number; last: number }>()((db, $) =>
  db
    .select({ id: mediaPieces.id, ordinal: mediaPieces.ordinal, piece: mediaPieces.piece })
    .from(mediaPieces)
    .where(and(eq(mediaPieces.mediumId, $.mediumId), between(mediaPieces.ordinal, $.first, $.last)))
    .orderBy(asc(mediaPieces.ordinal)),
);
