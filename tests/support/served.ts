/**
 * A world behind `cairn serve`, in production and in a process of its own, on a loopback port. It stands behind one proxy,
 * which is whoever asks: so a drill can come from many addresses.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "@core/db/connection.ts";
import { modules } from "../../modules/index.ts";
import { testWorld, type World } from "./world.ts";

const DOMAIN = "cairn.example.org";
const START_MS = 60_000;

export interface Served {
  readonly world: World;
  readonly port: number;
  /** The first institution's, for the header Host. */
  readonly host: string;
  /** Seconds of CPU that the server has used so far. */
  cpu(): number;
  stop(): Promise<void>;
}

export async function serveWorld(): Promise<Served> {
  const world = await testWorld(modules, [], { environment: "production", baseUrl: `https://${DOMAIN}` });
  const { owner, roles, secret } = world.database;
  const port = freePort();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../core/cli/cairn.ts"), "serve"], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CAIRN_ENV: "production",
      BASE_URL: `https://${DOMAIN}`,
      HOST: "127.0.0.1",
      PORT: String(port),
      DATABASE_URL: urlOf(owner),
      CAIRN_ROLE_PREFIX: roles.app.replace(/_app$/, ""),
      SECRET_KEY: secret,
      CAIRN_DATA: world.house.config.data,
      CAIRN_TRUSTED_PROXIES: "1",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const stop = async () => {
    child.kill();
    await child.exited;
    await world.stop();
  };
  const until = performance.now() + START_MS;
  for (;;) {
    const isReady = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    if (child.exitCode !== null || performance.now() > until) {
      await stop();
      throw new Error("the server did not come up");
    }
    await Bun.sleep(100);
  }
  return {
    world,
    port,
    host: `${world.here.slug}.${DOMAIN}`,
    cpu: () => {
      const [user = 0, system = 0] = (readFileSync(`/proc/${child.pid}/stat`, "latin1").split(") ")[1] ?? "")
        .split(" ")
        .slice(11, 13)
        .map(Number);
      return (user + system) / 100;
    },
    stop,
  };
}

function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  server.stop(true);
  return port;
}

function urlOf({ host, port, user, password, database }: Connection): string {
  const words = [user, password, database, host].map(encodeURIComponent);
  return `postgres://${words[0]}:${words[1]}@/${words[2]}?host=${words[3]}&port=${port}`;
}
