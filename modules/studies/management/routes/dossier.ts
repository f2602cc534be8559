/** The dossier and what leads a study on: gates with a signed snapshot, approvals, sites and amendments. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { dossierPermissions } from "../dossier-names.ts";
import { asRule, keepCard, readApprovals, readStanding } from "../dossier-standing.ts";
import { formAgain, type Studies } from "../module-words.ts";
import {
  type Approver,
  approvalState,
  approverNames,
  approvers,
  askedByRules,
  daysOpen,
  dueOn,
  wantedFor,
} from "../rules/approval.ts";
import { dayOf } from "../rules/days.ts";
import { gateBetween, lacksAtGate, type Status, statuses, statusNames, statusTone, waysFrom } from "../rules/status.ts";
import { signedDecision, signedGate } from "../signed.ts";
import { allCourses } from "../store/delegation.ts";
import {
  addAmendment,
  addAmendmentStep,
  addDecision,
  addDossier,
  addGate,
  addRequest,
  allAmendmentSteps,
  allAmendments,
  allApprovals,
  allGates,
  allSiteMarks,
  dossierNow,
  statusOf,
  usualDeciders,
} from "../store/dossier.ts";
import { colleagues, decidersHere } from "../store/people.ts";
import { tellRules } from "../task-making.ts";
import {
  AmendmentsPage,
  ApprovalPage,
  ApprovalsPage,
  DossierEditPage,
  DossierPage,
  GatePage,
} from "../views/dossier.tsx";

const { get, post } = routesFor<Studies>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const oneOf = <N extends string>(names: readonly N[], title: string) =>
  t.Union(
    names.map((name) => t.Literal(name)),
    { title },
  );

async function dossierPage(ctx: Context<Studies>) {
  const dossier = await ctx.db.first(dossierNow, {});
  const status = await statusOf(ctx);
  const passed = await ctx.db.all(allGates, {});
  const people = await ctx.people([dossier?.investigatorId ?? null, ...passed.map(({ madeBy }) => madeBy)]);
  return {
    title: ctx.workspace.title,
    status: { label: statuses[status], tone: statusTone(status) },
    dossier,
    investigator: people.get(dossier?.investigatorId ?? "") ?? null,
    edit: ctx.may("studies.dossier.write") ? ctx.url("/dossier/edit") : null,
    ways: ctx.may("studies.gates.pass")
      ? waysFrom(status).map(({ to, act }) => ({ label: act, href: ctx.url(`/dossier/gate/${to}`) }))
      : [],
    signatures: [...(await ctx.signatures(passed.map(signedGate))).values()].flat(),
    happened: passed.map((gate) => ({
      at: gate.madeAt,
      what: `${people.get(gate.madeBy ?? "") ?? "A former colleague"}: from “${statuses[gate.was]}” to “${statuses[gate.status]}”, snapshot ${Buffer.from(gate.sha256).toString("hex").slice(0, 16)}`,
      reason: gate.reason || null,
    })),
  };
}

async function editPage(ctx: Context<Studies>) {
  return {
    action: ctx.url("/dossier"),
    crumbs: [{ label: "Dossier", href: ctx.url("/dossier") }],
    dossier: await ctx.db.first(dossierNow, {}),
    people: (await ctx.db.all(colleagues, {})).map(({ id, name }) => ({ value: id, label: name })),
  };
}

async function gatePage(ctx: Context<Studies>, to: Status) {
  const from = await statusOf(ctx);
  const gate = gateBetween(from, to, await ctx.errand(readStanding, {}));
  if (!gate) throw Problem.refused(`A study does not go from “${statuses[from]}” to “${statuses[to]}”.`);
  return {
    crumbs: [{ label: "Dossier", href: ctx.url("/dossier") }],
    from,
    gate,
    to: statuses[to],
    action: ctx.url(`/dossier/gate/${to}`),
    signing: await ctx.signing("studies.gate_passed"),
  };
}

async function approvalsPage(ctx: Context<Studies>) {
  const today = dayOf(ctx.now);
  const rows = (await ctx.db.all(allApprovals, {})).map(asRule);
  const every = await ctx.errand(readApprovals, {});
  const dossier = await ctx.db.first(dossierNow, {});
  const people = await ctx.people(rows.map(({ deciderId }) => deciderId));
  const asks = ctx.may("studies.approvals.ask");
  // What was withdrawn, refused or runs out can be asked for again.
  const asked = new Set(
    rows
      .filter((row) => ["waits its turn", "open", "late", "granted"].includes(approvalState(row, every, today)))
      .map(({ approver }) => approver),
  );
  const wanted = dossier ? wantedFor({ ...dossier, phase: dossier.phase }) : [];
  return {
    hasDossier: dossier !== null,
    ask: asks ? ctx.url("/approvals") : null,
    people: asks ? (await ctx.db.all(colleagues, {})).map(({ id, name }) => ({ value: id, label: name })) : [],
    wanted: wanted
      .filter(({ approver }) => !asked.has(approver))
      .map((one) => ({ ...one, title: approvers[one.approver] })),
    lines: rows.map((row) => ({
      href: ctx.url(`/approvals/${row.id}`),
      approver: approvers[row.approver],
      stage: row.stage,
      person: people.get(row.deciderId) ?? "A former colleague",
      because: row.because,
      state: approvalState(row, every, today),
      due: dueOn(row, every),
      days: daysOpen(row, every, today),
      validUntil: row.validUntil,
      reason: row.reason ?? "",
    })),
  };
}

async function approvalPage(ctx: Context<Studies>, id: string) {
  const today = dayOf(ctx.now);
  const rows = (await ctx.db.all(allApprovals, {})).map(asRule);
  const row = rows.find((one) => one.id === id);
  if (!row) throw Problem.notFound();
  const every = await ctx.errand(readApprovals, {});
  const state = approvalState(row, every, today);
  const people = await ctx.people([row.deciderId]);
  const dossier = await ctx.db.first(dossierNow, {});
  const mine = row.deciderId === ctx.actor.id;
  const decides = mine && ctx.may("studies.approvals.decide") && ["open", "late", "waits its turn"].includes(state);
  return {
    row,
    crumbs: [{ label: "Approvals", href: ctx.url("/approvals") }],
    approver: approvers[row.approver],
    person: people.get(row.deciderId) ?? "A former colleague",
    because: row.because,
    state,
    due: dueOn(row, every),
    reason: row.reason ?? "",
    validUntil: row.validUntil,
    signatures:
      row.decisionId && row.decision && row.decidedOn
        ? ((
            await ctx.signatures([
              signedDecision({
                id: row.decisionId,
                decision: row.decision,
                reason: row.reason ?? "",
                onDay: row.decidedOn,
                validUntil: row.validUntil,
              }),
            ])
          ).get(row.decisionId) ?? [])
        : [],
    study: ctx.workspace.title,
    sponsor: dossier?.sponsor ?? "",
    budget: dossier?.budget ?? 0,
    decide:
      decides && state !== "waits its turn"
        ? { action: ctx.url(`/approvals/${id}/decision`), signing: await ctx.signing("studies.approval_decided") }
        : null,
    withdraw: !row.decision && ctx.may("studies.approvals.ask") ? ctx.url(`/approvals/${id}/withdraw`) : null,
  };
}

const nextAmendmentSteps = {
  none: ["submitted", "withdrawn"],
  submitted: ["approved", "withdrawn"],
  approved: ["implemented", "withdrawn"],
} as const;
async function amendmentsPage(ctx: Context<Studies>) {
  const steps = await ctx.db.all(allAmendmentSteps, {});
  const courses = await ctx.db.all(allCourses, {});
  const writes = ctx.may("studies.dossier.write");
  return {
    add: writes ? ctx.url("/amendments") : null,
    courses: courses.map(({ id, title }) => ({ value: id, label: title })),
    lines: (await ctx.db.all(allAmendments, {})).map((row) => {
      const taken = steps.filter(({ amendmentId }) => amendmentId === row.id);
      const last = taken.at(-1)?.step ?? "none";
      const next: readonly string[] =
        writes && last in nextAmendmentSteps ? nextAmendmentSteps[last as keyof typeof nextAmendmentSteps] : [];
      return {
        ...row,
        course: courses.find(({ id }) => id === row.courseId)?.title ?? null,
        state: last === "none" ? "in preparation" : last,
        since: taken.at(-1)?.onDay ?? null,
        next: next.map((step) => ({ step, action: ctx.url(`/amendments/${row.id}/${step}`) })),
      };
    }),
  };
}

const deciderRoles = Object.keys(dossierPermissions["studies.approvals.decide"].roles);
const UNDER_WAY: readonly Status[] = ["review", "set_up", "recruiting", "on_hold", "follow_up"];
/**
 * The requests that the rules make by themselves, of those who decided last in the institution and have access here; the
 * others stand on the page until somebody is named. From the review on: before it there is nothing to decide.
 */
