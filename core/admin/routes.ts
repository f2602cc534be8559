/** The kernel's own screens for those who keep an institution or a workspace, and where everyone begins. */
import type { KernelRoutes } from "../kernel.ts";
import { protectionRoutes } from "../protection/routes.ts";
import { shreddingRoutes } from "../shredding/routes.ts";
import { accessReviewRoutes } from "./access-review.tsx";
import { accessRoutes } from "./access-routes.ts";
import { alarmRoutes } from "./alarms.tsx";
import { declarationRoutes } from "./declarations.tsx";
import { institutionDownloads, workspaceDownloads } from "./downloads.tsx";
import { emergencyRoutes } from "./emergencies.tsx";
import { institutionPasses, workspacePasses } from "./export-passes.tsx";
import { startRoute, todayRoute } from "./home.tsx";
import { hoursAskRoutes, hoursRoutes } from "./hours.tsx";
import { keyRoutes } from "./keys.tsx";
import { looksRoute } from "./looks.tsx";
import { outOfTheOrdinaryRoute } from "./out-of-the-ordinary.tsx";
import { ownRoleRoutes } from "./own-role-routes.ts";
import { peopleRoutes } from "./people-routes.ts";
import { policyRoutes } from "./policies.tsx";
import { providerRoutes, workspaceProviderRoutes } from "./provider-routes.ts";
import { institutionRecordRoutes, workspaceRecordRoutes } from "./record-routes.ts";
import { registrationRoutes } from "./registrations.tsx";
import { signInPolicyRoutes } from "./sign-in-policies.tsx";
import { signInServiceRoutes } from "./sign-in-service-routes.ts";
import { institutionTrace, workspaceTrace } from "./trace.tsx";
import { whoChooseRoute, whoReachesRoute } from "./who-reaches.tsx";
import { workspaceRoutes, workspaceSettingsRoutes } from "./workspace-routes.ts";

export const adminRoutes: KernelRoutes[] = [
  {
    place: "institution",
    routes: [
      startRoute,
      ...workspaceRoutes,
      ...peopleRoutes,
      ...registrationRoutes,
      ...ownRoleRoutes,
      // Before the record's entries: "declarations" is no entry's number.
      ...declarationRoutes,
      ...institutionRecordRoutes,
      institutionDownloads,
      ...institutionPasses,
      ...keyRoutes,
      ...institutionTrace,
      ...alarmRoutes,
      ...policyRoutes,
      ...signInPolicyRoutes,
      ...signInServiceRoutes,
      ...hoursAskRoutes,
      outOfTheOrdinaryRoute,
      whoChooseRoute,
      ...providerRoutes,
    ],
  },
  {
    place: "workspace",
    routes: [
      todayRoute,
      looksRoute,
      ...workspaceSettingsRoutes,
      ...workspaceProviderRoutes,
      // Before a person's own page: "who" is nobody's number.
      whoReachesRoute,
      ...accessRoutes,
      ...accessReviewRoutes,
      ...hoursRoutes,
      ...emergencyRoutes,
      ...protectionRoutes,
      ...shreddingRoutes,
      ...workspaceRecordRoutes,
      workspaceDownloads,
      ...workspacePasses,
      ...workspaceTrace,
    ],
  },
];
