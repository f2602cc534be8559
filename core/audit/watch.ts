/**
 * Reads the sealed record as it grows and raises alarms. It runs as system:watch in each institution's own transaction,
 * with the permissions named here and nothing more; it takes leaves in their order, so it misses none and takes none twice.
 */
import type { House } from "../house.ts";
import { addressOf } from "../identity/link-letters.ts";
import { post } from "../mail/mail.ts";
import type { Lease } from "../tenancy/lease.ts";
import type { Standing } from "../tenancy/transaction.ts";
import { type Detector, detectorTitles, type Finding, findingsOf, isOpened } from "./detectors.ts";
import { fill, Trail } from "./trail.ts";

export interface WatchedTenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
}

const PERMISSIONS = ["core.alarms.raise", "core.audit.read"] as const;
const BATCH = 5_000;

interface Seen {
  readonly id: string;
  readonly at: string;
  readonly workspaceId: string | null;
  readonly kind: string;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly event: string | null;
  readonly outcome: string;
  readonly subjects: readonly string[];
}

export interface Raised {
  readonly detector: Detector;
  readonly person: string | null;
  readonly name: string;
  readonly workspaceId: string | null;
  readonly subjectId: string | null;
  readonly sentence: string;
  readonly event: string;
}

/** How many events were read; a full batch means that there are more. */
export async function watchTenant(house: House, tenant: WatchedTenant): Promise<{ events: number; alarms: number }> {
  const standing: Standing = {
    tenantId: tenant.id,
    workspaceId: null,
    kind: "system",
    actorId: null,
    sessionRef: "",
    permissions: PERMISSIONS,
  };
  const trail = new Trail();
  let alarms = 0;
  let events = 0;
  await house.transactions.run(
    standing,
    { readOnly: false },
    async (lease) => {
      const seen = await takeNext(lease);
      events = seen.length;
      if (events === 0) return;
      await noteHabits(lease, seen);
      for (const raised of [...(await canariesIn(lease, seen)), ...(await patternsIn(lease, seen))]) {
        if (await raise(lease, raised)) {
          alarms += 1;
          await tell(house, tenant, lease, trail, raised);
          trail.say({
            event: "core.alarm_raised",
            sentence: fill("{actor} raised an alarm: {what}", { actor: "system:watch", what: raised.sentence }),
            detail: { what: detectorTitles[raised.detector] },
          });
        }
      }
    },
    async (lease) => {
      if (!trail.hasSpoken) return;
      const visitor = { name: "system:watch", sessionRef: null, ip: null, agent: null };
      const act = { requestId: Bun.randomUUIDv7(), name: "WATCH", permission: null };
      await trail.write(lease, visitor, act, {
        outcome: "done",
        status: 200,
        sentence: "system:watch raised an alarm",
      });
    },
  );
  return { events, alarms };
}

/** The leaves since the last time, and only one watch at a time takes them. The first time begins at the end. */
async function takeNext(lease: Lease): Promise<Seen[]> {
  const [mine] = await lease.rows(
    "select pg_try_advisory_xact_lock(hashtextextended('cairn.watch ' || core.tenant()::text, 0))",
  );
  if (mine?.[0] !== true) return [];
  const [at] = await lease.rows("select next_leaf::text from core.watches");
  if (!at) {
    await lease.rows(
      "insert into core.watches (next_leaf) select coalesce(max(seq) + 1, 0) from core.audit_leaves on conflict do nothing",
    );
    return [];
  }
  const rows = await lease.rows(
    `select l.seq::text, e.id::text, e.at::text, e.workspace_id::text, e.actor_kind, e.actor_id::text, e.actor_name, e.event,
       e.outcome, e.subjects::text[]
     from core.audit_leaves l join core.audit_events e on e.tenant_id = l.tenant_id and e.id = l.event_id
     where l.tenant_id = core.tenant() and l.seq >= $1::bigint order by l.seq limit $2::int`,
    [at[0], BATCH],
  );
  // Written each time, also when there was nothing: it tells that somebody watches.
  const last = rows.at(-1);
  await lease.rows(
    "update core.watches set next_leaf = $1::bigint, at = clock_timestamp() where tenant_id = core.tenant()",
    [last ? String(BigInt(String(last[0])) + 1n) : at[0]],
  );
  return rows.map((row) => ({
    id: String(row[1]),
    at: String(row[2]),
    workspaceId: row[3] as string | null,
    kind: String(row[4]),
    actorId: row[5] as string | null,
    actorName: String(row[6]),
    event: row[7] as string | null,
    outcome: String(row[8]),
    subjects: row[9] as readonly string[],
  }));
}

const personsIn = (seen: readonly Seen[]) => seen.filter((one) => one.kind === "person" && one.actorId !== null);

