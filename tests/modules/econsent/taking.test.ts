/** Consent as it is taken: from the link to the last signature, and everything that must not work on the way. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Problem } from "@core/problem.ts";
import postgres from "postgres";
import { applicant } from "../../support/escapes.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { waitFor, waits } from "../../support/waiting.ts";
import type { Answer } from "../../support/world.ts";
import {
  type Asked,
  ask,
  begin,
  countersign,
  enter,
  readThrough,
  sign,
  signAs,
  type Way,
  wayFor,
  wayOn,
} from "./signing.ts";
import { captions, done, publish, recording, type Study, study, wordsOf, write } from "./study.ts";

let house: Study;
let document: string;
beforeAll(async () => {
  house = await study();
  document = await write(house);
  await publish(house, document);
}, 120_000);
afterAll(async () => await house?.world.stop());
const stranger = () => house.world.stranger();
const sentences = async () => (await house.world.trail()).map(({ sentence }) => sentence).join("\n");

/** The newest setting counts. */
const settings = (value: object) =>
  house.world.sql(
    "insert into core.settings (tenant_id, workspace_id, module, value) values ($1, $2, 'econsent', $3)",
    [house.workspace.tenant.id, house.workspace.id, value as never],
  );
const hiddenIn = ({ text }: Answer) =>
  [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);

