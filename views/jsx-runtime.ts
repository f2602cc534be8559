/**
 * What JSX compiles to (`jsxImportSource` is `@views`): preact's own element maker, behind our types and our guard.
 * Nothing here is ever hydrated; the renderer's escaping is what we use it for.
 */
import { options } from "preact";
import { guard } from "./guard.ts";

options.vnode = guard;

export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export type { JSX } from "./elements.ts";
