/** Data of other systems through the front door: looked at first, written once, contradictions asked about. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineModule } from "@core/module.ts";
import {
  bySubject,
  type Contradiction,
  contradictionsOf,
  countContradictions,
} from "../../../modules/studies/import/contradictions.ts";
import { readDefinition } from "../../../modules/studies/import/definition.ts";
import { placed } from "../../../modules/studies/import/placing.ts";
import type { Build } from "../../../modules/studies/model/build.ts";
import { planOf } from "../../../modules/studies/model/plan.ts";
import { studies } from "../../../modules/studies/module.ts";
import { readOdm } from "../../../modules/studies/odm/reader.ts";
import type { StoredValue } from "../../../modules/studies/odm/writer.ts";
import { goOn, standingOf } from "../../fault/import.ts";
import { type Client, testWorld } from "../../support/world.ts";
import { edc, hasFixtures } from "./fixtures.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyIn, studyStage } from "./stage.ts";

const bytesOf = (path: string) => new Uint8Array(readFileSync(join(edc, path)));
const buildOf = async (path: string): Promise<Build> => {
  const read = await readDefinition(bytesOf(path));
  if ("problem" in read) throw new Error(read.problem);
  return read.build;
};
const file = (filename: string, text: string) => ({ filename, bytes: new TextEncoder().encode(text) });

/** By participant: what somebody else keeps of their consents. */
const standings = new Map<string, "given" | "pending" | "withdrawn" | "not-required">();
const consents = defineModule({
  id: "consents",
  title: "Consents of a test",
  summary: "Answers what stands.",
  workspaces: ["study"],
  roles: {},
  permissions: {},
  events: {},
  routes: [],
  answers: { "consent.standings": async () => standings },
});

