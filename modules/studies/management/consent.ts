/** What a participant agreed to, asked in the same words as in capture. */
export { requireConsent } from "../consent.ts";
