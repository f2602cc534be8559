import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AES_256_GCM, XCHACHA20_POLY1305 } from "@core/vault/aead.ts";
import type { FieldAddress } from "@core/vault/ciphertext.ts";
import { Vault } from "@core/vault/envelope.ts";
import { KeyRefused, KeyUnavailable, NothingToIndex, SealBroken, Shredded } from "@core/vault/errors.ts";
import { type Keyring, openKeyring } from "@core/vault/keyring.ts";
import type { KeyProvider } from "@core/vault/kms.ts";
import { email, phone } from "@core/vault/normalise.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { MemoryKeyStore } from "../../support/key-store.ts";

const SECRET = "Ada Invented told us about her sleep";
const here = { tenant: "t1", workspace: "w1" };
const there: FieldAddress = { table: "milestones.milestones", column: "note", row: "r1" };
const ofPia: FieldAddress = { ...there, subject: "pia" };

const folders: string[] = [];

async function keyring(): Promise<Keyring> {
  const folder = await mkdtemp(join(tmpdir(), "vault-"));
  folders.push(folder);
  return await openKeyring({ file: join(folder, "ring"), keyFile: join(folder, "key"), secret: randomToken(32) });
}

let ring: Keyring;
let store: MemoryKeyStore;
let vault: Vault;

beforeAll(async () => {
  ring = await keyring();
});
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});
beforeEach(() => {
  store = new MemoryKeyStore();
  vault = new Vault(ring);
});

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();
const sealed = (address = there, scope = here) => vault.sealer(store, scope).seal(SECRET, address);
const broken = (bytes: Uint8Array, address = there, scope: { tenant: string; workspace: string | null } = here) =>
  expect(vault.sealer(store, scope).open(bytes, address)).rejects.toBeInstanceOf(SealBroken);

/** The local keyring, counted, and able to be down. */
function counted(): { provider: KeyProvider; calls: () => number; down: (is: boolean) => void } {
  let calls = 0;
  let isDown = false;
  const call = async <T>(act: () => Promise<T>) => {
    calls++;
    await Bun.sleep(1);
    if (isDown) throw new KeyUnavailable("down in this test");
    return await act();
  };
  return {
    provider: {
      id: ring.id,
      wrap: (key, context) => call(() => ring.wrap(key, context)),
      unwrap: (wrapped, context) => call(() => ring.unwrap(wrapped, context)),
      rewrap: (wrapped, context) => call(() => ring.rewrap(wrapped, context)),
      health: () => ring.health(),
    },
    calls: () => calls,
    down: (is) => {
      isDown = is;
    },
  };
}

for (const algorithm of [XCHACHA20_POLY1305, AES_256_GCM] as const) {
  describe(`a sealed field under algorithm ${algorithm}`, () => {
    beforeEach(() => {
      vault = new Vault(ring, { algorithm });
    });

    for (const [who, address] of [
      ["the workspace's key", there],
      ["a subject's key", ofPia],
    ] as const) {
      test(`opens at its address under ${who}, and only says its header`, async () => {
        const bytes = await sealed(address);
        expect(text(await vault.sealer(store, here).open(bytes, address))).toBe(SECRET);
        expect(bytes[0]).toBe(1);
        expect(bytes[1]).toBe(algorithm);
        expect(bytes.length).toBe(18 + (algorithm === AES_256_GCM ? 12 : 24) + SECRET.length + 16);
        expect(Buffer.from(bytes).includes("sleep")).toBe(false);
      });

      test(`does not open under ${who} with any byte flipped`, async () => {
        const bytes = await sealed(address);
        for (let at = 0; at < bytes.length; at++) {
          const changed = Uint8Array.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
          await broken(changed, address);
        }
      });

      test(`does not open under ${who} cut to any length, or lengthened`, async () => {
        const bytes = await sealed(address);
        for (let length = 0; length < bytes.length; length++) await broken(bytes.slice(0, length), address);
        await broken(Buffer.concat([bytes, new Uint8Array(1)]), address);
      });

      for (const [what, moved] of Object.entries({
        row: { row: "r2" },
        column: { column: "title" },
        table: { table: "milestones.reviews" },
      })) {
        test(`does not open under ${who} in another ${what}`, async () => {
          await broken(await sealed(address), { ...address, ...moved });
        });
      }
      test(`does not open under ${who} for another tenant, workspace, or the tenant as a whole`, async () => {
        const bytes = await sealed(address);
        await broken(bytes, address, { tenant: "t2", workspace: "w1" });
        await broken(bytes, address, { tenant: "t1", workspace: "w2" });
        await broken(bytes, address, { tenant: "t1", workspace: null });
      });
    }

    test("does not open for another subject, or for none", async () => {
      const bytes = await sealed(ofPia);
      await sealed({ ...there, subject: "otto" });
      await broken(bytes, { ...there, subject: "otto" });
      await broken(bytes, there);
      await broken(await sealed(there), ofPia);
    });

    test("does not open with another key's id written in", async () => {
      const bytes = Uint8Array.from(await sealed(ofPia));
      const others = [
        await sealed({ ...there, subject: "otto" }),
        await sealed(there),
        await sealed(ofPia, { tenant: "t2", workspace: "w1" }),
        randomBytes(60),
      ];
      for (const other of others) {
        bytes.set(other.subarray(2, 18), 2);
        await broken(bytes, ofPia);
      }
    });

    test("opens what the other algorithm sealed: the algorithm is read, not assumed", async () => {
      const other = algorithm === AES_256_GCM ? XCHACHA20_POLY1305 : AES_256_GCM;
      const bytes = await vault.sealer(store, here, other).seal(SECRET, there);
      expect(text(await vault.sealer(store, here).open(bytes, there))).toBe(SECRET);
    });

    test("seals nothing and much", async () => {
      const sealer = vault.sealer(store, here);
      for (const value of [new Uint8Array(0), new Uint8Array(randomBytes(1_000_000))]) {
        expect(Buffer.from(await sealer.open(await sealer.seal(value, there), there)).equals(value)).toBe(true);
      }
    });
  });
}

