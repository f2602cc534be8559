/** What needs no database: return paths, devices, networks, passwords. */
import { describe, expect, test } from "bun:test";
import { isKnownDevice, rememberDevice } from "@core/identity/device.ts";
import { networkOf } from "@core/identity/pace.ts";
import { passwordProblem } from "@core/identity/password-policy.ts";
import { returnPath } from "@core/identity/return-path.ts";
import { hashPassword, verifyPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { owner, refusedPasswords, takenPasswords } from "../../attack/corpus/passwords.ts";
import { honestReturnPaths, hostileReturnPaths } from "../../attack/corpus/return-paths.ts";

describe("the way on after signing in", () => {
  for (const path of hostileReturnPaths) {
    test(`${JSON.stringify(path).slice(0, 60)} leads home`, () => expect(returnPath(path)).toBe("/"));
  }
  for (const path of honestReturnPaths) {
    test(`${path} is kept`, () => expect(returnPath(path)).toBe(path));
  }
  test("nothing leads home", () => {
    expect(returnPath(undefined)).toBe("/");
    expect(returnPath("")).toBe("/");
  });
});

describe("a known device", () => {
  const secret = randomToken(32);
  const ada = { tenantId: "t1", personId: "ada" };
  const ben = { tenantId: "t1", personId: "ben" };

  test("knows who signed in on it, and nobody else", () => {
    const cookie = rememberDevice(secret, null, ada);
    expect(isKnownDevice(secret, cookie, ada)).toBe(true);
    expect(isKnownDevice(secret, cookie, ben)).toBe(false);
    expect(isKnownDevice(secret, cookie, { ...ada, tenantId: "t2" })).toBe(false);
    expect(isKnownDevice(randomToken(32), cookie, ada)).toBe(false);
  });

  test("is shared by the eight people who last used it", () => {
    let cookie: string | null = null;
    const people = Array.from({ length: 10 }, (_, i) => ({ tenantId: "t1", personId: `p${i}` }));
    for (const person of people) cookie = rememberDevice(secret, cookie, person);
    expect(people.map((person) => isKnownDevice(secret, cookie, person))).toEqual([
      false,
      false,
      ...Array<boolean>(8).fill(true),
    ]);
    const again = rememberDevice(secret, cookie, { tenantId: "t1", personId: "p5" });
    expect(again.split(".")).toHaveLength(9);
  });

  test("names nobody", () => {
    expect(rememberDevice(secret, null, ada)).not.toContain("ada");
  });

  test("made-up cookies are strange devices", () => {
    const [random = "", mark = ""] = rememberDevice(secret, null, ada).split(".");
    const [other = ""] = rememberDevice(secret, null, ada).split(".");
    const forged = ["", ".", random, `${other}.${mark}`, `${random}.${"A".repeat(22)}`, `${random}.${mark}x`];
    for (const cookie of forged) expect(isKnownDevice(secret, cookie, ada)).toBe(false);
    expect(rememberDevice(secret, "nonsense", ada)).toMatch(/^[\w-]{43}\.[\w-]{22}$/);
  });
});

test("a network is an address, or the /64 of one", () => {
  expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
  expect(networkOf(null)).toBe("unknown");
  expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:0DB8:0001:0002::9")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8::9")).toBe("2001:db8:0:0::/64");
  expect(networkOf("::1")).toBe("0:0:0:0::/64");
  expect(networkOf("fe80::1:2:3:4:5:6:7:8:9")).toBe("unknown");
});

describe("a password", () => {
  for (const [why, password] of refusedPasswords) {
    test(`is refused: ${why}`, () => expect(passwordProblem(password, owner)).toMatch(/\.$/));
  }
  for (const [why, password] of takenPasswords) {
    test(`is taken: ${why}`, () => expect(passwordProblem(password, owner)).toBeNull());
  }
  test("is never quoted by the sentence that refuses it", () => {
    for (const [, password] of refusedPasswords)
      if (password) expect(passwordProblem(password, owner)).not.toContain(password);
  });
  test("is compared whole, after 72 bytes too, and alike from every keyboard", async () => {
    const long = "a kettle for the heron, ".repeat(4);
    const hash = await hashPassword(`${long}é`);
    expect(await verifyPassword(`${long}é`.normalize("NFD"), hash)).toBe(true);
    expect(await verifyPassword(`${long}e`, hash)).toBe(false);
  });
});
