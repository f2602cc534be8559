/** What a site needs before it takes anybody in. */
export const activationSteps = {
  contract: "Contract signed",
  ethics: "Local ethics approval",
  documents: "Site file complete",
  training: "Team trained",
  product: "Product and supplies there (or none needed)",
  systems: "Access to the systems given",
  visit: "Initiation visit held",
} as const;
export type ActivationStep = keyof typeof activationSteps;
export const activationNames = Object.keys(activationSteps) as ActivationStep[];

/** What somebody at a site answers for. */
export const duties = {
  investigator: "Site investigator",
  coordinator: "Coordination",
  pharmacy: "Pharmacy",
  laboratory: "Laboratory",
  ethics: "Ethics committee",
  contracts: "Contracts and invoices",
  other: "Other",
} as const;
export type Duty = keyof typeof duties;
export const dutyNames = Object.keys(duties) as Duty[];

export interface SiteStanding {
  readonly done: readonly string[];
  readonly activatedAt: Date | null;
  readonly closedAt: Date | null;
  readonly ethicsUntil: string | null;
}
export type SiteState = "planned" | "in set-up" | "ready" | "active" | "ethics expired" | "closed";

export function siteState({ done, activatedAt, closedAt, ethicsUntil }: SiteStanding, today: string): SiteState {
  if (closedAt) return "closed";
  if (activatedAt) return ethicsUntil && ethicsUntil < today ? "ethics expired" : "active";
  if (activationNames.every((step) => done.includes(step))) return "ready";
  return done.length > 0 ? "in set-up" : "planned";
}
