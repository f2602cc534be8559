/** All pages of the module, by what they are about. */
import { assentRoutes } from "./routes/assents.ts";
import { documentRoutes } from "./routes/documents.ts";
import { evidenceRoutes } from "./routes/evidence.ts";
import { mediaRoutes } from "./routes/media.ts";
import { overviewRoutes } from "./routes/overview.ts";
import { participantRoutes } from "./routes/participants.ts";
import { signingRoutes } from "./routes/signing.ts";
import { talkingRoutes } from "./routes/talking.ts";
import { wayRoutes } from "./routes/ways.ts";

export const routes = [
  ...overviewRoutes,
  ...participantRoutes,
  ...wayRoutes,
  ...talkingRoutes,
  ...signingRoutes,
  ...evidenceRoutes,
  ...documentRoutes,
  ...mediaRoutes,
  ...assentRoutes,
];
