/** Everything this module adds, on one screen. Read it beside core/module.ts. */
import { defineModule, type Job, type TextDoor } from "@core/module.ts";
import { dashboard } from "./dashboard.tsx";
import { demo } from "./demo.ts";
import { events, exports, fieldClasses, jobs, permissions, roles, settings } from "./names.ts";
import { heard } from "./pipeline/heard.ts";
import { endCoach, makeCoach } from "./pipeline/new-coach.ts";
import { tellWhoAnswered } from "./pipeline/page.ts";
import { received } from "./pipeline/receive.ts";
import { askForReply, settleReply } from "./pipeline/reply.ts";
import { say } from "./pipeline/say.ts";
import { claimTexts, settleTexts } from "./pipeline/send.ts";
import { takeUp } from "./pipeline/take-up.ts";
import { gatePermissions, runRules, tryRules } from "./pipeline/try-rules.ts";
import { askCase, beginTrial, runPrompt, settleCase } from "./pipeline/try-voice.ts";
import { walk } from "./pipeline/walk.ts";
import { watch } from "./pipeline/watch.ts";
import { releaseTables } from "./release-tables.ts";
import { replyTables } from "./reply-tables.ts";
import { ownRoutes } from "./routes/own.ts";
import { routes } from "./routes.ts";
import { schema, tables } from "./tables.ts";

/** What the machinery needs to find a member, open what he wrote and seal what is sent. */
const machinery = [
  "coaching.work",
  "coaching.messages.read",
  "core.subjects.read",
  "core.identities.open",
  "core.assignments.read",
] as const;

export const coaching = defineModule({
  id: "coaching",
  title: "Coaching",
  summary:
    "Health coaching by text message: signed safety rules first, people within reach, a machine on a leash, and a record of it all.",
  workspaces: ["service"],
  roles,
  permissions,
  events,
  fieldClasses,
  exports,
  schema,
  tables: { ...tables, ...replyTables, ...releaseTables },
  settings,
  routes,
  navigation: [
    { title: "Inbox", path: "/", needs: "coaching.messages.read" },
    { title: "Members", path: "/members", needs: "coaching.members.read" },
    { title: "Incidents and tasks", path: "/incidents", needs: "coaching.incidents.read" },
    { title: "Team", path: "/team", needs: "coaching.supervise" },
    { title: "On duty", path: "/duty", needs: "coaching.rules.read" },
    { title: "Safety rules", path: "/rules", needs: "coaching.rules.read" },
    { title: "Release gate", path: "/gate", needs: "coaching.rules.read" },
    { title: "Journeys", path: "/journeys", needs: "coaching.rules.read" },
    { title: "Numbers", path: "/numbers", needs: "coaching.members.manage" },
  ],
  portals: [{ title: "My coaching", permissions: ["coaching.own"], routes: ownRoutes }],
  dashboard,
  texts: {
    permissions: ["coaching.work", "core.subjects.read"],
    received: received as TextDoor["received"],
    heard: heard as unknown as NonNullable<TextDoor["heard"]>,
  },
  errands: [makeCoach, endCoach, tryRules, beginTrial],
  jobs: {
    "coaching.take_up": {
      title: "Take up a message",
      payload: jobs["coaching.take_up"],
      permissions: machinery,
      run: takeUp as Job["run"],
    },
    "coaching.say": {
      title: "Say a fixed text",
      payload: jobs["coaching.say"],
      permissions: machinery,
      run: say as Job["run"],
    },
    "coaching.reply": {
      title: "Ask a model for a reply",
      payload: jobs["coaching.reply"],
      permissions: [...machinery, "core.people.read", "core.providers.use"],
      asks: askForReply as Job["asks"] & object,
      run: settleReply as Job["run"],
    },
    "coaching.try_rules": {
      title: "Try a version of the rules",
      payload: jobs["coaching.try_rules"],
      permissions: gatePermissions,
      run: runRules as unknown as Job["run"],
    },
    "coaching.try_prompt": {
      title: "Begin to try a prompt",
      payload: jobs["coaching.try_prompt"],
      permissions: beginTrial.permissions,
      run: runPrompt as unknown as Job["run"],
    },
    "coaching.try_voice": {
      title: "Try a prompt with a model",
      payload: jobs["coaching.try_voice"],
      permissions: [...machinery, "core.providers.use"],
      asks: askCase as Job["asks"] & object,
      run: settleCase as Job["run"],
    },
    "coaching.tell": {
      title: "Tell who answered an incident",
      payload: jobs["coaching.tell"],
      permissions: [...machinery, "core.people.read"],
      run: tellWhoAnswered as Job["run"],
    },
    "coaching.walk": {
      title: "Take the steps of journeys",
      payload: jobs["coaching.walk"],
      every: "*/5 * * * *",
      permissions: machinery,
      run: walk as Job["run"],
    },
    "coaching.send": {
      title: "Send texts",
      payload: jobs["coaching.send"],
      permissions: [...machinery, "core.providers.use"],
      texts: claimTexts as Job["texts"] & object,
      run: settleTexts as Job["run"],
    },
    "coaching.watch": {
      title: "Watch over what is due",
      payload: jobs["coaching.watch"],
      every: "* * * * *",
      permissions: [...machinery, "core.people.read"],
      run: watch as Job["run"],
    },
  },
  demo,
});
