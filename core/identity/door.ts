/**
 * The doors before there is a context: single functions of the database that the role :door may call, and nothing else.
 * Each is one statement outside any transaction, so that a counted attempt or a seen session stays counted.
 */
import type { Place } from "../jobs/desk.ts";
import type { Reach } from "../module.ts";
import type { LeasePool } from "../tenancy/lease.ts";
import type { Preferences } from "../tenancy/tables.ts";
import { type Policies, readPolicies } from "./policies.ts";

export interface Tenant {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly profile: "pilot" | "standard";
  readonly demo: boolean;
  /** As they were up to ten seconds ago (core/http/tenant.ts). What they forbid, core.arrive decides on the live row. */
  readonly policies: Policies;
}

/** What a session has to do before anything else: give the second factor, set one up, choose a new password. */
export type Owed = "second" | "enrolment" | "password";

/** What core.arrive says about a living session and the place it is going to. */
export interface Arrival {
  readonly person: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly status: string;
    readonly preferences: Preferences;
  };
  readonly session: {
    readonly ref: string;
    readonly method: string;
    readonly idleSeconds: number;
    readonly owes: Owed | null;
    /** The address is in none of the networks that the institution, or this workspace, allows. */
    readonly outside: "institution" | "workspace" | null;
  };
  readonly workspace: {
    readonly id: string;
    readonly slug: string;
    readonly title: string;
    readonly kind: "program" | "study" | "service";
  } | null;
  readonly may: Readonly<Record<string, readonly Reach[]>>;
  readonly roles: readonly string[];
  readonly places: readonly { readonly slug: string; readonly title: string; readonly kind: string }[];
  readonly administers: boolean;
  /** Modules that are on here, with their saved settings. */
  readonly modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What core.arrive_by_link says about a portal link. */
export interface PortalArrival {
  readonly workspace: NonNullable<Arrival["workspace"]>;
  /** Null: a link for anybody. */
  readonly subject: { readonly id: string; readonly code: string } | null;
  readonly link: string;
  readonly module: string;
  readonly modules: Arrival["modules"];
}

export interface SigningStanding {
  readonly kind: "signing" | "password" | null;
  readonly secret: string | null;
  readonly hasSigned: boolean;
  /** How long ago the session began; null when it is over. */
  readonly sessionSeconds: number | null;
  readonly hasPasskey: boolean;
  /** The newest wording of the declaration that was given with a signature; null: none. */
  readonly declared: number | null;
}

/** What core.arrive_by_calendar says: whose calendar it is, and what he may do in each of his places. */
export interface CalendarArrival {
  readonly person: { readonly id: string; readonly name: string; readonly email: string };
  readonly places: readonly {
    readonly workspace: NonNullable<Arrival["workspace"]>;
    readonly may: Arrival["may"];
    readonly modules: Arrival["modules"];
  }[];
}

/** What core.arrive_by_key says: whose key it is, and what it may do here now. */
export interface KeyArrival {
  readonly key: {
    readonly id: string;
    readonly title: string;
    readonly module: string;
    readonly permissions: readonly string[];
    readonly site: string | null;
  };
  readonly person: { readonly id: string; readonly name: string; readonly email: string };
  readonly workspace: NonNullable<Arrival["workspace"]>;
  readonly may: Arrival["may"];
  readonly modules: Arrival["modules"];
}

export interface AtDoor {
  readonly tenantId: string;
  readonly personId: string | null;
  readonly personName: string;
  readonly ip: string | null;
  readonly agent: string | null;
  readonly requestId: string;
  readonly act: string;
  readonly event: string;
  readonly sentence: string;
  readonly outcome: "done" | "refused" | "failed";
  readonly status: number;
}

/** Somebody without a session was refused, so many times. */
export interface Refused {
  readonly tenant: string;
  readonly ip: string;
  readonly act: string;
  readonly status: number;
  readonly times: number;
}

/** One turn every so many seconds on average, `burst` of them at once. */
export interface Pace {
  readonly everySeconds: number;
  readonly burst: number;
}

