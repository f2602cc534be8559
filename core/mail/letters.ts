/** What the kernel's own letters say. A letter holds a link and a reason to follow it, and nothing about a patient. */
import type { Letter } from "./mail.ts";

type Words = Omit<Letter, "to">;

export interface LinkLetter {
  readonly name: string;
  readonly url: string;
  readonly institution: string;
  /** How long the link lives. */
  readonly minutes: number;
}

export function signInLetter({ name, url, institution, minutes }: LinkLetter): Words {
  return {
    subject: `Your link to sign in at ${institution}`,
    text: paragraphs(
      `Hello ${name},`,
      `follow this link to sign in at ${institution}. It works once, and for ${duration(minutes)}:`,
      url,
      "If you did not ask for it, you need do nothing: without the link nobody gets in. Do not pass it on.",
    ),
  };
}

export function setPasswordLetter({ name, url, institution, minutes }: LinkLetter): Words {
  return {
    subject: `Set your password at ${institution}`,
    text: paragraphs(
      `Hello ${name},`,
      `follow this link to choose a password for ${institution}. It works once, and for ${duration(minutes)}:`,
      url,
      "If you did not expect this letter, tell the person who manages access at your institution.",
    ),
  };
}

interface Invitation extends Pick<LinkLetter, "name" | "url" | "institution"> {
  readonly by: string;
  /** How many days the link to a first password lives; null: there is a password, and the link leads to the door. */
  readonly days: number | null;
}

const wayIn = (days: number | null) =>
  days === null ? "Sign in here:" : `Come in here for the first time. The link works once, and for ${days} days:`;

/** An account was made. Its link opens no session: at most it sets the first password. */
export function accountLetter({ name, url, institution, by, days }: Invitation): Words {
  return {
    subject: `Your account at ${institution}`,
    text: paragraphs(
      `Hello ${name},`,
      `${by} has made you an account at ${institution}. ${wayIn(days)}`,
      url,
      "You sign in with the address that this letter came to.",
      "If you did not expect this letter, tell the person who sent it, and do nothing else.",
    ),
  };
}

export function invitationLetter(letter: Invitation & { readonly place: string }): Words {
  return {
    subject: `You have been given access to ${letter.place}`,
    text: paragraphs(
      `Hello ${letter.name},`,
      `${letter.by} has given you access to ${letter.place} at ${letter.institution}. ${wayIn(letter.days)}`,
      letter.url,
    ),
  };
}

/** Somebody came by a sign-in service with the address of an account: its owner says whether that was he. */
export function identityLetter(of: {
  readonly name: string;
  readonly institution: string;
  readonly provider: string;
  readonly url: string;
  readonly hours: number;
}): Words {
  return {
    subject: `Is this you? A sign-in by ${of.provider}`,
    text: paragraphs(
      `Hello ${of.name},`,
      `somebody signed in by ${of.provider} with your address and wants to come into your account at ${of.institution}. If that was you, link the two here. The link works once, and for ${duration(of.hours * 60)}:`,
      of.url,
      "If it was not you, do not follow the link, and tell an administrator of your institution.",
    ),
  };
}

export function wayAddedLetter(of: {
  readonly name: string;
  readonly institution: string;
  readonly provider: string;
  readonly url: string;
}): Words {
  return {
    subject: `A new way into your account at ${of.institution}`,
    text: paragraphs(
      `Hello ${of.name},`,
      `your account at ${of.institution} can be opened by ${of.provider} from now on. If you did not do this, take it off here and tell an administrator:`,
      of.url,
    ),
  };
}

/** The first letter after a registration: its link confirms the mailbox. */
export function registrationLetter({ name, url, institution, minutes }: LinkLetter): Words {
  return {
    subject: `Your registration at ${institution}`,
    text: paragraphs(
      `Hello ${name},`,
      `somebody asked for an account at ${institution} with this address. If that was you, choose a password here. The link works once, and for ${duration(minutes)}:`,
      url,
      "Then say what you need, and an administrator decides. If it was not you, do nothing.",
    ),
  };
}

/** For an address that has an account already: said to its owner alone. */
export function secondRegistrationLetter({ name, url, institution, minutes }: LinkLetter): Words {
  return {
    subject: `You have an account at ${institution} already`,
    text: paragraphs(
      `Hello ${name},`,
      `somebody asked for an account at ${institution} with this address, and there is one already. If you forgot its password, choose another here. The link works once, and for ${duration(minutes)}:`,
      url,
      "If it was not you, do nothing.",
    ),
  };
}

