/** HBK1 and what is done to it (drill D72): whatever is not as it was written does not open. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openContainer, sealContainer } from "@core/backup/container.ts";
import {
  examineChain,
  type Manifest,
  manifestDigest,
  type SignedManifest,
  signManifest,
} from "@core/backup/manifest.ts";
import { makeRecipient, parseIdentity, parseRecipient } from "@core/backup/recipients.ts";
import { s3Target } from "@core/backup/s3.ts";
import { sftpTarget } from "@core/backup/sftp.ts";
import { readSnapshot } from "@core/backup/snapshot.ts";
import { type BackupRow, backupStanding } from "@core/backup/standing.ts";
import { parseBackupPlace } from "@core/backup/targets.ts";
import { proofDueSince, slotAt } from "@core/backup/timetable.ts";
import { type Keyring, openKeyring } from "@core/vault/keyring.ts";
import { signingKey } from "@core/vault/signing.ts";
import { startS3 } from "../../support/s3-stand-in.ts";

const folder = mkdtempSync(join(tmpdir(), "cairn-hbk-"));
afterAll(() => rmSync(folder, { recursive: true }));
const plain = Buffer.from("a row of Pia Patient\n".repeat(20_000));
const [safe, vaulted] = [makeRecipient(), makeRecipient()];
let provider: Keyring;
let whole: Buffer;

const bytesOf = async (source: AsyncIterable<Uint8Array>) => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
};
const sealing = (id = Bun.randomUUIDv7()) => ({
  kind: "data" as const,
  id,
  madeAt: new Date(),
  migrations: [],
  provider,
  recipients: [safe, vaulted].map(({ recipient }) => parseRecipient(recipient)),
});
const open = async (bytes: Uint8Array, identity?: string) =>
  await bytesOf(
    (await openContainer([bytes], { providers: [provider], ...(identity && { identity: parseIdentity(identity) }) }))
      .snapshot,
  );

beforeAll(async () => {
  provider = await openKeyring({ file: join(folder, "ring"), keyFile: join(folder, "key"), secret: "s".repeat(40) });
  whole = await bytesOf(sealContainer(sealing(), [plain]));
});

describe("a backup's file", () => {
  test("opens by the key service and by each recipient, and shows nothing to others", async () => {
    expect((await open(whole)).equals(plain)).toBe(true);
    for (const { identity } of [safe, vaulted]) expect((await open(whole, identity)).equals(plain)).toBe(true);
    expect(whole.includes("Pia Patient")).toBe(false);
    await expect(open(whole, makeRecipient().identity)).rejects.toThrow("was not sealed to");
  });

  const CHUNK = 64 * 1024 + 17;
  const cases: readonly (readonly [string, (bytes: Buffer) => Uint8Array])[] = [
    ["cut in the middle", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ["cut after its header", (bytes) => bytes.subarray(0, bytes.indexOf("\n", 5) + 1)],
    ["cut at a chunk's end", (bytes) => bytes.subarray(0, bytes.indexOf("\n", 5) + 1 + 42 + 2 * CHUNK)],
    ["without its last byte", (bytes) => bytes.subarray(0, -1)],
    ["with a byte more", (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ["written twice", (bytes) => Buffer.concat([bytes, bytes])],
    ["another file's body under this header", (bytes) => bytes],
    [
      "two chunks exchanged",
      (bytes) => {
        const start = bytes.indexOf("\n", 5) + 1 + 42;
        return Buffer.concat([
          bytes.subarray(0, start),
          bytes.subarray(start + CHUNK, start + 2 * CHUNK),
          bytes.subarray(start, start + CHUNK),
          bytes.subarray(start + 2 * CHUNK),
        ]);
      },
    ],
    [
      "a changed header",
      (bytes) => Buffer.from(bytes.toString("latin1").replace('"kind":"data"', '"kind":"exit"'), "latin1"),
    ],
    ["no backup at all", () => Buffer.from("HBK2\n{}\n")],
    ["empty", () => Buffer.alloc(0)],
  ];
  test.each(cases)("%s does not open", async (name, change) => {
    let bytes = change(whole);
    if (name.startsWith("another")) {
      const other = await bytesOf(sealContainer(sealing(), [plain]));
      bytes = Buffer.concat([
        whole.subarray(0, whole.indexOf("\n", 5) + 1),
        other.subarray(other.indexOf("\n", 5) + 1),
      ]);
    }
    await expect(open(bytes)).rejects.toThrow();
  });

  test("one flipped bit anywhere does not open", async () => {
    // Every byte of the first kilobyte, then one in each kilobyte.
    const places = Array.from({ length: 1_000 }, (_, i) => i).concat(
      Array.from({ length: whole.length >> 10 }, (_, i) => i << 10),
    );
    for (const at of places) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      const opened = await open(bytes).catch(() => null);
      if (opened) throw new Error(`byte ${at} may be flipped`);
    }
  });

  test("needs somebody who can open it", async () => {
    await expect(bytesOf(sealContainer({ ...sealing(), provider: null, recipients: [] }, [plain]))).rejects.toThrow(
      "Nobody",
    );
  });
});

describe("the chain of manifests", () => {
  const key = signingKey("k".repeat(40), "backup");
  const link = (sequence: number, before: SignedManifest | null): SignedManifest => {
    const manifest: Manifest = {
      format: 1,
      id: `${sequence}`,
      sequence,
      previous: before && manifestDigest(before),
      madeAt: "2026-01-01T00:00:00Z",
      slot: null,
      files: [],
      notes: [],
    };
    return signManifest(manifest, key);
  };
  const first = link(1, null);
  const second = link(2, first);
  const third = link(3, second);
  const forged = signManifest({ ...second.manifest, id: "x" }, key);

  test.each([
    ["whole", [third, first, second], 3, null],
    ["its beginning forgotten", [second, third], 3, null],
    ["a link taken out", [first, third], 3, "some are missing"],
    ["the newest taken away: an older one played as the newest", [first, second], 3, "newer ones were taken away"],
    ["one exchanged, even with the right signature", [first, forged, third], 3, "exchanged"],
    ["one twice", [first, second, forged], 2, "two backups"],
    ["one altered after signing", [first, { ...second, manifest: { ...second.manifest, slot: "x" } }], 2, "signature"],
    ["signed by another house", [signManifest(first.manifest, signingKey("o".repeat(40), "backup"))], 1, "signature"],
  ] as const)("%s", (_, chain, newest, says) => {
    const wrong = examineChain(chain, key.publicKey, newest);
    if (says === null) expect(wrong).toEqual([]);
    else expect(wrong.join(" ")).toContain(says);
  });
});

test("a snapshot's tables come back whole, in pieces of any size", async () => {
  const text =
    '{"table":"a.b","columns":["x"]}\n1\n\\\\.\n2\n\\.\n{"table":"a.c","columns":["x"]}\n\\.\n{"tail":{"tables":[]}}\n';
  for (let size = 1; size < 20; size += 1) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
      Buffer.from(text.slice(i * size, (i + 1) * size)),
    );
    const read: string[] = [];
    for await (const part of readSnapshot(
      (async function* () {
        yield* pieces;
      })(),
    )) {
      read.push(part.kind === "tail" ? "tail" : `${part.name}=${(await bytesOf(part.rows)).toString()}`);
    }
    expect(read).toEqual(["a.b=1\n\\\\.\n2\n", "a.c=", "tail"]);
  }
});

describe("the timetable (drill D76)", () => {
  test("gives fourteen slots in any seven days, one day of the changed clocks among them", () => {
    for (const start of ["2026-03-25T00:00:00Z", "2026-10-22T10:00:00Z", "2026-12-29T23:59:00Z"]) {
      const slots = new Set<string>();
      for (let minute = 0; minute < 7 * 1440; minute += 1)
        slots.add(slotAt(new Date(Date.parse(start) + minute * 60_000), "cairn.example.org").name);
      // A week that begins within a slot sees that one too.
      expect([14, 15]).toContain(slots.size);
    }
  });
  test("never leaves more than 13 hours between two, and differs from house to house", () => {
    const at = (house: string, day: number) => slotAt(new Date(Date.UTC(2026, 4, day, 23)), house).at.getTime();
    const minutes = new Set<number>();
    for (const house of ["a", "b", "c", "d", "e"]) {
      minutes.add(new Date(at(house, 5)).getUTCMinutes());
      const times = Array.from({ length: 40 }, (_, i) =>
        slotAt(new Date(Date.UTC(2026, 4, 1) + i * 6 * 3_600_000), house).at.getTime(),
      );
      for (let i = 1; i < times.length; i += 1)
        expect((times[i] ?? 0) - (times[i - 1] ?? 0)).toBeLessThan(13 * 3_600_000);
    }
    expect(minutes.size).toBeGreaterThan(1);
  });
  test("a restore is due once a night", () => {
    const due = new Set(
      Array.from({ length: 96 }, (_, i) =>
        proofDueSince(new Date(Date.UTC(2026, 4, 1) + i * 900_000), "a").toISOString(),
      ),
    );
    expect(due.size).toBe(2);
  });
});

describe("how the backups stand (drill D78)", () => {
  const now = new Date("2026-05-05T12:00:00Z");
  const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const config = { environment: "production" as const, backup: { to: [], recipients: [], keepDays: 400 } };
  const row = (hours: number, change: Partial<BackupRow> = {}): BackupRow => ({
    id: "x",
    sequence: 1,
    beganAt: ago(hours),
    finishedAt: ago(hours),
    bytes: 1,
    copies: [{ target: "s3://b", at: "x", says: "copied" }],
    verifiedAt: ago(hours),
    provedAt: ago(hours),
    restoreSeconds: 2,
    found: null,
    failed: null,
    ...change,
  });
  test.each([
    ["fresh and proved", [row(2)], true, "restored for a trial"],
    ["13 hours old", [row(12.9)], true, ""],
    ["older than 13 hours", [row(13.5)], false, "14 hours old"],
    ["never verified", [row(1, { verifiedAt: null, provedAt: null })], false, "read back whole yet"],
    [
      "a copy that failed",
      [row(1, { copies: [{ target: "s3://b", at: null, says: "full" }] })],
      false,
      "s3://b failed: full",
    ],
    ["a restore that found something", [row(1, { found: "core.persons is not the same" })], false, "core.persons"],
    ["no restore for two days", [row(1, { provedAt: null }), row(13, { provedAt: ago(50) })], false, "50 hours ago"],
    [
      "the last run failed",
      [row(1, { sequence: null, verifiedAt: null, failed: "disk full" }), row(3)],
      false,
      "disk full",
    ],
    ["none", [], false, "no backup"],
  ] as const)("%s", (_, rows, well, says) => {
    const standing = backupStanding(rows, config, now);
    expect({ well: standing.well, said: standing.says.join(" ").includes(says) }).toEqual({ well, said: true });
  });
  test("no place named is ill in production alone", () => {
    expect(backupStanding([], { environment: "production" }, now).well).toBe(false);
    expect(backupStanding([], { environment: "development" }, now).well).toBe(true);
  });
});

describe("a store that speaks S3, in parts", () => {
  const store = startS3();
  const place = {
    kind: "s3" as const,
    bucket: store.bucket,
    prefix: "parts & more",
    region: store.region,
    endpoint: store.url,
    lock: "compliance" as const,
  };
  const target = s3Target(place, () => store.credentials, 64 * 1024);
  const file = join(folder, "large");
  const tomorrow = new Date(Date.now() + 86_400_000);
  const put = (name: string) => target.put(name, file, tomorrow);
  const kept = (name: string) => store.objects.get(`${place.prefix}/${name}`);
  beforeAll(() => Bun.write(file, plain));
  afterAll(() => store.stop());

  test("takes a file larger than a part whole, locked, and gives it back", async () => {
    await put("one.hbk");
    expect(Buffer.from(kept("one.hbk")?.body ?? []).equals(plain)).toBe(true);
    expect(store.seen.filter((one) => one.startsWith("PUT")).length).toBe(Math.ceil(plain.length / (64 * 1024)));
    expect((await bytesOf(target.get("one.hbk"))).equals(plain)).toBe(true);
    await expect(target.remove("one.hbk")).rejects.toThrow("AccessDenied");
    await expect(put("one.hbk")).rejects.toThrow("AccessDenied");
  });
  test("sends a part again that did not come through, and after the third time nothing is left", async () => {
    store.breakNext(2);
    await put("two.hbk");
    expect(Buffer.from(kept("two.hbk")?.body ?? []).equals(plain)).toBe(true);
    store.breakNext(3);
    await expect(put("three.hbk")).rejects.toThrow("503 SlowDown");
    expect([kept("three.hbk"), store.uploads.size]).toEqual([undefined, 0]);
  });
  test("gives back what a killed process had begun, and nobody else's", async () => {
    store.uploads.set("dead", { name: `${place.prefix}/four.hbk`, until: 0, parts: new Map() });
    store.uploads.set("other", { name: `${place.prefix}/four.hbk2`, until: 0, parts: new Map() });
    await put("four.hbk");
    expect([...store.uploads.keys()]).toEqual(["other"]);
    expect(kept("four.hbk")?.body.length).toBe(plain.length);
  });
});

test("a file that comes slowly from a store comes whole; one that stops coming is given up", async () => {
  const store = startS3();
  const { bucket, region, url: endpoint } = store;
  const place = { kind: "s3", bucket, prefix: "", region, endpoint, lock: null } as const;
  const target = s3Target(place, () => store.credentials, undefined, 1_000);
  try {
    store.objects.set("large.hbk", { body: plain, until: 0 });
    store.be("slow");
    expect((await bytesOf(target.get("large.hbk"))).equals(plain)).toBe(true);
    store.be("silent");
    await expect(bytesOf(target.get("large.hbk"))).rejects.toThrow("fell silent while large.hbk was read");
  } finally {
    store.stop();
  }
});

// OpenSSH's own client, as it is on this machine, against its own server where that is installed, and else a stand-in.
const client = Bun.which("sftp");
const real = [process.env.SFTP_SERVER ?? "", "/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server"].find(
  (path) => path !== "" && existsSync(path),
);
if (!client) console.warn("SKIPPED: copies by SFTP need OpenSSH's sftp, which is not on this machine");
describe.skipIf(!client)(`a place behind SFTP (${real ?? "a stand-in of the server"})`, () => {
  const there = mkdtempSync(join(tmpdir(), "cairn-sftp-"));
  const place = {
    kind: "sftp" as const,
    user: "cairn",
    host: "copies",
    port: 22,
    folder: "far/copies",
    keyFile: "/k",
    knownFile: "/h",
  };
  /** `sftp -D` starts one program, without arguments. */
  const serving = (name: string, line: string) => {
    const path = join(there, name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    return sftpTarget(place, ["-D", path]);
  };
  const standIn = `exec "${process.execPath}" "${join(import.meta.dir, "../../support/sftp-stand-in.ts")}" "${there}"`;
  const target = serving("serve", real ? `cd "${there}" && exec ${real}` : standIn);
  const file = join(there, "large.hbk");
  beforeAll(() => Bun.write(file, plain));
  afterAll(() => rmSync(there, { recursive: true, force: true }));

  test("takes a file whole, in one step over an older one, gives it back, and names no half of one", async () => {
    await target.put("large.hbk", file, null);
    await target.put("large.hbk", file, null);
    writeFileSync(join(there, place.folder, ".other.hbk.part"), "half");
    expect(await target.names()).toEqual(["large.hbk"]);
    expect((await bytesOf(target.get("large.hbk"))).equals(plain)).toBe(true);
    await target.remove("large.hbk");
    await target.remove("large.hbk");
    expect(await target.names()).toEqual([]);
    await expect(bytesOf(target.get("large.hbk"))).rejects.toThrow("not found");
  });
  test("that is full keeps nothing, says so, and what lay there stays", async () => {
    writeFileSync(join(there, place.folder, "large.hbk"), "yesterday's");
    await expect(serving("full", `${standIn} 1000`).put("large.hbk", file, null)).rejects.toThrow(target.id);
    expect(readFileSync(join(there, place.folder, "large.hbk"), "utf8")).toBe("yesterday's");
  });
  test("is reached by its pinned host key and this key alone, and by no word that is more than a word", async () => {
    await expect(target.put("a b", file, null)).rejects.toThrow(TypeError);
    const nowhere = sftpTarget({ ...place, host: "127.0.0.1", port: 1 });
    await expect(nowhere.names()).rejects.toThrow("sftp://cairn@127.0.0.1:1/far/copies");
  });
});

