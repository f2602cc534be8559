/** Who coaches a member changes hands: a coach may do that for his own members, and for nothing else of assignments. */
import { holds } from "@core/access/holding.ts";
import type { Context, Errand } from "@core/module.ts";
import { assign, endAssignment } from "@core/subjects/assignments.ts";
import { coachingsOf, colleagues } from "../store/members.ts";

/** False: nobody of that name answers members here. */
export const makeCoach: Errand<{ subjectId: string; personId: string }, boolean> = {
  name: "coaching.make_coach",
  title: "Give a member to another coach",
  permissions: [
    "core.subjects.read",
    "core.people.read",
    "core.grants.read",
    "core.assignments.read",
    "core.assignments.manage",
  ],
  async run({ subjectId, personId }, ctx: Context) {
    const works = (await ctx.db.all(colleagues, {})).filter((row) => row.id === personId);
    if (!works.some((row) => holds(row, "coaching.messages.write"))) return false;
    await assign(ctx, { personId, subjectId, kind: "coach" });
    return true;
  },
};

export const endCoach: Errand<{ subjectId: string; personId: string }, null> = {
  name: "coaching.end_coach",
  title: "End who coached a member before",
  permissions: makeCoach.permissions,
  async run({ subjectId, personId }, ctx: Context) {
    for (const row of await ctx.db.all(coachingsOf, { subjectId }))
      if (row.personId === personId) await endAssignment(ctx, row.id);
    return null;
  },
};
