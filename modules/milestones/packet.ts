/**
 * What a committee has before it about one trainee, as it stood at one moment. It is kept as text with a hash; what was
 * read in the meeting can be shown again years later, and anyone can tell that it is the same.
 */
import { type Level, type LevelColumns, levelFrom, levelInWords } from "./level.ts";

export interface Packet {
  readonly format: 1;
  readonly trainee: string;
  readonly period: string;
  readonly pgy: number;
  readonly framework: string;
  readonly frozenAt: string;
  readonly asked: number;
  readonly subcompetencies: readonly {
    readonly code: string;
    readonly title: string;
    readonly before: LevelColumns | null;
    readonly self: LevelColumns | null;
    /** Every number with the evaluation it comes from. */
    readonly observed: readonly (LevelColumns & { readonly evaluation: string })[];
  }[];
  readonly evaluations: readonly {
    readonly id: string;
    readonly rotation: string;
    readonly kind: string;
    readonly submittedAt: string;
    readonly narrative: string;
    /** False where it was answered by link: who it was is what was typed. */
    readonly signedIn?: boolean;
  }[];
}

/** The text that is sealed, and its SHA-256. The keys stand in the order of the type, so the same packet is the same text. */
export function freeze(packet: Packet): { readonly text: string; readonly sha256: string } {
  const text = JSON.stringify(packet);
  return { text, sha256: hashOf(text) };
}

export const hashOf = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("hex");

/** Null when the text is not the one that was frozen. */
export function thaw(text: string, sha256: string): Packet | null {
  return hashOf(text) === sha256 ? (JSON.parse(text) as Packet) : null;
}

/** What a reader should know is not there. */
export function gapsIn({ subcompetencies, evaluations, asked }: Packet): string[] {
  const unseen = subcompetencies.filter(({ observed }) => observed.length === 0).map(({ code }) => code);
  const unsigned = evaluations.filter(({ signedIn }) => signedIn === false).length;
  const silent = evaluations.filter(({ narrative }) => narrative === "").length;
  return [
    ...(evaluations.length < asked ? [`${asked - evaluations.length} of ${asked} evaluations had not arrived.`] : []),
    ...(evaluations.length === 0 ? ["Nobody has evaluated this trainee in this period."] : []),
    ...(unseen.length > 0 ? [`Nobody observed ${unseen.join(", ")}.`] : []),
    ...(unsigned > 0
      ? [`${unsigned} of ${evaluations.length} evaluations were answered by link, by someone who did not sign in.`]
      : []),
    ...(silent > 0 ? [`${silent} of ${evaluations.length} evaluations came without a narrative.`] : []),
  ];
}

export const wordsOf = (columns: LevelColumns | null): string => {
  const level: Level | null = columns && levelFrom(columns);
  return level ? levelInWords(level) : "–";
};
