/** Every address of study management, by noun. */
import { delegationRoutes } from "./routes/delegation.ts";

export const managementRoutes = [...delegationRoutes];
