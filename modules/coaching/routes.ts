/** Every route of the module. */
import { incidentRoutes } from "./routes/incidents.ts";
import { memberRoutes } from "./routes/members.ts";
import { phoneRoutes } from "./routes/phone.ts";
import { ruleRoutes } from "./routes/rules.ts";
import { teamRoutes } from "./routes/team.ts";
import { threadRoutes } from "./routes/thread.ts";

export const routes = [
  ...threadRoutes,
  ...memberRoutes,
  ...incidentRoutes,
  ...teamRoutes,
  ...ruleRoutes,
  ...phoneRoutes,
];
