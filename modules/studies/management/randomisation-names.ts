/** The part of the vocabulary that speaks of randomisation. A blinded role lacks `studies.arms.read`, and so meets no row that says an arm. */
const site = { investigator: "site", study_coordinator: "site" } as const;

export const randomisationPermissions = {
  "studies.randomisation.read": {
    title: "See who was randomised and when, never to what",
    roles: {
      ...site,
      study_monitor: "site",
      data_manager: "workspace",
      statistician: "workspace",
      unblinded_statistician: "workspace",
      pharmacist: "site",
      study_administrator: "workspace",
      research_office: "workspace",
    },
  },
  "studies.randomise": { title: "Randomise", roles: site },
  "studies.scheme.write": {
    title: "Write the randomisation scheme, with its secrets",
    roles: { unblinded_statistician: "workspace" },
  },
  "studies.scheme.activate": {
    title: "Activate and close a randomisation scheme, without seeing its list",
    roles: { study_administrator: "workspace", research_office: "workspace" },
  },
  "studies.arms.read": {
    title: "See to which arm a participant was allocated",
    roles: { unblinded_statistician: "workspace", pharmacist: "site" },
  },
  "studies.list.read": {
    title: "See the list with the slots that are still to come",
    roles: { unblinded_statistician: "workspace" },
  },
  "studies.slots.write": { title: "Make lists and allocations: the house alone, on an errand", roles: {} },
  "studies.unblind": { title: "Unblind one participant in an emergency", roles: { investigator: "site" } },
  "studies.kits.read": {
    title: "See kits by number, without what is in them",
    roles: { ...site, study_monitor: "site", pharmacist: "site" },
  },
  "studies.kits.manage": { title: "Take kits into stock and move them", roles: { pharmacist: "site" } },
  "studies.kits.receive": { title: "Confirm kits that arrived at one's site, or are damaged", roles: site },
} as const;

export const randomisationEvents = {
  "studies.scheme_written": {
    title: "Randomisation scheme written",
    says: "{actor} wrote version {version} of the randomisation scheme, and simulated {allocations} allocations",
    personal: "none",
  },
  "studies.scheme_activated": {
    title: "Randomisation list sealed",
    says: "{actor} activated version {version} of the randomisation scheme; the list of {slots} slots was sealed (SHA-256 {sha256})",
    signature: {
      meaning: "I have read the simulation report; this scheme is the protocol's, and its list may be sealed and used.",
    },
    personal: "none",
  },
  "studies.scheme_ended": {
    title: "Randomisation scheme ended",
    says: "{actor} {how} version {version} of the randomisation scheme",
    personal: "none",
  },
  "studies.randomised": {
    title: "Randomised",
    says: "{actor} randomised {code} as number {number}",
    personal: "subject-code",
  },
  "studies.stratum_error": {
    title: "Wrong stratum noted",
    says: "{actor} noted that {code} was randomised in the wrong stratum; the allocation stands",
    personal: "subject-code",
  },
  "studies.unblinded": {
    title: "Emergency unblinding",
    says: "{actor} unblinded {code} in an emergency: {reason}",
    signature: {
      meaning: "The participant's safety requires that I know the treatment now. I answer for this unblinding.",
    },
    personal: "subject-code",
  },
  "studies.arms_listed": {
    title: "Allocations seen",
    says: "{actor} looked at the allocations with their arms: {count}",
    personal: "none",
  },
  "studies.replayed": {
    title: "Allocations replayed",
    says: "{actor} replayed {count} allocations from the seed: {result}",
    personal: "none",
  },
  "studies.kits_taken_in": {
    title: "Kits taken into stock",
    says: "{actor} took {count} kits of batch {batch} into stock",
    personal: "none",
  },
  "studies.kit_moved": { title: "Kit moved", says: "{actor} noted for kit {kit}: {state}", personal: "none" },
} as const;

export const randomisationFieldClasses = {
  "studies.arm": {
    title: "An arm: of a slot, an allocation or a kit",
    key: "apart",
    opensWith: "studies.arms.read",
  },
  "studies.scheme_secrets": {
    title: "Seed and block sizes of a scheme",
    key: "apart",
    opensWith: "studies.scheme.write",
  },
} as const;

export const randomisationExports = {
  "studies.allocation_list": { title: "Allocations with their arms", format: "csv", needs: "studies.arms.read" },
  "studies.randomisation_list": {
    title: "Who was randomised, without arms",
    format: "csv",
    needs: "studies.randomisation.read",
  },
  "studies.simulation": {
    title: "The statistician's simulation report",
    format: "pdf",
    needs: "studies.randomisation.read",
  },
} as const;
