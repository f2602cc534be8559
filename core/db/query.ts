/**
 * Queries compiled once. A store writes them with drizzle; from its first use on a query is a text, an order of
 * parameters and a row mapper. Building drizzle queries on each request halves the throughput (performance.md).
 *
 *   const byCode = query<{ code: string }>()((db, $) => db.select({…}).from(subjects).where(eq(subjects.code, $.code)));
 *   const [subject] = await ctx.db.all(byCode, { code });
 */
import { Column, getTableName, is, Param, Placeholder, type SQL, sql, type Table } from "drizzle-orm";
import { getTableConfig, type PgTable } from "drizzle-orm/pg-core";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import * as drizzleUtils from "drizzle-orm/utils";
import { type Elements, elementsOf } from "./elements.ts";
import { placePart, type RowPlace } from "./place.ts";

export type Builder = PostgresJsDatabase;
type Placeholders<P> = { readonly [K in keyof P & string]: Placeholder<K> };
type RowsOf<B> = Awaited<B> extends readonly (infer R)[] ? R : never;
type SelectedField = { readonly path: string[]; readonly field: Column | SQL };

export interface Query<Row, P> {
  readonly text: string;
  readonly elements: Elements;
  /** Turns named values, and the place that rows are inserted in, into the statement's parameters. */
  bind(values: P, place: RowPlace): unknown[];
  map(row: readonly unknown[]): Row;
  /** Result columns that hold a row's key or a subject: what the record keeps of each row that was shown. */
  readonly keys: readonly KeyColumn[];
  /** Every table that is changed tells the ids of the rows (returning id), or the compile refuses. */
  readonly writes: boolean;
}
export interface KeyColumn {
  readonly index: number;
  readonly table: string;
  readonly holds: "row" | "subject";
}

interface Preparable {
  prepare(name: string): unknown;
}
interface Prepared {
  readonly queryString: string;
  readonly params: unknown[];
  readonly fields: readonly SelectedField[] | undefined;
  readonly joinsNotNullableMap?: Record<string, boolean>;
}

const builder = drizzle.mock();

/** Exported by drizzle's code, left out of its types: turns a row of values into the object its fields describe. */
const { mapResultRow } = drizzleUtils as unknown as {
  mapResultRow<Row>(
    fields: readonly SelectedField[],
    row: readonly unknown[],
    nullable: Record<string, boolean> | undefined,
  ): Row;
};

/**
 * `P` names the parameters; `$` holds a placeholder for each. Compiles at its first use, so that a program that starts
 * does not wait for statements that nobody runs yet. `compileQueries` throws when the statement does not parse, or
 * changes a table without returning its rows' ids; so does the first use.
 */
export function query<P extends object = Record<never, never>>() {
  return <B extends Preparable>(write: (db: Builder, $: Placeholders<P>) => B): Query<RowsOf<B>, P> => {
    const $ = new Proxy({} as Placeholders<P>, { get: (_, name) => sql.placeholder(String(name)) });
    return compileLater(() => compile<RowsOf<B>, P>(write(builder, $)));
  };
}

const waiting: (() => unknown)[] = [];

/** Compiles every query of the modules that are loaded. A production server does so before it listens. Answers with their number. */
export function compileQueries(): number {
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    next();
    count += 1;
  }
  return count;
}

function compileLater<Row, P>(make: () => Query<Row, P>): Query<Row, P> {
  let made: Query<Row, P> | undefined;
  const now = () => {
    made ??= make();
    return made;
  };
  waiting.push(now);
  return {
    get text() {
      return now().text;
    },
    get elements() {
      return now().elements;
    },
    get keys() {
      return now().keys;
    },
    get writes() {
      return now().writes;
    },
    bind: (values, place) => now().bind(values, place),
    map: (row) => now().map(row),
  };
}

/** For filters that differ from request to request: built by drizzle as usual, its elements read once per distinct text. */
export function dynamic<B extends Preparable>(write: (db: Builder) => B): Query<RowsOf<B>, Record<never, never>> {
  return compile<RowsOf<B>, Record<never, never>>(write(builder));
}