export function askedLetter({
  name,
  person,
  institution,
  url,
}: Pick<LinkLetter, "name" | "institution" | "url"> & { readonly person: string }): Words {
  return {
    subject: `${person} asks for access to ${institution}`,
    text: paragraphs(`Hello ${name},`, `${person} has registered and asks for access. Read why, and decide:`, url),
  };
}

export function hoursAskedLetter({
  name,
  person,
  place,
  url,
}: Pick<LinkLetter, "name" | "url"> & { readonly person: string; readonly place: string }): Words {
  return {
    subject: `${person} asks to come into ${place} for some hours`,
    text: paragraphs(
      `Hello ${name},`,
      `${person} asks for access to ${place} for some hours. Read why, and decide:`,
      url,
    ),
  };
}

export function hoursDecidedLetter({
  name,
  place,
  hours,
  answer,
  url,
}: Pick<LinkLetter, "name" | "url"> & {
  readonly place: string;
  /** Null: refused. */
  readonly hours: number | null;
  readonly answer: string | null;
}): Words {
  return {
    subject: hours === null ? `You were not let into ${place}` : `You may come into ${place}`,
    text: paragraphs(
      `Hello ${name},`,
      hours === null
        ? `your request to come into ${place} was refused.`
        : `${place} is open to you for ${hours} hours from now on:`,
      ...(hours === null ? [] : [url]),
      ...(answer ? [answer] : []),
    ),
  };
}

/** Says nothing of whom it was about: that stands behind the link. */
export function emergencyLetter({
  name,
  person,
  place,
  url,
}: Pick<LinkLetter, "name" | "url"> & { readonly person: string; readonly place: string }): Words {
  return {
    subject: `${person} opened a record in an emergency`,
    text: paragraphs(
      `Hello ${name},`,
      `${person} opened a record in ${place} in an emergency, for four hours. Look at it within a day and say whether it was right:`,
      url,
    ),
  };
}

/** A day has gone by, and nobody has looked: an alarm stands. */
export function overdueReviewLetter({
  name,
  place,
  url,
}: Pick<LinkLetter, "name" | "url"> & { readonly place: string }): Words {
  return {
    subject: `Overdue: an emergency in ${place} was not looked at`,
    text: paragraphs(
      `Hello ${name},`,
      `more than a day ago somebody opened a record in ${place} in an emergency. Nobody has said yet whether it was right, so an alarm was raised at your institution. Look at it now:`,
      url,
    ),
  };
}

export function approvedLetter({
  name,
  place,
  institution,
  url,
}: Pick<LinkLetter, "name" | "institution" | "url"> & { readonly place: string }): Words {
  return {
    subject: `You have access to ${institution}`,
    text: paragraphs(`Hello ${name},`, `your registration was approved, for ${place}. Sign in here:`, url),
  };
}

export function refusedLetter({
  name,
  institution,
  answer,
}: Pick<LinkLetter, "name" | "institution"> & { readonly answer: string }): Words {
  return {
    subject: `Your registration at ${institution}`,
    text: paragraphs(
      `Hello ${name},`,
      `your registration was not approved: ${answer}`,
      "If you think otherwise, ask an administrator of the institution.",
    ),
  };
}

/** Somebody's second factor was taken off by another person: its owner is told at once. */
export function secondRemovedLetter({
  name,
  institution,
  by,
}: Pick<LinkLetter, "name" | "institution"> & { readonly by: string }): Words {
  return {
    subject: `Your second factor at ${institution} was taken off`,
    text: paragraphs(
      `Hello ${name},`,
      `${by} has taken off the second factor of your account at ${institution}. You are signed out everywhere.`,
      "If you did not ask for this, tell your institution's security team at once.",
    ),
  };
}

/** What signs records for somebody was set: its owner is told, whoever sat there. */
export function signingPasswordLetter({ name, institution }: Pick<LinkLetter, "name" | "institution">): Words {
  return {
    subject: `Your signing password at ${institution} was set`,
    text: paragraphs(
      `Hello ${name},`,
      `a signing password was set for your account at ${institution}. From now on it signs records in your name.`,
      "If that was not you, tell your institution's security team at once.",
    ),
  };
}

function paragraphs(...lines: string[]): string {
  return `${lines.join("\n\n")}\n`;
}

function duration(minutes: number): string {
  if (minutes % 1_440 === 0 && minutes > 1_440) return `${minutes / 1_440} days`;
  return minutes % 60 === 0 && minutes > 60 ? `${minutes / 60} hours` : `${minutes} minutes`;
}
