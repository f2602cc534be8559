/** From an idea to the archive: where a study stands, and what has to be there before it goes on. */
export const statuses = {
  idea: "Idea",
  review: "In review",
  set_up: "Set-up",
  recruiting: "Recruiting",
  on_hold: "On hold",
  follow_up: "Follow-up",
  closed: "Closed",
  archived: "Archived",
  declined: "Declined",
  terminated: "Terminated early",
} as const;
export type Status = keyof typeof statuses;
export const statusNames = Object.keys(statuses) as Status[];

/** What the study's own rows say, read in the transaction of the step. */
export interface GateFacts {
  readonly hasTitleAndSponsor: boolean;
  readonly hasInvestigator: boolean;
  readonly hasTarget: boolean;
  readonly approvals: { readonly open: number; readonly refused: number; readonly granted: number };
  readonly missingDocuments: readonly string[];
  readonly sitesActive: number;
  readonly investigatorDelegated: boolean;
  /** Whether the study randomises, and whether the list is sealed. */
  readonly randomisation: "none" | "draft" | "active";
  readonly screeningOpen: number;
  readonly seriousOpen: number;
  readonly amendmentsOpen: number;
}
export interface CheckItem {
  readonly key: string;
  readonly says: string;
  /** Null: nobody but a person can say so. */
  readonly met: boolean | null;
  /** What is missing, in words. */
  readonly why: string;
}

type Check = (facts: GateFacts) => CheckItem;
const check =
  (key: string, says: string, met: (facts: GateFacts) => boolean, why: (facts: GateFacts) => string): Check =>
  (facts) => ({ key, says, met: met(facts), why: met(facts) ? "" : why(facts) });
const attest =
  (key: string, says: string): Check =>
  () => ({ key, says, met: null, why: "" });

const described = check(
  "described",
  "Title, sponsor and principal investigator are named",
  (f) => f.hasTitleAndSponsor && f.hasInvestigator,
  () => "Complete the dossier.",
);
const approved = check(
  "approved",
  "Every approval that was asked for was granted",
  (f) => f.approvals.open === 0 && f.approvals.refused === 0 && f.approvals.granted > 0,
  ({ approvals: { open, refused, granted } }) =>
    refused > 0 ? `${refused} refused.` : open > 0 ? `${open} still open.` : granted === 0 ? "None was asked for." : "",
);
const documented = check(
  "documents",
  "Every essential document of the study is there and valid",
  (f) => f.missingDocuments.length === 0,
  (f) => `Missing or expired: ${f.missingDocuments.join(", ")}.`,
);
const active = check(
  "site",
  "A site is activated",
  (f) => f.sitesActive > 0,
  () => "Activate the first site.",
);
const delegated = check(
  "delegated",
  "The delegation log names who obtains consent, and the person is trained",
  (f) => f.investigatorDelegated,
  () => "Nobody may obtain consent today.",
);
const sealed = check(
  "randomisation",
  "The randomisation list is sealed",
  (f) => f.randomisation !== "draft",
  () => "The scheme is still a draft: activate it, or discard it.",
);
const screened = check(
  "screening",
  "Nobody is left half way in screening",
  (f) => f.screeningOpen === 0,
  (f) => `${f.screeningOpen} in screening.`,
);
const safe = check(
  "safety",
  "Every serious adverse event was reported and has its outcome",
  (f) => f.seriousOpen === 0,
  (f) => `${f.seriousOpen} open.`,
);
const amended = check(
  "amendments",
  "No amendment is half way",
  (f) => f.amendmentsOpen === 0,
  (f) => `${f.amendmentsOpen} open.`,
);

interface Way {
  readonly to: Status;
  readonly act: string;
  readonly checks: readonly Check[];
  /** Why is asked for. */
  readonly reason: boolean;
}

