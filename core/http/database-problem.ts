/** What the database said no with, as what a person is told. Its messages hold values, so only its codes are read. */
import { DISK_FULL, Problem } from "../problem.ts";
import { LeaseBroken } from "../tenancy/lease.ts";

/**
 * Nothing was done, and the same is well in a moment: a statement or a lock took too long, two transactions crossed, all
 * connections are taken, the server goes down or comes up, the connection was lost before COMMIT.
 */
const PASSING =
  /^(57014|55P03|53300|40001|40P01|25P03|25P04|57P0[1235]|08\w{3}|CONTEXT_LOST|CONNECTION_\w+|CONNECT_\w+|ECONN\w+|EPIPE|ETIMEDOUT)$/;

const UNKNOWN =
  "The connection to the database was lost in the moment of saving, so it is not known whether this was saved. Look whether it is there before you send it again.";

/** Null: nobody foresaw this. */
export function databaseProblem(error: unknown): Problem | null {
  const code = codeOf(error);
  // A policy said no where no handler asked: to the person it is the same as not being there.
  if (code === "42501") return new Problem("forbidden");
  if (code === "23505")
    return new Problem(
      "conflict",
      "That is there already: someone added it, or it was sent twice. Nothing was changed.",
    );
  if (code === "53100") return new Problem("busy", DISK_FULL);
  if (code === "COMMIT_UNKNOWN") return new Problem("failed", UNKNOWN);
  return PASSING.test(code) ? new Problem("busy") : null;
}

/** SQLSTATE, or the lease's or the driver's own code; drizzle and the database put values into messages. */
export function codeOf(error: unknown): string {
  if (error instanceof LeaseBroken) return error.code;
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === "string") return code;
  }
  return "unknown";
}
