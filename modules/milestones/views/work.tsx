/** What waits for the reader, the oldest first. */
import { Badge } from "@views/badge.tsx";
import { Empty } from "@views/empty.tsx";
import { Select } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Page } from "@views/page.tsx";
import { DataTable, Filters, Pager, type PagerProps } from "@views/table.tsx";
import { counted } from "../counted.ts";

export interface WorkProps {
  readonly action: string;
  readonly kinds: readonly string[];
  readonly kind: string;
  readonly total: number;
  readonly today: string;
  readonly pager: PagerProps;
  readonly lines: readonly {
    readonly title: string;
    readonly about: string;
    readonly since: string;
    readonly on: string | null;
    readonly href: string;
  }[];
}

export const WorkPage = ({ action, kinds, kind, total, today, pager, lines }: WorkProps): Html => (
  <Page title="Work list" lead="What waits for you in this program, the oldest first.">
    {kinds.length > 1 && (
      <Filters action={action}>
        <Select name="kind" label="Kind" options={kinds} empty="Everything" value={kind} />
      </Filters>
    )}
    <DataTable
      caption={counted(total, "thing waits", "things wait")}
      columns={[
        { key: "what", head: "What", cell: (line: WorkProps["lines"][number]) => <a href={line.href}>{line.title}</a> },
        { key: "about", head: "About", cell: (line) => line.about },
        { key: "since", head: "Since", cell: (line) => line.since },
        {
          key: "due",
          head: "Due",
          cell: (line) => (line.on && line.on < today ? <Badge tone="bad">Late: {line.on}</Badge> : (line.on ?? "–")),
        },
      ]}
      rows={lines}
      empty={<Empty title="Nothing waits for you">What is asked of you in this program appears here.</Empty>}
    />
    <Pager {...pager} />
  </Page>
);
