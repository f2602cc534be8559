/** What PostgreSQL says no with, and what a person is told. */
import { expect, test } from "bun:test";
import { codeOf, problemOf } from "@core/db/error-code.ts";
import { DISK_FULL } from "@core/problem.ts";
import { LeaseBroken } from "@core/tenancy/lease.ts";

test.each([
  ["42501", "forbidden", "ask the person who manages access"],
  ["23505", "conflict", "sent twice"],
  ["23P01", "conflict", "sent twice"],
  ["57014", "busy", "try again"],
  ["55P03", "busy", "try again"],
  ["53300", "busy", "try again"],
  // Two acts that wait for each other: the one PostgreSQL let go has done nothing, and is told to come again.
  ["40P01", "busy", "try again"],
  ["40001", "busy", "try again"],
  ["53100", "busy", DISK_FULL],
  // Lost before COMMIT was sent: nothing was done. Lost while it was answered: nobody knows.
  ["CONTEXT_LOST", "busy", "try again"],
  ["CONNECTION_CLOSED", "busy", "try again"],
  ["57P01", "busy", "try again"],
  ["25P03", "busy", "try again"],
  ["COMMIT_UNKNOWN", "failed", "it is not known whether this was saved"],
] as const)("%s is %s", (sqlstate, code, words) => {
  const problem = problemOf(sqlstate);
  expect(problem?.code).toBe(code);
  expect(problem?.message).toContain(words);
});

test("what nobody foresaw is nobody's word", () => {
  for (const code of ["22012", "CONTEXT_CLOSED", "unknown"]) expect(problemOf(code)).toBeNull();
});

test("the code is found beneath what wraps it; a message is never read", () => {
  const wrapped = new Error("value 12 May", { cause: Object.assign(new Error("inner"), { code: "23505" }) });
  expect(codeOf(wrapped)).toBe("23505");
  expect(codeOf(new LeaseBroken("CONTEXT_LOST", "x"))).toBe("CONTEXT_LOST");
  expect(codeOf(Object.assign(new TypeError("Mia Muster"), { code: "Mia Muster, 12 May" }))).toBe("TypeError");
  expect(codeOf("thrown text")).toBe("unknown");
});