describe("an adult signs, and an investigator after him", () => {
  let asked: Asked;
  let way: Way;
  let inside: string;
  let version: string;

  test("by a link that leads to a gate and no further", async () => {
    asked = await ask(house);
    expect(asked.signers).toHaveLength(2);
    way = await wayFor(house, asked.signers[0] ?? "");
    expect(way.code).toMatch(/^\d{6}$/);
    const gate = await stranger().get(way.gate);
    expect([gate.status, gate.text.includes("Pia"), gate.text.includes("one-time-code")]).toEqual([200, false, true]);
    for (const path of ["/start", "/read/1", "/sign", "/mine", "/ask", "/done"])
      expect((await stranger().get(way.gate + path)).status).toBe(404);
    expect((await stranger().post(`${way.gate}/sign`, { version: "0".repeat(64) })).status).toBe(404);
    const [stored] = await house.rows<{ all: string }>("select string_agg(c::text, '') as all from econsent.codes c");
    expect(stored?.all).not.toContain(way.code);
  });

  test("and nobody signs before he has read, answered and chosen", async () => {
    inside = await enter(house, way);
    expect(inside).not.toBe(way.gate);
    expect((await stranger().get(`${inside}/next`)).location).toBe(`${inside}/start`);
    await done(stranger().post(`${inside}/start`));
    expect((await stranger().get(`${inside}/sign`)).location).toBe(`${inside}/read/1`);
    expect((await sign(house, inside, "0".repeat(64))).location).toBe(`${inside}/read/1`);
    expect((await stranger().get(`${inside}/read/3`)).location).toBe(`${inside}/read/1`);
    expect(await house.rows("select id from econsent.signatures")).toHaveLength(0);
  });

  test("what is beside the text is played in parts, and it is known what was opened", async () => {
    const first = await stranger().get(`${inside}/read/1`);
    expect([first.text.includes("One group takes 5 mg"), first.text.includes("<audio")]).toEqual([false, false]);
    expect((await stranger().post(`${inside}/open/s99`)).status).toBe(404);
    expect((await done(stranger().post(`${inside}/open/s3`))).location).toBe(`${inside}/read/1`);
    expect((await done(stranger().post(`${inside}/open/s1`))).location).toBe(`${inside}/read/1#opened-s1`);
    await done(stranger().post(`${inside}/open/s1`));
    await done(stranger().post(`${inside}/open/m1`));
    const open = await stranger().get(`${inside}/read/1`);
    for (const part of ["One group takes 5 mg", "<audio", "A low one", "Keep: All of it", "Listen, watch or keep"])
      expect([
        part,
        (part.startsWith("Keep") ? await stranger().get(`${inside}/beside`) : open).text.includes(part),
      ]).toEqual([part, true]);
    const size = recording.byteLength;
    for (const [range, status, shown, from, to] of [
      ["bytes=0-1", 206, `bytes 0-1/${size}`, 0, 2],
      ["bytes=262140-262150", 206, `bytes 262140-262150/${size}`, 262140, 262151],
      ["bytes=-10", 206, `bytes ${size - 10}-${size - 1}/${size}`, size - 10, size],
      [`bytes=${size}-`, 416, `bytes */${size}`, 0, 0],
      ["bytes=0-1,5-6", 200, null, 0, size],
    ] as const) {
      const part = await stranger().get(`${inside}/media/m1/file`, { range });
      expect([range, part.status, part.headers.get("content-range")]).toEqual([range, status, shown]);
      expect(Buffer.from(part.bytes).equals(Buffer.from(recording.slice(from, to)))).toBe(true);
    }
    const captioned = await stranger().get(`${inside}/media/m2/captions`);
    expect([captioned.headers.get("content-type"), captioned.text]).toEqual(["text/vtt; charset=utf-8", captions]);
    const { location } = await done(stranger().post(`${inside}/open/m3`));
    const paper = await stranger().get(location);
    expect([paper.headers.get("content-disposition")?.includes("attachment"), paper.text.slice(0, 8)]).toEqual([
      true,
      "%PDF-1.4",
    ]);
    for (const path of ["/media/m1/captions", "/media/m9/file"])
      expect((await stranger().get(inside + path)).status).toBe(404);
    expect((await stranger().get(`${way.gate}/media/m1/file`)).status).toBe(404);
    await done(stranger().post(`${inside}/read/1`));
    await done(stranger().post(`${inside}/read/2`));
    expect(await house.rows("select kind, part, opened_full from econsent.steps order by made_at")).toEqual([
      { kind: "opened", part: "s1", opened_full: true },
      { kind: "opened", part: "m1", opened_full: null },
      { kind: "opened", part: "m3", opened_full: null },
      { kind: "read", part: "s1", opened_full: true },
      { kind: "read", part: "s2", opened_full: false },
    ] as never);
  });

  test("a wrong answer is explained, and asked again", async () => {
    for (const at of [3]) await done(stranger().post(`${inside}/read/${at}`));
    expect((await stranger().post(`${inside}/quiz/1`)).status).toBe(422);
    const { location } = await done(stranger().post(`${inside}/quiz/1`, { answer: "0" }));
    expect(location).toBe(`${inside}/quiz/1?wrong=1`);
    expect((await stranger().get(location)).text).toContain("You may stop at any time, without a reason.");
  });

  test("a question can be asked, holds the signature, and is answered", async () => {
    version = await readThrough(house, inside, { sharing: "no" });
    const empty = await stranger().post(`${inside}/ask`, { question: "", holds: "on" });
    expect([empty.status, empty.text.includes("Write your question")]).toEqual([422, true]);
    await done(stranger().post(`${inside}/ask`, { question: "May I drive a car?", holds: "on", part: "s2" }));
    const held = await sign(house, inside, version);
    expect([held.status, held.text.includes("wanted the answer first")]).toEqual([422, true]);
    await expect(
      house.world.sql("select 1 from econsent.questions where text::text like '%drive%'"),
    ).resolves.toHaveLength(0);
    const [question] = await house.rows<{ id: string }>("select id from econsent.questions");
    expect((await house.as.monitor.get(house.url(`/questions/${question?.id}`))).status).toBe(403);
    expect((await house.as.southern.get(house.url(`/questions/${question?.id}`))).status).toBe(404);
    expect(wordsOf(await house.as.coordinator.get(house.url(`/questions/${question?.id}`)))).toContain(
      "May I drive a car?",
    );
    await done(
      house.as.coordinator.post(house.url(`/questions/${question?.id}`), { reply: "Yes, but not on the first day." }),
    );
    expect((await house.as.coordinator.post(house.url(`/questions/${question?.id}`), { reply: "" })).status).toBe(422);
    expect((await stranger().get(`${inside}/ask`)).text).toContain("not on the first day");
  });

  test.each([
    ["without a name", { name: "" }, "Type your first and last name"],
    ["without every agreement", { agreed: ["a1"] }, "Tick each sentence"],
    ["with a drawing that is none", { drawing: "data:image/png;base64,AAAA" }, "could not be read"],
  ])("not %s, and what was typed stays", async (_, over, sentence) => {
    const refused = await sign(house, inside, version, over);
    expect([refused.status, refused.text.includes(sentence)]).toEqual([422, true]);
    if (!("name" in over)) expect(refused.text).toContain('value="Pia Participant"');
  });

  test("loses nothing when the house is too busy: the page carries it back, in the reader's language", async () => {
    const { transactions } = house.world.house;
    const { run } = transactions;
    transactions.run = () => Promise.reject(new Problem("busy"));
    try {
      const drawing = `data:image/png;base64,${"A".repeat(40_000)}`;
      const sent = { version, agreed: ["a1", "a2"], name: 'Pia "Ñ" <b>', drawing };
      const page = await stranger().post(`${inside}/sign`, sent, { "accept-language": "es" });
      expect([page.status, page.headers.get("retry-after"), page.headers.get("cache-control")]).toEqual([
        503,
        "5",
        "no-store",
      ]);
      expect(page.text).toContain('lang="es"');
      expect(page.text).toContain(`action="${inside}/sign" data-again`);
      expect(hiddenIn(page)).toEqual([
        ["version", version],
        ["agreed", "a1"],
        ["agreed", "a2"],
        ["name", "Pia &quot;Ñ&quot; &lt;b>"],
        ["drawing", drawing],
      ]);
      // From elsewhere nothing is taken, and so nothing given back.
      const forged = await stranger().post(`${inside}/sign`, sent, { "sec-fetch-site": "cross-site" });
      expect([forged.status, hiddenIn(forged)]).toEqual([500, []]);
      // A code is good once, and a PIN nobody else's business: neither stands in a page.
      const gate = await stranger().post(`${way.gate}/code`, { code: "123456" });
      expect([gate.status, hiddenIn(gate), gate.text.includes("you are asked for it again")]).toEqual([503, [], true]);
    } finally {
      transactions.run = run;
    }
    expect(await house.rows("select id from econsent.signatures")).toHaveLength(0);
  });

  test("signs once, however often it is sent", async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => sign(house, inside, version)));
    expect(answers.map(({ location }) => location)).toEqual(Array.from({ length: 6 }, () => `${inside}/done`));
    expect(await house.rows("select id from econsent.signatures")).toHaveLength(1);
    expect((await sign(house, inside, version, { name: "Somebody Else" })).location).toBe(`${inside}/done`);
    expect(await house.rows("select id from econsent.signatures")).toHaveLength(1);
    expect((await stranger().get(`${inside}/sign`)).location).toBe(`${inside}/done`);
    expect(await sentences()).toMatch(
      /P-\d+ \(participant\) signed version 1 \(en\) of Information for participants, typed/,
    );
  });

  test("but nothing stands before the investigator has signed", async () => {
    expect(await house.rows("select id from econsent.standings")).toHaveLength(0);
    expect((await stranger().get(`${inside}/done`)).text).toContain("Others have to sign too");
    expect((await house.as.coordinator.get(house.url(`/consents/${asked.consentId}/countersign`))).status).toBe(403);
    const page = await house.as.investigator.get(house.url(`/consents/${asked.consentId}/countersign`));
    expect(wordsOf(page)).toContain("nobody checked your delegation");
    expect((await countersign(house, asked.consentId, house.as.coordinator, house.people.coordinator)).status).toBe(
      403,
    );
    await done(countersign(house, asked.consentId));
    expect((await countersign(house, asked.consentId)).status).toBe(422);
    const rows = await house.rows<{ scope: string; state: string }>(
      "select scope, state from econsent.standings order by scope",
    );
    expect(rows.map(({ scope, state }) => `${scope} ${state}`)).toEqual([
      "follow-up given",
      "intervention given",
      "new-data given",
      "participation given",
      "recontact given",
      "samples given",
      "sharing refused",
    ]);
    expect(await sentences()).toMatch(/Consent of P-\d+ took effect: .*; refused: sharing data with others/);
  });

  test("what was signed is not changed by anybody", async () => {
    for (const table of ["signatures", "steps", "readings", "consents", "completions", "standings", "entries", "tries"])
      await expect(house.world.lay(`delete from econsent.${table}`)).rejects.toThrow("never changed");
    await expect(house.world.lay("update econsent.signatures set signed_on = '2020-01-01'")).rejects.toThrow(
      "never changed",
    );
  });

  test("the copy and the evidence tell it; the monitor reads no name", async () => {
    const copy = await stranger().get(`${inside}/copy/${asked.consentId}`);
    expect([copy.status, copy.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    const full = wordsOf(await house.as.investigator.get(house.url(`/consents/${asked.consentId}`)));
    for (const part of [
      "Pia Participant",
      "Ines Investigator",
      "Seconds on it",
      "asked the team a question",
      "not rightly",
      "An unknown device",
      "opened the full text of “Why this study?”",
      "opened “Why, in sound”",
      "read “Why this study?”, with its full text",
      "read “What will happen to me?”, its summary alone",
    ])
      expect(full).toContain(part);
    const redacted = await house.as.monitor.get(house.url(`/consents/${asked.consentId}`));
    expect([redacted.status, redacted.text.includes("Pia"), redacted.text.includes("not shown to you")]).toEqual([
      200,
      false,
      true,
    ]);
    // On every page of the sealed file: each name, when, and what it means (21 CFR 11.50(b)).
    const printed = await house.as.investigator.get(house.url(`/consents/${asked.consentId}/evidence.pdf`));
    const pages = readPdf(printed.bytes).pages.map(({ text }) => text.replace(/\s+/g, " "));
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages)
      for (const part of [
        "Signed electronically by Pia Participant, Participant",
        "Signed electronically by Ines Investigator, Investigator",
        "agree to take part",
        "UTC",
        "Text (SHA-256)",
      ])
        expect([part, page.includes(part)]).toEqual([part, true]);
    const [exported] = await house.rows<{ sha: string }>(
      "select encode(sha256, 'hex') as sha from core.exports where name = 'econsent.evidence'",
    );
    expect(exported?.sha).toBe(new Bun.CryptoHasher("sha256").update(printed.bytes).digest("hex"));
    expect(printed.text).toContain("/ETSI.CAdES.detached");
    expect((await house.as.monitor.get(house.url(`/consents/${asked.consentId}/evidence.pdf`))).status).toBe(403);
    expect((await house.as.monitor.get(house.url(`/consents/${asked.consentId}/redacted.pdf`))).status).toBe(200);
    for (const client of [house.as.southern, house.as.otto])
      expect((await client.get(house.url(`/consents/${asked.consentId}`))).status).toBe(404);
  });
});

