/** Every address of the module, by noun. */

import { askingRoutes } from "./routes/asking.ts";
import { benchmarkRoutes } from "./routes/benchmarks.ts";
import { committeeRoutes } from "./routes/committee.ts";
import { crosswalkRoutes } from "./routes/crosswalks.ts";
import { decisionRoutes } from "./routes/decisions.ts";
import { evaluationRoutes } from "./routes/evaluations.ts";
import { formRoutes } from "./routes/forms.ts";
import { frameworkRoutes } from "./routes/frameworks.ts";
import { meetingRoutes } from "./routes/meetings.ts";
import { packetRoutes } from "./routes/packets.ts";
import { periodRoutes } from "./routes/periods.ts";
import { pipRoutes } from "./routes/pips.ts";
import { placeRoutes } from "./routes/places.ts";
import { planRoutes } from "./routes/plans.ts";
import { programRoutes } from "./routes/program.ts";
import { reportingRoutes } from "./routes/reporting.ts";
import { requestRoutes } from "./routes/requests.ts";
import { reviewerRoutes } from "./routes/reviewers.ts";
import { rosterRoutes } from "./routes/roster.ts";
import { scheduleRoutes } from "./routes/schedule.ts";
import { selfRoutes } from "./routes/self.ts";
import { summaryRoutes } from "./routes/summaries.ts";
import { thirdPartyRoutes } from "./routes/third-parties.ts";
import { traineeRoutes } from "./routes/trainees.ts";
import { workRoutes } from "./routes/work.ts";

export const routes = [
  ...workRoutes,
  ...programRoutes,
  ...traineeRoutes,
  ...evaluationRoutes,
  ...askingRoutes,
  ...requestRoutes,
  ...scheduleRoutes,
  ...formRoutes,
  ...committeeRoutes,
  ...reviewerRoutes,
  ...packetRoutes,
  ...meetingRoutes,
  ...selfRoutes,
  ...decisionRoutes,
  ...reportingRoutes,
  ...planRoutes,
  ...pipRoutes,
  ...placeRoutes,
  ...rosterRoutes,
  ...summaryRoutes,
  ...thirdPartyRoutes,
  ...benchmarkRoutes,
  ...frameworkRoutes,
  ...crosswalkRoutes,
  ...periodRoutes,
];
