/** A question that is answered in five steps of plain words, or with "cannot say". */
import type { FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Scale } from "@views/scale.tsx";
import { agreeSteps } from "../evaluator-kind.ts";

export interface AgreeProps {
  readonly name: string;
  readonly question: string;
  /** "1" to "5"; "" for cannot say. */
  readonly value: string;
  readonly form?: FormState | undefined;
}

export const Agree = ({ name, question, value, form }: AgreeProps): Html => (
  <Scale
    name={name}
    legend={question}
    marks={agreeSteps}
    others={[{ value: "", label: "Cannot say" }]}
    value={value}
    hint="1 disagree, 5 agree"
    form={form}
  />
);
