/** Paragraphs and lists of a text, as they are written. */
import type { Html } from "@views/html.ts";
import { blocksOf } from "../document.ts";

export const FullText = ({ text }: { text: string }): Html => (
  <>
    {blocksOf(text).map((block) =>
      block.kind === "list" ? (
        <ul>
          {block.items.map((item) => (
            <li>{item}</li>
          ))}
        </ul>
      ) : (
        <p>{block.text}</p>
      ),
    )}
  </>
);