async function askByRules(ctx: Context<Studies>): Promise<readonly string[]> {
  if (!ctx.may("studies.approvals.ask") || !UNDER_WAY.includes(await statusOf(ctx))) return [];
  const { wanted, people } = await approvalsPage(ctx);
  const everAsked = new Set((await ctx.db.all(allApprovals, {})).map(({ approver }) => approver));
  const department = (await ctx.db.first(dossierNow, {}))?.department ?? "";
  const { usual } = await ctx.db.one(usualDeciders, { workspace: ctx.workspace.id });
  const deciders = await ctx.db.all(decidersHere, { roles: deciderRoles });
  const mayDecide = (id: string) => id !== ctx.actor.id && deciders.some((one) => one.id === id);
  const made = askedByRules(wanted, everAsked, usual, department, mayDecide);
  for (const { approver, stage, days, because, deciderId } of made) {
    await ctx.db.one(addRequest, { approver, stage, days, because, deciderId, askedOn: dayOf(ctx.now) });
    const person = people.find(({ value }) => value === deciderId)?.label ?? "";
    ctx.audit("studies.approval_asked", { person, approver: approvers[approver] });
  }
  return made.map(({ approver }) => approvers[approver].toLowerCase());
}
const askedInWords = (asked: readonly string[]): string =>
  asked.length > 0 ? ` By the rules was asked: ${asked.join(", ")}.` : "";

