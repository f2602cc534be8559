/**
 * `bun run bench:coaching`: what a service with many members waits for. Prints, and judges nothing but that no text was
 * lost or answered twice: the figures belong to this machine and this hour, so each bears the machine's load. Signed
 * webhooks go to a process of its own over HTTP, texts go out to a stand-in for Twilio. No member writes twice.
 *
 *   single   one text after another: from the webhook to the provider
 *   flood    as fast as they are taken, 16 at once: texts a second from triage to reply
 *   paced    half as fast as that: how long an emergency takes among ordinary texts
 *   hung     the same, while a model that ordinary texts are put to never answers
 *   pages    every list of the portal
 *
 *   bun run bench:coaching [--members 10000] [--texts 1500] [--only single,flood,paced,hung,pages]
 */
import { parseArgs } from "node:util";
import { adminRoutes } from "@core/admin/routes.ts";
import { coaching } from "../../modules/coaching/module.ts";
import { bring, serve, viaTwilio } from "../fault/coaching.ts";
import { readsWell, releaseVoice, service, signRules, useProvider } from "../modules/coaching/service.ts";
import { startModel } from "../support/model-stand-in.ts";
import { testWorld } from "../support/world.ts";
import { layMembers, nameOf, phoneOf } from "./coaching-members.ts";
import { durableServer } from "./stage.ts";

const { values: said } = parseArgs({
  options: {
    members: { type: "string", default: "10000" },
    texts: { type: "string", default: "1500" },
    only: { type: "string", default: "single,flood,paced,hung,pages" },
    looks: { type: "string", default: "40" },
  },
});
const wanted = new Set(said.only.split(","));
const members = Number(said.members);
const texts = Number(said.texts);
const at = (of: readonly number[], part: number) =>
  Math.round([...of].sort((a, b) => a - b)[Math.min(of.length - 1, Math.floor(of.length * part))] ?? Number.NaN);
const spread = (of: readonly number[]) => `p50 ${at(of, 0.5)} ms, p99 ${at(of, 0.99)} ms`;
const load = async () => (await Bun.file("/proc/loadavg").text()).split(" ")[0];
const say = async (line: string) => process.stdout.write(`${line} [load ${await load()}]\n`);

const own = durableServer();
const server = await own.start();
const carrier = viaTwilio();
const model = startModel();
const here = await service(await testWorld([coaching], adminRoutes, {}, server.owner));
const serving = await (async () => {
  await carrier.use(here);
  await signRules(here);
  return await serve(here, { dieAt: null, spare: 0, worker: true, certificate: "" });
})();
let next = 0;
let lost = 0;

/** One text of a member who has not written yet, as soon as its webhook is answered. */
async function sent(words: string): Promise<{ readonly time: Promise<number> }> {
  if (next >= members) throw new Error("every member has written: more members, or fewer texts");
  const phone = phoneOf(next++);
  const start = Date.now();
  const gone = carrier.next(phone);
  const isKept = await bring(here, serving.port, carrier.knock(here, phone, words, crypto.randomUUID()));
  if (!isKept) throw new Error("a webhook was not answered 200");
  const time = Promise.race([gone.then((taken) => taken - start), Bun.sleep(60_000).then(() => Number.NaN)]).then(
    (ms) => {
      if (Number.isNaN(ms)) lost += 1;
      return ms;
    },
  );
  return { time };
}
/** Milliseconds from the webhook's beginning to the provider. */
const one = async (words: string): Promise<number> => (await sent(words)).time;
const emergencies = ["my husband wont wake up, his meter says LO", "bg 45 and shaky", "chest pain and cant breathe"];
const isUrgent = (text: number) => text % 10 === 0;
/** The ninth is a reading, the others small talk: what a model would be asked. */
const words = (text: number) =>
  isUrgent(text)
    ? (emergencies[(text / 10) % emergencies.length] ?? "")
    : text % 3 === 0
      ? "128 before breakfast"
      : "walked 20 minutes after dinner";

/** So many a second for so long; those that are urgent apart. */
async function pace(rate: number, count: number) {
  const waits: { readonly isUrgent: boolean; readonly time: Promise<number> }[] = [];
  const start = performance.now();
  for (let text = 0; text < count; text += 1) {
    await Bun.sleep(Math.max(0, start + (text * 1_000) / rate - performance.now()));
    waits.push({ isUrgent: isUrgent(text), time: one(words(text)) });
  }
  const seconds = (performance.now() - start) / 1_000;
  return { waits, seconds };
}
const times = async (waits: readonly { readonly time: Promise<number> }[]) =>
  (await Promise.all(waits.map(({ time }) => time))).filter((ms) => !Number.isNaN(ms));

