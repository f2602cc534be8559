/**
 * A bytea column whose JavaScript value is a `Sealed`. The column knows its class, table and name, so a module names
 * them once, in `tables.ts`; sealing and opening take only the row and the subject.
 *
 *   note: sealed("note", "milestones.note")                // tables.ts
 *   await ctx.seal(milestones.note, body.note, { row: id, subject })
 *   await ctx.open(milestone.note, { row: milestone.id, subject })
 */
import { Sealed, type SealedPlace } from "@core/vault/sealed.ts";
import { type ColumnBaseConfig, entityKind, getTableUniqueName } from "drizzle-orm";
import { type AnyPgTable, PgColumn, PgColumnBuilder } from "drizzle-orm/pg-core";

interface SealedConfig<T> {
  name: "";
  dataType: "custom";
  columnType: "SealedColumn";
  data: Sealed<T>;
  driverParam: Uint8Array;
  enumValues: undefined;
}

export class SealedColumn<T> extends PgColumn<ColumnBaseConfig<"custom", "SealedColumn">> {
  static override readonly [entityKind]: string = "SealedColumn";
  /** Fixed when the table is declared: an alias in a query does not move the value. */
  readonly place: SealedPlace<T>;

  constructor(table: AnyPgTable, config: SealedColumnBuilder<T>["config"]) {
    super(table, config as never);
    this.place = Object.freeze({
      fieldClass: config.fieldClass,
      table: getTableUniqueName(table),
      column: config.name,
    });
  }

  getSQLType(): string {
    return "bytea";
  }

  override mapFromDriverValue(value: unknown): Sealed<T> {
    return Sealed.around(bytesOf(value), this.place);
  }

  /** Only a value sealed for this very column is stored: plaintext and another column's ciphertext are refused. */
  override mapToDriverValue(value: unknown): Uint8Array {
    if (!Sealed.is(value)) {
      throw new TypeError(`${this.place.table}.${this.place.column} takes sealed values only. Seal it first.`);
    }
    return Sealed.ciphertextOf(value, this.place);
  }
}

export class SealedColumnBuilder<T> extends PgColumnBuilder<SealedConfig<T>, { fieldClass: string }> {
  static override readonly [entityKind]: string = "SealedColumnBuilder";

  constructor(name: string, fieldClass: string) {
    super(name as "", "custom", "SealedColumn");
    this.config.fieldClass = fieldClass;
  }

  /** Called by drizzle when the table is declared. */
  build(table: AnyPgTable): SealedColumn<T> {
    return new SealedColumn<T>(table, this.config);
  }
}

/** A sealed column of this field class. T is what opening gives: text, bytes, or anything JSON can carry. */
export function sealed<T = string>(name: string, fieldClass: string): SealedColumnBuilder<T> {
  return new SealedColumnBuilder<T>(name, fieldClass);
}

/** postgres.js hands over bytes; a value that passed through a JSON aggregate arrives as "\x…". */
function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string" && value.startsWith("\\x")) return Buffer.from(value.slice(2), "hex");
  throw new TypeError("A sealed column gave something that is not bytes.");
}
