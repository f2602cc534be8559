/** The rules by which messages are judged now. Without a signature the house's own rules still watch, and nothing else speaks. */
import type { Context } from "@core/module.ts";
import type { Coaching } from "../names.ts";
import { defaultRuleSet, type RuleSet, ruleSetHash } from "../rule-set.ts";
import { newestSignature, ruleSetById } from "../store/rules.ts";
import { textsHash } from "../templates.ts";

export interface RulesInForce {
  readonly ruleSet: RuleSet;
  /** Null: no clinician has signed these rules and texts as they are now. */
  readonly signed: { readonly by: string; readonly credentials: string; readonly at: Date } | null;
  /** "2026.1 (3f2a…)" */
  readonly label: string;
}

/** By hash: the words of a set are compiled once. */
const known = new Map<string, RuleSet>([[ruleSetHash(defaultRuleSet), defaultRuleSet]]);
const textsNow = textsHash();

export async function rulesInForce(ctx: Context<Coaching>): Promise<RulesInForce> {
  const newest = await ctx.db.first(newestSignature, {});
  if (newest && newest.textsSha256 === textsNow) {
    let ruleSet = known.get(newest.sha256);
    if (!ruleSet) {
      const { content } = await ctx.db.one(ruleSetById, { id: newest.ruleSetId });
      // What was signed is what is used: a content that is not what its hash says is nobody's.
      if (ruleSetHash(content) === newest.sha256) {
        ruleSet = content;
        if (known.size > 50) known.clear();
        known.set(newest.sha256, content);
      }
    }
    if (ruleSet) {
      const { name, credentials, madeAt } = newest;
      return { ruleSet, signed: { by: name, credentials, at: madeAt }, label: label(ruleSet) };
    }
  }
  return { ruleSet: defaultRuleSet, signed: null, label: `${label(defaultRuleSet)}, not signed` };
}

const label = (set: RuleSet) => `${set.version} (${ruleSetHash(set).slice(0, 8)})`;