describe("a table", () => {
  let stage: StudyStage;
  let dan: Client;
  beforeAll(async () => {
    stage = await studyIn(await testWorld([studies, consents]));
    await stage.publish(smallStudy);
    dan = (await stage.person("Dan", "data_manager")).client;
  });
  afterAll(async () => await stage.world.stop());
  const rows = () =>
    stage.world.sql<{ code: string; item: string; raw: string; version: number; problem: string | null }>(
      `select s.code, v.item, v.raw, v.version, v.problem from studies.field_values v
       join core.subjects s on s.tenant_id = v.tenant_id and s.id = v.subject_id order by s.code, v.item`,
    );
  const take = (at: string, more = {}) =>
    dan.post(`${at}/take`, { siteId: stage.north, reason: "Transfer of January", ...more });

  test("is mapped, looked at, written once, and has nothing left to do the second time", async () => {
    const table = "subject,event,Sex,Weight,colour\nX-1,baseline,f,70.5,red\nX-2,baseline,m,heavy,blue\n";
    const sent = await dan.post(`${stage.base}/imports`, { file: file("data.csv", table) });
    expect(sent.status).toBe(303);
    const page = await dan.get(sent.location);
    expect(page.text).toContain("colour");
    expect(page.text).toContain("Import 4 values");
    expect(await rows()).toEqual([]);
    expect((await dan.post(`${sent.location}/take`, { reason: "Without a site" })).status).toBe(422);
    expect((await take(sent.location)).status).toBe(303);
    expect(await rows()).toEqual([
      { code: "X-1", item: "sex", raw: "f", version: 1, problem: null },
      { code: "X-1", item: "weight", raw: "70.5", version: 1, problem: null },
      { code: "X-2", item: "sex", raw: "m", version: 1, problem: null },
      { code: "X-2", item: "weight", raw: "heavy", version: 1, problem: "“heavy” is not a number." },
    ]);
    const queries = await stage.world.sql<{ kind: string; state: string }>("select kind, state from studies.queries");
    expect(queries).toEqual([{ kind: "import", state: "open" }]);
    expect((await take(sent.location)).status).toBe(409);

    const again = await dan.post(`${stage.base}/imports`, { file: file("data.csv", table) });
    expect((await dan.get(again.location)).text).toContain("Import 0 values");
    expect((await take(again.location)).status).toBe(303);
    expect((await rows()).every(({ version }) => version === 1)).toBe(true);
    expect(await stage.world.sql("select 1 from studies.queries")).toHaveLength(1);
  });

  test("changes nothing that is there without a decision, and keeps what the file leaves empty", async () => {
    const sent = await dan.post(`${stage.base}/imports`, {
      file: file("later.csv", "subject,event,Sex,Weight\nX-1,baseline,,71\nX-2,baseline,m,90\n"),
    });
    expect((await take(sent.location)).status).toBe(422);
    const page = await dan.get(sent.location);
    const key = /name="d\.([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&quot;", '"') ?? "";
    await dan.post(`${sent.location}/decisions`, { [`d.${key}`]: "keep", rest: "take" });
    expect((await take(sent.location)).status).toBe(303);
    const stored = await rows();
    expect(stored.find((row) => row.code === "X-1" && row.item === "weight")).toMatchObject({
      raw: "70.5",
      version: 1,
    });
    expect(stored.find((row) => row.code === "X-2" && row.item === "weight")).toMatchObject({
      raw: "90",
      version: 2,
      problem: null,
    });
    expect(stored.find((row) => row.code === "X-1" && row.item === "sex")).toMatchObject({ raw: "f" });
  });

  /** Every stored byte of imports that says something of a file, packed or not. */
  const readable = async () => {
    const bytes = await stage.world.sql<{ where: string; bytes: Uint8Array }>(
      `select 'file' as where, coalesce(raw, data_file, definition_file) as bytes from studies.imports
       union all select 'piece ' || holds, coalesce(content, file_values) from studies.import_pieces
       union all select 'report', convert_to(report::text || wish::text || result::text, 'UTF8') from studies.import_runs
       union all select 'quotes', found from studies.import_runs where found is not null`,
    );
    expect(bytes.length).toBeGreaterThan(3);
    return bytes.flatMap(({ where, bytes: held }) => {
      let text = Buffer.from(held).toString("latin1");
      try {
        text += Buffer.from(Bun.zstdDecompressSync(new Uint8Array(held))).toString("latin1");
      } catch {
        // Sealed: nobody unpacks it.
      }
      return /heavy|colour|x@example/.test(text) ? [`${where}: ${text.slice(0, 200)}`] : [];
    });
  };

  test("of e-mails stores them sealed, also where it changes one that is there, and is compared with none of them", async () => {
    const send = async (text: string, decisions?: object) => {
      const sent = await dan.post(`${stage.base}/imports`, { file: file("mails.csv", text) });
      if (decisions) await dan.post(`${sent.location}/decisions`, { ...decisions });
      expect((await take(sent.location)).status).toBe(303);
    };
    await send("subject,event,mail\nM-1,baseline,x@example.org\n");
    await send("subject,event,mail\nM-1,baseline,xx@example.org\n", { rest: "take" });
    const kept = await stage.world.sql<{ raw: string | null; version: number; seal: Uint8Array }>(
      `select raw, version, sealed as seal from studies.field_values where item = 'mail'
       union all select raw, version, sealed from studies.value_history where item = 'mail' order by version`,
    );
    expect(kept.map(({ raw, version }) => [raw, version])).toEqual([
      [null, 1],
      [null, 2],
    ]);
    for (const { seal } of kept) expect(Buffer.from(seal).toString("latin1")).not.toContain("example");
    const ivy = (await stage.person("Ivy", "investigator")).client;
    const [at] = await stage.world.sql<{ id: string }>("select id from core.subjects where code = 'M-1'");
    const page = await ivy.get(`${stage.base}/participants/${at?.id}/forms/baseline/-/demo/-`);
    expect(page.text).toContain("xx@example.org");
    expect(await readable()).toEqual([]);
  });

  test("that came in before files were sealed is sealed by itself, once, and reads the same", async () => {
    const { world, study } = stage;
    const text = new TextEncoder().encode("subject,event,Weight\nOLD-1,baseline,61\n");
    const [old] = await world.sql<{ id: string }>(
      `insert into studies.imports (tenant_id, workspace_id, purpose, filename, format, sha256, bytes, raw)
       values ($1, $2, 'data', 'old.csv', 'table', sha256($3), $4, $5) returning id`,
      [world.here.id, study.id, text, text.length, new Uint8Array(Bun.zstdCompressSync(text))],
    );
    const place = { ...study, title: "Study", kind: "study" as const };
    world.house.prompts.begin({ tenant: { ...world.here, name: "Here" }, workspace: place, modules: { studies: {} } }, [
      { id: Bun.randomUUIDv7(), job: "studies.seal_files", payload: {} },
    ]);
    await world.settled();
    expect(await readable()).toEqual([]);
    expect((await dan.get(`${stage.base}/imports/${old?.id}`)).text).toContain("Import 1 value");
    await expect(
      world.sql("update studies.imports set data_file = 'x', bytes = bytes + 1 where id = $1", [old?.id]),
    ).rejects.toThrow("a file stays as it came");
  });

  test("asks for consent: who withdrew stays out, and of whom none is recorded somebody decides", async () => {
    const study = await studyIn(stage.world, ["studies", "consents"]);
    await study.publish(smallStudy);
    const { client } = await study.person("Nadia", "data_manager");
    const subjects = await stage.world.sql<{ id: string; code: string }>(
      `insert into core.subjects (tenant_id, workspace_id, site_id, code, kind)
       select $1, $2, $3, code, 'participant' from unnest(array['C-given', 'C-gone', 'C-late']) code returning id, code`,
      [stage.world.here.id, study.study.id, study.north],
    );
    const idOf = (code: string) => subjects.find((one) => one.code === code)?.id ?? "";
    standings.set(idOf("C-given"), "given").set(idOf("C-gone"), "withdrawn").set(idOf("C-late"), "pending");
    const lines = ["C-given", "C-gone", "C-late", "C-new"].map((code, n) => `${code},baseline,f,${60 + n}`);
    const there = () =>
      stage.world.sql<{ code: string }>(
        `select distinct s.code from studies.field_values v join core.subjects s on s.tenant_id = v.tenant_id and s.id = v.subject_id
         where v.workspace_id = $1 order by s.code`,
        [study.study.id],
      );
    // Once in one piece, once in steps.
    const long = "x".repeat(600_000);
    for (const [decision, ending, expected] of [
      ["keep", "", ["C-given"]],
      ["take", `,${long}`, ["C-given", "C-late", "C-new"]],
    ] as const) {
      const table = [`subject,event,Sex,Weight${ending && ",colour"}`, ...lines.map((line) => line + ending)].join(
        "\n",
      );
      const sent = await client.post(`${study.base}/imports`, { file: file("consents.csv", table) });
      await stage.world.settled();
      const page = (await client.get(sent.location)).text;
      expect(page).toContain("C-gone: 2 values");
      expect(page).toContain("C-new: 2 values");
      const wish = { siteId: study.north, reason: "Laboratory" };
      expect((await client.post(`${sent.location}/take`, wish)).status).toBe(422);
      await client.post(`${sent.location}/decisions`, { pending: decision });
      await stage.world.settled();
      expect((await client.post(`${sent.location}/take`, wish)).status).toBe(303);
      await stage.world.settled();
      expect((await there()).map(({ code }) => code)).toEqual([...expected]);
      expect((await client.get(sent.location)).text).toContain("stayed out, because consent is withdrawn");
    }
    expect(await stage.world.sql("select 1 from core.subjects where code = 'C-new'")).toHaveLength(1);
    const said = (await stage.world.trail()).map(({ sentence }) => sentence);
    expect(said.filter((one) => one?.includes("whose consent is not recorded here"))).toHaveLength(2);
  });

  test("that is large comes in step by step, in the name of who asked, and is taken back", async () => {
    // Few values in many bytes: the column that is left out makes the file too large for one request.
    const long = "x".repeat(45_000);
    const lines = Array.from({ length: 60 }, (_, n) => `B-${n},baseline,f,${n === 7 ? "heavy" : 50 + n},${long}`);
    const sent = await dan.post(`${stage.base}/imports`, {
      file: file("large.csv", ["subject,event,Sex,Weight,colour", ...lines].join("\n")),
    });
    await stage.world.settled();
    expect((await dan.get(`${sent.location}/progress`)).text).toContain("See what came of it");
    // Neither the file, nor what it was read into, nor what quotes it.
    expect(await stage.world.sql("select 1 from studies.import_pieces where holds = 'values'")).not.toEqual([]);
    expect(await readable()).toEqual([]);
    const looked = (await dan.get(sent.location)).text;
    expect(looked).toContain("Import 120 values");
    expect(looked).toContain("60, 60 of them new");
    expect((await dan.post(`${sent.location}/take`, { reason: "Without a site" })).status).toBe(422);
    expect((await take(sent.location, { complete: "on" })).status).toBe(303);
    // While it runs, and after it ran, nothing about it is decided again.
    expect((await take(sent.location)).status).toBe(409);
    await stage.world.settled();
    const there = () =>
      stage.world.sql<{ code: string; raw: string | null; version: number; by: string; state: string }>(
        `select s.code, v.raw, v.version, p.name as by, h.state from studies.field_values v
         join core.subjects s on s.tenant_id = v.tenant_id and s.id = v.subject_id
         join studies.sheets h on h.tenant_id = v.tenant_id and h.id = v.sheet_id
         left join core.persons p on p.tenant_id = v.tenant_id and p.id = v.changed_by
         where s.code like 'B-%' and v.item = 'weight' order by s.code`,
      );
    expect(await readable()).toEqual([]);
    const written = await there();
    expect(written).toHaveLength(60);
    expect(written.find(({ code }) => code === "B-7")).toMatchObject({ raw: "heavy", by: "Dan", state: "complete" });
    const asked = () =>
      stage.world.sql<{ state: string }>(
        `select q.state from studies.queries q join core.subjects s on s.tenant_id = q.tenant_id and s.id = q.subject_id where s.code = 'B-7'`,
      );
    expect(await asked()).toEqual([{ state: "open" }]);
    expect(await stage.world.sql("select 1 from studies.import_pieces where holds = 'values'")).toEqual([]);

    // What somebody corrected since then is his.
    const corrected = await dan.post(`${stage.base}/imports`, {
      file: file("one.csv", "subject,event,Weight\nB-3,baseline,99\n"),
    });
    await dan.post(`${corrected.location}/decisions`, { rest: "take" });
    await take(corrected.location);
    expect((await dan.post(`${sent.location}/take-back`, { why: "" })).status).toBe(422);
    expect((await dan.post(`${sent.location}/take-back`, { why: "Wrong transfer" })).status).toBe(303);
    await stage.world.settled();
    const after = await there();
    expect(after.filter(({ raw }) => raw !== null)).toEqual([
      { code: "B-3", raw: "99", version: 2, by: "Dan", state: "complete" },
    ]);
    expect(await asked()).toEqual([{ state: "resolved" }]);
    expect((await dan.get(sent.location)).text).toContain("119 of them were taken back. 1 stayed");
    expect((await dan.post(`${sent.location}/take-back`, { why: "Again" })).status).toBe(409);

    // A correction that is taken back says again what it corrected.
    await dan.post(`${corrected.location}/take-back`, { why: "It was right" });
    await stage.world.settled();
    expect((await there()).find(({ code }) => code === "B-3")).toMatchObject({ raw: "53", version: 3 });
  });

  test("goes on where it stood when the process that carries it is killed: nothing half, nothing twice", async () => {
    const long = "x".repeat(45_000);
    const lines = Array.from({ length: 60 }, (_, n) => `K-${n},baseline,f,${n === 7 ? "heavy" : 50 + n},${long}`);
    const sent = await dan.post(`${stage.base}/imports`, {
      file: file("killed.csv", ["subject,event,Sex,Weight,colour", ...lines].join("\n")),
    });
    await stage.world.settled();
    // From here on other processes do the work: this one begins nothing more.
    await stage.world.house.prompts.stop();
    expect((await take(sent.location)).status).toBe(303);
    const id = sent.location.split("/").at(-1) ?? "";
    const before = await standingOf(stage, id);
    expect(await goOn(stage, id, "inside a step, before COMMIT", before)).toEqual({ wasKilled: true });
    const there = () =>
      stage.world.sql<{ values: number; subjects: number; pieces: number; queries: number }>(
        `select count(v.id)::int as values, count(distinct s.id)::int as subjects, max(v.version) as version,
           (select count(*)::int from studies.queries q join core.subjects k on k.id = q.subject_id where k.code like 'K-%') as queries
         from core.subjects s left join studies.field_values v on v.subject_id = s.id where s.code like 'K-%'`,
      );
    expect([await standingOf(stage, id), await there()]).toEqual([
      before,
      [{ values: 0, subjects: 0, version: null, queries: 0 }] as never,
    ]);
    // A slow machine takes several steps, and dies after each of them; each goes on where the one before it stood.
    let at = before;
    while (at.stage === "taking") {
      const { done } = at;
      expect(await goOn(stage, id, "between two steps", at)).toEqual({ wasKilled: true });
      at = await standingOf(stage, id);
      expect(at.done).toBeGreaterThan(done);
    }
    expect(at.stage).toBe("taken");
    expect(await there()).toEqual([{ values: 120, subjects: 60, version: 1, queries: 1 }] as never);
  });

  test("is not for who may not import", async () => {
    const { client } = await stage.person("Cora", "study_coordinator", stage.north);
    expect((await client.get(`${stage.base}/imports`)).status).toBe(403);
  });
});