function compile<Row, P>(built: Preparable): Query<Row, P> {
  const prepared = built.prepare("compiled") as Prepared;
  const fields = prepared.fields ?? [];
  const elements = elementsOf(prepared.queryString);
  const keys = keysOf(fields);
  for (const table of elements.changed.keys()) {
    if (!keys.some((key) => key.table === table && key.holds === "row")) {
      throw new Error(
        `a query that changes ${table} must return the key of its rows, for the record: ${prepared.queryString}`,
      );
    }
  }
  const { text, slots } = slotsOf(prepared);
  return {
    text,
    elements,
    keys,
    writes: elements.changed.size > 0,
    bind: (values, place) => slots.map((slot) => slot(values as Readonly<Record<string, unknown>>, place)),
    map: (row) => mapResultRow<Row>(fields, row, prepared.joinsNotNullableMap),
  };
}

type Slot = (values: Readonly<Record<string, unknown>>, place: RowPlace) => unknown;

/** The parameters in their order. The place of thirty rows is sent once: its parameters share a number. */
function slotsOf({ queryString, params }: Prepared): { text: string; slots: readonly Slot[] } {
  const slots: Slot[] = [];
  const numbers: number[] = [];
  const shared = new Map<string, number>();
  // A literal could hold something that looks like a parameter: then every parameter keeps its number.
  const mayRenumber = !queryString.includes("'");
  for (const param of params) {
    const held = is(param, Param) ? param.value : param;
    const part = is(held, Placeholder) ? placePart(held.name) : null;
    const known = part && mayRenumber ? shared.get(part) : undefined;
    if (known === undefined) slots.push(slotOf(param, held, part));
    numbers.push(known ?? slots.length);
    if (part) shared.set(part, numbers.at(-1) ?? 0);
  }
  if (slots.length === params.length) return { text: queryString, slots };
  return { text: queryString.replaceAll(/\$(\d+)/g, (_, n: string) => `$${numbers[Number(n) - 1]}`), slots };
}

function slotOf(param: unknown, held: unknown, part: keyof RowPlace | null): Slot {
  if (part) return (_, place) => place[part];
  if (!is(held, Placeholder)) return () => param;
  const { name } = held;
  const read = (values: Readonly<Record<string, unknown>>) => {
    if (!(name in values)) throw new Error(`a query was run without its parameter "${name}"`);
    return values[name];
  };
  if (!is(param, Param)) return read;
  const { encoder } = param;
  return (values) => {
    const value = read(values);
    // As drizzle fills them, except that null stays null: a column's own encoder would stumble over it.
    return value === null ? null : encoder.mapToDriverValue(value);
  };
}

/** A row's key is its `id`, or the only column beside the tenant's in its primary key; of the tenant's own row, the tenant. */
function keysOf(fields: readonly SelectedField[]): KeyColumn[] {
  const keys: KeyColumn[] = [];
  fields.forEach(({ field }, index) => {
    if (!is(field, Column)) return;
    const table = qualifiedName(field.table);
    if (field.name === rowKey(field.table)) keys.push({ index, table, holds: "row" });
    if (field.name === "subject_id" || (table === "core.subjects" && field.name === "id")) {
      keys.push({ index, table, holds: "subject" });
    }
  });
  return keys;
}

const keyNames = new WeakMap<Table, string>();
function rowKey(table: Table): string {
  let name = keyNames.get(table);
  if (name === undefined) {
    const config = getTableConfig(table as PgTable);
    const names = config.columns.map((column) => column.name);
    const primary = [...(config.primaryKeys[0]?.columns ?? []), ...config.columns.filter((column) => column.primary)];
    const keys = primary.map((column) => column.name);
    name = names.includes("id") ? "id" : (keys.find((column) => column !== "tenant_id") ?? keys[0] ?? "");
    keyNames.set(table, name);
  }
  return name;
}

function qualifiedName(table: Table): string {
  const { schema, name } = getTableConfig(table as PgTable);
  return schema ? `${schema}.${name}` : getTableName(table);
}

/** What a handler may do with the database: run compiled queries inside the request's one transaction. */
export interface Database {
  all<Row, P>(query: Query<Row, P>, values: P): Promise<Row[]>;
  /** The first row; Problem "not-found" when there is none: what one may not see does not exist. */
  one<Row, P>(query: Query<Row, P>, values: P): Promise<Row>;
  first<Row, P>(query: Query<Row, P>, values: P): Promise<Row | null>;
  /**
   * The rows a thousand at a time, through a cursor: for a file that may be long. Read it to its end, or leave the loop,
   * before the handler returns. The record keeps each subject, and of more than ten thousand rows their count and digest.
   */
  stream<Row, P>(query: Query<Row, P>, values: P): AsyncGenerator<Row, void, undefined>;
}
