/** A long list in pages, with addresses that keep the filters. */
import type { PagerProps } from "@views/table.tsx";

export const pageSize = 50;

export function pageOf<T>(
  found: readonly T[],
  wanted: number | undefined,
  action: string,
  kept: Readonly<Record<string, unknown>>,
  size = pageSize,
): { readonly shown: readonly T[]; readonly pager: PagerProps } {
  const last = Math.max(Math.ceil(found.length / size), 1);
  const page = Math.min(wanted ?? 1, last);
  const from = (page - 1) * size;
  const shown = found.slice(from, from + size);
  const address = (to: number) => {
    const names = Object.entries<unknown>({ ...kept, page: to }).flatMap(([name, value]) =>
      value === undefined || value === "" ? [] : [[name, String(value)]],
    );
    return `${action}?${new URLSearchParams(names)}`;
  };
  return {
    shown,
    pager: {
      from: found.length === 0 ? 0 : from + 1,
      to: from + shown.length,
      total: found.length,
      size,
      previous: page > 1 ? address(page - 1) : undefined,
      next: page < last ? address(page + 1) : undefined,
    },
  };
}
