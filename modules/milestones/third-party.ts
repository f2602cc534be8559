/** What is released to a third party: exactly what both have seen, and never anything that a model wrote. */
export const scopes = {
  results: "Released results by period",
  course: "The course over the periods, as charts",
  evaluations: "Which evaluations were submitted, without what was written",
} as const;
export type Scope = keyof typeof scopes;

export interface ThirdPartyContent {
  readonly recipient: string;
  readonly purpose: string;
  readonly scope: readonly Scope[];
  readonly expiresOn: string;
}

/** The text that is sealed and hashed: the same content is the same text. */
export const contentText = ({ recipient, purpose, scope, expiresOn }: ThirdPartyContent): string =>
  JSON.stringify({ recipient, purpose, scope: [...scope].sort(), expiresOn });
export const contentHash = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

export type ThirdPartyState = "waiting" | "ready" | "left" | "ended" | "expired";
export function thirdPartyState(
  of: { readonly ended: boolean; readonly left: boolean; readonly expiresOn: string; readonly sides: number },
  today: string,
): ThirdPartyState {
  if (of.left) return "left";
  if (of.ended) return "ended";
  if (of.expiresOn < today) return "expired";
  return of.sides >= 2 ? "ready" : "waiting";
}
