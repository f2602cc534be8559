/**
 * `bun run bench:milestones`: what a residency program waits for. Prints, and judges nothing: the figures belong to this
 * machine and this hour.
 *
 *   committee   packets of 60 trainees frozen in one act, and packet pages a second
 *   program     the heat table of 300 trainees × 22 subcompetencies on one page
 *   link        an evaluation from the link to "Thank you": requests, bytes, seconds in a throttled browser
 *
 *   bun run bench:milestones [--only committee,program,link] [--trainees 60]
 */

import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { emergencyMedicine } from "../../modules/milestones/demo-specialties.ts";
import { done } from "../modules/milestones/residency.ts";
import { openStage, type Stage } from "../support/stage.ts";
import type { Client, TestWorkspace } from "../support/world.ts";

const { values: said } = parseArgs({
  options: {
    only: { type: "string", default: "committee,program,link" },
    trainees: { type: "string", default: "60" },
  },
});
const wanted = new Set(said.only.split(","));
const year = new Date().getUTCFullYear() - (new Date().getUTCMonth() < 6 ? 1 : 0);

interface Program {
  readonly stage: Stage;
  readonly place: TestWorkspace;
  readonly director: Client;
  readonly faculty: readonly { readonly id: string; readonly client: Client }[];
  readonly period: string;
  readonly subjects: readonly string[];
  readonly codes: ReadonlyMap<string, string>;
  url(path: string): string;
}

async function program(stage: Stage, trainees: number): Promise<Program> {
  const { world } = stage;
  const place = await world.workspace("program", ["milestones"]);
  const as = async (name: string, role: string) => {
    const person = await world.person(name, role, place);
    return { id: person.id, client: await world.as(person) };
  };
  const director = (await as("Dana Director", "program_director")).client;
  const faculty = [
    await as("Femi Faculty", "faculty"),
    await as("Fay Faculty", "faculty"),
    await as("Finn Faculty", "faculty"),
  ];
  const url = (path: string) => `/w/${place.slug}/milestones${path === "/" ? "" : path}`;
  await done(
    director.post(url("/frameworks/import"), { table: emergencyMedicine, effectiveFrom: `${year - 3}-07-01` }),
  );
  await done(director.post(url("/periods"), { academicYear: String(year) }));
  const [framework] = await world.sql<{ id: string }>("select id from milestones.frameworks where workspace_id = $1", [
    place.id,
  ]);
  const roster = Array.from(
    { length: trainees },
    (_, at) => `Invented Trainee ${at},t${at}.${place.slug}@h.example,${(at % 3) + 1},${year}-07-01,${year + 3}-06-30,`,
  );
  await done(
    director.post(url("/roster/import"), {
      frameworkId: framework?.id ?? "",
      table: ["name,email,pgy,start,expected_end,mentor_email", ...roster].join("\n"),
    }),
  );
  const half = new Date().getUTCMonth() < 6 ? "end" : "mid";
  const [period] = await world.sql<{ id: string }>(
    "select id from milestones.periods where workspace_id = $1 and half = $2",
    [place.id, half],
  );
  const subjects = await world.sql<{ id: string }>(
    "select id from core.subjects where workspace_id = $1 order by code",
    [place.id],
  );
  const codes = await world.sql<{ id: string; code: string }>(
    "select id, code from milestones.subcompetencies where framework_id = $1",
    [framework?.id],
  );
  return {
    stage,
    place,
    director,
    faculty,
    url,
    period: period?.id ?? "",
    subjects: subjects.map(({ id }) => id),
    codes: new Map(codes.map(({ code, id }) => [code, id])),
  };
}

const ms = (from: number) => performance.now() - from;
const middle = (of: readonly number[]) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN;
const say = (line: string) => process.stdout.write(`${line}\n`);

