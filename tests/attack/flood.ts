/**
 * D19: very many try to sign in, from a thousand addresses, while somebody works: `bun tests/attack/flood.ts`. Nobody gets
 * in, every answer is a refusal or says "wait", and the pages of those who are in come about as fast as before. FLOOD says
 * how many (10,000); the figures hold for the machine and its load.
 */
import { identityRoutes } from "@core/identity/routes.ts";
import { hashPassword } from "@core/vault/password.ts";
import { randomToken } from "@core/vault/primitives.ts";
import { jarAt } from "../support/jar.ts";
import { testWorld } from "../support/world.ts";

export interface Flood {
  /** Status → how often. */
  readonly answers: ReadonlyMap<number, number>;
  /** Milliseconds for a page of somebody who is in: before, and during. */
  readonly before: number;
  readonly during: number;
}

export async function flood(count: number, atOnce = 200): Promise<Flood> {
  const world = await testWorld([], identityRoutes({ environment: "development" }));
  try {
    const ada = await world.person("Ada Okafor", "administrator", null);
    await world.sql(
      "insert into core.credentials (tenant_id, person_id, kind, secret) values ($1, $2, 'password', $3)",
      [world.here.id, ada.id, await hashPassword(randomToken(18))],
    );
    const working = await world.as(ada);
    const page = async () => {
      const since = performance.now();
      if ((await working.get("/account")).status !== 200) throw new Error("whoever is in was put out");
      return performance.now() - since;
    };
    const calm: number[] = [];
    for (let i = 0; i < 200; i++) calm.push(await page());

    const answers = new Map<number, number>();
    let sent = 0;
    const strangers = Array.from({ length: atOnce }, async () => {
      while (sent < count) {
        const i = sent++;
        const jar = jarAt(world, world.here, `10.${i % 4}.${Math.floor(i / 4) % 250}.7`);
        const email = i % 2 === 0 ? ada.email : `nobody.${i}@example.org`;
        const { status } = await jar.post("/sign-in", { email, password: `guess number ${i}` });
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    });
    let isOver = false;
    const all = Promise.all(strangers).then(() => {
      isOver = true;
    });
    const busy: number[] = [];
    while (!isOver) {
      busy.push(await page());
      await Bun.sleep(5);
    }
    await all;
    return { answers, before: p95(calm), during: p95(busy) };
  } finally {
    await world.stop();
  }
}

const p95 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;

/** Refused, told to wait, or too busy: anything else let somebody in or broke. */
export const REFUSALS: readonly number[] = [422, 429, 503];

if (import.meta.main) {
  const { answers, before, during } = await flood(Number(process.env.FLOOD ?? 10_000));
  const all = [...answers].sort(([a], [b]) => a - b);
  const tried = all.reduce((sum, [, times]) => sum + times, 0);
  const refused = all.reduce((sum, [status, times]) => sum + (REFUSALS.includes(status) ? times : 0), 0);
  console.log(`sign-ins from 1,000 addresses: ${tried} tried, ${refused} refused`);
  for (const [status, times] of all) console.log(`  ${status}: ${times}`);
  console.log(
    `a page of somebody who is in, p95: ${before.toFixed(1)} ms before, ${during.toFixed(1)} ms during (${(during / before).toFixed(1)} times)`,
  );
  process.exit(refused === tried ? 0 : 1);
}
