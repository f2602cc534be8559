/**
 * Merkle trees as in RFC 6962 §2.1: a leaf is SHA-256(0x00 ‖ bytes), a node SHA-256(0x01 ‖ left ‖ right). Pure.
 * Sizes and positions are numbers: exact up to 2^53.
 */
import { sha256 } from "../vault/primitives.ts";

export type Hash = Uint8Array;
const HASH_BYTES = 32;

export function leafHash(bytes: Uint8Array): Hash {
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes, 1);
  return sha256(whole);
}

const pair = new Uint8Array(1 + 2 * HASH_BYTES);
export function nodeHash(left: Hash, right: Hash): Hash {
  pair[0] = 1;
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return sha256(pair);
}

export const emptyRoot: Hash = sha256("");

// ── A growing tree, known by its frontier: the roots of its perfect subtrees, largest first, one for each bit of size ──

export interface Frontier {
  size: number;
  readonly roots: Hash[];
}

export const emptyFrontier = (): Frontier => ({ size: 0, roots: [] });

export function append(tree: Frontier, leaf: Hash): void {
  let node = leaf;
  for (let n = tree.size; n % 2 === 1; n = Math.floor(n / 2)) node = nodeHash(tree.roots.pop() as Hash, node);
  tree.roots.push(node);
  tree.size += 1;
}

export function frontierRoot({ roots }: Frontier): Hash {
  let root = roots.at(-1);
  if (!root) return emptyRoot;
  for (let i = roots.length - 2; i >= 0; i--) root = nodeHash(roots[i] as Hash, root);
  return root;
}

export function copyFrontier({ size, roots }: Frontier): Frontier {
  return { size, roots: [...roots] };
}

/** The roots one after the other, as they are stored. */
export function frontierBytes({ roots }: Frontier): Uint8Array {
  return new Uint8Array(Buffer.concat(roots));
}

/** Throws when the bytes cannot be the frontier of a tree of this size. */
export function readFrontier(size: number, bytes: Uint8Array): Frontier {
  let bits = 0;
  for (let n = size; n > 0; n = Math.floor(n / 2)) bits += n % 2;
  if (bytes.length !== bits * HASH_BYTES) throw new Error(`a tree of ${size} leaves has ${bits} roots in its frontier`);
  return { size, roots: Array.from({ length: bits }, (_, i) => bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES)) };
}

// ── Roots and proofs over known leaves ──────────────────────────────────────────────────────────────────────────────

/** The largest power of two smaller than n (n > 1). */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The root over leaves[from, to). */
export function rootOf(leaves: readonly Hash[], from = 0, to = leaves.length): Hash {
  const tree = emptyFrontier();
  for (let i = from; i < to; i++) append(tree, leaves[i] as Hash);
  return frontierRoot(tree);
}

/** RFC 6962 §2.1.1: the path from leaf `index` to the root. */
export function inclusionProof(leaves: readonly Hash[], index: number): Hash[] {
  const path = (from: number, to: number): Hash[] => {
    if (to - from <= 1) return [];
    const middle = from + split(to - from);
    return index < middle
      ? [...path(from, middle), rootOf(leaves, middle, to)]
      : [...path(middle, to), rootOf(leaves, from, middle)];
  };
  return path(0, leaves.length);
}

/** RFC 9162 §2.1.3.2 */
export function isIncluded(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean {
  if (index < 0 || index >= size) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const beside of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(beside, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = nodeHash(hash, beside);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(hash, root);
}

/** RFC 6962 §2.1.2: that the tree of the first `size` leaves is the beginning of this one. 0 < size ≤ leaves. */
export function consistencyProof(leaves: readonly Hash[], size: number): Hash[] {
  const path = (from: number, to: number, whole: boolean): Hash[] => {
    if (size === to) return whole ? [] : [rootOf(leaves, from, to)];
    const middle = from + split(to - from);
    return size <= middle
      ? [...path(from, middle, whole), rootOf(leaves, middle, to)]
      : [...path(middle, to, false), rootOf(leaves, from, middle)];
  };
  return path(0, leaves.length, true);
}

/** RFC 9162 §2.1.4.2 */
export function isConsistent(
  firstSize: number,
  size: number,
  proof: readonly Hash[],
  firstRoot: Hash,
  root: Hash,
): boolean {
  if (firstSize === size) return proof.length === 0 && equal(firstRoot, root);
  if (firstSize < 1 || firstSize > size) return false;
  const isPower = 2 ** Math.round(Math.log2(firstSize)) === firstSize;
  const [start, ...rest] = isPower ? [firstRoot, ...proof] : proof;
  if (!start) return false;
  let [node, last] = [firstSize - 1, size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  let [first, second] = [start, start];
  for (const beside of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      first = nodeHash(beside, first);
      second = nodeHash(beside, second);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else second = nodeHash(second, beside);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && equal(first, firstRoot) && equal(second, root);
}

/**
 * What stands outside leaves[from, to): the roots of the subtrees that hold none of them, from left to right. With those
 * leaves it gives the root, so that a thousand neighbours need one short proof.
 */
export function rangeProof(leaves: readonly Hash[], from: number, to: number): Hash[] {
  const walk = (low: number, high: number): Hash[] => {
    if (high <= from || low >= to) return [rootOf(leaves, low, high)];
    if (high - low === 1) return [];
    const middle = low + split(high - low);
    return [...walk(low, middle), ...walk(middle, high)];
  };
  return leaves.length === 0 ? [] : walk(0, leaves.length);
}

/** The root of a tree of `size` leaves, of which `range` are those from `from` on; null when the proof does not fit. */
export function rootFromRange(range: readonly Hash[], from: number, size: number, proof: readonly Hash[]): Hash | null {
  const to = from + range.length;
  if (range.length === 0 || from < 0 || to > size) return null;
  let used = 0;
  const walk = (low: number, high: number): Hash | null => {
    if (high <= from || low >= to) return proof[used++] ?? null;
    if (high - low === 1) return range[low - from] ?? null;
    const middle = low + split(high - low);
    const left = walk(low, middle);
    const right = walk(middle, high);
    return left && right && nodeHash(left, right);
  };
  const root = walk(0, size);
  return used === proof.length ? root : null;
}

const half = (n: number) => Math.floor(n / 2);

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
