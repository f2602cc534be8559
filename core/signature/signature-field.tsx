/** The part of a form that signs: what signing means, who signs, and the components (21 CFR 11.50, 11.200). */
import { Fieldset, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Note } from "@views/panel.tsx";
import type { Signing } from "../module.ts";
import { signatureFields } from "./signature.ts";

export interface SignatureFieldProps {
  /** From `ctx.signing(event)`. */
  readonly signing: Signing;
  readonly form?: FormState | undefined;
}

/** Stands in the form of a route with `signs`. What was typed is never sent back. */
export const SignatureField = ({ signing, form }: SignatureFieldProps): Html => {
  const word = signing.credential === "signing" ? "Signing password" : "Password";
  return (
    <Fieldset legend="Your signature" hint={`What you say by signing: ${signing.meaning}`}>
      {signing.credential === null ? (
        <Note tone="warn">
          <p>
            You have nothing to sign with yet. <a href="/account/signing">Set a signing password</a>, then come back to
            this form.
          </p>
        </Note>
      ) : (
        <>
          {signing.asksName && (
            <TextField
              name={signatureFields.name}
              type="email"
              label="Your e-mail address"
              hint="Asked at the first signature since you signed in; after that the password is enough."
              autocomplete="username"
              form={form}
            />
          )}
          <TextField
            name={signatureFields.secret}
            type="password"
            label={`${word} of ${signing.name}`}
            hint="Entering it signs this form, as binding as a signature by hand."
            autocomplete="current-password"
            form={form}
          />
        </>
      )}
    </Fieldset>
  );
};
