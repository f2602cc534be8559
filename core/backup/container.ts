/**
 * HBK1, how a backup lies in a file: `HBK1\n`, one line of JSON that holds nothing of a patient, then the snapshot under
 * secretstream XChaCha20-Poly1305, bound to that line. Its key is made for this file alone and wrapped to the key service
 * and to every offline recipient. Cut off, flipped, exchanged or prolonged: it does not open.
 */
import { Refusal } from "@core/refusal.ts";
import { SealBroken, type VaultError } from "@core/vault/errors.ts";
import type { KeyProvider } from "@core/vault/kms.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { sodium } from "@core/vault/sodium.ts";
import { openStream, type Source, sealStream } from "@core/vault/stream.ts";
import { type parseIdentity, type Recipient, sealTo } from "./recipients.ts";

const MAGIC = "HBK1\n";
const HEADER_LIMIT = 256 * 1024;
/** Every key service is told the same; an installation's backups hold all its institutions. */
const CONTEXT = { tenant: "installation", purpose: "backup" } as const;

export type BackupKind = "data" | "keys" | "exit";

export interface Wrap {
  /** A key service's id, or a recipient. */
  readonly to: string;
  readonly key: string;
}

export interface Header {
  readonly format: 1;
  readonly kind: BackupKind;
  /** Of the run; data and keys of one run share it. */
  readonly id: string;
  readonly madeAt: string;
  /** The migrations the data stands on: a file of a newer Cairn is refused, an older one is brought up. */
  readonly migrations: readonly { readonly folder: string; readonly name: string; readonly sha256: string }[];
  readonly wraps: readonly Wrap[];
}

export interface Sealing {
  readonly kind: BackupKind;
  readonly id: string;
  readonly madeAt: Date;
  readonly migrations: Header["migrations"];
  /** Null: the key service is away, and only the recipients will open this. */
  readonly provider: KeyProvider | null;
  readonly recipients: readonly Recipient[];
}

/** The file's pieces. Refuses when nobody could open it. */
export async function* sealContainer(sealing: Sealing, source: Source): AsyncGenerator<Uint8Array> {
  const { provider, recipients, madeAt, ...facts } = sealing;
  const key = crypto.getRandomValues(new Uint8Array(32));
  const wraps: Wrap[] = recipients.map((one) => ({ to: one.name, key: base64(sealTo(one, key)) }));
  if (provider) wraps.unshift({ to: provider.id, key: base64(await provider.wrap(key, CONTEXT)) });
  if (wraps.length === 0)
    throw new Refusal("Nobody could open this backup: the key service is away, and no recipient is named.");
  const header: Header = { format: 1, ...facts, madeAt: madeAt.toISOString(), wraps };
  const line = `${JSON.stringify(header)}\n`;
  const stream = sealStream(key, facts.id, source, addressOf(line));
  sodium.memzero(key);
  yield Buffer.from(MAGIC + line);
  yield* stream;
}

export interface Openers {
  readonly providers: readonly KeyProvider[];
  readonly identity?: ReturnType<typeof parseIdentity>;
}

export interface OpenedContainer {
  readonly header: Header;
  /** Throws SealBroken at the first piece that is not as it was written, or at the end that is not the end. */
  readonly snapshot: AsyncGenerator<Uint8Array>;
}

export async function openContainer(source: Source, openers: Openers): Promise<OpenedContainer> {
  const pieces = toAsync(source);
  const { header, line, rest } = await readHeader(pieces);
  const address = addressOf(line);
  const snapshot = openStream(chain(rest, pieces), () => unwrap(header, openers), address);
  return { header, snapshot };
}

async function unwrap({ wraps, kind }: Header, { providers, identity }: Openers): Promise<Uint8Array> {
  if (identity) {
    const wrap = wraps.find(({ to }) => to === identity.recipient);
    if (!wrap)
      throw new Refusal(`This file was not sealed to ${identity.recipient}. Bring the identity of another recipient.`);
    return identity.open(bytesOf(wrap.key));
  }
  let last: VaultError | null = null;
  for (const provider of providers) {
    const wrap = wraps.find(({ to }) => to === provider.id);
    if (!wrap) continue;
    try {
      return await provider.unwrap(bytesOf(wrap.key), CONTEXT);
    } catch (error) {
      last = error as VaultError;
    }
  }
  if (last) throw last;
  const services = wraps.filter(({ to }) => !to.startsWith("cairn-recipient-")).map(({ to }) => to);
  throw new Refusal(
    `No configured key service wrapped the key of this ${kind} file (${services.join(", ") || "only offline recipients did"}). Use --identity with a recipient's file.`,
  );
}

async function readHeader(
  pieces: AsyncIterator<Uint8Array>,
): Promise<{ header: Header; line: string; rest: Uint8Array }> {
  let held = Buffer.alloc(0);
  for (;;) {
    const end = held.indexOf(10, MAGIC.length);
    if (held.length >= MAGIC.length && held.subarray(0, MAGIC.length).toString("latin1") !== MAGIC)
      throw new SealBroken("not a backup of Cairn");
    if (end > 0) {
      const line = held.subarray(MAGIC.length, end + 1).toString("utf8");
      return { header: parseHeader(line), line, rest: held.subarray(end + 1) };
    }
    if (held.length > HEADER_LIMIT) throw new SealBroken("not a backup of Cairn");
    const next = await pieces.next();
    if (next.done) throw new SealBroken("cut off");
    held = Buffer.concat([held, next.value]);
  }
}

function parseHeader(line: string): Header {
  try {
    const header = JSON.parse(line) as Header;
    if (header.format === 1 && Array.isArray(header.wraps) && Array.isArray(header.migrations)) return header;
  } catch {
    // Said below, the same for every kind of damage.
  }
  throw new SealBroken("its first lines are damaged");
}

const addressOf = (line: string) => sha256(MAGIC + line);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

async function* toAsync(source: Source): AsyncGenerator<Uint8Array> {
  yield* source;
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
