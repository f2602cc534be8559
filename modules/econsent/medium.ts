/** What can be heard, seen or kept beside a text. Its words stand in the document, so that nobody needs to hear or see it. */
import { type PlayableType, playableTypes } from "@core/documents/playable.ts";

export const mediumTypes = ["application/pdf", ...playableTypes.filter((type) => !type.startsWith("text/"))] as const;
export type MediumType = "application/pdf" | Exclude<PlayableType, `text/${string}`>;
export const mediumKinds = ["audio", "video", "pdf"] as const;
export type MediumKind = (typeof mediumKinds)[number];

export interface MediumFile {
  readonly id: string;
  readonly type: MediumType;
  readonly bytes: number;
  /** Of the whole file: the text's digest covers it, and so does every signature. */
  readonly sha256: string;
}
export interface Medium {
  readonly id: string;
  readonly kind: MediumKind;
  /** The section it belongs to; null: beside the whole document. */
  readonly section: string | null;
  readonly title: string;
  /** What is said and shown, in words (WCAG 1.2.1, 1.2.3). */
  readonly transcript: string;
  /** WebVTT, for a video with speech (WCAG 1.2.2); "" when there is none. */
  readonly captions: string;
  readonly file: MediumFile;
}

/** How the bytes lie: a page that plays a part of them opens only the pieces of that part. */
export const PIECE = 256 * 1024;
const megabytes = 1024 * 1024;
export const largest: Readonly<Record<MediumKind, number>> = {
  audio: 16 * megabytes,
  video: 32 * megabytes,
  pdf: 8 * megabytes,
};

export const kindOf = (type: MediumType): MediumKind =>
  type === "application/pdf" ? "pdf" : type.startsWith("audio/") ? "audio" : "video";

/** What a file is by its first bytes, whatever it is called; null: nothing that is taken here. */
export function typeOfMedium(bytes: Uint8Array): MediumType | null {
  const has = (at: number, ...wanted: number[]) => wanted.every((byte, i) => bytes[at + i] === byte);
  const says = (at: number, text: string) => has(at, ...new TextEncoder().encode(text));
  if (says(0, "%PDF-")) return "application/pdf";
  if (says(4, "ftyp")) return says(8, "M4A") || says(8, "M4B") ? "audio/mp4" : "video/mp4";
  if (has(0, 0x1a, 0x45, 0xdf, 0xa3)) return "video/webm";
  if (says(0, "OggS")) return "audio/ogg";
  if (says(0, "RIFF") && says(8, "WAVE")) return "audio/wav";
  if (says(0, "ID3") || (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2)) return "audio/mpeg";
  return null;
}

/** Why a file is not taken, in a sentence; null when it is. */
export function whyNotMedium(bytes: Uint8Array): string | null {
  const type = typeOfMedium(bytes);
  if (!type) return "Choose a PDF, a video (MP4 or WebM) or a recording (MP3, M4A, OGG or WAV).";
  const most = largest[kindOf(type)];
  if (bytes.byteLength > most)
    return `This file has ${sizeInWords(bytes.byteLength)}; ${sizeInWords(most)} at most, because people load it on a telephone.`;
  return null;
}

/** WebVTT as a browser reads it (W3C): its first line, and at least one cue. */
export const isCaptions = (text: string): boolean =>
  text.length <= 60_000 && /^\uFEFF?WEBVTT(?:[ \t\n]|$)/.test(text) && /\d\d:\d\d\.\d{3}\s+-->\s+/.test(text);

export const sizeInWords = (bytes: number): string =>
  bytes < megabytes ? `${Math.max(1, Math.ceil(bytes / 1024))} kB` : `${(bytes / megabytes).toFixed(1)} MB`;

/** What a document's media still lack before it can be put forward. */
export function lacksInMedia(media: readonly Medium[], sections: readonly { readonly id: string }[]): string[] {
  return media.flatMap(({ kind, title, transcript, captions, section }) => [
    ...(kind !== "pdf" && !transcript.trim()
      ? [`“${title}” has no transcript: whoever cannot hear or play it would miss what it says.`]
      : []),
    ...(kind === "video" && !captions ? [`The video “${title}” has no captions.`] : []),
    ...(section !== null && !sections.some(({ id }) => id === section)
      ? [`“${title}” belongs to a section that is not there any more.`]
      : []),
  ]);
}
