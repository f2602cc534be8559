import { type Command, loadPart, readWords } from "@core/cli/command.ts";
import { type Config, readConfig } from "@core/config.ts";
import { exitCodes } from "@core/refusal.ts";

/** What `core/serve.ts` answers with once the first page can be asked for. */
export interface Serving {
  readonly url: string;
  /** Lets requests under way finish, then ends workers and database. */
  stop(): Promise<void>;
}

type Serve = (config: Config) => Promise<Serving>;

export const serveCommand: Command = {
  name: "serve",
  summary: "Starts Cairn and serves its pages until it is stopped.",
  usage: `Usage: cairn serve

Without any configuration: development mode with an embedded database and demo people.
  PORT, HOST                where to listen (3000, 127.0.0.1)
  CAIRN_DATA                folder for files and the embedded database
  CAIRN_ENV=production      needs BASE_URL, DATABASE_URL and SECRET_KEY (each also as …_FILE)
  KMS_URL, KMS_TOKEN        where the root keys lie: a keyring here, aws-kms://… or transit+https://…
  KMS_FORMER_URLS           key services used before, which still unwrap
  TLS_CERT, TLS_KEY         PEM files: https by Cairn itself (TLS 1.3; TLS_MIN=1.2 for old devices), HTTP_PORT sends on
  BACKUP_TO                 backups twice a day: folders and s3://bucket/prefix?region=…[&lock=compliance]
  BACKUP_RECIPIENTS         who besides the key service opens them (cairn backup recipient); BACKUP_KEEP_DAYS
  SMTP_URL, CAIRN_TRUSTED_PROXIES, CAIRN_ROLE_PREFIX, CAIRN_AT_REST,
  CAIRN_INNER_HOSTS

Ctrl-C or SIGTERM stop it in order; a second one at once.`,
  async run(words) {
    readWords(words, {});
    const config = readConfig();
    for (const warning of config.warnings) console.error(`Note: ${warning}`);
    const stopped = stopSignal();
    const serve = await loadPart<Serve>("serve.ts", "serve");
    const serving = await Promise.race([serve(config), stopped.then(() => undefined)]);
    // Asked to stop while starting: the embedded server ends with this process.
    if (serving === undefined) return exitCodes.done;
    await stopped;
    await serving.stop();
    return exitCodes.done;
  },
};

/**
 * Resolves at the first signal to stop; a later one ends the process there and then. Ctrl-C arrives twice at once, from
 * the terminal and passed on by `bun run`. SIGHUP stays the system's, or nohup would not hold.
 */
function stopSignal(): Promise<void> {
  const asked = Promise.withResolvers<void>();
  let first = Number.NaN;
  const hear = () => {
    if (Number.isNaN(first)) first = performance.now();
    else if (performance.now() - first > 500) process.exit(exitCodes.failed);
    asked.resolve();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, hear);
  return asked.promise;
}