const ways: Readonly<Record<Status, readonly Way[]>> = {
  idea: [
    { to: "review", act: "Submit for review", checks: [described], reason: false },
    { to: "declined", act: "Decline", checks: [], reason: true },
  ],
  review: [
    {
      to: "set_up",
      act: "Accept into set-up",
      checks: [described, approved, attest("feasible", "People, rooms, equipment and money are there")],
      reason: false,
    },
    { to: "idea", act: "Hand back", checks: [], reason: true },
    { to: "declined", act: "Decline", checks: [], reason: true },
  ],
  set_up: [
    {
      to: "recruiting",
      act: "Open recruitment",
      checks: [
        approved,
        documented,
        active,
        delegated,
        sealed,
        check(
          "target",
          "How many participants are wanted is set",
          (f) => f.hasTarget,
          () => "Set a target.",
        ),
        attest("registered", "The study is entered in a public registry (or need not be)"),
      ],
      reason: false,
    },
    { to: "terminated", act: "Terminate", checks: [], reason: true },
  ],
  recruiting: [
    { to: "follow_up", act: "Close recruitment", checks: [screened], reason: false },
    { to: "on_hold", act: "Put on hold", checks: [], reason: true },
    {
      to: "terminated",
      act: "Terminate early",
      checks: [attest("told", "Ethics committee, sponsor and authority are told (within 15 days)")],
      reason: true,
    },
  ],
  on_hold: [
    {
      to: "recruiting",
      act: "Resume recruitment",
      checks: [approved, documented, active, delegated, sealed],
      reason: true,
    },
    { to: "follow_up", act: "Close recruitment", checks: [screened], reason: true },
    {
      to: "terminated",
      act: "Terminate early",
      checks: [attest("told", "Ethics committee, sponsor and authority are told (within 15 days)")],
      reason: true,
    },
  ],
  follow_up: [
    {
      to: "closed",
      act: "Close the study",
      checks: [safe, amended, attest("locked", "The database is locked, and its report is agreed")],
      reason: false,
    },
    { to: "terminated", act: "Terminate early", checks: [], reason: true },
  ],
  closed: [
    {
      to: "archived",
      act: "Archive",
      checks: [
        documented,
        attest("report", "The final report is filed"),
        attest("keep", "Who keeps the archive, and until when, is agreed"),
      ],
      reason: false,
    },
  ],
  terminated: [
    {
      to: "archived",
      act: "Archive",
      checks: [safe, attest("keep", "Who keeps the archive, and until when, is agreed")],
      reason: false,
    },
  ],
  archived: [],
  declined: [{ to: "idea", act: "Take up again", checks: [], reason: true }],
};

export const waysFrom = (status: Status): readonly Pick<Way, "to" | "act">[] => ways[status];

export interface Gate {
  readonly act: string;
  readonly items: readonly CheckItem[];
  readonly asksReason: boolean;
}
/** Null: a study does not go that way. */
export function gateBetween(from: Status, to: Status, facts: GateFacts): Gate | null {
  const way = ways[from].find((one) => one.to === to);
  return way ? { act: way.act, items: way.checks.map((one) => one(facts)), asksReason: way.reason } : null;
}

/** Why the gate stays shut; empty: it opens. `attested` are the keys that the signer ticked. */
export function lacksAtGate(
  { items, asksReason }: Gate,
  attested: readonly string[],
  reason: string,
): Record<string, string> {
  const lacks: Record<string, string> = {};
  const shut = items.filter(({ met }) => met === false);
  if (shut.length > 0) lacks[""] = shut.map(({ says, why }) => `${says}: not yet. ${why}`).join(" ");
  if (items.some(({ key, met }) => met === null && !attested.includes(key)))
    lacks.attested = "Tick each of these, or leave the study where it stands.";
  if (asksReason && reason.trim() === "") lacks.reason = "Say why.";
  return lacks;
}

export const statusTone = (status: Status): "ok" | "warn" | "bad" | "info" | "locked" | "none" =>
  (
    ({
      idea: "none",
      review: "info",
      set_up: "info",
      recruiting: "ok",
      on_hold: "warn",
      follow_up: "info",
      closed: "locked",
      archived: "locked",
      declined: "bad",
      terminated: "bad",
    }) as const
  )[status];
