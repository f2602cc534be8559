/** Links that are asked for at the door by somebody who is not signed in, and travel by mail. */
import type { Knock } from "../context.ts";
import { isEmail } from "../http/formats.ts";
import type { LinkLetter } from "../mail/letters.ts";
import { type Letter, postAtDoor } from "../mail/mail.ts";
import { randomToken, sha256 } from "../vault/primitives.ts";
import type { Tenant } from "./door.ts";
import { paces } from "./pace.ts";

/** Every question for a link takes at least so long, whether there is an account to send one to or not. */
export const FLOOR_MS = 250;

export interface LinkKind {
  readonly purpose: "sign-in" | "set-password";
  readonly minutes: number;
  readonly words: (letter: LinkLetter) => Omit<Letter, "to">;
}

/** Whom it was sent to; null when there is nobody, or his mailbox has had enough of them. Both take the same time. */
export async function sendLink(
  knock: Knock,
  typed: string,
  kind: LinkKind,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const [sent] = await Promise.all([postLink(knock, typed.toLowerCase(), kind), Bun.sleep(FLOOR_MS)]);
  return sent;
}

async function postLink(
  { house, visit, incoming }: Knock,
  address: string,
  { purpose, minutes, words }: LinkKind,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const { tenant } = visit;
  const mailbox = `mail:${sha256(address).toString("hex").slice(0, 32)}`;
  const hasTurn = await house.door.takeTurn(tenant.id, mailbox, paces.mail);
  const found = isEmail(address) ? await house.door.findPassword(tenant.id, address) : null;
  if (!hasTurn || !found || found.status === "suspended") return null;
  // A mailbox that was never confirmed is confirmed by the page for a password, not by a way around it.
  if (purpose === "sign-in" && found.status === "registered") return null;
  const token = randomToken(32);
  const person = { id: found.personId, name: found.name };
  await house.door.makeLink(tenant.id, sha256(token), person.id, purpose, minutes);
  const letter = words({
    name: person.name,
    url: `${addressOf(house.config.baseUrl, tenant, incoming.url.hostname)}${linkPaths[purpose]}/${token}`,
    institution: tenant.name,
    minutes,
  });
  // In a transaction of its own, so that it lies within the floor of the time.
  await postAtDoor(house, tenant.id, { to: address, ...letter });
  return person;
}

/** Where a link of each kind leads, before its token. */
export const linkPaths = {
  "sign-in": "/sign-in/link",
  "set-password": "/sign-in/password",
  invitation: "/sign-in/invitation",
} as const;

/**
 * From the configuration, never from the request: whoever asks does not choose where the link leads. Who asks at the
 * installation's own name (the only institution there may have no other) is led back to it.
 */
export function addressOf(baseUrl: string, { slug }: Pick<Tenant, "slug">, askedAt: string): string {
  const { protocol, host, hostname } = new URL(baseUrl);
  return `${protocol}//${askedAt === hostname ? host : `${slug}.${host}`}`;
}
