/** A model on its leash, files of meters and sensors, journeys, the member's own page, the report: through the pages. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { defaultRuleSet, ruleSetHash } from "../../../modules/coaching/rule-set.ts";
import { fixture } from "../../support/fixtures.ts";
import { startModel } from "../../support/model-stand-in.ts";
import {
  asPerson,
  done,
  type Member,
  password,
  readsWell,
  type Service,
  service,
  signRules,
  useProvider,
  wordsOf,
} from "./service.ts";

let here: Service;
const model = startModel();
beforeAll(async () => {
  here = await service();
  await signRules(here);
  await useProvider(here, "model", {
    kind: "openai-compatible",
    endpoint: model.endpoint,
    config: { model: "coach" },
    secret: { apiKey: model.key },
  });
}, 120_000);
afterAll(async () => {
  await model.stop();
  await here?.stop();
});

const texts = async (member: Member) =>
  (await here.texts(member)).map(({ template, status }) => `${template} ${status}`);
const replies = async (member: Member, how: "off" | "draft" | "auto") =>
  done(
    here.as.coach.post(here.url(`/members/${member.id}/settings`), {
      locale: "en",
      zone: "America/Chicago",
      unit: "mg/dL",
      windowFrom: "08:00",
      windowUntil: "21:00",
      replies: how,
    }),
  );
/** What the queue would do after its few seconds. */
async function ask(member: Member, attempt = 1): Promise<void> {
  const [last] = await here.rows<{ id: string }>(
    "select id from coaching.messages where subject_id = $1 and direction = 'in' order by at desc limit 1",
    [member.id],
  );
  await here.run("coaching.reply", { message: last?.id ?? "", attempt });
}

