/** A process that rotates data keys or wraps keys anew, to be killed: its configuration comes as one argument of JSON. */
import type { Connection } from "@core/db/connection.ts";
import { withOwner } from "@core/db/migrate.ts";
import { quoteName } from "@core/db/roles.ts";
import { assemble } from "@core/kernel.ts";
import { openVault } from "@core/open-house.ts";
import { rewrapKeys, rotateDataKeys } from "@core/vault/rotation.ts";
import { ward } from "../core/backup/ward.ts";

export interface RotateOrder {
  readonly owner: Connection;
  readonly role: string;
  readonly data: string;
  readonly secretKey: string;
  readonly kind: "data" | "wrap";
}

const order = JSON.parse(process.argv[2] ?? "") as RotateOrder;
const { owner, role, data, secretKey, kind } = order;
const vault = await openVault({ data, secretKey } as Parameters<typeof openVault>[0]);
const rotation = await withOwner(owner, async (sql) => {
  await sql.unsafe(`set role ${quoteName(role)}`);
  return kind === "data" ? await rotateDataKeys(sql, vault, assemble([ward])) : await rewrapKeys(sql, vault);
});
console.log(JSON.stringify(rotation));
process.exit(0);
