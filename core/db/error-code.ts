/** What a database's error is to the rest of the house: its code, since its message may hold a value. */
import { DISK_FULL, Problem } from "../problem.ts";

/** SQLSTATE, the lease's or the system's own code. */
export function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string" && /^[\w.-]{1,40}$/.test(code)) return code;
  }
  return error instanceof Error ? error.name : "unknown";
}

/** The server goes down or comes up, or the connection was lost before COMMIT was sent: nothing was done. */
const AWAY = /^(25P0[34]|57P0[1235]|08\w{3}|CONTEXT_LOST|CONNECTION_\w+|CONNECT_\w+|ECONN\w+|EPIPE|ETIMEDOUT)$/;

const UNKNOWN =
  "The connection to the database was lost in the moment of saving, so it is not known whether this was saved. Look whether it is there before you send it again.";

const THERE_ALREADY = "That is there already: someone added it, or it was sent twice. Nothing was changed.";

/** Null: nobody foresaw it. */
export function problemOf(code: string): Problem | null {
  switch (code) {
    // A policy said no where no handler asked: to the person it is the same as not being there.
    case "42501":
      return new Problem("forbidden");
    case "23505":
    case "23P01":
      return new Problem("conflict", THERE_ALREADY);
    // Too long, no lock, no connection; or two acts waited for each other, and PostgreSQL let one of them go.
    case "57014":
    case "55P03":
    case "53300":
    case "40P01":
    case "40001":
      return new Problem("busy");
    case "53100":
      return new Problem("busy", DISK_FULL);
    case "COMMIT_UNKNOWN":
      return new Problem("failed", UNKNOWN);
    default:
      return AWAY.test(code) ? new Problem("busy") : null;
  }
}
