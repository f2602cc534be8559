/** The provider registry through its pages: what may be entered, who may choose, and what an end does. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { loadKernel } from "@core/product.ts";
import { providerKinds } from "@core/providers/entry.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let ada: Client;
let dana: Client;
let rosa: Client;
let otto: Client;

beforeAll(async () => {
  const kernel = await loadKernel({ environment: "development" });
  const own = (["institution", "workspace", "portal"] as const).map((at) => ({
    place: at,
    routes: kernel.catalogue.filter((one) => one.module === null && one.place === at).map(({ route }) => route),
  }));
  world = await testWorld(kernel.modules, own);
  place = await world.workspace("program", ["milestones"]);
  ada = await world.as(await world.person("Ada Administrator", "administrator", null));
  dana = await world.as(await world.person("Dana Director", "program_director", place));
  rosa = await world.as(await world.person("Rosa Resident", "trainee", place));
  otto = await world.as(await world.person("Otto Other", "administrator", null, { tenant: world.there }));
});
afterAll(() => world.stop());

const file = { filename: "dpa 2026.pdf", bytes: new TextEncoder().encode("%PDF-1.7 an agreement") };
const good = {
  kind: "azure-openai",
  title: "Azure, Germany",
  endpoint: "https://models.northfield.example/openai/v1",
  region: "Germany West Central",
  model: "summaries",
  apiKey: "k-0123456789",
  agreement: "DPA 2026-117",
  agreedFrom: "2026-01-01",
  agreedUntil: "2099-12-31",
  document: file,
  noTraining: "true",
};
const enter = (over: Record<string, unknown> = {}) => ada.post("/admin/providers", { ...good, ...over } as never);
const idOf = (location: string) => location.split("/").at(-1) as string;

test.each(Object.keys(providerKinds))("the form for %s names what it needs", async (kind) => {
  const page = await ada.get(`/admin/providers/new?kind=${kind}`);
  expect(page.status).toBe(200);
  expect(page.text).toContain("The agreement itself");
  expect(page.text.includes("trains a model")).toBe(kind.includes("openai"));
});

const refused = [
  ["an address in the clear", { endpoint: "http://models.northfield.example" }, "does not begin with https://"],
  ["a password in the address", { endpoint: "https://me:secret@models.example" }, "more than a host and a path"],
  ["no promise about training", { noTraining: "false" }, "never trains a model"],
  ["no document", { document: { filename: "", bytes: new Uint8Array() } }, "Choose the agreement itself"],
  ["an end before the beginning", { agreedUntil: "2020-01-01" }, "ends before it begins"],
  ["no deployment", { model: "" }, "Deployment is needed"],
  ["a limit that is none", { tokensPerDay: "many" }, "whole number"],
] as const;
test.each(refused)("refused: %s; what was typed is still there, but not the key", async (_, over, sentence) => {
  const answer = await enter(over);
  expect(answer.status).toBe(422);
  expect(answer.text).toContain(sentence);
  expect(answer.text).toContain("DPA 2026-117");
  expect(answer.text).not.toContain("k-0123456789");
});

test("entered, chosen, seen, ended; the key is nowhere in the clear", async () => {
  const entered = await enter();
  expect(entered.status).toBe(303);
  const id = idOf(entered.location);
  const page = await ada.get(entered.location);
  expect(page.text).toContain("In force");
  expect(page.text).not.toContain("k-0123456789");
  const [row] = await world.sql<{ secret: Buffer; config: object }>(
    "select secret, config from core.providers where id = $1",
    [id],
  );
  expect(Buffer.from(row?.secret ?? "").includes("k-0123456789")).toBe(false);
  expect(row?.config).toEqual({ model: "summaries" });

  const choose = `/w/${place.slug}/providers`;
  expect((await dana.get(choose)).text).toContain("Azure, Germany, Germany West Central");
  expect((await dana.post(`${choose}/text`, { text: id, textReason: "wrong service" })).status).toBe(422);
  expect((await dana.post(`${choose}/model`, { model: id, modelReason: "x" })).status).toBe(422);
  expect((await dana.post(`${choose}/model`, { model: id, modelReason: "Summaries for the committee" })).status).toBe(
    303,
  );
  expect((await dana.get(choose)).text).toContain("is sent what is needed");
  expect((await ada.get(`/admin/providers/${id}`)).text).toContain("Residency");

  expect((await rosa.get(choose)).status).toBe(403);
  expect((await dana.get("/admin/providers")).status).toBe(403);
  expect((await otto.get(`/admin/providers/${id}`)).status).toBe(404);
  expect((await otto.post(`/admin/providers/${id}/end`, { reason: "sabotage" })).status).toBe(404);

  expect((await ada.post(`/admin/providers/${id}/end`, { reason: "Contract moved" })).status).toBe(303);
  expect((await dana.get(choose)).text).toContain("was ended");
  expect((await dana.post(`${choose}/model`, { model: id, modelReason: "once more" })).status).toBe(422);
  const said = (await world.trail()).map(({ sentence }) => sentence).join("\n");
  expect(said).toContain(
    "entered Azure, Germany (Azure OpenAI, Germany West Central) with an agreement until 2099-12-31",
  );
  expect(said).toContain("chose Azure, Germany for text written by a model");
  expect(said).not.toContain("k-0123456789");
});

test("an entry is never changed, even by SQL of the application", async () => {
  const id = idOf((await enter({ title: "Second" })).location);
  const roles = await world.sql<{ name: string }>(
    `select column_name as name from information_schema.column_privileges
     where table_schema = 'core' and table_name = 'providers' and privilege_type = 'UPDATE' and grantee like '%app'`,
  );
  expect(roles.map(({ name }) => name).sort()).toEqual(["end_reason", "ended_at", "ended_by"]);
  expect(id).toHaveLength(36);
});
