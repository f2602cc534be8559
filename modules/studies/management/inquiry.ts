/** What the house does for somebody on a public page, and for those who may see numbers and no person. */
import type { Context, Errand } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { findSubject, type Identity } from "@core/subjects/subjects.ts";
import { begin, nameByCode } from "./enrolment.ts";
import type { Studies } from "./module-words.ts";
import { type FunnelRow, funnelCounts, inquiriesSince } from "./store/recruitment.ts";

/**
 * Takes in a stranger's wish to be contacted: into the vault, with the words that were agreed to. Whether somebody is
 * known already is answered to nobody: the page says the same either way.
 */
export const takeInquiry: Errand<
  {
    readonly site: { readonly id: string; readonly code: string } | null;
    readonly identity: Identity;
    readonly contactConsent: string;
  },
  void
> = {
  name: "studies.take_inquiry",
  title: "Enter somebody who asked to be contacted",
  permissions: [
    "core.subjects.read",
    "core.subjects.manage",
    "core.identities.open",
    "studies.recruitment.read",
    "studies.recruitment.write",
  ],
  run: async ({ site, identity, contactConsent }, ctx) => {
    const since = new Date(ctx.now.getTime() - 3_600_000).toISOString();
    const lately = (await ctx.db.all(inquiriesSince, { since })).length;
    if (lately >= (ctx.settings as Studies["settings"]).signupsAnHour)
      throw new Problem("too-many", "So many people have asked within the hour that this page rests. Try again later.");
    const { email, phone } = identity;
    if (email && (await findSubject(ctx, "email", email))) return;
    if (phone && (await findSubject(ctx, "phone", phone))) return;
    const here = ctx as unknown as Context<Studies>;
    const { code, subjectId } = await nameByCode.run({ site, identity }, ctx);
    await begin(here, subjectId, site?.id ?? null, "public page", contactConsent);
    here.audit("studies.inquiry_received", { subjectId, code });
  },
};

/** Numbers for those who may not see the log they are counted from. */
export const countFunnel: Errand<object, FunnelRow[]> = {
  name: "studies.count_funnel",
  title: "Count the screening log",
  permissions: ["studies.recruitment.read"],
  run: (_payload, ctx) => ctx.db.all(funnelCounts, {}),
};
