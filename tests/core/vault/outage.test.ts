/** The key service chosen by the configuration, and what people see while it is away (drill D45). */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVault } from "@core/open-house.ts";
import { openKeyring } from "@core/vault/keyring.ts";
import { parseKeyPlace } from "@core/vault/place.ts";
import { requireKeys } from "@core/vault/standing.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { startTransit } from "../../support/transit-stand-in.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

const transit = startTransit();
const key = transit.createKey();
const keyToken = { value: transit.token };
const keys = { kind: "transit", address: transit.url, mount: "transit", key } as const;
let world: World;
let place: TestWorkspace;
let keeper: Client;
let subject: string;

beforeAll(async () => {
  world = await testWorld([sample], [], { keys, keyToken });
  await world.lay(sampleSql);
  place = await world.workspace("study", ["sample"]);
  keeper = await world.as(await world.person("Kim Keeper", "keeper", place));
  const [row] = await world.sql<{ id: string }>(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'participant') returning id",
    [place.tenant.id, place.id],
  );
  subject = row?.id ?? "";
});
afterAll(async () => {
  await world.stop();
  transit.stop();
});

const write = (title: string, writing: string) =>
  keeper.post(`/w/${place.slug}/sample/stones`, { title, writing, subject });
const stoneNamed = async (title: string) => {
  const [row] = await world.sql<{ id: string; writing: Uint8Array }>(
    "select id, writing from sample.stones where title = $1",
    [title],
  );
  return row;
};

describe("KMS_URL", () => {
  test.each([
    ["local", { kind: "local" }],
    ["aws-kms://eu-central-1/alias/cairn", { kind: "aws", region: "eu-central-1", keyId: "alias/cairn" }],
    [
      "transit+https://v.example:8200/a/b/k?namespace=n",
      { kind: "transit", address: "https://v.example:8200", mount: "a/b", key: "k", namespace: "n" },
    ],
  ])("%s is understood", (text, is) => {
    expect(parseKeyPlace(text, false)).toEqual(is as never);
  });
  test.each([
    "",
    "vault",
    "https://v.example/transit/k",
    "aws-kms://alias/cairn",
    "aws-kms://eu-central-1/",
    "aws-kms://eu-central-1/alias/c?region=x",
    "transit+https://v.example/k",
    "transit+http://v.example/transit/k",
    "transit+https://user:pw@v.example/transit/k",
  ])("%p is refused", (text) => expect(() => parseKeyPlace(text, false)).toThrow());
});

test("the keys that were made are wrapped by the service that was named", async () => {
  await write("first", "a first one");
  const rows = await world.sql<{ provider: string }>("select distinct provider from core.keys");
  expect(rows).toEqual([{ provider: `transit:transit/${key}` }]);
});

describe("before the first request", () => {
  const vaultAt = async (at: typeof keys | { kind: "local" }, token = keyToken) =>
    await openVault({ ...world.house.config, keys: at, keyToken: token });

  test("a service that never worked here is refused, and one that did and is away is not", async () => {
    const stranger = { ...keys, key: transit.createKey() };
    expect(await requireKeys(await vaultAt(keys), world.database)).toEqual([]);
    transit.behave("denied");
    try {
      await expect(vaultAt(stranger).then((vault) => requireKeys(vault, world.database))).rejects.toThrow("KMS_URL");
      expect(await requireKeys(await vaultAt(keys), world.database)).toEqual([expect.stringContaining("is away")]);
    } finally {
      transit.behave("ok");
    }
    expect(await requireKeys(await vaultAt(stranger), world.database)).toEqual([
      expect.stringContaining("KMS_FORMER_URLS"),
    ]);
  });

  test("a keyring that another process has rotated is read again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cairn-ring-"));
    try {
      const at = { file: join(folder, "ring"), keyFile: join(folder, "key"), secret: "s".repeat(40) };
      const [serving, command] = [await openKeyring(at), await openKeyring(at)];
      await command.rotate();
      const context = { tenant: "t1", purpose: "field" };
      const wrapped = await command.wrap(new Uint8Array(32).fill(3), context);
      expect(await serving.unwrap(wrapped, context)).toEqual(new Uint8Array(32).fill(3));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("an institution that chose AES-256-GCM seals by it, and opens what was sealed before", async () => {
  await write("by xchacha", "the old way");
  await world.sql(`update core.tenants set policies = policies || '{"sealing":"aes-256-gcm"}' where tenant_id = $1`, [
    world.here.id,
  ]);
  await write("by aes", "the new way");
  const [before, after] = [await stoneNamed("by xchacha"), await stoneNamed("by aes")];
  expect([before?.writing[1], after?.writing[1]]).toEqual([1, 3]);
  for (const [stone, text] of [
    [before, "the old way"],
    [after, "the new way"],
  ] as const) {
    expect((await keeper.get(`/w/${place.slug}/sample/stones/${stone?.id}`)).text).toContain(text);
  }
});

describe("while the key service is away", () => {
  test("fields are locked within a second, and nothing is stored in the clear", async () => {
    expect((await write("before", "under the first stone")).status).toBe(303);
    const stone = await stoneNamed("before");
    const path = `/w/${place.slug}/sample/stones/${stone?.id}`;
    expect((await keeper.get(path)).text).toContain("under the first stone");
    for (const mode of ["hang", "500", "denied"] as const) {
      world.house.vault.keys.clear();
      transit.behave(mode);
      try {
        const began = performance.now();
        const read = await keeper.get(path);
        const took = performance.now() - began;
        expect({ mode, status: read.status }).toEqual({ mode, status: 503 });
        expect(read.text).toContain("stays locked");
        expect(read.text).not.toContain("under the first stone");
        // 800 ms for the call itself (tests/core/vault/conformance.ts) and the page around it.
        expect(took).toBeLessThan(2_000);
        const wrote = await write(`during ${mode}`, "never in the clear");
        expect(wrote.status).toBe(503);
        expect(await stoneNamed(`during ${mode}`)).toBeUndefined();
        expect((await keeper.get(`/w/${place.slug}/sample/`)).status).toBe(200);
      } finally {
        transit.behave("ok");
        world.house.vault.keys.clear();
      }
    }
    const [clear] = await world.sql<{ found: boolean }>(
      "select exists (select from sample.stones where position('never in the clear'::bytea in writing) > 0) as found",
    );
    expect(clear?.found).toBe(false);
  });
});
