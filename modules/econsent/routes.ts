/** All pages of the module, by what they are about. */
import { assentRoutes } from "./routes/assents.ts";
import { documentRoutes } from "./routes/documents.ts";
import { mediaRoutes } from "./routes/media.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { participantRoutes } from "./routes/participants.ts";

export const routes = [...overviewRoutes, ...participantRoutes, ...documentRoutes, ...mediaRoutes, ...assentRoutes];
