import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Names a running process so that a later one with the same number is not taken for it: number and start time.
 * Null when it is gone (or only waits to be collected).
 */
export function processMark(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (process.platform !== "linux") return markByPs(pid);
  try {
    // The name in parentheses may hold spaces and parentheses; what follows the last one is regular (proc(5)).
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return fields[0] === "Z" || fields[0] === "X" ? null : `${pid} ${fields[19]}`;
  } catch {
    return null;
  }
}

/** The words a process was started with. Empty when it is gone or not ours to see. */
export function commandLine(pid: number): readonly string[] {
  if (process.platform !== "linux") return commandByPs(pid);
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

export function parentOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return Number(fields[1]);
  } catch {
    return 0;
  }
}

/** Resolves when the condition holds, looking every 20 ms; false when it did not within the time. */
export async function waitUntil(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > end) return false;
    await Bun.sleep(20);
  }
  return true;
}

function markByPs(pid: number): string | null {
  const found = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const line = found.status === 0 ? found.stdout.trim() : "";
  return line === "" || line.startsWith("Z") ? null : `${pid} ${line.replace(/^\S+\s+/, "")}`;
}

function commandByPs(pid: number): readonly string[] {
  const found = spawnSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim().split(" ") : [];
}
