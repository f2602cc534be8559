/** The doors of federation: single functions of the database, one statement each, like those of the Door. */
import type { LeasePool } from "@core/tenancy/lease.ts";

export type ProviderKind = "saml" | "oidc";
export interface ListedProvider {
  readonly id: string;
  readonly kind: ProviderKind;
  readonly title: string;
}
export interface StoredProvider extends ListedProvider {
  readonly settings: unknown;
  readonly secret: string | null;
  readonly admits: boolean;
  readonly trustsSecond: boolean;
  readonly isOn: boolean;
}

/** What a service said of somebody, kept between its answer and the browser that asked. */
export interface Said {
  readonly subject: string;
  readonly name: string | null;
  readonly email: string | null;
  /** Who this is there, when leaving. */
  readonly calledThere: string;
  readonly sessionIndex: string | null;
  readonly hasSecond: boolean;
}
export interface Beginning {
  readonly request: string;
  readonly provider: string;
  readonly browserHash: Uint8Array;
  readonly purpose: "sign-in" | "link";
  readonly personId: string | null;
  readonly verifier?: string;
  readonly nonce?: string;
  readonly to: string;
}
export interface Finished {
  readonly provider: string;
  readonly purpose: "sign-in" | "link" | "invitation";
  readonly personId: string | null;
  readonly to: string;
  readonly said: Said;
}

type Row = readonly unknown[];
const LATELY_MS = 10_000;
const text = (value: unknown) => (typeof value === "string" ? value : null);

export class FederationDoor {
  private readonly lately = new Map<string, { readonly list: Promise<ListedProvider[]>; readonly until: number }>();

  constructor(private readonly pool: LeasePool) {}

  private call(statement: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.pool.once(statement, values);
  }

  /** Those that are on, in the order they were set up. */
  async list(tenantId: string): Promise<ListedProvider[]> {
    const rows = await this.call("select id, kind, title from core.list_providers($1::uuid)", [tenantId]);
    return rows.map(([id, kind, title]) => ({ id, kind, title }) as ListedProvider);
  }

  /** As they were up to ten seconds ago: for the page that says no, of which very many may be asked for. */
  listLately(tenantId: string): Promise<ListedProvider[]> {
    const known = this.lately.get(tenantId);
    if (known && known.until > Date.now()) return known.list;
    const list = this.list(tenantId);
    this.lately.set(tenantId, { list, until: Date.now() + LATELY_MS });
    list.catch(() => this.lately.delete(tenantId));
    return list;
  }

  async find(tenantId: string, id: string): Promise<StoredProvider | null> {
    const [row] = await this.call(
      "select kind, title, settings, secret, admits, trusts_second, is_on from core.find_provider($1::uuid, $2::uuid)",
      [tenantId, id],
    );
    if (!row) return null;
    const [kind, title, settings, secret, admits, trustsSecond, isOn] = row;
    return { id, kind, title, settings, secret: text(secret), admits, trustsSecond, isOn } as StoredProvider;
  }

  async begin(tenantId: string, one: Beginning): Promise<void> {
    await this.call("select core.begin_federated($1::uuid, $2, $3::uuid, $4::bytea, $5, $6::uuid, $7, $8, $9)", [
      tenantId,
      one.request,
      one.provider,
      one.browserHash,
      one.purpose,
      one.personId,
      one.verifier ?? null,
      one.nonce ?? null,
      one.to,
    ]);
  }

  /** Whose invitation this is; null once somebody has come into the account. */
  async invitation(tenantId: string, linkHash: Uint8Array): Promise<{ name: string; email: string } | null> {
    const [row] = await this.call("select name, email from core.look_at_invitation($1::uuid, $2::bytea)", [
      tenantId,
      linkHash,
    ]);
    return row ? { name: String(row[0]), email: String(row[1]) } : null;
  }

