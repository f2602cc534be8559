/**
 * A service's process is killed at each stage of a text, while members text of low values and a provider sends: afterwards
 * every text that came in has been taken up once, every member has the safety text once, or, where the provider cannot be
 * asked, people were called and nothing was said twice.
 *
 * `bun run fault coaching`: all stages three times, with Twilio (can be asked) and Amazon (cannot), recovered by the clock
 * as in production, and how long it took. ROUNDS=1 for fewer. tests/modules/coaching/provider.test.ts is the short form.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminRoutes } from "@core/admin/routes.ts";
import type { Connection } from "@core/db/connection.ts";
import type { Roles } from "@core/db/roles.ts";
import { signedForm } from "@core/sms/twilio-webhook.ts";
import { hmacSha1 } from "@core/vault/webhook-signatures.ts";
import { coaching } from "../../modules/coaching/module.ts";
import { durableServer } from "../bench/stage.ts";
import { type Member, type Service, service, useProvider } from "../modules/coaching/service.ts";
import { startAwsTexts } from "../support/aws-sms-stand-in.ts";
import { startSns } from "../support/sns-stand-in.ts";
import { startTwilio } from "../support/twilio-stand-in.ts";
import { testWorld } from "../support/world.ts";

/** Each stage of a text, before and after it is kept. */
export const moments = [
  "received, before COMMIT",
  "received, after COMMIT",
  "taken up, before COMMIT",
  "taken up, after COMMIT",
  "claimed, before COMMIT",
  "claimed, the provider not called",
  "taken by the provider, its answer unread",
  "settled, before COMMIT",
  "settled, after COMMIT",
] as const;
export type Moment = (typeof moments)[number];

export interface ProcessFacts {
  readonly owner: Connection;
  readonly roles: Roles;
  readonly secret: string;
  /** The folder with the keyring. */
  readonly data: string;
  readonly certificate: string;
  readonly dieAt: Moment | null;
  /** How many times that moment passes by first. */
  readonly spare: number;
  /** Takes jobs from the queue, too: what a killed process left, and the clock. */
  readonly worker: boolean;
}

export interface Carrier {
  readonly name: string;
  readonly canBeAsked: boolean;
  use(here: Service): Promise<void>;
  /** The request that brings a text; the same id again is the same text. */
  knock(
    here: Service,
    from: string,
    words: string,
    id: string,
  ): { path: string; body: string; headers: Record<string, string> };
  /** How many texts it took for this number, and when the first. */
  taken(number: string): { readonly count: number; readonly at: number | null };
  /** When it takes the next text for this number. */
  next(number: string): Promise<number>;
  readonly certificate: string;
  stop(): void;
}

const authToken = "an-invented-token";

export function viaTwilio(): Carrier {
  const twilio = startTwilio();
  return {
    name: "Twilio",
    canBeAsked: true,
    certificate: "",
    use: (here) =>
      useProvider(here, "text", {
        kind: "twilio",
        endpoint: twilio.url,
        config: { accountSid: twilio.accountSid, keySid: twilio.keySid, from: "+15550100000" },
        secret: { keySecret: twilio.keySecret, authToken },
      }),
    knock(here, from, words, id) {
      const path = `/hooks/${here.workspace.slug}/coaching/twilio`;
      const form = new URLSearchParams({ MessageSid: id, From: from, To: "+15550100000", Body: words, NumMedia: "0" });
      const signature = hmacSha1(authToken, signedForm(`http://northfield.localhost:3000${path}`, form));
      const type = "application/x-www-form-urlencoded";
      return { path, body: form.toString(), headers: { "x-twilio-signature": signature, "content-type": type } };
    },
    taken(number) {
      const mine = twilio.listed.filter(({ to }) => to === number);
      return { count: mine.length, at: mine[0]?.at ?? null };
    },
    next: twilio.next,
    stop: () => twilio.stop(),
  };
}

