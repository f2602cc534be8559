/** From the bytes of an upload to its text, or to a sentence that says what the file looks like instead. */
export type Decoded = { text: string; problem?: undefined } | { text?: undefined; problem: string };

const wayOut = 'In Excel choose File, Save as, "CSV UTF-8 (comma delimited)", and upload that file.';

/** Beginnings of files that people upload by mistake. */
const strangers: readonly { begins: readonly number[]; sentence: string }[] = [
  {
    begins: [0x50, 0x4b, 0x03, 0x04],
    sentence: `This looks like an Excel workbook (.xlsx) or a ZIP archive, not a CSV file. ${wayOut}`,
  },
  {
    begins: [0xd0, 0xcf, 0x11, 0xe0],
    sentence: `This looks like an old Excel or Word file (.xls, .doc), not a CSV file. ${wayOut}`,
  },
  {
    begins: [0x25, 0x50, 0x44, 0x46],
    sentence: "This looks like a PDF, not a CSV file. Upload the table itself, saved as CSV.",
  },
  {
    begins: [0x89, 0x50, 0x4e, 0x47],
    sentence: "This looks like a picture (PNG), not a CSV file. Upload the table itself, saved as CSV.",
  },
  {
    begins: [0xff, 0xd8, 0xff],
    sentence: "This looks like a picture (JPEG), not a CSV file. Upload the table itself, saved as CSV.",
  },
  {
    begins: [0x1f, 0x8b],
    sentence: "This looks like a compressed file (gzip). Unpack it and upload the CSV file inside.",
  },
];

/** Line breaks come out as \n, whatever they were. */
export function textOf(bytes: Uint8Array): Decoded {
  const stranger = strangers.find(({ begins }) => begins.every((byte, i) => bytes[i] === byte));
  if (stranger) return { problem: stranger.sentence };
  const marked = utf16(bytes);
  if (marked) {
    const text = decode(bytes, marked);
    if (text === null)
      return { problem: `This file begins like UTF-16 and breaks off in the middle of a letter. ${wayOut}` };
    return looked(text);
  }
  if (bytes.includes(0))
    return { problem: `This file holds bytes that no text has (NUL): it is not a CSV file in UTF-8. ${wayOut}` };
  const text = decode(bytes, "utf-8");
  if (text === null)
    return {
      problem: `This file is not UTF-8: line ${firstBadLine(bytes)} holds a letter in another encoding. ${wayOut}`,
    };
  return looked(text);
}

function looked(text: string): Decoded {
  if (text.includes("\0"))
    return { problem: `This file holds characters that no text has (NUL): it is not a CSV file. ${wayOut}` };
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(text))
    return { problem: "This looks like a web page or XML, not a CSV file. Upload the table itself, saved as CSV." };
  if (/^\{\\rtf/.test(text))
    return { problem: "This looks like a text document (RTF), not a CSV file. Upload the table itself, saved as CSV." };
  return { text: text.replace(/\r\n?/g, "\n") };
}

function utf16(bytes: Uint8Array): "utf-16le" | "utf-16be" | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

function decode(bytes: Uint8Array, encoding: "utf-8" | "utf-16le" | "utf-16be"): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A line feed is never part of a longer letter in UTF-8, so lines can be tried one by one. */
function firstBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    if (decode(bytes.subarray(start, end), "utf-8") === null) return line;
    start = end + 1;
  }
  return line;
}
