/**
 * `bun run attack record`: what an insider with the application's, and one with the superuser's, database rights would try
 * on the record, the ledger, the signatures and the alarms (D53, D54, D62, D67, D68). Prints what was tried; ends with 1 when
 * anything got through unnoticed.
 */

import { originOf, sealRound } from "@core/audit/sealer.ts";
import { oneLine } from "@core/audit/trail.ts";
import { verifyRecord } from "@core/audit/verifier.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { signingKey } from "@core/vault/signing.ts";
import postgres from "postgres";
import { sample } from "../sample/module.tsx";
import { sampleSql } from "../sample/store.ts";
import { testWorld } from "../support/world.ts";

export interface Tried {
  readonly what: string;
  readonly isStopped: boolean;
  readonly how: string;
}

export async function attackRecord(): Promise<Tried[]> {
  const all: Tried[] = [];
  const told = (what: string, isStopped: boolean, how: string): void => {
    all.push({ what, isStopped, how });
  };
  const world = await testWorld([sample]);
  await world.lay(sampleSql);
  const place = await world.workspace("program", ["sample"]);
  const kit = await world.person("Kit Keeper", "keeper", place);
  const asKit = await world.as(kit);
  for (let i = 0; i < 20; i++)
    await asKit.get(`/w/${place.slug}/sample`, { "user-agent": `a\u00a0b ${"x".repeat(i * 100)}` });
  await asKit.get(`/w/${place.slug}/sample/stones.csv`);
  await asKit.get(`/w/${place.slug}/sample/stones/${encodeURIComponent("a\\r\\n\\u001b[31m\\u202e\\0")}`);

  // As the application itself, under a true context: what an injection could do at most.
  const app = new LeasePool(world.database.as("app"), 1);
  const tables = [
    "audit_events",
    "exports",
    "signatures",
    "alarm_entries",
    "audit_leaves",
    "audit_heads",
    "audit_checkpoints",
  ];
  const statements = [
    ...tables.flatMap((table) => [
      `update core.${table} set ${table === "audit_checkpoints" ? "note = note" : "tenant_id = tenant_id"}`,
      `delete from core.${table}`,
      `truncate core.${table}`,
      `alter table core.${table} disable trigger all`,
    ]),
    "insert into core.audit_events (id, actor_name, request_id, act, sentence, outcome, status) values (1, 'x', gen_random_uuid(), 'x', 'x', 'done', 200)",
    "insert into core.audit_events (at, actor_name, request_id, act, sentence, outcome, status) values ('2020-01-01', 'x', gen_random_uuid(), 'x', 'x', 'done', 200)",
    "insert into core.audit_events (actor_id, actor_name, request_id, act, sentence, outcome, status) values (gen_random_uuid(), 'x', gen_random_uuid(), 'x', 'x', 'done', 200)",
    "insert into core.exports (id, made_by, name, filename, format, sha256, bytes, rows) values (gen_random_uuid(), gen_random_uuid(), 'x', 'x', 'csv', '', 0, 0)",
    "insert into core.signatures (person_id, event, meaning, printed_name, content_sha256, request_id) values (gen_random_uuid(), 'x', 'x', 'x', '', gen_random_uuid())",
    "insert into core.signatures (session_ref, event, meaning, printed_name, content_sha256, request_id) values ('x', 'x', 'x', 'x', '', gen_random_uuid())",
    "insert into core.alarms (detector, person_name, sentence, first_event, last_event) values ('canary', 'x', 'x', 1, 1)",
    "select core.place_canary(gen_random_uuid(), 'x', 'trainee')",
    "set session_replication_role = replica",
    "set role postgres",
    "set log_statement = 'none'",
    "select pg_read_file('/etc/passwd')",
  ];
  for (const text of statements) {
    const outcome = await world.house.transactions
      .run(
        { tenantId: world.here.id, workspaceId: place.id, kind: "person", actorId: kit.id, sessionRef: "x" },
        { readOnly: false },
        (lease) => lease.rows(text),
        async () => {},
      )
      .then(
        () => null,
        (error: unknown) => String((error as { code?: unknown }).code ?? error),
      );
    // Refused for want of the right, and for no other reason.
    told(`application: ${text.slice(0, 90)}`, outcome === "42501", outcome ?? "it ran");
  }
  await app.end();

  // One event, one line: whatever the browser says of itself.
  const rows = await world.sql<{ sentence: string; agent: string | null }>(
    "select sentence, agent from core.audit_events",
  );
  told(
    "2 kB in the browser's name, line breaks and steering characters in an address",
    rows.every(({ sentence, agent }) => oneLine(sentence) === sentence && (agent ?? "").length <= 16),
    `${rows.length} well-formed entries`,
  );

  // A hundred thousand refusals of a stranger, ten thousand of them really asked: the record does not grow with them.
  const [before] = await world.sql<{ size: string }>(
    "select pg_total_relation_size('core.refusals') + pg_total_relation_size('core.audit_events') as size",
  );
  for (let i = 0; i < 100; i++)
    await Promise.all(
      Array.from({ length: 100 }, () =>
        world.house.refusals.note(world.here.id, "192.0.2.1", "GET /w/:workspace", 401),
      ),
    );
  const [after] = await world.sql<{ size: string }>(
    "select pg_total_relation_size('core.refusals') + pg_total_relation_size('core.audit_events') as size",
  );
  const grown = Number(after?.size) - Number(before?.size);
  const [counted] = await world.sql<{ times: string }>("select sum(times) as times from core.refusals");
  told(
    "10,000 refused requests",
    grown < 1_000_000 && Number(counted?.times) >= 10_000,
    `${Math.round(grown / 1000)} kB, ${counted?.times} counted`,
  );

  // As the superuser, with triggers off: everything can be done, and nothing of it unnoticed.
  const key = signingKey(world.database.secret, "audit");
  const sealing = new LeasePool(world.database.as("sealer"), 1);
  const seal = () => sealing.transact({}, (lease) => sealRound(lease, key, originOf("http://localhost:3000")));
  const verdict = () => sealing.transact({}, (lease) => verifyRecord(lease, key.publicKey));
  await seal();
  const clean = await verdict();
  told("nothing was altered yet", clean.findings.length === 0, `${clean.events} events verify`);
  const root = postgres({ ...world.database.owner, max: 1, onnotice: () => {} });
  const alterations: [what: string, text: string][] = [
    [
      "one letter of a sentence",
      "update core.audit_events set sentence = sentence || '.' where id = (select min(id) from core.audit_events)",
    ],
    [
      "one microsecond",
      "update core.audit_events set at = at + interval '1 microsecond' where id = (select min(id) + 1 from core.audit_events)",
    ],
    [
      "an actor",
      "update core.audit_events set actor_id = gen_random_uuid() where id = (select max(id) from core.audit_events)",
    ],
    ["an event removed", "delete from core.audit_events where id = (select max(id) from core.audit_events)"],
    [
      "two leaves swapped",
      "update core.audit_leaves set seq = case seq when 0 then -1 else 0 end where seq in (0, 1); update core.audit_leaves set seq = 1 where seq = -1",
    ],
    ["the newest leaves cut off", "delete from core.audit_leaves where seq = (select max(seq) from core.audit_leaves)"],
    ["a checkpoint replaced", "update core.audit_checkpoints set note = replace(note, 'a', 'b')"],
  ];
  for (const [what, text] of alterations) {
    await root.unsafe("begin; set local session_replication_role = replica").catch(() => {});
    let said = "nothing";
    try {
      await root.unsafe(text);
      // Verified inside the same transaction's eyes: the alteration is undone afterwards.
      const lease = {
        rows: async (sql: string, values: readonly unknown[] = []) =>
          (await root.unsafe(sql, values as never[]).values()) as unknown as readonly (readonly unknown[])[],
        last: () => {},
      };
      const found = await verifyRecord(lease, key.publicKey);
      said = found.findings[0]?.sentence ?? "nothing";
    } catch (error) {
      said = `the verifier broke off: ${(error as Error).message.slice(0, 80)}`;
    }
    await root.unsafe("rollback");
    told(`superuser: ${what}`, said !== "nothing", said);
  }
  await root.end();
  await sealing.end();
  await world.stop();
  return all;
}

if (import.meta.main) {
  const all = await attackRecord();
  for (const { what, isStopped, how } of all) console.log(`${isStopped ? "stopped" : "GOT THROUGH"}  ${what}: ${how}`);
  const through = all.filter(({ isStopped }) => !isStopped).length;
  console.log(`\n${all.length} tried, ${all.length - through} stopped or noticed, ${through} got through.`);
  process.exit(through === 0 ? 0 : 1);
}
