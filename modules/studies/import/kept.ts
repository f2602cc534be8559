/** A file as it came, packed and sealed for keeping, with its digest. */
import type { Context } from "@core/module.ts";
import type { Studies } from "../names.ts";
import { type ImportRow, keepFile, keptFile, sealFile, unsealedFiles } from "../store/imports.ts";
import { imports } from "../tables.ts";

type Purpose = ImportRow["purpose"];

export const packed = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(Bun.zstdCompressSync(bytes as Uint8Array<ArrayBuffer>));
export const unpacked = (packedBytes: Uint8Array): Uint8Array =>
  new Uint8Array(Bun.zstdDecompressSync(packedBytes as Uint8Array<ArrayBuffer>));

/** Who may open a file of data may not always open a definition, and the other way round. */
const sealedFor = async (ctx: Pick<Context<Studies>, "seal">, purpose: Purpose, row: string, raw: Uint8Array) => ({
  dataFile: purpose === "data" ? await ctx.seal(imports.dataFile, raw, { row }) : null,
  definitionFile: purpose === "definition" ? await ctx.seal(imports.definitionFile, raw, { row }) : null,
});

export async function keep(
  ctx: Context<Studies>,
  file: { readonly purpose: Purpose; readonly filename: string; readonly format: string; readonly bytes: Uint8Array },
): Promise<string> {
  const { purpose, format, bytes } = file;
  const id = Bun.randomUUIDv7();
  const filename = file.filename.slice(0, 300) || purpose;
  const sha256 = new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest());
  const sealed = await sealedFor(ctx, purpose, id, packed(bytes));
  await ctx.db.all(keepFile, { id, purpose, filename, format, sha256, bytes: bytes.byteLength, ...sealed });
  ctx.audit("studies.file_received", { filename, format });
  return id;
}

export async function bytesOf(ctx: Context<Studies>, id: string): Promise<Uint8Array> {
  const { raw, dataFile, definitionFile } = await ctx.db.one(keptFile, { id });
  const sealed = dataFile ?? definitionFile;
  if (sealed) return unpacked(await ctx.open(sealed, { row: id }, "to read a file that was handed in"));
  return unpacked(raw ?? new Uint8Array());
}

/** Files that came in before they were sealed: a few each time, until none is left. */
export async function sealFiles(_: object, ctx: Context<Studies>): Promise<void> {
  for (const { id, purpose, raw } of await ctx.db.all(unsealedFiles, {}))
    if (raw) await ctx.db.one(sealFile, { id, ...(await sealedFor(ctx, purpose, id, raw)) });
}