try {
  const began = performance.now();
  await layMembers(here, members);
  await say(`${members} members laid in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  for (let warm = 0; warm < 30; warm += 1) await one(words(warm));

  if (wanted.has("single")) {
    const all = { urgent: [] as number[], other: [] as number[] };
    for (let text = 0; text < 200; text += 1)
      all[text % 2 === 0 ? "urgent" : "other"].push(await one(words(text % 2 === 0 ? text * 10 : 1)));
    await say(
      `single: from the webhook to the provider, an emergency ${spread(all.urgent)}; an ordinary text, without a model, ${spread(all.other)} (200 texts)`,
    );
  }

  let rate = 20;
  if (wanted.has("flood")) {
    const start = performance.now();
    const waits: { readonly time: Promise<number> }[] = [];
    let text = 0;
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        while (text < texts) waits.push(await sent(words(text++)));
      }),
    );
    const taken = (performance.now() - start) / 1000;
    const all = await times(waits);
    const whole = (performance.now() - start) / 1000;
    rate = texts / whole;
    await say(
      `flood: ${texts} texts; ${(texts / taken).toFixed(1)} webhooks a second taken, ${rate.toFixed(1)} texts a second from triage to reply; the last waited ${(Math.max(...all) / 1000).toFixed(1)} s`,
    );
  }

  if (wanted.has("paced")) {
    const { waits, seconds } = await pace(rate / 2, Math.round(texts / 2));
    const urgent = await times(waits.filter((text) => text.isUrgent));
    const ordinary = await times(waits.filter((text) => !text.isUrgent));
    await say(
      `paced: ${(rate / 2).toFixed(1)} texts a second for ${seconds.toFixed(0)} s; from the webhook to the emergency text ${spread(urgent)} (${urgent.length}); ordinary texts, without a model, ${spread(ordinary)} (${ordinary.length})`,
    );
  }

  if (wanted.has("hung")) {
    await useProvider(here, "model", {
      kind: "openai-compatible",
      endpoint: model.endpoint,
      config: { model: "coach" },
      secret: { apiKey: model.key },
    });
    model.answers(readsWell);
    await releaseVoice(here);
    await here.rows("update coaching.members set replies = 'auto'");
    model.misbehave("hang");
    const before = model.requests;
    const { waits, seconds } = await pace(rate / 2, Math.round(texts / 2));
    const urgent = await times(waits.filter((text) => text.isUrgent));
    await say(
      `hung: ${(rate / 2).toFixed(1)} texts a second for ${seconds.toFixed(0)} s, the model never answers (${model.requests - before} questions hang); from the webhook to the emergency text ${spread(urgent)} (${urgent.length})`,
    );
    const ordinary = await times(waits.filter((text) => !text.isUrgent));
    await say(
      `hung: ordinary texts had their fixed text and a coach after ${spread(ordinary)} (${ordinary.length} of ${waits.filter((text) => !text.isUrgent).length} within a minute)`,
    );
    lost = 0;
  }

  if (wanted.has("pages")) {
    const [someone] = await here.rows<{ id: string }>("select subject_id as id from coaching.members limit 1");
    for (const [name, path] of [
      ["inbox, who waits", ""],
      ["inbox, all", "/?show=all"],
      ["inbox, the last page", `/?show=all&from=${members - 29}`],
      ["inbox, found by name", `/?show=all&find=${encodeURIComponent(nameOf(77))}`],
      ["members", "/members"],
      ["members, the last page", `/members?from=${members - 30}`],
      ["members, who is active", "/members?status=active"],
      ["members, found by name", `/members?find=${encodeURIComponent(nameOf(77))}`],
      ["journeys", "/journeys"],
      ["incidents and tasks", "/incidents"],
      ["incidents and tasks, the last page", `/incidents?closed=1975&tasks=${Math.floor(members / 10) - 25}`],
      ["thread and trend", `/members/${someone?.id}`],
      ["files", `/members/${someone?.id}/readings`],
      ["settings and consent", `/members/${someone?.id}/settings`],
      ["team", "/team"],
      ["outcome report", "/report.csv"],
      ["telephones", "/phone"],
    ] as const) {
      const taken: number[] = [];
      let bytes = 0;
      let status = 0;
      for (let turn = 0; turn < Number(said.looks) && status <= 200; turn += 1) {
        const start = performance.now();
        const page = await here.as.supervisor.get(here.url(path));
        taken.push(performance.now() - start);
        ({ status } = page);
        bytes = page.bytes.byteLength;
      }
      await say(
        status === 200
          ? `pages: ${name}, p50 ${at(taken, 0.5)} ms, p95 ${at(taken, 0.95)} ms, ${Math.round(bytes / 1000)} kB`
          : `pages: ${name} answered ${status}`,
      );
    }
  }
  const [row] = await here.rows<{ lost: number; twice: number }>(
    `select (select count(*)::int from coaching.inbound where stage not in ('routed', 'ignored')) as lost,
       (select count(*)::int from (select subject_id from coaching.outbox where cause like 'in:%' group by cause, subject_id having count(*) > 1) x) as twice`,
  );
  await say(`of ${next} texts ${(row?.lost ?? 0) + lost} not answered, ${row?.twice} answered twice`);
  process.exitCode = (row?.lost ?? 0) + lost + (row?.twice ?? 0) === 0 ? 0 : 1;
} finally {
  serving.child.kill("SIGKILL");
  await serving.child.exited;
  carrier.stop();
  await model.stop();
  await here.stop();
  await server.stop();
  own.remove();
}
