/** From a configuration to a running Cairn, and back in order. */
import type { Config } from "./config.ts";
import { openDatabase } from "./db/database.ts";
import { compileQueries } from "./db/query.ts";
import { describeDemo, loadDemo } from "./demo.ts";
import type { Log } from "./house.ts";
import { sendToHttps, tlsOptions } from "./http/listener.ts";
import { openHouse } from "./open-house.ts";
import { loadKernel } from "./product.ts";
import { requireKeys } from "./vault/standing.ts";

export interface Serving {
  readonly url: string;
  stop(): Promise<void>;
}

/** One line of JSON for each thing worth knowing; a value of a patient is never among its facts. */
const log: Log = (level, event, facts = {}) => {
  if (level === "info") return;
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, event, ...facts })}\n`);
};

/** The longest that a file may take until its first byte. */
const FILE_SECONDS = 250;

/** Resolves once the first page can be asked for and, in development, the demo hospitals are furnished. */
export async function serve(config: Config): Promise<Serving> {
  const kernel = await loadKernel(config);
  // A statement that is not whole stops the start, not the person who comes to it first.
  if (config.environment === "production") compileQueries();
  const database = await openDatabase(config, { kernel });
  const open = await openHouse(config, database, kernel, { log, worker: true });
  try {
    for (const sentence of await requireKeys(open.house.vault, database)) log("warn", "keys.standing", { sentence });
  } catch (error) {
    await open.stop();
    await database.stop();
    throw error;
  }
  const server = Bun.serve({
    hostname: config.host,
    port: config.port,
    // Forms are read by the endpoint, with a limit of each route's own; this is the ceiling for all of them.
    maxRequestBodySize: 64 * 1024 * 1024,
    idleTimeout: 15,
    development: false,
    ...(config.tls && { tls: tlsOptions(config.tls) }),
    fetch: (request, bun) => {
      // Who is slow to ask is cut off after 15 seconds; who waits for a long file is not.
      const arrived = () => bun.timeout(request, FILE_SECONDS);
      return open.web.fetch(request, bun.requestIP(request)?.address ?? null, arrived);
    },
  });
  const redirecting = config.tls?.redirectPort === undefined ? null : sendToHttps(config, config.tls.redirectPort);
  const scheme = config.tls ? "https" : "http";
  const url = config.environment === "production" ? config.baseUrl : `${scheme}://localhost:${server.port}`;
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      await redirecting?.stop();
      await server.stop();
      await open.stop();
      await database.stop();
    })();
    return stopping;
  };
  database.lost.then((sentence) => {
    if (stopping) return; // asked to: that is no loss
    log("error", "database.lost", { sentence });
    process.exitCode = 1;
    stop().finally(() => process.exit(1));
  });
  process.stdout.write(`Cairn answers at ${url}\n`);
  if (config.environment === "development") {
    await loadDemo(database, config, open, (sentence) => process.stdout.write(`${sentence}\n`));
    process.stdout.write(await describeDemo(database, url));
  }
  return { url, stop };
}
