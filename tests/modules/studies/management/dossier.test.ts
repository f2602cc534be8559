/** From an idea to recruitment, through HTTP: approvals in stages, documents, a site, the gates, amendments and adverse events. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { agendaRoutes } from "@core/agenda/routes.tsx";
import { registryRoutes } from "@core/registry/routes.tsx";
import { hashPassword } from "@core/vault/password.ts";
import { studies } from "../../../../modules/studies/module.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../../support/world.ts";
import { idIn, type Member, memberOf, PASSWORD, saysOf } from "./stage.ts";

let world: World;
let study: TestWorkspace;
let north: string;
let rita: Member;
let pia: Member;
let cora: Member;
let ada: Member;
let otto: Member;
let mona: Member;
let asRita: Client;
const today = new Date().toISOString().slice(0, 10);
const pdf = (text: string) => ({ filename: "paper.pdf", bytes: new TextEncoder().encode(`%PDF-1.4 ${text}`) });

beforeAll(async () => {
  world = await testWorld([studies], [agendaRoutes, registryRoutes]);
  study = await world.workspace("study", ["studies"]);
  north = await world.site(study, "01");
  await world.site(study, "02");
  const secret = await hashPassword(PASSWORD);
  const member = async (name: string, role: string, at: TestWorkspace | null, site?: string) => {
    const person = await world.person(name, role, at, { ...(site ? { site } : {}), tenant: world.here });
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, secret],
    );
    return memberOf(person, await world.as(person), `/w/${study.slug}/studies`);
  };
  rita = await member("Rita Research-Office", "research_office", null);
  pia = await member("Pia Principal", "investigator", study);
  cora = await member("Cora Coordinator", "study_coordinator", study, north);
  ada = await member("Ada Approver", "approver", study);
  otto = await member("Otto Approver", "approver", study);
  mona = await member("Mona Monitor", "study_monitor", study);
  asRita = await world.as(rita.person);
});
afterAll(async () => await world.stop());

describe("a study", () => {
  const dossier = () => ({
    acronym: "REST",
    sponsor: "Northfield",
    sponsorKind: "own",
    phase: "II",
    department: "Cardiology",
    investigatorId: pia.id,
    target: "40",
    budget: "1000",
    revision: "0",
  });
  test("is described, and stands in the institution's list at once", async () => {
    expect((await cora.post("/dossier", dossier())).status).toBe(403);
    expect((await rita.post("/dossier", { ...dossier(), sponsor: "" })).status).toBe(422);
    expect((await rita.post("/dossier", dossier())).status).toBe(303);
    expect((await rita.post("/dossier", dossier())).status).toBe(409);
    const list = await asRita.get("/registry/studies?status=Idea&find=rest");
    expect(saysOf(list)).toContain("Pia Principal");
    expect(saysOf(await asRita.get("/registry/studies?status=Recruiting"))).toContain("Nothing matches");
  });
  test("does not jump, and its gates stay shut until each point is met", async () => {
    expect((await rita.sign("/dossier/gate/recruiting", { attested: "registered" })).status).toBe(422);
    expect((await rita.sign("/dossier/gate/review")).status).toBe(303);
    expect((await rita.sign("/dossier/gate/set_up", { attested: "feasible" })).status).toBe(422);
    expect((await cora.sign("/dossier/gate/set_up", { attested: "feasible" })).status).toBe(403);
  });
  test("is approved stage by stage, by those who were asked and by nobody else", async () => {
    expect((await rita.post("/approvals", { approver: "law", deciderId: ada.id })).status).toBe(422);
    expect((await rita.post("/approvals", { approver: "department", deciderId: rita.id })).status).toBe(422);
    expect((await rita.post("/approvals", { approver: "department", deciderId: ada.id })).status).toBe(303);
    expect((await rita.post("/approvals", { approver: "finance", deciderId: otto.id })).status).toBe(303);
    expect((await rita.post("/approvals", { approver: "ethics", deciderId: ada.id })).status).toBe(303);
    const ids = await world.sql<{ id: string; approver: string }>(
      "select id, approver from studies.approval_requests order by stage",
    );
    const idOf = (wanted: string) => ids.find(({ approver }) => approver === wanted)?.id ?? "";
    expect((await otto.sign(`/approvals/${idOf("finance")}/decision`, { decision: "granted" })).status).toBe(422);
    expect((await otto.get(`/approvals/${idOf("department")}`)).status).toBe(404);
    expect(
      (await ada.sign(`/approvals/${idOf("department")}/decision`, { decision: "refused", reason: "" })).status,
    ).toBe(422);
    expect((await ada.sign(`/approvals/${idOf("department")}/decision`, { decision: "granted" })).status).toBe(303);
    expect(saysOf(await (await world.as(otto.person)).get("/today"))).toContain("Decide: finance");
    expect((await otto.sign(`/approvals/${idOf("finance")}/decision`, { decision: "granted" })).status).toBe(303);
    expect(saysOf(await (await world.as(otto.person)).get("/today"))).not.toContain("Decide: finance");
    expect((await ada.sign(`/approvals/${idOf("ethics")}/decision`, { decision: "granted" })).status).toBe(303);
    expect((await rita.sign("/dossier/gate/set_up", { attested: "" })).status).toBe(422);
    expect((await rita.sign("/dossier/gate/set_up", { attested: "feasible" })).status).toBe(303);
  });
  test("has its documents: sealed, signed, read and understood", async () => {
    const file = (kind: string, more: object = {}) => rita.post("/documents", { kind, file: pdf(kind), ...more });
    expect(
      (
        await rita.post("/documents", {
          kind: "protocol",
          file: { filename: "x.pdf", bytes: new TextEncoder().encode("MZ…") },
        })
      ).status,
    ).toBe(422);
    expect((await file("insurance")).status).toBe(422);
    expect((await cora.post("/documents", { kind: "protocol", file: pdf("x") })).status).toBe(422);
    const filed = [
      await file("protocol"),
      await file("consent-form"),
      await file("ethics-approval", { expiresOn: "2099-01-01" }),
      await file("insurance", { expiresOn: "2099-01-01" }),
    ];
    for (const answer of filed) {
      expect(answer.status).toBe(303);
      expect((await rita.sign(`/documents/${idIn(answer)}/sign`)).status).toBe(303);
    }
    const protocol = idIn(filed[0] as never);
    expect(saysOf(await (await world.as(cora.person)).get("/today"))).toContain(
      "Read and understand: protocol, signed",
    );
    expect((await cora.sign(`/documents/${protocol}/read`)).status).toBe(303);
    expect((await cora.sign(`/documents/${protocol}/read`)).status).toBe(422);
    const back = await cora.get(`/documents/${protocol}/file`);
    expect([back.headers.get("content-type"), back.text]).toEqual(["application/pdf", "%PDF-1.4 protocol"]);
    const [row] = await world.sql<{ content: Uint8Array }>("select content from studies.documents limit 1");
    expect(Buffer.from(row?.content ?? []).includes("%PDF")).toBe(false);
    const site = await cora.post("/documents", { kind: "cv", siteId: north, expiresOn: "2099-01-01", file: pdf("cv") });
    expect(site.status).toBe(303);
  });
  test("activates a site once every step is done, and opens recruitment under a signed snapshot", async () => {
    expect((await rita.sign(`/sites/${north}/activate`)).status).toBe(422);
    for (const step of ["contract", "ethics", "documents", "training", "product", "systems", "visit"])
      expect((await cora.post(`/sites/${north}/steps/${step}`)).status).toBe(303);
    expect((await cora.sign(`/sites/${north}/activate`)).status).toBe(403);
    expect((await rita.sign(`/sites/${north}/activate`)).status).toBe(303);
    expect((await rita.sign("/dossier/gate/recruiting", { attested: "registered" })).status).toBe(422);
    const line = idIn(
      await pia.post("/delegation", { personId: cora.id, siteId: north, tasks: ["obtain-consent"], fromOn: today }),
    );
    await cora.sign(`/delegation/${line}/accept`);
    expect((await pia.sign(`/delegation/${line}/approve`)).status).toBe(303);
    expect((await rita.sign("/dossier/gate/recruiting", { attested: "registered" })).status).toBe(303);
    const [gate] = await world.sql<{ sha256: Uint8Array; snapshot: object }>(
      "select sha256, snapshot from studies.gates order by ordinal desc limit 1",
    );
    expect(gate?.sha256.length).toBe(32);
    expect(JSON.stringify(gate?.snapshot)).toContain("missingDocuments");
    expect(saysOf(await asRita.get("/registry/studies?status=Recruiting"))).toContain("REST");
    expect(world.sql("update studies.gates set status = 'closed'")).rejects.toThrow("never changed");
  });
  test("is amended in order", async () => {
    expect(
      (await rita.post("/amendments", { title: "Wider age", substantial: "on", protocolVersion: "2.0" })).status,
    ).toBe(303);
    const [row] = await world.sql<{ id: string }>("select id from studies.amendments");
    expect((await rita.post(`/amendments/${row?.id}/implemented`)).status).toBe(422);
    for (const step of ["submitted", "approved", "implemented"])
      expect((await rita.post(`/amendments/${row?.id}/${step}`)).status).toBe(303);
  });
});

describe("what is to be done", () => {
  const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const clients = new Map<Member, Promise<Client>>();
  const dayOfTasks = async (of: Member) => {
    const client = clients.get(of) ?? world.as(of.person);
    clients.set(of, client);
    return saysOf(await (await client).get("/today"));
  };
  test("is given to somebody, stands in that person's day and calendar, and goes when it is done", async () => {
    const task = { title: "Order envelopes", personId: cora.id, dueOn: later(3) };
    expect((await otto.post("/tasks", task)).status).toBe(422);
    expect((await rita.post("/tasks", { ...task, dueOn: "2020-01-01" })).status).toBe(422);
    expect((await rita.post("/tasks", task)).status).toBe(303);
    // The office has no grant in the study, and finds what waits for it there all the same.
    expect((await rita.post("/tasks", { ...task, title: "Ask the insurer", personId: rita.id })).status).toBe(303);
    expect(await dayOfTasks(rita)).toContain("Ask the insurer");
    expect(await dayOfTasks(cora)).toContain("Order envelopes");
    expect(await dayOfTasks(otto)).not.toContain("Order envelopes");
    expect(saysOf(await otto.get("/tasks?whose=all"))).not.toContain("Order envelopes");
    const [row] = await world.sql<{ id: string }>("select id from studies.tasks where title = 'Order envelopes'");
    expect((await otto.post(`/tasks/${row?.id}/end`, { how: "done" })).status).toBe(404);
    expect((await cora.post(`/tasks/${row?.id}/end`, { how: "dropped" })).status).toBe(422);
    expect((await cora.post(`/tasks/${row?.id}/end`, { how: "done" })).status).toBe(303);
    expect(await dayOfTasks(cora)).not.toContain("Order envelopes");
    expect(saysOf(await cora.get("/tasks"))).toContain("done");
  });
  test("is made by a rule when something happens: once, for whoever did it or the one it names", async () => {
    const rule = { event: "consented", title: "Book the baseline visit", days: "3" };
    expect((await cora.post("/tasks/rules", rule)).status).toBe(403);
    expect((await rita.post("/tasks/rules", rule)).status).toBe(303);
    expect((await rita.post("/tasks/rules", { ...rule, title: "Tell the sponsor", personId: pia.id })).status).toBe(
      303,
    );
    const id = idIn(await cora.post("/screening", { name: "Tess Tasked", siteId: north, source: "clinic" }));
    for (let n = 0; n < 3; n++) expect((await cora.post(`/screening/${id}/next`, { onDay: today })).status).toBe(303);
    expect(await dayOfTasks(cora)).toContain("Book the baseline visit");
    expect(await dayOfTasks(pia)).toContain("Tell the sponsor");
    const made = await world.sql<{ due: string }>(
      "select due_on::text as due from studies.tasks where rule_id is not null and screening_id = $1",
      [id],
    );
    expect(made).toEqual([{ due: later(3) }, { due: later(3) }]);
  });
  test("a letter is filled in from the study, and says what is missing before it is printed", async () => {
    const letter = {
      title: "To the ethics committee",
      body: "Dear {recipient},\n\n{study} by {sponsor} wants {target}.",
    };
    expect((await cora.post("/letters", letter)).status).toBe(403);
    expect((await rita.post("/letters", { ...letter, body: "{patient}" })).status).toBe(422);
    const made = await rita.post("/letters", letter);
    const at = `/letters/${idIn(made)}`;
    expect(saysOf(await cora.get(at))).toContain("Nothing is known for {recipient}");
    expect((await cora.get(`${at}/letter.pdf`)).status).toBe(422);
    expect(saysOf(await cora.get(`${at}?recipient=Committee`))).toContain("by Northfield wants 40");
    expect((await cora.get(`${at}/letter.pdf?recipient=Committee`)).headers.get("content-type")).toBe(
      "application/pdf",
    );
    expect((await rita.post(at, { ...letter, body: "{study}" })).status).toBe(303);
    expect(saysOf(await cora.get("/letters"))).toContain("To the ethics committee");
  });
});

describe("an adverse event", () => {
  const event = (subjectId: string, more: object = {}) => ({
    subjectId,
    term: "Fainting",
    onsetOn: today,
    awareOn: today,
    awareTime: "00:00",
    severity: "moderate",
    criteria: [] as string[],
    related: "possible",
    expected: "no",
    outcome: "recovering",
    narrative: "Fell at Zzsecretplace.",
    ...more,
  });
  test("has a clock when it is serious, and a report with a signature stops it", async () => {
    const screening = idIn(await cora.post("/screening", { name: "Sid Subject", siteId: north, source: "clinic" }));
    const [row] = await world.sql<{ subject_id: string }>("select subject_id from studies.screenings where id = $1", [
      screening,
    ]);
    const subject = row?.subject_id ?? "";
    expect((await mona.post("/safety", event(subject))).status).toBe(403);
    expect((await cora.post("/safety", event(subject, { outcome: "fatal" }))).status).toBe(422);
    expect((await cora.post("/safety", event(subject, { awareOn: "2099-01-01" }))).status).toBe(422);
    const id = idIn(await cora.post("/safety", event(subject, { criteria: ["hospitalisation"] })));
    const page = saysOf(await cora.get(`/safety/${id}`));
    expect(page).toContain("running");
    expect(page).toContain("unexpected reaction");
    expect(page).toContain("Zzsecretplace");
    expect(saysOf(await (await world.as(cora.person)).get("/today"))).toContain("Report serious adverse event 1");
    expect((await cora.post(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(422);
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(303);
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(422);
    expect(saysOf(await mona.get("/safety"))).toContain("reported in time");
    expect(saysOf(await (await world.as(cora.person)).get("/today"))).not.toContain("Report serious");
    const {
      subjectId: _s,
      awareOn: _o,
      awareTime: _t,
      ...followUp
    } = event(subject, { criteria: ["hospitalisation"], outcome: "recovered" });
    expect((await cora.post(`/safety/${id}/follow-up`, followUp)).status).toBe(303);
    expect(saysOf(await cora.get(`/safety/${id}`))).toContain("wrote version 2");
    expect((await cora.get(`/safety/${id}/report.pdf`)).headers.get("content-type")).toBe("application/pdf");
    expect((await mona.get("/safety.csv")).text).not.toContain("Zzsecretplace");
    const [stored] = await world.sql<{ narrative: Uint8Array }>("select narrative from studies.event_versions limit 1");
    expect(Buffer.from(stored?.narrative ?? []).includes("Zzsecretplace")).toBe(false);
    expect(world.sql("update studies.event_versions set aware_at = now()")).rejects.toThrow("never changed");
  });
});
