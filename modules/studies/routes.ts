/** Every address of the module, by noun. */
import { amendmentRoutes } from "./routes/amendments.ts";
import { armRoutes } from "./routes/arms.ts";
import { attachmentRoutes } from "./routes/attachments.ts";
import { builderRoutes } from "./routes/builder.ts";
import { cleaningRoutes } from "./routes/cleaning.ts";
import { closedFormRoutes } from "./routes/closed-forms.ts";
import { dataImportRoutes } from "./routes/data-import.ts";
import { definitionImportRoutes } from "./routes/definition-import.ts";
import { designRoutes } from "./routes/design.ts";
import { exportRoutes } from "./routes/export.ts";
import { lockRoutes } from "./routes/locks.ts";
import { monitoringRoutes } from "./routes/monitoring.ts";
import { participantRoutes } from "./routes/participants.ts";
import { queryRoutes } from "./routes/queries.ts";
import { secondEntryRoutes } from "./routes/second-entry.ts";
import { sheetRoutes } from "./routes/sheets.ts";
import { studyRoutes } from "./routes/study.ts";
import { surveyRoutes } from "./routes/surveys.ts";

export const routes = [
  ...studyRoutes,
  ...monitoringRoutes,
  ...designRoutes,
  ...builderRoutes,
  ...armRoutes,
  ...definitionImportRoutes,
  ...participantRoutes,
  ...sheetRoutes,
  ...attachmentRoutes,
  ...secondEntryRoutes,
  ...surveyRoutes,
  ...closedFormRoutes,
  ...queryRoutes,
  ...cleaningRoutes,
  ...lockRoutes,
  ...dataImportRoutes,
  ...exportRoutes,
  ...amendmentRoutes,
];
