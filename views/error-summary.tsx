/** What a refused form looks like: what was entered, and what is wrong with it, in the order of the fields. */
import type { Html } from "./html.ts";
import { type PlainLanguage, plainWords } from "./plain-words.ts";

export type FieldValue = string | number | boolean | null | undefined | readonly (string | number)[];

/** The state in which a form comes back. Absent or empty for a form that is opened for the first time. */
export interface FormState {
  /** What was entered, by name. Where it is given it wins over the stored values: entered text stays. */
  readonly values?: Readonly<Record<string, FieldValue>> | undefined;
  /** A sentence for each field that was refused, by name; under "" what concerns the form as a whole. */
  readonly errors?: Readonly<Record<string, string>> | undefined;
}

export const hasErrors = (form: FormState | undefined): boolean => Object.keys(form?.errors ?? {}).length > 0;

/** The id of a field's first control, which is where its error leads. */
export const fieldId = (name: string): string => `field-${name.replace(/[^\w-]/g, "-")}`;

/** The red box above a refused form. It takes the focus. `Page` shows it when it is given the form's state. */
export const ErrorSummary = ({
  form,
  lang = "en",
}: {
  form?: FormState | undefined;
  lang?: PlainLanguage;
}): Html | null => {
  const errors = Object.entries(form?.errors ?? {});
  if (errors.length === 0) return null;
  return (
    <section class="error-summary" tabindex="-1" data-error-summary aria-labelledby="error-summary-title" role="alert">
      <h2 id="error-summary-title">
        {errors.length === 1 ? plainWords[lang].problem : plainWords[lang].problems(errors.length)}
      </h2>
      <ul>
        {errors.map(([name, sentence]) => (
          <li>{name === "" ? sentence : <a href={`#${fieldId(name)}`}>{sentence}</a>}</li>
        ))}
      </ul>
    </section>
  );
};
