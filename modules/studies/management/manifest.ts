/** What study management adds to the module's manifest. */
import type { Errand, NavigationItem, Portal } from "@core/module.ts";
import { allocate, reveal, sealList } from "./allocation.ts";
import { nameByCode } from "./enrolment.ts";
import { countFunnel, takeInquiry } from "./inquiry.ts";
import type { managementPermissions } from "./names.ts";
import { signupRoutes } from "./routes/recruitment.ts";
import { lookUpDelegation } from "./standing.ts";

type May = keyof typeof managementPermissions;

export const managementNavigation = [
  { title: "Recruitment", path: "/recruitment", needs: "studies.recruitment.numbers" },
  { title: "Screening log", path: "/screening", needs: "studies.recruitment.read" },
  { title: "Randomisation", path: "/randomisation", needs: "studies.randomisation.read" },
  { title: "Kits", path: "/kits", needs: "studies.kits.read" },
  { title: "Delegation log", path: "/delegation", needs: "studies.delegation.accept" },
  { title: "Trainings", path: "/trainings", needs: "studies.training.own" },
  { title: "Trainings asked for", path: "/courses", needs: "studies.training.manage" },
] as const satisfies readonly NavigationItem<May>[];

export const managementErrands: readonly Errand<never, unknown>[] = [
  lookUpDelegation,
  nameByCode,
  takeInquiry,
  countFunnel,
  sealList,
  allocate,
  reveal,
];

export const managementPortals: readonly Portal<May>[] = [
  {
    title: "Ask to be contacted",
    open: true,
    permissions: ["studies.signup", "core.sites.read"],
    routes: signupRoutes,
  },
];
