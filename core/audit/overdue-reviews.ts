/** Emergencies that nobody looked at within a day: an alarm for each, and a letter to those who ought to have looked. */
import type { House } from "../house.ts";
import { addressOf } from "../identity/link-letters.ts";
import { overdueReviewLetter } from "../mail/letters.ts";
import { post } from "../mail/mail.ts";
import type { Lease } from "../tenancy/lease.ts";
import { fill, Trail } from "./trail.ts";
import { type Raised, raise, tell, type WatchedTenant } from "./watch.ts";

interface Overdue {
  readonly id: string;
  readonly slug: string;
  readonly place: string;
  readonly raised: Raised;
}

/** How many alarms were raised. */
export async function alarmOverdueReviews(house: House, tenant: WatchedTenant): Promise<number> {
  const trail = new Trail();
  let count = 0;
  await house.transactions.run(
    {
      tenantId: tenant.id,
      workspaceId: null,
      kind: "system",
      actorId: null,
      sessionRef: "",
      permissions: ["core.alarms.raise", "core.audit.read"],
    },
    { readOnly: false },
    async (lease) => {
      for (const one of await takeOverdue(lease)) {
        count += 1;
        if (await raise(lease, one.raised)) await tell(house, tenant, lease, trail, one.raised);
        await remind(house, tenant, lease, trail, one);
        trail.changes("core.emergencies", one.id);
        trail.say({
          event: "core.alarm_raised",
          sentence: fill("{actor} raised an alarm: {what}", { actor: "system:watch", what: one.raised.sentence }),
          detail: { what: "An emergency was not looked at" },
        });
      }
    },
    async (lease) => {
      if (!trail.hasSpoken) return;
      const visitor = { name: "system:watch", sessionRef: null, ip: null, agent: null };
      const act = { requestId: Bun.randomUUIDv7(), name: "WATCH", permission: null };
      const sentence = "system:watch raised an alarm";
      await trail.write(lease, visitor, act, { outcome: "done", status: 200, sentence });
    },
  );
  return count;
}

async function takeOverdue(lease: Lease): Promise<Overdue[]> {
  const rows = await lease.rows(
    "select id::text, place_id::text, place, slug, person::text, name, subject::text, event::text from core.take_overdue_reviews()",
  );
  return rows.map((row) => {
    const [id, workspaceId, place, slug, person, name, subjectId, event] = row.map(String) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const sentence = `Nobody has looked within a day at what ${name} opened in an emergency in ${place}`;
    return {
      id,
      slug,
      place,
      raised: { detector: "review" as const, person, name, workspaceId, subjectId, sentence, event },
    };
  });
}

async function remind(house: House, tenant: WatchedTenant, lease: Lease, trail: Trail, one: Overdue): Promise<void> {
  const url = `${addressOf(house.config.baseUrl, tenant, "")}/w/${one.slug}/access/emergencies/${one.id}`;
  const keepers = await lease.rows("select name, email from core.review_keepers($1::uuid, $2::uuid)", [
    one.raised.workspaceId,
    one.raised.person,
  ]);
  for (const [name, email] of keepers as readonly (readonly [string, string])[])
    await post(house, tenant.id, lease, trail, { to: email, ...overdueReviewLetter({ name, place: one.place, url }) });
}