async function contradictionsOfOpenEdc(): Promise<Contradiction[]> {
  const plan = planOf(await buildOf("odm-openedc/metadata.xml"));
  const values: StoredValue[] = [];
  for await (const part of readOdm([new TextDecoder().decode(bytesOf("odm-openedc/clinicaldata.xml"))]))
    if (part.is === "value") values.push(placed(plan, part).value);
  const found: Contradiction[] = [];
  for await (const own of bySubject(values)) found.push(...contradictionsOf(plan, own));
  return found;
}

describe.skipIf(!hasFixtures)("real studies", () => {
  test("OpenEDC: 1,684 values stored as received, and exactly the known contradictions asked about", async () => {
    const stage = await studyStage();
    try {
      await stage.publish(await buildOf("odm-openedc/metadata.xml"));
      const { client: dan } = await stage.person("Dan", "data_manager");
      const sent = await dan.post(`${stage.base}/imports`, {
        file: { filename: "clinicaldata.xml", bytes: bytesOf("odm-openedc/clinicaldata.xml") },
      });
      expect((await dan.get(sent.location)).text).toContain(
        "The file has 249 visits and 366 forms; 25 of the visits and 24 of the forms hold no value, so nothing is kept of them.",
      );
      const begun = performance.now();
      const taken = await dan.post(`${sent.location}/take`, {
        siteId: stage.north,
        reason: "From OpenEDC",
        complete: "on",
      });
      console.log(`1,684 values imported in ${Math.round(performance.now() - begun)} ms`);
      expect(taken.status).toBe(303);
      const [counts] = await stage.world.sql<Record<string, number>>(
        `select (select count(*)::int from studies.field_values) as values,
                (select count(*)::int from studies.participants) as subjects,
                (select count(*)::int from studies.sheets) as sheets,
                (select count(distinct (subject_id, event, event_key))::int from studies.sheets) as events`,
      );
      // Of the file's 366 forms and 249 visits, 24 and 25 hold no value, so there is nothing to keep of them.
      expect(counts).toEqual({ values: 1684, subjects: 90, sheets: 342, events: 224 });
      const asked = await stage.world.sql<{ check_id: string; item: string; count: number }>(
        "select check_id, item, count(*)::int as count from studies.queries group by 1, 2 order by 1, 2",
      );
      // Exactly those that the rules find in the file (import.test.ts counts them by hand, ORIGINS.md from outside): 47 body
      // mass indices and 34 scores differ, others stand over missing answers or in fields that were not to be asked.
      const expected = countContradictions(await contradictionsOfOpenEdc()).map(({ kind, item, count }) => ({
        check_id: `:${kind}`,
        item,
        count,
      }));
      const order = (a: { check_id: string; item: string }, b: { check_id: string; item: string }) =>
        `${a.check_id} ${a.item}` < `${b.check_id} ${b.item}` ? -1 : 1;
      expect(asked.toSorted(order)).toEqual(expected.toSorted(order));
      expect(asked.find((row) => row.item === "BMI" && row.check_id === ":differs")?.count).toBe(47);
      expect(asked.find((row) => row.item === "I.2" && row.check_id === ":differs")?.count).toBe(34);
      // Stored as received: nothing was computed over it.
      expect(
        await stage.world.sql("select 1 from studies.field_values where source <> 'import' or version <> 1"),
      ).toEqual([]);
    } finally {
      await stage.world.stop();
    }
  });

  test("REDCap: a project with its data, once and not twice", async () => {
    const stage = await studyStage();
    try {
      await stage.publish(await buildOf("redcap/longitudinal/project.xml"));
      const { client: dan } = await stage.person("Dan", "data_manager");
      const send = async () => {
        const bytes = bytesOf("redcap/longitudinal/project.xml");
        const sent = await dan.post(`${stage.base}/imports`, { file: { filename: "project.xml", bytes } });
        const page = (await dan.get(sent.location)).text;
        expect(page).toContain("REDCap project");
        const taken = await dan.post(`${sent.location}/take`, { siteId: stage.north, reason: "From REDCap" });
        expect(taken.status).toBe(303);
        return Number(/Import ([\d,]+) value/.exec(page)?.[1]?.replaceAll(",", ""));
      };
      const first = await send();
      expect(first).toBeGreaterThan(50);
      expect(await stage.world.sql("select 1 from studies.field_values")).toHaveLength(first);
      expect(await send()).toBe(0);
    } finally {
      await stage.world.stop();
    }
  });
});
