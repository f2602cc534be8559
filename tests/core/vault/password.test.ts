import { expect, test } from "bun:test";
import { TooBusy } from "@core/vault/errors.ts";
import { boundedQueue, hashPassword, isOutdatedHash, verifyPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";

test("a password is known by its hash, at any length and on any keyboard", async () => {
  const password = `${randomToken(60)} é`;
  const hash = await hashPassword(password);
  expect(hash).toStartWith("$argon2id$v=19$m=47104,t=1,");
  expect(await verifyPassword(password, hash)).toBe(true);
  expect(await verifyPassword(password.normalize("NFD"), hash)).toBe(true);
  expect(await verifyPassword(`${password}x`, hash)).toBe(false);
  expect(isOutdatedHash(hash)).toBe(false);
  expect(isOutdatedHash(hash.replace("m=47104", "m=8192"))).toBe(true);
});

test("nobody's password is never right, and a hash that is none is no error", async () => {
  expect(await verifyPassword(randomToken(8), null)).toBe(false);
  expect(await verifyPassword("x", "not a hash")).toBe(false);
});

test("an unknown account takes as long as a known one", async () => {
  const hash = await hashPassword("known");
  const time = async (of: string | null) => {
    const took: number[] = [];
    for (let i = 0; i < 5; i++) {
      const started = performance.now();
      await verifyPassword("guess", of);
      took.push(performance.now() - started);
    }
    return took.sort((a, b) => a - b)[2] ?? 0;
  };
  const [known, nobody] = [await time(hash), await time(null)];
  // Without the made-up hash the ratio would be above a hundred.
  expect(Math.max(known, nobody) / Math.min(known, nobody)).toBeLessThan(4);
});

test("the queue runs so many, keeps so many, in order, and refuses the next", async () => {
  const run = boundedQueue(2, 3);
  const order: number[] = [];
  let most = 0;
  let running = 0;
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const job = (n: number) =>
    run(async () => {
      order.push(n);
      most = Math.max(most, ++running);
      await gates[n]?.promise;
      running--;
      if (n === 1) throw new Error("the second fails and gives its place on all the same");
    });
  const jobs = Array.from({ length: 5 }, (_, n) => job(n));
  await expect(run(async () => {})).rejects.toBeInstanceOf(TooBusy);
  for (const gate of gates) gate.resolve();
  const settled = await Promise.allSettled(jobs);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"]);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(most).toBe(2);
  expect(await run(async () => "free again")).toBe("free again");
});
