#!/usr/bin/env bun
import { auditCommands } from "@core/cli/audit.ts";
import { backupCommands } from "@core/cli/backup.ts";
import { breachCommands } from "@core/cli/breach.ts";
import { type Command, exitCodeText, UsageRefusal } from "@core/cli/command.ts";
import { demoImport, demoLoad, demoPurge } from "@core/cli/demo.ts";
import { doctor } from "@core/cli/doctor.ts";
import { exportCommands } from "@core/cli/exports.ts";
import { keyCommands } from "@core/cli/keys.ts";
import { migrateCommand } from "@core/cli/migrate.ts";
import { serveCommand } from "@core/cli/serve.ts";
import { tenantCreate, tenantExport, tenantImport } from "@core/cli/tenant.ts";
import { userCreate } from "@core/cli/user.ts";
import { describeError, exitCodes, Refusal } from "@core/refusal.ts";

const commands: readonly Command[] = [
  serveCommand,
  migrateCommand,
  doctor,
  tenantCreate,
  tenantExport,
  tenantImport,
  userCreate,
  demoLoad,
  demoPurge,
  demoImport,
  ...auditCommands,
  ...keyCommands,
  ...backupCommands,
  ...exportCommands,
  ...breachCommands,
];

/** Runs one command line and answers with the exit code; every error has been said by then. */
export async function cairn(words: readonly string[]): Promise<number> {
  const asksForHelp = words.includes("--help") || words.includes("-h");
  const command = findCommand(words);
  if (command === undefined) return withoutCommand(words, asksForHelp);
  if (asksForHelp) {
    console.log(helpOf(command));
    return exitCodes.done;
  }
  try {
    return await command.run(words.slice(command.name.split(" ").length));
  } catch (error) {
    return explain(error, command);
  }
}

function findCommand(words: readonly string[]): Command | undefined {
  return commands.find(({ name }) => name.split(" ").every((word, index) => words[index] === word));
}

function withoutCommand(words: readonly string[], asksForHelp: boolean): number {
  const first = words.find((word) => !word.startsWith("-"));
  const related = commands.filter(({ name }) => name.split(" ")[0] === first);
  if (first !== undefined && related.length > 0) {
    const print = asksForHelp ? console.log : console.error;
    print(related.map(helpOf).join("\n\n"));
    return asksForHelp ? exitCodes.done : exitCodes.wrongUsage;
  }
  if (first !== undefined) {
    console.error(`Cairn has no command "${words.join(" ")}".\n\n${overview()}`);
    return exitCodes.wrongUsage;
  }
  if (asksForHelp) console.log(overview());
  else console.error(overview());
  return asksForHelp ? exitCodes.done : exitCodes.wrongUsage;
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: cairn <command> [options]\n\n${lines.join("\n")}\n\n"cairn <command> --help" says more about one.\n${exitCodeText}`;
}

function helpOf(command: Command): string {
  return `cairn ${command.name}: ${command.summary}\n\n${command.usage}\n\n${exitCodeText}`;
}

function explain(error: unknown, command: Command): number {
  console.error(describeError(error));
  if (error instanceof UsageRefusal) console.error(`"cairn ${command.name} --help" shows how it is used.`);
  if (error instanceof Refusal) return error.exitCode;
  // The first line of a stack repeats the message, which may quote data.
  const frames = error instanceof Error ? (error.stack?.split("\n") ?? []) : [];
  console.error(frames.filter((line) => /^\s*at /.test(line)).join("\n"));
  return exitCodes.failed;
}

if (import.meta.main) process.exit(await cairn(process.argv.slice(2)));