export function viaAmazon(): Carrier {
  const aws = startAwsTexts();
  const sns = startSns(aws.region);
  return {
    name: "Amazon",
    canBeAsked: false,
    certificate: sns.certificate,
    use: (here) =>
      useProvider(here, "text", {
        kind: "aws-sms",
        endpoint: aws.url,
        config: { originationIdentity: "pool-1", topicArns: sns.topicArn, accessKeyId: aws.credentials.accessKeyId },
        secret: { secretAccessKey: aws.credentials.secretAccessKey },
      }),
    knock: (here, from, words, id) => ({
      path: `/hooks/${here.workspace.slug}/coaching/aws`,
      body: sns.notice(sns.inbound(from, words, id)),
      headers: { "content-type": "text/plain; charset=UTF-8" },
    }),
    taken(number) {
      const mine = aws.taken.filter(({ to }) => to === number);
      return { count: mine.length, at: mine[0]?.at ?? null };
    },
    next: aws.next,
    stop: () => aws.stop(),
  };
}

// ── A process, and what is said to it ───────────────────────────────────────────────────────────────────────────────

interface Serving {
  readonly port: number;
  readonly child: Bun.Subprocess;
}

export async function serve(
  { world }: Service,
  how: Pick<ProcessFacts, "dieAt" | "spare" | "worker" | "certificate">,
): Promise<Serving> {
  const { database, house } = world;
  const facts: ProcessFacts = {
    owner: database.owner,
    roles: database.roles,
    secret: database.secret,
    data: house.config.data,
    ...how,
  };
  const file = join(facts.data, "process.json");
  writeFileSync(file, JSON.stringify(facts), { mode: 0o600 });
  const ready = Promise.withResolvers<number>();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "coaching-process.ts"), file], {
    stdio: ["ignore", "inherit", "inherit"],
    ipc: (message: { port?: number }) => ready.resolve(message.port ?? 0),
  });
  const gone = child.exited.then((code): number => {
    throw new Error(`the process ended with ${code} before it was ready`);
  });
  return { port: await Promise.race([ready.promise, gone]), child };
}

/** False: no answer, or none that says it is kept. The provider brings it again. */
export async function bring(here: Service, port: number, knock: ReturnType<Carrier["knock"]>): Promise<boolean> {
  const { path, body, headers } = knock;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      body,
      headers: { ...headers, host: `${here.workspace.tenant.slug}.localhost:3000` },
    });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}

// ── What became of it all ───────────────────────────────────────────────────────────────────────────────────────────

export interface Found {
  readonly texts: number;
  /** Came in and was never taken up, or twice. */
  readonly lost: number;
  /** Members to whom the provider took the safety text more than once. */
  readonly doubled: number;
  /** Members who have no text, and for whom nobody was called because of it. */
  readonly silent: number;
  /** Members for whom people were called because nobody could say whether the text went out. */
  readonly called: number;
  /** Still on its way. */
  readonly open: number;
}

