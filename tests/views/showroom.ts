/** A small server that shows the gallery under the content security policy of the product. */
import { assetCaching, assets } from "@views/assets";
import { renderPage } from "@views/html";
import { gallery } from "./gallery.tsx";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface Showroom {
  url(name: string): string;
  close(): Promise<void>;
}

/** Each exhibit as the server sends it, by name. */
export const exhibits = new Map(gallery.map(({ name, page, frame }) => [name, renderPage(page, frame)]));

export function openGallery(): Showroom {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      const asset = assets().get(pathname);
      if (asset) {
        return new Response(asset.gzip, {
          headers: { "content-type": asset.type, "content-encoding": "gzip", "cache-control": assetCaching },
        });
      }
      if (request.method === "POST") return new Response(null, { status: 204 });
      const page = exhibits.get(pathname.slice(1));
      return new Response(page ?? "<!doctype html><title>Another page</title>", {
        status: page === undefined ? 404 : 200,
        headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY },
      });
    },
  });
  return {
    url: (name) => new URL(`/${name}`, server.url).href,
    close: () => server.stop(true),
  };
}
