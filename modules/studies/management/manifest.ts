/** What study management adds to the module's manifest. */
import type { Card, Context, Errand, Happenings, NavigationItem, Portal } from "@core/module.ts";
import { allocate, reveal, sealList } from "./allocation.ts";
import { readApprovals, readStanding } from "./dossier-standing.ts";
import { followConsent, nameByCode } from "./enrolment.ts";
import { countFunnel, takeInquiry } from "./inquiry.ts";
import type { managementPermissions } from "./names.ts";
import { whoHears } from "./notices.ts";
import { countDeviations } from "./routes/deviations.ts";
import { signupRoutes } from "./routes/recruitment.ts";
import { countEvents } from "./routes/safety.ts";
import { lookUpDelegation } from "./standing.ts";
import { makeTasks } from "./task-making.ts";

type May = keyof typeof managementPermissions;

export const managementNavigation = [
  { title: "Dossier", path: "/dossier", needs: "studies.dossier.read" },
  { title: "Approvals", path: "/approvals", needs: "studies.approvals.decide" },
  { title: "Sites", path: "/sites", needs: "studies.documents.study" },
  { title: "Amendments", path: "/amendments", needs: "studies.documents.study" },
  { title: "Documents", path: "/documents", needs: "studies.documents.study" },
  { title: "Recruitment", path: "/recruitment", needs: "studies.recruitment.numbers" },
  { title: "Screening log", path: "/screening", needs: "studies.recruitment.read" },
  { title: "Randomisation", path: "/randomisation", needs: "studies.randomisation.read" },
  { title: "Adverse events", path: "/safety", needs: "studies.safety.read" },
  { title: "Deviations", path: "/deviations", needs: "studies.deviations.read" },
  { title: "Kits", path: "/kits", needs: "studies.kits.read" },
  { title: "Tasks", path: "/tasks", needs: "studies.tasks.own" },
  { title: "Letters", path: "/letters", needs: "studies.letters.read" },
  { title: "Delegation log", path: "/delegation", needs: "studies.delegation.accept" },
  { title: "Trainings", path: "/trainings", needs: "studies.training.own" },
  { title: "Trainings asked for", path: "/courses", needs: "studies.training.manage" },
] as const satisfies readonly NavigationItem<May>[];

export const managementErrands: readonly Errand<never, unknown>[] = [
  lookUpDelegation,
  nameByCode,
  followConsent,
  takeInquiry,
  countFunnel,
  sealList,
  allocate,
  reveal,
  whoHears,
  makeTasks,
  readStanding,
  readApprovals,
  countEvents,
  countDeviations,
];

/** Consent given or taken back elsewhere moves the screening log in the same transaction. */
export const managementListens = {
  "consent.given": async ({ subjectId, scopes }: Happenings["consent.given"], ctx: Context) => {
    if (scopes.includes("participation")) await ctx.errand(followConsent, { subjectId, isGiven: true });
  },
  "consent.withdrawn": async ({ subjectId, scopes }: Happenings["consent.withdrawn"], ctx: Context) => {
    if (scopes.includes("participation")) await ctx.errand(followConsent, { subjectId, isGiven: false });
  },
};

export const managementPortals: readonly Portal<May>[] = [
  {
    title: "Ask to be contacted",
    open: true,
    permissions: ["studies.signup", "core.sites.read"],
    routes: signupRoutes,
  },
];

/** The study in the institution's list. */
export const managementCard: Card = {
  title: "All studies",
  summary: "Every study of the institution, from the idea to the archive.",
  columns: [
    { key: "acronym", title: "Acronym", kind: "text" },
    { key: "status", title: "Status", kind: "state", filter: true },
    { key: "phase", title: "Phase", kind: "text", filter: true },
    { key: "department", title: "Department", kind: "text", filter: true },
    { key: "sponsor", title: "Sponsor", kind: "text" },
    { key: "investigator", title: "Principal investigator", kind: "text" },
    { key: "sites", title: "Active sites", kind: "number" },
    { key: "target", title: "Wanted", kind: "number" },
    { key: "approvals", title: "Open approvals", kind: "number" },
  ],
};
