/**
 * D56: the disk is full. The tables lie on a file system of a few megabytes; people write until there is no room, are told
 * so, and go on once there is. Nothing that was acknowledged is missing, nothing refused is there, each row has its entry
 * on the record. `bun run fault disk` (as root: it mounts that small file system for itself and takes it away again).
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serverAccount } from "@core/db/binaries.ts";
import { startEmbedded } from "@core/db/embedded.ts";
import { sample } from "../sample/module.tsx";
import { sampleSql } from "../sample/store.ts";
import { testWorld } from "../support/world.ts";

const SIZE_MB = 24;
const LEFT_KB = 600;

function run(...words: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(words, { stdio: ["ignore", "ignore", "pipe"] });
  if (exitCode !== 0) throw new Error(`${words[0]} cannot run here, so this drill proves nothing: ${stderr}`);
}

export async function drill(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "cairn-full-"));
  const small = mkdtempSync(join(tmpdir(), "cairn-small-"));
  run("mount", "-t", "tmpfs", "-o", `size=${SIZE_MB}m,mode=755`, "tmpfs", small);
  try {
    const space = join(small, "space");
    run("mkdir", space);
    for (const path of [folder, small, space]) serverAccount().own(path);
    const server = await startEmbedded(folder, { durable: true });
    try {
      const world = await testWorld([sample], [], {}, server.owner);
      try {
        await world.lay(sampleSql);
        const place = await world.workspace("study", ["sample"]);
        const keeper = await world.as(await world.person("Kit Keeper", "keeper", place));
        const [subject] = await world.sql<{ id: string }>(
          "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'participant') returning id",
          [place.tenant.id, place.id],
        );
        await world.sql(`create tablespace small location '${space}'`);
        for (const table of ["sample.stones", "core.audit_events"])
          await world.sql(`alter table ${table} set tablespace small`);
        const acknowledged = new Set<string>();
        const answers = new Map<number, number>();
        let n = 0;
        const write = async (): Promise<number> => {
          n += 1;
          const title = `stone ${n}`;
          const { status } = await keeper.post(`/w/${place.slug}/sample/stones`, {
            title,
            writing: "x".repeat(200),
            subject: subject?.id ?? "",
          });
          answers.set(status, (answers.get(status) ?? 0) + 1);
          if (status === 303) acknowledged.add(title);
          return status;
        };
        for (let i = 0; i < 50; i += 1) await write();
        const filler = join(small, "filler");
        const [room] = await world.sql<{ used: string }>(
          "select pg_total_relation_size('core.audit_events') + pg_total_relation_size('sample.stones') as used",
        );
        writeFileSync(filler, Buffer.alloc(SIZE_MB * 1024 ** 2 - Number(room?.used) - LEFT_KB * 1024));
        let refused = 0;
        for (let i = 0; i < 5_000 && refused < 40; i += 1) if ((await write()) !== 303) refused += 1;
        const reading = await keeper.get(`/w/${place.slug}/sample`);
        rmSync(filler);
        let resumed = 0;
        for (let i = 0; i < 50; i += 1) if ((await write()) === 303) resumed += 1;
        const stored = new Set(
          (await world.sql<{ title: string }>("select title from sample.stones")).map(({ title }) => title),
        );
        const [entries] = await world.sql<{ n: number }>(
          "select count(*)::int as n from core.audit_events where event = 'sample.placed' and outcome = 'done'",
        );
        const lost = [...acknowledged].filter((title) => !stored.has(title)).length;
        const surplus = [...stored].filter((title) => !acknowledged.has(title)).length;
        const told = answers.get(503) ?? 0;
        console.log(
          `${n} writes: ${acknowledged.size} acknowledged, ${stored.size} stored, ${entries?.n} on the record, ${lost} lost, ${surplus} kept without an answer; ${refused} refused while the disk was full (${told} with 503; a page then answered ${reading.status}), ${resumed} of 50 kept once there was room.`,
        );
        return (
          lost + surplus === 0 && entries?.n === stored.size && refused === 40 && told === refused && resumed === 50
        );
      } finally {
        await world.stop();
      }
    } finally {
      await server.stop();
    }
  } finally {
    run("umount", small);
    for (const path of [folder, small]) rmSync(path, { recursive: true, force: true });
  }
}
