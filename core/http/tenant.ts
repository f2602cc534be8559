/** Which institution answers on this host name: `northfield.localhost`, `northfield.cairn.example.org`, or the only one. */
import type { House } from "../house.ts";
import type { Tenant } from "../identity/door.ts";
import { Problem } from "../problem.ts";

const LIFE_MS = 10_000;
const MAX_KNOWN = 1_000;
const known = new WeakMap<House, Map<string, { readonly tenant: Tenant | null; readonly until: number }>>();

/** Throws Problem "no-tenant". The answer is remembered for ten seconds; what a tenant's people may do never is. */
export async function tenantOf(house: House, hostname: string): Promise<Tenant> {
  const slug = slugOf(house, hostname);
  const memory = known.get(house) ?? new Map();
  known.set(house, memory);
  const key = slug ?? "";
  const remembered = memory.get(key);
  let tenant = remembered?.tenant ?? null;
  if (!remembered || remembered.until < Date.now()) {
    tenant = await house.door.findTenant(slug);
    if (memory.size > MAX_KNOWN) memory.clear();
    memory.set(key, { tenant, until: Date.now() + LIFE_MS });
  }
  if (!tenant) throw new Problem("no-tenant");
  return tenant;
}

/** After a change to what is remembered: the next request of this process asks again, others within ten seconds. */
export function forgetTenants(house: House): void {
  known.delete(house);
}

/** Null: the host of the installation itself, or an address: the first institution answers. Throws for a foreign host. */
function slugOf(house: House, hostname: string): string | null {
  const own = new URL(house.config.baseUrl).hostname;
  const host = hostname.toLowerCase();
  if (host === own || host === "127.0.0.1" || host === "[::1]" || host === "localhost") return null;
  const suffix = [`.${own}`, ".localhost"].find((ending) => host.endsWith(ending));
  const label = suffix ? host.slice(0, -suffix.length) : "";
  if (!/^[a-z][a-z0-9-]{1,40}$/.test(label)) throw new Problem("no-tenant");
  return label;
}
