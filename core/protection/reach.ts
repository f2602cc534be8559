/** How far the one who asks may write or open a class of fields with extra protection, asked once in each transaction. */
import type { Lease } from "../tenancy/lease.ts";

export type KeyOperation = "seal" | "open";

interface Reach {
  readonly everywhere: boolean;
  readonly sites: ReadonlySet<string>;
  readonly subjects: ReadonlySet<string>;
}

export interface KeyReach {
  /** Those that have extra protection here. */
  readonly classes: ReadonlySet<string>;
  /** Those of `subjects` for whom it is allowed; null stands for what belongs to no subject. */
  allowed(fieldClass: string, subjects: readonly (string | null)[]): Promise<(subject: string | null) => boolean>;
}

const NO_ONE: KeyReach = { classes: new Set(), allowed: async () => () => true };
/** A lease is one transaction: its answer cannot grow older than that. */
const asked = new WeakMap<Lease, Map<KeyOperation, Promise<KeyReach>>>();

/** Outside a workspace nothing has extra protection. */
export function keyReach(lease: Lease, workspaceId: string | null, operation: KeyOperation): Promise<KeyReach> {
  if (workspaceId === null) return Promise.resolve(NO_ONE);
  const known = asked.get(lease) ?? new Map<KeyOperation, Promise<KeyReach>>();
  asked.set(lease, known);
  const found = known.get(operation) ?? ask(lease, operation);
  known.set(operation, found);
  return found;
}

async function ask(lease: Lease, operation: KeyOperation): Promise<KeyReach> {
  const rows = await lease.rows("select field_class, everywhere, sites, subjects from core.key_reach($1)", [operation]);
  if (rows.length === 0) return NO_ONE;
  const reaches = new Map<string, Reach>(
    rows.map(([name, everywhere, sites, subjects]) => [
      String(name),
      { everywhere: everywhere === true, sites: new Set(list(sites)), subjects: new Set(list(subjects)) },
    ]),
  );
  return {
    classes: new Set(reaches.keys()),
    async allowed(fieldClass, subjects) {
      const reach = reaches.get(fieldClass);
      if (!reach || reach.everywhere) return () => true;
      const siteOf = reach.sites.size > 0 ? await sitesOf(lease, subjects) : new Map<string, string>();
      return (subject) => {
        if (subject === null) return false;
        const site = siteOf.get(subject);
        return reach.subjects.has(subject) || (site !== undefined && reach.sites.has(site));
      };
    },
  };
}

async function sitesOf(lease: Lease, subjects: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(subjects)].filter((id): id is string => id !== null);
  if (ids.length === 0) return new Map();
  const rows = await lease.rows(
    "select id, site_id from core.subjects where id = any($1::uuid[]) and site_id is not null",
    [ids],
  );
  return new Map(rows.map(([id, site]) => [String(id), String(site)]));
}

/** A uuid[] as the driver gives it: an array, or PostgreSQL's own text. */
function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : String(value).slice(1, -1).split(",").filter(Boolean);
}
