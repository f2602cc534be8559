/**
 * Sealing and opening. A `Vault` lives as long as the process and remembers unwrapped keys for minutes; a `Sealer`
 * lives for one request, sees keys through that request's transaction, and looks each key's row up again, so that a
 * key destroyed anywhere is gone everywhere at the next request. When the key service is down, keys in memory serve
 * until their time is up; then the answer is `KeyUnavailable`, never plaintext and never a value stored in the clear.
 */
import { randomFillSync } from "node:crypto";
import { AES_256_GCM, type Algorithm, decrypt, encrypt, join, XCHACHA20_POLY1305 } from "./aead.ts";
import { CACHE_LIMITS, type CacheLimits, KeyCache, type Lent } from "./cache.ts";
import { addressAad, type FieldAddress, HEADER_BYTES, readHeader, writeHeader } from "./ciphertext.ts";
import { KeyRefused, NothingToIndex, SealBroken, Shredded, VaultError } from "./errors.ts";
import {
  classPurpose,
  type KeyPurpose,
  type KeyScope,
  type KeyStore,
  providerContext,
  type StoredKey,
  unwrapSubjectKey,
  wrapSubjectKey,
} from "./keys.ts";
import type { KeyProvider } from "./kms.ts";
import type { Normaliser } from "./normalise.ts";
import { hkdf, hmac } from "./primitives.ts";
import { decodeValue, encodeValue, Sealed, type SealedPlace } from "./sealed.ts";
import { sodium } from "./sodium.ts";

export interface VaultOptions {
  /** For what is sealed from now on; everything opens by the algorithm written in it. */
  readonly algorithm?: Algorithm;
  /** Providers used before this one: they may still unwrap. */
  readonly formerProviders?: readonly KeyProvider[];
  readonly limits?: Partial<CacheLimits>;
  readonly now?: () => number;
}

/** The tenant, and the workspace within it: null for what belongs to the tenant as a whole. */
export type SealerScope = Pick<KeyScope, "tenant" | "workspace">;

/** Where in its column a sealed value lies: the column itself is known. */
export type SealedAt = Pick<FieldAddress, "row" | "subject" | "site" | "purpose">;

/** A column with a blind index beside it. */
export interface TaggedColumn {
  readonly table: string;
  readonly column: string;
  readonly normaliser: Normaliser;
}

function normalised(value: string, { normaliser }: TaggedColumn): string {
  const normal = normaliser.normalise(value);
  if (normal === "") throw new NothingToIndex();
  return normal;
}

/** One of a list: a list of 50 names is shown although one of them was destroyed. */
export type Opened<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: VaultError };

export class Vault {
  readonly provider: KeyProvider;
  readonly algorithm: Algorithm;
  readonly keys: KeyCache;
  readonly #former: readonly KeyProvider[];

  constructor(provider: KeyProvider, options: VaultOptions = {}) {
    this.provider = provider;
    this.algorithm = options.algorithm ?? XCHACHA20_POLY1305;
    this.keys = new KeyCache({ ...CACHE_LIMITS, ...options.limits }, options.now ?? Date.now);
    this.#former = options.formerProviders ?? [];
  }

  /** For one request: `store` is bound to its transaction, and access was decided before this is called. */
  sealer(store: KeyStore, scope: SealerScope, algorithm?: Algorithm): Sealer {
    return new Sealer(this, store, scope, algorithm);
  }