describe("who tries to get in", () => {
  test("guesses five times and no more, alone or many at once", async () => {
    const asked = await ask(house);
    const way = await wayFor(house, asked.signers[0] ?? "");
    const wrong = way.code === "000000" ? "111111" : "000000";
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => stranger().post(`${way.gate}/code`, { code: wrong })),
    );
    for (let more = 0; more < 6; more++) await stranger().post(`${way.gate}/code`, { code: wrong });
    expect(answers.every(({ status }) => [303, 409, 422].includes(status))).toBe(true);
    const [{ count } = { count: 0 }] = await house.rows<{ count: number }>(
      "select count(*)::int as count from econsent.tries t join econsent.codes c on c.id = t.code_id where c.subject_id = $1",
      [asked.subjectId],
    );
    expect(count).toBe(5);
    const late = await stranger().post(`${way.gate}/code`, { code: way.code });
    expect([late.status, late.text.includes("Ask for a new one")]).toEqual([422, true]);
    expect(wordsOf(await house.as.coordinator.get(house.url(`/participants/${asked.subjectId}`)))).toContain(
      "A wrong code was given 5 times",
    );
  });

  test("knocks too often from one address, whoever's gate it is; others are let in", async () => {
    const asked = await ask(house);
    const way = await wayFor(house, asked.signers[0] ?? "");
    const [row] = await house.rows<{ tenant_id: string }>("select tenant_id from econsent.signers limit 1");
    const bucket = "/p/:token/econsent/code:198.51.100.7";
    for (let turn = 0; turn < 240; turn++)
      await house.world.house.door.takeTurn(row?.tenant_id ?? "", bucket, { everySeconds: 60, burst: 240 });
    const knock = (peer: string, path = way.gate, language = "nl") =>
      house.world.web.fetch(
        new Request(`http://northfield.localhost:3000${path}/code`, {
          method: "POST",
          body: new URLSearchParams({ code: way.code }),
          headers: { "sec-fetch-site": "same-origin", "accept-language": language },
        }),
        peer,
      );
    const late = await knock("198.51.100.7");
    expect([late.status, (await late.text()).includes("Wait a minute, then open the link again.")]).toEqual([
      429,
      true,
    ]);
    expect((await knock("198.51.100.8")).status).toBe(303);
    const dead = await stranger().get(`/p/${"x".repeat(43)}/econsent`, { "accept-language": "es-AR" });
    expect([dead.status, dead.text.includes('lang="es"'), dead.text.includes("Este enlace ya no lleva")]).toEqual([
      410,
      true,
      true,
    ]);
  });

  test("uses a code twice, or the link of somebody else", async () => {
    const [one, other] = [await ask(house), await ask(house)];
    const way = await wayFor(house, one.signers[0] ?? "");
    const foreign = await wayFor(house, other.signers[0] ?? "");
    if (way.code !== foreign.code)
      expect((await stranger().post(`${foreign.gate}/code`, { code: way.code })).location).toContain("left=4");
    await enter(house, way);
    const again = await stranger().post(`${way.gate}/code`, { code: way.code });
    expect([again.status, again.text.includes("Ask for a new one")]).toEqual([422, true]);
  });

  test("signs for another by his own link", async () => {
    const minor = await ask(house, { circumstance: "minor", birthDate: "2012-05-01" });
    const [parent = "", child = ""] = minor.signers;
    expect((await house.as.coordinator.post(house.url(`/signers/${child}/invite`), { method: "video" })).status).toBe(
      422,
    );
    const inside = await enter(house, await wayFor(house, parent));
    const version = await readThrough(house, inside);
    const [link] = await house.rows<{ id: string }>(
      "select link_id as id from econsent.entries order by made_at desc limit 1",
    );
    await expect(
      house.world.sql(
        `insert into econsent.signatures (tenant_id, workspace_id, consent_id, signer_id, subject_id, version_id, role, way, meaning, name, answers, document_sha256, content_sha256, signed_on)
         select tenant_id, workspace_id, consent_id, id, subject_id, (select version_id from econsent.publications limit 1), role, 'paper', 'x', 'x', '{}', (select sha256 from econsent.publications limit 1), (select sha256 from econsent.publications limit 1), current_date
         from econsent.signers where id = $1`,
        [child],
      ),
    ).rejects.toThrow("those who sign first");
    expect(link?.id).toBeDefined();
    const lacking = await sign(house, inside, version);
    expect([lacking.status, lacking.text.includes("what you are to the participant")]).toEqual([422, true]);
    expect((await sign(house, inside, version, { relation: "mother" })).location).toBe(`${inside}/done`);
    expect(await house.rows("select id from econsent.signatures where signer_id = $1", [child])).toHaveLength(0);
  });

  test("speaks to the database himself, with his own link's context", async () => {
    const minor = await ask(house, { circumstance: "minor", birthDate: "2012-05-01" });
    const [parent = "", child = ""] = minor.signers;
    const inside = await enter(house, await wayFor(house, parent));
    await done(stranger().post(`${inside}/start`));
    const stranded = await ask(house);
    const foreign = await wayFor(house, stranded.signers[0] ?? "");
    expect(foreign.code).toHaveLength(6);
    const [own] = await house.rows<{ link: string; gate: string; reading: string; tenant: string; workspace: string }>(
      `select e.link_id as link, i.link_id as gate, r.id as reading, e.tenant_id as tenant, e.workspace_id as workspace
       from econsent.entries e join econsent.invitations i on i.id = e.invitation_id
       join econsent.readings r on r.signer_id = e.signer_id where e.signer_id = $1`,
      [parent],
    );
    const [other] = await house.rows<{ code: string; invitation: string }>(
      "select c.id as code, c.invitation_id as invitation from econsent.codes c where c.subject_id = $1",
      [stranded.subjectId],
    );
    if (!own || !other) throw new Error("nothing to attack");
    const standing = (link: string) => ({
      tenantId: own.tenant,
      workspaceId: own.workspace,
      kind: "subject" as const,
      actorId: minor.subjectId,
      sessionRef: link,
      permissions: ["econsent.own", "econsent.identities.read", "econsent.codes.check", "core.subjects.read"],
    });
    const tries = applicant(house.world);
    try {
      const run = (link: string, text: string) => tries.run(standing(link), (sql) => sql.unsafe(text));
      const [mine, his] = [`'${minor.subjectId}'`, `'${stranded.subjectId}'`];
      const table: [string, string, string][] = [
        [
          "a reading for the child",
          own.link,
          `insert into econsent.readings (consent_id, signer_id, subject_id, version_id, ordinal) select '${minor.consentId}', '${child}', ${mine}, version_id, 1 from econsent.publications limit 1`,
        ],
        [
          "a step for the child",
          own.link,
          `insert into econsent.steps (reading_id, signer_id, subject_id, kind, part) values ('${own.reading}', '${child}', ${mine}, 'read', 's1')`,
        ],
        [
          "a talk that nobody had",
          own.link,
          `insert into econsent.steps (reading_id, signer_id, subject_id, kind, part) values ('${own.reading}', '${parent}', ${mine}, 'talked', 'q1')`,
        ],
        [
          "a question of the child",
          own.link,
          `insert into econsent.questions (consent_id, signer_id, subject_id, part, text, holds) values ('${minor.consentId}', '${child}', ${mine}, 's1', 'x', true)`,
        ],
        [
          "an answer of the team",
          own.link,
          `insert into econsent.replies (question_id, subject_id, text) select id, subject_id, 'x' from econsent.questions limit 1`,
        ],
        [
          "a no of the child",
          own.link,
          `insert into econsent.declines (consent_id, signer_id, subject_id) values ('${minor.consentId}', '${child}', ${mine})`,
        ],
        [
          "a no of the team",
          own.link,
          `insert into econsent.declines (consent_id, subject_id) values ('${minor.consentId}', ${mine})`,
        ],
        [
          "a paper",
          own.link,
          `insert into econsent.papers (consent_id, subject_id, scan, type, sha256, bytes) values ('${minor.consentId}', ${mine}, 'x', 'image/png', sha256('x'), 1)`,
        ],
        [
          "a code of one's own making",
          own.gate,
          `insert into econsent.codes (invitation_id, subject_id, ordinal, code, until_at) select id, subject_id, 9, 'x', now() + interval '1 hour' from econsent.invitations where link_id = '${own.gate}'`,
        ],
        [
          "a code for another's gate",
          own.gate,
          `insert into econsent.codes (invitation_id, subject_id, ordinal, until_at) values ('${other.invitation}', ${his}, 9, now() + interval '1 hour')`,
        ],
        [
          "a try at another's code",
          own.gate,
          `insert into econsent.tries (code_id, subject_id, ordinal, fits) values ('${other.code}', ${his}, 1, true)`,
        ],
        [
          "an entry without a code",
          own.gate,
          `insert into econsent.entries (invitation_id, signer_id, subject_id, try_id, link_id, method) select id, '${parent}', ${mine}, gen_random_uuid(), '${own.link}', 'video' from econsent.invitations where link_id = '${own.gate}'`,
        ],
        [
          "an invitation",
          own.link,
          `insert into econsent.invitations (subject_id, signer_id, link_id, method, until_at) values (${mine}, '${child}', '${own.link}', 'in_person', now())`,
        ],
        [
          "taking back from before the gate",
          own.gate,
          `insert into econsent.withdrawals (subject_id, scopes, told) values (${mine}, '{participation}', 'portal')`,
        ],
        [
          "taking back for the team",
          own.link,
          `insert into econsent.withdrawals (subject_id, scopes, told) values (${mine}, '{participation}', 'letter')`,
        ],
        [
          "what stands, from before the gate",
          own.gate,
          `insert into econsent.standings (subject_id, scope, state) values (${mine}, 'samples', 'withdrawn')`,
        ],
        [
          "what stands, without a consent",
          own.link,
          `insert into econsent.standings (subject_id, scope, state, completion_id) values (${mine}, 'samples', 'given', gen_random_uuid())`,
        ],
        [
          "taking back for somebody else",
          own.link,
          `insert into econsent.withdrawals (subject_id, scopes, told) values (${his}, '{participation}', 'portal')`,
        ],
        ["a document", own.link, "insert into econsent.documents (title) values ('Mine')"],
        ["what was signed, changed", own.link, "update econsent.signatures set meaning = 'x'"],
      ];
      for (const [what, link, text] of table) {
        const told = await run(link, text).then(
          (rows) => `${what}: ${rows.count} rows`,
          ({ code }) => String(code),
        );
        // Refused by a policy or a trigger, or there was no row it could have touched.
        expect([what, told === "42501" || told === `${what}: 0 rows`]).toEqual([what, true]);
      }
      for (const name of ["consents", "signers", "codes", "readings", "questions", "signatures", "withdrawals"])
        expect([name, await run(own.link, `select id from econsent.${name} where subject_id = ${his}`)]).toEqual([
          name,
          [] as never,
        ]);
      // A context that was tampered with is no context: nothing is seen, and no link is named.
      const blank = await tries.run(standing(own.link), async (sql) => {
        await sql.unsafe(
          "select set_config('cairn.context', replace(current_setting('cairn.context'), $1, $2), true)",
          [own.link, own.gate],
        );
        return sql.unsafe("select core.link() as link, count(*)::int as seen from econsent.consents").catch(() => []);
      });
      expect(blank.every(({ link, seen }) => link === null && seen === 0)).toBe(true);
    } finally {
      await tries.end();
    }
  });

  test("goes on with an old link after a new one was made, on two devices, or after a pause", async () => {
    const asked = await ask(house);
    const [signer = ""] = asked.signers;
    const first = await wayFor(house, signer);
    const telephone = await enter(house, first);
    const second = await wayFor(house, signer);
    expect((await stranger().get(first.gate)).status).toBe(410);
    const tablet = await enter(house, second);
    expect((await stranger().get(`${telephone}/start`)).status).toBe(410);
    const version = await readThrough(house, tablet);
    expect((await sign(house, telephone, version)).status).toBe(410);
    await stranger().post(`${tablet}/pause`);
    expect((await stranger().get(`${tablet}/next`)).status).toBe(410);
    const third = await enter(house, await wayFor(house, signer));
    // What was read before the pause is kept.
    expect((await stranger().get(`${third}/next`)).location).toBe(`${third}/sign`);
  });

  test("holds a weaker proof of identity than the study asks for", async () => {
    const asked = await ask(house);
    const way = await wayFor(house, asked.signers[0] ?? "", "told_code");
    const inside = await enter(house, way);
    const version = await readThrough(house, inside);
    await settings({ leastIdentity: "video" });
    const weak = await house.as.coordinator.post(house.url(`/signers/${asked.signers[0]}/invite`), {
      method: "told_code",
    });
    expect([weak.status, weak.text.includes("This study asks for more")]).toEqual([422, true]);
    expect((await sign(house, inside, version)).location).toBe(`${inside}/wait`);
    await settings({});
  });
});