  /** False: the invitation is over. */
  async beginInvited(
    tenantId: string,
    one: Pick<Beginning, "request" | "provider" | "browserHash" | "verifier" | "nonce">,
    linkHash: Uint8Array,
  ): Promise<boolean> {
    const [row] = await this.call("select core.begin_invited($1::uuid, $2, $3::uuid, $4::bytea, $5::bytea, $6, $7)", [
      tenantId,
      one.request,
      one.provider,
      one.browserHash,
      linkHash,
      one.verifier ?? null,
      one.nonce ?? null,
    ]);
    return row?.[0] === true;
  }

  /** The account that is this person's from now on; null: the invitation was used, or that sign-in is somebody else's here. */
  async acceptInvited(
    tenantId: string,
    ticketHash: Uint8Array,
    provider: string,
    subject: string,
  ): Promise<{ id: string; name: string; email: string } | null> {
    const [row] = await this.call(
      "select id, name, email from core.accept_invited($1::uuid, $2::bytea, $3::uuid, $4)",
      [tenantId, ticketHash, provider, subject],
    );
    return row ? { id: String(row[0]), name: String(row[1]), email: String(row[2]) } : null;
  }

  /** A request that still waits; with a browser, one that was begun in it. */
  async waiting(
    tenantId: string,
    request: string,
    provider: string,
    browserHash: Uint8Array | null,
  ): Promise<{ madeAt: Date; verifier: string | null; nonce: string | null } | null> {
    const [row] = await this.call(
      "select made_at, verifier, nonce from core.find_federated($1::uuid, $2, $3::uuid, $4::bytea)",
      [tenantId, request, provider, browserHash],
    );
    return row ? { madeAt: new Date(row[0] as string), verifier: text(row[1]), nonce: text(row[2]) } : null;
  }

  /** False: the request was answered already, or the assertion was used before. */
  async answer(
    tenantId: string,
    one: {
      readonly request: string;
      readonly provider: string;
      readonly assertionId: string;
      readonly until: Date;
      readonly ticketHash: Uint8Array;
      readonly said: Said;
    },
  ): Promise<boolean> {
    const [row] = await this.call(
      "select core.answer_federated($1::uuid, $2, $3::uuid, $4, $5::timestamptz, $6::bytea, $7::text::jsonb)",
      [
        tenantId,
        one.request,
        one.provider,
        one.assertionId,
        one.until.toISOString(),
        one.ticketHash,
        JSON.stringify(one.said),
      ],
    );
    return row?.[0] === true;
  }

  /** Null: not this browser, not in time, or finished before. */
  async finish(tenantId: string, ticketHash: Uint8Array, browserHash: Uint8Array): Promise<Finished | null> {
    const [row] = await this.call(
      "select provider_id, purpose, person_id, return_to, answer from core.finish_federated($1::uuid, $2::bytea, $3::bytea)",
      [tenantId, ticketHash, browserHash],
    );
    if (!row) return null;
    const [provider, purpose, personId, to, said] = row;
    return { provider, purpose, personId: text(personId), to, said } as Finished;
  }

  async person(
    tenantId: string,
    provider: string,
    subject: string,
  ): Promise<{ id: string; name: string; status: string } | null> {
    const [row] = await this.call("select id, name, status from core.federated_person($1::uuid, $2::uuid, $3)", [
      tenantId,
      provider,
      subject,
    ]);
    return row ? { id: row[0] as string, name: row[1] as string, status: row[2] as string } : null;
  }

  async admit(
    tenantId: string,
    provider: string,
    subject: string,
    name: string,
    email: string,
  ): Promise<
    | { readonly outcome: "refused" }
    | { readonly outcome: "taken" | "admitted"; readonly person: { readonly id: string; readonly name: string } }
  > {
    const [row] = await this.call(
      "select outcome, person, person_name from core.admit_federated($1::uuid, $2::uuid, $3, $4, $5)",
      [tenantId, provider, subject, name, email],
    );
    const outcome = row?.[0];
    if (outcome !== "taken" && outcome !== "admitted") return { outcome: "refused" };
    return { outcome, person: { id: row?.[1] as string, name: row?.[2] as string } };
  }

