/** No release goes out that answers any message less urgently than before: the red-team set and past traffic decide. */
import type { RuleSet } from "./rule-set.ts";
import { type Tier, urgency } from "./tier.ts";
import { type MemberContext, triageParts } from "./triage.ts";

export interface GateCase {
  readonly name: string;
  readonly parts: readonly string[];
  readonly member?: MemberContext;
  /** What the red-team set expects; absent for past traffic, where the old release is the measure. */
  readonly atLeast?: Tier;
}

export interface Lowered {
  readonly name: string;
  readonly expected: Tier;
  readonly got: Tier;
}

/** `before`: the tier each case had in the release that is out; null when there is none yet. */
export function loweredBy(candidate: RuleSet, cases: readonly GateCase[], before: RuleSet | null): Lowered[] {
  return cases.flatMap(({ name, parts, member, atLeast = "none" }) => {
    const got = triageParts(parts, candidate, member).tier;
    const was = before ? triageParts(parts, before, member).tier : "none";
    const expected = urgency(was) > urgency(atLeast) ? was : atLeast;
    return urgency(got) < urgency(expected) ? [{ name, expected, got }] : [];
  });
}
