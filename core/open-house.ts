/** From a database in step and a checked kernel to a running house: pools, keys, doors and the web in front. */
import { mkdirSync } from "node:fs";
import { KeptWitness, WITNESSES, witnessStanding } from "./audit/kept-witness.ts";
import { originOf, RecordSealer } from "./audit/sealer.ts";
import { RecordWatch } from "./audit/watcher.ts";
import { BackupClock } from "./backup/clock.ts";
import { backupRow, backupStanding, LEDGER } from "./backup/standing.ts";
import { openTarget } from "./backup/targets.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import type { House, Log } from "./house.ts";
import { type Readiness, type Web, web } from "./http/server.ts";
import { sessionTokens } from "./http/tokens.ts";
import { Door } from "./identity/door.ts";
import { FederationDoor } from "./identity/federation/door.ts";
import { openSignInLanes } from "./identity/lanes.ts";
import { PasskeyDoor } from "./identity/passkey/door.ts";
import { Refusals } from "./identity/refusals.ts";
import { Sessions } from "./identity/sessions.ts";
import { Turns } from "./identity/turns.ts";
import { Prompts } from "./jobs/prompts.ts";
import { enqueue } from "./jobs/queue.ts";
import { startWorker, type Worker } from "./jobs/worker.ts";
import type { Kernel } from "./kernel.ts";
import { mailerFor } from "./mail/mailer.ts";
import { type CertificateFetcher, certificateFetcher } from "./sms/sns.ts";
import { Senders } from "./sms/way.ts";
import { LeasePool } from "./tenancy/lease.ts";
import { Transactions } from "./tenancy/transaction.ts";
import { contextKey } from "./vault/context-seal.ts";
import { Vault } from "./vault/envelope.ts";
import { openProvider } from "./vault/place.ts";
import { signingKey } from "./vault/signing.ts";

export interface OpenHouse {
  readonly house: House;
  readonly web: Web;
  /** Null when this process runs no jobs. */
  readonly worker: Worker | null;
  /** Null when this process seals nothing. */
  readonly sealer: RecordSealer | null;
  stop(): Promise<void>;
}

export interface HouseOptions {
  readonly log: Log;
  /** Connections for requests: 6 to 12 serve two cores, more does not help (performance.md). */
  readonly leases?: number;
  /**
   * Runs jobs, sends mail and seals the record in this process too. Several processes may: each job is taken by one of
   * them, and one of them seals at a time.
   */
  readonly worker?: boolean;
  /** Amazon's certificates; a stand-in's in tests. */
  readonly certificates?: CertificateFetcher;
}

/** One short statement each. Less than the 15 seconds after which a request that was not read yet is cut off (serve.ts). */
const DOOR_WAIT_MS = 12_000;

/** Connections of either kind for those without a session. */
const STRANGERS = 2;

export async function openHouse(
  config: Config,
  database: Database,
  kernel: Kernel,
  options: HouseOptions,
): Promise<OpenHouse> {
  const app = new LeasePool(database.as("app"), options.leases ?? 10);
  const doors = new LeasePool(database.as("door"), 4, DOOR_WAIT_MS);
  // Whoever is in never waits behind strangers, however many they are: these have connections of their own.
  const outside = new LeasePool(database.as("app"), STRANGERS);
  const porches = new LeasePool(database.as("door"), STRANGERS, DOOR_WAIT_MS);
  const door = new Door(doors);
  const porch = new Door(porches);
  const federation = new FederationDoor(doors);
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const vault = await openVault(config);
  const senders = new Senders();
  const prompts = new Prompts(() => house);
  const house: House = {
    config,
    kernel,
    transactions: new Transactions(app, contextKey(config.secretKey), outside),
    door,
    porch,
    turns: new Turns(porch),
    refusals: new Refusals(porch),
    signIns: openSignInLanes(),
    federation,
    passkeys: new PasskeyDoor(doors),
    sessions: new Sessions(door, federation),
    tokens: sessionTokens(config.secretKey),
    vault,
    jobs: enqueue,
    prompts,
    senders,
    certificates: options.certificates ?? certificateFetcher(),
    confirmTopic: async (address) => {
      await fetch(address, { redirect: "error", signal: AbortSignal.timeout(3_000) });
    },
    log: options.log,
  };
  const jobs = options.worker ? await openWorker(house, database) : null;
  const sealer = options.worker
    ? new RecordSealer(database.as("sealer"), config.secretKey, originOf(config.baseUrl), options.log).start()
    : null;
  const watch = options.worker ? new RecordWatch(house).start() : null;
  const readiness: Readiness = async () => {
    const alive = await doors.once("select 1", []).then(
      () => true,
      () => false,
    );
    const reasons = {
      database: alive,
      keys: (await vault.health()).ok,
      ...(sealer && { sealing: sealer.isWell }),
      ...(watch && { watching: watch.isWell }),
    };
    // Told, and no reason to send people elsewhere: every other process has the same backups and witnesses.
    if (!alive) return { reasons };
    const now = new Date();
    return {
      reasons,
      ...(config.backup && { backups: backupStanding((await app.once(LEDGER, [])).map(backupRow), config, now) }),
      ...(config.witnesses && {
        witnesses: witnessStanding(
          await app.once(WITNESSES, []),
          places.map(({ id }) => id),
          now,
        ),
      }),
    };
  };
  const places = (config.witnesses ?? []).map(openTarget);
  const witness =
    options.worker && places.length > 0
      ? new KeptWitness(
          places,
          new LeasePool(database.as("sealer"), 1),
          signingKey(config.secretKey, "audit").publicKey,
          config.data,
          options.log,
        ).start()
      : null;
  const clock = options.worker && config.backup ? new BackupClock(config, app, options.log).start() : null;
  return {
    house,
    web: web(house, readiness),
    worker: jobs?.worker ?? null,
    sealer,
    async stop() {
      await watch?.stop();
      await witness?.stop();
      await prompts.stop();
      await clock?.stop();
      await jobs?.stop();
      await sealer?.stop();
      senders.close();
      await Promise.all([app, doors, outside, porches].map((pool) => pool.end()));
      vault.close();
    },
  };
}

/** The vault over the key places that the configuration names. */
export async function openVault(config: Config): Promise<Vault> {
  const { data, secretKey, keys = { kind: "local" }, formerKeys = [], keyToken } = config;
  const keyHouse = { data, secretKey, ...(keyToken && { token: keyToken }) };
  const provider = await openProvider(keys, keyHouse);
  const formerProviders = await Promise.all(formerKeys.map((place) => openProvider(place, keyHouse)));
  return new Vault(provider, { formerProviders });
}

const JOBS_AT_ONCE = 2;

async function openWorker(house: House, database: Database): Promise<{ worker: Worker; stop(): Promise<void> }> {
  const { config } = house;
  const mailer = mailerFor(config);
  // One for each job, and as many for letters.
  const leases = new LeasePool(database.as("app"), JOBS_AT_ONCE * 2, 60_000);
  try {
    const worker = await startWorker(house, {
      connection: database.as("jobs"),
      transactions: new Transactions(leases, contextKey(config.secretKey)),
      mailer,
      concurrency: JOBS_AT_ONCE,
    });
    return {
      worker,
      async stop() {
        await worker.stop();
        mailer.close();
        await leases.end();
      },
    };
  } catch (error) {
    mailer.close();
    await leases.end();
    throw error;
  }
}
