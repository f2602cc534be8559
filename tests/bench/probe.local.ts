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
async function t(name: string, sql: string, n: number) { for (let k=0;k<2;k++){ const a = performance.now(); await c.unsafe(sql); const ms = performance.now() - a; if(k) console.log(name.padEnd(40), (ms * 1000 / n).toFixed(1), "us each"); } }
const N = 2000;
const loop = (body: string) => `do $$ begin for i in 1..${N} loop ${body} end loop; end $$`;
await t("nothing", loop("perform 1;"), N);
await t("context()", loop("perform core.context();"), N);
await t("tenant()", loop("perform core.tenant();"), N);
await t("sha256", loop("perform sha256(sha256('\\x1234'::bytea));"), N);
await t("reaches", loop("perform core.reaches('ledger.read');"), N);
await t("live_reach", loop("perform core.live_reach('ledger.read');"), N);
await t("reach_subjects", loop("perform core.reach_subjects('ledger.read');"), N);
for (const e of facts.entries.slice(0,1)) {
  await t("select one", loop(`perform 1 from ledger.entries where id='${e}';`), N);
  console.log((await c.unsafe(`explain (analyze, verbose off) select * from ledger.entries where id='${e}'`)).map((r:any)=>r["QUERY PLAN"]).join("\n"));
}
await t("audit insert", `do $$ begin for i in 1..200 loop insert into core.audit_events (actor_name, session_ref, ip, agent, request_id, act, permission, event, sentence, outcome, status, subjects, read, changed, detail) values ('x','y','127.0.0.1'::inet,null,gen_random_uuid(),'a',null,null,'s','done',200,'{}','{}','{}','{}'); end loop; end $$`, 200);
console.log((await c.unsafe(`explain (analyze, verbose off) select * from ledger.entries where sheet=1 order by id limit 50`)).map((r:any)=>r["QUERY PLAN"]).join("\n"));
console.log((await c.unsafe(`explain (analyze) insert into ledger.history (entry_id, subject_id, field, value) select gen_random_uuid(), '${facts.subjects[0]}', 'f'||n, 'x' from generate_series(1,30) n`)).map((r:any)=>r["QUERY PLAN"]).join("\n"));
console.log((await c.unsafe(`explain (analyze) select id from core.keys k where tenant_id = (select core.tenant()) and (id = any(array(select id from core.keys limit 50)::uuid[])
           or id in (select wrapped_by from core.keys w where w.tenant_id = (select core.tenant()) and w.id = any(array(select id from core.keys limit 50)::uuid[])))`)).map((r:any)=>r["QUERY PLAN"]).join("\n"));
await c.unsafe("rollback");
const d = postgres({ ...connectionOf(facts.owner, facts.roles, "door", facts.secret), max: 1 });
const { sha256 } = await import("@core/vault/primitives.ts");
const tok = await stage.world.house.tokens.verify(facts.people[0]!.cookie, facts.tenant);
for (let k=0;k<3;k++){ const a=performance.now(); for(let i=0;i<300;i++) await d.unsafe("select core.arrive($1::uuid,$2::bytea,$3,false)", [facts.tenant, sha256(tok!), facts.base.split("/")[2]!], {prepare:true}); console.log("arrive round trip us", ((performance.now()-a)*1000/300).toFixed(0)); }
for (let k=0;k<2;k++){ const a=performance.now(); for(let i=0;i<300;i++) await d.unsafe("select 1", [], {prepare:true}); console.log("select 1 round trip us", ((performance.now()-a)*1000/300).toFixed(0)); }
await c.end(); await d.end(); await stage.stop(); await run.stop(); own.remove(); process.exit(0);
