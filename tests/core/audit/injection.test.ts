/** D62: whatever a browser or a person sends, the record gets one event, of one line, that says what came. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { oneLine } from "@core/audit/trail.ts";
import { sample } from "../../sample/module.tsx";
import { sampleSql } from "../../sample/store.ts";
import { type Client, type TestWorkspace, testWorld, type World } from "../../support/world.ts";

let world: World;
let place: TestWorkspace;
let asKit: Client;
let subject: string;
beforeAll(async () => {
  world = await testWorld([sample]);
  await world.lay(sampleSql);
  place = await world.workspace("program", ["sample"]);
  asKit = await world.as(await world.person("Kit\r\nKeeper\u001b[31m", "keeper", place));
  const [row] = await world.sql<{ id: string }>(
    "insert into core.subjects (tenant_id, workspace_id, code, kind) values ($1, $2, 'S-1', 'trainee') returning id",
    [place.tenant.id, place.id],
  );
  subject = row?.id ?? "";
});
afterAll(async () => await world.stop());

const FORGED = '{"level":"error"}';
const nasty: readonly (readonly [string, string])[] = [
  ["CR and LF", `s\r\n${FORGED}`],
  ["ANSI", "s\u001b[2J\u001b[31mred\u0007"],
  ["right to left", "stone \u202egnorts\u202c \u2066x\u2069"],
  ["C1 and separators", "stone \u0085\u009b31m\u2028\u2029\ufeff"],
  ["NUL", "stone \u0000 end"],
];

test.each(nasty)("a title with %s", async (_name, title) => {
  const before = await world.trail();
  const answer = await asKit.post(`/w/${place.slug}/sample/stones`, { title, writing: "w", subject });
  const after = await world.trail();
  expect(after.length - before.length).toBe(1);
  const [event] = after;
  expect(oneLine(JSON.stringify([event?.sentence, event?.actor_name, event?.act]))).toBe(
    JSON.stringify([event?.sentence, event?.actor_name, event?.act]),
  );
  expect(event?.actor_name).toBe("Kit\\u000d\\u000aKeeper\\u001b[31m");
  // PostgreSQL's text holds no NUL: that stone is not placed, and the refusal is what the record says.
  if (title.includes("\u0000"))
    expect([answer.status >= 400, event?.outcome]).toEqual([true, expect.stringMatching(/refused|failed/)]);
  else {
    expect(answer.status).toBe(303);
    expect(event?.outcome).toBe("done");
    expect(event?.sentence).toContain("placed the stone");
  }
});

test.each([
  ["a megabyte", "x".repeat(1_048_576)],
  ["ANSI and RTL as bytes", "\u001b[31m evil é"],
])("a browser that calls itself %s", async (_name, agent) => {
  const before = await world.trail();
  const request = new Request(`http://${world.here.slug}.localhost:3000/w/${place.slug}/sample/`, {
    headers: { "user-agent": agent },
  });
  const answer = await world.web.fetch(request, "127.0.0.1");
  expect(answer.status).toBe(401);
  expect((await world.trail()).length - before.length).toBe(0);
  const seen = await asKit.get(`/w/${place.slug}/sample/`, { "user-agent": agent });
  expect(seen.status).toBe(200);
  const [row] = await world.sql<{ agent: string }>("select agent from core.audit_events order by id desc limit 1");
  expect(row?.agent).toMatch(/^[0-9a-f]{16}$/);
});