/** A letter of a demonstration, sealed. */
export interface DemoMail {
  readonly id: string;
  readonly letter: Uint8Array;
  readonly state: "queued" | "sent" | "failed";
  readonly why: string | null;
  readonly madeAt: string;
}

export class Door {
  constructor(private readonly pool: LeasePool) {}

  private async call(text: string, values: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    return this.pool.once(text, values);
  }

  /** Null slug: the first institution. */
  async findTenant(slug: string | null): Promise<Tenant | null> {
    const [row] = await this.call("select * from core.find_tenant($1)", [slug]);
    if (!row) return null;
    return {
      id: row[0] as string,
      slug: row[1] as string,
      name: row[2] as string,
      profile: row[3] as Tenant["profile"],
      demo: row[4] as boolean,
      policies: readPolicies(row[5]),
    };
  }

  async arrive(
    tenantId: string,
    tokenHash: Uint8Array,
    workspaceSlug: string | null,
    passive: boolean,
    address: string | null,
  ): Promise<Arrival | null> {
    const [row] = await this.call("select core.arrive($1::uuid, $2::bytea, $3, $4::boolean, $5::inet)", [
      tenantId,
      tokenHash,
      workspaceSlug,
      passive,
      address,
    ]);
    return (row?.[0] as Arrival | null | undefined) ?? null;
  }

  /** Null: the link is not known, was revoked, or is over. */
  async arriveByLink(tenantId: string, tokenHash: Uint8Array): Promise<PortalArrival | null> {
    const [row] = await this.call("select core.arrive_by_link($1::uuid, $2::bytea)", [tenantId, tokenHash]);
    return (row?.[0] as PortalArrival | null | undefined) ?? null;
  }

  /** Null: the key is not known, was ended, is over, belongs elsewhere, or comes from a network that is not allowed. */
  async arriveByKey(
    tenantId: string,
    tokenHash: Uint8Array,
    workspaceSlug: string,
    address: string | null,
  ): Promise<KeyArrival | null> {
    const [row] = await this.call("select core.arrive_by_key($1::uuid, $2::bytea, $3, $4::inet)", [
      tenantId,
      tokenHash,
      workspaceSlug,
      address,
    ]);
    return (row?.[0] as KeyArrival | null | undefined) ?? null;
  }

  /** Null: the address is not known, or was ended. */
  async arriveByCalendar(tenantId: string, tokenHash: Uint8Array): Promise<CalendarArrival | null> {
    const [row] = await this.call("select core.arrive_by_calendar($1::uuid, $2::bytea)", [tenantId, tokenHash]);
    return (row?.[0] as CalendarArrival | null | undefined) ?? null;
  }

  /** Where a provider's webhook stands: null for a workspace that is not there. */
  async placeNamed(tenantId: string, slug: string): Promise<Place | null> {
    const [row] = await this.call("select core.place_named($1::uuid, $2)", [tenantId, slug]);
    return (row?.[0] as Place | null | undefined) ?? null;
  }

  /** Of this institution, where a provider of text messages may serve. */
  async textPlaces(tenantId: string): Promise<readonly Place[]> {
    const [row] = await this.call("select core.text_places($1::uuid)", [tenantId]);
    return (row?.[0] as readonly Place[] | undefined) ?? [];
  }

  async noteRefusals(counted: readonly Refused[]): Promise<void> {
    await this.call("select core.note_refusals($1::jsonb)", [JSON.stringify(counted)]);
  }

  /** False: this bucket is locked, and nothing more may be tried with it now. */
  async beginAttempt(tenantId: string, bucket: string): Promise<boolean> {
    const [row] = await this.call("select core.begin_attempt($1::uuid, $2)", [tenantId, bucket]);
    return row?.[0] === true;
  }

  async clearAttempts(tenantId: string, bucket: string): Promise<void> {
    await this.call("select core.clear_attempts($1::uuid, $2)", [tenantId, bucket]);
  }

