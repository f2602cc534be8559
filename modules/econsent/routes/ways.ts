/** Ways in for a signer: a link with a code, the tablet handed over, and the participant's own page. */
import { isEmail } from "@core/http/formats.ts";
import { leaveTo } from "@core/identity/leaving.ts";
import { type Context, routesFor } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink } from "@core/subjects/links.ts";
import { randomDigits } from "@core/vault/primitives.ts";
import { Type as t } from "@sinclair/typebox";
import { encode } from "uqr";
import { type ConsentFound, findConsent, type SignerFound } from "../found.ts";
import { levels, type Method, methods, methodsInWords } from "../identification.ts";
import type { Econsent } from "../names.ts";
import { signerRolesInWords } from "../signers.ts";
import {
  addCode,
  addInvitation,
  completionsOf,
  contactOf,
  invitationsOf,
  type ParticipantRow,
  participantById,
  signerById,
} from "../store/consents.ts";
import { codes as codesTable } from "../tables.ts";
import { dayOf } from "../versions.ts";
import { HandOverPage, InvitePage, LinkPage } from "../views/participants.tsx";
import { wordsIn } from "../words.ts";
import { byId, headOf, openContact, text } from "./person.ts";
import { formAgain } from "./refused.ts";

const { get, post } = routesFor<Econsent>();
const inviteBody = t.Object({
  method: t.Union(
    methods.map((one) => t.Literal(one)),
    { title: "Proof of identity" },
  ),
  to: text("E-mail", 200),
});

export const wayRoutes = [
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
];

interface TurnFound {
  readonly person: ParticipantRow;
  readonly signer: SignerFound;
  readonly found: ConsentFound;
}

/** This signer, whose turn it is; else a sentence on why not. */
export async function turnOf(ctx: Context<Econsent>, signerId: string): Promise<TurnFound> {
  const row = await ctx.db.one(signerById, { id: signerId });
  const found = await findConsent(ctx, row.consentId);
  const signer = found.turn.find(({ id }) => id === signerId);
  if (!signer || signer.role === "investigator")
    throw Problem.refused(
      found.completion || found.decline ? "This is over already." : "It is not this signer's turn. Others sign first.",
    );
  return { person: await ctx.db.one(participantById, { id: row.subjectId }), signer, found };
}

export function requireLevel(ctx: Context<Econsent>, method: Method): void {
  if (levels[method] < levels[ctx.settings.leastIdentity])
    throw Problem.invalid({
      method: `This study asks for more: ${methodsInWords[ctx.settings.leastIdentity].toLowerCase()}, or better.`,
    });
}

const emailOf = (ctx: Context<Econsent>, subjectId: string) => openContact(ctx, subjectId, "email", "to send a link");

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
