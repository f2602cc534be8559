/**
 * The paper under the blocks: where the next line goes, when a page ends, and which tag a line carries. Lines are
 * broken here and not by pdfkit, because a row of a table must know its height before it is drawn and may be cut
 * between two lines.
 */
export interface Style {
  readonly font: "regular" | "bold";
  readonly size: number;
  readonly leading: number;
  readonly color?: string;
}
/** The border of every page, in points. */
export const margin = 42;
export const ink = {
  text: "#16202a",
  quiet: "#46535f",
  line: "#d8dfe6",
  sunk: "#e9eef2",
  accent: "#0b5f83",
  bad: "#a8201a",
};
export const body: Style = { font: "regular", size: 9.5, leading: 13.5 };
export const small: Style = { font: "regular", size: 8, leading: 11 };

/** A structure tag, with the attributes that pdfkit writes and its types do not name. */
export interface TagOptions extends PDFKit.Mixins.StructureElementOptions {
  readonly scope?: "Column" | "Row";
  readonly bbox?: [number, number, number, number];
}

export class Sheet {
  y = margin;
  readonly #root: PDFKit.PDFStructureElement;
  #pageBegun: () => void = () => {};

  constructor(
    readonly doc: PDFKit.PDFDocument,
    readonly footRoom: number,
  ) {
    this.#root = doc.struct("Document");
    doc.addStructure(this.#root);
    this.breakPage();
  }

  get left() {
    return margin;
  }
  get width() {
    return this.doc.page.width - 2 * margin;
  }
  get bottom() {
    return this.doc.page.height - this.footRoom;
  }
  get room() {
    return this.bottom - this.y;
  }
  get atTop() {
    return this.y === margin;
  }

  breakPage(): void {
    this.doc.addPage();
    this.y = margin;
    this.#pageBegun();
  }

  /** Begins a new page unless this much fits on the current one. */
  need(height: number): void {
    if (height > this.room && !this.atTop) this.breakPage();
  }

  /** While `work` runs, `begin` is called at the top of each new page: the repeated head of a table. */
  withPageHead(begin: () => void, work: () => void): void {
    this.#pageBegun = begin;
    try {
      work();
    } finally {
      this.#pageBegun = () => {};
    }
  }

  /** A tag for content to come; the order of tags is the order in which it is read aloud. */
  tag(
    type: string,
    parent: PDFKit.PDFStructureElement = this.#root,
    options: TagOptions = {},
  ): PDFKit.PDFStructureElement {
    const element = this.doc.struct(type, options);
    parent.add(element);
    return element;
  }

  /** Draws something that belongs to a tag. An element may be marked several times, on several pages. */
  mark(type: string, element: PDFKit.PDFStructureElement, draw: () => void): void {
    const content = this.doc.markStructureContent(type);
    draw();
    this.doc.endMarkedContent();
    element.add(content);
  }

  /** Draws something that only decorates or repeats: never read aloud. */
  decorate(draw: () => void): void {
    this.doc.markContent("Artifact", { type: "Layout" });
    this.doc.save();
    draw();
    this.doc.restore();
    this.doc.endMarkedContent();
  }

  wrap(text: string, style: Style, width: number): string[] {
    return wrap(this.doc, text, style, width);
  }

  put(line: string, x: number, y: number, style: Style): void {
    if (line === "") return;
    this.doc
      .font(style.font)
      .fontSize(style.size)
      .fillColor(style.color ?? ink.text)
      .text(line, x, y, { lineBreak: false });
  }

  /** Lines under each other across pages, all of them content of one tag. */
  flow(type: string, element: PDFKit.PDFStructureElement, lines: readonly string[], style: Style, indent = 0): void {
    for (let done = 0; done < lines.length; ) {
      this.need(style.leading);
      const fit = Math.max(1, Math.floor(this.room / style.leading));
      const part = lines.slice(done, done + fit);
      this.mark(type, element, () => {
        part.forEach((line, i) => {
          this.put(line, this.left + indent, this.y + i * style.leading, style);
        });
      });
      this.y += part.length * style.leading;
      done += part.length;
    }
  }

  close(): void {
    this.#root.end();
  }
}

/** The text as lines no wider than `width`, broken at spaces, and within a word only where the word alone is too wide. */
export function wrap(
  doc: PDFKit.PDFDocument,
  text: string,
  style: Pick<Style, "font" | "size">,
  width: number,
): string[] {
  doc.font(style.font).fontSize(style.size);
  const fits = (line: string) => doc.widthOfString(line) <= width;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (!fits(line)) {
      const cut = widest(line, fits);
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  return [...lines, line];
}

/** How many code units of a word fit, at least one letter, never half of one. */
function widest(word: string, fits: (part: string) => boolean): number {
  let end = 0;
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    if (end > 0 && !fits(word.slice(0, end + segment.length))) break;
    end += segment.length;
  }
  return end;
}

let files: Promise<{ regular: Buffer; bold: Buffer }> | undefined;

/**
 * DejaVu Sans: names in Latin with every accent, Vietnamese, Greek and Cyrillic print, on any machine. A letter it does
 * not have (Chinese, Japanese, Korean) prints as an empty box and can still be copied and searched.
 */
export function fontFiles(): Promise<{ regular: Buffer; bold: Buffer }> {
  const read = async (name: string) =>
    Buffer.from(await Bun.file(Bun.resolveSync(`dejavu-fonts-ttf/ttf/${name}.ttf`, import.meta.dir)).arrayBuffer());
  files ??= Promise.all([read("DejaVuSans"), read("DejaVuSans-Bold")]).then(([regular, bold]) => ({ regular, bold }));
  return files;
}
