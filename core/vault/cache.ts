/**
 * Unwrapped keys, for a while: at most five minutes, 1,000 keys and 2^20 uses each, erased from memory when they go.
 * Whether someone may use a key is decided in the caller's transaction and is never remembered here.
 */
import { VaultError } from "./errors.ts";
import type { StoredKey } from "./keys.ts";
import { sodium } from "./sodium.ts";

export interface CacheLimits {
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  readonly maxUses: number;
  /** How long a failure is remembered, so that a page of locked fields asks the key service once. */
  readonly failureMs: number;
}

export const CACHE_LIMITS: CacheLimits = {
  maxAgeMs: 5 * 60_000,
  maxEntries: 1_000,
  maxUses: 2 ** 20,
  failureMs: 5_000,
};

class Entry {
  uses = 0;
  readonly #subkeys = new Map<string, Uint8Array>();
  constructor(
    readonly key: Uint8Array,
    readonly until: number,
  ) {}

  subkey(info: string, make: (key: Uint8Array) => Uint8Array): Uint8Array {
    let subkey = this.#subkeys.get(info);
    if (!subkey) {
      subkey = make(this.key);
      this.#subkeys.set(info, subkey);
    }
    return subkey;
  }

  erase(): void {
    sodium.memzero(this.key);
    for (const subkey of this.#subkeys.values()) sodium.memzero(subkey);
    this.#subkeys.clear();
  }
}

/** Lends a key's subkeys for the length of one synchronous call: an erased key can never be the one that is used. */
export interface Lent {
  readonly key: Uint8Array;
  /** A subkey that lives and dies with its key. */
  subkey(info: string, make: (key: Uint8Array) => Uint8Array): Uint8Array;
}

export class KeyCache {
  readonly #limits: CacheLimits;
  readonly #now: () => number;
  /** Oldest first: reading moves an entry to the end. */
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<Entry>>();
  readonly #failures = new Map<string, { readonly error: VaultError; readonly until: number }>();

  constructor(limits: CacheLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(row: StoredKey): boolean {
    return this.#live(nameOf(row)) !== null;
  }

  /** `load` runs once however many ask at the same time; what it returns belongs to the cache. */
  async use<T>(row: StoredKey, load: () => Promise<Uint8Array>, act: (lent: Lent) => T): Promise<T> {
    const name = nameOf(row);
    const entry = this.#live(name) ?? (await this.#load(name, load));
    if (++entry.uses >= this.#limits.maxUses) this.#drop(name, entry, { erase: false });
    try {
      return act(entry);
    } finally {
      if (entry.uses >= this.#limits.maxUses) entry.erase();
    }
  }

  /** Keeps a key just made, so that the next use needs no unwrapping. */
  keep(row: StoredKey, key: Uint8Array): void {
    this.#put(nameOf(row), key);
  }

  forget(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const [name, entry] of this.#entries) if (gone.has(name.slice(0, 36))) this.#drop(name, entry);
  }

  clear(): void {
    for (const [name, entry] of this.#entries) this.#drop(name, entry);
    this.#failures.clear();
  }

  #live(name: string): Entry | null {
    const entry = this.#entries.get(name);
    if (!entry) return null;
    if (entry.until <= this.#now()) {
      this.#drop(name, entry);
      return null;
    }
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry;
  }

  async #load(name: string, load: () => Promise<Uint8Array>): Promise<Entry> {
    for (;;) {
      const failure = this.#failures.get(name);
      if (failure && failure.until > this.#now()) throw failure.error;
      let loading = this.#loading.get(name);
      if (!loading) {
        loading = this.#fetch(name, load);
        this.#loading.set(name, loading);
      }
      const entry = await loading;
      // Between the key's arrival and this line another waiter may have used it up or a shredding erased it.
      if (this.#entries.get(name) === entry) return entry;
    }
  }

  async #fetch(name: string, load: () => Promise<Uint8Array>): Promise<Entry> {
    try {
      const entry = this.#put(name, await load());
      this.#failures.delete(name);
      return entry;
    } catch (error) {
      if (error instanceof VaultError) this.#remember(name, error);
      throw error;
    } finally {
      this.#loading.delete(name);
    }
  }

  #put(name: string, key: Uint8Array): Entry {
    const before = this.#entries.get(name);
    if (before) this.#drop(name, before);
    const entry = new Entry(key, this.#now() + this.#limits.maxAgeMs);
    this.#entries.set(name, entry);
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxEntries) break;
      this.#drop(oldest, entry);
    }
    return entry;
  }

  #remember(name: string, error: VaultError): void {
    const now = this.#now();
    for (const [old, { until }] of this.#failures) if (until <= now) this.#failures.delete(old);
    this.#failures.set(name, { error, until: now + this.#limits.failureMs });
  }

  #drop(name: string, entry: Entry, { erase = true } = {}): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
    if (erase) entry.erase();
  }
}

const names = new WeakMap<StoredKey, string>();

/** A key is found again only under the very scope and version it was unwrapped for. */
function nameOf(row: StoredKey): string {
  let name = names.get(row);
  if (name === undefined) {
    name = `${row.id}|${JSON.stringify([row.tenant, row.workspace, row.subject, row.purpose, row.version])}`;
    names.set(row, name);
  }
  return name;
}