describe("a tablet that changes hands", () => {
  test("is signed out, and opens with the PIN alone", async () => {
    const asked = await ask(house);
    const cora = await house.world.as(house.people.coordinator);
    const at = house.url(`/signers/${asked.signers[0]}/hand-over`);
    expect((await cora.post(at, { pin: "111111", seen: "on" })).status).toBe(422);
    expect((await cora.post(at, { pin: "482913" })).status).toBe(422);
    const handed = await cora.post(at, { pin: "482913", seen: "on" });
    expect(handed.status).toBe(303);
    expect(handed.headers.getSetCookie().join()).toContain("sid=;");
    expect(handed.headers.get("clear-site-data")).toContain("storage");
    expect((await cora.get(house.url("/"))).status).toBe(401);
    const inside = await enter(house, { gate: handed.location, code: "482913" });
    const version = await readThrough(house, inside);
    await done(sign(house, inside, version));
    expect((await stranger().get(`${inside}/done`)).text).not.toContain("/copy/");
    expect((await stranger().post(`${inside}/finish`)).text).toContain("give the tablet back");
    expect((await stranger().get(`${inside}/done`)).status).toBe(410);
    const [row] = await house.rows<{ method: string }>("select method from econsent.signatures where signer_id = $1", [
      asked.signers[0],
    ]);
    expect(row?.method).toBe("in_person");
  });
});

