/** The team's pages about people: who is where, one participant, asking, closing and taking back. */
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { addSubject } from "@core/subjects/subjects.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { ageOn } from "../assent.ts";
import { languageNames, languages } from "../document.ts";
import { inForce } from "../effect.ts";
import { consentsFound, findConsent } from "../found.ts";
import type { Econsent } from "../names.ts";
import { opened } from "../opened.ts";
import { rulesOf } from "../rules.ts";
import { circumstances, circumstancesInWords, signerRolesInWords, signersFor } from "../signers.ts";
import { openDues, standingFor } from "../standing.ts";
import {
  addConsent,
  addDecline,
  addSigners,
  allParticipants,
  duesOf,
  invitationsOf,
  type ParticipantRow,
  participantById,
  questionsOf,
  readingsOf,
  standingsOf,
  withdrawalsOf,
  wrongTriesOf,
} from "../store/consents.ts";
import { allDocuments, allSites } from "../store/documents.ts";
import { dayOf, publishedText, textInForce, versionStandings } from "../versions.ts";
import { AddParticipantPage, BeginPage, ParticipantPage, StaffWithdrawPage } from "../views/participants.tsx";
import { consequencesOf, scopesOf, withdrawable } from "../withdrawal.ts";
import { takeBack } from "../withdrawing.ts";
import { wordsIn } from "../words.ts";
import { byId, headOf, openContact, text } from "./person.ts";
import { formAgain } from "./refused.ts";
import { talksOf } from "./talking.ts";

const { get, post } = routesFor<Econsent>();
const participantBody = t.Object({
  code: t.String({ title: "Code", minLength: 1, maxLength: 40, pattern: "^[A-Za-z0-9._-]+$" }),
  siteId: t.Optional(t.String({ title: "Site", format: "uuid" })),
  name: t.String({ title: "Name", minLength: 2, maxLength: 120 }),
  birthDate: t.Optional(t.String({ title: "Birth date", format: "date" })),
  email: t.Optional(t.String({ title: "E-mail", format: "email" })),
  phone: text("Telephone", 40),
});
const beginBody = t.Object({
  documentId: t.String({ title: "Document", format: "uuid" }),
  language: t.Union(
    languages.map((one) => t.Literal(one)),
    { title: "Language" },
  ),
  circumstance: t.Union(
    circumstances.map((one) => t.Literal(one)),
    { title: "Who decides" },
  ),
  cannotRead: t.Boolean(),
});
const scopesBody = t.Object({
  scope: t.Array(t.Union(withdrawable.map((one) => t.Literal(one))), { title: "What is taken back" }),
  told: t.Union([t.Literal("in_person"), t.Literal("telephone"), t.Literal("letter")], { title: "How it was told" }),
  reason: text("Reason", 1000),
});

