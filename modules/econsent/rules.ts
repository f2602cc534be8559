/** A study's settings as the rules of signing see them. */
import type { EconsentSettings } from "./names.ts";
import type { SignerRules } from "./signers.ts";

export const rulesOf = ({ parents, countersigned, asksAssent, asksRepresented }: EconsentSettings): SignerRules => ({
  parents: parents === 2 ? 2 : 1,
  countersigned,
  asksAssent,
  asksRepresented,
});
