/**
 * One answer on a scale, as a row of short choices that a thumb reaches at 390 px and the arrow keys walk through:
 * radio buttons that look like the boxes of a printed form.
 */
import { type FormState, fieldId } from "./error-summary.tsx";
import type { Child, Html } from "./html.ts";

export interface Mark {
  readonly value: string;
  /** As short as a box: "2.5". */
  readonly label: string;
  /** What it means, for those who hear it and as the box's title: "Level 2.5". */
  readonly means?: string | undefined;
}

export interface ScaleProps {
  readonly name: string;
  readonly legend: Child;
  /** The steps of the scale, up to eleven. */
  readonly marks: readonly Mark[];
  /** Answers beside the scale, on a row of their own: "Not observed". */
  readonly others?: readonly Mark[] | undefined;
  readonly value?: string | null | undefined;
  readonly form?: FormState | undefined;
  readonly hint?: Child;
  readonly disabled?: boolean | undefined;
  /** Below the row: what is known, the reason for a change. */
  readonly children?: Child;
}

export const Scale = ({
  name,
  legend,
  marks,
  others = [],
  value,
  form,
  hint,
  disabled,
  children,
}: ScaleProps): Html => {
  const id = fieldId(name);
  const error = form?.errors?.[name];
  const chosen = String(form?.values ? (form.values[name] ?? "") : (value ?? ""));
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const box = (mark: Mark, at: number) => {
    const own = at === 0 ? id : `${id}-${at + 1}`;
    return (
      <span class="scale-mark">
        <input
          id={own}
          type="radio"
          name={name}
          value={mark.value}
          checked={mark.value === chosen}
          disabled={disabled}
          aria-invalid={error ? true : null}
        />
        <label for={own} title={mark.means}>
          {mark.means ? (
            <>
              <span aria-hidden>{mark.label}</span>
              <span class="hidden-text">{mark.means}</span>
            </>
          ) : (
            mark.label
          )}
        </label>
      </span>
    );
  };
  return (
    <fieldset class={error ? "scale field-error" : "scale"} aria-describedby={described}>
      <legend>{legend}</legend>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          <span class="hidden-text">Error: </span>
          {error}
        </p>
      )}
      <div class="scale-marks">{marks.map(box)}</div>
      {others.length > 0 && <div class="scale-others">{others.map((mark, at) => box(mark, at + marks.length))}</div>}
      {children}
    </fieldset>
  );
};