async function noteHabits(lease: Lease, seen: readonly Seen[]): Promise<void> {
  const people = personsIn(seen);
  if (people.length === 0) return;
  await lease.rows(
    `insert into core.habits as h (person_id, day, views, exports, hours, networks)
     select e.actor_id, (e.at at time zone 'UTC')::date, sum(cardinality(e.subjects)), count(*) filter (where e.event = 'core.exported'),
       bit_or(1 << extract(hour from e.at at time zone 'UTC')::int),
       coalesce(array_agg(distinct core.network_of(e.ip)) filter (where e.ip is not null), '{}')
     from core.audit_events e where e.tenant_id = core.tenant() and e.id = any($1::bigint[]) and e.outcome = 'done'
     group by 1, 2
     on conflict (tenant_id, person_id, day) do update
     set views = h.views + excluded.views, exports = h.exports + excluded.exports, hours = h.hours | excluded.hours,
       networks = (select coalesce(array_agg(distinct n), '{}') from unnest(h.networks || excluded.networks) n)`,
    [`{${people.map(({ id }) => id).join(",")}}`],
  );
}

async function canariesIn(lease: Lease, seen: readonly Seen[]): Promise<Raised[]> {
  const placed = new Set((await lease.rows("select subject_id::text from core.canaries")).map(([id]) => String(id)));
  if (placed.size === 0) return [];
  return seen.flatMap((one) => {
    if (one.kind === "system" || one.event === "core.canary_placed" || !isOpened(one.subjects.length, one.event))
      return [];
    return one.subjects
      .filter((subject) => placed.has(subject))
      .map((subject) => ({
        detector: "canary" as const,
        person: one.kind === "person" ? one.actorId : null,
        name: one.actorName,
        workspaceId: one.workspaceId,
        subjectId: subject,
        sentence: `${one.actorName} ${one.event === "core.exported" ? "took out" : "opened"} a watched record`,
        event: one.id,
      }));
  });
}

/** What the people of this batch did lately, against what is usual for each. */
async function patternsIn(lease: Lease, seen: readonly Seen[]): Promise<Raised[]> {
  const last = new Map(personsIn(seen).map((one) => [one.actorId as string, one]));
  if (last.size === 0) return [];
  const ids = `{${[...last.keys()].join(",")}}`;
  const rows = await lease.rows(LATELY, [ids]);
  return rows.flatMap((row) => {
    const [person, five, today, refused, missing, exportsHour, exportsToday, unassigned, hour] = row;
    const [, , , , , , , , , days, mostViews, mostExports, hours, networks, newNetwork, fromThere] = row;
    const one = last.get(String(person));
    if (!one) return [];
    const findings: Finding[] = findingsOf(
      {
        subjectsFiveMinutes: Number(five),
        subjectsToday: Number(today),
        refusedFiveMinutes: Number(refused),
        notFoundFiveMinutes: Number(missing),
        exportsHour: Number(exportsHour),
        exportsToday: Number(exportsToday),
        unassignedHour: Number(unassigned),
        hour: Number(hour),
        newNetwork: newNetwork as string | null,
        subjectsFromThere: Number(fromThere),
      },
      {
        days: Number(days),
        mostViews: Number(mostViews),
        mostExports: Number(mostExports),
        hours: Number(hours),
        networks: Number(networks),
      },
    );
    return findings.map(({ detector, says }) => ({
      detector,
      person: one.actorId,
      name: one.actorName,
      workspaceId: one.workspaceId,
      subjectId: null,
      sentence: `${one.actorName} ${says}`,
      event: one.id,
    }));
  });
}