describe("the release gate", () => {
  const sign = (path: string) =>
    here.as.clinician.post(here.url(path), {
      credentials: "MD",
      signature_name: here.people.clinician.email,
      signature: password,
    });
  const newestRun = async () => {
    const [run] = await here.rows<{
      id: string;
      passed: boolean;
      lowered: { name: string }[];
      figures: { asked: number };
    }>("select id, passed, lowered, figures from coaching.gate_runs order by made_at desc limit 1");
    if (!run) throw new Error("no run");
    return run;
  };
  /** Proposes these words and tries them with the model that serves. */
  async function tryWords(version: string, words: string) {
    await done(here.as.supervisor.post(here.url("/gate/prompts"), { version, words, reason: "to try" }));
    const [prompt] = await here.rows<{ id: string }>("select id from coaching.prompts where version = $1", [version]);
    await done(here.as.supervisor.post(here.url("/gate/prompt"), { promptId: prompt?.id ?? "" }));
    await here.world.settled();
    return newestRun();
  }
  const refused = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => null,
      (caught: unknown) => caught,
    );
    expect(String(error)).toMatch(/release gate|row-level security|not what was proposed/);
  };

  test("a planted worse rule set is found, and neither a page nor SQL puts it into force", async () => {
    const worse = {
      ...defaultRuleSet,
      version: "worse",
      phrases: defaultRuleSet.phrases.filter(({ id }) => id !== "crisis.suicide"),
    };
    const sha256 = ruleSetHash(worse);
    const [set] = await here.rows<{ id: string }>(
      `insert into coaching.rule_sets (tenant_id, workspace_id, version, content, sha256, reason)
       values ($1, $2, 'worse', $3::jsonb, $4, 'planted') returning id`,
      [here.workspace.tenant.id, here.workspace.id, worse as never, sha256],
    );
    const id = set?.id ?? "";
    expect(wordsOf(await sign(`/rules/${id}/sign`))).toContain("cannot be taken out");
    const signature = `insert into coaching.rule_signatures (rule_set_id, sha256, texts_sha256, name, credentials) values ($1, $2, 'x', 'Clara', 'MD')`;
    await refused(asPerson(here, here.people.clinician, signature, [id, sha256]));
    await done(here.as.supervisor.post(here.url("/gate"), { ruleSetId: id }));
    const run = await newestRun();
    expect(run.passed).toBe(false);
    expect(run.lowered.map(({ name }) => name)).toContain("“I want to die”");
    await refused(asPerson(here, here.people.clinician, signature, [id, sha256]));
    // Nobody says that it passed: what the gate found is the machinery's to write.
    for (const who of [here.people.clinician, here.people.supervisor])
      await refused(
        asPerson(
          here,
          who,
          `insert into coaching.gate_runs (what, candidate_sha256, cases, replayed, lowered, passed) values ('x', $1, 1, 1, '[]', true)`,
          [sha256],
        ),
      );
    const page = await here.as.coach.get(here.url(`/gate/${run.id}`));
    expect(wordsOf(page)).toContain("Was taken for");
    expect(wordsOf(await here.as.coach.get(here.url("/rules")))).toContain("In force: version 2026");
  });

  test("without a released prompt and model nobody is answered by one", async () => {
    const eve = await here.invite("Eve Early");
    await replies(eve, "auto");
    await here.text(eve, "I walked to the park");
    expect(await texts(eve)).toEqual(["no-model delivered"]);
    await ask(eve);
    expect(model.requests).toBe(0);
    expect(wordsOf(await here.as.coach.get(here.url("/gate")))).toContain("no model is asked");
  });

  test("a model that is deaf to danger is found out, and cannot be signed", async () => {
    await done(here.as.supervisor.post(here.url("/gate/prompts/adopt")));
    model.answers(() => ({ text: "Nice.", urgency: "none", needsPerson: false }));
    const run = await tryWords("for-the-deaf", "");
    expect(run.passed).toBe(false);
    // It stops as soon as it is certain.
    expect(run.figures.asked).toBeLessThan(150);
    expect(run.lowered[0]?.name).toContain("(the model by itself)");
    const answer = await sign(`/gate/${run.id}/sign`);
    expect([answer.status, wordsOf(answer)]).toEqual([422, expect.stringContaining("did not pass")]);
    await refused(
      asPerson(
        here,
        here.people.clinician,
        `insert into coaching.voices (gate_run_id, prompt_id, provider_id, model, sha256, name, credentials)
         select id, prompt_id, provider_id, model, candidate_sha256, 'Clara', 'MD' from coaching.gate_runs where id = $1`,
        [run.id],
      ),
    );
  });

  test("one that reads well passes, and speaks once a clinician has signed", async () => {
    model.answers(readsWell);
    const run = await tryWords("2026-a", "Ask about feet once a week.");
    expect([run.passed, run.lowered]).toEqual([true, []]);
    expect((await here.as.supervisor.post(here.url(`/gate/${run.id}/sign`), { credentials: "MD" })).status).toBe(403);
    await done(sign(`/gate/${run.id}/sign`));
    expect(wordsOf(await here.as.coach.get(here.url("/gate")))).toContain(
      "2026-a with coach, signed by Clara Clinician",
    );
  }, 60_000);

  test("a worse prompt for the same model is refused, and the one in force stays", async () => {
    model.answers((sent) =>
      JSON.stringify(sent.body.messages[0]).includes("Never alarm anybody")
        ? { text: "All good?", urgency: "none", needsPerson: false }
        : readsWell(sent),
    );
    const run = await tryWords("2026-b", "Never alarm anybody.");
    expect(run.passed).toBe(false);
    expect((await sign(`/gate/${run.id}/sign`)).status).toBe(422);
    expect(wordsOf(await here.as.coach.get(here.url("/gate")))).toContain("2026-a with coach");
  });

  test("what the voice in force raised, the next one may not pass over; another model is nobody's yet", async () => {
    const ray = await here.invite("Ray Raised");
    await replies(ray, "auto");
    await here.text(ray, "everything is grey and I gave my cat away");
    model.answers(() => ({ text: "I hear you.", urgency: "C", needsPerson: true }));
    await ask(ray);
    model.answers(() => ({ text: "Nice.", urgency: "none", needsPerson: false }));
    await tryWords("2026-c", "Be brief.");
    expect(await here.rows("select floor, by_rules from coaching.trial_cases where subject_id = $1", [ray.id])).toEqual(
      [{ floor: "C", by_rules: "none" }],
    );
    const rename = (name: string) =>
      here.rows(
        "update core.providers set config = jsonb_set(config, '{model}', to_jsonb($1::text)) where service = 'model'",
        [name],
      );
    await rename("another");
    expect(wordsOf(await here.as.coach.get(here.url("/gate")))).toContain("Another model serves here now");
    const asked = model.requests;
    await ask(ray);
    expect(model.requests).toBe(asked);
    await rename("coach");
  });
});

