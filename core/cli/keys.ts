/** `cairn keys …`: what lies under which key, and new keys while people work. */
import { type Command, readWords } from "@core/cli/command.ts";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import type { Sql } from "@core/db/migrate.ts";
import { withOwner } from "@core/db/migrate.ts";
import { quoteName } from "@core/db/roles.ts";
import type { Kernel } from "@core/kernel.ts";
import { openVault } from "@core/open-house.ts";
import { loadKernel } from "@core/product.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import type { Vault } from "@core/vault/envelope.ts";
import { Keyring } from "@core/vault/keyring.ts";
import { keyPlaceInWords } from "@core/vault/place.ts";
import { type Rotation, rewrapKeys, rotateDataKeys } from "@core/vault/rotation.ts";

interface Desk {
  readonly sql: Sql;
  readonly vault: Vault;
  readonly kernel: Kernel;
  readonly where: string;
}

/** With the owner's rights, beside a Cairn that may be serving. */
async function atDesk<T>(work: (desk: Desk) => Promise<T>): Promise<T> {
  const config = readConfig();
  const database = await openDatabase(config, { share: true });
  const vault = await openVault(config);
  try {
    return await withOwner(database.owner, async (sql) => {
      await sql.unsafe(`set role ${quoteName(database.roles.owner)}`);
      return await work({
        sql,
        vault,
        kernel: await loadKernel(config),
        where: keyPlaceInWords(config.keys ?? { kind: "local" }),
      });
    });
  } finally {
    vault.close();
    await database.stop();
  }
}

function tell(rotation: Rotation | null, what: string): number {
  if (!rotation) throw new Refusal("Another process is at it. Wait for it, then look with: cairn keys");
  const { resumed, done, tagged, kept, failed, failures } = rotation;
  if (resumed) console.log("It was begun before, and went on where it stopped.");
  console.log(
    `${done} ${what}${tagged > 0 ? `, ${tagged} rows of search tags made anew` : ""}${kept > 0 ? `; ${kept} stand in rows that are never changed, and stay under their first key` : ""}.`,
  );
  for (const failure of failures) console.error(failure);
  if (failed > failures.length) console.error(`… and ${failed - failures.length} more.`);
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

const list: Command = {
  name: "keys",
  summary: "Shows what is wrapped by which key service, and how rotations stand.",
  usage: `Usage: cairn keys

Counts keys by provider, purpose and version: of scopes, which the key service wraps, and of subjects, which a scope's key
wraps. Shows no key.`,
  async run(words) {
    readWords(words, {});
    return await atDesk(async ({ sql, where }) => {
      console.log(`The root keys are in ${where}.`);
      const rows = await sql<
        { provider: string; kind: string; purpose: string; live: number; destroyed: number; versions: number }[]
      >`
        select provider, case when subject_id is null then 'scope' else 'subject' end as kind, purpose,
          count(*) filter (where wrapped is not null)::int as live, count(*) filter (where wrapped is null)::int as destroyed,
          max(version)::int as versions
        from core.keys group by 1, 2, 3 order by 1, 2, 3`;
      for (const { provider, kind, purpose, live, destroyed, versions } of rows)
        console.log(`${provider}  ${kind} ${purpose}: ${live} live, ${destroyed} destroyed, up to version ${versions}`);
      const rotations = await sql<{ kind: string; at: string; done: number; finished: boolean }[]>`
        select kind, to_char(began_at, 'YYYY-MM-DD HH24:MI') as at, done::int, finished_at is not null as finished from core.rotations order by began_at desc limit 5`;
      for (const { kind, at, done, finished } of rotations)
        console.log(
          `${at}  ${kind === "wrap" ? "wrapped anew" : "sealed anew"}: ${done}${finished ? "" : ", NOT finished: run the same command again"}`,
        );
      return exitCodes.done;
    });
  },
};

const rewrap: Command = {
  name: "keys rewrap",
  summary: "Wraps every key anew under the newest root key.",
  usage: `Usage: cairn keys rewrap [--new-root]

  --new-root    makes a new root key first (local keyring only; in AWS KMS and transit, rotate there)

After a rotation in the key service, and after moving to another one (the former stays in KMS_FORMER_URLS until this is
done). No value is touched and nobody waits. Killed half way, the same command goes on.`,
  async run(words) {
    const options = readWords(words, { "new-root": { type: "boolean" } });
    return await atDesk(async ({ sql, vault }) => {
      if (options["new-root"]) {
        if (!(vault.provider instanceof Keyring))
          throw new Refusal("This key service makes its root keys itself: rotate there, then rewrap.");
        console.log(`Root key ${await vault.provider.rotate()} was made.`);
      }
      return tell(await rewrapKeys(sql, vault), "keys were wrapped anew");
    });
  },
};

const rotate: Command = {
  name: "keys rotate",
  summary: "Makes new data keys, and seals every stored value under them.",
  usage: `Usage: cairn keys rotate [--tenant <slug>]

  --tenant    this institution's keys only

People go on working: each value is swapped only if its row is as it was read, and both keys open what they sealed. Killed
half way, the same command goes on. Search tags are made anew under a new key too; until then they are found under both.`,
  async run(words) {
    const { tenant } = readWords(words, { tenant: { type: "string" } });
    return await atDesk(async ({ sql, vault, kernel }) => {
      let id: string | null = null;
      if (tenant !== undefined) {
        const [row] = await sql<{ id: string }[]>`select tenant_id as id from core.tenants where slug = ${tenant}`;
        if (!row) throw new Refusal(`No institution is called "${tenant}".`);
        id = row.id;
      }
      return tell(await rotateDataKeys(sql, vault, kernel, id), "values were sealed anew");
    });
  },
};

export const keyCommands: readonly Command[] = [rewrap, rotate, list];
