/**
 * A value under encryption, as the rest of the house meets it: it can be stored, handed on and given to the vault.
 * It cannot be read, rendered, joined to a string, written as JSON, sorted or logged; trying says so in a sentence.
 */
import { SealBroken } from "./errors.ts";

/** The column a sealed value belongs to, and the class that decides who may open it. T is what opening gives. */
export interface SealedPlace<T = string> {
  readonly fieldClass: string;
  /** Schema and table, `milestones.milestones`. */
  readonly table: string;
  readonly column: string;
  readonly [opensTo]?: T;
}

/** A sealed column of a drizzle table (core/db/sealed-column.ts), as far as its type tells: this file knows no database. */
export interface SealedField<T = string> {
  readonly _: { readonly data: Sealed<T> };
}

/** Where values of this column are sealed for. */
export function placeOf<T>(field: SealedField<T>): SealedPlace<T> {
  const { place } = field as { readonly place?: SealedPlace<T> };
  if (place) return place;
  throw new TypeError("This is not a sealed column. Declare it with sealed(…) in the module's tables.");
}

declare const opensTo: unique symbol;

export class Sealed<T = string> {
  declare readonly [opensTo]: T;
  readonly #bytes: Uint8Array;
  readonly #place: SealedPlace<T>;

  private constructor(bytes: Uint8Array, place: SealedPlace<T>) {
    this.#bytes = bytes;
    this.#place = place;
    Object.freeze(this);
  }

  /** Around ciphertext from the vault or from the database. Nothing is opened. */
  static around<T>(bytes: Uint8Array, place: SealedPlace<T>): Sealed<T> {
    return new Sealed(bytes, place);
  }

  static is(value: unknown): value is Sealed<unknown> {
    return typeof value === "object" && value !== null && #bytes in value;
  }

  static placeOf<T>(sealed: Sealed<T>): SealedPlace<T> {
    return sealed.#place;
  }

  /** The ciphertext, for the database and the vault. A value sealed for one column is not stored in another. */
  static ciphertextOf(sealed: Sealed<unknown>, place: SealedPlace<unknown>): Uint8Array {
    const { fieldClass, table, column } = sealed.#place;
    if (fieldClass !== place.fieldClass || table !== place.table || column !== place.column) {
      throw new SealBroken(`sealed for ${table}.${column}, not for ${place.table}.${place.column}`);
    }
    return sealed.#bytes;
  }

  toString(): string {
    return this.#refuse();
  }

  toJSON(): never {
    return this.#refuse();
  }

  valueOf(): never {
    return this.#refuse();
  }

  [Symbol.toPrimitive](): never {
    return this.#refuse();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `[sealed ${this.#place.fieldClass}]`;
  }

  #refuse(): never {
    throw new TypeError(
      `A sealed ${this.#place.fieldClass} cannot be shown, compared or written out. Open it through the vault first.`,
    );
  }
}

const TEXT = 1;
const BYTES = 2;
const JSON_TEXT = 3;

/** The plaintext of a field: its kind in the first byte, so that opening gives back what was sealed. */
export function encodeValue(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return tagged(BYTES, value);
  if (typeof value === "string") return tagged(TEXT, Buffer.from(value));
  const json = JSON.stringify(value);
  if (json === undefined) throw new TypeError("There is nothing to seal: leave the column null instead.");
  return tagged(JSON_TEXT, Buffer.from(json));
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** T is what the column declares; the bytes were authenticated, so they are what was sealed for that column. */
export function decodeValue<T>(plaintext: Uint8Array): T {
  const body = plaintext.subarray(1);
  if (plaintext[0] === BYTES) return body as T;
  const text = decoder.decode(body);
  if (plaintext[0] === TEXT) return text as T;
  if (plaintext[0] === JSON_TEXT) return JSON.parse(text) as T;
  throw new SealBroken("unknown kind of value");
}

function tagged(kind: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length + 1);
  out[0] = kind;
  out.set(body, 1);
  return out;
}
