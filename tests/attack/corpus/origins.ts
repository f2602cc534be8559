/** What a form from elsewhere looks like to us. Each must be refused with 403, whatever cookie comes along. */
export interface ForeignPost {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** `host` is the institution's own host with its port; `sibling` another institution's on the same site. */
export const foreignPosts = (host: string, sibling: string): readonly ForeignPost[] => [
  { name: "no Origin, no Sec-Fetch-Site", headers: {} },
  { name: "Origin null", headers: { origin: "null" } },
  { name: "an empty Origin", headers: { origin: "" } },
  { name: "another site by Origin", headers: { origin: "https://evil.example" } },
  { name: "another site by Sec-Fetch-Site", headers: { "sec-fetch-site": "cross-site", origin: `http://${host}` } },
  { name: "a sibling by Sec-Fetch-Site", headers: { "sec-fetch-site": "same-site", origin: `http://${sibling}` } },
  { name: "a sibling by Origin", headers: { origin: `http://${sibling}` } },
  { name: "nobody's navigation", headers: { "sec-fetch-site": "none" } },
  { name: "an unknown word", headers: { "sec-fetch-site": "same-origin, cross-site" } },
  { name: "our host as somebody's subdomain", headers: { origin: `http://${host}.evil.example` } },
  { name: "our host as a user", headers: { origin: `http://${host}@evil.example` } },
  { name: "our host with another port", headers: { origin: `http://${host.split(":")[0]}:8080` } },
  { name: "no address at all", headers: { origin: "not an address" } },
  { name: "a right Referer alone", headers: { referer: `http://${host}/sign-in` } },
];
