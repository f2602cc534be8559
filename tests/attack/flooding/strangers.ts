/**
 * The strangers of a flood, in a process of their own and of the lowest priority, so that what they cost is what the
 * server does for them: `bun strangers.ts <port> <host> <known address>`, asked by IPC. Addresses: 10.0.0.7 … 10.3.249.7.
 */
import { setPriority } from "node:os";

export interface Flooding {
  readonly count: number;
  /** So many a second, whether answered or not; null: each of `atOnce` asks again as soon as it is answered. */
  readonly rate: number | null;
  readonly atOnce: number;
}
export interface Answered {
  /** Status → how often; 0: no answer. */
  readonly answers: Readonly<Record<number, number>>;
  readonly seconds: number;
}

const [port = "", host = "", known = ""] = process.argv.slice(2);
setPriority(0, 19);

async function guess(i: number, answers: Record<number, number>): Promise<void> {
  const body = new URLSearchParams({
    email: i % 2 === 0 ? known : `nobody.${i}@example.org`,
    password: `guess number ${i}`,
  });
  const status = await fetch(`http://127.0.0.1:${port}/sign-in`, {
    method: "POST",
    body,
    redirect: "manual",
    headers: {
      host,
      "sec-fetch-site": "same-origin",
      "x-forwarded-for": `10.${i % 4}.${Math.floor(i / 4) % 250}.7`,
    },
    signal: AbortSignal.timeout(60_000),
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => 0,
  );
  answers[status] = (answers[status] ?? 0) + 1;
}

async function flood({ count, rate, atOnce }: Flooding): Promise<Answered> {
  const answers: Record<number, number> = {};
  const since = performance.now();
  let sent = 0;
  if (rate === null) {
    const one = async () => {
      while (sent < count) await guess(sent++, answers);
    };
    await Promise.all(Array.from({ length: atOnce }, one));
  } else {
    const all: Promise<void>[] = [];
    while (sent < count) {
      const due = Math.min(count, Math.floor(((performance.now() - since) / 1_000) * rate));
      while (sent < due) all.push(guess(sent++, answers));
      await Bun.sleep(2);
    }
    await Promise.all(all);
  }
  return { answers, seconds: (performance.now() - since) / 1_000 };
}

process.on("message", (job: Flooding) => {
  flood(job).then(
    (answered) => process.send?.(answered),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.("here");
