/** The team's pages: who is where, one participant, ways in, paper, answers, countersignature, taking back. */

import { isEmail } from "@core/http/formats.ts";
import { upload } from "@core/http/input.ts";
import { leaveTo } from "@core/identity/leaving.ts";
import { type Context, Locked, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { addSubject } from "@core/subjects/subjects.ts";
import { randomDigits, sha256 } from "@core/vault/primitives.ts";
import { type Static, Type as t } from "@sinclair/typebox";
import { encode } from "uqr";
import { ageOn } from "../assent.ts";
import { completeIfWhole, digestOfSigned } from "../completing.ts";
import { needsTalk } from "../comprehension.ts";
import { forChild, hex, languageNames, languages } from "../document.ts";
import { inForce } from "../effect.ts";
import { evidenceOf } from "../evidence.ts";
import { evidenceDocument } from "../evidence-document.ts";
import { type ConsentFound, consentsFound, findConsent, type SignerFound } from "../found.ts";
import { levels, type Method, methods, methodsInWords } from "../identification.ts";
import type { Econsent } from "../names.ts";
import { opened } from "../opened.ts";
import { rulesOf } from "../rules.ts";
import { giveScan } from "../scan.ts";
import { circumstances, circumstancesInWords, meaningOf, signerRolesInWords, signersFor } from "../signers.ts";
import { openDues, standingFor } from "../standing.ts";
import {
  addCode,
  addConsent,
  addDecline,
  addInvitation,
  addPaper,
  addReply,
  addSignature,
  addSigners,
  addStep,
  allParticipants,
  type ConsentRow,
  completionsOf,
  contactOf,
  duesOf,
  invitationsOf,
  type ParticipantRow,
  participantById,
  questionById,
  questionsOf,
  readingsOf,
  signerById,
  standingsOf,
  stepsOf,
  withdrawalsOf,
  wrongTriesOf,
} from "../store/consents.ts";
import { allDocuments, allSites, allVersions, versionById } from "../store/documents.ts";
import { codes as codesTable, papers, replies, signatures } from "../tables.ts";
import { dayOf, publishedText, textInForce, versionStandings } from "../versions.ts";
import {
  AddParticipantPage,
  BeginPage,
  CountersignPage,
  EvidencePage,
  HandOverPage,
  InvitePage,
  LinkPage,
  PaperPage,
  ParticipantPage,
  ReplyPage,
  StaffWithdrawPage,
} from "../views/participants.tsx";
import { consequencesOf, scopesOf, withdrawable } from "../withdrawal.ts";
import { takeBack } from "../withdrawing.ts";
import { wordsIn } from "../words.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const uuid = t.String({ format: "uuid" });
const byId = t.Object({ id: uuid });
const text = (title: string, maxLength: number) => t.Optional(t.String({ title, maxLength }));

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
const inviteBody = t.Object({
  method: t.Union(
    methods.map((one) => t.Literal(one)),
    { title: "Proof of identity" },
  ),
  to: text("E-mail", 200),
});
const paperBody = t.Object({
  scan: upload({ title: "the scan" }),
  versionId: t.String({ title: "Version", format: "uuid" }),
  signedOn: t.String({ title: "Signed on", format: "date" }),
  names: t.Record(t.String(), t.String({ maxLength: 120 })),
  yes: t.Array(t.String({ maxLength: 40 }), { maxItems: 40 }),
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

  get("/signers/:id/invite", {
    needs: "econsent.obtain",
    params: byId,
    run: async ({ params }, ctx) => InvitePage(await invitePage(ctx, await turnOf(ctx, params.id))),
  }),
  post("/signers/:id/invite", {
    needs: "econsent.obtain",
    params: byId,
    body: inviteBody,
    refused: async (typed, problems, ctx, params) =>
      InvitePage({ ...(await invitePage(ctx, await turnOf(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const turn = await turnOf(ctx, params.id);
      const { signer, person, found } = turn;
      const { method } = body;
      requireLevel(ctx, method);
      const isOwn = signer.role === "participant" || signer.role === "minor";
      const email = method === "mail_code" || isOwn ? await emailOf(ctx, person.id) : null;
      if (method === "mail_code" && !isOwn)
        throw Problem.invalid({
          method: "Codes by mail go to the address on file, which is the participant's. Tell this signer the code.",
        });
      if (method === "mail_code" && !email)
        throw Problem.invalid({
          method: "No e-mail address is on file for this participant. Choose another way, or add it.",
        });
      if (body.to && !isEmail(body.to))
        throw Problem.invalid({ to: "Write an address like name@example.org, or leave it empty." });
      const untilAt = new Date(ctx.now.getTime() + ctx.settings.linkDays * 86_400_000);
      const { path, code } = await makeWay(ctx, turn, { method, untilAt, isKiosk: false });
      const url = ctx.address(path);
      const to = method === "mail_code" ? email : body.to || null;
      if (to) {
        const letter = wordsIn[found.consent.language].mailInvite(url, dayOf(untilAt));
        await ctx.mail({ to, ...letter });
      }
      ctx.audit("econsent.invited", {
        subjectId: person.id,
        subject: person.code,
        role: signerRolesInWords[signer.role].toLowerCase(),
        method: methodsInWords[method],
      });
      return LinkPage({
        ...headOf(ctx, person),
        role: signerRolesInWords[signer.role],
        url,
        code,
        isMailed: to !== null,
        method: methodsInWords[method],
        until: untilAt,
        modules: encode(url, { border: 2 }).data,
      });
    },
  }),

  get("/signers/:id/hand-over", {
    needs: "econsent.obtain",
    params: byId,
    run: async ({ params }, ctx) => HandOverPage(await invitePage(ctx, await turnOf(ctx, params.id))),
  }),
  post("/signers/:id/hand-over", {
    needs: "econsent.obtain",
    params: byId,
    body: t.Object({
      pin: t.String({ title: "PIN", pattern: "^\\d{6}$", writeOnly: true }),
      seen: t.Boolean(),
    }),
    refused: async (typed, problems, ctx, params) =>
      HandOverPage({ ...(await invitePage(ctx, await turnOf(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      if (!body.seen) throw Problem.invalid({ seen: "Confirm that you know who it is: it stands on the signature." });
      if (/^(\d)\1+$|^(012345|123456|654321)$/.test(body.pin))
        throw Problem.invalid({ pin: "Choose a PIN that is not so easily guessed." });
      const turn = await turnOf(ctx, params.id);
      const { signer, person } = turn;
      const untilAt = new Date(ctx.now.getTime() + 2 * 3_600_000);
      const { path } = await makeWay(ctx, turn, { method: "in_person", untilAt, isKiosk: true, pin: body.pin });
      ctx.audit("econsent.handed_over", {
        subjectId: person.id,
        subject: person.code,
        role: signerRolesInWords[signer.role].toLowerCase(),
      });
      // The tablet changes hands: nothing of the session may stay on it.
      return await leaveTo(ctx, path);
    },
  }),

  post("/participants/:id/page", {
    needs: "econsent.obtain",
    params: byId,
    async run({ params }, ctx) {
      const person = await ctx.db.one(participantById, params);
      const completions = await ctx.db.all(completionsOf, { subjectId: person.id });
      if (completions.length === 0) throw Problem.refused("There is nothing to show yet: no consent took effect.");
      const untilAt = new Date(ctx.now.getTime() + ctx.settings.linkDays * 86_400_000);
      const { path, code } = await makeOwnWay(ctx, person.id, "told_code", untilAt);
      const url = ctx.address(path);
      ctx.audit("econsent.invited", {
        subjectId: person.id,
        subject: person.code,
        role: "own page",
        method: methodsInWords.told_code,
      });
      return LinkPage({
        ...headOf(ctx, person),
        role: "the participant's own page",
        url,
        code,
        isMailed: false,
        method: methodsInWords.told_code,
        until: untilAt,
        modules: encode(url, { border: 2 }).data,
      });
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

  get("/questions/:id", {
    needs: "econsent.identities.read",
    params: byId,
    run: async ({ params }, ctx) => ReplyPage(await replyPage(ctx, params.id)),
  }),
  post("/questions/:id", {
    needs: "econsent.obtain",
    params: byId,
    body: t.Object({ reply: t.String({ title: "Answer", minLength: 1, maxLength: 2000 }) }),
    refused: async (typed, problems, ctx, params) =>
      ReplyPage({ ...(await replyPage(ctx, params.id)), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const { subjectId } = await ctx.db.one(questionById, params);
      const id = Bun.randomUUIDv7();
      await ctx.db.one(addReply, {
        id,
        subjectId,
        questionId: params.id,
        text: await ctx.seal(replies.text, body.reply, { row: id, subject: subjectId }),
      });
      const { code } = await ctx.db.one(participantById, { id: subjectId });
      ctx.audit("econsent.replied", { subjectId, subject: code });
      return new Redirect(ctx.url(`/participants/${subjectId}`), "Answered. It stands on the participant's page.");
    },
  }),

  post("/signers/:id/talked", {
    needs: "econsent.obtain",
    params: byId,
    async run({ params }, ctx) {
      const { person, signer, found } = await turnOf(ctx, params.id);
      const open = await talksOf(ctx, found, signer);
      if (!open) throw Problem.refused("Nothing has to be talked over now.");
      for (const { id } of open.questions)
        await ctx.db.one(addStep, {
          subjectId: person.id,
          readingId: open.readingId,
          signerId: signer.id,
          kind: "talked",
          part: id,
          value: null,
          isRight: null,
          openedFull: null,
        });
      ctx.audit("econsent.talked", { subjectId: person.id, subject: person.code });
      return new Redirect(ctx.url(`/participants/${person.id}`), "Recorded. He or she can go on.");
    },
  }),

  get("/consents/:id/paper", {
    needs: "econsent.obtain",
    params: byId,
    run: async ({ params }, ctx) => PaperPage(await paperPage(ctx, await findConsent(ctx, params.id))),
  }),
  post("/consents/:id/paper", {
    needs: "econsent.obtain",
    params: byId,
    bodyLimit: 12_000_000,
    body: paperBody,
    refused: async (typed, problems, ctx, params) =>
      PaperPage({ ...(await paperPage(ctx, await findConsent(ctx, params.id))), form: formAgain(typed, problems) }),
    async run({ params, body }, ctx) {
      const found = await findConsent(ctx, params.id);
      const { consent } = found;
      const { subjectId } = consent;
      if (found.state !== "open") throw Problem.refused("Paper is added before anybody has signed here.");
      requireLevel(ctx, "in_person");
      const type = typeOf(body.scan.bytes);
      if (!type) throw Problem.invalid({ scan: "Choose a PDF, PNG or JPEG." });
      if (body.signedOn > dayOf(ctx.now)) throw Problem.invalid({ signedOn: "Nobody signed in the future." });
      const version = (await ctx.db.all(allVersions, {})).find(
        ({ id, documentId, publicationId }) =>
          id === body.versionId && documentId === consent.documentId && publicationId,
      );
      if (!version) throw Problem.invalid({ versionId: "Choose the version that stands on the paper." });
      const { content, sha256: documentSha256 } = await publishedText(ctx, version);
      const onPaper = found.signers.filter(({ role }) => role !== "investigator");
      const nameless = onPaper.find(({ id }) => !body.names[id]?.trim());
      if (nameless)
        throw Problem.invalid({
          [`names.${nameless.id}`]: `Write the name of the ${signerRolesInWords[nameless.role].toLowerCase()} as it stands on the paper.`,
        });
      const paperId = Bun.randomUUIDv7();
      const digest = sha256(body.scan.bytes);
      await ctx.db.one(addPaper, {
        id: paperId,
        subjectId,
        consentId: consent.id,
        scan: await ctx.seal(papers.scan, body.scan.bytes, { row: paperId, subject: subjectId }),
        type,
        sha256: digest,
        bytes: body.scan.bytes.byteLength,
      });
      for (const [at, signer] of onPaper.entries()) {
        const id = Bun.randomUUIDv7();
        const signed = {
          consentId: consent.id,
          signerId: signer.id,
          versionId: version.id,
          documentSha256: hex(documentSha256),
          role: signer.role,
          way: "paper" as const,
          meaning: meaningOf[signer.role],
          name: body.names[signer.id]?.trim() ?? "",
          relation: null,
          drawing: null,
          answers: {
            ...Object.fromEntries(content.agreements.map((one) => [one.id, "yes" as const])),
            ...(at === 0
              ? Object.fromEntries(
                  content.choices.map((one) => [
                    one.id,
                    body.yes.includes(one.id) ? ("yes" as const) : ("no" as const),
                  ]),
                )
              : {}),
          },
          signedOn: body.signedOn,
        };
        await ctx.db.one(addSignature, {
          id,
          subjectId,
          consentId: signed.consentId,
          signerId: signed.signerId,
          readingId: null,
          versionId: signed.versionId,
          role: signed.role,
          way: signed.way,
          method: "in_person",
          meaning: signed.meaning,
          name: await ctx.seal(signatures.name, signed.name, { row: id, subject: subjectId }),
          relation: null,
          drawing: null,
          answers: signed.answers,
          documentSha256,
          contentSha256: digestOfSigned(signed),
          signedOn: signed.signedOn,
        });
      }
      const { code } = await ctx.db.one(participantById, { id: subjectId });
      ctx.audit("econsent.paper_added", {
        subjectId,
        subject: code,
        on: body.signedOn,
        digest: hex(digest).slice(0, 16),
      });
      await completeIfWhole(ctx, consent, version);
      return new Redirect(ctx.url(`/participants/${subjectId}`), "The paper is kept, sealed.");
    },
  }),

  get("/consents/:id/countersign", {
    needs: "econsent.countersign",
    params: byId,
    run: async ({ params }, ctx) => CountersignPage(await countersignPage(ctx, await findConsent(ctx, params.id))),
  }),
  post("/consents/:id/countersign", {
    needs: "econsent.countersign",
    signs: "econsent.countersigned",
    params: byId,
    body: t.Object({ digest: t.String({ pattern: "^[0-9a-f]{64}$" }) }),
    refused: async (typed, problems, ctx, params) =>
      CountersignPage({
        ...(await countersignPage(ctx, await findConsent(ctx, params.id))),
        form: formAgain(typed, problems),
      }),
    async run({ params, body }, ctx) {
      const found = await findConsent(ctx, params.id);
      const signer = found.turn.find(({ role }) => role === "investigator");
      if (!signer) throw Problem.refused(found.completion ? "This is countersigned already." : "Others sign first.");
      const delegation = await delegationOf(ctx, found.consent);
      if (delegation.why) throw Problem.refused(delegation.why);
      const { subjectId } = found.consent;
      const others = found.signers.flatMap(({ signature }) => (signature ? [signature] : []));
      if (digestOfAll(others) !== body.digest)
        throw new Problem("conflict", "What was signed changed while you read it. Read it again.");
      const version = await ctx.db.one(versionById, { id: others[0]?.versionId ?? "" });
      const { sha256: documentSha256 } = await publishedText(ctx, version);
      const id = Bun.randomUUIDv7();
      const signed = {
        consentId: found.consent.id,
        signerId: signer.id,
        versionId: version.id,
        documentSha256: hex(documentSha256),
        role: "investigator" as const,
        way: "password" as const,
        meaning: meaningOf.investigator,
        name: ctx.actor.name,
        relation: null,
        drawing: null,
        answers: {},
        signedOn: dayOf(ctx.now),
      };
      const digest = digestOfSigned(signed);
      await ctx.db.one(addSignature, {
        id,
        subjectId,
        consentId: signed.consentId,
        signerId: signed.signerId,
        readingId: null,
        versionId: signed.versionId,
        role: signed.role,
        way: signed.way,
        method: null,
        meaning: signed.meaning,
        name: await ctx.seal(signatures.name, signed.name, { row: id, subject: subjectId }),
        relation: null,
        drawing: null,
        answers: signed.answers,
        documentSha256,
        contentSha256: digest,
        signedOn: signed.signedOn,
      });
      await ctx.sign({ record: "econsent.signatures", row: id, subjectId, content: signed });
      const { code } = await ctx.db.one(participantById, { id: subjectId });
      ctx.audit("econsent.countersigned", { subjectId, subject: code, digest: hex(digest).slice(0, 16) });
      await completeIfWhole(ctx, found.consent, version);
      return new Redirect(ctx.url(`/participants/${subjectId}`), "Countersigned. The consent is in effect.");
    },
  }),

  get("/consents/:id", {
    needs: "econsent.status.read",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const person = await ctx.db.one(participantById, { id: found.consent.subjectId });
      const names = ctx.may("econsent.identities.read");
      return EvidencePage({
        ...headOf(ctx, person),
        evidence: await evidenceOf(ctx, found, { names }),
        pdfHref: ctx.url(`/consents/${params.id}/${names ? "evidence" : "redacted"}.pdf`),
        redactedHref: names ? ctx.url(`/consents/${params.id}/redacted.pdf`) : null,
        isRedacted: !names,
        scanHref: ctx.may("econsent.export") ? (id) => ctx.url(`/papers/${id}/scan`) : null,
      });
    },
  }),
  get("/consents/:id/evidence.pdf", {
    needs: "econsent.export",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const evidence = await evidenceOf(ctx, found, { names: true });
      return await ctx.pdf(
        "econsent.evidence",
        `consent-${evidence.code}.pdf`,
        evidenceDocument(evidence, "en"),
        evidence.rowIds,
      );
    },
  }),
  get("/consents/:id/redacted.pdf", {
    needs: "econsent.export.redacted",
    params: byId,
    async run({ params }, ctx) {
      const found = await findConsent(ctx, params.id);
      const evidence = await evidenceOf(ctx, found, { names: false });
      return await ctx.pdf(
        "econsent.redacted",
        `consent-${evidence.code}.pdf`,
        evidenceDocument(evidence, "en"),
        evidence.rowIds,
      );
    },
  }),

  get("/papers/:id/scan", {
    needs: "econsent.export",
    params: byId,
    run: async ({ params }, ctx) => giveScan(ctx, params.id, "econsent.scan"),
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

interface TurnFound {
  readonly person: ParticipantRow;
  readonly signer: SignerFound;
  readonly found: ConsentFound;
}

/** This signer, whose turn it is; else a sentence on why not. */
async function turnOf(ctx: Context<Econsent>, signerId: string): Promise<TurnFound> {
  const row = await ctx.db.one(signerById, { id: signerId });
  const found = await findConsent(ctx, row.consentId);
  const signer = found.turn.find(({ id }) => id === signerId);
  if (!signer || signer.role === "investigator")
    throw Problem.refused(
      found.completion || found.decline ? "This is over already." : "It is not this signer's turn. Others sign first.",
    );
  return { person: await ctx.db.one(participantById, { id: row.subjectId }), signer, found };
}

function requireLevel(ctx: Context<Econsent>, method: Method): void {
  if (levels[method] < levels[ctx.settings.leastIdentity])
    throw Problem.invalid({
      method: `This study asks for more: ${methodsInWords[ctx.settings.leastIdentity].toLowerCase()}, or better.`,
    });
}

const emailOf = (ctx: Context<Econsent>, subjectId: string) => openContact(ctx, subjectId, "email", "to send a link");

/** In years, today: the birth date is looked at and not kept. */
async function ageOf(ctx: Context<Econsent>, subjectId: string): Promise<number | null> {
  const born = await openContact(ctx, subjectId, "birthDate", "to give a child the words for its age");
  return born === null ? null : ageOn(born, dayOf(ctx.now));
}

async function openContact(
  ctx: Context<Econsent>,
  subjectId: string,
  what: "email" | "birthDate",
  why: string,
): Promise<string | null> {
  const contact = await ctx.db.first(contactOf, { subjectId });
  const value = contact?.[what];
  if (!value) return null;
  const [text] = await ctx.openMany([{ value, at: { row: subjectId, subject: subjectId } }], why);
  if (text instanceof Locked) throw new Problem("locked", text.sentence);
  return text ?? null;
}

interface WayIn {
  readonly method: Method;
  readonly untilAt: Date;
  readonly isKiosk: boolean;
  readonly pin?: string;
}
/** A new link for this signer; those made for him before lead nowhere any more. */
async function makeWay(ctx: Context<Econsent>, { person, signer }: TurnFound, way: WayIn) {
  for (const before of await ctx.db.all(invitationsOf, { subjectId: person.id }))
    if (before.signerId === signer.id) await endLink(ctx, before.linkId);
  return layWay(ctx, person.id, signer.id, way);
}
const makeOwnWay = (ctx: Context<Econsent>, subjectId: string, method: Method, untilAt: Date) =>
  layWay(ctx, subjectId, null, { method, untilAt, isKiosk: false });

async function layWay(ctx: Context<Econsent>, subjectId: string, signerId: string | null, way: WayIn) {
  const { method, untilAt, isKiosk } = way;
  const linkId = Bun.randomUUIDv7();
  const id = Bun.randomUUIDv7();
  const path = await ctx.portalLink(subjectId, untilAt, linkId);
  await ctx.db.one(addInvitation, { id, subjectId, signerId, linkId, method, untilAt, isKiosk });
  const code = method === "mail_code" ? null : (way.pin ?? randomDigits(6));
  if (code !== null) {
    const codeId = Bun.randomUUIDv7();
    await ctx.db.one(addCode, {
      id: codeId,
      subjectId,
      invitationId: id,
      ordinal: 1,
      code: await ctx.seal(codesTable.code, code, { row: codeId, subject: subjectId }),
      untilAt,
    });
  }
  return { path, code };
}

const headOf = (ctx: Context<Econsent>, person: ParticipantRow) => ({
  code: person.code,
  crumbs: [
    { label: "Participants", href: ctx.url("/") },
    { label: person.code, href: ctx.url(`/participants/${person.id}`) },
  ],
});

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

async function invitePage(ctx: Context<Econsent>, { person, signer }: TurnFound) {
  const isOwn = signer.role === "participant" || signer.role === "minor";
  const contact = isOwn ? await ctx.db.first(contactOf, { subjectId: person.id }) : null;
  return {
    ...headOf(ctx, person),
    role: signerRolesInWords[signer.role],
    action: ctx.url(`/signers/${signer.id}`),
    days: ctx.settings.linkDays,
    methods: methods
      .filter((one) => levels[one] >= levels[ctx.settings.leastIdentity])
      .filter((one) => one !== "mail_code" || contact?.email)
      .map((value) => ({ value, label: methodsInWords[value] })),
  };
}

async function replyPage(ctx: Context<Econsent>, id: string) {
  const { subjectId } = await ctx.db.one(questionById, { id });
  const person = await ctx.db.one(participantById, { id: subjectId });
  const question = (await ctx.db.all(questionsOf, { subjectId })).find((one) => one.id === id);
  if (!question) throw Problem.notFound();
  const texts = await opened(
    ctx,
    subjectId,
    [
      { row: question.id, value: question.text },
      { row: question.replyId ?? "", value: question.reply },
    ],
    "to answer a question",
  );
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/questions/${id}`),
    question: texts(question.id),
    reply: question.replyId ? texts(question.replyId) : null,
    holds: question.holds,
    mayReply: ctx.may("econsent.obtain") && !question.replyId,
  };
}

/** What this signer answered wrong so often that the team talks it over; null when there is nothing of the kind. */
async function talksOf(ctx: Context<Econsent>, found: ConsentFound, signer: SignerFound) {
  const [reading] = await ctx.db.all(readingsOf, { signerId: signer.id });
  const text = reading && (await textInForce(ctx, found.consent));
  if (!reading || !text || text.version.id !== reading.versionId) return null;
  const steps = await ctx.db.all(stepsOf, { readingId: reading.id });
  const answers = steps.flatMap(({ kind, part, isRight }) =>
    kind === "answered" ? [{ questionId: part, isRight: isRight === true }] : [],
  );
  const { questions: asked } = signer.role === "minor" ? forChild(text.content, found.consent.age) : text.content;
  const questions = needsTalk(asked, answers, ctx.settings.wrongAnswers).filter(
    ({ id }) => !steps.some((step) => step.part === id && (step.kind === "talked" || step.isRight)),
  );
  return questions.length > 0 ? { readingId: reading.id, questions } : null;
}

async function paperPage(ctx: Context<Econsent>, found: ConsentFound) {
  const { consent } = found;
  const person = await ctx.db.one(participantById, { id: consent.subjectId });
  const versions = (await ctx.db.all(allVersions, {})).filter(
    ({ documentId, publicationId }) => documentId === consent.documentId && publicationId,
  );
  const [newest] = versions;
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/consents/${consent.id}/paper`),
    versions: versions.map(({ id, number, language }) => ({
      value: id,
      label: `Version ${number}, ${languageNames[language]}`,
    })),
    signers: found.signers
      .filter(({ role }) => role !== "investigator")
      .map(({ id, role }) => ({ id, role: signerRolesInWords[role] })),
    choices: newest ? (await publishedText(ctx, newest)).content.choices : [],
    today: dayOf(ctx.now),
  };
}

const digestOfAll = (others: readonly { readonly id: string; readonly contentSha256: Uint8Array }[]): string =>
  hex(
    sha256(
      others
        .map(({ id, contentSha256 }) => `${id} ${hex(contentSha256)}`)
        .sort()
        .join("\n"),
    ),
  );

/** Delegated and trained today? Nobody answers where study management is off: then the setting decides, and the page says so. */
async function delegationOf(
  ctx: Context<Econsent>,
  { siteId }: ConsentRow,
): Promise<{ why: string | null; note: string }> {
  const answer = await ctx.ask("delegation.stands", {
    personId: ctx.actor.id ?? "",
    task: "obtain-consent",
    ...(siteId ? { siteId } : {}),
  });
  if (answer)
    return answer.stands
      ? { why: null, note: `Delegation: ${answer.reason}` }
      : { why: `You may not countersign today: ${answer.reason}`, note: "" };
  return ctx.settings.withoutDelegation
    ? {
        why: null,
        note: "Study management is not switched on here, so nobody checked your delegation and training. The study's settings allow that.",
      }
    : {
        why: "Study management is not switched on here, so nobody can say that you were delegated and trained. Switch it on, or change the setting.",
        note: "",
      };
}

async function countersignPage(ctx: Context<Econsent>, found: ConsentFound) {
  const person = await ctx.db.one(participantById, { id: found.consent.subjectId });
  const signer = found.turn.find(({ role }) => role === "investigator");
  const others = found.signers.flatMap(({ signature }) => (signature ? [signature] : []));
  const delegation = await delegationOf(ctx, found.consent);
  const names = ctx.may("econsent.identities.read");
  return {
    ...headOf(ctx, person),
    action: ctx.url(`/consents/${found.consent.id}/countersign`),
    evidence: await evidenceOf(ctx, found, { names }),
    digest: digestOfAll(others),
    why: !signer ? (found.completion ? "This is countersigned already." : "Others sign first.") : delegation.why,
    note: delegation.note,
    signing: await ctx.signing("econsent.countersigned"),
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

function typeOf(bytes: Uint8Array): "application/pdf" | "image/png" | "image/jpeg" | null {
  const starts = (...head: number[]) => head.every((byte, at) => bytes[at] === byte);
  if (starts(0x25, 0x50, 0x44, 0x46, 0x2d)) return "application/pdf";
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  return null;
}
export type BeginForm = Static<typeof beginBody>;