  get providers(): readonly KeyProvider[] {
    return [this.provider, ...this.#former];
  }

  /** Whether what this provider wrapped can be unwrapped here. */
  knows(provider: string): boolean {
    return provider === this.provider.id || this.#former.some(({ id }) => id === provider);
  }

  /** The provider that wrapped this; one that goes by a new name since is asked too, and refuses what is not its own. */
  providerOf(key: StoredKey): KeyProvider {
    return this.#former.find(({ id }) => id === key.provider) ?? this.provider;
  }

  health(): ReturnType<KeyProvider["health"]> {
    return this.provider.health();
  }

  close(): void {
    this.keys.clear();
    for (const provider of [this.provider, ...this.#former]) provider.close?.();
  }
}

export class Sealer {
  readonly #vault: Vault;
  readonly #store: KeyStore;
  readonly #scope: SealerScope;
  readonly #given: Algorithm | undefined;
  readonly #rows = new Map<string, StoredKey | null>();
  readonly #current = new Map<string, Promise<StoredKey>>();
  #protected: Promise<ReadonlySet<string>> | null = null;

  /** @param algorithm when it is not the institution's own choice */
  constructor(vault: Vault, store: KeyStore, scope: SealerScope, algorithm?: Algorithm) {
    this.#vault = vault;
    this.#store = store;
    this.#scope = { tenant: scope.tenant, workspace: scope.workspace };
    this.#given = algorithm;
  }

  /** Known once a current key was asked for: the store tells the institution's choice along with it. */
  get #alg(): Algorithm {
    return this.#given ?? this.#store.algorithm ?? this.#vault.algorithm;
  }

  // ── Fields ─────────────────────────────────────────────────────────────────

  /** Seals for this column and row. Refusals: KeyUnavailable, KeyRefused, Shredded. */
  async sealField<T>(place: SealedPlace<T>, value: T, at: SealedAt): Promise<Sealed<T>> {
    const plaintext = encodeValue(value);
    try {
      return Sealed.around(await this.seal(plaintext, addressOf(place, at)), place);
    } finally {
      sodium.memzero(plaintext);
    }
  }

  /** Opening is an audited act: the caller records it. Refusals: those of sealing, and SealBroken. */
  async openField<T>(sealed: Sealed<T>, at: SealedAt): Promise<T> {
    return orThrow((await this.openFields([{ sealed, at }]))[0]);
  }

  /** A list in one or two queries, each item with its value or the reason it stays shut. */
  async openFields<T>(items: readonly { sealed: Sealed<T>; at: SealedAt }[]): Promise<Opened<T>[]> {
    const opened = await this.openMany(
      items.map(({ sealed, at }) => {
        const place = Sealed.placeOf(sealed);
        return { bytes: Sealed.ciphertextOf(sealed, place), address: addressOf(place, at) };
      }),
    );
    return opened.map((item) => (item.ok ? settle(() => decodeValue<T>(item.value)) : item));
  }

  // ── Bytes ──────────────────────────────────────────────────────────────────

  async seal(plaintext: string | Uint8Array, address: FieldAddress): Promise<Uint8Array> {
    const key = await this.#currentKey(await this.#purposeNow(address), address.subject ?? null);
    const bytes = typeof plaintext === "string" ? Buffer.from(plaintext) : plaintext;
    const header = writeHeader(this.#alg, key.id);
    const aad = addressAad(this.#scope.tenant, this.#scope.workspace, header, address);
    return await this.#use(key, (lent) =>
      join(header, encrypt(this.#alg, columnKey(lent, address, this.#alg), bytes, aad)),
    );
  }

  async open(bytes: Uint8Array, address: FieldAddress): Promise<Uint8Array> {
    return orThrow((await this.openMany([{ bytes, address }]))[0]);
  }

  async openMany(
    items: readonly { readonly bytes: Uint8Array; readonly address: FieldAddress }[],
  ): Promise<Opened<Uint8Array>[]> {
    const headers = items.map(({ bytes }) => settle(() => readHeader(bytes)));
    await this.#fetchRows(headers.flatMap((header) => (header.ok ? [header.value.keyId] : [])));
    return await Promise.all(
      items.map(async ({ bytes, address }, at): Promise<Opened<Uint8Array>> => {
        const header = headers[at];
        if (!header?.ok) return header ?? { ok: false, why: new SealBroken("unreadable") };
        try {
          return { ok: true, value: await this.#openOne(bytes, header.value, address) };
        } catch (error) {
          return refusal(error);
        }
      }),
    );
  }

  /** The same value under today's key and algorithm, or null when it already is. For background re-encryption. */
  async reseal(bytes: Uint8Array, address: FieldAddress): Promise<Uint8Array | null> {
    const { alg, keyId } = readHeader(bytes);
    const key = await this.#currentKey(await this.#purposeNow(address), address.subject ?? null);
    if (key.id === keyId && alg === this.#alg) return null;
    const plaintext = await this.open(bytes, address);
    try {
      return await this.seal(plaintext, address);
    } finally {
      sodium.memzero(plaintext);
    }
  }

  /**
   * Sixteen bytes by which an equal value can be found without opening any. Equality shows within a workspace, so:
   * only for identifiers hard to guess, and the tags go when their subject's key is destroyed.
   */
  async blindIndex(value: string, column: TaggedColumn): Promise<Uint8Array> {
    const normal = normalised(value, column);
    return await this.#tag(await this.#currentKey("index", null), normal, column);
  }

  /** The same under every index key that lives, the newest first: what is stored may not have been moved over yet. */
  async blindIndexes(value: string, column: TaggedColumn): Promise<Uint8Array[]> {
    const normal = normalised(value, column);
    const keys = await this.#store.living({ ...this.#scope, purpose: "index", subject: null });
    return await Promise.all(keys.map((key) => this.#tag(key, normal, column)));
  }

  async #tag(key: StoredKey, normal: string, { table, column, normaliser }: TaggedColumn): Promise<Uint8Array> {
    const info = `blind|${table}|${column}|${normaliser.id}`;
    return await this.#use(key, (lent) =>
      hmac(
        lent.subkey(info, (k) => hkdf(k, info)),
        normal,
      ).slice(0, 16),
    );
  }

  // ── The life of keys ───────────────────────────────────────────────────────

  /** A new key for what is sealed from now on. `reseal` moves the rest over; until then the old key opens it. */
  async rotate(purpose: KeyPurpose = "field", subject: string | null = null): Promise<StoredKey> {
    const before = await this.#currentKey(purpose, subject);
    const key = await this.#make({ ...this.#scope, purpose, subject }, before.version + 1);
    this.#current.set(`${purpose}|${subject ?? ""}`, Promise.resolve(key));
    return key;
  }

  /**
   * The same key under the provider's newest root key, or a subject's under its scope's newest key: no value is touched.
   * False when someone else was first.
   */
  async rewrap(key: StoredKey): Promise<boolean> {
    if (key.wrapped === null) throw new Shredded();
    this.#mustBeOurs(key);
    const { provider } = this.#vault;
    if (key.wrappedBy !== null) {
      const parent = await this.#currentKey(key.purpose, null);
      const secret = await this.#use(key, ({ key }) => key.slice());
      const wrapped = await this.#use(parent, (lent) => wrapSubjectKey(this.#alg, lent.key, secret, key));
      sodium.memzero(secret);
      return await this.#store.rewrap(key.id, key.wrapped, wrapped, parent.id, parent.provider);
    }
    const from = this.#vault.providerOf(key);
    let wrapped: Uint8Array;
    if (from === provider) {
      wrapped = await provider.rewrap(key.wrapped, providerContext(key));
    } else {
      const secret = await this.#use(key, ({ key }) => key.slice());
      wrapped = await provider.wrap(secret, providerContext(key));
      sodium.memzero(secret);
    }
    return await this.#store.rewrap(key.id, key.wrapped, wrapped, null, provider.id);
  }

  /**
   * Destroys a subject's keys: the identity is gone, the pseudonymous record stays. The caller clears the subject's
   * blind-index tags in the same transaction. A subject that had no key yet gets none afterwards either.
   */
  async destroySubjectKey(subject: string): Promise<void> {
    const destroyed = await this.#store.destroySubject({ ...this.#scope, subject });
    const scope = { ...this.#scope, subject, purpose: "field" as const };
    if (!(await this.#store.current(scope))) {
      const id = Bun.randomUUIDv7();
      const provider = this.#vault.provider.id;
      await this.#store.insert({ ...scope, id, version: 1, wrapped: null, wrappedBy: null, provider });
    }
    this.#vault.keys.forget(destroyed);
    this.#rows.clear();
    this.#current.clear();
  }

  // ── Inside ─────────────────────────────────────────────────────────────────

  async #openOne(bytes: Uint8Array, header: { alg: Algorithm; keyId: string }, address: FieldAddress) {
    const key = this.#ownRow(header.keyId, this.#purposeThen(header.keyId, address), address.subject ?? null);
    const aad = addressAad(this.#scope.tenant, this.#scope.workspace, bytes.subarray(0, HEADER_BYTES), address);
    return await this.#use(key, (lent) =>
      decrypt(header.alg, columnKey(lent, address, header.alg), bytes.subarray(HEADER_BYTES), aad),
    );
  }

  /** Of its class's own key while that has extra protection; else as its field class says. */
  async #purposeNow({ fieldClass, purpose = "field" }: FieldAddress): Promise<KeyPurpose> {
    if (fieldClass === undefined || this.#scope.workspace === null) return purpose;
    this.#protected ??= this.#store.protectedClasses(this.#scope);
    return (await this.#protected).has(fieldClass) ? classPurpose(fieldClass) : purpose;
  }

  /** What was sealed before extra protection, or before its class lay under a key apart, opens under the key it had. */
  #purposeThen(keyId: string, { fieldClass, purpose = "field" }: FieldAddress): KeyPurpose {
    const found = this.#rows.get(keyId)?.purpose;
    const isOfClass = fieldClass !== undefined && found === classPurpose(fieldClass);
    return isOfClass || (purpose === "apart" && found === "field") ? (found as KeyPurpose) : purpose;
  }

  /** The key's row, if it is one of this scope, purpose and subject: a key id written in by hand opens nothing. */
  #ownRow(id: string, purpose: KeyPurpose, subject: string | null): StoredKey {
    const row = this.#rows.get(id);
    if (!row || row.purpose !== purpose || row.subject !== subject) throw new SealBroken("not a key of this place");
    this.#mustBeOurs(row);
    return row;
  }

  #mustBeOurs(row: StoredKey): void {
    if (row.tenant !== this.#scope.tenant || row.workspace !== this.#scope.workspace) {
      throw new SealBroken("not a key of this place");
    }
  }

  /** Lends the key for one synchronous act. */
  async #use<T>(row: StoredKey, act: (lent: Lent) => T): Promise<T> {
    if (row.wrapped === null) throw new Shredded();
    const { wrapped } = row;
    return await this.#vault.keys.use(row, () => this.#unwrap(row, wrapped), act);
  }

  async #unwrap(row: StoredKey, wrapped: Uint8Array): Promise<Uint8Array> {
    const key =
      row.wrappedBy === null
        ? await this.#vault.providerOf(row).unwrap(wrapped, providerContext(row))
        : await this.#use(await this.#parentOf(row, row.wrappedBy), (lent) => unwrapSubjectKey(lent.key, wrapped, row));
    if (key.length !== 32) throw new KeyRefused(`key ${row.id} has ${key.length} bytes`);
    return key;
  }

  async #parentOf(row: StoredKey, id: string): Promise<StoredKey> {
    await this.#fetchRows([id]);
    const parent = this.#rows.get(id);
    const fits = parent && parent.subject === null && parent.wrappedBy === null && parent.purpose === row.purpose;
    if (!fits || parent.tenant !== row.tenant || parent.workspace !== row.workspace) {
      throw new KeyRefused(`key ${row.id} is wrapped by a key that is not its scope's`);
    }
    return parent;
  }

  /** One query for the keys, and one more for the keys that wrap those not in memory, unless the store sent them along. */
  async #fetchRows(ids: readonly string[]): Promise<void> {
    const missing = [...new Set(ids)].filter((id) => !this.#rows.has(id));
    if (missing.length === 0) return;
    for (const id of missing) this.#rows.set(id, null);
    for (const row of await this.#store.findMany(missing)) this.#rows.set(row.id, row);
    const parents = missing.flatMap((id) => {
      const row = this.#rows.get(id);
      return row?.wrappedBy && row.wrapped && !this.#vault.keys.has(row) ? [row.wrappedBy] : [];
    });
    await this.#fetchRows(parents);
  }

  #currentKey(purpose: KeyPurpose, subject: string | null): Promise<StoredKey> {
    const name = `${purpose}|${subject ?? ""}`;
    let current = this.#current.get(name);
    if (!current) {
      current = this.#findOrMake({ ...this.#scope, purpose, subject });
      this.#current.set(name, current);
      current.catch(() => this.#current.delete(name));
    }
    return current;
  }

  async #findOrMake(scope: KeyScope): Promise<StoredKey> {
    const found = await this.#store.current(scope);
    // A subject that was destroyed gets no key of a class either.
    if (!found && scope.subject !== null && scope.purpose !== "field") await this.#requireLiving(scope);
    const key = found ?? (await this.#make(scope, 1));
    if (key.wrapped === null) throw new Shredded();
    this.#rows.set(key.id, key);
    return key;
  }

  async #requireLiving(scope: KeyScope): Promise<void> {
    const ordinary = await this.#store.current({ ...scope, purpose: "field" });
    if (ordinary?.wrapped === null) throw new Shredded();
  }

  async #make(scope: KeyScope, version: number): Promise<StoredKey> {
    const secret = randomFillSync(new Uint8Array(32));
    const row = { ...scope, id: Bun.randomUUIDv7(), version };
    const made: StoredKey = { ...row, ...(await this.#wrap(row, secret)) };
    const stands = await this.#store.insert(made);
    this.#rows.set(stands.id, stands);
    if (stands.id === made.id) this.#vault.keys.keep(made, secret);
    else sodium.memzero(secret);
    return stands;
  }

  async #wrap(row: KeyScope & { id: string; version: number }, secret: Uint8Array) {
    const { provider } = this.#vault;
    if (row.subject === null) {
      return { wrapped: await provider.wrap(secret, providerContext(row)), wrappedBy: null, provider: provider.id };
    }
    const parent = await this.#currentKey(row.purpose, null);
    const wrapped = await this.#use(parent, (lent) => wrapSubjectKey(this.#alg, lent.key, secret, row));
    return { wrapped, wrappedBy: parent.id, provider: parent.provider };
  }
}

/** A key for one column under one algorithm: two columns never share one, though they share a scope. */
function columnKey(lent: Lent, { table, column }: FieldAddress, alg: Algorithm): Uint8Array {
  const info = `${table}|${column}|${alg === AES_256_GCM ? "aes-256-gcm" : "xchacha20-poly1305"}`;
  return lent.subkey(info, (key) => hkdf(key, info));
}

function addressOf(
  { table, column, fieldClass }: SealedPlace<unknown>,
  { row, subject = null, site = null, purpose }: SealedAt,
) {
  return { table, column, row, subject, site, fieldClass, ...(purpose ? { purpose } : {}) };
}

function settle<T>(act: () => T): Opened<T> {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): { ok: false; why: VaultError } {
  if (error instanceof VaultError) return { ok: false, why: error };
  throw error;
}

function orThrow<T>(opened: Opened<T> | undefined): T {
  if (opened?.ok) return opened.value;
  throw opened?.why ?? new SealBroken("unreadable");
}
