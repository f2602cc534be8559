/** The short form of `bun run attack record`. */
import { expect, test } from "bun:test";
import { attackRecord } from "./record.ts";

test("an insider changes nothing on the record, and a superuser nothing unnoticed", async () => {
  const all = await attackRecord();
  expect(all.filter(({ isStopped }) => !isStopped)).toEqual([]);
  expect(all.length).toBeGreaterThanOrEqual(50);
}, 60_000);
