/** Why nobody can be taken in here today, each with the way out. What is lacking is worked out by studies.lacks_to_recruit. */
import { type Status, statuses } from "./status.ts";

export const lackNames = ["dossier", "status", "site", "approval", "ethics", "site-ethics"] as const;
export type Lack = (typeof lackNames)[number];

export function sentenceOf(lack: Lack, status: Status): string {
  switch (lack) {
    case "dossier":
      return "This study has no dossier yet, so nobody is randomised. The research office writes it, and opens recruitment there.";
    case "status":
      return `The study stands at “${statuses[status]}”, and takes nobody in. Whoever leads it opens recruitment under Dossier.`;
    case "site":
      return "This site is not active. The research office activates it under Sites once each of its steps is done.";
    case "approval":
      return "An approval was refused or has run out. Ask for it again under Approvals.";
    case "ethics":
      return "The ethics committee's approval is missing or has run out. File the one in force under Documents.";
    case "site-ethics":
      return "The site's own ethics approval has run out. File the one in force under Documents.";
  }
}

/** Without a dossier the paperwork is kept elsewhere: it stops randomisation alone. */
export const stopsTakingIn = (lacks: readonly Lack[]): readonly Lack[] => lacks.filter((lack) => lack !== "dossier");
