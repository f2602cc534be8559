/**
 * The seal on a printed document: a PAdES signature of the institution (ETSI EN 319 142-1, B-B) over every byte of it. It
 * says that the file is as it left the house; who took it out stands in its watermark, who signed a record in its text.
 */
import type { DocumentKey } from "@core/vault/document-seal";
import { sentenceOf, type Watermark } from "./watermark";

export interface Seal {
  readonly key: DocumentKey;
  readonly certificate: Uint8Array;
}

/** Room for the signature: certificate, attributes and an ECDSA signature take less than half of it. */
const ROOM = 4_096;

/** The same document with the signature behind it: nothing that was there is changed. */
export async function sealPdf(document: Uint8Array, seal: Seal, watermark: Watermark): Promise<Uint8Array> {
  const { PDF } = await import("@libpdf/core");
  const pdf = await PDF.load(document);
  const { bytes, warnings } = await pdf.sign({
    level: "B-B",
    fieldName: "Seal",
    reason: sentenceOf(watermark),
    location: watermark.institution,
    signingTime: watermark.at,
    estimatedSize: ROOM,
    signer: {
      certificate: seal.certificate,
      keyType: "EC",
      signatureAlgorithm: "ECDSA",
      sign: async (data) => seal.key.sign(data),
    },
  });
  const [warning] = warnings;
  if (warning) throw new Error(`the document could not be sealed: ${warning.code}`);
  return bytes;
}
