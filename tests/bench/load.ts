/**
 * A process of its own that asks for pages: keep-alive connections, one request in flight on each. It writes HTTP itself,
 * because on two cores a client that parses headers would be measured along with the server.
 */
import type { Socket } from "bun";

export interface LoadJob {
  readonly port: number;
  /** Whole requests, as they go over the wire. */
  readonly requests: readonly string[];
  readonly status: number;
  readonly concurrency: number;
  readonly warmMs: number;
  readonly ms: number;
}
export interface Measured {
  readonly count: number;
  /** Answers with another status than asked for. */
  readonly wrong: number;
  readonly seconds: number;
  /** Milliseconds of each, sorted. */
  readonly times: readonly number[];
}

async function run({ port, requests, status, concurrency, warmMs, ms }: LoadJob): Promise<Measured> {
  const bytes = requests.map((request) => Buffer.from(request));
  const times: number[] = [];
  let wrong = 0;
  let turn = 0;
  const start = performance.now() + warmMs;
  const end = start + ms;
  const expected = `HTTP/1.1 ${status} `;
  const one = () => {
    const done = Promise.withResolvers<void>();
    let sent = 0;
    let need = -1;
    let got = 0;
    let head = "";
    const next = (socket: Socket) => {
      sent = performance.now();
      need = -1;
      got = 0;
      head = "";
      socket.write(bytes[turn++ % bytes.length] as Buffer);
    };
    void Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: next,
        data(socket, chunk) {
          if (need < 0) {
            head += chunk.toString("latin1");
            const cut = head.indexOf("\r\n\r\n");
            if (cut < 0) return;
            const length = /\r\ncontent-length: (\d+)/i.exec(head);
            need = cut + 4 + Number(length?.[1] ?? 0);
            got = head.length;
          } else got += chunk.length;
          if (got < need) return;
          const now = performance.now();
          if (!head.startsWith(expected)) wrong += 1;
          if (now >= start && now < end) times.push(now - sent);
          if (now < end) next(socket);
          else {
            socket.end();
            done.resolve();
          }
        },
        close: () => done.resolve(),
        error: (_, error) => done.reject(error),
        connectError: (_, error) => done.reject(error),
      },
    });
    return done.promise;
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  times.sort((a, b) => a - b);
  return { count: times.length, wrong, seconds: ms / 1_000, times };
}

process.on("message", (job: LoadJob) => {
  run(job).then(
    (measured) => process.send?.(measured),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));
