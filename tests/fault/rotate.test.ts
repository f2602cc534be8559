/** The short form of `bun run fault rotate`. */
import { expect, test } from "bun:test";
import { openWard } from "../core/backup/ward.ts";
import { rotateUnderFire } from "./rotate.ts";

test("keys rotated while people work, by a process that is killed: nothing is lost, and everything lies under the newest", async () => {
  const ward = await openWard();
  try {
    const {
      kills,
      values,
      seconds: _,
      ...wrong
    } = await rotateUnderFire(ward, { before: 60, rounds: 1, killsEach: 2 });
    expect(kills + values).toBeGreaterThan(60);
    expect(wrong).toEqual({ lost: 0, mismatched: 0, behind: 0, mistagged: 0, unfound: 0, refused: 0 });
  } finally {
    await ward.stop();
  }
});
