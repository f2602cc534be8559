/** A text from the telephone to the answer: every outcome of the rules, through the pages and the real database. */

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connectionOf } from "@core/db/roles.ts";
import { openHouse } from "@core/open-house.ts";
import { done, type Member, type Role, type Service, service, signRules, wordsOf } from "./service.ts";

let here: Service;
beforeAll(async () => {
  here = await service();
}, 120_000);
afterAll(async () => await here?.stop());

const last = async (member: Member) => (await here.texts(member)).at(-1);
const conversation = async (member: Member) =>
  (
    await here.rows<{
      status: string;
      epoch: number;
      owner_id: string | null;
      tier: string;
      waiting_since: Date | null;
    }>("select status, epoch, owner_id, tier, waiting_since from coaching.conversations where subject_id = $1", [
      member.id,
    ])
  )[0];

describe("consent", () => {
  test("an invitation asks for YES, keeps its words with their hash, and nothing is answered before", async () => {
    const mia = await here.invite("Mia Member", { basis: "text" });
    expect(await here.texts(mia)).toEqual([
      { template: "invitation", status: "delivered", why: null, purpose: "compliance" },
    ]);
    const page = wordsOf(await here.as.manager.get(here.url(`/members/${mia.id}/settings`)));
    expect(page).toContain("Waiting for YES");
    expect(page).toContain("Reply YES to join, STOP to end");
    await here.text(mia, "YES");
    expect((await last(mia))?.template).toBe("started");
    expect(wordsOf(await here.as.manager.get(here.url(`/members/${mia.id}/settings`)))).toContain("Taking part");
  });

  test("STOP is obeyed at once with one confirmation, HELP is answered even then, START comes back", async () => {
    const stan = await here.invite("Stan Stopper");
    await here.text(stan, "Stop!");
    await here.text(stan, "stop");
    await here.text(stan, "please stop texting me");
    expect((await here.texts(stan)).map(({ template }) => template)).toEqual(["stopped"]);
    await here.text(stan, "HELP");
    expect((await last(stan))?.template).toBe("help");
    await here.text(stan, "what is for dinner");
    expect((await last(stan))?.template).toBe("help");
    await here.text(stan, "START");
    expect((await last(stan))?.template).toBe("started");
  });

  test("free words and Spanish are obeyed too; told by telephone is obeyed like a text", async () => {
    const sofia = await here.invite("Sofia Socia", { locale: "es" });
    await here.text(sofia, "ya no quiero recibir mensajes");
    expect((await last(sofia))?.template).toBe("stopped");
    const tom = await here.invite("Tom Told");
    await done(
      here.as.coach.post(here.url(`/members/${tom.id}/consent`), {
        kind: "opted-out",
        source: "voice",
        words: "no more",
      }),
    );
    await here.world.settled();
    expect((await last(tom))?.template).toBe("stopped");
  });

  test("STOP with words of crisis ends the texts and calls a person", async () => {
    const cleo = await here.invite("Cleo Crisis");
    await here.text(cleo, "STOP. I want to die");
    expect((await here.texts(cleo)).map(({ template }) => template)).toEqual(["stopped-in-crisis"]);
    const [incident] = await here.rows<{ tier: string; role: string; rung: string }>(
      "select tier, role, rung from coaching.incidents where subject_id = $1",
      [cleo.id],
    );
    expect(incident).toEqual({ tier: "C", role: "crisis", rung: "coach" });
  });
});