describe("a model", () => {
  test("is asked about one member alone, without names, and says that a computer wrote", async () => {
    const ann = await here.invite("Annabel Asker");
    const bea = await here.invite("Beatrice Bystander");
    await here.text(bea, "my secret is a red bicycle");
    await replies(ann, "auto");
    model.answers(() => ({ text: "Nice walk! What helped you go out today?", urgency: "none", needsPerson: false }));
    await here.text(ann, "Annabel here, I walked 20 minutes");
    model.sent.length = 0;
    await ask(ann);
    const said = JSON.stringify(model.sent);
    expect(said).toContain("I walked 20 minutes");
    expect(said).not.toContain("Annabel");
    expect(said).not.toContain("bicycle");
    expect(said).not.toContain("tools");
    expect(await texts(ann)).toEqual(["null delivered"]);
    const page = wordsOf(await here.as.coach.get(here.url(`/members/${ann.id}`)));
    expect(page).toContain("Nice walk! What helped you go out today? (Auto text. COACH = a person.)");
    await ask(ann);
    expect(await texts(ann)).toHaveLength(1);
  });

  test("that names another member is not sent; the member's own words, and words that are no names, are", async () => {
    const cat = await here.invite("Catalina Curious");
    await here.invite("Zebulon Otherman");
    await replies(cat, "auto");
    const tried = async (words: string, text: string) => {
      await here.text(cat, words);
      model.answers(() => ({ text, urgency: "none", needsPerson: false }));
      await ask(cat);
      return (
        await here.rows<{ faults: string[] }>(
          "select faults from coaching.drafts where subject_id = $1 order by made_at desc limit 1",
          [cat.id],
        )
      )[0]?.faults;
    };
    expect(await tried("who else walks", "Zebulon walks each day. Could you try it too?")).toEqual(["other-person"]);
    expect(await tried("my uncle zebulon walks", "Does Zebulon walk with you on some days?")).toEqual([]);
    expect(await tried("i like sunday", "Sunday is a good day for a walk. Where will you go?")).toEqual([]);
  });

  test("that speaks of doses gets one more try with the reasons, and then a coach is asked", async () => {
    const dot = await here.invite("Dorothy Doser");
    await replies(dot, "auto");
    await here.text(dot, "what should I do about my breakfast");
    model.answers(() => ({ text: "Take 4 more units of insulin now.", urgency: "none", needsPerson: false }));
    await ask(dot);
    expect(
      await here.rows("select attempt, status, faults from coaching.drafts where subject_id = $1 order by attempt", [
        dot.id,
      ]),
    ).toEqual([
      { attempt: 1, status: "faulty", faults: ["dose"] },
      { attempt: 2, status: "faulty", faults: ["dose"] },
    ]);
    expect(JSON.stringify(model.sent.at(-1))).toContain("could not be sent: dose");
    expect(await texts(dot)).toEqual(["no-model delivered"]);
  });

  test("may raise how urgent a message is; its provider's filter for self-harm calls a person", async () => {
    const rae = await here.invite("Rae Raised");
    await replies(rae, "auto");
    await here.text(rae, "everything is grey lately and I gave my cat away");
    model.answers(() => ({ text: "I hear you.", urgency: "C", needsPerson: true }));
    await ask(rae);
    expect(await texts(rae)).toEqual(["crisis delivered"]);
    const fil = await here.invite("Fil Filtered");
    await replies(fil, "auto");
    await here.text(fil, "some words that only a filter knows");
    model.misbehave("filtered");
    await ask(fil);
    model.misbehave("ok");
    expect(await texts(fil)).toEqual(["crisis delivered"]);
    expect(
      await here.rows("select tier from coaching.incidents where subject_id = any($1::uuid[])", [[rae.id, fil.id]]),
    ).toEqual([{ tier: "C" }, { tier: "C" }]);
  });

  test.each(["500", "not json", "wrong shape"] as const)(
    "that answers %s: a coach is asked, nothing is lost",
    async (mode) => {
      const one = await here.invite(`Fay ${mode === "500" ? "Fiver" : mode}`);
      await replies(one, "auto");
      await here.text(one, "lunch was soup");
      model.misbehave(mode);
      await ask(one);
      model.misbehave("ok");
      expect(await texts(one)).toEqual(["no-model delivered"]);
      expect(await here.rows("select kind from coaching.tasks where subject_id = $1", [one.id])).toEqual([
        { kind: "reply" },
      ]);
    },
    60_000,
  );

  test("writes drafts where a coach reads them; a licensed reader is noted, and the mark is left out", async () => {
    const dee = await here.invite("Dee Draft");
    await replies(dee, "draft");
    await here.text(dee, "I ate at a party");
    model.answers(() => ({ text: "Parties are fun. What was the best part?", urgency: "none", needsPerson: false }));
    await ask(dee);
    expect(await texts(dee)).toEqual([]);
    const page = await here.as.coach.get(here.url(`/members/${dee.id}`));
    expect(wordsOf(page)).toContain("Parties are fun");
    const [draft] = await here.rows<{ id: string }>("select id from coaching.drafts where subject_id = $1", [dee.id]);
    const form = {
      draftId: draft?.id ?? "",
      text: "Parties are fun. What was the best part?",
      licensed: "on",
      act: "send",
    };
    expect((await here.as.other.post(here.url(`/members/${dee.id}/draft`), form)).status).toBe(404);
    await done(here.as.coach.post(here.url(`/members/${dee.id}/draft`), form));
    await here.world.settled();
    expect(
      await here.rows(
        "select kind, licensed, reviewed_by from coaching.messages where subject_id = $1 and direction = 'out'",
        [dee.id],
      ),
    ).toEqual([{ kind: "model", licensed: true, reviewed_by: here.people.coach.id }]);
    expect(wordsOf(await here.as.coach.get(here.url(`/members/${dee.id}`)))).toContain("read by Cora Coach (licensed)");
    expect((await here.as.coach.post(here.url(`/members/${dee.id}/draft`), form)).status).toBe(409);
  });

  test("says nothing once a person took over or the member wrote again", async () => {
    const ida = await here.invite("Ida Interrupted");
    await replies(ida, "auto");
    await here.text(ida, "first");
    const [first] = await here.rows<{ id: string }>("select id from coaching.messages where subject_id = $1", [ida.id]);
    await here.text(ida, "and a second thing");
    const asked = model.requests;
    await here.run("coaching.reply", { message: first?.id ?? "", attempt: 1 });
    expect(model.requests).toBe(asked);
    const [row] = await here.rows<{ epoch: number }>("select epoch from coaching.conversations where subject_id = $1", [
      ida.id,
    ]);
    await done(here.as.coach.post(here.url(`/members/${ida.id}/take-over`), { seen: String(row?.epoch) }));
    await ask(ida);
    expect(model.requests).toBe(asked);
    expect(await texts(ida)).toEqual([]);
  });
});

