/** The letter that tells a person about an account, or about a new place to work. */
import type { OwnContext } from "../context.ts";
import { addressOf, linkPaths } from "../identity/link-letters.ts";
import { allowsWay } from "../identity/policies.ts";
import { accountLetter, invitationLetter } from "../mail/letters.ts";
import { randomToken, sha256 } from "../vault/primitives.ts";

const DAYS = 7;

/** `place` is where access was given; without it the letter speaks of the account alone. */
export async function invite(
  ctx: OwnContext,
  person: { readonly name: string; readonly email: string },
  place: string | null = null,
): Promise<void> {
  const way = await wayIn(ctx, person.email);
  const letter = { name: person.name, institution: ctx.tenant.name, by: ctx.actor.name, ...way };
  const words = place === null ? accountLetter(letter) : invitationLetter({ ...letter, place });
  await ctx.mail({ to: person.email, ...words });
  ctx.audit("core.invited", { person: person.name });
}

/** To a page for the first password or the first sign-in by a service, for whoever has never come in; else to the door. */
async function wayIn(ctx: OwnContext, email: string): Promise<{ url: string; days: number | null }> {
  const { profile, policies } = ctx.visit.tenant;
  const token = randomToken(32);
  const services = (await ctx.house.federation.list(ctx.tenant.id)).filter(({ kind }) => allowsWay(policies, kind));
  const hasWay = services.length > 0 || allowsWay(policies, "password");
  const isNew = hasWay && (await makeInvitation(ctx, sha256(token), email));
  const isPilot = profile === "pilot" && allowsWay(policies, "link");
  const door = isPilot ? linkPaths["sign-in"] : "/sign-in";
  // With a sign-in service of the institution's own, the letter leads to a page that offers it first.
  const first = services.length > 0 ? linkPaths.invitation : linkPaths["set-password"];
  const home = addressOf(ctx.house.config.baseUrl, ctx.visit.tenant, ctx.incoming.url.hostname);
  return { url: `${home}${isNew ? `${first}/${token}` : door}`, days: isNew ? DAYS : null };
}

async function makeInvitation({ lease }: OwnContext, hash: Uint8Array, email: string): Promise<boolean> {
  const [row] = await lease.rows("select core.make_invitation($1::bytea, $2, make_interval(days => $3::int))", [
    hash,
    email,
    DAYS,
  ]);
  return row?.[0] === true;
}
