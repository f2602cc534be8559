/** Giving and revoking access: one rule for the institution's people page and a workspace's access page. */

import { requireApart, rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { isDate } from "../http/formats.ts";
import { Problem } from "../problem.ts";
import { grantById, insertGrant, revokeGrant, sameGrant } from "./people.ts";

export interface GrantPlace {
  /** Null: the whole institution. */
  readonly workspaceId: string | null;
  readonly siteId: string | null;
  readonly kind: "program" | "study" | "service" | null;
  /** "Cardiology", "Cardiology, site NL-01", "Northfield" */
  readonly title: string;
}

export interface NewGrant {
  readonly person: { readonly id: string; readonly name: string };
  readonly role: string;
  readonly place: GrantPlace;
  /** Days, as typed: the first and the last one on which it holds (UTC). */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Throws Problem "invalid" with a sentence for the field that is wrong. */
export async function giveAccess(ctx: OwnContext, { person, role, place, from, to }: NewGrant): Promise<void> {
  if (person.id === ctx.actor.id)
    throw Problem.invalid({
      "": "You cannot give access to yourself: someone else has to approve it. Ask another person who manages access here.",
    });
  const roles = await rolesOf(ctx);
  const offered = roles.in(place.kind).find((one) => one.value === role);
  if (!offered) {
    const title = roles.titleOf(role);
    throw Problem.invalid({
      role: title === role ? "Choose a role from the list." : `${title} is not a role for ${place.title}.`,
    });
  }
  const days = readDays(from, to, ctx.now);
  const { workspaceId, siteId } = place;
  if (await ctx.db.first(sameGrant, { personId: person.id, workspaceId, siteId, role }))
    throw Problem.invalid({
      role: `${person.name} is ${offered.label} in ${place.title} already. Nothing was changed.`,
    });
  await requireApart(ctx, roles, { person, role, workspaceId });
  await ctx.db.all(insertGrant, { personId: person.id, workspaceId, siteId, role, ...days });
  ctx.audit("core.grant_given", { person: person.name, role: offered.label, place: place.title, ...spanOf(from, to) });
}

/** Bites on the person's next statement. Returns a sentence for the next page. */
export async function takeAccess(ctx: OwnContext, id: string, reason: string): Promise<string> {
  const grant = await ctx.db.one(grantById, { id });
  if (grant.personId === ctx.actor.id)
    throw Problem.invalid({
      "": "You cannot revoke your own access: nobody might be left to give it back. Ask another person who manages access here.",
    });
  const [gone] = await ctx.db.all(revokeGrant, { id, reason, by: ctx.actor.id });
  if (!gone) throw Problem.notFound();
  const role = (await rolesOf(ctx)).titleOf(grant.role);
  const place = placeOf(ctx.tenant.name, grant);
  const person = grant.name ?? "someone";
  ctx.audit("core.grant_revoked", { person, role, place, reason });
  return `${person} is no longer ${role} in ${place}.`;
}

export function placeOf(
  institution: string,
  grant: { readonly workspaceId: string | null; readonly workspace: string | null; readonly site: string | null },
): string {
  if (grant.workspaceId === null) return institution;
  return `${grant.workspace ?? "a workspace"}${grant.site ? `, site ${grant.site}` : ""}`;
}

/** Days as they were typed, as moments. Throws Problem "invalid" under `names`. */
export function readDays(
  from: string | undefined,
  to: string | undefined,
  now: Date,
  names: { readonly from: string; readonly to: string } = { from: "from", to: "to" },
): { fromAt: string | null; toAt: string | null } {
  const wrong: Record<string, string> = {};
  if (from !== undefined && !isDate(from)) wrong[names.from] = "From must be a date like 2026-11-02.";
  if (to !== undefined && !isDate(to)) wrong[names.to] = "Until must be a date like 2026-11-02.";
  if (Object.keys(wrong).length > 0) throw Problem.invalid(wrong);
  const today = now.toISOString().slice(0, 10);
  if (to !== undefined && to < today)
    throw Problem.invalid({ [names.to]: "Until lies in the past: choose today or a later day." });
  if (to !== undefined && from !== undefined && to < from)
    throw Problem.invalid({ [names.to]: "Until lies before From." });
  // Beginning today is beginning now, and the last day is over at its end.
  const fromAt = from === undefined || from <= today ? null : `${from}T00:00:00Z`;
  const toAt = to === undefined ? null : new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString();
  return { fromAt, toAt };
}
const DAY_MS = 86_400_000;

const spanOf = (from: string | undefined, to: string | undefined) => ({
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { until: to }),
});
