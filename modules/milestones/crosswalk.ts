/** How one version of a framework corresponds to the next: what stays, what was split or merged, what is gone, what is new. */
export interface CrosswalkItem {
  readonly id: string;
  readonly code: string;
  readonly title: string;
}
export type Correspondence = "same" | "renumbered" | "split" | "merged" | "gone" | "new";
export interface CrosswalkLine {
  readonly kind: Correspondence;
  readonly old: CrosswalkItem | null;
  readonly newer: readonly CrosswalkItem[];
}

/** `pairs` are rows of the crosswalk; where there is none for a code, the same code in both versions is taken to be the same only when its title is. */
export function crosswalk(
  old: readonly CrosswalkItem[],
  newer: readonly CrosswalkItem[],
  pairs: readonly { readonly oldId: string; readonly newId: string }[],
): { readonly lines: readonly CrosswalkLine[]; readonly carried: ReadonlyMap<string, string> } {
  const known = new Map(newer.map((item) => [item.id, item]));
  const to = Map.groupBy(
    pairs.filter(({ newId }) => known.has(newId)),
    ({ oldId }) => oldId,
  );
  const targets = new Map<string, CrosswalkItem[]>();
  for (const item of old) {
    const given = (to.get(item.id) ?? []).flatMap(({ newId }) => known.get(newId) ?? []);
    const alike = newer.find(
      ({ code, title }) => code === item.code && title.toLowerCase() === item.title.toLowerCase(),
    );
    targets.set(item.id, given.length > 0 ? given : alike ? [alike] : []);
  }
  const sources = new Map<string, number>();
  for (const list of targets.values()) for (const { id } of list) sources.set(id, (sources.get(id) ?? 0) + 1);
  const carried = new Map<string, string>();
  const lines: CrosswalkLine[] = old.map((item) => {
    const list = targets.get(item.id) ?? [];
    const [only] = list;
    if (!only) return { kind: "gone", old: item, newer: [] };
    if (list.length > 1) return { kind: "split", old: item, newer: list };
    if ((sources.get(only.id) ?? 0) > 1) return { kind: "merged", old: item, newer: list };
    carried.set(item.id, only.id);
    return { kind: only.code === item.code ? "same" : "renumbered", old: item, newer: list };
  });
  const added = newer.filter(({ id }) => !sources.has(id));
  return { lines: [...lines, ...added.map((item) => ({ kind: "new" as const, old: null, newer: [item] }))], carried };
}

export const correspondenceInWords: Readonly<Record<Correspondence, string>> = {
  same: "The same",
  renumbered: "Another code; levels are carried over",
  split: "Split; earlier levels stay under the old version",
  merged: "Merged with others; earlier levels stay under the old version",
  gone: "No longer there",
  new: "New",
};