test("every other algorithm byte is refused", async () => {
  const bytes = Uint8Array.from(await sealed());
  for (let alg = 0; alg < 256; alg++) {
    if (alg === XCHACHA20_POLY1305) continue;
    bytes[1] = alg;
    await broken(bytes);
  }
});

test("the site is bound under the workspace's key and left free under a subject's", async () => {
  const atSite = { ...there, site: "s1" };
  await broken(await sealed(atSite), { ...there, site: "s2" });
  await broken(await sealed(atSite), there);
  const moved = await sealed({ ...ofPia, site: "s1" });
  expect(text(await vault.sealer(store, here).open(moved, { ...ofPia, site: "s2" }))).toBe(SECRET);
});

test("an address cannot be re-cut into another: lengths are written before parts", async () => {
  await broken(await sealed({ ...there, table: "a.bc", column: "d" }), { ...there, table: "a.b", column: "cd" });
  await broken(await sealed({ ...there, site: "" }), there);
});

test("nonces do not repeat in 100,000 seals", async () => {
  const sealer = vault.sealer(store, here);
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) {
    const bytes = await sealer.seal("x", there);
    seen.add(Buffer.from(bytes.buffer, 18, 24).toString("latin1"));
  }
  expect(seen.size).toBe(100_000);
}, 60_000);

describe("a list", () => {
  test("of 50 people is two queries cold, one warm, and one call to the provider", async () => {
    const { provider, calls } = counted();
    vault = new Vault(provider);
    const items = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const address = { ...there, row: `r${i}`, subject: `s${i}` };
        return { bytes: await vault.sealer(store, here).seal(`Name ${i}`, address), address };
      }),
    );
    vault.keys.clear();
    for (const [queries, asks] of [
      [2, 1],
      [1, 0],
    ] as const) {
      store.queries = 0;
      const before = calls();
      const opened = await vault.sealer(store, here).openMany(items);
      expect(opened.map((one) => one.ok && text(one.value))).toEqual(items.map((_, i) => `Name ${i}`));
      expect(store.queries).toBe(queries);
      expect(calls() - before).toBe(asks);
    }
  });

  test("shows the others when one was destroyed and one was tampered with", async () => {
    const sealer = vault.sealer(store, here);
    const addresses = ["a", "b", "c"].map((subject) => ({ ...there, subject }));
    const items = await Promise.all(
      addresses.map(async (address) => ({ bytes: await sealer.seal(SECRET, address), address })),
    );
    await sealer.destroySubjectKey("b");
    items[2]?.bytes.fill(0, -1);
    const [a, b, c] = await vault.sealer(store, here).openMany(items);
    expect(a?.ok && text(a.value)).toBe(SECRET);
    expect(b).toEqual({ ok: false, why: expect.any(Shredded) });
    expect(c).toEqual({ ok: false, why: expect.any(SealBroken) });
  });
});

