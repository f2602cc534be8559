/** From markup to text. */
import type { ComponentChild, VNode } from "preact";
import { Fragment, h } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Child, Html } from "./elements.ts";
import { emptyFrame, type Frame, surround } from "./frame.ts";
import "./jsx-runtime.ts"; // so that the guard stands before anything is rendered

export type { Child, Html } from "./elements.ts";

/** A part of a page as text. */
export function render(html: Child): string {
  return renderToString(h(Fragment, null, html as ComponentChild));
}

/** A whole document as text. The frame's missing parts are those of `emptyFrame`. */
export function renderPage(page: Html, frame: Partial<Frame> = {}): string {
  return `<!doctype html>${renderToString(surround(page, { ...emptyFrame, ...frame }) as unknown as VNode)}`;
}
