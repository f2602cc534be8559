/**
 * Rules that wait for each other would never be computed. `edges`: for each name the names it is computed from.
 * Each cycle is told once, beginning with the name that comes first in `edges`.
 */
export function cyclesIn(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  for (const start of edges.keys()) {
    if (done.has(start)) continue;
    const path: string[] = [];
    const places = new Map<string, number>();
    const pending: { name: string; next: number }[] = [{ name: start, next: 0 }];
    places.set(start, 0);
    path.push(start);
    // A stack of our own: ten thousand calculations in a row must not end the process.
    while (pending.length > 0) {
      const top = pending[pending.length - 1] as { name: string; next: number };
      const name = edges.get(top.name)?.[top.next];
      if (name === undefined) {
        pending.pop();
        path.pop();
        places.delete(top.name);
        done.add(top.name);
        continue;
      }
      top.next += 1;
      const place = places.get(name);
      if (place !== undefined) cycles.push(path.slice(place));
      else if (!done.has(name) && edges.has(name)) {
        places.set(name, path.length);
        path.push(name);
        pending.push({ name, next: 0 });
      }
    }
  }
  return cycles;
}

/** The names so that each comes after those it is computed from; names in a cycle are left out. */
export function inOrder(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const waiting = new Map<string, number>();
  const followers = new Map<string, string[]>();
  for (const [name, sources] of edges) {
    const own = sources.filter((source) => edges.has(source));
    waiting.set(name, own.length);
    for (const source of own) followers.set(source, [...(followers.get(source) ?? []), name]);
  }
  const ready = [...edges.keys()].filter((name) => waiting.get(name) === 0);
  for (let i = 0; i < ready.length; i += 1) {
    for (const follower of followers.get(ready[i] as string) ?? []) {
      const left = (waiting.get(follower) as number) - 1;
      waiting.set(follower, left);
      if (left === 0) ready.push(follower);
    }
  }
  return ready;
}
