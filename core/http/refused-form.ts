/** A refused form as the views show it: what was typed, and a sentence beside each field. */
import type { FormState } from "@views/error-summary.tsx";
import type { Typed } from "../module.ts";
import type { FieldProblem } from "../problem.ts";

export function refusedForm(typed: Typed, problems: readonly FieldProblem[]): FormState {
  const errors: Record<string, string> = {};
  for (const { field, sentence } of problems) errors[field] ??= sentence;
  return { values: typed, errors };
}