describe("files", () => {
  const send = (member: Member, kind: string, bytes: Uint8Array, filename = "file.csv", unit = "mg/dL") =>
    here.as.coach.post(here.url(`/members/${member.id}/readings`), { kind, unit, file: { filename, bytes } });

  test("a sensor's file gives the figures of an independent program; the same file is not taken twice", async () => {
    const path = fixture("coaching/cgm-hall2018/2133-018.csv");
    if (!path) return;
    const bytes = new Uint8Array(await readFile(path));
    const expected = JSON.parse(await readFile(path.replace("2133-018.csv", "expected.json"), "utf8"));
    const gus = await here.invite("Gus Gauge");
    await done(send(gus, "sensor", bytes, "2133-018.csv"));
    const [got] = await here.rows<{ n: number; mean: number; min: number }>(
      "select count(*)::int as n, avg(mgdl)::float as mean, min(mgdl)::float as min from coaching.readings where subject_id = $1",
      [gus.id],
    );
    const { readings, mean_mgdl, min } = expected["2133-018"];
    expect([got?.n, Number((got?.mean ?? 0).toFixed(3)), got?.min]).toEqual([readings, mean_mgdl, min]);
    expect((await send(gus, "sensor", bytes, "again.csv")).status).toBe(422);
    expect(
      (
        await here.as.other.post(here.url(`/members/${gus.id}/readings`), {
          kind: "sensor",
          unit: "mg/dL",
          file: { filename: "x.csv", bytes },
        })
      ).status,
    ).toBe(404);
  }, 60_000);

  test("a messy meter's log: what cannot be read waits for a look, and is never dropped", async () => {
    const path = fixture("coaching/uci-diabetes/data-27");
    if (!path) return;
    const bytes = new Uint8Array(await readFile(path));
    const una = await here.invite("Una Unclear");
    await done(send(una, "meter", bytes, "data-27.txt"));
    const [imported] = await here.rows<{ rows: number; readings: number }>(
      "select rows, readings from coaching.imports where subject_id = $1",
      [una.id],
    );
    const [waiting] = await here.rows<{ count: number }>(
      "select count(*)::int as count from coaching.import_rows where subject_id = $1",
      [una.id],
    );
    expect(imported?.rows).toBeGreaterThan(100);
    expect((waiting?.count ?? 0) + (imported?.readings ?? 0)).toBeGreaterThan(0);
    expect(await here.rows("select 1 from coaching.readings where subject_id = $1 and mgdl < 10", [una.id])).toEqual(
      [],
    );
    const page = wordsOf(await here.as.coach.get(here.url(`/members/${una.id}/readings`)));
    expect(page).toContain("Readings and goals of Una Unclear");
  }, 60_000);

  test("a goal gets hints and no gate", async () => {
    const gil = await here.invite("Gil Goal");
    await done(here.as.coach.post(here.url(`/members/${gil.id}/goals`), { wording: "be healthier", dueOn: "" }));
    expect(wordsOf(await here.as.coach.get(here.url(`/members/${gil.id}/readings`)))).toContain(
      "What exactly will you do?",
    );
  });
});