describe("other signers", () => {
  test("a parent, then the child, who is not asked to choose", async () => {
    const asked = await ask(house, { circumstance: "minor", birthDate: "2012-05-01" });
    const [parent = "", child = ""] = asked.signers;
    await signAs(house, parent, { relation: "father" }, { samples: "no" });
    const inside = await signAs(house, child, { name: "Kim Child" });
    expect((await stranger().get(`${inside}/done`)).status).toBe(200);
    await done(countersign(house, asked.consentId));
    const rows = await house.rows<{ state: string }>(
      "select state from econsent.standings where subject_id = $1 and scope = 'samples'",
      [asked.subjectId],
    );
    expect(rows).toEqual([{ state: "refused" }]);
  });

  test("two parents at the same moment: the consent is whole whoever is last", async () => {
    await settings({ parents: 2, countersigned: false, asksAssent: false });
    const asked = await ask(house, { circumstance: "minor", birthDate: "2012-05-01" });
    expect(asked.signers).toHaveLength(2);
    const both = await Promise.all(
      asked.signers.map(async (signer) => {
        const inside = await enter(house, await wayFor(house, signer));
        return { inside, version: await readThrough(house, inside) };
      }),
    );
    // Neither sees the other's signature yet when he begins: the second waits, and then takes effect for both.
    const answers = await Promise.all(
      both.map(({ inside, version }) => sign(house, inside, version, { relation: "mother" })),
    );
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(
      await house.rows("select id from econsent.completions where consent_id = $1", [asked.consentId]),
    ).toHaveLength(1);
    await settings({});
  });

  test("a yes and a no of one consent at the same moment: the first of them holds, and the other is told", async () => {
    await settings({ countersigned: false });
    const other = postgres({ ...house.world.database.owner, max: 1 });
    try {
      const asked = await ask(house);
      const inside = await enter(house, await wayFor(house, asked.signers[0] ?? ""));
      const version = await readThrough(house, inside);
      // The signature is there and not what follows from it: everything after it waits for this table.
      await other.unsafe("begin; lock table econsent.completions in exclusive mode").simple();
      const signing = sign(house, inside, version);
      await waitFor(house.world, 1);
      const closing = house.as.coordinator.post(house.url(`/consents/${asked.consentId}/close`));
      const isWaiting = await waits(house.world, closing, 2);
      await other.unsafe("commit");
      expect([isWaiting, (await signing).status, (await closing).status]).toEqual([true, 303, 409]);
      const [row] = await house.rows<{ effects: number; declines: number }>(
        `select (select count(*)::int from econsent.completions where consent_id = $1) as effects,
           (select count(*)::int from econsent.declines where consent_id = $1) as declines`,
        [asked.consentId],
      );
      expect(row).toEqual({ effects: 1, declines: 0 });
    } finally {
      await other.end();
      await settings({});
    }
  });

  test("a witness for who cannot read, who sees no copy and no page of the participant", async () => {
    const asked = await ask(house, { cannotRead: "on" });
    const [participant = "", witness = ""] = asked.signers;
    await signAs(house, participant);
    const inside = await signAs(house, witness, { name: "Wanda Witness" });
    expect((await stranger().get(`${inside}/mine`)).status).toBe(404);
    expect((await stranger().get(`${inside}/copy/${asked.consentId}`)).status).toBe(404);
    await done(countersign(house, asked.consentId));
  });

  test("on paper, with the scan sealed", async () => {
    const asked = await ask(house);
    const scan = { filename: "scan.pdf", bytes: new TextEncoder().encode("%PDF-1.4 a scan of Pia") };
    const at = house.url(`/consents/${asked.consentId}/paper`);
    const form = {
      versionId: document,
      signedOn: "2026-02-03",
      [`names.${asked.signers[0]}`]: "Pia Paper",
      yes: "samples",
    };
    const none = await house.as.coordinator.post(at, {
      ...form,
      scan: { filename: "x.txt", bytes: new Uint8Array([1, 2]) },
    });
    expect([none.status, none.text.includes("Choose a PDF")]).toEqual([422, true]);
    expect((await house.as.coordinator.post(at, { ...form, [`names.${asked.signers[0]}`]: "", scan })).status).toBe(
      422,
    );
    await done(house.as.coordinator.post(at, { ...form, scan }));
    const evidence = await house.as.coordinator.get(house.url(`/consents/${asked.consentId}`));
    const paperHref = /href="([^"]+\/papers\/[0-9a-f-]{36}\/scan)"/.exec(evidence.text)?.[1] ?? "";
    const back = await house.as.coordinator.get(paperHref);
    expect([back.status, back.text]).toEqual([200, "%PDF-1.4 a scan of Pia"]);
    for (const [client, status] of [
      [house.as.monitor, 403],
      [house.as.southern, 404],
      [house.as.otto, 404],
    ] as const)
      expect((await client.get(paperHref)).status).toBe(status);
    const [paper] = await house.rows<{ text: string }>("select encode(scan, 'escape') as text from econsent.papers");
    expect(paper?.text).not.toContain("Pia");
    await done(countersign(house, asked.consentId));
    const rows = await house.rows<{ scope: string; state: string }>(
      "select scope, state from econsent.standings where subject_id = $1 and scope in ('samples', 'sharing') order by scope",
      [asked.subjectId],
    );
    expect(rows.map(({ scope, state }) => `${scope} ${state}`)).toEqual(["samples given", "sharing refused"]);
    // On the participant's own page it is his to keep; by anybody else's link it is not there.
    const mine = await enter(
      house,
      wayOn(await house.as.coordinator.post(house.url(`/participants/${asked.subjectId}/page`))),
    );
    const paperPath =
      /href="[^"]+(\/paper\/[0-9a-f-]{36})"/.exec((await stranger().get(`${mine}/mine`)).text)?.[1] ?? "";
    const own = await stranger().get(mine + paperPath);
    expect([own.status, own.text, own.headers.get("content-type")]).toEqual([
      200,
      "%PDF-1.4 a scan of Pia",
      "application/pdf",
    ]);
    const other = await enter(house, await wayFor(house, (await ask(house)).signers[0] ?? ""));
    expect((await stranger().get(other + paperPath)).status).toBe(404);
  });

  test("somebody who says no is not asked again by that link", async () => {
    const asked = await ask(house);
    const inside = await enter(house, await wayFor(house, asked.signers[0] ?? ""));
    const answer = await stranger().post(`${inside}/decline`, { reason: "No time" });
    expect(answer.text).toContain("You decided not to sign");
    expect((await stranger().get(`${inside}/next`)).status).toBe(410);
    expect(
      (await house.as.coordinator.post(house.url(`/signers/${asked.signers[0]}/invite`), { method: "video" })).status,
    ).toBe(422);
    await begin(house, asked.subjectId);
  });
});

