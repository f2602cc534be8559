/**
 * A witness by mail: once a day the newest signed checkpoint goes to those who keep the institution's alarms. Their
 * mailboxes are out of reach of whoever rules the database; `cairn audit witness` compares a mail saved as a file.
 */
import type { House } from "../house.ts";
import { post } from "../mail/mail.ts";
import { Trail } from "./trail.ts";
import type { WatchedTenant } from "./watch.ts";

/** How many were written to; none when the last mail is younger than a day, or nothing is sealed yet. */
export async function mailCheckpoint(house: House, tenant: WatchedTenant): Promise<number> {
  const trail = new Trail();
  let count = 0;
  await house.transactions.run(
    {
      tenantId: tenant.id,
      workspaceId: null,
      kind: "system",
      actorId: null,
      sessionRef: "",
      permissions: ["core.alarms.raise"],
    },
    { readOnly: false },
    async (lease) => {
      const [due] = await lease.rows(
        `update core.watches set mailed_at = clock_timestamp() where tenant_id = core.tenant()
           and (mailed_at is null or mailed_at < clock_timestamp() - interval '1 day')
           and exists (select from core.audit_checkpoints) returning true`,
      );
      if (!due) return;
      const [newest] = await lease.rows("select note from core.audit_checkpoints order by id desc limit 1");
      const keepers = await lease.rows("select name, email from core.alarm_keepers()");
      for (const [name, email] of keepers as readonly (readonly [string, string])[]) {
        count += 1;
        await post(house, tenant.id, lease, trail, {
          to: email,
          subject: `Keep this: the seal over the record of ${tenant.name} today`,
          text: `Hello ${name},\n\nkeep this mail. The lines below are today's seal over everything that is on record. Should the record ever be cut or rebuilt, "cairn audit witness" names it by comparing this mail, saved as a file.\n\n${newest?.[0]}\n`,
        });
      }
      trail.say({
        event: "core.checkpoint_mailed",
        sentence: `system:watch mailed today's seal to ${count} people`,
        detail: { count },
      });
    },
    async (lease) => {
      if (!trail.hasSpoken) return;
      const visitor = { name: "system:watch", sessionRef: null, ip: null, agent: null };
      const act = { requestId: Bun.randomUUIDv7(), name: "WATCH", permission: null };
      await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence: "" });
    },
  );
  return count;
}
