/** Kits of the study's product: which of them is handed out. */
export const kitStates = {
  depot: "At the depot",
  transit: "On its way",
  site: "At the site",
  dispensed: "Handed out",
  returned: "Returned",
  quarantined: "In quarantine",
  damaged: "Damaged or lost",
  destroyed: "Destroyed",
} as const;
export type KitState = keyof typeof kitStates;

const moves: Readonly<Record<KitState, readonly KitState[]>> = {
  depot: ["transit", "quarantined", "damaged", "destroyed"],
  transit: ["site", "damaged"],
  site: ["quarantined", "damaged", "transit", "destroyed"],
  dispensed: ["returned", "damaged"],
  returned: ["destroyed"],
  quarantined: ["site", "destroyed", "damaged"],
  damaged: ["destroyed"],
  destroyed: [],
};
/** Where a kit may go from here; it is handed out by a randomisation or a visit, never by hand. */
export const movesFrom = (state: KitState): readonly KitState[] => moves[state];

export interface StockKit {
  readonly id: string;
  readonly number: string;
  readonly siteId: string | null;
  readonly state: KitState;
  readonly expiresOn: string;
}

/** Of the kits that hold the right arm: at the site, good for as long as needed, the one that expires first. */
export function chooseKit<Kit extends StockKit>(kits: readonly Kit[], siteId: string, goodUntil: string): Kit | null {
  return (
    [...kits]
      .filter((kit) => kit.state === "site" && kit.siteId === siteId && kit.expiresOn >= goodUntil)
      .sort((one, other) =>
        one.expiresOn === other.expiresOn
          ? one.number.localeCompare(other.number, "en", { numeric: true })
          : one.expiresOn < other.expiresOn
            ? -1
            : 1,
      )[0] ?? null
  );
}
