/**
 * The inspection bundle: one page that an inspector opens without a network. It carries a stretch of the record, the way
 * from there to a signed checkpoint, the public key, and its own verifier (bundle-verifier.js), which recomputes all of it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../vault/primitives.ts";
import { readCheckpoint, verifierKey } from "./checkpoint.ts";
import { LEAF_VERSION, leafColumns, leafOf } from "./leaf.ts";
import type { Stretch } from "./proof.ts";

const verifier = readFileSync(join(import.meta.dir, "bundle-verifier.js"), "utf8");
const style = readFileSync(join(import.meta.dir, "bundle.css"), "utf8");
const b64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

export interface BundleTitle {
  readonly institution: string;
  readonly slug: string;
  readonly madeAt: Date;
  /** What was asked for: "from 1 January 2026 to 1 February 2026", "all of it". */
  readonly span: string;
}

/** The page, as UTF-8 text. Each event stands on a line of its own: leaf number, hash, locator, leaf. */
export function writeBundle(title: BundleTitle, stretch: Stretch, publicKey: Uint8Array): string {
  const { head, events } = stretch;
  const origin = readCheckpoint(head.note)?.origin ?? "";
  const proof = {
    format: "cairn.bundle.1",
    leaf: LEAF_VERSION,
    columns: leafColumns,
    from: stretch.from,
    count: events.length,
    beside: stretch.beside.map(b64),
    tenant: head.tenantId,
    size: head.size,
    root: b64(head.root),
    position: head.position,
    path: head.path.map(b64),
    note: head.note,
    publicKey: b64(publicKey),
  };
  const lines = events.map(({ leaf, hash, locator, texts }) => {
    const sealed = texts ? new TextDecoder().decode(leafOf(texts).bytes) : "retired";
    return `${leaf} ${b64(hash)} ${b64(locator)} ${sealed}`;
  });
  const policy = `default-src 'none'; script-src 'sha256-${b64(sha256(verifier))}'; style-src 'sha256-${b64(sha256(style))}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The record of ${Bun.escapeHTML(title.institution)}</title>
<style>${style}</style>
</head>
<body>
<header class="bar"><strong>Cairn</strong><span>${Bun.escapeHTML(title.institution)}</span></header>
<main>
<h1>The record, for inspection</h1>
<p>${Bun.escapeHTML(title.institution)}, ${Bun.escapeHTML(title.span)}. Made ${title.madeAt.toISOString().slice(0, 16).replace("T", " ")} UTC.
This page needs no network: it recomputes every seal in this browser.</p>
<div id="verdict" class="verdict" role="status"><noscript>Allow JavaScript for this file to see whether it is whole. </noscript>Checking…</div>
<dl id="facts">
<dt>Signed by</dt><dd class="mono">${Bun.escapeHTML(verifierKey(origin, publicKey))}</dd>
<dt>Compare</dt><dd>The line above with what the institution tells you over another way, or with <span class="mono">cairn audit checkpoint</span> on its server. A page that somebody else made carries somebody else's key.</dd>
</dl>
<div class="tools"><label for="find">Find in these events</label> <input id="find" type="search" autocomplete="off"> <span id="shown"></span></div>
<div class="table" tabindex="0" role="region" aria-label="Events">
<table><thead><tr><th scope="col">When (UTC)</th><th scope="col">Event</th><th scope="col">What happened</th><th scope="col">From</th><th scope="col">Outcome</th><th scope="col">All of it</th></tr></thead><tbody id="rows"></tbody></table>
</div>
<p><button id="more" type="button" hidden>Show more</button></p>
<h2>The checkpoint</h2>
<pre id="note">${Bun.escapeHTML(head.note)}</pre>
</main>
<script type="application/json" id="proof">${JSON.stringify(proof).replaceAll("<", "\\u003c")}</script>
<script type="text/plain" id="events">
${lines.join("\n")}
</script>
<script>${verifier}</script>
</body>
</html>
`;
}
