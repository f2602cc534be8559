/** Grants as the pages show them: in words, with their state, and whether this reader may revoke them. */
import { rolesOf } from "../access/roles.ts";
import type { OwnContext } from "../context.ts";
import { placeOf } from "./access.ts";
import type { GrantLine } from "./people-pages.tsx";
import { allowances } from "./reach-words.ts";

export interface GrantRow {
  readonly id: string;
  readonly personId: string;
  readonly workspaceId: string | null;
  readonly workspace: string | null;
  readonly site: string | null;
  readonly role: string;
  readonly fromAt: Date;
  readonly toAt: Date | null;
  readonly approvedBy: string | null;
  readonly revokedAt: Date | null;
  readonly reason: string | null;
}

export async function linesOf(ctx: OwnContext, grants: readonly GrantRow[]): Promise<GrantLine[]> {
  const { kernel } = ctx.house;
  const roles = await rolesOf(ctx);
  const approvers = await ctx.people(grants.map(({ approvedBy }) => approvedBy));
  const mayManage = ctx.may("core.grants.manage");
  return grants.map((grant) => {
    const state = stateOf(grant, ctx.now);
    return {
      id: grant.id,
      role: roles.titleOf(grant.role),
      place: placeOf(ctx.tenant.name, grant),
      fromAt: grant.fromAt,
      toAt: grant.toAt,
      approvedBy: grant.approvedBy === null ? null : (approvers.get(grant.approvedBy) ?? "Someone"),
      state,
      revokedAt: grant.revokedAt,
      reason: grant.reason,
      allows: allowances(kernel, roles, grant),
      mayRevoke: mayManage && grant.personId !== ctx.actor.id && (state === "live" || state === "to come"),
    };
  });
}

function stateOf(grant: Pick<GrantRow, "fromAt" | "toAt" | "revokedAt">, now: Date): GrantLine["state"] {
  if (grant.revokedAt) return "revoked";
  if (grant.toAt && grant.toAt <= now) return "over";
  return grant.fromAt > now ? "to come" : "live";
}
