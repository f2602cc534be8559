/** Every address of study management, by noun. */
import { delegationRoutes } from "./routes/delegation.ts";
import { deviationRoutes } from "./routes/deviations.ts";
import { documentRoutes } from "./routes/documents.ts";
import { dossierRoutes } from "./routes/dossier.ts";
import { kitRoutes } from "./routes/kits.ts";
import { randomisationRoutes } from "./routes/randomisation.ts";
import { recruitmentRoutes } from "./routes/recruitment.ts";
import { safetyRoutes } from "./routes/safety.ts";
import { siteRoutes } from "./routes/sites.ts";
import { taskRoutes } from "./routes/tasks.ts";

export const managementRoutes = [
  ...dossierRoutes,
  ...siteRoutes,
  ...documentRoutes,
  ...safetyRoutes,
  ...deviationRoutes,
  ...recruitmentRoutes,
  ...randomisationRoutes,
  ...kitRoutes,
  ...delegationRoutes,
  ...taskRoutes,
];