const yes = (title: string) => t.Optional(t.String({ title, maxLength: 10 }));

export const dossierRoutes = [
  get("/dossier", { needs: "studies.dossier.read", run: async (_, ctx) => DossierPage(await dossierPage(ctx)) }),
  get("/dossier/edit", { needs: "studies.dossier.write", run: async (_, ctx) => DossierEditPage(await editPage(ctx)) }),
  post("/dossier", {
    needs: "studies.dossier.write",
    body: t.Object({
      acronym: t.Optional(t.String({ title: "Acronym", maxLength: 60 })),
      sponsor: t.String({ title: "Sponsor", minLength: 2, maxLength: 200 }),
      sponsorKind: oneOf(["own", "academic", "industry"] as const, "Kind of sponsor"),
      phase: oneOf(["I", "II", "III", "IV", "device", "observational", "other"] as const, "Phase"),
      department: t.Optional(t.String({ title: "Department", maxLength: 200 })),
      investigatorId: t.Optional(t.String({ title: "Principal investigator", format: "uuid" })),
      registryNumber: t.Optional(t.String({ title: "Registry number", maxLength: 60 })),
      target: t.Optional(t.Integer({ title: "Target", minimum: 1, maximum: 1_000_000 })),
      budget: t.Optional(t.Integer({ title: "Budget", minimum: 0, maximum: 2_000_000_000 })),
      usesProduct: yes("Product"),
      usesSamples: yes("Samples"),
      sharesData: yes("Data"),
      revision: t.Integer({ title: "Revision", minimum: 0 }),
    }),
    refused: async (typed, problems, ctx) =>
      DossierEditPage({ ...(await editPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const now = await ctx.db.first(dossierNow, {});
      if ((now?.revision ?? 0) !== body.revision) throw new Problem("conflict");
      const known = (await ctx.db.all(colleagues, {})).some(({ id }) => id === body.investigatorId);
      if (body.investigatorId && !known) throw Problem.invalid({ investigatorId: "Choose a colleague." });
      const revision = body.revision + 1;
      await ctx.db.one(addDossier, {
        acronym: body.acronym ?? "",
        sponsor: body.sponsor,
        sponsorKind: body.sponsorKind,
        phase: body.phase,
        department: body.department ?? "",
        investigatorId: body.investigatorId ?? null,
        registryNumber: body.registryNumber ?? "",
        target: body.target ?? null,
        budget: body.budget ?? 0,
        usesProduct: body.usesProduct !== undefined,
        usesSamples: body.usesSamples !== undefined,
        sharesData: body.sharesData !== undefined,
        revision,
      });
      const asked = await askByRules(ctx);
      await keepCard(ctx);
      ctx.audit("studies.dossier_saved", { revision });
      return new Redirect(ctx.url("/dossier"), `Saved.${askedInWords(asked)}`);
    },
  }),
  get("/dossier/gate/:to", {
    needs: "studies.gates.pass",
    params: t.Object({ to: oneOf(statusNames, "To") }),
    run: async ({ params }, ctx) => GatePage(await gatePage(ctx, params.to)),
  }),
  post("/dossier/gate/:to", {
    needs: "studies.gates.pass",
    signs: "studies.gate_passed",
    params: t.Object({ to: oneOf(statusNames, "To") }),
    body: t.Object({
      attested: t.Array(t.String({ maxLength: 40 }), { maxItems: 20 }),
      reason: t.Optional(t.String({ title: "Reason", maxLength: 2_000 })),
    }),
    refused: async (typed, problems, ctx, params) =>
      GatePage({ ...(await gatePage(ctx, params.to)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { gate, from } = await gatePage(ctx, params.to);
      const reason = body.reason ?? "";
      const lacks = lacksAtGate(gate, body.attested, reason);
      if (lacks[""]) throw Problem.refused(lacks[""]);
      if (Object.keys(lacks).length > 0) throw Problem.invalid(lacks);
      // What the signer saw, in one piece: dossier, facts, approvals and sites as they are now.
      const snapshot = {
        study: ctx.workspace.title,
        at: ctx.now.toISOString(),
        dossier: await ctx.db.first(dossierNow, {}),
        standing: await ctx.errand(readStanding, {}),
        approvals: await ctx.db.all(allApprovals, {}),
        sites: await ctx.db.all(allSiteMarks, {}),
        attested: body.attested,
      };
      const digest = sha256(JSON.stringify(snapshot));
      const ordinal = ((await ctx.db.all(allGates, {}))[0]?.ordinal ?? 0) + 1;
      const passed = { was: from, status: params.to, reason, sha256: digest };
      const { id } = await ctx.db.one(addGate, {
        ...passed,
        ordinal,
        items: gate.items,
        snapshot: JSON.parse(JSON.stringify(snapshot)) as Record<string, unknown>,
      });
      await ctx.sign(signedGate({ id, ...passed }));
      const asked = await askByRules(ctx);
      await keepCard(ctx);
      ctx.audit("studies.gate_passed", {
        was: statuses[from],
        status: statuses[params.to],
        sha256: Buffer.from(digest).toString("hex").slice(0, 16),
      });
      return new Redirect(
        ctx.url("/dossier"),
        `The study is now: ${statuses[params.to].toLowerCase()}.${askedInWords(asked)}`,
      );
    },
  }),

  get("/approvals", {
    needs: "studies.approvals.decide",
    run: async (_, ctx) => ApprovalsPage(await approvalsPage(ctx)),
  }),
  post("/approvals", {
    needs: "studies.approvals.ask",
    body: t.Object({
      approver: oneOf(approverNames, "Approval"),
      deciderId: t.String({ title: "Who decides", format: "uuid" }),
    }),
    refused: async (typed, problems, ctx) =>
      ApprovalsPage({ ...(await approvalsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const page = await approvalsPage(ctx);
      const wanted = page.wanted.find(({ approver }) => approver === body.approver);
      const person = page.people.find(({ value }) => value === body.deciderId);
      if (!wanted)
        throw Problem.invalid({ approver: "The rules ask for no such approval, or it was asked for already." });
      if (!person) throw Problem.invalid({ deciderId: "Choose a colleague." });
      if (body.deciderId === ctx.actor.id) throw Problem.invalid({ deciderId: "Nobody decides on his own request." });
      const { approver, stage, days, because } = wanted;
      await ctx.db.one(addRequest, {
        approver,
        stage,
        days,
        because,
        deciderId: body.deciderId,
        askedOn: dayOf(ctx.now),
      });
      await keepCard(ctx);
      ctx.audit("studies.approval_asked", { person: person.label, approver: approvers[approver as Approver] });
      return new Redirect(ctx.url("/approvals"), `Asked. ${person.label} finds it under “My day”.`);
    },
  }),
  get("/approvals/:id", {
    needs: "studies.approvals.decide",
    params: byId,
    run: async ({ params }, ctx) => ApprovalPage(await approvalPage(ctx, params.id)),
  }),
  post("/approvals/:id/decision", {
    needs: "studies.approvals.decide",
    signs: "studies.approval_decided",
    params: byId,
    body: t.Object({
      decision: oneOf(["granted", "refused"] as const, "Decision"),
      reason: t.Optional(t.String({ title: "Reason", maxLength: 2_000 })),
      validUntil: t.Optional(t.String({ title: "Valid until", format: "date" })),
    }),
    refused: async (typed, problems, ctx, params) =>
      ApprovalPage({ ...(await approvalPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const page = await approvalPage(ctx, params.id);
      if (page.row.deciderId !== ctx.actor.id) throw new Problem("forbidden");
      if (page.state === "waits its turn")
        throw Problem.refused("Its turn has not come: those of the stage before decide first.");
      if (page.row.decision) throw Problem.refused("That is decided.");
      if (body.decision === "refused" && !body.reason) throw Problem.invalid({ reason: "Say why." });
      if (body.validUntil && body.decision === "refused")
        throw Problem.invalid({ validUntil: "A refusal has no last day." });
      if (body.validUntil && body.validUntil < dayOf(ctx.now))
        throw Problem.invalid({ validUntil: "Choose a day that has not gone by." });
      const decided = {
        decision: body.decision,
        reason: body.reason ?? "",
        onDay: dayOf(ctx.now),
        validUntil: body.validUntil ?? null,
      };
      const { id } = await ctx.db.one(addDecision, {
        ...decided,
        requestId: page.row.id,
        deciderId: page.row.deciderId,
      });
      await ctx.sign(signedDecision({ id, ...decided }));
      await keepCard(ctx);
      ctx.audit("studies.approval_decided", { approver: page.approver, decision: body.decision });
      return new Redirect(ctx.url(`/approvals/${params.id}`), "Decided and signed.");
    },
  }),
  post("/approvals/:id/withdraw", {
    needs: "studies.approvals.ask",
    params: byId,
    body: t.Object({ withdrawReason: t.String({ title: "Reason", minLength: 1, maxLength: 2_000 }) }),
    refused: async (typed, problems, ctx, params) =>
      ApprovalPage({ ...(await approvalPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const page = await approvalPage(ctx, params.id);
      if (page.row.decision) throw Problem.refused("That is decided.");
      await ctx.db.one(addDecision, {
        requestId: page.row.id,
        deciderId: page.row.deciderId,
        decision: "withdrawn",
        reason: body.withdrawReason,
        onDay: dayOf(ctx.now),
        validUntil: null,
      });
      await keepCard(ctx);
      ctx.audit("studies.approval_withdrawn", { approver: page.approver });
      return new Redirect(ctx.url("/approvals"), "Withdrawn.");
    },
  }),

  get("/amendments", {
    needs: "studies.dossier.read",
    run: async (_, ctx) => AmendmentsPage(await amendmentsPage(ctx)),
  }),
  post("/amendments", {
    needs: "studies.dossier.write",
    body: t.Object({
      title: t.String({ title: "Title", minLength: 2, maxLength: 200 }),
      substantial: yes("Substantial"),
      protocolVersion: t.String({ title: "Protocol", minLength: 1, maxLength: 40 }),
      formsVersion: t.Optional(t.Integer({ title: "Forms", minimum: 1, maximum: 10_000 })),
      consentVersion: t.Optional(t.String({ title: "Consent", maxLength: 60 })),
      courseId: t.Optional(t.String({ title: "Training", format: "uuid" })),
    }),
    refused: async (typed, problems, ctx) =>
      AmendmentsPage({ ...(await amendmentsPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const number = ((await ctx.db.all(allAmendments, {}))[0]?.number ?? 0) + 1;
      await ctx.db.one(addAmendment, {
        id: Bun.randomUUIDv7(),
        number,
        title: body.title,
        substantial: body.substantial !== undefined,
        protocolVersion: body.protocolVersion,
        formsVersion: body.formsVersion ?? null,
        consentVersion: body.consentVersion ?? "",
        courseId: body.courseId ?? null,
      });
      ctx.audit("studies.amendment_moved", { number, step: "in preparation" });
      return new Redirect(ctx.url("/amendments"), "Added.");
    },
  }),
  post("/amendments/:id/:step", {
    needs: "studies.dossier.write",
    params: t.Object({ id: uuid, step: oneOf(["submitted", "approved", "implemented", "withdrawn"] as const, "Step") }),
    async run({ params }, ctx) {
      const line = (await amendmentsPage(ctx)).lines.find(({ id }) => id === params.id);
      if (!line) throw Problem.notFound();
      if (!line.next.some(({ step }) => step === params.step))
        throw Problem.refused("An amendment is submitted, approved, then implemented.");
      const { id } = await ctx.db.one(addAmendmentStep, {
        amendmentId: params.id,
        step: params.step,
        onDay: dayOf(ctx.now),
      });
      if (params.step === "approved") await tellRules(ctx, { event: "amendment-approved", causeId: id });
      ctx.audit("studies.amendment_moved", { number: line.number, step: params.step });
      return new Redirect(ctx.url("/amendments"), "Noted.");
    },
  }),
];
