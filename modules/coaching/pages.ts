/** Which part of a long list a page shows, and the ways to the parts beside it. */
import type { PagerProps } from "@views/table.tsx";

/** `href`: the same list from this row on, with its search and order. */
export const pagerOf = (from: number, size: number, total: number, href: (from: number) => string): PagerProps => ({
  from: total === 0 ? 0 : from + 1,
  to: Math.min(from + size, total),
  total,
  size,
  ...(from > 0 && { previous: href(Math.max(0, from - size)) }),
  ...(from + size < total && { next: href(from + size) }),
});
