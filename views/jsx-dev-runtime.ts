/** The development form of the runtime. It passes the same element maker on: a second one would be a second guard. */

export type { JSX } from "./elements.ts";
export { Fragment, jsx as jsxDEV } from "./jsx-runtime.ts";
