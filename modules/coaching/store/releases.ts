/** The release gate: prompts, trials of a prompt with a model, what the gate found, and which voice is in force. */
import { query } from "@core/db/query.ts";
import { and, asc, desc, eq, inArray, isNotNull, like, ne, sql } from "drizzle-orm";
import type { Lowered, TriedCase, VoiceFigures } from "../release-gate.ts";
import { gateRuns, prompts, trialCases, trials, voices } from "../release-tables.ts";
import { members, messages, outbox } from "../tables.ts";
import type { Tier } from "../tier.ts";

const prompt = {
  id: prompts.id,
  version: prompts.version,
  words: prompts.words,
  sha256: prompts.sha256,
  reason: prompts.reason,
  madeAt: prompts.madeAt,
  madeBy: prompts.madeBy,
};
export const allPrompts = query()((db) => db.select(prompt).from(prompts).orderBy(desc(prompts.madeAt)).limit(200));
export const promptById = query<{ id: string }>()((db, $) =>
  db.select(prompt).from(prompts).where(eq(prompts.id, $.id)),
);
export const addPrompt = query<{ version: string; words: string; sha256: string; reason: string }>()((db, $) =>
  db
    .insert(prompts)
    .values({ version: $.version, words: $.words, sha256: $.sha256, reason: $.reason })
    .returning({ id: prompts.id }),
);

// ── Trials ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const trial = {
  id: trials.id,
  promptId: trials.promptId,
  providerId: trials.providerId,
  model: trials.model,
  candidateSha256: trials.candidateSha256,
  cases: trials.cases,
  answered: trials.answered,
  status: trials.status,
  why: trials.why,
  madeAt: trials.madeAt,
};
export const newestTrial = query()((db) => db.select(trial).from(trials).orderBy(desc(trials.madeAt)).limit(1));
export const trialById = query<{ id: string }>()((db, $) =>
  db
    .select({ ...trial, promptWords: prompts.words, promptVersion: prompts.version })
    .from(trials)
    .innerJoin(prompts, eq(prompts.id, trials.promptId))
    .where(eq(trials.id, $.id)),
);
/** One case after another is counted. */
export const lockTrial = query<{ id: string }>()((db, $) =>
  db.select({ id: trials.id, status: trials.status }).from(trials).where(eq(trials.id, $.id)).for("update"),
);
export const addTrial = query<{
  promptId: string;
  providerId: string;
  model: string;
  candidateSha256: string;
  cases: number;
}>()((db, $) =>
  db
    .insert(trials)
    .values({
      promptId: $.promptId,
      providerId: $.providerId,
      model: $.model,
      candidateSha256: $.candidateSha256,
      cases: sql`${$.cases}::int`,
    })
    .onConflictDoNothing()
    .returning({ id: trials.id }),
);
export const moveTrial = query<{
  id: string;
  status: "running" | "judged" | "given-up";
  why: string | null;
  more: number;
}>()((db, $) =>
  db
    .update(trials)
    .set({ status: sql`${$.status}`, why: sql`${$.why}`, answered: sql`${trials.answered} + ${$.more}::int` })
    .where(and(eq(trials.id, $.id), eq(trials.status, "running")))
    .returning({ id: trials.id, answered: trials.answered, cases: trials.cases }),
);
/** `rows`: [{"place", "subject_id", "message_id", "key", "by_rules", "floor"}] as JSON. */
export const addTrialCases = query<{ trialId: string; rows: string }>()((db, $) =>
  db
    .insert(trialCases)
    .select((made) =>
      made
        .select({
          tenantId: sql`core.tenant()`.as("tenant_id"),
          workspaceId: sql`core.workspace()`.as("workspace_id"),
          id: sql`gen_random_uuid()`.as("id"),
          madeAt: sql`clock_timestamp()`.as("made_at"),
          madeBy: sql`core.actor()`.as("made_by"),
          trialId: sql`${$.trialId}::uuid`.as("trial_id"),
          place: sql`one.place`.as("place"),
          subjectId: sql`one.subject_id`.as("subject_id"),
          messageId: sql`one.message_id`.as("message_id"),
          key: sql`one.key`.as("key"),
          byRules: sql`one.by_rules`.as("by_rules"),
          floor: sql`one.floor`.as("floor"),
          own: sql`null::text`.as("own"),
          needsPerson: sql`null::boolean`.as("needs_person"),
          faults: sql`'{}'::text[]`.as("faults"),
          answer: sql`null::text`.as("answer"),
        })
        .from(
          sql`jsonb_to_recordset(${$.rows}::jsonb) as one(place int, subject_id uuid, message_id uuid, key text, by_rules text, floor text)`,
        ),
    )
    .returning({ id: trialCases.id, subjectId: trialCases.subjectId }),
);
const trialCase = {
  id: trialCases.id,
  subjectId: trialCases.subjectId,
  messageId: trialCases.messageId,
  key: trialCases.key,
  place: trialCases.place,
  byRules: trialCases.byRules,
  floor: trialCases.floor,
  own: trialCases.own,
  needsPerson: trialCases.needsPerson,
  faults: trialCases.faults,
  answer: trialCases.answer,
};
export const trialCaseAt = query<{ trialId: string; place: number }>()((db, $) =>
  db
    .select(trialCase)
    .from(trialCases)
    .where(and(eq(trialCases.trialId, $.trialId), sql`${trialCases.place} = ${$.place}::int`)),
);
export const answeredCases = query<{ trialId: string }>()((db, $) =>
  db
    .select(trialCase)
    .from(trialCases)
    .where(and(eq(trialCases.trialId, $.trialId), isNotNull(trialCases.answer)))
    .orderBy(asc(trialCases.place)),
);
export const answerCase = query<{
  id: string;
  own: Tier;
  needsPerson: boolean;
  faults: string[];
  answer: TriedCase["answer"];
}>()((db, $) =>
  db
    .update(trialCases)
    .set({
      own: sql`${$.own}`,
      needsPerson: sql`${$.needsPerson}::boolean`,
      faults: sql`${$.faults}::text[]`,
      answer: sql`${$.answer}`,
    })
    .where(eq(trialCases.id, $.id))
    .returning({ id: trialCases.id, subjectId: trialCases.subjectId }),
);

