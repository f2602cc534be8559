/** Ranges of addresses as an administrator types them: one on a line, "192.0.2.0/24" or "2001:db8::/32", or one address. */
import { isIP } from "node:net";
import type { OwnContext } from "../context.ts";

const MOST = 200;

/** The ranges as they were typed, without empty lines, or a sentence about the first that is none. */
export function readNetworks(text: string): { readonly ranges: readonly string[] } | { readonly wrong: string } {
  const ranges = text
    .split(/[\n,;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (ranges.length > MOST) return { wrong: `There may be ${MOST} ranges at most; these are ${ranges.length}.` };
  for (const range of ranges) {
    const [, address = "", bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(range) ?? [];
    const family = isIP(address);
    if (family === 0 || (bits !== undefined && Number(bits) > (family === 4 ? 32 : 128)))
      return {
        wrong: `"${range.slice(0, 60)}" is no range of addresses. Write one like 192.0.2.0/24 or 2001:db8::/32.`,
      };
    if (bits !== undefined && Number(bits) === 0)
      return { wrong: `"${range}" is everywhere. To allow every network, leave this empty.` };
  }
  return { ranges };
}

export interface Placed {
  /** As PostgreSQL writes them, without what lies behind the mask. */
  readonly networks: readonly string[];
  /** The address of this very request is in one of them, or there is none at all. */
  readonly holdsMe: boolean;
}

/** Decided by the same arithmetic that core.arrive uses. */
export async function placeIn({ lease, incoming }: OwnContext, ranges: readonly string[]): Promise<Placed> {
  if (ranges.length === 0) return { networks: [], holdsMe: true };
  const rows = await lease.rows(
    "select distinct network(n::inet)::text, coalesce($2::inet <<= n::inet, false) from unnest($1::text[]) n order by 1",
    [ranges, incoming.peer],
  );
  return { networks: rows.map(([range]) => range as string), holdsMe: rows.some(([, holds]) => holds === true) };
}