describe("safety, before any rule is signed", () => {
  test("a very low value: what to do, an incident, another question later", async () => {
    const lou = await here.invite("Lou Low");
    await here.text(lou, "bg 48");
    expect(await last(lou)).toMatchObject({ template: "very-low", status: "delivered", purpose: "safety" });
    expect(
      await here.rows("select mgdl::float as mgdl, tier, source from coaching.readings where subject_id = $1", [
        lou.id,
      ]),
    ).toEqual([{ mgdl: 48, tier: "H2", source: "text" }]);
    await here.rows(
      "update coaching.rechecks set next_at = now() - interval '1 second', asked_at = asked_at - interval '16 minutes' where subject_id = $1",
      [lou.id],
    );
    await here.run("coaching.watch");
    expect((await last(lou))?.template).toBe("recheck");
    await here.rows(
      "update coaching.rechecks set next_at = now() - interval '1 second', asked_at = asked_at - interval '16 minutes' where subject_id = $1",
      [lou.id],
    );
    await here.run("coaching.watch");
    expect(
      (
        await here.rows<{ tier: string }>(
          "select tier from coaching.incidents where subject_id = $1 order by opened_at",
          [lou.id],
        )
      ).map(({ tier }) => tier),
    ).toEqual(["H2", "E1"]);
  });

  test("a correction takes the place of a slip of the thumb", async () => {
    const carl = await here.invite("Carl Correct");
    await here.text(carl, "62");
    expect((await last(carl))?.template).toBe("low");
    await here.text(carl, "sorry 162 not 62");
    expect(
      await here.rows(
        "select mgdl::float as mgdl, superseded_by is not null as gone from coaching.readings where subject_id = $1 order by mgdl",
        [carl.id],
      ),
    ).toEqual([
      { mgdl: 62, gone: true },
      { mgdl: 162, gone: false },
    ]);
    expect(
      await here.rows("select outcome from coaching.tasks where subject_id = $1 and kind = 'look'", [carl.id]),
    ).toEqual([{ outcome: "The member corrected the reading." }]);
  });

  test("in doubt nothing is stored: the member is asked, and told what to do if it is the worse", async () => {
    const dora = await here.invite("Dora Doubt", { unit: "" });
    await here.text(dora, "my sugar is 25");
    const [text] = await here.rows<{ count: number }>(
      "select count(*)::int as count from coaching.readings where subject_id = $1",
      [dora.id],
    );
    expect(text?.count).toBe(0);
    expect((await last(dora))?.template).toBe("very-low");
  });

  test("an emergency silences the bot, and only a disposition of a clinician ends it", async () => {
    const emil = await here.invite("Emil Emergency");
    await here.text(emil, "chest pain and I cant breathe");
    expect((await last(emil))?.template).toBe("emergency");
    expect((await conversation(emil))?.status).toBe("crisis-locked");
    const [incident] = await here.rows<{ id: string; status: string }>(
      "select id, status from coaching.incidents where subject_id = $1",
      [emil.id],
    );
    const at = (path: string) => here.url(`/incidents/${incident?.id}${path}`);
    expect((await here.as.clinician.post(at("/resolve"), { disposition: "safe-at-home" })).status).toBe(422);
    await done(here.as.coach.post(at("/acknowledge")));
    expect((await here.as.other.post(at("/contact"), { contact: "reached" })).status).toBe(404);
    await done(here.as.coach.post(at("/contact"), { contact: "not-reached", note: "no answer twice" }));
    expect((await here.as.coach.post(at("/resolve"), { disposition: "in-care" })).status).toBe(403);
    expect((await here.as.clinician.post(at("/resolve"), { disposition: "safe-at-home" })).status).toBe(422);
    await done(here.as.clinician.post(at("/resolve"), { disposition: "welfare-check" }));
    expect((await conversation(emil))?.status).toBe("needs-human");
    await done(here.as.clinician.post(at("/review")));
    // Not in the pages only: the database refuses a closing with words alone, and any way back.
    for (const change of ["status = 'open'", "disposition = null"])
      expect(here.rows(`update coaching.incidents set ${change} where id = $1`, [incident?.id])).rejects.toThrow();
  });

  test("five messages of one panic are one emergency", async () => {
    const pia = await here.invite("Pia Panic");
    for (const words of ["help chest pain", "please chest pain is worse", "i cant breathe"])
      await here.text(pia, words);
    expect(await here.rows("select 1 from coaching.incidents where subject_id = $1", [pia.id])).toHaveLength(1);
  });

  test("words that lie in two texts are a crisis together", async () => {
    const pat = await here.invite("Pat Parts");
    await here.text(pat, "i want to");
    await here.text(pat, "kill myself");
    expect((await conversation(pat))?.status).toBe("crisis-locked");
    expect((await last(pat))?.template).toBe("crisis");
  });

  test("nothing else is said without a signature: a coach is asked, and told once", async () => {
    const nora = await here.invite("Nora Normal");
    await here.text(nora, "had a nice walk today");
    await here.text(nora, "and a salad");
    expect((await here.texts(nora)).map(({ template }) => template)).toEqual(["no-model"]);
    expect(await here.rows("select kind from coaching.tasks where subject_id = $1", [nora.id])).toHaveLength(2);
    expect(wordsOf(await here.as.coach.get(here.url("/")))).toContain("No clinician has signed the safety rules");
  });

  test("whether a machine answers is always told", async () => {
    const mo = await here.invite("Mo Machine");
    await here.text(mo, "are you a robot?");
    expect((await last(mo))?.template).toBe("machine");
  });

  test("a question about a dose gets the fixed text and a task", async () => {
    const dan = await here.invite("Dan Dose");
    await here.text(dan, "how many units should I take for pizza");
    expect((await last(dan))?.template).toBe("dose");
    expect(await here.rows("select kind, tier from coaching.tasks where subject_id = $1", [dan.id])).toEqual([
      { kind: "look", tier: "X" },
    ]);
  });
});

