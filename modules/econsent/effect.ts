/** Which version is in force: per site, per language, on a day (never "the newest, at once, everywhere"). */
export interface VersionStanding {
  readonly id: string;
  readonly documentId: string;
  readonly number: number;
  readonly language: string;
  readonly isPublished: boolean;
  readonly isRetired: boolean;
  /** From the ethics approval of each site; a null site is every site. */
  readonly effects: readonly { readonly siteId: string | null; readonly from: string }[];
}

/** The day from which this version applies at this site; null: it was not approved there. */
export function effectiveFrom(version: VersionStanding, siteId: string | null): string | null {
  const days = version.effects.filter((one) => one.siteId === null || one.siteId === siteId).map(({ from }) => from);
  return days.sort()[0] ?? null;
}

/** The one a participant of this site reads today: the highest number among those that apply. */
export function inForce<V extends VersionStanding>(
  versions: readonly V[],
  documentId: string,
  siteId: string | null,
  language: string,
  day: string,
): V | null {
  const candidates = versions.filter((version) => {
    if (version.documentId !== documentId || version.language !== language) return false;
    if (!version.isPublished || version.isRetired) return false;
    const from = effectiveFrom(version, siteId);
    return from !== null && from <= day;
  });
  return candidates.sort((a, b) => b.number - a.number)[0] ?? null;
}

export type VersionState = "draft" | "put forward" | "published" | "in force" | "retired";
export function stateOf(version: VersionStanding, isPutForward: boolean, day: string): VersionState {
  if (version.isRetired) return "retired";
  if (!version.isPublished) return isPutForward ? "put forward" : "draft";
  return version.effects.some(({ from }) => from <= day) ? "in force" : "published";
}
