/** What the parts of study management take from the module around them. */

export { planOfVersion, versionInForce } from "../capture/version.ts";
export { leaksOf } from "../model/blinding.ts";
export type { Studies } from "../names.ts";
export { formAgain } from "../routes/refused.ts";
export { fieldValues, participants } from "../tables.ts";
