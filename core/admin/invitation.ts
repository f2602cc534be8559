/** The letter that tells a person about an account, or about a new place to work. */
import type { OwnContext } from "../context.ts";
import { accountLetter, invitationLetter } from "../mail/letters.ts";

/** `place` is where access was given; without it the letter speaks of the account alone. */
export async function invite(
  ctx: OwnContext,
  person: { readonly name: string; readonly email: string },
  place: string | null = null,
): Promise<void> {
  const letter = {
    name: person.name,
    url: wayIn(ctx),
    institution: ctx.tenant.name,
    by: ctx.actor.name,
  };
  const words = place === null ? accountLetter(letter) : invitationLetter({ ...letter, place });
  await ctx.mail({ to: person.email, ...words });
  ctx.audit("core.invited", { person: person.name });
}

/** The host is one of ours (it named the institution); scheme and port are the installation's own. */
function wayIn(ctx: OwnContext): string {
  const url = new URL(ctx.visit.tenant.profile === "pilot" ? "/sign-in/link" : "/sign-in", ctx.house.config.baseUrl);
  url.hostname = ctx.incoming.url.hostname;
  return url.href;
}
