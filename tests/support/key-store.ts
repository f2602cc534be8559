/** Keys in memory, behind the same port as core.keys; counts the queries it is asked. */
import type { KeyScope, KeyStore, StoredKey } from "@core/vault/keys.ts";

export class MemoryKeyStore implements KeyStore {
  readonly rows = new Map<string, StoredKey>();
  queries = 0;
  /** Everywhere. */
  readonly protected = new Set<string>();

  async protectedClasses(): Promise<ReadonlySet<string>> {
    return this.protected;
  }

  async findMany(ids: readonly string[]): Promise<readonly StoredKey[]> {
    this.queries++;
    return ids.flatMap((id) => this.rows.get(id) ?? []);
  }

  async current(scope: KeyScope): Promise<StoredKey | null> {
    this.queries++;
    const all = [...this.rows.values()].filter((row) => same(row, scope));
    return all.sort((a, b) => b.version - a.version)[0] ?? null;
  }

  async living(scope: KeyScope): Promise<readonly StoredKey[]> {
    this.queries++;
    const all = [...this.rows.values()].filter((row) => same(row, scope) && row.wrapped !== null);
    return all.sort((a, b) => b.version - a.version);
  }

  async insert(key: StoredKey): Promise<StoredKey> {
    this.queries++;
    const winner = [...this.rows.values()].find((row) => same(row, key) && row.version === key.version);
    if (!winner) this.rows.set(key.id, key);
    return winner ?? key;
  }

  async rewrap(id: string, was: Uint8Array, wrapped: Uint8Array, wrappedBy: string | null, provider: string) {
    const row = this.rows.get(id);
    if (!row?.wrapped || !Buffer.from(row.wrapped).equals(was)) return false;
    this.rows.set(id, { ...row, wrapped, wrappedBy, provider });
    return true;
  }

  async destroySubject(scope: Omit<KeyScope, "purpose">): Promise<readonly string[]> {
    const gone = [...this.rows.values()].filter((row) => same(row, { ...scope, purpose: row.purpose }));
    for (const row of gone) this.rows.set(row.id, { ...row, wrapped: null });
    return gone.map(({ id }) => id);
  }
}

function same(a: KeyScope, b: KeyScope): boolean {
  return a.tenant === b.tenant && a.workspace === b.workspace && a.subject === b.subject && a.purpose === b.purpose;
}
