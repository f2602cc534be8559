/** The doors of passkeys: single functions of the database, one statement each. */
import type { LeasePool } from "@core/tenancy/lease.ts";

export type ChallengePurpose = "sign-in" | "second" | "enrolment" | "signature";

export interface StoredPasskey {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string; readonly status: string };
  readonly publicKey: string;
  readonly counter: number;
}

export class PasskeyDoor {
  constructor(private readonly pool: LeasePool) {}

  async makeChallenge(tenantId: string, challenge: string, purpose: ChallengePurpose, personId: string | null) {
    await this.pool.once("select core.make_challenge($1::uuid, $2, $3, $4::uuid)", [
      tenantId,
      challenge,
      purpose,
      personId,
    ]);
  }

  /** False: it was answered before, is too old, or was made for something or somebody else. */
  async takeChallenge(
    tenantId: string,
    challenge: string,
    purpose: ChallengePurpose,
    personId: string | null,
  ): Promise<boolean> {
    const [row] = await this.pool.once("select core.take_challenge($1::uuid, $2, $3, $4::uuid)", [
      tenantId,
      challenge,
      purpose,
      personId,
    ]);
    return row?.[0] === true;
  }

  async find(tenantId: string, credentialId: string): Promise<StoredPasskey | null> {
    const [row] = await this.pool.once(
      "select id, person, name, status, public_key, counter from core.find_passkey($1::uuid, $2)",
      [tenantId, credentialId],
    );
    if (!row) return null;
    const [id, person, name, status, publicKey, counter] = row as readonly string[];
    return {
      id: id ?? "",
      person: { id: person ?? "", name: name ?? "", status: status ?? "" },
      publicKey: publicKey ?? "",
      counter: Number(counter ?? 0),
    };
  }

  async idsOf(tenantId: string, personId: string): Promise<string[]> {
    const rows = await this.pool.once("select credential_id from core.passkeys_of($1::uuid, $2::uuid)", [
      tenantId,
      personId,
    ]);
    return rows.map(([id]) => id as string);
  }

  /** False: its counter went backwards, so there are two of it. */
  async use(tenantId: string, id: string, counter: number): Promise<boolean> {
    const [row] = await this.pool.once("select core.use_passkey($1::uuid, $2::uuid, $3::bigint)", [
      tenantId,
      id,
      counter,
    ]);
    return row?.[0] === true;
  }

  async markSecond(tenantId: string, tokenHash: Uint8Array): Promise<void> {
    await this.pool.once("select core.mark_second($1::uuid, $2::bytea)", [tenantId, tokenHash]);
  }
}
