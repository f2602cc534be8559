/**
 * What a signature is bound to: the content of a record in one way of writing it, whatever the order of its keys, and a
 * keyed digest of that. The digest tells nothing about the content to whoever has the database alone, and stands in the
 * record's seals with everything else.
 */
import type { Signable } from "../module.ts";
import { hkdf, hmac } from "../vault/primitives.ts";

/** Keys in order, dates as moments in UTC, whole numbers of any size; undefined is nothing. */
export function canonical(value: Signable | undefined): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) return `[${value.map((one: Signable) => canonical(one)).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value as Readonly<Record<string, Signable | undefined>>)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error("a number that is none cannot be signed");
  return JSON.stringify(typeof value === "string" ? value.normalize("NFC") : value);
}

/** Of this record and no other: the same content elsewhere has another digest (21 CFR 11.70). */
export function digestOf(secret: string, tenantId: string, record: string, row: string, content: Signable): Uint8Array {
  const key = hkdf(Buffer.from(secret, "utf8"), `cairn/signature/${tenantId}`);
  return hmac(key, `cairn-signature/1\n${record}\n${row}\n${canonical(content)}`);
}