const LATELY = `
with people as (select unnest($1::uuid[]) as id),
lately as (
  select e.actor_id, e.at, e.act, e.event, e.outcome, e.status, e.subjects, e.read, e.workspace_id, e.ip
  from core.audit_events e join people p on p.id = e.actor_id
  where e.tenant_id = core.tenant() and e.at > least(clock_timestamp() - interval '1 hour', date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC')
),
seen as (select l.actor_id, l.at, s.id as subject from lately l, unnest(l.subjects) s (id) where l.outcome = 'done'),
opened as (
  select l.actor_id, s.id as subject from lately l, unnest(l.subjects) s (id)
  where l.at > clock_timestamp() - interval '1 hour' and l.outcome = 'done'
    and l.read -> 'core.identities' -> 'columns' ? 'name (opened)' and cardinality(l.subjects) <= 5
    and core.is_unassigned(l.actor_id, l.workspace_id, s.id)
),
missing as (
  select l.actor_id, max(n) as n from (select actor_id, act, count(*) as n from lately
    where status = 404 and outcome = 'refused' and at > clock_timestamp() - interval '5 minutes' group by 1, 2) l group by 1
),
strange as (
  select distinct on (n.actor_id) n.actor_id, n.network, n.subjects from (
    select l.actor_id, core.network_of(l.ip) as network, count(distinct s.id) as subjects from lately l, unnest(l.subjects) s (id)
    where l.outcome = 'done' and l.ip is not null and l.at > clock_timestamp() - interval '5 minutes' group by 1, 2) n
  where not exists (select from core.habits h where h.person_id = n.actor_id and n.network = any(h.networks)
    and h.day >= (clock_timestamp() at time zone 'UTC')::date - 30 and h.day < (clock_timestamp() at time zone 'UTC')::date)
  order by n.actor_id, n.subjects desc
),
usual as (
  select h.person_id, count(*) as days, max(h.views) as views, max(h.exports) as exports, bit_or(h.hours) as hours,
    sum(cardinality(h.networks)) as networks
  from core.habits h join people p on p.id = h.person_id
  where h.day >= (clock_timestamp() at time zone 'UTC')::date - 30 and h.day < (clock_timestamp() at time zone 'UTC')::date group by 1
)
select p.id::text,
  (select count(distinct subject) from seen where actor_id = p.id and at > clock_timestamp() - interval '5 minutes'),
  (select count(*) from seen where actor_id = p.id and at >= date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'),
  (select count(*) from lately where actor_id = p.id and outcome = 'refused' and status in (403, 404) and at > clock_timestamp() - interval '5 minutes'),
  coalesce((select n from missing where actor_id = p.id), 0),
  (select count(*) from lately where actor_id = p.id and event = 'core.exported' and at > clock_timestamp() - interval '1 hour'),
  (select count(*) from lately where actor_id = p.id and event = 'core.exported' and at >= date_trunc('day', clock_timestamp() at time zone 'UTC') at time zone 'UTC'),
  (select count(distinct subject) from opened where actor_id = p.id),
  extract(hour from clock_timestamp() at time zone 'UTC'),
  coalesce(u.days, 0), coalesce(u.views, 0), coalesce(u.exports, 0), coalesce(u.hours, 0), coalesce(u.networks, 0),
  x.network::text, coalesce(x.subjects, 0)
from people p left join usual u on u.person_id = p.id left join strange x on x.actor_id = p.id`;

/** True for a new alarm. One that stands, or was closed within the hour, is not raised twice: its count and timeline grow. */
export async function raise(lease: Lease, raised: Raised): Promise<boolean> {
  const { detector, person, name, workspaceId, subjectId, sentence, event } = raised;
  const [standing] = await lease.rows(
    `select id::text, last_at < clock_timestamp() - interval '5 minutes' from core.alarms
     where detector = $1 and person_id is not distinct from $2::uuid and subject_id is not distinct from $3::uuid
       and (closed_at is null or closed_at > clock_timestamp() - interval '1 hour') and last_at > clock_timestamp() - interval '1 day'
     order by raised_at desc limit 1`,
    [detector, person, subjectId],
  );
  if (standing) {
    await lease.rows(
      "update core.alarms set times = times + 1, last_at = clock_timestamp(), last_event = $2::bigint where id = $1::uuid",
      [standing[0], event],
    );
    if (standing[1] === true) await enter(lease, String(standing[0]), "again", `${sentence} (entry ${event})`);
    return false;
  }
  const id = Bun.randomUUIDv7();
  await lease.rows(
    `insert into core.alarms (id, detector, workspace_id, person_id, person_name, subject_id, sentence, first_event, last_event)
     values ($1::uuid, $2, $3::uuid, $4::uuid, $5, $6::uuid, $7, $8::bigint, $8::bigint)`,
    [id, detector, workspaceId, person, name, subjectId, sentence, event],
  );
  await enter(lease, id, "raised", `${sentence} (entry ${event})`);
  return true;
}

const enter = (lease: Lease, alarm: string, kind: string, words: string) =>
  lease.rows("insert into core.alarm_entries (id, alarm_id, kind, words) values ($1::uuid, $2::uuid, $3, $4)", [
    Bun.randomUUIDv7(),
    alarm,
    kind,
    words.slice(0, 4_000),
  ]);

/** A letter names nobody: it says that there is an alarm, and where. */
export async function tell(
  house: House,
  tenant: WatchedTenant,
  lease: Lease,
  trail: Trail,
  { detector }: Raised,
): Promise<void> {
  const url = `${addressOf(house.config.baseUrl, tenant, "")}/admin/alarms`;
  const keepers = await lease.rows("select name, email from core.alarm_keepers()");
  for (const [name, email] of keepers as readonly (readonly [string, string])[]) {
    await post(house, tenant.id, lease, trail, {
      to: email,
      subject: `Alarm at ${tenant.name}: ${detectorTitles[detector].toLowerCase()}`,
      text: `Hello ${name},\n\nan alarm was raised at ${tenant.name}: ${detectorTitles[detector].toLowerCase()}.\n\nSee it at ${url} and take it, so that others know that somebody does.\n`,
    });
  }
}