export async function look(here: Service, carrier: Carrier, members: readonly Member[]): Promise<Found> {
  const rows = await here.rows<{ id: string; routed: number; outgoing: number; open: number; unheard: number }>(
    `select m.subject_id as id,
       (select count(*)::int from coaching.inbound i where i.subject_id = m.subject_id and i.stage = 'routed') as routed,
       (select count(*)::int from coaching.outbox o where o.subject_id = m.subject_id and o.cause like 'in:%') as outgoing,
       (select count(*)::int from coaching.outbox o where o.subject_id = m.subject_id and o.status in ('queued', 'held', 'sending')) as open,
       (select count(*)::int from coaching.incident_steps s where s.subject_id = m.subject_id and s.step = 'unheard') as unheard
     from coaching.members m where m.subject_id = any($1::uuid[])`,
    [members.map(({ id }) => id)],
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  const each = members.map((member) => ({
    row: byId.get(member.id) ?? { routed: 0, outgoing: 0, open: 0, unheard: 0 },
    taken: carrier.taken(member.phone).count,
  }));
  const count = (is: (one: (typeof each)[number]) => boolean) => each.filter(is).length;
  return {
    texts: members.length,
    lost: count(({ row }) => row.routed !== 1 || row.outgoing !== 1),
    doubled: count(({ taken }) => taken > 1),
    silent: count(({ row, taken }) => taken === 0 && row.unheard === 0),
    called: count(({ row }) => row.unheard > 0),
    open: count(({ row }) => row.open > 0),
  };
}

// ── The long form ───────────────────────────────────────────────────────────────────────────────────────────────────

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const EACH = 4;

export async function drill(): Promise<boolean> {
  const own = durableServer();
  const server = await own.start();
  try {
    let well = true;
    for (const carrier of [viaTwilio(), viaAmazon()]) {
      const here = await service(await testWorld([coaching], adminRoutes, {}, server.owner));
      try {
        await carrier.use(here);
        well = (await kill(here, carrier)) && well;
      } finally {
        carrier.stop();
        await here.stop();
      }
    }
    return well;
  } finally {
    await server.stop();
    own.remove();
  }
}

async function kill(here: Service, carrier: Carrier): Promise<boolean> {
  const { certificate } = carrier;
  const members: Member[] = [];
  const began = new Map<string, number>();
  const unkept: { readonly phone: string; readonly id: string }[] = [];
  let kills = 0;
  for (let round = 0; round < ROUNDS; round += 1)
    for (const dieAt of moments) {
      const serving = await serve(here, { dieAt, spare: round, worker: true, certificate });
      const mine: Member[] = [];
      for (let at = 0; at < EACH; at += 1) mine.push(await here.invite(`Kay Killed ${members.length + at}`));
      members.push(...mine);
      await Promise.all(
        mine.map(async (member) => {
          const id = crypto.randomUUID();
          began.set(member.phone, Date.now());
          const isKept = await bring(here, serving.port, carrier.knock(here, member.phone, "bg 45", id));
          if (!isKept) unkept.push({ phone: member.phone, id });
        }),
      );
      const isDead = await Promise.race([serving.child.exited.then(() => true), Bun.sleep(20_000).then(() => false)]);
      if (isDead) kills += 1;
      else serving.child.kill("SIGKILL");
      await serving.child.exited;
      console.log(
        `${carrier.name}, ${dieAt} (${round + 1}): ${isDead ? "died there" : "did not come there in 20 s, killed"}`,
      );
    }
  // Another process takes over, and the provider brings what nobody said was kept.
  const last = await serve(here, { dieAt: null, spare: 0, worker: true, certificate });
  const since = Date.now();
  for (const { phone, id } of unkept) {
    began.set(phone, Date.now());
    await bring(here, last.port, carrier.knock(here, phone, "bg 45", id));
  }
  const end = since + 240_000;
  while ((await look(here, carrier, members)).open > 0 && Date.now() < end) await Bun.sleep(500);
  const recovered = (Date.now() - since) / 1_000;
  last.child.kill("SIGKILL");
  await last.child.exited;
  const { texts, called, ...wrong } = await look(here, carrier, members);
  const waits = members
    .flatMap(({ phone }) => {
      const { at } = carrier.taken(phone);
      return at === null ? [] : [(at - (began.get(phone) ?? at)) / 1_000];
    })
    .sort((a, b) => a - b);
  const said = Object.entries(wrong).map(([what, count]) => `${what} ${count}`);
  console.log(
    `${carrier.name}: ${kills} kills, ${texts} texts of low values: ${said.join(", ")}; people called because nobody could say ${called}. ` +
      `All settled ${recovered.toFixed(0)} s after the last process began; from the text to the provider p50 ${waits[Math.floor(waits.length / 2)]?.toFixed(1)} s, longest ${waits.at(-1)?.toFixed(0)} s.`,
  );
  return (
    Object.values(wrong).every((count) => count === 0) && kills >= moments.length && (carrier.canBeAsked || called > 0)
  );
}
