/** Lists that grow, fifty rows a page, by an address that can be kept and sent. */
import { Type as t } from "@sinclair/typebox";
import type { Html } from "@views/html.ts";
import { Pager } from "@views/table.tsx";
import { PAGE } from "./people.ts";

export const pageNumber = t.Optional(t.Integer({ title: "Page", minimum: 1, maximum: 10_000 }));

interface Standing {
  readonly page: number;
  /** Those of this page. */
  readonly rows: number;
  readonly total: number;
  readonly href: (page: number) => string;
}

/** Nothing where everything is on one page. */
export const PagerOf = ({ page, rows, total, href }: Standing): Html | null =>
  total <= PAGE ? null : (
    <Pager
      from={(page - 1) * PAGE + 1}
      to={(page - 1) * PAGE + rows}
      total={total}
      previous={page > 1 ? href(page - 1) : undefined}
      next={page * PAGE < total ? href(page + 1) : undefined}
      size={PAGE}
    />
  );
