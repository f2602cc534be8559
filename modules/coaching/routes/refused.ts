/** What a refused form needs to stand there again: what was typed, and the sentences beside its fields. */
import type { Typed } from "@core/module.ts";
import type { FieldProblem } from "@core/problem.ts";
import type { FormState } from "@views/form.tsx";

export const formAgain = (typed: Typed, problems: readonly FieldProblem[]): FormState => ({
  values: typed,
  errors: Object.fromEntries(problems.map(({ field, sentence }) => [field, sentence])),
});
