/** Who comes in, and what everyone may do with his own account. */
import type { Config } from "../config.ts";
import type { KernelRoutes } from "../kernel.ts";
import { accountRoutes } from "./account.tsx";
import { signInRoutes } from "./sign-in.tsx";
import { demoRoutes } from "./sign-in-demo.ts";
import { linkRoutes } from "./sign-in-link.tsx";

export function identityRoutes(config: Pick<Config, "environment">): KernelRoutes[] {
  const demo = config.environment === "development" ? demoRoutes : [];
  return [{ place: "institution", routes: [...signInRoutes(config), ...linkRoutes, ...demo, ...accountRoutes] }];
}
