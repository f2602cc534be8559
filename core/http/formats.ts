/** Formats that schemas may name. TypeBox knows none by itself, and treats an unknown one as a mistake. */
import { FormatRegistry } from "@sinclair/typebox";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const EMAIL = /^[^\s@"<>(),;:\\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/** A date that exists, as YYYY-MM-DD. */
export function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!parts) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && Number(parts[1]) >= 1900;
}

export const isEmail = (text: string): boolean => text.length <= 254 && EMAIL.test(text);
export const isUuid = (text: string): boolean => UUID.test(text);

FormatRegistry.Set("uuid", isUuid);
FormatRegistry.Set("date", isDate);
FormatRegistry.Set("email", isEmail);
