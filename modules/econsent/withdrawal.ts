/** What may be taken back, and what follows from it at once. */
import type { ConsentScope } from "@core/module.ts";

export const withdrawable = [
  "participation",
  "intervention",
  "follow-up",
  "new-data",
  "samples",
  "recontact",
  "sharing",
  "contact",
] as const satisfies readonly ConsentScope[];

/** Taking back the whole takes back each part; without new data there is no follow-up and no treatment to record. */
export function scopesOf(chosen: readonly ConsentScope[]): ConsentScope[] {
  const all = new Set<ConsentScope>(chosen);
  if (all.has("participation")) return [...withdrawable];
  if (all.has("new-data")) {
    all.add("follow-up");
    all.add("intervention");
  }
  return withdrawable.filter((scope) => all.has(scope));
}

/** Those among them that stand now: nobody takes back twice. */
export const newlyWithdrawn = (scopes: readonly ConsentScope[], standing: ReadonlySet<ConsentScope>): ConsentScope[] =>
  scopes.filter((scope) => standing.has(scope));

export type Consequence =
  | "links"
  | "data"
  | "samples"
  | "later"
  | "exports"
  | "messages"
  | "kept"
  | "treatment"
  | "visits";

/** In the order in which a person asks for them. The words are in words.ts, in each language. */
export function consequencesOf(scopes: readonly ConsentScope[]): Consequence[] {
  const has = (scope: ConsentScope) => scopes.includes(scope);
  const all = has("participation");
  return (
    [
      [all || has("intervention"), "treatment"],
      [all || has("follow-up"), "visits"],
      [all || has("new-data"), "data"],
      [all || has("samples"), "samples"],
      [all || has("recontact"), "later"],
      [all || has("sharing"), "exports"],
      [all || has("contact"), "messages"],
      [all, "links"],
      [true, "kept"],
    ] as const
  ).flatMap(([applies, consequence]) => (applies ? [consequence] : []));
}
