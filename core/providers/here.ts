/** The provider of the workspace one stands in, and its secret: asked of the database each time, so that an end bites at once. */
import type { Trail } from "../audit/trail.ts";
import type { House } from "../house.ts";
import { Problem } from "../problem.ts";
import type { Lease } from "../tenancy/lease.ts";
import { Sealer } from "../vault/envelope.ts";
import { keyRows } from "../vault/key-rows.ts";
import {
  type ProviderEntry,
  type ProviderSecret,
  type ProviderService,
  type ProviderStanding,
  serviceTitles,
  whyNotInForce,
} from "./entry.ts";

interface Row {
  readonly id: string;
  readonly service: ProviderEntry["service"];
  readonly kind: ProviderEntry["kind"];
  readonly title: string;
  readonly endpoint: string;
  readonly region: string;
  readonly config: Record<string, string>;
  readonly agreement: string;
  readonly agreed_from: string;
  readonly agreed_until: string;
  readonly no_training: boolean;
  readonly ended_at: string | null;
}

export async function providerHere(
  lease: Lease,
  service: ProviderService,
  now: Date,
  environment: "development" | "production",
): Promise<ProviderStanding> {
  const [row] = await lease.rows("select core.provider_here($1)", [service]);
  const found = typeof row?.[0] === "string" ? (JSON.parse(row[0]) as Row) : ((row?.[0] ?? null) as Row | null);
  if (found === null)
    return {
      on: false,
      why: "off",
      sentence: `${serviceTitles[service]}: no provider is switched on in this workspace.`,
    };
  const entry: ProviderEntry = {
    id: found.id,
    service: found.service,
    kind: found.kind,
    title: found.title,
    endpoint: found.endpoint,
    region: found.region,
    config: found.config,
    agreement: found.agreement,
    agreedFrom: found.agreed_from,
    agreedUntil: found.agreed_until,
    noTraining: found.no_training,
    endedAt: found.ended_at === null ? null : new Date(found.ended_at),
  };
  const sentence = whyNotInForce(entry, now, environment);
  return sentence === null ? { on: true, ...entry } : { on: false, why: "not-in-force", sentence };
}

/** The secret lies under the institution's key, whichever workspace asks for it. */
export async function openProviderSecret(
  house: House,
  tenantId: string,
  lease: Lease,
  trail: Trail,
  id: string,
): Promise<ProviderSecret | null> {
  const [row] = await lease.rows("select secret from core.providers where id = $1::uuid", [id]);
  if (!row) throw Problem.notFound();
  const [sealed] = row;
  if (sealed === null) return null;
  const bytes = await sealerOf(house, tenantId, lease).open(sealed as Uint8Array, addressOf(id));
  trail.opened("core.providers", "secret", id, undefined);
  trail.openedFor("to speak to the provider");
  return JSON.parse(new TextDecoder().decode(bytes)) as ProviderSecret;
}

export async function sealProviderSecret(
  house: House,
  tenantId: string,
  lease: Lease,
  id: string,
  secret: ProviderSecret,
): Promise<Uint8Array> {
  return await sealerOf(house, tenantId, lease).seal(JSON.stringify(secret), addressOf(id));
}

const sealerOf = (house: House, tenant: string, lease: Lease): Sealer =>
  new Sealer(house.vault, keyRows(lease), { tenant, workspace: null }, house.vault.algorithm);

const addressOf = (row: string) => ({ table: "core.providers", column: "secret", row });
