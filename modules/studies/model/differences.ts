/** What changed between two versions of a build, as a reviewer reads it: one line for each thing that is not the same. */
import type { Build } from "./build.ts";

export interface Change {
  readonly kind: "added" | "removed" | "changed" | "moved";
  /** items/weight/checks/high/condition/values */
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

type Thing = Readonly<Record<string, unknown>>;

/** In the order of the newer version; what was removed follows what is still there. */
export function differencesBetween(before: Build, after: Build): Change[] {
  const changes: Change[] = [];
  compare("", before, after, changes);
  return changes;
}

function compare(path: string, before: unknown, after: unknown, changes: Change[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(path, before, after, changes);
    return;
  }
  if (isThing(before) && isThing(after)) {
    for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
      compare(path === "" ? key : `${path}/${key}`, before[key], after[key], changes);
    }
    return;
  }
  const [was, is] = [written(before), written(after)];
  if (was === is) return;
  changes.push({ kind: was === null ? "added" : is === null ? "removed" : "changed", path, before: was, after: is });
}

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[], changes: Change[]): void {
  const keys = (list: readonly unknown[]) => list.map(keyOf);
  const [was, is] = [keys(before), keys(after)];
  const areKeyed =
    [...was, ...is].every((key) => key !== null) && new Set(was).size === was.length && new Set(is).size === is.length;
  if (!areKeyed) {
    if (written(before) !== written(after))
      changes.push({ kind: "changed", path, before: written(before), after: written(after) });
    return;
  }
  const earlier = new Map(was.map((key, i) => [key, before[i]]));
  const later = new Set(is);
  const kept = was.filter((key) => later.has(key));
  const order = is.filter((key) => earlier.has(key));
  for (const [i, key] of is.entries()) {
    if (earlier.has(key)) compare(`${path}/${key}`, earlier.get(key), after[i], changes);
    else changes.push({ kind: "added", path: `${path}/${key}`, before: null, after: written(after[i]) });
  }
  for (const key of was) {
    if (!later.has(key))
      changes.push({ kind: "removed", path: `${path}/${key}`, before: written(earlier.get(key)), after: null });
  }
  if (kept.join("\n") !== order.join("\n")) {
    changes.push({ kind: "moved", path, before: kept.join(", "), after: order.join(", ") });
  }
}

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Things in a list are known by their id, code, item, form or title; plain texts by themselves. */
function keyOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (!isThing(value)) return null;
  for (const name of ["id", "code", "item", "form", "title"]) if (typeof value[name] === "string") return value[name];
  return null;
}

/** With keys in order, so that the same thing is the same text. */
function written(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, one) =>
    isThing(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

const kinds: Readonly<Record<Change["kind"], string>> = {
  added: "is new",
  removed: "is gone",
  changed: "changed",
  moved: "is in another order",
};

export function changeInWords({ kind, path, before, after }: Change): string {
  const short = (text: string | null) => (text !== null && text.length > 80 ? `${text.slice(0, 80)}…` : text);
  const detail = kind === "changed" ? ` from “${short(before)}” to “${short(after)}”` : "";
  return `${path} ${kinds[kind]}${detail}.`;
}
