/** Where the study stands, read from its own rows; and the card that shows it to the institution. */
import type { Context, Errand } from "@core/module.ts";
import { activeScheme, schemeState } from "./allocation.ts";
import type { Studies } from "./module-words.ts";
import { type ApprovalRow, type ApprovalState, approvalState, holds } from "./rules/approval.ts";
import { dayOf } from "./rules/days.ts";
import { stateOf } from "./rules/delegation.ts";
import { type DocumentRow, missingDocuments } from "./rules/documents.ts";
import { stageNames } from "./rules/funnel.ts";
import { isSerious } from "./rules/safety.ts";
import { type GateFacts, statuses } from "./rules/status.ts";
import { delegationLog } from "./store/delegation.ts";
import {
  type ApprovalLine,
  allAmendmentSteps,
  allAmendments,
  allApprovals,
  allDocumentMarks,
  allDocuments,
  allSiteMarks,
  dossierNow,
  statusOf,
} from "./store/dossier.ts";
import { openSites } from "./store/people.ts";
import { allSchemeSteps, allSchemes } from "./store/randomisation.ts";
import { funnelCounts } from "./store/recruitment.ts";
import { allReports, newestVersions } from "./store/safety.ts";

export const asRule = (row: ApprovalLine) => ({
  ...row,
  decision: row.decision ?? null,
  decidedOn: row.decidedOn ?? null,
  validUntil: row.validUntil ?? null,
});

/** Which requests there are and how they stand, without reasons: who decides on one has to know whether its turn has come. */
export const readApprovals: Errand<object, ApprovalRow[]> = {
  name: "studies.read_approvals",
  title: "Work out whose turn it is to approve",
  permissions: ["studies.approvals.read"],
  run: async (_payload, ctx) =>
    (await ctx.db.all(allApprovals, {})).map(
      ({ id, approver, stage, days, askedOn, decision, decidedOn, validUntil }) => ({
        id,
        approver,
        stage,
        days,
        askedOn,
        decision: decision ?? null,
        decidedOn: decidedOn ?? null,
        validUntil: validUntil ?? null,
      }),
    ),
};

export async function documentRows(
  ctx: Pick<Context, "db">,
): Promise<(DocumentRow & { readonly filename: string; readonly madeBy: string | null })[]> {
  const marks = await ctx.db.all(allDocumentMarks, {});
  return (await ctx.db.all(allDocuments, {})).map((row) => ({
    ...row,
    signedAt: marks.find(({ documentId, mark }) => documentId === row.id && mark === "signed")?.madeAt ?? null,
  }));
}

export interface Standing extends GateFacts {
  readonly included: number;
  readonly sites: number;
}

/** What the gates ask, over all sites: counted by the house, for a person who may see only some of it. */
export const readStanding: Errand<object, Standing> = {
  name: "studies.read_standing",
  title: "Count what the gates of the study ask",
  permissions: [
    "core.sites.read",
    "core.subjects.read",
    "studies.dossier.read",
    "studies.approvals.read",
    "studies.documents.read",
    "studies.documents.study",
    "studies.delegation.read",
    "studies.randomisation.read",
    "studies.recruitment.read",
    "studies.safety.read",
  ],
  run: async (_payload, ctx) => {
    const today = dayOf(ctx.now);
    const dossier = await ctx.db.first(dossierNow, {});
    const approvals = (await ctx.db.all(allApprovals, {})).map(asRule);
    const states = approvals.map((row) => approvalState(row, approvals, today));
    const marks = await ctx.db.all(allSiteMarks, {});
    const sites = await ctx.db.all(openSites, {});
    const log = await delegationLog(ctx.db);
    const steps = await ctx.db.all(allSchemeSteps, {});
    const drafts = (await ctx.db.all(allSchemes, {})).some(({ id }) => schemeState(id, steps) === "draft");
    const counts = await ctx.db.all(funnelCounts, {});
    const reports = await ctx.db.all(allReports, {});
    const serious = (await ctx.db.all(newestVersions, {})).filter(isSerious);
    const amended = await ctx.db.all(allAmendmentSteps, {});
    const reached = (stage: (typeof stageNames)[number]) =>
      counts
        .filter((row) => stageNames.indexOf(row.stage) >= stageNames.indexOf(stage))
        .reduce((sum, row) => sum + row.count, 0);
    return {
      hasTitleAndSponsor: dossier !== null,
      hasInvestigator: dossier?.investigatorId != null,
      hasTarget: dossier?.target != null,
      approvals: {
        open: states.filter((state) => ["open", "late", "waits its turn"].includes(state)).length,
        refused: refusedApprovers(approvals, states),
        granted: states.filter(holds).length,
      },
      missingDocuments: missingDocuments(await documentRows(ctx), null, today),
      sitesActive: sites.filter(
        ({ id }) =>
          marks.some(({ siteId, mark }) => siteId === id && mark === "activated") &&
          !marks.some(({ siteId, mark }) => siteId === id && mark === "closed"),
      ).length,
      investigatorDelegated: log.some(
        (row) => row.tasks.includes("obtain-consent") && stateOf(row, today) === "in force",
      ),
      randomisation: (await activeScheme(ctx)) ? "active" : drafts ? "draft" : "none",
      screeningOpen: counts
        .filter(({ stage, dropped }) => dropped === null && stageNames.indexOf(stage) < stageNames.indexOf("eligible"))
        .reduce((sum, row) => sum + row.count, 0),
      seriousOpen: serious.filter(
        (row) =>
          !reports.some(({ eventId }) => eventId === row.eventId) || ["recovering", "unknown"].includes(row.outcome),
      ).length,
      amendmentsOpen: (await ctx.db.all(allAmendments, {})).filter(
        ({ id }) =>
          !amended.some(({ amendmentId, step }) => amendmentId === id && ["implemented", "withdrawn"].includes(step)),
      ).length,
      included: reached("eligible"),
      sites: sites.length,
    };
  },
};

/** Approvers whose every decision is a refusal, or has run out: who granted later has taken a refusal back. */
function refusedApprovers(rows: readonly { readonly approver: string }[], states: readonly ApprovalState[]): number {
  const granted = new Set(rows.filter((_, at) => holds(states[at] ?? "open")).map(({ approver }) => approver));
  const against = rows.filter((_, at) => states[at] === "refused" || states[at] === "run out");
  return new Set(against.map(({ approver }) => approver).filter((approver) => !granted.has(approver))).size;
}

/** Writes the card: after every change that it tells of. */
export async function keepCard(ctx: Context<Studies>): Promise<void> {
  const dossier = await ctx.db.first(dossierNow, {});
  const status = await statusOf(ctx);
  const standing = await ctx.errand(readStanding, {});
  const people = dossier?.investigatorId ? await ctx.people([dossier.investigatorId]) : new Map<string, string>();
  await ctx.card({
    acronym: dossier?.acronym || null,
    status: statuses[status],
    phase: dossier?.phase ?? null,
    sponsor: dossier?.sponsor ?? null,
    department: dossier?.department || null,
    investigator: people.get(dossier?.investigatorId ?? "") ?? null,
    sites: standing.sitesActive,
    target: dossier?.target ?? null,
    approvals: standing.approvals.open,
  });
}
