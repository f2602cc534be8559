/**
 * Requests that this server makes to an address from a form (a sign-in service's). Whoever fills in the form must not
 * reach through us what stands beside us: no plain http, no addresses inside, no redirects, no long answers, no waiting.
 * The name is resolved before the request; a name that points inside a moment later still has to show a certificate.
 */
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { Config } from "../config.ts";

/** Why a request was not made, or its answer not taken: words for an administrator. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

const TIMEOUT_MS = 5_000;
const LONGEST = 1_000_000;

const inside = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const)
  inside.addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const)
  inside.addSubnet(network, bits, "ipv6");

/** Loopback, private, link-local (where clouds keep their secrets), multicast, and IPv4 dressed as IPv6. */
export function isInside(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  const family = isIP(mapped);
  if (family === 0) return true;
  if (family === 6 && /^::ffff:/i.test(mapped)) return true;
  return inside.check(mapped, family === 4 ? "ipv4" : "ipv6");
}

export type Outbound = (url: string, init?: RequestInit) => Promise<Response>;

/** Throws Unreachable. In development a service may stand on this machine. */
export function outbound({ environment, innerHosts = [] }: Pick<Config, "environment" | "innerHosts">): Outbound {
  return async (address, init = {}) => {
    if (!URL.canParse(address)) throw new Unreachable("that is no address");
    const url = new URL(address);
    const { hostname, protocol } = url;
    if (url.username || url.password) throw new Unreachable("the address holds a name or a password");
    if (environment === "production") {
      if (protocol !== "https:") throw new Unreachable("the address does not begin with https://");
      if (!innerHosts.includes(hostname)) await requireOutside(hostname);
    } else if (protocol !== "https:" && protocol !== "http:") throw new Unreachable("that is no address of the web");
    let response: Response;
    try {
      response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch {
      throw new Unreachable(`${hostname} cannot be reached, or its certificate is not good`);
    }
    if (response.status >= 300 && response.status < 400) throw new Unreachable(`${hostname} sends requests elsewhere`);
    return new Response(await bounded(response, hostname), { status: response.status, headers: response.headers });
  };
}

async function requireOutside(hostname: string): Promise<void> {
  const addresses = isIP(hostname.replace(/^\[|\]$/g, ""))
    ? [hostname]
    : await lookup(hostname, { all: true }).then(
        (found) => found.map(({ address }) => address),
        () => [],
      );
  if (addresses.length === 0) throw new Unreachable(`no host is called ${hostname}`);
  if (addresses.some(isInside))
    throw new Unreachable(
      `${hostname} stands inside the network; whoever runs Cairn has to allow it (CAIRN_INNER_HOSTS)`,
    );
}

async function bounded(response: Response, hostname: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > LONGEST) throw new Unreachable(`${hostname} answers with too much`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
