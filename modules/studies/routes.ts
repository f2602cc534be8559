/** Every address of the module, by noun. */
import { studyRoutes } from "./routes/study.ts";

export const routes = [...studyRoutes];
