/**
 * Reads the whole record again and compares it with its seals. Each finding is a sentence that names the first thing that
 * is not as it was: the institution, the event, its leaf, the column and the byte.
 *
 * Nothing stored is believed but the signature: leaf hashes are computed from the events, roots from the leaves, the log
 * from the heads, and the signing key comes from SECRET_KEY. What only a witness can see (a record that was rebuilt and
 * signed anew with a stolen key, or cut with its checkpoints) is witness.ts.
 */
import type { Lease } from "../tenancy/lease.ts";
import { headLeaf, isCheckpointSigned, readCheckpoint } from "./checkpoint.ts";
import { type Alteration, findAlteration, leafColumns, leafOf } from "./leaf.ts";
import { append, copyFrontier, emptyFrontier, equal, type Frontier, frontierRoot } from "./merkle.ts";
import { joinWhole, leafPage, PAGE } from "./sealed-page.ts";
import { readState } from "./sealer.ts";

const AT = leafColumns.indexOf("at");
const MOST_FINDINGS = 20;

export interface Finding {
  /** The institution's slug; null for the log of all. */
  readonly tenant: string | null;
  readonly eventId: string | null;
  /** The leaf's number in its tree, or the first that is in doubt. */
  readonly leaf: number | null;
  readonly alteration: Alteration | null;
  readonly sentence: string;
}

export interface Verdict {
  readonly events: number;
  readonly retired: number;
  readonly tenants: number;
  readonly checkpoints: number;
  /** Events that the next round will seal. */
  readonly waiting: number;
  /** In the order they were met; at most twenty for each institution. */
  readonly findings: readonly Finding[];
}

interface SealedTenant {
  readonly id: string;
  readonly slug: string;
  readonly size: number;
  readonly root: Uint8Array | null;
}

/** `lease` belongs to the sealer's role (or the owner's). With `slug`, the trees of others are left alone; the log never is. */
export async function verifyRecord(lease: Lease, publicKey: Uint8Array, slug?: string): Promise<Verdict> {
  const state = await readState(lease);
  const findings: Finding[] = [];
  const checkpoints = await verifyLog(lease, publicKey, state.log, findings);
  const tenants = await sealedTenants(lease, slug);
  let events = 0;
  let retired = 0;
  for (const tenant of tenants) {
    const done = await verifyTenant(lease, tenant, findings);
    events += done.events;
    retired += done.retired;
  }
  await joinWhole(lease);
  const behind = await lease.rows(
    `select e.id::text, coalesce(t.slug, e.tenant_id::text) from core.audit_events e left join core.tenants t on t.tenant_id = e.tenant_id
     where (e.era < $1::int or (e.era = $1::int and e.xid < $2::text::xid8))
       and not exists (select from core.audit_leaves l where l.tenant_id = e.tenant_id and l.event_id = e.id)
       and ($3::text is null or t.slug = $3) order by e.id limit ${MOST_FINDINGS}`,
    [state.era, String(state.watermark), slug ?? null],
  );
  for (const [id, name] of behind) {
    findings.push({
      tenant: String(name),
      eventId: String(id),
      leaf: null,
      alteration: null,
      sentence: `Event ${id} of ${name} was put in behind the seals: everything of its time was sealed without it.`,
    });
  }
  const [waiting] = await lease.rows(
    "select count(*)::int from core.audit_events e where e.era = $1::int and e.xid >= $2::text::xid8",
    [state.era, String(state.watermark)],
  );
  return { events, retired, tenants: tenants.length, checkpoints, waiting: Number(waiting?.[0]), findings };
}

async function sealedTenants(lease: Lease, slug: string | undefined): Promise<SealedTenant[]> {
  const rows = await lease.rows(
    `select i.id::text, coalesce(n.slug, i.id::text), coalesce(t.size, 0)::text, t.root
     from (select tenant_id as id from core.audit_trees union select tenant_id from core.audit_heads) i
     left join core.audit_trees t on t.tenant_id = i.id left join core.tenants n on n.tenant_id = i.id
     where $1::text is null or n.slug = $1 order by 2`,
    [slug ?? null],
  );
  return rows.map(([id, name, size, root]) => ({
    id: String(id),
    slug: String(name),
    size: Number(size),
    root: root as Uint8Array | null,
  }));
}

