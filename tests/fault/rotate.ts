/**
 * D46: keys are rotated while people work, and the rotating process is killed with SIGKILL again and again. Afterwards
 * every value opens, to what was written, under exactly one version of its key, and none is lost.
 * `bun run fault rotate` for the long form; tests/fault/rotate.test.ts is the short one.
 */
import { join } from "node:path";
import { withOwner } from "@core/db/migrate.ts";
import { quoteName } from "@core/db/roles.ts";
import { Sealer } from "@core/vault/envelope.ts";
import { Keyring } from "@core/vault/keyring.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { openStored, sealedColumns, storedSeals } from "@core/vault/sealed-columns.ts";
import { tagOf } from "@core/vault/tags.ts";
import { openWard, type Ward } from "../core/backup/ward.ts";
import type { RotateOrder } from "./rotate-process.ts";

export interface RotationFound {
  readonly kills: number;
  /** Values written before and while it ran. */
  readonly values: number;
  /** Values that do not open any more. */
  readonly lost: number;
  /** Values that open to something else than was written. */
  readonly mismatched: number;
  /** Values under a key that has a newer version. */
  readonly behind: number;
  /** Patients whose search tag is not the one of the newest index key. */
  readonly mistagged: number;
  /** Searches by telephone for a patient who was there, while it ran, that did not find him. */
  readonly unfound: number;
  /** People who were answered anything but what they asked for. */
  readonly refused: number;
  readonly seconds: number;
}

const order = ({ world }: Ward, kind: "data" | "wrap"): RotateOrder => ({
  owner: world.database.owner,
  role: world.database.roles.owner,
  data: world.house.config.data,
  secretKey: world.house.config.secretKey,
  kind,
});

async function runOnce(ward: Ward, kind: "data" | "wrap", killAfterMs: number | null): Promise<boolean> {
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, "rotate-process.ts"), JSON.stringify(order(ward, kind))],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const killer = killAfterMs === null ? null : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const code = await child.exited;
  if (killer) clearTimeout(killer);
  return code === 0;
}

/** `rounds` rotations, each killed up to `killsEach` times at moments no two share; people admit patients all the while. */
export async function rotateUnderFire(
  ward: Ward,
  { before, rounds, killsEach }: { before: number; rounds: number; killsEach: number },
): Promise<RotationFound> {
  await ward.admit(before);
  let admitted = before;
  let refused = 0;
  let unfound = 0;
  let kills = 0;
  const stopping = new AbortController();
  const people = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await ward.admit(1, admitted);
        admitted += 1;
        if (!(await ward.finds(Math.floor(Math.random() * admitted)))) unfound += 1;
      } catch {
        refused += 1;
        admitted += 1;
      }
    }
  })();
  const began = performance.now();
  for (let round = 0; round < rounds; round += 1) {
    const kind = round % 2 === 0 ? ("data" as const) : ("wrap" as const);
    const { provider } = ward.world.house.vault;
    if (kind === "wrap" && provider instanceof Keyring) await provider.rotate();
    // Starting takes about half a second; then it is at work.
    for (let kill = 0; kill < killsEach; kill += 1) {
      if (await runOnce(ward, kind, 400 + Math.random() * 900)) break;
      kills += 1;
    }
    if (!(await runOnce(ward, kind, null))) throw new Error("the rotation did not end by itself");
  }
  const seconds = (performance.now() - began) / 1000;
  stopping.abort();
  await people;
  // What came in while the last rotation ended lies under older keys: one more, undisturbed.
  if (!(await runOnce(ward, "data", null))) throw new Error("the last rotation did not end by itself");
  return { kills, refused, unfound, seconds, ...(await look(ward)) };
}

async function look({
  world,
}: Ward): Promise<Pick<RotationFound, "values" | "lost" | "mismatched" | "behind" | "mistagged">> {
  const { database, house } = world;
  house.vault.keys.clear();
  return await withOwner(database.owner, async (sql) => {
    await sql.unsafe(`set role ${quoteName(database.roles.owner)}`);
    const store = ownerKeys(sql);
    const found = { values: 0, lost: 0, mismatched: 0, behind: 0, mistagged: 0 };
    const codes = new Map(
      (await sql<{ id: string; code: string }[]>`select id, code from core.subjects`).map(({ id, code }) => [id, code]),
    );
    for (const place of sealedColumns(house.kernel)) {
      for (const seal of await storedSeals(sql, place, { limit: 1_000_000 })) {
        found.values += 1;
        try {
          const { key, row, plaintext } = await openStored(house.vault, store, place, seal);
          const number = codes.get(row)?.slice(2) ?? "";
          const wanted = place.column === "name" ? `Invented Patient ${number}` : `+3161234${number.padStart(4, "0")}`;
          if (Buffer.from(plaintext.subarray(1)).toString() !== wanted) found.mismatched += 1;
          const [newest] = await sql<{ version: number }[]>`select max(version)::int as version from core.keys
            where subject_id is not distinct from ${key.subject} and workspace_id is not distinct from ${key.workspace} and purpose = 'field'`;
          if (newest?.version !== key.version) found.behind += 1;
          if (place.column !== "phone") continue;
          const sealer = new Sealer(house.vault, store, { tenant: key.tenant, workspace: key.workspace });
          const [tagged] = await sql<
            { tag: Uint8Array }[]
          >`select phone_index as tag from core.identities where subject_id = ${row}`;
          if (!tagged || !Buffer.from(await tagOf(sealer, "phone", wanted)).equals(tagged.tag)) found.mistagged += 1;
        } catch {
          found.lost += 1;
        }
      }
    }
    return found;
  });
}

export async function drill(): Promise<boolean> {
  const ward = await openWard();
  try {
    const rounds = Number(process.env.ROUNDS ?? 25);
    const found = await rotateUnderFire(ward, { before: 200, rounds, killsEach: 4 });
    console.log(
      `${rounds} rotations, ${found.kills} kills with SIGKILL, ${found.seconds.toFixed(0)} s: ${found.values} values, ${found.lost} lost, ${found.mismatched} mismatched, ${found.behind} under an older key, ${found.mistagged} search tags under an older key; ${found.unfound} patients not found meanwhile, ${found.refused} people refused.`,
    );
    return (
      found.lost + found.mismatched + found.behind + found.mistagged + found.unfound + found.refused === 0 &&
      found.kills > 0
    );
  } finally {
    await ward.stop();
  }
}
