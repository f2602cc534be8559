/** A document from its first word to its retirement, through its pages: refusals first. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { tones } from "../../../modules/econsent/demo-media.ts";
import type { FormValues } from "../../support/world.ts";
import { approve, choices, done, fill, publish, type Study, signing, study, wordsOf, write } from "./study.ts";

const large = (head: string) => {
  const bytes = new Uint8Array(9 * 1024 * 1024);
  bytes.set(new TextEncoder().encode(head));
  return bytes;
};
let house: Study;
let version: string;
const at = (path = "") => house.url(`/versions/${version}${path}`);
beforeAll(async () => {
  house = await study();
}, 120_000);
afterAll(async () => await house?.world.stop());

describe("a draft", () => {
  test("is begun by those who write for the whole study, and by nobody of one site", async () => {
    const form = { title: "Information", isMain: "on", language: "en" };
    expect((await house.as.coordinator.post(house.url("/documents"), form)).status).toBe(403);
    expect((await house.as.monitor.post(house.url("/documents"), form)).status).toBe(403);
    const { location } = await done(house.as.administrator.post(house.url("/documents"), form));
    version = location.split("/").at(-1) ?? "";
    const again = await house.as.administrator.post(house.url("/documents"), form);
    expect([again.status, again.text.includes("There is a document of this title")]).toEqual([422, true]);
  });

  test("says what it lacks, and is not put forward before", async () => {
    expect(wordsOf(await house.as.administrator.get(at()))).toContain("It has no section. It asks for no agreement");
    const forward = await house.as.administrator.post(at("/forward"));
    expect([forward.status, forward.text.includes("cannot be put forward yet")]).toEqual([422, true]);
  });

  test("keeps what somebody else saved in between", async () => {
    await fill(house, at());
    const stale = { title: "Late", summary: "Late", full: "Late", place: "1", ordinal: "1" };
    const late = await house.as.administrator.post(at("/sections/new"), stale);
    expect([late.status, late.text.includes("Late")]).toEqual([409, true]);
    const page = wordsOf(await house.as.administrator.get(at()));
    expect(page).toContain("1. Why this study?");
    expect(page).not.toContain("Late");
  });

  test("moves a section, and refuses a question without a right answer", async () => {
    const section = (place: string, ordinal: string) => ({
      title: "Why this study?",
      summary: "We want to know which of two doses helps better.",
      full: "Many people take this medicine.",
      place,
      ordinal,
    });
    await done(house.as.administrator.post(at("/sections/s1"), section("3", "7")));
    expect(wordsOf(await house.as.administrator.get(at()))).toMatch(/1\. What will happen.*3\. Why this study/);
    await done(house.as.administrator.post(at("/sections/s1"), section("1", "8")));
    const lame = { ask: "Which?", options: "One\nTwo", right: "3", explain: "One", ordinal: "9" };
    const refused = await house.as.administrator.post(at("/questions/new"), lame);
    expect([refused.status, refused.text.includes("There are 2 answers")]).toEqual([422, true]);
  });
});

describe("what stands beside a text", () => {
  const wav = { filename: "a.wav", bytes: tones(1) };
  const vtt = (text: string) => ({ filename: "a.vtt", bytes: new TextEncoder().encode(text) });
  test.each<[string, FormValues, string]>([
    ["nothing", {}, "Choose the file"],
    ["a page of markup", { file: { filename: "a.mp4", bytes: new TextEncoder().encode("<html>") } }, "Choose a PDF"],
    ["a PDF of nine megabytes", { file: { filename: "a.pdf", bytes: large("%PDF-1.7") } }, "8.0 MB at most"],
    ["captions that are none", { file: wav, captions: vtt("00:01 hello") }, "WebVTT file"],
    ["a section of another document", { file: wav, section: "s99" }, "Choose a section"],
  ])("is not %s, and what was typed stays", async (_, form, sentence) => {
    const refused = await house.as.administrator.post(at("/media/new"), { title: "Kept title", ordinal: "9", ...form });
    expect([refused.status, refused.text.includes(sentence), refused.text.includes("Kept title")]).toEqual([
      422,
      true,
      true,
    ]);
  });

  test("is written by the administrator alone, lacks its words, and is changed and taken out again", async () => {
    const form = { title: "A sound", ordinal: "9", file: wav, section: "s1" };
    for (const client of [house.as.coordinator, house.as.monitor])
      expect((await client.post(at("/media/new"), form)).status).toBe(403);
    await done(house.as.administrator.post(at("/media/new"), form));
    expect((await house.as.administrator.post(at("/media/new"), { ...form, title: "Late" })).status).toBe(409);
    expect(await house.rows("select id from econsent.media")).toHaveLength(1);
    expect(wordsOf(await house.as.administrator.get(at()))).toContain("has no transcript");
    expect((await house.as.administrator.post(at("/forward"))).status).toBe(422);
    const changed = { title: "A better sound", transcript: "Two tones.", ordinal: "10" };
    await done(house.as.administrator.post(at("/media/m1"), changed));
    const heard = await house.as.monitor.get(at("/media/m1/file"), { range: "bytes=0-43" });
    expect([heard.status, heard.headers.get("content-range"), heard.headers.get("content-type")]).toEqual([
      206,
      `bytes 0-43/${wav.bytes.byteLength}`,
      "audio/wav",
    ]);
    expect((await house.as.otto.get(at("/media/m1/file"))).status).toBe(404);
    await done(house.as.administrator.post(at("/media/m1"), { title: "A better sound", ordinal: "11", act: "remove" }));
    expect((await house.as.monitor.get(at("/media/m1/file"))).status).toBe(404);
  });

  test("lies sealed, in pieces that nobody changes or adds to", async () => {
    const [row] = await house.rows<{ text: string }>(
      "select encode(piece, 'escape') as text from econsent.media_pieces limit 1",
    );
    expect(row?.text).not.toContain("WAVE");
    await expect(house.world.lay("delete from econsent.media_pieces")).rejects.toThrow("never changed");
    await expect(
      house.world.lay(`insert into econsent.media_pieces (tenant_id, workspace_id, medium_id, ordinal, piece, made_by)
        select tenant_id, workspace_id, medium_id, 1, piece, made_by from econsent.media_pieces limit 1`),
    ).rejects.toThrow("a piece comes with its file");
  });
});

describe("publishing", () => {
  test("takes two people, a password and the very text that was read", async () => {
    const digest = async () =>
      /name="digest" value="([0-9a-f]{64})"/.exec((await house.as.administrator.get(at())).text)?.[1] ?? "none";
    expect(await digest()).toBe("none");
    await done(house.as.administrator.post(at("/forward")));
    const own = await house.as.administrator.post(at("/publish"), {
      digest: "0".repeat(64),
      ...signing(house.people.administrator),
    });
    expect([own.status, own.text.includes("someone else publishes it")]).toEqual([422, true]);
    await expect(
      house.world.lay(`insert into econsent.publications (tenant_id, workspace_id, version_id, text_id, sha256, made_by)
        select t.tenant_id, t.workspace_id, t.version_id, t.id, t.sha256, t.made_by from econsent.texts t order by ordinal desc limit 1`),
    ).rejects.toThrow("does not publish it");
  });

  test("makes the version unchangeable, for the owner of the tables too", async () => {
    const other = await house.world.person("Paul Publisher", "study_administrator", house.workspace);
    await house.world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) select tenant_id, $1, 'password', secret from core.credentials limit 1",
      [other.id],
    );
    const paul = await house.world.as(other);
    const digest = /name="digest" value="([0-9a-f]{64})"/.exec((await paul.get(at())).text)?.[1] ?? "";
    const wrong = await paul.post(at("/publish"), { digest: "0".repeat(64), ...signing(other) });
    expect(wrong.status).toBe(409);
    expect((await paul.post(at("/publish"), { digest, ...signing(other), signature: "wrong" })).status).toBe(422);
    await done(paul.post(at("/publish"), { digest, ...signing(other) }));
    expect((await house.world.trail())[0]?.sentence).toMatch(
      /^Paul Publisher published version 1 \(en\) of Information, digest [0-9a-f]{16}$/,
    );
    const late = await house.as.administrator.post(at("/glossary"), { glossary: "a: b", ordinal: "12" });
    expect([late.status, late.text.includes("never changed")]).toEqual([422, true]);
    await expect(house.world.lay("update econsent.texts set content = '{}'")).rejects.toThrow("never changed");
    await expect(house.world.lay("delete from econsent.publications")).rejects.toThrow("never changed");
  });

  test("takes effect by an ethics approval, never before it", async () => {
    const soon = { approvedOn: "2026-02-01", effectiveFrom: "2026-01-01", reference: "EC 1", siteId: "" };
    expect((await house.as.administrator.post(at("/approvals"), soon)).status).toBe(422);
    expect(wordsOf(await house.as.monitor.get(house.url("/documents")))).toContain("published nowhere yet");
    await approve(house, version, "2026-01-01", house.sites.N);
    expect(wordsOf(await house.as.monitor.get(house.url("/documents")))).toContain("in force N");
    expect((await house.as.coordinator.post(at("/approvals"), { ...soon, effectiveFrom: "2026-02-01" })).status).toBe(
      403,
    );
  });
});

test("a new version shows word by word what changed", async () => {
  const [document] = await house.rows<{ id: string }>("select id from econsent.documents");
  const form = { from: version, number: "2", language: "en", asksAgain: "on", changes: "" };
  const silent = await house.as.administrator.post(house.url(`/documents/${document?.id}/new`), form);
  expect([silent.status, silent.text.includes("what changed")]).toEqual([422, true]);
  const { location } = await done(
    house.as.administrator.post(house.url(`/documents/${document?.id}/new`), { ...form, changes: "Four visits." }),
  );
  await done(
    house.as.administrator.post(`${location}/sections/s2`, {
      title: "What will happen to me?",
      summary: "Four visits in six months, each with a blood sample.",
      full: "Each visit takes an hour. At each visit blood is taken.",
      place: "2",
      ordinal: "1",
    }),
  );
  const page = await house.as.monitor.get(`${location}/difference`);
  expect(page.text).toContain("<del>Three </del><ins>Four </ins>");
  expect(page.text.match(/class="panel"/g)).toHaveLength(1);
});

test("the other institution sees none of it", async () => {
  expect((await house.as.otto.get(at())).status).toBe(404);
  expect((await house.as.otto.get(house.url("/documents"))).status).toBe(404);
});

test("a whole document can be made by the helpers that the other tests use", async () => {
  const id = await write(house, "Second");
  await publish(house, id);
  const page = wordsOf(await house.as.investigator.get(house.url(`/versions/${id}`)));
  expect(page).toContain("in force");
  expect(page).toContain(choices.samples);
});
