/** Every address of the module, by noun. */
import { builderRoutes } from "./routes/builder.ts";
import { definitionImportRoutes } from "./routes/definition-import.ts";
import { designRoutes } from "./routes/design.ts";
import { studyRoutes } from "./routes/study.ts";

export const routes = [...studyRoutes, ...designRoutes, ...builderRoutes, ...definitionImportRoutes];
