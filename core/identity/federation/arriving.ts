/** From a sign-in service's answer to a session, an account that waits, a letter, or a refusal. The same for every kind of service. */
import type { Knock } from "@core/context.ts";
import { readCookie } from "@core/http/headers.ts";
import { askedLetter, identityLetter, wayAddedLetter } from "@core/mail/letters.ts";
import { postAtDoor } from "@core/mail/mail.ts";
import { Redirect } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { randomToken, sha256 } from "@core/vault/primitives.ts";
import { enter } from "../entering.ts";
import { addressOf } from "../link-letters.ts";
import { paces } from "../pace.ts";
import type { Finished, Said, StoredProvider } from "./door.ts";
import { requireProvider } from "./provider.ts";

export const BROWSER_SECONDS = 600;
const LETTER_HOURS = 24;

/** What only this browser has while it is on its way; one cookie serves several windows. */
export function browserOf({ house, incoming }: Knock): { readonly value: string; readonly hash: Uint8Array } | null {
  const value = readCookie(incoming.request, "sso", house.config.baseUrl.startsWith("https:"));
  return value && /^[\w-]{43}$/.test(value) ? { value, hash: sha256(`browser:${value}`) } : null;
}

export function browserFor(knock: Knock): { readonly value: string; readonly hash: Uint8Array } {
  const known = browserOf(knock);
  if (known) return known;
  const value = randomToken(32);
  return { value, hash: sha256(`browser:${value}`) };
}

export const hashOfTicket = (ticket: string) => sha256(`ticket:${ticket}`);

/** In the browser that began it, once. Throws Problem when it is another, or too late. */
export async function arrive(knock: Knock, ticket: string): Promise<Redirect> {
  const { house, visit } = knock;
  const browser = browserOf(knock);
  const finished = browser && (await house.federation.finish(visit.tenant.id, hashOfTicket(ticket), browser.hash));
  if (!finished)
    throw Problem.refused(
      "This sign-in was begun in another window or took too long. Go back to the sign-in page and begin again.",
    );
  const provider = await requireProvider(house, visit.tenant, finished.provider);
  if (finished.purpose === "invitation") return accept(knock, provider, finished.said, hashOfTicket(ticket));
  return finished.purpose === "link" ? await link(knock, provider, finished) : await signIn(knock, provider, finished);
}

/** The letter showed whose account it is, the service who opened it: one step, for an account nobody has come into yet. */
async function accept(knock: Knock, provider: StoredProvider, said: Said, ticketHash: Uint8Array): Promise<Redirect> {
  const { house, visit, incoming } = knock;
  const { tenant } = visit;
  const person = await house.federation.acceptInvited(tenant.id, ticketHash, provider.id, said.subject);
  if (!person)
    throw await turnedAway(
      knock,
      provider,
      "the invitation was used before, or this sign-in belongs to another account",
      `This invitation was used before, or your sign-in at ${provider.title} belongs to another account here. Go to the sign-in page and sign in as usual.`,
    );
  await knock.record({ event: "core.identity_linked", names: { provider: provider.title }, person });
  const url = `${addressOf(house.config.baseUrl, tenant, incoming.url.hostname)}/account`;
  const letter = { name: person.name, institution: tenant.name, provider: provider.title, url };
  await postAtDoor(house, tenant.id, { to: person.email, ...wayAddedLetter(letter) });
  return enterBy(knock, provider, person, said, "/");
}

async function signIn(knock: Knock, provider: StoredProvider, { said, to }: Finished): Promise<Redirect> {
  const { house, visit } = knock;
  const { tenant } = visit;
  const known = await house.federation.person(tenant.id, provider.id, said.subject);
  if (known) {
    if (known.status === "suspended")
      throw await turnedAway(knock, provider, `the account of ${known.name} is suspended`, SUSPENDED);
    return enterBy(knock, provider, known, said, to);
  }
  if (!said.email)
    throw await turnedAway(
      knock,
      provider,
      "it told no e-mail address",
      `${provider.title} knows you, but did not tell us your e-mail address, so no account could be found or asked for. Tell an administrator.`,
    );
  const admitted = await house.federation.admit(
    tenant.id,
    provider.id,
    said.subject,
    said.name ?? said.email,
    said.email,
  );
  if (admitted.outcome === "refused")
    throw await turnedAway(
      knock,
      provider,
      "there is no account for this person",
      `${provider.title} knows you, but there is no account here that belongs to you. Ask the person who manages access.`,
    );
  if (admitted.outcome === "taken") return askByLetter(knock, provider, admitted.person, said);
  await knock.record({
    event: "core.federated_admitted",
    names: { provider: provider.title },
    person: admitted.person,
  });
  await tellKeepers(knock, admitted.person.name);
  return enterBy(knock, provider, admitted.person, said, to);
}

