/** Which version a site works with on a day. */
import type { PlacementRow } from "../store/design.ts";

export const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/**
 * The newest placement that has begun, of the site itself or of all sites: an amendment that one ethics committee has
 * approved earlier is in force there earlier. `placements` in the order of their days.
 */
export function inForceAt(
  placements: readonly PlacementRow[],
  siteId: string | null,
  day: string,
): PlacementRow | null {
  return placements.findLast((row) => row.fromOn <= day && (row.siteId === null || row.siteId === siteId)) ?? null;
}
