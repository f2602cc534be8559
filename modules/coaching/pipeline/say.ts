/** A fixed text that somebody's act asks for: the invitation, the confirmation of an opt-out that was told by telephone. */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { memberById } from "../store/members.ts";
import { fillText } from "../templates.ts";
import { putOnItsWay } from "./outgoing.ts";

interface Saying {
  readonly subject: string;
  readonly template: "invitation" | "stopped" | "new-number";
  /** First name of the coach, for the invitation. */
  readonly coach: string;
  readonly cause: string;
}

export async function say({ subject, template, coach, cause }: Saying, ctx: Context<Coaching>): Promise<void> {
  const { subjectId, locale } = await ctx.db.one(memberById, { subjectId: subject });
  await putOnItsWay(ctx, {
    subjectId,
    locale,
    body:
      template === "invitation"
        ? invitation(ctx, locale, coach)
        : template === "stopped"
          ? stopped(ctx, locale)
          : fillText("new-number", locale, { program: ctx.settings.program }),
    cause,
    purpose: "compliance",
    speaker: { kind: "compliance" },
    kind: "template",
    template,
  });
}

/** The words that the ledger keeps with their hash. */
export const invitation = (ctx: Context<Coaching>, locale: "en" | "es", coach: string): string =>
  fillText("invitation", locale, { program: ctx.settings.program, coach, link: ctx.settings.terms });
const stopped = (ctx: Context<Coaching>, locale: "en" | "es"): string =>
  fillText("stopped", locale, { program: ctx.settings.program, phone: ctx.settings.phone });
