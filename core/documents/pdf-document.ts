/**
 * A printed document as plain data. Whoever asks for a PDF says what is in it; how it looks, that it can be read aloud
 * and that its origin stands on every page is decided here.
 */
export interface PdfDocument {
  readonly title: string;
  /** The language of the text, as in HTML: "en", "pl", "de-CH". */
  readonly lang: string;
  readonly paper?: "A4" | "LETTER";
  readonly layout?: "portrait" | "landscape";
  readonly blocks: readonly Block[];
  /** Printed at the foot of each page besides the mark: who signed, when, and what it means (21 CFR 11.50(b)). */
  readonly everyPage?: readonly string[];
}

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string; readonly quiet?: boolean }
  | { readonly kind: "facts"; readonly facts: readonly { readonly term: string; readonly detail: string }[] }
  | TableBlock
  | ChartsBlock
  | SignatureBlock
  | PictureBlock
  | { readonly kind: "page-break" };

export interface TableBlock {
  readonly kind: "table";
  readonly caption: string;
  /** `share` is the width relative to the others, 1 unless said. The first column heads its row. */
  readonly columns: readonly { readonly title: string; readonly align?: "left" | "right"; readonly share?: number }[];
  readonly rows: readonly (readonly string[])[];
}

/** Small multiples: one line chart for each course, all on the same scale. */
export interface ChartsBlock {
  readonly kind: "charts";
  readonly scale: { readonly from: number; readonly to: number; readonly step: number };
  readonly charts: readonly Chart[];
  /** What line, ring, dashes and ground are. Without it a chart is one line. */
  readonly legend?: ChartsLegend | undefined;
  /** Many on one page: smaller, and the sentence is only read aloud because the words stand elsewhere. */
  readonly dense?: boolean;
}
export interface ChartsLegend {
  readonly line: string;
  /** The point before the newest, drawn as an open ring. */
  readonly past?: string | undefined;
  readonly other?: string | undefined;
  readonly band?: string | undefined;
}
export interface Chart {
  readonly title: string;
  /** What the chart shows, in words: printed below it, and read aloud in its place. */
  readonly sentence: string;
  /** A value of null leaves a gap: what was not assessed is not drawn as a line through it. */
  readonly points: readonly { readonly label: string; readonly value: number | null }[];
  /** A second view of the same thing, drawn dashed: one for each point. */
  readonly other?: readonly (number | null)[] | undefined;
  /** The ground behind the lines, where it has both edges. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] } | undefined;
}

/** The manifestation of an electronic signature: printed name, date and time, and meaning (21 CFR 11.50). */
export interface SignatureBlock {
  readonly kind: "signature";
  readonly name: string;
  readonly meaning: string;
  readonly at: Date;
  /** That moment as it is printed; by the clock of UTC unless said. */
  readonly time?: string;
  /** False when the content has changed since: the print says so beside the name. */
  readonly standing: boolean;
  /** In the language of the document; English unless said. */
  readonly words?: SignatureWords;
}
export interface SignatureWords {
  readonly by: (name: string) => string;
  readonly meaning: (meaning: string) => string;
  readonly at: (time: string) => string;
  readonly broken: string;
}

/** A small picture in the run of the text, such as a drawn signature. Its words are read aloud in its place. */
export interface PictureBlock {
  readonly kind: "picture";
  /** A PNG that was tried before: one that cannot be read would leave the document unwritten. */
  readonly png: Uint8Array;
  readonly alt: string;
  /** In points; the height follows. */
  readonly width: number;
}
