/**
 * Whom a trainee may ask, and what says who answered. Multi-source feedback is worth nothing when it can come from oneself:
 * a code on one's own screen proves nobody, so what is answered by it waits until the program knows who answered.
 */
import type { Context, Errand } from "@core/module.ts";
import { Problem } from "@core/problem.ts";
import { type Asked, askByLink, letter } from "./asking.ts";
import type { EvaluatorKind } from "./evaluator-kind.ts";
import type { Milestones } from "./names.ts";
import { colleagues } from "./store/trainees.ts";

/** Patients are asked by the program, which chooses them; everybody else also by the trainee. */
export const kindsForTrainees = ["faculty", "outside", "staff", "peer"] as const satisfies readonly EvaluatorKind[];

/** What stands in the way of asking, by field; null when nothing does. */
export function whyNotAsk(kind: EvaluatorKind, hasAddress: boolean): Readonly<Record<string, string>> | null {
  if (kind === "patient") return { formVersionId: "Patients are asked by the program, which chooses them." };
  if (kind === "peer" && !hasAddress)
    return {
      email: "Peers answer without a name, so they are asked at their own address and not by a code on your screen.",
    };
  return null;
}

export type Addressee = "colleague" | "oneself" | "unknown";

/** Whose address it is. Only a colleague's says who answers: the link is in that mail box and nowhere else. */
export function addresseeOf(
  address: string,
  people: readonly { readonly id: string; readonly email: string }[],
  traineePersonId: string | null,
): Addressee {
  const person = people.find(({ email }) => email.toLowerCase() === address.toLowerCase());
  if (!person) return "unknown";
  return person.id === traineePersonId ? "oneself" : "colleague";
}

/** In letters and case a person would take for the same name. */
export const isSameName = (one: string, other: string): boolean => plainName(one) === plainName(other);
const plainName = (name: string) =>
  name
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();

export interface AskAtAddress extends Asked {
  readonly kind: EvaluatorKind;
  readonly days: number;
  readonly email: string;
  readonly personId: string | null;
}

/**
 * A trainee sees no colleague's address. The house looks whether it is one, and mails the link there; the trainee learns
 * whether that was done and never holds the link.
 */
export const askAtAddress: Errand<AskAtAddress, Addressee> = {
  name: "milestones.ask_at_address",
  title: "Mail a trainee's request to a colleague",
  permissions: [
    "milestones.evaluations.request",
    "milestones.evaluations.follow",
    "milestones.frameworks.read",
    "milestones.roster.read",
    "core.subjects.read",
    "core.people.read",
    "core.grants.read",
  ],
  async run({ personId, email, ...asked }, ctx) {
    const addressee = addresseeOf(email, await ctx.db.all(colleagues, {}), personId);
    if (addressee === "oneself")
      throw Problem.invalid({ email: "This is your own address. What you think yourself belongs under My own view." });
    if (addressee === "colleague")
      await letter(
        ctx,
        email,
        (await askByLink(ctx as Context<Milestones>, { ...asked, email, isVouched: true })).path,
      );
    return addressee;
  },
};
