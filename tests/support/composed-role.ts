/** A role as an institution composes one (ADR 0015), of `permission@reach`. */
import type { World } from "./world.ts";

/** Answers with what a grant names. */
export async function composedRole(
  world: World,
  place: "program" | "study" | "service",
  may: readonly string[],
): Promise<string> {
  const role = `own:${crypto.randomUUID()}`;
  await world.sql("insert into core.roles (role, title, tenant_id, place) values ($1, $2, $3, $4)", [
    role,
    `Composed ${role.slice(4, 12)}`,
    world.here.id,
    place,
  ]);
  for (const one of may) {
    const [permission, reach] = one.split("@");
    await world.sql("insert into core.role_permissions (role, permission, reach, tenant_id) values ($1, $2, $3, $4)", [
      role,
      permission,
      reach,
      world.here.id,
    ]);
  }
  return role;
}
