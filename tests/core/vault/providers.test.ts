import { expect, test } from "bun:test";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { awsKeys } from "@core/vault/aws.ts";
import { KeyRefused } from "@core/vault/errors.ts";
import { openKeyring } from "@core/vault/keyring.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { transitKeys } from "@core/vault/transit.ts";
import { startKms } from "../../support/kms-stand-in.ts";
import { startTransit } from "../../support/transit-stand-in.ts";
import { conforms } from "./conformance.ts";

async function place() {
  const folder = await mkdtemp(join(tmpdir(), "keyring-"));
  return { folder, file: join(folder, "keyring.json"), keyFile: join(folder, "keyring.key"), secret: randomToken(32) };
}

conforms(
  "The local keyring",
  async () => {
    const [mine, theirs] = await Promise.all([place(), place()]);
    const provider = await openKeyring(mine);
    const stranger = await openKeyring(theirs);
    return {
      provider,
      stranger,
      rotate: async () => void (await provider.rotate()),
      stop: () => {
        for (const { folder } of [mine, theirs]) void rm(folder, { recursive: true });
      },
    };
  },
  { remote: false },
);

conforms(
  "AWS KMS",
  async () => {
    const kms = startKms();
    const keyId = kms.createKey();
    const { region, url: endpoint, credentials } = kms;
    const fresh = (now?: () => number) => awsKeys({ region, endpoint, credentials, keyId }, now);
    return {
      provider: fresh(),
      stranger: awsKeys({ region, endpoint, credentials, keyId: kms.createKey() }),
      rotate: () => kms.rotate(keyId),
      stop: kms.stop,
      remote: {
        behave: kms.behave,
        enable: (enabled) => kms.enable(keyId, enabled),
        fresh,
        nowhere: () => awsKeys({ region, endpoint: "http://127.0.0.1:1", credentials, keyId }),
        impostor: () =>
          awsKeys({ region, endpoint, keyId, credentials: { ...credentials, secretAccessKey: randomToken(20) } }),
        calls: () => kms.seen.length,
      },
    };
  },
  { remote: true },
);

conforms(
  "Transit",
  async () => {
    const vault = startTransit();
    const key = vault.createKey();
    const settings = { address: vault.url, key, token: () => vault.token };
    const fresh = (now?: () => number) => transitKeys(settings, now);
    return {
      provider: fresh(),
      stranger: transitKeys({ ...settings, key: vault.createKey() }),
      rotate: () => vault.rotate(key),
      stop: vault.stop,
      remote: {
        behave: vault.behave,
        enable: (enabled) => vault.enable(key, enabled),
        fresh,
        nowhere: () => transitKeys({ ...settings, address: "http://127.0.0.1:1" }),
        impostor: () => transitKeys({ ...settings, token: () => "hvs.wrong" }),
        calls: () => vault.seen.length,
      },
    };
  },
  { remote: true },
);

test("AWS is told the context and unwraps what a former key wrapped", async () => {
  const kms = startKms();
  try {
    const [old, now] = [kms.createKey(), kms.createKey()];
    const base = { region: kms.region, endpoint: kms.url, credentials: kms.credentials };
    const context = { tenant: "t1", purpose: "field" };
    const wrapped = await awsKeys({ ...base, keyId: old }).wrap(new Uint8Array(32).fill(7), context);
    expect(kms.seen.at(-1)?.asked.EncryptionContext).toEqual({ tenant: "t1", purpose: "field" });
    await expect(awsKeys({ ...base, keyId: now }).unwrap(wrapped, context)).rejects.toBeInstanceOf(KeyRefused);
    const moved = awsKeys({ ...base, keyId: now, formerKeyIds: [old] });
    const anew = await moved.rewrap(wrapped, context);
    expect(await awsKeys({ ...base, keyId: now }).unwrap(anew, context)).toEqual(new Uint8Array(32).fill(7));
  } finally {
    kms.stop();
  }
});

test("a transit key made without derived still binds the context, and health asks for a better one", async () => {
  const vault = startTransit();
  try {
    const provider = transitKeys({ address: vault.url, key: vault.createKey(false), token: () => vault.token });
    const wrapped = await provider.wrap(new Uint8Array(32), { tenant: "t1", purpose: "field" });
    await expect(provider.unwrap(wrapped, { tenant: "t2", purpose: "field" })).rejects.toBeInstanceOf(KeyRefused);
    expect(await provider.health()).toEqual({ ok: false, reason: expect.stringContaining("derived=true") });
  } finally {
    vault.stop();
  }
});

test("the keyring opens again with the same pair, and with no other", async () => {
  const mine = await place();
  try {
    const first = await openKeyring(mine);
    const context = { tenant: "t1", purpose: "field" };
    const wrapped = await first.wrap(new Uint8Array(32).fill(9), context);
    expect(await first.rotate()).toBe(2);
    const again = await openKeyring(mine);
    expect(again.versions).toEqual([1, 2]);
    expect(await again.unwrap(wrapped, context)).toEqual(new Uint8Array(32).fill(9));

    await expect(openKeyring({ ...mine, secret: randomToken(32) })).rejects.toThrow("does not open");
    const text = await readFile(mine.file, "utf8");
    await writeFile(mine.file, text.slice(0, -30));
    await expect(openKeyring(mine)).rejects.toThrow("damaged");
    await writeFile(mine.file, text);
    await chmod(mine.keyFile, 0o640);
    await expect(openKeyring(mine)).rejects.toThrow("chmod 600");
    await rm(mine.keyFile);
    await expect(openKeyring(mine)).rejects.toThrow("Bring the key file back");
  } finally {
    await rm(mine.folder, { recursive: true });
  }
});

test("keyring and key file are private, and two first starts agree on one ring", async () => {
  const mine = await place();
  try {
    const [a, b] = await Promise.all([openKeyring(mine), openKeyring(mine)]);
    expect(a.id).toBe(b.id);
    for (const file of [mine.file, mine.keyFile]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    const context = { tenant: "t1", purpose: "field" };
    expect(await b.unwrap(await a.wrap(new Uint8Array(32), context), context)).toHaveLength(32);
  } finally {
    await rm(mine.folder, { recursive: true });
  }
});

test("a destroyed root key opens nothing, whatever copy of the wrapping is brought", async () => {
  const mine = await place();
  try {
    const ring = await openKeyring(mine);
    const context = { tenant: "t1", purpose: "field" };
    const old = await ring.wrap(new Uint8Array(32), context);
    await expect(ring.destroyVersion(1)).rejects.toThrow("rotate first");
    await ring.rotate();
    await ring.destroyVersion(1);
    await expect(ring.unwrap(old, context)).rejects.toBeInstanceOf(KeyRefused);
    await expect((await openKeyring(mine)).unwrap(old, context)).rejects.toBeInstanceOf(KeyRefused);
  } finally {
    await rm(mine.folder, { recursive: true });
  }
});
