import { describe, expect, test } from "bun:test";
import {
  append,
  consistencyProof,
  emptyFrontier,
  emptyRoot,
  frontierBytes,
  frontierRoot,
  type Hash,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  rangeProof,
  readFrontier,
  rootFromRange,
  rootOf,
} from "@core/audit/merkle.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const leaves = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(new TextEncoder().encode(`leaf ${i}`)));
const flip = (hash: Hash) => Uint8Array.from(hash, (byte, i) => (i === 7 ? byte ^ 1 : byte));

/** RFC 6962 §2.1 as it is written, without any shortcut: what the rest is compared with. */
function plainRoot(of: readonly Hash[]): Hash {
  if (of.length === 0) return emptyRoot;
  const [first] = of;
  if (of.length === 1 && first) return first;
  let k = 1;
  while (k * 2 < of.length) k *= 2;
  return nodeHash(plainRoot(of.slice(0, k)), plainRoot(of.slice(k)));
}

describe("merkle", () => {
  test("known answers of RFC 6962's log (certificate-transparency's reference vectors)", () => {
    const bytes = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const known = bytes.map((text) => leafHash(Uint8Array.from(Buffer.from(text, "hex"))));
    expect(hex(rootOf([]))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(hex(rootOf(known.slice(0, 1)))).toBe("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    expect(hex(rootOf(known.slice(0, 3)))).toBe("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    expect(hex(rootOf(known))).toBe("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
  });

  test("the frontier gives the root at every size, and survives being stored", () => {
    const all = leaves(130);
    let tree = emptyFrontier();
    for (const [i, leaf] of all.entries()) {
      append(tree, leaf);
      tree = readFrontier(tree.size, frontierBytes(tree));
      expect(hex(frontierRoot(tree))).toBe(hex(plainRoot(all.slice(0, i + 1))));
    }
    expect(() => readFrontier(3, new Uint8Array(32))).toThrow();
  });

  test("every leaf of every tree up to 40 is included, and nothing else is", () => {
    for (let size = 1; size <= 40; size++) {
      const all = leaves(size);
      const root = rootOf(all);
      for (const [i, leaf] of all.entries()) {
        const proof = inclusionProof(all, i);
        expect(isIncluded(leaf, i, size, proof, root)).toBe(true);
        expect(isIncluded(flip(leaf), i, size, proof, root)).toBe(false);
        expect(isIncluded(leaf, i, size, proof, flip(root))).toBe(false);
        expect(isIncluded(leaf, i + 1, size, proof, root)).toBe(false);
        if (proof.length > 0) {
          const [first, ...rest] = proof as [Hash, ...Hash[]];
          expect(isIncluded(leaf, i, size, rest, root)).toBe(false);
          expect(isIncluded(leaf, i, size, [flip(first), ...rest], root)).toBe(false);
        }
      }
    }
  });

  test("every tree up to 40 grew out of every smaller one", () => {
    const all = leaves(40);
    for (let size = 1; size <= 40; size++) {
      const now = all.slice(0, size);
      for (let first = 1; first <= size; first++) {
        const proof = consistencyProof(now, first);
        const [before, after] = [rootOf(all, 0, first), rootOf(now)];
        expect(isConsistent(first, size, proof, before, after)).toBe(true);
        expect(isConsistent(first, size, proof, flip(before), after)).toBe(false);
        expect(isConsistent(first, size, proof, before, flip(after))).toBe(false);
      }
    }
  });

  test("every stretch of every tree up to 20 gives its root, and an altered one does not", () => {
    for (let size = 1; size <= 20; size++) {
      const all = leaves(size);
      const root = hex(rootOf(all));
      for (let from = 0; from < size; from++) {
        for (let to = from + 1; to <= size; to++) {
          const proof = rangeProof(all, from, to);
          const range = all.slice(from, to);
          expect(hex(rootFromRange(range, from, size, proof) ?? emptyRoot)).toBe(root);
          expect(
            hex(rootFromRange([flip(range[0] as Hash), ...range.slice(1)], from, size, proof) ?? emptyRoot),
          ).not.toBe(root);
          expect(rootFromRange(range, from, size, [...proof, emptyRoot])).toBeNull();
        }
      }
    }
  });
});