describe("a subject's key", () => {
  test("destroyed: what it sealed is gone, here and in a process that had it in memory; the rest stays", async () => {
    const elsewhere = new Vault(ring);
    const bytes = await sealed(ofPia);
    const others = await sealed({ ...there, subject: "otto" });
    await elsewhere.sealer(store, here).open(bytes, ofPia);
    await vault.sealer(store, here).destroySubjectKey("pia");
    for (const each of [vault, elsewhere]) {
      const sealer = each.sealer(store, here);
      await expect(sealer.open(bytes, ofPia)).rejects.toBeInstanceOf(Shredded);
      await expect(sealer.seal(SECRET, ofPia)).rejects.toBeInstanceOf(Shredded);
      expect(text(await sealer.open(others, { ...there, subject: "otto" }))).toBe(SECRET);
    }
    expect([...store.rows.values()].filter((row) => row.subject === "pia").every((row) => !row.wrapped)).toBe(true);
  });

  test("destroyed before it was ever made: none is made afterwards", async () => {
    const sealer = vault.sealer(store, here);
    await sealer.destroySubjectKey("pia");
    await expect(vault.sealer(store, here).seal(SECRET, ofPia)).rejects.toBeInstanceOf(Shredded);
  });

  test("does not open in another subject's row of the key table", async () => {
    const bytes = await sealed(ofPia);
    await sealed({ ...there, subject: "otto" });
    const [pia, otto] = ["pia", "otto"].map((who) => [...store.rows.values()].find((row) => row.subject === who));
    if (!pia || !otto) throw new Error("Both have keys.");
    store.rows.set(pia.id, { ...pia, wrapped: otto.wrapped });
    vault.keys.clear();
    await expect(vault.sealer(store, here).open(bytes, ofPia)).rejects.toBeInstanceOf(KeyRefused);
  });

  test("made by two requests at once is one key", async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => sealed(ofPia)));
    expect([...store.rows.values()].filter((row) => row.subject === "pia")).toHaveLength(1);
    for (const bytes of all) expect(text(await vault.sealer(store, here).open(bytes, ofPia))).toBe(SECRET);
  });
});

describe("rotation", () => {
  test("seals under the new key, opens the old, moves the rest over, and loses nothing", async () => {
    const sealer = vault.sealer(store, here);
    const old = await sealer.seal(SECRET, there);
    const key = await sealer.rotate();
    expect(key.version).toBe(2);
    const anew = await vault.sealer(store, here).seal(SECRET, there);
    expect(Buffer.from(anew.subarray(2, 18)).equals(old.subarray(2, 18))).toBe(false);
    const later = vault.sealer(store, here);
    expect(text(await later.open(old, there))).toBe(SECRET);
    const moved = await later.reseal(old, there);
    if (!moved) throw new Error("What lies under an old key is resealed.");
    expect(text(await later.open(moved, there))).toBe(SECRET);
    expect(await later.reseal(moved, there)).toBeNull();
  });

  test("of the scope key rewraps a subject's key; its values are not touched", async () => {
    const bytes = await sealed(ofPia);
    const sealer = vault.sealer(store, here);
    const scopeKey = await sealer.rotate();
    const pia = [...store.rows.values()].find((row) => row.subject === "pia");
    if (!pia) throw new Error("Pia has a key.");
    expect(await sealer.rewrap(pia)).toBe(true);
    expect(await sealer.rewrap(pia)).toBe(false);
    expect(store.rows.get(pia.id)?.wrappedBy).toBe(scopeKey.id);
    vault.keys.clear();
    expect(text(await vault.sealer(store, here).open(bytes, ofPia))).toBe(SECRET);
  });

  test("from one provider to another rewraps the scope key; its values are not touched", async () => {
    const bytes = await sealed(ofPia);
    const other = await keyring();
    const moved = new Vault(other, { formerProviders: [ring] });
    for (const row of [...store.rows.values()].filter((row) => row.wrappedBy === null)) {
      expect(await moved.sealer(store, here).rewrap(row)).toBe(true);
    }
    expect(text(await new Vault(other).sealer(store, here).open(bytes, ofPia))).toBe(SECRET);
    await expect(new Vault(ring).sealer(store, here).open(bytes, ofPia)).rejects.toBeInstanceOf(KeyRefused);
  });
});

test("another tenant's key is not rewrapped, and its destruction is not told", async () => {
  const elsewhere = { tenant: "t2", workspace: "w1" };
  const bytes = await sealed(ofPia, elsewhere);
  const theirs = [...store.rows.values()].find((row) => row.subject === "pia");
  if (!theirs) throw new Error("Pia has a key there.");
  await expect(vault.sealer(store, here).rewrap(theirs)).rejects.toBeInstanceOf(SealBroken);
  await vault.sealer(store, elsewhere).destroySubjectKey("pia");
  await broken(bytes, ofPia);
});

