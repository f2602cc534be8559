/**
 * Where the kernel meets the product: modules/index.ts is a list, read here at start by its path. Nothing else in core
 * may know a module; adding one is a line in that list.
 */
import { join } from "node:path";
import { adminRoutes } from "./admin/routes.ts";
import { agendaRoutes } from "./agenda/routes.tsx";
import type { Config } from "./config.ts";
import { verifyRoutes } from "./documents/verify.tsx";
import { identityRoutes } from "./identity/routes.ts";
import { assemble, type Kernel } from "./kernel.ts";
import { mailRoutes } from "./mail/outbox.tsx";
import type { Module } from "./module.ts";
import { programRoutes } from "./programs/routes.tsx";
import { registryRoutes } from "./registry/routes.tsx";

const LIST = join(import.meta.dir, "../modules/index.ts");

export async function loadKernel(config: Pick<Config, "environment">): Promise<Kernel> {
  const { modules } = (await import(LIST)) as { readonly modules: readonly Module[] };
  return assemble(modules, [
    ...identityRoutes(config),
    ...adminRoutes,
    agendaRoutes,
    registryRoutes,
    ...programRoutes,
    verifyRoutes,
    ...mailRoutes(config),
  ]);
}
