/** Files and drawn signatures in forms: what is taken, how it lies, who gets it, and what becomes of it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Sealer } from "@core/vault/envelope.ts";
import { keyRows } from "@core/vault/key-rows.ts";
import {
  endingOf,
  fileGiven,
  LARGEST,
  readReference,
  signatureGiven,
} from "../../../modules/studies/capture/attachment.ts";
import { type Build, entryOf, type Item, itemOf } from "../../../modules/studies/model/build.ts";
import { blinded, survey } from "../../../modules/studies/model/marks.ts";
import { wordsOf } from "../../../modules/studies/model/words.ts";
import { collect } from "../../support/collecting.ts";
import { unzip } from "../../support/files.ts";
import type { Client } from "../../support/world.ts";
import { smallStudy } from "./small-study.ts";
import { type StudyStage, studyStage } from "./stage.ts";

const en = (text: string) => wordsOf(text, "en");
const isA = (is: "file" | "signature") => ({ is }) as const;
const items: readonly Item[] = [
  itemOf("scan", en("Scan of the report"), isA("file"), { nullFlavours: ["not-done"] }),
  itemOf("sketch", en("Signature of the parent"), isA("signature")),
  itemOf("letter", en("Letter of the doctor"), isA("file"), { fieldClass: "encrypted" }),
  blinded.set(itemOf("label", en("Photo of the kit"), isA("file")), true),
  itemOf("photo", en("Photo of the wound"), isA("file")),
];
const formOf = (id: string, entries: readonly string[]) => ({
  id,
  name: id,
  label: en(id),
  repeating: false,
  extras: {},
  sections: [
    {
      id: `${id}_main`,
      name: id,
      label: en(id),
      repeats: "no" as const,
      sections: [],
      extras: {},
      entries: entries.map((item) => entryOf(item)),
    },
  ],
});
const build: Build = {
  ...smallStudy,
  items: [...smallStudy.items, ...items],
  forms: [
    ...smallStudy.forms,
    formOf("papers", ["scan", "sketch", "letter", "label"]),
    survey.set(formOf("wound", ["photo"]), true),
  ],
  events: smallStudy.events.map((event, n) =>
    n === 0
      ? { ...event, forms: [...event.forms, { form: "papers", required: false }, { form: "wound", required: false }] }
      : event,
  ),
};

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
/** One white point. */
const dot = new Uint8Array(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9CNHoHgAAAABJRU5ErkJggg==",
    "base64",
  ),
);
const pdf = bytes("%PDF-1.4 an invented report of Anna Bell");

describe("what is taken", () => {
  const cases: readonly (readonly [string, Uint8Array, string | null])[] = [
    ["a PDF called photo.png", pdf, "pdf"],
    ["a picture", dot, "png"],
    ["a photo", bytes("\xff\xd8\xff\xe0"), "jpg"],
    ["a photo of a telephone", bytes("\0\0\0\x18ftypheic"), "heic"],
    ["an image of a scanner", bytes(`${"\0".repeat(128)}DICM`), "dcm"],
    ["a table", bytes("a;b\n1;2\n"), "txt"],
    ["a page", bytes("<html><script>alert(1)</script>"), null],
    ["a drawing with a script", bytes(" <svg onload='alert(1)'/>"), null],
    ["a program", bytes("MZ\x90\0\x03"), null],
    ["a shell script", bytes("#!/bin/sh\nrm -rf /\n"), null],
    ["an archive", bytes("PK\x03\x04\0\0"), null],
    ["bytes", bytes("\xc3\x28\x00"), null],
  ];
  test.each(cases)("%s, by its content", (_, content, ending) => expect(endingOf(content)).toBe(ending as never));

  test("not more than fits, and not nothing; a name without its folders", () => {
    expect(fileGiven(undefined)).toBe("nothing");
    expect(fileGiven({ filename: "a.pdf", bytes: new Uint8Array() })).toBe("nothing");
    expect(fileGiven({ filename: "a.pdf", bytes: new Uint8Array(LARGEST + 1) })).toBe("too large");
    expect(fileGiven({ filename: "../../etc/re\u0000port.exe", bytes: pdf })).toMatchObject({ name: "report.pdf" });
    expect(fileGiven({ filename: ".pdf", bytes: pdf })).toMatchObject({ name: "file.pdf" });
  });

  test("a name that was drawn or typed", () => {
    expect(signatureGiven("", " Anna Bell ")).toMatchObject({ ending: "txt", bytes: bytes("Anna Bell") });
    expect(signatureGiven("", " ")).toBe("nothing");
    expect(signatureGiven("data:image/svg+xml;base64,PHN2Zy8+", "Anna")).toBe("not drawn");
  });
});