const SUSPENDED = "This account cannot be used now. Ask an administrator of your institution.";

function enterBy(
  knock: Knock,
  provider: StoredProvider,
  person: { readonly id: string; readonly name: string },
  said: Said,
  to: string,
): Promise<Redirect> {
  return enter(knock, person, provider.kind, to, {
    provider: provider.id,
    calledThere: said.calledThere,
    sessionIndex: said.sessionIndex,
    hasSecond: said.hasSecond && provider.trustsSecond,
  });
}

async function turnedAway(knock: Knock, provider: StoredProvider, why: string, sentence: string): Promise<Problem> {
  await knock.record({
    event: "core.federated_refused",
    names: { provider: provider.title, why },
    person: null,
    outcome: "refused",
    status: 422,
  });
  return Problem.refused(sentence);
}

/**
 * An account has the address that the service told. That alone opens nothing: its owner is asked by mail, and what he
 * confirms is who he is at the service.
 */
async function askByLetter(
  knock: Knock,
  provider: StoredProvider,
  person: { readonly id: string; readonly name: string },
  said: Said,
): Promise<Redirect> {
  const { house, visit, incoming } = knock;
  const { tenant } = visit;
  const email = said.email ?? "";
  const mailbox = `mail:${sha256(email).toString("hex").slice(0, 32)}`;
  if (await house.door.takeTurn(tenant.id, mailbox, paces.mail)) {
    const token = randomToken(32);
    await house.federation.makeLetterLink(tenant.id, sha256(token), person.id, provider.id, said.subject, LETTER_HOURS);
    const url = `${addressOf(house.config.baseUrl, tenant, incoming.url.hostname)}/sign-in/linking/${token}`;
    const letter = { name: person.name, institution: tenant.name, provider: provider.title, url, hours: LETTER_HOURS };
    await postAtDoor(house, tenant.id, { to: email, ...identityLetter(letter) });
  }
  await knock.record({
    event: "core.federated_refused",
    names: { provider: provider.title, why: "an account has the same address, and its owner was asked by mail" },
    person: null,
    outcome: "refused",
    status: 303,
  });
  return new Redirect("/sign-in/linking");
}

async function tellKeepers(knock: Knock, person: string): Promise<void> {
  const { house, visit, incoming } = knock;
  const { tenant } = visit;
  const url = `${addressOf(house.config.baseUrl, tenant, incoming.url.hostname)}/admin/registrations`;
  for (const { name, email } of await house.federation.peopleKeepers(tenant.id))
    await postAtDoor(house, tenant.id, { to: email, ...askedLetter({ name, person, institution: tenant.name, url }) });
}

async function link(knock: Knock, provider: StoredProvider, { said, personId }: Finished): Promise<Redirect> {
  const { house, visit, incoming } = knock;
  const { tenant, arrival } = visit;
  if (!arrival) throw new Problem("sign-in");
  if (arrival.person.id !== personId)
    throw Problem.refused("Somebody else is signed in here now. Sign in again, then link your own account.");
  if (!(await house.federation.link(tenant.id, provider.id, said.subject, arrival.person.id, "by the owner")))
    throw await turnedAway(
      knock,
      provider,
      "this sign-in belongs to another account",
      `That sign-in at ${provider.title} belongs to another account here. An administrator can take it off there.`,
    );
  await knock.record({
    event: "core.identity_linked",
    names: { provider: provider.title },
    person: arrival.person,
  });
  const url = `${addressOf(house.config.baseUrl, tenant, incoming.url.hostname)}/account`;
  const letter = { name: arrival.person.name, institution: tenant.name, provider: provider.title, url };
  await postAtDoor(house, tenant.id, { to: arrival.person.email, ...wayAddedLetter(letter) });
  return new Redirect("/account", `You can sign in by ${provider.title} now${said.email ? `, as ${said.email}` : ""}.`);
}
