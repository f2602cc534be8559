/** The record for those who may read it: a list with filters, one entry whole, and the refusals of strangers. */
import { Badge } from "@views/badge.tsx";
import { ButtonLink } from "@views/button.tsx";
import { Empty } from "@views/empty.tsx";
import { type FormState, Select, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { type Crumb, Page } from "@views/page.tsx";
import { Facts, Note, Panel } from "@views/panel.tsx";
import { DataTable, Filters, Pager } from "@views/table.tsx";
import { Tabs } from "@views/tabs.tsx";
import { Time } from "@views/time.tsx";
import type { Said } from "../audit/trail.ts";
import type { TouchedTable } from "../tenancy/tables.ts";
import { COUNT_LIMIT, type RecordLine } from "./record.ts";

export const outcomeBadge = (outcome: string): Html =>
  outcome === "done" ? (
    <Badge tone="ok">Done</Badge>
  ) : outcome === "refused" ? (
    <Badge tone="warn">Refused</Badge>
  ) : (
    <Badge tone="bad">Failed</Badge>
  );

/** What the program did of itself is on record under the name of its job. */
const plainly = (text: string): string => text.replace(/^system:([\w.]+)/, "Cairn ($1)");

/** One request may say the same of twenty trainees: the list shows the first two, a search and the entry all of it. */
function inShort({ sentence, actorName }: Pick<RecordLine, "sentence" | "actorName">): string {
  const [first = "", second, ...others] = sentence.split(`; ${actorName} `);
  const begin = second === undefined ? first : `${first}; ${second}`;
  return plainly(others.length === 0 ? begin : `${begin}; and ${others.length} more`);
}

export interface RecordListView {
  /** "/admin/record" or "/w/heart/record" */
  readonly base: string;
  readonly crumbs: readonly Crumb[];
  readonly lead: string;
  readonly lines: readonly (RecordLine & { readonly place: string | null })[];
  readonly filter: Readonly<Record<string, string>>;
  /** Filters that could not be understood, each with its sentence. */
  readonly form: FormState;
  readonly tables: readonly string[];
  readonly count: number;
  readonly newer: string | null;
  readonly older: string | null;
  readonly csv: string | null;
  readonly showsPlace: boolean;
  readonly tabs: Html | null;
  /** Whose entries only, when a link led here. */
  readonly actor: string | null;
}

export const recordTabs = (current: "entries" | "refusals" | "declarations"): Html => (
  <Tabs
    label="The record"
    tabs={[
      { label: "Entries", href: "/admin/record", current: current === "entries" },
      { label: "Refusals of strangers", href: "/admin/record/refusals", current: current === "refusals" },
      { label: "Declarations of signers", href: "/admin/record/declarations", current: current === "declarations" },
    ]}
  />
);

export const recordPage = (view: RecordListView): Html => {
  const { form, count } = view;
  const many = count > COUNT_LIMIT;
  const filtered = Object.keys(view.filter).length > 0;
  const keep: Record<string, string> = view.filter.actor === undefined ? {} : { actor: view.filter.actor };
  return (
    <Page title="Record" crumbs={view.crumbs} lead={view.lead} tabs={view.tabs}>
      <Filters action={view.base} live="#list" clear={filtered ? view.base : undefined} keep={keep}>
        <TextField name="person" label="Person" form={form} width="m" />
        <TextField name="text" label="Event or text" form={form} width="m" />
        <TextField name="subject" label="Subject's code" form={form} width="m" />
        <Select name="table" label="Table" options={view.tables} form={form} empty="Any table" />
        <TextField name="column" label="Column" form={form} width="m" autocomplete="off" />
        <Select
          name="outcome"
          label="Outcome"
          options={[
            { value: "done", label: "Done" },
            { value: "refused", label: "Refused" },
            { value: "failed", label: "Failed" },
          ]}
          form={form}
          empty="Any outcome"
        />
        <TextField
          name="from"
          label="From (as 2026-11-02)"
          form={form}
          width="m"
          inputmode="numeric"
          autocomplete="off"
        />
        <TextField name="to" label="To (as 2026-11-30)" form={form} width="m" inputmode="numeric" autocomplete="off" />
      </Filters>
      <div id="list">
        {view.actor && <Note>{`Only what ${view.actor} did.`}</Note>}
        <DataTable
          caption={`${many ? `More than ${COUNT_LIMIT.toLocaleString("en-GB")} entries` : count === 1 ? "1 entry" : `${count} entries`}, newest first`}
          rows={view.lines}
          empty={
            <Empty title="No entry">
              {Object.keys(form.errors ?? {}).length > 0
                ? "A filter cannot be read: mend the one that is marked."
                : filtered
                  ? "Nothing on the record fits these filters: clear them to see all of it."
                  : "Nothing has happened yet."}
            </Empty>
          }
          columns={[
            {
              key: "at",
              head: "Time",
              cell: (line) => (
                <a href={`${view.base}/${line.id}`}>
                  <Time at={line.at} />
                </a>
              ),
            },
            { key: "who", head: "Who", cell: (line) => plainly(line.actorName) },
            {
              key: "what",
              head: "What",
              cell: (line) => (view.filter.text === undefined ? inShort(line) : plainly(line.sentence)),
              wrap: true,
            },
            ...(view.showsPlace
              ? [
                  {
                    key: "place",
                    head: "Where",
                    cell: (line: { place: string | null }) => line.place ?? <span class="muted">Institution</span>,
                  },
                ]
              : []),
            { key: "outcome", head: "Outcome", cell: (line) => outcomeBadge(line.outcome) },
          ]}
        />
        <nav class="pager" aria-label="Pages">
          <span>{view.lines.length === 0 ? "None" : `${view.lines.length} shown`}</span>
          {(view.newer || view.older || view.csv) && (
            <span class="pager-links">
              {view.csv && (
                <ButtonLink href={view.csv}>{filtered ? "Download what fits as CSV" : "Download as CSV"}</ButtonLink>
              )}
              {view.newer && <ButtonLink href={view.newer}>Newer</ButtonLink>}
              {view.older && <ButtonLink href={view.older}>Older</ButtonLink>}
            </span>
          )}
        </nav>
      </div>
    </Page>
  );
};

export interface EntryView {
  readonly base: string;
  readonly crumbs: readonly Crumb[];
  readonly id: string;
  readonly at: Date;
  readonly actorName: string;
  readonly actorKind: string;
  readonly sentence: string;
  readonly outcome: string;
  readonly status: number;
  readonly act: string;
  /** With its title, when it has one. */
  readonly permission: string;
  readonly event: string | null;
  readonly place: string;
  readonly requestId: string;
  readonly ip: string | null;
  readonly sessionRef: string | null;
  readonly subjects: readonly { readonly id: string; readonly label: string }[];
  readonly read: Readonly<Record<string, TouchedTable>>;
  readonly changed: Readonly<Record<string, TouchedTable>>;
  readonly detail: Readonly<Record<string, unknown>>;
}

export const entryPage = (view: EntryView): Html => (
  <Page
    title={`Entry ${view.id}`}
    crumbs={view.crumbs}
    badge={outcomeBadge(view.outcome)}
    lead={plainly(view.sentence)}
  >
    <div class="stack">
      <Panel title="Who, when and from where">
        <Facts
          facts={[
            { term: "Time", value: <Time at={view.at} show="full" /> },
            { term: "Exactly", value: <span class="mono">{view.at.toISOString()}</span> },
            { term: "Who", value: `${plainly(view.actorName)} (${view.actorKind})` },
            { term: "Where", value: view.place },
            { term: "From address", value: view.ip ?? "Unknown" },
            { term: "Session", value: view.sessionRef ? <span class="mono">{view.sessionRef}</span> : "None" },
          ]}
        />
      </Panel>
      <Panel title="Request">
        <Facts
          facts={[
            { term: "Act", value: <span class="mono">{view.act}</span> },
            { term: "Permission", value: view.permission },
            { term: "Event", value: view.event ? <span class="mono">{view.event}</span> : "None: a plain view" },
            { term: "Answered with", value: view.status },
            { term: "Request", value: <span class="mono">{view.requestId}</span> },
          ]}
        />
      </Panel>
      <Touched title="Changed" none="Nothing was changed." tables={view.changed} />
      <Touched title="Read" none="No table was read." tables={view.read} />
      {view.subjects.length > 0 && (
        <Panel title="About">
          <ul>
            {view.subjects.map(({ id, label }) => (
              <li>
                {label}{" "}
                <a href={`${view.base}?subject=${id}`}>
                  Everything about this subject<span class="hidden-text">{` ${label}`}</span>
                </a>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Detail detail={view.detail} />
    </div>
  </Page>
);

/** So many row ids are listed at once; the others follow when asked for. */
const AT_ONCE = 10;

const Touched = ({
  title,
  none,
  tables,
}: {
  title: string;
  none: string;
  tables: Readonly<Record<string, TouchedTable>>;
}): Html => {
  const rows = Object.entries(tables);
  return (
    <Panel title={title}>
      {rows.length === 0 ? (
        <p>{none}</p>
      ) : (
        <DataTable
          caption={`${title}: ${rows.length === 1 ? "1 table" : `${rows.length} tables`}`}
          rows={rows}
          scroll={false}
          columns={[
            { key: "table", head: "Table", cell: ([table]) => <span class="mono">{table}</span> },
            {
              key: "columns",
              head: "Columns",
              wrap: true,
              cell: ([, { columns }]) => columns.map((name) => (name === "*" ? "all" : name)).join(", ") || "None",
            },
            {
              key: "rows",
              head: "Rows",
              wrap: true,
              cell: ([, touched]) => <RowIds touched={touched} />,
            },
          ]}
        />
      )}
    </Panel>
  );
};

const RowIds = ({ touched }: { touched: TouchedTable }): Html => {
  const ids = touched.rows ?? [];
  const [first, rest] = [ids.slice(0, AT_ONCE), ids.slice(AT_ONCE)];
  return (
    <>
      {first.length > 0 && <span class="mono">{first.join(" ")}</span>}
      {rest.length > 0 && (
        <details>
          <summary>{`and ${rest.length} more`}</summary>
          <span class="mono">{rest.join(" ")}</span>
        </details>
      )}
      {touched.results !== undefined && touched.results > 0 && (
        <span class="muted">{` ${touched.results === 1 ? "1 result" : `${touched.results} results`} without a row of its own`}</span>
      )}
      {ids.length === 0 && !touched.results && <span class="muted">No row</span>}
    </>
  );
};

/** What the events of this request said, name by name, and what else stands beside them. */
const Detail = ({ detail }: { detail: Readonly<Record<string, unknown>> }): Html | null => {
  const { said = [], ...others } = detail as { said?: readonly Said[] } & Record<string, unknown>;
  const facts = Object.entries(others).map(([term, value]) => ({ term: terms[term] ?? term, value: inText(value) }));
  if (said.length === 0 && facts.length === 0) return null;
  return (
    <Panel title="Detail">
      <div class="stack">
        {said.length > 0 && (
          <DataTable
            caption={said.length === 1 ? "1 event" : `${said.length} events`}
            rows={said}
            scroll={false}
            columns={[
              { key: "event", head: "Event", cell: (one) => <span class="mono">{one.event}</span> },
              { key: "sentence", head: "Sentence", cell: (one) => one.sentence, wrap: true },
              {
                key: "detail",
                head: "Said of it",
                wrap: true,
                cell: (one) =>
                  Object.entries(one.detail)
                    .map(([name, value]) => `${name}: ${value}`)
                    .join("; "),
              },
            ]}
          />
        )}
        {facts.length > 0 && <Facts facts={facts} />}
      </div>
    </Panel>
  );
};
const terms: Readonly<Record<string, string>> = {
  code: "Refused as",
  fields: "Fields to correct",
  opened: "Protected fields were opened",
};
const inText = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(inText).join(", ")
    : typeof value === "object"
      ? JSON.stringify(value)
      : String(value);

export interface RefusalsView {
  readonly rows: readonly {
    readonly minute: Date;
    readonly ip: string;
    readonly act: string;
    readonly status: number;
    readonly times: number;
    readonly lastAt: Date;
  }[];
  readonly from: number;
  readonly total: number;
  readonly previous?: string | undefined;
  readonly next?: string | undefined;
}

export const refusalsPage = (view: RefusalsView): Html => (
  <Page
    title="Refusals of strangers"
    crumbs={[{ label: "Record", href: "/admin/record" }]}
    lead="Requests of people who were not signed in, counted by minute, address and page."
    tabs={recordTabs("refusals")}
  >
    <DataTable
      caption={view.total === 1 ? "1 line, newest first" : `${view.total} lines, newest first`}
      rows={view.rows}
      empty={<Empty title="None">Nobody without a session has been turned away.</Empty>}
      columns={[
        { key: "last", head: "Last", cell: (row) => <Time at={row.lastAt} /> },
        { key: "ip", head: "From address", cell: (row) => row.ip },
        { key: "act", head: "Asked for", cell: (row) => <span class="mono">{row.act}</span>, wrap: true },
        { key: "status", head: "Answer", align: "end", cell: (row) => row.status },
        { key: "times", head: "Times", align: "end", cell: (row) => row.times },
      ]}
    />
    <Pager
      from={view.total === 0 ? 0 : view.from}
      to={view.from + view.rows.length - 1}
      total={view.total}
      previous={view.previous}
      next={view.next}
      size={50}
    />
  </Page>
);