describe("in a form", () => {
  let stage: StudyStage;
  let base: string;
  const as: Record<string, Client> = {};
  let subject = "";
  let other = "";
  const form = (of = subject, id = "papers") => `${base}/participants/${of}/forms/baseline/-/${id}/-`;
  const field = (item: string, of = subject) => `${form(of)}/fields/${encodeURIComponent(`papers_main~~${item}`)}`;
  const values = (item: string) =>
    stage.world.sql<{ id: string; raw: string | null; sealed: Uint8Array | null; version: number }>(
      "select id, raw, sealed, version from studies.field_values where item = $1 order by made_at",
      [item],
    );
  const fileAt = async (item: string, of = subject) => {
    const [row] = await stage.world.sql<{ id: string }>(
      `select a.id from studies.attachments a join studies.field_values v on v.id = a.value_id
       where v.item = $1 and v.subject_id = $2 order by a.made_at desc limit 1`,
      [item, of],
    );
    return `${base}/participants/${of}/files/${row?.id}`;
  };
  const shred = async (of: string) => {
    const scope = { tenant: stage.world.here.id, workspace: stage.study.id };
    const keeper = { tenantId: scope.tenant, workspaceId: scope.workspace, kind: "system" as const, actorId: null };
    await stage.world.house.transactions.run(
      { ...keeper, sessionRef: "", permissions: ["core.keys.destroy", "core.subjects.read"] },
      { readOnly: false },
      async (lease) => await new Sealer(stage.world.house.vault, keyRows(lease), scope).destroySubjectKey(of),
      async () => {},
    );
  };
  const who = (name: string): Client => as[name] as Client;

  beforeAll(async () => {
    stage = await studyStage();
    base = stage.base;
    await stage.publish(build);
    for (const [name, role, site] of [
      ["cora", "study_coordinator", stage.north],
      ["nia", "study_coordinator", stage.north],
      ["sid", "study_coordinator", stage.south],
      ["dan", "data_manager", ""],
      ["uma", "unblinded_staff", stage.north],
      ["stella", "study_administrator", ""],
    ] as const)
      as[name] = (await stage.person(name, role, site || undefined)).client;
    const today = new Date().toISOString().slice(0, 10);
    const enrol = async () => {
      const made = await who("cora").post(`${base}/participants/new`, { siteId: stage.north, enrolledOn: today });
      return made.location.split("/").at(-1) ?? "";
    };
    subject = await enrol();
    other = await enrol();
  });
  afterAll(async () => await stage.world.stop());

  test("the form leads to the field's page, and what is refused there says why", async () => {
    const page = await who("cora").get(form());
    expect(page.text).toContain("Add a file");
    expect(page.text).toContain("Sign here");
    const led = await who("cora").post(form(), { go: "papers_main~~scan" });
    expect([led.status, led.location]).toEqual([303, field("scan")]);
    const refusals: readonly (readonly [Record<string, string | { filename: string; bytes: Uint8Array }>, string])[] = [
      [{}, "Choose a file"],
      [{ file: { filename: "photo.png", bytes: bytes("<svg/>") } }, "whatever it is called"],
    ];
    for (const [given, sentence] of refusals) {
      const refused = await who("cora").post(field("scan"), { base: "0", act: "keep", ...given });
      expect([refused.status, refused.text.includes(sentence)]).toEqual([422, true]);
    }
    const unsigned = await who("cora").post(field("sketch"), { base: "0", act: "keep" });
    expect([unsigned.status, unsigned.text.includes("Draw or type a name")]).toEqual([422, true]);
    expect((await who("cora").get(field("weight"))).status).toBe(404);
    expect(await stage.world.sql("select 1 from studies.attachments")).toEqual([]);
  });

  test("it lies sealed, the answer says its digest, and the page shows its name and a small picture", async () => {
    const given = { base: "0", act: "keep", file: { filename: "Anna Bell.png", bytes: dot } };
    expect((await who("cora").post(field("scan"), given)).status).toBe(303);
    const [value] = await values("scan");
    const sha256 = new Bun.CryptoHasher("sha256").update(dot).digest("hex");
    expect(readReference(value?.raw ?? "")).toMatchObject({ ending: "png", sha256 });
    const [row] = await stage.world.sql<Record<string, unknown>>("select * from studies.attachments");
    const stored = Object.values(row ?? {})
      .map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString("latin1") : String(one)))
      .join(" ");
    expect([stored.includes("Anna"), stored.includes("IHDR"), stored.includes("PNG")]).toEqual([false, false, false]);
    const page = (await who("cora").get(form())).text;
    expect(page).toContain("Anna Bell.png");
    expect(page).toContain(`data:image/png;base64,${Buffer.from(dot).toString("base64")}`);
    expect((await who("cora").post(field("sketch"), { base: "0", act: "keep", typed: "Anna Bell" })).status).toBe(303);
    const letter = { base: "0", act: "keep", file: { filename: "letter.pdf", bytes: pdf } };
    expect((await who("cora").post(field("letter"), letter)).status).toBe(303);
    expect((await values("letter"))[0]?.raw).toBeNull();
    const label = { base: "0", act: "keep", file: { filename: "kit A-17.png", bytes: dot } };
    expect((await who("cora").post(field("label"), label)).status).toBe(404);
    expect((await who("uma").post(field("label"), label)).status).toBe(303);
  });

  test("it is fetched by who may read the answer, as a row of the ledger, and by nobody else", async () => {
    const scan = await fileAt("scan");
    const got = await who("dan").get(scan);
    expect([got.status, got.headers.get("content-type"), Buffer.from(got.bytes).equals(Buffer.from(dot))]).toEqual([
      200,
      "application/octet-stream",
      true,
    ]);
    expect(got.headers.get("content-disposition")).toStartWith("attachment");
    expect(await stage.world.sql("select 1 from core.exports where name = 'studies.attachment'")).toHaveLength(1);
    const letter = await fileAt("letter");
    const label = await fileAt("label");
    const tries: readonly (readonly [string, string, number])[] = [
      ["sid", scan, 404],
      ["stella", scan, 403],
      ["cora", scan.replace(subject, other), 404],
      ["cora", letter, 200],
      ["uma", label, 200],
      ["cora", label, 404],
      ["dan", label, 404],
    ];
    for (const [name, path, status] of tries)
      expect([name, path, (await who(name).get(path)).status]).toEqual([name, path, status]);
    expect((await stage.world.stranger().get(scan)).status).not.toBe(200);
    const closed = await who("dan").get(letter);
    expect([closed.status === 200, closed.text.includes("PDF")]).toEqual([false, false]);
    const page = (await who("dan").get(form())).text;
    expect([page.includes("letter.pdf"), page.includes("kit A-17")]).toEqual([false, false]);

    // A form that is closed to a person closes its files too.
    const { person, client } = await stage.person("Mona", "study_monitor", stage.north);
    expect((await client.get(scan)).status).toBe(200);
    await who("stella").post(`${base}/closed-forms`, {
      person: person.id,
      form: "papers",
      action: "read",
      reason: "Rates the outcome",
    });
    expect((await client.get(scan)).status).toBe(404);
  });

  test("nobody names a file that is not of the place", async () => {
    const reference = (await values("scan"))[0]?.raw ?? "";
    const typed = { act: "save", "b.papers_main~~scan": "0", "v.papers_main~~scan": reference };
    await who("cora").post(form(other), typed);
    expect(await values("scan")).toHaveLength(1);
    const [{ code } = { code: "" }] = await stage.world.sql<{ code: string }>(
      "select code from core.subjects where id = $1",
      [other],
    );
    const table = `subject,event,scan\n${code},baseline,${reference}\n`;
    const sent = await who("dan").post(`${base}/imports`, {
      file: { filename: "files.csv", bytes: new TextEncoder().encode(table) },
    });
    const page = (await who("dan").get(sent.location)).text;
    expect(page).toContain("Files and signatures do not come by import");
    expect(page).toContain("Import 0 values");
    // In the database itself: a file comes with the answer that was saved with it.
    await expect(
      stage.world.sql(
        `insert into studies.attachments (tenant_id, workspace_id, subject_id, sheet_id, value_id, ending, bytes, sha256, source, name, content)
         select tenant_id, workspace_id, subject_id, sheet_id, id, 'png', 1, sha256('x'), 'entry', 'x', 'x' from studies.field_values where item = 'scan'`,
      ),
    ).rejects.toThrow("a file comes with its answer");
    await expect(stage.world.sql("delete from studies.attachments")).rejects.toThrow("never changed or removed");
  });

  test("another one is a new version with a reason; the one before is still there; a stale page is told", async () => {
    expect((await who("cora").post(form(), { act: "complete" })).status).toBe(303);
    const first = await fileAt("scan");
    const given = { base: "1", act: "keep", file: { filename: "report.pdf", bytes: pdf } };
    const without = await who("cora").post(field("scan"), given);
    expect([without.status, without.text.includes("Say why it is changed")]).toEqual([422, true]);
    const page = await who("cora").post(field("scan"), { ...given, reasonText: "The wrong page was scanned" });
    expect(page.status).toBe(303);
    const shown = (await who("cora").get(form())).text;
    expect(shown).toContain("report.pdf");
    expect(shown).toContain("The wrong page was scanned");
    expect(shown).toContain(first);
    expect((await who("cora").get(first)).status).toBe(200);
    const stale = { ...given, reasonText: "The other one again" };
    expect((await who("nia").post(field("scan"), stale)).status).toBe(409);
    const taken = { base: "2", act: "remove", reasonText: "It is somebody else's" };
    expect((await who("cora").post(field("scan"), taken)).status).toBe(303);
    expect((await values("scan"))[0]).toMatchObject({ raw: null, version: 3 });
    const again = { base: "3", act: "keep", reasonText: "The right one", file: { filename: "right.pdf", bytes: pdf } };
    expect((await who("cora").post(field("scan"), again)).status).toBe(303);
  });

  test("it leaves with the data: named in tables and ODM, itself in an archive", async () => {
    const reference = readReference((await values("scan"))[0]?.raw ?? "");
    for (const format of ["csv", "odm132", "odm2", "archive"])
      expect((await collect(stage.world, who("dan"), `${base}/export/file?format=${format}`)).text).toContain(
        `${reference?.id}.pdf sha256:${reference?.sha256}`,
      );
    const archive = await collect(stage.world, who("dan"), `${base}/export/file?format=files`);
    expect(archive.status).toBe(200);
    const parts = unzip(archive.bytes);
    const list = new TextDecoder().decode(parts.get("files.csv"));
    expect(list).toContain("right.pdf");
    expect(list).toContain(",encrypted,");
    expect(list).not.toContain("kit A-17");
    const path = [...parts.keys()].find((name) => name.endsWith(`${reference?.id}.pdf`)) ?? "";
    expect(Buffer.from(parts.get(path) ?? []).equals(Buffer.from(pdf))).toBe(true);
    expect([...parts.keys()].filter((name) => name.startsWith("files/"))).toHaveLength(2);
  });

  test("a participant sends one by the own link, and gets nothing of it back", async () => {
    const phone = () => stage.world.stranger();
    const handed = await who("cora").post(`${base}/participants/${other}/surveys`, {
      event: "baseline",
      eventKey: "",
      form: "wound",
      formKey: "",
      how: "here",
    });
    const link = /href="(\/p\/[^"]+)"/.exec(handed.text)?.[1] ?? "";
    const begin = /action="([^"]+\/begin)"/.exec((await phone().get(link)).text)?.[1] ?? "";
    const own = (await phone().post(begin)).location;
    expect((await phone().get(own)).text).toContain("Add a file");
    const at = `${own}/fields/${encodeURIComponent("wound_main~~photo")}`;
    expect((await phone().post(own, { go: "wound_main~~photo" })).location).toBe(at);
    expect((await phone().get(at)).text).toContain("up to 10 MB");
    const wrong = await phone().post(at, { base: "0", act: "keep", file: { filename: "a.html", bytes: bytes("<b>") } });
    expect(wrong.status).toBe(422);
    expect(
      (await phone().post(at, { base: "0", act: "keep", file: { filename: "wound.png", bytes: dot } })).status,
    ).toBe(303);
    const page = (await phone().get(own)).text;
    expect([page.includes("PNG file"), page.includes("data:image"), page.includes("/files/")]).toEqual([
      true,
      false,
      false,
    ]);
    // The link that was handed out reaches no answer, and so no file.
    expect(
      (await phone().post(at.replace(own, begin.replace("/begin", "")), { base: "1", act: "remove" })).status,
    ).toBe(422);
    expect((await who("cora").get(await fileAt("photo", other))).status).toBe(200);
    expect((await phone().post(own, { act: "complete" })).status).toBe(200);
    expect((await phone().post(at, { base: "1", act: "remove" })).status).not.toBe(303);
  });

  test("a lock keeps it, and destroying the participant's key takes it away for good", async () => {
    const scan = await fileAt("scan");
    const lock = { kind: "locked", scope: stage.north, reason: "The data are clean", anyway: "on" };
    expect((await who("dan").post(`${base}/locks`, lock)).status).toBe(303);
    const refused = await who("cora").post(field("scan"), { base: "4", act: "remove", reasonText: "Not any more" });
    expect(refused.status).toBe(422);
    await shred(subject);
    const gone = await who("cora").get(scan);
    expect([gone.status === 200, gone.text.includes("%PDF")]).toEqual([false, false]);
  });
});