test.each([
  [
    "sftp://cairn@backup.example.org:2022/copies?key=/etc/cairn/key&known=/etc/cairn/known_hosts",
    {
      kind: "sftp",
      user: "cairn",
      host: "backup.example.org",
      port: 2022,
      folder: "copies",
      keyFile: "/etc/cairn/key",
      knownFile: "/etc/cairn/known_hosts",
    },
  ],
  ["/mnt/backups", { kind: "folder", path: "/mnt/backups" }],
  [
    "s3://b/p/q?region=eu-central-1&lock=compliance",
    {
      kind: "s3",
      bucket: "b",
      prefix: "p/q",
      region: "eu-central-1",
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      lock: "compliance",
    },
  ],
])("%s is a place for backups", (text, place) => expect(parseBackupPlace(text, false)).toEqual(place as never));
test.each([
  "backups",
  "s3://b",
  "s3://b?region=eu-central-1&endpoint=http://x",
  "s3://b?region=x&lock=maybe",
  "sftp://h/x?key=/k&known=/h",
  "sftp://u@h/x?known=/h",
  "sftp://u@h/x?key=/k",
  "sftp://u:secret@h/x?key=/k&known=/h",
  "sftp://u@h/x%0arm?key=/k&known=/h",
  "sftp://-oProxyCommand=x@h/x?key=/k&known=/h",
  "ftp://h",
])("%s is none", (text) => expect(() => parseBackupPlace(text, false)).toThrow());
