/**
 * `bun run bench:coaching`: what a service with many members waits for. Prints, and judges nothing but that no text was
 * lost: the figures belong to this machine and this hour. Signed webhooks go to a process of its own over HTTP, texts go out
 * to a stand-in for Twilio; no model is in force, so that each text is answered by the fixed rules.
 *
 *   single   one text after another: from the webhook to the provider
 *   flood    as fast as they are taken, 16 at once: texts a second from triage to reply
 *   paced    half as fast as that: how long a text of a very low value takes among the others
 *   pages    the inbox and the list of members
 *
 *   bun run bench:coaching [--members 10000] [--texts 1000] [--only single,flood,paced,pages]
 */
import { parseArgs } from "node:util";
import { adminRoutes } from "@core/admin/routes.ts";
import { Trail } from "@core/audit/trail.ts";
import { contextFor, narrowed } from "@core/context.ts";
import { systemSituation } from "@core/jobs/system.ts";
import { assign } from "@core/subjects/assignments.ts";
import { addSubject } from "@core/subjects/subjects.ts";
import { coaching } from "../../modules/coaching/module.ts";
import { addConsent, addMember, beginConversation } from "../../modules/coaching/store/members.ts";
import { bring, serve, viaTwilio } from "../fault/coaching.ts";
import { type Service, service, signRules } from "../modules/coaching/service.ts";
import { testWorld } from "../support/world.ts";
import { durableServer } from "./stage.ts";

const { values: said } = parseArgs({
  options: {
    members: { type: "string", default: "10000" },
    texts: { type: "string", default: "1000" },
    only: { type: "string", default: "single,flood,paced,pages" },
  },
});
const wanted = new Set(said.only.split(","));
const say = (line: string) => process.stdout.write(`${line}\n`);
const at = (of: readonly number[], part: number) =>
  Math.round([...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(of.length * part))] ?? Number.NaN);

const phoneOf = (member: number) => `+1555${String(2_000_000 + member)}`;

/** Invited, agreed on paper, with a coach: by the same functions as the form's, a hundred a transaction. */
async function enrol(here: Service, count: number): Promise<void> {
  const { world, workspace, people } = here;
  const place = await world.house.door.placeNamed(workspace.tenant.id, workspace.slug);
  if (!place) throw new Error("no place");
  const rights = [
    "coaching.members.manage",
    "coaching.members.read",
    "coaching.work",
    "core.subjects.read",
    "core.subjects.manage",
    "core.identities.open",
    "core.identities.write",
    "core.assignments.read",
    "core.assignments.manage",
    "core.people.read",
    "core.grants.read",
  ];
  for (let from = 0; from < count; from += 100) {
    const situation = systemSituation("bench", place, coaching, rights);
    await world.house.transactions.run(
      situation.standing,
      { readOnly: false },
      async (lease) => {
        const ctx = narrowed(contextFor(world.house, situation, lease, new Trail())) as never as Parameters<
          typeof addSubject
        >[0];
        for (let member = from; member < Math.min(count, from + 100); member += 1) {
          const subjectId = await addSubject(ctx, {
            code: `B-${member}`,
            kind: "member",
            identity: { name: `Invented Member ${member}`, phone: phoneOf(member) },
          });
          await ctx.db.one(addMember, {
            subjectId,
            locale: "en",
            zone: "America/Chicago",
            unit: "mg/dL",
            type1: false,
            pump: false,
            pregnant: false,
          });
          await ctx.db.one(beginConversation, { subjectId });
          await assign(ctx, { personId: people.coach.id, subjectId, kind: "coach" });
          for (const kind of ["invited", "disclosed", "given"] as const)
            await ctx.db.one(addConsent, {
              id: Bun.randomUUIDv7(),
              subjectId,
              kind,
              at: new Date(),
              source: "paper",
              textSha256: kind === "disclosed" ? "0".repeat(64) : null,
              words: null,
            });
        }
      },
      async () => {},
    );
  }
  await world.sql("analyze");
}