describe("journeys", () => {
  test("are approved by a clinician, walked once a day, known by the quiz's letter, and wait for people", async () => {
    await done(here.as.supervisor.post(here.url("/journeys/brought")));
    const [journey] = await here.rows<{ id: string }>("select id from coaching.journeys");
    const jo = await here.invite("Jo Journey");
    const start = () => here.as.coach.post(here.url(`/members/${jo.id}/journey`), { journeyId: journey?.id ?? "" });
    expect((await start()).status).toBe(422);
    expect((await here.as.supervisor.post(here.url(`/journeys/${journey?.id}/approve`))).status).toBe(403);
    await done(here.as.clinician.post(here.url(`/journeys/${journey?.id}/approve`)));
    await done(start());
    expect((await start()).status).toBe(422);
    // The welcome goes out at once where its time of the day has come already; the quiz is what is asked for here.
    await here.world.settled();
    const steps = async () => (await here.texts(jo)).filter(({ purpose }) => purpose === "proactive");
    const before = (await steps()).length;
    await here.rows(
      "update coaching.enrolments set started_on = current_date - 3, step = 'walk', step_on = current_date - 3 where subject_id = $1",
      [jo.id],
    );
    await here.run("coaching.walk");
    await here.run("coaching.walk");
    expect(await steps()).toHaveLength(before + 1);
    expect((await steps()).at(-1)?.template).toEndWith(", low-quiz");
    await here.text(jo, "B");
    expect(
      await here.rows("select answer from coaching.enrolment_steps where subject_id = $1 and step = 'low-quiz'", [
        jo.id,
      ]),
    ).toEqual([{ answer: "right" }]);
    expect((await here.texts(jo)).at(-1)?.template).toBe("quiz");
    expect(wordsOf(await here.as.coach.get(here.url(`/members/${jo.id}`)))).toContain("The first two weeks");
  });
});

