/** Anyone may ask whether a file is genuine; nobody learns from the answer whom it concerns. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { verifyRoutes } from "@core/documents/verify.tsx";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let asKit: Client;
beforeAll(async () => {
  world = await testWorld([sample], [verifyRoutes]);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  asKit = await world.as(await world.person("Kit Keeper", "keeper", place));
});
afterAll(async () => await world.stop());

const check = (bytes: Uint8Array, at = world.here) =>
  world.stranger(at).post("/verify", { file: { filename: "copy.csv", bytes } });

test("a file as it was downloaded is genuine; with one byte changed it is not known, and elsewhere neither", async () => {
  const file = await asKit.get(`/w/${place.slug}/sample/stones.csv`);
  expect(file.status).toBe(200);
  const true_ = await check(file.bytes);
  expect([true_.status, true_.text.includes("nothing in it was changed"), true_.text.includes("Stones")]).toEqual([
    200,
    true,
    true,
  ]);
  for (const word of ["Kit", "keeper", place.slug]) expect(true_.text).not.toContain(word);
  const altered = file.bytes.slice();
  altered[altered.length - 2] = (altered[altered.length - 2] ?? 0) ^ 1;
  expect((await check(altered)).text).toContain("Not known here");
  expect((await check(file.bytes, world.there)).text).toContain("Not known here");
  expect((await world.trail())[0]?.sentence).toBe("Somebody checked whether a file is genuine: not known");
});

test("without a file it asks for one, and it is not asked without end", async () => {
  const none = await world.stranger().post("/verify", {});
  expect([none.status, none.text.includes("Choose a file")]).toEqual([422, true]);
  const statuses = new Set<number>();
  for (let times = 0; times < 60; times++) statuses.add((await check(new Uint8Array([times, 1, 2]))).status);
  expect([...statuses].sort()).toEqual([200, 429]);
});
