/**
 * Measures of study management, printed: `bun run bench:management [screened] [allocations] [studies]` (100,000, 200, 50).
 * A world of its own on a real server; times are of whole requests, with walls, record and page. Each figure says what it
 * may cost at most on two idle cores, and the run fails when one costs more (CAIRN_BENCH=print only prints).
 */
import { agendaRoutes } from "@core/agenda/routes.tsx";
import { hashPassword } from "@core/vault/password.ts";
import { studies } from "../../modules/studies/module.ts";
import { layRecruiting, memberOf, PASSWORD } from "../modules/studies/management/stage.ts";
import { testWorld } from "../support/world.ts";

const [screened = 100_000, allocations = 200, places = 50] = process.argv.slice(2).map(Number);
const tooSlow: string[] = [];
const say = (what: string, ms: number, most: number, more = "") => {
  console.log(`${what}: ${ms.toFixed(0)} ms (at most ${most})${more}`);
  if (ms > most) tooSlow.push(what);
};
const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;

const world = await testWorld([studies], [agendaRoutes]);
try {
  const study = await world.workspace("study", ["studies"]);
  const base = `/w/${study.slug}/studies`;
  const north = await world.site(study, "01");
  const south = await world.site(study, "02");
  await layRecruiting(world, study, [north, south]);
  const secret = await hashPassword(PASSWORD);
  const member = async (name: string, role: string, site?: string) => {
    const person = await world.person(name, role, study, site ? { site } : {});
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, secret],
    );
    return memberOf(person, await world.as(person), base);
  };
  const cora = await member("Cora", "study_coordinator", north);
  const dan = await member("Dan", "data_manager");
  const uma = await member("Uma", "unblinded_statistician");
  const adam = await member("Adam", "study_administrator");

  // ── Allocations ──
  const written = await uma.post("/randomisation/schemes", {
    method: "blocks",
    arms: "A; Active; 1\nB; Placebo; 1",
    factors: "Sex: female / male",
    bySite: "on",
    blinded: "on",
    multiples: "1, 2",
    slotsPerStratum: String(Math.max(100, allocations)),
  });
  const activated = await adam.sign(`${written.location.replace(base, "")}/activate`);
  if (activated.status !== 303) throw new Error("the scheme was not activated");
  /** In two statements, with the planner told between them: the checks of foreign keys are planned by what it knows. */
  const fill = async (count: number, stage: string, prefix: string) => {
    await world.sql(
      `insert into core.subjects (tenant_id, workspace_id, code, kind, site_id)
       select $1, $2, $5 || lpad(n::text, 6, '0'), 'participant', case when n % 2 = 0 then $3::uuid else $4::uuid end
       from generate_series(1, $6::int) n`,
      [world.here.id, study.id, north, stage === "eligible" ? north : south, prefix, count],
    );
    await world.sql("analyze core.subjects");
    return world.sql<{ id: string }>(
      `insert into studies.screenings (tenant_id, workspace_id, subject_id, site_id, source, stage)
       select tenant_id, workspace_id, id, site_id, 'other', $3 from core.subjects
       where tenant_id = $1 and workspace_id = $2 and code like $4 || '%' returning subject_id as id`,
      [world.here.id, study.id, stage, prefix],
    );
  };
  const eligible = await fill(allocations, "eligible", "E-");
  const one = async (id: string, at: number) => {
    const form = { subjectId: id, requestId: crypto.randomUUID(), "factor.sex": at % 2 ? "male" : "female" };
    // A busy house says so; the same form again is the same allocation.
    for (let turn = 0; ; turn += 1) {
      const answer = await cora.post("/randomisation", form);
      if (answer.status === 303) return;
      if (answer.status !== 503 || turn > 200) throw new Error(`an allocation was answered ${answer.status}`);
    }
  };
  const half = Math.floor(eligible.length / 2);
  let begun = performance.now();
  for (const [at, { id }] of eligible.slice(0, half).entries()) await one(id, at);
  const each = (performance.now() - begun) / half;
  say("an allocation, one after another", each, 300, `, ${(1000 / each).toFixed(1)} a second`);
  begun = performance.now();
  await Promise.all(eligible.slice(half).map(({ id }, at) => one(id, at)));
  const together = (performance.now() - begun) / (eligible.length - half);
  say(`an allocation, ${eligible.length - half} at once`, together, 200, `, ${(1000 / together).toFixed(1)} a second`);
  const [shared] = await world.sql<{ slots: number; used: number }>(
    "select count(*)::int as used, count(distinct slot_id)::int as slots from studies.allocation_arms",
  );
  if (shared?.slots !== eligible.length || shared.used !== eligible.length) throw new Error("a slot was shared");

  // ── A hundred thousand screened ──
  await fill(screened, "identified", "S-");
  await world.sql(
    `update studies.screenings set dropped = (array['inclusion', 'exclusion', 'no-consent', 'too-far'])[1 + (random() * 3)::int]
     where stage = 'identified' and random() < 0.6`,
  );
  await world.sql("vacuum analyze studies.screenings");
  await world.sql("vacuum analyze core.subjects");
  const timed = async (what: string, most: number, ask: () => Promise<{ status: number; text: string }>) => {
    const times: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const at = performance.now();
      const { status, text } = await ask();
      times.push(performance.now() - at);
      if (status !== 200) throw new Error(`${what} was answered ${status}: ${text.slice(0, 300)}`);
    }
    say(what, median(times), most);
  };
  const n = screened.toLocaleString("en");
  await timed(`screening log of ${n}, a data manager's`, 300, () => dan.get("/screening"));
  await timed(`screening log of ${n}, a site's`, 300, () => cora.get("/screening"));
  await timed(`screening log of ${n}, one stage`, 300, () => cora.get("/screening?stage=identified&dropped=none"));
  await timed(`screening log of ${n}, one code`, 300, () => cora.get("/screening?code=S-000042"));
  await timed(`funnel of ${n}`, 300, () => dan.get("/recruitment"));
  await timed(`funnel of ${n}, a site's`, 300, () => cora.get("/recruitment"));

  // ── My day ──
  for (let at = 1; at < places; at += 1) {
    const other = await world.workspace("study", ["studies"]);
    await world.grant(cora.person, "study_coordinator", other);
  }
  const client = await world.as(cora.person);
  await timed(`My day over ${places} studies`, 1_000, () => client.get("/today"));
} finally {
  await world.stop();
}
if (tooSlow.length > 0 && process.env.CAIRN_BENCH !== "print") {
  console.error(`Slower than it may be: ${tooSlow.join("; ")}.`);
  process.exit(1);
}
process.exit(0);
