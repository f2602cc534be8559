/** Every route of the module. */
import { draftRoutes } from "./routes/drafts.ts";
import { gateRoutes } from "./routes/gate.ts";
import { incidentRoutes } from "./routes/incidents.ts";
import { journeyRoutes } from "./routes/journeys.ts";
import { memberRoutes } from "./routes/members.ts";
import { linkRoutes } from "./routes/own.ts";
import { phoneRoutes } from "./routes/phone.ts";
import { readingRoutes } from "./routes/readings.ts";
import { reportRoutes } from "./routes/report.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { teamRoutes } from "./routes/team.ts";
import { threadRoutes } from "./routes/thread.ts";

export const routes = [
  ...threadRoutes,
  ...memberRoutes,
  ...draftRoutes,
  ...readingRoutes,
  ...incidentRoutes,
  ...teamRoutes,
  ...reportRoutes,
  ...ruleRoutes,
  ...gateRoutes,
  ...journeyRoutes,
  ...linkRoutes,
  ...phoneRoutes,
];
