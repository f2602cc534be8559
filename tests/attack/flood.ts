/**
 * D19: very many try to sign in, from a thousand addresses, while people work: `bun run attack flood`. `cairn serve` runs
 * in one process, the strangers in another of the lowest priority, who works and who signs in in this one.
 *
 * Nobody of the strangers gets in, every answer is a refusal or says "wait"; whoever is in has his pages in at most twice
 * the time; and the owner of the account that is guessed signs in on her own device the while. FLOOD says how many
 * strangers (10,000). The figures hold for the machine and its load.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { type Served, serveWorld } from "../support/served.ts";
import type { Answered, Flooding } from "./flooding/strangers.ts";

/** Refused, told to wait, or too busy: anything else let somebody in or broke. */
export const REFUSALS: readonly number[] = [422, 429, 503];

interface Wave extends Answered {
  /** Milliseconds of each page of somebody inside: before, and while it lasted. */
  readonly calm: readonly number[];
  readonly pages: readonly number[];
  /** Milliseconds of each sign-in of the owner the while; how many were refused. */
  readonly owner: readonly number[];
  readonly shutOut: number;
  /** Cores that the server kept busy. */
  readonly cores: number;
}

const CALM_MS = 6_000;
const PASSWORD = randomToken(18);

class Insider {
  readonly cookies = new Map<string, string>();
  constructor(
    private readonly served: Served,
    private readonly address: string,
  ) {}

  async ask(path: string, form?: Readonly<Record<string, string>>): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.served.port}${path}`, {
      method: form ? "POST" : "GET",
      redirect: "manual",
      ...(form && { body: new URLSearchParams({ ...form }) }),
      headers: {
        host: this.served.host,
        "sec-fetch-site": "same-origin",
        "x-forwarded-for": this.address,
        cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      },
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.cookies.set(name, value);
    }
    await answer.arrayBuffer();
    return answer.status;
  }
}

async function timed(act: () => Promise<void>): Promise<number> {
  const since = performance.now();
  await act();
  return performance.now() - since;
}

/** One flood against a server of its own. `rate`: so many a second; null: 200 at once, each again once it is answered. */
async function wave(count: number, rate: number | null): Promise<Wave> {
  const served = await serveWorld();
  const { world } = served;
  try {
    const ada = await world.person("Ada Okafor", "administrator", null);
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, ada.id, await hashPassword(PASSWORD)],
    );
    const ben = await world.person("Ben Working", "administrator", null);
    const working = new Insider(served, "192.0.2.10");
    const token = await world.house.sessions.open(world.here.id, ben.id, "test", "192.0.2.10", null);
    working.cookies.set("__Host-sid", await world.house.tokens.sign(token, world.here.id));
    const page = () =>
      timed(async () => {
        const status = await working.ask("/account");
        if (status !== 200) throw new Error(`whoever is in was answered ${status}`);
      });
    const pagesUntil = async (isOver: () => boolean) => {
      const times: number[] = [];
      while (!isOver()) {
        times.push(await page());
        await Bun.sleep(5);
      }
      return times;
    };
    const own = new Insider(served, "192.0.2.11");
    const signIn = async () => (await own.ask("/sign-in", { email: ada.email, password: PASSWORD })) === 303;
    if (!(await signIn())) throw new Error("the owner does not get in on a quiet day: nothing is proved");

    for (let i = 0; i < 150; i++) await page(); // warm
    const until = performance.now() + CALM_MS;
    const calm = await pagesUntil(() => performance.now() > until);

    const said: unknown[] = [];
    const strangers = Bun.spawn(
      [process.execPath, join(import.meta.dir, "flooding/strangers.ts"), String(served.port), served.host, ada.email],
      { stdio: ["ignore", "inherit", "inherit"], ipc: (message) => said.push(message) },
    );
    while (said.length < 1) await Bun.sleep(20);
    const cpu = served.cpu();
    strangers.send({ count, rate, atOnce: 200 } satisfies Flooding);
    const isOver = () => said.length > 1;
    const owner: number[] = [];
    let shutOut = 0;
    const signingIn = async () => {
      while (!isOver()) {
        owner.push(
          await timed(async () => {
            if (!(await signIn())) shutOut += 1;
          }),
        );
        await Bun.sleep(1_000);
      }
    };
    const [pages] = await Promise.all([pagesUntil(isOver), signingIn()]);
    const answered = said[1] as Answered;
    strangers.kill();
    await strangers.exited;
    return { ...answered, calm, pages, owner, shutOut, cores: (served.cpu() - cpu) / answered.seconds };
  } finally {
    await served.stop();
  }
}

const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;
const told = (times: readonly number[]) => `p50 ${at(times, 0.5).toFixed(1)}, p95 ${at(times, 0.95).toFixed(1)} ms`;

const KINDS: readonly (readonly [title: string, rate: number | null])[] = [
  ["10,000 a minute (D19)", 10_000 / 60],
  ["500 a second", 500],
  ["200 at once, each again as soon as it is answered", null],
];

if (import.meta.main) {
  const count = Number(process.env.FLOOD ?? 10_000);
  console.log(
    `${navigator.hardwareConcurrency} cores. The server runs as \`cairn serve\`; the strangers are another process, of the lowest priority.`,
  );
  let through = 0;
  for (const [title, rate] of KINDS) {
    const load = loadavg()[0] ?? 0;
    const { answers, seconds, calm, pages, owner, shutOut, cores } = await wave(count, rate);
    const all = Object.entries(answers).map(([status, times]) => [Number(status), times] as const);
    const tried = all.reduce((sum, [, times]) => sum + times, 0);
    const refused = all.reduce((sum, [status, times]) => sum + (REFUSALS.includes(status) ? times : 0), 0);
    through += tried - refused + shutOut;
    console.log(`${title}: ${tried} tried from 1,000 addresses in ${seconds.toFixed(1)} s, ${refused} refused`);
    console.log(`  answers: ${all.map(([status, times]) => `${times} × ${status}`).join(", ")}`);
    console.log(
      `  a page of somebody who is in: before ${told(calm)}; during ${told(pages)}; ${(at(pages, 0.95) / at(calm, 0.95)).toFixed(1)} times (the bar is 2)`,
    );
    console.log(
      `  the owner on her own device: ${owner.length} sign-ins, ${shutOut} refused, ${told(owner)}; the server used ${cores.toFixed(2)} cores; load before ${load.toFixed(1)}`,
    );
  }
  process.exit(through === 0 ? 0 : 1);
}