  /** Those who decide about somebody who waits. */
  async peopleKeepers(tenantId: string): Promise<{ name: string; email: string }[]> {
    const rows = await this.call("select name, email from core.people_keepers($1::uuid)", [tenantId]);
    return rows.map(([name, email]) => ({ name: name as string, email: email as string }));
  }

  /** False: the subject belongs to another account. */
  async link(tenantId: string, provider: string, subject: string, personId: string, how: string): Promise<boolean> {
    const [row] = await this.call("select core.link_federated($1::uuid, $2::uuid, $3, $4::uuid, $5)", [
      tenantId,
      provider,
      subject,
      personId,
      how,
    ]);
    return row?.[0] === true;
  }

  async makeLetterLink(
    tenantId: string,
    hash: Uint8Array,
    personId: string,
    provider: string,
    subject: string,
    hours: number,
  ): Promise<void> {
    await this.call(
      "select core.make_identity_link($1::uuid, $2::bytea, $3::uuid, $4::uuid, $5, make_interval(hours => $6::int))",
      [tenantId, hash, personId, provider, subject, hours],
    );
  }

  async lookAtLetterLink(
    tenantId: string,
    hash: Uint8Array,
  ): Promise<{ name: string; email: string; provider: string; subject: string } | null> {
    const [row] = await this.call(
      "select name, email, provider, subject from core.look_at_identity_link($1::uuid, $2::bytea)",
      [tenantId, hash],
    );
    if (!row) return null;
    const [name, email, provider, subject] = row as readonly string[];
    return { name: name ?? "", email: email ?? "", provider: provider ?? "", subject: subject ?? "" };
  }

  async useLetterLink(
    tenantId: string,
    hash: Uint8Array,
  ): Promise<{ id: string; name: string; provider: string } | null> {
    const [row] = await this.call(
      "select person, person_name, provider from core.use_identity_link($1::uuid, $2::bytea)",
      [tenantId, hash],
    );
    return row ? { id: row[0] as string, name: row[1] as string, provider: row[2] as string } : null;
  }

  async openSession(
    tenantId: string,
    tokenHash: Uint8Array,
    personId: string,
    method: string,
    ip: string | null,
    agent: string | null,
    there: FederatedSession,
  ): Promise<void> {
    await this.call(
      "select core.open_federated_session($1::uuid, $2::bytea, $3::uuid, $4, $5::inet, $6, $7::uuid, $8, $9, $10::boolean)",
      [
        tenantId,
        tokenHash,
        personId,
        method,
        ip,
        agent,
        there.provider,
        there.calledThere,
        there.sessionIndex,
        there.hasSecond,
      ],
    );
  }

  async sessionThere(
    tenantId: string,
    tokenHash: Uint8Array,
  ): Promise<{ provider: string; nameId: string; sessionIndex: string | null } | null> {
    const [row] = await this.call(
      "select provider, called, index_there from core.session_at_provider($1::uuid, $2::bytea)",
      [tenantId, tokenHash],
    );
    return row ? { provider: row[0] as string, nameId: row[1] as string, sessionIndex: text(row[2]) } : null;
  }

  /** How many were ended. */
  async endSessions(
    tenantId: string,
    provider: string,
    calledThere: string | null,
    sessionIndex: string | null,
  ): Promise<number> {
    const [row] = await this.call("select core.end_federated_sessions($1::uuid, $2::uuid, $3, $4)", [
      tenantId,
      provider,
      calledThere,
      sessionIndex,
    ]);
    return Number(row?.[0] ?? 0);
  }
}

/** What a session knows of the service that it came by. */
export interface FederatedSession {
  readonly provider: string;
  readonly calledThere: string;
  readonly sessionIndex: string | null;
  readonly hasSecond: boolean;
}
