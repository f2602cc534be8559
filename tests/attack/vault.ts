/**
 * D41, D42, D48: what someone finds who has the disk, and what someone achieves who can write to the database but has no
 * key. Prints what it tried. NONCES=10000000 for the long form of the last wave.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverAccount } from "@core/db/binaries.ts";
import { startEmbedded } from "@core/db/embedded.ts";
import { AES_256_GCM, encrypt, XCHACHA20_POLY1305 } from "@core/vault/aead.ts";
import { sample } from "../sample/module.tsx";
import { sampleSql } from "../sample/store.ts";
import { tellWaves, type Wave } from "../support/waves.ts";
import { testWorld } from "../support/world.ts";

export async function attackVault(nonces = Number(process.env.NONCES ?? 1_000_000)): Promise<Wave[]> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-disk-"));
  serverAccount().own(folder);
  const server = await startEmbedded(folder, { durable: false });
  try {
    const world = await testWorld([sample], [], {}, server.owner);
    try {
      await world.lay(sampleSql);
      const place = await world.workspace("study", ["sample"]);
      const keeper = await world.as(await world.person("Kit Keeper", "keeper", place));
      const subjects: string[] = [];
      for (let i = 0; i < 5; i += 1) {
        const [row] = await world.sql<{ id: string }>(
          "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, $3, 'participant') returning id",
          [place.tenant.id, place.id, `S-${i}`],
        );
        subjects.push(row?.id ?? "");
      }
      const canary = (i: number) => `canary ${i} of Pia Patient, born 1971-02-03`;
      const stones: string[] = [];
      for (let i = 0; i < 20; i += 1) {
        const answer = await keeper.post(`/w/${place.slug}/sample/stones`, {
          title: `stone ${i}`,
          writing: canary(i),
          subject: subjects[i % 5] ?? "",
        });
        stones.push(answer.location.split("/").at(-1) ?? "");
      }
      const read = async (id: string) => await keeper.get(`/w/${place.slug}/sample/stones/${id}`);
      if (!(await read(stones[0] ?? "")).text.includes(canary(0)))
        throw new Error("the canary cannot be read by its keeper: nothing is proved");
      await world.sql("checkpoint");

      const onDisk: string[] = [];
      let files = 0;
      for (const path of filesBelow(folder)) {
        files += 1;
        if (/canary \d+ of Pia|born 1971-02-03/.test(readFileSync(path).toString("latin1")))
          onDisk.push(path.slice(folder.length));
      }
      const logged = world.logged.join("\n").includes("Pia Patient") ? ["the log"] : [];

      const through: string[] = [];
      let tried = 0;
      const attempt = async (name: string, id: string, statement: string, values: readonly unknown[]) => {
        const [before] = await world.sql<{ writing: Uint8Array }>("select writing from sample.stones where id = $1", [
          id,
        ]);
        await world.sql(statement, values);
        const { status, text } = await read(id);
        tried += 1;
        if (status < 400 || status === 500 || text.includes("canary")) through.push(`${name} (${status})`);
        await world.sql("update sample.stones set writing = $2 where id = $1", [id, before?.writing]);
      };
      const [victim = "", other = "", same = ""] = [stones[0], stones[1], stones[5]];
      const set = "update sample.stones set writing = $2 where id = $1";
      const [own] = await world.sql<{ writing: Uint8Array }>("select writing from sample.stones where id = $1", [
        victim,
      ]);
      const bytes = Buffer.from(own?.writing ?? []);
      for (let at = 0; at < bytes.length; at += 1) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        await attempt(`byte ${at} flipped`, victim, set, [victim, changed]);
      }
      for (let end = 0; end < bytes.length; end += 7)
        await attempt(`cut to ${end}`, victim, set, [victim, bytes.subarray(0, end)]);
      await attempt("prolonged", victim, set, [victim, Buffer.concat([bytes, Buffer.of(0)])]);
      const moved =
        "update sample.stones set writing = (select writing from sample.stones where id = $2) where id = $1";
      await attempt("another subject's value", victim, moved, [victim, other]);
      await attempt("the same subject's value of another row", victim, moved, [victim, same]);
      await attempt("plaintext in its place", victim, set, [victim, Buffer.from(canary(0))]);

      return [
        {
          kind: `files of the database's disk with a canary (${files} read)`,
          tried: files,
          through: [...onDisk, ...logged],
        },
        { kind: "values altered, cut, moved or exchanged in the database", tried, through },
        repeatNonces(nonces),
      ];
    } finally {
      await world.stop();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { isDirectory, isFile } = { isDirectory: statSync(path).isDirectory(), isFile: statSync(path).isFile() };
    if (isDirectory) yield* filesBelow(path);
    else if (isFile) yield path;
  }
}

/** The first eight bytes of each nonce, sorted: two alike would stand beside each other. Says how many seals a second it made. */
function repeatNonces(count: number): Wave {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const aad = Buffer.from("an address of a field, as long as they are");
  const plain = Buffer.from("a name of some thirty characters");
  const seen = new BigUint64Array(count);
  const began = performance.now();
  for (let i = 0; i < count; i += 1)
    seen[i] = Buffer.from(encrypt(XCHACHA20_POLY1305, key, plain, aad)).readBigUInt64LE(0);
  const seconds = (performance.now() - began) / 1000;
  const aesFrom = performance.now();
  const some = Math.min(count, 100_000);
  for (let i = 0; i < some; i += 1) encrypt(AES_256_GCM, key, plain, aad);
  const aes = some / ((performance.now() - aesFrom) / 1000);
  console.log(
    `encryptions per second, one core: ${Math.round(count / seconds)} XChaCha20-Poly1305, ${Math.round(aes)} AES-256-GCM`,
  );
  seen.sort();
  const through: string[] = [];
  for (let i = 1; i < count; i += 1) if (seen[i] === seen[i - 1]) through.push(`a nonce's first half came twice`);
  return { kind: "nonces that were drawn before", tried: count, through };
}

if (import.meta.main) process.exit(tellWaves(await attackVault()));