export const participantRoutes = [
  get("/participants/new", {
    needs: "econsent.obtain",
    run: async (_, ctx) => AddParticipantPage(await addPage(ctx)),
  }),

  post("/participants/new", {
    needs: "econsent.obtain",
    body: participantBody,
    refused: async (typed, problems, ctx) =>
      AddParticipantPage({ ...(await addPage(ctx)), form: formAgain(typed, problems) }),
    async run({ body }, ctx) {
      const { code, siteId, ...identity } = body;
      const sites = await ctx.db.all(allSites, {});
      if (sites.length > 0 && !siteId)
        throw Problem.invalid({ siteId: "Choose the site where this person takes part." });
      if (siteId && !sites.some(({ id }) => id === siteId))
        throw Problem.invalid({ siteId: "Choose a site of this study." });
      const kind = ctx.workspace.kind === "service" ? ("member" as const) : ("participant" as const);
      const id = await addSubject(ctx, { code, kind, identity, ...(siteId ? { siteId } : {}) });
      return new Redirect(ctx.url(`/participants/${id}`), "Added.");
    },
  }),

  get("/participants/:id", {
    needs: "econsent.status.read",
    params: byId,
    run: async ({ params }, ctx) => ParticipantPage(await pageOf(ctx, await ctx.db.one(participantById, params))),
  }),

  get("/participants/:id/begin", {
    needs: "econsent.obtain",
    params: byId,
    run: async ({ params }, ctx) => BeginPage(await beginPage(ctx, await ctx.db.one(participantById, params))),
  }),

  post("/participants/:id/begin", {
    needs: "econsent.obtain",
    params: byId,
    body: beginBody,
    refused: async (typed, problems, ctx, params) =>
      BeginPage({
        ...(await beginPage(ctx, await ctx.db.one(participantById, params))),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const person = await ctx.db.one(participantById, params);
      const { documentId, language, circumstance, cannotRead } = body;
      const { siteId } = person;
      const here = inForce(await versionStandings(ctx), documentId, siteId, language, dayOf(ctx.now));
      if (!here)
        throw Problem.invalid({
          language: `No version of this document is in force here in ${languageNames[language]}. Enter its ethics approval under Documents first.`,
        });
      const known = await consentsFound(ctx, person.id);
      if (
        known.some((one) => one.consent.documentId === documentId && (one.state === "open" || one.state === "signing"))
      )
        throw Problem.refused("This document is being signed already. Close that first, or go on with it.");
      const before = known.filter(({ consent, completion }) => consent.documentId === documentId && completion);
      const dues = await ctx.db.all(duesOf, { subjectId: person.id });
      const cause =
        before.length === 0
          ? "first"
          : dues.some((due) => due.cause === "majority") && circumstance !== "minor"
            ? "majority"
            : "amendment";
      const { content } = await publishedText(ctx, here.row);
      const age = circumstance === "minor" ? await ageOf(ctx, person.id) : null;
      if (circumstance === "minor" && content.assents && age === null)
        throw Problem.invalid({
          circumstance: "No birth date is on file: what a child reads depends on its age. Add it to the participant.",
        });
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addConsent, {
        id,
        age,
        subjectId: person.id,
        documentId,
        siteId,
        language,
        circumstance,
        reads: !cannotRead,
        cause,
      });
      const signers = signersFor(circumstance, !cannotRead, rulesOf(ctx.settings));
      await ctx.db.all(
        addSigners(signers.map((one, at) => ({ ...one, consentId: id, subjectId: person.id, ordinal: at + 1 }))),
        {},
      );
      ctx.audit("econsent.begun", { subjectId: person.id, subject: person.code, document: here.row.document });
      return new Redirect(ctx.url(`/participants/${person.id}`), "Begun. Now make a way in for the first who signs.");
    },
  }),

  post("/consents/:id/close", {
    needs: "econsent.obtain",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      if (found.completion || found.decline) throw Problem.refused("This is over already.");
      const { subjectId } = found.consent;
      await ctx.db.one(addDecline, {
        id: Bun.randomUUIDv7(),
        subjectId,
        consentId: params.id,
        signerId: null,
        reason: null,
      });
      for (const { signerId, linkId } of await ctx.db.all(invitationsOf, { subjectId }))
        if (found.signers.some(({ id }) => id === signerId)) await endLink(ctx, linkId);
      const { code } = await ctx.db.one(participantById, { id: subjectId });
      ctx.audit("econsent.closed", { subjectId, subject: code });
      return new Redirect(ctx.url(`/participants/${subjectId}`), "Closed. Its links lead nowhere any more.");
    },
  }),

  get("/participants/:id/withdraw", {
    needs: "econsent.withdraw",
    params: byId,
    run: async ({ params }, ctx) =>
      StaffWithdrawPage(await withdrawPage(ctx, await ctx.db.one(participantById, params))),
  }),

  post("/participants/:id/withdraw", {
    needs: "econsent.withdraw",
    params: byId,
    body: scopesBody,
    refused: async (typed, problems, ctx, params) =>
      StaffWithdrawPage({
        ...(await withdrawPage(ctx, await ctx.db.one(participantById, params))),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const person = await ctx.db.one(participantById, params);
      if (body.scope.length === 0) throw Problem.invalid({ scope: "Choose what is taken back." });
      await takeBack(ctx, {
        subjectId: person.id,
        chosen: body.scope,
        reason: body.reason ?? null,
        told: body.told,
      });
      return new Redirect(ctx.url(`/participants/${person.id}`), "Recorded. It holds from now on.");
    },
  }),
];

/** In years, today: the birth date is looked at and not kept. */
async function ageOf(ctx: Context<Econsent>, subjectId: string): Promise<number | null> {
  const born = await openContact(ctx, subjectId, "birthDate", "to give a child the words for its age");
  return born === null ? null : ageOn(born, dayOf(ctx.now));
}

async function addPage(ctx: Context<Econsent>) {
  return {
    action: ctx.url("/participants/new"),
    crumbs: [{ label: "Participants", href: ctx.url("/") }],
    sites: (await ctx.db.all(allSites, {})).map(({ id, code, name }) => ({
      value: id,
      label: name === code ? code : `${code} ${name}`,
    })),
    next: `P-${String((await ctx.db.all(allParticipants, {})).length + 1).padStart(3, "0")}`,
  };
}

async function beginPage(ctx: Context<Econsent>, person: ParticipantRow) {
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/participants/${person.id}/begin`),
    documents: (await ctx.db.all(allDocuments, {})).map(({ id, title }) => ({ value: id, label: title })),
    languages: languages.map((value) => ({ value, label: languageNames[value] })),
    circumstances: circumstances.map((value) => ({ value, label: circumstancesInWords[value] })),
  };
}

async function withdrawPage(ctx: Context<Econsent>, person: ParticipantRow) {
  const rows = await ctx.db.all(standingsOf, { subjectId: person.id });
  const today = dayOf(ctx.now);
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/participants/${person.id}/withdraw`),
    open: withdrawable.filter((scope) => standingFor(scope, rows, [], today) === "given"),
    consequences: withdrawable.map((scope) => ({
      scope,
      sentences: consequencesOf(scopesOf([scope])).map((one) => wordsIn.en.consequences[one]),
    })),
  };
}

