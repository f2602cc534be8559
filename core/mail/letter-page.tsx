/** The HTML part of a letter: what the text says, with its addresses as links. No picture, no style, nothing fetched. */
import { type Child, type Html, renderPage } from "@views/html.ts";
import type { Letter } from "./mail.ts";

export function letterHtml(letter: Pick<Letter, "subject" | "text">): string {
  return renderPage(<LetterPage subject={letter.subject} text={letter.text} />);
}

const LetterPage = ({ subject, text }: { subject: string; text: string }): Html => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <title>{subject}</title>
    </head>
    <body>
      <Paragraphs text={text} />
    </body>
  </html>
);

/** The letter's words, as the outbox shows them too. */
export const Paragraphs = ({ text }: { text: string }): Html => (
  <>
    {text.split(/\n{2,}/).map((paragraph) => (
      <p>{linked(paragraph)}</p>
    ))}
  </>
);

/** Every other part of the split is an address. */
function linked(text: string): Child[] {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)
    .map((part, at) => (at % 2 === 1 ? <a href={part}>{part}</a> : part));
}
