/**
 * From the screening log to the allocation, through HTTP against PostgreSQL: concealment (a blinded role finds the arm by
 * no page, file, record or message), two hundred at once, kits, wrong strata and the emergency.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { adminRoutes } from "@core/admin/routes.ts";
import { agendaRoutes } from "@core/agenda/routes.tsx";
import { identityRoutes } from "@core/identity/routes.ts";
import { registryRoutes } from "@core/registry/routes.tsx";
import postgres from "postgres";
import type { Build } from "../../../../modules/studies/model/build.ts";
import { composedRole } from "../../../support/composed-role.ts";
import { unzip } from "../../../support/files.ts";
import { lettersOf } from "../../../support/letters.ts";
import { readPdf } from "../../../support/pdf-text.ts";
import { waits } from "../../../support/waiting.ts";
import { type Seen, walk } from "../../../support/walk.ts";
import { smallStudy } from "../small-study.ts";
import { idIn, type ManagedStage, type Member, managedStage, saysOf } from "./stage.ts";

let stage: ManagedStage;
let pia: Member;
let cora: Member;
let sam: Member;
let mona: Member;
let dan: Member;
let uma: Member;
let phil: Member;
let adam: Member;
let stan: Member;
let amy: Member;
const today = new Date().toISOString().slice(0, 10);
/** Words that stand for arms, and their codes: they occur nowhere else. */
const ARMS = ["Zzverum", "Qqplacebo"];
const CODES = ["Zz7", "Qq8"];

beforeAll(async () => {
  stage = await managedStage([
    ...identityRoutes({ environment: "development" }),
    ...adminRoutes,
    agendaRoutes,
    registryRoutes,
  ]);
  pia = await stage.member("Pia Principal", "investigator", stage.north);
  cora = await stage.member("Cora Coordinator", "study_coordinator", stage.north);
  sam = await stage.member("Sam South", "study_coordinator", stage.south);
  mona = await stage.member("Mona Monitor", "study_monitor");
  dan = await stage.member("Dan Data", "data_manager");
  uma = await stage.member("Uma Unblinded", "unblinded_statistician");
  phil = await stage.member("Phil Pharmacist", "pharmacist", stage.north);
  adam = await stage.member("Adam Administrator", "study_administrator");
  stan = await stage.member("Stan Statistician", "statistician");
  amy = await stage.member("Amy Approver", "approver");
  await stage.recruit(stage.north, stage.south);
});
afterAll(async () => await stage.world.stop());

const enter = async (by: Member, name: string, site: string) => {
  const answer = await by.post("/screening", {
    name,
    siteId: site,
    source: "clinic",
    birthDate: "1970-01-01",
    phone: "",
    email: "",
  });
  if (answer.status !== 303) throw new Error(saysOf(answer));
  return idIn(answer);
};
const advance = async (by: Member, id: string, times: number) => {
  for (let n = 0; n < times; n++) {
    const answer =
      n === 3
        ? await by.sign(`/screening/${id}/eligible`, { onDay: today, note: "" })
        : await by.post(`/screening/${id}/next`, { onDay: today, note: "" });
    if (answer.status !== 303) throw new Error(saysOf(answer));
  }
};
const settings = (value: object) =>
  stage.world.sql(
    "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'studies', $3::text::jsonb)",
    [stage.study.tenant.id, stage.study.id, JSON.stringify(value)],
  );
/** Two arms that the forms know by name, and a scheme that hides nothing. */
const twoArms: Build = {
  ...smallStudy,
  arms: ["walk", "rest"].map((id) => ({ id, name: { en: { text: id, status: "reviewed" as const } } })),
};
const openScheme = {
  method: "blocks",
  arms: "walk; Walking; 1\nrest; Resting; 1",
  multiples: "1, 2",
  slotsPerStratum: "20",
};
/** What the database answers to this person's own SQL: the sentence it refuses with, or how many rows came back. */
const asMember = (member: Member, text: string, values: readonly unknown[] = []): Promise<string> =>
  stage.world.house.transactions
    .run(
      {
        tenantId: stage.world.here.id,
        workspaceId: stage.study.id,
        kind: "person",
        actorId: member.id,
        sessionRef: "",
      },
      { readOnly: false },
      async (lease) => `${(await lease.rows(text, values as never)).length} rows`,
      async () => {},
    )
    .catch((error: Error) => error.message);
const subjectOf = async (screening: string) =>
  (
    await stage.world.sql<{ subject_id: string }>("select subject_id from studies.screenings where id = $1", [
      screening,
    ])
  )[0]?.subject_id ?? "";
const eligible = async (by: Member, name: string, site: string) => {
  const id = await enter(by, name, site);
  await advance(by, id, 4);
  return await subjectOf(id);
};