describe("a blind index", () => {
  const place = { table: "core.identities", column: "email", normaliser: email };
  const tag = async (value: string, scope: { tenant: string; workspace: string | null } = here, at = place) =>
    Buffer.from(await vault.sealer(store, scope).blindIndex(value, at)).toString("hex");

  test("finds an equal value however it is spelled, after a restart too", async () => {
    const one = await tag("Pia@Example.org");
    expect(one).toHaveLength(32);
    vault = new Vault(ring);
    expect(await tag(" pia@example.ORG ")).toBe(one);
    expect(await tag("pia@example.com")).not.toBe(one);
  });
  test("differs between tenants, workspaces, columns, tables and normalisers", async () => {
    const tags = await Promise.all([
      tag("0301234"),
      tag("0301234", { tenant: "t2", workspace: "w1" }),
      tag("0301234", { tenant: "t1", workspace: "w2" }),
      tag("0301234", { tenant: "t1", workspace: null }),
      tag("0301234", here, { ...place, column: "phone" }),
      tag("0301234", here, { ...place, table: "core.people" }),
      tag("0301234", here, { ...place, normaliser: phone }),
    ]);
    expect(new Set(tags).size).toBe(tags.length);
  });
  test("of nothing is refused", () => expect(tag("  ")).rejects.toBeInstanceOf(NothingToIndex));
});

describe("when the key service is down", () => {
  test("keys in memory serve until they are five minutes old, then fields are locked and nothing is written", async () => {
    let clock = 1_000_000;
    const { provider, down } = counted();
    vault = new Vault(provider, { now: () => clock });
    const bytes = await sealed();
    down(true);
    clock += 5 * 60_000 - 1;
    expect(text(await vault.sealer(store, here).open(bytes, there))).toBe(SECRET);
    clock += 2;
    await expect(vault.sealer(store, here).open(bytes, there)).rejects.toBeInstanceOf(KeyUnavailable);
    await expect(sealed()).rejects.toBeInstanceOf(KeyUnavailable);
    await expect(sealed(there, { tenant: "t9", workspace: "w9" })).rejects.toBeInstanceOf(KeyUnavailable);
    expect([...store.rows.values()].some((row) => row.tenant === "t9")).toBe(false);
    down(false);
    clock += 5_001;
    expect(text(await vault.sealer(store, here).open(bytes, there))).toBe(SECRET);
  });

  test("a failure is remembered for five seconds, and waiters share one call", async () => {
    let clock = 1_000_000;
    const { provider, calls, down } = counted();
    vault = new Vault(provider, { now: () => clock });
    const bytes = await sealed();
    vault.keys.clear();
    let before = calls();
    await Promise.all(Array.from({ length: 20 }, () => vault.sealer(store, here).open(bytes, there)));
    expect(calls() - before).toBe(1);
    vault.keys.clear();
    down(true);
    before = calls();
    for (let i = 0; i < 5; i++) {
      await expect(vault.sealer(store, here).open(bytes, there)).rejects.toBeInstanceOf(KeyUnavailable);
    }
    expect(calls() - before).toBe(1);
    clock += 5_001;
    await expect(vault.sealer(store, here).open(bytes, there)).rejects.toBeInstanceOf(KeyUnavailable);
    expect(calls() - before).toBe(2);
  });
});

describe("keys in memory", () => {
  test("are bounded in number and in uses, and erased when they go", async () => {
    const { provider, calls } = counted();
    vault = new Vault(provider, { limits: { maxEntries: 3, maxUses: 4 } });
    const bytes = await sealed();
    const row = [...store.rows.values()][0];
    if (!row) throw new Error("There is a key.");
    let inMemory: Uint8Array | undefined;
    await vault.keys.use(
      row,
      () => Promise.reject(new Error("It is in memory.")),
      (lent) => {
        inMemory = lent.key;
        expect(lent.key.some((byte) => byte !== 0)).toBe(true);
      },
    );
    const before = calls();
    for (let i = 0; i < 8; i++) expect(text(await vault.sealer(store, here).open(bytes, there))).toBe(SECRET);
    expect(calls() - before).toBe(2);
    expect(inMemory?.every((byte) => byte === 0)).toBe(true);
    for (let i = 0; i < 10; i++) await sealed(there, { tenant: `t${i}`, workspace: "w1" });
    expect(vault.keys.size).toBeLessThanOrEqual(3);
  });
});
