/** What study management adds to the module's manifest. */
import type { Errand, NavigationItem } from "@core/module.ts";
import type { managementPermissions } from "./names.ts";
import { lookUpDelegation } from "./standing.ts";

export const managementNavigation = [
  { title: "Delegation log", path: "/delegation", needs: "studies.delegation.accept" },
  { title: "Trainings", path: "/trainings", needs: "studies.training.own" },
  { title: "Trainings asked for", path: "/courses", needs: "studies.training.manage" },
] as const satisfies readonly NavigationItem<keyof typeof managementPermissions>[];

export const managementErrands = [lookUpDelegation] as const satisfies readonly Errand<never, unknown>[];