describe("the screening log", () => {
  let id: string;
  test("holds a code; the name lies in the vault and shows only to those who may open it", async () => {
    id = await enter(cora, "Jane Secretperson", stage.north);
    expect(saysOf(await cora.get(`/screening/${id}`))).toContain("Jane Secretperson");
    const seen = await mona.get(`/screening/${id}`);
    expect(seen.status).toBe(200);
    expect(seen.text).not.toContain("Secretperson");
    expect(seen.text).toContain("01-S0001");
    expect((await cora.get("/screening.csv")).text).not.toContain("Secretperson");
    expect((await sam.get(`/screening/${id}`)).status).toBe(404);
    for (const row of await stage.world.sql<{ all: string }>(
      "select to_jsonb(s)::text as all from studies.screenings s",
    ))
      expect(row.all).not.toContain("Secretperson");
  });
  test("goes on by one stage, and nobody is called randomised by hand", async () => {
    await advance(cora, id, 3);
    const unsigned = await cora.post(`/screening/${id}/next`, { onDay: today });
    expect([unsigned.status, saysOf(unsigned).includes("confirmed with a signature")]).toEqual([422, true]);
    expect((await cora.post(`/screening/${id}/eligible`, { onDay: today })).status).toBe(422);
    expect((await mona.sign(`/screening/${id}/eligible`, { onDay: today })).status).toBe(403);
    expect((await cora.sign(`/screening/${id}/eligible`, { onDay: today })).status).toBe(303);
    expect(saysOf(await mona.get(`/screening/${id}`))).toContain("Signed");
    const answer = await cora.post(`/screening/${id}/next`, { onDay: today });
    expect([answer.status, saysOf(answer).includes("nobody is called randomised by hand")]).toEqual([422, true]);
    expect(
      stage.world.sql("update studies.screenings set stage = 'completed', dropped = null where stage = 'identified'"),
    ).resolves.toBeDefined();
    expect(stage.world.sql("update studies.screenings set stage = 'identified' where id = $1", [id])).rejects.toThrow(
      "one stage",
    );
  });
  test("says why somebody goes no further, and takes him up again with a reason", async () => {
    const other = await enter(cora, "Dee Dropped", stage.north);
    expect((await cora.post(`/screening/${other}/drop`, { dropped: "other" })).status).toBe(422);
    expect((await cora.post(`/screening/${other}/drop`, { dropped: "inclusion" })).status).toBe(303);
    expect((await cora.post(`/screening/${other}/next`, { onDay: today })).status).toBe(422);
    const funnel = saysOf(await adam.get("/recruitment"));
    expect(funnel).toContain("An inclusion criterion is not met");
    expect((await adam.get("/screening")).status).toBe(403);
    expect((await cora.post(`/screening/${other}/back`, { backNote: "Measured again" })).status).toBe(303);
    expect(saysOf(await cora.get(`/screening/${other}`))).toContain("Measured again");
  });
  test("a target gives a plan and, in time, a forecast", async () => {
    expect(
      (await adam.post("/recruitment/plan", { target: "40", startsOn: "2026-01-01", endsOn: "2025-01-01" })).status,
    ).toBe(422);
    expect(
      (await adam.post("/recruitment/plan", { target: "40", startsOn: "2026-01-01", endsOn: "2027-06-30" })).status,
    ).toBe(303);
    expect(saysOf(await adam.get("/recruitment"))).toContain("1 of 40");
  });
});

describe("a page for anybody", () => {
  test("takes a wish to be contacted into the vault, and says the same to who is known already", async () => {
    await stage.world.grant(adam.person, "research_office", stage.study);
    const opened = await adam.post("/recruitment/pages", {
      title: "Hearts at rest",
      about: "We study hearts.",
      contactText: "I agree that you call me.",
      untilOn: "2099-12-31",
    });
    expect(opened.status).toBe(200);
    const address = new URL(/http[^<\s]+\/p\/[\w-]+\/studies/.exec(opened.text)?.[0] ?? "").pathname;
    const stranger = stage.world.stranger();
    expect((await stranger.get(address)).text).toContain("We study hearts.");
    const form = { name: "Ingrid Inquirer", phone: "+31 6 1234 5678", email: "", siteId: stage.north, agrees: "on" };
    expect((await stranger.post(address, { ...form, agrees: "" })).status).toBe(422);
    expect((await stranger.post(address, { ...form, phone: "" })).status).toBe(422);
    const first = await stranger.post(address, form);
    const second = await stranger.post(address, form);
    expect([first.status, second.status]).toEqual([200, 200]);
    const count = await stage.world.sql("select id from studies.screenings where source = 'public page'");
    expect(count).toHaveLength(1);
    expect(saysOf(await cora.get("/screening"))).toContain("public page");
    expect((await stranger.get(`${address}/screening`)).status).toBe(404);
    // A program that fills in the page fills no log: above the bound of an hour the page rests, and loses nothing typed.
    await settings({ signupsAnHour: 2 });
    const next = (n: number) =>
      stranger.post(address, { ...form, name: `Ivan Inquirer ${n}`, phone: `+31 6 9999 000${n}` });
    expect([(await next(1)).status, (await next(2)).status]).toEqual([200, 429]);
    expect(await stage.world.sql("select id from studies.screenings where source = 'public page'")).toHaveLength(2);
  });
});

