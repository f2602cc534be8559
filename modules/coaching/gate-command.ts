#!/usr/bin/env bun
/** `bun run gate:coaching`: the release gate for those who are at the server, or change the rules themselves. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readConfig } from "@core/config.ts";
import { openDatabase } from "@core/db/database.ts";
import { openHouse } from "@core/open-house.ts";
import { loadKernel } from "@core/product.ts";
import { exitCodes, Refusal } from "@core/refusal.ts";
import { LeasePool } from "@core/tenancy/lease.ts";
import { redTeamCases } from "./pipeline/try-rules.ts";
import { type Lowered, loweredBy } from "./release-gate.ts";
import { defaultRuleSet, type RuleSet, whyLessCautious } from "./rule-set.ts";
import { tierInWords } from "./tier.ts";

const usage = `Usage: bun run gate:coaching [<rules.json>]
       bun run gate:coaching --tenant <slug> --service <slug> (--rules <version> | --prompt <version>)

Without words: the red-team set against the rules that Cairn brings. With a file: against the rules in it, measured by
those that Cairn brings. With a service: the whole gate there, its past messages too; what is found stands on its page
and decides what may be signed. Ends with 1 when one message would be answered less urgently.`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const read = (words: readonly string[]) =>
  parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      tenant: { type: "string" },
      service: { type: "string" },
      rules: { type: "string" },
      prompt: { type: "string" },
      help: { type: "boolean" },
    },
  });

export async function gateCommand(words: readonly string[], say: (line: string) => void = print): Promise<number> {
  let said: ReturnType<typeof read>;
  try {
    said = read(words);
  } catch {
    say(usage);
    return exitCodes.wrongUsage;
  }
  const { values, positionals } = said;
  const { tenant, service, rules, prompt } = values;
  if (values.help || positionals.length > 1) {
    say(usage);
    return values.help ? exitCodes.done : exitCodes.wrongUsage;
  }
  if (tenant === undefined && service === undefined && rules === undefined && prompt === undefined)
    return offline(positionals[0], say);
  const version = rules ?? prompt;
  if (!tenant || !service || !version || (rules && prompt) || positionals.length > 0) {
    say(usage);
    return exitCodes.wrongUsage;
  }
  return inService({ tenant, service, version, kind: rules ? "rules" : "prompt" }, say);
}

function offline(file: string | undefined, say: (line: string) => void): number {
  const candidate = file === undefined ? defaultRuleSet : (JSON.parse(readFileSync(file, "utf8")) as RuleSet);
  for (const sentence of whyLessCautious(candidate, defaultRuleSet)) say(sentence);
  const lowered = loweredBy(candidate, redTeamCases, defaultRuleSet);
  return tell(`Safety rules ${candidate.version}`, redTeamCases.length, 0, lowered, say);
}

function tell(
  what: string,
  cases: number,
  replayed: number,
  lowered: readonly Lowered[],
  say: (line: string) => void,
  passed = lowered.length === 0,
): number {
  for (const { name, expected, got } of lowered)
    say(`  ${name}: ${tierInWords[got]} instead of ${tierInWords[expected]}`);
  say(
    `${what}: ${cases} messages of the red-team set, ${replayed} past messages, ${passed ? "passed" : "not passed"}.`,
  );
  return passed ? exitCodes.done : exitCodes.failed;
}

interface Wanted {
  readonly tenant: string;
  readonly service: string;
  readonly version: string;
  readonly kind: "rules" | "prompt";
}

/** Runs the gate's own jobs in this process: what a person at the page would begin. */
async function inService({ tenant, service, version, kind }: Wanted, say: (line: string) => void): Promise<number> {
  const config = readConfig();
  const kernel = await loadKernel(config);
  const database = await openDatabase(config, { share: true });
  const open = await openHouse(config, database, kernel, { log: () => {}, worker: false });
  const pool = new LeasePool(database.as("backup"), 1);
  const look = (text: string, values: readonly string[]) =>
    pool.transact({ after: "set transaction read only" }, (lease) => lease.rows(text, [...values]));
  try {
    const [found] = await look(
      `select t.tenant_id::text, w.id::text, v.id::text from core.tenants t
       join core.workspaces w on w.tenant_id = t.tenant_id and w.slug = $2
       join coaching.${kind === "rules" ? "rule_sets" : "prompts"} v on v.tenant_id = t.tenant_id and v.workspace_id = w.id and v.version = $3
       where t.slug = $1`,
      [tenant, service, version],
    );
    const [tenantId = "", workspaceId = "", id = ""] = (found ?? []).map(String);
    const place = found && (await open.house.door.placeNamed(tenantId, service));
    if (!place) throw new Refusal(`There is no version ${version} in a service "${service}" of "${tenant}".`);
    // The database's clock: this machine's may be another.
    const [[begun = ""] = []] = (await look("select clock_timestamp()::text", [])).map((row) => row.map(String));
    const ask =
      kind === "rules"
        ? { job: "coaching.try_rules", payload: { ruleSet: id } }
        : { job: "coaching.try_prompt", payload: { prompt: id } };
    open.house.prompts.begin(place, [{ id: Bun.randomUUIDv7(), ...ask }]);
    await open.house.prompts.settled();
    if (kind === "prompt")
      await untilJudged(
        () =>
          look(
            `select status, why, answered::text, cases::text from coaching.trials
      where tenant_id = $1::uuid and workspace_id = $2::uuid and made_at >= $3::timestamptz order by made_at desc limit 1`,
            [tenantId, workspaceId, begun],
          ),
        say,
      );
    const [run] = await look(
      `select what, cases::text, replayed::text, lowered::text, passed::text from coaching.gate_runs
       where tenant_id = $1::uuid and workspace_id = $2::uuid and made_at >= $3::timestamptz order by made_at desc limit 1`,
      [tenantId, workspaceId, begun],
    );
    if (!run) throw new Refusal("The trial did not come to an end. The service's release gate page says why.");
    const [what = "", cases = "", replayed = "", lowered = "[]", passed = ""] = run.map(String);
    return tell(what, Number(cases), Number(replayed), JSON.parse(lowered) as Lowered[], say, passed === "true");
  } finally {
    await pool.end();
    await open.stop();
    await database.stop();
  }
}

/** A model that does not answer at once is asked again later, by the service's own worker: told once a minute. */
async function untilJudged(
  look: () => Promise<readonly (readonly unknown[])[]>,
  say: (line: string) => void,
): Promise<void> {
  for (let second = 0; ; second += 1) {
    const [trial] = await look();
    if (!trial)
      throw new Refusal(
        "The trial did not begin: it needs a model in force for this service, the prompt as it was proposed, and no other trial under way.",
      );
    const [status = "", why = "", answered = "", cases = ""] = trial.map(String);
    if (status === "given-up") throw new Refusal(`The trial was given up: ${why}`);
    if (status !== "running") return;
    if (second % 60 === 0) say(`  ${answered} of ${cases} answered`);
    await Bun.sleep(1_000);
  }
}

if (import.meta.main)
  process.exit(
    await gateCommand(process.argv.slice(2)).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return error instanceof Refusal ? error.exitCode : exitCodes.failed;
    }),
  );