async function pageOf(ctx: Context<Econsent>, person: ParticipantRow) {
  const subjectId = person.id;
  const found = await consentsFound(ctx, subjectId);
  const rows = await ctx.db.all(standingsOf, { subjectId });
  const dues = await ctx.db.all(duesOf, { subjectId });
  const today = dayOf(ctx.now);
  const given = rows
    .filter(({ scope, state }) => scope === "participation" && state === "given")
    .sort((a, b) => b.at.getTime() - a.at.getTime())[0];
  const invitations = await ctx.db.all(invitationsOf, { subjectId });
  const seesNames = ctx.may("econsent.identities.read");
  const withdrawals = await ctx.db.all(withdrawalsOf, { subjectId });
  const questions = await ctx.db.all(questionsOf, { subjectId });
  const reasons = seesNames
    ? await opened(
        ctx,
        subjectId,
        withdrawals.map(({ id, reason }) => ({ row: id, value: reason })),
        "to read why consent was taken back",
      )
    : () => "";
  const obtains = ctx.may("econsent.obtain");
  const consents = [];
  for (const one of found) {
    const { consent, signers, turn, state, completion } = one;
    const current = await textInForce(ctx, consent);
    const stale = signers.some(
      ({ signature }) =>
        signature && !completion && current && signature.versionId !== current.version.id && signature.way !== "paper",
    );
    const people = [];
    for (const signer of signers) {
      const isTurn = turn.some(({ id }) => id === signer.id);
      const [link] = invitations.filter(({ signerId }) => signerId === signer.id);
      people.push({
        role: signerRolesInWords[signer.role],
        signedAt: signer.signature?.madeAt ?? null,
        way: signer.signature?.way ?? null,
        invitedAt: link?.madeAt ?? null,
        hasStarted: (await ctx.db.all(readingsOf, { signerId: signer.id })).length > 0,
        isTurn,
        talk: isTurn ? ((await talksOf(ctx, one, signer))?.questions.map(({ ask }) => ask) ?? []) : [],
        actions:
          isTurn && obtains && signer.role !== "investigator" && !stale
            ? {
                invite: ctx.url(`/signers/${signer.id}/invite`),
                handOver: ctx.url(`/signers/${signer.id}/hand-over`),
                talked: ctx.url(`/signers/${signer.id}/talked`),
              }
            : null,
        countersign:
          isTurn && signer.role === "investigator" && ctx.may("econsent.countersign")
            ? ctx.url(`/consents/${consent.id}/countersign`)
            : null,
      });
    }
    consents.push({
      title: consent.document,
      language: languageNames[consent.language],
      circumstance: circumstancesInWords[consent.circumstance],
      cause: consent.cause,
      state,
      number: completion?.number ?? null,
      isStale: stale,
      nothingInForce: current === null && state !== "in effect",
      people,
      evidence: ctx.url(`/consents/${consent.id}`),
      paper: obtains && state === "open" ? ctx.url(`/consents/${consent.id}/paper`) : null,
      close: obtains && (state === "open" || state === "signing") ? ctx.url(`/consents/${consent.id}/close`) : null,
    });
  }
  const wrong = (await ctx.db.all(wrongTriesOf, { subjectId })).length;
  return {
    code: person.code,
    site: person.site,
    name: ctx.may("core.identities.open") ? ((await ctx.names([subjectId])).get(subjectId) ?? null) : null,
    crumbs: [{ label: "Participants", href: ctx.url("/") }],
    stands: given
      ? withdrawable.map((scope) => ({ scope, standing: standingFor(scope, rows, dues, today) }))
      : rows.length > 0
        ? withdrawable.map((scope) => ({ scope, standing: standingFor(scope, rows, dues, today) }))
        : [],
    dues: given
      ? openDues(dues, given.at).map(({ number, dueOn, cause }) => ({
          number,
          dueOn,
          cause,
          isLate: cause === "majority" || today > dueOn,
        }))
      : [],
    consents,
    questions: questions.map((one) => ({
      at: one.madeAt,
      href: seesNames ? ctx.url(`/questions/${one.id}`) : null,
      holds: one.holds,
      repliedAt: one.repliedAt,
    })),
    withdrawals: withdrawals.map(({ id, scopes, told, madeAt }) => ({ at: madeAt, scopes, told, reason: reasons(id) })),
    wrongTries: wrong,
    begin: obtains ? ctx.url(`/participants/${subjectId}/begin`) : null,
    ownPage: obtains && found.some(({ completion }) => completion) ? ctx.url(`/participants/${subjectId}/page`) : null,
    withdraw: ctx.may("econsent.withdraw") && given ? ctx.url(`/participants/${subjectId}/withdraw`) : null,
  };
}

export type BeginForm = Static<typeof beginBody>;
