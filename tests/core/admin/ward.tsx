/** A module for the kernel's own screens to keep: a director, a nurse, settings of every kind, a panel. */
import { defineModule } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";

const everything = {
  "core.colleagues.read": "workspace",
  "core.subjects.read": "workspace",
  "core.subjects.manage": "workspace",
  "core.people.invite": "workspace",
  "core.grants.read": "workspace",
  "core.grants.manage": "workspace",
  "core.sites.read": "workspace",
  "core.settings.manage": "workspace",
  "core.audit.read": "workspace",
  "core.exports.read": "workspace",
} as const;

export const ward = defineModule({
  id: "ward",
  title: "Ward",
  summary: "Beds and who lies in them.",
  workspaces: ["program"],
  roles: {
    director: { title: "Ward director", kernel: everything },
    nurse: { title: "Nurse", kernel: { "core.colleagues.read": "workspace", "core.subjects.read": "assigned:nurse" } },
    counter: { title: "Counter of beds" },
  },
  permissions: {
    "ward.read": { title: "See beds", roles: { director: "workspace", nurse: ["mine", "assigned:nurse"] } },
    "ward.move": { title: "Move beds", roles: { director: "workspace" } },
    "ward.count": { title: "Count beds", roles: { counter: "workspace" } },
    "ward.keys": { title: "Keep the keys", roles: { director: "workspace" }, reserved: "The director keeps them." },
  },
  apart: [{ these: ["ward.move"], those: ["ward.count"], because: "Whoever moves beds does not count them." }],
  events: {},
  settings: t.Object({
    beds: t.Integer({ title: "Beds", default: 7, minimum: 1, maximum: 99, unit: "beds" }),
    quiet: t.Boolean({ title: "Quiet at night", default: true }),
    greeting: t.String({ title: "Greeting", default: "Good morning", maxLength: 60 }),
    colour: t.Union([t.Literal("green"), t.Literal("blue")], { title: "Colour of the doors", default: "green" }),
    wings: t.Array(t.String({ maxLength: 20 }), { title: "Wings", default: ["East"] }),
  }),
  routes: [],
  dashboard: [
    {
      title: "Beds",
      needs: "ward.read",
      render: async (ctx) => (
        <p>{`${String((ctx.settings as { beds: number }).beds)} beds in ${ctx.workspace.title}`}</p>
      ),
    },
    { title: "To move", needs: "ward.move", render: async () => <p>Nothing to move.</p> },
    { title: "Silent", needs: "ward.read", render: async () => null },
  ],
});

export const desk = defineModule({
  id: "desk",
  title: "Desk",
  summary: "Only for studies.",
  workspaces: ["study"],
  roles: { clerk: { title: "Clerk" } },
  permissions: { "desk.sit": { title: "Sit", roles: { clerk: "workspace" } } },
  events: {},
  routes: [],
});
