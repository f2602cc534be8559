/** The part of a form that signs: what signing means, who signs, and the password again (21 CFR 11.50, 11.200). */
import { Fieldset, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { SIGNATURE_FIELD } from "./signature.ts";

export interface SignatureFieldProps {
  /** The event's meaning, as its manifest says it: "I have reviewed this and it is complete." */
  readonly meaning: string;
  /** The name that will stand under it: the actor's. */
  readonly name: string;
  readonly form?: FormState | undefined;
}

/** Stands in the form of a route with `signs`. What was typed is never sent back. */
export const SignatureField = ({ meaning, name, form }: SignatureFieldProps): Html => (
  <Fieldset legend="Your signature" hint={meaning}>
    <TextField
      name={SIGNATURE_FIELD}
      type="password"
      label={`Password of ${name}`}
      hint="Entering it signs this form, as binding as a signature by hand."
      autocomplete="current-password"
      form={form}
    />
  </Fieldset>
);
