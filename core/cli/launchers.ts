import { basename } from "node:path";
import { commandLine, parentOf, processMark } from "../db/processes.ts";

/**
 * Ends this process in order when one of the programs that launched it is gone. `npx bun run start` is a chain of
 * npx, a shell and `bun run`; a SIGTERM to its head is not passed on, and would leave Cairn running with nobody to
 * stop it. The terminal's own shell is not in the chain: it may close while Cairn goes on under nohup.
 */
export function watchLaunchers(): void {
  const parent = process.ppid;
  const launchers = launchersOf(parent);
  const isOrphaned = () => process.ppid !== parent || launchers.some(({ pid, mark }) => processMark(pid) !== mark);
  const timer = setInterval(() => {
    if (!isOrphaned()) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 250);
  timer.unref();
}

function launchersOf(parent: number): readonly { pid: number; mark: string }[] {
  const chain: { pid: number; mark: string }[] = [];
  for (let pid = parent; pid > 1 && isLauncher(commandLine(pid)); pid = parentOf(pid)) {
    const mark = processMark(pid);
    if (mark !== null) chain.push({ pid, mark });
  }
  return chain;
}

/** npx and npm (which rename themselves), `bun run`, and the shells these put in between. */
function isLauncher(words: readonly string[]): boolean {
  const [program = "", first = ""] = words;
  const name = basename(program);
  if (/^np[mx]\b/.test(name) || /^bunx?(\.exe)?\b/.test(name)) return true;
  if (name === "node") return words.some((word) => /\b(npx|npm)\b/.test(word));
  return /^(ba|da)?sh$/.test(name) && first === "-c" && /\bbun\b/.test(words[2] ?? "");
}
