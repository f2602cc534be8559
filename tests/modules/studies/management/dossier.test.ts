/** From an idea to recruitment, through HTTP: approvals in stages, documents, a site, the gates, amendments and adverse events. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { agendaRoutes } from "@core/agenda/routes.tsx";
import { registryRoutes } from "@core/registry/routes.tsx";
import { hashPassword } from "@core/vault/password.ts";
import { studies } from "../../../../modules/studies/module.ts";
import { readPdf } from "../../../support/pdf-text.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../../support/world.ts";
import { idIn, type Member, memberOf, PASSWORD, saysOf } from "./stage.ts";

let world: World;
let study: TestWorkspace;
let north: string;
let south: string;
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
  south = await world.site(study, "02");
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

const clients = new Map<Member, Promise<Client>>();
/** What a person's day says, over all places. */
const dayOf = async (of: Member) => {
  const client = clients.get(of) ?? world.as(of.person);
  clients.set(of, client);
  return saysOf(await (await client).get("/today"));
};

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
  test("keeps the office's session for an hour without activity, and a coordinator's for twenty minutes", async () => {
    const idle = async (of: Member) => /data-idle="(\d+)"/.exec((await of.get("/dossier")).text)?.[1];
    expect([await idle(rita), await idle(ada), await idle(cora)]).toEqual(["3600", "3600", "1200"]);
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
    expect(await dayOf(otto)).toContain("Decide: finance");
    expect((await otto.sign(`/approvals/${idOf("finance")}/decision`, { decision: "granted" })).status).toBe(303);
    expect(await dayOf(otto)).not.toContain("Decide: finance");
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
    expect(await dayOf(cora)).toContain("Read and understand: protocol, signed");
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
    const contact = { duty: "pharmacy", name: "Pim Pharmacy", phone: "+31 20 1234567" };
    expect((await mona.post(`/sites/${north}/contacts`, contact)).status).toBe(403);
    expect(saysOf(await cora.post(`/sites/${north}/contacts`, { ...contact, phone: "" }))).toContain("phone number or");
    expect((await cora.post(`/sites/${north}/contacts`, contact)).status).toBe(303);
    expect(saysOf(await mona.get(`/sites/${north}`))).toContain("Pim Pharmacy");
    expect(saysOf(await mona.get("/sites"))).toContain("7 of 7");
    const [entered] = await world.sql<{ id: string }>("select id from studies.site_contacts");
    expect((await cora.post(`/sites/${south}/contacts/${entered?.id}/end`)).status).toBe(404);
    expect((await cora.post(`/sites/${north}/contacts/${entered?.id}/end`)).status).toBe(303);
    expect(saysOf(await mona.get(`/sites/${north}`))).toContain("Nobody is entered");
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

test("in the next study the rules ask by themselves those who decided last, from the review on and once", async () => {
  const next = await world.workspace("study", ["studies"]);
  await world.grant(ada.person, "approver", next);
  const office = memberOf(rita.person, asRita, `/w/${next.slug}/studies`);
  const asked = async () =>
    (
      await world.sql<{ approver: string; decider: string }>(
        "select approver, decider_id as decider from studies.approval_requests where workspace_id = $1 order by stage, approver",
        [next.id],
      )
    ).map(({ approver, decider }) => [approver, decider === ada.id]);
  const facts = {
    sponsor: "Northfield",
    sponsorKind: "own",
    phase: "II",
    department: "Cardiology",
    investigatorId: ada.id,
  };
  await office.post("/dossier", { ...facts, revision: "0" });
  expect(await asked()).toEqual([]);
  // Finance was decided by Otto, who has no access here: that one waits for a name.
  const led = await office.sign("/dossier/gate/review");
  expect(decodeURIComponent(led.headers.get("set-cookie") ?? "")).toContain("head of department, ethics committee");
  expect(await asked()).toEqual([
    ["department", true],
    ["ethics", true],
  ]);
  expect(await dayOf(ada)).toContain("Decide: head of department");
  expect((await office.post("/dossier", { ...facts, revision: "1" })).status).toBe(303);
  expect(await asked()).toHaveLength(2);
  expect(saysOf(await office.get("/approvals"))).toContain("Still to be asked, by the rules Finance");
  // Another department has another head.
  const other = await world.workspace("study", ["studies"]);
  await world.grant(ada.person, "approver", other);
  const there = memberOf(rita.person, asRita, `/w/${other.slug}/studies`);
  await there.post("/dossier", { ...facts, department: "Neurology", revision: "0" });
  await there.sign("/dossier/gate/review");
  expect(await world.sql("select approver from studies.approval_requests where workspace_id = $1", [other.id])).toEqual(
    [{ approver: "ethics" }],
  );
});

describe("what is to be done", () => {
  const later = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  test("is given to somebody, stands in that person's day and calendar, and goes when it is done", async () => {
    const task = { title: "Order envelopes", personId: cora.id, dueOn: later(3) };
    expect((await otto.post("/tasks", task)).status).toBe(422);
    expect((await rita.post("/tasks", { ...task, dueOn: "2020-01-01" })).status).toBe(422);
    expect((await rita.post("/tasks", task)).status).toBe(303);
    // The office has no grant in the study, and finds what waits for it there all the same.
    expect((await rita.post("/tasks", { ...task, title: "Ask the insurer", personId: rita.id })).status).toBe(303);
    expect(await dayOf(rita)).toContain("Ask the insurer");
    expect(await dayOf(cora)).toContain("Order envelopes");
    // The calendar's program is told that something is due and where; the words of a task may name anybody.
    const asCora = await clients.get(cora);
    const address = /\/calendar\/[\w-]+\.ics/.exec((await asCora?.post("/today/calendar"))?.text ?? "")?.[0] ?? "";
    const calendar = (await world.stranger().get(address)).text;
    expect(calendar).toContain("SUMMARY:A task · Study 1");
    expect(calendar).not.toContain("envelopes");
    expect(await dayOf(otto)).not.toContain("Order envelopes");
    expect(saysOf(await otto.get("/tasks?whose=all"))).not.toContain("Order envelopes");
    const [row] = await world.sql<{ id: string }>("select id from studies.tasks where title = 'Order envelopes'");
    expect((await otto.post(`/tasks/${row?.id}/end`, { how: "done" })).status).toBe(404);
    expect(saysOf(await cora.get(`/tasks/${row?.id}/end`))).toContain("Order envelopes");
    expect(saysOf(await cora.post(`/tasks/${row?.id}/end`, { how: "dropped" }))).toContain(
      "Say why it need not be done",
    );
    expect((await cora.post(`/tasks/${row?.id}/end`, { how: "done" })).status).toBe(303);
    expect(await dayOf(cora)).not.toContain("Order envelopes");
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
    expect(await dayOf(cora)).toContain("Book the baseline visit");
    expect(await dayOf(pia)).toContain("Tell the sponsor");
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
    expect(await dayOf(cora)).toContain("Report serious adverse event 1");
    expect((await cora.post(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(422);
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(303);
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(422);
    expect(saysOf(await mona.get("/safety"))).toContain("reported in time");
    expect(await dayOf(cora)).not.toContain("Report serious");
    const {
      subjectId: _s,
      awareOn: _o,
      awareTime: _t,
      ...followUp
    } = event(subject, { criteria: ["hospitalisation"], outcome: "recovered" });
    expect((await cora.post(`/safety/${id}/follow-up`, followUp)).status).toBe(303);
    expect(saysOf(await cora.get(`/safety/${id}`))).toContain("wrote version 2");
    const printed = readPdf((await cora.get(`/safety/${id}/report.pdf`)).bytes);
    const words = printed.pages.map(({ text }) => text).join(" ");
    for (const said of [
      "01-S0002",
      "Fainting",
      "Hospital stay",
      "Zzsecretplace",
      "2 (follow-up)",
      "Cora Coordinator",
      "complete and right",
    ])
      expect(words).toContain(said);
    expect((await mona.get("/safety.csv")).text).not.toContain("Zzsecretplace");
    const [stored] = await world.sql<{ narrative: Uint8Array }>("select narrative from studies.event_versions limit 1");
    expect(Buffer.from(stored?.narrative ?? []).includes("Zzsecretplace")).toBe(false);
    expect(world.sql("update studies.event_versions set aware_at = now()")).rejects.toThrow("never changed");
  });
  test("that becomes serious has its clock from then, and what was told before does not stop it", async () => {
    const [row] = await world.sql<{ subject_id: string }>("select subject_id from studies.screenings limit 1");
    const subject = row?.subject_id ?? "";
    const long = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 10);
    const id = idIn(await cora.post("/safety", event(subject, { term: "Rash", onsetOn: long, awareOn: long })));
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(303);
    const { subjectId: _, ...worse } = event(subject, { term: "Rash", onsetOn: long, criteria: ["hospitalisation"] });
    const { awareOn: _on, awareTime: _at, ...unsaid } = worse;
    expect(saysOf(await cora.post(`/safety/${id}/follow-up`, unsaid))).toContain("learnt that it is serious");
    expect((await cora.post(`/safety/${id}/follow-up`, worse)).status).toBe(303);
    expect(saysOf(await cora.get(`/safety/${id}`))).toContain("running");
    expect((await cora.sign(`/safety/${id}/report`, { toldTo: "sponsor" })).status).toBe(303);
    expect(saysOf(await cora.get(`/safety/${id}`))).toContain("reported in time");
    // From there on nobody moves it, not with SQL either.
    expect(
      world.sql(
        `insert into studies.event_versions (tenant_id, workspace_id, event_id, subject_id, site_id, version, term, onset_on,
           aware_at, severity, criteria, related, expected, outcome)
         select tenant_id, workspace_id, event_id, subject_id, site_id, 3, term, onset_on, aware_at + interval '1 hour', severity,
           criteria, related, expected, outcome from studies.event_versions where event_id = $1 and version = 2`,
        [id],
      ),
    ).rejects.toThrow("not moved on");
  });
});

describe("a deviation from the protocol", () => {
  const deviation = (more: object = {}) => ({
    title: "Blood taken a week late",
    category: "visit",
    severity: "important",
    happenedOn: today,
    discoveredOn: today,
    words: "The fridge at Zzsecretplace was full.",
    action: "A second fridge",
    siteId: north,
    ...more,
  });
  let id: string;
  test("is recorded with its days, category, severity and words, which lie sealed", async () => {
    expect((await ada.post("/deviations", deviation())).status).toBe(403);
    const early = await cora.post("/deviations", deviation({ happenedOn: "2099-01-01", discoveredOn: "2099-01-02" }));
    expect([early.status, early.text.includes("Blood taken a week late")]).toEqual([422, true]);
    expect((await cora.post("/deviations", deviation({ discoveredOn: "2020-01-01" }))).status).toBe(422);
    expect(saysOf(await cora.post("/deviations", deviation({ siteId: "" })))).toContain("Choose a site of yours");
    id = idIn(await cora.post("/deviations", deviation()));
    const page = saysOf(await mona.get(`/deviations/${id}`));
    for (const words of ["Deviation 1", "to be reported", "Important", "Zzsecretplace", "A second fridge"])
      expect(page).toContain(words);
    const [stored] = await world.sql<{ words: Uint8Array }>("select words from studies.deviation_versions");
    expect(Buffer.from(stored?.words ?? []).includes("Zzsecretplace")).toBe(false);
    expect(world.sql("update studies.deviation_versions set severity = 'minor'")).rejects.toThrow("never changed");
  });
  test("is reported, written anew and reviewed: each version by an investigator with a signature", async () => {
    expect(await dayOf(cora)).toContain("Report deviation 1 to the ethics committee");
    expect((await cora.post(`/deviations/${id}/told`, { to: "ethics committee", onDay: "2020-01-01" })).status).toBe(
      422,
    );
    const told = { to: "ethics committee", onDay: today, note: "EC 26/17" };
    expect((await cora.post(`/deviations/${id}/told`, told)).status).toBe(303);
    expect((await cora.post(`/deviations/${id}/told`, told)).status).toBe(422);
    expect(await dayOf(cora)).not.toContain("Report deviation");
    expect((await cora.sign(`/deviations/${id}/review`)).status).toBe(403);
    expect((await pia.post(`/deviations/${id}/review`)).status).toBe(422);
    expect((await pia.sign(`/deviations/${id}/review`, { note: "Agreed" })).status).toBe(303);
    expect(saysOf(await mona.get("/deviations"))).toContain("reviewed");
    // What is written anew waits for a review of its own; the day it was found out does not move.
    const { siteId: _, ...anew } = deviation({ title: "Blood taken nine days late" });
    const later = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    expect(
      (await cora.post(`/deviations/${id}/version`, { ...anew, happenedOn: later, discoveredOn: later })).status,
    ).toBe(303);
    expect((await cora.post(`/deviations/${id}/version`, anew)).status).toBe(422);
    expect(saysOf(await mona.get(`/deviations/${id}`))).toContain("waits for review");
    expect(await dayOf(pia)).toContain("Review deviation 1");
    expect((await pia.sign(`/deviations/${id}/review`)).status).toBe(303);
  });
  test("is found by what it is, taken out as a list and as a report, and not seen from another site", async () => {
    expect((await rita.post("/deviations", deviation({ siteId: "" }))).status).toBe(403);
    const admin = await world.person("Stella Administrator", "study_administrator", study);
    const stella = memberOf(admin, await world.as(admin), `/w/${study.slug}/studies`);
    expect(
      (
        await stella.post(
          "/deviations",
          deviation({ title: "Server room hot", category: "data", severity: "minor", siteId: "" }),
        )
      ).status,
    ).toBe(303);
    expect(saysOf(await mona.get("/deviations?category=data"))).toContain("The whole study");
    expect(saysOf(await mona.get("/deviations?category=data"))).not.toContain("Blood taken");
    expect(saysOf(await mona.get("/deviations?state=settled"))).toContain("Blood taken nine days late");
    // A coordinator of one site sees neither another site's nor the whole study's.
    expect(saysOf(await cora.get("/deviations"))).not.toContain("Server room hot");
    const csv = (await mona.get("/deviations.csv?severity=important")).text;
    expect(csv).toContain("Blood taken nine days late");
    expect(csv).toContain(today);
    expect(csv).not.toMatch(/Server room|Zzsecretplace/);
    expect((await mona.get(`/deviations/${id}/report.pdf`)).headers.get("content-type")).toBe("application/pdf");
  });
});
