/** The part of a form that signs: what signing means, who signs, and the components (21 CFR 11.50, 11.200). */
import { Hidden, PasskeyButton } from "@views/button.tsx";
import { Fieldset, type FormState, TextField } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Note } from "@views/panel.tsx";
import type { Signing } from "../module.ts";
import { signatureFields } from "./signature.ts";
import { PASSKEY_QUESTION } from "./signing-passkey.tsx";

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
      {signing.credential === null && !signing.hasPasskey && (
        <Note tone="warn">
          <p>
            You have nothing to sign with yet. <a href="/account/signing">Set a signing password</a>, then come back to
            this form.
          </p>
        </Note>
      )}
      {(signing.credential !== null || signing.hasPasskey) && (
        <>
          {signing.declares !== null && (
            <Note>
              <p>This is your first signature here. By giving it you also declare, once:</p>
              <p>
                <q>{signing.declares}</q>
              </p>
            </Note>
          )}
          {signing.asksName && (
            <TextField
              name={signatureFields.name}
              type="email"
              label="Your e-mail address"
              hint={`Asked at the first signature since you signed in; after that the ${signing.credential ? "password" : "passkey"} is enough.`}
              autocomplete="username"
              form={form}
            />
          )}
          {signing.hasPasskey && (
            <div class="field">
              <Hidden fields={{ [signatureFields.passkey]: "" }} />
              <PasskeyButton question={PASSKEY_QUESTION} answer={signatureFields.passkey}>
                Sign with my passkey
              </PasskeyButton>
              <p class="without-script">
                Your passkey needs JavaScript, which is off in this browser.
                {signing.credential === null && (
                  <>
                    {" "}
                    <a href="/account/signing">Set a signing password</a> instead.
                  </>
                )}
              </p>
            </div>
          )}
          {signing.credential !== null && (
            <TextField
              name={signatureFields.secret}
              type="password"
              label={`${signing.hasPasskey ? "Or: " : ""}${word} of ${signing.name}`}
              hint="Entering it signs this form, as binding as a signature by hand."
              autocomplete="current-password"
              form={form}
            />
          )}
        </>
      )}
    </Fieldset>
  );
};
