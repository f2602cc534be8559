/** What a comment is asked about before it is sent, once; sent as it is with a tick. */
import { Checkbox, type FormState } from "@views/form.tsx";
import type { Html } from "@views/html.ts";
import { Note } from "@views/panel.tsx";
import { asWritten, wordingHints } from "../wording.ts";

/** Below the comment's field. Shows itself when the form comes back because of it. */
export const WordingHints = ({ form }: { form: FormState | undefined }): Html | null => {
  const text = form?.values?.narrative;
  if (form?.errors?.[asWritten] === undefined || typeof text !== "string") return null;
  return (
    <Note tone="warn">
      <p>Look at your words once more:</p>
      <ul>
        {wordingHints(text).map(({ sentence }) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <Checkbox name={asWritten} label="Send it as it is written" value="yes" form={form} />
    </Note>
  );
};
