/**
 * An electronic signature where people read it: printed name, date and time, and meaning (21 CFR 11.50), on screen and in
 * every print of the page. One whose content has changed since is shown as broken, and never hidden.
 */
import { Badge } from "./badge.tsx";
import type { Child, Html } from "./html.ts";
import { Time } from "./time.tsx";

export interface SignatureProps {
  readonly name: string;
  readonly meaning: string;
  readonly at: Date;
  /** False: what it stands under is no longer what was signed. */
  readonly standing: boolean;
}

export const Signature = ({ name, meaning, at, standing }: SignatureProps): Html => (
  <div class={standing ? "signature" : "signature signature-broken"}>
    <p class="signature-name">
      {name} {standing ? <Badge tone="ok">Signed</Badge> : <Badge tone="bad">Broken</Badge>}
    </p>
    <p>
      Signed electronically <Time at={at} show="full" />
    </p>
    <p>{`Meaning: ${meaning}`}</p>
    {!standing && <p class="signature-why">The content has changed since it was signed. It has to be signed again.</p>}
  </div>
);

export interface SignaturesProps {
  readonly signatures: readonly (SignatureProps & { readonly id: string })[];
  /** Shown when there is none: "Not signed yet." */
  readonly empty: Child;
}

/** All signatures on one thing, oldest first. */
export const Signatures = ({ signatures, empty }: SignaturesProps): Html =>
  signatures.length === 0 ? (
    <p class="muted">{empty}</p>
  ) : (
    <ul class="signatures">
      {signatures.map((one) => (
        <li>
          <Signature {...one} />
        </li>
      ))}
    </ul>
  );
