/** What an institution, or one of its workspaces, demands of those who come in. Read here, enforced by core.arrive. */

import type { PasswordRules } from "./password-policy.ts";

/** The kinds whose idle limit can be shortened, and the house's own limit in minutes. */
export const idleKinds = {
  program: { label: "Programs", minutes: 15 },
  service: { label: "Services", minutes: 15 },
  study: { label: "Studies and consent", minutes: 20 },
  management: { label: "Study management alone", minutes: 60 },
} as const;
export type IdleKind = keyof typeof idleKinds;

/** Ways in that an institution can close. */
export const waysIn = {
  password: "Password",
  link: "Link by mail (pilot institutions only)",
  passkey: "Passkey",
  saml: "Sign-in service by SAML",
  oidc: "Sign-in service by OpenID Connect",
} as const;
export type WayIn = keyof typeof waysIn;

export interface Policies {
  readonly second?: "required";
  /** Whoever likes may ask for an account; an administrator decides. Absent: by invitation alone. */
  readonly registration?: "open";
  /** Absent: every way is open. */
  readonly methods?: readonly WayIn[];
  readonly idle?: Readonly<Partial<Record<IdleKind, number>>>;
  readonly rotation?: { readonly days: number };
  /** Absent: what the house asks of a password is enough. */
  readonly passwords?: PasswordRules;
  /** Staff may open one subject that is not assigned to them, with a reason, and somebody looks at it afterwards. */
  readonly emergency?: "allowed";
  /** What was given here is confirmed every so many days. Absent: never asked for. */
  readonly confirmDays?: number;
  /** As PostgreSQL writes them: "192.0.2.0/24". Absent or empty: from everywhere. */
  readonly networks?: readonly string[];
}

/** What lies in the column was written by this program: anything else counts as not being there. */
export function readPolicies(stored: unknown): Policies {
  return typeof stored === "object" && stored !== null && !Array.isArray(stored) ? (stored as Policies) : {};
}

export const allowsWay = ({ methods }: Policies, way: WayIn): boolean => methods === undefined || methods.includes(way);
