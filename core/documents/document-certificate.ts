/** An institution's certificate, made with its first document and kept from then on. */
import type { Trail } from "@core/audit/trail";
import type { Lease } from "@core/tenancy/lease";
import { documentCertificate, documentKey } from "@core/vault/document-seal";
import type { Seal } from "./pdf-seal";

export async function sealOf(
  secret: string,
  tenant: { readonly id: string; readonly name: string },
  lease: Lease,
  trail: Trail,
  now: Date,
): Promise<Seal> {
  const key = documentKey(secret, tenant.id);
  const [row] = await lease.rows("select certificate from core.document_certificates");
  if (row) return { key, certificate: new Uint8Array(row[0] as Uint8Array) };
  const certificate = documentCertificate(key, tenant.name, new Date(now.getTime() - 60_000));
  // A GET may not write by itself; of two first documents at once, either's certificate is kept: they hold the same key.
  trail.alongside((closing) =>
    closing.rows("insert into core.document_certificates (certificate) values ($1::bytea) on conflict do nothing", [
      certificate,
    ]),
  );
  return { key, certificate };
}
