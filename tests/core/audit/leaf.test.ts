import { describe, expect, test } from "bun:test";
import { isCheckpointSigned, readCheckpoint, signCheckpoint, splitNotes, verifierKey } from "@core/audit/checkpoint.ts";
import { findAlteration, leafColumns, leafOf } from "@core/audit/leaf.ts";
import { emptyRoot } from "@core/audit/merkle.ts";
import { signingKey } from "@core/vault/signing.ts";

const texts = leafColumns.map((name, i) => (i % 5 === 4 ? null : `${name} – “${"ab<c".repeat(i)}”\n`));
const replace = (column: string, value: string | null) =>
  texts.map((text, i) => (leafColumns[i] === column ? value : text));

describe("leaf", () => {
  test("is a JSON array of texts that can stand in a page", () => {
    const text = new TextDecoder().decode(leafOf(texts).bytes);
    expect(JSON.parse(text)).toEqual(["cairn.event.1", ...texts]);
    expect(text).not.toContain("<");
  });

  test("the first altered column is named for every column, whatever was done to it", () => {
    const { hash, locator } = leafOf(texts);
    for (const [i, name] of leafColumns.entries()) {
      const was = texts[i] ?? null;
      for (const now of ["", null, "altered", `${was}x`, `x${was}`, (was ?? "abc").slice(0, -1)]) {
        if (now === was) continue;
        expect([name, findAlteration(replace(name, now), hash, locator)?.column]).toEqual([name, name]);
      }
    }
  });

  test("one replaced byte is named to the byte, with what it was", () => {
    const { bytes, hash, locator } = leafOf(texts);
    const was = texts[15] as string;
    const at = Buffer.from(bytes).indexOf("“ab") + 3;
    expect(
      Buffer.from(bytes)
        .subarray(at, at + 1)
        .toString(),
    ).toBe("a");
    const first = leafColumns[texts.findIndex((text) => text?.includes("ab<c"))] as string;
    const altered = replace(
      first,
      (texts[leafColumns.indexOf(first)] as string).replace("a", "a").replace("“ab", "“Xb"),
    );
    expect(findAlteration(altered, hash, locator)).toEqual({ column: first, from: at, to: at + 1, was: "a" });
    expect(was).toContain("“");
  });

  test("a locator that was altered to fit leaves the event named and the column unknown", () => {
    const { hash } = leafOf(texts);
    const altered = replace("sentence", "altered");
    expect(findAlteration(altered, hash, leafOf(altered).locator)).toBeNull();
  });
});

describe("checkpoint", () => {
  const key = signingKey("a secret of a test, long enough", "audit");
  const point = {
    origin: "a.example/audit",
    size: 12,
    root: emptyRoot,
    id: 3,
    era: 1,
    at: "2026-01-02T03:04:05.678901Z",
  };

  test("reads as it was written, and bears its key's signature only", () => {
    const note = signCheckpoint(point, key);
    expect(readCheckpoint(note)).toEqual(point);
    expect(isCheckpointSigned(note, key.publicKey)).toBe(true);
    expect(isCheckpointSigned(note, signingKey("another secret", "audit").publicKey)).toBe(false);
    expect(isCheckpointSigned(note, signingKey("a secret of a test, long enough", "other").publicKey)).toBe(false);
    expect(isCheckpointSigned(note.replace("era 1", "era 2"), key.publicKey)).toBe(false);
    expect(isCheckpointSigned(note.replace("\n12\n", "\n13\n"), key.publicKey)).toBe(false);
  });

  test("a rebased one says so, and notes that follow each other come apart again", () => {
    const [one, two] = [signCheckpoint(point, key), signCheckpoint({ ...point, id: 4, rebased: "from 1 to 2" }, key)];
    expect(splitNotes(`${one}\n${two}\n`)).toEqual([one, two]);
    expect(readCheckpoint(two)?.rebased).toBe("from 1 to 2");
  });

  test("the key is one printable word that names the log", () => {
    expect(verifierKey(point.origin, key.publicKey)).toMatch(/^a\.example\/audit\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
  });
});
