/**
 * `bun run bench:consent`: what a participant waits for. Prints, and judges nothing: the figures belong to this machine and
 * this hour.
 *
 *   weight   each page of a participant: requests, bytes over the wire with an empty cache, and with what is kept already
 *   link     from the link to the signature on a throttled telephone: requests, bytes, seconds of waiting
 *   many     so many participants signing at once, over HTTP: how many are kept, in which order, and how long each waits
 *
 *   bun run bench:consent [--only weight,link,many] [--participants 200]
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { ask, enter, readThrough, sign, wayFor } from "../modules/econsent/signing.ts";
import { publish, raise, type Study, write } from "../modules/econsent/study.ts";
import { openStage, type Stage, type Visitor } from "../support/stage.ts";

const { values: said } = parseArgs({
  options: {
    only: { type: "string", default: "weight,link,many" },
    participants: { type: "string", default: "200" },
  },
});
const wanted = new Set(said.only.split(","));
const say = (line: string) => process.stdout.write(`${line}\n`);
const since = (began: number) => (performance.now() - began) / 1000;
const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** As a phone far from the mast: 400 ms round trip, 1.6 Mbit/s down, 0.75 up. */
const SLOW = { offline: false, latency: 400, downloadThroughput: 200_000, uploadThroughput: 94_000 };

async function meter(visitor: Visitor, conditions: typeof SLOW | null) {
  const session = await visitor.context.newCDPSession(visitor.page);
  await session.send("Network.enable");
  if (conditions) await session.send("Network.emulateNetworkConditions", conditions);
  const count = { requests: 0, bytes: 0 };
  session.on("Network.responseReceived", ({ response }) => {
    if (!response.fromDiskCache) count.requests += 1;
  });
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    count.bytes += encodedDataLength;
  });
  return count;
}

/** One touch on a button that leads to another page. */
const press = (page: Visitor["page"], name: string | RegExp) =>
  Promise.all([page.waitForEvent("load"), page.getByRole("button", { name }).first().click()]);

async function throughIt(
  visitor: Visitor,
  way: { gate: string; code: string },
  each: (title: string) => Promise<void>,
) {
  const { page } = visitor;
  const step = async (act: () => Promise<unknown>) => {
    const began = performance.now();
    await act();
    waited += since(began);
    await each((await page.getByRole("heading", { level: 1 }).textContent()) ?? "");
  };
  let waited = 0;
  await step(() => page.goto(visitor.url(way.gate), { waitUntil: "load" }));
  await page.getByLabel("Code").fill(way.code);
  await step(() => press(page, "Continue"));
  await step(() => press(page, "Begin"));
  for (let section = 0; section < 3; section++) await step(() => press(page, /^Continue$/));
  await page.getByLabel("Yes, at any time").check();
  await step(() => press(page, "Answer"));
  for (let choice = 0; choice < 3; choice++) await step(() => press(page, /^Yes$/));
  for (const box of await page.getByRole("checkbox").all()) await box.check();
  await page.getByLabel("Your full name").fill("Pia Participant");
  await step(() => press(page, /^Sign$/));
  if (!(await visitor.words()).includes("Thank you, you have signed")) throw new Error("it was not signed");
  return waited;
}

async function weight(stage: Stage, house: Study) {
  const asked = await ask(house);
  const visitor = await stage.visitor({ phone: true });
  const count = await meter(visitor, null);
  const before = { requests: 0, bytes: 0 };
  await throughIt(visitor, await wayFor(house, asked.signers[0] ?? ""), async (title) => {
    say(`weight: ${title}: ${count.requests - before.requests} requests, ${kB(count.bytes - before.bytes)}`);
    Object.assign(before, count);
  });
  await visitor.close();
}

async function link(stage: Stage, house: Study) {
  const asked = await ask(house);
  const visitor = await stage.visitor({ phone: true });
  const count = await meter(visitor, SLOW);
  let pages = 0;
  const waited = await throughIt(visitor, await wayFor(house, asked.signers[0] ?? ""), async () => {
    pages += 1;
  });
  say(
    `link: from the link to the signature ${waited.toFixed(1)} s of waiting over ${pages} pages, ${count.requests} requests, ${kB(count.bytes)} (400 ms, 1.6 Mbit/s); reading and thinking come on top`,
  );
  await visitor.close();
}

async function many(house: Study, participants: number) {
  const ready: { inside: string; version: string }[] = [];
  const began = performance.now();
  let left = participants;
  const read = async () => {
    for (; left > 0; ) {
      left -= 1;
      const asked = await ask(house);
      const inside = await enter(house, await wayFor(house, asked.signers[0] ?? ""));
      ready.push({ inside, version: await readThrough(house, inside) });
    }
  };
  await Promise.all([read(), read(), read(), read()]);
  say(`many: ${participants} participants have read to the last page after ${since(began).toFixed(0)} s, four at once`);
  const [{ count: before } = { count: 0 }] = await house.rows<{ count: number }>(
    "select count(*)::int as count from econsent.signatures",
  );
  const start = performance.now();
  const times = await Promise.all(
    ready.map(async ({ inside, version }) => {
      const answer = await sign(house, inside, version);
      return { seconds: since(start), status: answer.status, good: answer.location === `${inside}/done` };
    }),
  );
  const [{ count, steps } = { count: 0, steps: 0 }] = await house.rows<{ count: number; steps: number }>(
    `select count(*)::int as count,
       (select count(*)::int from econsent.signatures g where exists (select from econsent.signatures o
         join econsent.signers a on a.id = o.signer_id join econsent.signers b on b.id = g.signer_id
         where o.consent_id = g.consent_id and a.place > b.place and o.made_at < g.made_at)) as steps
     from econsent.signatures`,
  );
  const sorted = times.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  say(
    `many: ${participants} signing at once, load ${loadavg()[0]?.toFixed(1)}: ${times.filter(({ good }) => good).length} told “thank you”, ${times.filter(({ status }) => status === 503).length} told to wait, ${count - before} kept, ${steps} out of order; p50 ${at(0.5)} s, p99 ${at(0.99)} s, last ${at(1)} s`,
  );
}

const stage = await openStage();
try {
  const house = await raise(stage.world);
  await publish(house, await write(house));
  if (wanted.has("weight")) await weight(stage, house);
  if (wanted.has("link")) await link(stage, house);
  if (wanted.has("many")) await many(house, Number(said.participants));
} finally {
  await stage.stop();
}
