/**
 * The process that imports is killed inside each step and between them: afterwards every value of the file is there once,
 * every question is asked once, and taking it back, killed the same way, leaves nothing of it.
 *
 * `bun run fault import [values]` (default 30,000). tests/modules/studies/data-import.test.ts is the short form.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "@core/db/connection.ts";
import type { Roles } from "@core/db/roles.ts";
import type { Place } from "@core/jobs/desk.ts";
import type { StepAsk } from "../../modules/studies/import/steps.ts";
import { smallStudy } from "../modules/studies/small-study.ts";
import { type StudyStage, studyStage } from "../modules/studies/stage.ts";

export const moments = ["inside a step, before COMMIT", "between two steps"] as const;
export type Moment = (typeof moments)[number];

export interface ImportFacts {
  readonly owner: Connection;
  readonly roles: Roles;
  readonly secret: string;
  readonly data: string;
  readonly place: Place;
  readonly step: StepAsk;
  readonly dieAt: Moment | null;
}

export interface Standing {
  readonly stage: string;
  readonly done: number;
}
export async function standingOf({ world }: Pick<StudyStage, "world">, importId: string): Promise<Standing> {
  const [row] = await world.sql<Standing>("select stage, done from studies.import_runs where import_id = $1", [
    importId,
  ]);
  if (!row) throw new Error("this import does not go step by step");
  return row;
}

/** A process of its own goes on with it. Whether it was killed. */
export async function goOn({ world, study }: StudyStage, importId: string, dieAt: Moment | null, at: Standing) {
  const { database, house } = world;
  const facts: ImportFacts = {
    owner: database.owner,
    roles: database.roles,
    secret: database.secret,
    data: house.config.data,
    place: {
      tenant: { ...world.here, name: "Northfield (invented)" },
      workspace: { id: study.id, slug: study.slug, title: "Study", kind: "study" },
      modules: { studies: {} },
    },
    step: { importId, stage: at.stage as StepAsk["stage"], done: at.done },
    dieAt,
  };
  const file = join(facts.data, "import-process.json");
  writeFileSync(file, JSON.stringify(facts), { mode: 0o600 });
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "import-process.ts"), file], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  await child.exited;
  return { wasKilled: child.signalCode === "SIGKILL" };
}

/** Until it has left this stage, killed at every step by turns. How often. */
async function through(stage: StudyStage, importId: string, ends: readonly string[]): Promise<number> {
  let kills = 0;
  let last = "";
  for (let turn = 0; ; turn += 1) {
    const at = await standingOf(stage, importId);
    if (ends.includes(at.stage)) return kills;
    const here = JSON.stringify(at);
    // A step that was killed inside is done again by one that is killed after it.
    const moment = here === last ? "between two steps" : moments[turn % 2 === 0 ? 0 : 1];
    last = here;
    const { wasKilled } = await goOn(stage, importId, moment ?? null, at);
    if (wasKilled) kills += 1;
    console.log(`${at.stage}, ${at.done} done: ${wasKilled ? `killed ${moment}` : "went to its end"}`);
  }
}

export async function drill(): Promise<boolean> {
  const wanted = Number(process.argv[3] ?? 30_000);
  const stage = await studyStage();
  try {
    await stage.publish(smallStudy);
    const { client: dan } = await stage.person("Dan", "data_manager");
    await stage.world.house.prompts.stop();
    const lines = ["subject,event,sex,weight,height"];
    for (let n = 0; n < wanted / 3; n += 1)
      lines.push(`K-${n},baseline,${n % 2 ? "f" : "m"},${n % 100 === 0 ? "heavy" : 50 + (n % 60)},${150 + (n % 40)}`);
    const file = { filename: "drill.csv", bytes: new TextEncoder().encode(lines.join("\n")) };
    const sent = await dan.post(`${stage.base}/imports`, { file });
    const importId = sent.location.split("/").at(-1) ?? "";
    let kills = await through(stage, importId, ["ready"]);
    const taken = await dan.post(`${sent.location}/take`, { siteId: stage.north, reason: "Drill" });
    if (taken.status !== 303) throw new Error(`it was answered ${taken.status}`);
    kills += await through(stage, importId, ["taken"]);
    const values = (lines.length - 1) * 3;
    const asked = lines.filter((line) => line.includes("heavy")).length;
    const found = await foundOf(stage);
    const isWhole =
      found.stored === values && found.changed === 0 && found.queries === asked && found.subjects === lines.length - 1;
    await dan.post(`${sent.location}/take-back`, { why: "The drill is over" });
    kills += await through(stage, importId, ["taken back"]);
    const [{ left } = { left: -1 }] = await stage.world.sql<{ left: number }>(
      "select count(*)::int as left from studies.field_values where raw is not null",
    );
    console.log(
      `${values.toLocaleString("en-US")} values, ${kills} kills: ${found.stored} stored once, ${found.changed} written again, ${found.queries} of ${asked} questions; taken back, ${left} are left`,
    );
    return isWhole && left === 0 && kills > 3;
  } finally {
    await stage.world.stop();
  }
}

export async function foundOf({ world }: StudyStage) {
  const [row] = await world.sql<{ stored: number; changed: number; queries: number; subjects: number }>(
    `select (select count(*)::int from studies.field_values where raw is not null) as stored,
       (select count(*)::int from studies.field_values where version > 1) as changed,
       (select count(*)::int from studies.queries) as queries,
       (select count(*)::int from core.subjects) as subjects`,
  );
  if (!row) throw new Error("nothing came back");
  return row;
}
