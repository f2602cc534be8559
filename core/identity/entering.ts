/** What every way of signing in ends with: a new session, its cookie, and a device that is known from now on. */
import type { Knock } from "../context.ts";
import { readCookie } from "../http/headers.ts";
import { Redirect } from "../module.ts";
import { sha256 } from "../vault/primitives.ts";
import { rememberDevice } from "./device.ts";
import type { FederatedSession } from "./federation/door.ts";
import { firstPage } from "./owing.ts";

const YEAR_SECONDS = 365 * 24 * 3_600;

/** How people sign in, as the record and the account page say it. */
export const methods: Readonly<Record<string, string>> = {
  password: "password",
  link: "a link by mail",
  saml: "a sign-in service (SAML)",
  oidc: "a sign-in service (OpenID Connect)",
  passkey: "passkey",
  demo: "one click, in a demonstration",
};

/**
 * Always a new token: whatever stood in the browser before never becomes this session, and a session that was open there
 * is ended. Records it.
 */
export async function enter(
  knock: Knock,
  person: { readonly id: string; readonly name: string },
  method: keyof typeof methods,
  to: string,
  there: FederatedSession | null = null,
): Promise<Redirect> {
  const { house, incoming, visit } = knock;
  const { tenant } = visit;
  if (visit.token) await house.sessions.end(tenant.id, visit.token);
  const token = await house.sessions.open(tenant.id, person.id, method, incoming.peer, visit.agent, there);
  if (method === "passkey") await house.passkeys.markSecond(tenant.id, sha256(token));
  const arrival = await house.sessions.arrive(tenant.id, token, null, true, incoming.peer);
  await knock.record({ event: "core.signed_in", names: { method: methods[method] ?? method }, person });
  // Over at once where this way in was closed a moment ago: the next page says so.
  const way = new Redirect(arrival ? firstPage(arrival, to) : "/sign-in");
  const device = rememberDevice(house.config.secretKey, deviceCookie(knock), {
    tenantId: tenant.id,
    personId: person.id,
  });
  way.cookies.push(
    { name: "sid", value: await house.tokens.sign(token, tenant.id) },
    { name: "device", value: device, maxAge: YEAR_SECONDS },
  );
  return way;
}

export const deviceCookie = ({ house, incoming }: Knock): string | null =>
  readCookie(incoming.request, "device", house.config.baseUrl.startsWith("https:"));

/** Out: the cookie goes, and over https what the browser kept of our pages. */
export function leave(to: string, flash?: string): Redirect {
  const way = new Redirect(to, flash);
  way.cookies.push({ name: "sid", value: "", maxAge: 0 });
  way.clearSite = true;
  return way;
}
