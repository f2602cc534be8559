/** What the parts of study management take from the module around them. */
export type { Studies } from "../names.ts";
export { formAgain } from "../routes/refused.ts";
export { fieldValues } from "../tables.ts";
