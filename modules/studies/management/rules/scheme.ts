/**
 * How a study randomises: arms with a ratio, factors with levels, and either permuted blocks of random sizes within
 * strata or Pocock–Simon minimisation. What a blinded person may know of it is here; block sizes and the seed are in
 * `SchemeSecrets`, and what they make of each other in blocks.ts and minimisation.ts.
 */
export interface Arm {
  readonly code: string;
  readonly title: string;
  /** Its part of the ratio: 2 in 2:1. */
  readonly weight: number;
}
export interface Factor {
  readonly key: string;
  readonly title: string;
  readonly levels: readonly string[];
  /** For minimisation: how much its imbalance counts. */
  readonly weight: number;
}
export interface Scheme {
  readonly method: "blocks" | "minimisation";
  readonly arms: readonly Arm[];
  readonly factors: readonly Factor[];
  /** Whether the site is a factor too. */
  readonly bySite: boolean;
}
export interface SchemeSecrets {
  /** Block sizes, as multiples of the ratio's sum: [1, 2, 3] for sizes 2, 4 and 6 at 1:1. */
  readonly multiples: readonly number[];
  /** Slots that are prepared for each stratum; more of the same list are made when they run out. */
  readonly slotsPerStratum: number;
  /** Minimisation: how likely the arm is that balances best, and what counts as imbalance. */
  readonly likely: number;
  readonly measure: "range" | "variance";
}
/** The levels of one participant: factor → level. */
export type Levels = Readonly<Record<string, string>>;

export const SITE = "site";

/** Sentences beside the fields of the form that are not right; empty: it can be used. */
export function lacksInScheme(scheme: Scheme, secrets: SchemeSecrets): Record<string, string> {
  const lacks: Record<string, string> = {};
  const { arms, factors, method } = scheme;
  const codes = new Set(arms.map(({ code }) => code));
  if (arms.length < 2) lacks.arms = "Name two arms or more.";
  else if (arms.length > 35) lacks.arms = "No more than 35 arms.";
  else if (codes.size < arms.length) lacks.arms = "Two arms have the same code.";
  else if (arms.some(({ weight }) => !Number.isInteger(weight) || weight < 1 || weight > 20))
    lacks.arms = "Each arm's part of the ratio is a whole number from 1 to 20.";
  const keys = factors.map(({ key }) => key);
  if (new Set(keys).size < keys.length) lacks.factors = "Two factors have the same name.";
  else if (keys.includes(SITE)) lacks.factors = "The site is not named here; tick the box below instead.";
  else if (factors.some(({ levels }) => levels.length < 2 || new Set(levels).size < levels.length))
    lacks.factors = "Each factor has two different levels or more.";
  else if (method === "blocks" && factors.reduce((product, { levels }) => product * levels.length, 1) > 200)
    lacks.factors = "That makes more than 200 strata at each site. Use fewer factors, or minimisation.";
  if (method === "minimisation") {
    if (factors.length === 0 && !scheme.bySite) lacks.factors = "Minimisation needs a factor, or the site.";
    if (!(secrets.likely >= 0.7 && secrets.likely <= 0.95)) lacks.likely = "Choose a probability from 0.70 to 0.95.";
  } else {
    const { multiples, slotsPerStratum } = secrets;
    if (multiples.length === 0 || multiples.some((one) => !Number.isInteger(one) || one < 1 || one > 10))
      lacks.multiples = "Name one multiple or more of the ratio's sum, each from 1 to 10.";
    else if (new Set(multiples).size < 2)
      lacks.multiples = "One block size alone lets the last allocations of a block be guessed. Name two or more.";
    if (!Number.isInteger(slotsPerStratum) || slotsPerStratum < 10 || slotsPerStratum > 2_000)
      lacks.slotsPerStratum = "Prepare between 10 and 2,000 slots for each stratum.";
  }
  return lacks;
}

/** Sentences for levels that are missing or are none of the factor's. */
export function lacksInLevels(scheme: Scheme, levels: Levels): Record<string, string> {
  const lacks: Record<string, string> = {};
  for (const { key, title, levels: known } of scheme.factors) {
    const level = levels[key];
    if (!level) lacks[`factor-${key}`] = `Choose the level of “${title}”.`;
    else if (!known.includes(level)) lacks[`factor-${key}`] = `“${title}” has no such level.`;
  }
  return lacks;
}

/** The stratum's name: the site, when it counts, then every factor in the order of the scheme. */
export function stratumOf(scheme: Scheme, siteId: string, levels: Levels): string {
  const parts = scheme.factors.map(({ key }) => `${key}=${levels[key] ?? ""}`);
  return [...(scheme.bySite ? [`${SITE}=${siteId}`] : []), ...parts].join("|") || "all";
}

/** Every stratum that can occur at these sites. */
export function strataOf(scheme: Scheme, siteIds: readonly string[]): string[] {
  let combinations: Levels[] = [{}];
  for (const { key, levels } of scheme.factors)
    combinations = combinations.flatMap((one) => levels.map((level) => ({ ...one, [key]: level })));
  const sites = scheme.bySite ? siteIds : [""];
  return sites.flatMap((site) => combinations.map((levels) => stratumOf(scheme, site, levels)));
}
