/**
 * Who saw what of whom (45 CFR 164.404(c)): every access that the record holds between two moments, of one person, to one
 * subject, or both; one line for each table of each event, with its columns and rows, and each file that was taken out.
 */
import type { TouchedTable } from "../tenancy/tables.ts";

export interface AccessEvent {
  readonly id: string;
  readonly at: Date;
  readonly actorName: string;
  readonly actorId: string | null;
  readonly ip: string | null;
  readonly sessionRef: string | null;
  readonly sentence: string;
  readonly act: string;
  readonly event: string | null;
  readonly subjects: readonly string[];
  readonly read: Readonly<Record<string, TouchedTable>>;
  readonly changed: Readonly<Record<string, TouchedTable>>;
}

export interface AccessLine {
  readonly entry: string;
  readonly at: Date;
  readonly who: string;
  readonly how: "saw" | "changed" | "took out";
  readonly table: string;
  readonly columns: string;
  readonly rows: string;
  readonly subjects: readonly string[];
  readonly sentence: string;
  readonly from: string;
  readonly session: string;
}

/** The kernel's own bookkeeping says nothing about a person who was seen. */
const BOOKKEEPING = /^core\.(?:exports|audit_events|signatures|mails)$/;

export function accessLines(event: AccessEvent): AccessLine[] {
  const common = {
    entry: event.id,
    at: event.at,
    who: event.actorName,
    subjects: event.subjects,
    sentence: event.sentence,
    from: event.ip ?? "",
    session: event.sessionRef ?? "",
  };
  const isExport = event.event === "core.exported";
  const of = (tables: AccessEvent["read"], how: AccessLine["how"]) =>
    Object.entries(tables)
      .filter(([table]) => !BOOKKEEPING.test(table))
      .map(([table, touched]) => ({
        ...common,
        how,
        table,
        columns: touched.columns.join(" "),
        rows: [
          ...(touched.rows ?? []),
          ...(touched.more ? [`and ${touched.more} more (SHA-256 ${touched.moreSha256})`] : []),
          ...(touched.results ? [`${touched.results} results`] : []),
        ].join(" "),
      }));
  return [...of(event.read, isExport ? "took out" : "saw"), ...of(event.changed, "changed")];
}

export const accessColumns = [
  { title: "Entry", kind: "text" },
  { title: "Time", kind: "date" },
  { title: "Who", kind: "text" },
  { title: "How", kind: "text" },
  { title: "Table", kind: "text" },
  { title: "Columns", kind: "text" },
  { title: "Rows", kind: "text" },
  { title: "Subjects", kind: "text" },
  { title: "What", kind: "text" },
  { title: "From address", kind: "text" },
  { title: "Session", kind: "text" },
] as const;

/** `codes` names subjects by their codes where they are known. */
export const accessRow = (line: AccessLine, codes: ReadonlyMap<string, string>): (string | Date)[] => [
  line.entry,
  line.at,
  line.who,
  line.how,
  line.table,
  line.columns,
  line.rows,
  line.subjects.map((id) => codes.get(id) ?? id).join(" "),
  line.sentence,
  line.from,
  line.session,
];
