/** The short form of `bun run attack vault`. */
import { expect, test } from "bun:test";
import { attackVault } from "./vault.ts";

test("neither the disk nor a hand in the database gives a protected value", async () => {
  const waves = await attackVault(50_000);
  expect(waves.map(({ tried }) => tried >= 50)).toEqual([true, true, true]);
  expect(waves.flatMap(({ kind, through }) => through.map((name) => `${kind}: ${name}`))).toEqual([]);
});
