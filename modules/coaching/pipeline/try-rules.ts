/** A version of the rules is tried on the red-team set and on past traffic; what was found is the machinery's to write. */
import type { Context, Errand } from "@core/module.ts";
import { noRisks } from "../glucose-tier.ts";
import type { Coaching } from "../names.ts";
import { redTeam } from "../red-team.ts";
import { type GateCase, loweredBy } from "../release-gate.ts";
import { ruleSetHash } from "../rule-set.ts";
import { keepGateRun, writtenLately } from "../store/releases.ts";
import { newestSignature, ruleSetById } from "../store/rules.ts";
import { unknownMember } from "../triage.ts";
import { rulesInForce } from "./rules-in-force.ts";

const mostReplayed = 1_000;
const mostNamed = 50;

/** What people at the gate may not do themselves: no role can write that a version passed. */
export const gatePermissions = ["coaching.work", "coaching.messages.read", "core.subjects.read"] as const;

/** How many messages would be answered less urgently. */
export const tryRules: Errand<{ ruleSetId: string }, number> = {
  name: "coaching.try_rules",
  title: "Try a version of the rules",
  permissions: gatePermissions,
  run: async ({ ruleSetId }, ctx) => runRules({ ruleSet: ruleSetId }, ctx as Context<Coaching>),
};

export async function runRules({ ruleSet: id }: { ruleSet: string }, ctx: Context<Coaching>): Promise<number> {
  const set = await ctx.db.one(ruleSetById, { id });
  // What is tried is what would be signed.
  if (ruleSetHash(set.content) !== set.sha256) throw new Error("a rule set is not what its hash says");
  const signed = await ctx.db.first(newestSignature, {});
  const before = signed ? (await ctx.db.one(ruleSetById, { id: signed.ruleSetId })).content : null;
  const traffic = await pastTraffic(ctx);
  const lowered = [
    ...loweredBy(set.content, redTeamCases, before),
    ...loweredBy(set.content, traffic, before ?? (await rulesInForce(ctx)).ruleSet),
  ];
  await ctx.db.one(keepGateRun, {
    what: `Safety rules ${set.version}`,
    kind: "rules",
    base: signed?.sha256 ?? "",
    candidateSha256: set.sha256,
    promptId: null,
    providerId: null,
    model: null,
    trialId: null,
    cases: redTeam.length,
    replayed: traffic.length,
    lowered: lowered.slice(0, mostNamed),
    figures: {},
    passed: lowered.length === 0,
  });
  ctx.audit("coaching.gate_judged", {
    what: `Safety rules ${set.version}`,
    result: lowered.length === 0 ? "passed" : `${lowered.length} messages would be answered less urgently`,
  });
  return lowered.length;
}

/** The set's own words are invented, so a run may name them. */
export const redTeamCases: readonly GateCase[] = redTeam.map(({ parts, tier }) => ({
  name: `“${parts.join(" / ")}”`,
  parts,
  atLeast: tier,
}));

/** By number: a run names no member and keeps no words. */
async function pastTraffic(ctx: Context<Coaching>): Promise<GateCase[]> {
  const past = await ctx.db.all(writtenLately, { limit: mostReplayed });
  const opened = await ctx.openMany(
    past.map((row) => ({ value: row.body, at: { row: row.id, subject: row.subjectId } })),
    "to replay past messages against a new version of the rules",
  );
  return past.flatMap(({ unit, type1, pump, pregnant }, place) => {
    const text = opened[place];
    const risks = { ...noRisks, type1, pump, pregnant };
    return typeof text === "string"
      ? [{ name: `past message ${place + 1}`, parts: [text], member: { ...unknownMember, unit, risks } }]
      : [];
  });
}
