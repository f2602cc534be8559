/** Everything this module adds, on one screen. Read it beside core/module.ts. */
import { type Context, defineModule, type Job } from "@core/module.ts";
import { consentStanding, consentStandings } from "./answers.ts";
import { dashboard } from "./dashboard.tsx";
import { demo } from "./demo.ts";
import { comeOfAge, remind, sendCode, sendCopy } from "./jobs.ts";
import { type Econsent, events, exports, fieldClasses, jobs, permissions, roles, settings } from "./names.ts";
import { portalRoutes } from "./routes/portal.ts";
import { routes } from "./routes.ts";
import { schema, tables } from "./tables.ts";

export const econsent = defineModule({
  id: "econsent",
  title: "Consent",
  summary:
    "Consent that is understood, signed, provable and obeyed: documents, signatures, withdrawal, and what stands.",
  workspaces: ["study", "service"],
  roles,
  permissions,
  events,
  fieldClasses,
  exports,
  schema,
  tables,
  settings,
  routes,
  portals: [
    {
      title: "Read, ask and sign",
      permissions: [
        "econsent.own",
        "econsent.media.read",
        "econsent.identities.read",
        "econsent.codes.check",
        "core.audit.own",
      ],
      routes: portalRoutes,
    },
  ],
  navigation: [
    { title: "Participants", path: "/", needs: "econsent.status.read" },
    { title: "Asking again", path: "/again", needs: "econsent.status.read" },
    { title: "Documents", path: "/documents", needs: "econsent.documents.read" },
  ],
  dashboard,
  jobs: {
    "econsent.post_code": {
      title: "Post a one-time code",
      payload: jobs["econsent.post_code"],
      permissions: ["econsent.codes.post", "econsent.status.read", "core.subjects.read", "core.identities.open"],
      run: sendCode as Job["run"],
    },
    "econsent.send_copy": {
      title: "Send a link to the signed copy",
      payload: jobs["econsent.send_copy"],
      permissions: ["econsent.obtain", "econsent.status.read", "core.subjects.read", "core.identities.open"],
      run: sendCopy as Job["run"],
    },
    "econsent.remind": {
      title: "Remind of new versions",
      payload: jobs["econsent.remind"],
      every: "30 7 * * *",
      permissions: [
        "econsent.waves",
        "econsent.status.read",
        "econsent.documents.read",
        "core.subjects.read",
        "core.identities.open",
      ],
      run: remind as Job["run"],
    },
    "econsent.come_of_age": {
      title: "See who has come of age",
      payload: jobs["econsent.come_of_age"],
      every: "10 4 * * *",
      permissions: [
        "econsent.waves",
        "econsent.status.read",
        "econsent.documents.read",
        "core.subjects.read",
        "core.identities.open",
      ],
      run: comeOfAge as Job["run"],
    },
  },
  answers: {
    "consent.standing": (ask, ctx) => consentStanding(ask, ctx as Context<Econsent>),
    "consent.standings": (ask, ctx) => consentStandings(ask, ctx as Context<Econsent>),
  },
  demo,
});
