/** Each way of tests/attack/corpus/trespasses.ts into what is somebody else's: none gets through. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Trespass, trespasses } from "../../attack/corpus/trespasses.ts";

let t: Trespass;
beforeAll(async () => {
  t = await Trespass.begin();
}, 60_000);
afterAll(() => t.stop());

test.each(trespasses.map(([name, gotThrough]) => [name, gotThrough] as const))("%s", async (_name, gotThrough) => {
  expect(await gotThrough(t)).toBe(false);
});
