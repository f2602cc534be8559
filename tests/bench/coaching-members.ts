/**
 * A service full of members, laid by sets: plain rows by one statement a table, names, numbers and messages sealed by the
 * vault as a form or a webhook would have them sealed, each under its member's own key. Everything invented.
 */
import type { Sql } from "@core/db/migrate.ts";
import { identities } from "@core/tenancy/tables.ts";
import type { Sealer } from "@core/vault/envelope.ts";
import type { KeyStore, StoredKey } from "@core/vault/keys.ts";
import { ownerKeys } from "@core/vault/owner-keys.ts";
import { placeOf, Sealed, type SealedField } from "@core/vault/sealed.ts";
import { tagOf } from "@core/vault/tags.ts";
import postgres from "postgres";
import { messages } from "../../modules/coaching/tables.ts";
import type { Service } from "../modules/coaching/service.ts";

export const phoneOf = (member: number) => `+1555${String(2_000_000 + member)}`;
export const nameOf = (member: number) => `Invented Member ${member}`;

/** What each member wrote and was told; the first is the oldest. */
const said = [
  ["in", "member", "128 before breakfast"],
  ["out", "template", "Got it. A coach will reply."],
  ["in", "member", "walked 20 minutes after dinner"],
  ["out", "human", "Well done. How did your feet feel afterwards?"],
] as const;

/** Subjects' keys are made in memory and laid down with everything else; the service's own come from the database. */
class LaidKeys implements KeyStore {
  readonly made: StoredKey[] = [];
  private readonly byId = new Map<string, StoredKey>();
  constructor(private readonly house: KeyStore) {}
  get algorithm() {
    return this.house.algorithm;
  }
  protectedClasses: KeyStore["protectedClasses"] = async () => new Set();
  findMany: KeyStore["findMany"] = async (ids) => {
    const mine = ids.flatMap((id) => this.byId.get(id) ?? []);
    return mine.length === ids.length ? mine : this.house.findMany(ids);
  };
  current: KeyStore["current"] = async (scope) => (scope.subject === null ? this.house.current(scope) : null);
  living: KeyStore["living"] = (scope) => this.house.living(scope);
  async insert(key: StoredKey): Promise<StoredKey> {
    if (key.subject === null) return this.house.insert(key);
    this.made.push(key);
    this.byId.set(key.id, key);
    return key;
  }
  rewrap: KeyStore["rewrap"] = () => Promise.reject(new Error("nothing is wrapped anew here"));
  destroySubject: KeyStore["destroySubject"] = () => Promise.reject(new Error("nobody is shredded here"));
}

const batch = 2_000;

/** Invited, agreed on paper, with a coach, a short conversation and thirty readings; a tenth of them wait for an answer. */
export async function layMembers(here: Service, count: number): Promise<void> {
  const sql: Sql = postgres({ ...here.world.database.owner, max: 1, onnotice: () => {} });
  try {
    for (let from = 0; from < count; from += batch) await layBatch(here, sql, from, Math.min(count, from + batch));
    // A year of settled incidents begins at its end here, which the table itself forbids.
    await sql.unsafe("set session_replication_role = replica");
    await layWork(here, sql);
    await sql.unsafe("analyze");
  } finally {
    await sql.end();
  }
}

