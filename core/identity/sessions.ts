/**
 * Sessions, through lucia with an adapter of our own. lucia's own window is no idle timeout and keeps the token in the
 * clear (security.md §0.5): here the table holds SHA-256 of the token, one statement decides on the database's clock
 * whether a session lives, and ended sessions stay as rows.
 *
 * The cookie is a JWT that carries the 256-bit token and is bound to the institution. It authorises nothing by itself:
 * it is a cheap check in front of the row.
 */
import { type Adapter, type DatabaseSession, type DatabaseUser, Lucia, TimeSpan } from "lucia";
import { randomToken, sha256 } from "../vault/primitives.ts";
import type { Arrival, Door } from "./door.ts";
import type { FederatedSession, FederationDoor } from "./federation/door.ts";

declare module "lucia" {
  interface Register {
    Lucia: Lucia<{ arrival: Arrival }>;
    DatabaseSessionAttributes: SessionAttributes;
  }
}
interface SessionAttributes {
  /** Given when a session is opened … */
  readonly method?: string;
  readonly ip?: string | null;
  readonly agent?: string | null;
  readonly there?: FederatedSession | null;
  /** … and found when one arrives. */
  readonly arrival?: Arrival;
}

const ABSOLUTE = new TimeSpan(12, "h");

/** One request's view of the sessions: which institution, where it is going, and whether it is only a poll. */
class ExactAdapter implements Adapter {
  constructor(
    private readonly door: Door,
    private readonly federation: FederationDoor,
    private readonly tenantId: string,
    private readonly workspaceSlug: string | null,
    private readonly passive: boolean,
    private readonly address: string | null,
  ) {}

  async getSessionAndUser(token: string): Promise<[DatabaseSession | null, DatabaseUser | null]> {
    const { tenantId, workspaceSlug, passive, address } = this;
    const arrival = await this.door.arrive(tenantId, sha256(token), workspaceSlug, passive, address);
    if (!arrival) return [null, null];
    const userId = arrival.person.id;
    // lucia would slide this date; the database decides, so it is always the far end.
    const expiresAt = new Date(Date.now() + ABSOLUTE.milliseconds());
    return [
      { id: token, userId, expiresAt, attributes: { arrival } },
      { id: userId, attributes: {} },
    ];
  }

  async setSession(session: DatabaseSession): Promise<void> {
    const { method = "unknown", ip = null, agent = null, there } = session.attributes;
    const hash = sha256(session.id);
    if (there) await this.federation.openSession(this.tenantId, hash, session.userId, method, ip, agent, there);
    else await this.door.openSession(this.tenantId, hash, session.userId, method, ip, agent);
  }

  async deleteSession(token: string): Promise<void> {
    await this.door.endSession(this.tenantId, sha256(token), "signed out");
  }

  async deleteUserSessions(personId: string): Promise<void> {
    await this.door.endSessions(this.tenantId, personId, "signed out everywhere");
  }

  /** Nothing slides: core.arrive has already noted that the session was seen. */
  async updateSessionExpiration(): Promise<void> {}
  /** Rows are history; nothing is deleted. */
  async deleteExpiredSessions(): Promise<void> {}
  /** Sessions are listed through the account page's own query, under row-level security. */
  async getUserSessions(): Promise<DatabaseSession[]> {
    return [];
  }
}

export class Sessions {
  constructor(
    private readonly door: Door,
    private readonly federation: FederationDoor,
  ) {}

  private lucia(
    tenantId: string,
    workspaceSlug: string | null = null,
    passive = false,
    address: string | null = null,
  ): Lucia<{ arrival: Arrival | undefined }> {
    return new Lucia(new ExactAdapter(this.door, this.federation, tenantId, workspaceSlug, passive, address), {
      sessionExpiresIn: ABSOLUTE,
      getSessionAttributes: ({ arrival }) => ({ arrival }),
    });
  }

  /**
   * Who this token belongs to, what the session still owes, and what he may do where he is going from `address`; null
   * when the session is over.
   */
  async arrive(
    tenantId: string,
    token: string,
    workspaceSlug: string | null,
    passive: boolean,
    address: string | null,
  ): Promise<Arrival | null> {
    const { session } = await this.lucia(tenantId, workspaceSlug, passive, address).validateSession(token);
    return session?.arrival ?? null;
  }

  /** The second factor was given: the session goes on under the token that is answered. Null: it is over. */
  async passSecond(tenantId: string, token: string): Promise<string | null> {
    const next = randomToken(32);
    return (await this.door.passSecond(tenantId, sha256(token), sha256(next))) ? next : null;
  }

  /** A new token, never an old one: what stood in a browser before signing in can not become a session. */
  async open(
    tenantId: string,
    personId: string,
    method: string,
    ip: string | null,
    agent: string | null,
    there: FederatedSession | null = null,
  ): Promise<string> {
    const token = randomToken(32);
    await this.lucia(tenantId).createSession(personId, { method, ip, agent, there }, { sessionId: token });
    return token;
  }

  async end(tenantId: string, token: string): Promise<void> {
    await this.lucia(tenantId).invalidateSession(token);
  }

  /** How many were ended. */
  async endAll(tenantId: string, personId: string, why: string, exceptToken: string | null = null): Promise<number> {
    return this.door.endSessions(tenantId, personId, why, exceptToken === null ? null : sha256(exceptToken));
  }
}
