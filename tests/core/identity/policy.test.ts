/** What needs no database: return paths, devices, networks, passwords. */
import { describe, expect, test } from "bun:test";
import { clientAddress } from "@core/http/headers.ts";
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

describe("where a request came from (D20)", () => {
  const many = Array.from({ length: 20 }, (_, i) => `198.51.100.${i}`).join(", ");
  const cases: readonly (readonly [string, string | null, string | null, number, string | null])[] = [
    ["no proxy is trusted: what the client writes is nothing", "192.0.2.1", "203.0.113.9", 0, "192.0.2.1"],
    ["one proxy: what it saw, not what stands left of it", "10.0.0.1", "203.0.113.9, 192.0.2.7", 1, "192.0.2.7"],
    ["twenty hops, of which the client wrote nineteen", "10.0.0.1", many, 1, "198.51.100.19"],
    ["two proxies", "10.0.0.1", `${many}, 10.0.0.2`, 2, "198.51.100.19"],
    ["a port behind it", "10.0.0.1", "192.0.2.7:51515", 1, "192.0.2.7"],
    ["IPv6 in brackets with a port", "10.0.0.1", "[2001:db8::7]:443", 1, "2001:db8::7"],
    ["IPv4 in IPv6's dress", "::ffff:192.0.2.7", null, 0, "192.0.2.7"],
    ["a zone", "fe80::1%eth0", null, 0, "fe80::1"],
    ["no address at all: the peer", "10.0.0.1", "unknown", 1, "10.0.0.1"],
    ["a word of hexadecimal letters: the peer", "10.0.0.1", "abc", 1, "10.0.0.1"],
    ["numbers too large: the peer", "10.0.0.1", "999.1.1.1", 1, "10.0.0.1"],
    ["an injection: the peer", "10.0.0.1", "192.0.2.7'; drop table x", 1, "10.0.0.1"],
    ["nothing", null, null, 1, null],
  ];
  test.each(cases)("%s", (_name, peer, forwarded, trusted, expected) =>
    expect(clientAddress(peer, forwarded, trusted)).toBe(expected),
  );
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
