/** Where a link leads: to a gate, or past it to one signer's turn or the participant's own page. */
import type { Context } from "@core/module.ts";
import { Redirect } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { endLink, prolongLink } from "@core/subjects/links.ts";
import { Type as t } from "@sinclair/typebox";
import { forChild, type Language } from "../document.ts";
import { type ConsentFound, consentsFound, type SignerFound } from "../found.ts";
import type { Econsent } from "../names.ts";
import { type Asked, askedOf } from "../reading.ts";
import { type SignerRole, signerRolesInWords } from "../signers.ts";
import {
  type EntryRow,
  entriesOf,
  entryByLink,
  type InvitationRow,
  invitationById,
  invitationByLink,
  type ReadingRow,
  readingsOf,
  type StepRow,
  stepsOf,
} from "../store/consents.ts";
import { type InForce, textInForce } from "../versions.ts";
import { type Words, wordsIn } from "../words.ts";

/** Words that may be left out. */
export const text = (maxLength: number) => t.Optional(t.String({ maxLength }));

/** Minutes without a sign of life after which the way in is shut; what was read and answered is kept. */
export const IDLE_MINUTES = 30;

export interface Place {
  readonly language: Language;
  readonly words: Words;
  readonly contact: string;
}
export interface Gate extends Place {
  readonly invitation: InvitationRow;
}
export interface Inside extends Place {
  readonly entry: EntryRow;
  readonly invitation: InvitationRow;
  readonly signer: SignerFound | null;
  readonly found: ConsentFound | null;
}
export interface Turn extends Inside {
  readonly signer: SignerFound;
  readonly found: ConsentFound;
  readonly reading: ReadingRow;
  readonly text: InForce;
  readonly steps: readonly StepRow[];
  readonly asked: Asked;
}

const linkOf = (ctx: Context<Econsent>): string => {
  if (!ctx.actor.link) throw Problem.notFound();
  return ctx.actor.link;
};

const placeIn = (ctx: Context<Econsent>, language: Language): Place => ({
  language,
  words: wordsIn[language],
  contact: ctx.settings.contact,
});

/** What this way in is for, and the language to speak: of that consent, or on the participant's own page of the newest. */
async function askedBy(ctx: Context<Econsent>, { subjectId, signerId }: Pick<InvitationRow, "subjectId" | "signerId">) {
  const all = await consentsFound(ctx, subjectId);
  const found =
    signerId === null ? null : (all.find(({ signers }) => signers.some(({ id }) => id === signerId)) ?? null);
  const language = (found ?? (signerId === null ? all[0] : undefined))?.consent.language ?? "en";
  return { found, language };
}

/** The gate this link leads to; null when it leads past one. */
export async function gateOf(ctx: Context<Econsent>): Promise<Gate | null> {
  const invitation = await ctx.db.first(invitationByLink, { linkId: linkOf(ctx) });
  if (!invitation) return null;
  return { ...placeIn(ctx, (await askedBy(ctx, invitation)).language), invitation };
}

/** Past the gate. A link that only leads to a gate is told that there is nothing here. */
export async function insideOf(ctx: Context<Econsent>): Promise<Inside> {
  const entry = await ctx.db.first(entryByLink, { linkId: linkOf(ctx) });
  if (!entry) throw Problem.notFound("Enter your code first: open the link you were sent.");
  // An entry is of the same signer and subject as its invitation: the database holds it to that (econsent.keep_entry).
  const [invitation, { found, language }] = await Promise.all([
    ctx.db.one(invitationById, { id: entry.invitationId }),
    askedBy(ctx, entry),
  ]);
  const signer = found?.signers.find(({ id }) => id === entry.signerId) ?? null;
  return { ...placeIn(ctx, language), entry, invitation, signer, found };
}

/** Where to go instead, when this signer cannot read and sign here now. */
export async function turnOrWay(ctx: Context<Econsent>): Promise<Turn | Redirect> {
  const inside = await insideOf(ctx);
  const { signer, found } = inside;
  if (!signer || !found) return new Redirect(ctx.url("/mine"));
  if (signer.hasSigned) return new Redirect(ctx.url("/done"));
  if (found.decline || !found.turn.some(({ id }) => id === signer.id)) return new Redirect(ctx.url("/wait"));
  const [text, [reading]] = await Promise.all([
    textInForce(ctx, found.consent),
    ctx.db.all(readingsOf, { signerId: signer.id }),
  ]);
  if (!text || found.signers.some(({ signature }) => signature && signature.versionId !== text.version.id))
    return new Redirect(ctx.url("/wait"));
  // A version that changed on the way is read from its beginning: nothing answered before counts for it.
  if (reading?.versionId !== text.version.id) return new Redirect(ctx.url("/start"));
  const steps = await ctx.db.all(stepsOf, { readingId: reading.id });
  // A child has the words for its age before it, where there are some.
  const own = signer.role === "minor" ? { ...text, content: forChild(text.content, found.consent.age) } : text;
  const isFirst = signer.place === Math.min(...found.signers.map(({ place }) => place));
  return { ...inside, signer, found, reading, text: own, steps, asked: askedOf(signer.role, isFirst) };
}

export async function stayAwake(ctx: Context<Econsent>): Promise<void> {
  await prolongLink(ctx, linkOf(ctx), new Date(ctx.now.getTime() + IDLE_MINUTES * 60_000));
}

/** For an act: whoever sends the same page twice waits for himself at the row of his link, and then finds it done. */
export async function takeTurn(ctx: Context<Econsent>): Promise<Turn | Redirect> {
  await stayAwake(ctx);
  return turnOrWay(ctx);
}

/** Of several devices the last one that gave a code goes on; the others are told that their way is shut. */
export async function shutOthers(ctx: Context<Econsent>, { subjectId, signerId }: InvitationRow): Promise<void> {
  for (const entry of await ctx.db.all(entriesOf, { subjectId })) {
    if (entry.signerId === signerId) await endLink(ctx, entry.linkId);
  }
}

/** Who acts, for a sentence of the record. */
export const speaking = ({ subjectId, role }: { subjectId: string; role: SignerRole }) => ({
  subjectId,
  role: signerRolesInWords[role].toLowerCase(),
});