describe("the member's own page", () => {
  test("shows who looked at what, of one's own alone, and stops the texts", async () => {
    const olga = await here.invite("Olga Own");
    await here.text(olga, "hello there");
    await here.as.coach.get(here.url(`/members/${olga.id}`));
    const made = await here.as.coach.post(here.url(`/members/${olga.id}/link`));
    expect(made.status).toBe(200);
    const [path = ""] = /\/p\/[\w-]+\/coaching/.exec(made.text) ?? [];
    const stranger = here.world.stranger();
    const page = wordsOf(await stranger.get(path));
    expect(page).toContain("Cora Coach");
    expect(page).toContain("messages");
    expect(page).not.toContain("Annabel");
    expect(wordsOf(await stranger.get(`${path}?most=1`))).toContain("Earlier entries too");
    await done(stranger.post(`${path}/stop`));
    expect(wordsOf(await stranger.get(path))).toContain("You stopped the texts");
    await here.text(olga, "what is for lunch");
    expect((await here.texts(olga)).filter(({ template }) => template !== "no-model")).toEqual([]);
  });
});

describe("the supervisor", () => {
  test("sees load and lateness, and downloads a report that names nobody", async () => {
    const page = wordsOf(await here.as.supervisor.get(here.url("/team")));
    expect(page).toContain("Cora Coach");
    expect((await here.as.coach.get(here.url("/team"))).status).toBe(403);
    const report = await here.as.supervisor.get(here.url("/report.csv"));
    expect(report.status).toBe(200);
    expect(report.text).toContain("Time in range, first 4 weeks (%)");
    for (const name of ["Annabel", "Olga", "SERVIC-"]) expect(report.text).not.toContain(name);
  });
});