// ── What the gate found ─────────────────────────────────────────────────────────────────────────────────────────────

export const keepGateRun = query<{
  what: string;
  kind: "rules" | "voice";
  base: string;
  candidateSha256: string;
  promptId: string | null;
  providerId: string | null;
  model: string | null;
  trialId: string | null;
  cases: number;
  replayed: number;
  lowered: readonly Lowered[];
  figures: Partial<VoiceFigures>;
  passed: boolean;
}>()((db, $) =>
  db
    .insert(gateRuns)
    .values({
      what: $.what,
      kind: $.kind,
      base: $.base,
      candidateSha256: $.candidateSha256,
      promptId: $.promptId,
      providerId: $.providerId,
      model: $.model,
      trialId: $.trialId,
      cases: sql`${$.cases}::int`,
      replayed: sql`${$.replayed}::int`,
      lowered: $.lowered as never,
      figures: $.figures as never,
      passed: sql`${$.passed}::boolean`,
    })
    .returning({ id: gateRuns.id }),
);
const gateRun = {
  id: gateRuns.id,
  what: gateRuns.what,
  kind: gateRuns.kind,
  base: gateRuns.base,
  candidateSha256: gateRuns.candidateSha256,
  promptId: gateRuns.promptId,
  providerId: gateRuns.providerId,
  model: gateRuns.model,
  trialId: gateRuns.trialId,
  cases: gateRuns.cases,
  replayed: gateRuns.replayed,
  lowered: gateRuns.lowered,
  figures: gateRuns.figures,
  passed: gateRuns.passed,
  madeAt: gateRuns.madeAt,
  madeBy: gateRuns.madeBy,
};
export const gateRunById = query<{ id: string }>()((db, $) =>
  db.select(gateRun).from(gateRuns).where(eq(gateRuns.id, $.id)),
);
export const gateRunsFrom = query<{ from: number; most: number }>()((db, $) =>
  db.select(gateRun).from(gateRuns).orderBy(desc(gateRuns.madeAt)).limit($.most).offset($.from),
);
export const countGateRuns = query()((db) => db.select({ runs: sql<string>`count(*)` }).from(gateRuns));
export const newestRunOf = query<{ candidateSha256: string }>()((db, $) =>
  db
    .select(gateRun)
    .from(gateRuns)
    .where(eq(gateRuns.candidateSha256, $.candidateSha256))
    .orderBy(desc(gateRuns.madeAt))
    .limit(1),
);
export type GateRunRow = Awaited<ReturnType<typeof gateRunById.map>>;

