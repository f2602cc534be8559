/** A process that makes a backup, to be killed: its configuration comes as one argument of JSON. */
import { makeBackup } from "@core/backup/run.ts";
import { folderTarget } from "@core/backup/targets.ts";
import type { Config } from "@core/config.ts";
import type { Connection } from "@core/db/connection.ts";
import type { Database } from "@core/db/database.ts";
import { openVault } from "@core/open-house.ts";

export interface BackupOrder {
  readonly config: Config;
  readonly owner: Connection;
  readonly backup: Connection;
  readonly near: string;
  readonly slot: string;
}

const { config, owner, backup, near, slot } = JSON.parse(process.argv[2] ?? "") as BackupOrder;
const database = { owner, as: () => backup } as unknown as Database;
await makeBackup({ config, database, vault: await openVault(config), targets: [folderTarget(near)] }, slot);
process.exit(0);