describe("too many wrong answers", () => {
  test("bring the team in, and exclude nobody", async () => {
    const asked = await ask(house);
    const inside = await enter(house, await wayFor(house, asked.signers[0] ?? ""));
    await done(stranger().post(`${inside}/start`));
    for (const at of [1, 2, 3]) await done(stranger().post(`${inside}/read/${at}`));
    for (let wrong = 0; wrong < 2; wrong++) await done(stranger().post(`${inside}/quiz/1`, { answer: "0" }));
    expect((await stranger().get(`${inside}/quiz/1`)).text).toContain("talk it over with you");
    await done(stranger().post(`${inside}/quiz/1`, { answer: "1" }));
    expect((await stranger().get(`${inside}/next`)).location).toBe(`${inside}/quiz/1`);
    expect(wordsOf(await house.as.coordinator.get(house.url(`/participants/${asked.subjectId}`)))).toContain(
      "Waits for a talk",
    );
    await done(house.as.coordinator.post(house.url(`/signers/${asked.signers[0]}/talked`)));
    expect((await stranger().get(`${inside}/next`)).location).toBe(`${inside}/choice/1`);
  });
});

// Last: it changes what is in force.
describe("a version that changes on the way", () => {
  test("is read again from the beginning; an old page signs nothing", async () => {
    const asked = await ask(house);
    const inside = await enter(house, await wayFor(house, asked.signers[0] ?? ""));
    const old = await readThrough(house, inside);
    const half = await ask(house, { cannotRead: "on" });
    await signAs(house, half.signers[0] ?? "");
    const [row] = await house.rows<{ document_id: string }>("select document_id from econsent.versions where id = $1", [
      document,
    ]);
    const { location } = await done(
      house.as.administrator.post(house.url(`/documents/${row?.document_id}/new`), {
        from: document,
        number: "2",
        language: "en",
        asksAgain: "on",
        changes: "A fourth visit was added.",
      }),
    );
    await publish(house, location.split("/").at(-1) ?? "");
    expect((await sign(house, inside, old)).location).toBe(`${inside}/start`);
    const page = await stranger().get(`${inside}/start`);
    expect(page.text).toContain("The information has changed");
    expect(page.text).toContain("A fourth visit was added.");
    expect(
      await house.rows("select id from econsent.signatures where signer_id = $1", [asked.signers[0]]),
    ).toHaveLength(0);
    await done(stranger().post(`${inside}/start`));
    expect((await stranger().get(`${inside}/next`)).location).toBe(`${inside}/read/1`);
    const current = await readThrough(house, inside);
    await done(sign(house, inside, current));
    expect(wordsOf(await house.as.coordinator.get(house.url(`/participants/${half.subjectId}`)))).toContain(
      "close this and begin again",
    );
    await done(house.as.coordinator.post(house.url(`/consents/${half.consentId}/close`)));
  });
});

