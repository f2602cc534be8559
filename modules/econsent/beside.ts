/** Files beside a text: kept in sealed pieces, played from some of them, given away whole. */
import { Playable } from "@core/documents/playable.ts";
import { type Context, Locked } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { hex } from "./document.ts";
import { type Medium, type MediumFile, PIECE, typeOfMedium } from "./medium.ts";
import type { Econsent } from "./names.ts";
import { addMedium, addPieces, mediumById, piecesOf } from "./store/media.ts";
import { mediaPieces } from "./tables.ts";

/** As many pieces as one statement takes along. */
const TOGETHER = 8;

export async function keepFile(ctx: Context<Econsent>, documentId: string, bytes: Uint8Array): Promise<MediumFile> {
  const type = typeOfMedium(bytes);
  if (!type) throw new Error("a file is judged before it is kept");
  const id = Bun.randomUUIDv7();
  const digest = sha256(bytes);
  await ctx.db.one(addMedium, { id, documentId, type, bytes: bytes.byteLength, sha256: digest });
  for (let first = 0; first * PIECE < bytes.byteLength; first += TOGETHER) {
    const pieces = [];
    for (let ordinal = first; ordinal < first + TOGETHER && ordinal * PIECE < bytes.byteLength; ordinal++) {
      const row = Bun.randomUUIDv7();
      const part = bytes.slice(ordinal * PIECE, (ordinal + 1) * PIECE);
      pieces.push({ id: row, mediumId: id, ordinal, piece: await ctx.seal(mediaPieces.piece, part, { row }) });
    }
    await ctx.db.all(addPieces(pieces), {});
  }
  return { id, type, bytes: bytes.byteLength, sha256: hex(digest) };
}

async function readPart(ctx: Context<Econsent>, id: string, from: number, to: number): Promise<Uint8Array> {
  const first = Math.floor(from / PIECE);
  const rows = await ctx.db.all(piecesOf, { mediumId: id, first, last: Math.floor(to / PIECE) });
  const opened = await ctx.openMany(
    rows.map((row) => ({ value: row.piece, at: { row: row.id } })),
    "to play or give what stands beside a document",
  );
  const pieces = opened.map((piece) => {
    if (piece instanceof Locked) throw new Problem("locked", piece.sentence);
    return piece;
  });
  return new Uint8Array(Buffer.concat(pieces).subarray(from - first * PIECE, to + 1 - first * PIECE));
}

export async function playFile(ctx: Context<Econsent>, { file }: Medium): Promise<Playable> {
  const { id, type, bytes } = await ctx.db.one(mediumById, { id: file.id });
  if (type === "application/pdf") throw Problem.notFound();
  return new Playable(type, bytes, (from, to) => readPart(ctx, id, from, to));
}

export function playCaptions({ captions }: Medium): Playable {
  if (!captions) throw Problem.notFound();
  const bytes = new TextEncoder().encode(captions);
  return new Playable("text/vtt; charset=utf-8", bytes.byteLength, async (from, to) => bytes.slice(from, to + 1));
}

export async function giveFile(ctx: Context<Econsent>, { file, title }: Medium) {
  const { id, type, bytes } = await ctx.db.one(mediumById, { id: file.id });
  if (type !== "application/pdf") throw Problem.notFound();
  const body = [await readPart(ctx, id, 0, bytes - 1)];
  return ctx.file("econsent.beside", `${title}.pdf`, { kind: "kept", type: "pdf", body }, [id]);
}
