/** Jobs that begin at once: after commit, once, and by the queue when this process dies first. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { defineModule, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

const payload = t.Object({ word: t.String() });
type Words = {
  permission: "errands.go";
  event: "errands.went";
  fieldClass: never;
  export: never;
  jobs: { "errands.go": { word: string } };
  settings: object;
};
const { post } = routesFor<Words>();
const went: string[] = [];
/** "slow" waits for it. */
const gate = Promise.withResolvers<void>();
const atUrgent = Promise.withResolvers<void>();
const errands = defineModule({
  id: "errands",
  title: "Errands",
  summary: "Work that cannot wait.",
  workspaces: ["program"],
  roles: { runner: { title: "Runner" } },
  permissions: { "errands.go": { title: "Go", roles: { runner: "workspace" } } },
  events: { "errands.went": { title: "Went", says: "{actor} went", personal: "none" } },
  jobs: {
    "errands.go": {
      title: "Go",
      payload,
      permissions: ["errands.go"],
      run: async ({ word }: { word: string }, ctx) => {
        if (word === "stumble" && !went.includes("stumble")) {
          went.push(word);
          throw new Error("stumbled");
        }
        if (word === "slow") await gate.promise;
        went.push(word);
        if (word === "urgent") atUrgent.resolve();
        ctx.audit("errands.went", {});
      },
    },
  },
  routes: [
    post("/go", {
      needs: "errands.go",
      body: t.Object({ word: t.String() }),
      async run({ body }, ctx) {
        await ctx.soon("errands.go", { word: body.word }, body.word === "urgent");
        if (body.word === "never") throw Problem.refused("Not today.");
        return new Redirect(ctx.url("/"));
      },
    }),
  ],
});

let world: World;
let place: TestWorkspace;
let runner: Client;
beforeAll(async () => {
  world = await testWorld([errands]);
  place = await world.workspace("program", ["errands"]);
  runner = await world.as(await world.person("Rita Runner", "runner", place));
}, 60_000);
afterAll(async () => await world.stop());
const go = (word: string) => runner.post(`/w/${place.slug}/errands/go`, { word });
const copies = () => world.sql("select id from pgboss.job where name = 'jobs' and state = 'created'");

test("begins after commit, once, and takes its copy out of the queue", async () => {
  expect((await go("post")).status).toBe(303);
  await world.settled();
  expect(went).toEqual(["post"]);
  expect(await copies()).toEqual([]);
  expect((await world.trail())[0]?.sentence).toBe("system:errands.go went");
});

test("is never begun when its asking was rolled back", async () => {
  expect((await go("never")).status).toBe(422);
  await world.settled();
  expect(went).not.toContain("never");
  expect(await copies()).toEqual([]);
});

test("is left to the queue when it fails here", async () => {
  await go("stumble");
  await world.settled();
  expect(went.filter((word) => word === "stumble")).toEqual(["stumble"]);
  expect(await copies()).toHaveLength(1);
});

test("a webhook of a module without texts, or of a workspace that is not there, is not found", async () => {
  for (const path of [`/hooks/${place.slug}/errands/twilio`, "/hooks/nowhere/errands/aws"])
    expect((await world.stranger().post(path, { Body: "hello" })).status).toBe(404);
});

test("what is urgent goes before all that waits, and beside what hangs", async () => {
  went.length = 0;
  for (let turn = 0; turn < 6; turn += 1) await go("slow");
  await go("urgent");
  await atUrgent.promise;
  expect(went).toEqual(["urgent"]);
  gate.resolve();
  await world.settled();
  expect(went).toEqual(["urgent", ...Array.from({ length: 6 }, () => "slow")]);
});
