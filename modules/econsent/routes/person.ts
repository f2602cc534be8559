/** What every page about one participant has: who it is about, and the way back. */
import { type Context, Locked } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { Type as t } from "@sinclair/typebox";
import type { Econsent } from "../names.ts";
import { contactOf, type ParticipantRow } from "../store/consents.ts";

export const uuid = t.String({ format: "uuid" });
export const byId = t.Object({ id: uuid });
export const text = (title: string, maxLength: number) => t.Optional(t.String({ title, maxLength }));

export async function openContact(
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

export const headOf = (ctx: Context<Econsent>, person: ParticipantRow) => ({
  code: person.code,
  crumbs: [
    { label: "Participants", href: ctx.url("/") },
    { label: person.code, href: ctx.url(`/participants/${person.id}`) },
  ],
});