  async findPassword(
    tenantId: string,
    email: string,
  ): Promise<{ personId: string; secret: string | null; status: string; name: string } | null> {
    const [row] = await this.call("select * from core.find_password($1::uuid, $2)", [tenantId, email]);
    if (!row) return null;
    return {
      personId: row[0] as string,
      secret: row[1] as string | null,
      status: row[2] as string,
      name: row[3] as string,
    };
  }

  /** Every institution that is open, for the watch over the record. */
  async tenantsToWatch(): Promise<{ id: string; slug: string; name: string }[]> {
    const rows = await this.call("select id::text, slug, name from core.tenants_to_watch()", []);
    return rows.map(([id, slug, name]) => ({ id: String(id), slug: String(slug), name: String(name) }));
  }

  /** What the person signs with, and whether this session has signed before. */
  async signingOf(tenantId: string, personId: string, sessionRef: string): Promise<SigningStanding | null> {
    const [row] = await this.call(
      "select kind, secret, has_signed, session_seconds, has_passkey, core.declared_wording($1::uuid, $2::uuid) from core.signing_of($1::uuid, $2::uuid, $3)",
      [tenantId, personId, sessionRef],
    );
    if (!row) return null;
    return {
      kind: row[0] as SigningStanding["kind"],
      secret: row[1] as string | null,
      hasSigned: row[2] as boolean,
      sessionSeconds: row[3] === null ? null : Number(row[3]),
      hasPasskey: row[4] === true,
      declared: row[5] === null ? null : Number(row[5]),
    };
  }

  async openSession(
    tenantId: string,
    tokenHash: Uint8Array,
    personId: string,
    method: string,
    ip: string | null,
    agent: string | null,
  ): Promise<void> {
    await this.call("select core.open_session($1::uuid, $2::bytea, $3::uuid, $4, $5::inet, $6)", [
      tenantId,
      tokenHash,
      personId,
      method,
      ip,
      agent,
    ]);
  }

  async endSession(tenantId: string, tokenHash: Uint8Array, why: string): Promise<void> {
    await this.call("select core.end_session($1::uuid, $2::bytea, $3)", [tenantId, tokenHash, why]);
  }

  /** How many were ended. */
  async endSessions(
    tenantId: string,
    personId: string,
    why: string,
    exceptHash: Uint8Array | null = null,
  ): Promise<number> {
    const [row] = await this.call("select core.end_sessions($1::uuid, $2::uuid, $3, $4::bytea)", [
      tenantId,
      personId,
      why,
      exceptHash,
    ]);
    return Number(row?.[0] ?? 0);
  }

  async makeLink(
    tenantId: string,
    hash: Uint8Array,
    personId: string,
    purpose: "sign-in" | "set-password",
    minutes: number,
  ): Promise<void> {
    await this.call("select core.make_link($1::uuid, $2::bytea, $3::uuid, $4, make_interval(mins => $5::int))", [
      tenantId,
      hash,
      personId,
      purpose,
      minutes,
    ]);
  }

  async useLink(
    tenantId: string,
    hash: Uint8Array,
    purpose: "sign-in" | "set-password",
  ): Promise<{ personId: string; name: string } | null> {
    const [row] = await this.call("select * from core.use_link($1::uuid, $2::bytea, $3)", [tenantId, hash, purpose]);
    return row ? { personId: row[0] as string, name: row[1] as string } : null;
  }

  /** The account, new or not confirmed yet; null: the address has one already. */
  async register(tenantId: string, name: string, email: string): Promise<string | null> {
    const [row] = await this.call("select core.register($1::uuid, $2, $3)", [tenantId, name, email]);
    return (row?.[0] as string | null | undefined) ?? null;
  }

  /** Whose link this is. It stays unused. */
  async lookAtLink(
    tenantId: string,
    hash: Uint8Array,
    purpose: "sign-in" | "set-password",
  ): Promise<{ name: string; email: string } | null> {
    const [row] = await this.call("select * from core.look_at_link($1::uuid, $2::bytea, $3)", [
      tenantId,
      hash,
      purpose,
    ]);
    return row ? { name: row[0] as string, email: row[1] as string } : null;
  }