// ── The voice in force ──────────────────────────────────────────────────────────────────────────────────────────────

export const newestVoice = query()((db) =>
  db
    .select({
      id: voices.id,
      sha256: voices.sha256,
      gateRunId: voices.gateRunId,
      providerId: voices.providerId,
      model: voices.model,
      name: voices.name,
      credentials: voices.credentials,
      madeAt: voices.madeAt,
      promptId: prompts.id,
      version: prompts.version,
      words: prompts.words,
      promptSha256: prompts.sha256,
      trialId: gateRuns.trialId,
    })
    .from(voices)
    .innerJoin(prompts, eq(prompts.id, voices.promptId))
    .innerJoin(gateRuns, eq(gateRuns.id, voices.gateRunId))
    .orderBy(desc(voices.madeAt))
    .limit(1),
);
export const signVoice = query<{
  gateRunId: string;
  promptId: string;
  providerId: string;
  model: string;
  sha256: string;
  name: string;
  credentials: string;
}>()((db, $) =>
  db
    .insert(voices)
    .values({
      gateRunId: $.gateRunId,
      promptId: $.promptId,
      providerId: $.providerId,
      model: $.model,
      sha256: $.sha256,
      name: $.name,
      credentials: $.credentials,
    })
    .returning({ id: voices.id }),
);

// ── Past traffic ────────────────────────────────────────────────────────────────────────────────────────────────────

const lately = sql`${messages.at} > clock_timestamp() - interval '30 days'`;

/** What members wrote in the last thirty days, with what the rules have to know about them. */
export const writtenLately = query<{ limit: number }>()((db, $) =>
  db
    .select({
      id: messages.id,
      subjectId: messages.subjectId,
      body: messages.body,
      member: members.id,
      unit: members.unit,
      type1: members.type1,
      pump: members.pump,
      pregnant: members.pregnant,
    })
    .from(messages)
    .innerJoin(members, eq(members.subjectId, messages.subjectId))
    .where(and(eq(messages.direction, "in"), lately))
    .orderBy(desc(messages.at))
    .limit($.limit),
);

/** Of those, what the rules let through to a model, of members for whom one may be asked. */
export const askedLately = query<{ limit: number }>()((db, $) =>
  db
    .select({ id: messages.id, subjectId: messages.subjectId, tier: messages.tier, member: members.id })
    .from(messages)
    .innerJoin(members, eq(members.subjectId, messages.subjectId))
    .where(
      and(
        eq(messages.direction, "in"),
        lately,
        inArray(messages.tier, ["none", "OK", "Y1"]),
        ne(members.replies, "off"),
      ),
    )
    .orderBy(desc(messages.at))
    .limit($.limit),
);
/** How far the model in service raised which messages: `cause` is "raised:<message>". */
export const raisedLately = query()((db) =>
  db
    .select({
      id: outbox.id,
      subjectId: outbox.subjectId,
      cause: outbox.cause,
      message: messages.id,
      tier: messages.tier,
    })
    .from(outbox)
    .innerJoin(messages, eq(messages.id, outbox.messageId))
    .where(and(like(outbox.cause, "raised:%"), sql`${outbox.madeAt} > clock_timestamp() - interval '31 days'`))
    .limit(2_000),
);