describe("takeover", () => {
  test("is atomic: of two who press at once one has it; the bot's waiting texts are withdrawn", async () => {
    const tara = await here.invite("Tara Taken");
    const epoch = String((await conversation(tara))?.epoch);
    const answers = await Promise.all(
      (["coach", "supervisor", "clinician"] as const).map((who) =>
        here.as[who].post(here.url(`/members/${tara.id}/take-over`), { seen: epoch }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409]);
    const owner = (await conversation(tara))?.owner_id;
    const winner =
      (["coach", "supervisor", "clinician"] as const).find((who) => here.people[who].id === owner) ?? "coach";
    const loser = winner === "coach" ? "supervisor" : "coach";
    const once = Bun.randomUUIDv7();
    const write = { text: "Hello Tara, this is a person.", once };
    expect((await here.as[loser].post(here.url(`/members/${tara.id}/write`), write)).status).toBe(422);
    await here.text(tara, "hello?");
    expect(await here.texts(tara)).toEqual([]);
    await done(here.as[winner].post(here.url(`/members/${tara.id}/write`), write));
    await done(here.as[winner].post(here.url(`/members/${tara.id}/write`), write));
    await here.world.settled();
    expect(await here.texts(tara)).toEqual([{ template: null, status: "delivered", why: null, purpose: "human" }]);
    // A safety text is sent whoever has the conversation.
    await here.text(tara, "bg 41");
    expect((await last(tara))?.template).toBe("very-low");
    await done(
      here.as[winner].post(here.url(`/members/${tara.id}/hand-back`), {
        seen: String((await conversation(tara))?.epoch),
      }),
    );
    expect((await conversation(tara))?.status).toBe("bot-active");
  });

  test("a text that the bot had ready under the old epoch never goes out", async () => {
    const eva = await here.invite("Eva Epoch");
    await here.text(eva, "good morning");
    await here.rows("update coaching.outbox set next_at = now() + interval '1 hour' where false");
    const [bot] = await here.rows<{ id: string }>(
      `insert into coaching.messages (tenant_id, workspace_id, subject_id, direction, kind, body, template)
       select tenant_id, workspace_id, subject_id, 'out', 'template', body, 'no-model' from coaching.messages where subject_id = $1 limit 1 returning id`,
      [eva.id],
    );
    await here.rows(
      `insert into coaching.outbox (tenant_id, workspace_id, subject_id, message_id, cause, purpose, speaker, epoch, until_at)
       select tenant_id, workspace_id, subject_id, id, 'stale', 'reply', 'bot', 1, now() + interval '1 hour' from coaching.messages where id = $1`,
      [bot?.id],
    );
    await done(
      here.as.coach.post(here.url(`/members/${eva.id}/take-over`), { seen: String((await conversation(eva))?.epoch) }),
    );
    await here.run("coaching.send");
    expect(await here.rows("select status, why from coaching.outbox where cause = 'stale'")).toEqual([
      { status: "cancelled", why: "a person took over" },
    ]);
  });
});

describe("reach", () => {
  test("a coach sees assigned members only, and the other institution nothing", async () => {
    const rita = await here.invite("Rita Reach");
    await here.text(rita, "secret words of Rita");
    expect(wordsOf(await here.as.coach.get(here.url(`/members/${rita.id}`)))).toContain("secret words of Rita");
    expect((await here.as.other.get(here.url(`/members/${rita.id}`))).status).toBe(404);
    expect(wordsOf(await here.as.other.get(here.url("/?show=all")))).not.toContain("Rita");
    expect((await here.as.manager.get(here.url(`/members/${rita.id}`))).status).toBe(403);
    expect((await here.as.otto.get(here.url("/"))).status).toBe(404);
    const [coaching] = await here.rows<{ id: string }>("select id from core.assignments where subject_id = $1", [
      rita.id,
    ]);
    await done(here.as.manager.post(here.url(`/coachings/${coaching?.id}/end`)));
    expect((await here.as.coach.get(here.url(`/members/${rita.id}`))).status).toBe(404);
  });
});

describe("the inbox", () => {
  test("is searched by name, code and number, filtered by risk and owner, and shown thirty at a time", async () => {
    const zoe = await here.invite("Zoe Zebrafinch");
    await here.text(zoe, "bg 45");
    const shown = async (query: string) => wordsOf(await here.as.supervisor.get(here.url(`?show=all&${query}`)));
    for (const query of [
      "find=zebrafinch",
      `find=${encodeURIComponent(zoe.phone)}`,
      "risk=danger",
      "whose=bot&find=zoe",
    ])
      expect([query, (await shown(query)).includes("Zoe Zebrafinch")]).toEqual([query, true]);
    for (const query of ["find=nobody+of+that+name", "whose=mine&find=zoe", "find=%2B15550999998"])
      expect([query, (await shown(query)).includes("Zoe Zebrafinch")]).toEqual([query, false]);
    expect(await shown("find=nobody+of+that+name")).toContain("No conversation fits");
    expect(await shown("")).toMatch(/1–\d+ of \d+/);
    // A coach finds his own members alone, however well he knows the number of another's.
    expect(wordsOf(await here.as.other.get(here.url(`?show=all&find=${encodeURIComponent(zoe.phone)}`)))).not.toContain(
      "Zebrafinch",
    );
  });
});

describe("a hand-over", () => {
  test("lets the colleague in at once, and gives him the open conversation and its tasks when he takes it", async () => {
    const hal = await here.invite("Hal Handed");
    const path = here.url(`/members/${hal.id}`);
    await here.text(hal, "hello there");
    const conversation = () =>
      here.rows<{ owner_id: string | null; epoch: number }>(
        "select owner_id, epoch from coaching.conversations where subject_id = $1",
        [hal.id],
      );
    const [before] = await conversation();
    await done(here.as.coach.post(`${path}/take-over`, { seen: String(before?.epoch) }));
    expect((await here.as.other.get(path)).status).toBe(404);
    const toManager = await here.as.coach.post(`${path}/hand-over`, {
      colleagueId: here.people.manager.id,
      handover: "Please look after Hal.",
    });
    expect(toManager.status).toBe(422);
    await done(
      here.as.coach.post(`${path}/hand-over`, {
        colleagueId: here.people.other.id,
        handover: "Please look after Hal.",
      }),
    );
    expect((await here.as.other.get(path)).status).toBe(200);
    expect((await conversation())[0]?.owner_id).toBe(here.people.coach.id);
    const [handover] = await here.rows<{ id: string }>("select id from coaching.handovers where subject_id = $1", [
      hal.id,
    ]);
    await done(here.as.other.post(here.url(`/handovers/${handover?.id}/take`)));
    const [after] = await conversation();
    expect(after?.owner_id).toBe(here.people.other.id);
    expect(after?.epoch).toBeGreaterThan(before?.epoch ?? 0);
    expect((await here.as.coach.get(path)).status).toBe(404);
    expect(
      (await here.as.other.post(`${path}/write`, { text: "Hello Hal, Oskar here.", once: crypto.randomUUID() })).status,
    ).toBe(303);
  });
});

describe("a new telephone number", () => {
  test("has to say YES before anything else is sent there; the old one is a stranger's", async () => {
    const nia = await here.invite("Nia Number");
    const next = "+15550107777";
    const change = (phone: string, as: Role = "manager") =>
      here.as[as].post(here.url(`/members/${nia.id}/phone`), { phone });
    expect((await change(next, "coach")).status).toBe(403);
    for (const wrong of ["12", nia.phone]) expect((await change(wrong)).status).toBe(422);
    await done(change(next));
    await here.world.settled();
    expect((await last(nia))?.template).toBe("new-number");
    const standing = async () =>
      wordsOf(await here.as.coach.get(here.url(`/members/${nia.id}/settings`))).includes("Number to verify");
    expect(await standing()).toBe(true);
    // A danger is answered before the YES.
    await here.text(nia, "bg 45");
    expect(await last(nia)).toMatchObject({ template: "very-low", status: "delivered" });
    await here.text(nia, "YES");
    expect(await standing()).toBe(false);
    expect(
      wordsOf(await here.as.supervisor.get(here.url(`?show=all&find=${encodeURIComponent(nia.phone)}`))),
    ).not.toContain("Nia Number");
  });
});

describe("signed rules", () => {
  test("are proposed, signed with a password, in force; a less cautious version is refused in sentences", async () => {
    await signRules(here);
    expect(wordsOf(await here.as.coach.get(here.url("/rules")))).toContain("signed by Clara Clinician (MD)");
    const proposal = {
      version: "2026.3-own",
      reason: "Earlier for highs",
      lowBelow: "70",
      veryLowBelow: "54",
      highAbove: "250",
      highAtRiskFrom: "240",
      veryHighFrom: "300",
      emergencyMinutes: "5",
      crisisMinutes: "5",
      veryLowMinutes: "15",
      veryHighMinutes: "15",
    };
    const looser = await here.as.supervisor.post(here.url("/rules"), { ...proposal, veryHighFrom: "350" });
    expect(looser.status).toBe(422);
    expect(wordsOf(looser)).toContain("very high from: 350 is less cautious than 300");
    expect((await here.as.coach.post(here.url("/rules"), proposal)).status).toBe(403);
    await done(
      here.as.supervisor.post(here.url("/rules"), { ...proposal, veryHighFrom: "280", phrases: "my pump is broken" }),
    );
    const [set] = await here.rows<{ id: string }>("select id from coaching.rule_sets where version = '2026.3-own'");
    expect((await here.as.supervisor.post(here.url(`/rules/${set?.id}/sign`), { credentials: "MBA" })).status).toBe(
      403,
    );
    const untried = await here.as.clinician.post(here.url(`/rules/${set?.id}/sign`), {
      credentials: "MD",
      signature: "correct horse battery staple 9",
    });
    expect(untried.status).toBe(422);
    await done(here.as.supervisor.post(here.url("/gate"), { ruleSetId: set?.id ?? "" }));
    await done(
      here.as.clinician.post(here.url(`/rules/${set?.id}/sign`), {
        credentials: "MD",
        signature: "correct horse battery staple 9",
      }),
    );
    const hugo = await here.invite("Hugo High");
    await here.text(hugo, "sugar 285");
    expect((await last(hugo))?.template).toBe("very-high");
    const petra = await here.invite("Petra Pump");
    await here.text(petra, "my pump is broken");
    expect((await last(petra))?.template).toBe("emergency");
  });
});

describe("what time makes due", () => {
  /** The clock goes on: what guards the rows is off for this one statement. */
  const later = async (minutes: number, member: Member) => {
    for (const [table, columns] of [
      ["incidents", ["opened_at", "next_page_at"]],
      ["rechecks", ["asked_at", "next_at"]],
    ] as const)
      await here.world.lay(
        `alter table coaching.${table} disable trigger user;
         update coaching.${table} set ${columns.map((one) => `${one} = ${one} - interval '${minutes} minutes'`).join(", ")} where subject_id = '${member.id}';
         alter table coaching.${table} enable trigger user`,
      );
  };
  const pages = async (member: Member) =>
    (
      await here.rows<{ what: string }>(
        "select what from coaching.incident_steps where subject_id = $1 and step = 'paged' order by made_at",
        [member.id],
      )
    ).map(({ what }) => what);
  const duty = (who: Role, rung: string) =>
    done(
      here.as.supervisor.post(here.url("/duty"), {
        personId: here.people[who].id,
        rung,
        from: new Date(Date.now() - 3_600_000).toISOString().slice(0, 16).replace("T", " "),
        hours: "4",
      }),
    );
  const offDuty = () => here.rows("update coaching.shifts set ended_at = clock_timestamp() where ended_at is null");

  test("a rung where nobody is on duty keeps nobody waiting; with nobody at all it is said, and the incident stays open", async () => {
    await offDuty();
    const una = await here.invite("Una Unanswered");
    await here.text(una, "bg 41");
    expect(await pages(una)).toEqual(["the coach: Cora Coach"]);
    await duty("clinician", "phone-tree");
    await later(16, una);
    await here.run("coaching.watch");
    expect((await pages(una)).slice(1)).toEqual([
      "the supervisor: nobody is on duty",
      "the medical director: nobody is on duty",
      "the telephone tree: Clara Clinician",
    ]);
    await offDuty();
    const ned = await here.invite("Ned Nobody");
    await here.rows("update core.assignments set ended_at = clock_timestamp() where subject_id = $1", [ned.id]);
    await here.text(ned, "bg 41");
    expect(await pages(ned)).toEqual([
      "the coach: nobody is on duty",
      "the supervisor: nobody is on duty",
      "the medical director: nobody is on duty",
      "the telephone tree: nobody is on duty",
    ]);
    expect(wordsOf(await here.as.supervisor.get(here.url("/incidents")))).toContain("Ned Nobody");
  });

  test("a crisis calls the crisis duty beside the coach, a very high value the clinician on call, a low one neither", async () => {
    await offDuty();
    await duty("clinician", "crisis");
    await duty("supervisor", "clinician");
    const called = async (name: string, words: string) => {
      const member = await here.invite(name);
      await here.text(member, words);
      return (await pages(member))[0];
    };
    expect(await called("Cy Crisis", "I want to die")).toBe("the coach: Cora Coach, Clara Clinician");
    expect(await called("Vic Veryhigh", "sugar 420")).toBe("the coach: Cora Coach, Sven Supervisor");
    expect(await called("Lou Low", "bg 41")).toBe("the coach: Cora Coach");
    await offDuty();
  });

  test("outlives the process: another one asks for the reading, opens the incident at the second silence, climbs the ladder", async () => {
    const rob = await here.invite("Rob Restarted");
    await here.text(rob, "bg 41");
    const { world } = here;
    const { owner, roles, secret } = world.database;
    const other = await openHouse(
      world.house.config,
      {
        owner,
        roles,
        as: (part) => connectionOf(owner, roles, part, secret),
        lost: new Promise<string>(() => {}),
        stop: async () => {},
      },
      world.house.kernel,
      { log: () => {}, worker: false },
    );
    try {
      const watch = async () => {
        const place = await other.house.door.placeNamed(here.workspace.tenant.id, here.workspace.slug);
        if (!place) throw new Error("no place");
        other.house.prompts.begin(place, [{ id: Bun.randomUUIDv7(), job: "coaching.watch", payload: {} }]);
        await other.house.prompts.settled();
      };
      const asked = async () => (await here.texts(rob)).filter(({ template }) => template === "recheck").length;
      await watch();
      expect([await asked(), (await pages(rob)).length]).toEqual([0, 1]);
      await later(16, rob);
      await watch();
      // Nothing twice, however often somebody looks.
      await watch();
      expect([await asked(), (await pages(rob)).length > 1]).toEqual([1, true]);
      await later(16, rob);
      await watch();
      expect(
        await here.rows("select tier from coaching.incidents where subject_id = $1 order by opened_at, tier", [rob.id]),
      ).toContainEqual({ tier: "E1" });
    } finally {
      await other.stop();
    }
  });
});

describe("the list of members", () => {
  test("is searched by name, code and number, filtered by standing and coach, sorted, and shown fifty at a time", async () => {
    const wren = await here.invite("Wren Warbler", { coachId: here.people.other.id });
    await here.text(wren, "STOP");
    const list = async (query: string, role: Role = "manager") =>
      wordsOf(await here.as[role].get(here.url(`/members?${query}`)));
    for (const query of [
      "find=warbler",
      `find=${encodeURIComponent(wren.phone)}`,
      "status=opted-out",
      `coach=${here.people.other.id}`,
      "find=wren&status=opted-out",
    ])
      expect([query, (await list(query)).includes("Wren Warbler")]).toEqual([query, true]);
    for (const query of [
      "find=nobody+like+that",
      "status=active",
      `coach=${here.people.coach.id}`,
      "coach=nobody",
      "find=warbler&status=active",
    ])
      expect([query, (await list(query)).includes("Wren Warbler")]).toEqual([query, false]);
    expect(await list("find=warbler", "coach")).not.toContain("Wren Warbler");
    expect(await list("")).toMatch(/1–\d+ of \d+/);
    const codes = async (order: string) =>
      [...(await list(`order=${order}`)).matchAll(/SERVIC-\d+/g)].map(([code]) => code);
    const up = await codes("code");
    expect(await codes("-code")).toEqual([...up].reverse());
    expect(up).toEqual([...up].sort());
    // Whoever is not on the page is not opened.
    expect((await list("from=1000")).includes("Wren Warbler")).toBe(false);
  });
});
