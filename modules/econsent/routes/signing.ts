/** What the team signs: the paper that was signed by hand, and the investigator's countersignature. */
import { upload } from "@core/http/input.ts";
import { type Context, Redirect, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { sha256 } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { completeIfWhole, digestOfSigned } from "../completing.ts";
import { hex, languageNames } from "../document.ts";
import { evidenceOf } from "../evidence.ts";
import { type ConsentFound, findConsent } from "../found.ts";
import type { Econsent } from "../names.ts";
import { meaningOf, signerRolesInWords } from "../signers.ts";
import { addPaper, addSignature, type ConsentRow, participantById } from "../store/consents.ts";
import { allVersions, versionById } from "../store/documents.ts";
import { papers, signatures } from "../tables.ts";
import { dayOf, publishedText } from "../versions.ts";
import { CountersignPage, PaperPage } from "../views/participants.tsx";
import { byId, headOf } from "./person.ts";
import { formAgain } from "./refused.ts";
import { requireLevel } from "./ways.ts";

const { get, post } = routesFor<Econsent>();
const paperBody = t.Object({
  scan: upload({ title: "the scan" }),
  versionId: t.String({ title: "Version", format: "uuid" }),
  signedOn: t.String({ title: "Signed on", format: "date" }),
  names: t.Record(t.String(), t.String({ maxLength: 120 })),
  yes: t.Array(t.String({ maxLength: 40 }), { maxItems: 40 }),
});

export const signingRoutes = [
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
];

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

function typeOf(bytes: Uint8Array): "application/pdf" | "image/png" | "image/jpeg" | null {
  const starts = (...head: number[]) => head.every((byte, at) => bytes[at] === byte);
  if (starts(0x25, 0x50, 0x44, 0x46, 0x2d)) return "application/pdf";
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "image/png";
  if (starts(0xff, 0xd8, 0xff)) return "image/jpeg";
  return null;
}
