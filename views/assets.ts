/**
 * The files a page loads, each under an address that holds the hash of its content: it can be cached for ever, and a
 * changed file has another address. Read and compressed once, at start.
 */

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly hash: string;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly zstd: Uint8Array<ArrayBuffer>;
}

/** The headers that belong to each of them, besides content-type and content-encoding. */
export const assetCaching = "public, max-age=31536000, immutable";

const SOURCES = {
  "app.css": { file: new URL("./assets/app.css", import.meta.url), type: "text/css; charset=utf-8" },
  "app.js": { file: new URL("./assets/app.js", import.meta.url), type: "text/javascript; charset=utf-8" },
  // On the one page where somebody draws his name.
  "signing.js": { file: new URL("./assets/signing.js", import.meta.url), type: "text/javascript; charset=utf-8" },
  "signature-pad.js": {
    // The package names only its modules; a plain script stands beside them.
    file: new URL("signature_pad.umd.min.js", Bun.pathToFileURL(Bun.resolveSync("signature_pad", import.meta.dir))),
    type: "text/javascript; charset=utf-8",
  },
  // Where an authenticator is asked.
  "passkey.js": { file: new URL("./assets/passkey.js", import.meta.url), type: "text/javascript; charset=utf-8" },
  "icon.svg": { file: new URL("./assets/icon.svg", import.meta.url), type: "image/svg+xml" },
  // As published, pinned by bun.lock.
  "htmx.js": {
    file: Bun.resolveSync("htmx.org/dist/htmx.min.js", import.meta.dir),
    type: "text/javascript; charset=utf-8",
  },
} as const;

export type AssetName = keyof typeof SOURCES;

const urls = new Map<AssetName, string>();
const byUrl = new Map<string, Asset>();

for (const [name, { file, type }] of Object.entries(SOURCES) as [AssetName, (typeof SOURCES)[AssetName]][]) {
  const source = new Uint8Array(await Bun.file(file).arrayBuffer());
  const body = ["app.js", "signing.js", "passkey.js"].includes(name) ? squeeze(source) : source;
  const hash = Bun.hash(body).toString(36);
  const [stem, ending] = name.split(".");
  const url = `/assets/${stem}.${hash}.${ending}`;
  urls.set(name, url);
  byUrl.set(url, {
    body,
    type,
    hash,
    gzip: Bun.gzipSync(body, { level: 9 }),
    zstd: new Uint8Array(Bun.zstdCompressSync(body, { level: 19 })),
  });
}

/** Our script without its comments and blanks. */
function squeeze(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const squeezer = new Bun.Transpiler({ loader: "js", target: "browser", minifyWhitespace: true });
  return new TextEncoder().encode(squeezer.transformSync(source));
}

/** Every file by its address: `/assets/app.1x2y3z.css`. */
export function assets(): ReadonlyMap<string, Asset> {
  return byUrl;
}

/** The address of a file: `assetUrl("app.css")`. */
export function assetUrl(name: AssetName): string {
  const url = urls.get(name);
  if (url === undefined) throw new Error(`There is no file "${name}" among the assets.`);
  return url;
}
