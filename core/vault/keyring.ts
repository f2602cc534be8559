/**
 * The provider for a house without a key service: root keys in one file, sealed under a key drawn from a key file
 * (mode 0600, kept apart from backups) and SECRET_KEY. Neither alone opens it.
 */
import { randomBytes, randomFillSync } from "node:crypto";
import { chmod, link, open, readFile, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { bind, decrypt, encrypt, join, TAG_BYTES, XCHACHA20_POLY1305 } from "./aead.ts";
import { KeyRefused, KeyUnavailable, SealBroken } from "./errors.ts";
import { contextBytes, type KeyContext, type KeyProvider } from "./kms.ts";
import { hkdf, sha256 } from "./primitives.ts";
import { sodium } from "./sodium.ts";

export interface KeyringPlace {
  /** The sealed root keys. */
  readonly file: string;
  /** 32 random bytes, 0600. Made when absent together with `file`. */
  readonly keyFile: string;
  /** SECRET_KEY. */
  readonly secret: string;
}

interface StoredRing {
  readonly format: 1;
  readonly id: string;
  readonly versions: readonly { readonly version: number; readonly sealed: string }[];
}

const FORMAT = 1;
const HEAD_BYTES = 5;

/** Opens the keyring, or makes a first one when neither file exists. Throws a sentence saying what stands in the way. */
export async function openKeyring(place: KeyringPlace): Promise<Keyring> {
  const [haveRing, haveKey] = await Promise.all([exists(place.file), exists(place.keyFile)]);
  if (haveRing && !haveKey) {
    throw new Error(`The keyring ${place.file} cannot be opened without ${place.keyFile}. Bring the key file back.`);
  }
  if (!haveKey) await makePrivate(place.keyFile, randomBytes(32));
  const sealing = await sealingKey(place);
  if (!haveRing) {
    const id = randomBytes(8).toString("hex");
    await writeRing(place.file, sealing, id, new Map([[1, randomFillSync(new Uint8Array(32))]]), { first: true });
  }
  const { id, roots } = await readRing(place.file, sealing);
  return new Keyring(place, id, sealing, roots);
}

export class Keyring implements KeyProvider {
  readonly id: string;
  readonly #place: KeyringPlace;
  readonly #ring: string;
  readonly #sealing: Uint8Array;
  #roots: Map<number, Uint8Array>;

  constructor(place: KeyringPlace, ring: string, sealing: Uint8Array, roots: Map<number, Uint8Array>) {
    this.id = `local:${ring}`;
    this.#place = place;
    this.#ring = ring;
    this.#sealing = sealing;
    this.#roots = roots;
  }

  get versions(): readonly number[] {
    return [...this.#roots.keys()].sort((a, b) => a - b);
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    const version = Math.max(...this.#roots.keys());
    const head = new Uint8Array(HEAD_BYTES);
    head[0] = FORMAT;
    new DataView(head.buffer).setUint32(1, version);
    return join(head, encrypt(XCHACHA20_POLY1305, this.#root(version), key, this.#aad(head, context)));
  }

  async unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    if (wrapped.length < HEAD_BYTES + TAG_BYTES || wrapped[0] !== FORMAT) {
      throw new KeyRefused("not wrapped by a keyring");
    }
    const head = wrapped.slice(0, HEAD_BYTES);
    const version = new DataView(head.buffer).getUint32(1);
    // Another process has rotated the ring since this one read it.
    if (!this.#roots.has(version)) await this.#readAgain();
    const root = this.#root(version);
    const aad = this.#aad(head, context);
    try {
      return decrypt(XCHACHA20_POLY1305, root, wrapped.subarray(HEAD_BYTES), aad);
    } catch (error) {
      if (error instanceof SealBroken) throw new KeyRefused(error.reason);
      throw error;
    }
  }

  async rewrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array> {
    const key = await this.unwrap(wrapped, context);
    try {
      return await this.wrap(key, context);
    } finally {
      sodium.memzero(key);
    }
  }

  async health(): Promise<{ ok: true } | { ok: false; reason: string }> {
    try {
      await readRing(this.#place.file, await sealingKey(this.#place));
      return { ok: true };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : "unreadable" };
    }
  }

  /** Adds a root key; older ones still unwrap. Returns the new version. */
  async rotate(): Promise<number> {
    const stored = (await readRing(this.#place.file, this.#sealing)).roots;
    const version = Math.max(...stored.keys()) + 1;
    stored.set(version, randomFillSync(new Uint8Array(32)));
    await writeRing(this.#place.file, this.#sealing, this.#ring, stored);
    this.#roots = stored;
    return version;
  }

  /**
   * Forgets an older root key for ever: what it wrapped, in this database or in any backup, cannot be opened again.
   * Rewrap what must live first.
   */
  async destroyVersion(version: number): Promise<void> {
    const stored = (await readRing(this.#place.file, this.#sealing)).roots;
    if (version === Math.max(...stored.keys())) throw new Error("The newest root key is in use: rotate first.");
    stored.delete(version);
    await writeRing(this.#place.file, this.#sealing, this.#ring, stored);
    this.#roots = stored;
  }

  close(): void {
    for (const root of this.#roots.values()) sodium.memzero(root);
    this.#roots.clear();
    sodium.memzero(this.#sealing);
  }

  async #readAgain(): Promise<void> {
    try {
      this.#roots = (await readRing(this.#place.file, this.#sealing)).roots;
    } catch {
      throw new KeyUnavailable(`${this.id}: the keyring's file cannot be read`);
    }
  }

  #root(version: number): Uint8Array {
    const root = this.#roots.get(version);
    if (!root) throw new KeyRefused(`root key ${version} is not in this keyring`);
    return root;
  }

  #aad(head: Uint8Array, context: KeyContext): Uint8Array {
    return bind("cairn/keyring/wrap", this.#ring, head, contextBytes(context));
  }
}

async function sealingKey({ keyFile, secret }: KeyringPlace): Promise<Uint8Array> {
  const { mode } = await stat(keyFile);
  if ((mode & 0o077) !== 0) {
    throw new Error(`${keyFile} can be read by others on this machine. Run: chmod 600 ${keyFile}`);
  }
  const fromFile = await readFile(keyFile);
  if (fromFile.length < 32) throw new Error(`${keyFile} is too short to be a key file. Bring back the right one.`);
  return hkdf(join(sha256(fromFile), sha256(secret)), "cairn/keyring/seal");
}

async function readRing(file: string, sealing: Uint8Array): Promise<{ id: string; roots: Map<number, Uint8Array> }> {
  const stored = parseRing(await readFile(file, "utf8"), file);
  const roots = new Map<number, Uint8Array>();
  try {
    for (const { version, sealed } of stored.versions) {
      const aad = bind("cairn/keyring/root", stored.id, String(version));
      roots.set(version, decrypt(XCHACHA20_POLY1305, sealing, Buffer.from(sealed, "base64"), aad));
    }
  } catch {
    throw new Error(`The keyring ${file} does not open with this key file and SECRET_KEY. Bring back the right pair.`);
  }
  return { id: stored.id, roots };
}

function parseRing(text: string, file: string): StoredRing {
  try {
    const ring = JSON.parse(text) as StoredRing;
    if (ring.format === 1 && typeof ring.id === "string" && ring.versions.length > 0) return ring;
  } catch {
    // Falls through to the sentence below, which says the same for every kind of damage.
  }
  throw new Error(`${file} is not a keyring or is damaged. Restore it from the copy kept with the key file.`);
}

/** Written beside, flushed, then put in place, so that a crash leaves the old ring or the new one, never half of one. */
async function writeRing(
  file: string,
  sealing: Uint8Array,
  id: string,
  roots: ReadonlyMap<number, Uint8Array>,
  { first = false } = {},
): Promise<void> {
  const versions = [...roots].map(([version, root]) => {
    const sealed = encrypt(XCHACHA20_POLY1305, sealing, root, bind("cairn/keyring/root", id, String(version)));
    return { version, sealed: Buffer.from(sealed).toString("base64") };
  });
  const beside = `${file}.${randomBytes(4).toString("hex")}`;
  await makePrivate(beside, Buffer.from(`${JSON.stringify({ format: 1, id, versions } satisfies StoredRing)}\n`));
  if (first) {
    // Two processes starting at once: link refuses where rename would replace, so the second reads the first's ring.
    await link(beside, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await unlink(beside);
  } else {
    await rename(beside, file);
  }
  await flushFolder(dirname(file));
}

/** Made complete under its own name: a second process never reads a key file that is still being written. */
async function makePrivate(file: string, bytes: Uint8Array): Promise<void> {
  const beside = `${file}.${randomBytes(4).toString("hex")}`;
  const handle = await open(beside, "wx", 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(beside, 0o600);
  await link(beside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await unlink(beside);
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