describe("raw SQL under the application's own role", () => {
  let ada: Member;
  const standings = { machinery: ["coaching.work"] } as const;
  const asMachinery = (text: string, values: readonly string[]) =>
    here.world.house.transactions.run(
      {
        tenantId: here.workspace.tenant.id,
        workspaceId: here.workspace.id,
        kind: "system",
        actorId: null,
        sessionRef: "test",
        permissions: standings.machinery,
      },
      { readOnly: false },
      (lease) => lease.rows(text, values),
      async () => {},
    );
  const run = (who: "coach" | "clinician" | "supervisor" | "manager" | "machinery" | "owner", text: string) =>
    who === "owner"
      ? here.rows(text, text.includes("$1") ? [ada.id] : [])
      : who === "machinery"
        ? asMachinery(text, text.includes("$1") ? [ada.id] : [])
        : asPerson(here, here.people[who], text, text.includes("$1") ? [ada.id] : []);
  beforeAll(async () => {
    ada = await here.invite("Ada Attacked");
    // A low value: an incident, a task, a safety text. A person takes over, and a text of the bot's from before is still there.
    await here.text(ada, "bg 45");
    await here.rows(
      `insert into coaching.drafts (tenant_id, workspace_id, subject_id, message_id, attempt, body, status, faults, prompt_version, voice_id)
       select m.tenant_id, m.workspace_id, m.subject_id, m.id, 1, m.body, 'waiting', '{}', 'x',
         (select v.id from coaching.voices v order by v.made_at desc limit 1)
       from coaching.messages m where m.subject_id = $1 and m.direction = 'in' limit 1`,
      [ada.id],
    );
    await done(
      here.as.coach.post(here.url(`/members/${ada.id}/take-over`), {
        seen: String(
          (
            await here.rows<{ epoch: number }>("select epoch from coaching.conversations where subject_id = $1", [
              ada.id,
            ])
          )[0]?.epoch,
        ),
      }),
    );
    await here.rows(
      `with m as (insert into coaching.messages (tenant_id, workspace_id, subject_id, direction, kind, body)
         select tenant_id, workspace_id, subject_id, 'out', 'template', body from coaching.messages where subject_id = $1 limit 1
         returning tenant_id, workspace_id, subject_id, id)
       insert into coaching.outbox (tenant_id, workspace_id, subject_id, message_id, cause, purpose, speaker, epoch, next_at, until_at)
       select m.tenant_id, m.workspace_id, m.subject_id, m.id, 'attack', 'reply', 'bot', c.epoch - 1, now() + interval '1 hour', now() + interval '2 hours'
       from m join coaching.conversations c on c.subject_id = m.subject_id`,
      [ada.id],
    );
  });

  const conversation = "update coaching.conversations set";
  const whose = "where subject_id = $1 returning id";
  const ledger = "insert into coaching.consent_events (subject_id, kind, source) values";
  // [what is tried, by whom, how]
  test.each([
    [
      "a draft's words are exchanged before its reader sees them",
      "coach",
      `update coaching.drafts set body = '\\x00' ${whose}`,
    ],
    ["a draft is passed off as another voice's", "coach", `update coaching.drafts set voice_id = null ${whose}`],
    [
      "a draft is passed off as another prompt's",
      "machinery",
      `update coaching.drafts set prompt_version = 'y' ${whose}`,
    ],
    ["a draft is taken away", "owner", `delete from coaching.drafts ${whose}`],
    [
      "a draft of no released voice is kept",
      "machinery",
      `insert into coaching.drafts (subject_id, message_id, attempt, status, prompt_version) select subject_id, id, 2, 'sent', 'x' from coaching.messages ${whose.replace(" returning id", "")} and direction = 'in' limit 1 returning id`,
    ],
    ["a voice is exchanged", "owner", "update coaching.voices set model = 'other' returning id"],
    [
      "the gate's finding is turned",
      "owner",
      "update coaching.gate_runs set passed = true, lowered = '[]' returning id",
    ],
    ["the gate's finding is taken away", "owner", "delete from coaching.gate_runs returning id"],
    [
      "a person writes the gate's finding",
      "clinician",
      "insert into coaching.gate_runs (what, candidate_sha256, cases, replayed, lowered, passed) values ('x', 'x', 1, 1, '[]', true) returning id",
    ],
    ["a signed rule set is changed", "owner", "update coaching.rule_sets set content = '{}' returning id"],
    ["a signature is moved", "owner", "update coaching.rule_signatures set name = 'Nobody' returning id"],
    ["a signature is taken away", "clinician", "delete from coaching.rule_signatures returning id"],
    ["a prompt is changed after its trial", "owner", "update coaching.prompts set words = 'x' returning id"],
    ["hands change without an epoch", "coach", `${conversation} owner_id = null, status = 'bot-active' ${whose}`],
    ["the epoch goes back", "machinery", `${conversation} epoch = epoch - 1 ${whose}`],
    ["the epoch goes back", "owner", `${conversation} epoch = 0 ${whose}`],
    [
      "the bot's text leaves although a person has the conversation",
      "machinery",
      "update coaching.outbox set status = 'sending' where cause = 'attack' returning id",
    ],
    [
      "the bot's text gets a newer epoch",
      "machinery",
      "update coaching.outbox set epoch = epoch + 1 where cause = 'attack' returning id",
    ],
    [
      "a text is said to have arrived",
      "coach",
      "update coaching.outbox set status = 'delivered' where cause = 'attack' returning id",
    ],
    [
      "what arrived is sent again",
      "machinery",
      `update coaching.outbox set status = 'queued' where subject_id = $1 and status = 'delivered' returning id`,
    ],
    [
      "a text goes to somebody else's number",
      "machinery",
      "update coaching.outbox set subject_id = gen_random_uuid() where cause = 'attack' returning id",
    ],
    [
      "an incident is closed without a disposition",
      "clinician",
      `update coaching.incidents set status = 'resolved' ${whose}`,
    ],
    [
      "an incident is closed by who is no clinician",
      "coach",
      `update coaching.incidents set status = 'resolved', contact = 'reached', disposition = 'safe-at-home', resolved_by = core.actor() ${whose}`,
    ],
    [
      "an incident is answered in another's name",
      "coach",
      `update coaching.incidents set status = 'acknowledged', acknowledged_by = (select id from core.persons where id <> core.actor() limit 1) ${whose}`,
    ],
    ["an incident is made less urgent", "machinery", `update coaching.incidents set tier = 'OK' ${whose}`],
    ["an incident no longer silences", "owner", `update coaching.incidents set locks = not locks ${whose}`],
    ["an incident is taken away", "owner", `delete from coaching.incidents ${whose}`],
    [
      "an incident begins at its end",
      "machinery",
      "insert into coaching.incidents (subject_id, cause, tier, role, acknowledge_minutes, status) values ($1, 'x', 'E1', 'on-call', 5, 'acknowledged') returning id",
    ],
    ["a step of an incident is rewritten", "owner", `update coaching.incident_steps set what = 'nothing' ${whose}`],
    ["the ledger of consent is rewritten", "owner", `update coaching.consent_events set kind = 'given' ${whose}`],
    ["the ledger of consent is shortened", "owner", `delete from coaching.consent_events ${whose}`],
    ["a YES that nobody texted", "coach", `${ledger} ($1, 'given', 'sms') returning id`],
    ["a START that nobody texted", "manager", `${ledger} ($1, 'opted-in-again', 'coach') returning id`],
    [
      "the ledger of consent is shortened by a supervisor",
      "supervisor",
      "delete from coaching.consent_events where subject_id = $1 returning id",
    ],
    ["a message is rewritten", "owner", `update coaching.messages set body = '\\x00' ${whose}`],
    [
      "a message in a colleague's name",
      "coach",
      `insert into coaching.messages (subject_id, direction, kind, body, person_id) select $1, 'out', 'human', '\\x00', id from core.persons where id <> core.actor() limit 1 returning id`,
    ],
    ["a report of a provider is rewritten", "machinery", "delete from coaching.receipts returning id"],
    ["a note is rewritten", "coach", `update coaching.notes set body = '\\x00' ${whose}`],
  ] as const)("%s (%s)", async (_, who, text) => {
    const found = await run(who, text).then(
      (rows) => rows.length,
      (error: unknown) => String((error as { code?: unknown }).code),
    );
    // Refused by a rule of the row, by a policy or for want of the right; or nothing of it is there for the one who asks.
    expect([...(who === "owner" || who === "machinery" ? [] : [0]), "42501", "23514"]).toContain(found);
  });
  test("and what is meant to be done still is: withdrawn by the one who took over, answered in one's own name", async () => {
    expect(
      await run("coach", "update coaching.outbox set status = 'cancelled' where cause = 'attack' returning id"),
    ).toHaveLength(1);
    expect(
      await run(
        "coach",
        `update coaching.incidents set status = 'acknowledged', acknowledged_by = core.actor(), acknowledged_at = now() ${whose}`,
      ),
    ).toHaveLength(1);
    expect(await run("coach", `${ledger} ($1, 'opted-out', 'voice') returning id`)).toHaveLength(1);
  });
});