test("a child reads and signs the words for its age, in the same version as its parent", async () => {
  const [newest] = await house.rows<{ id: string; document_id: string }>(
    "select id, document_id from econsent.versions order by number desc limit 1",
  );
  const { location } = await done(
    house.as.administrator.post(house.url(`/documents/${newest?.document_id}/new`), {
      from: newest?.id ?? "",
      number: "3",
      language: "en",
      changes: "",
    }),
  );
  const form = {
    ordinal: "1",
    from: "6",
    to: "17",
    sections: "# Why are you here?\nWe want to know what helps you.\n\n# May I say no?\nYes, whenever you want.",
    questions: "May you say no?\n- Never\n* Whenever I want\nYou may say no whenever you want.",
    agreements: "I want to take part",
  };
  const crooked = await house.as.administrator.post(`${location}/assents/new`, { ...form, sections: "no mark" });
  expect([crooked.status, crooked.text.includes("Begin each part with")]).toEqual([422, true]);
  expect((await house.as.coordinator.post(`${location}/assents/new`, form)).status).toBe(403);
  await done(house.as.administrator.post(`${location}/assents/new`, form));
  await publish(house, location.split("/").at(-1) ?? "");
  await expect(ask(house, { circumstance: "minor" })).rejects.toThrow("No birth date is on file");
  const { subjectId, consentId, signers } = await ask(house, { circumstance: "minor", birthDate: "2014-05-01" });
  const [parent = "", child = ""] = signers;
  await signAs(house, parent, { relation: "father" }, { sharing: "no" });
  const inside = await enter(house, await wayFor(house, child));
  await done(stranger().post(`${inside}/start`));
  const first = await stranger().get(`${inside}/read/1`);
  expect([first.text.includes("what helps you"), first.text.includes("two doses")]).toEqual([true, false]);
  const version = await readThrough(house, inside);
  const page = await stranger().get(`${inside}/sign`);
  expect([page.text.includes("I want to take part"), page.text.includes("could ask questions")]).toEqual([true, false]);
  expect((await sign(house, inside, version, { agreed: ["a1"] })).status).toBe(422);
  await done(sign(house, inside, version, { agreed: ["c1a1"], name: "Kim Child" }));
  await done(countersign(house, consentId));
  const stands = await house.rows<{ scope: string; state: string }>(
    "select scope, state from econsent.standings where subject_id = $1 and scope in ('samples', 'sharing') order by scope",
    [subjectId],
  );
  expect(stands.map(({ scope, state }) => `${scope} ${state}`)).toEqual(["samples given", "sharing refused"]);
  const evidence = wordsOf(await house.as.coordinator.get(house.url(`/consents/${consentId}`)));
  expect(evidence).toContain("read “Why are you here?”");
});

test("the list counts everybody by code, and the other site's people are not on it", async () => {
  const north = wordsOf(await house.as.coordinator.get(house.url("/")));
  expect(north).toContain("In effect");
  expect((await house.as.southern.get(house.url("/"))).text).toContain("Nobody here");
  const csv = await house.as.monitor.get(house.url("/status.csv"));
  expect(csv.text).toContain("code,site,state");
  expect(csv.text).not.toContain("Pia");
  expect(wayOn({ text: "" } as never).code).toBe("");
});
