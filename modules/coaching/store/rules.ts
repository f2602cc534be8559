/** Versions of the safety rules and who signed them. */
import { query } from "@core/db/query.ts";
import { desc, eq } from "drizzle-orm";
import type { RuleSet } from "../rule-set.ts";
import { ruleSets, ruleSignatures } from "../tables.ts";

const set = {
  id: ruleSets.id,
  version: ruleSets.version,
  sha256: ruleSets.sha256,
  reason: ruleSets.reason,
  madeAt: ruleSets.madeAt,
  madeBy: ruleSets.madeBy,
};
export const allRuleSets = query()((db) => db.select(set).from(ruleSets).orderBy(desc(ruleSets.madeAt)));
export const ruleSetById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...set, content: ruleSets.content })
    .from(ruleSets)
    .where(eq(ruleSets.id, $.id)),
);
export const addRuleSet = query<{ version: string; content: RuleSet; sha256: string; reason: string }>()((db, $) =>
  db
    .insert(ruleSets)
    .values({ version: $.version, content: $.content, sha256: $.sha256, reason: $.reason })
    .returning({ id: ruleSets.id }),
);

const signature = {
  id: ruleSignatures.id,
  ruleSetId: ruleSignatures.ruleSetId,
  sha256: ruleSignatures.sha256,
  textsSha256: ruleSignatures.textsSha256,
  name: ruleSignatures.name,
  credentials: ruleSignatures.credentials,
  madeAt: ruleSignatures.madeAt,
  madeBy: ruleSignatures.madeBy,
};
export const allSignatures = query()((db) =>
  db.select(signature).from(ruleSignatures).orderBy(desc(ruleSignatures.madeAt)),
);
/** The newest signature is the one that is in force, when it is about the texts as they are. */
export const newestSignature = query()((db) =>
  db
    .select({ ...signature, setId: ruleSets.id, version: ruleSets.version })
    .from(ruleSignatures)
    .innerJoin(ruleSets, eq(ruleSets.id, ruleSignatures.ruleSetId))
    .orderBy(desc(ruleSignatures.madeAt))
    .limit(1),
);
export const sign = query<{
  ruleSetId: string;
  sha256: string;
  textsSha256: string;
  name: string;
  credentials: string;
}>()((db, $) =>
  db
    .insert(ruleSignatures)
    .values({
      ruleSetId: $.ruleSetId,
      sha256: $.sha256,
      textsSha256: $.textsSha256,
      name: $.name,
      credentials: $.credentials,
    })
    .returning({ id: ruleSignatures.id }),
);
