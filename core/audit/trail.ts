/**
 * The record of one request: who, when, from where, which columns of which rows were read and changed, in a sentence.
 * It listens to the statements that ran, and is written in the same transaction; without it nothing is answered.
 */
import type { Query } from "../db/query.ts";
import type { Asked } from "../module.ts";
import type { Lease } from "../tenancy/lease.ts";

export interface Visitor {
  readonly name: string;
  readonly sessionRef: string | null;
  readonly ip: string | null;
  /** A hash of the browser's self-description. */
  readonly agent: string | null;
}

export interface Act {
  readonly requestId: string;
  /** "POST /w/:workspace/milestones/evaluations/:id" */
  readonly name: string;
  readonly permission: string | null;
}

interface Touched {
  readonly columns: Set<string>;
  readonly rows: Set<string>;
  /** Results without a row's key: an aggregate, recorded with its count. */
  results: number;
  /** Rows of a long stream beyond those kept one by one. */
  more?: { count: number; readonly digest: Bun.CryptoHasher };
}

/** So many rows of a stream are kept by their ids; of what comes after them, how many there were and a digest. */
const KEPT_ROWS = 10_000;

export interface Said {
  readonly event: string;
  readonly sentence: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export class Trail {
  readonly #saidOnce = new Set<string>();
  private readonly read = new Map<string, Touched>();
  private readonly changed = new Map<string, Touched>();
  private readonly subjects = new Set<string>();
  private readonly said: Said[] = [];
  private readonly reasons = new Set<string>();
  private readonly writes: ((lease: Lease) => Promise<unknown>)[] = [];
  private readonly held: (() => void)[] = [];
  /** Jobs to begin once this transaction has committed. */
  readonly soon: Asked[] = [];

  /** Called by the one place that runs statements, with what came back. */
  heard<Row, P>(query: Query<Row, P>, rows: readonly (readonly unknown[])[]): void {
    for (const [table, columns] of query.elements.read) {
      this.touch(this.read, table, columns, query, rows, !query.elements.changed.has(table));
    }
    for (const [table, columns] of query.elements.changed) this.touch(this.changed, table, columns, query, rows, true);
    this.hearSubjects(query, rows);
  }

  /** As `heard`, for a part of a result that may be very long: `ctx.db.stream`. */
  heardPart<Row, P>(query: Query<Row, P>, rows: readonly (readonly unknown[])[]): void {
    for (const [table, columns] of query.elements.read) {
      const key = query.keys.find((candidate) => candidate.table === table && candidate.holds === "row");
      const room = Math.max(0, KEPT_ROWS - (this.read.get(table)?.rows.size ?? 0));
      this.touch(this.read, table, columns, query, key ? rows.slice(0, room) : rows, true);
      const touched = this.read.get(table);
      if (!key || !touched) continue;
      for (const row of rows.slice(room)) {
        touched.more ??= { count: 0, digest: new Bun.CryptoHasher("sha256") };
        touched.more.count += 1;
        touched.more.digest.update(`${row[key.index]}\n`);
      }
    }
    this.hearSubjects(query, rows);
  }

  private hearSubjects<Row, P>(query: Query<Row, P>, rows: readonly (readonly unknown[])[]): void {
    for (const key of query.keys) {
      if (key.holds !== "subject") continue;
      for (const row of rows) if (typeof row[key.index] === "string") this.subjects.add(row[key.index] as string);
    }
  }

  private touch<Row, P>(
    into: Map<string, Touched>,
    table: string,
    columns: ReadonlySet<string>,
    query: Query<Row, P>,
    rows: readonly (readonly unknown[])[],
    keepRows: boolean,
  ): void {
    const touched = into.get(table) ?? { columns: new Set<string>(), rows: new Set<string>(), results: 0 };
    into.set(table, touched);
    for (const column of columns) touched.columns.add(column);
    const key = query.keys.find((candidate) => candidate.table === table && candidate.holds === "row");
    if (!key) touched.results += rows.length;
    else if (keepRows || !query.writes) {
      for (const row of rows) if (row[key.index] !== null) touched.rows.add(String(row[key.index]));
    }
  }

  /** What a sealed value said when it was opened: the column is recorded as opened, with its row. */
  opened(table: string, column: string, row: string, subject: string | undefined): void {
    const touched = this.read.get(table) ?? { columns: new Set<string>(), rows: new Set<string>(), results: 0 };
    this.read.set(table, touched);
    touched.columns.add(`${column} (opened)`);
    touched.rows.add(row);
    if (subject) this.subjects.add(subject);
  }

  /** Asked about without being read. */
  about(subject: string): void {
    this.subjects.add(subject);
  }

  /** The kernel's own writes of a request that may otherwise only read: made beside the record, in the same transaction. */
  alongside(write: (lease: Lease) => Promise<unknown>): void {
    this.writes.push(write);
  }

  /** Something outside the database that this request made, and that goes when the request fails. */
  holds(letGo: () => void): void {
    this.held.push(letGo);
  }

  letGo(): void {
    for (const one of this.held) one();
  }

  /** True the first time in this request: what a page asks fifty times is said once. */
  saysOnce(what: string): boolean {
    if (this.#saidOnce.has(what)) return false;
    this.#saidOnce.add(what);
    return true;
  }

  /** Why protected fields were opened; said once for each reason. */
  openedFor(why: string): void {
    this.reasons.add(why);
  }

  /** A row that the kernel itself wrote for this request. */
  changes(table: string, row: string): void {
    const touched = this.changed.get(table) ?? { columns: new Set<string>(["*"]), rows: new Set<string>(), results: 0 };
    this.changed.set(table, touched);
    touched.rows.add(row);
  }

  say(said: Said, subjectId?: string): void {
    this.said.push(said);
    if (subjectId) this.subjects.add(subjectId);
  }

  get hasSpoken(): boolean {
    return this.said.length > 0;
  }

  /** Who the request was about, as far as it is known so far. */
  aboutSubjects(): string[] {
    return [...this.subjects].sort();
  }

  /**
   * Writes the row, as the transaction's last statement: it is sent along with COMMIT, and without it nothing is committed.
   * The database itself fills in who, when and where, from the signed context and its own clock.
   */
  async write(
    lease: Lease,
    visitor: Visitor,
    act: Act,
    ending: {
      readonly outcome: "done" | "refused" | "failed";
      readonly status: number;
      readonly sentence: string;
      readonly detail?: object;
    },
  ): Promise<void> {
    for (const one of this.writes) await one(lease);
    const [first] = this.said;
    const sentence = this.said.length > 0 ? this.said.map((one) => one.sentence).join("; ") : ending.sentence;
    const detail = {
      ...ending.detail,
      ...(this.said.length > 0 ? { said: this.said } : {}),
      ...(this.reasons.size > 0 ? { opened: [...this.reasons] } : {}),
    };
    lease.last({
      text: INSERT,
      values: [
        oneLine(visitor.name),
        visitor.sessionRef,
        visitor.ip,
        visitor.agent,
        act.requestId,
        oneLine(act.name),
        act.permission,
        first?.event ?? null,
        oneLine(sentence),
        ending.outcome,
        ending.status,
        `{${this.aboutSubjects().join(",")}}`,
        JSON.stringify(asJson(this.read)),
        JSON.stringify(asJson(this.changed)),
        JSON.stringify(detail, (_, value: unknown) => (typeof value === "string" ? oneLine(value) : value)),
      ],
    });
  }
}

/**
 * Text that others wrote, made fit for one line of the record: what would break the line, steer a terminal or turn the
 * reading direction stands there as its code, visible.
 */
export function oneLine(text: string): string {
  return text.replace(
    UNPRINTED,
    (character) => `\\u${(character.codePointAt(0) as number).toString(16).padStart(4, "0")}`,
  );
}
const UNPRINTED = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const INSERT = `insert into core.audit_events
  (actor_name, session_ref, ip, agent, request_id, act, permission, event, sentence, outcome, status, subjects, read, changed, detail)
  values ($1, $2, $3::inet, $4, $5::uuid, $6, $7, $8, $9, $10, $11::int, $12::text::uuid[], $13::jsonb, $14::jsonb, $15::jsonb)`;

function asJson(touched: ReadonlyMap<string, Touched>): object {
  return Object.fromEntries(
    [...touched]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([table, { columns, rows, results, more }]) => [
        table,
        {
          columns: [...columns].sort(),
          ...(rows.size > 0 ? { rows: [...rows] } : {}),
          ...(results > 0 ? { results } : {}),
          ...(more ? { more: more.count, moreSha256: more.digest.copy().digest("hex") } : {}),
        },
      ]),
  );
}

/** "{actor} locked {form}" with the names filled in; a name that is missing stays visible, so that a test sees it. */
export function fill(says: string, names: Readonly<Record<string, string | number | undefined>>): string {
  return says.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = names[name];
    return value === undefined ? whole : String(value);
  });
}
