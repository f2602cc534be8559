/** Who a job is to the rest of the house. */
import type { Visitor } from "../audit/trail.ts";
import type { Situation } from "../context.ts";
import type { Module } from "../module.ts";
import type { Place } from "./desk.ts";

export function systemVisitor(job: string): Visitor {
  return { name: `system:${job}`, sessionRef: null, ip: null, agent: null };
}

/** Its permissions reach the whole workspace, are signed into its context, and are all it has. */
export function systemSituation(
  job: string,
  place: Place,
  module: Module | null,
  permissions: readonly string[],
): Situation {
  const { tenant, workspace, modules } = place;
  return {
    standing: {
      tenantId: tenant.id,
      workspaceId: workspace?.id ?? null,
      kind: "system",
      actorId: null,
      sessionRef: "",
      permissions,
    },
    tenant,
    workspace,
    actor: { kind: "system", id: null, name: `system:${job}` },
    email: null,
    may: Object.fromEntries(permissions.map((permission) => [permission, ["workspace"] as const])),
    modules,
    module,
    home: "",
    base: module && workspace ? `/w/${workspace.slug}/${module.id}` : "",
    now: new Date(),
  };
}
