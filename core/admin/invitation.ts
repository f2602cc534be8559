/** The mail that tells a person about an account. It holds no secret: whoever can read mail there asks for the way in. */
import type { OwnContext } from "../context.ts";

export async function invite(
  ctx: OwnContext,
  person: { readonly name: string; readonly email: string },
): Promise<void> {
  // The host is one of ours (it named the institution); scheme and port are the installation's own.
  const link = new URL("/sign-in", ctx.house.config.baseUrl);
  link.hostname = ctx.incoming.url.hostname;
  await ctx.mail({
    to: person.email,
    subject: `Your account at ${ctx.tenant.name}`,
    text: [
      `Dear ${person.name},`,
      "",
      `${ctx.actor.name} made you an account at ${ctx.tenant.name}. Sign in with this e-mail address here:`,
      "",
      link.href,
      "",
      "Ask for a link to sign in on that page. If you did not expect this, do nothing and tell whoever sent it.",
    ].join("\n"),
  });
  ctx.audit("core.invited", { person: person.name });
}
