/** What the plans ask to be compared, resolved for each site and form: the database then counts with it. */
import type { Context } from "@core/module.ts";
import { planOfVersion } from "../capture/version.ts";
import { critical } from "../model/marks.ts";
import type { Studies } from "../names.ts";
import { verificationPlansNow } from "../store/cleaning.ts";
import { allVersions } from "../store/design.ts";
import { allSites } from "../store/sites.ts";
import type { Demands } from "../store/verification.ts";
import { planFor } from "./verification.ts";

export async function demandsOf(ctx: Context<Studies>) {
  const plans = await ctx.db.all(verificationPlansNow, {});
  const sites = [null, ...(await ctx.db.all(allSites, {})).map(({ id }) => id)];
  const forms = new Set<string>();
  const items = [];
  for (const { id } of plans.length > 0 ? await ctx.db.all(allVersions, {}) : []) {
    const { build } = await planOfVersion(ctx, id);
    for (const form of build.forms) forms.add(form.id);
    for (const item of build.items) items.push({ version_id: id, item: item.id, critical: critical.on(item) });
  }
  const asked = sites.flatMap((site) =>
    [...forms].flatMap((form) => {
      const plan = planFor(plans, site, form);
      return plan ? [{ site_id: site, form, rule: plan.rule, percent: plan.percent, seed: plan.seed }] : [];
    }),
  );
  const demands: Demands = { plans: JSON.stringify(asked), items: JSON.stringify(items) };
  return { plans, demands };
}
