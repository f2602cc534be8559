/**
 * The rows of a file, so that they are known again when a few of them turn up somewhere: a Bloom filter over keyed
 * digests of what each row said. It tells nothing to whoever has the database and not the key, and in a million rows
 * mistakes about one strange row in three hundred for its own; five of them in a row, none.
 */
import { hkdf } from "@core/vault/primitives";

const BITS_A_ROW = 12;
const PROBES = 8;
/** uuid at the end of a row: the export's own column, which says more than any digest. */
const trailingId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\W*$/i;

export const rowMarkKey = (secret: string, tenantId: string): Uint8Array =>
  hkdf(Buffer.from(secret, "utf8"), `cairn/row-marks/${tenantId}`);

/**
 * A row as any copy of it says it: letters and digits, small, in order. Commas, tabs, quotation marks and the column of
 * the export are no part of it. Null when too little is left to know a row by.
 */
export function essence(cells: readonly string[] | string): string | null {
  const text = typeof cells === "string" ? cells.replace(trailingId, "") : cells.join(" ");
  const rest = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
  return rest.length < 6 ? null : rest;
}

/** Gathers while the rows go by, eight bytes each. */
export class RowMarks {
  rows = 0;
  private marks = new BigUint64Array(1024);
  private count = 0;

  constructor(private readonly key: Uint8Array) {}

  readonly see = (shown: readonly string[]): void => {
    this.rows += 1;
    const said = essence(shown);
    if (said === null) return;
    if (this.count === this.marks.length) {
      const larger = new BigUint64Array(this.marks.length * 2);
      larger.set(this.marks);
      this.marks = larger;
    }
    this.marks[this.count] = markOf(this.key, said);
    this.count += 1;
  };

  /** Null when there was no row to know. */
  filter(): Uint8Array | null {
    if (this.count === 0) return null;
    const filter = new Uint8Array(Math.ceil((this.count * BITS_A_ROW) / 8));
    for (const mark of this.marks.subarray(0, this.count)) {
      for (const bit of bitsOf(mark, filter.length * 8))
        filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
    return filter;
  }
}

/** Was this row (its `essence`) in the file that the filter belongs to? No is certain, yes almost. */
export function isMarked(filter: Uint8Array, key: Uint8Array, said: string): boolean {
  return bitsOf(markOf(key, said), filter.length * 8).every(
    (bit) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0,
  );
}

function markOf(key: Uint8Array, said: string): bigint {
  return new Bun.CryptoHasher("sha256", key).update(said).digest().readBigUInt64LE();
}

function bitsOf(mark: bigint, size: number): number[] {
  const first = Number(mark & 0xffff_ffffn);
  const step = Number((mark >> 32n) | 1n);
  return Array.from({ length: PROBES }, (_, i) => (first + i * step) % size);
}
