/**
 * A letter on its way: sealed whole under the institution's key as a row of core.mails, while the queue holds the row's id
 * alone. A letter may carry a link that signs somebody in, so it lies nowhere in the clear.
 */
import { Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import type { Lease } from "../tenancy/lease.ts";
import { Sealer } from "../vault/envelope.ts";
import { keyRows } from "../vault/key-rows.ts";

export interface Letter {
  readonly to: string;
  readonly subject: string;
  /** Paragraphs parted by an empty line. An address in it becomes a link in the HTML part. */
  readonly text: string;
}

export interface MailPayload {
  readonly mail: string;
}

/** Posts a letter in the caller's transaction: what is rolled back is never sent. */
export async function post(
  house: House,
  tenantId: string,
  lease: Lease,
  trail: Trail,
  { to, subject, text }: Letter,
): Promise<void> {
  const id = Bun.randomUUIDv7();
  const sealed = await sealerOf(house, tenantId, lease).seal(JSON.stringify({ to, subject, text }), addressOf(id));
  await lease.rows("insert into core.mails (id, letter) values ($1::uuid, $2::bytea)", [id, sealed]);
  trail.changes("core.mails", id);
  await house.jobs(lease, "core.mail", { mail: id } satisfies MailPayload, null);
}

/**
 * Posts a letter for somebody who is not signed in, such as a link to sign in. In a transaction of its own, under a context
 * of nobody: the caller writes the record of what was asked for.
 */
export async function postAtDoor(house: House, tenantId: string, letter: Letter): Promise<void> {
  await house.transactions.run(
    { tenantId, workspaceId: null, kind: "nobody", actorId: null, sessionRef: "" },
    { readOnly: false },
    (lease) => post(house, tenantId, lease, new Trail(), letter),
    async () => {},
  );
}

/** Opens what `post` sealed. The caller was let through a door for it (core.take_mail, core.demo_mails). */
export async function openLetter(
  house: House,
  tenantId: string,
  lease: Lease,
  id: string,
  sealed: Uint8Array,
): Promise<Letter> {
  const bytes = await sealerOf(house, tenantId, lease).open(sealed, addressOf(id));
  return JSON.parse(new TextDecoder().decode(bytes)) as Letter;
}

function sealerOf(house: House, tenant: string, lease: Lease): Sealer {
  return new Sealer(house.vault, keyRows(lease), { tenant, workspace: null });
}

function addressOf(row: string) {
  return { table: "core.mails", column: "letter", row };
}
