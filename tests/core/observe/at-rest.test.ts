import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { examineAtRest } from "@core/observe/at-rest.ts";

const scratch = mkdtempSync(join(tmpdir(), "cairn-at-rest-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A Linux of files: the temporary folder's mount, and block devices by number. */
function system(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(scratch, "root-"));
  const all = {
    "proc/self/mountinfo": `22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 254:3 / ${tmpdir()} rw - ext4 /dev/mapper/data rw\n`,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
const at = "sys/dev/block/254:3";

describe("what lies below a folder", () => {
  test("a dm-crypt volume is evidence, also below a logical volume", () => {
    const direct = system({ [`${at}/dm/uuid`]: "CRYPT-LUKS2-abc-data\n", [`${at}/dm/name`]: "data\n" });
    expect(examineAtRest(scratch, undefined, direct)).toMatchObject({ kind: "encrypted" });
    const below = system({
      [`${at}/dm/uuid`]: "LVM-xyz",
      [`${at}/slaves/dm-0/dm/uuid`]: "CRYPT-LUKS2-abc-pv",
      [`${at}/slaves/dm-0/dm/name`]: "pv",
    });
    expect(examineAtRest(scratch, undefined, below)).toEqual({
      kind: "encrypted",
      evidence: `${scratch} lies on /dev/mapper/data (ext4), under CRYPT-LUKS2 (pv)`,
    });
  });

  test("one bare disk in an array is no evidence", () => {
    const half = system({
      [`${at}/slaves/a/dm/uuid`]: "CRYPT-LUKS2-a-a",
      [`${at}/slaves/a/dm/name`]: "a",
      [`${at}/slaves/b/size`]: "1",
    });
    expect(examineAtRest(scratch, undefined, half)).toMatchObject({ kind: "unknown" });
  });

  test("somebody's word stands only where nothing is seen, and is called that", () => {
    expect(examineAtRest(scratch, "checked by J. Visser", system({}))).toEqual({
      kind: "attested",
      words: "checked by J. Visser",
    });
    expect(examineAtRest(scratch, undefined, mkdtempSync(join(scratch, "none-")))).toMatchObject({ kind: "unknown" });
  });
});
