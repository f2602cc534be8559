/**
 * The dense table and what stands around it: filters above (a GET form), pages below, a bar when rows are selected.
 * Sorting, filtering and paging are addresses, so that they can be kept, sent and exported.
 */
import { Button, ButtonLink, Hidden } from "./button.tsx";
import type { Child, Html } from "./html.ts";

export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: Row) => Child;
  /** Numbers to the end of the cell. */
  readonly align?: "start" | "end" | undefined;
  /** Breaks long text over lines; "narrow" where a line of a few words is enough, "tight" for a number or a code. */
  readonly wrap?: boolean | "narrow" | "tight" | undefined;
  /** The head leads to the same list in another order. */
  readonly sortable?: boolean | undefined;
  /** A head that only needs to be heard: "Select", "Actions". */
  readonly quiet?: boolean | undefined;
}

export interface Sort {
  readonly key: string;
  readonly down: boolean;
}

export interface Selection<Row> {
  readonly value: (row: Row) => string;
  /** "Select NL-01-103" */
  readonly label: (row: Row) => string;
  /** Default "selected". */
  readonly name?: string | undefined;
  /** Where the selection is posted, and the buttons that do it. */
  readonly action: string;
  readonly buttons: Child;
}

export interface DataTableProps<Row> {
  /** "214 subjects, sorted by number" */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The first column names its row and stays in view; it holds the row's link. Set to false for plain data. */
  readonly named?: boolean | undefined;
  readonly sort?: Sort | undefined;
  /** The address of another order. Needed for sortable columns. */
  readonly sortHref?: ((sort: Sort) => string) | undefined;
  readonly selection?: Selection<Row> | undefined;
  /** Instead of the table when there are no rows: an `Empty`. */
  readonly empty?: Child;
  /** Taller than the screen: the table scrolls in itself and its head stays. Default true. */
  readonly scroll?: boolean | undefined;
  /** Under the caption's words a second, quieter line is not needed often; give it here. */
  readonly note?: Child;
}

export const DataTable = <Row,>(props: DataTableProps<Row>): Html => {
  if (props.rows.length === 0 && props.empty) return <div class="panel">{props.empty}</div>;
  const table = (
    <section class={props.scroll === false ? "table" : "table table-scroll"} aria-label={props.caption} tabindex="0">
      <table>
        <caption>
          {props.caption}
          {props.note && <span class="caption-note"> {props.note}</span>}
        </caption>
        <thead>
          <tr>
            {props.selection && (
              <th scope="col" class="select-cell">
                <input type="checkbox" class="needs-script" data-select-all aria-label="Select all rows of this page" />
              </th>
            )}
            {props.columns.map((column) => (
              <Head column={column} sort={props.sort} sortHref={props.sortHref} />
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr>
              {props.selection && (
                <td class="select-cell">
                  <input
                    type="checkbox"
                    name={props.selection.name ?? "selected"}
                    value={props.selection.value(row)}
                    aria-label={props.selection.label(row)}
                  />
                </td>
              )}
              {props.columns.map((column, at) =>
                at === 0 && props.named !== false ? (
                  <th scope="row" class={cellClass(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td class={cellClass(column)}>{column.cell(row)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
  if (!props.selection) return table;
  return (
    <form class="selectable" method="post" action={props.selection.action}>
      {table}
      <div class="selection-bar">
        <span>With the selected:</span>
        {props.selection.buttons}
      </div>
    </form>
  );
};

function cellClass<Row>({ align, wrap }: Column<Row>): string | null {
  return (
    [align === "end" && "end", wrap && "wrap", typeof wrap === "string" && `wrap-${wrap}`].filter(Boolean).join(" ") ||
    null
  );
}

interface HeadProps<Row> {
  readonly column: Column<Row>;
  readonly sort: Sort | undefined;
  readonly sortHref: ((sort: Sort) => string) | undefined;
}

const Head = <Row,>({ column, sort, sortHref }: HeadProps<Row>): Html => {
  const current = sort?.key === column.key ? sort : undefined;
  const order = current ? (current.down ? "descending" : "ascending") : null;
  return (
    <th scope="col" class={cellClass(column)} aria-sort={order}>
      {column.quiet ? (
        <span class="hidden-text">{column.head}</span>
      ) : column.sortable && sortHref ? (
        <a href={sortHref({ key: column.key, down: current ? !current.down : false })}>
          {column.head}
          <span class={order ? `order order-${order}` : "order"} aria-hidden />
        </a>
      ) : (
        column.head
      )}
    </th>
  );
};

export interface FiltersProps {
  readonly action: string;
  /** Where "Clear" leads; left out when nothing is filtered. */
  readonly clear?: string | undefined;
  /** Kept as they are: the order, the saved view. */
  readonly keep?: Readonly<Record<string, string>> | undefined;
  /** The part of the page that follows the filters at once, with htmx: "#list". Without it the button applies them. */
  readonly live?: string | undefined;
  /** To the right: saved views, a hint. */
  readonly end?: Child;
  /** Controls: `TextField`, `Select`, `DateField`. They are laid out in a row. */
  readonly children?: Child;
}

export const Filters = ({ action, clear, keep = {}, live, end, children }: FiltersProps): Html => (
  <search aria-label="Filters">
    {" "}
    <form
      class="filters"
      method="get"
      action={action}
      {...(live
        ? {
            "hx-get": action,
            "hx-target": live,
            "hx-select": live,
            "hx-swap": "outerMorph",
            "hx-push-url": "true",
            "hx-trigger": "change, submit",
          }
        : {})}
    >
      <Hidden fields={keep} />
      {children}
      <div class="filters-act">
        <Button>Apply</Button>
        {clear && <a href={clear}>Clear</a>}
      </div>
      {end && <div class="filters-end">{end}</div>}
    </form>
  </search>
);

export interface PagerProps {
  /** The first row shown, from 1. */
  readonly from: number;
  /** The last row shown. */
  readonly to: number;
  readonly total: number;
  /** There are more than `total`, which were not counted. */
  readonly more?: boolean | undefined;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
  /** How many "Next" brings. */
  readonly size?: number | undefined;
}

export const Pager = ({ from, to, total, more, previous, next, size }: PagerProps): Html => (
  <nav class="pager" aria-label="Pages">
    <span>{total === 0 ? "None" : `${from}–${to} of ${more ? "more than " : ""}${total}`}</span>
    {(previous || next) && (
      <span class="pager-links">
        {previous && <ButtonLink href={previous}>Previous</ButtonLink>}
        {next && <ButtonLink href={next}>{size ? `Next ${Math.min(size, total - to)}` : "Next"}</ButtonLink>}
      </span>
    )}
  </nav>
);
