/** Every address of study management, by noun. */
import { delegationRoutes } from "./routes/delegation.ts";
import { kitRoutes } from "./routes/kits.ts";
import { randomisationRoutes } from "./routes/randomisation.ts";
import { recruitmentRoutes } from "./routes/recruitment.ts";

export const managementRoutes = [...recruitmentRoutes, ...randomisationRoutes, ...kitRoutes, ...delegationRoutes];
