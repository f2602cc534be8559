/** What leaves a program: to a third party by both consents, to another program by written ones, to a newer version by name. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readPdf } from "../../support/pdf-text.ts";
import type { Client, FormValues, TestWorkspace } from "../../support/world.ts";
import {
  done,
  file,
  levels,
  meant,
  type Residency,
  residency,
  signer,
  subcompetencyFile,
  wordsOf,
} from "./residency.ts";

let house: Residency;
const rosa = () => house.trainees[0] as Residency["trainees"][number];
beforeAll(async () => {
  house = await residency();
  await done(
    house.as.member.post(house.url(`/committee/${house.period}/${rosa().id}`), {
      ...levels(house, "3", { PC1: "2.5" }),
      ...meant,
    }),
  );
  await done(
    house.as.director.post(house.url(`/decisions/${house.period}/${rosa().id}`), {
      ...levels(house, "3", { PC1: "2.5" }),
      act: "release",
    }),
  );
}, 120_000);
afterAll(async () => {
  await house?.world.stop();
});

describe("a third party", () => {
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  let id = "";
  let sha256 = "";
  const at = (path: string) => house.url(`/third-parties/${id}${path}`);
  let [dana, own]: FormValues[] = [];
  const consent = (client: Client, hash = sha256, signing = client === house.as.director ? dana : own) =>
    client.post(at("/consent"), { sha256: hash, ...signing });
  const download = () => house.as.director.post(at("/release.pdf"));

  test("is asked for by trainee or director, and seen by nobody else", async () => {
    dana = await signer(house, house.people.director.email);
    own = await signer(house, "rosa@h.example");
    await done(
      rosa().client.post(house.url("/third-parties"), {
        recipient: "The medical board",
        purpose: "A licence",
        scope: ["results"],
        expiresOn: soon,
      }),
    );
    const [row] = await house.rows<{ id: string; sha256: string; content: Uint8Array }>(
      "select id, sha256, content from milestones.third_party_requests",
    );
    id = row?.id ?? "";
    sha256 = row?.sha256 ?? "";
    expect(Buffer.from(row?.content ?? []).includes("medical board")).toBe(false);
    expect(wordsOf(await house.as.director.get(house.url("/third-parties")))).toContain("The medical board");
    expect(wordsOf((await house.trainees[1]?.client.get(house.url("/third-parties"))) as never)).not.toContain(
      "medical board",
    );
    for (const client of [house.as.coordinator, house.as.member, house.as.mentor, house.as.faculty])
      expect((await client.get(house.url("/third-parties"))).status).toBe(403);
  });

  test("gets nothing with one consent, and none with a consent to something else", async () => {
    expect((await consent(house.as.director, "0".repeat(64))).status).toBe(422);
    // A tick is no consent: the credential is asked for again, and another's is refused.
    expect(wordsOf(await house.as.director.get(at("/consent")))).toContain("Your signature");
    expect((await consent(house.as.director, sha256, {})).status).toBe(422);
    expect((await consent(house.as.director, sha256, { ...dana, signature: "something else" })).status).toBe(422);
    expect(await house.rows("select from milestones.third_party_consents")).toHaveLength(0);
    await done(consent(house.as.director));
    expect((await consent(house.as.director)).status).toBe(422);
    expect((await consent(house.as.member)).status).toBe(403);
    await expect(
      house.rows(
        `insert into milestones.third_party_consents (tenant_id, workspace_id, request_id, subject_id, side, sha256, made_by, signature_id)
         select tenant_id, workspace_id, request_id, subject_id, 'trainee', sha256, $1, signature_id from milestones.third_party_consents`,
        [house.people.member.id],
      ),
    ).rejects.toThrow("signed by the one who gives it");
    expect((await download()).status).toBe(422);
    await expect(
      house.rows(
        `insert into milestones.third_party_downloads (tenant_id, workspace_id, request_id, subject_id) values ($1, $2, $3, $4)`,
        [house.world.here.id, house.workspace.id, id, rosa().id],
      ),
    ).rejects.toThrow("not both consented");
  });

  test("gets it once, when both have consented to the same", async () => {
    await done(consent(rosa().client));
    expect((await rosa().client.post(at("/release.pdf"))).status).toBe(403);
    const got = await download();
    expect(got.headers.get("content-type")).toContain("application/pdf");
    const print = readPdf(got.bytes)
      .pages.map(({ text }) => text)
      .join(" ")
      .replace(/\s+/g, " ");
    for (const name of ["Dana Director", "Rosa Resident"]) expect(print).toContain(`Signed electronically by ${name}`);
    expect(print).not.toContain("This signature is broken");
    const again = await download();
    expect(again.status).toBe(422);
    expect(wordsOf(again)).toContain("It leaves once");
    expect((await house.as.director.post(at("/end"))).status).toBe(422);
  });

  test("gets nothing once one of them took it back", async () => {
    await done(
      house.as.director.post(house.url("/third-parties"), {
        subjectId: rosa().id,
        recipient: "A hospital",
        purpose: "A post",
        scope: ["results", "evaluations"],
        expiresOn: soon,
      }),
    );
    const [row] = await house.rows<{ id: string; sha256: string }>(
      "select id, sha256 from milestones.third_party_requests order by made_at desc limit 1",
    );
    id = row?.id ?? "";
    sha256 = row?.sha256 ?? "";
    await done(consent(house.as.director));
    await done(consent(rosa().client));
    await done(rosa().client.post(at("/end")));
    expect((await download()).status).toBe(422);
  });
});

describe("a benchmark", () => {
  let other: TestWorkspace;
  let olga: Client;
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const url = (path: string) => `/w/${other.slug}/milestones${path}`;
  const agree = (client: Client, address: string, until: string) =>
    client.post(address, {
      title: "Agreement",
      signedBy: "The deans",
      validFrom: day(-10),
      validUntil: until,
      file: file("%PDF-1.7 signed", "agreement.pdf"),
    });

  test("shows no number while one of the two has no consent that stands", async () => {
    other = await house.world.workspace("program", ["milestones"]);
    olga = await house.world.as(await house.world.person("Olga Director", "program_director", other));
    await house.rows(
      `insert into milestones.benchmark_figures (tenant_id, workspace_id, specialty, period, code, trainees, middle)
       values ($1, $2, 'Invented Medicine', 'Mid-year 2025–26', 'PC1', 6, 7)`,
      [house.world.here.id, house.workspace.id],
    );
    const sees = async () => wordsOf(await olga.get(url("/benchmark"))).includes("Mid-year 2025–26");
    expect(await sees()).toBe(false);
    await done(agree(olga, url("/benchmark/consents"), day(100)));
    expect(await sees()).toBe(false);
    await done(agree(house.as.director, house.url("/benchmark/consents"), day(100)));
    expect(await sees()).toBe(true);
  });

  test("keeps the signed document sealed, hands it back as it came, and takes nothing that is none", async () => {
    const [row] = await house.rows<{ id: string; document: Uint8Array }>(
      "select id, document from milestones.benchmark_consents where workspace_id = $1",
      [house.workspace.id],
    );
    expect(Buffer.from(row?.document ?? []).includes("signed")).toBe(false);
    const address = house.url(`/benchmark/consents/${row?.id}/document`);
    expect((await house.as.director.get(address)).text).toBe("%PDF-1.7 signed");
    expect((await olga.get(address.replace(house.workspace.slug, other.slug))).status).toBe(404);
    expect((await house.as.coordinator.get(address)).status).toBe(403);
    const text = await house.as.director.post(house.url("/benchmark/consents"), {
      title: "Agreement",
      signedBy: "The deans",
      validFrom: day(-10),
      validUntil: day(10),
      file: file("signed"),
    });
    expect(wordsOf(text)).toContain("as a PDF");
  });

  test("withdrawing removes it at once, and an expired consent is none", async () => {
    const [row] = await house.rows<{ id: string }>(
      "select id from milestones.benchmark_consents where workspace_id = $1",
      [house.workspace.id],
    );
    await done(house.as.director.post(house.url(`/benchmark/consents/${row?.id}/withdraw`)));
    expect(wordsOf(await olga.get(url("/benchmark")))).not.toContain("Mid-year 2025–26");
    await done(agree(house.as.director, house.url("/benchmark/consents"), day(-1)));
    expect(wordsOf(await olga.get(url("/benchmark")))).not.toContain("Mid-year 2025–26");
    expect((await house.as.otto.get(house.url("/benchmark"))).status).toBe(404);
    for (const client of [house.as.coordinator, house.as.member, rosa().client])
      expect((await client.get(house.url("/benchmark"))).status).toBe(403);
  });
});

describe("a newer version of the framework", () => {
  test("ends the older, leaves everyone where he is, and carries over what corresponds when the director moves someone", async () => {
    await done(
      house.as.director.post(house.url("/frameworks/import"), {
        table: subcompetencyFile
          .replaceAll("Medicine,2.0", "Medicine,3.0")
          .replace("PC1,PC,History", "PC3,PC,History taking"),
        effectiveFrom: "2026-07-01",
      }),
    );
    const [newer] = await house.rows<{ id: string }>("select id from milestones.frameworks where version = '3.0'");
    expect(
      await house.rows("select effective_to::text as until from milestones.frameworks where version = '2.0'"),
    ).toEqual([{ until: "2026-07-01" }]);
    const address = house.url(`/frameworks/${newer?.id}`);
    const report = wordsOf(await house.as.director.get(`${address}/crosswalk`));
    expect(report).toContain("3 trainees still judged by the older");
    expect(report).toContain("No longer there");
    const wrong = await house.as.director.post(`${address}/crosswalk`, { file: file("old_code,new_code\nPC1,PC9") });
    expect(wordsOf(wrong)).toContain("Line 2");
    await done(house.as.director.post(`${address}/crosswalk`, { file: file("old_code,new_code\nPC1,PC3") }));
    expect(wordsOf(await house.as.director.get(`${address}/crosswalk`))).toContain("Another code");
    expect((await house.as.coordinator.post(`${address}/move`, { subjectIds: [rosa().id], reason: "x" })).status).toBe(
      403,
    );
    await done(house.as.director.post(`${address}/move`, { subjectIds: [rosa().id], reason: "New program year." }));
    const page = wordsOf(await rosa().client.get(house.url("/mine")));
    expect(page).toContain("6 earlier levels were given under an older version");
    expect(page).toContain("PC3 History taking");
  });
});

describe("a place in training", () => {
  const tess = () => house.trainees[2] as Residency["trainees"][number];
  const place = async () =>
    (
      await house.rows<{ pgy: number; until: string }>(
        "select pgy, expected_end::text as until from milestones.enrolments where subject_id = $1",
        [tess().id],
      )
    )[0];

  test("is changed by the director, and advances by a year for those who are ticked", async () => {
    const address = house.url(`/trainees/${tess().id}/place`);
    const was = await place();
    const change = (client: Client, more: Record<string, string>) =>
      client.post(address, { pgy: "3", startsOn: "2025-07-01", expectedEnd: was?.until ?? "", ...more });
    expect((await change(house.as.coordinator, { pgy: "4" })).status).toBe(403);
    expect(wordsOf(await change(house.as.director, { expectedEnd: "2020-01-01" }))).toContain("cannot end before");
    await done(change(house.as.director, { expectedEnd: "2099-12-31" }));
    await done(house.as.director.post(house.url("/roster/advance"), { subjectIds: [tess().id] }));
    expect(await place()).toEqual({ pgy: 4, until: "2099-12-31" });
    expect((await house.world.trail()).map((row) => row.sentence).join("\n")).toContain(
      `changed the place in training of ${tess().code}: year 3 to 4`,
    );
  });

  test("ends when the trainee leaves: nobody is asked, links are dead, and what is on record stays", async () => {
    await house.ask("faculty", 2, "Last ward");
    const page = await house.as.coordinator.post(house.url("/requests/outside"), {
      subjectId: tess().id,
      kind: "outside",
      rotation: "Last link",
      codes: ["PC1"],
      formVersionId: "",
    });
    const path = /\/p\/[A-Za-z0-9_-]+\/milestones/.exec(page.text)?.[0] ?? "";
    const leave = (form: FormValues) => house.as.director.post(house.url(`/trainees/${tess().id}/leave`), form);
    expect((await leave({})).status).toBe(422);
    await done(leave({ sure: "yes" }));
    expect((await leave({ sure: "yes" })).status).toBe(422);
    expect((await house.world.stranger().get(path)).status).toBe(410);
    expect(wordsOf(await house.as.director.get(house.url("/roster")))).not.toContain("Tess Resident");
    expect(wordsOf(await house.as.faculty.get(house.url("/evaluations")))).not.toContain("Tess Resident");
    expect((await house.as.director.get(house.url(`/trainees/${tess().id}`))).status).toBe(200);
  });
});
