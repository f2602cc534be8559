/**
 * `bun tests/bench/sign-ins.ts`: how many sign-ins by password a second `cairn serve` takes, against as many checks of a
 * password as argon2 alone does with as many at once (one core fewer than there are). The bar is 0.8. In turn, thrice, so
 * that what else the machine does falls on both. SECONDS says how long each (4).
 */
import { availableParallelism, loadavg } from "node:os";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { serveWorld } from "../support/served.ts";

const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = 3;
const AT_ONCE = 8;
const PEOPLE = 16;

const password = randomToken(18);
const hash = await hashPassword(password);

/** How many a second: `lanes` of them, each again as soon as it is done. */
async function rate(lanes: number, act: (lane: number) => Promise<void>): Promise<number> {
  const until = performance.now() + SECONDS * 1_000;
  const since = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() < until) {
        await act(lane);
        done += 1;
      }
    }),
  );
  return done / ((performance.now() - since) / 1_000);
}

const served = await serveWorld();
try {
  const { world, host, port } = served;
  const emails: string[] = [];
  for (let i = 0; i < PEOPLE; i += 1) {
    const person = await world.person(`Ivy Invented ${i}`, "administrator", null);
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, person.id, hash],
    );
    emails.push(person.email);
  }
  const devices = new Map<string, string>();
  let turn = 0;
  const signIn = async (isKnown: boolean) => {
    turn += 1;
    const email = emails[turn % PEOPLE] ?? "";
    const device = isKnown ? (devices.get(email) ?? "") : "";
    const answer = await fetch(`http://127.0.0.1:${port}/sign-in`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ email, password }),
      headers: {
        host,
        "sec-fetch-site": "same-origin",
        "x-forwarded-for": `192.0.2.${turn % 200}`,
        ...(device && { cookie: `__Host-device=${device}` }),
      },
    });
    if (answer.status !== 303) throw new Error(`a right password was answered ${answer.status}`);
    const line = answer.headers.getSetCookie().find((one) => one.startsWith("__Host-device=")) ?? "";
    devices.set(email, /=([^;]*)/.exec(line)?.[1] ?? "");
  };
  for (let i = 0; i < PEOPLE * 2; i += 1) await signIn(i >= PEOPLE); // warm, and known
  const cores = Math.max(1, availableParallelism() - 1);
  const kinds = {
    bare: () =>
      rate(cores, async () => {
        await Bun.password.verify(password, hash);
      }),
    known: () => rate(AT_ONCE, () => signIn(true)),
    strange: () => rate(AT_ONCE, () => signIn(false)),
  };
  const sums = { bare: 0, known: 0, strange: 0 };
  const load = loadavg()[0] ?? 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["bare", "known", "strange"] as const) {
      await world.sql("delete from core.rates");
      sums[kind] += (await kinds[kind]()) / ROUNDS;
    }
  }
  console.log(
    `${availableParallelism()} cores, load ${load.toFixed(1)}; ${AT_ONCE} sign-ins at once, ${ROUNDS} × ${SECONDS} s each`,
  );
  console.log(`argon2 alone, ${cores} at once: ${sums.bare.toFixed(1)} a second`);
  console.log(
    `sign-ins on known devices: ${sums.known.toFixed(1)} a second, ${(sums.known / sums.bare).toFixed(2)} of it (the bar is 0.8)`,
  );
  console.log(
    `sign-ins on strange devices: ${sums.strange.toFixed(1)} a second, ${(sums.strange / sums.bare).toFixed(2)} of it`,
  );
} finally {
  await served.stop();
}