const own = durableServer();
const server = await own.start();
const carrier = viaTwilio();
const here = await service(await testWorld([coaching], adminRoutes, {}, server.owner));
const serving = await (async () => {
  await carrier.use(here);
  await signRules(here);
  return await serve(here, { dieAt: null, spare: 0, worker: true, certificate: "" });
})();
let next = 0;
let lost = 0;
try {
  const members = Number(said.members);
  const texts = Number(said.texts);
  const began = performance.now();
  await enrol(here, members);
  say(
    `${members} members, enrolled in ${((performance.now() - began) / 1000).toFixed(0)} s; the load average is ${(await Bun.file("/proc/loadavg").text()).split(" ")[0]}`,
  );

  /** One text of a member who has not written yet; milliseconds from the webhook's beginning to the provider. */
  const one = async (words: string): Promise<() => Promise<number>> => {
    const phone = phoneOf(next++ % members);
    const start = Date.now();
    const isKept = await bring(here, serving.port, carrier.knock(here, phone, words, crypto.randomUUID()));
    if (!isKept) throw new Error("a webhook was not answered 200");
    return async () => {
      for (const end = start + 60_000; Date.now() < end; await Bun.sleep(5)) {
        const { at: taken } = carrier.taken(phone);
        if (taken !== null) return taken - start;
      }
      lost += 1;
      const rows = await here.rows(
        "select o.status, o.why, o.cause, o.code from coaching.outbox o order by made_at desc limit 3",
      );
      say(`not sent within a minute: ${words}; the newest on their way: ${JSON.stringify(rows)}`);
      return Number.NaN;
    };
  };
  const words = (text: number) =>
    text % 10 === 0 ? "bg 45 and shaky" : text % 3 === 0 ? "128 before breakfast" : "walked 20 minutes after dinner";

  for (let warm = 0; warm < 20; warm += 1) await (await one(words(warm)))();

  if (wanted.has("single")) {
    const times = { low: [] as number[], other: [] as number[] };
    for (let text = 0; text < 200; text += 1)
      times[text % 2 === 0 ? "low" : "other"].push(await (await one(text % 2 === 0 ? "bg 45" : "walked 20 minutes"))());
    say(
      `single: from the webhook to the provider, a very low value p50 ${at(times.low, 0.5)} ms, p99 ${at(times.low, 0.99)} ms; ` +
        `without a model p50 ${at(times.other, 0.5)} ms, p99 ${at(times.other, 0.99)} ms (200 texts)`,
    );
  }

  let rate = 10;
  if (wanted.has("flood") || wanted.has("paced")) {
    const start = performance.now();
    const waits: Promise<number>[] = [];
    let text = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (text < texts) waits.push((await one(words(text++)))());
      }),
    );
    const taken = (performance.now() - start) / 1000;
    const times = await Promise.all(waits);
    const whole = (performance.now() - start) / 1000;
    rate = texts / whole;
    say(
      `flood: ${texts} texts; ${(texts / taken).toFixed(1)} webhooks a second taken, ${rate.toFixed(1)} texts a second from triage to the provider; the last waited ${(Math.max(...times) / 1000).toFixed(1)} s`,
    );
  }

  if (wanted.has("paced")) {
    const waits: { readonly isLow: boolean; readonly time: Promise<number> }[] = [];
    const pause = 1_000 / (rate / 2);
    const start = performance.now();
    for (let text = 0; text < texts / 2; text += 1) {
      await Bun.sleep(Math.max(0, start + text * pause - performance.now()));
      const time = one(words(text)).then((settled) => settled());
      waits.push({ isLow: text % 10 === 0, time });
    }
    const times = await Promise.all(waits.map(async ({ isLow, time }) => ({ isLow, ms: await time })));
    const low = times.filter(({ isLow }) => isLow).map(({ ms }) => ms);
    const all = times.map(({ ms }) => ms);
    say(
      `paced: ${(rate / 2).toFixed(1)} texts a second for ${((performance.now() - start) / 1000).toFixed(0)} s; a very low value p50 ${at(low, 0.5)} ms, p99 ${at(low, 0.99)} ms (${low.length} texts); all p50 ${at(all, 0.5)} ms, p99 ${at(all, 0.99)} ms`,
    );
  }

  if (wanted.has("pages"))
    for (const [name, path] of [
      ["inbox", "/"],
      ["members", "/members"],
      ["members, found by name", "/members?find=member+77"],
      ["team", "/team"],
    ] as const) {
      const times: number[] = [];
      let bytes = 0;
      for (let turn = 0; turn < 5; turn += 1) {
        const start = performance.now();
        const page = await here.as.supervisor.get(here.url(path === "/" ? "" : path));
        times.push(performance.now() - start);
        if (page.status !== 200) throw new Error(`${name} was answered ${page.status}`);
        bytes = page.bytes.byteLength;
      }
      say(`pages: ${name} in ${at(times, 0.5)} ms, ${Math.round(bytes / 1000)} kB`);
    }
  const [row] = await here.rows<{ lost: number; twice: number }>(
    `select (select count(*)::int from coaching.inbound where stage not in ('routed', 'ignored')) as lost,
       (select count(*)::int from (select subject_id from coaching.outbox where cause like 'in:%' group by cause, subject_id having count(*) > 1) x) as twice`,
  );
  say(`of ${next} texts ${(row?.lost ?? 0) + lost} not answered, ${row?.twice} answered twice`);
  process.exitCode = (row?.lost ?? 0) + lost + (row?.twice ?? 0) === 0 ? 0 : 1;
} finally {
  serving.child.kill("SIGKILL");
  await serving.child.exited;
  carrier.stop();
  await here.stop();
  await server.stop();
  own.remove();
}