/** Heads in their order give the log's root at each checkpoint. Returns how many checkpoints there are. */
async function verifyLog(lease: Lease, publicKey: Uint8Array, sealed: Frontier, findings: Finding[]): Promise<number> {
  const say = (sentence: string) => {
    if (findings.length < MOST_FINDINGS)
      findings.push({ tenant: null, eventId: null, leaf: null, alteration: null, sentence });
  };
  const log = emptyFrontier();
  const heads = headsInOrder(lease);
  const [newest] = await lease.rows("select coalesce(max(id), 0)::text from core.audit_checkpoints");
  let checked = 0;
  for (let from = 1; from <= Number(newest?.[0]); from += PAGE) {
    const page = await lease.rows(
      `select id::text, log_size::text, era, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), note
       from core.audit_checkpoints c where c.id >= $1::bigint and c.id < $2::bigint order by c.id`,
      [from, from + PAGE],
    );
    for (const [number, logSize, era, at, note] of page) {
      const [id, size] = [Number(number), Number(logSize)];
      if (id !== checked + 1) say(`Checkpoint ${checked + 1} is missing: the next one is ${id}.`);
      checked = id;
      const point = readCheckpoint(String(note));
      if (!point || !isCheckpointSigned(String(note), publicKey)) {
        say(
          `Checkpoint ${id} does not bear this installation's signature: it was altered, or signed by somebody else.`,
        );
        continue;
      }
      if (point.id !== id || point.size !== size || point.era !== Number(era) || point.at !== at) {
        say(`Checkpoint ${id} stands in another's place: its signed note is number ${point.id} of ${point.at}.`);
        continue;
      }
      if (size < log.size) {
        say(`Checkpoint ${id} covers ${size} heads, fewer than the one before it.`);
        continue;
      }
      while (log.size < size) {
        const head = await heads.next();
        if (head.done) break;
        append(log, head.value);
      }
      if (log.size < size)
        say(`Checkpoint ${id} covers ${size} heads of institutions, and only ${log.size} are there.`);
      else if (!equal(frontierRoot(log), point.root)) {
        say(`The heads of institutions up to number ${size} are not those that checkpoint ${id} signed.`);
      }
    }
  }
  let over = 0;
  for await (const leaf of heads) {
    append(log, leaf);
    over += 1;
  }
  if (over > 0) say(`${over} heads of institutions stand after the last checkpoint: checkpoints are missing.`);
  if (log.size !== sealed.size || !equal(frontierRoot(log), frontierRoot(sealed))) {
    say(
      `The log of heads has ${log.size} entries, and sealing goes on from one of ${sealed.size}: one of them was altered.`,
    );
  }
  return checked;
}

async function* headsInOrder(lease: Lease): AsyncGenerator<Uint8Array> {
  const [last] = await lease.rows("select coalesce(max(position), -1)::text from core.audit_heads");
  for (let from = 0; from <= Number(last?.[0]); from += PAGE) {
    const page = await lease.rows(
      `select tenant_id::text, size::text, root from core.audit_heads h where h.position >= $1::bigint and h.position < $2::bigint
       order by h.position`,
      [from, from + PAGE],
    );
    for (const [tenantId, size, root] of page) {
      yield headLeaf({ tenantId: String(tenantId), size: Number(size), root: root as Uint8Array });
    }
  }
}

interface SealedHead {
  readonly size: number;
  readonly root: Uint8Array;
  readonly checkpoint: number;
}

