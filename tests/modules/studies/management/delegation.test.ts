/** The delegation log through HTTP: two signatures, trainings, and what other modules are told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { idIn, type ManagedStage, type Member, managedStage, PASSWORD, saysOf } from "./stage.ts";

let stage: ManagedStage;
let pia: Member;
let cora: Member;
let sam: Member;
let adam: Member;
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  stage = await managedStage();
  pia = await stage.member("Pia Principal", "investigator", stage.north);
  cora = await stage.member("Cora Coordinator", "study_coordinator", stage.north);
  sam = await stage.member("Sam South", "study_coordinator", stage.south);
  adam = await stage.member("Adam Administrator", "study_administrator");
});
afterAll(async () => await stage.world.stop());

const delegate = (by: Member, to: Member, form: object = {}) =>
  by.post("/delegation", {
    personId: to.id,
    siteId: stage.north,
    tasks: ["obtain-consent", "enter-data"],
    fromOn: today,
    untilOn: "",
    note: "",
    ...form,
  });

describe("a delegation", () => {
  let id: string;
  test("is entered at one's own site only", async () => {
    const elsewhere = await delegate(pia, cora, { siteId: stage.south });
    expect([elsewhere.status, saysOf(elsewhere).includes("Choose a site of yours.")]).toEqual([422, true]);
    expect((await delegate(pia, cora, { siteId: "" })).status).toBe(422);
    expect((await delegate(pia, cora, { tasks: [] })).status).toBe(422);
    expect((await delegate(adam, cora)).status).toBe(403);
    const entered = await delegate(pia, cora);
    expect(entered.status).toBe(303);
    id = idIn(entered);
  });
  test("is signed by the investigator only after the person accepted it, and by nobody else", async () => {
    expect((await pia.sign(`/delegation/${id}/approve`)).status).toBe(422);
    expect((await pia.sign(`/delegation/${id}/accept`)).status).toBe(422);
    expect((await sam.sign(`/delegation/${id}/accept`)).status).toBe(404);
    expect((await cora.sign(`/delegation/${id}/approve`)).status).toBe(403);
    expect((await cora.post(`/delegation/${id}/accept`, { signature: "wrong" })).status).toBe(422);
    expect((await cora.sign(`/delegation/${id}/accept`)).status).toBe(303);
    expect((await pia.sign(`/delegation/${id}/approve`)).status).toBe(303);
    expect((await pia.sign(`/delegation/${id}/approve`)).status).toBe(422);
    const page = saysOf(await cora.get(`/delegation/${id}`));
    expect(page).toContain("in force");
    expect(page).toContain("Pia Principal signed it");
    const [signature] = await stage.world.sql<{ meaning: string; printed_name: string }>(
      "select meaning, printed_name from core.signatures order by made_at desc limit 1",
    );
    expect(signature?.printed_name).toBe("Pia Principal");
    expect((await stage.world.trail())[0]?.sentence).toContain("Cora Coordinator");
  });
  test("is seen at its site and by those who look over all, and by nobody of another site", async () => {
    expect(saysOf(await adam.get("/delegation"))).toContain("Cora Coordinator");
    expect(saysOf(await sam.get("/delegation"))).not.toContain("Cora Coordinator");
    expect((await sam.get(`/delegation/${id}`)).status).toBe(404);
  });
  test("cannot be rewritten, not even by the owner of the tables", () => {
    for (const sql of ["update studies.delegations set tasks = '{randomise}'", "delete from studies.delegation_steps"])
      expect(stage.world.sql(sql)).rejects.toThrow("never changed");
  });
  test("the log is a file for the inspector", async () => {
    const file = await pia.get("/delegation.pdf");
    expect([file.status, file.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  });
  test("is ended with a reason, once", async () => {
    const other = idIn(await delegate(pia, cora));
    expect((await pia.post(`/delegation/${other}/end`, { onDay: today, reason: "" })).status).toBe(422);
    expect((await pia.post(`/delegation/${other}/end`, { onDay: today, reason: "Left the ward" })).status).toBe(303);
    expect((await pia.post(`/delegation/${other}/end`, { onDay: today, reason: "Again" })).status).toBe(422);
    expect(saysOf(await pia.get("/delegation"))).toContain("ended");
  });
});

describe("trainings", () => {
  test("are asked for by those who keep the study, recorded and signed by those who had them", async () => {
    const ask = { title: "GCP", tasks: ["obtain-consent"], validMonths: "24", requiredFrom: "2026-01-01", about: "" };
    expect((await cora.post("/courses", ask)).status).toBe(403);
    expect((await adam.post("/courses", ask)).status).toBe(303);
    expect((await adam.post("/courses", ask)).status).toBe(422);
    const page = await cora.get("/trainings");
    const course = /<option value="([0-9a-f-]{36})">GCP/.exec(page.text)?.[1] ?? "";
    expect(saysOf(await pia.get("/delegation"))).toContain("training missing");
    const done = { personId: cora.id, courseId: course, completedOn: today, evidence: "Shelf 3" };
    expect((await cora.post("/trainings", done)).status).toBe(422);
    expect((await cora.sign("/trainings", { ...done, completedOn: "2099-01-01" })).status).toBe(422);
    expect((await cora.sign("/trainings", done)).status).toBe(303);
    expect(saysOf(await pia.get("/delegation"))).not.toContain("training missing");
  });
  test("a password that is wrong signs nothing and stands in no page", async () => {
    const answer = await cora.post("/trainings", {
      personId: cora.id,
      courseId: cora.id,
      completedOn: today,
      signature: `${PASSWORD}x`,
    });
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain(`${PASSWORD}x`);
  });
});