describe("randomisation", () => {
  const scheme = {
    method: "blocks",
    arms: `${CODES[0]}; ${ARMS[0]}; 1\n${CODES[1]}; ${ARMS[1]}; 1`,
    factors: "Sex: female / male",
    bySite: "on",
    blinded: "on",
    multiples: "1, 2",
    slotsPerStratum: "20",
    usesKits: "",
  };
  let schemeId: string;
  test("a scheme is written by one and activated by another, who never sees the list", async () => {
    expect((await adam.post("/randomisation/schemes", scheme)).status).toBe(403);
    expect((await uma.post("/randomisation/schemes", { ...scheme, multiples: "2" })).status).toBe(422);
    schemeId = idIn(await uma.post("/randomisation/schemes", scheme));
    expect((await uma.sign(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(403);
    expect((await adam.post(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(422);
    // Visits that one arm alone has would tell the arm: the way is named, and nothing is put in force.
    const inForce = async (number: number, from: string, arms: readonly string[]) => {
      const build = { ...smallStudy, arms: arms.map((id) => ({ id, name: {} })) };
      const events = smallStudy.events.map((event) => ({ ...event, arms }));
      await stage.world.sql(
        `with v as (insert into studies.versions (tenant_id, workspace_id, number, title, build, sha256, coverage)
           values ($1, $2, $3, 'Version', $4::text::jsonb, sha256('x'), '{}') returning id)
         insert into studies.placements (tenant_id, workspace_id, version_id, from_on) select $1, $2, id, $5::date from v`,
        [stage.study.tenant.id, stage.study.id, number, JSON.stringify({ ...build, events }), from],
      );
    };
    await inForce(901, "2018-01-01", ["walk"]);
    const leaky = await adam.sign(`/randomisation/schemes/${schemeId}/activate`);
    expect([leaky.status, saysOf(leaky)]).toEqual([
      422,
      expect.stringContaining("randomisation → arm walk → visit baseline → blinded roles"),
    ]);
    await inForce(902, "2018-01-02", []);
    expect((await adam.sign(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(303);
    expect((await adam.sign(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(422);
    expect((await uma.get(`/randomisation/schemes/${schemeId}/report.pdf`)).status).toBe(200);
    const slots = await stage.world.sql<{ arm: Uint8Array }>("select arm from studies.slots");
    expect(slots.length).toBeGreaterThanOrEqual(80);
    expect(new Set(slots.map(({ arm }) => Buffer.from(arm).toString("hex"))).size).toBe(slots.length);
    // Under a key of its own: that of the study's data (a note in the log lies below it) is another.
    const keys = await stage.world.sql<{ purpose: string; seals: string }>(
      `select k.purpose, string_agg(distinct h.what, ', ' order by h.what) as seals from core.keys k join (
         select 'list' as what, arm as sealed from studies.slots union all select 'secrets', secrets from studies.scheme_secrets) h
       on k.id = encode(substring(h.sealed from 3 for 16), 'hex')::uuid group by k.purpose`,
    );
    expect(keys).toEqual([{ purpose: "apart", seals: "list, secrets" }]);
  });
  test("only who is eligible, once, with every factor, and by somebody of the site", async () => {
    const early = await subjectOf(await enter(cora, "Eve Early", stage.north));
    const ready = await eligible(cora, "Rea Ready", stage.north);
    const form = { subjectId: ready, requestId: crypto.randomUUID(), "factor.sex": "female" };
    expect((await cora.post("/randomisation", { ...form, subjectId: early })).status).toBe(422);
    expect((await cora.post("/randomisation", { ...form, "factor.sex": "" })).status).toBe(422);
    expect((await sam.post("/randomisation", form)).status).toBe(422);
    expect((await mona.post("/randomisation", form)).status).toBe(403);
    const done = await cora.post("/randomisation", form);
    expect(done.status).toBe(303);
    const again = await cora.post("/randomisation", form);
    expect(again.location).toBe(done.location);
    expect((await cora.post("/randomisation", { ...form, requestId: crypto.randomUUID() })).status).toBe(422);
  });
  test("a wrong stratum is noted, and the allocation stands", async () => {
    const subject = await eligible(cora, "Wanda Wrong", stage.north);
    const id = idIn(
      await cora.post("/randomisation", { subjectId: subject, requestId: crypto.randomUUID(), "factor.sex": "male" }),
    );
    const before = await stage.world.sql("select arm from studies.allocation_arms");
    expect((await cora.post(`/randomisation/${id}/stratum`, { "factor.sex": "male", reason: "x" })).status).toBe(422);
    expect(
      (await cora.post(`/randomisation/${id}/stratum`, { "factor.sex": "female", reason: "Misread" })).status,
    ).toBe(303);
    expect(await stage.world.sql("select arm from studies.allocation_arms")).toEqual(before);
    expect(saysOf(await cora.get("/randomisation"))).toContain("wrong stratum");
  });
  test("two hundred at once: no slot is shared, and every block keeps the ratio", async () => {
    const made = await stage.world.sql<{ id: string }>(
      `with s as (insert into core.subjects (tenant_id, workspace_id, code, kind, site_id)
         select $1, $2, 'X-' || n, 'participant', $3 from generate_series(1, 200) n returning id)
       insert into studies.screenings (tenant_id, workspace_id, subject_id, site_id, source, stage)
         select $1, $2, id, $3, 'other', 'eligible' from s returning subject_id as id`,
      [stage.study.tenant.id, stage.study.id, stage.north],
    );
    const begun = performance.now();
    await Promise.all(
      made.map(async ({ id }, at) => {
        const form = { subjectId: id, requestId: crypto.randomUUID(), "factor.sex": at % 2 ? "male" : "female" };
        // A busy house says so; the same form again is the same allocation.
        for (let turn = 0; ; turn++) {
          const answer = await cora.post("/randomisation", form);
          if (answer.status === 303) return;
          if (answer.status !== 503 || turn > 200) throw new Error(saysOf(answer));
        }
      }),
    );
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `200 allocations at once: ${(200 / seconds).toFixed(0)} a second, each with its page, record and signature of the context`,
    );
    const rows = await stage.world.sql<{ slot_id: string; number: number; stratum: string }>(
      "select r.slot_id, a.number, a.stratum from studies.allocation_arms r join studies.allocations a on a.id = r.allocation_id order by a.number",
    );
    expect(new Set(rows.map(({ slot_id }) => slot_id)).size).toBe(rows.length);
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, at) => at + 1));
    const replayed = await uma.post(`/randomisation/schemes/${schemeId}/replay`);
    expect(decodeURIComponent(replayed.headers.get("set-cookie") ?? "")).toContain("every one is what the seed makes");
    const file = await uma.get("/randomisation/arms.csv");
    const north = file.text.split("\n").filter((line) => line.includes("X-"));
    const first = north.filter((line) => line.includes(ARMS[0] ?? "")).length;
    // Two strata of a hundred, in blocks of at most four: never further than two from the ratio in each.
    expect(Math.abs(first - 100)).toBeLessThanOrEqual(4);
  });

  test("the log of many goes on from row to row, there and back, with nobody left out or shown twice", async () => {
    const walkLog = async (from: string, way: "Next" | "Previous") => {
      const pages: string[][] = [];
      for (let at = from; at; ) {
        const { text } = await cora.get(at);
        pages.push([...text.matchAll(/\/screening\/([0-9a-f-]{36})"/g)].map(([, id = ""]) => id));
        const link = new RegExp(`href="([^"]+)"[^>]*>${way}<`).exec(text)?.[1]?.replaceAll("&amp;", "&") ?? "";
        at = link.replace(stage.base, "");
        if (way === "Next" && at) last = at;
      }
      return pages;
    };
    let last = "/screening";
    const there = await walkLog("/screening", "Next");
    const known = await stage.world.sql("select id from studies.screenings where site_id = $1", [stage.north]);
    expect(there.length).toBeGreaterThan(4);
    expect(new Set(there.flat()).size).toBe(known.length);
    expect(there.flat()).toHaveLength(known.length);
    expect(await walkLog(last, "Previous")).toEqual([...there].reverse());
    expect(saysOf(await cora.get("/screening?code=01-S0001"))).toContain("1 person");
    expect(saysOf(await cora.get("/screening?code=-19"))).toMatch(/11 people/);
  });

  test("in an emergency one participant is unblinded to one investigator, with a signature, and others are told at once", async () => {
    await settings({ unblindingNotice: ["safety@sponsor.example"] });
    // Who hears is a matter of what a role holds, by whatever name; of the whole study, and now.
    const composed = (may: string) => composedRole(stage.world, "study", [may]);
    const keeper = await stage.world.person(
      "Kay Keeper",
      await composed("studies.scheme.activate@workspace"),
      stage.study,
    );
    await stage.world.person("Rae Reader", await composed("studies.randomisation.read@workspace"), stage.study);
    await stage.world.person("Sid Site", "investigator", stage.study, { site: stage.north });
    const later = await stage.world.person("Lea Later", null, null);
    const coming = await stage.world.grant(later, "study_administrator", stage.study);
    await stage.world.sql("update core.grants set from_at = from_at + interval '1 day' where id = $1", [coming]);
    const [one, two] = await stage.world.sql<{ id: string }>(
      "select id from studies.allocations order by number limit 2",
    );
    const reason = "Anaphylaxis, treatment must be known";
    expect((await cora.sign(`/randomisation/${one?.id}/unblind`, { reason })).status).toBe(403);
    expect((await pia.post(`/randomisation/${one?.id}/unblind`, { reason })).status).toBe(422);
    expect((await pia.sign(`/randomisation/${one?.id}/unblind`, { reason: "" })).status).toBe(422);
    const told = await pia.sign(`/randomisation/${one?.id}/unblind`, { reason });
    expect(told.status).toBe(200);
    expect(ARMS.filter((arm) => told.text.includes(arm))).toHaveLength(1);
    expect(ARMS.some((arm) => saysOf({ ...told, text: "" }).includes(arm))).toBe(false);
    const again = await pia.get(`/randomisation/${one?.id}`);
    expect(ARMS.filter((arm) => again.text.includes(arm))).toHaveLength(1);
    const other = await pia.get(`/randomisation/${two?.id}`);
    expect(ARMS.some((arm) => other.text.includes(arm))).toBe(false);
    const seen = await cora.get(`/randomisation/${one?.id}`);
    expect(seen.text).toContain("unblinded in an emergency");
    expect(ARMS.some((arm) => seen.text.includes(arm))).toBe(false);
    // The address that the settings name, and who keeps the study and is named nowhere.
    const letters = (await lettersOf(stage.world)).map(({ to }) => to);
    expect(letters.sort()).toEqual([adam.person.email, keeper.email, "safety@sponsor.example"].sort());
    expect(saysOf(told)).toContain("3 people who answer for the study were told");
    expect(saysOf(again)).toContain("Signed electronically");
    const [signed] = await stage.world.sql<{ event: string }>(
      "select event from core.signatures order by made_at desc limit 1",
    );
    expect(signed?.event).toBe("studies.unblinded");
  });
});

describe("nobody is taken in", () => {
  const at = () => [stage.study.tenant.id, stage.study.id];
  const gate = (status: string) =>
    stage.world.sql(
      `insert into studies.gates (tenant_id, workspace_id, ordinal, was, status, items, snapshot, sha256)
       select $1, $2, max(ordinal) + 1, 'recruiting', $3, '[]', '{}', sha256('x') from studies.gates`,
      [...at(), status],
    );
  const decision = (days: number, kind = "granted") =>
    stage.world.sql(
      `with r as (insert into studies.approval_requests (tenant_id, workspace_id, approver, stage, days, because, decider_id, asked_on)
         values ($1, $2, 'ethics', 3, 60, 'people', $3, current_date - 900) returning id)
       insert into studies.approval_decisions (tenant_id, workspace_id, request_id, decider_id, decision, reason, on_day, valid_until)
       select $1, $2, id, $3, $4, 'x', current_date - 900, case when $4 = 'granted' then current_date + $5::int end from r`,
      [...at(), adam.id, kind, days],
    );
  const ethics = (kind: string, site: string | null, days: number) =>
    stage.world.sql(
      `insert into studies.documents (tenant_id, workspace_id, kind, site_id, version, filename, bytes, sha256, expires_on, content)
       select $1, $2, $3, $4, count(*) + 1, 'x.pdf', 1, sha256('x'), current_date + $5::int, 'x' from studies.documents where kind = $3`,
      [...at(), kind, site, days],
    );
  let waits: string;
  let ready: string;
  let open: string;
  beforeAll(async () => {
    open = idIn(await uma.post("/randomisation/schemes", { ...openScheme }));
    const [old] = await stage.world.sql<{ id: string }>(
      "select s.scheme_id as id from studies.scheme_steps s where step = 'activated'",
    );
    if (old) await adam.post(`/randomisation/schemes/${old.id}/close`, { reason: "The open part begins" });
    expect((await adam.sign(`/randomisation/schemes/${open}/activate`)).status).toBe(303);
    waits = await enter(cora, "Walter Waits", stage.north);
    await advance(cora, waits, 2);
    ready = await eligible(cora, "Rita Ready", stage.north);
  });

  const lacks: [string, () => Promise<unknown>, () => Promise<unknown>, RegExp][] = [
    [
      "while the study is on hold",
      () => gate("on_hold"),
      () => gate("recruiting"),
      /stands at “On hold”.*under Dossier/,
    ],
    [
      "once the site is closed",
      () =>
        stage.world.sql(
          "insert into studies.site_marks (tenant_id, workspace_id, site_id, mark, reason) values ($1, $2, $3, 'closed', 'x')",
          [...at(), stage.north],
        ),
      async () => {
        await stage.world.lay("alter table studies.site_marks disable trigger user");
        await stage.world.sql("delete from studies.site_marks where mark = 'closed'");
        await stage.world.lay("alter table studies.site_marks enable trigger user");
      },
      /site is not active.*under Sites/,
    ],
    [
      "once the ethics approval ran out",
      () => ethics("ethics-approval", null, -1),
      () => ethics("ethics-approval", null, 90),
      /ethics committee's approval is missing or has run out/,
    ],
    [
      "once the site's own ran out",
      () => ethics("site-ethics", stage.north, -1),
      () => ethics("site-ethics", stage.north, 90),
      /site's own ethics approval has run out/,
    ],
    [
      "once an approval ran out",
      () => decision(-1),
      () => decision(90),
      /approval was refused or has run out.*Approvals/,
    ],
  ];
  test.each(lacks)(
    "%s: the page says why and the way out, and the database refuses besides",
    async (_name, break_, mend, says) => {
      await break_();
      const form = { subjectId: ready, requestId: crypto.randomUUID() };
      for (const answer of [
        await cora.post("/randomisation", form),
        await cora.post(`/screening/${waits}/next`, { onDay: today }),
        await cora.get("/randomisation/new"),
        await cora.get(`/screening/${waits}`),
      ])
        expect(saysOf(answer)).toMatch(says);
      expect((await cora.post("/participants/new", { siteId: stage.north, enrolledOn: today })).status).toBe(422);
      // The owner of the tables himself, and a coordinator with SQL of her own.
      expect(
        stage.world.sql(
          `insert into studies.allocations (tenant_id, workspace_id, scheme_id, subject_id, site_id, number, levels, stratum, request_id, randomised_by)
         values ($1, $2, $3, $4, $5, 900, '{}', 'all', gen_random_uuid(), $6)`,
          [...at(), open, ready, stage.north, cora.id],
        ),
      ).rejects.toThrow("nobody is randomised here");
      expect(
        stage.world.sql("update studies.screenings set stage = 'consented' where id = $1", [waits]),
      ).rejects.toThrow("nobody is taken in here");
      expect(
        await asMember(
          cora,
          "insert into studies.participants (subject_id, site_id, enrolled_on) values ($1, $2, current_date)",
          [ready, stage.north],
        ),
      ).toMatch(/row-level security/);
      await mend();
    },
  );

  test("by somebody whom the delegation log does not let randomise, by page or by SQL", async () => {
    const line = idIn(
      await pia.post("/delegation", { personId: cora.id, siteId: stage.north, tasks: ["enter-data"], fromOn: today }),
    );
    await cora.sign(`/delegation/${line}/accept`);
    expect((await pia.sign(`/delegation/${line}/approve`)).status).toBe(303);
    const form = { subjectId: ready, requestId: crypto.randomUUID() };
    expect(saysOf(await cora.post("/randomisation", form))).toContain("Ask the investigator to delegate it");
    expect(
      stage.world.sql(
        `insert into studies.allocations (tenant_id, workspace_id, scheme_id, subject_id, site_id, number, levels, stratum, request_id, randomised_by)
         values ($1, $2, $3, $4, $5, 900, '{}', 'all', gen_random_uuid(), $6)`,
        [...at(), open, ready, stage.north, cora.id],
      ),
    ).rejects.toThrow("does not let this person");
    const more = idIn(
      await pia.post("/delegation", {
        personId: cora.id,
        siteId: stage.north,
        tasks: ["randomise", "assess-eligibility"],
        fromOn: today,
      }),
    );
    await cora.sign(`/delegation/${more}/accept`);
    await pia.sign(`/delegation/${more}/approve`);
  });

  test("from the side: not past the log's beginning, not to another site, not twice", async () => {
    expect(
      await asMember(
        cora,
        "insert into studies.screenings (subject_id, site_id, source, stage) values ($1, $2, 'other', 'eligible')",
        [ready, stage.north],
      ),
    ).toMatch(/row-level security/);
    expect(await asMember(cora, "update studies.screenings set stage = 'randomised' where id = $1", [waits])).toMatch(
      /one stage/,
    );
    expect(
      await asMember(sam, "update studies.screenings set stage = 'consented' where id = $1 returning id", [waits]),
    ).toBe("0 rows");
  });

  test("once everything stands, the casebook opens by itself, and in an open study hears its arm", async () => {
    await stage.publish(twoArms);
    expect((await cora.post(`/screening/${waits}/next`, { onDay: today })).status).toBe(303);
    expect(saysOf(await cora.get(`/screening/${waits}`))).toContain("Open the casebook");
    const [book] = await stage.world.sql<{ status: string; subject_id: string; arm: string }>(
      "select p.status, p.subject_id, p.arm from studies.participants p join studies.screenings s using (subject_id) where s.id = $1",
      [waits],
    );
    expect([book?.status, book?.arm]).toEqual(["screening", ""]);
    expect(
      await asMember(cora, "update studies.participants set arm = 'walk' where subject_id = $1", [book?.subject_id]),
    ).toMatch(/what randomisation gave/);
    expect((await cora.sign(`/screening/${waits}/eligible`, { onDay: today })).status).toBe(303);
    expect(
      (await cora.post("/randomisation", { subjectId: book?.subject_id ?? "", requestId: crypto.randomUUID() })).status,
    ).toBe(303);
    const [row] = await stage.world.sql<{ open_arm: string; arm: string; status: string; consent: string }>(
      "select a.open_arm, p.arm, p.status, a.consent from studies.allocations a join studies.participants p using (subject_id) where subject_id = $1",
      [book?.subject_id],
    );
    expect([row?.open_arm.split(":")[0], row?.status, row?.consent]).toEqual([
      row?.arm ?? "",
      "enrolled",
      "kept elsewhere",
    ]);
    expect((await cora.post(`/screening/${waits}/drop`, { dropped: "withdrew" })).status).toBe(303);
    expect(saysOf(await cora.get(`/participants/${book?.subject_id}`))).toContain("withdrawn");
  });
});

test("reports of adverse events are held against what the forms say of the same participants", async () => {
  await settings({ safetyForm: "demo", safetyTerm: "drug", safetyOnset: "since" });
  const screening = await enter(cora, "Sara Safety", stage.north);
  await advance(cora, screening, 3);
  const subjectId = await subjectOf(screening);
  const form = {
    act: "save",
    "b.meds~1~drug": "0",
    "v.meds~1~drug": "Nosebleed",
    "b.meds~1~since": "0",
    "v.meds~1~since": "2026-11-02",
  };
  expect((await cora.post(`/participants/${subjectId}/forms/baseline/-/demo/-`, form)).status).toBe(303);
  const event = (term: string, onsetOn: string) => ({
    subjectId,
    term,
    onsetOn,
    awareOn: today,
    awareTime: "00:00",
    severity: "mild",
    criteria: [],
    related: "unlikely",
    expected: "yes",
    outcome: "recovered",
  });
  expect((await cora.post("/safety", event("nosebleed", "2026-11-01"))).status).toBe(303);
  expect((await cora.post("/safety", event("Rash", "2026-11-01"))).status).toBe(303);
  const page = saysOf(await dan.get("/safety/reconciliation"));
  expect(page).toContain("They differ in the day of onset.");
  expect(page).toContain("Reported, and in no form.");
  expect(page).toContain("2 differences");
});

describe("kits", () => {
  test("are handed out by number, and what is in them is seen by the pharmacy alone", async () => {
    const [old] = await stage.world.sql<{ id: string }>(
      "select scheme_id as id from studies.scheme_steps a where step = 'activated' and not exists (select from studies.scheme_steps c where c.scheme_id = a.scheme_id and c.step = 'closed')",
    );
    expect(
      (await adam.post(`/randomisation/schemes/${old?.id}/close`, { reason: "Second part with kits" })).status,
    ).toBe(303);
    const schemeId = idIn(
      await uma.post("/randomisation/schemes", {
        method: "minimisation",
        arms: `${CODES[0]}; ${ARMS[0]}; 1\n${CODES[1]}; ${ARMS[1]}; 1`,
        factors: "Sex: female / male",
        bySite: "on",
        blinded: "on",
        likely: "0.8",
        usesKits: "on",
        kitDays: "30",
      }),
    );
    expect((await adam.sign(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(303);
    const subject = await eligible(cora, "Kate Kit", stage.north);
    const form = { subjectId: subject, requestId: crypto.randomUUID(), "factor.sex": "female" };
    const without = await cora.post("/randomisation", form);
    expect([without.status, saysOf(without).includes("No kit can be handed out")]).toEqual([422, true]);
    const pharmacy = await stage.member("Petra Pharmacy", "pharmacist");
    expect((await pharmacy.post("/kits", { table: "K-7; C; L1; 2099-01-01" })).status).toBe(422);
    const table = [
      `K-31; ${CODES[0]}; L1; 2099-01-01`,
      `K-17; ${CODES[1]}; L1; 2099-01-01`,
      `K-55; ${CODES[0]}; L1; 2020-01-01`,
      `K-56; ${CODES[1]}; L1; 2020-01-01`,
    ].join("\n");
    expect((await pharmacy.post("/kits", { table })).status).toBe(303);
    const kits = await stage.world.sql<{ id: string; number: string }>(
      "select id, number from studies.kits order by number",
    );
    for (const { id } of kits) {
      expect((await pharmacy.post(`/kits/${id}/move`, { state: "transit", siteId: stage.north })).status).toBe(303);
      expect((await cora.post(`/kits/${id}/move`, { state: "site" })).status).toBe(303);
    }
    expect((await cora.post(`/kits/${kits[0]?.id}/move`, { state: "destroyed", reason: "x" })).status).toBe(403);
    const done = await cora.post("/randomisation", form);
    expect(done.status).toBe(303);
    const page = saysOf(await cora.get(done.location.replace(stage.base, "")));
    expect(page).toMatch(/K-(31|17)/);
    expect(page).not.toMatch(/K-5[56]/);
    // The pharmacist of the site sees the arm, and it is the kit's.
    const [row] = await stage.world.sql<{ kit_number: string }>(
      "select kit_number from studies.allocations where subject_id = $1",
      [subject],
    );
    const line = (await phil.get("/randomisation/arms.csv")).text.split("\n").find((one) => one.includes("K-")) ?? "";
    expect(line).toContain(row?.kit_number ?? "no kit");
    expect(line).toContain((row?.kit_number === "K-31" ? ARMS[0] : ARMS[1]) ?? "no arm");
  });

  test("of the right arm are found behind two hundred of the other that expire first", async () => {
    const [old] = await stage.world.sql<{ id: string }>(
      "select scheme_id as id from studies.scheme_steps order by made_at desc limit 1",
    );
    expect((await adam.post(`/randomisation/schemes/${old?.id}/close`, { reason: "Third part" })).status).toBe(303);
    const schemeId = idIn(
      await uma.post("/randomisation/schemes", {
        method: "blocks",
        arms: `${CODES[0]}; ${ARMS[0]}; 1\n${CODES[1]}; ${ARMS[1]}; 1`,
        blinded: "on",
        multiples: "1, 2",
        slotsPerStratum: "20",
        usesKits: "on",
        kitDays: "30",
      }),
    );
    expect((await adam.sign(`/randomisation/schemes/${schemeId}/activate`)).status).toBe(303);
    const pharmacy = await stage.member("Pavel Pharmacy", "pharmacist");
    const table = [
      ...Array.from({ length: 201 }, (_, at) => `M-${1_000 + at}; ${CODES[0]}; L2; 2090-01-01`),
      ...[1, 2, 3].map((at) => `M-${at}; ${CODES[1]}; L2; 2091-01-01`),
    ].join("\n");
    expect((await pharmacy.post("/kits", { table })).status).toBe(303);
    await stage.world.sql("update studies.kits set state = 'site', site_id = $1 where batch = 'L2'", [stage.north]);
    const handedOut: string[] = [];
    // In blocks of two and of four, three in a row never have one arm.
    for (const name of ["Mia", "Max", "Mo"]) {
      const subjectId = await eligible(cora, `${name} Many`, stage.north);
      expect((await cora.post("/randomisation", { subjectId, requestId: crypto.randomUUID() })).status).toBe(303);
      const [row] = await stage.world.sql<{ kit_number: string }>(
        "select kit_number from studies.allocations where subject_id = $1",
        [subjectId],
      );
      handedOut.push(row?.kit_number ?? "");
    }
    expect(handedOut.filter((number) => /^M-\d$/.test(number))).not.toEqual([]);
    expect(handedOut.filter((number) => /^M-\d{4}$/.test(number))).not.toEqual([]);
  });
});

describe("a blinded role finds the allocation", () => {
  /** What says an arm to whoever reads it: words of a page, of a print, of a file. */
  const readable = ({ answer }: Seen): string =>
    answer.headers.get("content-type") === "application/pdf" && answer.bytes.length > 1_000
      ? readPdf(answer.bytes)
          .pages.map(({ text }) => text)
          .join("\n")
      : answer.headers.get("content-type")?.includes("zip") || answer.headers.get("content-type")?.includes("openxml")
        ? [...unzip(answer.bytes).values()].map((bytes) => new TextDecoder().decode(bytes)).join("\n")
        : answer.text.slice(Math.max(0, answer.text.indexOf("<main")));
  /** The arms are in the protocol: the pages of a scheme name all of them, for everybody alike, beside no participant. */
  const ofSchemes = /\/randomisation(\/schemes(\/:id(\/report\.pdf)?)?)?$/;
  /** Pages that need what this study does not have: files, surveys, double entry. Whatever else is added is walked, or named here. */
  const emptyHere =
    /\/(imports|surveys|design|versions|queries|export|double-entry|closed-forms)(\/|$)|\/participants\/:|^\/locks\/:/;

  beforeAll(async () => {
    // Something on every page: what can be written down about a participant, and what is done about it.
    const [one] = await stage.world.sql<{ subject_id: string; id: string }>(
      "select s.subject_id, s.id from studies.allocations a join studies.screenings s using (subject_id) where a.site_id = $1 order by number limit 1",
      [stage.north],
    );
    const subjectId = one?.subject_id ?? "";
    const made = [
      await cora.post("/safety", {
        subjectId,
        term: "Fainting",
        onsetOn: today,
        awareOn: today,
        awareTime: "00:00",
        severity: "mild",
        criteria: ["hospitalisation"],
        related: "possible",
        expected: "no",
        outcome: "recovering",
        narrative: "Fell.",
      }),
      await cora.post("/deviations", {
        subjectId,
        title: "Dose taken late",
        category: "product",
        severity: "important",
        happenedOn: today,
        discoveredOn: today,
      }),
      await cora.post("/tasks", { title: "Call back", personId: mona.id, dueOn: today, screeningId: one?.id ?? "" }),
      await adam.post("/letters", { title: "To the site", body: "{study} begins." }),
      await adam.post("/amendments", { title: "Wider age", protocolVersion: "2.0" }),
      await adam.post("/approvals", { approver: "department", deciderId: amy.id }),
      await adam.post("/documents", {
        kind: "protocol",
        file: { filename: "protocol.pdf", bytes: new TextEncoder().encode("%PDF-1.4 protocol") },
      }),
    ];
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 303));
  });

  test("on no page, in no file and by no search, of all that the catalogue has", async () => {
    const kernel = stage.world.house.kernel;
    const seen = new Set<string>();
    const never = new Set<string>();
    let pages = 0;
    for (const member of [cora, mona, dan, adam, stan]) {
      const walked = await walk(
        stage.world,
        await stage.world.as(member.person),
        stage.study,
        (one) => {
          const said = readable(one);
          const arms = [...ARMS, ...CODES].filter((word) => said.includes(word));
          if (!ofSchemes.test(one.pattern))
            expect([member.person.name, one.path, arms]).toEqual([member.person.name, one.path, []]);
          else if (!one.path.endsWith(".pdf")) expect(ARMS.filter((arm) => arms.includes(arm)).length).not.toBe(1);
        },
        { examples: 1, words: "Zz" },
      );
      pages += walked.pages;
      for (const pattern of walked.seen) seen.add(pattern);
      for (const pattern of walked.refused) never.add(pattern);
    }
    const roles = [
      "study_coordinator",
      "study_monitor",
      "data_manager",
      "study_administrator",
      "research_office",
      "statistician",
      "approver",
    ];
    const theirs = new Set(
      kernel.rolePermissions.filter(({ role }) => roles.includes(role)).map(({ permission }) => permission),
    );
    const missed = kernel.catalogue
      .filter(({ module, place, route }) => module?.id === "studies" && place === "workspace" && route.method === "GET")
      .filter(({ route }) => theirs.has(String(route.needs)))
      .map(({ pattern }) => pattern.replace("/w/:workspace/studies", ""))
      .filter((path) => !seen.has(`/w/:workspace/studies${path}`) && !never.has(`/w/:workspace/studies${path}`));
    console.log(`walked as five blinded people: ${seen.size} pages of the catalogue in ${pages} examples`);
    expect(missed.filter((path) => !emptyHere.test(path))).toEqual([]);
  }, 240_000);

  test("in no record, no letter, no job and no log", async () => {
    const dumps = await stage.world.sql<{ text: string }>(
      `select to_jsonb(e)::text as text from core.audit_events e union all select to_jsonb(x)::text from core.exports x
       union all select to_jsonb(a)::text from studies.allocations a union all select to_jsonb(k)::text from studies.kits k
       union all select to_jsonb(r)::text from studies.allocation_arms r union all select to_jsonb(m)::text from core.mails m
       union all select to_jsonb(j)::text from pgboss.job j union all select to_jsonb(c)::text from core.cards c
       union all select to_jsonb(p)::text from studies.participants p where arm <> 'walk' and arm <> 'rest'`,
    );
    const words = [...ARMS, ...CODES];
    for (const { text } of dumps) expect(words.filter((word) => text.includes(word))).toEqual([]);
    expect(words.some((word) => stage.world.logged.join().includes(word))).toBe(false);
  });
});

test("the database itself gives a blinded role no row that says an arm", async () => {
  for (const member of [cora, mona, dan, adam]) {
    await stage.world.house.transactions.run(
      {
        tenantId: stage.world.here.id,
        workspaceId: stage.study.id,
        kind: "person",
        actorId: member.id,
        sessionRef: "",
      },
      { readOnly: true },
      async (lease) => {
        for (const table of ["slots", "allocation_arms", "scheme_secrets"])
          expect([member.person.name, table, await lease.rows(`select 1 from studies.${table}`)]).toEqual([
            member.person.name,
            table,
            [],
          ]);
      },
      async () => {},
    );
  }
});

test("of two schemes activated at the same moment, and of one activated and discarded, one is refused", async () => {
  const { world } = stage;
  const other = postgres({ ...world.database.owner, max: 1 });
  try {
    for (const [first, second, schemes] of [
      ["activated", "activated", 2],
      ["activated", "discarded", 1],
      ["discarded", "activated", 1],
    ] as const) {
      const { id: place } = await world.workspace("study", ["studies"]);
      const at = [world.here.id, place];
      const ids: string[] = [];
      for (let version = 1; version <= schemes; version += 1) {
        const [row] = await world.sql<{ id: string }>(
          `insert into studies.schemes (tenant_id, workspace_id, version, scheme, blinded, uses_kits, kit_days, report)
           values ($1, $2, $3, '{}', false, false, 0, '{}') returning id`,
          [...at, version],
        );
        ids.push(row?.id ?? "");
      }
      const take = `insert into studies.scheme_steps (tenant_id, workspace_id, scheme_id, step, list_sha256)
        values ($1, $2, $3, $4::text, case when $4::text = 'activated' then sha256('x') end)`;
      await other.unsafe("begin");
      await other.unsafe(take, [...at, ids[0] ?? "", first]);
      // It looked before the first one was there.
      const later = postgres({ ...world.database.owner, max: 1 });
      const refusal = later.unsafe(take, [...at, ids.at(-1) ?? "", second]).then(
        () => "taken",
        (error: { code: string }) => error.code,
      );
      expect(await waits(world, refusal)).toBe(true);
      await other.unsafe("commit");
      expect([first, second, await refusal]).toEqual([first, second, "42501"]);
      await later.end();
    }
  } finally {
    await other.end();
  }
});