async function verifyTenant(
  lease: Lease,
  tenant: SealedTenant,
  findings: Finding[],
): Promise<{ events: number; retired: number }> {
  const begun = findings.length;
  const say = (sentence: string, about: Partial<Finding> = {}) => {
    if (findings.length - begun >= MOST_FINDINGS) return;
    findings.push({ tenant: tenant.slug, eventId: null, leaf: null, alteration: null, ...about, sentence });
  };
  const [through] = await lease.rows(
    "select coalesce(max(through_seq), 0)::text from core.retirements where tenant_id = $1::uuid",
    [tenant.id],
  );
  const [purged] = await lease.rows("select 1 from core.purged where institution = $1::uuid", [tenant.id]);
  const retiredThrough = purged ? Number.POSITIVE_INFINITY : Number(through?.[0]);
  const heads = await headsOf(lease, tenant.id);
  // As the leaves say, and as the events say: the same tree until one of the two was altered.
  let asSealed = emptyFrontier();
  let asFound: Frontier | null = null;
  let suspicions: (() => void)[] = [];
  let [events, retired, next, nextHead] = [0, 0, 0, 0];
  let before: { checkpoint: string; era: number; xid: bigint; id: bigint } | null = null;
  let broken = false;

  const atHead = ({ size, root, checkpoint }: SealedHead) => {
    const leavesHold = size === asSealed.size && equal(frontierRoot(asSealed), root);
    if (!leavesHold && suspicions.length > 0 && asFound && equal(frontierRoot(asFound), root)) {
      asSealed = asFound;
      say(
        `The events of ${tenant.slug} up to leaf ${size - 1} are as they were; their seals were altered in the database.`,
      );
    } else if (leavesHold || suspicions.length > 0) for (const speak of suspicions) speak();
    else if (!broken) {
      broken = true;
      const from = heads[nextHead - 1]?.size ?? 0;
      say(
        `The leaves of ${tenant.slug} from ${from} to ${size - 1} are not those that checkpoint ${checkpoint} signed.`,
        { leaf: from },
      );
    }
    asFound = null;
    suspicions = [];
  };

  const [end] = await lease.rows(
    "select coalesce(max(seq), -1)::text from core.audit_leaves where tenant_id = $1::uuid",
    [tenant.id],
  );
  for (let from = 0; from <= Number(end?.[0]); from += PAGE) {
    for (const { seq, eventId, hash: sealed, locator, checkpoint, texts, sealedUntil } of await leafPage(
      lease,
      tenant.id,
      from,
    )) {
      if (seq !== next) {
        say(`Leaf ${next} of ${tenant.slug} is missing: the seal of an event was taken out.`, { leaf: next });
        broken = true;
      }
      next = seq + 1;
      const about = { eventId, leaf: seq };
      let found = sealed;
      if (!texts) {
        if (seq < retiredThrough) retired += 1;
        else
          say(
            `Event ${eventId} of ${tenant.slug} (leaf ${seq}) was sealed in checkpoint ${checkpoint} and is gone.`,
            about,
          );
      } else {
        events += 1;
        found = leafOf(texts).hash;
        if (!equal(found, sealed)) {
          asFound ??= copyFrontier(asSealed);
          suspicions.push(() => {
            const alteration = findAlteration(texts, sealed, locator);
            say(describe(tenant.slug, eventId, seq, alteration), { ...about, alteration });
          });
        } else {
          const at = texts[AT] ?? "";
          if (sealedUntil !== null && at < sealedUntil) {
            say(
              `Event ${eventId} of ${tenant.slug} (leaf ${seq}) says that it happened at ${at}, but everything of that time had been sealed long before it.`,
              about,
            );
          }
          const place = { checkpoint, era: Number(texts[2]), xid: BigInt(texts[3] ?? 0), id: BigInt(eventId) };
          if (before && before.checkpoint === checkpoint && isBefore(place, before)) {
            say(`Leaf ${seq} of ${tenant.slug} (event ${eventId}) is out of its order: leaves were exchanged.`, about);
          }
          before = place;
        }
      }
      append(asSealed, sealed);
      if (asFound) append(asFound, found);
      for (let head = heads[nextHead]; head && head.size <= next; head = heads[nextHead]) {
        atHead(head);
        nextHead += 1;
      }
    }
  }
  for (const speak of suspicions) speak();
  const last = heads.at(-1);
  if (last && last.size > next) {
    say(
      `The record of ${tenant.slug} ends at leaf ${next - 1}, but checkpoint ${last.checkpoint} sealed ${last.size} leaves: leaf ${next} and what follows were cut off.`,
      { leaf: next },
    );
  } else if (next > (last?.size ?? 0)) {
    say(`Leaf ${last?.size ?? 0} of ${tenant.slug} and what follows stand under no checkpoint.`, {
      leaf: last?.size ?? 0,
    });
  }
  if (tenant.size !== next || !tenant.root || !equal(tenant.root, frontierRoot(asSealed))) {
    say(`The tree of ${tenant.slug} says ${tenant.size} leaves, and its leaves give another: it was altered.`);
  }
  return { events, retired };
}

async function headsOf(lease: Lease, tenantId: string): Promise<SealedHead[]> {
  const rows = await lease.rows(
    "select size::text, root, checkpoint::text from core.audit_heads where tenant_id = $1::uuid order by position",
    [tenantId],
  );
  return rows.map(([size, root, checkpoint]) => ({
    size: Number(size),
    root: root as Uint8Array,
    checkpoint: Number(checkpoint),
  }));
}

function isBefore(a: { era: number; xid: bigint; id: bigint }, b: { era: number; xid: bigint; id: bigint }): boolean {
  if (a.era !== b.era) return a.era < b.era;
  return a.xid === b.xid ? a.id < b.id : a.xid < b.xid;
}

function describe(slug: string, id: string, seq: number, alteration: Alteration | null): string {
  const event = `Event ${id} of ${slug} (leaf ${seq}) is not as it was recorded`;
  if (!alteration) return `${event}; which part of it cannot be said, because its locator was altered too.`;
  const { column, from, to, was } = alteration;
  if (was !== null)
    return `${event}: the column ${column} was altered at byte ${from} of the leaf, which was "${was}".`;
  return `${event}: the column ${column} was altered, first between bytes ${from} and ${to - 1} of the leaf.`;
}