async function committee(stage: Stage, count: number) {
  const at = await program(stage, count);
  const levels = Object.fromEntries([...at.codes.values()].map((id) => [`levels.${id}`, "3"]));
  for (const [seat, { id, client }] of at.faculty.entries()) {
    await done(
      at.director.post(at.url("/requests"), {
        periodId: at.period,
        evaluatorId: id,
        rotation: `Ward ${seat + 1}`,
        subjectIds: at.subjects,
        codes: [...at.codes.keys()],
      }),
    );
    const asked = await stage.world.sql<{ id: string }>(
      "select id from milestones.evaluations where evaluator_id = $1",
      [id],
    );
    for (const row of asked)
      await done(
        client.post(at.url(`/evaluations/${row.id}`), {
          ...levels,
          narrative:
            "Works through a full list without losing the sickest patient from sight. Next: shorter handovers.",
          act: "submit",
        }),
      );
  }
  const began = performance.now();
  await done(at.director.post(at.url("/packets/freeze"), { periodId: at.period }));
  const built = ms(began);
  const packets = await stage.world.sql<{ id: string }>("select id from milestones.packets where workspace_id = $1", [
    at.place.id,
  ]);
  const read = performance.now();
  const turns = packets.values();
  const work = async () => {
    for (const { id } of turns)
      if ((await at.director.get(at.url(`/packets/${id}`))).status !== 200) throw new Error("a packet did not open");
  };
  await Promise.all([work(), work(), work(), work()]);
  const seconds = ms(read) / 1000;
  say(
    `committee: ${packets.length} packets of ${count * at.faculty.length} evaluations frozen in ${(built / 1000).toFixed(2)} s (${(built / packets.length).toFixed(0)} ms each); ${(packets.length / seconds).toFixed(1)} packet pages a second, four at once`,
  );
}

async function heat(stage: Stage) {
  const at = await program(stage, 300);
  await stage.world.sql(
    `with d as (
       insert into milestones.decisions (tenant_id, workspace_id, subject_id, period_id, revision)
       select tenant_id, workspace_id, id, $2, 1 from core.subjects where workspace_id = $1 returning *)
     insert into milestones.decision_levels (tenant_id, workspace_id, decision_id, subject_id, subcompetency_id, status, half_steps)
     select d.tenant_id, d.workspace_id, d.id, d.subject_id, s.id, 'rated', 2 + (abs(hashtext(d.id::text || s.id::text)) % 9)
     from d cross join milestones.subcompetencies s where s.workspace_id = $1`,
    [at.place.id, at.period],
  );
  await stage.world.sql("analyze");
  const times: number[] = [];
  let bytes = 0;
  let small = 0;
  for (let turn = 0; turn < 7; turn += 1) {
    const began = performance.now();
    const page = await at.director.get(at.url("/?size=300").replace("/?", "?"));
    times.push(ms(began));
    if (page.status !== 200) throw new Error(`the program's page was answered ${page.status}`);
    bytes = page.bytes.byteLength;
    small = gzipSync(page.bytes).byteLength;
  }
  say(
    `program: 300 × ${at.codes.size} levels on one page in ${middle(times).toFixed(0)} ms (the middle of ${times.length}); ${Math.round(bytes / 1000)} kB, ${Math.round(small / 1000)} kB over the wire`,
  );
}

/** As a phone far from the mast: 400 ms round trip, 1.6 Mbit/s down, 0.75 up. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 200_000, uploadThroughput: 94_000 };

async function link(stage: Stage) {
  const at = await program(stage, 1);
  const page = await at.director.post(at.url("/requests/outside"), {
    subjectId: at.subjects[0] ?? "",
    kind: "outside",
    name: "Ola Outside",
    rotation: "Ward round",
    codes: ["PC1", "PC2", "MK1"],
  });
  const path = /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(page.text)?.[0] ?? "";
  const guest = await stage.visitor({ phone: true });
  const session = await guest.context.newCDPSession(guest.page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", SLOW);
  let requests = 0;
  let bytes = 0;
  session.on("Network.requestWillBeSent", () => {
    requests += 1;
  });
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  const began = performance.now();
  await guest.page.goto(guest.url(path), { waitUntil: "load" });
  const shown = ms(began);
  for (const code of ["PC1", "PC2", "MK1"])
    await guest.page.locator(`input[name="levels.${at.codes.get(code)}"][value="3"]`).check({ force: true });
  const sent = performance.now();
  await Promise.all([guest.page.waitForEvent("load"), guest.page.getByRole("button", { name: "Send" }).click()]);
  if (!(await guest.words()).includes("Thank you")) throw new Error("it was not sent");
  say(
    `link: ${requests} requests, ${(bytes / 1000).toFixed(1)} kB; the form stands after ${(shown / 1000).toFixed(1)} s and is sent in ${(ms(sent) / 1000).toFixed(1)} s on a slow telephone (400 ms, 1.6 Mbit/s); three answers and a button are four touches`,
  );
  await guest.close();
}

const stage = await openStage();
try {
  if (wanted.has("committee")) await committee(stage, Number(said.trainees));
  if (wanted.has("program")) await heat(stage);
  if (wanted.has("link")) await link(stage);
} finally {
  await stage.stop();
}