async function layBatch({ world, workspace, people }: Service, sql: Sql, from: number, until: number): Promise<void> {
  const scope = { tenant: workspace.tenant.id, workspace: workspace.id };
  const keys = new LaidKeys(ownerKeys(sql));
  const sealer = world.house.vault.sealer(keys, scope);
  const rows: Record<string, unknown>[] = [];
  const texts: Record<string, unknown>[] = [];
  for (let member = from; member < until; member += 1) {
    const id = Bun.randomUUIDv7();
    const at = { row: id, subject: id };
    rows.push({
      id,
      code: `B-${String(member).padStart(5, "0")}`,
      name: await bytes(sealer, identities.name, nameOf(member), at),
      phone: await bytes(sealer, identities.phone, phoneOf(member), at),
      tag: hex(await tagOf(sealer, "phone", phoneOf(member))),
      waits: member % 10 === 0,
    });
    for (const [place, [direction, kind, words]] of said.entries()) {
      const row = Bun.randomUUIDv7();
      const body = await bytes(sealer, messages.body, words, { row, subject: id });
      texts.push({
        id: row,
        subject: id,
        direction,
        kind,
        body,
        minutes: 600 * (said.length - place) + (member % 500),
      });
    }
  }
  const wrapped = keys.made.map((key) => ({ ...key, wrapped: key.wrapped && hex(key.wrapped) }));
  const place = [scope.tenant, scope.workspace];
  await sql.begin(async (all) => {
    // Every row refers to one of the same batch: looking each reference up again would take most of the time.
    await all.unsafe("set local session_replication_role = replica");
    const lay = (text: string, given: readonly unknown[], more: readonly string[] = []) =>
      all.unsafe(text, [...place, JSON.stringify(given), ...more]);
    await lay(
      `insert into core.subjects (tenant_id, workspace_id, id, code, kind)
       select $1, $2, id, code, 'member' from jsonb_to_recordset($3::text::jsonb) as r(id uuid, code text)`,
      rows,
    );
    await lay(
      `insert into core.keys (tenant_id, id, workspace_id, subject_id, purpose, version, wrapped, wrapped_by, provider)
       select $1, id, $2, subject, purpose, version, decode(wrapped, 'hex'), "wrappedBy", provider
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid, subject uuid, purpose text, version int, wrapped text, "wrappedBy" uuid, provider text)`,
      wrapped,
    );
    await lay(
      `insert into core.identities (tenant_id, workspace_id, subject_id, name, phone, phone_index)
       select $1, $2, id, decode(name, 'hex'), decode(phone, 'hex'), decode(tag, 'hex')
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid, name text, phone text, tag text)`,
      rows,
    );
    await lay(
      `insert into coaching.members (tenant_id, workspace_id, subject_id, locale, zone, unit)
       select $1, $2, id, 'en', 'America/Chicago', 'mg/dL' from jsonb_to_recordset($3::text::jsonb) as r(id uuid)`,
      rows,
    );
    await lay(
      `insert into core.assignments (tenant_id, workspace_id, person_id, subject_id, kind)
       select $1, $2, $4::text::uuid, id, 'coach' from jsonb_to_recordset($3::text::jsonb) as r(id uuid)`,
      rows,
      [people.coach.id],
    );
    await lay(
      `insert into coaching.consent_events (tenant_id, workspace_id, subject_id, kind, at, source, text_sha256)
       select $1, $2, id, kind, clock_timestamp() - interval '40 days' + n * interval '1 minute', 'paper', case kind when 'disclosed' then repeat('0', 64) end
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid), unnest(array['invited', 'disclosed', 'given']) with ordinality k(kind, n)`,
      rows,
    );
    await lay(
      `insert into coaching.messages (tenant_id, workspace_id, id, subject_id, direction, kind, body, at, person_id, tier)
       select $1, $2, id, subject, direction, kind, decode(body, 'hex'), clock_timestamp() - minutes * interval '1 minute',
         case kind when 'human' then $4::text::uuid end, case direction when 'in' then 'OK' end
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid, subject uuid, direction text, kind text, body text, minutes int)`,
      texts,
      [people.coach.id],
    );
    await lay(
      `insert into coaching.outbox (tenant_id, workspace_id, subject_id, message_id, cause, purpose, speaker, person_id, status, provider, accepted_at, settled_at, until_at)
       select $1, $2, subject, id, 'laid:' || id, case kind when 'human' then 'human' else 'reply' end, case kind when 'human' then 'human' else 'safety' end,
         case kind when 'human' then $4::text::uuid end, 'delivered', 'twilio', clock_timestamp() - minutes * interval '1 minute',
         clock_timestamp() - minutes * interval '1 minute', clock_timestamp()
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid, subject uuid, direction text, kind text, minutes int) where direction = 'out'`,
      texts,
      [people.coach.id],
    );
    await lay(
      `insert into coaching.conversations (tenant_id, workspace_id, subject_id, last_in_at, last_out_at, waiting_since, tier)
       select $1, $2, id, clock_timestamp() - interval '20 hours', clock_timestamp() - interval '10 hours',
         case when waits then clock_timestamp() - interval '20 hours' end, case when waits then 'P' else 'none' end
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid, waits boolean)`,
      rows,
    );
    await lay(
      `insert into coaching.readings (tenant_id, workspace_id, subject_id, at, local_at, mgdl, source, tier)
       select $1, $2, id, clock_timestamp() - n * interval '11 hours', to_char(clock_timestamp() - n * interval '11 hours', 'YYYY-MM-DD"T"HH24:MI:SS'),
         90 + (n * 37) % 120, 'text', case when (n * 37) % 120 > 90 then 'Y1' else 'OK' end
       from jsonb_to_recordset($3::text::jsonb) as r(id uuid), generate_series(1, 30) n`,
      rows,
    );
  });
}

/** Open work for a tenth, and a year of settled incidents. */
async function layWork({ workspace, people }: Service, sql: Sql): Promise<void> {
  const place = [workspace.tenant.id, workspace.id];
  await sql.unsafe(
    `insert into coaching.tasks (tenant_id, workspace_id, subject_id, cause, kind, tier, due_at)
     select $1, $2, subject_id, 'laid:' || subject_id, 'reply', 'P', waiting_since + interval '24 hours'
     from coaching.conversations where workspace_id = $2 and waiting_since is not null`,
    place,
  );
  await sql.unsafe(
    `insert into coaching.incidents (tenant_id, workspace_id, subject_id, cause, tier, role, acknowledge_minutes, opened_at, status, acknowledged_by,
       acknowledged_at, contact, disposition, resolved_by, resolved_at)
     select $1, $2, subject_id, 'laid:' || subject_id, 'H2', 'on-call', 15, at, 'resolved', $3::text::uuid, at + interval '4 minutes', 'reached',
       'safe-at-home', $3::text::uuid, at + interval '30 minutes'
     from (select subject_id, clock_timestamp() - interval '1 hour' * row_number() over (order by subject_id) as at
       from coaching.conversations where workspace_id = $2 limit 2000) m`,
    [...place, people.supervisor.id],
  );
}

const hex = (of: Uint8Array) => Buffer.from(of).toString("hex");
async function bytes(
  sealer: Sealer,
  column: unknown,
  value: string,
  at: { readonly row: string; readonly subject: string },
): Promise<string> {
  const place = placeOf(column as SealedField<string>);
  return hex(Sealed.ciphertextOf(await sealer.sealField(place, value, at), place));
}