  /** Uses the link up, sets the password and ends every session. Null: the link is over. */
  async setPasswordByLink(
    tenantId: string,
    hash: Uint8Array,
    hashed: string,
  ): Promise<{ id: string; name: string } | null> {
    const [row] = await this.call("select * from core.set_password_by_link($1::uuid, $2::bytea, $3)", [
      tenantId,
      hash,
      hashed,
    ]);
    return row ? { id: row[0] as string, name: row[1] as string } : null;
  }

  /** The sealed seed of the person's authenticator app. */
  async findTotp(tenantId: string, personId: string): Promise<{ id: string; secret: string } | null> {
    const [row] = await this.call("select * from core.find_totp($1::uuid, $2::uuid)", [tenantId, personId]);
    return row ? { id: row[0] as string, secret: row[1] as string } : null;
  }

  /** False: a code of this step, or of a later one, was taken before. */
  async takeStep(tenantId: string, credentialId: string, step: number): Promise<boolean> {
    const [row] = await this.call("select core.take_step($1::uuid, $2::uuid, $3::bigint)", [
      tenantId,
      credentialId,
      step,
    ]);
    return row?.[0] === true;
  }

  /** How many recovery codes are left; null: this is none of them. */
  async takeRecovery(tenantId: string, personId: string, hashed: string): Promise<number | null> {
    const [row] = await this.call("select core.take_recovery($1::uuid, $2::uuid, $3)", [tenantId, personId, hashed]);
    return (row?.[0] as number | null | undefined) ?? null;
  }

  /** The session goes on under another token. False: it is over. */
  async passSecond(tenantId: string, oldHash: Uint8Array, newHash: Uint8Array): Promise<boolean> {
    const [row] = await this.call("select core.pass_second($1::uuid, $2::bytea, $3::bytea)", [
      tenantId,
      oldHash,
      newHash,
    ]);
    return row?.[0] === true;
  }

  async setPassword(tenantId: string, personId: string, hashed: string): Promise<void> {
    await this.call("select core.set_password($1::uuid, $2::uuid, $3)", [tenantId, personId, hashed]);
  }

  /** False: too many of them lately. `bucket` says at which door and who knocks: "sign-in:192.0.2.7". */
  async takeTurn(tenantId: string, bucket: string, pace: Pace): Promise<boolean> {
    const [row] = await this.call("select core.take_turn($1::uuid, $2, make_interval(secs => $3), $4::int)", [
      tenantId,
      bucket,
      pace.everySeconds,
      pace.burst,
    ]);
    return row?.[0] === true;
  }

  async demoPeople(tenantId: string): Promise<readonly { id: string; name: string; roles: string }[]> {
    const rows = await this.call("select * from core.demo_people($1::uuid)", [tenantId]);
    return rows.map((row) => ({
      id: row[0] as string,
      name: row[1] as string,
      roles: (row[2] as string | null) ?? "",
    }));
  }

  /** Newest first, 200 at most; none unless the institution is a demonstration. */
  async demoMails(tenantId: string): Promise<readonly DemoMail[]> {
    const rows = await this.call("select id, letter, state, why, made_at from core.demo_mails($1::uuid)", [tenantId]);
    return rows.map((row) => ({
      id: row[0] as string,
      letter: row[1] as Uint8Array,
      state: row[2] as DemoMail["state"],
      why: row[3] as string | null,
      madeAt: new Date(row[4] as string).toISOString(),
    }));
  }

  async record(event: AtDoor): Promise<void> {
    await this.call(
      "select core.record_at_door($1::uuid, $2::uuid, $3, $4::inet, $5, $6::uuid, $7, $8, $9, $10, $11::int)",
      [
        event.tenantId,
        event.personId,
        event.personName,
        event.ip,
        event.agent,
        event.requestId,
        event.act,
        event.event,
        event.sentence,
        event.outcome,
        event.status,
      ],
    );
  }
}
