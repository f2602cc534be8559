/** A record for a test: a database of its own, institutions, events as the application writes them, and hands to break it. */
import { type Round, sealRound } from "@core/audit/sealer.ts";
import { type Verdict, verifyRecord } from "@core/audit/verifier.ts";
import type { Database } from "@core/db/database.ts";
import { type Lease, LeasePool } from "@core/tenancy/lease.ts";
import { type SigningKey, signingKey } from "@core/vault/signing.ts";
import postgres, { type Sql } from "postgres";
import { testDatabase } from "./database.ts";

export const ORIGIN = "cairn.test/audit";

export interface TestRecord {
  readonly database: Database & { readonly secret: string };
  /** A superuser's connection: what the seals are there for. */
  readonly sql: Sql;
  readonly key: SigningKey;
  tenant(slug: string): Promise<string>;
  /** Events of one transaction. Their numbers, in order. */
  write(tenantId: string, count?: number, sentence?: string): Promise<string[]>;
  /** Rounds until nothing is left. */
  seal(limit?: number): Promise<Round>;
  verify(slug?: string): Promise<Verdict>;
  /** As the sealer's role. */
  read<T>(work: (lease: Lease) => Promise<T>): Promise<T>;
  /** Superuser's SQL with every trigger off: nothing in the database stops it. */
  tamper(text: string, values?: readonly unknown[]): Promise<void>;
  stop(): Promise<void>;
}

/** Over a test's own database, or over one that is given; `stop()` ends it. */
export async function testRecord(given?: TestRecord["database"]): Promise<TestRecord> {
  const database = given ?? (await testDatabase());
  const sql = postgres({ ...database.owner, max: 1, onnotice: () => {} });
  const pool = new LeasePool(database.as("sealer"), 1);
  const key = signingKey(database.secret, "audit");
  /** Something waits, and no transaction of this database is the reason. */
  const isHeldElsewhere = async (): Promise<boolean> => {
    const [row] = await sql<{ held: boolean }[]>`
      select exists (select from core.audit_events e where not exists (
          select from core.audit_leaves l where l.tenant_id = e.tenant_id and l.event_id = e.id))
        and not exists (select from pg_stat_activity a
          where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_xid is not null) as held`;
    return row?.held ?? false;
  };
  const self: TestRecord = {
    database,
    sql,
    key,
    async tenant(slug) {
      const [row] = await sql<{ id: string }[]>`
        insert into core.tenants (slug, name) values (${slug}, ${`${slug} (invented)`}) returning tenant_id as id`;
      return row?.id ?? "";
    },
    write: (tenantId, count = 1, sentence = "Ada Admin (invented) looked at the list") =>
      write(sql, tenantId, count, sentence),
    async seal(limit) {
      const patience = performance.now() + 30_000;
      for (;;) {
        const round = await pool.transact({}, (lease) => sealRound(lease, key, ORIGIN, limit));
        // A transaction of another test's database holds the whole cluster's horizon: what it hides is sealed when it ends.
        if (!round.more && !(await isHeldElsewhere())) return round;
        if (performance.now() > patience) throw new Error("the record was not sealed within 30 seconds");
      }
    },
    verify: (slug) => pool.transact({}, (lease) => verifyRecord(lease, key.publicKey, slug)),
    read: (work) => pool.transact({}, work),
    async tamper(text, values = []) {
      await sql.begin(async (tx) => {
        await tx.unsafe("set local session_replication_role = replica");
        await tx.unsafe(text, values as never[]);
      });
    },
    async stop() {
      await pool.end();
      await sql.end();
      await database.stop();
    },
  };
  return self;
}

/** One statement, so one transaction. */
export async function write(sql: Sql, tenantId: string, count: number, sentence: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    insert into core.audit_events (tenant_id, actor_kind, actor_name, ip, request_id, act, sentence, outcome, status, subjects, read)
    select ${tenantId}::uuid, 'person', 'Ada Admin (invented)', '127.0.0.1', gen_random_uuid(), 'GET /w/:workspace/record', ${sentence},
      'done', 200, array[gen_random_uuid()], '{"core.subjects": {"rows": ["a", "b"], "columns": ["code", "id"]}}'
    from generate_series(1, ${count}::int) returning id::text`;
  return rows.map(({ id }) => id);
}
