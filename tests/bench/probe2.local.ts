import { durableServer, setStage } from "/tmp/trees/bench/tests/bench/stage.ts";
import { connectionOf } from "@core/db/roles.ts";
import { contextOf } from "@core/tenancy/transaction.ts";
import { contextKey } from "@core/vault/context-seal.ts";
import postgres from "postgres";
const own = await durableServer(); const run = await own.start();
const stage = await setStage(40); const { facts } = stage;
const c = postgres({ ...connectionOf(facts.owner, facts.roles, "app", facts.secret), max: 1 });
const ctx = contextOf({ tenantId: facts.tenant, workspaceId: facts.workspace, kind: "person", actorId: facts.people[0]!.id, sessionRef: "0123456789ab" }, contextKey(facts.secret), new Date());
await c.unsafe("begin"); await c.unsafe("select set_config('cairn.context', $1, true)", [ctx]);
const N = 3000;

const { readFileSync } = await import("node:fs");
const [{ pid }] = await c.unsafe("select pg_backend_pid() as pid") as any;
const cpu = () => Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1000;
async function t(name: string, body: string) { const sql = `do $$ declare a text[]; b uuid; begin for i in 1..${N} loop ${body} end loop; end $$`; let best = 1e9; for (let k=0;k<5;k++){ const a = cpu(); await c.unsafe(sql); best = Math.min(best, cpu() - a);} console.log(name.padEnd(50), (best / N).toFixed(1), "us cpu each"); }
async function tq(name: string, text: string, values: any[] = []) { let best = 1e9; for (let k=0;k<5;k++){ const a = cpu(); for (let i=0;i<300;i++) await c.unsafe(text, values, {prepare:true}); best = Math.min(best, cpu() - a);} console.log(name.padEnd(50), (best / 300).toFixed(1), "us cpu each, whole statement"); }
const audit = `insert into core.audit_events (actor_name, session_ref, ip, agent, request_id, act, permission, event, sentence, outcome, status, subjects, read, changed, detail) values ('x','y','127.0.0.1'::inet,null,gen_random_uuid(),'a',null,null,'s','done',200,'{}','{}','{}','{}')`;
for (let i = 0; i < 2; i++) for (const f of ["context()","tenant()","reaches('ledger.read')"]) await t(f, `perform core.${f};`);
await t("live_reach","perform * from core.live_reach('ledger.read');");
await tq("select 1", "select 1");
await tq("select one","select * from ledger.entries where id=$1::uuid", [facts.entries[0]]);
await tq("audit", audit);
await tq("history 30", `insert into ledger.history (entry_id, subject_id, field, value) select gen_random_uuid(), '${facts.subjects[0]}', 'f'||n, 'x' from generate_series(1,30) n`);
await tq("keys", `select id, wrapped from core.keys where id = any($1::uuid[])`, [[facts.entries[0]]]);
const NONE = "'00000000-0000-0000-0000-000000000000'::uuid";
await tq("key current", `select id from core.keys where coalesce(workspace_id, ${NONE}) = coalesce($1::uuid, ${NONE}) and coalesce(subject_id, ${NONE}) = coalesce($2::uuid, ${NONE}) and purpose = $3`, [facts.workspace, facts.subjects[0], 'field']);
await c.unsafe("rollback");
await c.end(); await stage.stop(); await run.stop(); own.remove(); process.exit(0);
