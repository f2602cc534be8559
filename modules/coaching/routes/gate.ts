/** The release gate: a version of the rules is tried on the red-team set and on past traffic before anybody signs it. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Type as t } from "@sinclair/typebox";
import type { Coaching } from "../names.ts";
import { rulesInForce } from "../pipeline/rules-in-force.ts";
import { redTeam } from "../red-team.ts";
import { type GateCase, type Lowered, loweredBy } from "../release-gate.ts";
import type { RuleSet } from "../rule-set.ts";
import { gateRunsOf, keepGateRun, writtenLately } from "../store/replies.ts";
import { allRuleSets, ruleSetById } from "../store/rules.ts";
import { GatePage } from "../views/gate.tsx";

const { get, post } = routesFor<Coaching>();
const mostReplayed = 300;

export const gateRoutes = [
  get("/gate", {
    needs: "coaching.rules.read",
    async run(_, ctx) {
      const runs = await ctx.db.all(gateRunsOf, {});
      const people = await ctx.people(runs.map((row) => row.madeBy));
      return GatePage({
        crumbs: [{ label: "Safety rules", href: ctx.url("/rules") }],
        action: ctx.url("/gate"),
        mayRun: ctx.may("coaching.rules.write"),
        cases: redTeam.length,
        sets: (await ctx.db.all(allRuleSets, {})).map((row) => ({ value: row.id, label: row.version })),
        runs: runs.map((row) => ({
          what: row.what,
          at: row.madeAt,
          by: row.madeBy ? (people.get(row.madeBy) ?? "Someone who has left") : "Someone",
          cases: row.cases,
          replayed: row.replayed,
          lowered: row.lowered,
          passed: row.passed,
        })),
      });
    },
  }),
  post("/gate", {
    needs: "coaching.rules.write",
    body: t.Object({ ruleSetId: t.String({ title: "Version", format: "uuid" }) }),
    async run({ body }, ctx) {
      const set = await ctx.db.one(ruleSetById, { id: body.ruleSetId });
      const { lowered, replayed } = await tryRules(ctx, set.content);
      await ctx.db.one(keepGateRun, {
        what: `Safety rules ${set.version}`,
        candidateSha256: set.sha256,
        cases: redTeam.length,
        replayed,
        lowered: lowered.slice(0, 50),
        passed: lowered.length === 0,
      });
      return new Redirect(
        ctx.url("/gate"),
        lowered.length === 0
          ? "Passed: no message is answered less urgently."
          : `Not passed: ${lowered.length} messages would be answered less urgently.`,
      );
    },
  }),
];

/** The red-team set names what it must not fall under; past traffic is measured by the rules that are in force. */
export async function tryRules(
  ctx: Context<Coaching>,
  candidate: RuleSet,
): Promise<{ lowered: Lowered[]; replayed: number }> {
  const fixed: GateCase[] = redTeam.map(({ parts, tier }, place) => ({
    name: `red-team ${place + 1}`,
    parts,
    atLeast: tier,
  }));
  const before = (await rulesInForce(ctx)).ruleSet;
  const past = await ctx.db.all(writtenLately, { limit: mostReplayed });
  const opened = await ctx.openMany(
    past.map((row) => ({ value: row.body, at: { row: row.id, subject: row.subjectId } })),
    "to replay past messages against a new version of the rules",
  );
  // By number: a run names no member and keeps no words.
  const traffic: GateCase[] = opened.flatMap((text, place) =>
    typeof text === "string" ? [{ name: `past message ${place + 1}`, parts: [text] }] : [],
  );
  return {
    lowered: [...loweredBy(candidate, fixed, null), ...loweredBy(candidate, traffic, before)],
    replayed: traffic.length,
  };
}
